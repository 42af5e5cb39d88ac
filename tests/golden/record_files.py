"""Record files that the real MXNet 1.9.1 writes, and what it reads from files that Glueball writes.

Run it with the oracle's Python (``make golden`` does). It rewrites ``tests/golden/files``:

- ``*.params``: written by MXNet, but for ``old_*``, layouts that it only reads and that are made here;
- ``contents.json``: what MXNet itself reads from each of them;
- ``read_by_mxnet.json``: digests of the files of ``files_by_glueball.py``, and what MXNet reads from each.

Those last files are written in a second process by the Python of Glueball: ``.venv`` in the repository, or
the one that the environment variable ``GLUEBALL_PYTHON`` names.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import mxnet as mx
from mxnet import gluon, nd

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "files"
BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
NUMPY_SHAPES = {"numpy_shapes"}


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    FOLDER.mkdir(exist_ok=True)
    for name, write in RECIPES.items():
        with mx.util.np_shape(name in NUMPY_SHAPES):
            write(str(FOLDER / f"{name}.params"))
    for name, content in old_layouts().items():
        (FOLDER / f"{name}.params").write_bytes(content)
    contents = {path.stem: read(path, path.stem in NUMPY_SHAPES) for path in sorted(FOLDER.glob("*.params"))}
    dump("contents.json", contents)
    dump("read_by_mxnet.json", read_what_glueball_writes())


def read_what_glueball_writes() -> dict:
    python = os.environ.get("GLUEBALL_PYTHON", ROOT / ".venv" / "bin" / "python")
    script = ROOT / "tests" / "golden" / "files_by_glueball.py"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        subprocess.run([str(python), str(script), folder], check=True, env=environment)
        seen = {}
        for path in sorted(Path(folder).glob("*.params")):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            # Files with a 0-d array are the only ones that need NumPy's shapes, as files_by_glueball.py says.
            needs_numpy_shapes = path.stem == "scalar"
            seen[path.stem] = {"sha256": digest, "entries": read(path, needs_numpy_shapes)}
    return seen


def read(path: Path, numpy_shapes: bool) -> list:
    """What MXNet reads from a file: name, element type, shape, storage, the dense elements as hexadecimal."""
    with mx.util.np_shape(numpy_shapes):
        loaded = nd.load(str(path))
        named = loaded.items() if isinstance(loaded, dict) else ((None, array) for array in loaded)
        return [
            {
                "name": name,
                "dtype": "bfloat16" if array.dtype == BFLOAT16 else np.dtype(array.dtype).name,
                "shape": list(array.shape),
                "stype": array.stype,
                "elements": array.asnumpy().tobytes().hex(),
            }
            for name, array in named
        ]


def dump(name: str, content: dict) -> None:
    (FOLDER / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def ramp(dtype: str, *shape: int) -> nd.NDArray:
    values = np.arange(int(np.prod(shape))).reshape(shape) % 7
    return nd.array(values if dtype in ("bool", "uint8") else values - 3, dtype=dtype)


def every_type(path: str) -> None:
    names = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
    arrays = {name: ramp(name, 2, 3) for name in names}
    arrays["bfloat16"] = nd.amp_cast(nd.array([1.0, -2.5, 3e38]), dtype=BFLOAT16)
    nd.save(path, arrays)


def gluon_network(path: str) -> None:
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Dense(3, activation="relu"), gluon.nn.BatchNorm(), gluon.nn.Dense(2))
    net.initialize(mx.init.Constant(0.25))
    net(nd.ones((1, 4)))
    net.save_parameters(path)


def module_checkpoint(path: str) -> None:
    data = mx.sym.Variable("data")
    symbol = mx.sym.FullyConnected(mx.sym.BatchNorm(data, name="bn"), num_hidden=2, name="fc")
    module = mx.mod.Module(symbol, label_names=None)
    module.bind([("data", (1, 3))], for_training=False)
    module.init_params(mx.init.Constant(0.5))
    arguments, auxiliary = module.get_params()
    # As Module.save_checkpoint does, which also writes a symbol file beside it.
    named = {f"arg:{name}": array for name, array in sorted(arguments.items())}
    named.update({f"aux:{name}": array for name, array in sorted(auxiliary.items())})
    nd.save(path, named)


def sparse(path: str) -> None:
    rows = nd.sparse.row_sparse_array(([[1, 2], [3, 4]], [1, 3]), shape=(5, 2))
    matrix = nd.sparse.csr_matrix(([1, 2, 3], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 3), dtype="float64")
    no_rows = nd.sparse.zeros("row_sparse", (5, 2))
    no_elements = nd.sparse.zeros("csr", (5, 2))
    nd.save(path, {"rows": rows, "matrix": matrix, "no rows": no_rows, "no elements": no_elements})


def zero_size(path: str) -> None:
    with mx.util.np_shape(True):
        nothing = nd.zeros((0, 3))
    nd.save(path, [nothing, nd.ones(2)])


RECIPES = {
    "list": lambda path: nd.save(path, [ramp("float32", 2, 3), ramp("float32", 1)]),
    "single": lambda path: nd.save(path, ramp("float32", 4)),
    "dictionary": lambda path: nd.save(path, {"b": ramp("float32", 2), "a": ramp("float32", 1, 2, 1)}),
    "empty": lambda path: nd.save(path, []),
    "every_type": every_type,
    "odd_offsets": lambda path: nd.save(path, {"a": ramp("uint8", 3), "b": ramp("float64", 2)}),
    "unicode": lambda path: nd.save(path, {"权重": ramp("float32", 1), "é": ramp("float32", 2)}),
    "gluon": gluon_network,
    "module": module_checkpoint,
    "sparse": sparse,
    "zero_size": zero_size,
    "numpy_shapes": lambda path: nd.save(path, [nd.ones(()), nd.zeros((0, 3)), ramp("float32", 2)]),
}


def old_layouts() -> dict:
    """Layouts before 1.0, which no MXNet that still installs writes."""
    elements = struct.pack("<6f", *range(6))
    first = struct.pack("<II", 0xF993FAC8, 2) + struct.pack("<2q", 2, 3)
    oldest = struct.pack("<I2I", 2, 2, 3)
    device_and_type = struct.pack("<iii", 1, 0, 0)
    head, names = struct.pack("<QQQ", 0x112, 0, 1), struct.pack("<QQ", 1, 6) + b"weight"
    return {
        "old_v1": head + first + device_and_type + elements + names,
        "old_without_magic": head + oldest + device_and_type + elements + names,
        "old_on_gpu": head + oldest + struct.pack("<iii", 2, 3, 0) + elements + struct.pack("<Q", 0),
    }


if __name__ == "__main__":
    sys.exit(main())
