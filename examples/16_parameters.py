# %% [markdown]
# # 16. Parameters
#
# What a network learns are its parameters. This chapter gets at them, fills them with other numbers, and lets two layers
# share them.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

from _scale import show

net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"))
net.add(nn.Dense(10))
net.initialize()

X = nd.random.uniform(shape=(2, 20))
Y = net(X)

# %% [markdown]
# ## Reading them
#
# Layers of a `Sequential` are reached by number. Each has a dictionary of parameters, whose keys are their full names.

# %%
print(net[0].params)
print(type(net[0].params).__name__)
weight_name = net[0].prefix + "weight"
print(net[0].params[weight_name] is net[0].weight)

# %% [markdown]
# A `Parameter` is an array with what belongs to it: `data()` are the numbers, `grad()` the gradient, in the same shape,
# and zero until the first backward pass.

# %%
print(net[0].weight.data()[:2, :6])
print(net[0].weight.grad()[:2, :6])
print(net[1].bias.data())

# %% [markdown]
# `collect_params` gathers the parameters of a whole network; with a regular expression, those whose names match.

# %%
print(net.collect_params())
print(list(net.collect_params(".*weight")))
print(sum(p.data().size for p in net.collect_params().values()), "numbers in all")

# %% [markdown]
# ## Filling them
#
# Without being told otherwise, weights are drawn uniformly from -0.07 to 0.07 and biases are zero. Another initialiser
# is given to `initialize`; as the parameters have numbers already, `force_reinit` is needed to replace them.

# %%
net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)
print(net[0].weight.data()[0, :6])
net.initialize(init=init.Constant(1), force_reinit=True)
print(net[0].weight.data()[0, :6], net[0].bias.data()[:6])

# %% [markdown]
# Each parameter can have its own:

# %%
net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
net[1].initialize(init=init.Constant(42), force_reinit=True)
print(net[0].weight.data()[0, :6])
print(net[1].weight.data()[0, :6])

# %% [markdown]
# ## An initialiser of our own
#
# Say we want, with probability 1/2, a number between 5 and 10 in absolute value, and else 0:
#
# $$w \sim \begin{cases} U[5, 10] & \text{with probability } 1/4 \\ 0 & \text{with probability } 1/2 \\
# U[-10, -5] & \text{with probability } 1/4. \end{cases}$$
#
# A subclass of `Initializer` fills the array that it is given, in place.


# %%
class MyInit(init.Initializer):
    def _init_weight(self, name, data):
        print("Init", name, data.shape)
        data[:] = nd.random.uniform(low=-10, high=10, shape=data.shape)
        data *= data.abs() >= 5


net.initialize(MyInit(), force_reinit=True)
print(net[0].weight.data()[0, :6])
print("share of zeros %.3f" % (net[0].weight.data() == 0).mean().asscalar())

# %% [markdown]
# Or write the numbers directly, with `set_data`:

# %%
net[0].weight.set_data(net[0].weight.data() + 1)
print(net[0].weight.data()[0, :6])

# %% [markdown]
# ## Sharing them
#
# A layer that is given the `params` of another has the very same parameters: what one learns, the other has learnt.
# Their gradients add up, one part from each use.

# %%
net = nn.Sequential()
shared = nn.Dense(8, activation="relu")
net.add(
    nn.Dense(8, activation="relu"),
    shared,
    nn.Dense(8, activation="relu", params=shared.params),
    nn.Dense(10),
)
net.initialize()
X = nd.random.uniform(shape=(2, 20))
net(X)
print("the same parameter:", net[1].weight is net[2].weight)
net[1].weight.data()[0, 0] = 100
print("written through one, read through the other:", net[2].weight.data()[0, 0].asscalar())

# %% [markdown]
# ## Exercises
#
# **What initialisers are there?** `mxnet.init` has, among others:

# %%
for each in (
    "Zero",
    "One",
    "Constant",
    "Uniform",
    "Normal",
    "Xavier",
    "MSRAPrelu",
    "Orthogonal",
    "Bilinear",
    "Mixed",
):
    print("%-11s %s" % (each, getattr(init, each).__doc__.strip().splitlines()[0]))

# %% [markdown]
# What they make of a weight with 256 outputs and 784 inputs. `Xavier` and `MSRAPrelu` look at these two numbers, the
# others do not; `Orthogonal` is close to a normal distribution, yet its rows are exactly orthogonal.

# %%
chosen = {
    "Uniform()": init.Uniform(),
    "Normal(0.01)": init.Normal(0.01),
    "Xavier()": init.Xavier(),
    "MSRAPrelu(slope=0)": init.MSRAPrelu(slope=0),
    "Orthogonal()": init.Orthogonal(),
    "MyInit()": MyInit(),
}
d2l.use_svg_display()
_, table = d2l.plt.subplots(2, 3, figsize=(8, 4.2))
for axes, (name, each) in zip(table.flat, chosen.items()):
    layer = nn.Dense(256, in_units=784)
    layer.initialize(each)
    values = layer.weight.data().reshape((-1,)).asnumpy()
    axes.hist(values, bins=60, color="C0")
    axes.set_title("%s, deviation %.3g" % (name, values.std()), fontsize=9)
    axes.set_yticks([])
    axes.spines[["top", "left", "right"]].set_visible(False)
d2l.plt.tight_layout()
show("16-initialisers")

# %% [markdown]
# **Initialise by name.** `Mixed` takes patterns and an initialiser for each; the first pattern that matches decides.

# %%
layer = nn.Dense(2, in_units=3, bias_initializer=None)
layer.initialize(init.Mixed([".*bias", ".*"], [init.Constant(0.1), init.Normal(0.01)]))
print(layer.bias.data())

# %% [markdown]
# **Read the parameters before the first forward pass.** Where the number of inputs is unknown there is nothing to read
# yet; chapter 17 is about that.

# %%
late = nn.Dense(4)
late.initialize()
try:
    late.weight.data()
except Exception as error:
    print(error)

# %% [markdown]
# **Train a network with a shared layer and look at parameters and gradients.** After each step, both uses still hold
# the same numbers, since there is only one array; the trainer updates it once. Its gradient is the sum over both uses:
# with the two layers kept apart (at equal weights), it comes in two parts.


# %%
def chain(tied):
    first = nn.Dense(8, in_units=8, weight_initializer=init.Constant(0.1))
    second = nn.Dense(
        8, in_units=8, params=first.params if tied else None, weight_initializer=init.Constant(0.1)
    )
    net = nn.Sequential()
    net.add(first, second)
    net.initialize()
    return net


x = nd.random.uniform(shape=(4, 8))
tied, apart = chain(True), chain(False)
for net in (tied, apart):
    with autograd.record():
        l = (net(x) ** 2).sum()
    l.backward()
parts = [layer.weight.grad() for layer in apart]
difference = (tied[0].weight.grad() - parts[0] - parts[1]).norm() / tied[0].weight.grad().norm()
print("gradient of the shared weight = sum of the parts, up to %.0e" % difference.asscalar())

trainer = gluon.Trainer(tied.collect_params(), "sgd", {"learning_rate": 0.1})
before = l.asscalar()
for step in range(20):
    with autograd.record():
        l = (tied(x) ** 2).sum()
    l.backward()
    trainer.step(100)
print("loss %.4f -> %.4f, still one parameter: %s" % (before, l.asscalar(), tied[0].weight is tied[1].weight))

# %% [markdown]
# **Why share?** Fewer numbers to learn and to store, and the knowledge that the same thing is to be computed in several
# places: that is how a recurrent network treats its steps and a convolution its positions.
