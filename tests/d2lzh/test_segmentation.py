"""Pascal VOC, by the helper package, on pictures that are generated."""

import hashlib
import io
import os
import tarfile

import numpy as np
import pytest

import d2lzh as d2l
from d2lzh import segmentation
from mxnet import gluon, nd
from tests.mxnet.gluon.server import server  # noqa: F401

Image = pytest.importorskip("PIL.Image")
SIZES = {"a": (30, 40), "b": (24, 24), "c": (10, 50)}  # height and width


def write_voc(root, rng):
    """Three pictures of a class each, one of them too low for pieces of 20 rows."""
    for folder in ("ImageSets/Segmentation", "JPEGImages", "SegmentationClass"):
        (root / folder).mkdir(parents=True)
    for k, (name, (height, width)) in enumerate(SIZES.items()):
        classes = np.zeros((height, width), dtype=int)
        classes[height // 2 :] = k + 1
        colours = np.array(d2l.VOC_COLORMAP, dtype="uint8")[classes]
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype="uint8")).save(
            root / "JPEGImages" / f"{name}.jpg"
        )
        Image.fromarray(colours).save(root / "SegmentationClass" / f"{name}.png")
    (root / "ImageSets" / "Segmentation" / "train.txt").write_text("a\nb\nc\n")
    (root / "ImageSets" / "Segmentation" / "val.txt").write_text("b\n")
    return str(root)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def voc_dir(home, rng):
    return write_voc(home / "datasets" / "VOCdevkit" / "VOC2012", rng)


@pytest.fixture(scope="module")
def colormap2label():
    table = nd.zeros(256**3)
    for k, (red, green, blue) in enumerate(d2l.VOC_COLORMAP):
        table[(red * 256 + green) * 256 + blue] = k
    return table


def test_every_class_has_a_colour_of_its_own():
    assert len(d2l.VOC_CLASSES) == len({tuple(colour) for colour in d2l.VOC_COLORMAP}) == 21
    assert dict(zip(d2l.VOC_CLASSES, d2l.VOC_COLORMAP))["aeroplane"] == [128, 0, 0]


@pytest.mark.parametrize(("is_train", "names"), [(True, "abc"), (False, "b")])
def test_pictures_and_labels_are_read_in_pairs(voc_dir, is_train, names):
    for root in (voc_dir, None):
        features, labels = d2l.read_voc_images(root, is_train=is_train)
        assert [each.shape for each in features] == [(*SIZES[name], 3) for name in names]
        assert [each.shape for each in labels] == [(*SIZES[name], 3) for name in names]
    assert labels[-1][-1, 0].asnumpy().tolist() in d2l.VOC_COLORMAP[1:4]


def test_the_class_of_every_pixel_is_found(voc_dir, colormap2label):
    _, labels = d2l.read_voc_images(voc_dir)
    for k, label in enumerate(labels):
        classes = d2l.voc_label_indices(label, colormap2label)
        assert classes.shape == label.shape[:2]
        assert classes[0].asnumpy().tolist() == [0] * label.shape[1]
        assert classes[-1].asnumpy().tolist() == [k + 1] * label.shape[1]


def test_a_piece_and_its_labels_come_from_the_same_place(rng):
    picture = nd.array(rng.integers(0, 255, (20, 30, 3)), dtype="uint8")
    for _ in range(5):
        feature, label = d2l.voc_rand_crop(picture, picture, 8, 12)
        assert feature.shape == (8, 12, 3)
        np.testing.assert_array_equal(feature.asnumpy(), label.asnumpy())


@pytest.mark.parametrize(
    ("label", "height", "width"), [((8, 8, 3), 9, 8), ((8, 8, 3), 8, 9), ((8, 7, 3), 4, 4)], ids=str
)
def test_a_piece_that_there_is_not_is_an_error(label, height, width):
    with pytest.raises(ValueError, match=rf"height={height}, width={width}(?s:.)*not smaller"):
        d2l.voc_rand_crop(nd.zeros((8, 8, 3)), nd.zeros(label), height, width)


@pytest.mark.parametrize("crop_size", [320, (320,), "large"], ids=str)
def test_a_crop_size_is_two_numbers(crop_size, colormap2label):
    with pytest.raises(ValueError, match="height and width"):
        d2l.VOCSegDataset(True, crop_size, "nowhere", colormap2label)


def test_a_data_set_gives_pieces_with_classes(voc_dir, colormap2label, capsys):
    dataset = d2l.VOCSegDataset(True, (20, 22), voc_dir, colormap2label)
    assert capsys.readouterr().out == "read 2 examples\n"
    assert len(dataset) == 2
    for k in range(2):
        feature, label = dataset[k]
        assert feature.shape == (3, 20, 22)
        assert label.shape == (20, 22)
        assert {*label.asnumpy().ravel()} <= {0, k + 1}
    X, y = next(iter(gluon.data.DataLoader(dataset, 2)))
    assert (X.shape, y.shape) == ((2, 3, 20, 22), (2, 20, 22))


def test_pictures_are_standardised(voc_dir, colormap2label):
    dataset = d2l.VOCSegDataset(False, (20, 20), voc_dir, colormap2label)
    pixels = d2l.read_voc_images(voc_dir, is_train=False)[0][0].asnumpy() / 255
    expected = (pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(dataset.features[0].asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_without_the_data_the_error_says_how_to_get_them(home):
    with pytest.raises(FileNotFoundError, match=r"VOC2012(?s:.)*d2l\.download_voc_pascal"):
        d2l.read_voc_images()
    with pytest.raises(FileNotFoundError, match=r"root='elsewhere'"):
        d2l.read_voc_images("elsewhere")


@pytest.fixture
def served(home, server, tmp_path, monkeypatch, rng):  # noqa: F811
    write_voc(tmp_path / "made" / "VOCdevkit" / "VOC2012", rng)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        file.add(tmp_path / "made" / "VOCdevkit", "VOCdevkit")
    server.files = {segmentation._ARCHIVE: stream.getvalue()}
    monkeypatch.setattr(segmentation, "_URL", server.url(segmentation._ARCHIVE))
    monkeypatch.setattr(segmentation, "_SHA1", hashlib.sha1(stream.getvalue()).hexdigest())
    return server


@pytest.mark.parametrize("data_dir", [None, "mine"])
def test_the_data_are_fetched_and_unpacked_once(served, home, data_dir):
    folder = home / "datasets" if data_dir is None else "mine"
    for _ in range(2):
        voc_dir = d2l.download_voc_pascal() if data_dir is None else d2l.download_voc_pascal(data_dir)
        assert os.path.samefile(voc_dir, os.path.join(folder, "VOCdevkit", "VOC2012"))
    assert len(served.requests) == 1
    assert len(d2l.read_voc_images(voc_dir)[0]) == 3


def test_data_where_the_book_has_them_are_used(home, monkeypatch, tmp_path, rng):
    write_voc(tmp_path / "data" / "VOCdevkit" / "VOC2012", rng)
    (tmp_path / "chapter").mkdir()
    monkeypatch.chdir(tmp_path / "chapter")
    assert os.path.samefile(d2l.download_voc_pascal(), tmp_path / "data" / "VOCdevkit" / "VOC2012")
    assert len(d2l.read_voc_images()[0]) == 3


def test_an_archive_that_cannot_be_fetched_is_named_with_its_place(served, monkeypatch):
    monkeypatch.setattr("mxnet.gluon._download.time.sleep", lambda seconds: None)
    served.files.clear()
    with pytest.raises(OSError, match=r"cannot get VOCtrainval(?s:.)*put it at .*datasets.VOCtrainval"):
        d2l.download_voc_pascal()
