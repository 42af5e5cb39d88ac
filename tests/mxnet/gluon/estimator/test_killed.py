"""A training that is killed at random moments, and goes on, comes to the same as one that is left alone."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def start(folder, kind, epochs):
    arguments = [str(folder / "checkpoints"), str(folder / "result.json"), kind, str(epochs)]
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.killed_training", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def outcome(folder, kind, epochs):
    """Let a training end."""
    process = start(folder, kind, epochs)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return json.loads((folder / "result.json").read_text())


def kill(folder, kind, epochs, rng):
    """Start a training and kill it after a few batches; whether it had gone on from a checkpoint."""
    process = start(folder, kind, epochs)
    left, resumed = int(rng.integers(0, 4)), False
    for line in process.stdout:
        resumed |= b"Checkpoint resumed" in line
        left -= line.startswith(b"batch")
        if left < 0:
            break
    time.sleep(rng.uniform(0, 0.02))
    process.kill()  # SIGKILL; on Windows TerminateProcess, which asks nobody either
    _, errors = process.communicate()
    assert process.returncode != 0, "it ended before it was killed: too few epochs"
    assert process.returncode < 0 or sys.platform == "win32", errors.decode()
    return resumed


def check(tmp_path, kind, kills, epochs, rng):
    for name in ("alone", "killed"):
        (tmp_path / name).mkdir()
    expected = outcome(tmp_path / "alone", kind, epochs)
    resumed = sum(kill(tmp_path / "killed", kind, epochs, rng) for _ in range(kills))
    assert outcome(tmp_path / "killed", kind, epochs) == expected
    assert not [name for name in os.listdir(tmp_path / "killed" / "checkpoints") if name.endswith(".tmp")]
    return resumed


def test_three_kills_change_nothing(tmp_path, rng):
    check(tmp_path, "hybridized", kills=3, epochs=5, rng=rng)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["plain", "hybridized", "accumulated", "batches"])
def test_twenty_kills_change_nothing(tmp_path, rng, kind, record_property):
    resumed = check(tmp_path, kind, kills=20, epochs=20, rng=rng)
    record_property(
        "summary", f"{kind}: killed 20 times, {resumed} times from a checkpoint on, the same to the bit"
    )
