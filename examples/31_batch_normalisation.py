# %% [markdown]
# # 31. Batch normalisation
#
# We standardise the inputs of a network: mean 0, standard deviation 1. But what reaches the tenth layer depends on the nine
# before it, and these change with every step. *Batch normalisation* standardises in the middle of a network, with the mean
# and the variance of the current batch:
#
# $$\hat x = \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}, \qquad y = \gamma \hat x + \beta.$$
#
# Scale $\gamma$ and shift $\beta$ are learned; where the layer would be better off without, they can undo it.
#
# (Ioffe, Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
# arXiv:1502.03167)

# %%
import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick, show

# %% [markdown]
# ## From scratch
#
# When the network is used, there may be one picture only, and no batch to take a mean of. So a running mean is kept during
# training, and used afterwards. `autograd.is_training` says which of the two it is.
#
# Behind a dense layer, each unit has its mean, over the examples. Behind a convolution, each channel has one, over the
# examples and all pixels.


# %%
def batch_norm(X, gamma, beta, moving_mean, moving_var, eps, momentum):
    if not autograd.is_training():
        X_hat = (X - moving_mean) / nd.sqrt(moving_var + eps)
    else:
        assert len(X.shape) in (2, 4)
        if len(X.shape) == 2:
            mean = X.mean(axis=0)
            var = ((X - mean) ** 2).mean(axis=0)
        else:
            # keepdims: (1, channels, 1, 1), which broadcasts against X
            mean = X.mean(axis=(0, 2, 3), keepdims=True)
            var = ((X - mean) ** 2).mean(axis=(0, 2, 3), keepdims=True)
        X_hat = (X - mean) / nd.sqrt(var + eps)
        moving_mean = momentum * moving_mean + (1.0 - momentum) * mean
        moving_var = momentum * moving_var + (1.0 - momentum) * var
    Y = gamma * X_hat + beta
    return Y, moving_mean, moving_var


# %% [markdown]
# A layer of it holds scale and shift as parameters. The running values are no parameters, since no gradient changes them.


# %%
class BatchNorm(nn.Block):
    def __init__(self, num_features, num_dims, **kwargs):
        super().__init__(**kwargs)
        shape = (1, num_features) if num_dims == 2 else (1, num_features, 1, 1)
        self.gamma = self.params.get("gamma", shape=shape, init=init.One())
        self.beta = self.params.get("beta", shape=shape, init=init.Zero())
        self.moving_mean = nd.zeros(shape)
        self.moving_var = nd.zeros(shape)

    def forward(self, X):
        if self.moving_mean.context != X.context:
            self.moving_mean = self.moving_mean.copyto(X.context)
            self.moving_var = self.moving_var.copyto(X.context)
        Y, mean, var = batch_norm(
            X, self.gamma.data(), self.beta.data(), self.moving_mean, self.moving_var, eps=1e-5, momentum=0.9
        )
        # what is kept from batch to batch is a number, not something to differentiate through
        self.moving_mean, self.moving_var = mean.detach(), var.detach()
        return Y


# %% [markdown]
# LeNet with this layer between each linear layer and its sigmoid:

# %%
net = nn.Sequential()
net.add(
    nn.Conv2D(6, kernel_size=5),
    BatchNorm(6, num_dims=4),
    nn.Activation("sigmoid"),
    nn.MaxPool2D(pool_size=2, strides=2),
    nn.Conv2D(16, kernel_size=5),
    BatchNorm(16, num_dims=4),
    nn.Activation("sigmoid"),
    nn.MaxPool2D(pool_size=2, strides=2),
    nn.Dense(120),
    BatchNorm(120, num_dims=2),
    nn.Activation("sigmoid"),
    nn.Dense(84),
    BatchNorm(84, num_dims=2),
    nn.Activation("sigmoid"),
    nn.Dense(10),
)

# %% [markdown]
# The same settings as for LeNet, but for a slightly larger learning rate. No epoch is lost now:

# %%
lr, batch_size, ctx = 1.0, 256, d2l.try_gpu()
num_epochs, batches = pick((5, None), small=(1, 4))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Scale and shift of the first layer after training:

# %%
print(net[1].gamma.data().reshape((-1,)), net[1].beta.data().reshape((-1,)))

# %% [markdown]
# ## Concisely
#
# `nn.BatchNorm` finds the number of channels by itself.


# %%
def lenet(normalise=True, activation="sigmoid"):
    def behind(layer):
        return [layer, *([nn.BatchNorm()] if normalise else []), nn.Activation(activation)]

    net = nn.Sequential()
    net.add(*behind(nn.Conv2D(6, kernel_size=5)), nn.MaxPool2D(pool_size=2, strides=2))
    net.add(*behind(nn.Conv2D(16, kernel_size=5)), nn.MaxPool2D(pool_size=2, strides=2))
    net.add(*behind(nn.Dense(120)), *behind(nn.Dense(84)), nn.Dense(10))
    return net


net = lenet()
net.initialize(ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Our layer and Gluon's compute the same, in training and outside of it:

# %%
ours, theirs = BatchNorm(3, num_dims=4), nn.BatchNorm(momentum=0.9)
ours.initialize()
theirs.initialize()
theirs(nd.zeros((1, 3, 4, 4)))
theirs.running_var.set_data(nd.zeros(3))  # Gluon's starts at 1
X = nd.random.normal(2, 3, shape=(8, 3, 4, 4))
with autograd.record():
    difference = ours(X) - theirs(X)
difference.backward()  # Gluon's running values change with the backward pass only
print("in training: %.0e" % difference.abs().max().asscalar())
print("outside:     %.0e" % (ours(X) - theirs(X)).abs().max().asscalar())

# %% [markdown]
# ## Exercises
#
# **How large may the learning rate be?** LeNet with and without, for a few steps each: with normalisation, the loss falls at
# rates that are far too large, or far too small, for LeNet alone.

# %%
loss = gluon.loss.SoftmaxCrossEntropyLoss()
rates = pick([0.03, 0.1, 0.3, 1, 3, 10], small=[0.1, 1])


def loss_behind(net, lr, steps):
    mx.random.seed(0)
    net.initialize(ctx=ctx, init=init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    losses = []
    for X, y in part(train_iter, steps):
        X, y = X.as_in_context(ctx), y.as_in_context(ctx)
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(l.mean().asscalar())
    return sum(losses[-10:]) / len(losses[-10:])


d2l.set_figsize((5, 3))
for normalise in (True, False):
    behind = [loss_behind(lenet(normalise), lr, pick(100, small=2)) for lr in rates]
    name = "with batch normalisation" if normalise else "without"
    print(name, ["%.2f" % each for each in behind])
    d2l.plt.semilogx(rates, behind, "o-", label=name)
d2l.plt.xlabel("learning rate")
d2l.plt.ylabel("loss behind %d steps" % pick(100, small=2))
d2l.plt.ylim(0, 2.6)
d2l.plt.legend()
show("31-learning-rates")

# %% [markdown]
# **Does the bias of the layer before matter?** The mean that is subtracted contains it, so it does not: `use_bias=False`
# there saves parameters. Any constant added to the input is gone behind the layer:

# %%
layer = nn.BatchNorm()
layer.initialize()
X = nd.random.normal(shape=(8, 3, 4, 4))
with autograd.train_mode():
    difference = layer(X + 100) - layer(X)
print("largest difference: %.0e" % difference.abs().max().asscalar())
