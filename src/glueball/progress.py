"""What ``glueball train`` shows while it runs: a live line in a terminal, plain lines in a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rich import progress as bars
from rich.console import Console
from rich.table import Table

from glueball.settings import DATASETS, Settings

_INTERVAL = 0.1  # seconds between two looks at the device: each waits for it


class Progress:
    """The lines of one run; a context manager, so that the terminal is left in order."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._console = Console(highlight=False)
        self._epochs = settings.epochs or 0
        self._rows: list[Mapping[str, float]] = []
        self._live: bars.Progress | None = None
        self._task: Any = None
        self._last = 0.0
        title = DATASETS[settings.dataset].title
        layers = "-".join(str(n) for n in settings.hidden) or "no hidden layer"
        self._console.print(
            f"{settings.model} ({layers}) on {title}: {settings.optimizer} at {settings.lr:g}, "
            f"batches of {settings.batch_size}, results in {folder}",
            soft_wrap=True,
        )

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live = bars.Progress(
                bars.TextColumn("epoch {task.fields[epoch]}"),
                bars.BarColumn(bar_width=24),
                bars.TextColumn(
                    "loss {task.fields[loss]:.4f}  accuracy {task.fields[accuracy]:.3f}  "
                    "{task.fields[speed]:,.0f} images/s"
                ),
                console=self._console,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None and self._rows:
            self._console.print(_table(self._rows))

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def restore(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Take over the epochs of an earlier part of the run."""
        self._rows.extend(rows)

    def begin(self, epoch: int, batches: int, done: int) -> None:
        """An epoch begins, or goes on after ``done`` batches."""
        if self._live is not None:
            if self._task is not None:
                self._live.remove_task(self._task)
            self._task = self._live.add_task(
                "",
                total=batches,
                completed=done,
                epoch=f"{epoch + 1}/{self._epochs}",
                loss=0,
                accuracy=0,
                speed=0,
            )

    def due(self) -> bool:
        """Whether it is time to show the live line again."""
        return self._live is not None and time.monotonic() - self._last > _INTERVAL

    def show(self, batch: int, loss: float, accuracy: float, speed: float) -> None:
        """Bring the live line up to date."""
        self._last = time.monotonic()
        if self._live is not None:
            self._live.update(self._task, completed=batch, loss=loss, accuracy=accuracy, speed=speed)

    def end(self, row: Mapping[str, float]) -> None:
        """An epoch is done: a line that stays."""
        self._rows.append(row)
        self._console.print(
            f"epoch {row['epoch']:>3}/{self._epochs}  loss {row['train_loss']:.4f}  "
            f"train {row['train_accuracy']:.4f}  test {row['test_accuracy']:.4f}  "
            f"{row['seconds']:6.2f} s  {row['images_per_second']:>9,.0f} images/s",
            soft_wrap=True,
        )


def _table(rows: Sequence[Mapping[str, float]]) -> Table:
    table = Table(title="Epochs", title_justify="left")
    for name in ("epoch", "train loss", "train accuracy", "test loss", "test accuracy", "seconds"):
        table.add_column(name, justify="right")
    best = max(row["test_accuracy"] for row in rows)
    for row in rows:
        mark = "bold" if row["test_accuracy"] == best else None
        table.add_row(
            str(int(row["epoch"])),
            f"{row['train_loss']:.4f}",
            f"{row['train_accuracy']:.4f}",
            f"{row['test_loss']:.4f}",
            f"{row['test_accuracy']:.4f}",
            f"{row['seconds']:.2f}",
            style=mark,
        )
    return table
