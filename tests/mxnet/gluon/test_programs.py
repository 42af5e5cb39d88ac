"""What `hybridize` promises: the same results as call by call, whatever a block does, and few programs."""

import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn, rnn


def perceptron():
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu"), nn.Dropout(0.5), nn.BatchNorm(), nn.Dense(3))
    return net


def lenet():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, activation="sigmoid"), nn.MaxPool2D(2, 2), nn.BatchNorm(), nn.Dense(4))
    return net


class Language(nn.HybridBlock):
    def __init__(self, kind, **kwargs):
        super().__init__(**kwargs)
        self.embedding, self.rnn = nn.Embedding(7, 4), kind(5, num_layers=2)
        self.output = nn.Dense(7, flatten=False)

    def hybrid_forward(self, F, x):
        return self.output(self.rnn(self.embedding(x)))


NETWORKS = {
    "perceptron": (perceptron, lambda rng: nd.array(rng.normal(size=(6, 5)))),
    "LeNet": (lenet, lambda rng: nd.array(rng.normal(size=(6, 2, 8, 8)))),
    "LSTM": (lambda: Language(rnn.LSTM), lambda rng: nd.array(rng.integers(0, 7, (5, 3)))),
    "GRU": (lambda: Language(rnn.GRU), lambda rng: nd.array(rng.integers(0, 7, (5, 3)))),
}


def trained(make, x, hybrid, steps=4):
    mx.random.seed(3)
    net = make()
    net.initialize(mx.init.Normal(0.3))
    if hybrid:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
    for _ in range(steps):
        with autograd.record():
            loss = (net(x) ** 2).mean()
        loss.backward()
        trainer.step(1)
    arrays = [parameter.data().asnumpy() for parameter in net.collect_params().values()]
    return net, [net(x).asnumpy(), *arrays]


def calls(block, *inputs):
    """The outputs call by call."""
    block.hybridize(False)
    return block(*inputs)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_learnt_is_the_same(name, rng):
    make, data = NETWORKS[name]
    x = data(rng)
    expected = trained(make, x, hybrid=False)[1]
    net, found = trained(make, x, hybrid=True)
    assert "def program(" in net.program()
    for a, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-6)


def test_every_batch_size_and_shape_is_served_by_two_programs(rng):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3), nn.Flatten(), nn.HybridLambda("relu"))
    net.initialize()
    net.hybridize()
    for size in range(1, 40):
        x = nd.array(rng.normal(size=(size, 1, 4 + size % 3, 5)))
        with autograd.record():
            net(x)
        assert net(x).shape == calls(copy.deepcopy(net), x).shape
    assert net._compilations == 2  # one in training mode, one not


def test_data_of_other_ranks_types_and_contexts_need_no_new_program(rng):
    net = nn.HybridLambda(lambda F, x: F.relu(x) + 1)
    net.hybridize()
    for shape in ((3,), (2, 3), (2, 3, 4)):
        for dtype in ("float32", "float64", "int32"):
            x = nd.array(rng.normal(size=shape) * 5, dtype=dtype)
            y = net(x)
            assert y.dtype == x.dtype
            np.testing.assert_array_equal(y.asnumpy(), np.maximum(x.asnumpy(), 0) + 1)
    assert net(nd.ones((2,), ctx=mx.cpu(1))).context == mx.cpu(1)
    assert net._compilations == 1


class Chooses(nn.HybridBlock):
    """Looks at elements, which no program can."""

    def hybrid_forward(self, F, x):
        return x * 2 if x.sum().asscalar() > 0 else x - 1


class Indexes(nn.HybridBlock):
    """Takes rows, which symbols do not have."""

    def hybrid_forward(self, F, x):
        return x[0] + len(x)


class Loops(nn.HybridBlock):
    def hybrid_forward(self, F, x):
        return F.stack(*[row * 2 for row in x])


class Measures(nn.HybridBlock):
    def hybrid_forward(self, F, x):
        return x.reshape((x.shape[0], -1)).sum(axis=1)


class Closes(nn.HybridBlock):
    """Uses an array from outside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = nd.array([2.0])

    def hybrid_forward(self, F, x):
        return x * self.factor


@pytest.mark.parametrize("kind", [Chooses, Indexes, Loops, Measures, Closes])
def test_a_block_without_a_graph_runs_call_by_call(kind, rng):
    block = kind()
    block.hybridize()
    for x in (nd.ones((2, 3)), -nd.ones((4, 3))):
        np.testing.assert_array_equal(block(x).asnumpy(), calls(kind(), x).asnumpy())
    with pytest.raises(RuntimeError, match="has no program"):
        block.program()
    outer = nn.HybridSequential()
    outer.add(block, nn.HybridLambda("relu"))
    outer.hybridize()
    np.testing.assert_array_equal(outer(nd.ones((2, 3))).asnumpy(), block(nd.ones((2, 3))).asnumpy())


class Remembers(nn.HybridBlock):
    """Keeps what it computed for the next call."""

    last = None

    def hybrid_forward(self, F, x):
        y = x if self.last is None else x + self.last
        self.last = y
        return y


def test_a_block_that_keeps_arrays_on_itself_runs_call_by_call():
    block = Remembers()
    block.hybridize()
    assert [block(nd.ones((1,))).asscalar() for _ in range(4)] == [1, 2, 3, 4]


class Scales(nn.HybridBlock):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def hybrid_forward(self, F, x):
        return x * self.factor


def test_a_changed_attribute_counts_from_the_next_call():
    net = nn.HybridSequential()
    net.add(Scales(2.0), Scales(3.0))
    net.hybridize()
    x = nd.ones((1,))
    assert net(x).asscalar() == 6
    net[1].factor = 5.0
    assert net(x).asscalar() == 10
    net[1].factor = 5.0  # no change, no new program
    before = net._compilations
    assert net(x).asscalar() == 10
    assert net._compilations == before == 2


def test_a_block_that_always_changes_is_left_alone_in_the_end():
    net = Scales(1.0)
    net.hybridize()
    for factor in range(100):
        net.factor = float(factor)
        assert net(nd.ones((1,))).asscalar() == factor
    assert net._compilations <= 33


def test_added_layers_and_other_layers_count():
    net = nn.HybridSequential()
    net.add(Scales(2.0))
    net.hybridize()
    assert net(nd.ones((1,))).asscalar() == 2
    net.add(Scales(3.0))
    assert net(nd.ones((1,))).asscalar() == 6


def test_hooks_see_what_goes_through_their_block():
    net = perceptron()
    net.initialize()
    net.hybridize()
    x = nd.ones((2, 5))
    net(x)
    seen = []
    handle = net[0].register_forward_hook(lambda block, inputs, output: seen.append(output.shape))
    net(x)
    assert seen == [(2, 8)]
    handle.detach()
    net(x)
    assert seen == [(2, 8)]
    assert any(each.program is not None for each in net._programs.values())


def test_one_layer_twice_in_a_network_shares_its_parameters(rng):
    class Twice(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.layer = nn.Dense(4, in_units=4)

        def hybrid_forward(self, F, x):
            return self.layer(F.tanh(self.layer(x)))

    x = nd.array(rng.normal(size=(3, 4)))
    gradients = []
    for hybrid in (False, True):
        mx.random.seed(1)
        net = Twice()
        net.initialize(mx.init.Normal(0.5))
        if hybrid:
            net.hybridize()
        with autograd.record():
            y = net(x).sum()
        y.backward()
        gradients.append(net.layer.weight.grad().asnumpy())
    np.testing.assert_allclose(*gradients, rtol=1e-5)


def test_an_input_that_changes_after_the_call_changes_nothing_before():
    net = nn.HybridLambda(lambda F, x: x + 1)
    net.hybridize()
    x = nd.zeros((2,))
    y = net(x)
    x[:] = 5
    assert y.asnumpy().tolist() == [1, 1]
    same = nn.HybridLambda(lambda F, x: x)
    same.hybridize()
    assert same(x) is x


def test_gradients_of_the_inputs_and_of_gradients(rng):
    net = nn.HybridLambda(lambda F, x: F.exp(x) * x)
    values = rng.normal(size=(3,))
    found = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        x = nd.array(values)
        x.attach_grad()
        with autograd.record():
            (first,) = autograd.grad(net(x), [x], create_graph=True)
            second = first.sum()
        second.backward()
        found.append((first.asnumpy(), x.grad.asnumpy()))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_pause_and_prediction_inside_a_record():
    net = nn.Dropout(0.5)
    net.hybridize()
    x = nd.ones((50, 50))
    with autograd.record():
        assert (net(x) == 0).sum().asscalar() > 0
        with autograd.pause():
            assert (net(x) == 0).sum().asscalar() == 0
        with autograd.predict_mode():
            assert (net(x) == 0).sum().asscalar() == 0


def test_random_numbers_are_drawn_in_the_order_of_the_calls():
    class Adds(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            first, second = F.Dropout(x, p=0.5), F.Dropout(x, p=0.2)
            return second * 10 + first  # the graph is walked from the second

    found = []
    for hybrid in (False, True):
        net = Adds()
        net.hybridize(hybrid)
        mx.random.seed(5)
        with autograd.record():
            found.append(net(nd.ones((4, 5))).asnumpy())
    np.testing.assert_array_equal(*found)


def test_lists_of_inputs_and_outputs_keep_their_structure():
    class Pairs(nn.HybridBlock):
        def hybrid_forward(self, F, x, states, mask=None):
            y = x + states[0] if mask is None else x * mask
            return y, [states[1], (y * 2,)]

    x, states = nd.ones((2,)), [nd.ones((2,)) * 2, nd.ones((2,)) * 3]
    net = Pairs()
    net.hybridize()
    for mask in (None, nd.zeros((2,))):
        y, (first, (second,)) = net(x, states, mask)
        expected = calls(Pairs(), x, states, mask)
        assert (y == expected[0]).asnumpy().all()
        assert first is states[1]
        assert (second == expected[1][1][0]).asnumpy().all()


def test_a_wrong_input_names_the_layer():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=4))
    net.initialize()
    net.hybridize()
    net(nd.ones((1, 3)))
    with pytest.raises(mx.MXNetError, match=r"net_dense0.*\n.*received: data \(1, 7\)"):
        net(nd.ones((1, 7)))
    assert net(nd.ones((1, 3))).shape == (1, 2)


def test_each_compilation_can_be_explained(monkeypatch, capsys):
    monkeypatch.setenv("MXNET_EXPLAIN_RECOMPILES", "1")
    net = Scales(2.0, prefix="scale_")
    net.hybridize()
    net(nd.ones((1,)))
    with autograd.record():
        net(nd.ones((1,)))
    net.factor = 3.0
    net(nd.ones((1,)))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert "the first" in said[0]
    assert "training mode" in said[1]
    assert "scale changed" in said[2]


def test_copies_and_pickles_of_a_hybridized_network_run():
    net = perceptron()
    net.initialize()
    net.hybridize()
    x = nd.ones((2, 5))
    expected = net(x).asnumpy()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other(x).asnumpy(), expected)


def test_inner_results_are_freed_as_they_are_call_by_call():
    net = nn.HybridSequential()
    for _ in range(6):
        net.add(nn.HybridLambda("relu"))
    net.hybridize()
    net(nd.ones((2,)))
    body = net.program()
    assert len({line.split("=")[0].strip() for line in body.splitlines() if " = " in line}) == 1


# ---------------------------------------------------------------------- exported


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_exported_computes_the_same(name, rng, tmp_path):
    make, data = NETWORKS[name]
    x = data(rng)
    net = trained(make, x, hybrid=True, steps=1)[0]
    expected = net(x).asnumpy()
    symbol_file, parameter_file = net.export(str(tmp_path / "net"), epoch=7)
    assert parameter_file.endswith("net-0007.params")
    block = gluon.SymbolBlock.imports(symbol_file, ["data"], parameter_file)
    np.testing.assert_allclose(block(x).asnumpy(), expected, rtol=1e-6, atol=1e-7)
    bound = mx.sym.load(symbol_file).bind(
        mx.cpu(),
        {"data": x, **{k[4:]: v for k, v in nd.load(parameter_file).items() if k.startswith("arg:")}},
        aux_states={k[4:]: v for k, v in nd.load(parameter_file).items() if k.startswith("aux:")},
    )
    np.testing.assert_allclose(bound.forward()[0].asnumpy(), expected, rtol=1e-6, atol=1e-7)


def test_a_variable_of_the_same_name_stands_for_the_input_of_a_graph(rng):
    x = nd.array(rng.normal(size=(6, 5)))
    whole = mx.sym.FullyConnected(
        mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="f1"), num_hidden=3
    )
    block = gluon.SymbolBlock(whole.get_internals()["f1_output"], mx.sym.var("data"))
    block.initialize()
    assert set(block.collect_params()) == {"f1_weight", "f1_bias"}
    result = block(x)
    weight, bias = (block.collect_params()[f"f1_{each}"].data() for each in ("weight", "bias"))
    expected = nd.FullyConnected(x, weight, bias, num_hidden=4)
    np.testing.assert_array_equal(result.asnumpy(), expected.asnumpy())
    assert block(mx.sym.var("other")).list_arguments() == ["other", "f1_weight", "f1_bias"]


def test_an_exported_network_trains_on(rng, tmp_path):
    x = nd.array(rng.normal(size=(6, 5)))
    net = trained(perceptron, x, hybrid=True, steps=1)[0]
    block = gluon.SymbolBlock.imports(
        *[net.export(str(tmp_path / "net"))[0], "data"], f"{tmp_path}/net-0000.params"
    )
    gradients = []
    for each in (net, block):
        mx.random.seed(2)
        with autograd.record():
            loss = (each(x) ** 2).sum()
        loss.backward()
        gradients.append([p.grad().asnumpy() for p in each.collect_params().values() if p.grad_req != "null"])
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_graph_is_a_layer_of_another_network(tmp_path):
    inner = nn.Dense(4, in_units=3)
    inner.initialize()
    inner.hybridize()
    x = nd.ones((2, 3))
    inner(x)
    inner.export(str(tmp_path / "inner"))
    net = nn.HybridSequential()
    net.add(
        gluon.SymbolBlock.imports(
            str(tmp_path / "inner-symbol.json"), ["data"], str(tmp_path / "inner-0000.params")
        ),
        nn.Dense(2),
    )
    net[1].initialize()
    expected = net(x).asnumpy()
    net.hybridize()
    np.testing.assert_array_equal(net(x).asnumpy(), expected)
    assert net.program().count("linear(") == 2
    np.testing.assert_array_equal(copy.deepcopy(net)(x).asnumpy(), expected)


def test_export_says_what_is_missing(tmp_path):
    with pytest.raises(RuntimeError, match="run forward with this block at least once"):
        nn.Dense(2).export(str(tmp_path / "net"))
    block = Chooses()
    block.hybridize()
    block(nd.ones((2,)))
    with pytest.raises(RuntimeError, match="has no graph"):
        block.export(str(tmp_path / "net"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(mx.MXNetError, match="No such file"):
        gluon.SymbolBlock.imports(str(tmp_path / "none-symbol.json"), ["data"])
    layer = nn.Dense(2, in_units=3)
    layer.initialize()
    layer.hybridize()
    layer(nd.ones((1, 3)))
    symbol_file, parameter_file = layer.export(str(tmp_path / "layer"))
    with pytest.raises(ValueError, match="try:      input_names=\\['data'\\]"):
        gluon.SymbolBlock.imports(symbol_file, ["dat"], parameter_file)
    with pytest.raises(ValueError, match="takes 1 inputs"):
        gluon.SymbolBlock.imports(symbol_file, ["data"], parameter_file)(nd.ones((1, 3)), nd.ones((1, 3)))


# ---------------------------------------------------------------------- looking inside, and types


def test_an_op_hook_sees_every_call_and_changes_nothing(rng):
    x = nd.array(rng.normal(size=(6, 5)))
    results = []
    for hooked in (False, True):
        seen = []
        mx.random.seed(4)
        net = perceptron()
        net.initialize(mx.init.Normal(0.3))
        net.hybridize()
        net(x)
        if hooked:
            net.register_op_hook(lambda name, kind, array, seen=seen: seen.append((kind, array.shape)))
        with autograd.record():
            y = net(x).sum()
        y.backward()
        results.append([y.asscalar(), *(p.data().asnumpy() for p in net.collect_params().values())])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)
    kinds = ["FullyConnected", "Activation", "Dropout", "BatchNorm", "FullyConnected"]
    assert [kind for kind, _ in seen] == kinds
    assert seen[-1][1] == (6, 3)


def test_types_of_parameters_follow_from_the_inputs():
    net = perceptron()
    net.infer_type(nd.ones((2, 5), dtype="float16"))
    kinds = {name.split("_", 1)[-1]: np.dtype(p.dtype).name for name, p in net.collect_params().items()}
    assert kinds["weight"] == "float16"
    assert kinds["running_mean"] == "float32"
