"""Images in and out of their files' bytes: what ``mx.image``, ``mx.recordio`` and ``gluon.data.vision`` share.

OpenCV does the work, as in MXNet; where it is not installed, Pillow does. Both are imported when the first image
comes, and either will do: the same file gives the same pixels (`decode` says where it does not).
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .base import message
from .files.errors import FormatError
from .files.image_header import ImageHeader, read_image_header

__all__ = ["ImageHeader", "decode", "encode", "read_header"]

Pixels = np.ndarray[Any, Any]

JPEG_ENDINGS = (".jpg", ".jpeg")
PNG_ENDINGS = (".png",)
_ENDINGS = (*JPEG_ENDINGS, *PNG_ENDINGS, ".bmp", ".tif", ".tiff", ".webp")
_UNCHANGED, _GREY, _COLOR = -1, 0, 1
_IGNORE_ORIENTATION = 128  # OpenCV's number for it
_EOI = b"\xff\xd9"  # the end of a JPEG


def read_header(content: Any) -> ImageHeader:
    """Format, width, height and channels of an encoded image, from its first bytes and without OpenCV or Pillow.

    Raises `FormatError` for what is no JPEG, PNG, BMP, TIFF or WebP, and for sizes that the bytes cannot hold or that
    exceed ``MXNET_IMAGE_MAX_PIXELS``.

    >>> read_header(encode(np.zeros((2, 3, 3), np.uint8), ".png"))
    ImageHeader(format='PNG', width=3, height=2, channels=3)
    """
    return read_image_header(_bytes_of(content))


def decode(content: Any, flag: int = 1, *, to_rgb: bool = True, orient: bool = False) -> Pixels:
    """The pixels of an encoded image.

    Shapes: ``(height, width, 3)`` uint8 for colour, ``(height, width, 1)`` for grey; unchanged, as many channels as
    the file has, and uint16 where it has 16 bits a channel. Contiguous and writable memory of its own.

    Parameters
    ----------
    content : the bytes of a JPEG, PNG, BMP, TIFF or WebP file.
    flag : 1 for three colour channels, 0 for one grey channel, -1 for the channels of the file; any other of OpenCV's
        ``IMREAD_*`` numbers needs OpenCV.
    to_rgb : the order of the colours: red, green, blue, or OpenCV's blue, green, red.
    orient : whether to turn the image as its EXIF tag says; ``mx.image`` does not, ``cv2.imdecode`` does. Unchanged
        images are never turned.

    Raises
    ------
    FormatError : the content is no image, is damaged, or is larger than `read_header` allows.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    A JPEG that was cut short comes with its missing part in grey (1.9.1 leaves there what was in memory before); any
    other format is refused then. Pillow has no 16-bit colours: it gives the upper 8 bits of them.

    >>> image = np.full((2, 3, 3), [200, 100, 0], np.uint8)
    >>> decode(encode(image, ".png"))[0, 0].tolist()
    [200, 100, 0]
    >>> decode(encode(image, ".png"), flag=0).shape
    (2, 3, 1)
    """
    content = _bytes_of(content)
    header = read_image_header(content)
    library = _opencv()
    if library is not None:
        pixels = _decode_with_opencv(library, content, header, int(flag), to_rgb, orient)
    else:
        pixels = _decode_with_pillow(_pillow(), content, header, int(flag), orient)
        if not to_rgb and pixels.shape[2] >= 3:
            pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
    if pixels.shape[0] * pixels.shape[1] > header.width * header.height:
        raise _cannot_decode(header, "it unpacks to more pixels than its header says")
    return pixels


def encode(image: Any, format: str = ".jpg", *, quality: int | None = None, from_rgb: bool = True) -> bytes:
    """The bytes of an image file with these pixels.

    Shapes: image ``(height, width)``, ``(height, width, 1)``, ``(height, width, 3)`` or ``(height, width, 4)``.

    Parameters
    ----------
    image : uint8, or uint16 for a PNG; anything else that NumPy takes is rounded to the whole numbers 0 to 255.
    format : ``'.jpg'``, ``'.jpeg'`` or ``'.png'`` in any case; ``'.bmp'``, ``'.tif'``, ``'.tiff'``, ``'.webp'``.
    quality : of a JPEG, 1 to 100 (95 unless given); for a PNG how hard to compress, 0 to 9.
    from_rgb : the order of the colours in ``image``: red, green, blue, or OpenCV's blue, green, red.

    Raises
    ------
    ValueError : a shape or a format that there is not.
    TypeError : the elements are no numbers.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    >>> encode(np.zeros((8, 8, 3), np.uint8), ".jpg", quality=50)[:3].hex()
    'ffd8ff'
    """
    pixels = _image_of(image, format)
    ending = format.lower()
    library = _opencv()
    if library is not None:
        if from_rgb and pixels.ndim == 3:
            pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
        return _encode_with_opencv(library, pixels, format, ending, quality)
    if not from_rgb and pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
    return _encode_with_pillow(_pillow(), pixels, ending, quality)


# ---------------------------------------------------------------------- which library


def _opencv() -> Any:
    try:
        import cv2
    except ImportError:  # or it is there, and a library of the system that it needs (libGL) is not
        return None
    return cv2


def _pillow() -> Any:
    try:
        import PIL.Image
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            message(
                "images: neither OpenCV nor Pillow is installed",
                because="reading and writing JPEG and PNG is an extra",
                hint='pip install "glueball[image]"',
            ),
            name="cv2",
        ) from None
    return PIL.Image


# ---------------------------------------------------------------------- OpenCV


def _decode_with_opencv(
    cv2: Any, content: bytes, header: ImageHeader, flag: int, to_rgb: bool, orient: bool
) -> Pixels:
    if not orient and flag >= 0:
        flag |= _IGNORE_ORIENTATION
    # Newer ones give the order that is asked for as they unpack; the other way is a pass over the pixels.
    rgb_flag: Any = getattr(cv2, "IMREAD_COLOR_RGB", None)
    straight = to_rgb and rgb_flag is not None and flag & ~_IGNORE_ORIENTATION == _COLOR
    if straight:
        flag = flag & ~_COLOR | rgb_flag
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flag)
        if pixels is None and header.format == "JPEG":  # an end makes a whole file of one that was cut short
            pixels = cv2.imdecode(np.frombuffer(content + _EOI, np.uint8), flag)
    except cv2.error as error:
        raise _cannot_decode(header, f"OpenCV says: {str(error).strip()}") from error
    if pixels is None:
        raise _cannot_decode(header, "its pixels are damaged, or cut short")
    if pixels.ndim == 2:
        return pixels[..., np.newaxis]
    if to_rgb and not straight:
        swap = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        pixels = cv2.cvtColor(pixels, swap)
    return pixels


def _encode_with_opencv(cv2: Any, pixels: Pixels, format: str, ending: str, quality: int | None) -> bytes:
    parameters: list[int] = []
    if quality is not None and ending in JPEG_ENDINGS:
        parameters = [cv2.IMWRITE_JPEG_QUALITY, max(0, min(int(quality), 100))]
    elif quality is not None and ending in PNG_ENDINGS:
        parameters = [cv2.IMWRITE_PNG_COMPRESSION, max(0, min(int(quality), 9))]
    try:
        done, encoded = cv2.imencode(ending, pixels, parameters)
    except cv2.error as error:
        raise _cannot_encode(pixels, format, f"OpenCV says: {str(error).strip()}") from error
    if not done:
        raise _cannot_encode(pixels, format, "OpenCV gives no reason")
    return encoded.tobytes()


# ---------------------------------------------------------------------- Pillow


def _decode_with_pillow(pillow: Any, content: bytes, header: ImageHeader, flag: int, orient: bool) -> Pixels:
    if flag not in (_UNCHANGED, _GREY, _COLOR):
        raise ValueError(
            message(
                f"decode: flag={flag} needs OpenCV",
                because="Pillow, which is used without it, reads grey (0), colour (1) and unchanged (-1)",
                hint='pip install "glueball[image]"',
            )
        )
    if header.format == "JPEG":
        content += _EOI  # as above; behind a whole file it is not looked at
    try:
        with pillow.open(io.BytesIO(content), formats=[header.format]) as image:
            if header.format == "JPEG" and flag == _GREY:
                image.draft("L", image.size)  # the brightness as it is stored, as OpenCV takes it
            if orient and flag != _UNCHANGED:
                from PIL import ImageOps

                image = ImageOps.exif_transpose(image)
            pixels = _pixels_of(image, flag, header)
    except Exception as error:  # Pillow's plug-ins raise a dozen kinds for damaged files
        raise _cannot_decode(header, f"Pillow says: {error}") from error
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _pixels_of(image: Any, flag: int, header: ImageHeader) -> Pixels:
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = np.array(image).astype(np.uint16)
        if flag == _UNCHANGED:
            return grey
        grey = (grey >> 8).astype(np.uint8)
        return grey if flag == _GREY else np.repeat(grey[..., np.newaxis], 3, axis=2)
    if flag == _UNCHANGED:
        has_alpha = image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info
        target = "RGBA" if has_alpha else "L" if image.mode in ("1", "L") else "RGB"
        return np.array(image.convert(target))
    if flag == _COLOR or image.mode in ("1", "L"):
        return np.array(image.convert("RGB" if flag == _COLOR else "L"))
    if header.format == "JPEG" or image.mode in ("LA", "PA"):
        return np.array(image.convert("L"))
    weights, half, bits = _GREY_WEIGHTS.get(header.format, _GREY_WEIGHTS[""])
    return (np.array(image.convert("RGB")) @ np.array(weights) + half >> bits).astype(np.uint8)


# Red, green and blue in grey, what to add, how many bits to drop: as OpenCV reads each format.
_GREY_WEIGHTS = {
    "PNG": ((9797, 19234, 3737), 0, 15),
    "WEBP": ((9798, 19235, 3735), 1 << 14, 15),
    "": ((4899, 9617, 1868), 1 << 13, 14),
}


def _encode_with_pillow(pillow: Any, pixels: Pixels, ending: str, quality: int | None) -> bytes:
    stream = io.BytesIO()
    options: dict[str, Any] = {}
    if ending in JPEG_ENDINGS:
        pixels = pixels[..., :3] if pixels.ndim == 3 else pixels
        options["quality"] = 95 if quality is None else max(0, min(int(quality), 100))
    elif ending in PNG_ENDINGS and quality is not None:
        options["compress_level"] = max(0, min(int(quality), 9))
    try:
        kind = pillow.registered_extensions()[ending]
        pillow.fromarray(pixels).save(stream, kind, **options)
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise _cannot_encode(pixels, ending, f"Pillow says: {error}") from error
    return stream.getvalue()


# ---------------------------------------------------------------------- checks and errors


def _bytes_of(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return memoryview(content).tobytes()
    except TypeError:
        raise TypeError(
            message(
                "decode: an encoded image is bytes",
                received=f"{type(content).__name__}: {content!r:.80}",
                hint="open(path, 'rb').read()",
            )
        ) from None


def _image_of(image: Any, format: Any) -> Pixels:
    pixels = np.ascontiguousarray(image)
    if str(format).lower() not in _ENDINGS:
        raise ValueError(
            message(
                "encode: there is no such format",
                received=repr(format),
                because="a format is an ending, with its dot: " + ", ".join(_ENDINGS),
                hint="'.jpg' or '.png'",
            )
        )
    if pixels.dtype.kind not in "biuf":
        raise TypeError(
            message(
                "encode: an image is made of numbers",
                received=f"{pixels.dtype} {pixels.shape}",
                hint="an array (height, width, channels) of uint8",
            )
        )
    if pixels.dtype != np.uint8 and not (pixels.dtype == np.uint16 and format.lower() in PNG_ENDINGS):
        pixels = np.clip(np.rint(np.nan_to_num(pixels.astype(np.float64))), 0, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))) or not pixels.size:
        raise ValueError(
            message(
                "encode: an image is (height, width, channels)",
                received=f"{pixels.dtype} {pixels.shape}",
                because="it has at least one pixel, and 1, 3 or 4 channels",
                hint="image.transpose(1, 2, 0) for (channels, height, width)",
            )
        )
    return pixels


def _cannot_decode(header: ImageHeader, because: str) -> FormatError:
    return FormatError(
        "this image cannot be decoded",
        received=f"{header.format}, {header.width} x {header.height} pixels, {header.channels} channels",
        because=because,
        hint="fetch or copy the file again, or leave it out",
    )


def _cannot_encode(pixels: Pixels, format: str, because: str) -> ValueError:
    return ValueError(
        message(
            f"encode: this image cannot become {format!r}",
            received=f"{pixels.dtype} {pixels.shape}",
            because=because,
            hint="'.jpg' or '.png'",
        )
    )
