# %% [markdown]
# # 15. Building models
#
# `Sequential` puts layers in a row. Where a network is more than a row, write a class: a `Block` has its parts, and a
# method `forward` that computes with them. The backward pass follows from it.

# %%
import warnings

from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

from _scale import show

# %% [markdown]
# ## A class of its own
#
# The constructor makes the layers; whatever block becomes an attribute is a child of the network, so that its
# parameters are found. `forward` says how the output comes from the input.


# %%
class MLP(nn.Block):
    def __init__(self, **kwargs):
        # name, parameters and children: what every block has, and what kwargs may say
        super(MLP, self).__init__(**kwargs)
        self.hidden = nn.Dense(256, activation="relu")
        self.output = nn.Dense(10)

    def forward(self, x):
        return self.output(self.hidden(x))


# %% [markdown]
# `net(x)` calls `forward`. The network was made without any number of inputs, and initialised without one; the first
# `x` supplies it.

# %%
x = nd.random.uniform(shape=(2, 20))
net = MLP()
net.initialize()
y = net(x)
print(net)
print("output", y.shape)
print(list(net.collect_params()))

# %% [markdown]
# ## A Sequential of our own
#
# A container keeps its blocks in order and calls one after the other. `register_child` is what an assignment to an
# attribute does, too; `_children` is the ordered dictionary behind it.


# %%
class MySequential(nn.Block):
    def __init__(self, **kwargs):
        super(MySequential, self).__init__(**kwargs)

    def add(self, block):
        self.register_child(block)

    def forward(self, x):
        for block in self._children.values():
            x = block(x)
        return x


net = MySequential()
net.add(nn.Dense(256, activation="relu"))
net.add(nn.Dense(10))
net.initialize()
print("output", net(x).shape, "from", len(net._children), "children")

# %% [markdown]
# ## Anything Python can say
#
# `forward` is ordinary code: here it uses a constant that no trainer touches, one layer twice, and a loop whose length
# depends on the data.


# %%
class FancyMLP(nn.Block):
    def __init__(self, **kwargs):
        super(FancyMLP, self).__init__(**kwargs)
        # get_constant makes a parameter that is saved with the network and never trained
        self.rand_weight = self.params.get_constant("rand_weight", nd.random.uniform(shape=(20, 20)))
        self.dense = nn.Dense(20, activation="relu")

    def forward(self, x):
        x = self.dense(x)
        x = nd.relu(nd.dot(x, self.rand_weight.data()) + 1)
        x = self.dense(x)  # the same layer again: its two uses share their parameters
        while x.norm().asscalar() > 1:
            x = x / 2
        if x.norm().asscalar() < 0.8:
            x = x * 10
        return x.sum()


net = FancyMLP()
net.initialize()
print("output", net(x))

# %% [markdown]
# The gradient goes through all of it, to the layer's parameters and past the constant. A step of a trainer changes the
# one and not the other. (`x = x / 2` and not `x /= 2`: the backward pass needs the numbers that the latter would
# overwrite, and would refuse to.)

# %%
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.001})
dense_before, constant_before = net.dense.weight.data().copy(), net.rand_weight.data().copy()
with autograd.record():
    y = net(x)
y.backward()
trainer.step(1)
print("dense changed by    %.4f" % (net.dense.weight.data() - dense_before).norm().asscalar())
print("constant changed by %.4f" % (net.rand_weight.data() - constant_before).norm().asscalar())

# %% [markdown]
# ## Blocks in blocks
#
# A network is a block, a layer is a block, a container is a block: each can be a part of any other.


# %%
class NestMLP(nn.Block):
    def __init__(self, **kwargs):
        super(NestMLP, self).__init__(**kwargs)
        self.net = nn.Sequential()
        self.net.add(nn.Dense(64, activation="relu"), nn.Dense(32, activation="relu"))
        self.dense = nn.Dense(16, activation="relu")

    def forward(self, x):
        return self.dense(self.net(x))


net = nn.Sequential()
net.add(NestMLP(), nn.Dense(20), FancyMLP())
net.initialize()
print("output", net(x))
print(net)

# %% [markdown]
# `summary` walks through such a nest with a given input and lists every layer with the shape of its output:

# %%
nest = NestMLP()
nest.initialize()
nest.summary(x)

# %% [markdown]
# And as a drawing (a helper of this project, which reads the sizes from the layers):

# %%
from glueball.plot import draw_network

draw_network(nest, max_units=6)
show("15-nested")

# %% [markdown]
# Not every network is a chain. Here two branches read the same input, and their outputs are put side by side:


# %%
class SideBySide(nn.Block):
    def __init__(self, *branches, **kwargs):
        super(SideBySide, self).__init__(**kwargs)
        for branch in branches:
            self.register_child(branch)

    def forward(self, x):
        return nd.concat(*[branch(x) for branch in self._children.values()], dim=1)


net = SideBySide(nn.Dense(8, activation="relu"), nn.Dense(4, activation="tanh"))
net.initialize()
print("branches of 8 and 4 units:", net(x).shape)

# %% [markdown]
# ## Exercises
#
# **What if `__init__` does not call the one of `Block`?** Then there is nowhere to register the first child:


# %%
class Forgetful(nn.Block):
    def __init__(self):
        self.hidden = nn.Dense(256)


try:
    Forgetful()
except Exception as error:
    print(type(error).__name__ + ":", error)

# %% [markdown]
# **What if `asscalar()` is left out in `FancyMLP`?** Nothing changes for an array of one element: Python asks it
# whether it is true. An array with more elements is neither true nor false, and says so:

# %%
if x.norm() > 1:
    print("an array of one element decides")
try:
    if x > 1:
        pass
except Exception as error:
    print(type(error).__name__ + ":", error)

# %% [markdown]
# **What if `NestMLP` keeps its layers in a list?** A list is no block, so what it holds are no children: nobody
# initialises them, no trainer sees them, no file contains them. There is a warning for it.


# %%
class ListMLP(nn.Block):
    def __init__(self, **kwargs):
        super(ListMLP, self).__init__(**kwargs)
        self.layers = [nn.Dense(64, activation="relu"), nn.Dense(32, activation="relu")]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


net = ListMLP()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    net.initialize()
    found = net.collect_params()
print("warned:", str(caught[0].message).split(". ")[0])
print("parameters found:", len(found))
try:
    net(x)
except RuntimeError as error:
    print(error)

# %% [markdown]
# Either keep them in an `nn.Sequential`, or register each one beside the list:


# %%
class RegisteredListMLP(ListMLP):
    def __init__(self, **kwargs):
        super(RegisteredListMLP, self).__init__(**kwargs)
        for layer in self.layers:
            self.register_child(layer)


net = RegisteredListMLP()
net.initialize()
print("output", net(x).shape, "with", len(net.collect_params()), "parameters")
