"""Sequences in and out of `unroll`: one array or a list of steps, masked behind the steps that count."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from ... import ndarray as nd
from ...base import ArgumentError, message
from ...ndarray import NDArray
from ...ndarray.invoke import invoke
from ...ops.registry import Operator

if TYPE_CHECKING:
    from ...symbol.graph import Entry

__all__ = [
    "Batch",
    "axis_of",
    "first_of",
    "functions_for",
    "last_of_valid",
    "masked",
    "merged",
    "reversed_steps",
    "split",
    "steps_of",
]


class Batch(int):
    """The number of sequences that a symbol stands for: 0, which is any number, and an array that will have it."""

    rows_of: tuple[Entry, int]

    @classmethod
    def of(cls, symbol: Any, axis: int) -> Batch:
        """The length of an axis of the array that a symbol stands for."""
        batch = cls(0)
        batch.rows_of = (symbol._entries[0], axis)
        return batch

    def zeros(self, F: Any, shape: tuple[int, ...] = (), **kwargs: Any) -> Any:
        """Zeros for `begin_state`, which programs make with that many rows."""
        symbol = F.zeros(shape=shape, **kwargs)
        if all(length is self for length in shape if not length):
            symbol._entries[0].node.rows_of = self.rows_of
        return symbol


def functions_for(x: Any) -> Any:
    """The functions for an array or a symbol, which is what ``F`` is in ``hybrid_forward``.

    >>> functions_for(nd.ones(2)) is nd
    True
    """
    if isinstance(x, NDArray):
        return nd
    if not hasattr(x, "list_outputs"):  # as symbols have
        raise ArgumentError(
            message(
                "a recurrent network takes an NDArray, or where it is unrolled a list of them",
                received=type(x).__name__,
                hint="nd.array(inputs)",
            )
        )
    return importlib.import_module("mxnet.symbol")


def axis_of(layout: str, letter: str = "T") -> int:
    """The place of the steps (T) or of the batch (N) in a layout.

    >>> axis_of("NTC"), axis_of("NTC", "N")
    (1, 0)
    """
    place = layout.find(letter)
    if place < 0:
        raise AssertionError(
            message(
                f"Invalid layout {layout}",
                because="it names the steps T and the batch N among the axes of the inputs",
                hint="layout='NTC' or layout='TNC'",
            )
        )
    return place


def first_of(length: int | None, inputs: Any, layout: str) -> tuple[Any, Any, int]:
    """``F``, an array among the inputs (all of them, or the first step), and how many sequences there are.

    Parameters
    ----------
    length : how many steps there must be; None for any number of them.
    inputs : one array with the axes of ``layout``, or a list of arrays without the axis of the steps.

    Returns
    -------
    The number of sequences is a `Batch` for symbols, of which it is not known.

    Raises
    ------
    AssertionError : there are not ``length`` steps, or ``inputs`` are neither.
    """
    axis, batch_axis = axis_of(layout), axis_of(layout, "N")
    listed = isinstance(inputs, (list, tuple))
    F, known = nd, len(inputs) if listed else None
    for each in reversed(inputs) if listed else [inputs]:
        F = functions_for(each)
    first = inputs[0] if listed and inputs else inputs
    if F is nd and not listed:
        if inputs.ndim <= max(axis, batch_axis):
            raise AssertionError(
                message(
                    f"unroll: inputs have {inputs.ndim} axes",
                    received=f"inputs of shape {inputs.shape}",
                    because=f"layout {layout} is that of one array with all steps",
                    hint="one more axis, or a list of the inputs of each step",
                )
            )
        known = inputs.shape[axis]
    if known == 0 or (known is not None and length is not None and known != length):
        raise AssertionError(
            message(
                f"unroll: {known} steps" + (f" instead of {length}" if known else ""),
                received=f"length={length}, inputs "
                + (f"a list of {known}" if listed else f"of shape {inputs.shape} in layout {layout}"),
                because="length is the number of steps in inputs, at least 1",
                hint=f"length={known}" if known else None,
            )
        )
    if listed and batch_axis > axis:
        batch_axis -= 1
    return F, first, first.shape[batch_axis] if F is nd else Batch.of(first, batch_axis)


def steps_of(length: int, inputs: Any, layout: str) -> tuple[Any, list[Any], int]:
    """``F``, the inputs of each step, and how many sequences there are; see `first_of`."""
    F, _, batch = first_of(length, inputs, layout)
    if isinstance(inputs, (list, tuple)):
        return F, list(inputs), batch
    return F, split(F, inputs, axis_of(layout), length), batch


def split(F: Any, inputs: Any, axis: int, length: int) -> list[Any]:
    """The steps of one array; those of an array whose first axis they are share its memory."""
    if F is nd:
        return invoke(_STEPS, "unroll", (inputs,), {"axis": axis})
    parts = F.split(inputs, num_outputs=length, axis=axis, squeeze_axis=1)
    return [parts] if length == 1 else list(parts)


def _steps(data: torch.Tensor, *, axis: int) -> list[torch.Tensor]:
    """The parts of ``split`` without a copy of each: at most one of the whole puts the steps first."""
    return list(data.movedim(axis, 0).contiguous().unbind(0))


_STEPS = Operator("SliceChannel", _steps)


def merged(F: Any, steps: Any, axis: int) -> Any:
    """One array of all steps, which lie along ``axis``."""
    return F.stack(*steps, axis=axis) if isinstance(steps, (list, tuple)) else steps


def masked(F: Any, outputs: Any, valid_length: Any, axis: int) -> Any:
    """One array of all steps, with 0 behind the ``valid_length`` of each sequence."""
    return F.SequenceMask(
        merged(F, outputs, axis), sequence_length=valid_length, use_sequence_length=True, axis=axis
    )


def last_of_valid(F: Any, states: Sequence[Sequence[Any]], valid_length: Any) -> list[Any]:
    """Of the states behind each step those behind the last step that counts."""
    return [
        F.SequenceLast(F.stack(*each, axis=0), sequence_length=valid_length, use_sequence_length=True, axis=0)
        for each in zip(*states, strict=True)
    ]


def reversed_steps(F: Any, steps: list[Any], valid_length: Any) -> list[Any]:
    """The steps backwards; with ``valid_length`` from the last that counts, and those behind it stay in place."""
    if valid_length is None:
        return steps[::-1]
    turned = F.SequenceReverse(
        F.stack(*steps, axis=0), sequence_length=valid_length, use_sequence_length=True
    )
    return split(F, turned, 0, len(steps))
