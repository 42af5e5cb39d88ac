"""Recorded outcomes on disk: for each family one JSON file that people can read and one ``.npz`` with the values.

The JSON file has a line per sample with dtypes, shapes and error classes; the values stand in the ``.npz``, one
flat array per dtype, in the order of the lines (one small array each would be mostly ZIP headers).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .run import Outcome


def write(folder: Path, family: str, outcomes: dict[str, Outcome]) -> None:
    """Write the outcomes of one family."""
    pools: dict[str, list[np.ndarray]] = {}

    def described(array: np.ndarray) -> str:
        pools.setdefault(array.dtype.name, []).append(array.ravel())
        return f"{array.dtype.name} {'x'.join(map(str, array.shape))}".strip()

    lines = {}
    for identity, outcome in outcomes.items():
        line: dict[str, object] = {}
        if outcome.error:
            line["error"] = outcome.error
        elif outcome.text is not None:
            line["text"] = outcome.text
        else:
            line["outputs"] = [described(output) for output in outcome.outputs]
            if outcome.gradients is not None:
                line["gradients"] = [described(gradient) for gradient in outcome.gradients]
            if outcome.changed:
                line["changed"] = {str(place): described(array) for place, array in outcome.changed.items()}
        lines[identity] = line
    text = ",\n".join(f"{json.dumps(identity)}: {json.dumps(line)}" for identity, line in lines.items())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{family}.json").write_bytes(b"{\n" + text.encode() + b"\n}\n")
    flat = {dtype: np.concatenate(arrays) for dtype, arrays in sorted(pools.items())}
    np.savez_compressed(folder / f"{family}.npz", **flat)


def read(folder: Path, family: str) -> dict[str, Outcome]:
    """Read the outcomes of one family."""
    text = (folder / f"{family}.json").read_text(encoding="utf-8")
    with np.load(folder / f"{family}.npz") as file:
        pools = {dtype: file[dtype] for dtype in file.files}
    places = dict.fromkeys(pools, 0)

    def array(description: str) -> np.ndarray:
        dtype, _, lengths = description.partition(" ")
        shape = tuple(int(length) for length in lengths.split("x")) if lengths else ()
        start = places[dtype]
        places[dtype] += int(np.prod(shape, dtype=int))
        return pools[dtype][start : places[dtype]].reshape(shape)

    outcomes = {}
    for identity, line in json.loads(text).items():
        outcome = Outcome(error=line.get("error"), text=line.get("text"))
        outcome.outputs = [array(item) for item in line.get("outputs", [])]
        if "gradients" in line:
            outcome.gradients = [array(item) for item in line["gradients"]]
        outcome.changed = {int(place): array(item) for place, item in line.get("changed", {}).items()}
        outcomes[identity] = outcome
    return outcomes
