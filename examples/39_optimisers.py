# %% [markdown]
# # 39. Optimisers on data
#
# The methods of the last chapter on a regression: each written by hand, and by its name in Gluon.
#
# The book's data are the noise of airfoils: `airfoil_self_noise.dat` of the UCI repository, in the folder `datasets` of
# `MXNET_HOME` or in `../data`. Where the file is not there, `d2l.get_data_ch7` takes the diabetes data of scikit-learn, and
# says so.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import autograd, nd

from _scale import pick, show

features, labels = d2l.get_data_ch7()
print(features.shape, labels.shape)

# %% [markdown]
# ## Batches
#
# `d2l.train_ch7` fits a linear regression. It gets a function that makes the step from parameters, states and settings; the
# loss is a mean over the batch, so the step need not divide. After every hundred examples it looks at the loss of all of them.


# %%
def sgd(params, states, hyperparams):
    for p in params:
        p[:] -= hyperparams["lr"] * p.grad


def train_sgd(lr, batch_size, num_epochs=2):
    d2l.train_ch7(sgd, None, {"lr": lr}, features, labels, batch_size, num_epochs)


# %% [markdown]
# With all examples in one batch, this is gradient descent: one step an epoch.

# %%
train_sgd(1 if len(labels) == 1500 else 0.3, len(labels), pick(6, small=3))
show("39-gradient-descent")

# %% [markdown]
# With one example in a batch, it is stochastic gradient descent: as many steps as examples. The loss falls at once, and an
# epoch takes much longer, for small operations do not use the processor well.

# %%
train_sgd(0.005, 1)
show("39-stochastic")

# %% [markdown]
# Ten examples in a batch are a fair compromise.

# %%
train_sgd(0.05, 10)
show("39-batches")

# %% [markdown]
# The same with Gluon:

# %%
d2l.train_gluon_ch7("sgd", {"learning_rate": 0.05}, features, labels, 10)
show("39-batches-gluon")

# %% [markdown]
# ## Momentum


# %%
def init_momentum_states():
    return nd.zeros((features.shape[1], 1)), nd.zeros(1)


def sgd_momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        v[:] = hyperparams["momentum"] * v + hyperparams["lr"] * p.grad
        p[:] -= v


d2l.train_ch7(sgd_momentum, init_momentum_states(), {"lr": 0.02, "momentum": 0.5}, features, labels)
show("39-momentum")

# %% [markdown]
# A velocity that keeps nine tenths is like a mean of the last ten gradients, only ten times as long. So the learning rate has
# to be smaller:

# %%
for lr in (0.02, 0.004):
    hyperparams = {"lr": lr, "momentum": 0.9}
    d2l.train_ch7(sgd_momentum, init_momentum_states(), hyperparams, features, labels)
    d2l.plt.title("momentum 0.9, learning rate %s" % lr)
    show("39-momentum-%s" % lr)

# %%
d2l.train_gluon_ch7("sgd", {"learning_rate": 0.004, "momentum": 0.9}, features, labels)
show("39-momentum-gluon")

# %% [markdown]
# ## AdaGrad


# %%
def init_adagrad_states():
    return nd.zeros((features.shape[1], 1)), nd.zeros(1)


def adagrad(params, states, hyperparams):
    eps = 1e-6
    for p, s in zip(params, states):
        s[:] += p.grad.square()
        p[:] -= hyperparams["lr"] * p.grad / (s + eps).sqrt()


d2l.train_ch7(adagrad, init_adagrad_states(), {"lr": 0.1}, features, labels)
show("39-adagrad")

# %%
d2l.train_gluon_ch7("adagrad", {"learning_rate": 0.1}, features, labels)
show("39-adagrad-gluon")

# %% [markdown]
# ## RMSProp


# %%
def init_rmsprop_states():
    return nd.zeros((features.shape[1], 1)), nd.zeros(1)


def rmsprop(params, states, hyperparams):
    gamma, eps = hyperparams["gamma"], 1e-6
    for p, s in zip(params, states):
        s[:] = gamma * s + (1 - gamma) * p.grad.square()
        p[:] -= hyperparams["lr"] * p.grad / (s + eps).sqrt()


d2l.train_ch7(rmsprop, init_rmsprop_states(), {"lr": 0.01, "gamma": 0.9}, features, labels)
show("39-rmsprop")

# %%
d2l.train_gluon_ch7("rmsprop", {"learning_rate": 0.01, "gamma1": 0.9}, features, labels)
show("39-rmsprop-gluon")

# %% [markdown]
# ## AdaDelta
#
# RMSProp without a learning rate: its place takes the root of a moving average of the squared *steps*.
#
# $$g' = \sqrt{\frac{\Delta x + \epsilon}{s + \epsilon}} \odot g, \qquad x \leftarrow x - g', \qquad
# \Delta x \leftarrow \rho \Delta x + (1 - \rho)\, g' \odot g'.$$
#
# (Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701)


# %%
def init_adadelta_states():
    s_w, s_b = nd.zeros((features.shape[1], 1)), nd.zeros(1)
    delta_w, delta_b = nd.zeros((features.shape[1], 1)), nd.zeros(1)
    return (s_w, delta_w), (s_b, delta_b)


def adadelta(params, states, hyperparams):
    rho, eps = hyperparams["rho"], 1e-5
    for p, (s, delta) in zip(params, states):
        s[:] = rho * s + (1 - rho) * p.grad.square()
        g = ((delta + eps) / (s + eps)).sqrt() * p.grad
        p[:] -= g
        delta[:] = rho * delta + (1 - rho) * g * g


d2l.train_ch7(adadelta, init_adadelta_states(), {"rho": 0.9}, features, labels)
show("39-adadelta")

# %%
d2l.train_gluon_ch7("adadelta", {"rho": 0.9}, features, labels)
show("39-adadelta-gluon")

# %% [markdown]
# ## Adam


# %%
def init_adam_states():
    v_w, v_b = nd.zeros((features.shape[1], 1)), nd.zeros(1)
    s_w, s_b = nd.zeros((features.shape[1], 1)), nd.zeros(1)
    return (v_w, s_w), (v_b, s_b)


def adam(params, states, hyperparams):
    beta1, beta2, eps = 0.9, 0.999, 1e-6
    for p, (v, s) in zip(params, states):
        v[:] = beta1 * v + (1 - beta1) * p.grad
        s[:] = beta2 * s + (1 - beta2) * p.grad.square()
        v_bias_corr = v / (1 - beta1 ** hyperparams["t"])
        s_bias_corr = s / (1 - beta2 ** hyperparams["t"])
        p[:] -= hyperparams["lr"] * v_bias_corr / (s_bias_corr.sqrt() + eps)
    hyperparams["t"] += 1


d2l.train_ch7(adam, init_adam_states(), {"lr": 0.01, "t": 1}, features, labels)
show("39-adam")

# %%
d2l.train_gluon_ch7("adam", {"learning_rate": 0.01}, features, labels)
show("39-adam-gluon")

# %% [markdown]
# ## Do the two agree?
#
# From the same start, on the same batches, each of ours should arrive where Gluon's does.

# %%
from mxnet import gluon

pairs = {
    "sgd": (sgd, lambda: [None, None], {"lr": 0.05}, {"learning_rate": 0.05}),
    "momentum": (sgd_momentum, init_momentum_states, {"lr": 0.02, "momentum": 0.5}, {"learning_rate": 0.02, "momentum": 0.5}),
    "adagrad": (adagrad, init_adagrad_states, {"lr": 0.1}, {"learning_rate": 0.1, "eps": 1e-6}),
    "rmsprop": (rmsprop, init_rmsprop_states, {"lr": 0.01, "gamma": 0.9}, {"learning_rate": 0.01, "gamma1": 0.9, "epsilon": 1e-6}),
    "adadelta": (adadelta, init_adadelta_states, {"rho": 0.9}, {"rho": 0.9}),
    "adam": (adam, init_adam_states, {"lr": 0.01, "t": 1}, {"learning_rate": 0.01, "epsilon": 1e-6}),
}  # fmt: skip
start = nd.random.normal(scale=0.01, shape=(features.shape[1], 1))
differences = {}
for name, (step, init_states, ours, theirs) in pairs.items():
    w, b = start.copy(), nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    net = gluon.nn.Dense(1, in_units=features.shape[1])
    net.initialize()
    net.weight.set_data(start.T)
    trainer = gluon.Trainer(net.collect_params(), "sgd" if name == "momentum" else name, theirs)
    states, loss = init_states(), gluon.loss.L2Loss()
    for k in range(30):
        X, y = features[k * 10 : k * 10 + 10], labels[k * 10 : k * 10 + 10]
        with autograd.record():
            l = d2l.squared_loss(d2l.linreg(X, w, b), y).mean()
            l_gluon = loss(net(X), y)
        l.backward()
        step([w, b], states, ours)
        l_gluon.backward()
        trainer.step(10)
    differences[name] = (w.T - net.weight.data()).abs().max().asscalar()
    print("%-9s behind 30 steps, largest difference %.0e" % (name, differences[name]))

# %% [markdown]
# ## Exercises
#
# **Which batch is best?** For the same number of examples seen, small batches make more steps; for the same time, larger ones
# see more examples.

# %%
from time import perf_counter

for batch_size in (1, 10, 100):
    w, b = nd.zeros((features.shape[1], 1)), nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    began, seen = perf_counter(), 0
    while perf_counter() - began < pick(0.5, small=0.05):
        for X, y in d2l.data_iter(batch_size, features, labels):
            with autograd.record():
                l = d2l.squared_loss(d2l.linreg(X, w, b), y).mean()
            l.backward()
            sgd([w, b], None, {"lr": {1: 0.005, 10: 0.05, 100: 0.2}[batch_size]})
            seen += len(y)
            if perf_counter() - began > pick(0.5, small=0.05):
                break
    l = d2l.squared_loss(d2l.linreg(features, w, b), labels).mean().asscalar()
    print("batches of %3d: %7d examples seen in the same time, loss %.4f" % (batch_size, seen, l))

# %% [markdown]
# **Does it help to standardise the features?** AdaGrad and its successors do not care much; for gradient descent it decides.
# The first feature a hundred times as large:

# %%
stretched = features.copy()
stretched[:, 0] *= 100
for name, X in (("standardised", features), ("stretched", stretched)):
    H = nd.dot(X.T, X).asnumpy() / len(X)
    eigenvalues = np.linalg.eigvalsh(H)
    print("%-12s steepest / flattest direction: %.0f" % (name, eigenvalues[-1] / eigenvalues[0]))
for name, options in (("sgd", {"learning_rate": 1e-4}), ("adagrad", {"learning_rate": 0.1})):
    d2l.train_gluon_ch7(name, options, stretched, labels)
    d2l.plt.close()
