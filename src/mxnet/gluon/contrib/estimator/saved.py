"""The files of checkpoints, and a training brought back from them.

A checkpoint is three files: weights (``.params``) and optimiser (``.states``) as MXNet writes them, and all the rest
(``.resume``): position in the data, random streams, metrics, counters of handlers. Each is written whole or not at
all. The third, which is written last, holds the digests of the other two, so that what was torn apart by a crash is
recognised; a list (``<prefix>-checkpoints.json``) says which checkpoints belong to the present training, in order.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .... import files
from ....base import MXNetError
from .events import EventHandler
from .state import (
    gradients_state,
    metric_state,
    pack,
    set_gradients,
    set_metric_state,
    unpack,
)
from .stopping import EarlyStoppingHandler, StoppingHandler

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["Folder", "Resumed"]

_FORMAT = "glueball-estimator-1"
_RECORD = "record"
PARTS = (".params", ".states", ".resume")


class Folder:
    """The checkpoints of one training in a folder.

    Parameters
    ----------
    path : the folder.
    prefix : what the names of the files begin with.
    """

    def __init__(self, path: Path, prefix: str) -> None:
        self.path = path
        self.prefix = prefix
        self._list = path / f"{prefix}-checkpoints.json"
        self._name = re.compile(re.escape(prefix) + r"-epoch(\d+)batch(\d+)")

    def file(self, name: str, ending: str) -> Path:
        """The path of a file of a checkpoint."""
        return self.path / (name + ending)

    def numbers(self, name: str) -> tuple[int, int]:
        """Epoch and batch in the name of a checkpoint."""
        match = self._name.fullmatch(name)
        assert match is not None
        return int(match[1]), int(match[2])

    # ------------------------------------------------------------------ writing

    def write_model(self, name: str, estimator: Estimator) -> dict[str, str]:
        """Write weights and optimiser; returns the digests of the files."""
        estimator.net.save_parameters(str(self.file(name, ".params")))
        estimator.trainer.save_states(str(self.file(name, ".states")))
        return {ending: _digest_of(self.file(name, ending)) for ending in PARTS[:2]}

    def has_changed(self, digests: dict[str, str], estimator: Estimator) -> bool:
        """Whether weights or optimiser are others than those that were written."""
        weights, states = _Digest(), _Digest()
        estimator.net.save_parameters(weights)
        estimator.trainer.save_states(states)
        return {".params": weights.value(), ".states": states.value()} != digests

    def write_record(self, name: str, content: dict[str, Any]) -> None:
        """Write the third file."""
        arrays: dict[str, np.ndarray] = {}
        outline = pack({"format": _FORMAT, "name": name, **content}, arrays)
        arrays[_RECORD] = np.frombuffer(json.dumps(outline).encode(), np.uint8)
        files.save(self.file(name, ".resume"), arrays, format=".npz")

    def write_list(self, names: Sequence[str], dropped: Sequence[str] = ()) -> None:
        """Say which checkpoints there are, and which go."""
        text = json.dumps({"format": _FORMAT, "saved": list(names), "dropped": list(dropped)}, indent=1)
        with files.atomic_write(self._list) as stream:
            stream.write(text.encode())

    def remove(self, names: Sequence[str]) -> None:
        """Delete checkpoints."""
        for name in names:
            for ending in PARTS:
                self.file(name, ending).unlink(missing_ok=True)

    # ------------------------------------------------------------------ reading

    def newest(self) -> tuple[str | None, dict[str, Any] | None, list[str]]:
        """The newest whole checkpoint: name, record, and what is wrong with newer ones.

        No name where there is none; no record for a checkpoint that MXNet itself has written.

        Raises ``MXNetError`` if there are checkpoints, but not one that can be read.
        """
        listed = self._listed()
        names = self._on_disk() if listed is None else listed
        of_mxnet = listed is None and not any(self.file(name, ".resume").exists() for name in names)
        problems: list[str] = []
        if names and of_mxnet:
            return names[-1], None, problems
        for name in reversed(names):
            record = self.read_record(name, problems)
            if record is not None:
                return name, record, problems
        if names:
            raise MXNetError(
                f"CheckpointHandler: no checkpoint in {self.path} can be read",
                received=", ".join(names),
                because="; ".join(problems),
                hint="resume_from_checkpoint=False trains from the beginning",
            )
        return None, None, []

    def read_record(self, name: str, problems: list[str]) -> dict[str, Any] | None:
        """The third file of a checkpoint; None, and a line in ``problems``, if the three do not fit each other."""
        path = self.file(name, ".resume")
        try:
            arrays = {key: array.numpy() for key, array in files.load(path).items()}  # type: ignore[union-attr]
            record: dict[str, Any] = unpack(json.loads(arrays[_RECORD].tobytes()), arrays)
            if record["format"] != _FORMAT:
                raise ValueError(f"its format is {record['format']}")
            for ending, digest in record["files"].items():
                if _digest_of(self.file(name, ending)) != digest:
                    raise ValueError(f"{name}{ending} is another file than the one it was written with")
        except (MXNetError, AttributeError, KeyError, OSError, TypeError, ValueError) as error:
            problems.append(
                f"{path.name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            )
            return None
        return record

    def clean_up(self) -> None:
        """Delete what a process that was killed has left: half-written files, and checkpoints that were to go."""
        start = ("." + self.prefix + "-")[:33]
        for path in self.path.glob(".*.tmp"):
            if path.name.startswith(start) and re.search(r"\.[0-9a-f]{8}\.tmp$", path.name):
                path.unlink(missing_ok=True)
        self.remove(self._listed("dropped") or [])

    def _listed(self, what: str = "saved") -> list[str] | None:
        try:
            content = json.loads(self._list.read_bytes())
            return [name for name in content[what] if self._name.fullmatch(name)]
        except FileNotFoundError:
            return None
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise MXNetError(
                f"CheckpointHandler: {self._list} cannot be read",
                because=str(error),
                hint="delete it to resume from the newest checkpoint beside it",
            ) from None

    def _on_disk(self) -> list[str]:
        names = [path.stem for path in self.path.glob("*.params") if self._name.fullmatch(path.stem)]
        return sorted(names, key=self.numbers)


class Resumed:
    """A checkpoint on its way back into an estimator.

    Parameters
    ----------
    folder, name : where it lies.
    record : its third file, or None for a checkpoint of MXNet itself, which knows the weights, the optimiser and, by
        its name, how many epochs and batches it has seen.
    counts_from_zero : whether the batch in its name is the number of the last one, rather than how many there were.
    """

    def __init__(
        self, folder: Folder, name: str, record: dict[str, Any] | None, counts_from_zero: bool
    ) -> None:
        self.folder = folder
        self.name = name
        self._record = record
        if record is None:
            epoch, batch = folder.numbers(name)
            self.epochs, self.batches = epoch + 1, batch + counts_from_zero
            self.in_epoch = False
        else:
            place = record["position"]
            self.epochs, self.batches = place["epoch"], place["batches"]
            self.in_epoch = place["batch"] > 0

    def load_model(self, estimator: Estimator) -> None:
        """Give weights and optimiser back."""
        estimator.net.load_parameters(str(self.folder.file(self.name, ".params")), ctx=estimator.context)
        estimator.trainer.load_states(str(self.folder.file(self.name, ".states")))

    def bring_back(self, estimator: Estimator, handlers: Sequence[EventHandler]) -> bool:
        """Give everything back, after ``train_begin``, and in the middle of an epoch once more after ``epoch_begin``.

        Handlers have begun as usual by then, and now learn how far they were. Returns whether the training (in the
        middle of an epoch: the epoch) was over already.
        """
        self.load_model(estimator)
        position = estimator._position
        if self._record is None:
            self._count(estimator, handlers)
        else:
            record = self._record
            set_gradients(estimator.net, record["arrays"])
            for metrics, states in zip(
                (estimator.train_metrics, estimator.val_metrics), record["metrics"], strict=True
            ):
                for metric, state in zip(metrics, states, strict=False):
                    set_metric_state(metric, state)
            for key, handler in keyed(handlers).items():
                if key in record["handlers"]:
                    handler.load_state_dict(record["handlers"][key])
            position.load_state_dict(record["position"])
        if self.in_epoch and not position.began:
            position.began = True
            return False  # once more after epoch_begin
        estimator._resumed = None
        return self._was_over(handlers)

    def _count(self, estimator: Estimator, handlers: Sequence[EventHandler]) -> None:
        """Let those that count know how far a training of MXNet itself has come."""
        position = estimator._position
        position.epoch, position.batches = self.epochs, self.batches
        for handler in handlers:
            for name, value in (("current_epoch", self.epochs), ("current_batch", self.batches)):
                if name in handler.state_names:
                    handler.load_state_dict({name: value})

    def _was_over(self, handlers: Sequence[EventHandler]) -> bool:
        stops = [] if self._record is None else self._record["stops"]
        # these two know by themselves, and their limits may be others now
        knowing = (EarlyStoppingHandler, StoppingHandler)
        return any(
            handler.stop_training if isinstance(handler, knowing) else key in stops
            for key, handler in keyed(handlers).items()
        )


def content_of(
    estimator: Estimator, handlers: Sequence[EventHandler], stops: Sequence[EventHandler]
) -> dict[str, Any]:
    """What the third file of a checkpoint holds."""
    names = keyed(handlers)
    return {
        "position": estimator._position.state_dict(),
        "handlers": {key: handler.state_dict() for key, handler in names.items()},
        "metrics": [
            [metric_state(metric) for metric in metrics]
            for metrics in (estimator.train_metrics, estimator.val_metrics)
        ],
        "arrays": gradients_state(estimator.net),
        "stops": [key for key, handler in names.items() if any(handler is each for each in stops)],
    }


def keyed(handlers: Sequence[EventHandler]) -> dict[str, EventHandler]:
    """Handlers by class and number, by which they are found again."""
    found: dict[str, EventHandler] = {}
    for handler in handlers:
        name = type(handler).__name__
        found[f"{name} {sum(key.rpartition(' ')[0] == name for key in found)}"] = handler
    return found


class _Digest(io.RawIOBase):
    """A file that keeps nothing but the digest of what is written to it."""

    name = "weights.params"

    def __init__(self) -> None:
        super().__init__()
        self._hash = hashlib.blake2b(digest_size=16)

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._hash.update(content)
        return len(memoryview(content).cast("B"))

    def value(self) -> str:
        return self._hash.hexdigest()


def _digest_of(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
