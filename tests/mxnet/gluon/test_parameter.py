"""Parameters and dictionaries of them."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn


def parameter(shape=(2, 3), **kwargs):
    made = gluon.Parameter("weight", shape=shape, **kwargs)
    made.initialize(init.One())
    return made


# --------------------------------------------------------------------------------------------------- initialising


def test_a_parameter_prints_name_shape_and_type():
    assert (
        repr(gluon.Parameter("w", shape=(2, 0), dtype="float32"))
        == "Parameter w (shape=(2, 0), dtype=float32)"
    )
    assert repr(gluon.Parameter("w", shape=3, dtype="float16")) == "Parameter w (shape=(3,), dtype=float16)"


def test_its_own_initialiser_comes_before_that_of_the_network():
    layer = nn.Dense(2, in_units=3, weight_initializer=init.Constant(5), bias_initializer="ones")
    layer.initialize(init.Zero())
    assert layer.weight.data().asnumpy().tolist() == [[5.0] * 3] * 2
    assert layer.bias.data().asnumpy().tolist() == [1.0, 1.0]


def test_an_initialiser_given_to_the_parameter_itself_comes_first():
    layer = nn.Dense(2, in_units=3, weight_initializer="ones")
    layer.weight.initialize(init.Constant(7))
    assert layer.weight.data().asnumpy().max() == 7


def test_initialising_twice_warns_and_changes_nothing():
    p = parameter()
    with pytest.warns(UserWarning, match="already initialized, ignoring"):
        p.initialize(init.Zero())
    assert p.data().asnumpy().min() == 1


def test_force_reinit_fills_again():
    p = parameter()
    p.initialize(init.Zero(), force_reinit=True)
    assert p.data().asnumpy().max() == 0


def test_an_unknown_initialiser_is_refused_before_anything_happens():
    layer = nn.Dense(2)
    with pytest.raises(AssertionError, match="xavierr is not registered"):
        layer.initialize("xavierr")


def test_an_unknown_shape_is_refused_unless_it_may_be_deferred():
    with pytest.raises(ValueError, match="invalid shape"):
        gluon.Parameter("w", shape=(2, 0)).initialize()
    with pytest.raises(ValueError, match="invalid shape: None"):
        gluon.Parameter("w").initialize()


def test_use_before_initialisation_names_the_parameter():
    p = gluon.Parameter("w", shape=(2,))
    for use in (p.data, p.grad, p.list_data, p.list_grad, p.list_ctx):
        with pytest.raises(RuntimeError, match="'w' has not been initialized"):
            use()


def test_use_before_the_shape_is_known_says_both_ways_out():
    layer = nn.Dense(2, prefix="dense_")
    layer.initialize()
    for use in (layer.weight.data, layer.weight.grad, layer.weight.list_data):
        with pytest.raises(gluon.DeferredInitializationError, match="one batch") as caught:
            use()
        assert "(2, 0)" in str(caught.value)
        assert "in_units" in str(caught.value)
    assert isinstance(caught.value, mx.MXNetError)
    assert layer.weight.list_ctx() == [mx.cpu()]


# ------------------------------------------------------------------------------------------------------- contexts


def test_a_parameter_has_an_equal_copy_in_each_context():
    p = gluon.Parameter("weight", shape=(2,))
    p.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    first, second = p.list_data()
    assert (first.context, second.context) == (mx.cpu(0), mx.cpu(1))
    assert first.asnumpy().tolist() == second.asnumpy().tolist()
    first[:] = 0
    assert second.asnumpy().any()
    assert p.data() is first
    assert p.data(mx.cpu(1)) is second
    with mx.cpu(1):
        assert p.data() is second


def test_another_context_is_refused_with_both_ways_out():
    layer = nn.Dense(2, in_units=2)
    layer.initialize()
    with pytest.raises(RuntimeError, match=r"was not initialized on context cpu\(1\)"):
        layer(nd.ones((1, 2), ctx=mx.cpu(1)))


def test_the_only_array_is_found_whatever_the_current_context():
    p = gluon.Parameter("weight", shape=(2,))
    p.initialize(ctx=mx.cpu(1))
    assert p.data().context == mx.cpu(1)
    assert p.data(mx.cpu(1)) is p.data()


def test_reset_ctx_moves_and_averages():
    p = gluon.Parameter("weight", shape=(2,))
    p.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    p.list_data()[0][:] = 1
    p.list_data()[1][:] = 3
    p.reset_ctx(mx.cpu(2))
    assert p.list_ctx() == [mx.cpu(2)]
    assert p.data().asnumpy().tolist() == [2.0, 2.0]
    assert p.grad().context == mx.cpu(2)


def test_reset_ctx_of_a_deferred_parameter_changes_where_it_will_be():
    layer = nn.Dense(2)
    layer.initialize()
    layer.collect_params().reset_ctx(mx.cpu(1))
    layer(nd.ones((1, 3), ctx=mx.cpu(1)))
    assert layer.weight.list_ctx() == [mx.cpu(1)]


def test_reset_ctx_before_initialisation_is_an_error():
    with pytest.raises(ValueError, match="has not been initialized"):
        gluon.Parameter("w", shape=(2,)).reset_ctx(mx.cpu())


def test_a_text_is_no_context():
    with pytest.raises(TypeError, match="ctx is a context"):
        gluon.Parameter("w", shape=(2,)).initialize(ctx="cpu")


# ------------------------------------------------------------------------------------------------------ gradients


def trained_once(p):
    with autograd.record():
        y = (p.data() * 2).sum()
    y.backward()
    return p


def test_write_replaces_the_gradient_and_add_adds_to_it():
    p = trained_once(trained_once(parameter()))
    assert p.grad().asnumpy().tolist() == [[2.0] * 3] * 2
    p.grad_req = "add"
    trained_once(trained_once(p))
    assert p.grad().asnumpy().tolist() == [[4.0] * 3] * 2
    p.zero_grad()
    assert not p.grad().asnumpy().any()


def test_null_has_no_gradient():
    p = parameter(grad_req="null")
    for read in (p.grad, p.list_grad):
        with pytest.raises(RuntimeError, match="grad_req='null'"):
            read()
    p.zero_grad()
    with autograd.record():
        y = p.data() * 2
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_grad_req_can_change_after_initialisation():
    p = parameter()
    p.grad_req = "null"
    with pytest.raises(RuntimeError):
        p.grad()
    p.grad_req = "write"
    assert trained_once(p).grad().asnumpy().tolist() == [[2.0] * 3] * 2


def test_what_is_not_differentiable_stays_without_gradient():
    p = gluon.Parameter("mean", shape=(2,), differentiable=False)
    p.grad_req = "write"
    assert p.grad_req == "null"


def test_an_unknown_grad_req_is_refused():
    with pytest.raises(AssertionError, match="grad_req must be one of"):
        gluon.Parameter("w", grad_req="wirte")


def test_the_gradient_array_stays_the_same_object():
    p = parameter()
    before = p.grad()
    trained_once(p)
    assert p.grad() is before


# ------------------------------------------------------------------------------------------------- shape and data


def test_unknown_lengths_of_a_shape_can_be_set_and_known_ones_cannot():
    p = gluon.Parameter("w", shape=(2, 0))
    p.shape = (2, 5)
    assert p.shape == (2, 5)
    with pytest.raises(AssertionError, match="incompatible"):
        p.shape = (3, 5)
    with pytest.raises(AssertionError, match="incompatible"):
        p.shape = (2, 5, 1)


def test_set_data_writes_into_the_same_array():
    p = parameter()
    array = p.data()
    p.set_data(nd.zeros((2, 3)))
    assert p.data() is array
    assert not array.asnumpy().any()
    p.set_data(np.full((2, 3), 4))
    assert array.asnumpy().max() == 4
    assert array.dtype == np.float32


def test_set_data_of_another_shape_changes_nothing():
    p = parameter()
    with pytest.raises(AssertionError, match="incompatible"):
        p.set_data(nd.zeros((2, 4)))
    assert p.shape == (2, 3)


def test_set_data_makes_a_deferred_parameter_known():
    layer = nn.Dense(2, use_bias=False)
    layer.initialize()
    layer.weight.set_data(nd.ones((2, 4)))
    assert layer(nd.ones((1, 4))).asnumpy().tolist() == [[4.0, 4.0]]


def test_set_data_before_initialisation_is_an_error():
    with pytest.raises(AssertionError, match="has not been initialized"):
        gluon.Parameter("w", shape=(2,)).set_data(nd.ones((2,)))


def test_set_data_does_not_keep_the_given_array():
    p, data = parameter(), nd.zeros((2, 3))
    p.set_data(data)
    data[:] = 9
    assert not p.data().asnumpy().any()


def test_cast_changes_data_and_gradient():
    p = parameter()
    p.cast("float64")
    assert p.data().dtype == p.grad().dtype == np.float64
    assert p.dtype == "float64"
    trained_once(p)
    assert p.grad().asnumpy().max() == 2


def test_parameters_are_dense():
    p = parameter()
    for read in (p.row_sparse_data, p.list_row_sparse_data):
        with pytest.raises(RuntimeError, match=r"use data\(\)"):
            read(nd.ones((1,)))
    with pytest.raises(AssertionError, match="stype"):
        gluon.Parameter("w", stype="sparse")


# ------------------------------------------------------------------------------------------------------ constants


def test_a_constant_is_not_trained():
    params = gluon.ParameterDict()
    c = params.get_constant("c", [[1, 2], [3, 4]])
    params.initialize(init.Zero())
    assert c.data().asnumpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.warns(UserWarning, match='other than "null"'):
        c.grad_req = "write"
    assert c.grad_req == "null"
    with pytest.raises(RuntimeError, match="grad_req='null'"):
        c.grad()


def test_a_constant_of_a_block_is_used_in_its_forward():
    class Shift(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.shift = self.params.get_constant("shift", nd.array([1.0, 2.0]))

        def hybrid_forward(self, F, x, shift):
            return F.broadcast_add(x, shift)

    block = Shift()
    block.initialize()
    assert block(nd.zeros((1, 2))).asnumpy().tolist() == [[1.0, 2.0]]


# --------------------------------------------------------------------------------------------------- dictionaries


def test_get_makes_a_parameter_once():
    params = gluon.ParameterDict("net_")
    made = params.get("weight", shape=(2, 0))
    assert made.name == "net_weight"
    assert params.get("weight", shape=(2, 3)) is made
    assert made.shape == (2, 3)
    assert params["net_weight"] is made
    assert "net_weight" in params
    assert "weight" not in params


@pytest.mark.parametrize("wanted", [{"shape": (4, 3)}, {"shape": (2, 3, 1)}, {"dtype": "float16"}])
def test_get_refuses_what_does_not_agree(wanted):
    params = gluon.ParameterDict()
    params.get("weight", shape=(2, 3))
    with pytest.raises(AssertionError, match="does not match with stored"):
        params.get("weight", **wanted)


def test_a_missing_name_is_a_key_error_with_the_nearest_one():
    params = gluon.ParameterDict("net_")
    params.get("weight", shape=(1,))
    with pytest.raises(KeyError, match="net_weight"):
        params["net_wieght"]


def test_a_shared_dictionary_is_asked_first():
    shared = gluon.ParameterDict("net_")
    weight = shared.get("weight", shape=(1,))
    params = gluon.ParameterDict("net_", shared=shared)
    assert params.get("weight") is weight
    assert params.get("bias", shape=(1,)).name not in shared


def test_update_refuses_two_parameters_of_one_name():
    first, second = gluon.ParameterDict("a_"), gluon.ParameterDict("a_")
    first.get("w")
    second.get("w")
    with pytest.raises(AssertionError, match="different Parameters with the same name 'a_w'"):
        first.update(second)


def test_constants_are_made_once_and_compared():
    params = gluon.ParameterDict("net_")
    c = params.get_constant("c", [1, 2])
    assert params.get_constant("c") is c
    assert params.get_constant("c", [1, 2]) is c
    with pytest.raises(AssertionError, match="match new value"):
        params.get_constant("c", [1, 3])
    with pytest.raises(KeyError, match="No constant named"):
        params.get_constant("d")
    params.get("w", shape=(1,))
    with pytest.raises(AssertionError, match="not a constant"):
        params.get_constant("w", [1])


def test_a_dictionary_works_on_all_its_parameters():
    layer = nn.Dense(2, in_units=2)
    params = layer.collect_params()
    params.initialize(init.One(), ctx=[mx.cpu(0), mx.cpu(1)])
    assert params.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    params.setattr("lr_mult", 0.5)
    assert [p.lr_mult for p in params.values()] == [0.5, 0.5]
    params.setattr("grad_req", "add")
    with autograd.record():
        y = layer(nd.ones((1, 2)))
    y.backward()
    params.zero_grad()
    assert not any(p.grad(mx.cpu(0)).asnumpy().any() for p in params.values())
    assert len(params) == len(list(params)) == 2


def test_an_empty_dictionary_is_true_as_in_mxnet():
    assert gluon.ParameterDict()
    assert repr(gluon.ParameterDict()) == "(\n\n)"


def test_a_dictionary_prints_its_parameters():
    assert repr(nn.Dense(2, in_units=3, prefix="dense_").params) == (
        "dense_ (\n"
        "  Parameter dense_weight (shape=(2, 3), dtype=float32)\n"
        "  Parameter dense_bias (shape=(2,), dtype=float32)\n)"
    )


@pytest.mark.parametrize("units", ["2", 2.0, None])
def test_lengths_of_axes_are_whole_numbers(units):
    with pytest.raises(TypeError, match=r"Parameter 'net_weight': the lengths of its axes are whole numbers"):
        nn.Dense(units, prefix="net_")


def test_a_parameter_of_no_context_says_what_to_do():
    with pytest.raises(RuntimeError, match=r"has not been initialized(?s:.*)net.initialize\(\)"):
        gluon.Parameter("weight", shape=2).list_ctx()
