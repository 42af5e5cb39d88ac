"""One file that holds everything a training run needs to go on exactly where it stood.

Weights, optimiser state, random state and position in the data lie in one ``.npz`` file, written whole or not at
all, without pickle: two files could disagree with each other after a crash.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from glueball.settings import NotPossibleError
from mxnet import files

NAME = "checkpoint.npz"
_RANDOM = "random."


def save(folder: Path, net: Any, trainer: Any, position: dict[str, Any]) -> None:
    """Write ``folder/checkpoint.npz``; ``position`` is plain data (epoch, batch, sums, history)."""
    weights = io.BytesIO()
    net.save_parameters(weights)
    content = {
        "weights": _as_array(weights.getvalue()),
        "optimizer": _as_array(_states(trainer)),
        "position": _as_array(json.dumps(position).encode()),
        **{_RANDOM + name: value for name, value in mx.random.get_state().items()},
    }
    files.save(folder / NAME, content)


def load(folder: Path, net: Any, trainer: Any) -> dict[str, Any]:
    """Put weights, optimiser state and random state back; return the position.

    Raises `NotPossibleError` if there is no checkpoint or it cannot be read.
    """
    path = folder / NAME
    if not path.exists():
        raise NotPossibleError(f"{path} is not there: this run has nothing to resume")
    try:
        stored = files.load(path)
        if not isinstance(stored, dict):
            raise ValueError("its arrays have no names")
        content = {name: array.numpy() for name, array in stored.items() if array is not None}
        position: dict[str, Any] = json.loads(content["position"].tobytes())
        net.load_parameters(io.BytesIO(content["weights"].tobytes()))
        with tempfile.TemporaryDirectory() as scratch:
            states = Path(scratch, "states")
            states.write_bytes(content["optimizer"].tobytes())
            trainer.load_states(str(states))
    except (OSError, ValueError, KeyError, mx.MXNetError) as error:
        raise NotPossibleError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    mx.random.set_state(
        {name.removeprefix(_RANDOM): value for name, value in content.items() if name.startswith(_RANDOM)}
    )
    return position


def _states(trainer: Any) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "states")
        trainer.save_states(str(path))
        return path.read_bytes()


def _as_array(content: bytes) -> np.ndarray:
    return np.frombuffer(content, dtype=np.uint8)
