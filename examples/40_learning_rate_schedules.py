# %% [markdown]
# # 40. Learning rates that change
#
# In the beginning large steps, to get somewhere; in the end small ones, to arrive. A *schedule* says what the learning rate
# is at which step. There are two ways to have one: set it in the loop, or give the trainer a scheduler.

# %%
import math

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, init, lr_scheduler, nd
from mxnet.gluon import nn

from _scale import part, pick, show

# %% [markdown]
# ## In the loop
#
# `trainer.set_learning_rate` takes effect with the next step. LeNet with rectifiers, with a learning rate that is halved after
# each epoch:

# %%
batch_size, ctx = 256, d2l.try_gpu()
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
batches = pick(None, small=3)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)
loss = gluon.loss.SoftmaxCrossEntropyLoss()


def make_net():
    mx.random.seed(0)
    net = nn.Sequential()
    net.add(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="relu"),
        nn.Dense(84, activation="relu"),
        nn.Dense(10),
    )
    net.initialize(ctx=ctx, init=init.Xavier())
    return net


def train_epoch(net, trainer):
    l_sum, n = nd.zeros(1, ctx=ctx), 0
    for X, y in train_iter:
        X, y = X.as_in_context(ctx), y.as_in_context(ctx)
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(len(X))
        l_sum += l.sum()
        n += len(X)
    return l_sum.asscalar() / n


net = make_net()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
for epoch in range(pick(3, small=2)):
    l = train_epoch(net, trainer)
    accuracy = d2l.evaluate_accuracy(test_iter, net, ctx)
    print(
        "epoch %d, learning rate %.3f, loss %.4f, test acc %.3f"
        % (epoch + 1, trainer.learning_rate, l, accuracy)
    )
    trainer.set_learning_rate(trainer.learning_rate / 2)

# %% [markdown]
# ## Schedulers
#
# A scheduler is a function of the number of steps so far. MXNet has four:

# %%
steps = 100
schedulers = {
    "factor": lr_scheduler.FactorScheduler(step=20, factor=0.5, base_lr=0.3),
    "steps": lr_scheduler.MultiFactorScheduler(step=[40, 80], factor=0.2, base_lr=0.3),
    "polynomial": lr_scheduler.PolyScheduler(max_update=steps, base_lr=0.3, pwr=2),
    "cosine": lr_scheduler.CosineScheduler(max_update=steps, base_lr=0.3, final_lr=0.01),
}
d2l.set_figsize((5, 3))
for name, scheduler in schedulers.items():
    d2l.plt.plot(range(steps), [scheduler(t) for t in range(1, steps + 1)], label=name)
d2l.plt.xlabel("step")
d2l.plt.ylabel("learning rate")
d2l.plt.legend()
show("40-schedulers")

# %% [markdown]
# Anything that can be called with a number will do as well:


# %%
def inverse_root(num_update):
    return 0.3 / math.sqrt(1 + num_update / 20)


# %% [markdown]
# All of them can begin with a *warm-up*: the first gradients of a network come from weights that mean nothing yet, and
# should not have too much of a say.

# %%
warm = lr_scheduler.CosineScheduler(max_update=steps, base_lr=0.3, warmup_steps=20, warmup_begin_lr=0.01)
d2l.set_figsize((5, 2.5))
d2l.plt.plot(range(steps), [warm(t) for t in range(1, steps + 1)])
d2l.plt.xlabel("step")
d2l.plt.ylabel("learning rate")
show("40-warm-up")

# %% [markdown]
# ## Training with one
#
# The trainer takes it as `lr_scheduler`, and calls it by itself. (Most schedulers remember where they are: a new training
# takes a new one.)

# %%
num_epochs = pick(4, small=2)
per_epoch = len(train_iter)
total = num_epochs * per_epoch
schedules = {
    "constant 0.3": lambda: lambda num_update: 0.3,
    "constant 0.05": lambda: lambda num_update: 0.05,
    "factor": lambda: lr_scheduler.FactorScheduler(step=per_epoch, factor=0.5, base_lr=0.3),
    "inverse root": lambda: inverse_root,
    "cosine with warm-up": lambda: lr_scheduler.CosineScheduler(
        max_update=total, base_lr=0.3, final_lr=0.01, warmup_steps=total // 8
    ),
}
curves = {}
for name, schedule in schedules.items():
    net = make_net()
    options = {"lr_scheduler": schedule()}
    trainer = gluon.Trainer(net.collect_params(), "sgd", options)
    curves[name] = [train_epoch(net, trainer) for _ in range(num_epochs)]
    accuracy = d2l.evaluate_accuracy(test_iter, net, ctx)
    print(
        "%-20s learning rate at the end %.4f, loss %.3f, test acc %.3f"
        % (name, trainer.learning_rate, curves[name][-1], accuracy)
    )

# %%
d2l.set_figsize((5, 3))
for name, losses in curves.items():
    d2l.plt.plot(range(1, num_epochs + 1), losses, "o-", markersize=3, label=name)
d2l.plt.xlabel("epoch")
d2l.plt.ylabel("training loss")
d2l.plt.locator_params(axis="x", integer=True)
d2l.plt.legend()
show("40-training")

# %% [markdown]
# ## Exercises
#
# **One learning rate for each layer.** A parameter's `lr_mult` multiplies whatever the schedule says; 0 freezes it. The next
# but one chapter needs that.

# %%
net = make_net()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
net(nd.zeros((1, 1, 28, 28), ctx=ctx))
net[0].collect_params().setattr("lr_mult", 0)
before = [net[0].weight.data().copy(), net[-1].weight.data().copy()]
train_epoch(net, trainer)
print("the first layer has moved by %.3f" % (net[0].weight.data() - before[0]).norm().asscalar())
print("the last layer has moved by  %.3f" % (net[-1].weight.data() - before[1]).norm().asscalar())

# %% [markdown]
# **A schedule of your own.** A triangle that goes up and down again, as a class:


# %%
class Triangle(lr_scheduler.LRScheduler):
    def __init__(self, length, base_lr):
        super().__init__(base_lr)
        self.length = length

    def __call__(self, num_update):
        place = num_update % self.length / self.length
        return self.base_lr * (1 - abs(2 * place - 1))


triangle = Triangle(40, base_lr=0.5)
print(["%.2f" % triangle(t) for t in range(0, 81, 10)])
