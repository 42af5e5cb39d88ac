"""What a training run leaves in its folder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glueball import report
from glueball.datasets import Data
from glueball.settings import Settings
from mxnet import files

METRICS, PARAMS, SAFETENSORS, REPORT = "metrics.jsonl", "model.params", "model.safetensors", "report.html"
PICTURES = ("curves.png", "confusion.png", "mistakes.png")
NAMES = (METRICS, PARAMS, SAFETENSORS, REPORT, *PICTURES)


def write_metrics(folder: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write one line of JSON for each epoch; a loss that is no finite number is null, as JSON has no other word."""
    rows = [{name: v if math.isfinite(v) else None for name, v in row.items()} for row in history]
    with files.atomic_write(folder / METRICS) as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows).encode())


def write(
    settings: Settings,
    data: Data,
    folder: Path,
    net: Any,
    history: Sequence[Mapping[str, float]],
    labels: np.ndarray,
    probabilities: np.ndarray,
) -> None:
    """Write weights, pictures and the report, and say where they are.

    Parameters
    ----------
    labels : true classes of the test examples, ``(n,)``.
    probabilities : of every class for each of them, ``(n, classes)``.
    """
    net.save_parameters(str(folder / PARAMS))
    net.save_parameters(str(folder / SAFETENSORS))
    pictures = _draw(data, folder, history, labels, probabilities)
    with files.atomic_write(folder / REPORT) as file:
        file.write(report.page(settings, data, net, history, pictures).encode())
    last = history[-1]
    print(f"\ntest accuracy {last['test_accuracy']:.4f}; the report is {folder / REPORT}")
    print("the mistakes it makes: " + str(folder / PICTURES[2]) if pictures else _no_pictures())
    if not all(math.isfinite(last[name]) for name in ("train_loss", "test_loss")):
        print(f"the loss is no finite number: the steps were too large; try --lr {(settings.lr or 0) / 10:g}")


def _draw(
    data: Data,
    folder: Path,
    history: Sequence[Mapping[str, float]],
    labels: np.ndarray,
    probabilities: np.ndarray,
) -> dict[str, bytes]:
    """Draw and save the pictures; none where matplotlib is missing."""
    try:
        from glueball import plot

        predictions = probabilities.argmax(axis=1)
        classes = len(data.class_names)
        matrix = np.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)
        figures = (
            plot.curves(history),
            plot.confusion(matrix, data.class_names),
            plot.mistakes(data.pixels, labels, predictions, probabilities, data.class_names),
        )
    except ImportError:
        return {}
    drawn = {}
    for name, figure in zip(PICTURES, figures, strict=True):
        with files.atomic_write(folder / name) as file:
            figure.savefig(file, format="png", dpi=110, bbox_inches="tight")
        drawn[name] = (folder / name).read_bytes()
    return drawn


def _no_pictures() -> str:
    return "no pictures: matplotlib is not installed (pip install 'glueball[plot]')"
