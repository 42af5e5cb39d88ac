"""Shapes of the results of usual calls from those of what they take.

Any call's shapes follow from running it on arrays without elements; but torch computes those through its compiler,
whose import takes two seconds. The rules here know the calls of most networks where everything fits; they answer None
to anything else, which is run then, and explains itself.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from math import prod
from typing import Any

from ..base import MXNetError
from ..ops.arithmetic import BINARY
from ..ops.elementwise import UNARY
from ..ops.pooling import window_plan
from ..ops.registry import OPERATORS, OperatorError
from ..ops.shape import reshaped
from ..ops.windows import window

__all__ = ["usual_shapes"]

Shape = tuple[int, ...]
Named = dict[str, Shape]
Options = dict[str, Any]
Rule = Callable[[Named, Options], "list[Shape] | Shape | None"]


def usual_shapes(name: str, shapes: Named, options: Options) -> list[Shape] | None:
    """The shapes of what an operator returns; None where there is no rule, or something may not fit.

    Parameters
    ----------
    name : the operator's.
    shapes : of its arrays by their names; those of an operator over any number of arrays in order.
    options : its attributes, with defaults.

    >>> usual_shapes("FullyConnected", {"data": (2, 3), "weight": (4, 3)},
    ...              {"num_hidden": 4, "flatten": True, "no_bias": True})
    [(2, 4)]
    """
    rule = _RULES.get(name)
    if rule is None or any(0 in shape for shape in shapes.values()):
        return None
    try:
        found = rule(shapes, options)
    except (MXNetError, OperatorError, TypeError, ValueError, IndexError, KeyError, ZeroDivisionError):
        return None
    if found is None or isinstance(found, list):
        return found
    return [found]


def _same(shapes: Named, options: Options) -> Shape:
    return next(iter(shapes.values()))


# ---------------------------------------------------------------------- layers


def _fully_connected(shapes: Named, options: Options) -> Shape | None:
    data, units = shapes["data"], options["num_hidden"]
    if len(data) < 2:
        return None
    rows, features = (data[:1], prod(data[1:])) if options["flatten"] else (data[:-1], data[-1])
    return (*rows, units) if _weights_fit(shapes, options, (units, features), units) else None


def _weights_fit(shapes: Named, options: Options, weight: Shape, units: int) -> bool:
    bias = () if options["no_bias"] else (units,)
    return shapes["weight"] == weight and shapes.get("bias", ()) == bias


def _is_usual(options: Options, axes: int) -> bool:
    """Whether channels stand before the axes that a window goes over, of which there are one to three."""
    layouts = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
    tuned = options["cudnn_tune"] in (None, "None", "off", "limited_workspace", "fastest")
    return tuned and axes in layouts and options["layout"] in (None, "None", layouts[axes])


def _convolution(shapes: Named, options: Options) -> Shape | None:
    data, filters, groups = shapes["data"], options["num_filter"], options["num_group"]
    kernel, steps, holes, padding = window(*(options[key] for key in ("kernel", "stride", "dilate", "pad")))
    batch, channels, *size = data
    weight = (filters, channels // groups, *kernel)
    fits = _is_usual(options, len(size)) and len(size) == len(kernel) and not channels % groups
    fits = fits and filters > 0 and not filters % groups
    if not fits or not _weights_fit(shapes, options, weight, filters):
        return None
    rest = [n + 2 * p - h * (k - 1) - 1 for n, p, h, k in zip(size, padding, holes, kernel, strict=True)]
    return (
        (batch, filters, *(n // s + 1 for n, s in zip(rest, steps, strict=True))) if min(rest) >= 0 else None
    )


def _deconvolution(shapes: Named, options: Options) -> Shape | None:
    data, filters, groups = shapes["data"], options["num_filter"], options["num_group"]
    kernel, steps, holes, padding = window(*(options[key] for key in ("kernel", "stride", "dilate", "pad")))
    batch, channels, *size = data
    weight = (channels, filters // groups, *kernel)
    more = options["adj"] if isinstance(options["adj"], (tuple, list)) else (options["adj"],) * len(size)
    more = more or (0,) * len(size)
    fits = _is_usual(options, len(size)) and len(size) == len(kernel) and not channels % groups
    fits = fits and filters > 0 and not filters % groups
    if not fits or not _weights_fit(shapes, options, weight, filters) or any(options["target_shape"] or ()):
        return None
    whole = [
        s * (n - 1) + h * (k - 1) + 1 - 2 * p + m
        for n, s, h, k, p, m in zip(size, steps, holes, kernel, padding, more, strict=True)
    ]
    if min(whole) < 1 or any(not 0 <= m < s for m, s in zip(more, steps, strict=True)):
        return None
    return (batch, filters, *whole)


def _pooling(shapes: Named, options: Options) -> Shape | None:
    batch, channels, *size = shapes["data"]
    convention = options["pooling_convention"]
    known = options["pool_type"] in ("max", "avg", "sum") and convention in ("valid", "full", "same")
    if not known or not _is_usual({"cudnn_tune": None, **options}, len(size)):
        return None
    if options["global_pool"]:
        return (batch, channels, *[1] * len(size))
    plan = window_plan(tuple(size), options["kernel"], options["stride"], options["pad"], convention)
    if any(p >= k for p, k in zip(plan.before, plan.kernel, strict=True)):
        return None
    windows = zip(*plan, strict=True)
    return (batch, channels, *((n + before + after - k) // s + 1 for n, k, s, before, after in windows))


def _normalised(*names: str, axis: int | None = None, least: int = 2) -> Rule:
    def rule(shapes: Named, options: Options) -> Shape | None:
        data = shapes["data"]
        place = options["axis"] if axis is None else axis
        fits = not options.get("output_mean_var") and len(data) >= least and -len(data) <= place < len(data)
        return data if fits and all(shapes[name] == (data[place],) for name in names) else None

    return rule


def _activation(shapes: Named, options: Options) -> Shape | None:
    return (
        shapes["data"] if options["act_type"] in ("relu", "sigmoid", "tanh", "softrelu", "softsign") else None
    )


def _leaky(shapes: Named, options: Options) -> Shape | None:
    return shapes["data"] if options["act_type"] in ("leaky", "elu", "selu", "gelu") else None


def _dropped(shapes: Named, options: Options) -> Shape | None:
    return (
        shapes["data"]
        if options["mode"] == "training" and 0 <= options["p"] < 1 and not options["axes"]
        else None
    )


def _softmax(shapes: Named, options: Options) -> Shape | None:
    data = shapes["data"]
    plain = not options.get("use_length") and options.get("dtype") in (None, "None")
    return data if plain and len(shapes) == 1 and -len(data) <= options["axis"] < len(data) else None


def _with_label(shapes: Named, options: Options) -> Shape | None:
    data, label = shapes["data"], shapes["label"]
    if options.get("normalization", "null") not in ("null", "batch", "valid"):
        return None
    if options.get("multi_output"):
        fits = label in ((data[0], prod(data[2:])), (data[0], *data[2:]))
    elif "multi_output" in options:
        fits = label == (data[:-1] if options["preserve_shape"] else data[:1])
    else:
        fits = label == data or (label == data[:1] and len(data) == 2 and data[1] == 1)
    return data if fits and len(data) > 1 else None


def _embedding(shapes: Named, options: Options) -> Shape | None:
    table = options["input_dim"], options["output_dim"]
    return (*shapes["data"], table[1]) if shapes["weight"] == table else None


def _recurrent(shapes: Named, options: Options) -> list[Shape] | None:
    infer = OPERATORS["RNN"].infer
    assert infer is not None
    wanted = infer(shapes, options)
    states = ["state", "state_cell"] if options["mode"] == "lstm" else ["state"]
    if options["use_sequence_length"] or wanted["parameters"] != shapes["parameters"]:
        return None
    for name in states:  # those of one sequence serve every sequence of the batch
        layers, _, size = wanted[name]
        if shapes[name] not in (wanted[name], (layers, 1, size)):
            return None
    steps, batch, _ = shapes["data"]
    directions = 2 if options["bidirectional"] else 1
    outputs = (steps, batch, directions * (options["projection_size"] or options["state_size"]))
    return [outputs, *(wanted[name] for name in states)] if options["state_outputs"] else [outputs]


# ---------------------------------------------------------------------- arithmetic


def _broadcast(shapes: Named, options: Options) -> Shape | None:
    first, second = shapes.values()
    pairs = list(zip_longest(reversed(first), reversed(second), fillvalue=1))
    fits = all(a == b or 1 in (a, b) for a, b in pairs)
    return tuple(max(pair) for pair in reversed(pairs)) if fits else None


def _all_alike(shapes: Named, options: Options) -> Shape | None:
    first, *others = shapes.values()
    return first if all(each == first for each in others) else None


def _reduced(shapes: Named, options: Options) -> Shape | None:
    (data,) = shapes.values()
    axis = options["axis"]
    if options.get("exclude") or not data:
        return None
    axes = range(len(data)) if axis in (None, (), []) else [axis] if isinstance(axis, int) else axis
    if any(not -len(data) <= each < len(data) for each in axes):
        return None
    gone = {each % len(data) for each in axes}
    if options["keepdims"]:
        return tuple(1 if place in gone else n for place, n in enumerate(data))
    return tuple(n for place, n in enumerate(data) if place not in gone) or (1,)


# ---------------------------------------------------------------------- axes


def _flattened(shapes: Named, options: Options) -> Shape:
    (data,) = shapes.values()
    return data[0], prod(data[1:])


def _reshaped(shapes: Named, options: Options) -> Shape | None:
    codes = options["shape"]
    if (
        not isinstance(codes, (tuple, list))
        or not codes
        or options["target_shape"]
        or options["keep_highest"]
    ):
        return None
    data = shapes["data"]
    found = reshaped(data, tuple(codes), bool(options["reverse"]))
    return found if prod(found) == prod(data) else None


def _joined(shapes: Named, options: Options) -> Shape | None:
    first, *others = shapes.values()
    axis = options["dim"]
    if not -len(first) <= axis < len(first) or any(len(each) != len(first) for each in others):
        return None
    axis %= len(first)
    if any(each[:axis] + each[axis + 1 :] != first[:axis] + first[axis + 1 :] for each in others):
        return None
    return (*first[:axis], sum(each[axis] for each in shapes.values()), *first[axis + 1 :])


def _split(shapes: Named, options: Options) -> list[Shape] | None:
    (data,) = shapes.values()
    axis, count = options["axis"], options["num_outputs"]
    if not -len(data) <= axis < len(data) or count < 1 or data[axis] % count:
        return None
    axis %= len(data)
    length = data[axis] // count
    if options["squeeze_axis"]:
        return [data[:axis] + data[axis + 1 :]] * count if length == 1 and len(data) > 1 else None
    return [(*data[:axis], length, *data[axis + 1 :])] * count


def _transposed(shapes: Named, options: Options) -> Shape | None:
    (data,) = shapes.values()
    axes = tuple(options["axes"] or reversed(range(len(data))))
    return tuple(data[axis] for axis in axes) if sorted(axes) == list(range(len(data))) else None


def _expanded(shapes: Named, options: Options) -> Shape | None:
    (data,) = shapes.values()
    axis = options["axis"]
    if not -len(data) - 1 <= axis <= len(data):
        return None
    axis %= len(data) + 1
    return (*data[:axis], 1, *data[axis:])


def _cut(shapes: Named, options: Options) -> Shape | None:
    (data,) = shapes.values()
    axis = options["axis"]
    if not -len(data) <= axis < len(data):
        return None
    axis %= len(data)
    begin, end, length = options["begin"], options["end"], data[axis]
    begin, end = begin + length * (begin < 0), length if end is None else end + length * (end < 0)
    return (*data[:axis], end - begin, *data[axis + 1 :]) if 0 <= begin < end <= length else None


_RULES: dict[str, Rule] = {
    **dict.fromkeys((name for name in UNARY if name != "_copy"), _same),
    **{name: _same for row in BINARY.values() for name in (*row.scalar[:1], *row.reflected_scalar[:1])},
    **{name: _broadcast for row in BINARY.values() for name in (*row.elementwise[:1], *row.broadcast[:1])},
    **dict.fromkeys(("BlockGrad", "_copy", "clip", "make_loss"), _same),
    **dict.fromkeys(("log_softmax", "softmax"), _softmax),
    **dict.fromkeys(("max", "mean", "min", "sum"), _reduced),
    **dict.fromkeys(
        ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput", "SoftmaxOutput"),
        _with_label,
    ),
    "Activation": _activation,
    "BatchNorm": _normalised("gamma", "beta", "moving_mean", "moving_var"),
    "Concat": _joined,
    "Convolution": _convolution,
    "Deconvolution": _deconvolution,
    "Dropout": _dropped,
    "Embedding": _embedding,
    "Flatten": _flattened,
    "FullyConnected": _fully_connected,
    "InstanceNorm": _normalised("gamma", "beta", axis=1, least=3),
    "LayerNorm": _normalised("gamma", "beta"),
    "LeakyReLU": _leaky,
    "Pooling": _pooling,
    "RNN": _recurrent,
    "Reshape": _reshaped,
    "SliceChannel": _split,
    "_rnn_param_concat": _joined,
    "add_n": _all_alike,
    "expand_dims": _expanded,
    "slice_axis": _cut,
    "transpose": _transposed,
}
