# %% [markdown]
# # 27. AlexNet
#
# In 2012 a deep convolutional network beat everything that people had written by hand for recognising pictures, and by
# far. It is LeNet grown up: eight layers with weights instead of five, rectifiers instead of sigmoids, dropout in the dense
# layers, pictures of 224 by 224 pixels.
#
# (Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012)

# %%
import d2lzh as d2l
from mxnet import gluon, init, nd
from mxnet.gluon import nn

from _scale import part, pick

# %% [markdown]
# The first kernel is large, 11 by 11, and moves by 4 pixels, since objects on large pictures are large. Behind it come
# smaller kernels and more channels. As Fashion-MNIST has ten classes, so has the last layer.


# %%
def alexnet():
    net = nn.Sequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        # a smaller kernel, with a padding that keeps the size, and more channels
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        # three layers of convolution behind each other, without pooling between them
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        # dense layers of this size learn everything by heart; dropout is against that
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(10),
    )
    return net


# %%
net = alexnet()
net.initialize()
X = nd.random.uniform(shape=(1, 1, 224, 224))
for layer in net:
    X = layer(X)
    print("%-9s output shape %s" % (layer.name.rstrip("0123456789"), X.shape))

# %% [markdown]
# Where are the weights? Nearly all of them in the dense layers, while nearly all of the work is in the convolutions.

# %%
total = sum(p.data().size for p in net.collect_params().values())
dense = sum(
    p.data().size for layer in net if isinstance(layer, nn.Dense) for p in layer.collect_params().values()
)
print("%.1f million weights, %.0f %% of them in the dense layers" % (total / 1e6, 100 * dense / total))

# %% [markdown]
# ## Training
#
# As the paper has it, on pictures enlarged to 224 by 224, an epoch takes hours without an accelerator. There, this program
# only takes the first few steps, with smaller pictures.

# %%
ctx = d2l.try_gpu()
batch_size, resize, batches, num_epochs = pick((128, 224, None, 5), slow=(64, 96, 20, 1), small=(2, 96, 1, 1))
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
train_iter, test_iter = part(train_iter, batches), part(test_iter, batches)

net = alexnet()  # a new one, for the dense layers depend on the size of the pictures
net.initialize(ctx=ctx, init=init.Xavier())
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
d2l.train_ch5(net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs)

# %% [markdown]
# Without an accelerator those were too few steps to see anything. With one, five epochs do better than LeNet, at the price
# of some thousand times the work. Pictures of 28 by 28 pixels do not need so large a network.
#
# ## Exercises
#
# **Which layers fill the memory, which ones do the work?** For each one, the weights, and the multiplications for a picture
# of 224 by 224:

# %%
net = alexnet()
net.initialize()
X = nd.zeros((1, 1, 224, 224))
for layer in net:
    X = layer(X)
    if isinstance(layer, (nn.Conv2D, nn.Dense)):
        weights = layer.weight.data().size
        places = X.shape[2] * X.shape[3] if X.ndim == 4 else 1  # a convolution uses each weight at every one
        print(
            "%-5s -> %4d: %6.2f million weights, %6.1f million multiplications"
            % (layer.name.rstrip("0123456789"), X.shape[1], weights / 1e6, weights * places / 1e6)
        )

# %% [markdown]
# **Why not leave out the dense layers, then?** Networks after 2013 do just that: see chapters 29, 30 and 32.
