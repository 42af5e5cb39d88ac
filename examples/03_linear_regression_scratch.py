# %% [markdown]
# # 3. Linear regression from scratch
#
# What is a house worth? The simplest model says: so much per square metre, so much less per year of age, plus a
# constant,
#
# $$\hat{y} = x_1 w_1 + x_2 w_2 + b.$$
#
# Everything that larger networks need is already here: data in batches, a model, a loss, its gradient, and steps
# against the gradient. This chapter writes all of it with arrays and automatic gradients alone.

# %%
import random

import d2lzh as d2l
from glueball import plot
from mxnet import autograd, nd

from _scale import show

# %% [markdown]
# ## The data
#
# A thousand examples whose truth we know: $w = [2, -3.4]$, $b = 4.2$, and noise of deviation 0.01.

# %%
num_inputs, num_examples = 2, 1000
true_w, true_b = [2, -3.4], 4.2
features = nd.random.normal(scale=1, shape=(num_examples, num_inputs))
labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
labels += nd.random.normal(scale=0.01, shape=labels.shape)
print(features[0], labels[0])

# %% [markdown]
# The second feature against the label: a line, blurred by the first feature.

# %%
d2l.set_figsize((4.5, 3))
d2l.plt.scatter(features[:, 1].asnumpy(), labels.asnumpy(), 1)
d2l.plt.xlabel("second feature")
d2l.plt.ylabel("label")
show("03-data")

# %% [markdown]
# The network that this is: two inputs, one output, every input connected to the output.

# %%
plot.draw_network([2, 1])
show("03-network")

# %% [markdown]
# ## Batches
#
# Training goes through the examples in random order, ten at a time.


# %%
def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        j = nd.array(indices[i : min(i + batch_size, num_examples)])
        yield features.take(j), labels.take(j)


batch_size = 10
for X, y in data_iter(batch_size, features, labels):
    print(X[:2], y[:2])
    break

# %% [markdown]
# A batch size that does not divide 1000 is no error: the last batch is smaller. It is still divided by `batch_size` in
# the step below, so that it counts for a little less.

# %%
print([len(X) for X, _ in data_iter(300, features, labels)])


# %% [markdown]
# ## Model, loss, step
#
# Why the `reshape` in the loss? `y_hat` has shape `(10, 1)` and `y` has shape `(10,)`. Without it, `y_hat - y` would be
# broadcast to a table of every prediction against every label, and the loss would be wrong without a word.


# %%
def linreg(X, w, b):
    return nd.dot(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    for param in params:
        param[:] = param - lr * param.grad / batch_size


y_hat, y = nd.zeros((3, 1)), nd.array([1, 2, 3])
print("with reshape:", squared_loss(y_hat, y).shape, " without:", ((y_hat - y) ** 2 / 2).shape)

# %% [markdown]
# ## Training
#
# In each step: record the loss, go back, take a step. `l` has one loss per example; `backward` differentiates their sum.


# %%
def train(lr, num_epochs):
    w = nd.random.normal(scale=0.01, shape=(num_inputs, 1))
    b = nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            with autograd.record():
                l = squared_loss(linreg(X, w, b), y)
            l.backward()
            sgd([w, b], lr, batch_size)
        train_l = squared_loss(linreg(features, w, b), labels)
        print("epoch %d, loss %f" % (epoch + 1, train_l.mean().asnumpy()))
    return w, b


w, b = train(lr=0.03, num_epochs=3)

# %%
print("w", true_w, "learned", w.reshape((-1,)).asnumpy())
print("b", true_b, "learned", b.asnumpy())

# %% [markdown]
# ## The closed form
#
# This model, unlike all that follow, has a solution on paper. With a column of ones for $b$,
#
# $$\theta = (X^\top X)^{-1} X^\top y.$$

# %%
import numpy as np

X1 = np.concatenate([features.asnumpy(), np.ones((num_examples, 1))], axis=1).astype("float64")
theta = np.linalg.solve(X1.T @ X1, X1.T @ labels.asnumpy())
print("closed form:", theta.round(4))
print("gradient descent:", np.append(w.asnumpy(), b.asnumpy()).round(4))

# %% [markdown]
# ## The price of a house that was not in the data

# %%
house = nd.array([[1.2, 0.5]])
print("predicted %.3f" % linreg(house, w, b).asscalar(), " truth %.3f" % (2 * 1.2 - 3.4 * 0.5 + 4.2))

# %% [markdown]
# ## Exercise: another learning rate
#
# Too small, and three epochs do not suffice; too large, and every step overshoots further.

# %%
for lr in (0.001, 0.03, 3):
    print("learning rate", lr)
    train(lr, num_epochs=2)
