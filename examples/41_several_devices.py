# %% [markdown]
# # 41. Several devices
#
# With two accelerators, a training could take half the time. *Data parallelism* is the usual way: each device has a copy of
# all parameters and gets a part of each batch; the gradients are added up, and all copies make the same step.
#
# This chapter does without accelerators: `cpu(0)` and `cpu(1)` are two devices as far as the program is concerned, and it
# would look the same with `gpu(0)` and `gpu(1)`. Nothing gets faster, but everything can be seen.

# %%
from functools import partial

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn
from mxnet.gluon import utils as gutils

from _scale import part, pick

ctx = d2l.try_all_gpus()
if len(ctx) < 2:
    ctx = [mx.cpu(0), mx.cpu(1)]
print(ctx)

# %% [markdown]
# ## From scratch
#
# A LeNet with rectifiers, as a function of its parameters:

# %%
scale = 0.01
params = [
    nd.random.normal(scale=scale, shape=(20, 1, 3, 3)),
    nd.zeros(shape=20),
    nd.random.normal(scale=scale, shape=(50, 20, 5, 5)),
    nd.zeros(shape=50),
    nd.random.normal(scale=scale, shape=(800, 128)),
    nd.zeros(shape=128),
    nd.random.normal(scale=scale, shape=(128, 10)),
    nd.zeros(shape=10),
]


def lenet(X, params):
    W1, b1, W2, b2, W3, b3, W4, b4 = params
    h1 = nd.relu(nd.Convolution(X, W1, b1, kernel=(3, 3), num_filter=20))
    h1 = nd.Pooling(h1, pool_type="avg", kernel=(2, 2), stride=(2, 2))
    h2 = nd.relu(nd.Convolution(h1, W2, b2, kernel=(5, 5), num_filter=50))
    h2 = nd.Pooling(h2, pool_type="avg", kernel=(2, 2), stride=(2, 2))
    h3 = nd.relu(nd.dot(h2.flatten(), W3) + b3)
    return nd.dot(h3, W4) + b4


loss = gloss.SoftmaxCrossEntropyLoss()

# %% [markdown]
# Three things have to travel. Parameters, from here to a device:


# %%
def get_params(params, ctx):
    new_params = [p.copyto(ctx) for p in params]
    for p in new_params:
        p.attach_grad()
    return new_params


new_params = get_params(params, ctx[1])
print("b1 weight:", new_params[1])
print("b1 grad:  ", new_params[1].grad)

# %% [markdown]
# Gradients: added up on the first device, and the sum back to all of them:


# %%
def allreduce(data):
    for i in range(1, len(data)):
        data[0][:] += data[i].copyto(data[0].context)
    for i in range(1, len(data)):
        data[0].copyto(data[i])


data = [nd.ones((1, 2), ctx=ctx[i]) * (i + 1) for i in range(2)]
print("before:", data)
allreduce(data)
print("behind:", data)

# %% [markdown]
# And data, in parts of equal size:


# %%
def split_and_load(data, ctx):
    n, k = data.shape[0], len(ctx)
    m = n // k
    assert m * k == n, "# examples is not divided by # devices."
    return [data[i * m : (i + 1) * m].as_in_context(ctx[i]) for i in range(k)]


batch = nd.arange(24).reshape((6, 4))
for each in split_and_load(batch, ctx):
    print(each.shape, each.context)

# %% [markdown]
# One step: forward and backward everywhere, add up, update everywhere. Since every device adds the same sum to the same
# parameters, they stay equal.


# %%
def train_batch(X, y, device_params, ctx, lr):
    device_Xs, device_ys = split_and_load(X, ctx), split_and_load(y, ctx)
    with autograd.record():
        ls = [
            loss(lenet(device_X, device_W), device_y)
            for device_X, device_y, device_W in zip(device_Xs, device_ys, device_params)
        ]
    for l in ls:
        l.backward()
    for i in range(len(device_params[0])):
        allreduce([device_params[c][i].grad for c in range(len(ctx))])
    for param in device_params:
        d2l.sgd(param, lr, X.shape[0])  # the size of the whole batch


def train(ctx, batch_size, lr):
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
    train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)
    print("running on:", ctx)
    device_params = [get_params(params, c) for c in ctx]
    for epoch in range(num_epochs):
        with d2l.Benchmark("epoch %d," % (epoch + 1)):
            for X, y in train_iter:
                train_batch(X, y, device_params, ctx, lr)
            nd.waitall()
        net = partial(lenet, params=device_params[0])
        print("  validation accuracy: %.4f" % d2l.evaluate_accuracy(test_iter, net, ctx[0]))
    return device_params


num_epochs, batches = pick((2, None), small=(1, 4))
one = train([ctx[0]], batch_size=256, lr=0.2)
two = train(ctx, batch_size=256, lr=0.2)

# %% [markdown]
# Both devices made the same steps, so their copies are equal, to the last digit:

# %%
print(
    "largest difference between the two copies: %.0e"
    % max((a - b.as_in_context(a.context)).abs().max().asscalar() for a, b in zip(*two))
)

# %% [markdown]
# ## Concisely
#
# A block can be initialised on several devices. Parameters are made when the first batch tells their shapes, each device's
# copy with the same numbers.

# %%
net = d2l.resnet18(10)
net.initialize(init=init.Normal(sigma=0.01), ctx=ctx)
x = nd.random.uniform(shape=(4, 1, 28, 28))
gpu_x = gutils.split_and_load(x, ctx)
print([net(each).shape for each in gpu_x])

# %%
weight = net[0].params.get("weight")
for each in ctx:
    print(weight.data(each)[0, 0, 0])

# %% [markdown]
# There is no copy where nobody has asked for one:

# %%
try:
    weight.data(mx.cpu(7))
except RuntimeError as error:
    print(error)

# %% [markdown]
# `Trainer` adds up the gradients of all devices by itself. The rest of the loop is `d2l.train`, which splits each batch and
# calls the network once for every part.

# %%
net = nn.Sequential()
net.add(
    nn.Conv2D(20, kernel_size=3, activation="relu"),
    nn.AvgPool2D(pool_size=2, strides=2),
    nn.Conv2D(50, kernel_size=5, activation="relu"),
    nn.AvgPool2D(pool_size=2, strides=2),
    nn.Dense(128, activation="relu"),
    nn.Dense(10),
)
net.initialize(init=init.Xavier(), ctx=ctx)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.2})
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)
d2l.train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs)

# %% [markdown]
# ## Exercises
#
# **One step on two devices is one step on one.** Exactly the same batch, the same start:

# %%
steps = {}
for devices in ([ctx[0]], ctx):
    mx.random.seed(0)
    small = nn.Dense(3)
    small.initialize(init.Normal(1), ctx=devices)
    trainer = gluon.Trainer(small.collect_params(), "sgd", {"learning_rate": 0.5})
    X, y = nd.random.normal(shape=(8, 5)), nd.array([0, 1, 2, 0, 1, 2, 0, 1])
    with autograd.record():
        ls = [
            loss(small(a), b)
            for a, b in zip(gutils.split_and_load(X, devices), gutils.split_and_load(y, devices))
        ]
    autograd.backward(ls)
    trainer.step(8)
    steps[len(devices)] = small.weight.data(devices[0])
print("largest difference: %.0e" % (steps[1] - steps[2]).abs().max().asscalar())

# %% [markdown]
# **And batch normalisation?** Each device takes the mean of its own part, so there is a difference: with four examples on each
# of two devices it is not the same as with eight on one. `SyncBatchNorm` of `gluon.contrib.nn` is the layer for those whom
# that disturbs.

# %%
X = nd.random.normal(shape=(8, 2))
layer = nn.BatchNorm()
layer.initialize()
layer(X)
with autograd.train_mode():
    whole = layer(X)
    parts = nd.concat(*[layer(each) for each in (X[:4], X[4:])], dim=0)
print("largest difference: %.2f" % (whole - parts).abs().max().asscalar())

# %% [markdown]
# **How large a batch for several devices?** Each device should have as much to do as before, so with $k$ devices the batch is
# $k$ times as large, and makes fewer steps in an epoch; the learning rate usually grows with it.
