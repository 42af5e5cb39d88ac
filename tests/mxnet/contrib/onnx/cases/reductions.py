"""Reductions, order, products of matrices, attention and recurrent networks."""

import numpy as np

from mxnet import sym

from .case import Cases, data, ints, learnt, values

CASES = Cases()
internal = sym._internal
x, y = data(2, 3, 4), data(2, 3, 4)

# ---------------------------------------------------------------------- reductions

for _name in ("sum", "mean", "prod", "max", "min", "nansum", "nanprod"):
    CASES.calls(
        _name,
        [x],
        all={},
        axis={"axis": 1},
        kept={"axis": (0, 2), "keepdims": True},
        exclude={"axis": 1, "exclude": True},
        **{"all kept": {"keepdims": True}},
    )
CASES.add("nansum", "nan", sym.nansum, values([[1, np.nan], [3, 4]]))
CASES.add("mean", "of whole numbers", lambda s: sym.mean(s, axis=1), ints(3, 4))
CASES.add("sum", "of whole numbers", lambda s: sym.sum(s, axis=1), ints(3, 4))
CASES.calls("norm", [x], _={}, one={"ord": 1, "axis": 1}, axes={"axis": (0, 1), "keepdims": True})
CASES.calls("moments", [x], axes={"axes": (0, 2)}, kept={"axes": (1,), "keepdims": True})
CASES.calls("argmax", [x], axis={"axis": 1}, kept={"axis": 2, "keepdims": True}, all={})
CASES.calls("argmin", [x], axis={"axis": 1}, kept={"axis": 2, "keepdims": True}, all={})
CASES.add("argmax_channel", "", sym.argmax_channel, data(3, 4))
CASES.calls("sort", [x], _={}, falling={"is_ascend": False, "axis": 1}, all={"axis": None})
CASES.calls("argsort", [x], _={}, falling={"is_ascend": False, "axis": 1}, all={"axis": None})
CASES.calls(
    "topk",
    [x],
    indices={"k": 2},
    value={"k": 2, "ret_typ": "value", "axis": 1},
    both={"k": 3, "ret_typ": "both"},
    mask={"k": 2, "ret_typ": "mask"},
    smallest={"k": 2, "is_ascend": True, "dtype": "int32"},
    **{"of all": {"k": 5, "axis": None}, "mask of all": {"k": 5, "axis": None, "ret_typ": "mask"}},
)

# ---------------------------------------------------------------------- products

CASES.calls("dot", [data(3, 4), data(4, 5)], _={})
CASES.calls("dot", [data(4, 3), data(5, 4)], transposed={"transpose_a": True, "transpose_b": True})
CASES.calls("dot", [data(4), data(4)], vectors={})
CASES.calls("dot", [data(2, 3, 4), data(4, 5, 6)], **{"more axes": {}})
CASES.calls("dot", [data(2, 3, 4), data(4)], **{"a vector": {}})
CASES.calls(
    "dot",
    [data(4, 2, 3), data(5, 6, 4)],
    **{"more axes transposed": {"transpose_a": True, "transpose_b": True}},
)
CASES.calls("batch_dot", [data(2, 3, 4), data(2, 4, 5)], _={})
CASES.calls(
    "batch_dot", [data(2, 4, 3), data(2, 5, 4)], transposed={"transpose_a": True, "transpose_b": True}
)
CASES.calls(
    "_linalg_gemm2",
    [data(2, 3, 4), data(2, 5, 4)],
    of=sym.linalg.gemm2,
    _={"transpose_b": True, "alpha": 2.0},
)
CASES.calls(
    "_linalg_gemm", [data(3, 4), data(4, 5), data(3, 5)], of=sym.linalg.gemm, _={"alpha": 2.0, "beta": 3.0}
)
CASES.calls(
    "_linalg_syrk", [data(2, 3, 4)], of=sym.linalg.syrk, _={"alpha": 2.0}, transposed={"transpose": True}
)
CASES.add("_linalg_det", "", lambda s: sym.linalg.det(sym.broadcast_add(s, sym.eye(3) * 6)), data(2, 3, 3))
CASES.add("khatri_rao", "", sym.khatri_rao, data(2, 3), data(4, 3), data(2, 3))
CASES.add("_contrib_div_sqrt_dim", "", sym.contrib.div_sqrt_dim, x)
_qkv = data(5, 2, 3 * 2 * 4)
CASES.add(
    "_contrib_interleaved_matmul_selfatt_qk",
    "",
    lambda s: sym.contrib.interleaved_matmul_selfatt_qk(s, heads=2),
    _qkv,
)
CASES.add(
    "_contrib_interleaved_matmul_selfatt_valatt",
    "",
    lambda s, a: sym.contrib.interleaved_matmul_selfatt_valatt(s, a, heads=2),
    _qkv,
    data(4, 5, 5),
)
CASES.add(
    "_contrib_interleaved_matmul_encdec_qk",
    "",
    lambda q, k: sym.contrib.interleaved_matmul_encdec_qk(q, k, heads=2),
    data(3, 2, 8),
    data(5, 2, 16),
)
CASES.add(
    "_contrib_interleaved_matmul_encdec_valatt",
    "",
    lambda k, a: sym.contrib.interleaved_matmul_encdec_valatt(k, a, heads=2),
    data(5, 2, 16),
    data(4, 3, 5),
)

# ---------------------------------------------------------------------- recurrent networks


def _recurrent(mode, layers=1, directions=1, features=3, units=4, state=True, label="", lengths=False):
    gates = {"lstm": 4, "gru": 3}.get(mode, 1) * units
    count = 0
    for layer in range(layers):
        inputs = features if layer == 0 else units * directions
        count += directions * gates * (inputs + units + 2)
    arrays = [data(5, 2, features), learnt(count, low=-0.5, high=0.5)]
    states = [data(layers * directions, 2, units)] * (2 if mode == "lstm" else 1)
    more = [values([3, 5], "int32")] if lengths else []

    def build(s, p, *rest):
        begin = rest[: len(states)] if state else [sym.zeros((layers * directions, 0, units)) for _ in states]
        named = {"sequence_length": rest[-1], "use_sequence_length": True} if lengths else {}
        return sym.RNN(
            s,
            p,
            *begin,
            state_size=units,
            num_layers=layers,
            bidirectional=directions == 2,
            mode=mode,
            state_outputs=state,
            **named,
        )

    CASES.add("RNN", f"{mode} {label}".strip(), build, *arrays, *(states if state else []), *more)


for _mode in ("rnn_relu", "rnn_tanh", "lstm", "gru"):
    _recurrent(_mode)
    _recurrent(_mode, layers=2, directions=2, label="of two layers both ways")
_recurrent("lstm", state=False, label="from zeros")
_recurrent("gru", directions=2, state=False, label="from zeros")
_recurrent("lstm", lengths=True, directions=2, label="with lengths")
_recurrent("gru", lengths=True, label="with lengths")
