"""What iterators over batches yield with the real MXNet 1.9.1: rows, order, pads, indices, over several passes.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/io.json``. The tests run the same
programs (``tests/samples/iterators``) with Glueball. Files are written by the programs themselves, into a folder of
their own.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.iterators import PROGRAMS, run  # noqa: E402


def main():
    import mxnet as mx

    assert mx.__version__ == "1.9.1", mx.__version__
    warnings.simplefilter("ignore")
    lines = {}
    for name in PROGRAMS:
        print(name, flush=True)
        lines[name] = run(mx, name)
    text = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in lines.items()
    )
    (ROOT / "tests" / "golden" / "io.json").write_bytes(b"{\n" + text.encode() + b"\n}\n")


if __name__ == "__main__":
    main()
