# %% [markdown]
# # 33. DenseNet: everything before
#
# ResNet adds the input of a block to its output. DenseNet puts the two one behind the other, as channels. So each layer sees
# what *all* layers before it have found, and needs to add little of its own.
#
# (Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", arXiv:1608.06993)

# %%
import d2lzh as d2l
from mxnet import gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick, show

# %% [markdown]
# ## Dense blocks
#
# A layer: batch normalisation, rectifier, convolution, in this order.


# %%
def conv_block(num_channels):
    blk = nn.Sequential()
    blk.add(
        nn.BatchNorm(),
        nn.Activation("relu"),
        nn.Conv2D(num_channels, kernel_size=3, padding=1),
    )
    return blk


class DenseBlock(nn.Block):
    def __init__(self, num_convs, num_channels, **kwargs):
        super().__init__(**kwargs)
        self.net = nn.Sequential()
        for _ in range(num_convs):
            self.net.add(conv_block(num_channels))

    def forward(self, X):
        for blk in self.net:
            Y = blk(X)
            X = nd.concat(X, Y, dim=1)  # input and output, along the channels
        return X


# %% [markdown]
# Two layers of ten channels each make 23 channels out of three. What a layer adds is called the *growth rate*.

# %%
blk = DenseBlock(2, 10)
blk.initialize()
X = nd.random.uniform(shape=(4, 3, 8, 8))
Y = blk(X)
print(Y.shape)
print("the input is still there:", (Y[:, :3] == X).min().asscalar() == 1)

# %% [markdown]
# ## Transitions
#
# Channels cannot grow without end. Between the blocks, a convolution of one by one reduces them, and a mean over two by two
# pixels halves the size.


# %%
def transition_block(num_channels):
    blk = nn.Sequential()
    blk.add(
        nn.BatchNorm(),
        nn.Activation("relu"),
        nn.Conv2D(num_channels, kernel_size=1),
        nn.AvgPool2D(pool_size=2, strides=2),
    )
    return blk


blk = transition_block(10)
blk.initialize()
print(blk(Y).shape)

# %% [markdown]
# ## The network
#
# The same beginning as ResNet, four dense blocks of four layers with a growth rate of 32, and transitions that halve the
# channels.

# %%
net = nn.Sequential()
net.add(
    nn.Conv2D(64, kernel_size=7, strides=2, padding=3),
    nn.BatchNorm(),
    nn.Activation("relu"),
    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
)

num_channels, growth_rate = 64, 32
num_convs_in_dense_blocks = [4, 4, 4, 4]
for i, num_convs in enumerate(num_convs_in_dense_blocks):
    net.add(DenseBlock(num_convs, growth_rate))
    num_channels += num_convs * growth_rate
    if i != len(num_convs_in_dense_blocks) - 1:
        num_channels //= 2
        net.add(transition_block(num_channels))
net.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(10))

net.initialize()
X = nd.random.uniform(shape=(1, 1, 96, 96))
for layer in net:
    X = layer(X)
    print("%-11s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))
print("%.2f million weights" % (sum(p.data().size for p in net.collect_params().values()) / 1e6))

# %% [markdown]
# ## Training

# %%
ctx = d2l.try_gpu()
lr = 0.1
batch_size, resize, batches, num_epochs = pick((256, 96, None, 5), slow=(32, 48, 60, 1), small=(4, 32, 2, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# ## Exercises
#
# **DenseNet has a tenth of ResNet's weights. Does it need less memory, too?** No: every layer reads everything before it, and
# all of that has to be kept for the backward pass. The channels that the layers of a block read, against those of a block
# that adds:

# %%
layers = range(1, 17)
d2l.set_figsize((5, 2.8))
d2l.plt.plot(
    layers,
    [64 + 32 * (n - 1) for n in layers],
    "o-",
    markersize=3,
    label="one behind the other, growth rate 32",
)
d2l.plt.plot(layers, [64 for n in layers], "--", label="added")
d2l.plt.xlabel("layer of the block")
d2l.plt.ylabel("channels that it reads")
d2l.plt.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
show("33-channels")

# %% [markdown]
# **Could a perceptron be connected like this?** Of course:


# %%
class DenselyConnected(nn.Block):
    def __init__(self, num_layers, units, **kwargs):
        super().__init__(**kwargs)
        self.net = nn.Sequential()
        self.net.add(*[nn.Dense(units, activation="relu") for _ in range(num_layers)])

    def forward(self, x):
        for layer in self.net:
            x = nd.concat(x, layer(x), dim=1)
        return x


mlp = DenselyConnected(3, 16)
mlp.initialize()
print(mlp(nd.random.normal(shape=(2, 20))).shape)
