# %% [markdown]
# # 22. Scalar loops and vector arithmetic
#
# Two ways to add two vectors: element by element in a loop, or both at once. They give the same numbers. They do not
# take the same time.

# %%
from time import perf_counter

import d2lzh as d2l
import numpy as np
from mxnet import nd

from _scale import pick, show

a = nd.ones(shape=1000)
b = nd.ones(shape=1000)

# %% [markdown]
# ## Adding
#
# One element after the other:

# %%
start = perf_counter()
c = nd.zeros(shape=1000)
for i in range(1000):
    c[i] = a[i] + b[i]
loop = perf_counter() - start
print("loop   %.6f s" % loop)

# %% [markdown]
# All of them:

# %%
start = perf_counter()
d = a + b
vector = perf_counter() - start
print("vector %.6f s, %.0f times faster" % (vector, loop / vector))
print("the same:", (c == d).min().asscalar() == 1)

# %% [markdown]
# A loop in Python pays for every element: look up the operation, check types and shapes, make an array of one number. The
# vector operation pays once; then the processor runs over memory, several numbers to an instruction. So compute with
# whole vectors wherever you can, and write loops over epochs, batches and layers, never over elements.
#
# ## At which length does it begin to pay?
#
# Each time here is the best of several; a single one would show what else the machine was doing.


# %%
def seconds(function):
    """The best time of a call, from about 20 ms of calls."""
    calls, best, spent = 1, float("inf"), 0.0
    while spent < pick(0.02, small=0.002):
        start = perf_counter()
        for _ in range(calls):
            function()
        elapsed = perf_counter() - start
        best, spent, calls = min(best, elapsed / calls), spent + elapsed, calls * 2
    return best


def add_elements(a, b):
    c = nd.zeros(len(a))
    for i in range(len(a)):
        c[i] = a[i] + b[i]
    return c


def add_lists(a, b):
    return [x + y for x, y in zip(a, b)]


lengths = [10**k for k in range(pick(8, small=5))]
times = {"nd, one by one": [], "Python lists": [], "NumPy": [], "nd": []}
for n in lengths:
    a, b = nd.random.uniform(shape=n), nd.random.uniform(shape=n)
    x, y = a.asnumpy(), b.asnumpy()
    if n <= 10**4:
        times["nd, one by one"].append(seconds(lambda: add_elements(a, b)))
    if n <= 10**6:
        u, v = x.tolist(), y.tolist()
        times["Python lists"].append(seconds(lambda: add_lists(u, v)))
    times["NumPy"].append(seconds(lambda: x + y))
    times["nd"].append(seconds(lambda: a + b))

print("%-20s" % "length" + "".join("%10d" % n for n in lengths))
for name, row in times.items():
    print("%-20s" % (name + ", \N{MICRO SIGN}s") + "".join("%10.1f" % (1e6 * t) for t in row))

# %%
d2l.set_figsize((5, 3.4))
for (name, row), style in zip(times.items(), ("o-", "s-", "^--", "D-")):
    d2l.plt.loglog(lengths[: len(row)], row, style, markersize=4, label=name)
d2l.plt.xlabel("length of the vectors")
d2l.plt.ylabel("seconds for one sum")
d2l.plt.legend(frameon=False)
show("22-times")

# %% [markdown]
# On the left the vector operations cost what a call costs, whatever its length; on the right, what memory costs. Ten
# numbers are added about as fast as a list would, a thousand far faster, and a vector of a million numbers takes hardly
# a thousandth of the loop's time.
#
# ## A matrix product
#
# The more arithmetic for each number read, the wider the gap. The product of two $n \times n$ matrices takes $n^3$
# multiplications:

# %%
n = pick(96, small=24)
A, B = nd.random.uniform(shape=(n, n)), nd.random.uniform(shape=(n, n))


def three_loops(A, B):
    n = len(A)
    C = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                C[i][j] += A[i][k] * B[k][j]
    return C


rows, columns = A.asnumpy().tolist(), B.asnumpy().tolist()
loops, product = seconds(lambda: three_loops(rows, columns)), seconds(lambda: nd.dot(A, B))
print("three loops over lists %.6f s, nd.dot %.6f s: %.0f times faster" % (loops, product, loops / product))
largest = np.abs(np.array(three_loops(rows, columns)) - nd.dot(A, B).asnumpy()).max()
print("largest difference %.0e" % largest)

# %% [markdown]
# ## Exercises
#
# **Add a number to every element.** Broadcasting writes the loop for you:

# %%
a = nd.ones(shape=3)
print(a + 10)

# %% [markdown]
# **Find the distances between all pairs of 200 points without a loop.** Two axes of points, one down and one across; the
# differences broadcast:

# %%
points = nd.random.uniform(shape=(200, 2))


def by_loops():
    distances = nd.zeros((200, 200))
    for i in range(pick(200, small=10)):
        distances[i] = (points - points[i]).norm(axis=1)
    return distances


def at_once():
    return (points.expand_dims(1) - points.expand_dims(0)).norm(axis=2)


print("the same:", np.allclose(by_loops()[:10].asnumpy(), at_once()[:10].asnumpy()))
print("a loop over the rows %.5f s, at once %.5f s" % (seconds(by_loops), seconds(at_once)))

# %% [markdown]
# Half of the loop is gone already when a whole row is one operation; what remains is a small factor, not a thousand.
# Removing the innermost loop is what counts.
