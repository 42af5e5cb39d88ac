"""Shapes, arrays from nothing, and lookups."""

from mxnet import sym

from .case import Cases, data, ints, values

CASES = Cases()
internal = sym._internal
x, y = data(2, 3, 4), data(2, 3, 4)

# ---------------------------------------------------------------------- shapes

CASES.calls(
    "Reshape",
    [x],
    **{
        "codes": {"shape": (0, -1)},
        "rest": {"shape": (-2, 1)},
        "joined": {"shape": (-3, 0)},
        "split": {"shape": (0, 0, -4, 2, -1)},
        "reverse": {"shape": (-1, 0), "reverse": True},
    },
)
CASES.calls("Flatten", [x], _={})
CASES.calls("Flatten", [data(4)], row={})
CASES.calls("transpose", [x], _={}, axes={"axes": (1, 0, 2)})
CASES.calls("SwapAxis", [x], _={"dim1": 0, "dim2": 2})
CASES.calls("expand_dims", [x], _={"axis": 1}, last={"axis": -1})
CASES.calls("squeeze", [data(1, 3, 1)], _={}, axis={"axis": 0}, axes={"axis": (0, 2)})
CASES.calls("squeeze", [data(1, 1)], all={})
CASES.calls("Concat", [x, y, x], _={"dim": 1}, last={"dim": -1})
CASES.calls("stack", [x, y], _={"axis": 1}, last={"axis": -1})
CASES.add("stack", "alone", lambda s: sym.stack(s, axis=0), x)
CASES.calls(
    "SliceChannel",
    [x],
    _={"num_outputs": 3, "axis": 1},
    squeezed={"num_outputs": 3, "axis": 1, "squeeze_axis": True},
)
CASES.add("SliceChannel", "some", lambda s: sym.split(s, num_outputs=2, axis=2)[1] + 1, x)
CASES.calls("_split_v2", [x], of=sym.split_v2, sections={"indices_or_sections": 2, "axis": 2})
CASES.calls("_split_v2", [x], of=sym.split_v2, places={"indices_or_sections": (1, 3), "axis": 2})
CASES.calls("repeat", [x], _={"repeats": 2, "axis": 1}, last={"repeats": 3, "axis": -1}, flat={"repeats": 2})
CASES.calls("tile", [x], _={"reps": (2, 1, 3)}, more={"reps": (2, 1, 1, 2)}, fewer={"reps": (2,)})
CASES.calls("reverse", [x], _={"axis": 1}, both={"axis": (0, 2)})
CASES.calls("broadcast_to", [data(2, 1, 4)], _={"shape": (2, 3, 0)})
CASES.calls("broadcast_axis", [data(2, 1, 1)], _={"axis": (1, 2), "size": (3, 4)})
CASES.calls("broadcast_like", [data(2, 1, 4), data(2, 3, 4)], _={})
CASES.calls("broadcast_like", [data(2, 1, 4), data(5, 3)], axes={"lhs_axes": (1,), "rhs_axes": (1,)})
CASES.calls("reshape_like", [data(2, 6), data(3, 4)], _={})
CASES.calls("reshape_like", [data(2, 6, 5), data(3, 4, 5)], part={"lhs_end": 2, "rhs_end": 2})
CASES.calls(
    "Pad",
    [data(1, 2, 3, 4)],
    constant={"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 2, 2, 1), "constant_value": 3},
)
for _mode in ("edge", "reflect"):
    CASES.calls("Pad", [data(1, 2, 3, 4)], **{_mode: {"mode": _mode, "pad_width": (0, 0, 0, 0, 1, 2, 2, 1)}})
CASES.calls("diag", [data(4)], vector={}, shifted={"k": -1})
CASES.calls("diag", [data(3, 4)], matrix={"k": 1})
CASES.calls("diag", [data(3, 4, 5)], axes={"axis1": 0, "axis2": 2})
CASES.calls("depth_to_space", [data(2, 8, 3, 4)], _={"block_size": 2})
CASES.calls("space_to_depth", [data(2, 2, 4, 6)], _={"block_size": 2})
CASES.calls(
    "slice",
    [x],
    _={"begin": (0, 1), "end": (2, None)},
    back={"begin": (None, 2, None), "end": (None, 0, None), "step": (1, -1, 2)},
)
CASES.calls(
    "slice_axis", [x], _={"axis": 2, "begin": 1, "end": -1}, rest={"axis": -1, "begin": -2, "end": None}
)
CASES.calls("slice_like", [data(4, 5, 6), data(2, 3, 4)], _={}, axes={"axes": (0, 2)})
CASES.calls(
    "Crop",
    [data(1, 2, 6, 7)],
    _={"h_w": (3, 4), "offset": (1, 2)},
    center={"h_w": (3, 4), "center_crop": True},
)
CASES.calls("Crop", [data(1, 2, 6, 7), data(1, 1, 3, 4)], like={"offset": (1, 2), "num_args": 2})
CASES.add("_zeros", "", lambda s: s + sym.zeros((1, 3, 1)), x)
CASES.add("_ones", "", lambda s: s + sym.ones((3, 4)), x)
CASES.add("_full", "", lambda s: s + sym.full((3, 4), 2.5), x)
CASES.add("_arange", "", lambda s: s + sym.arange(0, 4), x)
CASES.add("_arange", "repeated", lambda s: s * sym.arange(1, 5, step=2, repeat=2), x)
CASES.add("_linspace", "", lambda s: s + sym.linspace(0, 1, 4), x)
CASES.add("_eye", "", lambda s: s + sym.eye(3, 4, 1), x)
CASES.calls(
    "_contrib_arange_like", [x], of=sym.contrib.arange_like, _={}, axis={"axis": 1, "start": 2, "step": 0.5}
)
CASES.calls("_contrib_arange_like", [x], of=sym.contrib.arange_like, repeated={"repeat": 2})
CASES.calls("_contrib_index_array", [x], of=sym.contrib.index_array, _={}, axes={"axes": (2, 0)})
CASES.add("_copyto", "", lambda s: internal._copyto(s) * 2, x)
CASES.add(
    "_identity_with_attr_like_rhs", "", lambda s, t: internal._identity_with_attr_like_rhs(s, t) + t, x, y
)
CASES.add("_rnn_param_concat", "", lambda s, t: internal._rnn_param_concat(s, t, dim=0), data(3), data(2))

# ---------------------------------------------------------------------- lookups

_rows = values([[0, 2], [5, -1]])
CASES.calls("take", [data(4, 3), _rows], clip={}, wrap={"mode": "wrap"})
CASES.calls(
    "take",
    [data(2, 4, 3), values([0, 3, 1], "int32")],
    axis={"axis": 1},
    **{"as they are": {"axis": 1, "mode": "raise"}},
)
CASES.calls(
    "pick", [data(3, 4), values([0, 7, -2])], _={}, wrap={"mode": "wrap"}, keepdims={"keepdims": True}
)
CASES.calls("pick", [data(2, 3, 4), ints(2, 4, low=0, high=3)], axis={"axis": 1})
CASES.add("batch_take", "", sym.batch_take, data(3, 4), values([0, 3, 1], "int32"))
CASES.calls(
    "one_hot",
    [values([[0, 2], [5, -1]])],
    _={"depth": 3},
    values={"depth": 3, "on_value": 2, "off_value": -1, "dtype": "int32"},
)
CASES.add("gather_nd", "", sym.gather_nd, data(3, 4, 2), values([[0, 2, 1], [3, 0, 1]]))
CASES.add(
    "scatter_nd", "", lambda s, i: sym.scatter_nd(s, i, shape=(3, 4)), data(3), values([[0, 2, 1], [3, 0, 1]])
)
CASES.add(
    "_scatter_set_nd",
    "",
    lambda a, b, i: internal._scatter_set_nd(a, b, i, shape=(3, 4)),
    data(3, 4),
    data(2),
    values([[0, 2], [3, 0]]),
)
CASES.add("_contrib_index_copy", "", sym.contrib.index_copy, data(4, 3), values([2, 0], "int32"), data(2, 3))
CASES.add("fill_element_0index", "", sym.fill_element_0index, data(3, 4), data(3), values([0, 3, 1]))
CASES.add("where", "", sym.where, ints(3, 4, low=0, high=2, dtype="float32"), data(3, 4), data(3, 4))
CASES.add("where", "rows", sym.where, values([1, 0, 2]), data(3, 4), data(3, 4))
CASES.add("_contrib_boolean_mask", "", sym.contrib.boolean_mask, data(4, 3), values([1, 0, 0, 1]))
CASES.add(
    "_ravel_multi_index", "", lambda s: sym.ravel_multi_index(s, shape=(4, 5)), values([[1, 3], [2, 4]])
)
CASES.add("_unravel_index", "", lambda s: sym.unravel_index(s, shape=(4, 5)), values([7, 19]))
_lengths = values([1, 4, 2])
for _name in ("SequenceMask", "SequenceLast", "SequenceReverse"):
    _function = getattr(sym, _name)
    CASES.add(_name, "all", _function, data(4, 3, 2))
    CASES.add(
        _name, "lengths", lambda s, n, f=_function: f(s, n, use_sequence_length=True), data(4, 3, 2), _lengths
    )
for _name in ("SequenceMask", "SequenceLast"):
    _function = getattr(sym, _name)
    CASES.add(
        _name,
        "batch first",
        lambda s, n, f=_function: f(s, n, use_sequence_length=True, axis=1),
        data(3, 4, 2),
        _lengths,
    )
