"""CIFAR-10 and CIFAR-100: from an archive, a server or a folder, and what is wrong with them."""

import io
import os
import tarfile
from itertools import chain

import numpy as np
import pytest

from mxnet import nd
from mxnet.base import MXNetError
from mxnet.gluon._download import ContentError, DownloadError
from mxnet.gluon.data import DataLoader, dataloader
from mxnet.gluon.data.fetched import Member
from mxnet.gluon.data.vision import CIFAR10, CIFAR100, transforms

from ..server import server  # noqa: F401  a fixture

FILES = {
    CIFAR10: ([f"data_batch_{i}.bin" for i in range(1, 6)], ["test_batch.bin"]),
    CIFAR100: (["train.bin"], ["test.bin"]),
}
ARCHIVES = {
    CIFAR10: ("cifar10", "cifar-10-binary.tar.gz", "cifar-10-batches-bin"),
    CIFAR100: ("cifar100", "cifar-100-binary.tar.gz", "cifar-100-binary"),
}
LABELS = {CIFAR10: (10,), CIFAR100: (20, 100)}
both = pytest.mark.parametrize("kind", [CIFAR10, CIFAR100])


def make_rows(kind, rng, count=8):
    labels = [rng.integers(0, classes, (count, 1)) for classes in LABELS[kind]]
    return np.concatenate([*labels, rng.integers(0, 256, (count, 3072))], axis=1).astype(np.uint8)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Accept a few random pictures as CIFAR, and have no server to fetch any from."""
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


@pytest.fixture
def rows(rng):
    """The rows of every file."""
    return {kind: {name: make_rows(kind, rng) for name in chain(*FILES[kind])} for kind in FILES}


def put(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in rows.items():
        (folder / name).write_bytes(content.tobytes())


def archive_of(kind, rows):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in {"readme.html": np.zeros(9, np.uint8), **rows}.items():
            entry = tarfile.TarInfo(f"{ARCHIVES[kind][2]}/{name}")
            entry.size = content.nbytes
            archive.addfile(entry, io.BytesIO(content.tobytes()))
    return stream.getvalue()


@both
def test_a_sample_is_a_uint8_image_and_an_int32_label(kind, rows, tmp_path):
    put(tmp_path, rows[kind])
    for train in (True, False):
        dataset = kind(str(tmp_path), train=train)
        expected = np.concatenate([rows[kind][name] for name in FILES[kind][not train]])
        assert len(dataset) == len(expected)
        image, label = dataset[2]
        assert (type(image), image.shape, image.dtype) == (nd.NDArray, (32, 32, 3), np.uint8)
        assert (type(label), label) == (np.int32, expected[2, 0])
        planes = expected[2, -3072:].reshape(3, 32, 32)
        np.testing.assert_array_equal(image.asnumpy(), planes.transpose(1, 2, 0))
        images, labels = dataset[1:3]
        assert (images.shape, labels.tolist()) == ((2, 32, 32, 3), expected[1:3, 0].tolist())
        with pytest.raises(IndexError):
            dataset[len(dataset)]


def test_the_training_images_are_those_of_all_five_files_in_order(rows, tmp_path):
    put(tmp_path, rows[CIFAR10])
    expected = np.concatenate([rows[CIFAR10][name] for name in FILES[CIFAR10][0]])
    assert [label for _, label in CIFAR10(str(tmp_path))] == expected[:, 0].tolist()


def test_a_fine_label_is_the_class_and_a_coarse_one_its_group(rows, tmp_path):
    put(tmp_path, rows[CIFAR100])
    expected = rows[CIFAR100]["train.bin"]
    for fine in (False, True):
        assert CIFAR100(str(tmp_path), fine_label=fine)._label.tolist() == expected[:, int(fine)].tolist()


@both
def test_loader_gives_the_batches_of_single_samples(kind, rows, tmp_path):
    put(tmp_path, rows[kind])
    dataset = kind(str(tmp_path), train=False)
    to_tensor = transforms.ToTensor()
    (batch, *_) = DataLoader(dataset.transform_first(to_tensor), 5)
    expected = dataloader.default_batchify_fn([(to_tensor(x), y) for x, y in (dataset[i] for i in range(5))])
    for found, wanted in zip(batch, expected, strict=True):
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_array_equal(found.asnumpy(), wanted.asnumpy())


def test_transform_argument_makes_the_samples(rows, tmp_path):
    put(tmp_path, rows[CIFAR10])
    dataset = CIFAR10(str(tmp_path), transform=lambda image, label: (image.shape, label + 100))
    assert dataset[3] == ((32, 32, 3), rows[CIFAR10]["data_batch_1.bin"][3, 0] + 100)


@both
def test_the_usual_folder_follows_mxnet_home(kind, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / ARCHIVES[kind][0]
    put(folder, rows[kind])
    assert kind()._root == str(folder)
    assert kind(train=False)._root == str(folder)


# ------------------------------------------------------------------------------- where the files come from


@both
def test_an_archive_in_the_folder_is_unpacked(kind, rows, tmp_path):
    (tmp_path / ARCHIVES[kind][1]).write_bytes(archive_of(kind, rows[kind]))
    assert len(kind(str(tmp_path))) == 8 * len(FILES[kind][0])
    assert sorted(os.listdir(tmp_path)) == sorted([ARCHIVES[kind][1], *rows[kind]])  # nothing else of it


@both
def test_a_folder_that_was_unpacked_by_hand_is_found(kind, rows, tmp_path):
    put(tmp_path / ARCHIVES[kind][2], rows[kind])
    assert len(kind(str(tmp_path), train=False)) == 8


@both
def test_a_missing_archive_is_fetched_once(kind, rows, tmp_path, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    namespace, name, _ = ARCHIVES[kind]
    server.files[f"gluon/dataset/{namespace}/{name}"] = archive_of(kind, rows[kind])
    root = tmp_path / "new"
    assert len(kind(str(root))) == 8 * len(FILES[kind][0])
    server.files.clear()
    assert len(kind(str(root), train=False)) == 8
    assert sorted(os.listdir(root)) == sorted([name, *rows[kind]])


@both
def test_offline_the_error_says_what_to_put_where(kind, tmp_path):
    with pytest.raises(DownloadError) as caught:
        kind(str(tmp_path))
    assert f"put it at {tmp_path / ARCHIVES[kind][1]}" in str(caught.value)
    assert list(tmp_path.glob("[!.]*")) == []


@pytest.mark.parametrize("how", ["cut short", "a page", "empty", "without files"])
def test_a_damaged_archive_is_named_with_what_to_do(how, rows, tmp_path):
    content = archive_of(CIFAR10, rows[CIFAR10])
    damaged = {
        "cut short": content[: len(content) // 2],
        "a page": b"<html>404</html>",
        "empty": b"",
        "without files": archive_of(CIFAR10, {}),
    }[how]
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(damaged)
    with pytest.raises(MXNetError, match="is damaged, and cannot be fetched again") as caught:
        CIFAR10(str(tmp_path))
    assert "delete it and put a good copy of cifar-10-binary.tar.gz there" in str(caught.value)


def test_a_damaged_archive_is_replaced_when_that_is_possible(rows, tmp_path, monkeypatch, server, capsys):  # noqa: F811
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    content = archive_of(CIFAR10, rows[CIFAR10])
    server.files["gluon/dataset/cifar10/cifar-10-binary.tar.gz"] = content
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(content[:-1000])
    assert len(CIFAR10(str(tmp_path))) == 40
    assert path.read_bytes() == content
    assert "is damaged" in capsys.readouterr().out


def test_a_server_with_other_content_leaves_the_folder_as_it_was(rows, tmp_path, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "1")
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    server.files["gluon/dataset/cifar10/cifar-10-binary.tar.gz"] = archive_of(CIFAR10, rows[CIFAR10])
    with pytest.raises(ContentError, match=f"has {8 * 3073} bytes in it instead of 30730000"):
        CIFAR10(str(tmp_path))
    assert list(tmp_path.glob("[!.]*")) == []


def test_files_in_the_folder_that_are_not_the_original_are_not_used(rows, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "1")
    put(tmp_path, rows[CIFAR10])
    with pytest.raises(DownloadError):
        CIFAR10(str(tmp_path))
    assert "has 24584 bytes instead of 30730000; it is unpacked anew" in capsys.readouterr().out


def test_content_is_known_by_its_digest(monkeypatch):
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "1")
    member = Member("a.bin", "a9993e364706816aba3e25717850c26c9cd0d89d")
    member.verify(b"abc")
    with pytest.raises(ContentError, match=r"content of a\.bin is not that of the original"):
        member.verify(b"abd")


# ------------------------------------------------------------------------------- what is in them


@pytest.mark.parametrize("content", [b"", bytes(3072), bytes(3073 * 2 + 1)])
def test_files_of_another_format_are_refused(content, rows, tmp_path):
    put(tmp_path, rows[CIFAR10])
    (tmp_path / "data_batch_3.bin").write_bytes(content)
    with pytest.raises(MXNetError, match="not rows of 3073"):
        CIFAR10(str(tmp_path))


def test_labels_that_there_are_not_are_refused(rows, tmp_path):
    put(tmp_path, rows[CIFAR100])
    rows[CIFAR100]["test.bin"][:, 1] = 100
    put(tmp_path, rows[CIFAR100])
    with pytest.raises(MXNetError, match="labels up to 100, of 100 classes"):
        CIFAR100(str(tmp_path), train=False)
