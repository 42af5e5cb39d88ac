"""What metrics take as labels and predictions: arrays of any kind, one or a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy
import torch

from ..base import message
from ..ndarray import NDArray

__all__ = ["as_list", "check_label_shapes", "pairs", "tensor_of"]

_ARRAYS = (NDArray, numpy.ndarray, torch.Tensor)


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Check that there are as many labels as predictions (of the same shape, with ``shape``).

    ``wrap`` makes lists of single arrays. Returns both; raises ``ValueError`` if they do not go together.
    """
    for name, given in (("labels", labels), ("predictions", preds)):
        if not hasattr(given, "__len__"):
            raise TypeError(
                message(
                    f"{name} are neither an array nor a list of arrays",
                    received=type(given).__name__,
                    hint="metric.update(labels, preds)",
                )
            )
    here, there = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if here != there:
        raise ValueError(
            message(
                f"Shape of labels {here} does not match shape of predictions {there}",
                hint="as many labels as predictions, both as lists or both as arrays",
            )
        )
    if wrap:
        labels = [labels] if isinstance(labels, NDArray) else labels
        preds = [preds] if isinstance(preds, NDArray) else preds
    return labels, preds


def pairs(labels: Any, preds: Any) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The tensors of labels and predictions, each label on the device of its prediction.

    Raises ``ValueError`` if there are not as many of one as of the other.
    """
    check_label_shapes(labels, preds)
    for label, pred in zip(as_list(labels), as_list(preds), strict=True):
        guess = tensor_of(pred)
        yield tensor_of(label).to(guess.device), guess


def as_list(arrays: Any) -> list[Any]:
    """A list of arrays: of a list of numbers it is one array."""
    if isinstance(arrays, (list, tuple)):
        return [arrays] if len(arrays) and not isinstance(arrays[0], _ARRAYS) else list(arrays)
    if isinstance(arrays, _ARRAYS) or not isinstance(arrays, Mapping):
        return [arrays]
    if arrays:
        raise TypeError(
            message(
                "a dictionary is no list of arrays",
                received=f"a dictionary of {', '.join(map(str, arrays))}",
                hint="metric.update_dict(labels, preds), where arrays have names",
            )
        )
    return []


def tensor_of(array: Any) -> torch.Tensor:
    """The elements without a graph."""
    if isinstance(array, NDArray):
        return array._plain()
    if isinstance(array, torch.Tensor):
        return array.detach()
    elements = numpy.asarray(array)
    if elements.dtype.kind == "u" and elements.dtype.itemsize > 1:
        elements = elements.astype("int64")  # PyTorch hardly computes with the type
    if not (elements.flags.c_contiguous and elements.flags.writeable):
        elements = elements.copy()
    return torch.as_tensor(elements)
