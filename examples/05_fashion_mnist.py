# %% [markdown]
# # 5. Looking at Fashion-MNIST
#
# Sixty thousand pictures of clothes to learn from, ten thousand to be tested on, ten kinds: the data set of the
# chapters to come. It is read from the cache, and downloaded into it the first time.

# %%
import sys
import time

import d2lzh as d2l
from mxnet.gluon import data as gdata

from _scale import pick, show

mnist_train = gdata.vision.FashionMNIST(train=True)
mnist_test = gdata.vision.FashionMNIST(train=False)
print(len(mnist_train), len(mnist_test))

# %% [markdown]
# An example is a picture of height, width and one channel, in bytes, and the number of its kind.

# %%
feature, label = mnist_train[0]
print(feature.shape, feature.dtype, label, type(label), label.dtype)

# %%
X, y = mnist_train[0:9]
d2l.show_fashion_mnist(X, d2l.get_fashion_mnist_labels(y))
show("05-pictures")

# %% [markdown]
# ## Batches
#
# `ToTensor` turns a picture from height-width-channel bytes into channel-height-width numbers from 0 to 1;
# `transform_first` applies it to the picture and leaves the label alone. The loader does both for a whole batch at once.

# %%
batch_size = 256
transformer = gdata.vision.transforms.ToTensor()
num_workers = 0 if sys.platform.startswith("win32") else 4
train_iter = gdata.DataLoader(
    mnist_train.transform_first(transformer), batch_size, shuffle=True, num_workers=num_workers
)
test_iter = gdata.DataLoader(mnist_test.transform_first(transformer), batch_size, num_workers=num_workers)

# %%
for X, y in train_iter:
    print(X.shape, X.dtype, X.min().asscalar(), X.max().asscalar(), y.shape, y.dtype)
    break

# %% [markdown]
# ## How long does one pass take?
#
# The pictures lie in memory and the transform takes a whole batch, so the four workers that the loader was offered stay
# unused: a batch is made in less time than it takes to hand it over (chapter 4).

# %%
start = time.time()
for X, y in train_iter:
    continue
print("%.2f sec" % (time.time() - start))

# %% [markdown]
# ## Exercise: smaller batches
#
# More batches mean more calls around the same work.

# %%
for size in pick((256, 64, 16), small=(256, 64)):
    loader = gdata.DataLoader(mnist_train.transform_first(transformer), size, shuffle=True)
    start = time.time()
    count = sum(1 for _ in loader)
    print("batches of %3d: %5d of them, %.2f sec" % (size, count, time.time() - start))
