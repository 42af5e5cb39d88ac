"""Batches of arrays and of Fashion-MNIST, by the helper package."""

import random

import numpy as np
import pytest

import d2lzh as d2l
from mxnet import nd
from tests.clothes import real_fashion_mnist, write_clothes


@pytest.fixture(scope="module")
def clothes(tmp_path_factory):
    return write_clothes(tmp_path_factory.mktemp("clothes"), train=70, test=30)


@pytest.fixture
def clothes_home(clothes, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(clothes))
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    return clothes


@pytest.mark.parametrize("batch_size", [1, 3, 10, 25])
def test_data_iter_gives_each_example_once_with_its_label(batch_size):
    features, labels = nd.arange(20).reshape((10, 2)), nd.arange(10)
    batches = list(d2l.data_iter(batch_size, features, labels))
    assert [len(y) for _, y in batches[:-1]] == [batch_size] * (len(batches) - 1)
    seen = np.concatenate([y.asnumpy() for _, y in batches])
    assert sorted(seen) == list(range(10))
    for X, y in batches:
        np.testing.assert_array_equal(X.asnumpy()[:, 0], 2 * y.asnumpy())


def test_data_iter_follows_pythons_random():
    def order(seed):
        random.seed(seed)
        return [y.asnumpy().tolist() for _, y in d2l.data_iter(5, nd.zeros((50, 1)), nd.arange(50))]

    assert order(1) == order(1) != order(2)


def test_data_iter_gives_copies():
    features = nd.zeros((4, 1))
    for X, _ in d2l.data_iter(2, features, nd.zeros(4)):
        X[:] = 1
    assert features.sum().asscalar() == 0


@pytest.mark.parametrize(
    ("batch_size", "labels", "message"), [(0, 4, r"batch_size \(=0\)"), (2, 3, "4 examples need 4 labels")]
)
def test_data_iter_refuses_what_cannot_be_meant(batch_size, labels, message):
    with pytest.raises(ValueError, match=message):
        next(d2l.data_iter(batch_size, nd.zeros((4, 1)), nd.zeros(labels)))


@pytest.mark.parametrize(
    "labels", [[0, 9], nd.array([0, 9]), np.array([0, 9], "uint8"), (0.0, 9.0)], ids=type
)
def test_labels_have_names(labels):
    assert d2l.get_fashion_mnist_labels(labels) == ["t-shirt", "ankle boot"]


def test_fashion_mnist_comes_in_batches_of_tensors(clothes_home):
    train, test = d2l.load_data_fashion_mnist(20)
    sizes = [(X.shape, X.dtype, y.shape, y.dtype) for X, y in train]
    assert sizes == [((20, 1, 28, 28), np.float32, (20,), np.int32)] * 3 + [
        ((10, 1, 28, 28), np.float32, (10,), np.int32)
    ]
    assert [len(y) for _, y in test] == [20, 10]
    X, _ = next(iter(test))
    assert 0 <= X.min().asscalar() < X.max().asscalar() <= 1


def test_only_the_training_images_are_shuffled(clothes_home):
    train, test = d2l.load_data_fashion_mnist(70)

    def labels(loader):
        return next(iter(loader))[1].asnumpy().tolist()

    assert labels(test) == labels(test)
    assert labels(train) != labels(train)


@pytest.mark.parametrize("resize", [None, 14, (16, 12)])
def test_batches_are_fetched_at_once_and_equal_the_samples(clothes_home, monkeypatch, resize):
    _, test = d2l.load_data_fashion_mnist(30, resize)
    samples = [test._dataset[i] for i in range(30)]
    monkeypatch.setattr(type(test._dataset), "__getitem__", None)
    (X, y), *rest = test
    assert not rest
    np.testing.assert_array_equal(X.asnumpy(), np.stack([x.asnumpy() for x, _ in samples]))
    np.testing.assert_array_equal(y.asnumpy(), [label for _, label in samples])


@pytest.mark.parametrize(("resize", "shape"), [(96, (96, 96)), ((16, 12), (12, 16))])
def test_images_are_resized(clothes_home, resize, shape):
    _, test = d2l.load_data_fashion_mnist(10, resize=resize)
    assert next(iter(test))[0].shape == (10, 1, *shape)


def test_root_names_another_folder(clothes, monkeypatch, tmp_path):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    train, _ = d2l.load_data_fashion_mnist(10, root=str(clothes / "datasets" / "fashion-mnist"))
    assert len(train) == 7


@pytest.mark.skipif(not real_fashion_mnist(), reason="Fashion-MNIST is not in MXNET_HOME")
def test_the_first_test_image_of_fashion_mnist_is_an_ankle_boot():
    train, test = d2l.load_data_fashion_mnist(256)
    assert (len(train), len(test)) == (235, 40)
    _, y = next(iter(test))
    assert d2l.get_fashion_mnist_labels(y[:3]) == ["ankle boot", "pullover", "trouser"]


@pytest.mark.parametrize("parts", [("a", "b", "c"), "whole", ["one"]], ids=str)
def test_folders_are_made_once(tmp_path, monkeypatch, parts):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        d2l.mkdir_if_not_exist(parts)
    assert tmp_path.joinpath(*([parts] if isinstance(parts, str) else parts)).is_dir()
