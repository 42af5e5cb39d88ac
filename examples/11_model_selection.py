# %% [markdown]
# # 11. Model selection, underfitting and overfitting
#
# What we want is a small error on data that the model has not seen, the *generalisation error*. What training makes
# small is another number, the error on the data that it has seen. This chapter looks at how the two go apart, and at a
# way of choosing between models with the training data alone.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import autograd, gluon, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## A polynomial to be found again
#
# The labels come from a polynomial of third order, with noise of deviation 0.1:
#
# $$y = 1.2 x - 3.4 x^2 + 5.6 x^3 + 5 + \epsilon.$$
#
# There are 100 examples to train with, and 100 to test.

# %%
n_train, n_test, true_w, true_b = 100, 100, [1.2, -3.4, 5.6], 5
features = nd.random.normal(shape=(n_train + n_test, 1))
poly_features = nd.concat(features, nd.power(features, 2), nd.power(features, 3))
labels = (
    true_w[0] * poly_features[:, 0]
    + true_w[1] * poly_features[:, 1]
    + true_w[2] * poly_features[:, 2]
    + true_b
)
labels += nd.random.normal(scale=0.1, shape=labels.shape)
print(features[:2], poly_features[:2], labels[:2])

# %% [markdown]
# The model is the linear regression of chapter 4: linear in its weights, whatever its features are. After every pass,
# the loss is measured over all examples of either kind.

# %%
num_epochs, loss = pick(100, small=20), gloss.L2Loss()


def fit_and_plot(train_features, test_features, train_labels, test_labels, name):
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize()
    batch_size = min(10, train_labels.shape[0])
    train_iter = gdata.DataLoader(gdata.ArrayDataset(train_features, train_labels), batch_size, shuffle=True)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
    train_ls, test_ls = [], []
    for _ in range(num_epochs):
        for X, y in train_iter:
            with autograd.record():
                l = loss(net(X), y)
            l.backward()
            trainer.step(batch_size)
        train_ls.append(loss(net(train_features), train_labels).mean().asscalar())
        test_ls.append(loss(net(test_features), test_labels).mean().asscalar())
    print("final epoch: train loss %.4f, test loss %.4f" % (train_ls[-1], test_ls[-1]))
    epochs = range(1, num_epochs + 1)
    d2l.semilogy(epochs, train_ls, "epochs", "loss", epochs, test_ls, ["train", "test"])
    show(name)
    print("weight", net[0].weight.data().asnumpy().round(3), "bias", net[0].bias.data().asnumpy().round(3))


# %% [markdown]
# ## Third order: as it should be
#
# Both losses fall to about half the variance of the noise, $0.1^2 / 2 = 0.005$, below which no model can go. The weights
# come close to 1.2, -3.4 and 5.6.

# %%
fit_and_plot(
    poly_features[:n_train, :],
    poly_features[n_train:, :],
    labels[:n_train],
    labels[n_train:],
    "11-third-order",
)

# %% [markdown]
# ## First order: underfitting
#
# A straight line cannot follow the data. Both losses stop falling early, and at a high value: the sign of a model that
# is too simple.

# %%
fit_and_plot(
    features[:n_train, :], features[n_train:, :], labels[:n_train], labels[n_train:], "11-underfitting"
)

# %% [markdown]
# ## Two examples: overfitting
#
# Four parameters, and two examples: there are many polynomials of third order through two points, and training ends at
# any one of them. The training loss goes down, the test loss stays high: the sign of too few examples for the model.

# %%
fit_and_plot(
    poly_features[0:2, :], poly_features[n_train:, :], labels[0:2], labels[n_train:], "11-overfitting"
)

# %% [markdown]
# ## k-fold cross-validation
#
# Which order is the right one, if nobody tells? The test data must not decide: whatever is chosen with them, they can no
# longer judge. A part of the training data, set aside for *validation*, can decide, but thirty examples are too few to
# give some away. So divide them into $k$ parts, train $k$ times, each time without one of them, and validate on that
# one. The mean of the $k$ validation losses is the measure of the model.


# %%
def get_k_fold_data(k, i, X, y):
    """Return the training data without part i of k, and part i."""
    assert k > 1
    fold_size = X.shape[0] // k
    X_train, y_train = None, None
    for j in range(k):
        part = slice(j * fold_size, (j + 1) * fold_size)
        X_part, y_part = X[part, :], y[part]
        if j == i:
            X_valid, y_valid = X_part, y_part
        elif X_train is None:
            X_train, y_train = X_part, y_part
        else:
            X_train = nd.concat(X_train, X_part, dim=0)
            y_train = nd.concat(y_train, y_part, dim=0)
    return X_train, y_train, X_valid, y_valid


X_train, y_train, X_valid, y_valid = get_k_fold_data(5, 1, nd.arange(10).reshape((10, 1)), nd.arange(10))
print("train on", y_train.asnumpy(), "validate on", y_valid.asnumpy())

# %% [markdown]
# Thirty examples of the same polynomial with more noise, on the interval from -1 to 1, and powers of $x$ up to the
# order in question. Orders of ten and more need many steps of gradient descent, so the weights are found in one, by
# least squares: $w$ makes $\lVert X w - y \rVert^2$ smallest.


# %%
def sample(n):
    x = nd.random.uniform(-1, 1, shape=(n, 1))
    y = 1.2 * x - 3.4 * x**2 + 5.6 * x**3 + 5
    return x, (y + nd.random.normal(scale=0.5, shape=y.shape)).reshape((n,))


def powers(x, order):
    return nd.concat(*[x**i for i in range(order + 1)], dim=1)


def fit(X, y):
    # in double precision: high powers of x resemble each other closely
    return nd.array(np.linalg.lstsq(X.astype("float64").asnumpy(), y.asnumpy(), rcond=None)[0])


def half_squared_error(X, y, w):
    return ((nd.dot(X, w) - y) ** 2).mean().asscalar() / 2


def k_fold(k, X, y):
    train_l_sum, valid_l_sum = 0, 0
    for i in range(k):
        X_train, y_train, X_valid, y_valid = get_k_fold_data(k, i, X, y)
        w = fit(X_train, y_train)
        train_l_sum += half_squared_error(X_train, y_train, w)
        valid_l_sum += half_squared_error(X_valid, y_valid, w)
    return train_l_sum / k, valid_l_sum / k


k, orders = 5, range(13)
x, y = sample(30)
train_ls, valid_ls = zip(*[k_fold(k, powers(x, order), y) for order in orders])
best = min(orders, key=lambda order: valid_ls[order])
for order in range(best - 2, best + 3):
    print("order %d: validation loss %.3f" % (order, valid_ls[order]))
print("smallest: order", best)

# %% [markdown]
# In a picture, and beside it what nobody has outside of an experiment: the loss on 100,000 fresh examples. The training
# loss falls with every order and knows nothing of the right one. The validation loss turns where the fresh data turn.

# %%
x_fresh, y_fresh = sample(pick(100000, small=2000))
fresh_ls = [half_squared_error(powers(x_fresh, order), y_fresh, fit(powers(x, order), y)) for order in orders]

d2l.set_figsize((5, 3))
d2l.plt.semilogy(orders, train_ls, "o-", markersize=4, label="train")
d2l.plt.semilogy(orders, valid_ls, "^:", markersize=4, label="validation, %d folds" % k)
d2l.plt.semilogy(orders, fresh_ls, "s--", markersize=4, label="fresh examples")
d2l.plt.axhline(0.5**2 / 2, color="grey", linewidth=0.8)
d2l.plt.annotate(
    "half the variance of the noise",
    (orders[-1], 0.5**2 / 2),
    (0, 3),
    textcoords="offset points",
    ha="right",
    fontsize=8,
    color="grey",
)
d2l.plt.xlabel("order of the polynomial")
d2l.plt.ylabel("loss")
d2l.plt.legend(frameon=False)
show("11-k-fold")

# %% [markdown]
# The polynomials themselves: too stiff, right, and one that goes through nearly every example and is wrong between them.

# %%
d2l.set_figsize((8, 2.6))
grid = nd.arange(-1, 1.001, 0.01).reshape((-1, 1))
_, row = d2l.plt.subplots(1, 3, sharey=True)
for axes, order in zip(row, (1, 3, 12)):
    axes.plot(x[:, 0].asnumpy(), y.asnumpy(), "o", color="grey", markersize=3)
    axes.plot(grid[:, 0].asnumpy(), nd.dot(powers(grid, order), fit(powers(x, order), y)).asnumpy())
    axes.set_title("order %d" % order)
    axes.set_xlabel("x")
row[0].set_ylim(-7, 11)
row[0].set_ylabel("y")
d2l.plt.tight_layout()
show("11-three-orders")

# %% [markdown]
# ## Exercises
#
# **How many folds?** With more of them, each model trains on more of the data, and there are more models to train. With
# $k = n$, every example is left out once.

# %%
for k in (2, 3, 5, 10, 30):
    valid_ls = [k_fold(k, powers(x, order), y)[1] for order in orders]
    best = min(orders, key=lambda order: valid_ls[order])
    print(
        "%2d folds: order %d, validation loss %.3f, fresh examples %.3f"
        % (k, best, valid_ls[best], fresh_ls[best])
    )

# %% [markdown]
# **Do more examples help?** The overfitting model, of order 12, with more and more examples, and the underfitting one:
# data cure the first and not the second.

# %%
for n in (15, 30, 100, 1000):
    losses = []
    for _ in range(9):  # the loss depends much on which examples come: the median of nine draws
        x_n, y_n = sample(n)
        losses.append(
            [half_squared_error(powers(x_fresh, m), y_fresh, fit(powers(x_n, m), y_n)) for m in (1, 3, 12)]
        )
    print(
        "%4d examples: loss of order 1 %.3f, of order 3 %.3f, of order 12 %.3f"
        % (n, *np.median(losses, axis=0))
    )
