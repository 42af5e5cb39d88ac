"""ImageIter and ImageDetIter, beside what `test_golden_gluon` holds to recordings."""

import itertools
import logging
import random

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, recordio
from mxnet.image import ImageDetIter, ImageIter
from tests.samples.gluon.pictures import picture, png

SHAPE = (3, 5, 6)


def write_records(folder, labels, contents=None, name="a"):
    paths = {"path_imgidx": str(folder / f"{name}.idx"), "path_imgrec": str(folder / f"{name}.rec")}
    with recordio.MXIndexedRecordIO(*paths.values(), "w") as record:
        for number, label in enumerate(labels):
            content = contents[number] if contents else png(picture(9, 12, seed=number))
            record.write_idx(number, recordio.pack(recordio.IRHeader(0, label, number, 0), content))
    return paths


@pytest.fixture
def records(tmp_path):
    return write_records(tmp_path, [float(number) for number in range(7)])


@pytest.fixture
def listed(tmp_path):
    for number in range(5):
        (tmp_path / f"im{number}.png").write_bytes(png(picture(9, 12, seed=number)))
    return {"imglist": [[number, f"im{number}.png"] for number in range(5)], "path_root": str(tmp_path)}


def labels_of(iterator):
    return [batch.label[0].asnumpy().tolist() for batch in iterator]


def test_batches_are_what_decoding_and_augmenting_gives(records):
    batch = next(ImageIter(3, SHAPE, **records))
    for number, image in enumerate(batch.data[0]):
        cut = mx.image.center_crop(nd.array(picture(9, 12, seed=number), dtype="uint8"), (6, 5))[0]
        np.testing.assert_array_equal(image.asnumpy(), cut.asnumpy().transpose(2, 0, 1))
    assert batch.data[0].dtype == np.float32
    assert (batch.pad, batch.index) == (0, None)


def test_it_is_an_iterator_of_mx_io(records):
    iterator = ImageIter(3, SHAPE, data_name="d", label_name="l", **records)
    assert isinstance(iterator, mx.io.DataIter)
    assert iterator.provide_data == [("d", (3, *SHAPE))]
    assert iterator.provide_label == [("l", (3,))]
    # Two batches and one that is filled up; then the end, as often as it is asked for.
    assert len(labels_of(iterator)) == 3
    assert labels_of(iterator) == []
    iterator.reset()
    assert len(labels_of(mx.io.PrefetchingIter(iterator))) == 3


def test_a_batch_of_more_images_than_there_are_is_filled_with_all_of_them_again(listed):
    (batch,) = ImageIter(12, SHAPE, **listed)
    assert batch.label[0].asnumpy().tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert batch.pad == 7
    rolling = ImageIter(8, SHAPE, last_batch_handle="roll_over", **listed)
    passes = []
    for _ in range(4):
        passes.append(labels_of(rolling))
        rolling.reset()
    assert passes == [[], [[0, 1, 2, 3, 4, 0, 1, 2]], [], [[3, 4, 0, 1, 2, 3, 4, 0]]]


def test_hard_reset_forgets_what_was_kept(records):
    iterator = ImageIter(3, SHAPE, last_batch_handle="roll_over", **records)
    assert labels_of(iterator) == [[0, 1, 2], [3, 4, 5]]
    iterator.hard_reset()
    assert next(iterator).label[0].asnumpy().tolist() == [0, 1, 2]


def test_parts_do_not_overlap(records):
    parts = [ImageIter(1, SHAPE, num_parts=2, part_index=part, **records) for part in range(2)]
    assert [list(itertools.chain(*labels_of(part))) for part in parts] == [[0, 1, 2], [3, 4, 5]]


def test_labels_of_a_list_replace_those_of_the_records(records, tmp_path):
    path = tmp_path / "x.lst"
    path.write_text("".join(f"{number}\t{number * 10}\tunused\n" for number in range(7)) + "\n")
    iterator = ImageIter(7, SHAPE, path_imglist=path, **records)
    assert labels_of(iterator) == [[0, 10, 20, 30, 40, 50, 60]]


def test_labels_of_several_numbers(listed, tmp_path):
    several = [[[number, number + 0.5], name] for number, name in listed["imglist"]]
    (batch, *_) = ImageIter(2, SHAPE, 2, imglist=several, path_root=tmp_path)
    assert batch.label[0].asnumpy().tolist() == [[0, 0.5], [1, 1.5]]
    with pytest.raises(ValueError, match="label_width=2"):
        next(ImageIter(2, SHAPE, imglist=several, path_root=tmp_path))


def test_threads_change_nothing(records, listed, monkeypatch, seed):
    def passes():
        random.seed(seed)
        iterator = ImageIter(3, SHAPE, rand_crop=True, rand_mirror=True, shuffle=True, **records)
        return [batch.data[0].asnumpy() for batch in iterator]

    alone = passes()
    monkeypatch.setenv("MXNET_CPU_WORKER_NTHREADS", "3")
    for a, b in zip(alone, passes(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(labels_of(ImageIter(2, SHAPE, **listed))) == 3


def test_a_damaged_image_is_named_and_the_next_call_goes_on_behind_it(tmp_path):
    good, bad = png(picture(9, 12)), png(picture(9, 12))[:50]
    paths = write_records(tmp_path, [0.0, 1.0, 2.0, 3.0, 4.0], [good, bad, good, b"", good])
    iterator = ImageIter(2, SHAPE, last_batch_handle="discard", **paths)
    with pytest.raises(mx.MXNetError, match="Broken image index 1"):
        next(iterator)
    with pytest.raises(RuntimeError, match="Broken image index 3"):
        next(iterator)
    (tmp_path / "bad.png").write_bytes(bad)
    with pytest.raises(mx.MXNetError, match=r"Broken image filename bad\.png"):
        next(ImageIter(1, SHAPE, imglist=[[1, "bad.png"]], path_root=tmp_path))
    plain = ImageIter(2, SHAPE, path_imgrec=paths["path_imgrec"])
    with pytest.raises(mx.MXNetError, match="Broken image record"):
        next(plain)


def test_methods_may_be_overridden(records):
    class Mirrored(ImageIter):
        def augmentation_transform(self, data):
            return super().augmentation_transform(data).flip(axis=1)

        def postprocess_data(self, datum):
            return super().postprocess_data(datum) / 255

    plain, mirrored = (next(kind(2, SHAPE, **records)).data[0].asnumpy() for kind in (ImageIter, Mirrored))
    np.testing.assert_allclose(mirrored, plain[..., ::-1] / 255, rtol=1e-6)


def test_samples_one_by_one(records, listed):
    label, content = ImageIter(2, SHAPE, **records).next_sample()
    assert (label, content) == (0.0, png(picture(9, 12, seed=0)))
    label, content = ImageIter(2, SHAPE, **listed).next_sample()
    assert label.asscalar() == 0
    assert content == png(picture(9, 12, seed=0))


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        ({}, AssertionError, "no images"),
        ({"path_imgrec": "no.rec"}, mx.MXNetError, "no.rec"),
        ({"path_imglist": "no.lst"}, FileNotFoundError, "no.lst"),
        ({"imglist": [[1, "no.png"]], "dtype": "uint8"}, AssertionError, "uint8 label"),
        ({"imglist": [[1, "no.png"]], "last_batch_handle": "keep"}, ValueError, "roll_over"),
        ({"imglist": [[1, "no.png"]], "num_parts": 2, "part_index": 2}, AssertionError, "part 2 of 2"),
        ({"imglist": [[1, "no.png"]], "data_shape": (5, 6)}, ValueError, "CxHxW"),
        ({"imglist": [[1, "no.png"]], "data_shape": (1, 5, 6)}, ValueError, "3 channels"),
        ({"imglist": [[1, "no.png"]], "rand_corp": True}, TypeError, "rand_corp"),
        ({"imglist": [[1, "no.png"]], "rand_resize": True}, AssertionError, "rand_crop"),
    ],
)
def test_wrong_arguments_say_what_is_wrong(wrong, kind, says):
    with pytest.raises(kind) as caught:
        ImageIter(**{"batch_size": 2, "data_shape": SHAPE, **wrong})
    assert says in str(caught.value)


def test_wrong_contents_say_what_is_wrong(records, listed, tmp_path):
    for options in ({"shuffle": True}, {"num_parts": 2}):
        with pytest.raises(AssertionError, match="path_imgidx"):
            ImageIter(2, SHAPE, path_imgrec=records["path_imgrec"], **options)
    with pytest.raises(ValueError, match="ForceResizeAug"):
        next(ImageIter(2, SHAPE, aug_list=[], **records))
    with pytest.raises(FileNotFoundError):
        next(ImageIter(2, SHAPE, imglist=[[1, "no.png"]], path_root=tmp_path))
    path = tmp_path / "x.lst"
    path.write_text("0\t1\tim0.png\nno tabs at all\n")
    with pytest.raises(ValueError, match="line 2"):
        ImageIter(2, SHAPE, path_imglist=path)
    path.write_text("0\t1\tim0.png\n")
    with pytest.raises(KeyError, match="no line for record 1"):
        next(ImageIter(2, SHAPE, path_imglist=path, **records))


# ---------------------------------------------------------------------- detection


LABELS = [
    np.array([2, 5, 0, 0.1, 0.2, 0.3, 0.4], "float32"),
    np.array([2, 5, 1, 0.1, 0.2, 0.5, 0.6, 2, 0.3, 0.3, 0.9, 0.95], "float32"),
    np.array([4, 5, 7, 8, 3, 0.1, 0.1, 0.9, 0.9], "float32"),
]


@pytest.fixture
def boxes(tmp_path):
    return write_records(tmp_path, LABELS, name="boxes")


def test_boxes_are_filled_up_with_minus_one(boxes):
    iterator = ImageDetIter(3, SHAPE, **boxes)
    assert iterator.label_shape == (2, 5)
    assert iterator.provide_label == [("label", (3, 2, 5))]
    (batch,) = iterator
    label = batch.label[0].asnumpy()
    assert label[0, 1].tolist() == [-1] * 5
    np.testing.assert_array_equal(label[1], LABELS[1][2:].reshape(2, 5))
    np.testing.assert_array_equal(label[2, 0], LABELS[2][4:])


def test_label_shapes_are_reshaped_and_synchronised(boxes, tmp_path, caplog):
    first = ImageDetIter(1, SHAPE, **boxes)
    second = ImageDetIter(1, SHAPE, **write_records(tmp_path, LABELS[:1], name="one"))
    with caplog.at_level(logging.INFO):
        assert first.sync_label_shape(second, verbose=True) is second
    assert "(1, 5) to (2, 5)" in caplog.text
    assert first.label_shape == second.label_shape == (2, 5)
    second.reshape(label_shape=(4, 5), data_shape=(3, 7, 8))
    second.sync_label_shape(first)
    assert first.provide_label == second.provide_label == [("label", (1, 4, 5))]
    assert second.provide_data == [("data", (1, 3, 7, 8))]
    assert next(first).label[0].shape == (1, 4, 5)
    before = second.provide_data, second.provide_label
    for wrong in (
        {"label_shape": (1, 5)},
        {"label_shape": (4, 6)},
        {"label_shape": (5,)},
        {"data_shape": (3, 9)},
        {"data_shape": (3, 9, 9), "label_shape": (1, 5)},
    ):
        with pytest.raises(ValueError, match=r"label|channels|length"):
            second.reshape(**wrong)
    assert (second.provide_data, second.provide_label) == before
    with pytest.raises(AssertionError, match="invalid iterator"):
        first.sync_label_shape(ImageIter(1, SHAPE, **boxes))


def test_an_image_without_objects_behind_its_augmenters_is_left_out(boxes, caplog):
    def drop(src, label):
        return src, label[label[:, 0] != 0]

    iterator = ImageDetIter(
        2, SHAPE, aug_list=[mx.image.DetBorrowAug(mx.image.ForceResizeAug((6, 5))), drop], **boxes
    )
    with caplog.at_level(logging.DEBUG):
        (batch,) = iterator
    assert batch.label[0].asnumpy()[:, 0, 0].tolist() == [1, 3]
    assert "skipping" in caplog.text


@pytest.mark.parametrize(
    ("label", "kind", "says"),
    [
        ([2, 5, 0, 0.1, 0.2], RuntimeError, "Label shape is invalid"),
        ([2, 4, 0, 0.1, 0.2, 0.3, 1, 1, 1, 1], RuntimeError, "inconsistent with annotation width 4"),
        ([1, 5, 0, 0.1, 0.2, 0.3, 0.4], RuntimeError, "inconsistent"),
        ([2, 5, 0, 0.5, 0.2, 0.3, 0.4], RuntimeError, "no valid label"),
        ([2, 6, 0, 0.1, 0.2, 0.3, 0.4, 1], ValueError, "several widths"),
    ],
)
def test_wrong_labels_say_what_is_wrong(label, kind, says, tmp_path):
    paths = write_records(tmp_path, [LABELS[0], np.array(label, "float32")])
    with pytest.raises(kind) as caught:
        ImageDetIter(1, SHAPE, **paths)
    assert says in str(caught.value)
    with pytest.raises(RuntimeError, match="invalid"):
        ImageDetIter(1, SHAPE, **write_records(tmp_path, [1.0], name="scalar"))


def test_boxes_are_drawn(boxes):
    pytest.importorskip("cv2")
    shape = (3, 40, 60)
    plain = next(ImageDetIter(1, shape, **boxes)).data[0][0].asnumpy().transpose(1, 2, 0)[..., ::-1]
    drawn = list(ImageDetIter(1, shape, **boxes).draw_next(color=(255, 0, 7), id2labels={0: "cat"}))
    assert [(image.shape, image.dtype) for image in drawn] == [((40, 60, 3), np.uint8)] * 3
    assert drawn[0][8, 10].tolist() == [7, 0, 255]
    np.testing.assert_array_equal(drawn[0][30:, 30:], plain[30:, 30:])
    # What the augmenters did to the colours is undone.
    normal = ImageDetIter(1, shape, mean=True, std=True, **boxes)
    again = next(normal.draw_next(color=(255, 0, 7), mean=True, std=True))
    assert abs(again[30:, 30:].astype(int) - plain[30:, 30:]).max() <= 1
