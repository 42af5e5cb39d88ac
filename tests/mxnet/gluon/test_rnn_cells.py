"""Recurrent cells: forms of sequences, states, cells around cells, and errors that help."""

import copy
import io
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import contrib, nn, rnn
from mxnet.gluon.contrib.rnn.rnn_cell import dynamic_unroll

STEPS, BATCH, FEATURES = 4, 3, 5


def stack(kind, *cells):
    made = kind()
    for cell in cells:
        made.add(cell)
    return made


CELLS = {
    "RNNCell": lambda: rnn.RNNCell(2),
    "LSTMCell": lambda: rnn.LSTMCell(2),
    "GRUCell": lambda: rnn.GRUCell(2),
    "LSTMPCell": lambda: contrib.rnn.LSTMPCell(3, 2),
    "SequentialRNNCell": lambda: stack(
        rnn.SequentialRNNCell, rnn.LSTMCell(3), rnn.DropoutCell(0.5), rnn.GRUCell(2)
    ),
    "HybridSequentialRNNCell": lambda: stack(rnn.HybridSequentialRNNCell, rnn.RNNCell(3), rnn.LSTMCell(2)),
    "ResidualCell": lambda: rnn.ResidualCell(rnn.LSTMCell(FEATURES)),
    "ZoneoutCell": lambda: rnn.ZoneoutCell(rnn.GRUCell(2), 0.3, 0.3),
    "VariationalDropoutCell": lambda: contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(2), 0.3, 0.3, 0.3),
}
WHOLE = {
    "DropoutCell": lambda: rnn.DropoutCell(0.5),
    "BidirectionalCell": lambda: rnn.BidirectionalCell(rnn.LSTMCell(2), rnn.GRUCell(2)),
    "ResidualCell both ways": lambda: rnn.ResidualCell(rnn.BidirectionalCell(rnn.GRUCell(2), rnn.RNNCell(3))),
    "stack both ways": lambda: stack(
        rnn.HybridSequentialRNNCell,
        rnn.BidirectionalCell(rnn.GRUCell(2), rnn.RNNCell(2)),
        rnn.BidirectionalCell(rnn.LSTMCell(2), rnn.LSTMCell(2)),
    ),
    "VariationalDropoutCell without states": lambda: contrib.rnn.VariationalDropoutCell(
        rnn.BidirectionalCell(rnn.LSTMCell(2), rnn.LSTMCell(2)), 0.3, 0.0, 0.3
    ),
}
every_cell = pytest.mark.parametrize("name", CELLS)
every_kind = pytest.mark.parametrize("name", [*CELLS, *WHOLE])


def made(name):
    cell = {**CELLS, **WHOLE}[name]()
    cell.initialize(mx.init.Normal(0.5))
    return cell


def data(rng, layout="NTC", dtype="float32"):
    lengths = {"T": STEPS, "N": BATCH, "C": FEATURES}
    return nd.array(rng.standard_normal([lengths[axis] for axis in layout]), dtype=dtype)


def values(arrays):
    return [array.asnumpy() for array in arrays]


def assert_close(actual, expected):
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------ sequences


@every_kind
@pytest.mark.parametrize("lengths", [None, [4, 1, 3]], ids=["all steps", "valid lengths"])
def test_every_form_of_a_sequence_gives_the_same(name, lengths, rng):
    cell, x = made(name), data(rng)
    lengths = None if lengths is None else nd.array(lengths)
    expected, states = cell.unroll(STEPS, x, merge_outputs=True, valid_length=lengths)
    for layout in ("NTC", "TNC"):
        axis = layout.find("T")
        whole = x if axis else x.swapaxes(0, 1)
        for inputs in (whole, list(nd.split(whole, STEPS, axis=axis, squeeze_axis=True))):
            for merge_outputs in (True, False, None):
                outputs, ends = cell.unroll(STEPS, inputs, None, layout, merge_outputs, lengths)
                if merge_outputs is not None:
                    assert isinstance(outputs, nd.NDArray) is merge_outputs
                elif lengths is not None and name != "DropoutCell":
                    assert isinstance(outputs, nd.NDArray)
                if isinstance(outputs, list):
                    outputs = nd.stack(*outputs, axis=axis)
                assert_close([(outputs if axis else outputs.swapaxes(0, 1)).asnumpy()], [expected.asnumpy()])
                assert_close(values(ends), values(states))


@every_kind
def test_with_lengths_each_sequence_is_computed_as_if_alone(name, rng):
    cell, x, lengths = made(name), data(rng), [2, 4, 3]
    outputs, states = cell.unroll(STEPS, x, merge_outputs=True, valid_length=nd.array(lengths))
    for place, length in enumerate(lengths):
        alone = x[place : place + 1].slice_axis(axis=1, begin=0, end=length)
        expected, ends = cell.unroll(length, alone, merge_outputs=True)
        assert_close([outputs[place, :length].asnumpy()], [expected[0].asnumpy()])
        assert_close([state[place].asnumpy() for state in states], [end[0].asnumpy() for end in ends])
        if name != "DropoutCell":  # it passes over lengths, as in 1.9.1
            assert not outputs[place, length:].asnumpy().any()


@every_cell
def test_unrolling_is_stepping(name, rng):
    cell, x = made(name), data(rng)
    expected, ends = cell.unroll(STEPS, x, merge_outputs=False)
    cell.reset()
    states = cell.begin_state(batch_size=BATCH)
    for step in range(STEPS):
        output, states = cell(x[:, step], states)
        assert_close([output.asnumpy()], [expected[step].asnumpy()])
    assert_close(values(states), values(ends))


@every_cell
def test_dynamic_unrolling_is_unrolling(name, rng):
    cell, x = made(name), data(rng)
    for lengths in (None, nd.array([4, 1, 3])):
        for layout in ("NTC", "TNC"):
            inputs = x if layout == "NTC" else x.swapaxes(0, 1)
            expected, ends = cell.unroll(STEPS, inputs, None, layout, True, lengths)
            outputs, states = dynamic_unroll(cell, inputs, None, layout=layout, valid_length=lengths)
            assert_close([outputs.asnumpy()], [expected.asnumpy()])
            assert_close(values(states), values(ends))


def test_dynamic_unrolling_takes_lists_and_makes_states(rng):
    cell, x = made("LSTMCell"), data(rng, "TNC")
    expected, _ = dynamic_unroll(cell, x, cell.begin_state(BATCH))
    outputs, _ = dynamic_unroll(cell, list(x), None)
    np.testing.assert_array_equal(outputs.asnumpy(), expected.asnumpy())
    with pytest.raises(AssertionError, match="Invalid layout NCT"):
        dynamic_unroll(cell, x, None, layout="NCT")


@every_kind
def test_given_states_are_where_it_begins(name, rng):
    cell, x = made(name), data(rng)
    zeros = cell.begin_state(batch_size=BATCH, func=nd.zeros)
    ones = cell.begin_state(batch_size=BATCH, func=nd.ones)
    expected = cell.unroll(STEPS, x, merge_outputs=True)[0].asnumpy()
    np.testing.assert_array_equal(cell.unroll(STEPS, x, zeros, merge_outputs=True)[0].asnumpy(), expected)
    other = cell.unroll(STEPS, x, tuple(ones), merge_outputs=True)[0].asnumpy()
    assert np.array_equal(other, expected) is not bool(ones)


@every_kind
def test_one_step_is_a_sequence(name, rng):
    cell, x = made(name), data(rng)
    assert cell.unroll(1, x[:, :1], merge_outputs=True)[0].shape[:2] == (BATCH, 1)
    assert len(cell.unroll(1, [x[:, 0]], merge_outputs=False)[0]) == 1


@every_kind
def test_float64_needs_no_states_by_hand(name, rng):
    cell, x = made(name), data(rng)
    cell.unroll(STEPS, x)
    cell.cast("float64")
    outputs, states = cell.unroll(STEPS, x.astype("float64"), merge_outputs=True)
    assert {outputs.dtype, *(state.dtype for state in states)} == {np.float64}


@every_kind
def test_it_runs_where_its_parameters_are(name, rng):
    cell = {**CELLS, **WHOLE}[name]()
    cell.initialize(ctx=mx.cpu(1))
    outputs, states = cell.unroll(STEPS, data(rng).as_in_context(mx.cpu(1)), merge_outputs=True)
    assert {outputs.context, *(state.context for state in states)} == {mx.cpu(1)}


@every_kind
def test_hybridized_it_computes_the_same(name, rng):
    cell, x = made(name), data(rng)
    expected = cell.unroll(STEPS, x, merge_outputs=True)[0].asnumpy()
    cell.hybridize()
    np.testing.assert_array_equal(cell.unroll(STEPS, x, merge_outputs=True)[0].asnumpy(), expected)


@every_kind
def test_saved_and_loaded_it_computes_the_same(name, rng):
    cell, x, file = made(name), data(rng), io.BytesIO()
    expected = cell.unroll(STEPS, x, merge_outputs=True)[0].asnumpy()
    if not cell.collect_params():
        pytest.skip("it has no parameters")
    cell.save_parameters(file)
    other = {**CELLS, **WHOLE}[name]()
    other.load_parameters(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(other.unroll(STEPS, x, merge_outputs=True)[0].asnumpy(), expected)


@every_kind
def test_copied_and_pickled_it_computes_the_same(name, rng):
    cell, x = made(name), data(rng)
    expected = cell.unroll(STEPS, x, merge_outputs=True)[0].asnumpy()
    for other in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        np.testing.assert_array_equal(other.unroll(STEPS, x, merge_outputs=True)[0].asnumpy(), expected)


@every_kind
def test_unrolling_leaves_the_inputs_alone(name, rng):
    cell, x = made(name), data(rng, "TNC")
    before = x.asnumpy()
    for merge_outputs in (True, False):
        with autograd.record():
            outputs, states = cell.unroll(STEPS, x, None, "TNC", merge_outputs)
        for each in [*(outputs if isinstance(outputs, list) else [outputs]), *states]:
            each[:] = 77
        np.testing.assert_array_equal(x.asnumpy(), before)


def test_hooks_see_every_step(rng):
    cell, x, seen = made("GRUCell"), data(rng), []
    cell.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0].shape, output[0].shape)))
    cell.unroll(STEPS, x)
    assert seen == [((BATCH, FEATURES), (BATCH, 2))] * STEPS


def test_a_cell_of_ones_own_unrolls(rng):
    class Mean(rnn.HybridRecurrentCell):
        def state_info(self, batch_size=0):
            return [
                {"shape": (batch_size, FEATURES), "__layout__": "NC"},
                {"shape": (batch_size, 1), "__layout__": "NC"},
            ]

        def hybrid_forward(self, F, inputs, states):
            total, count = states[0] + inputs, states[1] + 1
            return F.broadcast_div(total, count), [total, count]

    x = data(rng)
    outputs, _ = Mean().unroll(STEPS, x, merge_outputs=True, valid_length=nd.array([4, 4, 2]))
    np.testing.assert_allclose(outputs[0, 3].asnumpy(), x[0].asnumpy().mean(0), rtol=1e-5)
    assert not outputs[2, 2:].asnumpy().any()


# ------------------------------------------------------------------ states


def test_first_states_come_from_any_function_that_makes_arrays():
    seen = []

    def make(**options):
        seen.append(options)
        return nd.zeros(**options)

    stack(rnn.SequentialRNNCell, rnn.LSTMCell(2, prefix="a_"), rnn.GRUCell(3, prefix="b_")).begin_state(
        batch_size=4, func=make, dtype="float64"
    )
    assert [options["name"] for options in seen] == ["a_begin_state_0", "a_begin_state_1", "b_begin_state_0"]
    assert [options["shape"] for options in seen] == [(4, 2), (4, 2), (4, 3)]
    assert {options["dtype"] for options in seen} == {"float64"}


@every_kind
def test_the_size_of_the_batch_may_stand_first(name):
    cell = {**CELLS, **WHOLE}[name]()
    expected = [state.shape for state in cell.begin_state(batch_size=6)]
    assert [state.shape for state in cell.begin_state(6)] == expected
    assert expected == [info["shape"] for info in cell.state_info(6)]


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell"])
def test_one_state_needs_no_list(name, rng):
    cell, x = made(name), data(rng)
    (state,) = cell.begin_state(BATCH, func=nd.ones)
    np.testing.assert_array_equal(cell(x[:, 0], state)[0].asnumpy(), cell(x[:, 0], [state])[0].asnumpy())


# ------------------------------------------------------------------ cells around cells


def test_zoneout_keeps_elements_of_the_step_before(rng):
    cell = rnn.ZoneoutCell(rnn.RNNCell(200), zoneout_outputs=0.5)
    cell.initialize(mx.init.Normal(0.5))
    with autograd.record():
        outputs, _ = cell.unroll(STEPS, data(rng), merge_outputs=True)
    kept = (outputs[:, 1:] == outputs[:, :-1]).asnumpy().mean()
    assert 0.4 < kept < 0.6
    assert 0.4 < (outputs[:, 0] == 0).asnumpy().mean() < 0.6


def test_variational_masks_last_for_one_sequence():
    cell = contrib.rnn.VariationalDropoutCell(rnn.RNNCell(200, "relu"), drop_states=0.001, drop_outputs=0.5)
    cell.initialize(mx.init.One())
    x, dropped = nd.ones((2, STEPS, FEATURES)), []
    for _ in range(2):
        with autograd.record():
            outputs, _ = cell.unroll(STEPS, x, merge_outputs=True)
        zero = (outputs == 0).asnumpy()
        assert (zero == zero[:, :1]).all()
        dropped.append(zero[:, 0])
    assert (dropped[0] != dropped[1]).any()


def test_modifiers_have_the_parameters_of_the_cell_inside():
    inside = rnn.LSTMCell(3, input_size=2, prefix="x_")
    cell = rnn.ResidualCell(rnn.ZoneoutCell(inside, 0.1, 0.1))
    assert dict(cell.collect_params().items()) == dict(inside.collect_params().items())
    assert cell.params is inside.params


def test_a_failing_function_for_states_leaves_the_cell_inside_protected():
    inside = rnn.LSTMCell(3)
    cell = rnn.ZoneoutCell(inside, 0.1)
    with pytest.raises(ZeroDivisionError):
        cell.begin_state(batch_size=2, func=lambda **_: 1 / 0)
    with pytest.raises(AssertionError, match="Call the modifier cell instead"):
        inside.begin_state(2)


@pytest.mark.parametrize(
    "activation", [nn.LeakyReLU(0.3), nn.Swish(), nn.PReLU(), lambda x, **_: x * 2, "softrelu"]
)
def test_an_activation_is_a_name_a_block_or_a_function(activation, rng):
    cell = rnn.RNNCell(2, activation)
    cell.initialize(mx.init.Normal(0.5))
    x = data(rng)
    output, _ = cell(x[:, 0], cell.begin_state(BATCH))
    weight, function = (
        cell.i2h_weight.data(),
        nn.Activation("softrelu") if activation == "softrelu" else activation,
    )
    np.testing.assert_allclose(
        output.asnumpy(), function(nd.dot(x[:, 0], weight.T)).asnumpy(), rtol=1e-5, atol=1e-6
    )
    cell.unroll(STEPS, x)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "softrelu"], ids=str)
def test_every_gate_of_an_lstm_cell_has_its_function(activation, rng):
    cell = rnn.LSTMCell(2, activation=activation, recurrent_activation="softsign")
    cell.initialize(mx.init.Normal(0.5))
    x, (h, c) = data(rng)[:, 0], (nd.array(rng.standard_normal((BATCH, 2))) for _ in range(2))
    output, states = cell(x, [h, c])
    outer, gate = nn.Activation(activation), nn.Activation("softsign")
    sums = nd.dot(x, cell.i2h_weight.data().T) + nd.dot(h, cell.h2h_weight.data().T)
    i, f, g, o = nd.split(sums, 4)
    memory = gate(f) * c + gate(i) * outer(g)
    assert_close(values([output, *states]), values([gate(o) * outer(memory)] * 2 + [memory]))


# ------------------------------------------------------------------ convolutional cells


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("layout", ["NHWC", "NDHWC"])
def test_channels_may_stand_last(kind, layout, rng):
    dims = len(layout) - 2
    size = (5, 4, 3)[:dims]
    make = getattr(contrib.rnn, f"Conv{dims}D{kind}Cell")
    options = {"hidden_channels": 2, "i2h_kernel": 3, "h2h_kernel": 3, "i2h_pad": 1}
    first, last = make((3, *size), **options), make((*size, 3), conv_layout=layout, **options)
    for cell in (first, last):
        cell.initialize(mx.init.Normal(0.5))
    turned = lambda array: np.moveaxis(array.asnumpy(), 1, -1)  # noqa: E731
    for name, parameter in first._reg_params.items():
        value = turned(parameter.data()) if name.endswith("weight") else parameter.data().asnumpy()
        last._reg_params[name].set_data(nd.array(value))
    x = nd.array(rng.standard_normal((2, 3, *size)))
    states = first.begin_state(2, func=nd.random.normal)
    expected, ends = first(x, states)
    output, others = last(nd.array(turned(x)), [nd.array(turned(state)) for state in states])
    assert_close([output.asnumpy(), *values(others)], [turned(expected), *map(turned, ends)])


def test_the_size_of_states_follows_from_the_convolution_of_the_inputs():
    cell = contrib.rnn.Conv2DLSTMCell((3, 9, 8), 4, (3, 5), 3, i2h_pad=(0, 2), i2h_dilate=(2, 1))
    cell.initialize()
    assert [info["shape"] for info in cell.state_info(2)] == [(2, 4, 5, 8)] * 2
    assert cell(nd.ones((2, 3, 9, 8)), cell.begin_state(2))[0].shape == (2, 4, 5, 8)


# ------------------------------------------------------------------ wrong use


def ready(cell, features=FEATURES):
    cell.initialize()
    cell.unroll(2, nd.ones((BATCH, 2, features)))
    return cell


X, ONE = nd.ones((BATCH, STEPS, FEATURES)), nd.ones((BATCH, FEATURES))
WRONG = {
    "another length": (
        AssertionError,
        lambda: rnn.LSTMCell(2).unroll(3, X),
        ["4 steps instead of 3", "shape (3, 4, 5) in layout NTC", "length=4"],
    ),
    "another length of a list": (
        AssertionError,
        lambda: rnn.LSTMCell(2).unroll(3, [ONE, ONE]),
        ["2 steps instead of 3", "a list of 2"],
    ),
    "no steps": (AssertionError, lambda: rnn.LSTMCell(2).unroll(0, []), ["0 steps", "at least 1"]),
    "layout": (
        AssertionError,
        lambda: rnn.GRUCell(2).unroll(4, X, layout="NC"),
        ["Invalid layout NC", "'TNC'"],
    ),
    "axes": (AssertionError, lambda: rnn.GRUCell(2).unroll(3, nd.ones(3)), ["1 axes", "layout NTC"]),
    "no array": (
        TypeError,
        lambda: rnn.GRUCell(2).unroll(2, np.ones((3, 2, 5))),
        ["ndarray", "nd.array(inputs)"],
    ),
    "features": (
        mx.base.MXNetError,
        lambda: ready(rnn.LSTMCell(2, prefix="x_"))(nd.ones((3, 7)), rnn.LSTMCell(2).begin_state(3)),
        ["layer 'x'", "(3, 7)", "LSTMCell(..., input_size=7)"],
    ),
    "too few states": (
        IndexError,
        lambda: ready(rnn.LSTMCell(2, prefix="x_"))(ONE, []),
        ["LSTMCell (layer 'x'): 0 states instead of 2", "begin_state"],
    ),
    "no states": (IndexError, lambda: ready(rnn.GRUCell(2))(ONE, None), ["0 states instead of 1"]),
    "too many states": (
        ValueError,
        lambda: ready(rnn.LSTMCell(2))(ONE, rnn.LSTMCell(2).begin_state(3) * 2),
        ["4 states instead of 2"],
    ),
    "states of a stack": (
        IndexError,
        lambda: ready(stack(rnn.SequentialRNNCell, rnn.LSTMCell(2), rnn.GRUCell(2)))(ONE, [ONE]),
        ["1 states instead of 3"],
    ),
    "states both ways": (
        IndexError,
        lambda: made("BidirectionalCell").unroll(4, X, [ONE]),
        ["1 states instead of 3"],
    ),
    "stepping both ways": (
        NotImplementedError,
        lambda: made("BidirectionalCell")(ONE, []),
        ["Please use unroll"],
    ),
    "stepping a stack both ways": (
        AssertionError,
        lambda: stack(rnn.SequentialRNNCell, WHOLE["BidirectionalCell"]())(ONE, [ONE] * 3),
        ["cannot be stepped", "BidirectionalCell needs the whole sequence"],
    ),
    "no cell in a stack": (
        TypeError,
        lambda: rnn.SequentialRNNCell().add(rnn.LSTM(3)),
        ["takes a recurrent cell", "LSTM(None -> 3, TNC)", "rnn.LSTMCell here"],
    ),
    "no hybrid in a hybrid stack": (
        ValueError,
        lambda: rnn.HybridSequentialRNNCell().add(rnn.SequentialRNNCell()),
        ["must also be HybridBlock"],
    ),
    "modifying a layer": (ValueError, lambda: rnn.ResidualCell(rnn.LSTM(3)), ["goes around a hybrid cell"]),
    "modifying twice": (
        AssertionError,
        lambda: [rnn.ResidualCell(cell) for cell in [rnn.LSTMCell(3, prefix="x_")] * 2],
        ["Cell x is already modified"],
    ),
    "states of a modified cell": (
        AssertionError,
        lambda: (lambda cell: (rnn.ResidualCell(cell), cell.begin_state(2)))(rnn.LSTMCell(3)),
        ["After applying modifier cells", "Call the modifier cell instead"],
    ),
    "zoneout both ways": (
        AssertionError,
        lambda: rnn.ZoneoutCell(WHOLE["BidirectionalCell"]()),
        ["underneath"],
    ),
    "variational states both ways": (
        AssertionError,
        lambda: contrib.rnn.VariationalDropoutCell(WHOLE["BidirectionalCell"](), 0, 0.5),
        ["underneath"],
    ),
    "rate": (AssertionError, lambda: rnn.DropoutCell("much"), ["rate must be a number", "'much'"]),
    "no state_info": (
        NotImplementedError,
        lambda: rnn.RecurrentCell().begin_state(2),
        ["state_info is not written"],
    ),
    "no forward": (
        NotImplementedError,
        lambda: rnn.HybridRecurrentCell()(ONE, []),
        ["hybrid_forward is not written"],
    ),
    "unknown activation": (
        mx.base.MXNetError,
        lambda: made_of(rnn.RNNCell(2, "swoosh", input_size=FEATURES))(ONE, [nd.ones((3, 2))]),
        ["unknown act_type 'swoosh'"],
    ),
    "an even kernel": (
        AssertionError,
        lambda: contrib.rnn.Conv1DRNNCell((2, 7), 3, 3, 2),
        ["Only support odd number", "h2h_kernel=3"],
    ),
    "lengths of a kernel": (
        AssertionError,
        lambda: contrib.rnn.Conv2DRNNCell((2, 7, 7), 3, (3, 3, 3), 3),
        ["For 2D convolution", "i2h_kernel=(3, 3, 3)"],
    ),
    "shape of images": (
        ValueError,
        lambda: contrib.rnn.Conv2DRNNCell((2, 7), 3, 3, 3),
        ["input_shape (2, 7)", "C, H, W"],
    ),
    "layout of images": (
        ValueError,
        lambda: contrib.rnn.Conv2DRNNCell((2, 7, 7), 3, 3, 3, conv_layout="NCW"),
        ["conv_layout 'NCW'", "'NCHW'"],
    ),
}


def made_of(cell):
    cell.initialize()
    return cell


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_explained(name):
    kind, call, words = WRONG[name]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
