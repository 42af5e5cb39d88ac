# %% [markdown]
# # 44. Image augmentation
#
# A coat that is moved by two pixels, turned into its mirror image, or seen in dimmer light, is still a coat. Whoever shows a
# network such variants of each picture makes many examples out of one, and keeps it from learning by heart where exactly
# a button was.

# %%
import d2lzh as d2l
import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

mx.random.seed(1)

# %% [markdown]
# ## A picture
#
# Rows, columns, channels; red, green and blue from 0 to 255. A landscape will do:

# %%
height, width = 80, 120
rows, columns = np.mgrid[0:height, 0:width]
picture = np.zeros((height, width, 3), "uint8")
picture[...] = np.array([120, 180, 240]) - rows[..., None] // 2  # the sky
hill = rows > 55 + 12 * np.sin(columns / 18)
picture[hill] = [60, 130, 60]
picture[(rows - 20) ** 2 + (columns - 95) ** 2 < 120] = [250, 220, 90]  # the sun
house = (rows > 42) & (rows < 66) & (columns > 25) & (columns < 50)
picture[house] = [180, 70, 60]
img = nd.array(picture, dtype="uint8")
img.shape

# %% [markdown]
# A transform is a block that is called with a picture. Here each is called eight times:


# %%
def apply(img, aug, num_rows=2, num_cols=4, scale=1.5):
    Y = [aug(img) for _ in range(num_rows * num_cols)]
    d2l.show_images(Y, num_rows, num_cols, scale)


transforms = gdata.vision.transforms

# %% [markdown]
# Mirror images: with half a chance each. Upside down is rarer in the world than left and right.

# %%
apply(img, transforms.RandomFlipLeftRight())
show("44-mirror")

# %% [markdown]
# Pieces: between a tenth and all of the area, with sides in a ratio of 1:2 to 2:1, enlarged to one size. So an object appears
# at another place and in another size each time.

# %%
shape_aug = transforms.RandomResizedCrop((120, 80), scale=(0.1, 1), ratio=(0.5, 2))
apply(img, shape_aug)
show("44-pieces")

# %% [markdown]
# Colours: brightness, contrast, saturation and hue, each up to a half more or less.

# %%
color_aug = transforms.RandomColorJitter(brightness=0.5, contrast=0.5, saturation=0.5, hue=0.5)
apply(img, color_aug)
show("44-colours")

# %% [markdown]
# And all of them behind each other:

# %%
augs = transforms.Compose([transforms.RandomFlipLeftRight(), color_aug, shape_aug])
apply(img, augs)
show("44-all")

# %% [markdown]
# ## Training with it
#
# Augmentation is for training; testing takes the pictures as they are. `transform_first` applies a transform to the picture of
# each example, and not to the label, anew each time an example is fetched.
#
# Fifty pictures of each kind of clothes are few enough to be learned by heart. The variants: pieces that keep most of a
# picture, and mirror images.

# %%
to_tensor = transforms.ToTensor()
train_augs = transforms.Compose(
    [
        transforms.RandomFlipLeftRight(),
        transforms.RandomResizedCrop(28, scale=(0.75, 1), ratio=(0.9, 1.1)),
        to_tensor,
    ]
)
few = gdata.vision.FashionMNIST(train=True)
chosen = np.concatenate(
    [np.flatnonzero(np.array(few._label) == each)[: pick(50, small=5)] for each in range(10)]
)
few = gdata.ArrayDataset(few._data[nd.array(chosen, dtype="int64")], np.array(few._label)[chosen])
rest = gdata.vision.FashionMNIST(train=False).take(pick(2000, small=50))


def train_with_data_aug(train_augs, num_epochs, lr=0.001):
    mx.random.seed(0)
    ctx = d2l.try_all_gpus()
    train_iter = gdata.DataLoader(few.transform_first(train_augs), 32, shuffle=True)
    test_iter = gdata.DataLoader(rest.transform_first(to_tensor), 250)
    net = nn.Sequential()
    for channels in (32, 64):
        net.add(nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu"), nn.MaxPool2D(2))
    net.add(nn.Dense(128, activation="relu"), nn.Dense(10))
    net.initialize(ctx=ctx, init=init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": lr})
    d2l.train(train_iter, test_iter, net, gloss.SoftmaxCrossEntropyLoss(), trainer, ctx, num_epochs)
    return d2l.evaluate_accuracy(train_iter, net, ctx), d2l.evaluate_accuracy(test_iter, net, ctx)


num_epochs = pick(12, small=1)
print("without augmentation")
plain = train_with_data_aug(to_tensor, num_epochs)
print("with augmentation")
augmented = train_with_data_aug(train_augs, num_epochs)

# %%
for name, (train_acc, test_acc) in (("without", plain), ("with", augmented)):
    print("%-8s train acc %.3f, test acc %.3f, gap %.3f" % (name, train_acc, test_acc, train_acc - test_acc))

# %% [markdown]
# Training goes more slowly, and the gap between training and testing is smaller: it is hard to learn pictures by heart that
# never come twice. What it gains in the end depends on whether the variants are such as testing has: shoes in Fashion-MNIST all
# point to the left, so that their mirror images teach nothing that is asked.
#
# ## Exercises
#
# **A transform of one's own.** Any function of one picture is one. Noise:


# %%
def noisy(image):
    noise = 30 * nd.random.normal(shape=image.shape)
    return (image.astype("float32") + noise).clip(0, 255).astype("uint8")


apply(img, noisy, num_rows=1)
show("44-noise")

# %% [markdown]
# **What of the labels?** Those of whole pictures stay. Boxes and pixels move with the picture: `mx.image` has augmenters that
# move boxes too (`CreateDetAugmenter`), and `d2l.voc_rand_crop` cuts the same piece out of a picture and its pixels' classes.

# %%
labels = nd.array((hill * 1)[..., None], dtype="uint8")
piece, its_labels = d2l.voc_rand_crop(img, labels, 40, 60)
green = piece[:, :, 1].asnumpy() == 130
print(
    "the hill's pixels and their class: %.0f %% agree"
    % (100 * (green == (its_labels[:, :, 0].asnumpy() == 1)).mean())
)
