# %% [markdown]
# # 10. The multilayer perceptron, concisely
#
# The same network as in the last chapter, from Gluon's parts: a layer is an object that knows its parameters, a loss is
# an object that knows its formula, and a trainer updates what the layers hold.

# %%
import d2lzh as d2l
from mxnet import autograd, gluon, init
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## The model
#
# One hidden layer of 256 units with the rectifier in between, and ten outputs:
#
# $$H = \mathrm{relu}(X W_1 + b_1), \qquad O = H W_2 + b_2.$$
#
# `Dense` flattens each picture of shape (1, 28, 28) to 784 numbers by itself, so no `reshape` is needed. The sizes of
# the inputs are not given anywhere: the first batch will tell.

# %%
net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
net.initialize(init.Normal(sigma=0.01))
print(net)

# %% [markdown]
# ## Training
#
# The loss takes the outputs as they are: softmax and cross-entropy in one step, which is exact where the two after each
# other would overflow. The trainer gets the parameters, the method and its settings.

# %%
batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
loss = gloss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
num_epochs = pick(5, small=1)
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, batch_size, trainer=trainer)

# %% [markdown]
# ## Looking at predictions
#
# The class with the largest output is the answer. The true class is written above, the answer below it.

# %%
for X, y in test_iter:
    break
true_labels = d2l.get_fashion_mnist_labels(y)
predicted = d2l.get_fashion_mnist_labels(net(X).argmax(axis=1))
titles = [true + "\n" + guess for true, guess in zip(true_labels, predicted)]
d2l.show_fashion_mnist(X[0:9], titles[0:9])
show("10-predictions")
print("of the first nine, %d are right" % sum(t == p for t, p in zip(true_labels[:9], predicted[:9])))

# %% [markdown]
# ## What is in the network
#
# Each layer has a weight of shape (outputs, inputs) and a bias. After a backward pass, `grad` holds the gradient of the
# last batch, with the shape of the parameter itself.

# %%
with autograd.record():
    batch_loss = loss(net(X), y).mean()
batch_loss.backward()
for layer in net:
    print(
        layer.weight.name,
        layer.weight.shape,
        "length of its gradient %.4f" % layer.weight.grad().norm().asscalar(),
    )
print("parameters in all:", sum(p.data().size for p in net.collect_params().values()))

# %% [markdown]
# ## Exercises
#
# To try variants, a loop of our own that returns the test accuracy after each epoch:


# %%
def train(net, lr, num_epochs):
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    test_accs = []
    for _ in range(num_epochs):
        for X, y in train_iter:
            with autograd.record():
                l = loss(net(X), y)
            l.backward()
            trainer.step(batch_size)
        test_accs.append(d2l.evaluate_accuracy(test_iter, net))
    return test_accs


def mlp(*hidden, activation="relu"):
    net = nn.Sequential()
    for units in hidden:
        net.add(nn.Dense(units, activation=activation))
    net.add(nn.Dense(10))
    net.initialize(init.Xavier())
    return net


# %% [markdown]
# **Try other activation functions.** The sigmoid's slope is at most 1/4, so less of the error reaches the first layer,
# and it learns more slowly; tanh, whose slope at 0 is 1, keeps up with the rectifier.

# %%
num_epochs = pick(5, small=1)
curves = {name: train(mlp(256, activation=name), 0.1, num_epochs) for name in ("relu", "tanh", "sigmoid")}
for name, test_accs in curves.items():
    print("%-8s test accuracy after %d epochs %.3f" % (name, num_epochs, test_accs[-1]))

# %%
d2l.set_figsize((5, 2.8))
epochs = range(1, num_epochs + 1)
for name, style in (("relu", "-"), ("tanh", "--"), ("sigmoid", ":")):
    d2l.plt.plot(epochs, curves[name], style, label=name)
d2l.plt.xlabel("epoch")
d2l.plt.ylabel("test accuracy")
d2l.plt.locator_params(axis="x", integer=True)
d2l.plt.legend(frameon=False)
show("10-activations")

# %% [markdown]
# **Add hidden layers.** More layers fit more, yet on these pictures they gain little: a percent, hardly more than two
# runs of the same network differ by. (`Xavier`, used here, lets deep networks start; chapter 14 shows what happens
# without.)

# %%
for hidden in ((256,), (256, 128), (256, 128, 64)):
    accuracy = train(mlp(*hidden), 0.1, pick(5, small=1))[-1]
    print("hidden layers %-15s test accuracy %.3f" % (hidden, accuracy))

# %% [markdown]
# **Change the learning rate.** Too small, and five epochs are not enough; too large, and the steps overshoot.

# %%
for lr in (0.01, 0.1, 0.5, 5):
    accuracy = train(mlp(256), lr, pick(3, small=1))[-1]
    print("learning rate %-5s test accuracy %.3f" % (lr, accuracy))
