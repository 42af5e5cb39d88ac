"""Shapes that do not follow from running an operator on arrays without elements.

`FILLS` says what unknown inputs must be where an operator's record in the table does not; `RESULTS` what comes out of
operators that look at the elements of their inputs (None where running them says it). Attributes have their defaults.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..ops.registry import OPERATORS

__all__ = ["FILLS", "RESULTS", "SAME_SHAPE"]

Shape = tuple[int, ...]
Known = dict[str, Shape | None]
Options = dict[str, Any]

SAME_SHAPE = frozenset(
    {
        "_equal",
        "_greater",
        "_greater_equal",
        "_hypot",
        "_identity_with_attr_like_rhs",
        "_lesser",
        "_lesser_equal",
        "_logical_and",
        "_logical_or",
        "_logical_xor",
        "_maximum",
        "_minimum",
        "_mod",
        "_not_equal",
        "_power",
        "_sample_exponential",
        "_sample_gamma",
        "_sample_generalized_negative_binomial",
        "_sample_negative_binomial",
        "_sample_normal",
        "_sample_poisson",
        "_sample_uniform",
        "add_n",
        "elemwise_add",
        "elemwise_div",
        "elemwise_mul",
        "elemwise_sub",
        "multi_lars",
        "stack",
    }
)
"""Operators whose inputs all have one shape."""


# ---------------------------------------------------------------------- unknown inputs


def _without_axis(known: Shape, axis: int) -> Shape:
    axis %= len(known)
    return known[:axis] + known[axis + 1 :]


def _picked(shapes: Known, options: Options) -> Known:
    data, axis = shapes["data"], options["axis"]
    if data is None or axis is None:
        return {}
    return {"index": _without_axis(data, axis)}


def _sequence_lengths(shapes: Known, options: Options) -> Known:
    data = shapes["data"]
    return {} if data is None else {"sequence_length": (data[1 - options["axis"]],)}


def _softmax_lengths(shapes: Known, options: Options) -> Known:
    return {} if shapes["data"] is None else {"length": _without_axis(shapes["data"], options["axis"])}


def _softmax_label(shapes: Known, options: Options) -> Known:
    data, label = shapes["data"], shapes["label"]
    if data is None or label is not None:
        return {}
    if options["multi_output"]:
        return {"label": (data[0], math.prod(data[2:]))}
    return {"label": data[:-1] if options["preserve_shape"] else data[:1]}


def _regression_label(shapes: Known, options: Options) -> Known:
    data, label = shapes["data"], shapes["label"]
    if data is None or label is not None:
        return {}
    return {"label": data[:1] if len(data) == 2 and data[1] == 1 else data}


def _proposal(shapes: Known, options: Options) -> Known:
    scores = shapes["cls_prob"]
    if scores is None:
        return {}
    batch, channels, *size = scores
    return {"bbox_pred": (batch, 2 * channels, *size), "im_info": (batch, 3)}


def _prelu(shapes: Known, options: Options) -> Known:
    data, gamma = shapes["data"], shapes.get("gamma")
    if data is None or gamma is not None or options["act_type"] != "prelu":
        return {}
    return {"gamma": (data[1] if len(data) > 1 else 1,)}


def _assigned(shapes: Known, options: Options) -> Known:
    left = shapes["lhs"]
    if left is None:
        return {}
    steps = options["step"] or ()
    cuts = []
    for place, length in enumerate(left):
        if place < len(options["begin"]):
            step = steps[place] if place < len(steps) else None
            length = len(range(*slice(options["begin"][place], options["end"][place], step).indices(length)))
        cuts.append(length)
    return {"rhs": tuple(cuts)}


def _recurrent(shapes: Known, options: Options) -> Known:
    rule = OPERATORS["RNN"].infer
    assert rule is not None
    data = shapes["data"]
    lengths: Known = {} if data is None else {"sequence_length": (data[1],)}
    return {**rule(shapes, options), **lengths}


FILLS: dict[str, Callable[[Known, Options], Known]] = {
    "LeakyReLU": _prelu,
    "LinearRegressionOutput": _regression_label,
    "LogisticRegressionOutput": _regression_label,
    "MAERegressionOutput": _regression_label,
    "RNN": _recurrent,
    "SequenceLast": _sequence_lengths,
    "SequenceMask": _sequence_lengths,
    "SequenceReverse": _sequence_lengths,
    "SoftmaxOutput": _softmax_label,
    "_slice_assign": _assigned,
    "contrib.MultiProposal": _proposal,
    "contrib.Proposal": _proposal,
    "pick": _picked,
    "softmax": _softmax_lengths,
}


# ---------------------------------------------------------------------- results


def _size(options: Options) -> Shape:
    """The attribute ``shape`` of a random array: nothing, a number or several."""
    shape = options["shape"]
    if shape is None or shape == ():
        return ()
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _samples(shapes: list[Shape], options: Options) -> list[Shape]:
    return [shapes[0] + _size(options)]


def _multinomial(shapes: list[Shape], options: Options) -> list[Shape]:
    drawn = (shapes[0][:-1] + _size(options)) or (1,)
    return [drawn, drawn] if options["get_prob"] else [drawn]


def _histogram(shapes: list[Shape], options: Options) -> list[Shape]:
    count = shapes[1][0] - 1 if len(shapes) > 1 else options["bin_cnt"]
    return [(count,), (count + 1,)]


def _taken(shapes: list[Shape], options: Options) -> list[Shape] | None:
    if options["mode"] != "raise":
        return None
    data, indices = shapes
    axis = options["axis"] % len(data)
    return [data[:axis] + indices + data[axis + 1 :]]


def _gathered(shapes: list[Shape], options: Options) -> list[Shape]:
    data, indices = shapes
    return [indices[1:] + data[indices[0] :]]


def _determinant(shapes: list[Shape], options: Options) -> list[Shape]:
    return [shapes[0][:-2] or (1,)]


def _regions(*names: str) -> Callable[[list[Shape], Options], list[Shape]]:
    """One row per region: its channels (an attribute, or data's) and the pooled size."""

    def rule(shapes: list[Shape], options: Options) -> list[Shape]:
        size = options["pooled_size"]
        height, width = (size, size) if isinstance(size, int) else tuple(size)
        channels = options[names[0]] if names else shapes[0][1]
        if options.get("position_sensitive"):
            channels //= height * width
        return [(shapes[1][0], channels, height, width)]

    return rule


def _proposed(shapes: list[Shape], options: Options) -> list[Shape]:
    rows = shapes[0][0] * options["rpn_post_nms_top_n"]
    return [(rows, 5), (rows, 1)] if options["output_score"] else [(rows, 5)]


def _anchors(shapes: list[Shape], options: Options) -> list[Shape]:
    anchors, batch = shapes[0][1], shapes[2][0]
    return [(batch, 4 * anchors), (batch, 4 * anchors), (batch, anchors)]


def _detected(shapes: list[Shape], options: Options) -> list[Shape]:
    return [(shapes[0][0], shapes[0][2], 6)]


def _matched(shapes: list[Shape], options: Options) -> list[Shape]:
    *batch, rows, columns = shapes[0]
    return [(*batch, rows), (*batch, columns)]


def _encoded(shapes: list[Shape], options: Options) -> list[Shape]:
    return [(*shapes[0], 4), (*shapes[0], 4)]


def _sequences(shapes: list[Shape], options: Options) -> list[Shape]:
    steps, batch, _ = shapes[0]
    directions = 2 if options["bidirectional"] else 1
    outputs = (steps, batch, directions * (options["projection_size"] or options["state_size"]))
    states = shapes[2 : 4 if options["mode"] == "lstm" else 3]
    return [outputs, *states] if options["state_outputs"] else [outputs]


def _like(place: int) -> Callable[[list[Shape], Options], list[Shape]]:
    return lambda shapes, options: [shapes[place]]


RESULTS: dict[str, Callable[[list[Shape], Options], list[Shape] | None]] = {
    "CTCLoss": lambda shapes, options: [(shapes[0][1],)],
    "Dropout": lambda shapes, options: [shapes[0]] if options["mode"] == "always" else None,
    "RNN": _sequences,
    "ROIPooling": _regions(),
    "_histogram": _histogram,
    "_linalg_det": _determinant,
    "_linalg_potri": _like(0),
    "_linalg_slogdet": lambda shapes, options: _determinant(shapes, options) * 2,
    "_sample_multinomial": _multinomial,
    "_scatter_set_nd": _like(0),
    "batch_take": _like(1),
    "contrib.DeformablePSROIPooling": _regions("output_dim"),
    "contrib.MultiBoxDetection": _detected,
    "contrib.MultiBoxTarget": _anchors,
    "contrib.MultiProposal": _proposed,
    "contrib.PSROIPooling": _regions("output_dim"),
    "contrib.Proposal": _proposed,
    "contrib.ROIAlign": _regions(),
    "contrib.allclose": lambda shapes, options: [()],
    "contrib.bipartite_matching": _matched,
    "contrib.box_encode": _encoded,
    "contrib.box_nms": _like(0),
    "contrib.count_sketch": lambda shapes, options: [(*shapes[0][:-1], options["out_dim"])],
    "contrib.index_copy": _like(0),
    "gather_nd": _gathered,
    "scatter_nd": lambda shapes, options: [tuple(options["shape"])],
    "softmax": lambda shapes, options: [shapes[0]] if options["use_length"] else None,
    "take": _taken,
    **{
        f"_sample_{name}": _samples
        for name in (
            "exponential",
            "gamma",
            "generalized_negative_binomial",
            "negative_binomial",
            "normal",
            "poisson",
            "uniform",
        )
    },
}
