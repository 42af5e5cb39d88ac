# %% [markdown]
# # 9. The multilayer perceptron from scratch
#
# A hidden layer between the pixels and the kinds of clothes:
#
# $$H = \mathrm{ReLU}(X W_1 + b_1), \qquad O = H W_2 + b_2.$$

# %%
import d2lzh as d2l
from mxnet import nd
from mxnet.gluon import loss as gloss

from _scale import pick, show

batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)

# %% [markdown]
# ## Parameters
#
# 784 inputs, 256 hidden units, 10 outputs.

# %%
num_inputs, num_outputs, num_hiddens = 784, 10, 256
W1 = nd.random.normal(scale=0.01, shape=(num_inputs, num_hiddens))
b1 = nd.zeros(num_hiddens)
W2 = nd.random.normal(scale=0.01, shape=(num_hiddens, num_outputs))
b2 = nd.zeros(num_outputs)
params = [W1, b1, W2, b2]
for param in params:
    param.attach_grad()


# %% [markdown]
# ## Model


# %%
def relu(X):
    return nd.maximum(X, 0)


def net(X):
    X = X.reshape((-1, num_inputs))
    H = relu(nd.dot(X, W1) + b1)
    return nd.dot(H, W2) + b2


# %% [markdown]
# ## Training
#
# The loss of Gluon computes softmax and cross-entropy together, which is stable; everything else is chapter 6.

# %%
loss = gloss.SoftmaxCrossEntropyLoss()
num_epochs, lr = pick(5, small=1), 0.5
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, params, lr)

# %%
for X, y in test_iter:
    break
true_labels = d2l.get_fashion_mnist_labels(y.asnumpy())
pred_labels = d2l.get_fashion_mnist_labels(net(X).argmax(axis=1).asnumpy())
d2l.show_fashion_mnist(X[0:9], [t + "\n" + p for t, p in zip(true_labels, pred_labels)][0:9])
show("09-predictions")

# %% [markdown]
# ## Exercise: more hidden units
#
# They help little here: one epoch each, at the same learning rate.

# %%
for units in pick((64, 256, 512), small=(16, 64)):
    W1, b1 = nd.random.normal(scale=0.01, shape=(num_inputs, units)), nd.zeros(units)
    W2, b2 = nd.random.normal(scale=0.01, shape=(units, num_outputs)), nd.zeros(num_outputs)
    params = [W1, b1, W2, b2]
    for param in params:
        param.attach_grad()
    print(units, "hidden units:")
    d2l.train_ch3(net, train_iter, test_iter, loss, 1, batch_size, params, lr)
