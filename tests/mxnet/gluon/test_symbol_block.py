"""Graphs as blocks: what their parameters are called, where they come from, what a call returns."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import SymbolBlock, nn


def affine(data, name="fc", units=2, **kwargs):
    return mx.sym.FullyConnected(data, num_hidden=units, name=name, **kwargs)


def normalised(data):
    return affine(mx.sym.BatchNorm(affine(data, "net_x"), name="net_b"), "net_y")


def names_in_file(block, path):
    block.save_parameters(path)
    return sorted(nd.load(path))


class Finetuned(nn.HybridBlock):
    """A new layer behind the graph of a trained network, as detectors are made."""

    def __init__(self, base, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            data = mx.sym.var("data")
            self.features = SymbolBlock(base(data), data, params=base.collect_params())
            self.output = nn.Dense(2)

    def hybrid_forward(self, F, x):
        return self.output(self.features(x))


def trained():
    base = nn.HybridSequential(prefix="base_")
    with base.name_scope():
        base.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=4))
    base.initialize(init.Constant(3))
    return base


def test_a_block_made_inside_a_scope_shares_the_parameters_that_it_is_given():
    base = trained()
    net = Finetuned(base, prefix="net_")
    x = nd.ones((1, 3))
    assert (net.features(x) == base(x)).asnumpy().all()
    assert net.features.params["base_dense0_weight"] is base[0].weight
    assert set(net.collect_params()) > set(base.collect_params())


def test_its_parameters_are_called_as_the_variables_and_the_block_is_counted():
    data = mx.sym.var("data")
    with mx.name.NameManager():
        first, second = SymbolBlock(affine(data), data), SymbolBlock(affine(data), data)
    assert (first.name, second.name) == ("symbolblock0", "symbolblock1")
    assert first.prefix == first.params.prefix == ""
    assert list(first.collect_params()) == ["fc_weight", "fc_bias"]


def test_statistics_stand_behind_what_is_learned():
    data = mx.sym.var("data")
    names = list(SymbolBlock(normalised(data), data).collect_params())
    assert names == [
        *("net_x_weight", "net_x_bias", "net_b_gamma", "net_b_beta", "net_y_weight", "net_y_bias"),
        *("net_b_moving_mean", "net_b_moving_var"),
    ]


def test_names_in_a_file_lack_what_all_of_them_begin_with(tmp_path):
    path = str(tmp_path / "x.params")
    data = mx.sym.var("data")
    net = nn.HybridSequential()
    net.add(SymbolBlock(normalised(data), data))
    net.initialize(init.One())
    expected = net(nd.ones((2, 3)))
    assert names_in_file(net, path) == [
        *("0.b_beta", "0.b_gamma", "0.b_moving_mean", "0.b_moving_var"),
        *("0.x_bias", "0.x_weight", "0.y_bias", "0.y_weight"),
    ]
    other = nn.HybridSequential()
    other.add(SymbolBlock(normalised(data), data))
    other.load_parameters(path)
    assert (other(nd.ones((2, 3))) == expected).asnumpy().all()


def test_a_block_alone_writes_full_names_which_can_be_imported(tmp_path):
    graph, path = str(tmp_path / "x-symbol.json"), str(tmp_path / "x.params")
    data = mx.sym.var("data")
    block = SymbolBlock(affine(data), data)
    block.initialize(init.Constant(2))
    block(nd.ones((1, 3)))
    assert names_in_file(block, path) == ["fc_bias", "fc_weight"]
    affine(data).save(graph)
    other = SymbolBlock(affine(data), data)
    other.load_parameters(path)
    for each in (other, SymbolBlock.imports(graph, "data", path)):
        assert each(nd.ones((1, 3))).asnumpy().tolist() == [[8.0, 8.0]]


def test_a_block_alone_reads_short_names_as_the_real_mxnet_writes_them(tmp_path):
    path = str(tmp_path / "x.params")
    nd.save(path, {"weight": nd.ones((2, 3)), "bias": nd.ones((2,))})
    data = mx.sym.var("data")
    block = SymbolBlock(affine(data), data)
    block.load_parameters(path)
    assert block(nd.ones((1, 3))).asnumpy().tolist() == [[4.0, 4.0]]


@pytest.mark.parametrize("attribute", [{"__init__": init.One()}, {"__init__": init.One().dumps()}])
def test_initialisers_of_variables_do_not_count(attribute):
    data = mx.sym.var("data")
    block = SymbolBlock(affine(data, attr=attribute), data)
    block.initialize(init.Constant(5))
    assert block(nd.ones((1, 3))).asnumpy().tolist() == [[20.0, 20.0]]


def test_parameters_are_filled_in_the_order_of_the_graph():
    data = mx.sym.var("data")
    mx.random.seed(1)
    block = SymbolBlock(normalised(data), data)
    block.initialize(init.Uniform(1))
    block(nd.ones((2, 3)))
    mx.random.seed(1)
    # gamma is fixed at 1, but takes its numbers
    sizes = {
        "x_weight": 6,
        "x_bias": 2,
        "b_gamma": 2,
        "b_beta": 2,
        "b_moving_mean": 2,
        "b_moving_var": 2,
        "y_weight": 4,
    }
    for name, size in sizes.items():
        drawn = nd.random.uniform(-1, 1, shape=(size,)).asnumpy()
        if name != "b_gamma":
            got = block.collect_params()[f"net_{name}"].data().asnumpy().ravel()
            np.testing.assert_array_equal(got, drawn, err_msg=name)


def test_outputs_are_nested_as_the_symbols_were():
    data = mx.sym.var("data")
    block = SymbolBlock([data * 2, [data * 3, data * 4]], data)
    two, (three, four) = block(nd.ones((1,)))
    assert [each.asscalar() for each in (two, three, four)] == [2, 3, 4]
    two, (three, four) = block(mx.sym.var("x"))
    assert four.eval(x=nd.ones((1,)))[0].asscalar() == 4
    assert SymbolBlock([data * 2], [data])(nd.ones((1,))).asscalar() == 2


def test_a_block_of_a_graph_is_exported_by_itself(tmp_path):
    data = mx.sym.var("data")
    block = SymbolBlock(normalised(data), data)
    block.initialize(init.One())
    block.hybridize()
    expected = block(nd.ones((2, 3)))
    files = block.export(str(tmp_path / "net"))
    again = SymbolBlock.imports(files[0], "data", files[1])
    assert (again(nd.ones((2, 3))) == expected).asnumpy().all()


def test_a_block_of_a_graph_is_trained_by_a_train_step():
    data = mx.sym.var("data")
    block = SymbolBlock(affine(data), data)
    block.initialize(init.One())
    block(nd.ones((1, 3)))
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    step = gluon.TrainStep(block, gluon.loss.L2Loss(), trainer)
    step(nd.ones((1, 3)), nd.zeros((1, 2)))
    assert block.params["fc_bias"].data().asnumpy().tolist() == pytest.approx([0.8, 0.8])


def test_gradients_reach_shared_parameters():
    base = trained()
    net = Finetuned(base)
    net.output.initialize(init.One())
    with autograd.record():
        loss = net(nd.ones((1, 3))).sum()
    loss.backward()
    assert base[1].bias.grad().asnumpy().tolist() == [2.0, 2.0]


def test_a_numpy_array_is_refused_as_by_other_blocks():
    data = mx.sym.var("data")
    with pytest.raises(ValueError, match=r"must be one NDArray or one Symbol(?s:.*)received: ndarray"):
        SymbolBlock(data * 2, data)(np.ones(2))
