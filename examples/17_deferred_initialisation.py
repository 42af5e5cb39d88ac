# %% [markdown]
# # 17. Deferred initialisation
#
# In the last chapters a network was made without its number of inputs, initialised, given to a trainer: all of that
# before anybody could know the shape of its first weight. How can that work?

# %%
from mxnet import init, nd
from mxnet.gluon import nn


class MyInit(init.Initializer):
    def _init_weight(self, name, data):
        print("Init", name, data.shape)
        # a real one would fill the array here
        data[:] = 0.01


# %% [markdown]
# ## Nothing happens yet
#
# The initialiser above prints each weight that it fills. `initialize` prints nothing at all: a `Dense(256)` knows that
# its weight has 256 rows and not how many columns, which is written as 0.

# %%
net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
net.initialize(init=MyInit())
print(net)
print(net.collect_params())

# %% [markdown]
# ## The first data decide
#
# With the first `x` the shapes follow layer by layer: 20 inputs make the first weight (256, 20); its 256 outputs make
# the second one (10, 256). Each parameter is filled just before its layer computes.

# %%
X = nd.random.uniform(shape=(2, 20))
print("before the first forward pass")
Y = net(X)
print("after it")
print(net)

# %% [markdown]
# It happens once. A second pass finds everything in place:

# %%
Y = net(X)
print("nothing printed by the second pass; output", Y.shape)

# %% [markdown]
# ## Initialising at once
#
# Parameters whose shapes are known are filled by `initialize` itself: those of a network that has seen data, ...

# %%
net.initialize(init=MyInit(), force_reinit=True)

# %% [markdown]
# ... and those of layers that are told the number of inputs, with `in_units`:

# %%
net = nn.Sequential()
net.add(nn.Dense(256, in_units=20, activation="relu"))
net.add(nn.Dense(10, in_units=256))
net.initialize(init=MyInit())

# %% [markdown]
# Both can be mixed: give what you want to have checked, and leave the rest to the data.
#
# ## Exercises
#
# **Read a parameter too early.** There are no numbers to give, and the error says what to do about it. The bias of
# the same layer does not depend on the inputs, and is there:

# %%
net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
net.initialize()
try:
    net[0].weight.data()
except Exception as error:
    print(type(error).__name__ + ":", error)
print("bias", net[0].bias.data().shape)

# %% [markdown]
# **What happens if the shape of `X` changes before the second pass?** The number of rows may change from batch to
# batch. The number of inputs was settled by the first one: a layer does not grow.

# %%
net(nd.random.uniform(shape=(2, 20)))
print("five rows:", net(nd.random.uniform(shape=(5, 20))).shape)
try:
    net(nd.random.uniform(shape=(2, 30)))
except Exception as error:
    print(error)

# %% [markdown]
# **Set numbers before the shapes are known.** `set_data` on a parameter that waits settles its shape, and the first
# pass uses these numbers:

# %%
layer = nn.Dense(3)
layer.initialize()
layer.weight.set_data(nd.ones((3, 4)))
print(layer(nd.array([[1, 2, 3, 4]])), layer.weight.shape)
