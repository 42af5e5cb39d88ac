"""What GluonCV, GluonNLP and GluonTS use of Gluon besides its public names; they were run, these are the pieces."""

import io
import multiprocessing
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.data.dataloader import ForkingPickler, _as_in_context, _MultiWorkerIter


class Limited(nn.HybridBlock):
    """A detector whose settings change after it was hybridized."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.limits = [2.0]
        self.body = nn.Dense(1, in_units=1, use_bias=False)

    def hybrid_forward(self, F, x):
        return F.clip(self.body(x), 0, self.limits[0])


def test_clearing_the_cached_graph_lets_a_change_be_seen():
    net = Limited()
    around = nn.HybridSequential()
    around.add(net)
    around.initialize(init.One())
    around.hybridize()
    x = nd.array([[5.0]])
    assert [around(x).asscalar(), around(x).asscalar()] == [2, 2]
    net.limits[0] = 3.0
    net._clear_cached_op()
    assert around(x).asscalar() == 3


class Dropped(gluon.Parameter):
    """A parameter that is dropped whenever it is read: the weights of a recurrent layer."""

    def __init__(self, p, rate):
        self._deferred_init = p._deferred_init
        super().__init__(
            name=p.name,
            grad_req=p.grad_req,
            shape=p._shape,
            dtype=p.dtype,
            lr_mult=p.lr_mult,
            wd_mult=p.wd_mult,
            init=p.init,
            allow_deferred_init=p._allow_deferred_init,
            differentiable=p._differentiable,
        )
        self._rate = rate
        self._var, self._data, self._grad = p._var, p._data, p._grad
        self._ctx_list, self._ctx_map, self._trainer = p._ctx_list, p._ctx_map, p._trainer

    def data(self, ctx=None):
        return nd.Dropout(self._check_and_get(self._data, ctx), self._rate, "training")


def with_dropped(block, name):
    dropped = Dropped(block._reg_params[name], 0.5)
    block._reg_params[name] = block.params._params[dropped.name] = dropped
    super(gluon.Block, block).__setattr__(name, dropped)
    block.initialize(init.One())
    return dropped


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("kind", ["dense", "cell", "layer"])
def test_a_parameter_class_decides_what_is_read(kind, hybridize):
    if kind == "dense":
        block, x, name = nn.Dense(3, in_units=64), nd.ones((1, 64)), "weight"
    elif kind == "cell":
        block, x, name = rnn.RNNCell(3, input_size=64, activation="relu"), nd.ones((1, 64)), "i2h_weight"
    else:
        block, x, name = rnn.RNN(3, input_size=64), nd.ones((1, 1, 64)), "l0_i2h_weight"
    dropped = with_dropped(block, name)
    if hybridize:
        block.hybridize()

    def run():
        output = block(x, block.begin_state(batch_size=1)) if kind == "cell" else block(x)
        return output[0] if kind == "cell" else output

    for _ in range(3):  # the third call of a hybridized block takes the shortest way
        assert set(run().asnumpy().ravel()) == {64.0}
    counts = []
    for _ in range(3):
        with autograd.record():
            loss = run().sum()
        loss.backward()
        gradient = dropped.grad().asnumpy()
        assert set(gradient.ravel()) == {0.0, 2.0}
        counts.append(int((gradient > 0).sum()))
        assert loss.asscalar() == 2 * counts[-1]
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.5})
    trainer.step(1)
    np.testing.assert_array_equal(dropped._data[0].asnumpy(), 1 - gradient / 2)


def test_a_parameter_may_be_asked_for_with_deferred_initialisation_that_was_made_without():
    weights = gluon.ParameterDict("net_")
    made = weights.get("weight", shape=(3, 4))
    layer = nn.Dense(3, in_units=4, use_bias=False, params=weights)
    assert layer.weight is made


@pytest.mark.parametrize("kind", ["cpu_pinned", "cpu_shared"])
@pytest.mark.parametrize("hybridize", [False, True])
def test_batches_in_other_memory_of_the_cpu_meet_parameters_on_it(kind, hybridize):
    net = nn.HybridSequential()
    net.add(nn.Dense(2), nn.BatchNorm(), nn.Dense(1))
    net.initialize(init.One())
    if hybridize:
        net.hybridize()
    x = nd.ones((1, 3), ctx=mx.Context(kind, 0))
    for _ in range(2):
        assert net(x).asscalar() == pytest.approx(6, rel=1e-4)
    with autograd.record():
        loss = net(x).sum()
    loss.backward()
    assert net[2].bias.grad().asscalar() == 1
    with pytest.raises(RuntimeError, match="was not initialized on context"):
        net(nd.ones((1, 3), ctx=mx.Context(kind, 1)))


def test_a_layer_takes_what_a_loader_has_pinned():
    layer = rnn.LSTM(2)
    layer.initialize()
    loader = gluon.data.DataLoader(np.ones((4, 3, 5), "float32"), 2, pin_memory=True)
    assert [layer(batch).shape for batch in loader] == [(2, 3, 2)] * 2


SAMPLES = list(range(10, 16))


def _pickled_batch(indices, transform, batchify_fn):
    stream = io.BytesIO()
    batch = batchify_fn([transform(SAMPLES[index]) for index in indices])
    ForkingPickler(stream, pickle.HIGHEST_PROTOCOL).dump(batch)
    return stream.getvalue()


class Changing(_MultiWorkerIter):
    """Another transform for each batch, as multi-scale training has it."""

    def __init__(self, transforms, *args, prefetch=0, **kwargs):
        super().__init__(*args, worker_fn=_pickled_batch, prefetch=0, **kwargs)
        self._transforms = transforms
        for _ in range(prefetch):
            self._push_next()

    def _push_next(self):
        indices = next(self._iter, None)
        if indices is not None:
            transform = self._transforms[self._sent_idx % len(self._transforms)]
            call = self._worker_pool.apply_async(self._worker_fn, (indices, transform, self._batchify_fn))
            self._data_buffer[self._sent_idx] = call
            self._sent_idx += 1


@pytest.mark.parametrize("pool", [multiprocessing.pool.ThreadPool, multiprocessing.get_context("fork").Pool])
def test_loaders_can_be_made_of_the_one_for_several_workers(pool):
    with pool(2) as workers:
        batches = Changing([float, str], workers, list, [[0, 1], [2, 3], [4]], prefetch=2)
        assert len(batches) == 3
        assert list(batches) == [[10.0, 11.0], ["12", "13"], [14.0]]


def test_a_loader_of_arrays_may_pin_them():
    with multiprocessing.pool.ThreadPool(1) as workers:
        dataset = [nd.array([each]) for each in range(4)]
        stack = gluon.data.batchify.Stack()
        (batch,) = _MultiWorkerIter(workers, stack, [[3, 1]], dataset=dataset, pin_memory=True)
    assert batch.context == mx.cpu_pinned(0)
    assert batch.asnumpy().tolist() == [[3.0], [1.0]]


def test_nested_batches_are_moved():
    moved = _as_in_context((nd.ones(1), [nd.ones(1), "text"]), mx.cpu(1))
    assert [moved[0].context, moved[1][0].context, moved[1][1]] == [mx.cpu(1), mx.cpu(1), "text"]


@pytest.mark.parametrize("repository", [None, "https://example.org/files", "https://example.org/files/"])
def test_files_of_the_repository_have_urls(repository, monkeypatch):
    base = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
    monkeypatch.delenv("MXNET_GLUON_REPO", raising=False)
    if repository:
        monkeypatch.setenv("MXNET_GLUON_REPO", repository)
        base = "https://example.org/files/"
    assert gluon.utils._get_repo_url() == base
    assert gluon.utils._get_repo_file_url("gluon/dataset", "a.zip") == base + "gluon/dataset/a.zip"


def test_mixed_precision_says_whether_it_is_on():
    from mxnet.contrib.amp import amp

    assert amp._amp_initialized is False


def test_nested_arrays_are_flattened_with_their_format():
    x, several = nd.ones(1), mx.sym.Group([mx.sym.var("a"), mx.sym.var("b")])
    for value, count, fmt in (
        (x, 1, 0),
        (None, 1, -1),
        ([x, [x, None]], 3, [0, [0, -1]]),
        ((x, (x, x)), 3, [0, [0, 0]]),
        (several, 1, 2),
        ([mx.sym.var("a"), several], 2, [0, 2]),
        ([], 0, []),
    ):
        flat, found = gluon.block._flatten(value, "input")
        assert (len(flat), found) == (count, fmt)
    for value in ("text", [1], {"a": x}):
        with pytest.raises(ValueError, match="the input of a block is an NDArray or a Symbol"):
            gluon.block._flatten(value, "input")


class Nested(nn.HybridBlock):
    def hybrid_forward(self, F, x, more=None):
        return x * 2, [x, [x * 3]]


@pytest.mark.parametrize(
    ("net", "inputs", "formats"),
    [
        (Nested, [nd.ones(1)], ([0], [0, [0, [0]]])),
        (Nested, [nd.ones(1), [nd.ones(1), nd.ones(2)]], ([0, [0, 0]], [0, [0, [0]]])),
        (Nested, [nd.ones(1), None], ([0, -1], [0, [0, [0]]])),
        (lambda: nn.Activation("relu"), [nd.ones(1)], ([0], 0)),
    ],
)
def test_a_hybridized_network_knows_the_formats_of_its_last_program(net, inputs, formats):
    net = net()
    assert (net._in_format, net._out_format) == (None, None)
    net.hybridize()
    net(*inputs)
    assert (net._in_format, net._out_format) == formats


def test_the_format_of_the_outputs_of_a_graph_can_be_set():
    data = mx.sym.var("data")
    block = gluon.SymbolBlock([data, data * 2, data * 3], [data])
    assert (block._in_format, block._out_format) == ([0], [0, 0, 0])
    block(nd.ones(1))
    block._in_format, block._out_format = [0], [0, [0, 0]]
    one, (two, three) = block(nd.ones(1))
    assert [each.asscalar() for each in (one, two, three)] == [1, 2, 3]


def test_types_of_tensors_have_a_name():
    assert gluon.tensor_types == gluon.parameter.tensor_types == (mx.sym.Symbol, nd.NDArray)


def test_metrics_hand_on_the_module_of_arrays():
    from mxnet.metric import ndarray

    assert ndarray is nd
