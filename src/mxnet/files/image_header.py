"""What the first bytes of an image file say: its format and its size, before anybody unpacks a pixel.

A few bytes of a file may claim any number of pixels. `read_image_header` refuses sizes that the bytes cannot hold and
sizes beyond `pixel_limit`, so that whatever decodes the image afterwards works within bounds.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import NamedTuple

from ..base import MXNetError
from .errors import FormatError

__all__ = ["ImageHeader", "pixel_limit", "read_image_header"]

_LARGEST_RATIO = 1032  # the most that deflate can compress: 258 bytes into two bits
_DEFAULT_LIMIT = 178_956_970  # where Pillow refuses as well
_LIMIT = "MXNET_IMAGE_MAX_PIXELS"


class ImageHeader(NamedTuple):
    """What a file says of its image.

    ``format`` is ``'JPEG'``, ``'PNG'``, ``'BMP'``, ``'TIFF'`` or ``'WEBP'``; ``channels`` those that are stored: 1
    grey, 2 grey and alpha, 3 colours (a palette counts as such), 4 colours and alpha, or CMYK.
    """

    format: str
    width: int
    height: int
    channels: int


def read_image_header(content: bytes) -> ImageHeader:
    """Format and size of an encoded image, from its header alone.

    Raises
    ------
    FormatError : the content is no image of a known format, is cut short, or claims more pixels than its bytes can
        hold or than ``MXNET_IMAGE_MAX_PIXELS`` (178,956,970 unless set) allows.

    >>> dot = bytes.fromhex("89504e470d0a1a0a 0000000d49484452 00000001 00000001 08 02 000000 907753de")
    >>> read_image_header(dot + bytes(24))
    ImageHeader(format='PNG', width=1, height=1, channels=3)
    """
    for magic, read in _READERS:
        if content.startswith(magic):
            try:
                header, needed = read(content)
            except struct.error:
                raise _broken(content, "it ends in the middle of its header") from None
            _check_size(content, header, needed)
            return header
    raise _broken(content, _stranger(content), "JPEG, PNG, BMP, TIFF or WebP")


def pixel_limit() -> int:
    """The most pixels an image may have: ``MXNET_IMAGE_MAX_PIXELS``, else 178,956,970, about half a gigabyte."""
    text = os.environ.get(_LIMIT, "")
    if not text:
        return _DEFAULT_LIMIT
    try:
        return int(text)
    except ValueError:
        raise MXNetError(f"{_LIMIT} must be a whole number", received=f"{_LIMIT}={text!r}") from None


# ---------------------------------------------------------------------- one function a format

# Each returns the header, and how many bytes an honest file of that size has at least (0: any number).


def _read_png(content: bytes) -> tuple[ImageHeader, int]:
    length, kind, width, height, depth, color = struct.unpack_from(">I4sIIBB", content, 8)
    if kind != b"IHDR" or length != 13 or color not in _PNG_CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise _broken(content, "its first chunk is not the header of a PNG")
    samples = 1 if color == 3 else _PNG_CHANNELS[color]
    unpacked = (width * samples * depth + 7) // 8 * height
    return ImageHeader("PNG", width, height, _PNG_CHANNELS[color]), unpacked // _LARGEST_RATIO


_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # grey, colours, palette, grey and alpha, colours and alpha


def _read_jpeg(content: bytes) -> tuple[ImageHeader, int]:
    place = 2
    while True:
        place = content.find(b"\xff", place)
        if place < 0:
            raise _broken(content, "it ends before it says how large the image is")
        while content[place : place + 1] == b"\xff":  # any number of them may stand before a marker
            place += 1
        (marker,) = struct.unpack_from("B", content, place)
        place += 1
        if marker in _JPEG_WITHOUT_LENGTH:
            continue
        if marker in (0xD9, 0xDA):
            raise _broken(content, "the pixels come before the header that says how many there are")
        (length,) = struct.unpack_from(">H", content, place)
        if marker in _JPEG_FRAMES:
            _precision, height, width, channels = struct.unpack_from(">BHHB", content, place + 2)
            if channels not in (1, 3, 4):
                raise _broken(content, f"it has {channels} colour components")
            # Huffman codes spend one bit at least on a block of 8 by 8; arithmetic ones (from 0xC9) may spend less.
            needed = width * height // _LARGEST_RATIO if marker < 0xC9 else 0
            return ImageHeader("JPEG", width, height, channels), needed
        place += max(length, 2)


_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})


def _read_bmp(content: bytes) -> tuple[ImageHeader, int]:
    (size,) = struct.unpack_from("<I", content, 14)
    if size == 12:
        width, height, _planes, bits = struct.unpack_from("<HHHH", content, 18)
        packed = 0
    else:
        width, height, _planes, bits, packed = struct.unpack_from("<iiHHI", content, 18)
        height = abs(height)  # negative: the rows go from top to bottom
    if width < 0 or bits not in (1, 4, 8, 16, 24, 32):
        raise _broken(content, f"it says that it is {width} wide, with {bits} bits a pixel")
    needed = 0 if packed in (1, 2) else (width * bits + 7) // 8 * height  # 1, 2: run lengths
    return ImageHeader("BMP", width, height, 4 if bits == 32 else 3), needed


def _read_webp(content: bytes) -> tuple[ImageHeader, int]:
    kind, form = content[8:12], content[12:16]
    if kind == b"WEBP" and form == b"VP8 ":
        start, width, height = struct.unpack_from("<3sHH", content, 23)
        if start == b"\x9d\x01\x2a":
            return ImageHeader("WEBP", width & 0x3FFF, height & 0x3FFF, 3), 0
    elif kind == b"WEBP" and form == b"VP8L":
        start, bits = struct.unpack_from("<BI", content, 20)
        if start == 0x2F:
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            return ImageHeader("WEBP", width, height, 4 if bits >> 28 & 1 else 3), 0
    elif kind == b"WEBP" and form == b"VP8X":
        flags, *rest = struct.unpack_from("<B3x3s3s", content, 20)
        width, height = (int.from_bytes(part, "little") + 1 for part in rest)
        return ImageHeader("WEBP", width, height, 4 if flags & 0x10 else 3), 0
    raise _broken(content, "it is a RIFF file without a WebP image")


def _read_tiff(content: bytes) -> tuple[ImageHeader, int]:
    order = "<" if content[:1] == b"I" else ">"
    (place,) = struct.unpack_from(order + "I", content, 4)
    (count,) = struct.unpack_from(order + "H", content, place)
    found = {}
    for number in range(count):
        entry = place + 2 + 12 * number
        tag, kind = struct.unpack_from(order + "HH", content, entry)
        if tag in _TIFF_TAGS and kind in (1, 3, 4):
            layout = {1: "B", 3: "H", 4: "I"}[kind]
            (found[_TIFF_TAGS[tag]],) = struct.unpack_from(order + layout, content, entry + 8)
    if "width" not in found or "height" not in found:
        raise _broken(content, "its first directory does not say how large the image is")
    channels = found.get("channels", 1)
    if not 1 <= channels <= 4:
        raise _broken(content, f"it has {channels} channels")
    tile = found.get("tile width", 1) * found.get("tile height", 1)
    if tile > pixel_limit():
        raise _too_large(content, f"tiles of {tile:,} pixels")
    return ImageHeader("TIFF", found["width"], found["height"], channels), 0


_TIFF_TAGS = {256: "width", 257: "height", 277: "channels", 322: "tile width", 323: "tile height"}

_READERS: tuple[tuple[bytes, Callable[[bytes], tuple[ImageHeader, int]]], ...] = (
    (b"\xff\xd8", _read_jpeg),
    (b"\x89PNG\r\n\x1a\n", _read_png),
    (b"BM", _read_bmp),
    (b"RIFF", _read_webp),
    (b"II*\0", _read_tiff),
    (b"MM\0*", _read_tiff),
)


# ---------------------------------------------------------------------- what is wrong


def _check_size(content: bytes, header: ImageHeader, needed: int) -> None:
    claim = f"{header.width} x {header.height} pixels"
    if not header.width or not header.height:
        raise _broken(content, f"it says that it has {claim}")
    if needed > len(content):
        raise _broken(
            content,
            f"it says that it has {claim}, which {len(content)} bytes cannot hold",
            "fetch or copy the file again: it was cut short, or was made to fill the memory",
        )
    if header.width * header.height > pixel_limit():
        raise _too_large(content, claim)


def _too_large(content: bytes, claim: str) -> FormatError:
    return _broken(
        content,
        f"it claims {claim}, and more than {pixel_limit():,} are refused",
        f"{_LIMIT}=1000000000 in the environment, if the image is meant to be that large",
    )


def _broken(content: bytes, because: str, hint: str | None = None) -> FormatError:
    return FormatError(
        "this is no image that can be decoded",
        received=f"{len(content)} bytes" + (f" that begin with {content[:12].hex(' ')}" if content else ""),
        because=because,
        hint=hint or "check where the file comes from, and whether it was copied completely",
    )


def _stranger(content: bytes) -> str:
    for magic, reason in _STRANGERS:
        if content.startswith(magic):
            return reason
    return "there is nothing" if not content else "it begins like none of the known formats"


# What stands where an image should be, often.
_STRANGERS = (
    (b"GIF8", "it is a GIF"),
    (b"<", "it is a page, or an SVG drawing, instead of a file of pixels"),
    (b"\0\0\0\x0cjP  ", "it is JPEG 2000"),
    (b"\x1f\x8b", "it is gzipped"),
    (b"PK\x03\x04", "it is a ZIP archive"),
    (b"version https://", "it is a pointer of Git LFS, not the file itself"),
)
