"""How large the examples run and where their figures go, decided by two environment variables.

GLUEBALL_EXAMPLES=small    a few seconds each, as the tests run them; without it, the full scale that the text is about
GLUEBALL_FIGURES=FOLDER    save every figure as FOLDER/<name>.png
"""

import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def pick(full: T, small: T, slow: T | None = None) -> T:
    """Return the value for the scale of this run: ``num_epochs = pick(10, small=1)``.

    ``slow`` takes the place of ``full`` where there is no accelerator, for what would take hours without.
    """
    scale = os.environ.get("GLUEBALL_EXAMPLES", "full")
    if scale not in ("full", "small"):
        raise ValueError(f"GLUEBALL_EXAMPLES is full or small, not {scale!r}")
    if scale == "small":
        return small
    if slow is not None:
        import mxnet as mx

        return full if mx.context.num_gpus() else slow
    return full


def part(batches: Iterable[Any], count: int | None) -> Iterable[Any]:
    """Return the first batches, as a list; or all of them, as they are, where ``count`` is None."""
    return batches if count is None else list(islice(batches, count))


def show(name: str) -> None:
    """Show the current figure, in the notebook or in a window, and save it where that is asked for."""
    import matplotlib.pyplot as plt

    folder = os.environ.get("GLUEBALL_FIGURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        plt.gcf().savefig(Path(folder, f"{name}.png"), dpi=144, bbox_inches="tight")
    if plt.get_backend().lower() == "agg":  # no display: nobody can look at it
        plt.close()
    else:
        plt.show()
