"""Freed memory stays with the process on glibc, unless the environment says how to keep it."""

import os
import subprocess
import sys

import pytest

from mxnet import _memory

GLIBC = sys.platform == "linux" and "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")

FAULTS = """
import resource
{first}
import numpy as np
def work():
    arrays = [np.ones(1 << 18) for _ in range(8)]  # 2 MiB each, freed together
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(first, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in _memory._VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(first=first)],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(not GLIBC, reason="the C library is another")
def test_memory_that_is_freed_and_asked_for_again_costs_no_page_faults():
    assert faults("import mxnet") < 30
    assert faults("") > 60  # 80 pages where all are of 2 MiB, mostly 40,960 of 4 KiB


@pytest.mark.skipif(not GLIBC, reason="the C library is another")
@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"])
def test_what_the_environment_says_stays(monkeypatch, name):
    for each in _memory._VARIABLES:
        monkeypatch.delenv(each, raising=False)
    assert _memory.keep_freed()
    monkeypatch.setenv(name, "131072")
    assert not _memory.keep_freed()
    assert faults("import mxnet", **{name: "131072"}) > 60


@pytest.mark.parametrize("library", [None, "musl"])
def test_another_c_library_is_left_alone(monkeypatch, library):
    monkeypatch.setattr(os, "confstr", lambda name: library, raising=False)
    assert not _memory.keep_freed()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert not _memory.keep_freed()
