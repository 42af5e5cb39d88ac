# %% [markdown]
# # 47. Semantic segmentation
#
# Neither one class for a picture nor boxes: a class for every pixel. A *fully convolutional network* has convolutions only, so
# that its output is a map. As layers with strides and pooling have made that map small, a *transposed convolution* enlarges it
# again.
#
# (Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", arXiv:1411.4038)

# %%
import d2lzh as d2l
import mxnet as mx
import numpy as np
from mxnet import gluon, image, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

mx.random.seed(1)
np.random.seed(1)

# %% [markdown]
# ## Pixels with classes
#
# Pascal VOC 2012 keeps the classes of pixels as pictures, in which each class has a colour. `d2l` has the names and colours of
# its 21 classes, reads the two gigabytes (`d2l.download_voc_pascal`, `d2l.read_voc_images`), and makes a data set of them
# (`d2l.VOCSegDataset`). This chapter draws its pictures itself, in the same form: a round sheep and an angular car on a meadow.

# %%
for name in ("background", "car", "sheep"):
    print("%-10s %s" % (name, d2l.VOC_COLORMAP[d2l.VOC_CLASSES.index(name)]))

# %%
height, width = 48, 64


def draw(rng):
    """A picture and the picture of its labels."""
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.array([70, 130, 60]) + 25 * rng.randn(height, width, 3)
    colours = np.zeros((height, width, 3), "uint8")
    for kind in rng.permutation(2)[: rng.randint(1, 3)]:
        y, x, size = rng.randint(10, height - 10), rng.randint(10, width - 10), rng.randint(7, 15)
        if kind == 0:
            inside, colour, name = (rows - y) ** 2 + (columns - x) ** 2 < size**2, [225, 220, 210], "sheep"
        else:
            inside = (abs(rows - y) < size * 0.6) & (abs(columns - x) < size)
            colour, name = [170, 40, 40], "car"
        picture[inside] = colour + 20 * rng.randn(inside.sum(), 3)
        colours[inside] = d2l.VOC_COLORMAP[d2l.VOC_CLASSES.index(name)]
    return nd.array(picture.clip(0, 255), dtype="uint8"), nd.array(colours, dtype="uint8")


rng = np.random.RandomState(0)
pairs = [draw(rng) for _ in range(pick(300, small=12))]
features, labels = zip(*pairs)
d2l.show_images(list(features[:5]) + list(labels[:5]), 2, 5, scale=1.6)
show("47-pictures")

# %% [markdown]
# From colours to numbers: a table with a place for each of the $256^3$ colours.

# %%
colormap2label = nd.zeros(256**3)
for i, colormap in enumerate(d2l.VOC_COLORMAP):
    colormap2label[(colormap[0] * 256 + colormap[1]) * 256 + colormap[2]] = i

y = d2l.voc_label_indices(labels[0], colormap2label)
print("classes in the first picture:", [d2l.VOC_CLASSES[int(k)] for k in np.unique(y.asnumpy())])

# %% [markdown]
# A picture that is enlarged or reduced has colours between the colours, which no class has. So pictures are cut to one size
# instead, at random places, and their labels with them:

# %%
pieces = []
for _ in range(5):
    pieces += d2l.voc_rand_crop(features[0], labels[0], 32, 48)
d2l.show_images(pieces[::2] + pieces[1::2], 2, 5, scale=1.6)
show("47-pieces")


# %%
class SegDataset(gdata.Dataset):
    """What `d2l.VOCSegDataset` does, for pictures that are there already."""

    def __init__(self, pairs, crop_size):
        self.rgb_mean = nd.array([0.485, 0.456, 0.406])
        self.rgb_std = nd.array([0.229, 0.224, 0.225])
        self.crop_size = crop_size
        self.features = [self.normalize_image(feature) for feature, _ in pairs]
        self.labels = [label for _, label in pairs]

    def normalize_image(self, data):
        return (data.astype("float32") / 255 - self.rgb_mean) / self.rgb_std

    def __getitem__(self, idx):
        feature, label = d2l.voc_rand_crop(self.features[idx], self.labels[idx], *self.crop_size)
        return feature.transpose((2, 0, 1)), d2l.voc_label_indices(label, colormap2label)

    def __len__(self):
        return len(self.features)


crop_size, batch_size = (32, 48), pick(16, small=4)
train_iter = gdata.DataLoader(SegDataset(pairs, crop_size), batch_size, shuffle=True, last_batch="discard")
test_pairs = [draw(rng) for _ in range(pick(64, small=8))]
test_iter = gdata.DataLoader(SegDataset(test_pairs, crop_size), batch_size, last_batch="discard")
for X, Y in train_iter:
    print(X.shape, Y.shape)
    break

# %% [markdown]
# ## Transposed convolution
#
# A convolution is linear: a matrix $W$ takes the pixels of its input, in a row, to those of its output. Its backward pass
# multiplies by $W^\top$. The *transposed* convolution does that in the forward pass, and so goes from the small size to the
# large one.

# %%
X = nd.arange(1, 17).reshape((1, 1, 4, 4))
K = nd.arange(1, 10).reshape((1, 1, 3, 3))
conv = nn.Conv2D(channels=1, kernel_size=3)
conv.initialize(init.Constant(K))
conv(X)

# %%
W, k = nd.zeros((4, 16)), nd.zeros(11)
k[:3], k[4:7], k[8:] = K[0, 0, 0, :], K[0, 0, 1, :], K[0, 0, 2, :]
W[0, 0:11], W[1, 1:12], W[2, 4:15], W[3, 5:16] = k, k, k, k
print(nd.dot(W, X.reshape(16)).reshape((1, 1, 2, 2)), W[0])

# %%
conv_trans = nn.Conv2DTranspose(1, kernel_size=3)
conv_trans.initialize(init.Constant(K))
Y = conv(X)
by_matrix = nd.dot(W.T, Y.reshape(4)).reshape((1, 1, 4, 4))
print("largest difference: %.0e" % (conv_trans(Y) - by_matrix).abs().max().asscalar())

# %% [markdown]
# A transposed convolution with kernel 16, padding 4 and stride 8 enlarges a map eight times. Which kernel to start from? One
# that interpolates between pixels: *bilinear* enlargement is a transposed convolution as well.


# %%
def bilinear_kernel(in_channels, out_channels, kernel_size):
    factor = (kernel_size + 1) // 2
    center = factor - 1 if kernel_size % 2 == 1 else factor - 0.5
    og = np.ogrid[:kernel_size, :kernel_size]
    filt = (1 - abs(og[0] - center) / factor) * (1 - abs(og[1] - center) / factor)
    weight = np.zeros((in_channels, out_channels, kernel_size, kernel_size), dtype="float32")
    weight[range(in_channels), range(out_channels), :, :] = filt
    return nd.array(weight)


double = nn.Conv2DTranspose(3, kernel_size=4, padding=1, strides=2)
double.initialize(init.Constant(bilinear_kernel(3, 3, 4)))
img = features[0].astype("float32").transpose((2, 0, 1)).expand_dims(axis=0) / 255
out_img = double(img)[0].transpose((1, 2, 0))
print("input", features[0].shape, "output", out_img.shape)
d2l.show_images([features[0], out_img.clip(0, 1)], 1, 2, scale=3)
show("47-enlarged")

# %% [markdown]
# `init.Bilinear()` is the same.
#
# ## The network
#
# The book takes the features of a ResNet-18 trained on ImageNet (`model_zoo.vision.resnet18_v2(pretrained=True).features`).
# Here a few layers learn everything from these pictures. A convolution of one by one makes a channel for each class, and a
# transposed one gives the map the size of the picture.

# %%
num_classes = 21
ctx = d2l.try_all_gpus()


def fcn():
    net = nn.HybridSequential()
    for channels in (16, 32, 64):
        net.add(
            nn.Conv2D(channels, kernel_size=3, padding=1, strides=2),
            nn.BatchNorm(),
            nn.Activation("relu"),
            nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu"),
        )
    net.add(
        nn.Conv2D(num_classes, kernel_size=1),
        nn.Conv2DTranspose(num_classes, kernel_size=16, padding=4, strides=8),
    )
    net.initialize(init.Xavier(), ctx=ctx)
    net[-1].initialize(
        init.Constant(bilinear_kernel(num_classes, num_classes, 16)), ctx=ctx, force_reinit=True
    )
    return net


net = fcn()
print(net(nd.zeros((1, 3, 32, 48), ctx=ctx[0])).shape)

# %% [markdown]
# ## Training
#
# The loss is that of classification, at every pixel: `axis=1`, where the classes are.

# %%
loss = gloss.SoftmaxCrossEntropyLoss(axis=1)
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-3})
d2l.train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs=pick(6, small=1))

# %% [markdown]
# ## Prediction
#
# The class with the highest score at each pixel, and back to colours:


# %%
def predict(img):
    X = SegDataset([], None).normalize_image(img).transpose((2, 0, 1)).expand_dims(axis=0)
    pred = nd.argmax(net(X.as_in_context(ctx[0])), axis=1)
    return pred.reshape((pred.shape[1], pred.shape[2]))


def label2image(pred):
    colormap = nd.array(d2l.VOC_COLORMAP, ctx=ctx[0], dtype="uint8")
    return colormap[pred.astype("int32"), :]


imgs = []
for feature, label in test_pairs[:4]:
    imgs += [feature, label2image(predict(feature)), label]
d2l.show_images(imgs[::3] + imgs[1::3] + imgs[2::3], 3, 4, scale=1.6)
show("47-prediction")

# %% [markdown]
# Accuracy is a kind measure here: most pixels are background. *Intersection over union* of each class counts its pixels only.

# %%
predicted = np.stack([predict(feature).asnumpy() for feature, _ in test_pairs])
truth = np.stack([d2l.voc_label_indices(label, colormap2label).asnumpy() for _, label in test_pairs])
print("accuracy            %.3f" % (predicted == truth).mean())
overlaps = {}
for name in ("background", "car", "sheep"):
    k = d2l.VOC_CLASSES.index(name)
    both, either = (predicted == k) & (truth == k), (predicted == k) | (truth == k)
    overlaps[name] = both.sum() / either.sum()
    print("%-10s overlap %.3f" % (name, overlaps[name]))

# %% [markdown]
# ## Exercises
#
# **A picture of another size?** Nothing but convolutions: any size that the strides divide will do, without a piece being cut
# out of it.

# %%
large = image.imresize(features[0], 128, 96)
print(large.shape, predict(large).shape)

# %% [markdown]
# **Random weights for the transposed convolution instead of bilinear ones?** It then has to learn first how to enlarge. After
# one epoch:

# %%
for name, start in (("bilinear", None), ("Xavier", init.Xavier())):
    mx.random.seed(0)
    net = fcn()
    if start is not None:
        net[-1].initialize(start, ctx=ctx, force_reinit=True)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-3})
    print(name)
    d2l.train(train_iter, test_iter, net, loss, trainer, ctx, num_epochs=1)
