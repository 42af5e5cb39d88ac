# %% [markdown]
# # 30. GoogLeNet: parallel paths
#
# Which size of kernel is the right one? GoogLeNet takes several at once. Its block, *Inception*, has four paths side by side,
# and puts their channels one behind the other.
#
# (Szegedy et al., "Going deeper with convolutions", arXiv:1409.4842)

# %%
import d2lzh as d2l
from mxnet import gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick

# %% [markdown]
# Three of the paths have kernels of 1, 3 and 5, the fourth a pooling layer. Layers of one by one reduce the channels before
# the large kernels, which makes them cheap. All paths keep the size of the picture.


# %%
class Inception(nn.Block):
    # c1 to c4: channels of the layers on each path
    def __init__(self, c1, c2, c3, c4, **kwargs):
        super().__init__(**kwargs)
        self.p1_1 = nn.Conv2D(c1, kernel_size=1, activation="relu")
        self.p2_1 = nn.Conv2D(c2[0], kernel_size=1, activation="relu")
        self.p2_2 = nn.Conv2D(c2[1], kernel_size=3, padding=1, activation="relu")
        self.p3_1 = nn.Conv2D(c3[0], kernel_size=1, activation="relu")
        self.p3_2 = nn.Conv2D(c3[1], kernel_size=5, padding=2, activation="relu")
        self.p4_1 = nn.MaxPool2D(pool_size=3, strides=1, padding=1)
        self.p4_2 = nn.Conv2D(c4, kernel_size=1, activation="relu")

    def forward(self, x):
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return nd.concat(p1, p2, p3, p4, dim=1)  # along the channels


blk = Inception(64, (96, 128), (16, 32), 32)
blk.initialize()
print(blk(nd.zeros((1, 192, 12, 12))).shape)

# %% [markdown]
# The network has five stages, with a pooling layer of stride 2 between them. The numbers of channels were found by trying,
# on ImageNet.

# %%
b1 = nn.Sequential()
b1.add(
    nn.Conv2D(64, kernel_size=7, strides=2, padding=3, activation="relu"),
    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
)

b2 = nn.Sequential()
b2.add(
    nn.Conv2D(64, kernel_size=1, activation="relu"),
    nn.Conv2D(192, kernel_size=3, padding=1, activation="relu"),
    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
)

b3 = nn.Sequential()
b3.add(
    Inception(64, (96, 128), (16, 32), 32),
    Inception(128, (128, 192), (32, 96), 64),
    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
)

b4 = nn.Sequential()
b4.add(
    Inception(192, (96, 208), (16, 48), 64),
    Inception(160, (112, 224), (24, 64), 64),
    Inception(128, (128, 256), (24, 64), 64),
    Inception(112, (144, 288), (32, 64), 64),
    Inception(256, (160, 320), (32, 128), 128),
    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
)

b5 = nn.Sequential()
b5.add(
    Inception(256, (160, 320), (32, 128), 128),
    Inception(384, (192, 384), (48, 128), 128),
    nn.GlobalAvgPool2D(),
)

net = nn.Sequential()
net.add(b1, b2, b3, b4, b5, nn.Dense(10))

# %% [markdown]
# On pictures of 96 by 96 instead of 224 by 224:

# %%
X = nd.random.uniform(shape=(1, 1, 96, 96))
net.initialize()
for layer in net:
    X = layer(X)
    print("%-11s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))
print("%.1f million weights" % (sum(p.data().size for p in net.collect_params().values()) / 1e6))

# %% [markdown]
# ## Training

# %%
ctx = d2l.try_gpu()
batch_size, batches, num_epochs = pick((128, None, 5), slow=(64, 20, 1), small=(4, 1, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=pick(96, small=48))
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Without an accelerator those were too few steps to see anything. A network of more than twenty layers without any help
# for its gradients starts slowly; the help comes in the next two chapters.
#
# ## Exercises
#
# **What do the layers of one by one save?** The multiplications for each pixel in the third path of the first block, 192
# channels to 32 by a kernel of 5, with 16 channels in between and directly:

# %%
print("by way of 16 channels: %d" % (192 * 16 + 16 * 32 * 5 * 5))
print("directly:              %d" % (192 * 32 * 5 * 5))

# %% [markdown]
# **The same block from a container.** `HybridConcurrent` is what runs blocks side by side and joins their outputs:

# %%
from mxnet.gluon.contrib.nn import HybridConcurrent


def path(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def inception(c1, c2, c3, c4):
    def conv(channels, size=1):
        return nn.Conv2D(channels, size, padding=size // 2, activation="relu")

    paths = HybridConcurrent(axis=1)
    paths.add(conv(c1), path(conv(c2[0]), conv(c2[1], 3)), path(conv(c3[0]), conv(c3[1], 5)))
    paths.add(path(nn.MaxPool2D(pool_size=3, strides=1, padding=1), conv(c4)))
    return paths


same = inception(64, (96, 128), (16, 32), 32)
same.initialize()
X = nd.random.uniform(shape=(1, 192, 12, 12))
same(X)
blk(X)
for theirs, ours in zip(blk.collect_params().values(), same.collect_params().values()):
    ours.set_data(theirs.data())
print("largest difference: %.0e" % (same(X) - blk(X)).abs().max().asscalar())
