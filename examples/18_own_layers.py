# %% [markdown]
# # 18. Layers of your own
#
# Sooner or later a network needs a layer that no library has. It takes a class with two methods: one says what the layer
# holds, the other what it computes. The gradient comes by itself.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## Without parameters
#
# This layer subtracts the mean of its input. Without parameters there is nothing to hold, and `forward` is all.


# %%
class CenteredLayer(nn.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def forward(self, x):
        return x - x.mean()


layer = CenteredLayer()
print(layer(nd.array([1, 2, 3, 4, 5])))

# %% [markdown]
# It is a layer like any other, and fits into a larger network:

# %%
net = nn.Sequential()
net.add(nn.Dense(128), CenteredLayer())
net.initialize()
y = net(nd.random.uniform(shape=(4, 8)))
print("mean of the output %.1e" % abs(y.mean().asscalar()))

# %% [markdown]
# That is 0, up to the rounding of 32-bit numbers.
#
# ## With parameters
#
# A layer that learns holds `Parameter`s. They live in the dictionary `params` that every block has; `get` makes a new
# one and puts it there, under the layer's own prefix.

# %%
params = gluon.ParameterDict()
params.get("param2", shape=(2, 3))
print(params)

# %% [markdown]
# Here is a fully connected layer with the rectifier, $\mathrm{relu}(x W + b)$, that takes the number of outputs and of
# inputs:


# %%
class MyDense(nn.Block):
    # units: outputs of the layer; in_units: its inputs
    def __init__(self, units, in_units, **kwargs):
        super().__init__(**kwargs)
        self.weight = self.params.get("weight", shape=(in_units, units))
        self.bias = self.params.get("bias", shape=(units,))

    def forward(self, x):
        linear = nd.dot(x, self.weight.data()) + self.bias.data()
        return nd.relu(linear)


dense = MyDense(units=3, in_units=5)
print(dense.params)

# %% [markdown]
# `initialize` fills the parameters (names that end in `weight` at random, in `bias` with zeros), and the layer computes.

# %%
dense.initialize()
print(dense(nd.random.uniform(shape=(2, 5))))

# %%
net = nn.Sequential()
net.add(MyDense(8, in_units=64), MyDense(1, in_units=8))
net.initialize()
print(net(nd.random.uniform(shape=(2, 64))))

# %% [markdown]
# ## The number of inputs from the data
#
# The layers that come with Gluon need no `in_units`. Ours does not either, if it is a `HybridBlock`, computes with the
# library's `FullyConnected` and leaves the unknown length 0: `hybrid_forward` gets its parameters as arguments, once
# the first data have settled their shapes. (`FullyConnected` keeps its weight as (outputs, inputs).) The same layer can
# be hybridized and exported.


# %%
class MyHybridDense(nn.HybridBlock):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(units, 0), allow_deferred_init=True)
            self.bias = self.params.get("bias", shape=(units,), init="zeros")

    def hybrid_forward(self, F, x, weight, bias):
        return F.relu(F.FullyConnected(x, weight, bias, num_hidden=self.units))


net = nn.HybridSequential()
net.add(MyHybridDense(8), MyHybridDense(1))
net.initialize()
print("before", net[0].weight.shape)
net(nd.random.uniform(shape=(2, 64)))
print("after ", net[0].weight.shape, net[1].weight.shape)

# %% [markdown]
# ## A layer that earns its place
#
# Lengths such as $\lVert x \rVert$ are hard to build from straight lines and rectifiers: a sum of kinks has to go round
# a circle. A layer of radial functions
#
# $$h_k = \exp\left(-\frac{\lVert x - c_k \rVert^2}{2 s_k^2}\right)$$
#
# has its units where the data are. Both the centres $c_k$ and the widths $s_k$ are learnt; to keep $s_k$ positive, the
# parameter is its logarithm.


# %%
class Radial(nn.Block):
    def __init__(self, units, in_units, **kwargs):
        super().__init__(**kwargs)
        self.centres = self.params.get("centres", shape=(units, in_units), init=init.Uniform(2))
        self.log_widths = self.params.get("log_widths", shape=(units,), init=init.Zero())

    def forward(self, x):
        # (batch, 1, in_units) - (units, in_units) = (batch, units, in_units)
        offsets = x.expand_dims(1) - self.centres.data()
        squares = (offsets**2).sum(axis=2)
        return nd.exp(-squares / (2 * nd.exp(2 * self.log_widths.data())))


# %% [markdown]
# The task: which points lie in the ring $1 < \lVert x \rVert < 2$? Sixteen hidden units of each kind get the same data
# and the same number of steps.

# %%
points = nd.random.uniform(-3, 3, shape=(1000, 2))
length = points.norm(axis=1)
inside = (length > 1) * (length < 2)


def train(net, num_steps):
    net.initialize()
    loss = gloss.SigmoidBinaryCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = loss(net(points), inside).mean()
        l.backward()
        trainer.step(1)
        losses.append(l.asscalar())
    right = ((net(points).reshape((-1,)) > 0) == inside).mean().asscalar()
    return losses, right


radial, straight = nn.Sequential(), nn.Sequential()
radial.add(Radial(16, in_units=2), nn.Dense(1))
straight.add(nn.Dense(16, activation="relu"), nn.Dense(1))
nets = {"radial functions": radial, "rectifiers": straight}
for name, net in nets.items():
    losses, right = train(net, pick(400, small=60))
    print("%-16s loss %.3f, %.1f %% of the points right" % (name, losses[-1], 100 * right))

# %% [markdown]
# What the two have learnt; the line is the border of what they hold for the ring, and the colour the probability:

# %%
import numpy as np

steps = np.linspace(-3, 3, 121).astype("float32")
grid = nd.array(np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2))
d2l.set_figsize((7, 3.4))
_, row = d2l.plt.subplots(1, 2, sharey=True)
for axes, (name, net) in zip(row, nets.items()):
    probability = net(grid).sigmoid().reshape((121, 121)).asnumpy()
    axes.contourf(steps, steps, probability, levels=np.linspace(0, 1, 11), cmap="Blues", alpha=0.7)
    axes.contour(steps, steps, probability, levels=[0.5], colors="k", linewidths=1)
    for radius in (1, 2):
        axes.add_patch(d2l.plt.Circle((0, 0), radius, fill=False, color="C1", linestyle="--", linewidth=1.5))
    axes.set_title(name)
    axes.set_aspect("equal")
d2l.plt.tight_layout()
show("18-ring")

# %% [markdown]
# ## Exercises
#
# **Write a layer that computes $y_k = \sum_{i,j} W_{kij} x_i x_j$.** For each output, a matrix product with `x` from
# both sides:


# %%
class Quadratic(nn.Block):
    def __init__(self, units, in_units, **kwargs):
        super().__init__(**kwargs)
        self.weight = self.params.get("weight", shape=(units, in_units, in_units))

    def forward(self, x):
        left = nd.dot(x, self.weight.data().transpose((1, 0, 2)))  # (batch, units, in_units)
        return (left * x.expand_dims(1)).sum(axis=2)


layer = Quadratic(2, in_units=2)
layer.initialize()
layer.weight.set_data(nd.array([[[1, 0], [0, 1]], [[0, 1], [0, 0]]]))
print("x1^2 + x2^2 and x1 x2 of (3, 4):", layer(nd.array([[3, 4]])).asnumpy()[0])

# %% [markdown]
# **Has the layer the right gradient?** It came by itself, so there is little that could be wrong with it; still, compare
# with a difference, in 64-bit numbers:

# %%
layer.cast("float64")
x = nd.array([[3, 4]], dtype="float64")
x.attach_grad()
with autograd.record():
    y = layer(x)[:, 1]
y.backward()
h = 1e-5
step = nd.array([[h, 0]], dtype="float64")
difference = ((layer(x + step) - layer(x - step)) / (2 * h))[0, 1].asscalar()
print("by autograd %.6f, by difference %.6f" % (x.grad[0, 0].asscalar(), difference))
