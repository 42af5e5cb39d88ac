"""Small ONNX graphs of operators, or forms of them, that the export does not write."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper


@dataclass(frozen=True)
class Graph:
    """One node: its operator, its inputs (a shape is an input with normal numbers, an array is stored), attributes."""

    op: str
    label: str
    inputs: list[Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    outputs: int = 1
    opset: int = 17

    @property
    def id(self):
        return f"{self.op}-{self.label}" if self.label else self.op

    def model(self, rng):
        """The model, and arrays for its inputs."""
        names, given, stored, infos = [], {}, [], []
        for place, each in enumerate(self.inputs):
            name = "" if each is None else f"x{place}"
            names.append(name)
            if isinstance(each, tuple):
                given[name] = rng.standard_normal(each).astype("float32")
                infos.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, each))
            elif isinstance(each, Fed):
                given[name] = each.array
                kind = helper.np_dtype_to_tensor_dtype(each.array.dtype)
                infos.append(helper.make_tensor_value_info(name, kind, each.array.shape))
            elif each is not None:
                array = (
                    rng.standard_normal(each.shape).astype("float32") if isinstance(each, Learnt) else each
                )
                stored.append(numpy_helper.from_array(np.asarray(array), name))
        outputs = [f"y{place}" for place in range(self.outputs)]
        node = helper.make_node(self.op, names, outputs, name="node", **self.attributes)
        ends = [onnx.ValueInfoProto(name=name) for name in outputs]
        graph = helper.make_graph([node], "graph", infos, ends, stored)
        opsets = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8 if self.opset < 18 else 10)
        return onnx.shape_inference.infer_shapes(model), given


@dataclass(frozen=True)
class Fed:
    """An input with these elements."""

    array: Any


@dataclass(frozen=True)
class Learnt:
    """A stored array of normal numbers."""

    shape: tuple[int, ...]


GRAPHS: list[Graph] = []


def graph(op, label, inputs, outputs=1, opset=17, **attributes):
    GRAPHS.append(Graph(op, label, inputs, attributes, outputs, opset))


def i(*numbers):
    return np.array(numbers, dtype=np.int64)


def f(*numbers):
    return np.array(numbers, dtype=np.float32)


x, image = (2, 3, 4), (1, 3, 6, 7)
whole = Fed(np.array([[-7, 5, 3], [4, -4, 9]], dtype=np.int64))
flags = Fed(np.array([[True, False, True], [False, False, True]]))
others = Fed(np.array([[True, True, False], [False, True, True]]))

# arithmetic and logic
graph("Pow", "of another type", [Fed(f(1, 2, 3)), i(2)])
graph("Mod", "fmod", [x, (2, 3, 1)], fmod=1)
graph("Mod", "whole numbers", [whole, i(3, -2, 4)])
graph("Mean", "", [x, (4,), (3, 1)])
graph("Sum", "of three", [x, (4,), (3, 1)])
graph("Max", "of one", [x])
graph("Max", "of three", [x, (4,), f(0.5)])
graph("Div", "whole numbers", [whole, i(2, -2, 3)])
for _op in ("And", "Or", "Xor"):
    graph(_op, "", [flags, others])
graph("Not", "", [flags])
graph("Equal", "of booleans", [flags, others])
graph("Less", "a number", [x, f(0.25)])
graph("Less", "of a number", [f(0.25), x])
graph("Sub", "from a number", [f(0.25), x])
graph("Where", "shapes that broadcast", [flags, (4, 1, 3), f(2.0)])
graph("IsInf", "", [Fed(f(1, np.inf, -np.inf, np.nan))])
graph("IsInf", "below", [Fed(f(1, np.inf, -np.inf))], detect_positive=0)
graph("IsNaN", "", [Fed(f(1, np.inf, np.nan))])
graph("Round", "", [Fed(f(-2.5, -1.5, -0.5, 0.2, 0.5, 1.5, 2.5, 3.7))])
graph("CumSum", "back", [x, np.array(1)], reverse=1, exclusive=1)
graph("Cast", "to booleans", [Fed(f(0, 0.5, -1))], to=onnx.TensorProto.BOOL)
graph("Cast", "from booleans", [flags], to=onnx.TensorProto.FLOAT)
graph("CastLike", "", [whole, f(1)])

# activations
graph("Celu", "", [x], alpha=0.5)
graph("Elu", "", [x], alpha=0.5)
graph("Selu", "of other numbers", [x], alpha=1.5, gamma=1.1)
graph("ThresholdedRelu", "", [x], alpha=0.3)
graph("HardSwish", "", [x])
graph("Mish", "", [x], opset=18)
graph("Swish", "", [x], opset=24, alpha=1.5)
graph("Gelu", "", [x], opset=20)
graph("Gelu", "tanh", [x], opset=20, approximate="tanh")
graph("Shrink", "", [x], lambd=0.4, bias=0.2)
graph("Clip", "below", [x, f(-0.5).reshape(())])
graph("Clip", "above", [x, None, f(0.5).reshape(())])
graph("Clip", "at 0", [x, f(0.0).reshape(())])
graph("Clip", "of nothing", [x])
graph("PRelu", "for each element", [x, Learnt((4,))])
graph("PRelu", "for each channel", [x, Learnt((3, 1))])
graph("Softmax", "over several axes", [x], opset=11, axis=1)
graph("Softmax", "over all", [x], opset=11, axis=0)
graph("LogSoftmax", "the last axis", [x], opset=11, axis=2)
graph("Hardmax", "", [x], axis=1)
graph("Hardmax", "last", [x])

# convolutions and pooling
graph("Conv", "SAME_UPPER", [image, Learnt((4, 3, 3, 2))], auto_pad="SAME_UPPER", strides=[2, 2])
graph("Conv", "SAME_LOWER", [image, Learnt((4, 3, 2, 3))], auto_pad="SAME_LOWER")
graph("Conv", "VALID", [image, Learnt((4, 3, 2, 3))], auto_pad="VALID")
graph("Conv", "more at the end", [image, Learnt((4, 3, 3, 3)), Learnt((4,))], pads=[0, 1, 2, 0])
for _opset in (19, 22):
    graph(
        "DeformConv", f"more at the end, {_opset}", [(1, 2, 5, 5), (3, 2, 2, 2), (1, 8, 5, 6)], opset=_opset,
        pads=[0, 1, 1, 1],
    )  # fmt: skip
graph("ConvTranspose", "more at the end", [image, Learnt((3, 2, 3, 3))], pads=[0, 1, 1, 0], strides=[2, 2])
graph("ConvTranspose", "output_shape", [image, Learnt((3, 2, 3, 3))], output_shape=[13, 14], strides=[2, 2])
graph("ConvTranspose", "SAME_UPPER", [image, Learnt((3, 2, 3, 3))], auto_pad="SAME_UPPER", strides=[2, 2])
graph("MaxPool", "more at the end", [image], kernel_shape=[2, 2], pads=[0, 0, 1, 1], strides=[2, 2])
graph("MaxPool", "SAME_LOWER", [image], kernel_shape=[3, 3], auto_pad="SAME_LOWER", strides=[2, 2])
graph("MaxPool", "rounded up", [image], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
graph(
    "MaxPool", "no window of padding", [image], kernel_shape=[1, 1], strides=[2, 2], pads=[0] * 4, ceil_mode=1
)
graph("AveragePool", "more at the end", [image], kernel_shape=[2, 2], pads=[0, 0, 1, 1])
graph(
    "AveragePool",
    "more at the end, counted",
    [image],
    kernel_shape=[2, 2],
    pads=[0, 0, 1, 1],
    count_include_pad=1,
)
graph("LpPool", "", [image], kernel_shape=[2, 2], p=3)
graph("GlobalLpPool", "", [image], p=2)
graph("GlobalMaxPool", "of a vector", [(2, 3, 4, 2, 2)])
graph("GlobalAveragePool", "of rows", [(2, 3, 4)])

# affine maps, products and normalisations
graph("Gemm", "with everything", [(4, 2), Learnt((4, 3)), Learnt((3,))], transA=1, alpha=0.5, beta=2.0)
graph("Gemm", "a matrix added", [(2, 4), Learnt((3, 4)), Learnt((2, 3))], transB=1)
graph("Gemm", "plain", [(2, 4), Learnt((4, 3))])
graph("MatMul", "of batches", [(5, 1, 3, 4), (2, 4, 6)])
graph("MatMul", "a vector", [(5, 3, 4), (4,)])
graph("MatMul", "a vector in front", [(3,), (3, 4)])
graph("Einsum", "", [(2, 3, 4, 5), (2, 6, 4, 5)], equation="bihd,bjhd->bhij")
graph("LayerNormalization", "over two axes", [x, Learnt((3, 4)), Learnt((3, 4))], axis=1)
graph("LayerNormalization", "without bias", [x, Learnt((4,))])
graph("GroupNormalization", "", [(2, 4, 3), Learnt((4,)), Learnt((4,))], opset=21, num_groups=2)
graph("LpNormalization", "", [x], axis=1, p=1)
graph("MeanVarianceNormalization", "", [image])
graph("BatchNormalization", "old", [image, *[np.full(3, n, "float32") for n in (1, 2, 3, 4)]], opset=9)
graph("Dropout", "old", [x], opset=10, ratio=0.5)
graph("Dropout", "with a mask", [x], outputs=2)

# shapes
graph("Squeeze", "old", [(2, 1, 3, 1)], opset=11, axes=[1, -1])
graph("Squeeze", "all", [(2, 1, 3, 1)])
graph("Unsqueeze", "old", [x], opset=11, axes=[0, 2])
graph("Split", "old", [x], outputs=2, opset=11, axis=2, split=[1, 3])
graph("Split", "unequal", [x, i(1, 2)], outputs=2, axis=1)
graph("Slice", "old", [x], opset=9, starts=[0, 1], ends=[2, 9], axes=[1, 2])
graph("Slice", "back", [x, i(-1), i(-100), i(2), i(-2)])
graph("Pad", "old", [x], opset=10, pads=[0, 1, 0, 0, 0, 2], value=1.5)
graph("Pad", "less", [x, i(0, -1, 1, 0, 0, -1)])
graph("Pad", "axes", [x, i(1, 2), f(3.0).reshape(()), i(-1)], opset=18)
graph("Reshape", "to a scalar", [(1,), i()])
graph("Flatten", "axis 0", [x], axis=0)
graph("Flatten", "axis 2", [x], axis=2)
graph("Flatten", "all but the last", [x], axis=-1)
graph("Flatten", "everything", [x], axis=3)
graph("DepthToSpace", "CRD", [(1, 8, 2, 3)], blocksize=2, mode="CRD")
graph("Expand", "", [(3, 1), i(2, 1, 4)])
graph("Trilu", "upper", [(2, 4, 5)])
graph("Trilu", "lower", [(4, 4), np.array(-1)], upper=0)
graph("EyeLike", "", [(3, 4)], k=1)
graph("Size", "", [x])

# lookups
graph("Gather", "one", [x, np.array(-1)], axis=1)
graph("Gather", "from a vector", [(5,), np.array(2)])
graph("Gather", "from behind", [x, i(0, -1)], axis=2)
graph("GatherElements", "", [(3, 4), Fed(np.array([[0, -1, 2], [3, 1, 0]]))], axis=1)
graph("ScatterElements", "", [(3, 4), Fed(np.array([[0, 2], [1, -1]])), (2, 2)], axis=1)
graph("Scatter", "", [(3, 4), i(2, 0).reshape(1, 2), Learnt((1, 2))], opset=9)
graph("ScatterND", "", [(4, 3), i(2, 0).reshape(2, 1), (2, 3)])
graph("OneHot", "axis 0", [Fed(np.array([0, -1, 7])), i(4), f(2.0, 5.0)], axis=0)
graph("Compress", "", [(3, 4), np.array([True, False])], axis=0)
graph("Compress", "of all", [(2, 2), np.array([False, True, True, False])])
graph("ReverseSequence", "batch first", [(3, 4), i(1, 4, 2)], time_axis=1, batch_axis=0)
graph("TopK", "smallest", [x, i(2)], outputs=2, axis=1, largest=0)
graph("TopK", "old", [x], outputs=2, opset=9, axis=2, k=3)
graph("ArgMax", "the last one", [Fed(f(1, 3, 2, 3))], select_last_index=1)
graph("ArgMin", "", [x], axis=2, keepdims=0)

# reductions
for _op in ("ReduceSumSquare", "ReduceLogSumExp", "ReduceL1", "ReduceL2", "ReduceMean", "ReduceMin"):
    graph(_op, "kept", [x], axes=[1])
    graph(_op, "all", [x], keepdims=0)
graph("ReduceLogSum", "", [Fed(f(1, 2, 3))], keepdims=0)
graph("ReduceLogSumExp", "not kept", [x], axes=[1, 2], keepdims=0)
graph("ReduceMax", "axes as an input", [x, i(0, 2)], opset=18)
graph("ReduceSum", "of nothing", [x], noop_with_empty_axes=1)

# recurrent networks
_gates = {"LSTM": 4, "GRU": 3, "RNN": 1}
for _op, _count in _gates.items():
    for _direction, _d in {"forward": 1, "reverse": 1, "bidirectional": 2}.items():
        _weights = [Learnt((_d, _count * 4, 3)), Learnt((_d, _count * 4, 4)), Learnt((_d, 2 * _count * 4))]
        graph(
            _op,
            _direction,
            [(5, 2, 3), *_weights],
            outputs=2,
            hidden_size=4,
            direction=_direction,
            **({"linear_before_reset": 1} if _op == "GRU" else {}),
        )
graph(
    "RNN",
    "Relu, no bias",
    [(5, 2, 3), Learnt((1, 4, 3)), Learnt((1, 4, 4))],
    hidden_size=4,
    activations=["Relu"],
)
_lstm = [Learnt((1, 16, 3)), Learnt((1, 16, 4)), Learnt((1, 32))]
_lengths = np.array([3, 5], dtype=np.int32)
graph(
    "LSTM",
    "lengths and states",
    [(5, 2, 3), *_lstm, _lengths, (1, 2, 4), (1, 2, 4)],
    outputs=3,
    hidden_size=4,
)
graph("LSTM", "back with lengths", [(5, 2, 3), *_lstm, _lengths], hidden_size=4, direction="reverse")

# images
_scales = f(1, 1, 2, 3)
graph("Upsample", "", [image, _scales], opset=9)
graph("Resize", "half_pixel", [image, None, _scales], mode="nearest")
graph("Resize", "to sizes", [image, None, None, i(1, 3, 12, 14)], mode="linear")
graph("Resize", "pytorch_half_pixel", [image, None, f(1, 1, 2, 2)], mode="linear",
      coordinate_transformation_mode="pytorch_half_pixel")  # fmt: skip
graph(
    "RoiAlign", "old", [image, f(0, 0, 4, 5).reshape(1, 4), i(0)], opset=10, output_height=2, output_width=2
)

# What cannot be read, and why.
REFUSED = {
    "dilations": (
        Graph("MaxPool", "", [image], {"kernel_shape": [2, 2], "dilations": [2, 2]}),
        r"dilations=\[2, 2\]",
    ),
    "places of maxima": (Graph("MaxPool", "", [image], {"kernel_shape": [2, 2]}, 2), "places of maxima"),
    "own statistics": (
        Graph("BatchNormalization", "", [image, *[np.ones(3, "float32")] * 4], {"training_mode": 1}, 3),
        "the batch's own statistics",
    ),
    "a GRU that resets first": (
        Graph("GRU", "", [(5, 2, 3), Learnt((1, 12, 3)), Learnt((1, 12, 4))], {"hidden_size": 4}),
        "linear_before_reset=0",
    ),
    "peepholes": (
        Graph("LSTM", "", [(5, 2, 3), *_lstm, None, None, None, Learnt((1, 12))], {"hidden_size": 4}),
        "peepholes",
    ),
    "other activations": (
        Graph(
            "RNN",
            "",
            [(5, 2, 3), Learnt((1, 4, 3)), Learnt((1, 4, 4))],
            {"hidden_size": 4, "activations": ["Sin"]},
        ),
        "activations",
    ),
    "weights that are computed": (
        Graph("RNN", "", [(5, 2, 3), (1, 4, 3), Learnt((1, 4, 4))], {"hidden_size": 4}),
        "W is computed from the network's inputs",
    ),
    "a shape that is computed": (
        Graph("Reshape", "", [x, Fed(i(6, 4))]),
        "the shape is computed from elements",
    ),
    "cubic interpolation": (Graph("Resize", "", [image, None, _scales], {"mode": "cubic"}), "mode='cubic'"),
    "an odd equation": (Graph("Einsum", "", [(3, 3)], {"equation": "ii->i"}), "equation='ii->i'"),
    "adding scatters": (
        Graph("ScatterND", "", [(4, 3), i(2, 0).reshape(2, 1), (2, 3)], {"reduction": "add"}),
        "reduction='add'",
    ),
    "wrapping padding": (Graph("Pad", "", [x, i(0, 0, 1, 0, 0, 1)], {"mode": "wrap"}, 1, 19), "mode='wrap'"),
    "an even size": (Graph("LRN", "", [image], {"size": 4}), "size=4"),
}
