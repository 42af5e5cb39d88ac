"""Images in folders: which files become samples, of which class, and what is left out."""

import os
import pickle
import warnings

import numpy as np
import pytest

from mxnet import _codec, nd
from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.gluon.data import DataLoader
from mxnet.gluon.data.vision import ImageFolderDataset, transforms


def picture(value, shape=(4, 6, 3)):
    return _codec.encode(np.full(shape, value, np.uint8), ".png")


def put(root, **files):
    for name, value in files.items():
        path = root / name.replace("__", "/").replace("_png", ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value if isinstance(value, bytes) else picture(value))


@pytest.fixture
def root(tmp_path):
    """Two dogs, a cat, and a class without pictures."""
    put(tmp_path, dog__b_png=2, dog__a_png=1, cat__z_png=3)
    (tmp_path / "bird").mkdir()
    return tmp_path


def test_folders_are_classes_and_all_comes_in_alphabetical_order(root):
    dataset = ImageFolderDataset(str(root))
    assert dataset.synsets == ["bird", "cat", "dog"]
    names = [("cat", "z.png"), ("dog", "a.png"), ("dog", "b.png")]
    assert dataset.items == [
        (os.path.join(str(root), *name), label) for name, label in zip(names, (1, 2, 2), strict=True)
    ]
    assert len(dataset) == 3
    assert [(int(image.asnumpy()[0, 0, 0]), label) for image, label in dataset] == [(3, 1), (1, 2), (2, 2)]


def test_a_sample_is_a_uint8_image_and_a_number(root):
    image, label = ImageFolderDataset(root)[-1]
    assert (type(image), image.shape, image.dtype, type(label)) == (nd.NDArray, (4, 6, 3), np.uint8, int)
    assert ImageFolderDataset(root, flag=0)[0][0].shape == (4, 6, 1)
    with pytest.raises(IndexError):
        ImageFolderDataset(root)[3]


def test_colours_are_red_green_blue(tmp_path):
    put(tmp_path, a__a_png=_codec.encode(np.full((2, 2, 3), [200, 100, 0], np.uint8), ".png"))
    assert ImageFolderDataset(tmp_path)[0][0].asnumpy()[0, 0].tolist() == [200, 100, 0]


def test_transform_argument_makes_the_samples(root):
    dataset = ImageFolderDataset(root, transform=lambda image, label: (image.shape, label + 100))
    assert dataset[1] == ((4, 6, 3), 102)


@pytest.mark.parametrize("options", [{}, {"num_workers": 2, "thread_pool": True}, {"num_workers": 1}])
def test_a_loader_makes_batches_of_it(root, options):
    dataset = ImageFolderDataset(root).transform_first(transforms.ToTensor())
    ((images, labels),) = DataLoader(dataset, 3, **options)
    assert (images.shape, labels.asnumpy().tolist()) == ((3, 3, 4, 6), [1, 2, 2])
    np.testing.assert_allclose(images.asnumpy()[:, 0, 0, 0], np.array([3, 1, 2], np.float32) / 255)


def test_it_can_be_sent_to_another_process(root):
    dataset = pickle.loads(pickle.dumps(ImageFolderDataset(root)))
    assert dataset[0][0].shape == (4, 6, 3)


def test_what_is_no_image_is_left_out_with_a_warning(root):
    put(root, cat__notes=b"x", dog__c_GIF=b"GIF89a", dog__inner__d_png=9)
    with pytest.warns(
        UserWarning, match=r"Ignoring .*notes, .*c_GIF, .*inner\. Only support \.jpg, \.jpeg, \.png"
    ):
        dataset = ImageFolderDataset(root)
    assert len(dataset) == 3
    for i in range(5):
        put(root, **{f"cat__file{i}": b"x"})
    with pytest.warns(UserWarning, match="and 5 more"):
        ImageFolderDataset(root)


def test_files_outside_of_the_folders_are_left_out_with_a_warning(root):
    put(root, top_png=1)
    with pytest.warns(UserWarning, match=r"Ignoring .*top\.png, which is not a directory\."):
        dataset = ImageFolderDataset(root)
    assert dataset.synsets == ["bird", "cat", "dog"]


def test_endings_may_be_in_capitals(tmp_path):
    for name in ("a.PNG", "b.Jpg", "c.jpeg"):
        (tmp_path / "x").mkdir(exist_ok=True)
        (tmp_path / "x" / name).write_bytes(picture(1))
    assert [os.path.basename(path) for path, _ in ImageFolderDataset(tmp_path).items] == [
        "a.PNG",
        "b.Jpg",
        "c.jpeg",
    ]


def test_a_folder_without_images_says_what_was_expected(tmp_path):
    with pytest.warns(UserWarning, match="root/class/image"):
        assert len(ImageFolderDataset(tmp_path)) == 0


def test_a_damaged_image_is_named(root):
    whole = picture(1)
    put(root, cat__z_png=whole[: len(whole) // 2], dog__a_png=b"<html>")
    dataset = ImageFolderDataset(root)
    with pytest.raises(FormatError, match=r"z\.png: this image cannot be decoded"):
        dataset[0]
    with pytest.raises(FormatError, match=r"a\.png: this is no image"):
        dataset[1]
    os.remove(root / "dog" / "b.png")
    with pytest.raises(MXNetError, match="there is no such file"):
        dataset[2]


def test_a_folder_that_is_missing_is_named(root, monkeypatch):
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        ImageFolderDataset(root / "none")
    monkeypatch.chdir(root)
    with pytest.raises(FileNotFoundError, match="is what it was resolved to"):
        ImageFolderDataset("none")
    with pytest.raises(NotADirectoryError, match="ImageRecordDataset"):
        ImageFolderDataset(root / "cat" / "z.png")


@pytest.mark.parametrize("flag", [-1, 2, "color", None])
def test_another_flag_is_refused(flag, root):
    with pytest.raises(ValueError, match="ImageFolderDataset: flag="):
        ImageFolderDataset(root, flag=flag)


def test_the_home_folder_is_understood(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("USERPROFILE", str(root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert ImageFolderDataset(os.path.join("~", "dog"))._root == os.path.join(str(root), "dog")
