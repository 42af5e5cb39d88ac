"""`ImageRecordIter` and `ImageDetRecordIter` beyond what is recorded: random changes, threads, damaged files."""

import gc
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import recordio
from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.io import image_ops
from tests.samples.iterators import PROGRAMS, run
from tests.samples.iterators.pictures import png

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "io.json").read_text(encoding="utf-8"))
OF_IMAGES = [
    name for name in PROGRAMS if name.startswith(("pictures", "labels_of", "the_mean", "detections"))
]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 10
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < end, f"left: {left}"
        gc.collect()


@pytest.fixture
def pack(tmp_path):
    """Return a function that writes a record file of images."""

    def pack(images, labels=None):
        path = tmp_path / "images.rec"
        with recordio.MXRecordIO(path, "w") as record:
            for number, image in enumerate(images):
                label = labels[number] if labels is not None else float(number)
                content = image if isinstance(image, bytes) else png(image)
                record.write(recordio.pack(recordio.IRHeader(0, label, number, 0), content))
        return str(path)

    return pack


def slopes(rows=20, columns=24):
    """An image of which every pixel says where it is: row, column."""
    image = np.zeros((rows, columns, 3), np.uint8)
    image[..., 0] = np.arange(rows)[:, None]
    image[..., 1] = np.arange(columns)
    return image


def pictures(path, **options):
    return mx.io.ImageRecordIter(
        **{
            "path_imgrec": path,
            "data_shape": (3, 8, 10),
            "batch_size": 16,
            "preprocess_threads": 2,
            **options,
        }
    )


def data(data_iter):
    return next(data_iter).data[0].asnumpy()


# --------------------------------------------------------------------------------------------------------- libraries


@pytest.mark.parametrize("name", OF_IMAGES)
def test_pillow_and_no_opencv_give_the_same(name, monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert run(mx, name) == GOLDEN[name]


def test_colours_cannot_be_turned_without_opencv(pack, monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MXNetError, match=r"need OpenCV"):
        data(pictures(pack([slopes()] * 16), random_h=30))


# ---------------------------------------------------------------------------------------------------- random changes


def test_a_random_part_is_anywhere_in_the_image(pack):
    found = np.concatenate(
        [b.data[0].asnumpy() for b in pictures(pack([slopes()] * 200), rand_crop=True, batch_size=50)]
    )
    corners = found[:, :2, 0, 0]
    np.testing.assert_array_equal(
        found[:, :2], slopes().transpose(2, 0, 1)[:2, :8, :10] + corners[..., None, None]
    )
    assert set(corners[:, 0]) == set(range(13))
    assert set(corners[:, 1]) == set(range(15))


def test_every_second_image_is_mirrored_on_average(pack):
    found = data(pictures(pack([slopes()] * 200), rand_mirror=True, batch_size=200))
    straight = found[:, 1, 0, 0] < found[:, 1, 0, -1]
    assert 60 < straight.sum() < 140
    np.testing.assert_array_equal(found[~straight][0], found[straight][0][..., ::-1])


def test_a_random_rectangle_has_the_area_and_the_shape_that_is_asked_for(pack):
    options = {"min_random_area": 0.25, "max_random_area": 0.25, "min_aspect_ratio": 1, "max_aspect_ratio": 1}
    found = data(
        pictures(
            pack([slopes()] * 100),
            random_resized_crop=True,
            batch_size=100,
            data_shape=(3, 11, 11),
            **options,
        )
    )
    assert set(np.ptp(found[:, 0, :, 0], axis=1)) == {10}
    assert set(np.ptp(found[:, 1, 0, :], axis=1)) == {10}
    assert len(set(found[:, 0, 0, 0])) > 5


def test_a_square_of_random_size_is_resized(pack):
    found = data(
        pictures(
            pack([slopes()] * 50),
            min_crop_size=5,
            max_crop_size=15,
            rand_crop=True,
            batch_size=50,
            inter_method=0,
        )
    )
    sizes = np.ptp(found[:, 0, :, 0], axis=1)
    assert 3 <= sizes.min() < sizes.max() <= 14


@pytest.mark.parametrize(
    "options",
    [
        {"brightness": 0.5},
        {"contrast": 0.5},
        {"saturation": 0.5},
        {"pca_noise": 0.5},
        {"random_h": 90},
        {"random_s": 100},
        {"random_l": 60},
        {"max_random_contrast": 0.5},
        {"max_random_illumination": 20},
        {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "pca_noise": 0.1},
    ],
)
def test_colours_change_by_chance_and_again_in_the_same_way(pack, options):
    pytest.importorskip("cv2")
    image = np.full((8, 10, 3), [60, 120, 180], np.uint8)
    image[:4] = [150, 100, 50]
    path = pack([image] * 16)
    found = data(pictures(path, **options))
    assert len({each.tobytes() for each in found}) > 8
    np.testing.assert_array_equal(found, data(pictures(path, **options)))
    assert (found != data(pictures(path, seed_aug=1, **options))).any()
    assert abs(found.mean() - 110) < 40


def test_grey_images_keep_their_colours(pack):
    image = slopes()[..., :1]
    options = {"data_shape": (1, 20, 24), "brightness": 0.5, "pca_noise": 0.5, "random_h": 20}
    np.testing.assert_array_equal(data(pictures(pack([image] * 16), **options))[0, 0], image[..., 0])


@pytest.mark.parametrize("threads", [1, 3, 40])
def test_random_numbers_do_not_depend_on_the_number_of_threads(pack, threads):
    path = pack([slopes()] * 40)
    options = {"rand_crop": True, "rand_mirror": True, "brightness": 0.3, "shuffle": True, "seed": 5}
    one, many = (
        [b.data[0].asnumpy() for b in pictures(path, preprocess_threads=n, prefetch_buffer=n, **options)]
        for n in (1, threads)
    )
    np.testing.assert_array_equal(one, many)


def test_every_pass_changes_images_in_other_ways(pack):
    data_iter = pictures(pack([slopes()] * 16), rand_crop=True)
    first = data(data_iter)
    data_iter.reset()
    assert (first != data(data_iter)).any()


# ----------------------------------------------------------------------------------------------------------- batches


def test_a_last_batch_says_how_much_of_it_fills_it_up(pack):
    path = pack([slopes()] * 5)
    data_iter = pictures(path, batch_size=3)
    found = []
    for _ in range(3):
        found.append(
            [(batch.label[0].asnumpy().tolist(), batch.pad, batch.index.tolist()) for batch in data_iter]
        )
        data_iter.reset()
    assert found == [
        [([0, 1, 2], 0, [0, 1, 2]), ([3, 4, 0], 1, [3, 4, 0])],
        [([1, 2, 3], 0, [1, 2, 3]), ([4, 0, 1], 2, [4, 0, 1])],
        [([2, 3, 4], 0, [2, 3, 4])],
    ]
    last = list(pictures(path, batch_size=3, round_batch=False))[-1]
    assert (last.label[0].asnumpy().tolist(), last.pad) == ([3, 4, 2], 1)


def test_a_batch_larger_than_the_file_is_filled_again_and_again(pack):
    data_iter = pictures(pack([slopes()] * 3), batch_size=8)
    batch = next(data_iter)
    assert (batch.label[0].asnumpy().tolist(), batch.pad) == ([0, 1, 2, 0, 1, 2, 0, 1], 5)
    data_iter.reset()
    assert next(data_iter).label[0].asnumpy().tolist() == [2, 0, 1, 2, 0, 1, 2, 0]


def test_a_shuffled_pass_has_every_image_once(pack):
    data_iter = pictures(pack([slopes()] * 10), batch_size=4, shuffle=True)
    for _ in range(3):
        labels = np.concatenate([b.label[0].asnumpy()[: 4 - b.pad] for b in data_iter])
        assert len(set(labels)) == len(labels)
        data_iter.reset()


def test_a_pass_that_is_left_begins_anew(pack):
    data_iter = pictures(pack([slopes()] * 64), batch_size=4)
    for _ in range(3):
        assert next(data_iter).label[0].asnumpy().tolist() == [0, 1, 2, 3]
        data_iter.reset()


def test_batches_are_made_ahead_and_no_further_than_asked(pack, monkeypatch):
    path = pack([slopes()] * 64)
    decoded = []
    original = mx._codec.decode
    monkeypatch.setattr(mx._codec, "decode", lambda *a, **k: decoded.append(1) or original(*a, **k))
    data_iter = pictures(path, batch_size=4, prefetch_buffer=2)
    next(data_iter)
    end = time.monotonic() + 10
    while len(decoded) < 12 and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(0.05)
    assert len(decoded) == 12


@pytest.mark.parametrize(("kind", "value"), [("float16", 120.5), ("float64", 120.5), ("int32", 131)])
def test_data_comes_in_the_type_that_is_asked_for(pack, kind, value):
    image = np.full((8, 10, 3), 131, np.uint8)
    data_iter = pictures(pack([image] * 16), dtype=kind, mean_r=10.5)
    assert np.dtype(data_iter.provide_data[0].dtype) == kind
    assert data(data_iter)[0, 0, 0, 0] == value


PROGRAM = """
import sys
import mxnet as mx
data_iter = mx.io.ImageRecordIter(
    path_imgrec=sys.argv[1], data_shape=(3, 200, 200), batch_size=8, preprocess_threads=4, rand_crop=True
)
if sys.argv[2] == "prefetching":
    data_iter = mx.io.PrefetchingIter(data_iter)
print(next(data_iter).data[0].shape)
"""


@pytest.mark.parametrize("wrapper", ["plain", "prefetching"])
def test_a_program_may_end_while_batches_are_in_the_making(pack, wrapper):
    path = pack([slopes(240, 250)] * 64)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, wrapper], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "(8, 3, 200, 200)", "")


# ------------------------------------------------------------------------------------------------------------ errors


def test_a_damaged_image_is_named_with_its_place(pack):
    path = pack([slopes(), b"no image at all", slopes()])
    data_iter = pictures(path, batch_size=1, prefetch_buffer=1)
    next(data_iter)
    with pytest.raises(FormatError) as error:
        next(data_iter)
    assert "ImageRecordIter" in str(error.value)
    assert "the record at byte" in str(error.value)
    assert path in str(error.value)


def test_a_record_without_a_header_is_named(tmp_path):
    path = tmp_path / "short.rec"
    with recordio.MXRecordIO(path, "w") as record:
        record.write(b"abc")
    with pytest.raises(FormatError, match=r"no record with a header(.|\n)*the record at byte 0"):
        next(pictures(str(path), batch_size=1))


def test_a_file_that_is_no_record_file_is_refused(tmp_path):
    path = tmp_path / "words.rec"
    path.write_bytes(b"hello world" * 10)
    with pytest.raises(FormatError, match="not a valid RecordIO file"):
        pictures(str(path))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path_imgrec": ""}, "path_imgrec='images.rec'"),
        ({"path_imgrec": "absent.rec"}, "cannot open 'absent.rec'"),
        ({"path_imgidx": "absent.idx"}, "cannot open 'absent.idx'"),
        ({"path_imglist": "absent.lst"}, "cannot open 'absent.lst'"),
        ({"data_shape": (3, 8)}, "(channels, height, width)"),
        ({"data_shape": (2, 8, 10)}, "1 channel for grey"),
        ({"data_shape": (3, 0, 10)}, "data_shape=(3, 0, 10)"),
        ({"label_width": 0}, "a label has at least one number"),
        ({"inter_method": 7}, "unknown inter_method"),
        ({"preprocess_threads": 0}, "at least one thread"),
        ({"num_parts": 2, "part_index": 5}, "part_index does not exist"),
        ({"num_parts": 0}, "part_index does not exist"),
        ({"num_parts": 100, "part_index": 99}, "there are no records"),
        ({"max_rotate_angle": 10}, "max_rotate_angle is not supported"),
        ({"rotate": 90}, "rotate is not supported"),
        ({"max_shear_ratio": 0.1}, "max_shear_ratio is not supported"),
        ({"max_aspect_ratio": 0.25}, "random_resized_crop=True"),
        ({"max_random_scale": 0.5}, "max_random_scale is not supported"),
        ({"max_img_size": 480.0}, "max_img_size is not supported"),
        ({"aug_seq": "other"}, "aug_seq is not supported"),
        ({"min_crop_size": 4}, "go together"),
        ({"min_crop_size": 9, "max_crop_size": 4}, "go together"),
        ({"random_resized_crop": True, "rand_crop": True}, "a way of cutting of its own"),
        ({"random_resized_crop": True, "min_random_area": 0}, "areas are fractions"),
        ({"shuffle": "perhaps"}, "it is True or False"),
        ({"dtype": "complex64"}, "dtype='complex64'"),
    ],
)
def test_a_wrong_parameter_has_one_clear_error(pack, options, words, monkeypatch, tmp_path):
    path = pack([slopes()])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MXNetError) as error:
        pictures(path, **options)
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) <= 4


def test_values_that_change_nothing_are_accepted(pack):
    neutral = {
        "max_rotate_angle": 0,
        "rotate": -1,
        "max_random_scale": 1,
        "min_random_scale": "1",
        "max_img_size": 1e10,
    }
    assert data(
        pictures(pack([slopes()]), batch_size=1, verbose=False, ctx="cpu", device_id=0, **neutral)
    ).any()


@pytest.mark.parametrize("line", ["a\t1\tx.png", "0\tone\tx.png", "0\tx.png", "0", "nan\t1\tx.png"])
def test_a_line_of_a_list_that_is_wrong_is_named(pack, tmp_path, line):
    (tmp_path / "labels.lst").write_text(f"7\t1\tx.png\n\n{line}\n")
    with pytest.raises(FormatError, match="line 3"):
        pictures(pack([slopes()]), path_imglist=str(tmp_path / "labels.lst"))


def test_a_record_that_a_list_leaves_out_is_named(pack, tmp_path):
    (tmp_path / "labels.lst").write_text("0\t5\tx.png\n")
    data_iter = pictures(pack([slopes()] * 2), batch_size=1, path_imglist=str(tmp_path / "labels.lst"))
    assert next(data_iter).label[0].asscalar() == 5
    with pytest.raises(MXNetError, match="the record with the id 1"):
        next(data_iter)


def test_a_mean_image_of_another_shape_is_refused(pack, tmp_path):
    path, mean = pack([slopes()] * 2), str(tmp_path / "mean.bin")
    pictures(path, mean_img=mean, batch_size=1)
    with pytest.raises(MXNetError, match=r"with \(3, 8, 10\)"):
        pictures(path, mean_img=mean, batch_size=1, data_shape=(3, 6, 6))


# -------------------------------------------------------------------------------------------------------- detections


def boxes(path, **options):
    given = {
        "path_imgrec": path,
        "data_shape": (3, 20, 24),
        "batch_size": 30,
        "preprocess_threads": 2,
        **options,
    }
    return mx.io.ImageDetRecordIter(**given)


def image_of(box, rows=20, columns=24):
    """An image that is white where the box is."""
    image = np.zeros((rows, columns, 3), np.uint8)
    left, top, right, bottom = (round(c * n) for c, n in zip(box, (columns, rows) * 2))
    image[top:bottom, left:right] = 255
    return image


def bounds(image):
    """The box around what is bright in an image, as fractions."""
    rows, columns = np.nonzero(image > 100)
    height, width = image.shape
    return [
        columns.min() / width,
        rows.min() / height,
        (columns.max() + 1) / width,
        (rows.max() + 1) / height,
    ]


BOX = (0.25, 0.4, 0.5, 0.8)
LABEL = np.array([2, 5, 3, *BOX], np.float32)


@pytest.mark.parametrize(
    "options",
    [
        {"rand_mirror_prob": 0.5},
        {"rand_pad_prob": 1, "max_pad_scale": 3, "fill_value": 50},
        {"rand_crop_prob": 1, "min_crop_scales": 0.7, "min_crop_object_coverages": 0.99},
        {
            "rand_crop_prob": 1,
            "min_crop_scales": 0.6,
            "crop_emit_mode": "overlap",
            "emit_overlap_thresh": 0.99,
        },
        {
            "rand_crop_prob": 0.8,
            "num_crop_sampler": 2,
            "min_crop_scales": (0.6, 0.8),
            "max_crop_scales": (0.9, 1),
            "min_crop_aspect_ratios": (0.75, 0.5),
            "max_crop_aspect_ratios": (1.33, 2),
            "min_crop_object_coverages": (0.99, 0.99),
            "max_crop_trials": (20, 20),
            "rand_mirror_prob": 0.5,
        },
    ],
)
def test_boxes_stay_around_their_objects(pack, options):
    data_iter = boxes(pack([image_of(BOX)] * 30, [LABEL] * 30), data_shape=(3, 80, 96), **options)
    batch = next(data_iter)
    images, labels = batch.data[0].asnumpy(), batch.label[0].asnumpy()
    assert len({each.tobytes() for each in labels}) > 1
    for image, label in zip(images, labels):
        assert label[:7].tolist() == [3, 80, 96, 7, 2, 5, 3]
        np.testing.assert_allclose(label[7:11], bounds(image[0]), atol=0.1)


def test_an_object_is_kept_where_its_center_is(pack):
    label = np.array([2, 5, 0, 0.0, 0.0, 0.2, 0.2, 1, 0.8, 0.8, 1.0, 1.0], np.float32)
    data_iter = boxes(
        pack([slopes()] * 30, [label] * 30), rand_crop_prob=1, min_crop_scales=0.4, max_crop_scales=0.6
    )
    lengths = next(data_iter).label[0].asnumpy()[:, 3]
    assert set(lengths) == {7, 12}  # one of the two, or both where no part was found


@pytest.mark.parametrize(
    "options",
    [
        {"max_random_hue": 40, "random_hue_prob": 1},
        {"max_random_illumination": 40, "random_illumination_prob": 1},
        {"max_random_saturation": 80, "random_saturation_prob": 1},
        {"max_random_contrast": 0.5, "random_contrast_prob": 1},
    ],
)
def test_colours_of_detections_change_by_chance(pack, options):
    pytest.importorskip("cv2")
    image = np.full((20, 24, 3), [60, 120, 180], np.uint8)
    found = data(boxes(pack([image] * 30, [LABEL] * 30), **options))
    assert len({each.tobytes() for each in found}) > 8


@pytest.mark.parametrize(
    ("label", "options", "words"),
    [
        (LABEL, {"label_pad_width": 5}, "label_pad_width=7"),
        (LABEL, {"label_width": 12}, "label_width=-1"),
        (LABEL, {"min_crop_scales": 0.9, "max_crop_scales": 0.5}, "min_crop_scales is above max_crop_scales"),
        (LABEL, {"resize_mode": "stretch"}, "'force' or 'shrink' or 'fit'"),
        (LABEL, {"aug_seq": "other"}, "aug_seq is not supported"),
        (np.array([1.0, 2.0]), {}, "a label is not that of objects"),
        (np.array([2, 5, 0, 0.1, 0.2, 0.5]), {}, "a label is not that of objects"),
        (np.array([2, 4, 0, 0.1, 0.2, 0.5]), {}, "objects of B numbers, at least 5"),
        (1.0, {}, "a label is not that of objects"),
    ],
)
def test_what_is_no_detection_has_one_clear_error(pack, label, options, words):
    with pytest.raises(MXNetError) as error:
        next(boxes(pack([slopes()], [label]), batch_size=1, **options))
    assert words in str(error.value)


# ------------------------------------------------------------------------------------------------------- single steps


@pytest.mark.parametrize("method", [0, 1, 3])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_resizing_with_and_without_opencv_gives_the_same_pixels(rng, method, channels, monkeypatch):
    pytest.importorskip("cv2")
    image = rng.integers(0, 256, (13, 17, channels), dtype=np.uint8)
    sizes = [(5, 9), (26, 34), (13, 30), (7, 17)]
    with_it = [image_ops.resized(image, *size, method) for size in sizes]
    monkeypatch.setitem(sys.modules, "cv2", None)
    for size, expected in zip(sizes, with_it):
        np.testing.assert_array_equal(image_ops.resized(image, *size, method), expected)


def test_a_random_method_is_one_of_five(rng):
    image = rng.integers(0, 256, (13, 17, 3), dtype=np.uint8)
    known = {image_ops.resized(image, 20, 20, method).tobytes() for method in range(5)}
    found = {image_ops.resized(image, 20, 20, 10, rng).tobytes() for _ in range(60)}
    assert found == known
