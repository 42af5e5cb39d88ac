"""Shared by the tests and by the doctests of ``src``: one seed, one thread, a data folder of its own.

``MXNET_TEST_SEED=123 pytest ...`` repeats a run whose header said 123. Every test starts from a seed that
depends on that number and on the test's own name, so it draws the same numbers alone, in the suite and in
any order.
"""

import os
import random
import shutil
import sys
import tempfile
import zlib

# Before anything imports torch or matplotlib, and inherited by every process a test starts: two test workers
# on two cores must not start four threads, and no test may want a display.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from hypothesis import settings

SEED = "MXNET_TEST_SEED"
HOME = "MXNET_HOME"
SUMMARY = "summary"  # what a test gives `record_property` under this name is printed at the end of the run

settings.register_profile("glueball", deadline=None, print_blob=True)
settings.load_profile("glueball")


def pytest_configure(config):
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(2**31)))
    if HOME not in os.environ:
        # The workers of pytest-xdist inherit it: one folder for all, removed by the process that made it.
        os.environ[HOME] = config.glueball_home = tempfile.mkdtemp(prefix="glueball-tests-")


def pytest_unconfigure(config):
    home = getattr(config, "glueball_home", None)
    if home is not None:
        del os.environ[HOME]
        shutil.rmtree(home, ignore_errors=True)


def pytest_report_header():
    return f"{SEED}={os.environ[SEED]}  {HOME}={os.environ[HOME]}"


def pytest_terminal_summary(terminalreporter, exitstatus):
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == SUMMARY and report.when == "call":
                terminalreporter.write_line(value)
    # With -q there is no header; a failed run says its seed all the same.
    if exitstatus:
        terminalreporter.write_line(f"repeat with {SEED}={os.environ[SEED]}")


@pytest.fixture
def seed(request) -> int:
    """Return the seed of this test: the run's seed and the test's name, in 31 bits."""
    return zlib.crc32(f"{os.environ[SEED]} {request.node.nodeid}".encode()) >> 1


@pytest.fixture
def rng(seed) -> np.random.Generator:
    """Return a generator that starts from this test's seed."""
    return np.random.default_rng(seed)


@pytest.fixture(autouse=True)
def _seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)  # the samplers draw from NumPy's global stream, as MXNet's do
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    if hasattr(sys.modules.get("mxnet.random"), "seed"):
        sys.modules["mxnet.random"].seed(seed)


@pytest.fixture(autouse=True)
def _doctest_names(request):
    """Give docstring examples the names that every MXNet program starts with."""
    if not hasattr(request.node, "dtest"):
        return
    import mxnet as mx
    from mxnet import autograd, gluon, init, nd

    names = request.getfixturevalue("doctest_namespace")
    names.update(mx=mx, nd=nd, autograd=autograd, gluon=gluon, nn=gluon.nn, init=init, np=np)
