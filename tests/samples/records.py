"""Records that the real MXNet and Glueball both write: what is in them, as plain Python."""

from __future__ import annotations

import struct
from pathlib import Path

MAGIC = struct.pack("<I", 0xCED7230A)
IMAGES = Path(__file__).resolve().parents[1] / "golden" / "images"

# Every length modulo 4, and the magic number in all places where it could be mistaken for a beginning.
PAYLOADS: dict[int, bytes] = {
    3: b"hello",
    1: b"",
    2: b"1234",
    10: b"123456",
    11: b"1234567",
    20: MAGIC,
    21: b"abcd" + MAGIC + b"efgh",
    22: b"abc" + MAGIC + b"x",
    23: MAGIC + MAGIC,
    24: MAGIC + b"ab",
    25: b"xxxx" + MAGIC + b"y" + MAGIC + b"zzz" + MAGIC,
    26: MAGIC[:3] + MAGIC,
    40: bytes(range(256)) * 3,
}

# (flag, label, id, id2), content
LABELLED: list[tuple[tuple[int, object, int, int], bytes]] = [
    ((0, 3.0, 0, 0), b"one number"),
    ((0, 7, 2**40, 2**63), b"large numbers"),
    ((0, [1.0, 2.5, -3.0], 2, 0), b"several labels"),
    ((0, [], 3, 0), b"no label"),
    ((9, 0.5, 4, 1), b"the flag is overwritten"),
    ((0, [4.0], 5, 0), b""),
]

# key -> label and the file of an image
PICTURES: dict[int, tuple[object, str]] = {
    0: (3.0, "color.jpg"),
    1: ([1.0, 2.5], "alpha.png"),
    5: (0.0, "grey.png"),
    2: (9.0, "turned.jpg"),
}
