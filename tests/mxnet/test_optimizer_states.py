"""Updaters, and the states of optimisers as bytes: Glueball's own and those of the real MXNet."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, optimizer
from tests.mxnet.test_optimizer_formulas import every_case

# --------------------------------------------------------------------------------------------------------- updater


def test_an_updater_keeps_states_by_index():
    updater = optimizer.get_updater(optimizer.create("sgd", momentum=0.9))
    weight = nd.ones((2,))
    updater(0, nd.ones((2,)), weight)
    updater("name", nd.ones((2,)), weight)
    updater([], [], [])
    assert list(updater.states) == [0, "name"]
    np.testing.assert_allclose(updater.states[0].asnumpy(), [-0.01, -0.01])


@every_case
def test_training_goes_on_from_bytes(name, options, seed):
    """Half of the steps, states and settings through bytes, the other half: as if nothing had been between."""
    source = np.random.RandomState(seed)
    gradients = [nd.array(source.standard_normal((2, 3))) for _ in range(6)]

    def updater():
        return optimizer.get_updater(optimizer.create(name, learning_rate=0.1, **options))

    whole, first, second = updater(), updater(), updater()
    weights = {each: nd.ones((2, 3)) for each in ("whole", "interrupted")}
    mx.random.seed(1)
    for gradient in gradients:
        whole(0, gradient, weights["whole"])
    mx.random.seed(1)
    for gradient in gradients[:3]:
        first(0, gradient, weights["interrupted"])
    second.set_states(first.get_states(dump_optimizer=True))
    for gradient in gradients[3:]:
        second(0, gradient, weights["interrupted"])
    np.testing.assert_array_equal(*(each.asnumpy() for each in weights.values()))


def test_bytes_with_the_optimiser_bring_its_settings():
    updater = optimizer.get_updater(optimizer.create("adam", learning_rate=0.5))
    updater(0, nd.ones((2,)), nd.ones((2,)))
    other = optimizer.get_updater(optimizer.create("adam"))
    other.set_states(updater.get_states(dump_optimizer=True))
    assert other.optimizer.lr == 0.5
    assert other.optimizer._index_update_count == {0: 1}


def test_bytes_that_are_no_states_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    for content in (b"", b"rubbish", b"\x80\x04K\x01."):
        with pytest.raises(mx.MXNetError):
            updater.set_states(content)


def test_states_that_no_file_can_hold_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    updater.states[0] = object()
    with pytest.raises(TypeError, match="consists of arrays, numbers and tuples"):
        updater.get_states()
