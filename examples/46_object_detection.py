# %% [markdown]
# # 46. Object detection in one go
#
# The anchors of the last chapter, and a network that answers for all of them at once: a *single shot detector*. A small one,
# trained in a few minutes, on pictures made for it: light squares and dark discs on a mottled ground.
#
# (Liu et al., "SSD: single shot multibox detector", arXiv:1512.02325)

# %%
import time

import d2lzh as d2l
import mxnet as mx
import numpy as np
from mxnet import autograd, contrib, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

mx.random.seed(1)

# %% [markdown]
# ## The pictures
#
# Each has one object, a square (class 0) or a disc (class 1), of random size and at a random place. A label is class, left, top,
# right and bottom, from 0 to 1; a picture may have several, so labels have the shape (pictures, objects, 5). The book's own
# pictures, with Pikachu in them, come in the same form: `train_iter, _ = d2l.load_data_pikachu(32, edge_size=256)`.

# %%
edge = 64


def draw(rng):
    """One picture and its label."""
    picture = 110 + 40 * rng.randn(edge, edge, 3)
    side, kind = rng.randint(14, 34), rng.randint(2)
    left, top = rng.randint(0, edge - side, 2)
    rows, columns = np.mgrid[0:edge, 0:edge] + 0.5
    if kind == 0:
        inside = (rows > top) & (rows < top + side) & (columns > left) & (columns < left + side)
        picture[inside] = [240, 220, 60] + 20 * rng.randn(inside.sum(), 3)
    else:
        inside = (rows - top - side / 2) ** 2 + (columns - left - side / 2) ** 2 < side**2 / 4
        picture[inside] = [40, 20, 90] + 20 * rng.randn(inside.sum(), 3)
    label = [[kind, left / edge, top / edge, (left + side) / edge, (top + side) / edge]]
    return picture.clip(0, 255).transpose(2, 0, 1), label


def load(count, seed):
    rng = np.random.RandomState(seed)
    pictures, labels = zip(*[draw(rng) for _ in range(count)])
    return gluon.data.ArrayDataset(nd.array(np.stack(pictures)) / 255, nd.array(labels))


batch_size = pick(32, small=8)
train_iter = gluon.data.DataLoader(load(pick(500, small=16), 0), batch_size, shuffle=True)
for X, Y in train_iter:
    break
print(X.shape, Y.shape)

# %%
axes = d2l.show_images(X[:8].transpose((0, 2, 3, 1)), 2, 4)
for ax, label in zip(axes.flat, Y[:8]):
    d2l.show_bboxes(ax, label[:, 1:] * edge, colors=["w"])
show("46-pictures")

# %% [markdown]
# ## Predictions are convolutions
#
# At each place of a feature map there are several anchors. For each of them the network has to give a score for each class and
# the background, and four offsets: so the channels of a convolution of three by three are those scores, or those offsets.


# %%
def cls_predictor(num_anchors, num_classes):
    return nn.Conv2D(num_anchors * (num_classes + 1), kernel_size=3, padding=1)


def bbox_predictor(num_anchors):
    return nn.Conv2D(num_anchors * 4, kernel_size=3, padding=1)


def forward(x, block):
    block.initialize()
    return block(x)


Y1 = forward(nd.zeros((2, 8, 20, 20)), cls_predictor(5, 10))
Y2 = forward(nd.zeros((2, 16, 10, 10)), cls_predictor(3, 10))
print(Y1.shape, Y2.shape)


# %% [markdown]
# Feature maps of different sizes give different numbers of predictions. Channels to the end, everything in a row, and they can
# be put one behind the other:


# %%
def flatten_pred(pred):
    return pred.transpose((0, 2, 3, 1)).flatten()


def concat_preds(preds):
    return nd.concat(*[flatten_pred(p) for p in preds], dim=1)


print(concat_preds([Y1, Y2]).shape)


# %% [markdown]
# ## The network
#
# A base of three blocks, each of which halves the size, makes maps of 8 by 8. Then come maps of 4 by 4, 2 by 2 and 1 by 1, for
# larger and larger objects.


# %%
def down_sample_blk(num_channels):
    blk = nn.Sequential()
    for _ in range(2):
        blk.add(
            nn.Conv2D(num_channels, kernel_size=3, padding=1),
            nn.BatchNorm(in_channels=num_channels),
            nn.Activation("relu"),
        )
    blk.add(nn.MaxPool2D(2))
    return blk


def base_net():
    blk = nn.Sequential()
    for num_filters in [16, 32, 64]:
        blk.add(down_sample_blk(num_filters))
    return blk


def get_blk(i):
    if i == 0:
        return base_net()
    if i == 3:
        return nn.GlobalMaxPool2D()
    return down_sample_blk(64)


def blk_forward(X, blk, size, ratio, cls_predictor, bbox_predictor):
    Y = blk(X)
    anchors = contrib.ndarray.MultiBoxPrior(Y, sizes=size, ratios=ratio)
    return Y, anchors, cls_predictor(Y), bbox_predictor(Y)


sizes = [[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.8, 0.9]]
ratios = [[1, 2, 0.5]] * 4
num_anchors = len(sizes[0]) + len(ratios[0]) - 1


class TinySSD(nn.Block):
    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        for i in range(4):
            setattr(self, "blk_%d" % i, get_blk(i))
            setattr(self, "cls_%d" % i, cls_predictor(num_anchors, num_classes))
            setattr(self, "bbox_%d" % i, bbox_predictor(num_anchors))

    def forward(self, X):
        anchors, cls_preds, bbox_preds = [None] * 4, [None] * 4, [None] * 4
        for i in range(4):
            X, anchors[i], cls_preds[i], bbox_preds[i] = blk_forward(
                X,
                getattr(self, "blk_%d" % i),
                sizes[i],
                ratios[i],
                getattr(self, "cls_%d" % i),
                getattr(self, "bbox_%d" % i),
            )
        # (batch, anchors, classes + 1) for the scores
        return (
            nd.concat(*anchors, dim=1),
            concat_preds(cls_preds).reshape((0, -1, self.num_classes + 1)),
            concat_preds(bbox_preds),
        )


net = TinySSD(num_classes=2)
net.initialize()
anchors, cls_preds, bbox_preds = net(X)
print("anchors:    ", anchors.shape)
print("class preds:", cls_preds.shape)
print("bbox preds: ", bbox_preds.shape)

# %% [markdown]
# ## Training
#
# Two losses: cross-entropy for the classes of all anchors, the absolute error for the offsets of those that are no background.

# %%
ctx, net = d2l.try_gpu(), TinySSD(num_classes=2)
net.initialize(init=init.Xavier(), ctx=ctx)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.2, "wd": 5e-4})
cls_loss = gloss.SoftmaxCrossEntropyLoss()
bbox_loss = gloss.L1Loss()


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks):
    cls = cls_loss(cls_preds, cls_labels)
    bbox = bbox_loss(bbox_preds * bbox_masks, bbox_labels * bbox_masks)
    return cls + bbox


def cls_eval(cls_preds, cls_labels):
    return (cls_preds.argmax(axis=-1) == cls_labels).sum().asscalar()


def bbox_eval(bbox_preds, bbox_labels, bbox_masks):
    return ((bbox_labels - bbox_preds) * bbox_masks).abs().sum().asscalar()


errors = []
for epoch in range(pick(12, small=1)):
    acc_sum, mae_sum, n, m = 0.0, 0.0, 0, 0
    start = time.time()
    for X, Y in train_iter:
        X, Y = X.as_in_context(ctx), Y.as_in_context(ctx)
        with autograd.record():
            anchors, cls_preds, bbox_preds = net(X)
            # the class and the offsets that each anchor should have
            bbox_labels, bbox_masks, cls_labels = contrib.nd.MultiBoxTarget(
                anchors, Y, cls_preds.transpose((0, 2, 1))
            )
            l = calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks)
        l.backward()
        trainer.step(len(X))
        acc_sum += cls_eval(cls_preds, cls_labels)
        n += cls_labels.size
        mae_sum += bbox_eval(bbox_preds, bbox_labels, bbox_masks)
        m += bbox_labels.size
    errors.append((1 - acc_sum / n, mae_sum / m))
    if (epoch + 1) % 4 == 0 or epoch == 0:
        print(
            "epoch %2d, class err %.2e, bbox mae %.2e, time %.1f sec"
            % (epoch + 1, *errors[-1], time.time() - start)
        )

# %% [markdown]
# ## Prediction
#
# From scores to probabilities, and by non-maximum suppression to a few boxes:


# %%
def predict(X):
    anchors, cls_preds, bbox_preds = net(X.as_in_context(ctx))
    cls_probs = cls_preds.softmax().transpose((0, 2, 1))
    output = contrib.nd.MultiBoxDetection(cls_probs, bbox_preds, anchors)
    return [rows.asnumpy()[rows[:, 0].asnumpy() != -1] for rows in output]


test = load(pick(200, small=8), 1)
X, Y = nd.stack(*[x for x, _ in test]), nd.stack(*[y for _, y in test])
found = predict(X)

axes = d2l.show_images(X[:8].transpose((0, 2, 3, 1)), 2, 4)
for ax, rows in zip(axes.flat, found):
    for row in rows[rows[:, 1] > 0.5][:3]:
        d2l.show_bboxes(ax, [row[2:] * edge], "%s %.2f" % (("square", "disc")[int(row[0])], row[1]), "w")
show("46-detection")

# %% [markdown]
# How often is the box with the highest probability right, both in its class and in its place (an intersection over union of at
# least a half)?

# %%
right = 0
for rows, label in zip(found, Y[:, 0].asnumpy()):
    if len(rows):
        best = rows[rows[:, 1].argmax()]
        overlap = contrib.nd.box_iou(
            nd.array(best[2:]).reshape((1, 4)), nd.array(label[1:]).reshape((1, 4))
        ).asscalar()
        right += best[0] == label[0] and overlap >= 0.5
accuracy = right / len(found)
print("right: %.1f %%" % (100 * accuracy))

# %% [markdown]
# ## Exercises
#
# **A softer loss for the offsets.** The absolute error has no slope at 0. The *smooth* one is a parabola around it, as wide as
# $1 / \sigma^2$:

# %%
x = nd.arange(-2, 2.01, 0.05)
d2l.set_figsize()
for sigma, style in ((10, "-"), (1, "--"), (0.5, ":")):
    d2l.plt.plot(x.asnumpy(), nd.smooth_l1(x, scalar=sigma).asnumpy(), style, label="sigma=%.1f" % sigma)
d2l.plt.legend()
show("46-smooth-l1")


# %% [markdown]
# **A loss that looks at the hard cases.** Nearly all anchors are background, and easy. The *focal loss*
# $-\alpha (1 - p)^\gamma \log p$ makes a class that is predicted with probability $p$ count less the surer it is
# (arXiv:1708.02002):


# %%
def focal_loss(gamma, x):
    return -((1 - x) ** gamma) * x.log()


x = nd.arange(0.01, 1, 0.01)
for gamma, style in ((0, "-"), (1, "--"), (5, ":")):
    d2l.plt.plot(x.asnumpy(), focal_loss(gamma, x).asnumpy(), style, label="gamma=%d" % gamma)
d2l.plt.xlabel("probability of the right class")
d2l.plt.legend()
show("46-focal-loss")
