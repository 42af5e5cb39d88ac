"""Graphs of all kinds of calls: names, attributes, made variables, and the file letter by letter."""

from __future__ import annotations

from typing import Any

from .describe import graph


def mlp(mx: Any) -> Any:
    x = mx.sym.var("data")
    x = mx.sym.FullyConnected(x, num_hidden=16, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu1")
    x = mx.sym.FullyConnected(x, name="fc2", num_hidden=4)
    return mx.sym.SoftmaxOutput(x, name="softmax")


def convolutions(mx: Any) -> Any:
    x = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=8, pad=(1, 1), name="conv")
    x = mx.sym.BatchNorm(x, eps=1e-3, fix_gamma=False, name="bn")
    x = mx.sym.Activation(x, act_type="relu")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = mx.sym.Deconvolution(x, kernel=(2, 2), stride=(2, 2), num_filter=4)
    x = mx.sym.Pooling(x, global_pool=True, pool_type="avg", kernel=(1, 1))
    return mx.sym.Flatten(mx.sym.Dropout(x, p=0.25))


def residual(mx: Any) -> Any:
    x = mx.sym.var("data")
    for stage in range(2):
        y = mx.sym.BatchNorm(x, name=f"bn{stage}")
        y = mx.sym.Convolution(y, num_filter=4, kernel=(1, 1), no_bias=True, name=f"conv{stage}")
        x = x + mx.sym.relu(y)
    return x


def arithmetic(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    c = (a + b) * (a - b) / (b % a) ** b
    d = 1 + (2 - c) * 3 / (4 / a) - (-b) ** 2 + 2**a
    return d % 5 + 7 % d + abs(d)


def comparisons(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    parts = [a == b, a != 1, a > b, 2 > a, a >= b, a < 3, a <= b]  # noqa: SIM300
    return mx.sym.add_n(*parts, name="all") + (a == 0)


def functions_of_two(mx: Any) -> Any:
    a, b, sym = mx.sym.var("a"), mx.sym.var("b"), mx.sym
    return [
        sym.maximum(a, b),
        sym.maximum(a, 2),
        sym.minimum(3, b),
        sym.hypot(a, b),
        sym.hypot(4, a),
        sym.power(a, b),
        sym.power(2, a),
        sym.pow(a, 3),
    ]


def numbers(mx: Any) -> Any:
    import numpy as np

    x = mx.sym.var("x")
    return [
        x + 0.5,
        x * 1e-7,
        x - 1e300,
        x / 3,
        x + np.float32(0.1),
        x * np.int64(3),
        x + float("inf"),
        mx.sym.clip(x, 0, np.float64(1.5)),
    ]


def attributes_of_all_kinds(mx: Any) -> Any:
    x, sym = mx.sym.var("x"), mx.sym
    x = sym.transpose(x, axes=(1, 0))
    x = sym.slice(x, begin=(None, 1), end=(2, None))
    x = sym.mean(x, axis=None, keepdims=True)
    x = sym.sum(x, axis=[0, 1], exclude=False)
    x = sym.cast(x, dtype="float16")
    return sym.reshape(x, shape=(-1, 0, 2))


def several_outputs(mx: Any) -> Any:
    parts = mx.sym.split(mx.sym.var("x"), num_outputs=3, axis=1, name="parts")
    best = mx.sym.topk(parts[0], k=2, ret_typ="both", name="best")
    return [parts[2] + best[0], best[1], mx.sym.topk(parts[1], ret_typ="value"), mx.sym.sort(parts[1])]


def normalisations(mx: Any) -> Any:
    x, sym = mx.sym.var("x"), mx.sym
    x = sym.LayerNorm(x, name="ln")
    x = sym.InstanceNorm(x, eps=1e-4, name="instance")
    x = sym.GroupNorm(x, num_groups=2, name="group")
    x = sym.L2Normalization(sym.LRN(x, nsize=3), mode="channel")
    return sym.BatchNorm(x, output_mean_var=True, momentum=0.5, name="bn")


def shared_statistics(mx: Any) -> Any:
    mean = mx.sym.var("mean")
    before = mean + 1
    first = mx.sym.BatchNorm(mx.sym.var("x"), moving_mean=mean, name="first")
    second = mx.sym.BatchNorm(first, moving_mean=mean, name="second")
    return [before, second, mean * 2, mean]


def recurrent(mx: Any) -> Any:
    x = mx.sym.var("data")
    lstm = mx.sym.RNN(x, state_size=8, num_layers=2, mode="lstm", state_outputs=True, p=0.2, name="lstm")
    gru = mx.sym.RNN(lstm[0], state_size=4, num_layers=1, mode="gru", bidirectional=True, name="gru")
    return [gru, lstm[1], lstm[2]]


def embeddings(mx: Any) -> Any:
    words = mx.sym.Embedding(mx.sym.var("words"), input_dim=100, output_dim=8, name="embed")
    masked = mx.sym.SequenceMask(words, mx.sym.var("lengths"), use_sequence_length=True, value=-1)
    scores = mx.sym.batch_dot(masked, masked, transpose_b=True)
    return mx.sym.softmax(scores, mx.sym.var("n"), use_length=True, axis=-1, temperature=2.0)


def made_variables(mx: Any) -> Any:
    sym = mx.sym
    return [
        sym.FullyConnected(num_hidden=2, name="fc"),
        sym.LeakyReLU(sym.var("x"), act_type="prelu", name="prelu"),
        sym.UpSampling(sym.var("y"), scale=2, sample_type="bilinear", num_filter=3, num_args=2, name="up"),
        sym.elemwise_add(sym.var("z"), name="sum"),
        sym.CTCLoss(sym.var("p"), label_lengths=sym.var("lengths"), use_label_lengths=True, name="ctc"),
        sym.SVMOutput(sym.var("q"), name="svm"),
    ]


def losses(mx: Any) -> Any:
    x, sym = mx.sym.var("x"), mx.sym
    return [
        sym.LinearRegressionOutput(x, name="linear"),
        sym.LogisticRegressionOutput(x, sym.var("label"), grad_scale=2),
        sym.MAERegressionOutput(x),
        sym.MakeLoss(sym.square(x), grad_scale=0.5),
        sym.make_loss(x),
        sym.BlockGrad(x),
        sym.softmax_cross_entropy(x, sym.var("y")),
    ]


def creations(mx: Any) -> Any:
    sym = mx.sym
    return [
        sym.zeros((2, 3)),
        sym.ones((2,), dtype="int32", name="ones"),
        sym.full((2,), 3.5),
        sym.arange(1, 7, 2, repeat=2),
        sym.arange(5, name="five"),
        sym.linspace(0, 1, 5),
        sym.eye(3, 4, 1),
        sym.zeros_like(sym.var("x")),
        sym.zeros((0, 4), name="begin"),
    ]


def random_numbers(mx: Any) -> Any:
    random = mx.sym.random
    return [
        random.uniform(0, 2, shape=(2, 3)),
        random.normal(1, 0.5, shape=(2,), dtype="float64"),
        random.normal(mx.sym.var("mu"), mx.sym.var("sigma"), shape=(2,)),
        random.exponential(0.5, shape=(3,)),
        random.randint(0, 10, shape=(4,)),
        random.multinomial(mx.sym.var("p"), shape=3, get_prob=True),
        random.uniform_like(mx.sym.var("x"), low=1, high=2),
        random.shuffle(mx.sym.var("y")),
        random.gamma(2, 3, shape=(2,)),
    ]


def linear_algebra(mx: Any) -> Any:
    linalg, a = mx.sym.linalg, mx.sym.var("A")
    factor = linalg.potrf(a)
    return [linalg.gemm2(factor, a, transpose_b=True, alpha=2.0), linalg.sumlogdiag(factor), linalg.det(a)]


def images_and_boxes(mx: Any) -> Any:
    x, contrib = mx.sym.var("x"), mx.sym.contrib
    anchors = contrib.MultiBoxPrior(x, sizes=(0.5, 0.25), ratios=(1, 2, 0.5), clip=True)
    return [
        mx.sym.image.to_tensor(x),
        mx.sym.image.normalize(x, mean=(0.1, 0.2), std=(1, 2)),
        contrib.MultiBoxTarget(anchors, mx.sym.var("label"), mx.sym.var("scores")),
        mx.sym.ROIPooling(x, mx.sym.var("rois"), pooled_size=(2, 2), spatial_scale=0.5),
        contrib.box_nms(mx.sym.var("boxes"), overlap_thresh=0.4, topk=10),
        contrib.BilinearResize2D(x, height=4, width=5),
    ]


def methods(mx: Any) -> Any:
    x = mx.sym.var("x")
    x = x.reshape((2, -1)).transpose().astype("float64").squeeze()
    x = x.expand_dims(1).sum(axis=1, keepdims=True).flatten()
    x = x.slice_axis(axis=0, begin=0, end=2).clip(0, 1).reshape(-1)
    return [x, *x.split(num_outputs=2, axis=0), x.split_v2((1, 3)), x.norm(), x.softmax(axis=-1)]


def variables(mx: Any) -> Any:
    var = mx.sym.var
    return [
        var("a", shape=(2, 0), dtype="float16", lr_mult=0.1, wd_mult=2, init=mx.init.Xavier(magnitude=2)),
        var("b", init="zeros", stype="row_sparse", __mood__="good", attr={"note": "text", "lr_mult": "3"}),
        mx.sym.Variable("c", dtype=int),
    ]


def scopes(mx: Any) -> Any:
    with mx.AttrScope(ctx_group="dev1", __stage__="1"):
        x = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="fc", attr={"wd_mult": "0"})
        with mx.AttrScope(ctx_group="dev2", lr_mult="2"):
            x = mx.sym.Activation(x, act_type="tanh", __k__="v")
    return mx.sym.relu(x, attr={"own": "attribute"})


def prefixes(mx: Any) -> Any:
    with mx.name.Prefix("net_"):
        x = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="fc")
        x = mx.sym.relu(x) + 1
        with mx.name.NameManager():
            x = mx.sym.relu(x)
    return mx.sym.relu(mx.sym.relu(x))


def groups(mx: Any) -> Any:
    x = mx.sym.var("x")
    y = mx.sym.FullyConnected(x, num_hidden=2, name="fc")
    return mx.sym.Group([y, mx.sym.Group([x, y + 1]), mx.sym.split(y, num_outputs=2)])


def internals(mx: Any) -> Any:
    return mlp(mx).get_internals()


def one_internal(mx: Any) -> Any:
    return mlp(mx).get_internals()["relu1_output"]


def children(mx: Any) -> Any:
    return arithmetic(mx).get_children()


def compositions(mx: Any) -> Any:
    inner = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc") * 2
    return inner(x=mx.sym.relu(mx.sym.var("data")), fc_weight=mx.sym.var("shared"))


def copies(mx: Any) -> Any:
    import copy
    import pickle

    first = mlp(mx)
    return [copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first))]


def mixed_precision(mx: Any) -> Any:
    x = mx.sym.amp_cast(mx.sym.var("x"), dtype="float16")
    y = mx.sym.FullyConnected(x, num_hidden=2, name="fc")
    both = mx.sym.amp_multicast(y, mx.sym.var("z"), num_outputs=2)
    return mx.sym.amp_cast(both[0] + both[1], dtype="float32")


def zipfian(mx: Any) -> Any:
    return mx.sym.contrib.rand_zipfian(mx.sym.var("x"), 4, 10)


def gluon_network(mx: Any) -> Any:
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(), nn.PReLU())
        net.add(nn.Dense(3, in_units=5), nn.Dropout(0.5), nn.LayerNorm())
    return net(mx.sym.var("data"))


def gluon_recurrent(mx: Any) -> Any:
    cell = mx.gluon.rnn.LSTMCell(4, prefix="lstm_")
    outputs, states = cell.unroll(2, mx.sym.var("data"), layout="NTC", merge_outputs=True)
    return [outputs, *states]


_ALL = (
    mlp,
    convolutions,
    residual,
    arithmetic,
    comparisons,
    functions_of_two,
    numbers,
    attributes_of_all_kinds,
    several_outputs,
    normalisations,
    shared_statistics,
    recurrent,
    embeddings,
    made_variables,
    losses,
    creations,
    random_numbers,
    linear_algebra,
    images_and_boxes,
    methods,
    variables,
    scopes,
    prefixes,
    groups,
    internals,
    one_internal,
    children,
    compositions,
    copies,
    mixed_precision,
    zipfian,
    gluon_network,
    gluon_recurrent,
)

SCENARIOS = [graph(build.__name__, build) for build in _ALL]
