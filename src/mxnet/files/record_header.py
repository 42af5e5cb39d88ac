"""What stands before the content of a record: a number or label, and identifiers.

A header is a u32 count of labels, a float32 label and two u64 identifiers, 24 bytes in all and little-endian; where the
count is not 0, so many float32 labels follow.
"""

from __future__ import annotations

import struct
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from ..base import message
from .errors import FormatError

__all__ = ["HEADER", "IRHeader", "pack", "unpack"]

Bytes = bytes | bytearray | memoryview


class HEADER(NamedTuple):
    """What stands before the content of a record: ``IRHeader(flag, label, id, id2)``.

    Parameters
    ----------
    flag : how many numbers the label has, 0 for a single one; `pack` sets it.
    label : a number, or an array of them.
    id : number of the record.
    id2 : a second one, mostly 0.

    >>> IRHeader(0, 1.0, 17, 0)
    HEADER(flag=0, label=1.0, id=17, id2=0)
    """

    flag: int
    label: Any
    id: int
    id2: int


IRHeader = HEADER

_HEADER = struct.Struct("<IfQQ")


def pack(header: IRHeader, s: Bytes) -> bytes:
    """A record of a header and its content, as `MXRecordIO.write` takes it.

    Parameters
    ----------
    header : an `IRHeader`, or a tuple of its four values. A label that is no number becomes a float32 array; its
        length is kept, its shape is not.
    s : the content, bytes.

    Raises
    ------
    ValueError : an ``id`` that is negative or has more than 64 bits; a label that is not made of numbers.
    TypeError : ``s`` is not made of bytes, or an id is not a whole number.

    >>> unpack(pack(IRHeader(0, [1, 2.5], 17, 0), b"content"))
    (HEADER(flag=2, label=array([1. , 2.5], dtype=float32), id=17, id2=0), b'content')
    """
    header = IRHeader(*header)
    label = header.label
    numbers = b""
    try:
        content = memoryview(s)
        flag = 0
        if not isinstance(label, Number):
            array = np.asarray(label, dtype="<f4")
            flag, label, numbers = array.size, 0, array.tobytes()
        with np.errstate(over="ignore"):
            packed = _HEADER.pack(flag, np.float32(label), header.id, header.id2)
    except (TypeError, ValueError, struct.error) as error:
        kind = TypeError if isinstance(s, str) or "integer" in str(error) else ValueError
        raise kind(
            message(
                "pack: this cannot become a record",
                received=f"{header!r:.200}, and {type(s).__name__} {s!r:.40}",
                because="a label is one number or several, an id a whole number from 0 to 2^64 - 1, the content bytes",
                hint="text.encode() for text, pack_img(header, image) for pixels",
            )
        ) from error
    return b"".join((packed, numbers, content))


def unpack(s: Bytes) -> tuple[IRHeader, Any]:
    """The header and the content of a record, the counterpart of `pack`.

    The label is a ``float``, or a float32 array of its own ``(flag,)``.

    Raises
    ------
    FormatError : the record is shorter than its header says.
    TypeError : ``s`` is not made of bytes.

    >>> unpack(pack(IRHeader(0, 3, 17, 0), b"content"))
    (HEADER(flag=0, label=3.0, id=17, id2=0), b'content')
    """
    if not isinstance(s, (bytes, bytearray, memoryview)):
        raise TypeError(
            message(
                "unpack: a record is made of bytes",
                received=f"{type(s).__name__}: {s!r:.80}",
                because="reader.read() returns None behind the last record" if s is None else None,
                hint="what reader.read() or reader.read_idx(key) returns",
            )
        )
    if len(s) < _HEADER.size:
        raise _short(s, f"its header takes {_HEADER.size} bytes")
    flag, label, *ids = _HEADER.unpack_from(s)
    if not flag:
        return IRHeader(flag, label, *ids), s[_HEADER.size :]
    end = _HEADER.size + 4 * flag
    if len(s) < end:
        raise _short(s, f"its header announces {flag} labels of 4 bytes")
    labels = np.frombuffer(s, "<f4", flag, _HEADER.size).astype(np.float32)
    return IRHeader(flag, labels, *ids), s[end:]


def _short(s: Bytes, because: str) -> FormatError:
    return FormatError(
        "unpack: this is no record with a header",
        received=f"{len(s)} bytes",
        because=because,
        hint="records that pack or pack_img made; others are what reader.read() returns, as they are",
    )
