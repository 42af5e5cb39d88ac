# %% [markdown]
# # 20. Logistic regression, on irises
#
# Linear regression predicts a number. Logistic regression predicts a probability: is this flower a *virginica* or a
# *versicolor*? The data are real, measured in the 1930s, and come with scikit-learn.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn
from sklearn.datasets import load_iris

from _scale import pick, show

# %% [markdown]
# ## The data
#
# Of the three species the third is easy to tell; two remain, with fifty flowers each. Two of their four measures are
# enough for a picture: length and width of a petal, brought to mean 0 and deviation 1.

# %%
iris = load_iris()
two = iris.target > 0
petals = iris.data[two][:, 2:]
mean, deviation = petals.mean(axis=0), petals.std(axis=0)
features = nd.array((petals - mean) / deviation)
labels = nd.array(iris.target[two] == 2)  # 1 for virginica
print(features.shape, labels.shape, "virginica: %d" % labels.sum().asscalar())

# %% [markdown]
# ## The model
#
# A line $o = x^\top w + b$ as before, and the logistic function makes a probability of it:
#
# $$p = \sigma(o) = \frac{1}{1 + e^{-o}}.$$
#
# The parameters shall make what was observed as probable as possible. The logarithm of its probability, averaged over
# the $n$ flowers, is
#
# $$L(w, b) = \frac{1}{n} \sum_i y_i \log p_i + (1 - y_i) \log (1 - p_i),$$
#
# and since $\sigma' = \sigma (1 - \sigma)$, nearly everything cancels in its gradient:
#
# $$\nabla_w L = \frac{1}{n} X^\top (y - p).$$
#
# ## From scratch
#
# Gradient *ascent*: uphill by a step in the direction of the gradient, until the step falls under a threshold or 50,000
# have been made. A column of ones in $X$ makes $b$ one of the weights.


# %%
def with_ones(features):
    return nd.concat(features, nd.ones((len(features), 1)), dim=1)


def gradient_ascent(X, y, lr=1.0, threshold=1e-6, max_steps=pick(50000, small=3000), lambd=0.0):
    w, trace = nd.zeros(X.shape[1]), []
    for k in range(1, max_steps + 1):
        p = nd.dot(X, w).sigmoid()
        step = lr * (nd.dot(y - p, X) / len(y) - lambd * w)
        w += step
        if k & (k - 1) == 0:  # note the way at 1, 2, 4, 8, ...
            trace.append((k, w.norm().asscalar()))
        if step.abs().max().asscalar() < threshold:
            break
    trace.append((k, w.norm().asscalar()))
    return w, trace


def log_likelihood(X, y, w):
    o = nd.dot(X, w)
    # log p = -log(1 + e^-o) and log(1 - p) = -log(1 + e^o), in a form that never overflows
    return -(y * nd.Activation(-o, "softrelu") + (1 - y) * nd.Activation(o, "softrelu")).mean().asscalar()


X = with_ones(features)
w, trace = gradient_ascent(X, labels)
accuracy = ((nd.dot(X, w) > 0) == labels).mean().asscalar()
print("after %d steps: w %s, b %.3f" % (trace[-1][0], w[:2].asnumpy().round(3), w[2].asscalar()))
print("log-likelihood %.4f, accuracy %.2f" % (log_likelihood(X, labels, w), accuracy))

# %% [markdown]
# The line where $p = 1/2$, and how sure the model is on either side of it:

# %%
xs, ys = np.linspace(2.8, 7.2, 100), np.linspace(0.9, 2.7, 100)
grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
probability = (
    nd.dot(with_ones(nd.array((grid - mean) / deviation)), w).sigmoid().reshape((100, 100)).asnumpy()
)

d2l.set_figsize((5, 3.4))
d2l.plt.contourf(xs, ys, probability, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.35)
d2l.plt.colorbar(label="probability of virginica")
d2l.plt.contour(xs, ys, probability, levels=[0.5], colors="k", linewidths=1)
virginica = labels.asnumpy() == 1
# some flowers have the same measures: a little noise lets all of them be seen
seen = petals + np.random.default_rng(0).uniform(-0.03, 0.03, petals.shape)
d2l.plt.plot(*seen[~virginica].T, "o", color="C0", markersize=4, label="versicolor")
d2l.plt.plot(*seen[virginica].T, "^", color="C3", markersize=4, label="virginica")
d2l.plt.xlabel("length of a petal, cm")
d2l.plt.ylabel("width of a petal, cm")
d2l.plt.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncol=2)
show("20-iris")

# %% [markdown]
# ## Concisely
#
# One output, and a loss that has the logistic function inside. All flowers make one batch, so there is nothing to
# shuffle. `mean()` is in the loss, so the trainer divides by 1.

# %%
net = nn.Sequential()
net.add(nn.Dense(1))
net.initialize(init.Zero())
loss = gloss.SigmoidBinaryCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
for _ in range(min(trace[-1][0], pick(50000, small=500))):
    with autograd.record():
        l = loss(net(features), labels).mean()
    l.backward()
    trainer.step(1)
print("w %s, b %.3f" % (net[0].weight.data()[0].asnumpy().round(3), net[0].bias.data().asscalar()))
print("log-likelihood %.4f" % -l.asscalar())

# %% [markdown]
# `LogisticLoss` is the same loss for labels -1 and 1, or, with `label_format="binary"`, for 0 and 1:

# %%
signed = gloss.LogisticLoss()(net(features), 2 * labels - 1).mean().asscalar()
print(
    "difference of the two losses %.1e"
    % abs(signed + log_likelihood(X, labels, nd.concat(net[0].weight.data()[0], net[0].bias.data(), dim=0)))
)

# %% [markdown]
# ## Why not the squared loss?
#
# One could also ask for $(p - y)^2 / 2$ to be small. Its gradient with respect to $o$ is $(p - y)\, p\, (1 - p)$, where
# cross-entropy has $p - y$. The additional factor is the slope of the logistic function, and far from 0 there is none:
# where the model is certain and wrong, it learns nothing. The gradient *saturates*.

# %%
o = nd.arange(-10, 10, 0.05)
curves = {}
for name in ("cross-entropy", "squared loss"):
    o.attach_grad()
    with autograd.record():
        p = o.sigmoid()
        l = -nd.log(p) if name == "cross-entropy" else (p - 1) ** 2 / 2
    l.backward()
    curves[name] = l.asnumpy(), o.grad.asnumpy()

d2l.set_figsize((7, 2.8))
_, (left, right) = d2l.plt.subplots(1, 2)
for (name, (value, gradient)), style in zip(curves.items(), ("-", "--")):
    left.plot(o.asnumpy(), value, style, label=name)
    right.plot(o.asnumpy(), gradient, style)
left.set_title("loss, where the label is 1")
left.set_ylim(-0.2, 5)
left.legend(frameon=False)
right.set_title("its gradient")
right.annotate(
    "no gradient here,\nwhere the model is most wrong",
    (-8, 0),
    (-9.6, -0.4),
    color="C1",
    fontsize=9,
    arrowprops={"arrowstyle": "->", "color": "C1"},
)
for axes in (left, right):
    axes.set_xlabel("output o")
d2l.plt.tight_layout()
show("20-cross-entropy-and-squared-loss")

# %% [markdown]
# Start both from a model that is certain of the opposite of the truth, $w = (-10, -10)$, and give them the same number
# of steps of the same size:


# %%
def descend(loss, w, num_steps=pick(1000, small=300)):
    w = w.copy()
    w.attach_grad()
    wrong = []
    for _ in range(num_steps):
        with autograd.record():
            l = loss(nd.dot(X, w)).mean()
        l.backward()
        w -= 1.0 * w.grad
        wrong.append(((nd.dot(X, w) > 0) != labels).sum().asscalar())
    return wrong


opposite = nd.array([-10, -10, 0])
mistakes = {
    "cross-entropy": descend(lambda o: loss(o.expand_dims(1), labels), opposite),
    "squared loss": descend(lambda o: (o.sigmoid() - labels) ** 2 / 2, opposite),
}
d2l.set_figsize((5, 2.8))
for (name, wrong), style in zip(mistakes.items(), ("-", "--")):
    d2l.plt.plot(range(1, len(wrong) + 1), wrong, style, label=name)
    print("%-13s %3d of 100 wrong at the end" % (name, wrong[-1]))
d2l.plt.xscale("log")
d2l.plt.ylim(0, 100)
d2l.plt.xlabel("step")
d2l.plt.ylabel("flowers that are called wrong")
d2l.plt.legend(frameon=False, loc="center right")
show("20-from-the-opposite")

# %% [markdown]
# There is a second reason: as a function of $w$, cross-entropy is convex, with one minimum to which every way leads
# down. The squared loss of a logistic function is not.
#
# ## When nothing stops the weights
#
# The easy species can be separated from another one by a line without a mistake. Then twice the weights make the same
# decisions with more certainty, and what was observed still more probable: the best weights do not exist. Ascent goes
# on until it is stopped, always uphill, ever more slowly.
#
# Regularisation, the term $-\frac{\lambda}{2} \lVert w \rVert^2$ of chapter 12, makes large weights cost something, and
# there is a best place again.

# %%
easy = iris.target < 2
easy_features = iris.data[easy][:, 2:]
E = with_ones(nd.array((easy_features - easy_features.mean(axis=0)) / easy_features.std(axis=0)))
easy_labels = nd.array(iris.target[easy] == 1)

d2l.set_figsize((5, 2.8))
for lambd, style in ((0, "-"), (0.001, "--"), (0.01, ":")):
    w, trace = gradient_ascent(E, easy_labels, lambd=lambd)
    d2l.plt.plot(*zip(*trace), style, label="$\\lambda = %g$" % lambd)
    print("lambda %-5g %5d steps, length of w %5.2f" % (lambd, trace[-1][0], trace[-1][1]))
d2l.plt.xscale("log")
d2l.plt.xlabel("step")
d2l.plt.ylabel("length of w")
d2l.plt.legend(frameon=False)
show("20-separable")

# %% [markdown]
# ## When $X^\top X$ is singular
#
# Linear regression has a solution in one line, $w = (X^\top X)^{-1} X^\top y$, provided that the inverse exists. It does
# not where one column of $X$ follows from others. Let us predict the width of a petal from the three other measures,
# and one of these a second time, in millimetres:

# %%
table = np.column_stack([iris.data[:, :3], iris.data[:, 2] * 10, np.ones(150)])
A, target = nd.array(table, dtype="float64"), nd.array(iris.data[:, 3], dtype="float64")
gram = nd.dot(A.T, A)
print("columns %d, rank of X'X %d" % (gram.shape[0], np.linalg.matrix_rank(gram.asnumpy())))

# %% [markdown]
# If $w$ fits, then so does $w$ with $10 t$ added to the weight of the centimetres and $t$ taken from that of the
# millimetres, for every $t$: the loss has no lowest point but a valley without slope. With the penalty $\lambda
# \lVert w \rVert^2$ the solution is
#
# $$w = (X^\top X + \lambda I)^{-1} X^\top y.$$
#
# Adding $\lambda$ to the diagonal adds it to every eigenvalue. None is 0 any more, the inverse exists, and among all
# weights that fit equally well the shortest is taken. Even a very small $\lambda$ does that:

# %%
values = np.linalg.eigvalsh(gram.asnumpy())
print("smallest eigenvalue %.0e, largest %.0e" % (abs(values[0]), values[-1]))
for lambd in (1e-6, 1e-3, 1, 100):
    regular = gram + lambd * nd.eye(5, dtype="float64")
    solution = nd.array(np.linalg.solve(regular.asnumpy(), nd.dot(A.T, target).asnumpy()), dtype="float64")
    error = ((nd.dot(A, solution) - target) ** 2).mean().sqrt().asscalar()
    print(
        "lambda %-5g cm %.4f mm %.4f  error %.4f cm"
        % (lambd, solution[2].asscalar(), solution[3].asscalar(), error)
    )

# %% [markdown]
# The weight is divided between the two in the proportion of their sizes, 1 to 10, which is the shortest way to divide it;
# as $\lambda$ goes to 0, this becomes the solution of the pseudoinverse. Gradient descent from zero ends there as well,
# since it never moves along the valley.

# %%
shortest = np.linalg.pinv(table) @ iris.data[:, 3]
print("pseudoinverse cm %.4f mm %.4f" % (shortest[2], shortest[3]))

# %% [markdown]
# ## Exercises
#
# **How well does it do on flowers that it has not seen?** Ten times, leave ten of the hundred out, five of each species,
# and ask for those:

# %%
right = 0
for fold in range(10):
    left_out = np.arange(100) % 10 == fold
    rest, asked = nd.array(np.flatnonzero(~left_out)), nd.array(np.flatnonzero(left_out))
    w, _ = gradient_ascent(X.take(rest), labels.take(rest), max_steps=pick(50000, small=300))
    right += ((nd.dot(X.take(asked), w) > 0) == labels.take(asked)).sum().asscalar()
print("%d of 100 right" % right)

# %% [markdown]
# **All three species?** Softmax regression of chapter 7, with three outputs and all four measures:

# %%
everything = gdata.ArrayDataset(
    nd.array((iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0)), nd.array(iris.target)
)
net = nn.Sequential()
net.add(nn.Dense(3))
net.initialize(init.Normal(0.01))
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
loss = gloss.SoftmaxCrossEntropyLoss()
train_iter = gdata.DataLoader(everything, 30, shuffle=True)
for epoch in range(pick(100, small=40)):
    for X_batch, y_batch in train_iter:
        with autograd.record():
            l = loss(net(X_batch), y_batch)
        l.backward()
        trainer.step(30)
print("accuracy %.3f" % d2l.evaluate_accuracy(train_iter, net))
