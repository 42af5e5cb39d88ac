"""Convolutions, pooling, affine maps, activations, losses and normalisations."""

from mxnet import sym

from .case import Cases, data, ints, learnt, values

CASES = Cases()
internal = sym._internal
x, y = data(2, 3, 4), data(2, 3, 4)

# ---------------------------------------------------------------------- layers


def _conv(rank, filters, *weight, **options):
    return lambda s, w, *b: sym.Convolution(s, w, *b, num_filter=filters, no_bias=not b, **options)


CASES.add("Convolution", "", _conv(2, 4, kernel=(3, 3)), data(2, 3, 8, 9), learnt(4, 3, 3, 3), learnt(4))
CASES.add(
    "Convolution",
    "with everything",
    _conv(2, 4, kernel=(3, 2), stride=(2, 1), pad=(1, 2), dilate=(1, 2), num_group=2),
    data(2, 6, 8, 9),
    learnt(4, 3, 3, 2),
)
CASES.add("Convolution", "of rows", _conv(1, 4, kernel=(3,)), data(2, 3, 9), learnt(4, 3, 3), learnt(4))
CASES.add(
    "Convolution", "of volumes", _conv(3, 4, kernel=(2, 2, 2)), data(2, 3, 4, 4, 4), learnt(4, 3, 2, 2, 2)
)
CASES.add(
    "Convolution",
    "NHWC",
    _conv(2, 4, kernel=(3, 3), layout="NHWC"),
    data(2, 8, 9, 3),
    learnt(4, 3, 3, 3),
    learnt(4),
)


def _deconv(filters, **options):
    return lambda s, w, *b: sym.Deconvolution(s, w, *b, num_filter=filters, no_bias=not b, **options)


CASES.add("Deconvolution", "", _deconv(4, kernel=(3, 3)), data(2, 3, 5, 6), learnt(3, 4, 3, 3), learnt(4))
CASES.add(
    "Deconvolution",
    "with everything",
    _deconv(4, kernel=(3, 4), stride=(2, 3), pad=(1, 1), adj=(1, 2), num_group=2),
    data(2, 6, 5, 6),
    learnt(6, 2, 3, 4),
)
CASES.add(
    "Deconvolution",
    "target_shape",
    _deconv(4, kernel=(4, 4), stride=(2, 2), target_shape=(9, 10)),
    data(2, 3, 5, 5),
    learnt(3, 4, 4, 4),
)
CASES.add("Deconvolution", "of rows", _deconv(4, kernel=(3,), stride=(2,)), data(2, 3, 5), learnt(3, 4, 3))
CASES.add(
    "Deconvolution", "NHWC", _deconv(4, kernel=(3, 3), layout="NHWC"), data(2, 5, 6, 3), learnt(3, 3, 3, 4)
)

for _kind in ("max", "avg", "sum"):
    CASES.calls(
        "Pooling",
        [data(2, 3, 7, 8)],
        **{
            f"{_kind} {label}": {"pool_type": _kind, **options}
            for label, options in {
                "valid": {"kernel": (2, 3), "stride": (2, 2), "pad": (1, 1)},
                "full": {"kernel": (2, 3), "stride": (2, 3), "pad": (1, 1), "pooling_convention": "full"},
                "full without padding": {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "full"},
                "same": {"kernel": (3, 3), "stride": (2, 2), "pooling_convention": "same"},
                "global": {"kernel": (1, 1), "global_pool": True},
                "last": {"kernel": (2, 2), "stride": (2, 2), "layout": "NHWC"},
            }.items()
        },
    )
CASES.calls(
    "Pooling",
    [data(2, 3, 7, 8)],
    **{
        "avg of data alone": {
            "pool_type": "avg",
            "kernel": (3, 3),
            "pad": (1, 1),
            "count_include_pad": False,
        },
        "avg full of data alone": {
            "pool_type": "avg",
            "kernel": (3, 2),
            "stride": (2, 3),
            "pad": (1, 1),
            "count_include_pad": False,
            "pooling_convention": "full",
        },
        "lp 1": {"pool_type": "lp", "p_value": 1, "kernel": (2, 2)},
        "lp 2": {"pool_type": "lp", "p_value": 2, "kernel": (2, 2), "pad": (1, 0)},
        "lp 3": {"pool_type": "lp", "p_value": 3, "kernel": (2, 2)},
        "lp global": {"pool_type": "lp", "p_value": 2, "global_pool": True},
        "max with much padding": {"pool_type": "max", "kernel": (3, 3), "pad": (2, 2), "stride": (2, 2)},
    },
)
CASES.calls("Pooling", [data(2, 3, 7)], **{"of rows": {"kernel": (2,), "pool_type": "avg", "pad": (1,)}})
CASES.calls(
    "Pooling",
    [data(1, 2, 4, 4, 4)],
    **{"of volumes": {"kernel": (2, 2, 2), "pool_type": "max", "stride": (2, 2, 2)}},
)
for _kind in ("max", "avg", "sum"):
    CASES.calls(
        "Pooling_v1",
        [data(2, 3, 7, 8)],
        **{
            _kind: {"kernel": (2, 3), "pool_type": _kind, "pad": (1, 1), "stride": (2, 2)},
            f"{_kind} full": {
                "kernel": (3, 2),
                "pool_type": _kind,
                "stride": (2, 3),
                "pooling_convention": "full",
            },
        },
    )

CASES.add(
    "FullyConnected",
    "",
    lambda s, w, b: sym.FullyConnected(s, w, b, num_hidden=5),
    data(2, 3, 4),
    learnt(5, 12),
    learnt(5),
)
CASES.add(
    "FullyConnected",
    "of the last axis",
    lambda s, w, b: sym.FullyConnected(s, w, b, num_hidden=5, flatten=False),
    data(2, 3, 4),
    learnt(5, 4),
    learnt(5),
)
CASES.add(
    "FullyConnected",
    "without bias",
    lambda s, w: sym.FullyConnected(s, w, num_hidden=5, no_bias=True, flatten=False),
    data(2, 3, 4),
    learnt(5, 4),
)
CASES.add(
    "FullyConnected",
    "of rows",
    lambda s, w: sym.FullyConnected(s, w, num_hidden=5, no_bias=True),
    data(2, 4),
    learnt(5, 4),
)
for _kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    CASES.calls("Activation", [x], **{_kind: {"act_type": _kind}})
for _kind in ("leaky", "elu", "selu", "gelu"):
    CASES.calls("LeakyReLU", [x], **{_kind: {"act_type": _kind, "slope": 0.3}})
CASES.add("LeakyReLU", "rrelu", lambda s: sym.LeakyReLU(s, act_type="rrelu")[0], x)
for _label, _gamma in {"for each channel": learnt(3), "one for all": learnt(1)}.items():
    CASES.add(
        "LeakyReLU",
        f"prelu {_label}",
        lambda s, g: sym.LeakyReLU(s, g, act_type="prelu"),
        data(2, 3, 4, 5),
        _gamma,
    )
for _name in ("softmax", "log_softmax", "softmin"):
    CASES.calls(_name, [x], _={}, axis={"axis": 1}, temperature={"temperature": 2.0, "axis": -2})
CASES.add(
    "softmax",
    "length",
    lambda s, n: sym.softmax(s, n, use_length=True, axis=1),
    data(2, 5, 3),
    values([[1, 5, 2], [3, 4, 1]], "int32"),
)
CASES.calls("SoftmaxActivation", [x], instance={}, channel={"mode": "channel"})
CASES.calls("Dropout", [x], _={"p": 0.5}, never={"p": 0.0, "mode": "always"})
CASES.calls("SoftmaxOutput", [data(2, 5)], _={"name": "softmax"})
CASES.calls(
    "SoftmaxOutput",
    [data(2, 5, 3)],
    **{
        "of everything": {"name": "softmax"},
        "multi_output": {"multi_output": True},
        "last": {"preserve_shape": True},
    },
)
for _name in ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput", "SVMOutput"):
    CASES.add(_name, "", getattr(sym, _name), x)
CASES.add(
    "_sparse_softmax_cross_entropy",
    "",
    internal._sparse_softmax_cross_entropy,
    data(4, 5),
    ints(4, low=0, high=5),
)
CASES.add(
    "_sparse_softmax_cross_entropy",
    "axis",
    lambda s, i: internal._sparse_softmax_cross_entropy(s, i, axis=1, keepdims=False),
    data(2, 5, 3),
    ints(2, 1, 3, low=0, high=5),
)
CASES.add(
    "softmax_cross_entropy",
    "",
    sym.softmax_cross_entropy,
    data(4, 5),
    ints(4, low=0, high=5, dtype="float32"),
)
CASES.add("_l2_loss", "", internal._l2_loss, x, y)
CASES.add(
    "_l2_loss",
    "of columns",
    lambda a, b: internal._l2_loss(a, b, scale=1.0, batch_axis=1),
    data(3, 4),
    data(12),
)
CASES.add(
    "Embedding",
    "",
    lambda i, w: sym.Embedding(i, w, input_dim=7, output_dim=3),
    values([[0, 6], [3, 9], [-1, 2]]),
    learnt(7, 3),
)
CASES.add(
    "_contrib_SparseEmbedding",
    "",
    lambda i, w: sym.contrib.SparseEmbedding(i, w, input_dim=7, output_dim=3),
    values([[0, 6], [3, 2]]),
    learnt(7, 3),
)

# ---------------------------------------------------------------------- normalisations

_statistics = (learnt(3, low=0.5), learnt(3), learnt(3), learnt(3, low=0.5, high=2))
for _name in ("BatchNorm", "_contrib_BatchNormWithReLU"):
    _function = sym.BatchNorm if _name == "BatchNorm" else sym.contrib.BatchNormWithReLU
    CASES.calls(
        _name, [data(2, 3, 4, 5), *_statistics], of=_function, _={"fix_gamma": False}, **{"fixed gamma": {}}
    )
    CASES.calls(_name, [data(2, 4, 5, 3), *_statistics], of=_function, last={"fix_gamma": False, "axis": -1})
CASES.calls("BatchNorm", [data(4, 3), *_statistics], **{"of rows": {"fix_gamma": False, "eps": 0.1}})
CASES.calls("BatchNorm", [data(2, 3, 4), *_statistics], statistics={"output_mean_var": True})
CASES.add(
    "_contrib_SyncBatchNorm",
    "",
    lambda *s: sym.contrib.SyncBatchNorm(*s, key="a", fix_gamma=False),
    data(2, 3, 4, 5),
    *_statistics,
)
CASES.calls("LayerNorm", [data(2, 3, 4), learnt(4), learnt(4)], _={})
CASES.calls("LayerNorm", [data(2, 3, 4), learnt(3), learnt(3)], axis={"axis": 1, "eps": 0.01})
CASES.calls("LayerNorm", [data(2, 3, 4), learnt(4), learnt(4)], statistics={"output_mean_var": True})
CASES.calls("InstanceNorm", [data(2, 3, 4, 5), learnt(3), learnt(3)], _={"eps": 0.01})
CASES.calls("GroupNorm", [data(2, 6, 4, 5), learnt(3), learnt(3)], _={"num_groups": 3})
CASES.calls(
    "GroupNorm", [data(2, 6, 4), learnt(2), learnt(2)], statistics={"num_groups": 2, "output_mean_var": True}
)
CASES.calls(
    "L2Normalization", [data(2, 3, 4, 5)], _={}, channel={"mode": "channel"}, spatial={"mode": "spatial"}
)
CASES.calls(
    "LRN",
    [data(2, 7, 3, 4)],
    _={"nsize": 5, "alpha": 0.5},
    even={"nsize": 4, "alpha": 0.5, "knorm": 1.0, "beta": 0.5},
)
