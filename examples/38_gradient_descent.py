# %% [markdown]
# # 38. Ways down: methods in the plane
#
# To train is to go down a function of millions of variables. With one or two variables, one can watch: what a step does, why
# it can be too large and too small at once, and what the methods of the last decades do about that.

# %%
import math

import d2lzh as d2l
import numpy as np
from mxnet import nd

from _scale import show

# %% [markdown]
# ## One variable
#
# The slope says in which direction the function rises. So go the other way, by a step proportional to it:
#
# $$x \leftarrow x - \eta f'(x), \qquad f(x) = x^2, \qquad f'(x) = 2x.$$


# %%
def gd(eta):
    x = 10
    results = [x]
    for _ in range(10):
        x -= eta * 2 * x
        results.append(x)
    print("learning rate %4.2f, epoch 10, x: %f" % (eta, x))
    return results


_, row = d2l.plt.subplots(1, 3, figsize=(9, 2.4))
for axes, eta in zip(row, (0.2, 0.05, 1.1)):
    res = np.array(gd(eta))
    grid = np.linspace(-abs(res).max(), abs(res).max(), 100)
    axes.plot(grid, grid**2)
    axes.plot(res, res**2, "-o", markersize=3)
    axes.set_title("learning rate %s" % eta)
show("38-one-variable")

# %% [markdown]
# Too small a learning rate hardly moves; too large a one climbs up the other side, higher each time.
#
# ## Two variables
#
# $f(x_1, x_2) = x_1^2 + 2 x_2^2$, from (-5, -2). `d2l.train_2d` takes twenty steps with whatever update it is given, and
# `d2l.show_trace_2d` draws them over the level lines. The two numbers in the end, which gradient descent has no use for, are
# what other methods remember.

# %%
eta = 0.1


def f_2d(x1, x2):
    return x1**2 + 2 * x2**2


def gd_2d(x1, x2, s1, s2):
    return x1 - eta * 2 * x1, x2 - eta * 4 * x2, 0, 0


d2l.show_trace_2d(f_2d, d2l.train_2d(gd_2d))
show("38-gradient-descent")

# %% [markdown]
# *Stochastic* gradient descent knows the slope only roughly, from a few examples. With some noise added to it:


# %%
def sgd_2d(x1, x2, s1, s2):
    noise1, noise2 = (nd.random.normal(scale=0.1).asscalar() for _ in range(2))
    return x1 - eta * (2 * x1 + noise1), x2 - eta * (4 * x2 + noise2), 0, 0


d2l.show_trace_2d(f_2d, d2l.train_2d(sgd_2d))
show("38-stochastic")

# %% [markdown]
# ## A valley
#
# The trouble begins where the function is steep in one direction and flat in another: $f(x_1, x_2) = 0.1 x_1^2 + 2 x_2^2$.
# The step should be small across the valley, or it bounces between its sides, and large along it, or it takes for ever. Yet
# there is one learning rate only.

# %%
eta = 0.4


def f_2d(x1, x2):
    return 0.1 * x1**2 + 2 * x2**2


def gd_2d(x1, x2, s1, s2):
    return x1 - eta * 0.2 * x1, x2 - eta * 4 * x2, 0, 0


_, row = d2l.plt.subplots(1, 2, figsize=(8, 2.6))
for axes, eta in zip(row, (0.4, 0.6)):
    d2l.plt.sca(axes)
    d2l.show_trace_2d(f_2d, d2l.train_2d(gd_2d))
    axes.set_title("learning rate %s" % eta)
show("38-valley")

# %% [markdown]
# ## Momentum
#
# Let a ball roll: its velocity $v$ keeps a part $\gamma$ of what it was. Across the valley the slopes cancel each other, along
# it they add up.
#
# $$v \leftarrow \gamma v + \eta g, \qquad x \leftarrow x - v.$$
#
# (Polyak, "Some methods of speeding up the convergence of iteration methods", 1964)

# %%
eta, gamma = 0.4, 0.5


def momentum_2d(x1, x2, v1, v2):
    v1 = gamma * v1 + eta * 0.2 * x1
    v2 = gamma * v2 + eta * 4 * x2
    return x1 - v1, x2 - v2, v1, v2


d2l.show_trace_2d(f_2d, d2l.train_2d(momentum_2d))
show("38-momentum")

# %% [markdown]
# Now even a learning rate of 0.6 works:

# %%
eta = 0.6
res = d2l.train_2d(momentum_2d)

# %% [markdown]
# ## AdaGrad
#
# One learning rate for each variable: divide by the root of the sum of all its squared slopes so far. What was steep gets
# small steps, what was flat gets large ones.
#
# $$s \leftarrow s + g \odot g, \qquad x \leftarrow x - \frac{\eta}{\sqrt{s + \epsilon}} \odot g.$$
#
# (Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011)


# %%
def adagrad_2d(x1, x2, s1, s2):
    g1, g2, eps = 0.2 * x1, 4 * x2, 1e-6
    s1 += g1**2
    s2 += g2**2
    x1 -= eta / math.sqrt(s1 + eps) * g1
    x2 -= eta / math.sqrt(s2 + eps) * g2
    return x1, x2, s1, s2


_, row = d2l.plt.subplots(1, 2, figsize=(8, 2.6))
for axes, eta in zip(row, (0.4, 2)):
    d2l.plt.sca(axes)
    d2l.show_trace_2d(f_2d, d2l.train_2d(adagrad_2d))
    axes.set_title("AdaGrad, learning rate %s" % eta)
show("38-adagrad")

# %% [markdown]
# The sum only grows, so the steps only get smaller; with a learning rate of 0.4 they are too small soon, with 2 it arrives.
#
# ## RMSProp
#
# A moving average of the squared slopes instead of their sum: what was long ago is forgotten.
#
# $$s \leftarrow \gamma s + (1 - \gamma)\, g \odot g, \qquad x \leftarrow x - \frac{\eta}{\sqrt{s + \epsilon}} \odot g.$$
#
# (Tieleman, Hinton, lecture 6.5 of "Neural networks for machine learning", 2012)


# %%
def rmsprop_2d(x1, x2, s1, s2):
    g1, g2, eps = 0.2 * x1, 4 * x2, 1e-6
    s1 = gamma * s1 + (1 - gamma) * g1**2
    s2 = gamma * s2 + (1 - gamma) * g2**2
    x1 -= eta / math.sqrt(s1 + eps) * g1
    x2 -= eta / math.sqrt(s2 + eps) * g2
    return x1, x2, s1, s2


eta, gamma = 0.4, 0.9
d2l.show_trace_2d(f_2d, d2l.train_2d(rmsprop_2d))
show("38-rmsprop")

# %% [markdown]
# ## Adam
#
# RMSProp with momentum, and both averages corrected for having started at 0. It remembers two numbers for each variable, and
# how many steps it has taken; `train_2d` has room for one, so the others live outside.
#
# (Kingma, Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980)

# %%
eta, beta1, beta2, eps = 0.6, 0.9, 0.99, 1e-6
memory = {"v": np.zeros(2), "s": np.zeros(2), "t": 0}


def adam_2d(x1, x2, s1, s2):
    g = np.array([0.2 * x1, 4 * x2])
    memory["t"] += 1
    memory["v"] = beta1 * memory["v"] + (1 - beta1) * g
    memory["s"] = beta2 * memory["s"] + (1 - beta2) * g**2
    v_hat = memory["v"] / (1 - beta1 ** memory["t"])
    s_hat = memory["s"] / (1 - beta2 ** memory["t"])
    x1, x2 = np.array([x1, x2]) - eta * v_hat / (np.sqrt(s_hat) + eps)
    return x1, x2, 0, 0


d2l.show_trace_2d(f_2d, d2l.train_2d(adam_2d))
show("38-adam")

# %% [markdown]
# ## Exercises
#
# **Could each direction not have the best step at once?** Newton's method divides by the second derivative: 0.2 along the
# valley, 4 across it. For a function like this one it arrives in a single step. A network with a million weights would need a
# matrix of a million times a million for it.


# %%
def newton(x1, x2):
    return x1 - 0.2 * x1 / 0.2, x2 - 4 * x2 / 4


print("one step:", newton(-5, -2))

# %% [markdown]
# **The same with Gluon's optimisers.** They update arrays, whatever these are for:

# %%
from mxnet import autograd, optimizer

for name, options in (
    ("sgd", {"learning_rate": 0.4}),
    ("sgd", {"learning_rate": 0.4, "momentum": 0.5}),
    ("adagrad", {"learning_rate": 2}),
    ("rmsprop", {"learning_rate": 0.4, "gamma1": 0.9}),
    ("adam", {"learning_rate": 0.6, "beta2": 0.99}),
):
    x = nd.array([-5, -2])
    x.attach_grad()
    update = optimizer.get_updater(optimizer.create(name, **options))
    for _ in range(20):
        with autograd.record():
            y = f_2d(x[0], x[1])
        y.backward()
        update(0, x.grad, x)
    print("%-8s %-42s x1 %7.4f, x2 %7.4f" % (name, options, *x.asnumpy()))
