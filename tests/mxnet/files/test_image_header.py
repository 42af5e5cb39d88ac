"""The headers of images: size and format, and what claims more than it has."""

from __future__ import annotations

import struct
import zlib

import pytest

from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.files.image_header import read_image_header
from tests.samples.records import IMAGES

CHANNELS = {
    "alpha.png": 4, "grey_alpha.png": 2, "grey.png": 1, "grey16.png": 1, "black_and_white.png": 1, "grey.jpg": 1,
    "cmyk.jpg": 4, "grey.tiff": 1,
}  # fmt: skip
FILES = sorted(path.name for path in IMAGES.iterdir() if path.suffix != ".npz")


@pytest.mark.parametrize("name", FILES)
def test_format_and_size_are_read(name):
    header = read_image_header((IMAGES / name).read_bytes())
    ending = {"jpg": "JPEG"}.get(name.rpartition(".")[2], name.rpartition(".")[2].upper())
    assert header == (ending, 20, 14, CHANNELS.get(name, 3))


def png(width, height, depth=8, color=2, length=100):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    chunk = b"IHDR" + header
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return start.ljust(length, b"\0")


def jpeg(width, height, channels=3, marker=0xC0, before=b"", length=100):
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 8 + 3 * channels, 8, height, width, channels)
    return (b"\xff\xd8" + before + frame).ljust(length, b"\0")


def bmp(width, height, bits=24, packed=0, length=100):
    return (b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, width, height, 1, bits, packed)).ljust(
        length, b"\0"
    )


def tiff(*entries, order="<"):
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return start + b"".join(
        struct.pack(order + "HHI", tag, kind, 1) + struct.pack(order + {3: "HH", 4: "I"}[kind], *value)
        for tag, kind, *value in entries
    )


def webp(form, rest):
    return b"RIFF" + bytes(4) + b"WEBP" + form + bytes(4) + rest + bytes(8)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (jpeg(300, 200, before=b"\xff\xe1\x00\x06\xff\xc0ab\xff\xff", length=700), ("JPEG", 300, 200, 3)),
        (jpeg(300, 200, marker=0xC2, length=700), ("JPEG", 300, 200, 3)),
        (bmp(30, -20, length=3000), ("BMP", 30, 20, 3)),
        (bmp(30, 20, bits=32, length=3000), ("BMP", 30, 20, 4)),
        (b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 8, 4, 1, 8) + bytes(99), ("BMP", 8, 4, 3)),
        (webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 300, 200)), ("WEBP", 300, 200, 3)),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 299 | 199 << 14 | 1 << 28)), ("WEBP", 300, 200, 4)),
        (webp(b"VP8X", b"\x10\0\0\0\x2b\x01\0\xc7\0\0"), ("WEBP", 300, 200, 4)),
        (tiff((256, 3, 300, 0), (257, 4, 200), (277, 3, 3, 0)), ("TIFF", 300, 200, 3)),
        (tiff((256, 3, 300, 0), (257, 4, 200), order=">"), ("TIFF", 300, 200, 1)),
    ],
)
def test_other_forms_of_the_formats_are_read(content, expected):
    assert read_image_header(content) == expected


BOMBS = {
    "png": png(30000, 30000),
    "png of a few bits": png(2**31 - 1, 2**31 - 1, depth=1, color=0),
    "jpeg": jpeg(65535, 65535),
    "progressive jpeg": jpeg(65535, 65535, marker=0xC2),
    "arithmetic jpeg": jpeg(65535, 65535, marker=0xC9),
    "bmp": bmp(2**31 - 1, -(2**31)),
    "bmp of runs": bmp(60000, 60000, bits=8, packed=1),
    "tiff": tiff((256, 4, 2**32 - 1), (257, 4, 2**32 - 1)),
    "tiles": tiff((256, 3, 1, 0), (257, 3, 1, 0), (322, 4, 2**31), (323, 4, 2**31)),
    "webp": webp(b"VP8X", b"\0\0\0\0" + b"\xff" * 6),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS.keys())
def test_an_image_that_claims_to_be_huge_is_refused(content):
    with pytest.raises(FormatError, match=r"cannot hold|are refused"):
        read_image_header(content)


def test_how_large_an_image_may_be_can_be_said(monkeypatch):
    content = png(16000, 16000, length=10**6)
    with pytest.raises(FormatError, match="MXNET_IMAGE_MAX_PIXELS=1000000000"):
        read_image_header(content)
    monkeypatch.setenv("MXNET_IMAGE_MAX_PIXELS", "1000000000")
    assert read_image_header(content).width == 16000
    monkeypatch.setenv("MXNET_IMAGE_MAX_PIXELS", "many")
    with pytest.raises(MXNetError, match="whole number"):
        read_image_header(content)


MALFORMED = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html>",
    "a GIF": b"GIF89a" + bytes(20),
    "half a PNG header": png(3, 4)[:20],
    "no header chunk": png(3, 4).replace(b"IHDR", b"IDAT"),
    "a depth that there is not": png(3, 4, depth=3),
    "no pixels": png(0, 4),
    "a JPEG without a frame": b"\xff\xd8\xff\xe0\x00\x10" + bytes(14),
    "a JPEG that ends": b"\xff\xd8\xff\xe0\x00\x10" + bytes(14) + b"\xff\xd9" + bytes(9),
    "a JPEG of two colours": jpeg(3, 4, channels=2),
    "a JPEG whose height comes later": jpeg(3, 0),
    "a BMP of odd bits": bmp(3, 4, bits=7),
    "a BMP of negative width": bmp(-3, 4),
    "a RIFF file of sound": b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(40),
    "a WebP without its start": webp(b"VP8 ", bytes(20)),
    "a TIFF without a size": tiff((256, 3, 300, 0)),
    "a TIFF of many channels": tiff((256, 3, 3, 0), (257, 3, 4, 0), (277, 3, 900, 0)),
    "a TIFF whose directory is elsewhere": b"II*\0" + struct.pack("<I", 10**6),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_image_is_refused(content):
    with pytest.raises(FormatError, match="no image that can be decoded") as caught:
        read_image_header(content)
    assert caught.value.because
