# %% [markdown]
# # 1. Arrays
#
# Everything that a network reads, computes and learns is an array of numbers. `nd` makes such arrays (`NDArray`) and
# computes with them. They look much like NumPy's, and can do two things more: live on an accelerator, and give
# gradients (the next chapter).

# %%
from mxnet import nd

# %% [markdown]
# ## Making arrays
#
# `arange(n)` holds 0 to n - 1, in 32-bit floating point, as all arrays of `nd` do unless you ask for another `dtype`.

# %%
x = nd.arange(12)
x

# %%
print(x)
print("shape", x.shape, "size", x.size, "type", x.dtype.__name__, "on", x.context)

# %% [markdown]
# `reshape` gives the same numbers another form. One length may be left for the array to work out: `-1`.

# %%
X = x.reshape((3, 4))
print(X)
print("the same form:", x.reshape((-1, 4)).shape, x.reshape((3, -1)).shape)

# %% [markdown]
# Zeros, ones, numbers from Python lists, random numbers: here from the normal distribution with mean 0 and standard
# deviation 1. A program that sets no seed draws the same numbers each time it runs.

# %%
print(nd.zeros((2, 3, 4)).shape, nd.ones((3, 4)).sum().asscalar())
Y = nd.array([[2, 1, 4, 3], [1, 2, 3, 4], [4, 3, 2, 1]])
print(Y)
noise = nd.random.normal(0, 1, shape=(3, 4))
print(noise)

# %% [markdown]
# ## Operations
#
# Arithmetic works element by element; `nd.dot` is the matrix product $\sum_k X_{ik} Y_{jk}$ (with `Y.T`, the transpose).

# %%
print(X + Y)
print(X * Y)
print(X / Y)
print(Y.exp())
print(nd.dot(X, Y.T))

# %% [markdown]
# `concat` puts arrays together along an axis: 0 are the rows, 1 the columns.

# %%
below, beside = nd.concat(X, Y, dim=0), nd.concat(X, Y, dim=1)
print(below.shape, beside.shape)

# %% [markdown]
# A comparison answers with 1 and 0. `sum` without an axis adds everything, and its result is still an array, of one
# element; `asscalar` makes a Python number of it. `norm` is the Euclidean length $\sqrt{\sum_i x_i^2}$.

# %%
print(X == Y)
total = X.sum()
print(total, X.sum(axis=0), X.sum(axis=1, keepdims=True))
print("length %.4f" % X.norm().asscalar())

# %% [markdown]
# ## Broadcasting
#
# Where shapes differ, an axis of length 1 is repeated until it fits. A column plus a row is a table of all sums:

# %%
A = nd.arange(3).reshape((3, 1))
B = nd.arange(2).reshape((1, 2))
print(A, B, A + B)

# %% [markdown]
# ## Reading and writing parts
#
# Indices count from 0, and `1:3` means 1 and 2. Assigning to an index changes the array.

# %%
print(X[1:3])
X[1, 2] = 9
X[0:1, :] = 12
print(X)

# %% [markdown]
# ## Who shares memory with whom
#
# `Y = Y + X` makes a new array and gives it the old name; a large model can rarely afford that for its parameters.
# `Y += X` and `Y[:] = ...` write into the array that is there, and `out=` tells a function where to put its result.

# %%
before = id(Y)
Y = Y + X
print("Y = Y + X keeps the array:", id(Y) == before)

before = id(Y)
Y += X
print("Y += X keeps the array:   ", id(Y) == before)

Z = Y.zeros_like()
before = id(Z)
nd.elemwise_add(X, Y, out=Z)
print("out=Z keeps the array:    ", id(Z) == before)

# %% [markdown]
# A slice of rows is a window onto the array: writing into it changes the array. A slice of columns is a copy. The
# rule behind it: where the chosen numbers lie side by side in memory, they are shared.

# %%
table = nd.zeros((3, 4))
rows, column = table[1:3], table[:, 1]
rows[:] = 7
column[:] = -1
print(table)

# %% [markdown]
# ## NumPy, PyTorch and back
#
# `nd.array` copies a NumPy array, and `asnumpy` copies back. Between `nd` and PyTorch nothing has to be copied: both
# names lead to the same memory.

# %%
import numpy as np

P = np.ones((2, 3))
D = nd.array(P)
print(D, type(D.asnumpy()).__name__)

tensor = D.to_torch()
tensor[0, 0] = 5
print(D[0, 0].asscalar(), "seen through nd, written through torch")

# %% [markdown]
# ## Exercises
#
# **Replace `X == Y` by `X < Y` and `X > Y`.** Each gives 1 where the relation holds; the three of them cover every
# element exactly once.

# %%
relations = (X < Y) + (X == Y) + (X > Y)
print(relations)

# %% [markdown]
# **Broadcast two arrays with three axes.** Axis by axis, the lengths must be equal, or one of them 1:

# %%
C = nd.arange(6).reshape((3, 1, 2))
E = nd.arange(4).reshape((1, 2, 2))
print(C.shape, "+", E.shape, "=", (C + E).shape)

# %% [markdown]
# **When does it not fit?** When two lengths differ and neither is 1. The error names both arrays:

# %%
try:
    nd.ones((3, 2)) + nd.ones((2, 3))
except Exception as error:
    print(error)
