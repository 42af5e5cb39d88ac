# %% [markdown]
# # 32. ResNet: a path around
#
# Add a layer to a network, and it can represent more. Yet very deep plain networks end up with a *larger training* loss than
# less deep ones, for the additional layers would have to learn to do nothing, and that is hard. ResNet makes it easy. A block
# computes what is to be *added* to its input:
#
# $$y = \mathrm{relu}(f(x) + x).$$
#
# To do nothing, $f$ only has to be 0. And on the path around, gradients reach the first layers undiminished.
#
# (He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv:1512.03385)

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick, show

# %% [markdown]
# ## The block
#
# Two convolutions of three by three, each with batch normalisation. Where the number of channels or the size changes, a
# convolution of one by one on the path around gives the input the shape of the output.


# %%
class Residual(nn.Block):
    def __init__(self, num_channels, use_1x1conv=False, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        if use_1x1conv:
            self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides)
        else:
            self.conv3 = None
        self.bn1 = nn.BatchNorm()
        self.bn2 = nn.BatchNorm()

    def forward(self, X):
        Y = nd.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return nd.relu(Y + X)


blk = Residual(3)
blk.initialize()
X = nd.random.uniform(shape=(4, 3, 6, 6))
print(blk(X).shape)

# %%
blk = Residual(6, use_1x1conv=True, strides=2)
blk.initialize()
print(blk(X).shape)

# %% [markdown]
# ## The network
#
# It begins like GoogLeNet, with batch normalisation added. Then four stages of two blocks each; all but the first stage
# double the channels and halve the size. With the first convolution and the last dense layer that makes 18 layers.


# %%
def resnet_block(num_channels, num_residuals, first_block=False):
    blk = nn.Sequential()
    for i in range(num_residuals):
        if i == 0 and not first_block:
            blk.add(Residual(num_channels, use_1x1conv=True, strides=2))
        else:
            blk.add(Residual(num_channels))
    return blk


def resnet18(num_classes=10):
    net = nn.Sequential()
    net.add(
        nn.Conv2D(64, kernel_size=7, strides=2, padding=3),
        nn.BatchNorm(),
        nn.Activation("relu"),
        nn.MaxPool2D(pool_size=3, strides=2, padding=1),
    )
    net.add(
        resnet_block(64, 2, first_block=True),
        resnet_block(128, 2),
        resnet_block(256, 2),
        resnet_block(512, 2),
    )
    net.add(nn.GlobalAvgPool2D(), nn.Dense(num_classes))
    return net


net = resnet18()
net.initialize()
edge = pick(224, small=64)
X = nd.random.uniform(shape=(1, 1, edge, edge))
for layer in net:
    X = layer(X)
    print("%-11s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))

# %% [markdown]
# ## Training

# %%
ctx = d2l.try_gpu()
lr = 0.05
batch_size, resize, batches, num_epochs = pick((256, 96, None, 5), slow=(32, 48, 60, 1), small=(4, 32, 2, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net.initialize(force_reinit=True, ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# It learns from the first step on. Deep as it is, it is easier to train than LeNet.
#
# ## Exercises
#
# **How do gradients fare with and without the path around?** Thirty narrow layers with sigmoids, and the size of the
# gradient at each of them:


# %%
class Layer(nn.Block):
    def __init__(self, units, around, **kwargs):
        super().__init__(**kwargs)
        self.dense, self.around = nn.Dense(units, activation="sigmoid"), around

    def forward(self, x):
        return self.dense(x) + x if self.around else self.dense(x)


d2l.set_figsize((5, 3))
for around in (True, False):
    deep = nn.Sequential()
    deep.add(*[Layer(32, around) for _ in range(30)])
    deep.initialize(init.Xavier())
    with autograd.record():
        l = (deep(nd.random.normal(shape=(64, 32))) ** 2).mean()
    l.backward()
    norms = [layer.dense.weight.grad().norm().asscalar() for layer in deep]
    name = "with a path around" if around else "without"
    print("%-18s gradient of the first layer / of the last: %.0e" % (name, norms[0] / norms[-1]))
    d2l.plt.semilogy(range(1, 31), norms, label=name)
d2l.plt.xlabel("layer")
d2l.plt.ylabel("norm of the gradient")
d2l.plt.legend()
show("32-gradients")

# %% [markdown]
# **The bottleneck.** Deeper ResNets have blocks of three convolutions: one by one to fewer channels, three by three, and one
# by one back to many. And a later version (arXiv:1603.05027) normalises *before* the convolutions, so that nothing stands on
# the path around. Gluon's model zoo has both:

# %%
from mxnet.gluon.model_zoo import vision

for name in ("resnet18_v1", "resnet50_v1", "resnet50_v2"):
    net = vision.get_model(name, classes=10)
    net.initialize()
    net(nd.zeros((1, 3, 64, 64)))
    weights = sum(p.data().size for p in net.collect_params().values())
    print("%s: %.1f million weights" % (name, weights / 1e6))
