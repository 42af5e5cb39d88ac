"""Record what the scenarios in ``tests/samples/book.py`` print and return with the book's own package and MXNet 1.9.1.

Run it with the oracle's Python (``make golden`` does): it fetches d2lzh 1.0.0 from the package index, into a folder
that it removes again, and rewrites ``tests/golden/book.json``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import subprocess
import sys
import tempfile
import types
import warnings
from pathlib import Path
from unittest.mock import MagicMock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.book import SCENARIOS  # noqa: E402

import mxnet as mx  # noqa: E402


def original(folder: str) -> types.ModuleType:
    """The book's package, with nothing behind what it draws with."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        folder,
        "d2lzh==1.0.0",
    ]
    subprocess.run(command, check=True)
    for name in ("IPython", "matplotlib", "tqdm"):
        sys.modules[name] = MagicMock()
    sys.path.insert(0, folder)
    return importlib.import_module("d2lzh")


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    recorded = {}
    with tempfile.TemporaryDirectory() as folder:
        d2l = original(folder)
        for scenario in SCENARIOS:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                arrays = scenario(d2l, mx)
            recorded[scenario.__name__] = {
                "printed": printed.getvalue(),
                "arrays": {
                    name: [float(f"{x:.7g}") for x in each.asnumpy().ravel()] for name, each in arrays.items()
                },
                "shapes": {name: list(each.shape) for name, each in arrays.items()},
            }
    path = ROOT / "tests" / "golden" / "book.json"
    lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in recorded.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")
    print(f"{len(recorded)} scenarios")


if __name__ == "__main__":
    main()
