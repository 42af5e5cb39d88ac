"""MXNet's operators on torch tensors, for those that PyTorch has no function for."""

from __future__ import annotations

from typing import Any

import torch

from mxnet import autograd, random
from mxnet.base import MXNetError
from mxnet.ndarray import NDArray
from mxnet.ndarray.invoke import TRANSLATED, explain
from mxnet.ndarray.ndarray import context_of
from mxnet.ops.recurrent import OF_WEIGHTS
from mxnet.ops.registry import OPERATORS

__all__ = ["OF_WEIGHTS_NAME", "Special", "call"]

OF_WEIGHTS_NAME = "_rnn_of_weights"
"""Recurrent networks with weights that are arrays of their own, which no symbol file has."""


def call(
    operator: str,
    *tensors: torch.Tensor | None,
    training: bool = False,
    device: torch.device | None = None,
    **attributes: Any,
) -> Any:
    """Call one of MXNet's operators on torch tensors; gradients are MXNet's.

    Parameters
    ----------
    operator : its name in symbol files: ``'FullyConnected'``, ``'_contrib_box_nms'``.
    tensors : its arrays, in order; None for one that is not given.
    training : whether the call runs in training mode.
    device : where an operator without arrays makes its result.
    attributes : those of the operator.

    Returns
    -------
    A tensor, or a list of them. Random numbers come from `mxnet.random`'s stream of the device.

    Raises
    ------
    MXNetError : there is no such operator, or its arguments do not fit.

    >>> import torch
    >>> from glueball.torch import call
    >>> call("space_to_depth", torch.arange(4.0).reshape(1, 1, 2, 2), block_size=2).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    record = OF_WEIGHTS if operator == OF_WEIGHTS_NAME else OPERATORS.get(operator)
    if record is None:
        raise MXNetError(f"call: there is no operator {operator!r}")
    first = next((each for each in tensors if each is not None), None)
    device = device or (first.device if first is not None else torch.device("cpu"))
    context = context_of(torch.empty(0, device=device))
    options = dict(attributes)
    if record.training:
        options["training"] = training
    if record.random:
        options["generator"] = random.stream(context)
    if record.creates:
        options["device"] = device
    try:
        if record.differentiable:
            return record.function(*tensors, **options)
        with torch.no_grad():
            return record.function(*tensors, **options)
    except TRANSLATED as error:
        arrays = tuple(None if each is None else NDArray._wrap(each.detach(), context) for each in tensors)
        raise explain(error, record, operator, arrays, attributes) from None


class Special:
    """A call in a graph that is no operator (a loop, an operator of one's own) on torch tensors."""

    def __init__(self, special: Any) -> None:
        self._special = special

    def __call__(self, training: bool, *tensors: torch.Tensor) -> Any:
        """Run it, on the tape where torch records."""
        context = context_of(tensors[0]) if tensors else context_of(torch.empty(0))
        scope = autograd.record(training) if torch.is_grad_enabled() else autograd.pause(training)
        with scope:
            results = self._special.on_tensors(tensors, training, context)
        return results[0] if len(results) == 1 else tuple(results)
