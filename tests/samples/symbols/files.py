"""Symbol files as old versions wrote them, made by hand from what their fields mean."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..gluon.scenario import Scenario, numbers


def _variable(name: str, **more: Any) -> dict[str, Any]:
    return {"op": "null", "name": name, **more, "inputs": []}


def _entries(*nodes: int) -> list[list[int]]:
    return [[node, 0] for node in nodes]


def _file(nodes: list[dict[str, Any]], heads: list[Any], **more: Any) -> str:
    variables = [place for place, node in enumerate(nodes) if node["op"] == "null"]
    return json.dumps({"nodes": nodes, "arg_nodes": variables, "heads": heads, **more})


# 0.8 and before: `param` holds the operator's attributes, `attr` those of the user; statistics are not written.
PARAM = _file(
    [
        {**_variable("data", param={}), "backward_source_id": -1},
        {**_variable("fc_weight", param={}, attr={"lr_mult": "2.0"}), "backward_source_id": -1},
        {**_variable("fc_bias", param={}), "backward_source_id": -1},
        {
            "op": "FullyConnected",
            "param": {"no_bias": "False", "num_hidden": "3"},
            "name": "fc",
            "inputs": _entries(0, 1, 2),
            "backward_source_id": -1,
            "attr": {"ctx_group": "dev1", "wd_mult": "2"},
        },
        {**_variable("bn_gamma", param={}), "backward_source_id": -1},
        {**_variable("bn_beta", param={}), "backward_source_id": -1},
        {
            "op": "BatchNorm",
            "param": {"eps": "0.001", "fix_gamma": "True", "momentum": "0.9", "use_global_stats": "False"},
            "name": "bn",
            "inputs": _entries(3, 4, 5),
            "backward_source_id": -1,
        },
        {
            "op": "Activation",
            "param": {"act_type": "relu"},
            "name": "act",
            "inputs": _entries(6),
            "backward_source_id": -1,
        },
    ],
    _entries(7),
)

# 0.9 to 0.12: everything in `attr`, entries with versions.
ATTR = _file(
    [
        _variable("data"),
        _variable("conv_weight", attr={"__lr_mult__": "0.5"}),
        _variable("conv_bias"),
        {
            "op": "Convolution",
            "name": "conv",
            "attr": {"kernel": "(3,3)", "num_filter": "4", "pad": "(1,1)", "__ctx_group__": "a"},
            "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]],
        },
        _variable("bn_gamma"),
        _variable("bn_beta"),
        _variable("bn_moving_mean"),
        _variable("bn_moving_var"),
        {
            "op": "BatchNorm",
            "name": "bn",
            "attr": {"eps": "0.01"},
            "inputs": [[3, 0, 0], [4, 0, 0], [5, 0, 0], [6, 0, 1], [7, 0, 1]],
        },
        {
            "op": "Pooling",
            "name": "pool",
            "attr": {"kernel": "(2,2)", "stride": "(2,2)", "pool_type": "max"},
            "inputs": [[8, 0, 0]],
        },
        {"op": "Flatten", "name": "flat", "inputs": [[9, 0, 0]]},
    ],
    [[10, 0, 0]],
    node_row_ptr=list(range(12)),
    attrs={"mxnet_version": ["int", 905]},
)

# Multipliers of a call's own variables stand at the call.
MULTIPLIERS = _file(
    [
        _variable("data"),
        _variable("fc_weight"),
        _variable("fc_bias"),
        {
            "op": "FullyConnected",
            "name": "fc",
            "attr": {"num_hidden": "2", "weight_lr_mult": "3.0", "bias_wd_mult": "0", "lr_mult": "5"},
            "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]],
        },
    ],
    [[3, 0, 0]],
    attrs={"mxnet_version": ["int", 903]},
)

# argmax over everything was written as axis -1 before 0.9.5.
LAST_AXIS = _file(
    [
        _variable("data"),
        {"op": "argmax", "name": "best", "attr": {"axis": "-1", "keepdims": "True"}, "inputs": [[0, 0, 0]]},
    ],
    [[1, 0, 0]],
    attrs={"mxnet_version": ["int", 904]},
)

# 1.x: `attrs`.
ATTRS = ATTR.replace('"attr":', '"attrs":').replace("905", "10200")

_FILES = {"param": PARAM, "attr": ATTR, "attrs": ATTRS, "multipliers": MULTIPLIERS, "last axis": LAST_AXIS}


def _read(text: str) -> Any:
    """What the file holds, as 1.9.1 would write it; without the versions of inputs, which only it counts."""

    def run(mx: Any) -> str:
        symbol = mx.sym.load_json(text)
        stored = json.loads(symbol.tojson())
        lines = [
            json.dumps(
                [node["op"], node["name"], node.get("attrs"), [each[:2] for each in node["inputs"]]],
                sort_keys=True,
            )
            for node in stored["nodes"]
        ]
        names = [symbol.list_arguments(), symbol.list_auxiliary_states(), symbol.list_outputs()]
        return "\n".join([*lines, json.dumps(names), json.dumps(symbol.attr_dict(), sort_keys=True)])

    return run


def _run(text: str, shape: tuple[int, ...]) -> Any:
    def run(mx: Any) -> list[np.ndarray]:
        executor = mx.sym.load_json(text).simple_bind(mx.cpu(), data=shape)
        for place, (name, array) in enumerate(sorted({**executor.arg_dict, **executor.aux_dict}.items())):
            values = numbers(*array.shape, seed=place + 1)
            array[:] = np.abs(values) + 0.5 if name.endswith(("var", "gamma")) else values
        return [executor.forward()[0].asnumpy()]

    return run


SCENARIOS = [
    *(Scenario(f"{name} read", _read(text)) for name, text in _FILES.items()),
    Scenario("param run", _run(PARAM, (4, 5)), tolerance=(1e-4, 1e-5)),
    Scenario("attr run", _run(ATTR, (2, 3, 4, 4)), tolerance=(1e-4, 1e-5)),
]
