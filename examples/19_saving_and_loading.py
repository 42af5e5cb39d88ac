# %% [markdown]
# # 19. Saving and loading
#
# Training takes time; its results belong on a disk. This chapter writes arrays, networks and the state of a trainer to
# files, and reads them back.

# %%
import os
import tempfile

from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)

# %% [markdown]
# ## Arrays
#
# `save` writes one array, a list, or a dictionary of names; `load` gives back a list or a dictionary.

# %%
x = nd.ones(3)
nd.save("x", x)
x2 = nd.load("x")
print(x2)

# %%
y = nd.zeros(4)
nd.save("xy", [x, y])
x2, y2 = nd.load("xy")
print(x2, y2)

# %%
mydict = {"x": x, "y": y}
nd.save("mydict", mydict)
mydict2 = nd.load("mydict")
print(mydict2)

# %% [markdown]
# The file is MXNet's own format: what was written here loads in MXNet 1.9.1, and the other way round. Types are kept.

# %%
nd.save("types", {name: nd.arange(3, dtype=name) for name in ("float16", "float64", "int32", "uint8")})
for name, array in nd.load("types").items():
    print("%-8s read as %s" % (name, array.dtype.__name__))

# %% [markdown]
# ## Networks
#
# To save a network is to save its parameters. Which layers it has is in the program; whoever loads the file builds the
# network again and fills it.


# %%
class MLP(nn.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = nn.Dense(256, activation="relu")
        self.output = nn.Dense(10)

    def forward(self, x):
        return self.output(self.hidden(x))


net = MLP()
net.initialize()
X = nd.random.uniform(shape=(2, 20))
Y = net(X)

# %%
net.save_parameters("mlp.params")
net2 = MLP()
net2.load_parameters("mlp.params")
Y2 = net2(X)
print("the same outputs:", (Y2 == Y).min().asscalar() == 1)

# %% [markdown]
# `net2` was neither initialised nor shown any data: the file knows all shapes. Parameters are named in it by their place
# in the network, so that two networks of the same form understand each other whatever their layers are called:

# %%
for name, array in nd.load("mlp.params").items():
    print("%-13s %s" % (name, array.shape))

# %% [markdown]
# ## A format for everybody
#
# A file whose name ends in `.safetensors` is written in the format of that name, which PyTorch, JAX and many tools read.

# %%
net.save_parameters("mlp.safetensors")
net2 = MLP()
net2.load_parameters("mlp.safetensors")
print("the same outputs:", (net2(X) == Y).min().asscalar() == 1)

# %%
from safetensors.torch import load_file

for name, tensor in load_file("mlp.safetensors").items():
    print("%-13s %s" % (name, tuple(tensor.shape)))

# %% [markdown]
# ## The state of a trainer
#
# Momentum remembers earlier gradients, Adam keeps two averages for each parameter. Who continues a training without
# them does not continue it but starts a new one from the same weights. `save_states` keeps them.
#
# Train twenty steps in one go; then ten, save, load into a new network and a new trainer, ten more:

# %%
features = nd.random.normal(shape=(20, 64, 8))
labels = nd.dot(features, nd.arange(8)).sin()
loss = gloss.L2Loss()


def make():
    net = nn.Sequential()
    net.add(nn.Dense(16, activation="tanh"), nn.Dense(1))
    net.initialize(init.Xavier())
    return net, gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})


def train(net, trainer, steps):
    for k in steps:
        with autograd.record():
            l = loss(net(features[k]), labels[k])
        l.backward()
        trainer.step(64)


net, trainer = make()
net(features[0])
net.save_parameters("start.params")
train(net, trainer, range(20))
uninterrupted = net[0].weight.data()

net, trainer = make()
net.load_parameters("start.params")
train(net, trainer, range(10))
net.save_parameters("half.params")
trainer.save_states("half.states")

for with_states in (True, False):
    net, trainer = make()
    net.load_parameters("half.params")
    if with_states:
        trainer.load_states("half.states")
    train(net, trainer, range(10, 20))
    difference = (net[0].weight.data() - uninterrupted).abs().max().asscalar()
    print(
        "with the states   " if with_states else "without the states", "largest difference %.1e" % difference
    )

# %% [markdown]
# With the states there is no difference at all: not a bit.
#
# The file of states is no pickle, as it was in MXNet: loading one runs no code, whoever wrote it.
#
# ## When files and networks differ
#
# A network with another layer does not fit. The error lists everything that is missing and everything too much; until
# that is settled, nothing is loaded.


# %%
class Deeper(MLP):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.middle = nn.Dense(256, in_units=256, activation="relu")

    def forward(self, x):
        return self.output(self.middle(self.hidden(x)))


deeper = Deeper()
deeper.initialize()
try:
    deeper.load_parameters("mlp.params")
except Exception as error:
    print(error)

# %% [markdown]
# To start a larger network from a smaller one that is trained, let the rest be as it was initialised:

# %%
deeper.load_parameters("mlp.params", allow_missing=True)
print(deeper(X).shape, (deeper.hidden.weight.data() == net2.hidden.weight.data()).min().asscalar() == 1)

# %% [markdown]
# ## Exercises
#
# **Even if nothing is to be moved to another machine, what is saving good for?** A training that was interrupted can go
# on, as above. And the best epoch is not always the last: keep the file of the best test loss.
#
# **Can a file be kept in memory?** All of these functions take file objects too:

# %%
import io

memory = io.BytesIO()
net2.save_parameters(memory)
print(
    len(memory.getvalue()), "bytes for", sum(p.data().size for p in net2.collect_params().values()), "numbers"
)
memory.seek(0)
MLP().load_parameters(memory)

# %% [markdown]
# **What does a damaged file do?** Half of one is told from a whole one:

# %%
with open("mlp.params", "rb") as whole, open("half-a-file.params", "wb") as half:
    half.write(whole.read()[:3000])
try:
    MLP().load_parameters("half-a-file.params")
except Exception as error:
    print(error)

# %%
os.chdir(os.path.dirname(folder.name))
folder.cleanup()
