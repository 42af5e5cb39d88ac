"""Executors tell a callback what goes on inside; names and order were printed by MXNet 1.9.1."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

FORWARD = (
    "c_output bn_output dr_output p_output re_output p2_output _plus0_output sp_output0 sp_output1 _mul0_output "
    "fc_output softmax_output"
)
# MXNet also tells sums and zeros of its own, and those of _plus0 and sp in other forms.
BACKWARD = (
    "softmax_backward_output0 softmax_backward_output1 fc_backward_output0 fc_backward_output1 "
    "_mul0_backward_output0 _mul0_backward_output1 sp_backward_output _plus0_backward_output0 "
    "_plus0_backward_output1 p2_backward_output re_backward_output p_backward_output dr_backward_output "
    "bn_backward_output0 bn_backward_output1 bn_backward_output2 c_backward_output0 c_backward_output1 "
    "c_backward_output2"
)


@pytest.fixture
def network():
    x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=2, name="c")
    x = sym.Dropout(sym.BatchNorm(x, name="bn"), name="dr")
    left = sym.Pooling(x, kernel=(2, 2), pool_type="max", name="p")
    right = sym.Pooling(sym.relu(x, name="re"), kernel=(2, 2), pool_type="avg", name="p2")
    with mx.name.NameManager():
        halves = sym.split(left + right, num_outputs=2, axis=1, name="sp")
        x = halves[0] * halves[1]
    x = sym.FullyConnected(x, num_hidden=3, no_bias=True, name="fc")
    return sym.SoftmaxOutput(x, name="softmax")


@pytest.fixture
def run(network, rng):
    run = network.simple_bind(mx.cpu(), data=(2, 1, 6, 6))
    for array in run.arg_dict.values():
        array[:] = nd.array(rng.uniform(size=array.shape))
    return run


@pytest.fixture
def told(run):
    told = []
    run.set_monitor_callback(lambda name, array: told.append((name, array)))
    return told


def names(told):
    return " ".join(name for name, _ in told)


def test_outputs_of_all_calls_are_told_in_order(run, told):
    run.forward()
    assert names(told) == FORWARD


def test_gradients_of_the_inputs_of_calls_are_told_from_the_last_call_on(run, told):
    run.forward(is_train=True)
    told.clear()
    run.backward()
    assert names(told) == BACKWARD


def test_the_last_output_and_the_first_gradients_are_those_of_the_executor(run, told):
    output = run.forward(is_train=True)[0]
    assert np.array_equal(told[-1][1].asnumpy(), output.asnumpy())
    run.backward()
    gradients = dict(told)
    for name, place in (("data", 0), ("c_weight", 1), ("c_bias", 2)):
        told_one = gradients[f"c_backward_output{place}"].asnumpy()
        assert np.array_equal(told_one, run.grad_dict[name].asnumpy())


def test_the_gradient_of_one_use_of_an_array_is_of_this_use_alone():
    x = sym.var("x")
    run = (sym.sin(x, name="s") + sym.cos(x, name="c")).simple_bind(mx.cpu(), x=(1,))
    told = {}
    run.set_monitor_callback(told.__setitem__)
    run.forward(is_train=True, x=nd.array([0.5]))
    run.backward()
    assert told["s_backward_output"].asscalar() == pytest.approx(np.cos(0.5))
    assert told["c_backward_output"].asscalar() == pytest.approx(-np.sin(0.5))
    assert run.grad_dict["x"].asscalar() == pytest.approx(np.cos(0.5) - np.sin(0.5))


def test_results_are_the_same_with_a_callback_and_without(run, seed):
    def step():
        mx.random.seed(seed)
        for state in run.aux_dict.values():
            state[:] = 0
        run.forward(is_train=True)
        run.backward()
        return [array.asnumpy() for array in (*run.outputs, *run.grad_arrays, *run.aux_arrays)]

    alone = step()
    run.set_monitor_callback(lambda name, array: None, monitor_all=True)
    watched = step()
    run.set_monitor_callback(None)
    for one, two, three in zip(alone, watched, step()):
        assert np.array_equal(one, two)
        assert np.array_equal(one, three)


def test_variables_and_the_inputs_of_calls_are_told_if_asked_for(network):
    run = network.get_internals()["c_output"].simple_bind(mx.cpu(), data=(2, 1, 6, 6))
    told = []
    run.set_monitor_callback(lambda name, array: told.append((name, array)), monitor_all=True)
    run.forward()
    assert sorted(names(told).split()) == sorted(
        "data c_data c_weight c_weight c_bias c_bias c_output".split()
    )


def test_an_executor_of_other_shapes_runs_the_same_program():
    run = sym.relu(sym.var("x")).simple_bind(mx.cpu(), x=(2, 3))
    other = run.reshape(x=(1, 3))
    assert other._program is run._program
    assert other.forward(x=nd.ones((1, 3)))[0].shape == (1, 3)
