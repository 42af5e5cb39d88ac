"""Callbacks of training: the lines of the log were printed by MXNet 1.9.1."""

import logging
import math

import pytest

import mxnet as mx
from mxnet import metric, nd
from mxnet.callback import (
    LogValidationMetricsCallback,
    ProgressBar,
    Speedometer,
    do_checkpoint,
    log_train_metric,
    module_checkpoint,
)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture
def clock(monkeypatch):
    """Every look at the clock takes a quarter of a second."""
    import types

    now = [100.0]

    def time():
        now[0] += 0.25
        return now[0]

    monkeypatch.setattr("mxnet.callback.time", types.SimpleNamespace(time=time))


def run(callback, batches, measure=None, epoch=0):
    """Call a callback after batches of which every second prediction is right."""
    for nbatch in batches:
        if measure is not None:
            measure.update([nd.array([1, 0])], [nd.array([[0, 1], [0, 1]])])
        callback(mx.model.BatchEndParam(epoch, nbatch, measure, {}))


def test_speed_and_the_metric_of_these_batches(log, clock):
    speed, accuracy = Speedometer(10, 2), metric.Accuracy()
    run(speed, range(6), accuracy)
    run(speed, range(3), accuracy, epoch=1)
    assert log.messages == [
        "Epoch[0] Batch [0-2]\tSpeed: 80.00 samples/sec\taccuracy=0.500000",
        "Epoch[0] Batch [2-4]\tSpeed: 80.00 samples/sec\taccuracy=0.500000",
        "Epoch[1] Batch [0-2]\tSpeed: 80.00 samples/sec\taccuracy=0.500000",
    ]
    assert math.isnan(accuracy.get()[1])
    assert accuracy.get_global()[1] == 0.5


def test_speed_and_the_metric_of_the_epoch_so_far(log, clock):
    accuracy = metric.create(["acc", "ce"])
    run(Speedometer(10, 2, auto_reset=False), range(5), accuracy)
    assert log.messages == [
        "Epoch[0] Batch [0-2]\tSpeed: 80.00 samples/sec\taccuracy=0.500000\tcross-entropy=13.815511",
        "Epoch[0] Batch [0-4]\tSpeed: 80.00 samples/sec\taccuracy=0.500000\tcross-entropy=13.815511",
    ]
    assert accuracy.get()[1][0] == 0.5


def test_speed_without_a_metric(log, clock):
    run(Speedometer(10, 3), range(1, 7))
    assert log.messages == [
        "Iter[0] Batch [3]\tSpeed: 120.00 samples/sec",
        "Iter[0] Batch [6]\tSpeed: 120.00 samples/sec",
    ]


def test_speed_is_infinite_where_the_clock_does_not_go_on(log, monkeypatch):
    import types

    monkeypatch.setattr("mxnet.callback.time", types.SimpleNamespace(time=lambda: 1.0))
    run(Speedometer(10, 2), range(3))
    assert log.messages == ["Iter[0] Batch [2]\tSpeed: inf samples/sec"]


def test_a_bar_of_batches(log):
    run(ProgressBar(3, 10), range(4))
    assert log.messages == [
        "[----------] 0%\r",
        "[===-------] 34%\r",
        "[=======---] 67%\r",
        "[==========] 100%\r",
    ]


def test_the_training_metric_every_few_batches(log):
    accuracy = metric.Accuracy()
    run(log_train_metric(2), range(4), accuracy)
    run(log_train_metric(2), range(4))
    assert log.messages == [
        "Iter[0] Batch[0] Train-accuracy=0.500000",
        "Iter[0] Batch[2] Train-accuracy=0.500000",
    ]
    assert accuracy.num_inst == 8
    run(log_train_metric(2, auto_reset=True), [2], accuracy)
    assert accuracy.num_inst == 0
    assert accuracy.global_num_inst == 10


def test_the_metrics_of_a_validation(log):
    run(LogValidationMetricsCallback(), [7], metric.create(["acc", "ce"]), epoch=3)
    run(LogValidationMetricsCallback(), [7])
    assert log.messages == [
        "Epoch[3] Validation-accuracy=0.500000",
        "Epoch[3] Validation-cross-entropy=13.815511",
    ]


def test_checkpoints_every_few_epochs(log, tmp_path):
    prefix = tmp_path / "net"
    save = do_checkpoint(prefix, period=2)
    for epoch in range(5):
        save(epoch, mx.sym.var("x"), {"w": nd.ones((2,))}, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net-0002.params",
        "net-0004.params",
        "net-symbol.json",
    ]
    assert log.messages == [f'Saved checkpoint to "{prefix}-000{epoch}.params"' for epoch in (2, 4)]


def test_checkpoints_of_a_module_every_few_epochs():
    class Module:
        calls = []

        def save_checkpoint(self, prefix, epoch, save_optimizer_states=False):
            self.calls.append((prefix, epoch, save_optimizer_states))

    module = Module()
    for period, states in ((2, False), (3, True), (-1, False)):
        save = module_checkpoint(module, "net", period, states)
        for epoch in range(3):
            save(epoch)
    assert module.calls == [
        ("net", 2, False),
        ("net", 3, True),
        *(("net", epoch, False) for epoch in (1, 2, 3)),
    ]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: Speedometer(10, 0), ValueError, ["frequent is at least 1", "frequent=0"]),
        (lambda: Speedometer("10"), TypeError, ["batch_size is a number", "batch_size='10'"]),
        (lambda: ProgressBar(0), ValueError, ["total is at least 1"]),
        (lambda: log_train_metric(0), ValueError, ["period is at least 1"]),
        (lambda: do_checkpoint("a", "b"), TypeError, ["period is a number", "period='b'"]),
        (lambda: do_checkpoint("a")(0, None, {"w": 3}, {}), TypeError, ["int for w", "nd.array(w)"]),
    ],
    ids=range(6),
)
def test_wrong_uses_are_explained(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
