# %% [markdown]
# # 26. LeNet
#
# The first convolutional network that was put to work: in the nineties it read the numbers on cheques. Two convolutional
# layers find patterns, each with a pooling layer behind it that makes the picture smaller, and three dense layers decide.
#
# (LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998)

# %%
import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick, show

# %%
net = nn.Sequential()
net.add(
    nn.Conv2D(channels=6, kernel_size=5, activation="sigmoid"),
    nn.MaxPool2D(pool_size=2, strides=2),
    nn.Conv2D(channels=16, kernel_size=5, activation="sigmoid"),
    nn.MaxPool2D(pool_size=2, strides=2),
    # Dense turns (batch, channel, height, width) into (batch, channel * height * width)
    nn.Dense(120, activation="sigmoid"),
    nn.Dense(84, activation="sigmoid"),
    nn.Dense(10),
)

# %% [markdown]
# From layer to layer the pictures get smaller and more numerous:

# %%
X = nd.random.uniform(shape=(1, 1, 28, 28))
net.initialize()
for layer in net:
    X = layer(X)
    print("%-7s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))

# %% [markdown]
# ## Training
#
# A convolutional network computes much more than a perceptron of the same number of weights, so an accelerator pays.
# `d2l.try_gpu` returns one if there is one.

# %%
batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=batch_size)
batches = pick(None, small=4)  # all of them, or the first four
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)
ctx = d2l.try_gpu()
ctx

# %% [markdown]
# The book's `train_ch5` is `train_ch3` with two differences: it copies every batch to the device, and it tells the time. The
# loop that it runs for each epoch:


# %%
def train_epoch(net, train_iter, loss, trainer, ctx):
    for X, y in train_iter:
        X, y = X.as_in_context(ctx), y.as_in_context(ctx)
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(len(X))


# %% [markdown]
# `Xavier` chooses the range of the first weights from the number of inputs and outputs of each layer. Sigmoids need a large
# learning rate: their slope is at most 1/4, and five of them lie behind each other.

# %%
mx.random.seed(1)
lr, num_epochs = 0.9, pick(5, small=1)
net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# For the whole first epoch nothing seems to happen: the network predicts the same for every picture, and a loss of
# $\log 10 = 2.303$ is that of guessing. Then it finds its way.
#
# ## What the first layer looks for
#
# Its six kernels, and what they make of a coat: edges, and areas.

# %%
for X, y in test_iter:
    break
coat = X[6:7].as_in_context(ctx)
maps = net[0](coat)[0]
d2l.show_images(list(net[0].weight.data(ctx)[:, 0]) + list(maps), 2, 6, scale=1.2)
show("26-first-layer")

# %% [markdown]
# ## Exercises
#
# **Replace what is old in it.** Rectifiers learn faster than sigmoids, at a smaller learning rate, and three times as many
# channels see more:


# %%
def modern(channels1=18, channels2=48):
    net = nn.Sequential()
    net.add(
        nn.Conv2D(channels1, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(channels2, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="relu"),
        nn.Dense(84, activation="relu"),
        nn.Dense(10),
    )
    return net


net = modern()
net.initialize(ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, pick(3, small=1))

# %% [markdown]
# **What does a picture of noise look like to the network?** It is quite sure of itself; nothing has taught it to say that it
# does not know.

# %%
noise = nd.random.uniform(shape=(256, 1, 28, 28), ctx=ctx)
probability = nd.softmax(net(noise))
print(
    "mean probability of the class that it takes noise for: %.2f" % probability.max(axis=1).mean().asscalar()
)
