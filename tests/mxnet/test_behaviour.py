"""Short programs print what they print under the real MXNet 1.9.1, letter by letter (``behaviour.txt``)."""

from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from tests.samples.programs import read_cases, run_program

NAMES = {"mx": mx, "nd": nd, "np": np, "autograd": autograd, "gluon": gluon, "init": init, "nn": nn}
CASES = read_cases((Path(__file__).parents[1] / "golden" / "behaviour.txt").read_text(encoding="utf-8"))

# Where Glueball differs on purpose: what it shows instead, and why.
_EMPTY = "An empty array is an array."
_NUMPY = "A NumPy array beside an NDArray can mean nothing else."
_PYTHON = "Python has a sign or function for it, and it can mean nothing else."
_LISTS = "A list of arrays can mean nothing else than its arrays."
DIFFERENCES: dict[str, tuple[str, str]] = {
    "repr zero-size": ("\n[]\n<NDArray 0x3 @cpu(0)>", _EMPTY),
    "bool zero size": ("False", _EMPTY),
    "floordiv": ("\n[1.]\n<NDArray 1 @cpu(0)>", _PYTHON),
    "matmul @": ("\n[[2. 2.]\n [2. 2.]]\n<NDArray 2x2 @cpu(0)>", _PYTHON),
    "float()": ("2.5", _PYTHON),
    "int()": ("2", _PYTHON),
    "index()": ("2", _PYTHON),
    "item": ("1.0", "NumPy and PyTorch have item(), so people write it."),
    "np + nd": ("\n[2. 2.]\n<NDArray 2 @cpu(0)>", _NUMPY),
    "nd + np": ("\n[2. 2.]\n<NDArray 2 @cpu(0)>", _NUMPY),
    "np arg to op": ("\n[2.7182817 2.7182817]\n<NDArray 2 @cpu(0)>", _NUMPY),
    "eq None": ("False", "Nothing is not an array, and asking must not be an error."),
    "ne None": ("True", "Nothing is not an array, and asking must not be an error."),
    "bool mask": ("\n[0. 2.]\n<NDArray 2 @cpu(0)>", "A boolean mask selects, as everywhere else."),
    "bool mask np": (
        "\n[0. 2.]\n<NDArray 2 @cpu(0)>",
        "MXNet takes the mask for positions 1, 0, 1 without a word; a boolean mask selects.",
    ),
    "stack list fails?": ("\n[[1. 1.]\n [0. 0.]]\n<NDArray 2x2 @cpu(0)>", _LISTS),
    "concat list": ("\n[1. 1. 0. 0.]\n<NDArray 4 @cpu(0)>", _LISTS),
    "transpose axes varargs": ("(4, 2, 3)", "NumPy's way of giving axes can mean nothing else."),
    "head grad wrong shape": (
        "RAISES MXNetError",
        "MXNet reads memory beyond a head gradient that is too short, and drops what is too long.",
    ),
    "numpy of an array": ("[[1.0, 1.0], [1.0, 1.0]]", _NUMPY),
    "grad_req unknown": ("RAISES ValueError", "A word that is not known is a wrong value, no missing key."),
    "register child": (
        "RAISES TypeError",
        "What is no block cannot be a layer; MXNet notices at the first call.",
    ),
    "gradient with respect to an int array": (
        "RAISES MXNetError",
        "PyTorch differentiates by floating arrays only, and a derivative of whole numbers misleads.",
    ),
    "autograd.grad": (
        "\n[12.]\n<NDArray 1 @cpu(0)>",
        "The second derivative of x ** 3 at 2 exists: it is 12.",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=[case.title.replace(" ", "-") for case in CASES])
def test_program_shows_what_mxnet_showed(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mx.random.seed(0)
    np.random.seed(0)
    expected, _ = DIFFERENCES.get(case.title, (case.result, ""))
    shown, ending = run_program(case.program, NAMES)
    if ending is not None and shown != expected:
        # A class of its own that says more is fine where it is one of MXNet's as well.
        names = [kind.__name__ for kind in type(ending).__mro__]
        assert expected in [f"RAISES {name}" for name in names], ending
        return
    assert shown == expected


def test_differences_are_differences():
    by_title = {case.title: case for case in CASES}
    assert len(by_title) == len(CASES), "two cases with one title"
    for title, (shown, reason) in DIFFERENCES.items():
        assert shown != by_title[title].result, f"{title}: no longer a difference"
        assert reason.endswith("."), f"{title}: a sentence says why"
