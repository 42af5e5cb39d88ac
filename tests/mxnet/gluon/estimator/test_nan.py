"""`TerminateOnNaN` names what went wrong first, and leaves the weights as they were before."""

import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import MXNetError, gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib.estimator import BatchEnd, BatchProcessor, NonFiniteError, TerminateOnNaN

from .common import X, Y, estimator, fill, loader, network, same, weights


class Break(BatchEnd):
    """Keeps the weights, and breaks something after so many batches."""

    priority = -4000

    def __init__(self, batches=-1, action=None):
        self.left, self.action = batches, action

    def batch_end(self, estimator, *args, **kwargs):
        self.left -= 1
        self.weights = weights(estimator.net)
        if self.left == 0:
            self.action(estimator)


def caught(e, data=None, handler=None, **length):
    keep = Break()
    with pytest.raises(NonFiniteError) as found:
        e.fit(
            data or loader(), event_handlers=[handler or TerminateOnNaN(), keep], **(length or {"epochs": 3})
        )
    assert same(weights(e.net), keep.weights) or found.value.kind == "parameter"
    error = found.value
    for part in ("received:", "because:", "try:"):
        assert part in str(error)
    return error


@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=str)
def test_bad_data_are_named_with_their_sample(bad):
    x = X.copy()
    x[10, 1] = bad
    error = caught(estimator(), loader(x=x))
    assert (error.kind, error.epoch, error.batch) == ("data", 0, 2)
    assert "the data of the batch is" in error.because
    assert "in 1 of 4 samples, the first being number 2" in error.because


def test_a_bad_label_is_named():
    y = Y.copy()
    y[5] = np.nan
    error = caught(estimator(loss=gluon.loss.L1Loss(), net=fill(network_of_one())), loader(y=y))
    assert (error.kind, error.batch) == ("data", 1)
    assert "the label of the batch" in error.because


def network_of_one():
    net = nn.Dense(1, in_units=3, prefix="one_")
    net.initialize()
    return net


def test_a_broken_parameter_is_named():
    def break_it(e):
        e.net[2].bias.set_data(nd.array([np.nan, 0]))

    e = estimator(fill(network()))
    with pytest.raises(NonFiniteError) as found:
        e.fit(loader(), epochs=3, event_handlers=[TerminateOnNaN(), Break(7, break_it)])
    error = found.value
    assert (error.kind, error.parameter, error.epoch, error.batch) == ("parameter", "net_dense1_bias", 1, 2)
    assert "of layer 'net_dense1' (Dense)" in error.because


@pytest.mark.parametrize("hybridize", [False, True])
def test_the_first_layer_with_a_bad_output_is_named(hybridize):
    net = fill(network())
    net[2].weight.set_data(nd.ones((2, 5)) * 3e38)
    if hybridize:
        net.hybridize()
    error = caught(estimator(net))
    assert (error.kind, error.block) == ("output", "net_dense1")
    assert "its inputs are: (4, 5) from 0" in error.because
    assert "GradientClippingHandler" in error.hint
    if hybridize:
        assert net._active
        assert net[2]._active


def test_the_innermost_layer_is_to_blame():
    class Root(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.sqrt(x)

    class Outer(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = nn.Dense(2, in_units=3)
                self.root = Root(prefix="root_")

        def hybrid_forward(self, F, x):
            return self.root(self.dense(x))

    net = Outer(prefix="outer_")
    net.initialize()
    error = caught(estimator(fill(net)))
    assert error.block == "outer_root"
    assert "(Root)" in error.because


def test_the_loss_is_named_if_all_layers_are_fine():
    class Logarithm(gluon.loss.Loss):
        def __init__(self, **kwargs):
            super().__init__(None, 0, prefix="logarithm_", **kwargs)

        def hybrid_forward(self, F, pred, label):
            return F.log(F.sum(F.relu(pred), axis=1) * 0)

    error = caught(estimator(loss=Logarithm()))
    assert (error.kind, error.block) == ("loss", "logarithm")
    assert "(4, 2) from" in error.because


class RootLoss(gluon.loss.Loss):
    """Finite at 0, with a gradient that is not."""

    def __init__(self, **kwargs):
        super().__init__(None, 0, **kwargs)

    def hybrid_forward(self, F, pred, label):
        return F.sum(F.sqrt(F.square(pred * 0)), axis=1)


def test_a_bad_gradient_is_named():
    error = caught(estimator(fill(network()), loss=RootLoss()))
    assert (error.kind, error.block, error.parameter) == ("gradient", "net_dense1", "net_dense1_bias")
    assert "'net_dense0_weight'" in error.received
    assert "outputs and loss are finite" in error.because


def test_gradients_need_not_be_looked_at():
    e = estimator(fill(network()), loss=RootLoss())
    e.fit(loader(), batches=1, event_handlers=TerminateOnNaN(check_gradients=False))
    assert np.isnan(e.net[0].weight.data().asnumpy()).any()


def test_what_dropout_hides_is_looked_for_several_times():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(1, in_units=3), nn.Dropout(0.3), nn.Dense(2, in_units=1))
    net.initialize()
    net[2].weight.set_data(nd.ones((2, 1)) * 3e38)
    net[0].bias.set_data(nd.ones((1,)) * 100)
    error = caught(estimator(net))
    assert error.block in ("net_dense1", None)
    assert error.kind in ("output", "unknown")


def test_running_statistics_and_added_gradients_are_as_before():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(3, in_units=3), nn.BatchNorm(in_channels=3), nn.Dense(2, in_units=3))
    net.initialize()
    net.collect_params().setattr("grad_req", "add")
    for name in ("running_mean", "running_var"):
        net.collect_params(f".*{name}").setattr("grad_req", "null")
    net[2].weight.set_data(nd.ones((2, 3)) * 3e38)
    e = estimator(net)
    seen = {}

    class Look(BatchEnd):
        priority = -3500

        def batch_end(self, estimator, *args, **kwargs):
            seen["gradient"] = net[0].bias.grad().asnumpy().copy()

    with pytest.raises(NonFiniteError):
        e.fit(loader(), epochs=1, event_handlers=[TerminateOnNaN(), Look()])
    assert (net[0].bias.grad().asnumpy() == seen["gradient"]).all() or np.isnan(seen["gradient"]).all()
    assert np.isfinite(net[1].running_mean.data().asnumpy()).all()


def test_two_contexts_are_looked_at():
    net = nn.Dense(2, in_units=3, prefix="dense_")
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    x = X.copy()
    x[3] = 3e38
    net.weight.set_data(nd.ones((2, 3)) * 10)
    error = caught(estimator(net), loader(x=x))
    assert error.block == "dense"


def test_a_batch_processor_of_ones_own_is_used_again():
    class Pairs(BatchProcessor):
        def fit_batch(self, estimator, train_batch, batch_axis=0):
            data, label = train_batch
            with mx.autograd.record():
                pred = estimator.net(data["x"])
                loss = estimator.loss(pred, label)
            loss.backward()
            return data, label, pred, loss

    data = gluon.data.DataLoader(
        list(zip(X, Y, strict=True)),
        4,
        batchify_fn=lambda samples: (
            {"x": nd.array(np.stack([x for x, _ in samples]))},
            nd.array([y for _, y in samples]),
        ),
    )
    net = fill(network())
    net[0].weight.set_data(nd.ones((5, 3)) * 3e38)
    net[0].bias.set_data(nd.ones((5,)) * 3e38)
    error = caught(estimator(net, batch_processor=Pairs()), data)
    assert error.block == "net_dense0", "the activation is not to blame"


def test_it_looks_from_time_to_time_only():
    x = X.copy()
    x[8:] = np.nan
    seen = []

    class Count(BatchEnd):
        priority = -4000

        def batch_end(self, estimator, *args, **kwargs):
            seen.append(estimator._position.batches)

    with pytest.raises(NonFiniteError):
        estimator().fit(
            loader(x=x),
            epochs=1,
            event_handlers=[TerminateOnNaN(batch_period=4), Count()],
        )
    assert seen == [1, 2, 3, 4, 5]


def test_the_error_is_one_of_mxnet_and_can_be_sent_elsewhere():
    x = X.copy()
    x[0] = np.nan
    error = caught(estimator(), loader(x=x))
    assert isinstance(error, MXNetError)
    assert isinstance(error, ArithmeticError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("period", [0, -1, 1.5, None, "2"])
def test_a_wrong_period_is_refused(period):
    with pytest.raises(ValueError, match="batch_period is a whole number"):
        TerminateOnNaN(batch_period=period)
