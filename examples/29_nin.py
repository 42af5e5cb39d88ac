# %% [markdown]
# # 29. NiN: networks in networks
#
# AlexNet and VGG end in dense layers, which hold most of the weights. NiN has none. Behind each convolution come two more
# with kernels of one by one: a little perceptron for each pixel. And the last block has one channel for each class; the mean
# of a channel is the score.
#
# (Lin, Chen, Yan, "Network in network", arXiv:1312.4400)

# %%
import d2lzh as d2l
from mxnet import gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick


# %%
def nin_block(num_channels, kernel_size, strides, padding):
    blk = nn.Sequential()
    blk.add(
        nn.Conv2D(num_channels, kernel_size, strides, padding, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
    )
    return blk


# %% [markdown]
# Kernels and channels are those of AlexNet.


# %%
def nin():
    net = nn.Sequential()
    net.add(
        nin_block(96, kernel_size=11, strides=4, padding=0),
        nn.MaxPool2D(pool_size=3, strides=2),
        nin_block(256, kernel_size=5, strides=1, padding=2),
        nn.MaxPool2D(pool_size=3, strides=2),
        nin_block(384, kernel_size=3, strides=1, padding=1),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dropout(0.5),
        nin_block(10, kernel_size=3, strides=1, padding=1),
        # the mean over a whole channel, whatever its size
        nn.GlobalAvgPool2D(),
        # (batch, 10, 1, 1) to (batch, 10)
        nn.Flatten(),
    )
    return net


net = nin()
net.initialize()
X = nd.random.uniform(shape=(1, 1, 224, 224))
for layer in net:
    X = layer(X)
    print("%-11s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))
print("%.1f million weights" % (sum(p.data().size for p in net.collect_params().values()) / 1e6))

# %% [markdown]
# ## Training
#
# NiN takes a larger learning rate than AlexNet, and more epochs.

# %%
ctx = d2l.try_gpu()
batch_size, resize, batches, num_epochs = pick((128, 224, None, 5), slow=(64, 96, 20, 1), small=(2, 96, 1, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Without an accelerator those were too few steps to see anything. With one, an epoch or two may pass with nothing learned,
# and then it starts.
#
# ## Exercises
#
# **A kernel of one by one is a perceptron for each pixel.** Really?

# %%
conv = nn.Conv2D(8, kernel_size=1, activation="relu")
dense = nn.Dense(8, activation="relu", flatten=False)
conv.initialize()
dense.initialize()
X = nd.random.uniform(shape=(2, 5, 7, 7))
Y = conv(X)
pixels = X.transpose((0, 2, 3, 1))  # channels last: what a dense layer takes for its features
dense(pixels)
dense.weight.set_data(conv.weight.data().reshape((8, 5)))
difference = dense(pixels).transpose((0, 3, 1, 2)) - Y
print("largest difference: %.0e" % difference.abs().max().asscalar())

# %% [markdown]
# **The network has no dense layer. On which sizes of pictures does it work?** On any that is large enough for its pooling
# layers; the weights stay the same.

# %%
net.initialize(force_reinit=True)
for height, width in ((96, 96), (112, 160), (224, 224)):
    print("%3d by %3d: scores of shape %s" % (height, width, net(nd.zeros((1, 1, height, width))).shape))
