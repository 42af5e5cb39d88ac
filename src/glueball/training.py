"""The job behind ``glueball train``: train, show how it goes, survive Ctrl-C, leave results."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from glueball import checkpoint, datasets, models, results
from glueball.progress import Progress
from glueball.settings import OPTIMIZERS, BadValueError, NotPossibleError, Settings
from mxnet import files, gluon, nd

CONFIG = "config.json"
_TEST_BATCH = 1000


def start_run(settings: Settings, *, out: Path | None, overwrite: bool, may_fall_back: bool) -> int:
    """Train from the beginning; return the exit code.

    Parameters
    ----------
    out : folder for the results; None takes the next free one under ``runs``.
    overwrite : replace the run that ``out`` holds.
    may_fall_back : train on the handwritten digits if the data set is not to be had.
    """
    settings = settings.completed()
    ctx = _context(settings)  # before anything is downloaded
    try:
        data = datasets.load(settings.dataset)
    except NotPossibleError as error:
        if not may_fall_back:
            raise
        print(f"{error}\n\nTraining on the handwritten digits of scikit-learn instead.\n", file=sys.stderr)
        chosen = {"dataset": "digits", "epochs": None, "batch_size": None}
        settings = Settings.from_json({**settings.as_json(), **chosen}).completed()
        data = datasets.load(settings.dataset)
    folder = _folder(settings, out, overwrite)
    with files.atomic_write(folder / CONFIG) as file:
        file.write(json.dumps(settings.as_json(), indent=2).encode())
    mx.random.seed(settings.seed)
    return _Run(settings, data, folder, ctx).go()


def resume_run(folder: Path, *, epochs: int | None = None, device: str | None = None) -> int:
    """Go on with an interrupted run; ``epochs`` may raise their number. Return the exit code."""
    settings = read_settings(folder)
    changes = {name: v for name, v in (("epochs", epochs), ("device", device)) if v is not None}
    settings = Settings.from_json({**settings.as_json(), **changes})
    ctx = _context(settings)
    if changes:
        with files.atomic_write(folder / CONFIG) as file:
            file.write(json.dumps(settings.as_json(), indent=2).encode())
    run = _Run(settings, datasets.load(settings.dataset), folder, ctx)
    run.restore()
    return run.go()


def read_settings(folder: Path) -> Settings:
    """The settings of a run; raises `BadValueError` if ``folder`` holds none."""
    path = folder / CONFIG
    try:
        return Settings.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadValueError(f"{folder} holds no run (there is no {CONFIG} in it)") from None
    except ValueError as error:
        raise BadValueError(f"{path} cannot be read: {error}") from None


def _context(settings: Settings) -> mx.Context:
    """Where to compute; raises `BadValueError` where that is not there."""
    try:
        ctx = models.context_of(settings.device)
        ctx.torch_device  # noqa: B018  an absent accelerator is found here
    except mx.MXNetError as error:
        raise BadValueError(f"--device {settings.device}: {error.because}") from None
    return ctx


def _folder(settings: Settings, out: Path | None, overwrite: bool) -> Path:
    """The folder of a new run, made; never one that holds another run unless that may go."""
    if out is None:
        base = Path("runs", f"{settings.dataset}-{settings.model}")
        out = next(
            path
            for path in (base, *(base.with_name(f"{base.name}-{n}") for n in range(2, 10_000)))
            if not (path / CONFIG).exists()
        )
    elif (out / CONFIG).exists():
        if not overwrite:
            raise BadValueError(
                f"{out} holds a run already; --overwrite replaces it, --resume {out} goes on with it"
            )
        for name in (checkpoint.NAME, *results.NAMES):
            (out / name).unlink(missing_ok=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadValueError(f"cannot make the folder {out}: {error.strerror}") from None
    return out


class _Run:
    """One training run: where it stands, and how it goes on."""

    def __init__(self, settings: Settings, data: datasets.Data, folder: Path, ctx: mx.Context) -> None:
        self.settings, self.data, self.folder, self.ctx = settings, data, folder, ctx
        self.net = models.build(settings, data.image_size, len(data.class_names))
        self.net.initialize(models.initializer(), ctx=self.ctx)
        self.net.collect_params(".*bias").setattr("wd_mult", 0.0)
        options = {"learning_rate": settings.lr, "wd": settings.wd}
        options |= OPTIMIZERS[settings.optimizer][1]
        self.trainer = gluon.Trainer(self.net.collect_params(), settings.optimizer, options, kvstore=None)
        self.loss = gluon.loss.SoftmaxCrossEntropyLoss()
        self.step = gluon.TrainStep(self.net, self.loss, self.trainer)
        self.history: list[dict[str, float]] = []
        self.epoch = self.batch = 0
        # loss, right and seen of the epoch so far: a resumed epoch reports on all of its batches
        self.sums = [0.0, 0.0, 0.0]

    def restore(self) -> None:
        """Continue where the checkpoint was written."""
        position = checkpoint.load(self.folder, self.net, self.trainer)
        self.epoch, self.batch = position["epoch"], position["batch"]
        self.history, self.sums = position["history"], position["sums"]
        print(f"Resuming {self.folder} at epoch {self.epoch + 1}, batch {self.batch + 1}.")

    def go(self) -> int:
        epochs = self.settings.epochs or 0
        if self.epoch >= epochs:
            print(f"{self.folder} is trained for {self.epoch} epochs already; --epochs N goes on to N.")
        with Progress(self.settings, self.folder) as progress, _on_interrupt() as interrupted:
            progress.restore(self.history)
            while self.epoch < epochs:
                if not self._train_epoch(progress, interrupted):
                    self._save()
                    progress.close()
                    print(f"\nInterrupted. Go on with: glueball train --resume {self.folder}")
                    return 130
        results.write(self.settings, self.data, self.folder, self.net, self.history, *self._evaluate()[2:])
        return 0

    def _train_epoch(self, progress: Progress, interrupted: Callable[[], bool]) -> bool:
        """Train to the end of the epoch; False if somebody interrupted it before."""
        size = self.settings.batch_size or 1
        batches = self._batches(size)
        progress.begin(self.epoch, len(batches), self.batch)
        started, seen_before = time.perf_counter(), self.sums[2]
        loss_sum, right = (nd.array([value], ctx=self.ctx) for value in self.sums[:2])
        loader = gluon.data.DataLoader(self.data.train, batch_sampler=batches[self.batch :])
        for images, labels in loader:
            images, labels = images.as_in_context(self.ctx), labels.as_in_context(self.ctx)
            # as the book does: the last batch, which is smaller, makes a smaller step, so that the epoch ends calmly
            loss_sum += self.step(images, labels, batch_size=size).sum()
            right += (self.step.outputs.argmax(axis=1) == labels.astype("float32")).sum()
            self.sums[2] += images.shape[0]
            self.batch += 1
            if progress.due():
                seen = self.sums[2]
                speed = (seen - seen_before) / (time.perf_counter() - started)
                progress.show(self.batch, loss_sum.asscalar() / seen, right.asscalar() / seen, speed)
            if interrupted() and self.batch < len(batches):
                self.sums[:2] = float(loss_sum.asscalar()), float(right.asscalar())
                return False
        seconds = time.perf_counter() - started
        seen = self.sums[2]
        test_loss, test_accuracy, *_ = self._evaluate()
        row = {
            "epoch": self.epoch + 1,
            "train_loss": float(loss_sum.asscalar()) / seen,
            "train_accuracy": float(right.asscalar()) / seen,
            "test_loss": test_loss,
            "test_accuracy": test_accuracy,
            "seconds": round(seconds, 3),
            "images_per_second": round((seen - seen_before) / seconds),
        }
        self.history.append(row)
        self.epoch, self.batch, self.sums = self.epoch + 1, 0, [0.0, 0.0, 0.0]
        results.write_metrics(self.folder, self.history)
        self._save()
        progress.end(row)
        return self.epoch >= (self.settings.epochs or 0) or not interrupted()

    def _batches(self, size: int) -> list[np.ndarray]:
        """The batches of this epoch, by example number: they depend on seed and epoch alone."""
        order = np.random.default_rng([self.settings.seed, self.epoch]).permutation(len(self.data.train))
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _evaluate(self) -> tuple[float, float, np.ndarray, np.ndarray]:
        """Loss and accuracy on the test examples, their labels, and the probabilities of every class."""
        losses, labels, probabilities = 0.0, [], []
        for images, wanted in gluon.data.DataLoader(self.data.test, _TEST_BATCH):
            logits = self.net(images.as_in_context(self.ctx))
            losses += float(self.loss(logits, wanted.as_in_context(self.ctx)).sum().asscalar())
            labels.append(wanted.asnumpy())
            probabilities.append(logits.softmax().asnumpy())
        label, probability = np.concatenate(labels), np.concatenate(probabilities)
        accuracy = float((probability.argmax(axis=1) == label).mean())
        return losses / len(label), accuracy, label, probability

    def _save(self) -> None:
        position = {"epoch": self.epoch, "batch": self.batch, "history": self.history, "sums": self.sums}
        checkpoint.save(self.folder, self.net, self.trainer, position)


@contextmanager
def _on_interrupt() -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C, for the loop to act on between two batches; a second one stops at once."""
    asked = False

    def note(number: int, frame: Any) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread: nobody can press Ctrl-C there
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
