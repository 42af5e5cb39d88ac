"""What `Estimator` does where MXNet 1.9.1 has no recording, or does otherwise."""

import importlib
import logging

import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib import estimator as module
from mxnet.gluon.contrib.estimator import (
    BatchBegin,
    BatchEnd,
    BatchProcessor,
    CheckpointHandler,
    EpochEnd,
    Estimator,
    EventHandler,
    GradientUpdateHandler,
    LoggingHandler,
    MetricHandler,
    StoppingHandler,
    ValidationHandler,
)

from .common import estimator, fill, loader, network, same, weights

LOSS = gluon.loss.SoftmaxCrossEntropyLoss


def test_modules_and_names_are_where_mxnet_has_them():
    for name in ("batch_processor", "estimator", "event_handler", "utils"):
        importlib.import_module(f"mxnet.gluon.contrib.estimator.{name}")
    assert module.event_handler.CheckpointHandler is CheckpointHandler
    assert module.estimator.BatchBegin is BatchBegin
    assert module.event_handler.metric_loss is mx.metric.Loss
    assert module.estimator.gluon_loss is gluon.loss.Loss


def test_the_list_of_handlers_stays_as_it_is_and_serves_twice():
    class Count(EpochEnd):
        epochs = 0

        def epoch_end(self, estimator, *args, **kwargs):
            self.epochs += 1

    count, stop = Count(), StoppingHandler()
    handlers = [count, stop]
    e = estimator()
    e.fit(loader(), epochs=2, event_handlers=handlers)
    e.fit(loader(), epochs=3, event_handlers=handlers)
    assert handlers == [count, stop]
    assert count.epochs == 5


def test_handlers_may_come_in_a_tuple():
    e = estimator()
    e.fit(loader(), epochs=1, event_handlers=(StoppingHandler(),))
    assert e.train_metrics[0].num_inst == 20


def test_an_estimator_finds_the_contexts_of_its_network():
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    assert Estimator(net, LOSS(), trainer=gluon.Trainer(net.collect_params(), "sgd")).context == [
        mx.cpu(0),
        mx.cpu(1),
    ]


def test_only_what_is_not_initialised_is():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=3), nn.Dense(2, in_units=2))
    net[0].initialize(mx.init.One())
    with pytest.warns(UserWarning, match="No trainer specified"):
        Estimator(net, LOSS(), initializer=mx.init.Zero())
    assert net[0].weight.data().sum().asscalar() == 6
    assert net[1].weight.data().sum().asscalar() == 0


def test_an_initialiser_for_an_initialised_network_is_a_warning():
    with pytest.warns(UserWarning, match="already fully initialized"):
        estimator(initializer=mx.init.One())


def test_a_network_whose_shapes_are_not_known_is_trained():
    net = nn.Dense(2)
    net.initialize()
    e = estimator(net)
    e.fit(loader(), loader(), epochs=1)
    assert net.weight.shape == (2, 3)


def test_a_hybridized_network_comes_to_the_same():
    plain, compiled = fill(network()), fill(network())
    compiled.hybridize()
    for net in (plain, compiled):
        estimator(net, "adam").fit(loader(), epochs=3)
    assert same(weights(plain), weights(compiled))


def test_the_earlier_name_of_val_loss_and_the_batch_methods():
    double = LOSS(weight=2.0)
    e = estimator(evaluation_loss=double)
    assert e.val_loss is double
    batch = next(iter(loader()))
    data, label, pred, loss = e.fit_batch(batch)
    assert [each[0].shape for each in (data, label, pred, loss)] == [(4, 3), (4,), (4, 2), (4,)]
    (twice,) = e.evaluate_batch(batch)[3]
    assert (twice.asnumpy() == 2 * loss[0].asnumpy()).all()


def test_methods_of_a_subclass_take_part():
    class Doubled(Estimator):
        def fit_batch(self, train_batch, batch_axis=0):
            data, label, pred, loss = super().fit_batch(train_batch, batch_axis)
            return data, label, pred, [2 * each for each in loss]

    net = network()
    e = Doubled(net, LOSS(), trainer=gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.0}))
    e.logger.handlers[:] = []
    e.fit(loader(), epochs=1)
    e.evaluate(loader())
    assert e.train_metrics[1].get()[1] == pytest.approx(2 * e.val_metrics[1].get()[1], rel=1e-5)


def test_large_batches_made_of_small_ones_are_large_batches():
    class EverySecond(GradientUpdateHandler):
        batches = samples = 0

        def batch_end(self, estimator, *args, **kwargs):
            self.batches += 1
            self.samples += sum(len(loss) for loss in kwargs["loss"])
            if self.batches % 2 == 0:
                estimator.trainer.step(self.samples)
                estimator.net.collect_params().zero_grad()
                self.samples = 0

    small, large = fill(network()), fill(network())
    small.collect_params().setattr("grad_req", "add")
    estimator(small).fit(loader(5), epochs=2, event_handlers=EverySecond())
    estimator(large).fit(loader(10), epochs=2)
    for name, array in weights(small).items():
        assert array == pytest.approx(weights(large)[name], abs=1e-6)


def test_nothing_global_is_changed():
    before = logging.getLogger("Estimator"), logging.root.handlers[:]
    estimator().fit(loader(), epochs=1)
    assert (logging.getLogger("Estimator"), logging.root.handlers) == before
    assert not logging.getLogger("Estimator").handlers


def test_handlers_are_closed_when_an_exception_ends_a_training():
    class Fragile(BatchEnd):
        closed = 0

        def batch_end(self, estimator, *args, **kwargs):
            raise KeyError("mine")

        def close(self):
            self.closed += 1

    fragile = Fragile()
    e = estimator()
    with pytest.raises(KeyError, match="mine"):
        e.fit(loader(), epochs=1, event_handlers=fragile)
    assert fragile.closed == 1
    e.fit(loader(), epochs=1)  # the estimator itself is in order


def test_a_loader_without_batches_does_not_train_for_ever():
    with pytest.raises(ValueError, match="train_data has no batches"):
        estimator().fit(loader(30, last_batch="discard"), batches=3)


def test_the_state_of_a_handler_is_what_it_lists():
    class Own(EventHandler):
        state_names = ("count", "absent")
        count = 3
        other = 4

    own = Own()
    assert own.state_dict() == {"count": 3}
    own.load_state_dict({"count": 5, "other": 6})
    assert (own.count, own.other) == (5, 4)


class Processor(BatchProcessor):
    def fit_batch(self, estimator, train_batch, batch_axis=0):
        return super().fit_batch(estimator, train_batch, batch_axis)[:3]


WRONG = {
    "net": (lambda: Estimator(lambda x: x, LOSS()), ValueError, "net is a block"),
    "loss class": (lambda: estimator(loss=LOSS), ValueError, "try: .*SoftmaxCrossEntropyLoss\\(\\)"),
    "metrics by name": (lambda: estimator(train_metrics="acc"), ValueError, "mx.metric.create\\('acc'\\)"),
    "number of metrics": (lambda: estimator(val_metrics=3), ValueError, "received: int"),
    "trainer": (lambda: Estimator(network(), LOSS(), trainer="sgd"), ValueError, "gluon.Trainer\\(net"),
    "context": (lambda: estimator(context="gpu"), ValueError, "context=mx.cpu\\(\\)"),
    "absent context": (lambda: estimator(context=mx.gpu(99)), AssertionError, "this machine has"),
    "processor": (lambda: estimator(batch_processor=3), ValueError, "without fit_batch and evaluate_batch"),
    "val_loss": (lambda: estimator(val_loss=3), ValueError, "val_loss must be a Loss"),
    "val_data": (lambda: estimator().fit(loader(), 3, epochs=1), ValueError, "val_data is of type int"),
    "train_data": (lambda: estimator().fit(None, epochs=1), ValueError, "train_data is of type NoneType"),
    "generator": (lambda: estimator().fit(iter(loader()), epochs=1), ValueError, "goes over the data again"),
    "half an epoch": (lambda: estimator().fit(loader(), epochs=0.5), ValueError, "epochs is a whole number"),
    "less than nothing": (lambda: estimator().fit(loader(), batches=-3), ValueError, "batches=-3"),
    "no length": (lambda: estimator().fit(loader()), ValueError, "one and only one of"),
    "handler class": (
        lambda: estimator().fit(loader(), epochs=1, event_handlers=StoppingHandler),
        ValueError,
        "an instance: StoppingHandler",
    ),
    "metric of another": (
        lambda: estimator().evaluate(loader(), event_handlers=MetricHandler(mx.metric.Accuracy())),
        ValueError,
        "'validation accuracy'",
    ),
    "three results": (
        lambda: estimator(batch_processor=Processor()).fit(loader(), epochs=1),
        ValueError,
        "tuple of 3",
    ),
    "data without labels": (
        lambda: estimator().fit(gluon.data.DataLoader(nd.ones((4, 3)), 2), epochs=1),
        ValueError,
        "a batch is \\(data, label\\)",
    ),
    "several data": (
        lambda: estimator().fit(loader(x=[((1.0, 2.0), 3.0)] * 20), epochs=1),
        ValueError,
        "the data of a batch are one array",
    ),
    "eval_fn": (lambda: ValidationHandler(loader(), 3), ValueError, "eval_fn is a function"),
    "period": (lambda: ValidationHandler(loader(), print, epoch_period="1"), ValueError, "epoch_period='1'"),
    "interval": (lambda: LoggingHandler(0), ValueError, "log_interval=0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_use_says_what_to_do(name):
    use, kind, text = WRONG[name]
    with pytest.raises(kind, match=text) as caught:
        use()
    assert "\n  received:" in str(caught.value)
    assert "\n  try: " in str(caught.value)
