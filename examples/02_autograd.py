# %% [markdown]
# # 2. Automatic gradients
#
# Learning means changing parameters in the direction in which an error falls, and that direction is a gradient. You
# write the computation, and `autograd` works out its gradient: exactly, by the chain rule, along the operations that
# were really carried out.

# %%
import mxnet as mx
from mxnet import autograd, nd

# %% [markdown]
# ## A first gradient
#
# Take $y = 2\,x^\top x$. By hand, the gradient is $4x$. For the machine to find it, `attach_grad` makes room for the
# gradient of `x`, `record` remembers the operations, and `backward` goes back along them.

# %%
x = nd.arange(4).reshape((4, 1))
x.attach_grad()
with autograd.record():
    y = 2 * nd.dot(x.T, x)
y.backward()
print(x.grad)
print("4x - gradient =", (4 * x - x.grad).norm().asscalar())

# %% [markdown]
# Recording also means training: layers such as dropout, which behave differently in training and prediction, look at
# the second of these switches.

# %%
print("outside:", autograd.is_recording(), autograd.is_training())
with autograd.record():
    print("inside: ", autograd.is_recording(), autograd.is_training())

# %% [markdown]
# ## Through Python's control flow
#
# What is recorded is what happened. How often this loop runs and which branch it takes depends on the *value* of
# `a`, and the gradient is that of the way taken.


# %%
def f(a):
    b = a * 2
    while b.norm().asscalar() < 1000:
        b = b * 2
    if b.sum().asscalar() > 0:
        c = b
    else:
        c = 100 * b
    return c


a = nd.random.normal(shape=1)
a.attach_grad()
with autograd.record():
    c = f(a)
c.backward()
print("a %.4f  f(a) %.4f  gradient %.1f" % (a.asscalar(), c.asscalar(), a.grad.asscalar()))

# %% [markdown]
# For any given `a`, `f` only multiplies it by some number $k$, so $f(a) = k a$ and the gradient is $k = f(a) / a$:

# %%
print(a.grad == c / a)

# %% [markdown]
# ## A curve and its slope
#
# `backward` on an array differentiates the sum of its elements. Here each `y` depends on its own `x` alone, so one pass
# gives the slope of the whole curve, point by point.

# %%
import d2lzh as d2l

from _scale import show

x = nd.arange(-3.2, 3.2, 0.02)
x.attach_grad()
with autograd.record():
    y = nd.sin(x) * nd.exp(-x * x / 4)
y.backward()

d2l.set_figsize((5, 2.8))
d2l.plt.plot(x.asnumpy(), y.asnumpy(), label="$y = \\sin(x)\\, e^{-x^2/4}$")
d2l.plt.plot(x.asnumpy(), x.grad.asnumpy(), "--", label="slope, by autograd")
d2l.plt.axhline(0, color="0.85", linewidth=0.8, zorder=0)
d2l.plt.xlabel("x")
d2l.plt.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncol=2)
show("02-curve-and-slope")

# %% [markdown]
# The slope is zero exactly where the curve turns.
#
# ## More than one output
#
# In that sum every output counts the same; a *head gradient* weighs them. With $y_i = x_i^2$ and weights $v$, `x.grad`
# is $2 x_i v_i$.

# %%
x = nd.array([1, 2, 3])
x.attach_grad()
with autograd.record():
    y = x**2
y.backward(nd.array([1, 10, 0.1]))
print(x.grad)

# %% [markdown]
# ## Keeping part of a computation out
#
# `detach` (or a `pause` block) makes a constant of what has been computed: with $u = x^2$ held constant, the
# gradient of $u x$ is $u$, not $3x^2$.

# %%
with autograd.record():
    u = (x**2).detach()
    y = u * x
y.backward()
print(x.grad == u)

# %% [markdown]
# ## Adding gradients up
#
# Each `backward` overwrites the gradient. `grad_req="add"` adds to it instead, which is how a large batch is put
# together from small ones; then setting it back to zero is your part.

# %%
w = nd.array([3.0])
w.attach_grad(grad_req="add")
for _ in range(4):
    with autograd.record():
        loss = w * w
    loss.backward()
print("four times 2w:", w.grad.asscalar())
w.grad[:] = 0

# %% [markdown]
# ## The gradient of a gradient
#
# `autograd.grad` returns a gradient instead of storing it, and with `create_graph=True` records its computation, too.
# For $y = x^3$: $y' = 3x^2$, $y'' = 6x$.

# %%
x = nd.array([1, 2, 3])
x.attach_grad()
with autograd.record():
    y = x**3
    slope = autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
slope.backward()
print(slope, x.grad)

# %% [markdown]
# ## Exercises
#
# **What if `a` is a vector or a matrix in `f`?** The loop looks at the norm of all of it and the branch at its sum, so
# all elements share one $k$, and $k = f(a) / a$ holds in every place:

# %%
mx.random.seed(1)
a = nd.random.normal(shape=(2, 3))
a.attach_grad()
with autograd.record():
    c = f(a)
c.backward()
print(a.grad)
print("the same everywhere:", (a.grad == a.grad[0, 0]).min().asscalar() == 1)

# %% [markdown]
# **Call `backward` twice.** The first one uses the record up, since the numbers it holds are needed no more. Say
# `retain_graph=True` to keep it.

# %%
x = nd.array([2.0])
x.attach_grad()
with autograd.record():
    y = x * x
y.backward(retain_graph=True)
y.backward()
try:
    y.backward()
except mx.MXNetError as error:
    print(error)

# %% [markdown]
# **Check a gradient without autograd.** The symmetric difference $\frac{f(x + h) - f(x - h)}{2h}$ comes close to the
# slope, with an error of order $h^2$ and one of rounding; a gradient by autograd has neither.

# %%
x, h = nd.array([0.7], dtype="float64"), 1e-4
x.attach_grad()
with autograd.record():
    y = x.sin()
y.backward()
difference = ((x + h).sin() - (x - h).sin()) / (2 * h)
print("by autograd %.10f, by difference %.10f" % (x.grad.asscalar(), difference.asscalar()))
