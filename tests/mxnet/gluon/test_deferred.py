"""Shapes that show at the first forward."""

import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


class Affine(nn.HybridBlock):
    """A layer of the user's own whose weight waits for the data."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self._units = units
        self.weight = self.params.get("weight", shape=(units, 0), allow_deferred_init=True)
        self.bias = self.params.get("bias", shape=(0,), allow_deferred_init=True, init="zeros")

    def hybrid_forward(self, F, x, weight, bias):
        return F.FullyConnected(F.relu(x), weight, bias, num_hidden=self._units)


@pytest.mark.parametrize(
    ("layer", "shape", "known"),
    [
        (lambda: nn.Dense(2), (5, 3, 4), {"weight": (2, 12), "bias": (2,)}),
        (lambda: nn.Dense(2, flatten=False), (5, 3, 4), {"weight": (2, 4), "bias": (2,)}),
        (
            lambda: nn.BatchNorm(),
            (5, 3, 4),
            dict.fromkeys(("gamma", "beta", "running_mean", "running_var"), (3,)),
        ),
        (lambda: nn.BatchNorm(axis=-1), (5, 3, 4), {"gamma": (4,), "running_var": (4,)}),
        (lambda: nn.LayerNorm(), (5, 3, 4), {"gamma": (4,), "beta": (4,)}),
        (lambda: nn.LayerNorm(axis=1), (5, 3, 4), {"gamma": (3,), "beta": (3,)}),
        (lambda: Affine(2), (5, 3), {"weight": (2, 3), "bias": (2,)}),
    ],
)
def test_the_first_input_solves_the_shapes(layer, shape, known):
    block = layer()
    block.initialize()
    block(nd.ones(shape))
    assert {name: getattr(block, name).shape for name in known} == known
    assert {name: getattr(block, name).data().shape for name in known} == known


def test_every_layer_of_a_network_learns_its_own_shape():
    net = nn.Sequential()
    net.add(nn.Dense(3), nn.BatchNorm(), nn.Dense(2))
    net.initialize()
    assert net(nd.ones((4, 5))).shape == (4, 2)
    assert net[0].weight.shape == (3, 5)
    assert net[2].weight.shape == (2, 3)


def test_weights_are_drawn_in_the_order_in_which_layers_run():
    def first_weights(in_units):
        mx.random.seed(3)
        net = nn.Sequential()
        net.add(nn.Dense(3, in_units=in_units[0]), nn.Dense(2, in_units=in_units[1]))
        net.initialize()
        net(nd.ones((1, 4)))
        return [layer.weight.data().asnumpy() for layer in net]

    known, deferred = first_weights((4, 3)), first_weights((0, 0))
    assert all((a == b).all() for a, b in zip(known, deferred, strict=True))
    half, _ = first_weights((0, 3))  # the second is known at once and draws first, as in 1.9.1
    assert not (half == known[0]).all()


def test_the_initialiser_waits_with_the_shape():
    layer = nn.Dense(2, use_bias=False)
    layer.initialize(mx.init.Constant(3))
    assert layer(nd.ones((1, 4))).asnumpy().tolist() == [[12.0, 12.0]]


def test_a_deferred_layer_trains_from_its_first_step():
    layer = nn.Dense(1)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.5})
    with autograd.record():
        y = layer(nd.ones((2, 3)))
    y.backward()
    assert layer.weight.grad().asnumpy().tolist() == [[2.0] * 3]
    trainer.step(2)


def test_elementwise_use_of_a_parameter_tells_its_shape():
    class Scale(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.factor = self.params.get("factor", shape=(0, 0), allow_deferred_init=True, init="ones")

        def hybrid_forward(self, F, x, factor):
            return x * factor

    block = Scale()
    block.initialize()
    assert block(nd.ones((2, 3))).shape == (2, 3)
    assert block.factor.shape == (2, 3)


def test_a_rule_of_the_block_itself_is_asked_first():
    class Projection(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.matrix = self.params.get("matrix", shape=(0, 2), allow_deferred_init=True)

        def infer_shape(self, x):
            self.matrix.shape = (x.shape[1], 2)

        def hybrid_forward(self, F, x, matrix):
            return F.dot(x, matrix)

    block = Projection()
    block.initialize()
    assert block(nd.ones((3, 5))).shape == (3, 2)


def test_a_shape_that_nothing_determines_is_an_error_with_the_way_out():
    class Product(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.matrix = self.params.get("matrix", shape=(0, 2), allow_deferred_init=True)

        def hybrid_forward(self, F, x, matrix):
            return F.dot(x, matrix)

    block = Product(prefix="product_")
    block.initialize()
    with pytest.raises(ValueError, match="Deferred initialization failed") as caught:
        block(nd.ones((3, 5)))
    assert "product_matrix (0, 2), from inputs (3, 5) float32" in str(caught.value)
    assert "infer_shape" in str(caught.value)


def test_a_plain_block_cannot_solve_shapes():
    class Plain(nn.Block):
        def __init__(self):
            super().__init__()
            self.weight = self.params.get("weight", shape=(0,), allow_deferred_init=True)

        def forward(self, x):
            return x * self.weight.data()

    block = Plain()
    block.initialize()
    with pytest.raises(gluon.DeferredInitializationError):
        block(nd.ones((3,)))


def test_uninitialised_is_reported_before_unknown():
    net = nn.Sequential()
    net.add(nn.Dense(2, prefix="dense_"))
    with pytest.raises(RuntimeError, match="'dense_weight' has not been initialized") as caught:
        net(nd.ones((1, 3)))
    assert "initialize()" in str(caught.value)
    assert not isinstance(caught.value, gluon.DeferredInitializationError)


def test_solving_shapes_draws_no_random_numbers_and_runs_nothing_twice():
    calls = []

    class Noisy(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.weight = self.params.get("weight", shape=(2, 0), allow_deferred_init=True, init="zeros")

        def hybrid_forward(self, F, x, weight):
            y = F.FullyConnected(x, weight, no_bias=True, num_hidden=2)
            calls.append(y.shape)
            return y + F.random.uniform(shape=(1, 2))

    mx.random.seed(5)
    first = nd.random.uniform(shape=(1, 2)).asnumpy()
    mx.random.seed(5)
    block = Noisy()
    block.initialize()
    assert block(nd.ones((1, 3))).asnumpy().tolist() == first.tolist()
    assert calls == [(1, 2)]


def test_shapes_are_solved_through_dropout_before_anything_was_drawn(monkeypatch):
    monkeypatch.setattr(mx.random, "_streams", {})  # as in a new process
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.5), nn.Dense(2))
    net.initialize()
    net.infer_shape(nd.ones((1, 3)))
    assert net[1].weight.shape == (2, 3)
    assert nd.random.uniform(shape=(2,)).shape == (2,)


def test_a_first_forward_under_record_tapes_like_any_other():
    layer = nn.Dense(2, use_bias=False)
    layer.initialize(mx.init.One())
    x = nd.ones((1, 3))
    x.attach_grad()
    with autograd.record():
        y = layer(x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [[2.0, 2.0, 2.0]]


def test_infer_shape_of_a_network_reaches_its_children():
    class Net(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Dense(4, activation="relu")
            self.output = nn.Dense(2)

        def hybrid_forward(self, F, x):
            return self.output(self.hidden(x))

    net = Net()
    net.initialize()
    net.infer_shape(nd.ones((3, 5)))
    assert net.hidden.weight.shape == (4, 5)
    assert net.output.weight.shape == (2, 4)
    assert net.output.weight._data is None
