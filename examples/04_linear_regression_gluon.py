# %% [markdown]
# # 4. Linear regression, concisely
#
# The same model as in chapter 3, with what everybody uses for it: a data loader, a layer, a loss, a trainer.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick

num_inputs, num_examples = 2, 1000
true_w, true_b = [2, -3.4], 4.2
features = nd.random.normal(scale=1, shape=(num_examples, num_inputs))
labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
labels += nd.random.normal(scale=0.01, shape=labels.shape)

# %% [markdown]
# ## Reading, defining, initialising
#
# `Dense(1)` does not say how many inputs there are; the layer finds out when the first batch arrives.

# %%
batch_size = 10
dataset = gdata.ArrayDataset(features, labels)
data_iter = gdata.DataLoader(dataset, batch_size, shuffle=True)

net = nn.Sequential()
net.add(nn.Dense(1))
net.initialize(init.Normal(sigma=0.01))
print(net)

# %% [markdown]
# ## Loss and trainer

# %%
loss = gloss.L2Loss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})

# %% [markdown]
# ## Training
#
# `trainer.step(batch_size)` divides the gradient by the batch size, because `l` has one loss for each example.

# %%
num_epochs = 3
for epoch in range(1, num_epochs + 1):
    for X, y in data_iter:
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(batch_size)
    l = loss(net(features), labels)
    print("epoch %d, loss: %f" % (epoch, l.mean().asnumpy()))

# %%
dense = net[0]
print("w", true_w, "learned", dense.weight.data().asnumpy())
print("b", true_b, "learned", dense.bias.data().asnumpy())

# %% [markdown]
# ## Exercise: `mean()` and `step(1)`
#
# If the loss is averaged over the batch, the division has been done, and the step must not divide again.

# %%
net.initialize(init.Normal(sigma=0.01), force_reinit=True)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})
for _ in range(num_epochs):
    for X, y in data_iter:
        with autograd.record():
            l = loss(net(X), y).mean()
        l.backward()
        trainer.step(1)
print("loss after mean() and step(1): %f" % loss(net(features), labels).mean().asnumpy())

# %% [markdown]
# ## Exercise: the gradient of `dense.weight`
#
# It is there after `backward`: `grad()` beside `data()`. For the squared loss it is $\frac{1}{n}\sum (\hat y - y)\,x$
# times the number of examples, since nothing has divided it yet.

# %%
with autograd.record():
    l = loss(net(features), labels)
l.backward()
error = net(features) - labels.reshape((-1, 1))
print("grad()  ", dense.weight.grad().asnumpy())
print("by hand ", nd.dot(error.T, features).asnumpy())

# %% [markdown]
# ## Exercise: what losses and initialisers are there?

# %%
print("losses:      ", ", ".join(name for name in gloss.__all__ if name != "Loss"))
classes = (
    each for each in vars(init).values() if isinstance(each, type) and issubclass(each, init.Initializer)
)
print("initialisers:", ", ".join(sorted({each.__name__ for each in classes} - {"Initializer"})))
print("and, choosing one for each parameter:", init.Mixed.__name__, "and", init.Load.__name__)

# %% [markdown]
# ## Exercise: what do loader workers gain?
#
# For data that lie in memory, nothing: a batch is one gather, which takes less time than handing it to another process.

# %%
import time

for workers in pick((0, 2), small=(0,)):
    loader = gdata.DataLoader(dataset, batch_size, shuffle=True, num_workers=workers)
    began = time.time()
    count = sum(1 for _ in loader)
    print("%d workers: %d batches in %.2f s" % (workers, count, time.time() - began))

# %% [markdown]
# The helper package has the pieces of chapter 3, for the chapters to come.

# %%
print(*(function.__name__ for function in (d2l.linreg, d2l.squared_loss, d2l.sgd)))
