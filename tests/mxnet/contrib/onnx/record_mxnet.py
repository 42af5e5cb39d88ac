"""Record ONNX files that the real MXNet 1.9.1 writes, with inputs and outputs, into ``golden``.

Run in an environment that has mxnet 1.9.1 and a release of onnx (its exporter knows operator sets 12 and 13, so files
are written in 13, whatever that release would write):

    python tests/mxnet/contrib/onnx/record_mxnet.py
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import onnx

import mxnet as mx
from mxnet.gluon import nn

GOLDEN = Path(__file__).resolve().parent / "golden"


def write_in_set_13():
    """Make the exporter, and the checker that it asks, know no newer operators."""
    make_model = onnx.helper.make_model
    onnx.defs.onnx_opset_version = lambda: 13
    onnx.checker.DEFAULT_CONTEXT.opset_imports = {"": 13}
    onnx.helper.make_model = lambda graph, **options: make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=7
    )


def record(name, symbol, params, **inputs):
    """Export one graph, run it, and keep the file, the inputs and the outputs."""
    os.chdir(tempfile.mkdtemp())
    symbol.save("net-symbol.json")
    arrays = {
        f"arg:{key}": value for key, value in params.items() if key not in symbol.list_auxiliary_states()
    }
    arrays.update({f"aux:{key}": value for key, value in params.items() if f"arg:{key}" not in arrays})
    mx.nd.save("net-0000.params", arrays)
    shapes = [value.shape for value in inputs.values()]
    mx.onnx.export_model(
        "net-symbol.json", "net-0000.params", shapes, [np.float32] * len(shapes), str(GOLDEN / f"{name}.onnx")
    )
    onnx.checker.check_model(str(GOLDEN / f"{name}.onnx"))
    arguments = {**params, **{key: mx.nd.array(value) for key, value in inputs.items()}}
    states = {key: arguments.pop(key) for key in symbol.list_auxiliary_states()}
    outputs = symbol.bind(mx.cpu(), arguments, aux_states=states).forward()
    # the exporter lists outputs in the order of the calls, which are named after them
    arrays = {f"in {key}": value.astype("float32") for key, value in inputs.items()}
    for key, output in zip(symbol.list_outputs(), outputs):
        arrays[f"out {key}"] = output.asnumpy()
    np.savez_compressed(GOLDEN / f"{name}.npz", **arrays)


def normal(*shape):
    return mx.nd.random.normal(shape=shape)


def images():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(
            nn.Conv2D(4, 3, padding=1, strides=2),
            nn.BatchNorm(),
            nn.Activation("relu"),
            nn.MaxPool2D(3, 2, 1, ceil_mode=True),
            nn.Conv2D(6, 3, groups=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.AvgPool2D(2, 2),
            nn.Conv2DTranspose(3, 2, strides=2),
            nn.PReLU(),
            nn.GlobalAvgPool2D(),
            nn.Dense(5, activation="tanh"),
            nn.Dropout(0.5),
            nn.Dense(3),
        )
    net.initialize(mx.init.Xavier())
    x = np.random.randn(2, 3, 16, 16)
    net(mx.nd.array(x))
    params = {name: value.data() for name, value in net.collect_params().items()}
    params["net_batchnorm0_running_mean"][:] = normal(4)
    params["net_batchnorm0_running_var"][:] = mx.nd.random.uniform(0.5, 2, (4,))
    record("images", net(mx.sym.var("data")), params, data=x)


def recurrent():
    for mode, gates in {"lstm": 4, "gru": 3, "rnn_tanh": 1}.items():
        names = ["state", "cell"][: 1 + (mode == "lstm")]
        symbol = mx.sym.RNN(
            *map(mx.sym.var, ["data", "weights", *names]),
            state_size=4,
            num_layers=1,
            mode=mode,
            state_outputs=True,
            name="net",
        )
        inputs = {"data": np.random.randn(5, 2, 3), **{name: np.random.randn(1, 2, 4) for name in names}}
        record(mode, symbol, {"weights": normal(gates * 4 * (3 + 4 + 2))}, **inputs)


def attention():
    x = mx.sym.var("data")
    q = mx.sym.FullyConnected(x, num_hidden=8, flatten=False, name="q")
    scores = mx.sym.softmax(mx.sym.batch_dot(q, x, transpose_b=True) / 2.0, axis=-1)
    y = mx.sym.LayerNorm(mx.sym.batch_dot(scores, x), name="ln")
    y = mx.sym.reshape(y, shape=(-3, 0))
    parts = mx.sym.split(y, num_outputs=2, axis=1)
    y = mx.sym.broadcast_add(
        mx.sym.expand_dims(mx.sym.mean(y, axis=0), axis=0), mx.sym.concat(parts[0] * 2, parts[1], dim=1)
    )
    group = [
        mx.sym.topk(y, k=3, ret_typ="value"),
        mx.sym.where(y > 0, y, mx.sym.zeros_like(y)),
        mx.sym.slice_axis(mx.sym.transpose(y), axis=0, begin=1, end=-1),
        mx.sym.take(y, mx.sym.argmax(y, axis=1)),
        mx.sym.tile(y, reps=(2, 1)),
        mx.sym.clip(y, 0, 1),
        mx.sym.norm(y, axis=1),
        mx.sym.one_hot(mx.sym.argmin(y, axis=1), depth=8),
    ]
    params = {"q_weight": normal(8, 8), "q_bias": normal(8), "ln_gamma": normal(8), "ln_beta": normal(8)}
    record("attention", mx.sym.Group(group), params, data=np.random.randn(2, 5, 8))


def words():
    x = mx.sym.Embedding(mx.sym.var("data"), input_dim=10, output_dim=4, name="embedding")
    y = mx.sym.SequenceMask(x, mx.sym.var("length"), use_sequence_length=True)
    data = np.random.randint(0, 10, (5, 3))
    record("words", y, {"embedding_weight": normal(10, 4)}, data=data, length=np.array([1, 5, 3]))


def pictures():
    x = mx.sym.var("data")
    group = [
        mx.sym.UpSampling(x, scale=2, sample_type="nearest"),
        mx.sym.contrib.BilinearResize2D(x, height=5, width=6),
        mx.sym.Pad(x, mode="reflect", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
        mx.sym.depth_to_space(x, block_size=2),
        mx.sym.LRN(x, nsize=3, knorm=1),  # the default of 2 is exported as 1
        mx.sym.InstanceNorm(x, name="norm"),
        mx.sym.contrib.AdaptiveAvgPooling2D(x, output_size=1),
        mx.sym.L2Normalization(x, mode="channel"),
        mx.sym.SwapAxis(x, dim1=1, dim2=3),
    ]
    params = {"norm_gamma": normal(4), "norm_beta": normal(4)}
    record("pictures", mx.sym.Group(group), params, data=np.random.randn(1, 4, 4, 4))


if __name__ == "__main__":
    write_in_set_13()
    GOLDEN.mkdir(exist_ok=True)
    mx.random.seed(1)
    np.random.seed(1)
    images()
    recurrent()
    attention()
    words()
    pictures()
