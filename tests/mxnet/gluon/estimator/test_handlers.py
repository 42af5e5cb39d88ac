"""Handlers that MXNet does not have: early stopping that goes back, clipping, progress, TensorBoard."""

import builtins
import io
import sys
import types

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon.contrib.estimator import (
    BatchEnd,
    CheckpointHandler,
    EarlyStoppingHandler,
    EpochEnd,
    GradientClippingHandler,
    ProgressHandler,
    TensorBoardHandler,
    progress,
    tensorboard,
)
from mxnet.gluon.utils import clip_global_norm

from .common import Screen, estimator, fill, loader, network, same, weights

# ------------------------------------------------------------------------------------------- early stopping


class Given(EpochEnd):
    """Gives a metric these values, epoch by epoch, and keeps the weights of each."""

    priority = -5

    def __init__(self, metric, values):
        self.metric, self.values, self.weights = metric, list(values), []

    def epoch_end(self, estimator, *args, **kwargs):
        self.weights.append(weights(estimator.net))
        self.metric.reset()
        self.metric.sum_metric, self.metric.num_inst = self.values[len(self.weights) - 1], 1


@pytest.mark.parametrize(
    ("values", "epochs", "best"),
    [([3, 2, 4, 5, 6], 10, 1), ([3, 2, 4], 3, 1), ([3, 2, 1], 3, 2)],
    ids=["stopped", "ended", "the last is the best"],
)
def test_the_best_weights_come_back(values, epochs, best):
    e = estimator(fill(network()))
    given = Given(e.train_metrics[1], values)
    handler = EarlyStoppingHandler(e.train_metrics[1], patience=2, restore_best_weights=True)
    e.fit(loader(), epochs=epochs, event_handlers=[given, handler])
    assert same(weights(e.net), given.weights[best])
    assert handler.best == values[best]
    assert any(f"back to the weights of epoch {best}" in line for line in e.lines) == (
        best != len(values) - 1
    )


def test_without_asking_the_last_weights_stay():
    e = estimator(fill(network()))
    given = Given(e.train_metrics[1], [3, 2, 4, 5, 6])
    e.fit(loader(), epochs=9, event_handlers=[given, EarlyStoppingHandler(e.train_metrics[1], patience=2)])
    assert len(given.weights) == 4
    assert same(weights(e.net), given.weights[-1])


@pytest.mark.parametrize(
    ("metric", "comparison"),
    [
        (mx.metric.Loss, np.less),
        (mx.metric.RMSE, np.less),
        (mx.metric.Perplexity, np.less),
        (mx.metric.Accuracy, np.greater),
        (mx.metric.F1, np.greater),
        (mx.metric.TopKAccuracy, np.greater),
    ],
    ids=lambda value: value.__name__,
)
def test_auto_goes_by_the_class_of_the_metric(metric, comparison):
    made = metric(2) if metric in (mx.metric.Perplexity, mx.metric.TopKAccuracy) else metric()
    assert EarlyStoppingHandler(made).monitor_op is comparison


def test_auto_warns_of_a_metric_of_ones_own():
    class Own(mx.metric.EvalMetric):
        pass

    with pytest.warns(UserWarning, match="`greater` operator will be used to determine if own"):
        assert EarlyStoppingHandler(Own("own")).monitor_op is np.greater


def test_a_metric_without_a_value_is_a_warning():
    e = estimator()
    with pytest.warns(RuntimeWarning, match="validation accuracy is not updated"):
        e.fit(loader(), epochs=2, event_handlers=EarlyStoppingHandler(e.val_metrics[0]))


# ------------------------------------------------------------------------------------------------- clipping


def gradients(e):
    """The gradients of one batch, clipped as the handlers of a training do."""
    seen = {}

    class Look(BatchEnd):
        def __init__(self, name, priority):
            self.name, self.priority = name, priority

        def batch_end(self, estimator, *args, **kwargs):
            seen[self.name] = [p.grad().asnumpy().copy() for p in estimator.net.collect_params().values()]

    return seen, [Look("before", -2600), Look("after", -2400)]


@pytest.mark.parametrize("of_mean", [False, True])
def test_gradients_are_clipped_by_their_norm(of_mean):
    e = estimator(fill(network()))
    seen, looks = gradients(e)
    handler = GradientClippingHandler(max_norm=0.01, of_mean=of_mean)
    e.fit(loader(), batches=1, event_handlers=[*looks, handler])
    arrays = [nd.array(each) for each in seen["before"]]
    norm = clip_global_norm(arrays, 0.01 * (4 if of_mean else 1))
    assert handler.norm.asscalar() == norm
    for after, expected in zip(seen["after"], arrays, strict=True):
        assert (after == expected.asnumpy()).all()


def test_gradients_are_clipped_by_value():
    e = estimator(fill(network()))
    seen, looks = gradients(e)
    e.fit(loader(), batches=1, event_handlers=[*looks, GradientClippingHandler(max_value=0.05)])
    for after, before in zip(seen["after"], seen["before"], strict=True):
        assert (after == before.clip(-np.float32(0.05), np.float32(0.05))).all()
    assert any((np.abs(each) > 0.05).any() for each in seen["before"])


@pytest.mark.parametrize("limit", [{"max_norm": 0.1}, {"max_value": 0.05}], ids=str)
def test_two_contexts_are_clipped_as_one(limit):
    results = []
    for contexts in ([mx.cpu(0)], [mx.cpu(0), mx.cpu(1)]):
        net = gluon.nn.Dense(2, in_units=3)
        net.initialize(ctx=contexts)
        estimator(fill(net)).fit(loader(), epochs=2, event_handlers=GradientClippingHandler(**limit))
        results.append(net.weight.data(mx.cpu(0)).asnumpy())
    assert results[0] == pytest.approx(results[1], abs=1e-6)


# ------------------------------------------------------------------------------------------------- progress


def test_lines_in_a_file_say_it_all(capsys):
    e = estimator()
    stream = io.StringIO()
    e.fit(loader(), loader(), epochs=2, event_handlers=ProgressHandler(file=stream))
    lines = stream.getvalue().splitlines()
    assert [line[:21] for line in lines] == ["epoch 1/2: 5 batches ", "epoch 2/2: 5 batches "]
    assert all(", accuracy " in line and ", val accuracy " in line for line in lines)
    assert not e.lines, "the log would say the same"
    assert capsys.readouterr().out == ""


def test_long_epochs_have_lines_in_between():
    stream = io.StringIO()
    e = estimator()
    e.fit(loader(), batches=7, event_handlers=ProgressHandler(e.train_metrics[0], file=stream, interval=0))
    lines = stream.getvalue().splitlines()
    assert [line.split(" batches")[0] for line in lines] == [
        "epoch 1: 1/5",
        "epoch 1: 2/5",
        "epoch 1: 3/5",
        "epoch 1: 4/5",
        "epoch 1: 5",
        "epoch 2: 1/2",
        "epoch 2: 2",
    ]
    assert " s left, accuracy " in lines[0]
    assert "loss" not in stream.getvalue()


def test_a_terminal_has_a_bar_and_the_log_above_it(capsys):
    class Speak(EpochEnd):
        def epoch_end(self, estimator, *args, **kwargs):
            estimator.logger.info("said by another handler")

    screen = Screen()
    e = estimator()
    e.logger.handlers[:] = [mx.gluon.contrib.estimator.estimator.logging.StreamHandler(sys.stdout)]
    before = e.logger.handlers[:]
    e.fit(loader(), epochs=2, event_handlers=[ProgressHandler(file=screen), Speak()])
    text = screen.getvalue()
    assert "epoch 1/2: 100%" in text
    assert "5/5" in text
    assert "accuracy 0." in text
    assert capsys.readouterr().out == "said by another handler\n" * 2
    assert e.logger.handlers == before


def test_a_bar_is_taken_away_after_an_exception():
    class Break(BatchEnd):
        def batch_end(self, estimator, *args, **kwargs):
            raise KeyError

    handler = ProgressHandler(file=Screen())
    e = estimator()
    before = e.logger.handlers[:]
    with pytest.raises(KeyError):
        e.fit(loader(), epochs=1, event_handlers=[handler, Break()])
    assert handler._bar is None
    assert e.logger.handlers == before


def test_a_notebook_has_its_own_bar(monkeypatch):
    class ZMQInteractiveShell:
        pass

    made = []

    class Bar:
        def __init__(self, **options):
            made.append(options)

        def set_postfix_str(self, text, refresh=True):
            made[-1]["text"] = text

        def update(self, count):
            pass

        def close(self):
            made[-1]["closed"] = True

    ipython = types.SimpleNamespace(get_ipython=ZMQInteractiveShell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "tqdm.notebook", types.SimpleNamespace(tqdm=Bar))
    monkeypatch.setattr(progress.importlib.util, "find_spec", lambda name: object())
    estimator().fit(loader(), epochs=1, event_handlers=ProgressHandler())
    assert made[0]["total"] == 5
    assert made[0]["closed"]
    assert "accuracy" in made[0]["text"]


def test_an_evaluation_can_show_its_progress(capsys):
    e = estimator()
    e.evaluate(loader(), event_handlers=ProgressHandler(mode="lines"))
    assert capsys.readouterr().out.startswith("validation: 5 batches in ")


def test_progress_goes_on_after_a_checkpoint(tmp_path):
    def fit(stop, stream):
        class Break(BatchEnd):
            priority = 10_000
            left = stop

            def batch_end(self, estimator, *args, **kwargs):
                self.left -= 1
                if self.left == 0:
                    raise KeyError

        checkpoints = CheckpointHandler(tmp_path, batch_period=1, resume_from_checkpoint=True)
        handlers = [ProgressHandler(file=stream, interval=0), checkpoints, Break()]
        estimator(fill(network())).fit(loader(), epochs=2, event_handlers=handlers)

    with pytest.raises(KeyError):
        fit(8, io.StringIO())
    stream = io.StringIO()
    fit(-1, stream)
    assert stream.getvalue().startswith("epoch 2/2: 3/5 batches")


# ---------------------------------------------------------------------------------------------- TensorBoard


class Writer:
    """Keeps what TensorBoard would be given."""

    made = []

    def __init__(self, **options):
        self.options, self.scalars, self.histograms, self.closed = options, [], [], False
        self.made.append(self)

    def add_scalar(self, tag, value, step):
        self.scalars.append((tag, step))

    def add_histogram(self, tag, value, step):
        self.histograms.append((tag, step))

    def flush(self):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def writers(monkeypatch):
    monkeypatch.setattr(tensorboard, "_writer_class", lambda: Writer)
    monkeypatch.setattr(Writer, "made", [])
    return Writer.made


def test_curves_are_over_batches(writers, tmp_path):
    e = estimator()
    e.fit(loader(), loader(), epochs=2, event_handlers=TensorBoardHandler(tmp_path))
    (writer,) = writers
    tags = [
        "accuracy/training",
        "softmaxcrossentropyloss/training",
        "accuracy/validation",
        "softmaxcrossentropyloss/validation",
        "learning rate",
    ]
    assert writer.scalars == [(tag, step) for step in (5, 10) for tag in tags]
    assert writer.closed
    assert not writer.histograms


def test_curves_by_batches_and_histograms(writers, tmp_path):
    e = estimator(gluon.nn.Dense(2, in_units=3))
    e.net.initialize(force_reinit=True)
    handler = TensorBoardHandler(tmp_path, log_interval=2, histogram_period=1)
    e.fit(loader(), loader(), epochs=1, event_handlers=handler)
    (writer,) = writers
    assert [step for tag, step in writer.scalars if tag == "learning rate"] == [2, 4]
    assert [step for tag, step in writer.scalars if tag == "accuracy/validation"] == [5]
    assert [tag for tag, _ in writer.histograms] == [
        "weights/weight",
        "gradients/weight",
        "weights/bias",
        "gradients/bias",
    ]


def test_curves_go_on_after_a_checkpoint(writers, tmp_path):
    def fit(epochs):
        handlers = [
            TensorBoardHandler(tmp_path),
            CheckpointHandler(tmp_path / "c", resume_from_checkpoint=True),
        ]
        estimator(fill(network())).fit(loader(), epochs=epochs, event_handlers=handlers)

    fit(2)
    fit(3)
    assert [step for tag, step in writers[1].scalars if tag == "learning rate"] == [15]
    assert writers[1].options["purge_step"] == 15


def test_a_missing_tensorboard_says_what_to_install(monkeypatch, tmp_path):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "torch.utils.tensorboard":
            raise ModuleNotFoundError("No module named 'tensorboard'", name="tensorboard")
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'glueball\[tensorboard\]'"):
        estimator().fit(loader(), epochs=1, event_handlers=TensorBoardHandler(tmp_path))


@pytest.mark.filterwarnings("default")
def test_the_files_are_those_of_tensorboard(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    e = estimator()
    e.fit(
        loader(),
        loader(),
        epochs=2,
        event_handlers=TensorBoardHandler(tmp_path, log_interval=1, histogram_period=1),
    )
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    assert [each.step for each in events.Scalars("accuracy/training")] == list(range(1, 11))
    assert [each.step for each in events.Scalars("accuracy/validation")] == [5, 10]
    assert "weights/0.weight" in events.Tags()["histograms"]


WRONG = {
    "monitor": (lambda: EarlyStoppingHandler("acc"), ValueError, "estimator.val_metrics\\[0\\]"),
    "patience": (lambda: EarlyStoppingHandler(mx.metric.MSE(), patience="a"), ValueError, "patience='a'"),
    "min_delta": (
        lambda: EarlyStoppingHandler(mx.metric.MSE(), min_delta=None),
        ValueError,
        "min_delta=None",
    ),
    "both limits": (lambda: GradientClippingHandler(1, 1), ValueError, "max_norm=1, max_value=1"),
    "no limit": (lambda: GradientClippingHandler(), ValueError, "takes one limit"),
    "zero": (lambda: GradientClippingHandler(max_norm=0), ValueError, "positive number"),
    "text": (lambda: GradientClippingHandler(max_value="1"), ValueError, "received: '1'"),
    "mode": (lambda: ProgressHandler(mode="line"), ValueError, "mode='lines'"),
    "interval": (lambda: ProgressHandler(interval=-1), ValueError, "interval=-1"),
    "shown metrics": (lambda: ProgressHandler("acc"), ValueError, "mx.metric.create"),
    "log_dir": (lambda: TensorBoardHandler(3), ValueError, "log_dir is a path"),
    "log_interval": (lambda: TensorBoardHandler("a", log_interval=0), ValueError, "log_interval=0"),
    "histograms": (
        lambda: TensorBoardHandler("a", histogram_period=0.5),
        ValueError,
        "histogram_period=0.5",
    ),
    "metric of another": (
        lambda: estimator().fit(loader(), epochs=1, event_handlers=ProgressHandler(mx.metric.MSE())),
        ValueError,
        "refers to a metric instance",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_use_says_what_to_do(name):
    use, kind, text = WRONG[name]
    with pytest.raises(kind, match=text) as caught:
        use()
    assert "\n  received:" in str(caught.value)
    assert "\n  try: " in str(caught.value)


def test_nothing_is_recorded_when_handlers_run():
    class Look(BatchEnd):
        def batch_end(self, estimator, *args, **kwargs):
            assert not autograd.is_recording()
            assert not autograd.is_training()

    estimator().fit(loader(), epochs=1, event_handlers=Look())
