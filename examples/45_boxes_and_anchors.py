# %% [markdown]
# # 45. Boxes and anchors
#
# To say that there is a cat in a picture is one thing, to say where is another. The answer is a *box*: four numbers for left,
# top, right and bottom. This chapter is about how a network can learn boxes: it gets thousands of them, the *anchors*, and
# says for each what is in it, and how far it is off.

# %%
import d2lzh as d2l
import numpy as np
from mxnet import contrib, nd

from _scale import show

# %% [markdown]
# ## Two boxes
#
# A picture with a dog (brown) and a cat (grey), as far as ellipses go. Coordinates are pixels; the origin is the upper left
# corner.

# %%
height, width = 280, 364
rows, columns = np.mgrid[0:height, 0:width]
picture = np.full((height, width, 3), 235, "uint8")
picture[((columns - 110) / 70) ** 2 + ((rows - 150) / 110) ** 2 < 1] = [150, 100, 60]
picture[((columns - 264) / 62) ** 2 + ((rows - 150) / 93) ** 2 < 1] = [120, 120, 130]
dog_bbox, cat_bbox = [40, 40, 180, 260], [200, 56, 328, 244]

d2l.set_figsize()
fig = d2l.plt.imshow(picture)
fig.axes.add_patch(d2l.bbox_to_rect(dog_bbox, "blue"))
fig.axes.add_patch(d2l.bbox_to_rect(cat_bbox, "red"))
show("45-two-boxes")

# %% [markdown]
# ## Anchors
#
# Around each pixel of a picture (or of a feature map), boxes of several sizes $s$ and ratios $r$ of width to height: in a
# picture of height $h$ they are $h s \sqrt r$ wide and $h s / \sqrt r$ high. To keep them few, the first ratio is combined with
# all sizes and the first size with all ratios: $n + m - 1$ boxes at each place.

# %%
X = nd.zeros((1, 3, height, width))  # only the shape matters
Y = contrib.nd.MultiBoxPrior(X, sizes=[0.75, 0.5, 0.25], ratios=[1, 2, 0.5])
print(Y.shape)

# %% [markdown]
# Coordinates go from 0 to 1. Those around the pixel in row 150 and column 150:

# %%
boxes = Y.reshape((height, width, 5, 4))
print(boxes[150, 150])

# %%
bbox_scale = nd.array((width, height, width, height))
fig = d2l.plt.imshow(picture)
d2l.show_bboxes(
    fig.axes,
    boxes[150, 150] * bbox_scale,
    ["s=0.75, r=1", "s=0.5, r=1", "s=0.25, r=1", "s=0.75, r=2", "s=0.75, r=0.5"],
)
show("45-anchors")

# %% [markdown]
# ## How well does a box fit?
#
# Their *intersection over union*: the area that two boxes share, divided by the area that they cover together. 1 if they are
# the same, 0 if they do not touch.


# %%
def iou(a, b):
    def area(box):
        return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)

    common = area([max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])])
    return common / (area(a) + area(b) - common)


for b in ([40, 40, 180, 260], [40, 40, 180, 150], [110, 40, 250, 260], [200, 56, 328, 244]):
    ours, theirs = iou(dog_bbox, b), contrib.nd.box_iou(nd.array([dog_bbox]), nd.array([b])).asscalar()
    print("dog and %-20s %.3f, by the operator %.3f" % (b, ours, theirs))

# %% [markdown]
# ## Which anchor gets which label?
#
# In training, each anchor needs a class and, if it is not the background, how its box would have to be moved. Each true box
# gets the anchor that fits it best; then every other anchor gets the box that it fits best, if they fit well enough (0.5).
#
# Two true boxes, class 0 for the dog and 1 for the cat, and five anchors:

# %%
ground_truth = nd.array([[0, 0.1, 0.08, 0.52, 0.92], [1, 0.55, 0.2, 0.9, 0.88]])
anchors = nd.array(
    [
        [0, 0.1, 0.2, 0.3],
        [0.15, 0.2, 0.4, 0.4],
        [0.63, 0.05, 0.88, 0.98],
        [0.66, 0.45, 0.8, 0.8],
        [0.57, 0.3, 0.92, 0.9],
    ]
)
fig = d2l.plt.imshow(picture)
d2l.show_bboxes(fig.axes, ground_truth[:, 1:] * bbox_scale, ["dog", "cat"], "k")
d2l.show_bboxes(fig.axes, anchors * bbox_scale, ["0", "1", "2", "3", "4"])
show("45-assignment")

# %%
labels = contrib.nd.MultiBoxTarget(
    anchors.expand_dims(axis=0), ground_truth.expand_dims(axis=0), nd.zeros((1, 3, 5))
)
print("classes (0 is the background):", labels[2])
print("mask:", labels[1])

# %% [markdown]
# The offsets of an anchor with center $(x_a, y_a)$, width $w_a$ and height $h_a$ from its box $(x_b, y_b, w_b, h_b)$ are
#
# $$\left( \frac{x_b - x_a}{w_a} / 0.1, \; \frac{y_b - y_a}{h_a} / 0.1, \; \log\frac{w_b}{w_a} / 0.2, \;
# \log\frac{h_b}{h_a} / 0.2 \right),$$
#
# divided by typical sizes, so that a loss finds all four equally important. The mask leaves the background out of the loss.


# %%
def offsets(anchor, box):
    def center(b):
        return np.array([(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]), np.array([b[2] - b[0], b[3] - b[1]])

    (at, size), (to, new_size) = center(anchor), center(box)
    return np.concatenate([(to - at) / size / 0.1, np.log(new_size / size) / 0.2])


theirs = labels[0].reshape((5, 4)).asnumpy()
ours = offsets(anchors[4].asnumpy(), ground_truth[1, 1:].asnumpy())
print("anchor 4:", ours.round(3), "largest difference %.0e" % abs(ours - theirs[4]).max())

# %% [markdown]
# ## From predictions to boxes
#
# The network's answer is a probability for each class and anchor, and offsets. Many neighbouring anchors find the same object.
# *Non-maximum suppression* takes the box with the highest probability, removes all that overlap with it by too much, and goes
# on with the next one that is left.

# %%
anchors = nd.array(
    [[0.1, 0.08, 0.52, 0.92], [0.08, 0.2, 0.56, 0.95], [0.15, 0.3, 0.62, 0.91], [0.55, 0.2, 0.9, 0.88]]
)
offset_preds = nd.array([0] * anchors.size)
cls_probs = nd.array(
    [
        [0] * 4,  # background
        [0.9, 0.8, 0.7, 0.1],  # dog
        [0.1, 0.2, 0.3, 0.9],  # cat
    ]
)
output = contrib.ndarray.MultiBoxDetection(
    cls_probs.expand_dims(axis=0),
    offset_preds.expand_dims(axis=0),
    anchors.expand_dims(axis=0),
    nms_threshold=0.5,
)
print(output)

# %% [markdown]
# Each row: class (-1: removed, or background), probability, box. What is left:

# %%
fig = d2l.plt.imshow(picture)
for row in output[0].asnumpy():
    if row[0] == -1:
        continue
    label = ("dog=", "cat=")[int(row[0])] + "%.1f" % row[1]
    d2l.show_bboxes(fig.axes, [nd.array(row[2:]) * bbox_scale], label)
show("45-detection")

# %% [markdown]
# ## Several scales
#
# Boxes around each of a hundred thousand pixels are too many. A feature map of four by four has sixteen places, enough for
# large objects; one of sixteen by sixteen finds small ones.


# %%
def display_anchors(axes, fmap_w, fmap_h, s):
    fmap = nd.zeros((1, 10, fmap_h, fmap_w))  # batch and channels do not matter
    anchors = contrib.nd.MultiBoxPrior(fmap, sizes=s, ratios=[1, 2, 0.5])
    d2l.show_bboxes(axes.imshow(picture).axes, anchors[0] * bbox_scale)
    axes.set_title("%d by %d, size %s" % (fmap_w, fmap_h, s[0]))


_, row = d2l.plt.subplots(1, 3, figsize=(10, 3))
display_anchors(row[0], 4, 4, [0.15])
display_anchors(row[1], 2, 2, [0.4])
display_anchors(row[2], 1, 1, [0.8])
show("45-scales")

# %% [markdown]
# ## Exercises
#
# **Suppression by hand**, on the boxes of one class:


# %%
def nms(boxes, scores, threshold):
    keep, order = [], sorted(range(len(boxes)), key=lambda k: -scores[k])
    while order:
        best, *others = order
        keep.append(best)
        order = [k for k in others if iou(boxes[best], boxes[k]) <= threshold]
    return keep


dogs = anchors[:3].asnumpy().tolist()
for threshold in (0.5, 0.7, 0.9):
    rows = nd.concat(nd.array([[0], [0], [0]]), nd.array([[0.9], [0.8], [0.7]]), anchors[:3], dim=1)
    kept = contrib.nd.box_nms(rows, overlap_thresh=threshold, coord_start=2, score_index=1, id_index=0)
    print(
        "threshold %.1f: ours keeps %s, the operator %d boxes"
        % (threshold, nms(dogs, [0.9, 0.8, 0.7], threshold), (kept[:, 1] > 0).sum().asscalar())
    )
