"""Fashion-MNIST for the rows that train on it."""

import gzip
import os
from pathlib import Path

import numpy as np


def official_files(program):
    """The program, with the original MXNet taking Fashion-MNIST's files as their authors published them.

    It knows the checksums of a recompressed copy alone and would download that one; the pixels are the same.
    """

    def prepared():
        import mxnet.gluon.utils

        mxnet.gluon.utils.check_sha1 = lambda path, sha1: True
        mxnet.gluon.data.vision.datasets.check_sha1 = lambda path, sha1: True
        return program()

    return prepared


def read(part):
    """Images ``(n, 28, 28)`` and labels ``(n,)`` of ``'train'`` or ``'t10k'``, uint8, for programs in plain PyTorch."""
    folder = Path(os.environ["MXNET_HOME"], "datasets", "fashion-mnist")
    count = 60_000 if part == "train" else 10_000
    images = _content(folder / f"{part}-images-idx3-ubyte.gz", 16, (count, 28, 28))
    return images, _content(folder / f"{part}-labels-idx1-ubyte.gz", 8, (count,))


def _content(path, header, shape):
    """What follows the header, read piece by piece: it is never in memory twice."""
    content = np.empty(shape, "uint8")
    flat = content.reshape(-1)
    with gzip.open(path) as stream:
        stream.read(header)
        for start in range(0, flat.size, 1 << 20):
            part = flat[start : start + (1 << 20)]
            part[:] = np.frombuffer(stream.read(part.size), "uint8")
    return content


def torch_samples(part):
    """A torch Dataset that gives one sample at a time, as most people write it."""
    import torch
    from torch.utils.data import Dataset

    class FashionMNIST(Dataset):
        def __init__(self):
            images, labels = read(part)
            self.images = torch.from_numpy(images)
            self.labels = labels.tolist()

        def __len__(self):
            return len(self.images)

        def __getitem__(self, index):
            return self.images[index].unsqueeze(0).to(torch.float32).div_(255), self.labels[index]

    return FashionMNIST()


def torch_batches(part, batch_size, shuffle):
    """The whole set in one tensor, gathered by hand a batch at a time: as fast as plain PyTorch gets."""
    import torch

    images, labels = (torch.from_numpy(array) for array in read(part))
    labels = labels.long()

    class Batches:
        def __iter__(self):
            order = torch.randperm(len(images)) if shuffle else torch.arange(len(images))
            for indices in order.split(batch_size):
                yield images[indices].unsqueeze(1).to(torch.float32).div_(255), labels[indices]

    return Batches()
