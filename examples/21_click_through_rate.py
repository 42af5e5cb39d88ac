# %% [markdown]
# # 21. Predicting clicks
#
# Will a reader click on a post? What is known of each post are answers of yes and no: does it name a celebrity, has it a
# picture, an emoticon? Such features are *sparse*: most are 0. Logistic regression gives each a weight and makes a
# probability of the sum,
#
# $$P(\text{click} \mid x) = \sigma(w^\top x + b), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}.$$
#
# It is written three times here, with NumPy, with arrays and automatic gradients, and with Gluon. All three minimise the
# same convex loss from the same start and end at the same weights.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

# %% [markdown]
# ## The posts
#
# The truth behind the data: a celebrity draws clicks, a picture too, an emoticon a little, a wall of text repels, and most
# posts are not clicked on.

# %%
names = ["celebrity", "picture", "emoticon", "video", "question", "long text", "link", "hashtag"]
chance = np.array([0.05, 0.40, 0.20, 0.08, 0.15, 0.30, 0.25, 0.35])
true_w = np.array([2.0, 0.8, 0.3, 1.2, 0.4, -1.0, 0.0, -0.2])
true_b = -2.0

rng = np.random.RandomState(0)
num_posts = pick(20000, small=4000)
X = (rng.rand(num_posts, len(names)) < chance).astype("float32")
p = 1 / (1 + np.exp(-(X @ true_w + true_b)))
y = (rng.rand(num_posts) < p).astype("float32")
train, test = slice(0, num_posts * 3 // 4), slice(num_posts * 3 // 4, None)
print(
    "of %d posts %.1f %% were clicked on; %.0f %% of the features are 0"
    % (num_posts, 100 * y.mean(), 100 * (X == 0).mean())
)
print(X[:3], y[:3])

# %% [markdown]
# ## With NumPy
#
# The loss is the cross-entropy $-\frac{1}{n}\sum y \log \hat p + (1 - y) \log (1 - \hat p)$, and its gradient is simple:
# $\frac{1}{n} X^\top (\hat p - y)$.

# %%
steps, lr = pick(600, small=300), 1.0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


w_np, b_np = np.zeros(len(names), "float32"), np.float32(0)
for _ in range(steps):
    error = sigmoid(X[train] @ w_np + b_np) - y[train]
    w_np -= lr * X[train].T @ error / len(error)
    b_np -= lr * error.mean()
print(w_np.round(3), b_np.round(3))

# %% [markdown]
# ## With arrays and automatic gradients

# %%
Xn, yn = nd.array(X[train]), nd.array(y[train])
w, b = nd.zeros((len(names), 1)), nd.zeros((1,))
w.attach_grad()
b.attach_grad()
for _ in range(steps):
    with autograd.record():
        z = (nd.dot(Xn, w) + b).reshape((-1,))
        # log(1 + exp(z)) - y z, the cross-entropy without an overflow
        l = nd.Activation(z, act_type="softrelu") - yn * z
    l.backward()
    d2l.sgd([w, b], lr, len(yn))
print(w.reshape((-1,)).asnumpy().round(3), b.asnumpy().round(3))

# %% [markdown]
# ## With Gluon

# %%
net = nn.Dense(1, in_units=len(names))
net.initialize(init.Zero())
loss = gloss.SigmoidBinaryCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
for _ in range(steps):
    with autograd.record():
        l = loss(net(Xn), yn)
    l.backward()
    trainer.step(len(yn))
w_gluon = net.weight.data().reshape((-1,)).asnumpy()
print(w_gluon.round(3), net.bias.data().asnumpy().round(3))

# %%
largest = max(abs(w_np - w.reshape((-1,)).asnumpy()).max(), abs(w_np - w_gluon).max())
print("largest difference between the three: %.1e" % largest)

# %% [markdown]
# ## What has been learned

# %%
d2l.set_figsize((6, 3.2))
places = np.arange(len(names))
d2l.plt.bar(places - 0.2, true_w, 0.4, label="truth", color="0.75")
d2l.plt.bar(places + 0.2, w_gluon, 0.4, label="learned")
d2l.plt.axhline(0, color="0.3", linewidth=0.8)
d2l.plt.xticks(places, names, rotation=30, ha="right")
d2l.plt.ylabel("weight")
d2l.plt.legend()
show("21-weights")

# %% [markdown]
# Accuracy says little where most answers are no: a model that always says no is right most of the time. What counts is
# the order: posts that were clicked on should get higher probabilities. The *area under the ROC curve* is the chance that
# a clicked post is placed before one that was not: 0.5 is guessing.

# %%
score = net(nd.array(X[test])).reshape((-1,)).asnumpy()
clicked = y[test] == 1
order = score.argsort(kind="stable")
ranks = np.empty(len(score))
for value in np.unique(score):
    equal = np.flatnonzero(score[order] == value)
    ranks[order[equal]] = equal.mean() + 1
auc = (ranks[clicked].sum() - clicked.sum() * (clicked.sum() + 1) / 2) / (clicked.sum() * (~clicked).sum())
print("accuracy %.3f, of always saying no %.3f" % (((score > 0) == clicked).mean(), (~clicked).mean()))
print("area under the ROC curve %.3f" % auc)

# %% [markdown]
# A probability should also mean what it says: of the posts that get 20 %, a fifth should be clicked on.

# %%
probability = sigmoid(score)
for low, high in ((0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1)):
    chosen = (probability >= low) & (probability < high)
    if chosen.any():
        print(
            "predicted %2d to %3d %%: %4d posts, %.1f %% predicted, %.1f %% clicked on"
            % (
                100 * low,
                100 * high,
                chosen.sum(),
                100 * probability[chosen].mean(),
                100 * clicked[chosen].mean(),
            )
        )
