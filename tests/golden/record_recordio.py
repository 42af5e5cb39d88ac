"""Record what the real MXNet 1.9.1 writes as RecordIO files, and the pixels that it decodes from images.

Run it with the oracle's Python (``make golden`` does). It rewrites

- ``tests/golden/files/*.rec`` and ``*.idx``: the records of ``tests/samples/records.py``, written by MXNet;
- ``tests/golden/images/pixels.npz``: the images beside it as MXNet decodes them, in colour and in grey. The images are
  from Pillow and OpenCV, and committed: small ones, one for each form that JPEG, PNG, BMP and TIFF come in.
"""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

import mxnet as mx
from mxnet import recordio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.samples.records import IMAGES, LABELLED, PAYLOADS, PICTURES

FILES = Path(__file__).resolve().parent / "files"


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    write("records", PAYLOADS)
    write("labels", {i: recordio.pack(header, content) for i, (header, content) in enumerate(LABELLED)})
    write("pictures", {key: packed(key, *picture) for key, picture in PICTURES.items()})
    pixels = {}
    for path in sorted(IMAGES.iterdir()):
        if path.suffix != ".npz":
            for flag in (0, 1):
                pixels[f"{path.name} {flag}"] = mx.image.imdecode(path.read_bytes(), flag=flag).asnumpy()
    save(IMAGES / "pixels.npz", pixels)


def packed(key: int, label: object, name: str) -> bytes:
    return recordio.pack(recordio.IRHeader(0, label, key, 0), (IMAGES / name).read_bytes())


def write(name: str, records: dict) -> None:
    file = recordio.MXIndexedRecordIO(str(FILES / f"{name}.idx"), str(FILES / f"{name}.rec"), "w")
    for key, record in records.items():
        file.write_idx(key, record)
    file.close()


def save(path: Path, arrays: dict) -> None:
    """Like ``numpy.savez_compressed``, but equal arrays give equal files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            stream = BytesIO()
            np.lib.format.write_array(stream, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), stream.getvalue(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
