# %% [markdown]
# # 12. Weight decay
#
# A model with many parameters and few examples learns the examples by heart. Weight decay holds against it: large
# weights cost something, so that the model uses them only where the data insist.
#
# With the penalty, the loss of linear regression becomes
#
# $$\ell(w, b) + \frac{\lambda}{2} \lVert w \rVert^2,$$
#
# and since the gradient of the penalty is $\lambda w$, a step of stochastic gradient descent over a batch
# $\mathcal{B}$ is
#
# $$w \leftarrow (1 - \eta \lambda)\, w - \frac{\eta}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} \nabla_w \ell^{(i)}:$$
#
# the weights decay by a constant factor, hence the name, before they follow the data.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## More features than examples
#
# Labels come from $y = 0.05 + \sum_{i=1}^{200} 0.01 x_i + \epsilon$ with noise of deviation 0.01. There are 20 examples
# to learn 200 weights from: ideal conditions for overfitting.

# %%
n_train, n_test, num_inputs = 20, 100, 200
true_w, true_b = nd.ones((num_inputs, 1)) * 0.01, 0.05

features = nd.random.normal(shape=(n_train + n_test, num_inputs))
labels = nd.dot(features, true_w) + true_b
labels += nd.random.normal(scale=0.01, shape=labels.shape)
train_features, test_features = features[:n_train, :], features[n_train:, :]
train_labels, test_labels = labels[:n_train], labels[n_train:]

# %% [markdown]
# ## From scratch
#
# The penalty is one function; everything else is the linear regression of chapter 3.


# %%
def init_params():
    w = nd.random.normal(scale=1, shape=(num_inputs, 1))
    b = nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()
    return [w, b]


def l2_penalty(w):
    return (w**2).sum() / 2


batch_size, num_epochs, lr = 1, pick(100, small=30), 0.003
net, loss = d2l.linreg, d2l.squared_loss
train_iter = gdata.DataLoader(gdata.ArrayDataset(train_features, train_labels), batch_size, shuffle=True)


def plot_losses(train_ls, test_ls, name):
    d2l.semilogy(
        range(1, num_epochs + 1),
        train_ls,
        "epochs",
        "loss",
        range(1, num_epochs + 1),
        test_ls,
        ["train", "test"],
    )
    show(name)


def fit_and_plot(lambd, name):
    w, b = init_params()
    train_ls, test_ls = [], []
    for _ in range(num_epochs):
        for X, y in train_iter:
            with autograd.record():
                # the penalty has shape (1,) and is added to the loss of every example in the batch
                l = loss(net(X, w, b), y) + lambd * l2_penalty(w)
            l.backward()
            d2l.sgd([w, b], lr, batch_size)
        train_ls.append(loss(net(train_features, w, b), train_labels).mean().asscalar())
        test_ls.append(loss(net(test_features, w, b), test_labels).mean().asscalar())
    plot_losses(train_ls, test_ls, name)
    print(
        "train loss %.5f, test loss %.5f, length of w %.3f" % (train_ls[-1], test_ls[-1], w.norm().asscalar())
    )


# %% [markdown]
# Without the penalty, the training loss falls and falls and the test loss does not: twenty examples leave 180 directions
# of `w` in which nothing pulls the initial random numbers back.

# %%
fit_and_plot(lambd=0, name="12-without-decay")

# %% [markdown]
# With $\lambda = 3$ the training loss is higher and the test loss lower, and the weights have become short.

# %%
fit_and_plot(lambd=3, name="12-with-decay")

# %% [markdown]
# ## Concisely
#
# Trainers know weight decay as `wd`. It would apply to the bias, too; so that it does not, the network gets two trainers,
# one for what is called weight and one for what is called bias. `collect_params` takes a regular expression.


# %%
def fit_and_plot_gluon(wd, name):
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=1))
    trainer_w = gluon.Trainer(net.collect_params(".*weight"), "sgd", {"learning_rate": lr, "wd": wd})
    trainer_b = gluon.Trainer(net.collect_params(".*bias"), "sgd", {"learning_rate": lr})
    train_ls, test_ls = [], []
    for _ in range(num_epochs):
        for X, y in train_iter:
            with autograd.record():
                l = loss(net(X), y)
            l.backward()
            # each trainer updates its own
            trainer_w.step(batch_size)
            trainer_b.step(batch_size)
        train_ls.append(loss(net(train_features), train_labels).mean().asscalar())
        test_ls.append(loss(net(test_features), test_labels).mean().asscalar())
    plot_losses(train_ls, test_ls, name)
    length = net[0].weight.data().norm().asscalar()
    print("train loss %.5f, test loss %.5f, length of w %.3f" % (train_ls[-1], test_ls[-1], length))


loss = gloss.L2Loss()
fit_and_plot_gluon(0, "12-gluon-without-decay")

# %%
fit_and_plot_gluon(3, "12-gluon-with-decay")
