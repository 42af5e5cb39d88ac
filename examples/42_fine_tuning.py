# %% [markdown]
# # 42. Fine-tuning
#
# A network that has seen a million pictures knows what edges, textures and shapes are. Whoever has a few hundred pictures of
# something else can start from there: take all layers but the last, put a new last layer on them, and train on.
#
# The book takes a ResNet-18 trained on ImageNet, `pretrained=True` of Gluon's model zoo, and pictures of hot dogs. To keep
# downloads away from here, this chapter trains its own source network, on five kinds of clothes; saves it to a file; and then
# fine-tunes it on the other five kinds, with ten pictures of each.

# %%
import os
import tempfile

import d2lzh as d2l
import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn

from _scale import pick, show

mx.random.seed(3)
ctx = d2l.try_gpu()
folder = tempfile.TemporaryDirectory()

# %% [markdown]
# ## Two tasks
#
# The source: t-shirts, trousers, dresses, sneakers and bags, thousands of pictures. The target: pullovers, coats, sandals,
# shirts and ankle boots, fifty pictures in all.

# %%
source_classes, target_classes = [0, 1, 3, 7, 8], [2, 4, 5, 6, 9]


def load(train, classes, count=None):
    """Pictures and labels of some classes; the labels are 0, 1, 2, ..."""
    dataset = gdata.vision.FashionMNIST(train=train)
    labels = np.array(dataset._label)
    if count is None:
        chosen = np.flatnonzero(np.isin(labels, classes))
    else:
        chosen = np.concatenate([np.flatnonzero(labels == each)[:count] for each in classes])
    np.random.RandomState(0).shuffle(chosen)
    images = dataset._data[nd.array(chosen, dtype="int64")]
    X = images.astype("float32").transpose((0, 3, 1, 2)) / 255
    y = nd.array([classes.index(label) for label in labels[chosen]])
    return gdata.ArrayDataset(X, y)


source_train = load(True, source_classes, pick(2000, small=40))
source_test = load(False, source_classes, pick(500, small=20))
target_train = load(True, target_classes, 10)
target_test = load(False, target_classes, pick(500, small=20))
print(len(source_train), "pictures of the source,", len(target_train), "of the target to train on")

# %%
names = d2l.get_fashion_mnist_labels([target_classes[int(y)] for _, y in [target_train[i] for i in range(8)]])
d2l.show_fashion_mnist([target_train[i][0] for i in range(8)], names)
show("42-target")

# %% [markdown]
# ## The source network
#
# Its layers stand in two parts, as those of Gluon's networks do: `features`, and `output`.


# %%
class Net(nn.HybridBlock):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.features = nn.HybridSequential()
        for channels in (16, 32, 64):
            self.features.add(
                nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu"),
                nn.MaxPool2D(pool_size=2),
            )
        self.features.add(nn.Flatten())
        self.output = nn.Dense(classes)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def train(net, train_data, test_data, learning_rate, batch_size, num_epochs):
    train_iter = gdata.DataLoader(train_data, batch_size, shuffle=True)
    test_iter = gdata.DataLoader(test_data, 256)
    net.collect_params().reset_ctx(ctx)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate, "wd": 0.001})
    d2l.train(train_iter, test_iter, net, gloss.SoftmaxCrossEntropyLoss(), trainer, ctx, num_epochs)
    return d2l.evaluate_accuracy(test_iter, net, ctx)


source_net = Net(5)
source_net.initialize(init.Xavier(), ctx=ctx)
train(source_net, source_train, source_test, 0.1, 64, pick(3, small=1))
file = os.path.join(folder.name, "source.params")
source_net.save_parameters(file)
print(os.path.getsize(file), "bytes")

# %% [markdown]
# ## From the file to the target
#
# Load the source network, and make a second one with an output of its own. Its features are those of the source; its output
# starts from scratch.

# %%
pretrained_net = Net(5)
pretrained_net.load_parameters(file, ctx=ctx)

finetune_net = Net(5)
finetune_net.features = pretrained_net.features
finetune_net.output.initialize(init.Xavier(), ctx=ctx)
# what is new learns ten times as fast as what is there already
finetune_net.output.collect_params().setattr("lr_mult", 10)

num_epochs = pick(10, small=2)
fine_tuned = train(finetune_net, target_train, target_test, 0.01, 10, num_epochs)

# %% [markdown]
# ## And without
#
# The same network, on the same fifty pictures, from random weights:

# %%
scratch_net = Net(5)
scratch_net.initialize(init=init.Xavier(), ctx=ctx)
from_scratch = train(scratch_net, target_train, target_test, 0.1, 10, num_epochs)

# %%
print("test accuracy: fine-tuned %.3f, from scratch %.3f" % (fine_tuned, from_scratch))

# %% [markdown]
# ## Exercises
#
# **Train the new layer only.** With `grad_req` "null" no gradient is computed for the features, which saves time, and they stay
# as they are.

# %%
pretrained_net = Net(5)
pretrained_net.load_parameters(file, ctx=ctx)
frozen_net = Net(5)
frozen_net.features = pretrained_net.features
frozen_net.output.initialize(init.Xavier(), ctx=ctx)
frozen_net.features.collect_params().setattr("grad_req", "null")
before = frozen_net.features[0].weight.data(ctx).copy()
frozen = train(frozen_net, target_train, target_test, 0.1, 10, num_epochs)
moved = (frozen_net.features[0].weight.data(ctx) - before).abs().max().asscalar()
print("frozen features: test accuracy %.3f; the first layer has moved by %g" % (frozen, moved))

# %% [markdown]
# **Which of the old classes is a new one most like?** Ankle boots, shown to the source network:

# %%
pretrained_net = Net(5)
pretrained_net.load_parameters(file, ctx=ctx)
boots = nd.stack(*[X for X, y in target_test if y == 4]).as_in_context(ctx)
answers = pretrained_net(boots).argmax(axis=1).asnumpy().astype(int)
guesses = d2l.get_fashion_mnist_labels([source_classes[k] for k in answers])
print({name: guesses.count(name) for name in sorted(set(guesses))})

# %% [markdown]
# **With a network trained on ImageNet**, the lines are the same; `pretrained=True` fetches the file, once:
#
# ```py
# from mxnet.gluon import model_zoo
#
# pretrained_net = model_zoo.vision.resnet18_v2(pretrained=True)
# finetune_net = model_zoo.vision.resnet18_v2(classes=5)
# finetune_net.features = pretrained_net.features
# finetune_net.output.initialize(init.Xavier())
# finetune_net.output.collect_params().setattr("lr_mult", 10)
# ```

# %%
folder.cleanup()
