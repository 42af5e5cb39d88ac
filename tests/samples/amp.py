"""What programs do with automatic mixed precision, written once for the real MXNet and for Glueball.

Each function takes the module `mx` and returns what JSON can hold. `composed` and `types` want `amp.init` before.
"""

from __future__ import annotations

import json


def _fc(sym, x, name, **options):
    return sym.FullyConnected(x, num_hidden=3, name=name, **options)


def _lenet(sym):
    x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=2, name="c1")
    x = sym.Activation(sym.BatchNorm(x, name="bn"), act_type="relu", name="r1")
    x = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="p1")
    x = _fc(sym, sym.Flatten(x, name="flat"), "f1")
    return sym.SoftmaxOutput(
        _fc(sym, sym.Activation(x, act_type="softrelu", name="r2"), "f2"), name="softmax"
    )


GRAPHS = {
    "a network": _lenet,
    "one variable": lambda sym: sym.var("a"),
    "two variables": lambda sym: sym.broadcast_add(sym.var("a"), sym.var("b"), name="sum"),
    "low and low": lambda sym: sym.elemwise_add(
        _fc(sym, sym.var("a"), "f1"), _fc(sym, sym.var("b"), "f2"), name="sum"
    ),
    "low and a variable": lambda sym: sym.elemwise_add(
        _fc(sym, sym.var("a"), "f1"), sym.var("b"), name="sum"
    ),
    "low and full": lambda sym: sym.elemwise_add(
        _fc(sym, sym.var("a"), "f1"), sym.exp(sym.var("b"), name="e"), name="sum"
    ),
    "any type behind low": lambda sym: _fc(sym, sym.relu(_fc(sym, sym.var("a"), "f1"), name="r"), "f2"),
    "full behind any type": lambda sym: sym.exp(sym.relu(sym.var("a"), name="r"), name="e"),
    "low behind a sum": lambda sym: _fc(sym, sym.broadcast_add(sym.var("a"), sym.var("b"), name="sum"), "f1"),
    "one output for three": lambda sym: (
        lambda f: sym.add_n(sym.exp(f, name="e"), sym.log(f, name="l"), sym.sqrt(f, name="s"), name="sum")
    )(_fc(sym, sym.var("a"), "f1")),
    "one of two outputs": lambda sym: sym.exp(
        sym.split(_fc(sym, sym.var("a"), "f1"), num_outputs=2, name="parts")[1], name="e"
    ),
    "a shared weight": lambda sym: (
        lambda w: _fc(sym, _fc(sym, sym.var("a"), "f1", weight=w, no_bias=True), "f2", weight=w, no_bias=True)
    )(sym.var("w")),
    "a recurrent network": lambda sym: sym.RNN(
        *map(sym.var, "xpsc"), mode="lstm", state_size=2, num_layers=1, name="rnn"
    ),
    "a choice": lambda sym: sym.where(
        sym.var("c"), _fc(sym, sym.var("a"), "f1"), sym.exp(sym.var("b"), name="e"), name="w"
    ),
    "conditions": lambda sym: sym.Group(
        [
            sym.LeakyReLU(_fc(sym, sym.var("a"), f"f_{kind}"), act_type=kind, name=kind)
            for kind in ("elu", "leaky", "selu")
        ]
    ),
    "several ends": lambda sym: (
        lambda f: sym.Group([f, sym.softmax(f, name="s"), sym.argmax(f, axis=1, name="m")])
    )(_fc(sym, sym.var("a"), "f1")),
    "norms": lambda sym: sym.LayerNorm(_fc(sym, sym.var("a"), "f1"), name="norm"),
    "products": lambda sym: sym.dot(
        _fc(sym, sym.var("a"), "f1"),
        sym.batch_dot(sym.var("b"), sym.exp(sym.var("c"), name="e"), name="bd"),
        name="d",
    ),
    "numbers": lambda sym: sym._internal._mul_scalar(
        sym._internal._power_scalar(_fc(sym, sym.var("a"), "f1"), scalar=2, name="p"), scalar=3, name="m"
    ),
    "embedded": lambda sym: _fc(
        sym, sym.Embedding(sym.var("a"), input_dim=5, output_dim=4, name="words"), "f1"
    ),
}

OPTIONS = {
    "data_names": {"data_names": ["data"]},
    "cast_optional_params": {"data_names": ["data", "softmax_label"], "cast_optional_params": True},
    "excluded": {"excluded_sym_names": ["f1", "r1"]},
    "own lists": {
        "target_dtype_ops": ["FullyConnected"],
        "fp32_ops": ["SoftmaxOutput", "Pooling"],
        "conditional_fp32_ops": [],
    },
    "own conditions": {"conditional_fp32_ops": [("Activation", "act_type", ["relu"])]},
}

_SHOWN = ("dtype", "num_outputs", "__dtype__")


def nodes_of(symbol):
    """Each call and variable of a graph: operator, name, types, inputs."""
    graph = json.loads(symbol.tojson(remove_amp_cast=False))
    nodes = graph["nodes"]
    return [
        [
            node["op"],
            node["name"],
            {key: value for key, value in node.get("attrs", {}).items() if key in _SHOWN},
            [[nodes[place]["name"], index] for place, index, _ in node["inputs"]],
        ]
        for node in nodes
    ] + [[[nodes[place]["name"], index] for place, index, _ in graph["heads"]]]


def converted(mx, target):
    """The graphs as `convert_symbol` leaves them."""
    amp = mx.contrib.amp
    made = {
        name: nodes_of(amp.convert_symbol(graph(mx.sym), target_dtype=target))
        for name, graph in GRAPHS.items()
    }
    for name, options in OPTIONS.items():
        made[name] = nodes_of(amp.convert_symbol(_lenet(mx.sym), target_dtype=target, **options))
    return made


def composed(mx):
    """The graphs as they are composed after `init`."""
    with mx.name.NameManager():
        return {name: nodes_of(graph(mx.sym)) for name, graph in GRAPHS.items()}


def types(mx):
    """The types that calls on arrays return after `init('bfloat16')`, by the expression; 'error' where they raise."""
    nd = mx.nd
    full = nd.ones((2, 3))
    low = nd.FullyConnected(full, nd.ones((3, 3)), no_bias=True, num_hidden=3)
    names = {"nd": nd, "full": full, "low": low, "double": full.astype("float64")}
    found = {}
    for expression in EXPRESSIONS:
        try:
            results = eval(expression, names)
        except Exception:
            found[expression] = "error"
            continue
        results = results if isinstance(results, (list, tuple)) else [results]
        found[expression] = [_type_name(each.dtype) for each in results]
    return found


def _type_name(dtype):
    return dtype if isinstance(dtype, str) else getattr(dtype, "__name__", None) or dtype.names[0]


EXPRESSIONS = """
low
nd.FullyConnected(double, double, no_bias=True, num_hidden=2)
nd.FullyConnected(low, full, no_bias=True, num_hidden=2)
nd.FullyConnected(data=full, weight=low, no_bias=True, num_hidden=2)
nd.Convolution(nd.ones((1, 1, 4, 4)), nd.ones((2, 1, 3, 3)), nd.ones((2,)), kernel=(3, 3), num_filter=2)
nd.Deconvolution(nd.ones((1, 2, 4, 4)), nd.ones((2, 1, 3, 3)), kernel=(3, 3), num_filter=1)
nd.RNN(nd.ones((3, 2, 4)), nd.ones((40,)), nd.ones((1, 2, 4)), mode='rnn_tanh', state_size=4, num_layers=1)
nd.softmax(low)
low.softmax()
nd.log_softmax(low)
nd.exp(low)
low.exp()
nd.log(low)
nd.square(low)
nd.sqrt(low)
nd.relu(low)
nd.sigmoid(low)
nd.tanh(low)
nd.abs(low)
nd.clip(low, 0, 1)
nd.sum(low)
low.sum()
low.mean()
nd.norm(low)
nd.max(low)
nd.argmax(low, axis=1)
nd.topk(low)
nd.topk(low, ret_typ='both')
nd.argsort(low)
nd.Activation(low, act_type='relu')
nd.Activation(low, act_type='softrelu')
nd.LeakyReLU(low, act_type='leaky')
nd.LeakyReLU(low, act_type='elu')
nd.LayerNorm(low, nd.ones((3,)), nd.ones((3,)))
nd.L2Normalization(low)
nd.SoftmaxOutput(low, nd.array([0, 1]))
nd.LinearRegressionOutput(low, full)
nd.MakeLoss(low)
nd.smooth_l1(low, scalar=1.0)
nd.dot(low, full, transpose_b=True)
nd.dot(low, low, transpose_b=True)
nd.batch_dot(nd.ones((1, 2, 3)), nd.ones((1, 3, 2)))
nd.linalg.gemm2(low, low, transpose_b=True)
nd.linalg_gemm2(low, full, transpose_b=True)
nd.add_n(low, full, low)
nd.add_n(low, low)
nd.stack(low, full)
nd.stack(low, low)
nd.concat(low, low)
nd.where(full, low, full)
nd.broadcast_add(low, full)
nd.broadcast_mul(low, low)
nd.elemwise_mul(low, low)
nd.maximum(low, full)
nd.maximum(low, 1)
nd.power(low, 2)
nd.add(low, low)
low + full
full + low
low + low
low - full
low * full
low * low
low / full
low / low
low ** full
low ** low
low ** 2
2 ** low
low + 1
1 + low
1 - low
1 / low
low % full
low > full
low > low
low == low
low > 1
-low
abs(low)
low[0]
low[0, 1:]
low.reshape((3, 2))
low.T
low.transpose()
low.expand_dims(0)
low.flatten()
nd.Flatten(low)
nd.transpose(low)
nd.take(low, nd.array([0, 1]))
nd.pick(low, nd.array([0, 1]))
nd.Embedding(nd.array([0, 1]), full, input_dim=2, output_dim=3)
nd.Dropout(low)
nd.tile(low, (2, 2))
nd.ones_like(low)
nd.one_hot(nd.array([0, 1]), 3)
nd.contrib.box_iou(nd.ones((2, 4)), nd.ones((2, 4)))
nd.CTCLoss(nd.ones((5, 2, 4)), nd.array([[1, 2], [1, 2]]))
nd.softmax(double)
double + double
double + full
double + low
nd.FullyConnected(full.astype('int32'), full, no_bias=True, num_hidden=2)
low.astype('float32')
low.astype('float16')
""".strip().splitlines()

FACTORS = [3, 3, "inf", 3, "nan", "inf", "inf", 3, 3, 3]


def scaling(mx):
    """The scale of the loss and the weight, step by step; after `init`."""
    amp = mx.contrib.amp
    weight = mx.gluon.Parameter("w", shape=(2,))
    weight.initialize(mx.init.One())
    trainer = mx.gluon.Trainer([weight], "sgd", {"learning_rate": 1.0})
    amp.init_trainer(trainer)
    scaler = trainer._amp_loss_scaler
    steps = []

    def step(factor, batch_size=1, unscaled=False):
        with mx.autograd.record():
            loss = (weight.data() * float(factor)).sum()
            with amp.scale_loss(loss, trainer) as scaled:
                mx.autograd.backward(scaled)
        if unscaled:
            amp.unscale(trainer)
        gradient = weight.grad().asnumpy().tolist()
        trainer.step(batch_size)
        steps.append(
            [
                str(gradient),
                str(weight.data().asnumpy().tolist()),
                scaler.loss_scale,
                scaler._next_loss_scale,
                scaler._unskipped,
            ]
        )

    for place, factor in enumerate(FACTORS):
        step(factor, 1 + place % 2)
    scaler._unskipped = 1997
    for _ in range(5):
        step(3)
    scaler._loss_scale = scaler._next_loss_scale = 2.0**24
    scaler._unskipped = 1999
    step(3)
    step(3, unscaled=True)
    step("inf", unscaled=True)
    step(3, 2, unscaled=True)
    return steps


def own_gradients(mx):
    """The gradients of operators that make them themselves, for two scales; after `init`, before any trainer."""
    nd, amp = mx.nd, mx.contrib.amp
    x = nd.array([[1, 2, 3], [1, 1, 1]])
    label = nd.array([0, 1])
    x.attach_grad()
    found = {}
    for scale in (65536.0, 8.0):
        amp.amp._loss_scaler._loss_scale = scale
        for name, call in {
            "softmax": lambda: nd.SoftmaxOutput(x, label),
            "softmax, thrice": lambda: nd.SoftmaxOutput(x, label, grad_scale=3),
            "linear": lambda: nd.LinearRegressionOutput(x, x * 0),
            "logistic": lambda: nd.LogisticRegressionOutput(x, x * 0),
            "absolute": lambda: nd.MAERegressionOutput(x, x * 0),
            "any loss": lambda: nd.MakeLoss(x),
        }.items():
            with mx.autograd.record():
                y = call()
            y.backward()
            found[f"{name}, {scale}"] = x.grad.asnumpy().tolist()
    amp.amp._loss_scaler._loss_scale = 65536.0
    return found


def lists(mx, target):
    """The names of operators by kind; 1.9.1 knows its own bfloat16 by an object only."""
    amp = mx.contrib.amp
    dtype = getattr(amp.amp, "bfloat16", target) if target == "bfloat16" else target
    return {
        name: sorted(map(list, found))
        if name == "list_conditional_fp32_ops"
        else sorted(found)
        if isinstance(found, list)
        else found
        for name in (
            "list_lp16_ops",
            "list_fp32_ops",
            "list_lp16_fp32_ops",
            "list_conditional_fp32_ops",
            "list_widest_type_cast",
            "list_loss_output_functions",
            "list_lp16_use_fp32_params",
        )
        for found in [getattr(amp, name)(dtype)]
    }


def layers(mx):
    """The types that layers and losses return for arrays of low precision after `init('bfloat16')`."""
    nd = mx.nd
    names = {
        **{key: getattr(mx.gluon, key) for key in ("nn", "rnn", "loss")},
        "flat": nd.FullyConnected(nd.ones((2, 6)), nd.ones((6, 6)), no_bias=True, num_hidden=6),
        "images": nd.Convolution(
            nd.ones((2, 4, 8, 8)),
            nd.ones((4, 4, 3, 3)),
            no_bias=True,
            kernel=(3, 3),
            num_filter=4,
            pad=(1, 1),
        ),
        "full": nd.ones((2, 6)),
        "steps": nd.ones((2, 5, 6)),
        "numbers": nd.array([0, 1]),
    }
    found = {}
    for line in LAYERS:
        block, inputs = line.split(" <- ")
        made = eval(block, names)
        made.initialize()
        given = eval(f"({inputs},)", names)
        results = made(*given, made.begin_state(2)) if "Cell" in block else made(*given)
        found[line] = _type_name((results[0] if isinstance(results, (list, tuple)) else results).dtype)
    return found


LAYERS = """
nn.Dense(3) <- flat
nn.Dense(3, activation='tanh') <- full
nn.Dense(3, activation='softrelu') <- full
nn.Dropout(0.5) <- flat
nn.Embedding(4, 3) <- numbers
nn.LayerNorm() <- flat
nn.Flatten() <- images
nn.BatchNorm() <- images
nn.InstanceNorm() <- images
nn.GroupNorm(2) <- images
nn.MaxPool2D() <- images
nn.AvgPool2D() <- images
nn.GlobalMaxPool2D() <- images
nn.Conv2D(2, 3) <- images
nn.Conv1D(2, 3) <- steps
nn.Conv2DTranspose(2, 3) <- images
nn.ReflectionPad2D(1) <- images
nn.Activation('relu') <- images
nn.LeakyReLU(0.1) <- images
nn.ELU() <- images
nn.SELU() <- images
nn.GELU() <- images
nn.Swish() <- images
loss.SoftmaxCrossEntropyLoss() <- flat, numbers
loss.SoftmaxCrossEntropyLoss(sparse_label=False) <- flat, full
loss.L2Loss() <- flat, full
loss.L1Loss() <- flat, full
loss.SigmoidBinaryCrossEntropyLoss() <- flat, full
loss.SigmoidBinaryCrossEntropyLoss(from_sigmoid=True) <- flat, full
loss.KLDivLoss() <- flat, full
loss.HuberLoss() <- flat, full
loss.HingeLoss() <- flat, full
loss.SquaredHingeLoss() <- flat, full
loss.LogisticLoss() <- flat, full
loss.TripletLoss() <- flat, full, full
loss.CosineEmbeddingLoss() <- flat, full, numbers
loss.PoissonNLLLoss() <- flat, full
rnn.LSTMCell(4) <- full
rnn.GRUCell(4) <- full
rnn.RNNCell(4) <- full
rnn.LSTM(4) <- steps
rnn.GRU(4) <- steps
rnn.RNN(4) <- steps
""".strip().splitlines()
