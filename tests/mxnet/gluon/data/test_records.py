"""Datasets over RecordIO files: bytes, and images with their labels."""

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from mxnet import nd, recordio
from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.gluon.data import DataLoader, RecordFileDataset
from mxnet.gluon.data.vision import ImageRecordDataset, transforms
from tests.samples.records import IMAGES, PAYLOADS, PICTURES

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "files"
PIXELS = np.load(IMAGES / "pixels.npz")


@pytest.fixture
def path(tmp_path, rng):
    """A record file of twelve pictures of one size."""
    name = str(tmp_path / "twelve.rec")
    with recordio.MXIndexedRecordIO(name[:-4] + ".idx", name, "w") as record:
        for i in range(12):
            image = rng.integers(0, 256, (8, 10, 3)).astype(np.uint8)
            record.write_idx(i, recordio.pack_img((0, i / 2, i, 0), image, quality=3, img_fmt=".png"))
    return name


def test_samples_are_the_records_of_the_real_mxnet_in_the_order_of_the_index():
    dataset = RecordFileDataset(str(GOLDEN / "records.rec"))
    assert [dataset[i] for i in range(len(dataset))] == list(PAYLOADS.values())
    assert dataset[-1] == list(PAYLOADS.values())[-1]
    with pytest.raises(IndexError):
        dataset[len(PAYLOADS)]


@pytest.mark.parametrize("flag", [0, 1])
def test_samples_are_the_pictures_of_the_real_mxnet(flag):
    dataset = ImageRecordDataset(GOLDEN / "pictures.rec", flag=flag)
    assert len(dataset) == len(PICTURES)
    for (image, found), (label, name) in zip(dataset, PICTURES.values(), strict=True):
        assert (type(image), image.dtype) == (nd.NDArray, np.uint8)
        np.testing.assert_array_equal(image.asnumpy(), PIXELS[f"{name} {flag}"])
        np.testing.assert_array_equal(found, np.asarray(label, np.float32))
        assert type(found) is (float if isinstance(label, float) else np.ndarray)


def test_transform_argument_makes_the_samples(path):
    dataset = ImageRecordDataset(path, transform=lambda image, label: (image.shape, label + 100))
    assert dataset[3] == ((8, 10, 3), 101.5)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("options", [{}, {"num_workers": 3, "thread_pool": True}, {"num_workers": 2}])
def test_a_loader_makes_the_same_batches_with_any_workers(path, options):
    dataset = ImageRecordDataset(path)
    expected = [dataset[i] for i in range(12)]
    loaded = list(DataLoader(dataset.transform_first(transforms.ToTensor()), 5, **options))
    assert [len(images) for images, _ in loaded] == [5, 5, 2]
    labels = np.concatenate([labels.asnumpy() for _, labels in loaded])
    assert labels.tolist() == [label for _, label in expected]
    first = (loaded[0][0].asnumpy().transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    np.testing.assert_array_equal(first, np.stack([image.asnumpy() for image, _ in expected[:5]]))


@pytest.mark.parametrize("kind", [RecordFileDataset, ImageRecordDataset])
def test_it_can_be_sent_to_another_process(kind, path):
    dataset = kind(path)
    other = pickle.loads(pickle.dumps(dataset))
    assert len(other) == 12
    if kind is RecordFileDataset:
        assert other[4] == dataset[4]
    else:
        np.testing.assert_array_equal(other[4][0].asnumpy(), dataset[4][0].asnumpy())


@pytest.mark.parametrize("kind", [RecordFileDataset, ImageRecordDataset])
def test_a_missing_index_or_file_is_named(kind, path, tmp_path):
    shutil.copy(path, tmp_path / "alone.rec")
    with pytest.raises(FileNotFoundError, match=r"alone\.idx.*\n.*\n.*write_index"):
        kind(str(tmp_path / "alone.rec"))
    with pytest.raises(MXNetError, match=r"cannot open .*none\.rec"):
        kind(str(tmp_path / "none.rec"))


def test_a_record_without_an_image_is_named_by_its_key(path):
    with recordio.MXIndexedRecordIO(path[:-4] + ".idx", path, "w") as record:
        record.write_idx(17, recordio.pack((0, 1.0, 0, 0), b"no image"))
        record.write_idx(18, b"no header")
    dataset = ImageRecordDataset(path)
    with pytest.raises(FormatError, match=r"twelve\.rec, record 17: this is no image"):
        dataset[0]
    with pytest.raises(FormatError, match=r"twelve\.rec, record 18: unpack"):
        dataset[1]


def test_a_file_that_was_cut_short_is_read_up_to_there(path):
    os.truncate(path, os.path.getsize(path) - 8)
    dataset = ImageRecordDataset(path)
    assert dataset[10][0].shape == (8, 10, 3)
    with pytest.raises(FormatError, match="are left"):
        dataset[11]


@pytest.mark.parametrize("flag", [-1, 2])
def test_another_flag_is_refused(flag, path):
    with pytest.raises(ValueError, match="ImageRecordDataset: flag="):
        ImageRecordDataset(path, flag=flag)
