"""Pictures of a training run: its curves, its confusion matrix, its most confident mistakes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glueball.plot.style import BLUE, GREEN, INK, MUTED, ORANGE, RED, bare, new_figure, styled, tint

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def curves(metrics: Sequence[Mapping[str, float | None]]) -> Figure:
    """Draw loss and accuracy over the epochs.

    Parameters
    ----------
    metrics : one mapping per epoch with ``epoch``, ``train_loss``, ``train_accuracy`` and, where it was measured,
        ``test_loss`` and ``test_accuracy``, as in ``metrics.jsonl``; None for a loss that is no finite number.

    Raises
    ------
    ValueError : there is no epoch.
    """
    if not metrics:
        raise ValueError("curves: there is no epoch to draw yet")
    epochs = [int(_number(row["epoch"])) for row in metrics]
    with styled():
        figure = new_figure(9.6, 3.6)
        left, right = figure.subplots(1, 2)
        for axes, quantity, title in ((left, "loss", "Loss"), (right, "accuracy", "Accuracy")):
            lines = [
                (name, color, [_number(row[f"{name}_{quantity}"]) for row in metrics])
                for name, color in (("train", BLUE), ("test", ORANGE))
                if f"{name}_{quantity}" in metrics[0]
            ]
            for name, color, values in lines:
                axes.plot(epochs, values, color=color, marker="o", markersize=4 if len(epochs) < 40 else 0)
                axes.plot([], [], color=color, label=name)
            _label_ends(axes, epochs[-1], lines, "{:.3f}")
            axes.set_title(title)
            axes.set_xlabel("epoch")
            axes.grid(axis="y")
            axes.tick_params(length=0)
            axes.set_xlim(epochs[0] - 0.3, epochs[-1] + 0.3)
            axes.locator_params(axis="x", integer=True, nbins=min(10, len(epochs)))
            if len(epochs) == 1:
                axes.set_xticks(epochs)
    return figure


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _label_ends(axes: Axes, x: int, lines: list[tuple[str, str, list[float]]], form: str) -> None:
    """Write name and last value at the end of each line, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    distance = 0.075 * (high - low)
    ends = sorted(((values[-1], name, color) for name, color, values in lines), reverse=True)
    heights = [value for value, _, _ in ends]
    if len(ends) == 2 and heights[0] - heights[1] < distance:
        middle = sum(heights) / 2
        heights = [middle + distance / 2, middle - distance / 2]
    for (value, name, color), height in zip(ends, heights, strict=True):
        axes.annotate(
            f"{name} {form.format(value)}",
            (x, height),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            fontweight="bold",
            color=color if color != ORANGE else "#9a6a00",  # orange is too light to read as text
            annotation_clip=False,
        )


def confusion(matrix: Any, class_names: Sequence[str]) -> Figure:
    """Draw a confusion matrix: rows are the true classes, columns what was predicted.

    Blue cells are right and orange ones wrong; both are darker the larger their share of the row, mistakes on a
    scale of their own, so that the commonest ones stand out also where nearly everything is right.

    Parameters
    ----------
    matrix : counts, ``(classes, classes)``; ``matrix[i][j]`` examples of class i were taken for class j.
    class_names : a name for each class.

    Raises
    ------
    ValueError : the matrix is not square, or there are not as many names as classes.
    """
    import numpy as np

    counts = np.asarray(matrix)
    classes = len(class_names)
    if counts.shape != (classes, classes):
        raise ValueError(
            f"confusion: a matrix of shape {counts.shape} and {classes} class names do not fit; "
            "it takes one row and one column per name"
        )
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    wrong = shares * (1 - np.eye(classes))
    largest = max(float(wrong.max(initial=0.0)), 1e-9)
    colors = np.ones((classes, classes, 3))
    for i in range(classes):
        for j in range(classes):
            right = i == j
            strength = 0.15 + 0.6 * shares[i, j] if right else 0.85 * (wrong[i, j] / largest) ** 0.6
            colors[i, j] = tint(BLUE if right else ORANGE, strength if counts[i, j] else 0.0)

    side = max(4.4, 0.62 * classes + 1.8)
    with styled():
        figure = new_figure(side + 0.9, side)
        axes = figure.subplots()
        axes.imshow(colors, aspect="equal")
        bare(axes)
        axes.set_xticks(range(classes), class_names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(classes), class_names)
        axes.tick_params(length=0, labelsize=9, labelcolor=INK)
        axes.set_xticks([i - 0.5 for i in range(1, classes)], minor=True)
        axes.set_yticks([i - 0.5 for i in range(1, classes)], minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.tick_params(which="minor", length=0)
        for i in range(classes):
            for j in range(classes):
                if counts[i, j]:
                    dark = i == j and shares[i, j] > 0.55
                    axes.text(
                        j,
                        i,
                        f"{counts[i, j]}",
                        ha="center",
                        va="center",
                        fontsize=8.5,
                        color="white" if dark else INK,
                        fontweight="bold" if i == j else "normal",
                    )
            axes.text(classes - 0.35, i, f"{shares[i, i]:.1%}", va="center", fontsize=9, color=MUTED)
        axes.text(classes - 0.35, -0.75, "found", va="center", fontsize=9, color=MUTED)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        accuracy = np.trace(counts) / max(int(counts.sum()), 1)
        axes.set_title(f"{accuracy:.1%} of {int(counts.sum()):,} are right", pad=18)
    return figure


def mistakes(
    images: Any,
    labels: Any,
    predictions: Any,
    probabilities: Any,
    names: Sequence[str],
    *,
    count: int = 24,
    columns: int = 8,
) -> Figure:
    """Draw the wrong predictions that were made with the most confidence.

    Parameters
    ----------
    images : ``(n, height, width)`` or ``(n, height, width, channels)``, any numeric type.
    labels, predictions : true and predicted classes, ``(n,)``.
    probabilities : the probability of the predicted class, ``(n,)``, or of every class, ``(n, classes)``.
    names : a name for each class.
    count : pictures to draw at most.
    columns : pictures in a row.
    """
    import numpy as np

    images, labels, predictions = np.asarray(images), np.asarray(labels), np.asarray(predictions)
    confidence = np.asarray(probabilities)
    if confidence.ndim == 2:
        confidence = confidence.max(axis=1)
    chosen = most_confident_mistakes(labels, predictions, confidence, count)
    rows = max(1, math.ceil(len(chosen) / columns))
    with styled():
        figure = new_figure(1.35 * columns, 1.75 * rows + 0.45)
        figure.suptitle(
            _mistakes_title(labels, predictions, len(chosen)), x=0.01, ha="left", fontweight="bold"
        )
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat:
            bare(axes)
        for axes, index in zip(grid.flat, chosen, strict=False):
            picture = np.squeeze(images[index])
            axes.imshow(picture, cmap="gray_r" if picture.ndim == 2 else None, interpolation="nearest")
            axes.set_title(
                f"{names[int(predictions[index])]} {confidence[index]:.0%}",
                fontsize=8.5,
                color=RED,
                loc="center",
                pad=14,
            )
            axes.text(
                0.5,
                1.03,
                f"is {names[int(labels[index])]}",
                transform=axes.transAxes,
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=GREEN,
            )
    return figure


def most_confident_mistakes(labels: Any, predictions: Any, confidence: Any, count: int) -> np.ndarray:
    """Return the indices of wrong predictions, the most confident first, at most ``count``."""
    import numpy as np

    wrong = np.flatnonzero(np.asarray(labels) != np.asarray(predictions))
    order = np.argsort(-np.asarray(confidence)[wrong], kind="stable")
    return wrong[order][:count]


def _mistakes_title(labels: np.ndarray, predictions: np.ndarray, shown: int) -> str:
    wrong = int((labels != predictions).sum())
    if not wrong:
        return f"No mistake among {len(labels):,} pictures"
    which = "all of them" if shown == wrong else f"the {shown} most confident"
    return f"{wrong:,} of {len(labels):,} are wrong: {which}, red what was predicted, green what it is"
