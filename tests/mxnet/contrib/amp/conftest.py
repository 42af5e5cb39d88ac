"""Mixed precision is set up once in a process and cannot be undone: these fixtures put back what it replaced."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from mxnet.contrib import amp
from mxnet.gluon import TrainStep
from mxnet.gluon.rnn.layer import RNNLayer
from mxnet.ndarray import NDArray, arithmetic, invoke, methods
from mxnet.symbol import compose

GOLDEN = json.loads((Path(__file__).parents[3] / "golden" / "amp.json").read_text())


def _places():
    """Every dictionary of names that `amp.init` changes, and how a name in it is set and deleted."""
    modules = [
        module
        for name, module in list(sys.modules.items())
        if name == "mxnet.ndarray" or name.startswith("mxnet.ndarray.")
    ]
    return [*modules, NDArray, RNNLayer, TrainStep, compose, amp.amp, amp.amp._loss_scaler]


@contextmanager
def restored():
    """Whatever `amp.init` does inside is undone."""
    before = [(place, dict(vars(place))) for place in _places()]
    tables = [
        (table, dict(table))
        for table in (invoke._made, invoke._replaced, methods._taken, arithmetic.FUNCTIONS)
    ]
    try:
        yield
    finally:
        for table, content in tables:
            table.clear()
            table.update(content)
        for place, content in before:
            for name in vars(place).keys() - content.keys():
                delattr(place, name)
            for name, value in content.items():
                if vars(place).get(name) is not value:
                    setattr(place, name, value)


@contextmanager
def mixed_precision(target, **options):
    """`amp.init` for the tests inside."""
    with restored():
        amp.init(target, **options)
        yield amp


@pytest.fixture
def bfloat16():
    with mixed_precision("bfloat16") as amp:
        yield amp


@pytest.fixture
def float16():
    with mixed_precision("float16") as amp:
        yield amp


@pytest.fixture(params=["float16", "bfloat16"])
def target(request):
    with mixed_precision(request.param):
        yield request.param
