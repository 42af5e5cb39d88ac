"""Calls as single kernels of torch, where what is known of their attributes allows it and the arrays are as usual.

An operator's function looks at everything that may be wrong before it calls a kernel; for a small network that takes as
long as the kernel does. In a program the attributes are known when it is written, and what is left is a condition on
the arrays. Where it does not hold, or the kernel raises, the function is called, or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F

from ..ops.registry import Direct, Operator
from .graph import Node

__all__ = ["REFUSE_MIXED_TYPES", "kernel_of", "makes_new_array"]

Options = Mapping[str, Any]


def kernel_of(
    record: Operator, options: Options, given: set[str], node: Node, in_place: bool
) -> Direct | None:
    """The kernel of a call with these attributes; None where there is none.

    Parameters
    ----------
    record, node : the operator, and its call in the graph.
    options : the attributes that were given.
    given : the names of the arrays that take part.
    in_place : whether the first array may be overwritten.
    """
    make = _KERNELS.get(record.name)
    if make is not None:
        known = {key: parameter.default for key, parameter in record.attributes.items()}
        found = make({**known, **options}, given, in_place)
        if found is not None and (found is not _OF_IMAGES or _comes_from_images(node)):
            return found
    return record.direct


def _comes_from_images(node: Node) -> bool:
    """Whether the first array of a call surely has more than two axes."""
    while node.inputs:
        node = node.inputs[0].node
        if node.kind in ("Convolution", "Pooling"):
            return True
        if node.kind not in ("Activation", "BatchNorm", "Dropout", "LeakyReLU"):
            break
    return False


def makes_new_array(kind: str) -> bool:
    """Whether nobody else has the memory of what an operator returns."""
    return kind in _NEW


REFUSE_MIXED_TYPES = frozenset({"Convolution"})
"""Operators whose kernels do not take arrays of different types."""
_NEW = frozenset({"BatchNorm", "Convolution", "FullyConnected", "LayerNorm", "broadcast_add", "elemwise_add"})
_ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
_OVERWRITING = {"relu": torch.relu_, "sigmoid": torch.sigmoid_, "tanh": torch.tanh_}


def _activation(options: Options, given: set[str], in_place: bool) -> Direct | None:
    name = options["act_type"]
    if name not in _ACTIVATIONS:
        return None
    if in_place:
        return Direct("data.is_floating_point()", f"{name}_(data)", **{f"{name}_": _OVERWRITING[name]})
    return Direct("True", f"{name}(data)", **{name: _ACTIVATIONS[name]})


def _of_images(size: Any) -> tuple[int, int] | None:
    """Two lengths of a window; None for windows over something else than images."""
    return size if isinstance(size, tuple) and len(size) == 2 and min(size) >= 0 else None


def _convolution(options: Options, given: set[str], in_place: bool) -> Direct | None:
    kernel = _of_images(options["kernel"])
    steps, padding, holes = (
        _of_images(options[key] or (default,) * 2)
        for key, default in (("stride", 1), ("pad", 0), ("dilate", 1))
    )
    filters, groups = options["num_filter"], options["num_group"]
    if (
        kernel is None
        or steps is None
        or padding is None
        or holes is None
        or min(*kernel, *steps, *holes, filters, groups) < 1
        or options["layout"] not in (None, "None", "NCHW")
        or ("bias" not in given) is not options["no_bias"]
        or options["cudnn_tune"] not in (None, "None", "off", "fastest", "limited_workspace")
    ):
        return None
    return Direct(
        "data.is_floating_point() and data.dim() == 4 and "
        f"weight.shape == ({filters}, data.shape[1]{f' // {groups}' if groups > 1 else ''}, {kernel[0]}, {kernel[1]})",
        f"conv2d(data, weight, {'bias' if 'bias' in given else 'None'}, {steps}, {padding}, {holes}, {groups})",
        conv2d=torch.conv2d,
    )


def _pooling(options: Options, given: set[str], in_place: bool) -> Direct | None:
    kind, usual = options["pool_type"], "data.is_floating_point() and data.dim() == 4"
    if options["layout"] not in (None, "None", "NCHW") or options["pooling_convention"] != "valid":
        return None
    if options["global_pool"]:
        return Direct(usual, "data.mean((2, 3), True)") if kind == "avg" else None
    kernel = _of_images(options["kernel"])
    steps, padding = (
        _of_images(options[key] or (default,) * 2) for key, default in (("stride", 1), ("pad", 0))
    )
    if kernel is None or steps is None or padding is None or min(*kernel, *steps) < 1:
        return None
    if kind == "max" and all(2 * p <= k for p, k in zip(padding, kernel, strict=True)):
        return Direct(usual, f"max_pool2d(data, {kernel}, {steps}, {padding})", max_pool2d=torch.max_pool2d)
    if kind == "avg" and not any(padding):
        return Direct(usual, f"avg_pool2d(data, {kernel}, {steps})", avg_pool2d=F.avg_pool2d)
    return None


def _of_two(name: str, function: Any) -> Callable[[Options, set[str], bool], Direct]:
    kernel = Direct("True", f"{name}(lhs, rhs)", **{name: function})
    return lambda options, given, in_place: kernel


_OF_IMAGES = Direct(
    "data.dim() > 2 and weight.shape[0] == num_hidden",
    "linear(as_rows(data, 1), weight, bias)",
    linear=F.linear,
    as_rows=torch.flatten,
)
"""A layer that takes images as rows."""


def _fully_connected(options: Options, given: set[str], in_place: bool) -> Direct | None:
    usual = options["flatten"] and ("bias" in given) is not options["no_bias"]
    return _OF_IMAGES if usual else None


def _batch_norm(options: Options, given: set[str], in_place: bool) -> Direct | None:
    if options["fix_gamma"] or options["output_mean_var"] or options["axis"] != 1:
        return None
    # on the tape the statistics are copied, since a later step changes them
    return Direct(
        "not training and not is_grad_enabled() and data.dim() > 1",
        f"batch_norm(data, gamma, beta, moving_mean, moving_var, False, 0.0, {float(options['eps'])!r}, True)",
        batch_norm=torch.batch_norm,
        is_grad_enabled=torch.is_grad_enabled,
    )


_KERNELS: dict[str, Callable[[Options, set[str], bool], Direct | None]] = {
    "Activation": _activation,
    "BatchNorm": _batch_norm,
    "Convolution": _convolution,
    "FullyConnected": _fully_connected,
    "Pooling": _pooling,
    "broadcast_add": _of_two("add", torch.add),
    "broadcast_mul": _of_two("mul", torch.mul),
    "broadcast_sub": _of_two("sub", torch.sub),
}
