# %% [markdown]
# # 28. VGG: networks from blocks
#
# Nobody wants to invent a hundred layers one by one. VGG repeats a block: a few convolutions of three by three that keep the
# size, then a pooling layer that halves it. What is left to choose is how many blocks, and how many layers and channels in
# each.
#
# (Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", arXiv:1409.1556)

# %%
import d2lzh as d2l
from mxnet import gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick

# %% [markdown]
# Two kernels of three by three behind each other see as far as one of five by five, with less weights and a rectifier more.


# %%
def vgg_block(num_convs, num_channels):
    blk = nn.Sequential()
    for _ in range(num_convs):
        blk.add(nn.Conv2D(num_channels, kernel_size=3, padding=1, activation="relu"))
    blk.add(nn.MaxPool2D(pool_size=2, strides=2))
    return blk


def vgg(conv_arch):
    net = nn.Sequential()
    for num_convs, num_channels in conv_arch:
        net.add(vgg_block(num_convs, num_channels))
    net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


# %% [markdown]
# Eight layers of convolution and three dense ones: this is VGG-11.

# %%
conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
net = vgg(conv_arch)
net.initialize()
edge = pick(224, small=64)
X = nd.random.uniform(shape=(1, 1, edge, edge))
for blk in net:
    X = blk(X)
    print("%-11s output shape %s" % (blk.name.rstrip("0123456789"), X.shape))

# %% [markdown]
# Each block halves the sides and most double the channels.
#
# ## Training
#
# VGG-11 computes more than AlexNet. For Fashion-MNIST a quarter of the channels is enough.

# %%
ratio = 4
small_conv_arch = [(num_convs, num_channels // ratio) for num_convs, num_channels in conv_arch]
net = vgg(small_conv_arch)

ctx = d2l.try_gpu()
batch_size, resize, batches, num_epochs = pick((128, 224, None, 5), slow=(64, 96, 20, 1), small=(4, 32, 1, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.05})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Without an accelerator those were too few steps to see much. With one, five epochs do better than AlexNet.
#
# ## Exercises
#
# **How far does a pixel behind several kernels of three by three see?** Each adds one pixel on every side. With the weights
# for 64 channels:

# %%
for layers in (1, 2, 3):
    edge = 2 * layers + 1
    print(
        "%d of 3 by 3 see %d by %d: %6d weights, one kernel of that size: %6d"
        % (layers, edge, edge, layers * 9 * 64**2, edge**2 * 64**2)
    )

# %% [markdown]
# It can be seen in a gradient, too: on how many pixels of the input does one pixel of the output depend?

# %%
from mxnet import autograd

for layers in (1, 2, 3):
    convs = nn.Sequential()
    convs.add(*[nn.Conv2D(1, kernel_size=3, padding=1) for _ in range(layers)])
    convs.initialize(init.One())
    X = nd.ones((1, 1, 15, 15))
    X.attach_grad()
    with autograd.record():
        pixel = convs(X)[0, 0, 7, 7]
    pixel.backward()
    print("%d layers: %d pixels" % (layers, (X.grad > 0).sum().asscalar()))

# %% [markdown]
# **VGG-16 and VGG-19** have more layers in the same blocks:

# %%
for name, convs in (("VGG-11", (1, 1, 2, 2, 2)), ("VGG-16", (2, 2, 3, 3, 3)), ("VGG-19", (2, 2, 4, 4, 4))):
    deeper = vgg(list(zip(convs, (16, 32, 64, 128, 128))))
    deeper.initialize()
    deeper(nd.zeros((1, 1, 32, 32)))
    layers = [n for n in deeper.collect_params() if n.endswith("weight")]
    print("%s has %d layers with weights" % (name, len(layers)))
