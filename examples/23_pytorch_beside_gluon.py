# %% [markdown]
# # 23. The perceptron in PyTorch, beside Gluon
#
# The arrays here stand on PyTorch's, so the two can work side by side and share memory. This chapter trains the
# perceptron of chapters 9 and 10 three times, with the same weights to begin with and the same batches: in PyTorch from
# scratch, in PyTorch with its layers, and in Gluon. They agree.

# %%
import d2lzh as d2l
import mxnet as mx
import numpy as np
import torch
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn
from torch import nn as tnn

from _scale import pick

mx.random.seed(1)
np.random.seed(1)  # the order of the batches
batch_size, num_epochs, lr = 256, pick(10, small=1), 0.1
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)

# %% [markdown]
# ## Arrays without a copy
#
# `to_torch` gives the tensor behind an array, `nd.from_torch` an array over a tensor. Both are views of one memory.

# %%
x = nd.zeros((2, 3))
t = x.to_torch()
t += 1
print(x)
y = nd.from_torch(t)
y[0, 0] = 7
print(t, t.data_ptr() == y.to_torch().data_ptr())

# %% [markdown]
# ## Gluon
#
# Its initial weights are kept for the others.

# %%
net = nn.Sequential()
net.add(nn.Dense(256, activation="relu", in_units=784), nn.Dense(10, in_units=256))
net.initialize(init.Normal(sigma=0.01))
initial = [p.data().copy() for p in net.collect_params().values()]
print([p.shape for p in initial])

# %% [markdown]
# ## PyTorch from scratch
#
# The weights are `nn.Parameter`, the activation is written out. `initial[0].to_torch()` shares its memory with the array;
# `clone` makes the copy that training may change.


# %%
W1, b1, W2, b2 = [tnn.Parameter(p.to_torch().clone()) for p in initial]
params = [W1, b1, W2, b2]


def relu(X):
    return torch.maximum(X, torch.zeros_like(X))


def scratch(X):
    H = relu(X.reshape(-1, 784) @ W1.T + b1)
    return H @ W2.T + b2


# %% [markdown]
# ## PyTorch with layers

# %%
concise = tnn.Sequential(tnn.Flatten(), tnn.Linear(784, 256), tnn.ReLU(), tnn.Linear(256, 10))


def init_weights(m):
    if isinstance(m, tnn.Linear):
        tnn.init.normal_(m.weight, std=0.01)
        tnn.init.zeros_(m.bias)


torch.manual_seed(0)
concise.apply(init_weights)
print("its own weights have deviation %.4f" % concise[1].weight.std().item())
with torch.no_grad():  # for the comparison, those of the others
    for p, value in zip(concise.parameters(), initial):
        p.copy_(value.to_torch())

# %% [markdown]
# ## Training
#
# The same batches for all: each is read once, by Gluon's loader, and handed to PyTorch without a copy.

# %%
loss = gloss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
cross_entropy = tnn.CrossEntropyLoss(reduction="sum")
optimizer = torch.optim.SGD(concise.parameters(), lr=lr)


def gluon_step(X, y):
    with autograd.record():
        y_hat = net(X)
        l = loss(y_hat, y)
    l.backward()
    trainer.step(batch_size)
    return l.sum().asscalar(), (y_hat.argmax(axis=1) == y.astype("float32")).sum().asscalar()


def scratch_step(X, y):
    y_hat = scratch(X)
    l = cross_entropy(y_hat, y)
    l.backward()
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
    return l.item(), (y_hat.argmax(1) == y).sum().item()


def concise_step(X, y):
    y_hat = concise(X)
    l = cross_entropy(y_hat, y)
    optimizer.zero_grad()
    (l / batch_size).backward()
    optimizer.step()
    return l.item(), (y_hat.argmax(1) == y).sum().item()


totals = {}
for epoch in range(1, num_epochs + 1):
    totals = {"Gluon": np.zeros(2), "PyTorch from scratch": np.zeros(2), "PyTorch with layers": np.zeros(2)}
    n = 0
    for X, y in train_iter:
        Xt, yt = X.to_torch(), y.to_torch().long()
        totals["Gluon"] += gluon_step(X, y)
        totals["PyTorch from scratch"] += scratch_step(Xt, yt)
        totals["PyTorch with layers"] += concise_step(Xt, yt)
        n += y.size
    print("epoch %2d" % epoch, {name: "loss %.4f" % (s[0] / n) for name, s in totals.items()})

# %% [markdown]
# ## They agree


# %%
def torch_accuracy(model):
    right = n = 0
    with torch.no_grad():
        for X, y in test_iter:
            right += (model(X.to_torch()).argmax(1) == y.to_torch()).sum().item()
            n += y.size
    return right / n


test = {
    "Gluon": d2l.evaluate_accuracy(test_iter, net),
    "PyTorch from scratch": torch_accuracy(scratch),
    "PyTorch with layers": torch_accuracy(concise),
}
for name, (loss_sum, right) in totals.items():
    print("%-20s loss %.4f, train acc %.4f, test acc %.4f" % (name, loss_sum / n, right / n, test[name]))

difference = max(
    (p.data().to_torch() - q).abs().max().item() for p, q in zip(net.collect_params().values(), params)
)
print("largest difference between a weight of Gluon and of PyTorch: %.1e" % difference)
