"""Blocks: names, children, attributes, hooks, what they print."""

import copy
import functools
import pickle
import re
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


def small(prefix="net_"):
    net = nn.Sequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, in_units=2, activation="relu"), nn.Dense(1, in_units=3))
    return net


class Pair(nn.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.first = nn.Dense(2, in_units=2)
            self.second = nn.Dense(2, in_units=2)

    def forward(self, x):
        return self.second(self.first(x))


# --------------------------------------------------------------------------------------------------------- names


def test_blocks_of_a_class_are_counted():
    first, second = nn.Dense(1), nn.Dense(1)
    count = int(first.name.removeprefix("dense"))
    assert second.name == f"dense{count + 1}"
    assert second.prefix == f"dense{count + 1}_"


def test_a_scope_counts_for_itself_and_puts_its_prefix_in_front():
    assert list(small().collect_params()) == [
        "net_dense0_weight",
        "net_dense0_bias",
        "net_dense1_weight",
        "net_dense1_bias",
    ]
    assert list(small().collect_params()) == list(small().collect_params())


def test_scopes_nest():
    outer = nn.Sequential(prefix="outer_")
    with outer.name_scope():
        inner = nn.Sequential(prefix="inner_")
        with inner.name_scope():
            assert nn.Dense(1).prefix == "outer_inner_dense0_"
        assert nn.Dense(1).prefix == "outer_dense0_"


def test_an_empty_prefix_leaves_the_names_to_the_outside():
    net = nn.Sequential(prefix="")
    with net.name_scope():
        layer = nn.Dense(1)
    assert net.name == ""
    assert not layer.name.startswith("_")


def test_an_exception_in_a_scope_ends_the_scope():
    net = nn.Sequential(prefix="net_")
    with pytest.raises(RuntimeError), net.name_scope():
        raise RuntimeError
    assert not nn.Dense(1).prefix.startswith("net_")


def test_an_activation_inside_a_layer_is_named_after_both():
    layer = nn.Dense(1, activation="relu", prefix="dense_")
    assert layer.act.name == "dense_relu"


# --------------------------------------------------------------------------------------------------- parameters


def test_collect_params_selects_by_regular_expression_from_the_start():
    net = small()
    assert list(net.collect_params(".*weight")) == ["net_dense0_weight", "net_dense1_weight"]
    assert list(net.collect_params("net_dense0.*|.*bias")) == [
        "net_dense0_weight",
        "net_dense0_bias",
        "net_dense1_bias",
    ]
    assert list(net.collect_params("weight")) == []


def test_params_are_those_of_the_block_alone():
    net = small()
    assert list(net.params) == []
    assert list(net[0].params) == ["net_dense0_weight", "net_dense0_bias"]


def test_shared_parameters_are_the_same_objects():
    first = nn.Dense(2, in_units=2, prefix="a_")
    second = nn.Dense(2, in_units=2, prefix="b_", params=first.params)
    assert second.weight is first.weight
    assert second.name == "b"
    assert list(second.collect_params()) == ["a_weight", "a_bias"]


def test_shared_parameters_of_another_shape_are_refused():
    first = nn.Dense(2, in_units=2)
    with pytest.raises(AssertionError, match="desired attribute does not match"):
        nn.Dense(3, in_units=2, params=first.params)


def test_training_one_of_two_blocks_that_share_changes_both():
    first = nn.Dense(2, in_units=2)
    second = nn.Dense(2, in_units=2, params=first.params)
    first.initialize(mx.init.One())
    first.weight.set_data(nd.zeros((2, 2)))
    assert second(nd.ones((1, 2))).asnumpy().tolist() == [[0.0, 0.0]]


def test_blocks_in_a_list_are_warned_about():
    class Hidden(nn.Block):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(2)]

    with pytest.warns(UserWarning, match='"Hidden.layers" is an unregistered container'):
        Hidden().collect_params()


def test_blocks_in_a_list_that_are_registered_are_fine():
    class Listed(nn.Block):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(2)]
            self.register_child(self.layers[0])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(Listed().collect_params()) == 2


def test_cast_reaches_everything_but_the_statistics_of_half_precision():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=2), nn.BatchNorm(in_channels=2))
    net.initialize()
    net.cast("float16")
    assert {p.data().dtype.__name__ for p in net[0].params.values()} == {"float16"}
    assert {p.data().dtype.__name__ for p in net[1].params.values()} == {"float32"}
    net.cast("float64")
    assert net(nd.ones((3, 2), dtype="float64")).dtype.__name__ == "float64"


# ------------------------------------------------------------------------------------------ children, attributes


def test_a_block_that_becomes_an_attribute_is_a_child():
    net = Pair(prefix="pair_")
    assert list(net._children) == ["first", "second"]
    assert next(iter(net.collect_params())) == "pair_dense0_weight"


def test_an_attribute_replaced_by_a_block_of_its_class_replaces_the_child():
    net = Pair()
    net.first = nn.Dense(5, in_units=2)
    assert list(net._children) == ["first", "second"]
    assert net._children["first"].weight.shape == (5, 2)


def test_an_attribute_that_is_a_block_cannot_become_something_else():
    net = Pair()
    with pytest.raises(TypeError, match="Changing attribute type for first"):
        net.first = nn.Dropout(0.5)
    with pytest.raises(TypeError, match="Changing attribute type for first"):
        net.first = 3


def test_a_parameter_attribute_cannot_be_overwritten():
    layer = nn.Dense(2)
    with pytest.raises(AssertionError, match="Overriding Parameter attribute weight"):
        layer.weight = gluon.Parameter("other")


def test_an_attribute_before_super_init_is_an_ordinary_attribute_error():
    class TooEarly(nn.Block):
        def __init__(self):
            self.layer = nn.Dense(2)
            super().__init__()

    with pytest.raises(AttributeError, match="_children"):
        TooEarly()


def test_what_is_no_block_cannot_be_a_child():
    with pytest.raises(TypeError, match=r"nn\.Lambda"):
        nn.Sequential().add(abs)


def test_a_hybrid_block_has_hybrid_children_only():
    with pytest.raises(ValueError, match="must also be HybridBlock"):
        nn.HybridSequential().add(nn.Sequential())


def test_apply_visits_children_first_and_returns_the_block():
    net, seen = small(), []
    assert net.apply(lambda block: seen.append(type(block).__name__)) is net
    assert seen == ["Activation", "Dense", "Dense", "Sequential"]


def test_sequences_are_indexed_and_sliced():
    net = small()
    assert len(net) == 2
    assert net[0] is next(iter(net))
    assert net[-1] is net[1]
    part = net[0:1]
    assert type(part) is nn.Sequential
    assert part[0] is net[0]
    assert part.prefix == net.prefix
    assert len(net[5:6]) == 0
    with pytest.raises(IndexError):
        net[2]


def test_an_empty_sequence_is_true_and_passes_its_input_on():
    net = nn.Sequential()
    assert net
    x = nd.ones((2,))
    assert net(x) is x


def test_a_sequence_hands_several_outputs_to_the_next_block():
    net = nn.Sequential()
    net.add(nn.Lambda(lambda x: (x, x + 1)), nn.Lambda(lambda a, b: a + b))
    assert net(nd.ones((2,))).asnumpy().tolist() == [3.0, 3.0]


# ---------------------------------------------------------------------------------------------------------- repr


def test_a_network_prints_its_layers():
    net = small()
    assert repr(net) == "Sequential(\n  (0): Dense(2 -> 3, Activation(relu))\n  (1): Dense(3 -> 1, linear)\n)"
    assert repr(nn.Sequential()) == "Sequential(\n\n)"
    outer = nn.HybridSequential()
    outer.add(nn.HybridSequential())
    assert repr(outer) == "HybridSequential(\n  (0): HybridSequential(\n  \n  )\n)"


def test_own_blocks_print_their_attributes():
    assert repr(Pair()) == "Pair(\n  (first): Dense(2 -> 2, linear)\n  (second): Dense(2 -> 2, linear)\n)"


# --------------------------------------------------------------------------------------------------------- hooks


def test_hooks_see_inputs_and_output_until_they_are_detached():
    layer, calls = nn.Dense(2, in_units=2), []
    layer.initialize()
    before = layer.register_forward_pre_hook(lambda block, inputs: calls.append((block, len(inputs))))
    after = layer.register_forward_hook(lambda block, inputs, output: calls.append(output.shape))
    layer(nd.ones((3, 2)))
    assert calls == [(layer, 1), (3, 2)]
    before.detach()
    after.detach()
    layer(nd.ones((3, 2)))
    assert len(calls) == 2


def test_a_hook_may_detach_itself():
    layer = nn.Dense(2, in_units=2)
    layer.initialize()
    handle = layer.register_forward_hook(lambda *_: handle.detach())
    layer(nd.ones((1, 2)))
    assert not layer._forward_hooks


def test_hooks_do_not_see_the_solving_of_shapes():
    layer, shapes = nn.Dense(2, activation="relu"), []
    layer.act.register_forward_hook(lambda block, inputs, output: shapes.append(output.asnumpy().shape))
    layer.initialize()
    layer(nd.ones((3, 4)))
    assert shapes == [(3, 2)]


# -------------------------------------------------------------------------------------------------------- errors


def test_an_error_says_which_layer_it_comes_from_and_what_to_write():
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(10, in_units=256))
    net.initialize()
    with pytest.raises(mx.MXNetError) as caught:
        net(nd.ones((2, 784)))
    lines = str(caught.value).splitlines()
    assert lines[0] == "FullyConnected (layer 'net_dense0'): weight does not fit data"
    assert lines[1].startswith("  received: data (2, 784) float32 cpu(0)")
    assert lines[2].startswith("  because:  data has 784 features a row, weight takes 256")
    assert lines[3] == "  try:      nn.Dense(10, in_units=784), or leave in_units out to have it inferred"


def test_a_forward_that_is_not_written_is_named():
    with pytest.raises(NotImplementedError, match=r"Block\.forward"):
        nn.Block()(nd.ones((1,)))
    with pytest.raises(NotImplementedError, match=r"HybridBlock\.hybrid_forward"):
        nn.HybridBlock()(nd.ones((1,)))


def test_a_hybrid_block_takes_arrays():
    with pytest.raises(ValueError, match="there must be one NDArray"):
        nn.Dense(2)([1, 2])
    with pytest.raises(TypeError):
        nn.Dense(2)()


def test_an_unknown_argument_of_a_layer_is_a_type_error():
    with pytest.raises(TypeError, match="units_in"):
        nn.Dense(2, units_in=3)


def test_a_hybrid_block_runs_in_the_context_of_its_input():
    class Shifted(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x + F.ones((1,))

    y = Shifted()(nd.ones((1,), ctx=mx.cpu(1)))
    assert y.context == mx.cpu(1)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_of_a_network_trains_on_its_own(duplicate):
    net = small()
    net.initialize(mx.init.One())
    twin = duplicate(net)
    trainer = gluon.Trainer(twin.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        y = twin(nd.ones((1, 2)))
    y.backward()
    trainer.step(1)
    assert twin[1].bias.data().asscalar() == np.float32(-0.1)
    assert net[1].bias.data().asscalar() == 0
    assert twin[0].weight.grad() is not net[0].weight.grad()
    assert repr(twin) == repr(net)


def test_a_copy_of_a_network_that_waits_for_its_shape_waits_as_well():
    twin = copy.deepcopy(nn.Dense(2))
    twin.initialize()
    assert copy.deepcopy(twin)(nd.ones((1, 3))).shape == (1, 2)
    assert twin.weight.shape == (2, 0)


def test_old_names_of_saving_still_work(tmp_path):
    layer = nn.Dense(2, in_units=2, prefix="dense_")
    layer.initialize(mx.init.One())
    path = str(tmp_path / "layer.params")
    with pytest.warns(DeprecationWarning, match="save_parameters"):
        layer.save_params(path)
    other = nn.Dense(2, in_units=2)
    with pytest.warns(DeprecationWarning, match="load_parameters"):
        other.load_params(path)
    assert other.weight.data().asnumpy().tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "first",
    [
        lambda block: setattr(block, "layer", nn.Dense(2)),
        lambda block: setattr(block, "weight", gluon.Parameter("weight", shape=(1,))),
        lambda block: block.params,
        lambda block: block.register_child(nn.Dense(2)),
    ],
    ids=["child", "parameter", "params", "register"],
)
def test_a_constructor_that_forgot_the_one_above_is_told_so(first):
    class Forgetful(nn.HybridBlock):
        def __init__(self):
            first(self)

    with pytest.raises(
        AttributeError, match=r"super\(\).__init__\(\*\*kwargs\) as the first line of Forgetful"
    ):
        Forgetful()


def test_a_selection_that_is_no_regular_expression_is_explained():
    with pytest.raises(re.error, match=r"(?s)'\*weight' is no regular expression.*'\.\*weight'"):
        nn.Dense(2).collect_params("*weight")


@pytest.mark.parametrize("kind", [nn.Sequential, nn.HybridSequential])
@pytest.mark.parametrize("count", [1, 2])
def test_a_sequence_is_told_how_blocks_come_into_it(kind, count):
    layers = [nn.Dense(2) for _ in range(count)]
    for given in (layers, [layers]):
        with pytest.raises(TypeError, match=rf"net = {kind.__name__}\(\); net.add\(\.\.\.\)"):
            kind(*given)


def test_shared_parameters_are_those_of_a_block():
    with pytest.raises(TypeError, match=r"Dense: prefix is text(?s:.*)params=other.params"):
        nn.Dense(2, params={"weight": nd.ones((2, 2))})


def test_functions_without_a_name_make_blocks():
    summed = functools.partial(nd.sum, axis=1)
    assert repr(nn.Lambda(summed)) == "Lambda(partial)"
    assert nn.Lambda(summed)(nd.ones((2, 3))).asnumpy().tolist() == [3.0, 3.0]
    hybrid = nn.HybridLambda(functools.partial(lambda F, x, axis: F.sum(x, axis=axis), axis=0))
    hybrid.hybridize()
    assert hybrid(nd.ones((2, 3))).asnumpy().tolist() == [2.0, 2.0, 2.0]
