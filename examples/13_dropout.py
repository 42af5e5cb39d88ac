# %% [markdown]
# # 13. Dropout
#
# The other remedy against overfitting: while training, set a random part of the hidden units to zero. The next layer
# cannot rely on any one of them, and learns to use all.
#
# With probability $p$ a unit $h_i$ is dropped, else it is divided by $1 - p$:
#
# $$h_i' = \frac{\xi_i}{1 - p} h_i, \qquad \xi_i = \begin{cases} 0 & \text{with probability } p \\
# 1 & \text{with probability } 1 - p. \end{cases}$$
#
# Since $E(\xi_i) = 1 - p$, the expected value stays: $E(h_i') = h_i$. Nothing needs to be corrected when the network is
# used, and then nothing is dropped.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick


# %% [markdown]
# ## From scratch


# %%
def dropout(X, drop_prob):
    assert 0 <= drop_prob <= 1
    keep_prob = 1 - drop_prob
    # all is dropped, and 0 / 0 avoided
    if keep_prob == 0:
        return X.zeros_like()
    mask = nd.random.uniform(0, 1, X.shape) < keep_prob
    return mask * X / keep_prob


X = nd.arange(16).reshape((2, 8))
print(dropout(X, 0))
print(dropout(X, 0.5))
print(dropout(X, 1.0))

# %% [markdown]
# Over many masks, the mean is what went in:

# %%
mean = sum(dropout(X, 0.5) for _ in range(4000)) / 4000
print(
    "largest error of the mean, relative to the value: %.3f"
    % ((mean - X).abs() / (X + 1e-3)).max().asscalar()
)

# %% [markdown]
# ### The model
#
# Two hidden layers of 256 units, each with dropout behind it: less near the inputs (0.2), more near the outputs (0.5).

# %%
num_inputs, num_outputs, num_hiddens1, num_hiddens2 = 784, 10, 256, 256

W1 = nd.random.normal(scale=0.01, shape=(num_inputs, num_hiddens1))
b1 = nd.zeros(num_hiddens1)
W2 = nd.random.normal(scale=0.01, shape=(num_hiddens1, num_hiddens2))
b2 = nd.zeros(num_hiddens2)
W3 = nd.random.normal(scale=0.01, shape=(num_hiddens2, num_outputs))
b3 = nd.zeros(num_outputs)

params = [W1, b1, W2, b2, W3, b3]
for param in params:
    param.attach_grad()

drop_prob1, drop_prob2 = 0.2, 0.5


def net(X):
    X = X.reshape((-1, num_inputs))
    H1 = (nd.dot(X, W1) + b1).relu()
    if autograd.is_training():  # dropout is for training only
        H1 = dropout(H1, drop_prob1)
    H2 = (nd.dot(H1, W2) + b2).relu()
    if autograd.is_training():
        H2 = dropout(H2, drop_prob2)
    return nd.dot(H2, W3) + b3


# %% [markdown]
# ### Training
#
# `autograd.record()` switches the training mode on; `evaluate_accuracy` computes outside of it, so that testing uses
# every unit.

# %%
num_epochs, lr, batch_size = pick(5, small=1), 0.5, 256
loss = gloss.SoftmaxCrossEntropyLoss()
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, params, lr)

# %% [markdown]
# ## Concisely
#
# A `Dropout` layer behind each hidden layer, which looks at the training mode by itself.

# %%
net = nn.Sequential()
net.add(
    nn.Dense(256, activation="relu"),
    nn.Dropout(drop_prob1),
    nn.Dense(256, activation="relu"),
    nn.Dropout(drop_prob2),
    nn.Dense(10),
)
net.initialize(init.Normal(sigma=0.01))
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, trainer=trainer)
