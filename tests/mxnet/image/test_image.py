"""Functions of mx.image, beside what `test_golden_gluon` holds to recordings."""

import random

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.image.io import interpolation
from tests.samples.gluon.pictures import picture, png


def image_of(*shape, seed=4):
    return nd.array(picture(*shape, seed=seed), dtype="uint8")


def test_decoding_gives_back_what_was_encoded(rng):
    pixels = rng.integers(0, 256, (5, 7, 3)).astype("uint8")
    decoded = mx.image.imdecode(png(pixels))
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded.asnumpy(), pixels)
    np.testing.assert_array_equal(mx.image.imdecode(png(pixels), to_rgb=False).asnumpy(), pixels[..., ::-1])
    assert mx.image.imdecode(png(pixels), flag=0).shape == (5, 7, 1)
    np.testing.assert_array_equal(mx.image.imdecode(memoryview(png(pixels))).asnumpy(), pixels)


def test_a_decoded_image_is_writable_memory_of_its_own():
    content = png(picture(4, 5))
    first, second = mx.image.imdecode(content), mx.image.imdecode(content)
    first[:] = 0
    assert second.asnumpy().any()


def test_decoding_into_an_array_takes_its_memory_or_its_name():
    content = png(picture(4, 5))
    fitting, other = nd.zeros((4, 5, 3), dtype="uint8"), nd.zeros((2, 2))
    view = fitting[0:1]
    assert mx.image.imdecode(content, out=fitting) is fitting
    np.testing.assert_array_equal(view.asnumpy()[0], picture(4, 5)[0])
    mx.image.imdecode(content, out=other)
    assert (other.shape, other.dtype) == ((4, 5, 3), np.uint8)


def test_files_are_read_by_text_and_by_path(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(picture(4, 5)))
    for name in (path, str(path)):
        np.testing.assert_array_equal(mx.image.imread(name).asnumpy(), picture(4, 5))
    assert mx.image.imread(path, flag=0).shape == (4, 5, 1)
    np.testing.assert_array_equal(
        nd._internal._cvimread(str(path), to_rgb=False).asnumpy(), picture(4, 5)[..., ::-1]
    )


def test_the_old_imdecode_puts_channels_first():
    pixels = picture(6, 7)
    whole = nd.imdecode(png(pixels))
    np.testing.assert_array_equal(whole.asnumpy(), pixels.transpose(2, 0, 1).astype("float32"))
    part = nd.imdecode(png(pixels), clip_rect=(1, 2, 5, 6), mean=nd.ones((3, 4, 4)))
    np.testing.assert_array_equal(part.asnumpy(), whole.asnumpy()[:, 2:6, 1:5] - 1)
    batch = nd.zeros((2, 3, 6, 7))
    assert nd.imdecode(png(pixels), out=batch, index=1) is batch
    assert not batch[0].asnumpy().any()
    np.testing.assert_array_equal(batch[1].asnumpy(), whole.asnumpy())
    assert nd.imdecode(png(pixels), channels=1).shape == (1, 6, 7)


def test_interpolations_are_chosen_by_the_sizes():
    cases = {(20, 20): 2, (5, 5): 3, (5, 20): 1, (20, 5): 1, (10, 10): 1, (10, 20): 1}
    assert {size: interpolation(9, (10, 10, *size)) for size in cases} == cases
    assert {interpolation(10) for _ in range(200)} == set(range(5))
    source = image_of(9, 12)
    for way in (9, 10):
        assert mx.image.imresize(source, 5, 4, way).shape == (4, 5, 3)
    np.testing.assert_array_equal(
        mx.image.imresize(source, 20, 20, 9).asnumpy(), mx.image.imresize(source, 20, 20, 2).asnumpy()
    )


def test_numpy_images_are_welcome():
    pixels = picture(9, 12)
    expected = mx.image.resize_short(image_of(9, 12), 5).asnumpy()
    np.testing.assert_array_equal(mx.image.resize_short(pixels, 5).asnumpy(), expected)


def test_a_cut_is_a_copy():
    source = image_of(6, 7)
    whole = mx.image.fixed_crop(source, 0, 0, 7, 6)
    rows = mx.image.fixed_crop(source, 0, 2, 7, 2)
    whole[:] = 0
    rows[:] = 0
    np.testing.assert_array_equal(source.asnumpy(), picture(6, 7))


def test_sizes_may_be_one_number():
    source = image_of(9, 12)
    assert mx.image.center_crop(source, 4)[0].shape == (4, 4, 3)
    assert mx.image.random_crop(source, 4)[0].shape == (4, 4, 3)
    assert mx.image.random_size_crop(source, 4, 0.2, (1, 1))[0].shape == (4, 4, 3)


def test_color_normalize_writes_into_the_image():
    image = nd.full((2, 2, 3), 5)
    assert mx.image.color_normalize(image, nd.array([1, 2, 3])) is image
    assert image[0, 0].asnumpy().tolist() == [4, 3, 2]
    assert mx.image.color_normalize(image, None, 2)[0, 0].asnumpy().tolist() == [2, 1.5, 1]


def test_random_crops_lie_inside_and_everywhere(rng):
    source = image_of(6, 8)
    places = {mx.image.random_crop(source, (7, 5))[1] for _ in range(200)}
    assert places == {(x, y, 7, 5) for x in (0, 1) for y in (0, 1)}


def test_the_old_name_of_area_still_works_with_a_warning():
    with pytest.warns(DeprecationWarning, match="min_area"):
        _, (_, _, w, h) = mx.image.random_size_crop(image_of(50, 60), (5, 5), 0, (1, 1), min_area=0.5)
    assert w * h >= 1400


def test_rotation_is_differentiable():
    x = nd.ones((1, 6, 6))
    x.attach_grad()
    with autograd.record():
        y = mx.image.imrotate(x, 30).sum()
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy().sum(), y.asscalar(), rtol=1e-5)


def test_rotations_of_a_batch_are_those_of_its_images(rng):
    batch = nd.array(rng.random((3, 2, 7, 9)))
    angles = [10, -50, 170]
    for given in (nd.array(angles), np.array(angles), angles):
        together = mx.image.imrotate(batch, given)
        for image, angle, result in zip(batch, angles, together):
            np.testing.assert_array_equal(mx.image.imrotate(image, angle).asnumpy(), result.asnumpy())


def test_images_of_one_row_or_column_turn():
    for shape in ((1, 1, 5), (1, 5, 1), (1, 1, 1)):
        assert mx.image.imrotate(nd.ones(shape), 30).shape == shape


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        (lambda i, x: i.imdecode("picture.jpg"), ValueError, "imread"),
        (lambda i, x: i.imdecode(None), ValueError, "bytes"),
        (lambda i, x: i.imdecode(b""), mx.MXNetError, "empty"),
        (lambda i, x: i.imdecode(b"no image at all, only a text"), mx.MXNetError, "because"),
        (lambda i, x: i.imdecode(png(picture(9, 9))[:60]), mx.MXNetError, "because"),
        (lambda i, x: i.imdecode(png(picture(4, 4)), flag=-1), mx.MXNetError, "flag=-1"),
        (lambda i, x: i.imdecode(nd.array([1, 2, 3])), mx.MXNetError, "uint8 buffer"),
        (lambda i, x: i.imdecode(png(picture(4, 4)), out=3), TypeError, "out="),
        (lambda i, x: i.imread("no such picture.jpg"), mx.MXNetError, "no such file"),
        (lambda i, x: i.imread(__file__), mx.MXNetError, "test_image.py"),
        (lambda i, x: i.imresize(x, 0, 3), mx.MXNetError, "w=0"),
        (lambda i, x: i.imresize(x, 3.5, 3), mx.MXNetError, "w=3.5"),
        (lambda i, x: i.imresize(x, 3, 3, 8), mx.MXNetError, "interp=8"),
        (lambda i, x: i.imresize([1, 2], 3, 3), AssertionError, "NDArray"),
        (lambda i, x: i.imresize(x[:, :, 0], 3, 3), mx.MXNetError, "2 axes"),
        (lambda i, x: i.resize_short(x, 4, 7), ValueError, "interp method 7"),
        (lambda i, x: i.fixed_crop(x, -1, 0, 2, 2), mx.MXNetError, "not in the image"),
        (lambda i, x: i.fixed_crop(x, 0, 30, 2, 2), mx.MXNetError, "not in the image"),
        (lambda i, x: i.fixed_crop(x, 0, 0, 0, 2), mx.MXNetError, "not in the image"),
        (lambda i, x: i.center_crop(x, "12"), ValueError, "(width, height)"),
        (lambda i, x: i.random_crop(x, (1, 2, 3)), ValueError, "(width, height)"),
        (lambda i, x: i.random_size_crop(x, 4, 0.1, (1, 1), foo=1), AssertionError, "foo"),
        (lambda i, x: i.color_normalize(x, nd.array([1, 2, 3])), mx.MXNetError, "types"),
        (lambda i, x: i.copyMakeBorder(x, -1, 0, 0, 0), mx.MXNetError, "negative"),
        (lambda i, x: i.copyMakeBorder(x, 1, 1, 1, 1, 9), mx.MXNetError, "type=9"),
        (lambda i, x: i.copyMakeBorder(x, 1, 1, 1, 1, values=(1, 2)), mx.MXNetError, "2 values"),
        (lambda i, x: i.imrotate(x, 3), TypeError, "float32"),
        (lambda i, x: i.imrotate(nd.ones((2, 2)), 3), ValueError, "3D and 4D"),
        (lambda i, x: i.imrotate(nd.ones((1, 2, 2)), 3, True, True), ValueError, "both True"),
        (lambda i, x: i.imrotate(nd.ones((1, 2, 2)), nd.array([3])), TypeError, "scalar"),
        (lambda i, x: i.imrotate(nd.ones((2, 1, 2, 2)), nd.array([3])), ValueError, "number of"),
        (lambda i, x: nd.imdecode(png(picture(4, 4)), clip_rect=(0, 0, 9, 2)), mx.MXNetError, "clip_rect"),
    ],
)
def test_wrong_uses_say_what_is_wrong(wrong, kind, says):
    with pytest.raises(kind) as caught:
        wrong(mx.image, image_of(9, 12))
    assert says in str(caught.value)


def test_the_modules_of_mxnet_have_their_names():
    assert mx.img is mx.image
    assert mx.image.image.imread is mx.image.imread
    assert mx.image.image.copyMakeBorder is mx.image.copyMakeBorder
    assert mx.image.detection.ImageDetIter is mx.image.ImageDetIter
    with pytest.raises(AttributeError, match="imread"):
        _ = mx.image.imreed


def test_random_streams_are_those_of_python_and_numpy(seed):
    source = image_of(20, 20)
    mx.random.seed(0)
    expected = nd.random.uniform().asscalar()
    mx.random.seed(0)
    random.seed(seed)
    first = mx.image.random_crop(source, 5)[1]
    random.seed(seed)
    assert mx.image.random_crop(source, 5)[1] == first
    assert nd.random.uniform().asscalar() == expected
