# %% [markdown]
# # 6. Softmax regression from scratch
#
# Which of ten kinds of clothes does a picture show? Softmax regression gives each kind a score, linear in the pixels,
# and makes probabilities of the scores:
#
# $$o = XW + b, \qquad \hat{y}_{ij} = \frac{\exp(o_{ij})}{\sum_k \exp(o_{ik})}.$$

# %%
import d2lzh as d2l
from mxnet import autograd, nd

from _scale import pick, show

batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)

# %% [markdown]
# ## Parameters
#
# A picture of 28 by 28 pixels is a vector of 784; there are 10 kinds.

# %%
num_inputs, num_outputs = 784, 10
W = nd.random.normal(scale=0.01, shape=(num_inputs, num_outputs))
b = nd.zeros(num_outputs)
W.attach_grad()
b.attach_grad()

# %% [markdown]
# ## Softmax
#
# Sums along one axis of a table; `keepdims` leaves the axis there, with length 1, so that the sums can divide the rows.

# %%
X = nd.array([[1, 2, 3], [4, 5, 6]])
print(X.sum(axis=0, keepdims=True), X.sum(axis=1, keepdims=True))


# %%
def softmax(X):
    X_exp = X.exp()
    partition = X_exp.sum(axis=1, keepdims=True)
    return X_exp / partition  # broadcasting


X = nd.random.normal(shape=(2, 5))
X_prob = softmax(X)
print(X_prob, X_prob.sum(axis=1))


# %%
def net(X):
    return softmax(nd.dot(X.reshape((-1, num_inputs)), W) + b)


# %% [markdown]
# ## Loss and accuracy
#
# The cross-entropy of an example is minus the logarithm of the probability of its true kind. `pick` takes that
# probability out of each row.

# %%
y_hat = nd.array([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
y = nd.array([0, 2], dtype="int32")
print(nd.pick(y_hat, y))


# %%
def cross_entropy(y_hat, y):
    return -nd.pick(y_hat, y).log()


def accuracy(y_hat, y):
    return (y_hat.argmax(axis=1) == y.astype("float32")).mean().asscalar()


def evaluate_accuracy(data_iter, net):
    acc_sum, n = 0.0, 0
    for X, y in data_iter:
        y = y.astype("float32")
        acc_sum += (net(X).argmax(axis=1) == y).sum().asscalar()
        n += y.size
    return acc_sum / n


print("accuracy of the two lines above:", accuracy(y_hat, y))
print("of an untrained model: %.2f" % evaluate_accuracy(test_iter, net))


# %% [markdown]
# ## Training


# %%
def train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, params=None, lr=None, trainer=None):
    for epoch in range(num_epochs):
        train_l_sum, train_acc_sum, n = 0.0, 0.0, 0
        for X, y in train_iter:
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y).sum()
            l.backward()
            if trainer is None:
                d2l.sgd(params, lr, batch_size)
            else:
                trainer.step(batch_size)
            y = y.astype("float32")
            train_l_sum += l.asscalar()
            train_acc_sum += (y_hat.argmax(axis=1) == y).sum().asscalar()
            n += y.size
        test_acc = evaluate_accuracy(test_iter, net)
        print(
            "epoch %d, loss %.4f, train acc %.3f, test acc %.3f"
            % (epoch + 1, train_l_sum / n, train_acc_sum / n, test_acc)
        )


num_epochs, lr = pick(5, small=1), 0.1
train_ch3(net, train_iter, test_iter, cross_entropy, num_epochs, batch_size, [W, b], lr)

# %% [markdown]
# ## Prediction
#
# The first line is what the picture shows, the second what the model says.

# %%
for X, y in test_iter:
    break
true_labels = d2l.get_fashion_mnist_labels(y.asnumpy())
pred_labels = d2l.get_fashion_mnist_labels(net(X).argmax(axis=1).asnumpy())
titles = [true + "\n" + pred for true, pred in zip(true_labels, pred_labels)]
d2l.show_fashion_mnist(X[0:9], titles[0:9])
show("06-predictions")

# %% [markdown]
# ## Exercise: why is this softmax dangerous?
#
# `exp(100)` is more than float32 can hold. Chapter 7 shows what to do about it.

# %%
print(softmax(nd.array([[1, 100, 3]])))
