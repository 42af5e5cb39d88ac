"""Run the programs in ``behaviour.txt`` with the real MXNet 1.9.1 and write down anew what they print."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from tests.samples.programs import Case, read_cases, run_program, write_cases  # noqa: E402

import mxnet as mx  # noqa: E402
from mxnet import autograd, gluon, init, nd  # noqa: E402
from mxnet.gluon import nn  # noqa: E402

NAMES = {"mx": mx, "nd": nd, "np": np, "autograd": autograd, "gluon": gluon, "init": init, "nn": nn}


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    file = Path(__file__).with_name("behaviour.txt")
    cases = []
    for case in read_cases(file.read_text(encoding="utf-8")):
        mx.random.seed(0)
        np.random.seed(0)
        cases.append(Case(case.section, case.title, case.program, run_program(case.program, NAMES)[0]))
    file.write_bytes(write_cases(cases).encode())
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
        os.chdir(ROOT)
