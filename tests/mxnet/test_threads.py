"""Threads wait without spinning exactly where others want the cores."""

import os
import subprocess
import sys

import pytest

from mxnet import _threads

VARIABLES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")


@pytest.fixture
def machine(monkeypatch):
    """A machine of four cores whose running threads a test says, before PyTorch is there."""
    for each in VARIABLES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(_threads, "_PAUSE", 0)

    def running(*counts):
        left = list(counts)
        monkeypatch.setattr(_threads, "_running", lambda: left.pop(0) if len(left) > 1 else left[0])

    return running


@pytest.mark.parametrize("counts", [(3,), (9,), (7, 3, 5)])
def test_others_on_half_of_the_cores_make_them_sleep_soon(machine, counts):
    machine(*counts)
    _threads.be_considerate()
    assert os.environ["GOMP_SPINCOUNT"] == "500"
    del os.environ["GOMP_SPINCOUNT"]


@pytest.mark.parametrize("counts", [(1,), (2,), (9, 9, 1), (9, 9, 2), (None,)])
def test_a_quiet_machine_and_a_moment_s_noise_leave_them_as_they_are(machine, counts):
    machine(*counts)
    _threads.be_considerate()
    assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.parametrize(
    ("name", "value"), [("GOMP_SPINCOUNT", "7"), ("OMP_WAIT_POLICY", "ACTIVE"), ("OMP_NUM_THREADS", "1")]
)
def test_what_the_environment_says_stays(machine, monkeypatch, name, value):
    machine(9)
    monkeypatch.setenv(name, value)
    _threads.be_considerate()
    assert {each: os.environ.get(each) for each in VARIABLES} == {**dict.fromkeys(VARIABLES), name: value}


def test_it_is_too_late_once_pytorch_is_there(machine, monkeypatch):
    machine(9)
    monkeypatch.setitem(sys.modules, "torch", object())
    _threads.be_considerate()
    assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who is running")
def test_the_import_looks_before_pytorch_is_there():
    code = (
        "import sys, os\n"
        "os.cpu_count = lambda: 2\n"
        "import builtins\n"
        "real = builtins.open\n"
        "class Busy:\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *error): pass\n"
        "    def read(self): return '3.0 3.0 3.0 4/100 1'\n"
        "builtins.open = lambda name, *a, **k: Busy() if name == '/proc/loadavg' else real(name, *a, **k)\n"
        "import mxnet\n"
        "print(os.environ.get('GOMP_SPINCOUNT'))\n"
    )
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "500"
