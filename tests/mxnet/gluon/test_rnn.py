"""Recurrent layers: one answer by every way to it, states, lengths, files, cells, and errors that help."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn, rnn
from mxnet.gluon.tracing import flattened, traced
from mxnet.ops.recurrent import _in_one_buffer
from tests.samples.gluon.recurrent import _model, _text
from tests.samples.store import read

GOLDEN = Path(__file__).parents[2] / "golden" / "gluon"
STEPS, BATCH, FEATURES, UNITS = 5, 3, 4, 2
LAYERS = {
    "RNN": lambda **options: rnn.RNN(UNITS, **options),
    "RNN tanh deep": lambda **options: rnn.RNN(UNITS, 2, "tanh", **options),
    "RNN both ways": lambda **options: rnn.RNN(UNITS, bidirectional=True, **options),
    "LSTM": lambda **options: rnn.LSTM(UNITS, **options),
    "LSTM deep both ways": lambda **options: rnn.LSTM(UNITS, 2, bidirectional=True, **options),
    "LSTM projected": lambda **options: rnn.LSTM(UNITS, projection_size=3, **options),
    "LSTM projected deep both ways": lambda **options: rnn.LSTM(
        UNITS, 2, bidirectional=True, projection_size=1, **options
    ),
    "GRU": lambda **options: rnn.GRU(UNITS, **options),
    "GRU deep both ways": lambda **options: rnn.GRU(UNITS, 3, bidirectional=True, **options),
}
BOUNDED = {
    "LSTM between bounds": lambda **options: rnn.LSTM(
        UNITS, 2, bidirectional=True, state_clip_min=-0.2, state_clip_max=0.1, **options
    ),
    "LSTM between bounds, projected": lambda **options: rnn.LSTM(
        UNITS, projection_size=3, state_clip_min=-0.2, state_clip_max=0.1, state_clip_nan=True, **options
    ),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
every_layout = pytest.mark.parametrize("layout", ["TNC", "NTC"])


def made(name, seed, **options):
    layer = {**LAYERS, **BOUNDED}[name](**options)
    mx.random.seed(seed)
    layer.initialize(mx.init.Normal(0.5))
    layer.collect_params(".*bias").initialize(mx.init.Normal(0.5), force_reinit=True)
    return layer


def data(rng, layout="TNC", dtype="float32"):
    lengths = {"T": STEPS, "N": BATCH, "C": FEATURES}
    return nd.array(rng.standard_normal([lengths[axis] for axis in layout]), dtype=dtype)


def gradients(run, layer, x, rng):
    """The outputs and states of ``run(x)`` and, for fixed heads, the gradients of ``x`` and of all parameters."""
    x.attach_grad()
    with autograd.record():
        y, states = run(x)
        heads = [nd.array(np.cos(np.arange(each.size)).reshape(each.shape)) for each in (y, *states)]
        total = nd.add_n(*((each * head).sum() for each, head in zip([y, *states], heads, strict=True)))
    total.backward()
    found = [y, *states, x.grad, *(parameter.grad() for parameter in layer.collect_params().values())]
    return [each.asnumpy() for each in found]


def assert_close(actual, expected):
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-6)


# ------------------------------------------------------------------ one answer by every way to it


@pytest.mark.parametrize("name", [*LAYERS, *BOUNDED])
@every_layout
@pytest.mark.parametrize("lengths", [None, [5, 1, 3]], ids=["all steps", "valid lengths"])
def test_weights_of_their_own_compute_what_the_operator_computes_with_one_vector(
    name, layout, lengths, seed, rng
):
    layer = made(name, seed, layout=layout, use_sequence_length=lengths is not None)
    x, states = data(rng, layout), layer.begin_state(BATCH, func=nd.random.normal)
    lengths = None if lengths is None else nd.array(lengths)
    layer(x, states, lengths)

    def joined(x):
        weights = {key: parameter.data() for key, parameter in layer._reg_params.items()}
        outputs, *ends = layer._forward_flat(nd, x, states, lengths, weights)
        return outputs, ends

    alone = gradients(lambda x: layer(x, states, lengths), layer, x, rng)
    assert_close(gradients(joined, layer, x, rng), alone)


@every_layer
@every_layout
@pytest.mark.parametrize("lengths", [None, [5, 1, 3]], ids=["all steps", "valid lengths"])
def test_the_cells_of_a_layer_compute_what_it_computes(name, layout, lengths, seed, rng):
    layer = made(name, seed, layout=layout, use_sequence_length=lengths is not None)
    x, begin = data(rng, layout), layer.begin_state(BATCH, func=nd.random.normal)
    lengths = None if lengths is None else nd.array(lengths)
    layer(x, begin, lengths)
    cells = layer.unfuse()
    order = [(kind, place) for place in range(begin[0].shape[0]) for kind in range(len(begin))]

    def stepped(x):
        states = [begin[kind][place] for kind, place in order]
        y, ends = cells.unroll(STEPS, x, states, layout, True, lengths)
        return y, [
            nd.stack(*(end for end, (kind, _) in zip(ends, order, strict=True) if kind == chosen), axis=0)
            for chosen in range(len(begin))
        ]

    whole = gradients(lambda x: layer(x, begin, lengths), layer, x, rng)
    assert_close(gradients(stepped, layer, x, rng), whole)


@every_layer
def test_hybridized_it_answers_with_and_without_states(name, seed, rng):
    layer, x = made(name, seed), data(rng)
    expected = layer(x).asnumpy()
    layer.hybridize()
    outputs, states = layer(x, layer.begin_state(BATCH))
    np.testing.assert_array_equal(outputs.asnumpy(), expected)
    np.testing.assert_array_equal(layer(x).asnumpy(), expected)
    assert [state.shape for state in states] == [info["shape"] for info in layer.state_info(BATCH)]


@every_layer
def test_alone_it_is_a_graph_of_its_sequence_and_of_its_states(name, seed, rng):
    layer, x = made(name, seed), data(rng)
    states = layer.begin_state(BATCH)
    layer(x, states)
    for inputs, count in (((x, states), 1 + len(states)), ((x,), 1), ((x, None), 1)):
        graph = traced(layer, *inputs)
        assert (len(graph.inputs), len(graph.output.list_outputs())) == (count, count)


@every_layer
def test_exported_alone_it_takes_its_states_as_in_the_original(name, seed, rng, tmp_path):
    layer, x = made(name, seed), data(rng)
    states = layer.begin_state(BATCH)
    layer.hybridize()
    expected = layer(x).asnumpy()
    for count in (1, 1 + len(states)):  # without states it returns none
        files = layer.export(str(tmp_path / "layer"))
        names = [f"data{place}" for place in range(1 + len(states))]
        found = flattened([gluon.SymbolBlock.imports(files[0], names, files[1])(x, *states)])[0]
        assert len(found) == count
        np.testing.assert_allclose(found[0].asnumpy(), expected, rtol=1e-5, atol=1e-6)
        layer(x, states)


@pytest.mark.parametrize("name", [name for name in LAYERS if "both ways" not in name])
def test_two_halves_with_the_states_between_are_the_whole(name, seed, rng):
    layer, x = made(name, seed), data(rng)
    first, states = layer(x[:2], layer.begin_state(BATCH))
    second, _ = layer(x[2:], states)
    assert_close([nd.concat(first, second, dim=0).asnumpy()], [layer(x).asnumpy()])


@every_layer
@every_layout
def test_with_lengths_each_sequence_is_computed_as_if_alone(name, layout, seed, rng):
    layer, x = made(name, seed, layout=layout, use_sequence_length=True), data(rng, layout)
    lengths, axis = [2, 5, 3], layout.find("N")
    outputs, states = layer(x, layer.begin_state(BATCH), nd.array(lengths))
    for place, length in enumerate(lengths):
        alone = nd.slice_axis(x, axis=axis, begin=place, end=place + 1)
        alone = nd.slice_axis(alone, axis=1 - axis, begin=0, end=length)
        expected, ends = layer(alone, layer.begin_state(1), nd.array([length]))
        found = nd.slice_axis(outputs, axis=axis, begin=place, end=place + 1)
        counted = nd.slice_axis(found, axis=1 - axis, begin=0, end=length)
        assert_close([counted.asnumpy()], [expected.asnumpy()])
        assert_close(
            [state[:, place : place + 1].asnumpy() for state in states], [end.asnumpy() for end in ends]
        )
        if length < STEPS:
            assert not nd.slice_axis(found, axis=1 - axis, begin=length, end=None).asnumpy().any()


@pytest.mark.parametrize("name", ["LSTM projected deep both ways", "GRU deep both ways"])
def test_one_buffer_for_cudnn_is_the_vector_of_the_operator(name, seed):
    layer = made(name, seed, input_size=FEATURES)
    weights = tuple(parameter.data()._t for parameter in layer.collect_params().values())
    parts = _in_one_buffer(weights, layer._num_layers * layer._dir)
    assert all(map(torch.equal, parts, weights))
    whole = torch.empty(0).set_(parts[0].untyped_storage())
    order = [each for kind in ("weight", "bias") for each in layer.collect_params(f".*{kind}").values()]
    assert torch.equal(whole, torch.cat([parameter.data()._t.reshape(-1) for parameter in order]))


def test_lengths_may_be_given_by_name_without_states(seed, rng):
    layer, x = made("GRU", seed, use_sequence_length=True), data(rng)
    lengths = nd.array([2, 5, 3])
    expected, _ = layer(x, layer.begin_state(BATCH), lengths)
    np.testing.assert_array_equal(layer(x, sequence_length=lengths).asnumpy(), expected.asnumpy())


def test_lengths_for_a_layer_that_does_not_use_them_warn(seed, rng):
    layer, x = made("GRU", seed), data(rng)
    with pytest.warns(UserWarning, match="use_sequence_length=True"):
        y = layer(x, sequence_length=nd.array([2, 5, 3]))
    np.testing.assert_array_equal(y.asnumpy(), layer(x).asnumpy())


# ------------------------------------------------------------------ states


@pytest.mark.parametrize("name", ["RNN", "GRU"])
def test_one_state_needs_no_list(name, seed, rng):
    layer, x = made(name, seed), data(rng)
    (state,) = layer.begin_state(BATCH, func=nd.random.normal)
    expected, _ = layer(x, [state])
    np.testing.assert_array_equal(layer(x, state)[0].asnumpy(), expected.asnumpy())


def test_first_states_have_the_type_and_context_that_is_asked_for():
    layer = rnn.LSTM(3, 2)
    states = layer.begin_state(4, func=nd.ones, dtype="float64", ctx=mx.cpu(1))
    assert [(s.shape, s.dtype, s.context) for s in states] == [((2, 4, 3), np.float64, mx.cpu(1))] * 2


def test_cast_changes_states_too(seed, rng):
    layer = made("LSTM", seed)
    layer(data(rng))
    layer.cast("float64")
    x = data(rng, dtype="float64")
    y, states = layer(x, layer.begin_state(BATCH))
    assert {y.dtype, *(state.dtype for state in states)} == {np.float64}
    assert layer(x).dtype == np.float64


def test_layers_of_types_and_contexts_of_their_own_make_fitting_states(rng):
    layer = rnn.GRU(UNITS, dtype="float64")
    layer.initialize(ctx=mx.cpu(1))
    y = layer(data(rng, dtype="float64").as_in_context(mx.cpu(1)))
    assert (y.dtype, y.context) == (np.float64, mx.cpu(1))


def test_states_get_gradients(seed, rng):
    layer, x = made("LSTM", seed), data(rng)
    states = layer.begin_state(BATCH)
    for state in states:
        state.attach_grad()
    with autograd.record():
        y, _ = layer(x, states)
    y.backward()
    assert all(state.grad.asnumpy().any() for state in states)


def test_states_of_the_step_before_carry_no_gradient_of_a_consumed_graph(seed, rng):
    layer, x = made("LSTM", seed), data(rng)
    states = layer.begin_state(BATCH)
    for _ in range(3):
        with autograd.record():
            y, states = layer(x, states)
        y.backward()  # nobody detaches


# ------------------------------------------------------------------ dropout


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_dropout_works_between_layers_in_training_alone(kind, rng):
    layer, x = getattr(rnn, kind)(8, 2, dropout=0.5), data(rng)
    layer.initialize()
    plain = getattr(rnn, kind)(8, 2, prefix=layer.prefix, params=layer.collect_params())
    expected = plain(x).asnumpy()
    np.testing.assert_array_equal(layer(x).asnumpy(), expected)
    with autograd.record():
        first, second = layer(x).asnumpy(), layer(x).asnumpy()
    assert not np.array_equal(first, second)
    with autograd.record(train_mode=False):
        np.testing.assert_allclose(layer(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_one_layer_never_drops(rng):
    layer, x = rnn.LSTM(8, dropout=0.9), data(rng)
    layer.initialize()
    with autograd.record():
        np.testing.assert_allclose(layer(x).asnumpy(), layer(x).asnumpy())


# ------------------------------------------------------------------ parameters


@every_layer
def test_cells_share_the_parameters_of_their_layer(name):
    layer = LAYERS[name](input_size=FEATURES)
    cells = layer.unfuse()
    shared = cells.collect_params()
    assert set(shared) == set(layer.collect_params())
    assert all(shared[key] is parameter for key, parameter in layer.collect_params().items())


@every_layer
def test_files_of_a_layer_and_of_its_cells_go_either_way(name, seed, rng):
    layer, x = made(name, seed), data(rng)
    expected = layer(x).asnumpy()
    file, cells = io.BytesIO(), LAYERS[name]().unfuse()
    layer.collect_params().save(file, strip_prefix=layer.prefix)
    cells.load_parameters(io.BytesIO(file.getvalue()))
    y, _ = cells.unroll(STEPS, x, layout="TNC", merge_outputs=True)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-4, atol=1e-6)


def test_layers_of_unknown_features_learn_them_from_each_other(rng):
    net = nn.HybridSequential()
    net.add(rnn.GRU(3), nn.Dense(4, flatten=False), rnn.LSTM(UNITS, bidirectional=True))
    net.initialize()
    net.infer_shape(data(rng))
    assert net[0].l0_i2h_weight.shape == (9, FEATURES)
    assert net[2].r0_i2h_weight.shape == (4 * UNITS, 4)
    assert net(data(rng)).shape == (STEPS, BATCH, 2 * UNITS)


def test_summary_counts_its_parameters(capsys, rng):
    net = nn.HybridSequential()
    net.add(rnn.LSTM(3), nn.Dense(2, flatten=False))
    net.initialize()
    net.summary(data(rng))
    assert "LSTM-1" in (shown := capsys.readouterr().out)
    assert "Total params: 116" in shown


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_file_of_the_real_mxnet_loads(kind):
    file, expected = read(GOLDEN, "recurrent")[f"file of a language model {kind}"].outputs
    net = _model(mx, kind)
    net.initialize(mx.init.Zero(), force_reinit=True)
    net.load_parameters(io.BytesIO(file.tobytes()))
    np.testing.assert_allclose(net(_text(mx, 0)[0]).asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_initialisers_are_told_apart():
    layer = rnn.LSTM(
        2, projection_size=1, input_size=3, i2h_weight_initializer="ones", h2h_weight_initializer=mx.init.Constant(2),
        i2h_bias_initializer=mx.init.Constant(3), h2h_bias_initializer="ones", h2r_weight_initializer="zeros",
    )  # fmt: skip
    layer.initialize()
    found = {name: parameter.data().asnumpy().ravel()[0] for name, parameter in layer._reg_params.items()}
    assert found == {
        "l0_i2h_weight": 1, "l0_h2h_weight": 2, "l0_i2h_bias": 3, "l0_h2h_bias": 1, "l0_h2r_weight": 0,
    }  # fmt: skip


def test_a_language_model_learns_a_cycle_of_words():
    words = nd.array(np.arange(40).reshape(20, 2) % 7)
    net = nn.Sequential()
    net.add(nn.Embedding(7, 8), rnn.GRU(16), nn.Dense(7, flatten=False))
    net.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.02})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for _ in range(60):
        with autograd.record():
            error = loss(net(words[:-1]), words[1:]).mean()
        error.backward()
        trainer.step(1)
    assert error.asscalar() < 0.1


# ------------------------------------------------------------------ wrong use


def ready(layer):
    layer.initialize()
    layer(nd.ones((5, 3, 4)))
    return layer


WRONG = {
    "features": (
        MXNetError,
        lambda: ready(rnn.LSTM(2, prefix="x_"))(nd.ones((5, 3, 7))),
        [
            "LSTM (layer 'x'): weights do not fit inputs",
            "(5, 3, 7)",
            "the weights take 4",
            "input_size=7",
        ],
    ),
    "axes": (
        MXNetError,
        lambda: ready(rnn.GRU(2, prefix="x_"))(nd.ones((5, 4))),
        ["inputs have 2 axes", "layer 'x'", "(steps, batch, features)"],
    ),
    "axes NTC": (MXNetError, lambda: rnn.GRU(2, layout="NTC")(nd.ones((5, 4))), ["(batch, steps, features)"]),
    "types": (
        MXNetError,
        lambda: ready(rnn.RNN(2))(nd.ones((5, 3, 4), dtype="float64")),
        ["of different types", "inputs.astype('float32')", "net.cast('float64')"],
    ),
    "bfloat16": (
        MXNetError,
        lambda: ready(rnn.RNN(2))(nd.ones((5, 3, 4), dtype="bfloat16")),
        ["inputs (5, 3, 4) bfloat16", "the weights are float32", "net.cast('bfloat16')"],
    ),
    "types of states": (
        MXNetError,
        lambda: ready(rnn.GRU(2))(nd.ones((5, 3, 4)), nd.ones((1, 3, 2), dtype="float64")),
        ["a state is float64", "dtype='float32'"],
    ),
    "types of the operator": (
        MXNetError,
        lambda: nd.RNN(
            nd.ones((5, 3, 4)),
            nd.ones(16, dtype="float64"),
            nd.ones((1, 3, 2)),
            state_size=2,
            num_layers=1,
            mode="rnn_tanh",
        ),
        ["parameters is of another type", "parameters.astype('float32')"],
    ),
    "no steps": (MXNetError, lambda: ready(rnn.RNN(2))(nd.ones((0, 3, 4))), ["no steps"]),
    "no layers": (MXNetError, lambda: ready(rnn.RNN(2, 0)), ["num_layers is 0", "num_layers=1"]),
    "states of another batch": (
        ValueError,
        lambda: ready(rnn.LSTM(2))(nd.ones((5, 3, 4)), rnn.LSTM(2).begin_state(4)),
        ["Expecting (1, 3, 2), got (1, 4, 2)", "begin_state"],
    ),
    "too few states": (
        MXNetError,
        lambda: ready(rnn.LSTM(2))(nd.ones((5, 3, 4)), rnn.LSTM(2).begin_state(3)[:1]),
        ["1 states instead of 2", "states and cells", "begin_state"],
    ),
    "too many states": (
        MXNetError,
        lambda: ready(rnn.GRU(2))(nd.ones((5, 3, 4)), rnn.LSTM(2).begin_state(3)),
        ["2 states instead of 1"],
    ),
    "no lengths": (
        MXNetError,
        lambda: ready(rnn.GRU(2, use_sequence_length=True)),
        ["sequence_length is missing", "use_sequence_length=True"],
    ),
    "lengths beyond the end": (
        MXNetError,
        lambda: made("GRU", 1, use_sequence_length=True)(
            nd.ones((5, 3, 4)), sequence_length=nd.array([1, 2, 9])
        ),
        ["GRU", "sequence_length does not fit", "from 1 to 5"],
    ),
    "layout": (AssertionError, lambda: rnn.LSTM(3, layout="NCT"), ["Invalid layout NCT", "TNC", "NTC"]),
    "activation": (KeyError, lambda: rnn.RNN(3, activation="sigmoid"), ["'sigmoid'", "'relu' or 'tanh'"]),
    "unknown argument": (TypeError, lambda: rnn.LSTM(3, hidden=3), ["hidden"]),
    "unknown argument of the call": (TypeError, lambda: rnn.LSTM(3)(nd.ones((5, 3, 4)), foo=3), ["foo"]),
    "not initialised": (RuntimeError, lambda: rnn.LSTM(3)(nd.ones((5, 3, 4))), ["has not been initialized"]),
    "cells without bounds": (
        ValueError,
        lambda: rnn.LSTM(3, state_clip_min=-1, state_clip_max=1).unfuse(),
        ["state_clip_min"],
    ),
    "a list": (TypeError, lambda: ready(rnn.LSTM(3))([[1.0, 2.0]]), ["NDArray"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_explained(name):
    kind, call, words = WRONG[name]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
