# %% [markdown]
# # 25. Convolution
#
# A dense layer connects every pixel with every unit. Pictures need less: what an edge looks like is the same everywhere,
# and it can be seen by looking at a few neighbouring pixels. A *convolutional layer* has one small table of weights, its
# kernel, and moves it over the picture.

# %%
import d2lzh as d2l
from mxnet import autograd, init, nd
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## One kernel over one picture
#
# At each place the kernel's elements are multiplied with the pixels below and added up. (Mathematics would turn the kernel
# round first and call this *cross-correlation*; since kernels are learned, it makes no difference.)
#
# $$Y_{ij} = \sum_{a=0}^{h-1} \sum_{b=0}^{w-1} X_{i+a,\, j+b} K_{ab}$$


# %%
def corr2d(X, K):
    h, w = K.shape
    Y = nd.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


X = nd.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
K = nd.array([[0, 1], [2, 3]])
print(corr2d(X, K))

# %% [markdown]
# ## Finding an edge
#
# A picture that is white (1) on both sides and black (0) in the middle. The kernel (1, -1) gives 0 where neighbours are
# equal, 1 at the step from white to black and -1 at the step back.

# %%
X = nd.ones((6, 8))
X[:, 2:6] = 0
K = nd.array([[1, -1]])
Y = corr2d(X, K)
print(Y)

# %% [markdown]
# It sees upright edges only: the picture lying on its side gives nothing.

# %%
print("largest response to the picture on its side: %d" % corr2d(X.T, K).abs().max().asscalar())

# %% [markdown]
# Kernels of three by three, on a picture with edges in every direction:

# %%
ticks = nd.arange(-1, 1.01, 0.04)
picture = (ticks.reshape((-1, 1)) ** 2 + ticks.reshape((1, -1)) ** 2 < 0.6) * 1.0
kernels = {
    "picture": nd.array([[1]]),
    "blur": nd.ones((7, 7)) / 49,
    "upright edges": nd.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    "level edges": nd.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
}
_, row = d2l.plt.subplots(1, len(kernels), figsize=(8, 2.2))
for axes, (name, kernel) in zip(row, kernels.items()):
    axes.imshow(d2l.corr2d(picture, kernel).asnumpy(), cmap="gray")
    axes.set_title(name)
    axes.axis("off")
show("25-kernels")

# %% [markdown]
# `d2l.corr2d` is the same without a loop over the pixels: for each element of the kernel it takes a shifted copy of the
# whole picture. How much that matters:

# %%
large = nd.random.uniform(shape=pick((200, 200), small=(40, 40)))
with d2l.Benchmark("pixel by pixel."):
    slow = corr2d(large, kernels["upright edges"])
with d2l.Benchmark("shifted copies."):
    fast = d2l.corr2d(large, kernels["upright edges"])
print("largest difference: %.0e" % (slow - fast).abs().max().asscalar())

# %% [markdown]
# ## Learning the kernel
#
# Nobody has to invent kernels. From the picture and the edges alone, gradient descent finds (1, -1). `Conv2D` works on
# four axes: example, channel, height, width.

# %%
conv2d = nn.Conv2D(1, kernel_size=(1, 2), use_bias=False)
conv2d.initialize(init.Normal(0.01))
X4, Y4 = X.reshape((1, 1, 6, 8)), Y.reshape((1, 1, 6, 7))
for i in range(10):
    with autograd.record():
        l = ((conv2d(X4) - Y4) ** 2).sum()
    l.backward()
    conv2d.weight.data()[:] -= 3e-2 * conv2d.weight.grad()
    if (i + 1) % 2 == 0:
        print("step %2d, loss %.3f" % (i + 1, l.asscalar()))
print(conv2d.weight.data().reshape((1, 2)))

# %% [markdown]
# ## Padding and stride
#
# Each layer makes the picture smaller, for a kernel has to fit: a side of $n$ becomes $n - k + 1$. Rows of zeros around it,
# the *padding* $p$, make up for that; with $p = (k - 1) / 2$ the size stays. A *stride* $s$ moves the kernel by several
# pixels at once and divides the size:
#
# $$\lfloor (n - k + 2p + s) / s \rfloor$$


# %%
def shape_behind(layer, size=(8, 8)):
    layer.initialize()
    return layer(nd.zeros((1, 1, *size))).shape[2:]


print("no padding          ", shape_behind(nn.Conv2D(1, kernel_size=3)))
print("padding 1           ", shape_behind(nn.Conv2D(1, kernel_size=3, padding=1)))
print("a kernel of 5 by 3  ", shape_behind(nn.Conv2D(1, kernel_size=(5, 3), padding=(2, 1))))
print("stride 2            ", shape_behind(nn.Conv2D(1, kernel_size=3, padding=1, strides=2)))
print("stride 3 and 4      ", shape_behind(nn.Conv2D(1, kernel_size=(3, 5), padding=(0, 1), strides=(3, 4))))

# %% [markdown]
# ## Channels
#
# A colour picture has three channels. The kernel then has a table for each, and the results are added up. For several
# channels in the output there are several such kernels: the weight has the shape (outputs, inputs, height, width).


# %%
def corr2d_multi_in(X, K):
    return nd.add_n(*[d2l.corr2d(x, k) for x, k in zip(X, K)])


def corr2d_multi_in_out(X, K):
    return nd.stack(*[corr2d_multi_in(X, k) for k in K])


X = nd.random.normal(shape=(3, 6, 6))
K = nd.random.normal(shape=(2, 3, 2, 2))
Y = corr2d_multi_in_out(X, K)
by_operator = nd.Convolution(X.expand_dims(0), K, kernel=(2, 2), num_filter=2, no_bias=True)[0]
print(Y.shape, "largest difference from the operator: %.0e" % (Y - by_operator).abs().max().asscalar())

# %% [markdown]
# A kernel of one by one sees no neighbours at all. It mixes the channels of each pixel, like a dense layer that is applied
# to every pixel alike:

# %%
K = nd.random.normal(shape=(2, 3, 1, 1))
Y = corr2d_multi_in_out(X, K)
by_dense = nd.dot(K.reshape((2, 3)), X.reshape((3, 36))).reshape((2, 6, 6))
print("largest difference from a dense layer: %.0e" % (Y - by_dense).abs().max().asscalar())

# %% [markdown]
# ## Pooling
#
# Where exactly an edge is should not matter much. A pooling layer takes the largest value, or the mean, of each little
# window. It has no weights, and treats each channel for itself.


# %%
def pool2d(X, pool_size, mode="max"):
    p_h, p_w = pool_size
    Y = nd.zeros((X.shape[0] - p_h + 1, X.shape[1] - p_w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            window = X[i : i + p_h, j : j + p_w]
            Y[i, j] = window.max() if mode == "max" else window.mean()
    return Y


X = nd.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
print(pool2d(X, (2, 2)), pool2d(X, (2, 2), "avg"))

# %% [markdown]
# Gluon's layers move the window by its own size unless told otherwise:

# %%
X = nd.arange(16).reshape((1, 1, 4, 4))
print(nn.MaxPool2D(3)(X), nn.MaxPool2D(3, padding=1, strides=2)(X))

# %% [markdown]
# ## Exercises
#
# **Why does the loss of the learned kernel fall to almost nothing, and not to nothing?** Ten steps are few. With more of
# them the kernel comes as near to (1, -1) as numbers of 32 bits can:

# %%
for _ in range(100):
    with autograd.record():
        l = ((conv2d(X4) - Y4) ** 2).sum()
    l.backward()
    conv2d.weight.data()[:] -= 3e-2 * conv2d.weight.grad()
print(conv2d.weight.data().reshape((1, 2)), "loss %.0e" % l.asscalar())

# %% [markdown]
# **How many multiplications does a layer take?** For each output pixel and output channel, the kernel times the input
# channels. And a dense layer between pictures of the same sizes?

# %%
c_i, c_o, k, n = 3, 16, 5, 28
conv, dense = c_o * c_i * k * k * n * n, (c_i * n * n) * (c_o * n * n)
print("convolution %d weights, %d multiplications" % (c_o * c_i * k * k, conv))
print("dense       %d weights, %d multiplications" % (dense, dense))
