"""States that a hybridized network makes with an unknown number of rows, ``begin_state(func=F.zeros)``."""

import numpy as np
import pytest

from mxnet import autograd, init, nd
from mxnet.gluon import nn, rnn


class Unrolled(nn.HybridBlock):
    """A cell over a sequence from states that the network asks for itself, as GluonTS does it."""

    def __init__(self, cell, finish=None, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell
        self.finish = finish or (lambda F, outputs, begin, end: outputs)

    def hybrid_forward(self, F, x):
        batch = x.shape[0] if F is nd else 0
        begin = self.cell.begin_state(func=F.zeros, batch_size=batch)
        outputs, end = self.cell.unroll(3, x, begin_state=begin, merge_outputs=True)
        return self.finish(F, outputs, begin, end)


def results(net, x):
    with autograd.record():
        result = net(x)
        if result._tape is None:  # made of the states alone
            return [result]
        loss = (result * nd.arange(result.size).reshape(result.shape)).sum()
    loss.backward()
    return [result, *(p.grad() for p in net.collect_params().values())]


def assert_same_when_hybridized(net, x):
    net.initialize(init.Xavier())
    expected = [array.asnumpy() for array in results(net, x)]
    net.hybridize()
    for _ in range(2):
        for actual, wanted in zip(results(net, x), expected, strict=True):
            assert actual.shape == wanted.shape
            np.testing.assert_allclose(actual.asnumpy(), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [rnn.RNNCell, rnn.LSTMCell, rnn.GRUCell])
def test_states_that_cells_take_row_by_row_are_in_a_program(kind, rng):
    net = Unrolled(kind(4, input_size=2))
    assert_same_when_hybridized(net, nd.array(rng.normal(size=(5, 3, 2))))
    assert "def" in net.program()


FINISHES = {
    "where": lambda F, outputs, begin, end: F.where(F.ones_like(end[0]), end[0], begin[0]),
    "concat": lambda F, outputs, begin, end: F.concat(end[0], begin[0], dim=1),
    "stack": lambda F, outputs, begin, end: F.stack(begin[0], end[0]),
    "returned": lambda F, outputs, begin, end: begin[0] + 1,
    "reshaped": lambda F, outputs, begin, end: F.reshape(begin[0], shape=(-1,)),
    "summed": lambda F, outputs, begin, end: F.sum(F.ones_like(begin[0]), axis=0) + 0 * F.sum(end[0], axis=0),
    "product": lambda F, outputs, begin, end: F.dot(begin[0] + 1, end[0], transpose_a=True),
}


@pytest.mark.parametrize("finish", FINISHES)
def test_states_that_meet_anything_else_have_all_their_rows(finish, rng):
    net = Unrolled(rnn.LSTMCell(4, input_size=2), FINISHES[finish])
    assert_same_when_hybridized(net, nd.array(rng.normal(size=(5, 3, 2))))
    with pytest.raises(RuntimeError, match="has no program"):
        net.program()


def test_a_stack_of_cells_with_zoneout_is_trained_when_hybridized(rng):
    stack = rnn.HybridSequentialRNNCell()
    for size in (2, 4):
        cell = rnn.LSTMCell(4, input_size=size)
        cell = rnn.ResidualCell(cell) if size == 4 else cell
        stack.add(rnn.ZoneoutCell(cell, zoneout_states=0.3))
    net = Unrolled(stack)
    net.initialize(init.Xavier())
    net.hybridize()
    x = nd.array(rng.normal(size=(5, 3, 2)))
    for batch in (5, 2):
        assert results(net, x[:batch])[0].shape == (batch, 3, 4)


def test_the_states_of_a_layer_are_spread_by_the_layer(rng):
    class Layered(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.layer = rnn.LSTM(4, input_size=2)

        def hybrid_forward(self, F, x):
            states = self.layer.begin_state(x.shape[1] if F is nd else 0, func=F.zeros)
            return self.layer(x, states)[0]

    net = Layered()
    assert_same_when_hybridized(net, nd.array(rng.normal(size=(3, 5, 2))))
