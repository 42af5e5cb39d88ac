"""Names of blocks together with those of symbols: one manager counts both, and scopes of either kind hold for both."""

import threading

import pytest

import mxnet as mx
from mxnet.gluon import nn
from mxnet.name import NameManager, Prefix


@pytest.fixture(autouse=True)
def fresh():
    with NameManager():
        yield


def relu(**kwargs):
    return mx.sym.relu(mx.sym.var("x"), **kwargs).name


def test_a_prefix_stands_before_the_names_of_blocks_that_have_none_of_their_own():
    with Prefix("p_"):
        layer, own, net = nn.Dense(2), nn.Dense(2, prefix="own_"), nn.HybridSequential()
        with net.name_scope():
            net.add(nn.Dense(2))
    assert list(layer.collect_params()) == ["p_dense0_weight", "p_dense0_bias"]
    assert own.prefix == "own_"
    assert net[0].prefix == "p_hybridsequential0_dense0_"


def test_a_manager_counts_blocks_afresh():
    def prefixes():
        return nn.Dense(2).prefix, nn.Dense(2).prefix

    assert prefixes() == ("dense0_", "dense1_")
    with NameManager():
        assert prefixes() == ("dense0_", "dense1_")
    assert prefixes() == ("dense2_", "dense3_")


def test_blocks_and_symbols_are_counted_together():
    assert [nn.Activation("relu").name, nn.Activation("relu").name, relu()] == ["relu0", "relu1", "relu2"]


def test_the_scope_of_a_block_holds_for_symbols():
    net, inner = nn.HybridSequential(prefix="net_"), nn.HybridSequential(prefix="inner_")
    with net.name_scope():
        assert [relu(), relu(name="own"), mx.sym.var("v").name] == ["net_relu0", "net_own", "v"]
        with Prefix("p_"):
            assert nn.Dense(2).prefix == "net_dense0_"
            assert relu() == "p_relu0"
        with inner.name_scope():
            assert relu() == "inner_relu0"
    assert relu() == "relu0"


def test_a_scope_that_ends_with_an_exception_ends_for_symbols():
    with pytest.raises(ZeroDivisionError), nn.Sequential(prefix="net_").name_scope():
        raise ZeroDivisionError
    assert relu() == "relu0"


def test_each_thread_counts_for_itself():
    nn.Dense(2)
    found = []
    thread = threading.Thread(target=lambda: found.append(nn.Dense(2).prefix))
    thread.start()
    thread.join()
    assert found == ["dense0_"]
