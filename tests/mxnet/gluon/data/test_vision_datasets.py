import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from mxnet import nd
from mxnet.base import MXNetError
from mxnet.files import read_idx, write_idx
from mxnet.gluon._download import ContentError, DownloadError
from mxnet.gluon.data import DataLoader, dataloader
from mxnet.gluon.data.vision import MNIST, FashionMNIST, transforms

from ..server import server  # noqa: F401  a fixture

NAMES = {
    True: ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    False: ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
HOME = Path(os.environ.get("MXNET_HOME", "")).expanduser() / "datasets" / "fashion-mnist"
with_fashion = pytest.mark.skipif(
    not all((HOME / name).exists() for name in (*NAMES[True], *NAMES[False])),
    reason=f"Fashion-MNIST is not in {HOME}",
)


@pytest.fixture
def small(tmp_path, rng, monkeypatch):
    """A folder with forty pictures in the format of MNIST, accepted as such."""
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    write_small(tmp_path, rng)
    return tmp_path


def write_small(folder, rng, count=40):
    folder.mkdir(parents=True, exist_ok=True)
    for images, labels in NAMES.values():
        write_idx(folder / images, rng.integers(0, 256, (count, 28, 28)).astype("uint8"))
        write_idx(folder / labels, rng.integers(0, 10, count).astype("uint8"))


@pytest.fixture
def offline(monkeypatch):
    """Nothing answers where the files should come from."""
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_a_sample_is_a_uint8_image_and_an_int32_label(kind, small):
    dataset = kind(root=str(small))
    image, label = dataset[0]
    assert isinstance(dataset[0], tuple)
    assert (type(image), image.shape, image.dtype) == (nd.NDArray, (28, 28, 1), np.uint8)
    assert type(label) is np.int32
    assert len(dataset) == 40
    with pytest.raises(IndexError):
        dataset[40]
    images, labels = dataset[1:3]
    assert (images.shape, labels.shape, labels.dtype) == ((2, 28, 28, 1), (2,), np.int32)


def test_train_and_test_are_two_sets(small):
    train, test = MNIST(str(small), train=True), MNIST(str(small), train=False)
    assert not np.array_equal(train[0][0].asnumpy(), test[0][0].asnumpy())


def test_transform_argument_makes_the_samples(small):
    dataset = MNIST(str(small), transform=lambda image, label: (image.astype("float32"), label + 100))
    image, label = dataset[3]
    assert (image.dtype, label >= 100) == (np.float32, True)
    batch = next(iter(DataLoader(dataset, 4)))
    assert batch[0].dtype == np.float32


def test_loader_gives_the_batches_of_single_samples(small):
    dataset = MNIST(str(small))
    whole = list(DataLoader(dataset.transform_first(transforms.ToTensor()), 16))
    single = [dataset[i] for i in range(16)]
    expected = dataloader.default_batchify_fn([(transforms.ToTensor()(x), y) for x, y in single])
    for a, b in zip(whole[0], expected, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())
    assert whole[0][1].dtype == np.int32
    assert [len(x) for x, _ in whole] == [16, 16, 8]


def test_the_usual_folder_follows_mxnet_home(small, monkeypatch, rng):
    home = small / "home"
    write_small(home / "datasets" / "mnist", rng)
    monkeypatch.setenv("MXNET_HOME", str(home))
    usual = os.path.join("~", ".mxnet", "datasets", "mnist")
    for dataset in (MNIST(), MNIST(usual), MNIST(os.path.expanduser(usual))):
        assert dataset._root == str(home / "datasets" / "mnist")
    assert MNIST(str(small))._root == str(small)


def test_any_compression_of_the_content_is_accepted(small):
    path = small / NAMES[True][0]
    expected = MNIST(str(small))[7][0].asnumpy()
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    np.testing.assert_array_equal(MNIST(str(small))[7][0].asnumpy(), expected)


def test_missing_files_are_fetched(small, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    for name in NAMES[False]:
        server.files[f"gluon/dataset/mnist/{name}"] = (small / name).read_bytes()
    dataset = MNIST(str(small / "new"), train=False)
    assert len(dataset) == 40
    assert sorted(p.name for p in (small / "new").iterdir()) == sorted(NAMES[False])


def test_offline_one_error_says_which_files_to_put_where(tmp_path, offline):
    (first, *_), (_, last) = NAMES[True], NAMES[False]
    (tmp_path / last).touch()
    with pytest.raises(DownloadError) as info:
        FashionMNIST(str(tmp_path))
    missing = ", ".join([*NAMES[True][1:], NAMES[False][0]])
    assert str(info.value).endswith(f"put it at {tmp_path / first}, and likewise {missing}")
    assert info.value.__suppress_context__  # the errors of the network are told in the message


def damage(path, how):
    content = bytearray(path.read_bytes())
    if how == "truncated":
        content = content[: len(content) // 2]
    elif how == "changed":
        content[len(content) // 2] ^= 0xFF
    elif how == "page":
        content = bytearray(b"<html>404</html>")
    else:
        content = bytearray()
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["truncated", "changed", "page", "empty"])
def test_a_damaged_file_is_named_with_what_to_do(small, offline, how):
    damage(small / NAMES[True][0], how)
    with pytest.raises(MXNetError, match="is damaged, and cannot be fetched again") as info:
        MNIST(str(small))
    text = str(info.value)
    assert str(small / NAMES[True][0]) in text
    assert "because:" in text
    assert "delete it and put a good copy" in text


@pytest.mark.parametrize("how", ["truncated", "changed", "page"])
def test_a_damaged_file_is_replaced_when_that_is_possible(small, monkeypatch, server, how, capsys):  # noqa: F811
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    path = small / NAMES[True][0]
    good = path.read_bytes()
    server.files[f"gluon/dataset/mnist/{path.name}"] = good
    damage(path, how)
    assert len(MNIST(str(small))) == 40
    assert path.read_bytes() == good
    assert "is damaged" in capsys.readouterr().out


def test_a_server_with_wrong_content_leaves_the_folder_as_it_was(small, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "1")
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    for name in NAMES[True]:  # well-formed, but not the sixty thousand
        server.files[f"gluon/dataset/fashion-mnist/{name}"] = (small / name).read_bytes()
    with pytest.raises(ContentError, match="instead of uint8"):
        FashionMNIST(str(small / "new"))
    assert list((small / "new").glob("*.gz")) == []


def test_other_content_of_the_right_shape_is_recognised(monkeypatch):
    with pytest.raises(ContentError, match="not that of the original"):
        FashionMNIST._test_label.verify(np.zeros(10000, "uint8"))
    with pytest.raises(ContentError, match="do not occur as often"):
        MNIST._test_label.verify(np.zeros(10000, "uint8"))
    with pytest.raises(ContentError, match="mean of its pixels"):
        MNIST._train_data.verify(np.zeros((60000, 28, 28), "uint8"))
    with pytest.raises(ContentError, match="instead of uint8"):
        MNIST._test_label.verify(np.zeros(9999, "uint8"))
    MNIST._test_label.verify(np.repeat(np.arange(10), MNIST._test_label.counts).astype("uint8"))


def test_images_and_labels_of_different_numbers_are_refused(small):
    write_idx(small / NAMES[True][1], np.zeros(39, "uint8"))
    with pytest.raises(MXNetError, match="do not belong together"):
        MNIST(str(small))


def test_images_are_kept_once(small):
    dataset = MNIST(str(small))
    assert dataset[3][0].to_torch().data_ptr() == dataset._data.to_torch().data_ptr() + 3 * 28 * 28


# ------------------------------------------------------------------------------- the full Fashion-MNIST


@with_fashion
@pytest.mark.parametrize(("train", "count"), [(True, 60000), (False, 10000)])
def test_fashion_mnist_is_complete(train, count):
    dataset = FashionMNIST(root=str(HOME), train=train)
    assert len(dataset) == count
    assert np.bincount(dataset._label).tolist() == [count // 10] * 10
    if train:
        # From the data set's own description.
        assert round(float(dataset._data.asnumpy().mean() / 255), 5) == 0.28604


@with_fashion
def test_one_changed_pixel_is_noticed():
    images = read_idx(HOME / NAMES[False][0])
    images[1234, 5, 6] ^= 1
    with pytest.raises(ContentError, match="not that of the original"):
        FashionMNIST._test_data.verify(images)


@with_fashion
def test_a_pass_over_fashion_mnist_sees_every_image_once():
    dataset = FashionMNIST(root=str(HOME), train=False)
    loader = DataLoader(dataset.transform_first(transforms.ToTensor()), 256, shuffle=True)
    total, labels = 0.0, []
    for x, y in loader:
        assert (x.shape[1:], x.dtype, y.dtype) == ((1, 28, 28), np.float32, np.int32)
        total += float(x.sum().asscalar())
        labels += y.asnumpy().tolist()
    assert len(labels) == 10000
    assert np.bincount(labels).tolist() == [1000] * 10
    assert total == pytest.approx(dataset._data.asnumpy().astype("float64").sum() / 255, rel=1e-5)
