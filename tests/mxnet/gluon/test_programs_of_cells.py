"""Blocks that unroll cells, or keep something of each call, are programs whose results are those of single calls."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import contrib, nn, rnn

STEPS, FEATURES = 4, 3


def stack():
    cells = rnn.HybridSequentialRNNCell()
    cells.add(rnn.LSTMCell(4))
    cells.add(rnn.DropoutCell(0.4))
    cells.add(rnn.ZoneoutCell(rnn.GRUCell(4), 0.2, 0.2))
    return cells


CELLS = {
    "RNNCell": lambda: rnn.RNNCell(4),
    "LSTMCell": lambda: rnn.LSTMCell(4),
    "GRUCell": lambda: rnn.GRUCell(4),
    "LSTMPCell": lambda: contrib.rnn.LSTMPCell(4, 2),
    "DropoutCell": lambda: rnn.DropoutCell(0.5),
    "ZoneoutCell": lambda: rnn.ZoneoutCell(rnn.LSTMCell(4), 0.3, 0.4),
    "ResidualCell": lambda: rnn.ResidualCell(rnn.GRUCell(FEATURES)),
    "BidirectionalCell": lambda: rnn.BidirectionalCell(
        rnn.LSTMCell(4, prefix="l_"), rnn.GRUCell(4, prefix="r_")
    ),
    "VariationalDropoutCell": lambda: contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(4), 0.3, 0.4, 0.5),
    "VariationalDropoutCell without states": lambda: contrib.rnn.VariationalDropoutCell(
        rnn.LSTMCell(4), 0.3, 0.0, 0.5
    ),
    "a stack": stack,
}


class Unrolls(nn.HybridBlock):
    def __init__(self, cell, merge_outputs=True, **kwargs):
        super().__init__(**kwargs)
        self.cell, self.merge_outputs = cell, merge_outputs

    def hybrid_forward(self, F, x, lengths=None):
        return self.cell.unroll(STEPS, x, merge_outputs=self.merge_outputs, valid_length=lengths)[0]


class Steps(nn.HybridBlock):
    """Steps through a cell by hand, from states that are given."""

    def __init__(self, cell, reset, **kwargs):
        super().__init__(**kwargs)
        self.cell, self.reset = cell, reset

    def hybrid_forward(self, F, x, *states):
        if self.reset:
            self.cell.reset()
        for _ in range(3):
            x, states = self.cell(x, list(states))
        return x


def answers(make, hybrid, batches, dtype="float32"):
    """Outputs and gradients in training mode, outputs in prediction mode, and the numbers that are drawn next."""
    mx.random.seed(7)
    net = make()
    net.initialize(mx.init.Normal(0.5))
    net.cast(dtype)
    net.hybridize(hybrid)
    found = []
    for inputs in batches:
        inputs = [nd.array(each, dtype=dtype) for each in inputs]
        inputs[0].attach_grad()
        with autograd.record():
            y = net(*inputs)
            y = nd.stack(*y) if isinstance(y, list) else y
            loss = (y**2).sum()
        loss.backward()
        learnt = [each for each in net.collect_params().values() if each.grad_req != "null"]
        found += [y, inputs[0].grad, *(parameter.grad().copy() for parameter in learnt)]
        y = net(*inputs)
        found += [*(y if isinstance(y, list) else [y]), nd.random.uniform(shape=3)]
    return net, [each.asnumpy() for each in found]


def assert_same(make, batches, dtype="float32"):
    expected = answers(make, False, batches, dtype)[1]
    net, found = answers(make, True, batches, dtype)
    for a, e in zip(found, expected, strict=True):
        assert a.dtype == e.dtype
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-6)
    return net


def has_programs(net):
    return [each.program is not None for each in net._programs.values()]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("lengths", [False, True], ids=["all steps", "valid lengths"])
@pytest.mark.parametrize("merge_outputs", [True, False], ids=["merged", "listed"])
def test_a_block_that_unrolls_a_cell_is_two_programs(name, lengths, merge_outputs, rng):
    batches = []
    for size in (3, 5, 3, 1):
        x = rng.normal(size=(size, STEPS, FEATURES))
        batches.append((x, rng.integers(1, STEPS + 1, size)) if lengths else (x,))
    net = assert_same(lambda: Unrolls(CELLS[name](), merge_outputs), batches)
    assert has_programs(net) == [True, True]
    assert net._compilations == 2


@pytest.mark.parametrize("name", CELLS)
def test_states_before_the_first_step_have_the_type_of_the_inputs(name, rng):
    batches = [(rng.normal(size=(size, STEPS, FEATURES)),) for size in (2, 4)]
    assert has_programs(assert_same(lambda: Unrolls(CELLS[name]()), batches, "float64")) == [True, True]


class Ends(nn.HybridBlock):
    def __init__(self, cell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell

    def hybrid_forward(self, F, x):
        return self.cell.unroll(STEPS, x, layout="TNC")[1]


def test_states_behind_the_last_step_have_the_rows_of_the_inputs(rng):
    net = Ends(rnn.ZoneoutCell(rnn.LSTMCell(5), 0.5, 1.0 - 1e-9))
    net.initialize()
    net.hybridize()
    for size in (1, 4, 2):
        for mode in (autograd.train_mode, autograd.predict_mode):
            with mode():
                states = net(nd.array(rng.normal(size=(STEPS, size, FEATURES))))
            assert [state.shape for state in states] == [(size, 5), (size, 5)]
    assert any(has_programs(net))


@pytest.mark.parametrize("reset", [True, False], ids=["reset first", "going on"])
@pytest.mark.parametrize("name", ["LSTMCell", "ZoneoutCell", "VariationalDropoutCell"])
def test_masks_and_outputs_of_the_call_before_are_used_where_nobody_resets(name, reset, rng):
    kinds = {
        "LSTMCell": lambda: rnn.LSTMCell(3),
        "ZoneoutCell": lambda: rnn.ZoneoutCell(rnn.LSTMCell(3), 0.3, 0.4),
        "VariationalDropoutCell": lambda: contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(3), 0.3, 0.4, 0.5),
    }
    batches = [tuple(rng.normal(size=(2, 3)) for _ in range(3)) for _ in range(4)]
    found = []
    for hybrid in (False, True):
        mx.random.seed(5)
        net = Steps(kinds[name](), reset)
        net.initialize(mx.init.Normal(0.5))
        net.hybridize(hybrid)
        with autograd.train_mode():
            found.append([net(*map(nd.array, batch)).asnumpy() for batch in batches])
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)
    assert has_programs(net) == [reset or name == "LSTMCell"]


def test_a_hybridized_cell_is_one_program_for_all_of_its_steps(rng):
    cell = rnn.LSTMCell(4)
    cell.initialize()
    x = nd.array(rng.normal(size=(2, 9, 3)))
    expected = cell.unroll(9, x, merge_outputs=True)[0].asnumpy()
    cell.hybridize()
    for _ in range(3):
        np.testing.assert_allclose(cell.unroll(9, x, merge_outputs=True)[0].asnumpy(), expected, rtol=1e-5)
    assert cell._compilations == 1


def test_going_on_by_hand_after_a_program_finds_what_it_kept(rng):
    """A mask lasts until somebody resets the cell, whoever drew it."""
    x = nd.array(rng.normal(size=(2, STEPS, FEATURES)))
    found = []
    for hybrid in (False, True):
        mx.random.seed(1)
        net = Unrolls(contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(4), 0.5, 0.5, 0.5))
        net.initialize()
        net.hybridize(hybrid)
        with autograd.train_mode():
            for _ in range(2):
                net(x)
            found.append(net.cell(x[:, 0], [nd.ones((2, 4)), nd.ones((2, 4))])[0].asnumpy())
            mask = net.cell.drop_outputs_mask.asnumpy()
        assert set(np.unique(mask)) <= {0, 2}
    np.testing.assert_allclose(*found, rtol=1e-5)


@pytest.mark.parametrize("name", ["LSTMCell", "ZoneoutCell", "VariationalDropoutCell"])
def test_a_loop_over_steps_draws_and_keeps_as_single_calls_do(name, rng):
    class Loops(nn.HybridBlock):
        def __init__(self, cell, **kwargs):
            super().__init__(**kwargs)
            self.cell = cell

        def hybrid_forward(self, F, x):
            return contrib.rnn.rnn_cell.dynamic_unroll(self.cell, x, None, layout="NTC")[0]

    batches = [(rng.normal(size=(size, STEPS, FEATURES)),) for size in (2, 3, 2)]
    assert_same(lambda: Loops(CELLS[name]()), batches)


@pytest.mark.parametrize("steps", [STEPS - 1, STEPS + 1, 2 * STEPS])
def test_another_number_of_steps_is_an_error_of_the_program(steps):
    net = Unrolls(rnn.GRUCell(2))
    net.initialize()
    net.hybridize()
    for _ in range(2):
        net(nd.ones((2, STEPS, FEATURES)))
    with pytest.raises((mx.MXNetError, AssertionError)):
        net(nd.ones((2, steps, FEATURES)))


def test_what_is_learnt_is_the_same(rng):
    x, y = nd.array(rng.normal(size=(6, STEPS, FEATURES))), nd.array(rng.normal(size=(6, STEPS, 4)))
    weights = []
    for hybrid in (False, True):
        mx.random.seed(2)
        net = Unrolls(stack())
        net.initialize(mx.init.Xavier())
        net.hybridize(hybrid)
        trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
        for _ in range(4):
            with autograd.record():
                loss = gluon.loss.L2Loss()(net(x), y)
            loss.backward()
            trainer.step(6)
        weights.append([parameter.data().asnumpy() for parameter in net.collect_params().values()])
    for plain, hybrid in zip(*weights, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-4, atol=1e-5)


# ---------------------------------------------------------------------- other blocks that keep something


class Attends(nn.HybridBlock):
    """Keeps its weights for whoever wants to look at them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.layer, self.weights, self.pair = nn.Dense(3), None, None

    def hybrid_forward(self, F, x):
        self.weights = F.softmax(x)
        self.pair = (x, [self.weights * 2, None])
        return self.layer(self.weights)


def test_arrays_that_are_kept_are_those_of_the_last_call(rng):
    net = Attends()
    net.initialize()
    net.hybridize()
    for size in (2, 3, 4):
        x = nd.array(rng.normal(size=(size, 5)))
        for mode in (autograd.predict_mode, autograd.record):
            with mode():
                net(x)
            np.testing.assert_array_equal(net.weights.asnumpy(), nd.softmax(x).asnumpy())
            assert net.pair[0] is x
            np.testing.assert_array_equal(net.pair[1][0].asnumpy(), net.weights.asnumpy() * 2)
            assert net.pair[1][1] is None
    assert has_programs(net) == [True, True]
    assert net._compilations <= 4


def test_gradients_flow_through_kept_arrays(rng):
    x = nd.array(rng.normal(size=(2, 5)))
    gradients = []
    for hybrid in (False, True):
        net = Attends()
        net.initialize()
        net.hybridize(hybrid)
        x.attach_grad()
        for _ in range(2):
            with autograd.record():
                net(x)
                loss = (net.weights[:, 0] ** 2).sum()
            loss.backward()
        gradients.append(x.grad.asnumpy())
    np.testing.assert_allclose(*gradients, rtol=1e-6)
    assert np.abs(gradients[0]).max() > 0


def counts(self, F, x):
    self.calls += 1
    return x * self.calls


def adds_up(self, F, x):
    self.total = x if self.total is None else x + self.total
    return self.total


def remembers_the_first(self, F, x):
    if not hasattr(self, "first"):
        self.first = x
    return x - self.first


def looks_for_an_array(self, F, x):
    if not isinstance(self.total, (nd.NDArray, mx.sym.Symbol)):
        self.total = x * 1
    return x + self.total


def collects(self, F, x):
    self.seen.append(x)
    return x * len(self.seen)


def alternates(self, F, x):
    self.flag = not self.flag
    return x if self.flag else -x


@pytest.mark.parametrize(
    "forward",
    [counts, adds_up, remembers_the_first, looks_for_an_array, collects, alternates],
    ids=lambda f: f.__name__,
)
def test_a_block_that_reads_what_it_kept_runs_call_by_call(forward):
    kind = type("Keeps", (nn.HybridBlock,), {"hybrid_forward": forward})
    found = []
    for hybrid in (False, True):
        block = kind()
        block.calls, block.total, block.seen, block.flag = 0, None, [], False
        block.hybridize(hybrid)
        found.append([block(nd.array([float(value)])).asscalar() for value in (2, 3, 5, 7)])
    assert found[0] == found[1]


def test_a_kept_constant_counts_where_another_mode_reads_it():
    class Modes(nn.HybridBlock):
        factor = 1

        def hybrid_forward(self, F, x):
            if autograd.is_training():
                self.factor = 3
            return x * self.factor

    found = []
    for hybrid in (False, True):
        block = Modes()
        block.hybridize(hybrid)
        values = [block(nd.ones((1,))).asscalar()]
        with autograd.train_mode():
            values.append(block(nd.ones((1,))).asscalar())
        found.append([*values, block(nd.ones((1,))).asscalar()])
    assert found[0] == found[1] == [1, 3, 3]


class Wastes(nn.HybridBlock):
    """Draws and counts for results that nobody needs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout, self.norm, self.other = nn.Dropout(0.5), nn.BatchNorm(), nn.BatchNorm()

    def hybrid_forward(self, F, x):
        self.dropout(self.other(x * 3))
        F.random.uniform(shape=(3,))
        return self.norm(self.dropout(x)) + 1


def test_calls_whose_results_nobody_needs_draw_and_count_all_the_same(rng):
    batches = [(rng.normal(size=(4, 3)),) for _ in range(3)]
    nets = [answers(Wastes, hybrid, batches) for hybrid in (False, True)]
    for e, a in zip(*(found for _, found in nets), strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-6)
    plain, hybrid = (net.other.running_mean.data().asnumpy() for net, _ in nets)
    np.testing.assert_allclose(hybrid, plain, rtol=1e-5)
    assert has_programs(nets[1][0]) == [True, True]


def test_what_nobody_needs_is_left_out_in_prediction():
    net = Wastes()
    net.initialize()
    net.hybridize()
    for _ in range(2):
        net(nd.ones((2, 3)))
    calls = [line.partition("#")[2] for line in net.program().splitlines()]
    assert sum("batchnorm" in call for call in calls) == 1
    assert sum("uniform" in call for call in calls) == 1


class Loops(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout, self.norm = nn.Dropout(0.5), nn.BatchNorm(in_channels=2)

    def hybrid_forward(self, F, x, count):
        def step(i, total):
            return total * 2, [i - 1, self.dropout(total) + 1]

        x = self.norm(self.dropout(x))
        outputs, last = F.contrib.while_loop(lambda i, total: i > 0, step, [count, x], max_iterations=3)
        return outputs, last


def test_a_loop_without_a_step_returns_what_single_calls_return(rng):
    found = []
    x = rng.normal(size=(4, 2))
    for hybrid in (False, True):
        mx.random.seed(4)
        net = Loops()
        net.initialize()
        net.hybridize(hybrid)
        answer = []
        for count in (2, 0, 1, 0):
            with autograd.record():
                outputs, last = net(nd.array(x), nd.array([count]))
            assert isinstance(outputs, list) is (count == 0)
            answer += [*([] if count == 0 else [outputs]), *last, nd.random.uniform(shape=2)]
        answer.append(net.norm.running_mean.data())
        found.append([each.asnumpy() for each in answer])
    assert has_programs(net) == [True]
    for plain, hybrid in zip(*found, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-5, atol=1e-6)
