"""Cases of loops and branches, of LSTMs that are loops in ONNX, and of deformable convolutions."""

import numpy as np

from mxnet import sym

from .case import Cases, data, learnt, values

CASES = Cases()
contrib = sym.contrib


def flat(results):
    """One symbol of all results in nested lists."""
    found = []
    waiting = [results]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, (list, tuple)):
            waiting[:0] = each
        else:
            found.append(each)
    return sym.Group(found)


def loop(kind, label, build, *arrays, node):
    CASES.add(kind, label, lambda *given: flat(build(*given)), *arrays, back=node)


# ---------------------------------------------------------------------- foreach


def _foreach(label, body, *arrays, data=1, states=1):
    def build(*given):
        rows, begin = list(given[:data]), list(given[data : data + states])

        def step(row, state):
            return body(row, state, *given[data + states :])

        return contrib.foreach(step, rows if data > 1 else rows[0], begin if states > 1 else begin[0])

    loop("_foreach", label, build, *arrays, node="Scan")


_foreach("", lambda row, state: (row * 2 + state, state + row), data(4, 3), data(3))
_foreach("of rows of one", lambda row, state: (row * 2, state + row), data(4), data(1))
_foreach("without outputs", lambda row, state: ([], state * row), data(4, 3), data(3))
_foreach(
    "two of each",
    lambda rows, states: ([rows[0] + rows[1], states[0]], [states[0] + 1, states[1] * rows[0]]),
    data(4, 3),
    data(4, 3),
    data(3),
    data(3),
    data=2,
    states=2,
)
_foreach(
    "with a layer",
    lambda row, state, weight: (
        sym.FullyConnected(row, weight, no_bias=True, num_hidden=2) + state,
        state * 2,
    ),
    data(4, 3, 5),
    data(3, 2),
    learnt(2, 5),
)
_foreach(
    "with an array outside", lambda row, state, other: (row * other, state), data(4, 3), data(3), data(3)
)
_foreach(
    "with loops inside",
    lambda row, state: (
        contrib.cond(
            row.sum() > 0,
            lambda: row * 2 + state,
            lambda: contrib.foreach(lambda x, total: (x + total, x), row, sym.ones((1,)))[0].reshape((-1,)),
        ),
        contrib.while_loop(
            lambda i, x: i < 2, lambda i, x: (x, [i + 1, x * row]), [sym.zeros((1,)), state], max_iterations=3
        )[1][1],
    ),
    data(4, 3),
    data(3),
)


def _outside(rows, state):
    twice = state * 2
    return contrib.foreach(lambda row, state: (row + twice, state + 1), rows, state)


loop("_foreach", "with a call outside", _outside, data(4, 3), data(3), node="Scan")

# ---------------------------------------------------------------------- while_loop and cond

for _steps in (0, 1, 3, 7):
    loop(
        "_while_loop",
        f"of {_steps} steps",
        lambda i, x: contrib.while_loop(
            lambda i, x: i > 0, lambda i, x: ([x + 1, i], [i - 1, x * 3]), [i, x], max_iterations=5
        ),
        values([_steps]),
        data(2, 3),
        node="Loop",
    )
loop(
    "_while_loop",
    "without outputs",
    lambda x, limit: contrib.while_loop(
        lambda x: x.sum() < limit, lambda x: ([], [x * 2]), [x], max_iterations=9
    )[1],
    data(2, 3, low=1, high=2),
    values([100.0]),
    node="Loop",
)
for _sign in (-1, 1):
    loop(
        "_cond",
        "holds" if _sign > 0 else "does not hold",
        lambda p, x, y: contrib.cond(p > 0, lambda: [x * 2, y], lambda: [-x, y + x.sum()]),
        values([_sign]),
        data(2, 3),
        data(2),
        node="If",
    )

# ---------------------------------------------------------------------- LSTM step by step


def _lstm(label, layers=1, directions=1, projection=None, bounds=(), lengths=False, begin=True):
    features, units, count = 3, 4, 0
    width = projection or units
    for layer in range(layers):
        inputs = width * directions if layer else features
        count += directions * (4 * units * (inputs + width + 2) + (projection or 0) * units)
    arrays = [data(5, 2, features), learnt(count, low=-0.7, high=0.7)]
    states = [data(layers * directions, 2, width), data(layers * directions, 2, units)] if begin else []
    clip = dict(zip(("lstm_state_clip_min", "lstm_state_clip_max", "lstm_state_clip_nan"), bounds))

    def build(s, p, *rest):
        zeros = [sym.zeros((layers * directions, 0, size)) for size in (width, units)]
        named = {"sequence_length": rest[-1], "use_sequence_length": True} if lengths else {}
        return sym.RNN(
            s,
            p,
            *(rest[:2] if begin else zeros),
            state_size=units,
            num_layers=layers,
            bidirectional=directions == 2,
            mode="lstm",
            projection_size=projection,
            state_outputs=begin,
            **clip,
            **named,
        )

    more = [values([3, 5], "int32")] if lengths else []
    CASES.add("RNN", f"lstm {label}", build, *arrays, *states, *more, back="Scan")


_lstm("projected", projection=2)
_lstm("projected, of two layers both ways", 2, 2, projection=3)
_lstm("projected, with lengths", directions=2, projection=2, lengths=True)
_lstm("projected, from zeros", 2, projection=2, begin=False)
_lstm("between bounds", bounds=(-0.2, 0.1))
_lstm("between bounds and projected", 2, 2, projection=2, bounds=(-0.2, 0.1, True), lengths=True)

# ---------------------------------------------------------------------- deformable convolutions


def _deformable(
    kind, label, kernel, stride=(1, 1), dilate=(1, 1), pad=(0, 0), groups=1, parts=1, no_bias=False
):
    out = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, d, p in zip((7, 6), kernel, stride, dilate, pad, strict=True)
    ]
    places = parts * int(np.prod(kernel))
    options = {"kernel": kernel, "stride": stride, "dilate": dilate, "pad": pad, "num_filter": 6}
    options |= {"num_group": groups, "num_deformable_group": parts, "no_bias": no_bias}
    CASES.add(
        f"_contrib_{kind}",
        label,
        lambda *given: getattr(contrib, kind)(*given, **options),
        data(2, 4, 7, 6),
        data(2, 2 * places, *out, low=-3, high=3),
        *([data(2, places, *out, low=0)] if kind.startswith("M") else []),
        learnt(6, 4 // groups, *kernel),
        *([] if no_bias else [learnt(6)]),
    )


for _kind in ("DeformableConvolution", "ModulatedDeformableConvolution"):
    _deformable(_kind, "", (3, 3))
    _deformable(_kind, "of groups", (3, 2), (2, 1), (1, 2), (1, 2), groups=2)
    _deformable(_kind, "of parts", (2, 2), pad=(1, 0), parts=2, no_bias=True)
CASES.add(
    "_contrib_DeformableConvolution",
    "beside reductions",
    lambda x, offset, weight: sym.concat(
        *sym.split(
            contrib.DeformableConvolution(x, offset, weight, kernel=(1, 1), num_filter=4, no_bias=True).mean(
                axis=2
            ),
            num_outputs=2,
            axis=1,
        ),
        sym.max(x, axis=(0, 3))
        .reshape((2, 2, -1))
        .norm(axis=2)
        .sum()
        .reshape((1, 1, 1))
        .broadcast_to((2, 2, 5)),
        dim=1,
    ),
    data(2, 4, 7, 5),
    data(2, 2, 7, 5),
    learnt(4, 4, 1, 1),
)
