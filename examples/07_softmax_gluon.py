# %% [markdown]
# # 7. Softmax regression, concisely
#
# One layer, one loss, one trainer; and two pictures of what happens inside.

# %%
import d2lzh as d2l
from glueball import plot
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## A toy: four pixels, three animals
#
# A picture of two by two pixels is a vector $x = [x_1, x_2, x_3, x_4]$, and there are dogs, cats and chickens. Three
# scores, each a weighted sum of all four pixels: a layer of 12 weights and 3 biases.

# %%
plot.draw_network([4, 3], output_labels=["dog", "cat", "chicken"])
show("07-toy")

# %%
x = nd.array([[0.2, 0.9, 0.8, 0.1]])
W = nd.array([[0.1, 0.5, -0.3], [0.9, -0.2, 0.1], [0.8, 0.1, -0.4], [-0.5, 0.3, 0.7]])
b = nd.array([0.0, 0.1, -0.1])
o = nd.dot(x, W) + b
print("scores       ", o.asnumpy()[0].round(3))
print(
    "probabilities",
    o.softmax().asnumpy()[0].round(3),
    "-> a",
    ["dog", "cat", "chicken"][int(o.argmax(axis=1).asscalar())],
)

# %% [markdown]
# ## Training
#
# `SoftmaxCrossEntropyLoss` takes the scores, not the probabilities.

# %%
batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)

net = nn.Sequential()
net.add(nn.Dense(10))
net.initialize(init.Normal(sigma=0.01))
loss = gloss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})

num_epochs = pick(5, small=1)
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, None, None, trainer)

# %% [markdown]
# ## Why softmax and cross-entropy belong together
#
# With scores of 1000, $\exp$ overflows: the textbook formula gives *nan*, and so does everything after it. Taken
# together, the two are
#
# $$-\log \frac{\exp(o_y)}{\sum_k \exp(o_k)} = \log \sum_k \exp(o_k - m) + m - o_y, \qquad m = \max_k o_k,$$
#
# in which nothing is ever large. The gradient is $\mathrm{softmax}(o) - \mathrm{onehot}(y)$, also harmless.

# %%
logits = nd.array([[1000, 0, -1000], [1000, 1000, 1000]])
label = nd.array([1, 2])


def textbook(o, y):
    p = o.exp() / o.exp().sum(axis=1, keepdims=True)
    return -nd.pick(p, y).log()


for name, function in (("textbook", textbook), ("together", loss)):
    logits.attach_grad()
    with autograd.record():
        l = function(logits, label)
    l.backward()
    print(name, "loss", l.asnumpy(), "gradient", logits.grad.asnumpy().tolist())

# %% [markdown]
# Also for very small probabilities the logarithm of the softmax, computed as one, keeps what its parts lose.

# %%
o = nd.array([[0, -200.0]])
print("log(softmax):", o.softmax().log().asnumpy(), " log_softmax:", o.log_softmax().asnumpy())
