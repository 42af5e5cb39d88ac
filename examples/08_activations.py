# %% [markdown]
# # 8. Why hidden layers, and why activation functions
#
# A linear model can only say: the more, the more; or the more, the less. Much of the world is not like that.

# %%
import d2lzh as d2l
import numpy as np
from glueball import plot
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## Body temperature
#
# The risk is lowest at about 37 °C and grows in both directions. No line follows that: the best one is nearly flat and
# says almost the same for a fever and for health. A network with one hidden layer bends.

# %%
temperature = nd.random.uniform(34, 41, shape=(400, 1))
risk = 1 - (-((temperature - 37) ** 2) / 1.5).exp()
x = (temperature - 37) / 2


def fit(net, steps):
    net.initialize(init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.02})
    loss = gloss.L2Loss()
    for _ in range(steps):
        with autograd.record():
            l = loss(net(x), risk)
        l.backward()
        trainer.step(len(x))
    return l.mean().asscalar()


line, bent = nn.Sequential(), nn.Sequential()
line.add(nn.Dense(1))
bent.add(nn.Dense(16, activation="relu"), nn.Dense(1))
steps = pick(1500, small=300)
print("loss of the line %.4f, with a hidden layer %.4f" % (fit(line, steps), fit(bent, steps)))

# %%
t = nd.linspace(34, 41, 200).reshape((-1, 1))
d2l.set_figsize((5, 3))
d2l.plt.scatter(temperature.asnumpy(), risk.asnumpy(), 2, color="0.7", label="examples")
d2l.plt.plot(t.asnumpy(), line((t - 37) / 2).asnumpy(), "--", label="linear")
d2l.plt.plot(t.asnumpy(), bent((t - 37) / 2).asnumpy(), label="one hidden layer")
d2l.plt.xlabel("body temperature in °C")
d2l.plt.ylabel("risk")
d2l.plt.legend()
show("08-temperature")

# %%
plot.draw_network([4, 5, 3])
show("08-perceptron")

# %% [markdown]
# ## Layers without activations collapse
#
# Two affine layers after each other are one affine layer:
#
# $$(XW_1 + b_1)W_2 + b_2 = X\,(W_1 W_2) + (b_1 W_2 + b_2).$$

# %%
X = nd.random.normal(shape=(5, 4))
W1, b1 = nd.random.normal(shape=(4, 16)), nd.random.normal(shape=16)
W2, b2 = nd.random.normal(shape=(16, 3)), nd.random.normal(shape=3)
two = nd.dot(nd.dot(X, W1) + b1, W2) + b2
one = nd.dot(X, nd.dot(W1, W2)) + (nd.dot(b1.reshape((1, -1)), W2).reshape((-1,)) + b2)
print("largest difference: %.1e" % (two - one).abs().max().asscalar())

# %% [markdown]
# With a function between them that is not linear, they do not.

# %%
print(
    "with relu between:  %.1f" % (nd.dot(nd.relu(nd.dot(X, W1) + b1), W2) + b2 - one).abs().max().asscalar()
)

# %% [markdown]
# ## The functions and their gradients
#
# $$\mathrm{ReLU}(x) = \max(x, 0), \qquad \sigma(x) = \frac{1}{1 + e^{-x}}, \qquad
# \tanh(x) = \frac{1 - e^{-2x}}{1 + e^{-2x}}.$$
#
# The gradient of the sigmoid is $\sigma(1 - \sigma)$, at most 1/4; that of tanh $1 - \tanh^2$, at most 1. Both vanish
# for large inputs, which is why deep networks prefer ReLU, whose gradient is 1 wherever it is not 0.


# %%
def draw(function, name, row):
    x = nd.arange(-8.0, 8.0, 0.1)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    for axes, values, title in ((row[0], y, name), (row[1], x.grad, f"gradient of {name}")):
        axes.plot(x.asnumpy(), values.asnumpy())
        axes.set_title(title)
    return x.grad


figure, table = d2l.plt.subplots(3, 2, figsize=(7, 7), sharex=True, layout="constrained")
gradients = [draw(*pair) for pair in zip((nd.relu, nd.sigmoid, nd.tanh), ("ReLU", "sigmoid", "tanh"), table)]
show("08-activations")
print("largest gradients:", [round(g.max().asscalar().item(), 3) for g in gradients])
print("at x = 7.9:       ", [round(g[-1].asscalar().item(), 6) for g in gradients])
print(
    "at 0 the gradient of ReLU is taken for",
    gradients[0][int(np.argmin(abs(np.arange(-8, 8, 0.1))))].asscalar(),
)
