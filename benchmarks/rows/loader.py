"""One pass of the loader over Fashion-MNIST's training set: shuffled batches of 256, scaled to [0, 1]."""

from _fashion_mnist import official_files, torch_batches, torch_samples
from harness import Row, Target


def with_mxnet():
    from mxnet.gluon.data import DataLoader
    from mxnet.gluon.data.vision import FashionMNIST, transforms

    train = FashionMNIST(train=True).transform_first(transforms.ToTensor())
    loader = DataLoader(train, 256, shuffle=True)

    def one_pass():
        seen = 0
        for X, _ in loader:
            X.wait_to_read()
            seen += len(X)
        return seen

    return one_pass


def with_pytorch():
    from torch.utils.data import DataLoader

    return _torch_pass(DataLoader(torch_samples("train"), 256, shuffle=True))


def with_pytorch_by_the_batch():
    return _torch_pass(torch_batches("train", 256, shuffle=True))


def _torch_pass(loader):
    def one_pass():
        seen = 0
        for X, _ in loader:
            seen += len(X)
        return seen

    return one_pass


ROWS = [
    Row(
        name="loader",
        measures="Fashion-MNIST, one pass of `DataLoader(..., 256, shuffle=True)` with `ToTensor`",
        unit="ms",
        programs={"glueball": with_mxnet, "pytorch": with_pytorch, "mxnet": official_files(with_mxnet)},
        target=Target("mxnet", faster=20),
        agreement=0,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": "a Dataset of single samples and torch's DataLoader"},
    ),
    Row(
        name="loader-by-the-batch",
        measures="the same pass, PyTorch gathering whole batches by hand",
        unit="ms",
        programs={"glueball": with_mxnet, "pytorch": with_pytorch_by_the_batch},
        agreement=0,
        needs="fashion-mnist",
        peers={"pytorch": "one tensor, `images[indices]`, no loader"},
    ),
]
