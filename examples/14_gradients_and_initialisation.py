# %% [markdown]
# # 14. Back-propagation, and what can go wrong in deep networks
#
# A network is a chain of functions, and its gradient a product along the chain. This chapter follows one product by hand,
# and then asks what becomes of products of many factors.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import autograd, init, nd
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## Forwards and back, by hand
#
# One hidden layer, squared loss, weight decay:
#
# $$z = W_1 x, \quad h = \phi(z), \quad o = W_2 h, \quad L = \tfrac12 (o - y)^2, \quad
# s = \tfrac{\lambda}{2}\left(\lVert W_1 \rVert^2 + \lVert W_2 \rVert^2\right), \quad J = L + s.$$
#
# Going back, each derivative uses the one behind it:
#
# $$\frac{\partial J}{\partial o} = o - y, \qquad
# \frac{\partial J}{\partial W_2} = \frac{\partial J}{\partial o} h^\top + \lambda W_2, \qquad
# \frac{\partial J}{\partial h} = W_2^\top \frac{\partial J}{\partial o},$$
# $$\frac{\partial J}{\partial z} = \frac{\partial J}{\partial h} \odot \phi'(z), \qquad
# \frac{\partial J}{\partial W_1} = \frac{\partial J}{\partial z} x^\top + \lambda W_1.$$

# %%
x, y, lambd = nd.random.normal(shape=(4, 1)), 1.5, 0.1
W1, W2 = nd.random.normal(shape=(3, 4)), nd.random.normal(shape=(1, 3))
W1.attach_grad()
W2.attach_grad()
with autograd.record():
    z = nd.dot(W1, x)
    h = z.sigmoid()
    o = nd.dot(W2, h)
    J = (o - y) ** 2 / 2 + lambd / 2 * ((W1**2).sum() + (W2**2).sum())
J.backward()

dJ_do = o - y
dJ_dW2 = nd.dot(dJ_do, h.T) + lambd * W2
dJ_dh = nd.dot(W2.T, dJ_do)
dJ_dz = dJ_dh * h * (1 - h)
dJ_dW1 = nd.dot(dJ_dz, x.T) + lambd * W1
print(
    "by hand against autograd: %.1e %.1e"
    % ((dJ_dW1 - W1.grad).abs().max().asscalar(), (dJ_dW2 - W2.grad).abs().max().asscalar())
)

# %% [markdown]
# Nothing of this can be computed before the forward pass: $h$, $z$ and $o$ appear in the derivatives. They are kept until
# `backward`, and that is why training takes so much more memory than prediction.

# %% [markdown]
# ## Products of many numbers
#
# Thirty layers that each multiply by 0.2, or by 5.

# %%
print("0.2 ** 30 = %.1e, 5 ** 30 = %.1e" % (0.2**30, 5.0**30))

# %% [markdown]
# The same with matrices: a hundred of them, drawn from a normal distribution, in one product.

# %%
M = nd.random.normal(shape=(4, 4))
print("one matrix", M[0])
for _ in range(100):
    M = nd.dot(M, nd.random.normal(shape=(4, 4)))
print("after a hundred more", M[0])

# %% [markdown]
# ## What initialisation does
#
# A perceptron of twenty layers of 100 units. For each way to draw the first weights: how large are the outputs of each
# layer, and how large is the gradient that arrives at it?
#
# A layer of $n$ inputs with weights of variance $\sigma^2$ multiplies the variance of what it is given by $n\sigma^2$, and
# the gradient's by $m\sigma^2$ with $m$ outputs. Both stay what they are if $\sigma^2 = 2 / (n + m)$: that is *Xavier*. ReLU
# sets half to 0 and needs twice that: *MSRAPrelu* (He).

# %%
depth, width, batch = pick(20, small=10), 100, 256


class Deep(nn.Block):
    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activation
        self.layers = nn.Sequential()
        for _ in range(depth):
            self.layers.add(nn.Dense(width, in_units=width))

    def forward(self, x):
        self.outputs = []
        for layer in self.layers:
            x = self.activation(layer(x))
            self.outputs.append(x)
        return x


def examine(activation, initializer):
    """The deviation of each layer's outputs, and of its weight's gradient."""
    net = Deep(activation)
    net.initialize(initializer)
    with autograd.record():
        out = net(nd.random.normal(shape=(batch, width)))
        # a loss whose gradient at the output is of size one
        l = (out * nd.random.normal(shape=out.shape)).sum()
    l.backward()
    outputs = [o.asnumpy().std() for o in net.outputs]
    gradients = [layer.weight.grad().asnumpy().std() for layer in net.layers]
    return outputs, gradients


cases = {
    "sigmoid, normal 0.01": (nd.sigmoid, init.Normal(0.01)),
    "tanh, normal 0.01": (nd.tanh, init.Normal(0.01)),
    "tanh, normal 0.5": (nd.tanh, init.Normal(0.5)),
    "tanh, Xavier": (nd.tanh, init.Xavier()),
    "ReLU, Xavier": (nd.relu, init.Xavier()),
    "ReLU, MSRAPrelu": (nd.relu, init.MSRAPrelu(slope=0)),
    "ReLU, normal 0.5": (nd.relu, init.Normal(0.5)),
}
measured = {name: examine(*case) for name, case in cases.items()}
for name, (outputs, gradients) in measured.items():
    print(
        "%-22s last output %.1e, gradient of the first layer %.1e, of the last %.1e"
        % (name, outputs[-1], gradients[0], gradients[-1])
    )


# %%
figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for name, (outputs, gradients) in measured.items():
    left.semilogy(range(1, depth + 1), np.maximum(outputs, 1e-30), label=name)
    right.semilogy(range(1, depth + 1), np.maximum(gradients, 1e-30), label=name)
left.set_title("deviation of the outputs")
right.set_title("deviation of the gradient of the weights")
for axes in (left, right):
    axes.set_xlabel("layer")
right.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.02, 0.5))
show("14-layers")

# %% [markdown]
# With weights of deviation 0.01 signals or gradients die out, and the first layers learn nothing. With 0.5 and ReLU everything
# explodes, and with tanh all units are saturated. Xavier keeps tanh alive, MSRAPrelu keeps ReLU alive.

# %% [markdown]
# ## Why initial weights must differ
#
# If all weights of a hidden layer are equal, all of its units compute the same, get the same gradient, and stay the same
# for ever: the layer is worth one unit. Random numbers break the symmetry.

# %%
net = nn.Sequential()
net.add(nn.Dense(4, activation="sigmoid", in_units=3), nn.Dense(1, in_units=4))
net.initialize(init.Constant(0.5))
with autograd.record():
    l = (net(nd.random.normal(shape=(8, 3))) ** 2).sum()
l.backward()
print("gradients of four units that began alike:")
print(net[0].weight.grad())
