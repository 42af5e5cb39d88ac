"""Images in and out, through OpenCV and through Pillow: the pixels of the real MXNet."""

import builtins

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from mxnet import _codec
from mxnet.files import FormatError
from tests.samples.records import IMAGES

from .files.test_fuzz import mutated

FILES = sorted(path.name for path in IMAGES.iterdir() if path.suffix != ".npz")
PIXELS = np.load(IMAGES / "pixels.npz")
# Where Pillow rounds otherwise than OpenCV.
ROUNDED = {"cmyk.jpg", "color16.png"}


@pytest.fixture(params=["cv2", "PIL"])
def library(request, monkeypatch):
    """Have the codec use one of the two."""
    pytest.importorskip(request.param)
    if request.param == "PIL":
        monkeypatch.setattr(_codec, "_opencv", lambda: None)
    return request.param


def content_of(name):
    return (IMAGES / name).read_bytes()


@pytest.mark.parametrize("flag", [0, 1])
@pytest.mark.parametrize("name", FILES)
def test_pixels_are_those_of_the_real_mxnet(name, flag, library):
    expected = PIXELS[f"{name} {flag}"]
    found = _codec.decode(content_of(name), flag)
    assert (found.shape, found.dtype) == (expected.shape, np.uint8)
    assert found.flags.c_contiguous
    assert found.flags.writeable
    tolerance = 1 if library == "PIL" and name in ROUNDED else 0
    assert np.abs(found.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("name", FILES)
def test_both_libraries_give_the_same_pixels(name, monkeypatch):
    pytest.importorskip("cv2")
    pytest.importorskip("PIL")
    for flag in (-1, 0, 1):
        for options in ({"to_rgb": False}, {"orient": True}):
            if flag == -1 and name == "color16.png":
                continue  # Pillow has eight bits of them
            with monkeypatch.context() as patched:
                one = _codec.decode(content_of(name), flag, **options)
                patched.setattr(_codec, "_opencv", lambda: None)
                other = _codec.decode(content_of(name), flag, **options)
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            assert np.abs(one.astype(int) - other).max() <= (name in ROUNDED)


def test_unchanged_images_have_the_channels_of_their_file(library):
    shapes = {name: _codec.decode(content_of(name), -1).shape[2] for name in FILES}
    with_alpha = {"alpha.png", "grey_alpha.png", "palette_with_hole.png"}
    grey = {"grey.jpg", "grey.png", "grey.tiff", "grey16.png", "black_and_white.png"}
    assert shapes == {name: 4 if name in with_alpha else 1 if name in grey else 3 for name in FILES}
    assert _codec.decode(content_of("grey16.png"), -1).dtype == np.uint16


def test_an_image_is_turned_only_if_that_is_wanted(library):
    straight = _codec.decode(content_of("turned.png"))
    turned = _codec.decode(content_of("turned.png"), orient=True)
    np.testing.assert_array_equal(turned, np.rot90(straight, -1))
    assert _codec.decode(content_of("turned.png"), -1, orient=True).shape == straight.shape


def test_the_order_of_colours_is_as_asked(library):
    for name in ("color.jpg", "alpha.png"):
        for flag in (-1, 1):
            rgb = _codec.decode(content_of(name), flag)
            bgr = _codec.decode(content_of(name), flag, to_rgb=False)
            np.testing.assert_array_equal(rgb[..., :3], bgr[..., 2::-1])


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("from_rgb", [True, False])
def test_a_png_comes_back_as_it_was(channels, from_rgb, library, rng):
    image = rng.integers(0, 256, (7, 5, channels)).astype(np.uint8)
    content = _codec.encode(image, ".PNG", quality=9, from_rgb=from_rgb)
    assert _codec.read_header(content) == ("PNG", 5, 7, channels)
    np.testing.assert_array_equal(_codec.decode(content, -1, to_rgb=from_rgb), image)


def test_a_jpeg_comes_back_nearly_as_it_was(library):
    image = np.add.outer(np.arange(32), np.arange(48))[..., None] * np.array([1, 2, 3])
    sizes = {}
    for quality in (30, 100, None):
        content = _codec.encode(image.astype(np.uint8), ".jpeg", quality=quality)
        sizes[quality] = len(content)
        assert np.abs(_codec.decode(content).astype(int) - image).mean() < {30: 6, 100: 1, None: 1.5}[quality]
    assert sizes[30] < sizes[None] < sizes[100]


@pytest.mark.parametrize("ending", [".bmp", ".tif", ".tiff"])
def test_other_formats_without_loss_come_back_as_they_were(ending, library, rng):
    image = rng.integers(0, 256, (7, 5, 3)).astype(np.uint8)
    np.testing.assert_array_equal(_codec.decode(_codec.encode(image, ending)), image)


def test_sixteen_bits_go_into_a_png(library):
    image = np.arange(35, dtype=np.uint16).reshape(7, 5) * 1000
    content = _codec.encode(image, ".png")
    np.testing.assert_array_equal(_codec.decode(content, -1)[..., 0], image)


def test_other_numbers_are_rounded_to_bytes(library):
    image = np.array([[-3.0, 0.4, 1.6], [254.7, 300.0, np.nan]])
    assert _codec.decode(_codec.encode(image, ".png"), 0)[..., 0].tolist() == [[0, 0, 2], [255, 255, 0]]


def test_a_jpeg_that_was_cut_short_is_grey_where_it_ends(library, capfd):
    image = np.add.outer(np.arange(64), np.arange(64))[..., None] * np.array([1, 1, 2])
    content = _codec.encode(image.astype(np.uint8), ".jpg", quality=90)
    whole = _codec.decode(content)
    part = _codec.decode(content[: len(content) * 3 // 4])
    assert part.shape == whole.shape
    np.testing.assert_array_equal(part[:15], whole[:15])  # row 15 borrows colours from below
    assert part[-1, -1].tolist() == [128, 128, 128]


@pytest.mark.parametrize("name", ["color.png", "palette.png", "color.bmp", "lzw.tiff"])
def test_an_image_that_was_cut_short_is_refused(name, library, capfd):
    content = content_of(name)
    with pytest.raises(FormatError) as caught:
        _codec.decode(content[: len(content) // 2])
    assert caught.value.because


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=mutated([content_of(name) for name in FILES]))
def test_a_mutated_image_gives_pixels_or_an_error(library, capfd, content):
    because = "none needed"
    try:
        assert _codec.decode(content).shape[2] == 3
    except FormatError as error:
        because = error.because
    assert because


def test_what_is_no_image_is_refused(library):
    with pytest.raises(FormatError, match="instead of a file of pixels"):
        _codec.decode(b"<html>404</html>")
    with pytest.raises(FormatError, match="it ends"):
        _codec.decode(content_of("color.jpg")[:100])
    with pytest.raises(TypeError, match="an encoded image is bytes"):
        _codec.decode("color.jpg")


@pytest.mark.parametrize("shape", [(5,), (0, 5, 3), (3, 4, 2), (2, 3, 4, 3)])
def test_what_is_no_image_cannot_be_encoded(shape):
    with pytest.raises(ValueError, match="an image is"):
        _codec.encode(np.zeros(shape, np.uint8))


def test_wrong_formats_and_elements_are_named():
    for ending in ("jpg", ".gif", None, ""):
        with pytest.raises(ValueError, match="there is no such format"):
            _codec.encode(np.zeros((2, 2), np.uint8), ending)
    with pytest.raises(TypeError, match="made of numbers"):
        _codec.encode(np.array([["a"]]))


def test_a_flag_of_opencv_needs_opencv(monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.setattr(_codec, "_opencv", lambda: None)
    with pytest.raises(ValueError, match="flag=4 needs OpenCV"):
        _codec.decode(content_of("color.png"), 4)


def test_an_opencv_that_does_not_load_is_none(monkeypatch):
    pytest.importorskip("PIL")
    real_import = builtins.__import__

    def broken(name, *rest):
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file", name=name)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    assert _codec.decode(content_of("color.png")).shape == (14, 20, 3)


def test_without_either_library_the_extra_is_named(monkeypatch):
    real_import = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] in ("cv2", "PIL"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"glueball\[image\]"):
        _codec.decode(content_of("color.png"))
    with pytest.raises(ModuleNotFoundError, match=r"glueball\[image\]"):
        _codec.encode(np.zeros((2, 2), np.uint8))
    assert _codec.read_header(content_of("color.png")).width == 20
