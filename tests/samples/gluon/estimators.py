"""Trainings with ``gluon.contrib.estimator``: which handler hears of what, when, and what comes of it."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, numbers

X = np.random.RandomState(0).rand(10, 3).astype("float32")
Y = np.array([0, 1, 0, 1, 1, 0, 1, 0, 1, 0], "float32")
NEEDS = ("gluon.contrib.estimator.Estimator",)
_OURS = re.compile(r"\.resume$|-checkpoints\.json$")  # files that MXNet's checkpoints do not have


class Trace:
    """The lines of one scenario: events, what is logged, and what is said in between."""

    def __init__(self, mx: Any) -> None:
        self.mx = mx
        self.module = mx.gluon.contrib.estimator
        self.lines: list[str] = []

    def estimator(self, net: Any = None, loss: Any = None, momentum: float = 0.0, **options: Any) -> Any:
        mx = self.mx
        net = self.net() if net is None else net
        if "trainer" not in options:
            settings = {"learning_rate": 0.1, "momentum": momentum}
            options["trainer"] = mx.gluon.Trainer(net.collect_params(), "sgd", settings)
        estimator = self.module.Estimator(net, loss or mx.gluon.loss.SoftmaxCrossEntropyLoss(), **options)
        lines = self.lines

        class Keep(logging.Handler):
            def emit(self, record: Any) -> None:
                lines.append("log: " + _timeless(record.getMessage()))

        estimator.logger.handlers[:] = [Keep()]
        return estimator

    def net(self, ctx: Any = None) -> Any:
        net = self.mx.gluon.nn.Dense(2, in_units=3, prefix="dense_")
        net.initialize(ctx=ctx)
        net.weight.set_data(self.mx.nd.array(numbers(2, 3, seed=1) * 0.1))
        return net

    def loader(self, size: int = 4, last_batch: str = "keep", x: Any = X, y: Any = Y) -> Any:
        data = self.mx.gluon.data
        return data.DataLoader(data.ArrayDataset(x, y), batch_size=size, last_batch=last_batch)

    def spy(self, name: str, priority: Any = None, answer: Any = None, values: bool = False) -> Any:
        """A handler that writes down each event, and answers ``answer(event, how many so far)``."""
        lines, module = self.lines, self.module
        state = {"count": 0}

        def method(event: str) -> Callable[..., Any]:
            def heard(self: Any, estimator: Any, *args: Any, **kwargs: Any) -> Any:
                state["count"] += 1
                facts = " ".join(f"{key}={_shape(kwargs[key])}" for key in sorted(kwargs))
                known = (
                    " " + " ".join(f"{m.name} {m.get()[1]:.3f}" for m in estimator.train_metrics)
                    if values
                    else ""
                )
                lines.append(f"{name}: {event} {facts}{known}".rstrip())
                return answer(event, state["count"]) if answer else None

            return heard

        events = ("train_begin", "epoch_begin", "batch_begin", "batch_end", "epoch_end", "train_end")
        bases = tuple(getattr(module, "".join(part.title() for part in event.split("_"))) for event in events)
        cls = type("Spy", bases, {event: method(event) for event in events})
        handler = cls()
        if priority is not None:
            handler.priority = priority
        return handler


def _timeless(line: str) -> str:
    line = re.sub(r"\d+\.\d+s", "?s", line).replace("Hanlder", "Handler")
    line = re.sub(r"using total \d+s", "using total ?s", line)
    return re.sub(r"(?<=: )(\d+\.\d{2})\d+", r"\1", line).rstrip()


def _shape(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_shape, value)) + "]"
    return "x".join(map(str, value.shape)) if hasattr(value, "shape") else type(value).__name__


def _traced(body: Callable[[Trace], Any]) -> Callable[[Any], str]:
    def run(mx: Any) -> str:
        trace = Trace(mx)
        body(trace)
        return "\n".join(trace.lines)

    return run


def _fit(
    handlers: Callable[[Trace, Any], Any] = lambda t, e: None, validate: bool = False, **length: Any
) -> Callable[[Any], str]:
    def body(t: Trace) -> None:
        estimator = t.estimator()
        length_ = length or {"epochs": 2}
        estimator.fit(
            t.loader(), t.loader(5) if validate else None, event_handlers=handlers(t, estimator), **length_
        )

    return _traced(body)


def _fixed(t: Trace, metric: Any, values: list[float]) -> Any:
    """A handler that gives a metric these values, one after each epoch."""
    left = list(values)

    class Fix(t.module.EpochEnd):  # type: ignore[name-defined,misc]
        priority = -5

        def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
            metric.reset()
            metric.sum_metric, metric.num_inst = left.pop(0), 1

    return Fix()


def _early(**options: Any) -> Callable[[Any], str]:
    def body(t: Trace) -> None:
        e = t.estimator()
        metric = e.train_metrics[0]
        handler = t.module.EarlyStoppingHandler(metric, **options)
        fixed = _fixed(t, metric, [0.5, 0.6, 0.6, 0.55, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7])
        e.fit(t.loader(), epochs=10, event_handlers=[fixed, handler])
        t.lines = [line for line in t.lines if "EarlyStopping" in line]
        t.lines.append(
            f"wait {handler.wait} stopped {handler.stopped_epoch} epochs {handler.current_epoch} best {handler.best}"
        )

    return _traced(body)


@contextlib.contextmanager
def _folder() -> Any:
    with tempfile.TemporaryDirectory() as path:
        yield path


def _files(path: str) -> str:
    return " ".join(name for name in sorted(os.listdir(path)) if not _OURS.search(name))


def _checkpoints(monitor: bool = False, hybridize: bool = False, **options: Any) -> Callable[[Any], str]:
    length = {name: options.pop(name) for name in ("epochs", "batches") if name in options} or {"epochs": 3}

    def body(t: Trace) -> None:
        with _folder() as path:
            e = t.estimator()
            if hybridize:
                e.net.hybridize()
            if monitor:
                options["monitor"] = e.train_metrics[0]
            handler = t.module.CheckpointHandler(os.path.join(path, "inner"), **options)
            e.fit(t.loader(), event_handlers=[handler], **length)
            t.lines = [_files(os.path.join(path, "inner")), " ".join(handler.saved_checkpoints)]
            if "save_best" in options:
                t.lines.append(f"best {handler.best:.3f}")

    return _traced(body)


def _resumed(
    first: dict[str, int], second: dict[str, int], **options: Any
) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        t = Trace(mx)
        with _folder() as path:
            e = t.estimator(momentum=0.9)
            e.fit(t.loader(), event_handlers=[t.module.CheckpointHandler(path, **options)], **first)
            e = t.estimator(momentum=0.9)
            handler = t.module.CheckpointHandler(path, resume_from_checkpoint=True, **options)
            e.fit(t.loader(), event_handlers=[handler], **second)
            names = _files(path).encode()
        where = [handler.trained_epoch, handler.trained_batch]
        return [e.net.weight.data().asnumpy(), np.array(where), np.frombuffer(names, np.uint8)]

    return run


def _default_metrics(t: Trace) -> None:
    for name in sorted(t.mx.gluon.loss.__all__):
        if name not in ("Loss", "SDMLLoss", "CTCLoss"):
            e = t.estimator(loss=getattr(t.mx.gluon.loss, name)())
            metrics = [m.name for m in e.train_metrics] + [m.name for m in e.val_metrics]
            t.lines.append(f"{name}: {', '.join(metrics)}")


def _metric_names(t: Trace) -> None:
    metric = t.mx.metric
    given: dict[str, dict[str, Any]] = {
        "one": {"train_metrics": metric.MSE()},
        "list": {"train_metrics": [metric.Accuracy(), metric.TopKAccuracy(2)]},
        "composite": {"train_metrics": metric.CompositeEvalMetric([metric.MSE(), metric.MAE()])},
        "named": {"train_metrics": metric.Loss("mine")},
        "validation only": {"val_metrics": [metric.MSE()]},
        "both": {"train_metrics": metric.RMSE(), "val_metrics": [metric.MSE(), metric.Loss()]},
        "empty": {"train_metrics": [], "val_metrics": []},
    }
    for name, options in given.items():
        e = t.estimator(**options)
        t.lines.append(f"{name}: {[m.name for m in e.train_metrics]} {[m.name for m in e.val_metrics]}")


def _values(mx: Any) -> list[np.ndarray]:
    """Metrics after each epoch, and the weights in the end, of a training with momentum."""
    t = Trace(mx)
    e = t.estimator(momentum=0.9)
    seen = []

    class Keep(t.module.EpochEnd):  # type: ignore[name-defined,misc]
        def epoch_end(self, estimator: Any, *args: Any, **kwargs: Any) -> None:
            seen.append([m.get()[1] for m in estimator.train_metrics + estimator.val_metrics])

    e.fit(t.loader(), t.loader(5), epochs=5, event_handlers=Keep())
    return [np.array(seen, "float64"), e.net.weight.data().asnumpy(), e.net.bias.data().asnumpy()]


def _two_contexts(mx: Any) -> list[np.ndarray]:
    t = Trace(mx)
    contexts = [mx.cpu(0), mx.cpu(1)]
    e = t.estimator(net=t.net(ctx=contexts), context=contexts)
    t.lines.clear()
    e.fit(t.loader(), t.loader(), epochs=3)
    values = [m.get()[1] for m in e.train_metrics + e.val_metrics]
    return [np.array(values), *(array.asnumpy() for array in e.net.weight.list_data())]


def _other_validation(mx: Any) -> list[np.ndarray]:
    """Validation with another network and another loss."""
    t = Trace(mx)
    other = t.net()
    other.weight.set_data(mx.nd.array(numbers(2, 3)))
    e = t.estimator(val_net=other, val_loss=mx.gluon.loss.SoftmaxCrossEntropyLoss(weight=3.0))
    e.evaluate(t.loader())
    return [np.array([m.get()[1] for m in e.val_metrics])]


def _processor(t: Trace) -> None:
    base = t.module.BatchProcessor

    class Watched(base):  # type: ignore[valid-type,misc]
        def fit_batch(self, estimator: Any, train_batch: Any, batch_axis: int = 0) -> Any:
            result = super().fit_batch(estimator, train_batch, batch_axis)
            t.lines.append(f"fit {_shape(result)} axis {batch_axis}")
            return result

        def evaluate_batch(self, estimator: Any, val_batch: Any, batch_axis: int = 0) -> Any:
            result = super().evaluate_batch(estimator, val_batch, batch_axis)
            t.lines.append(f"evaluate {_shape(result)} axis {batch_axis}")
            return result

    e = t.estimator(batch_processor=Watched())
    e.fit(t.loader(), t.loader(5), epochs=1)


def _schedule(t: Trace) -> None:
    net = t.net()
    schedule = t.mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.1)
    options = {"learning_rate": 0.1, "lr_scheduler": schedule}
    e = t.estimator(net=net, trainer=t.mx.gluon.Trainer(net.collect_params(), "sgd", options))
    e.fit(t.loader(), epochs=2)


def _wrong_uses(t: Trace) -> None:
    """The classes of the exceptions; the texts are not MXNet's."""
    mx, module = t.mx, t.module
    accuracy = mx.metric.Accuracy()
    data = t.loader()

    def ready() -> Any:
        return t.estimator()

    uses: dict[str, Callable[[], Any]] = {
        "loss is a function": lambda: t.estimator(loss=lambda a, b: a),
        "loss is a class": lambda: t.estimator(loss=mx.gluon.loss.L2Loss),
        "metric by name": lambda: t.estimator(train_metrics="acc"),
        "metrics of numbers": lambda: t.estimator(train_metrics=[3]),
        "context by name": lambda: t.estimator(context="cpu"),
        "context of numbers": lambda: t.estimator(context=[3]),
        "context that is not there": lambda: t.estimator(context=mx.gpu(77)),
        "trainer by name": lambda: t.estimator(trainer="sgd"),
        "processor without methods": lambda: t.estimator(batch_processor=3),
        "no length": lambda: ready().fit(data),
        "two lengths": lambda: ready().fit(data, epochs=1, batches=1),
        "no epochs": lambda: ready().fit(data, epochs=0),
        "a list of batches": lambda: ready().fit([(X, Y)], epochs=1),
        "evaluation of a list": lambda: ready().evaluate([(X, Y)]),
        "no handler": lambda: ready().fit(data, epochs=1, event_handlers=[3]),
        "a handler's class": lambda: ready().fit(data, epochs=1, event_handlers=[module.StoppingHandler]),
        "another's metric": lambda: ready().fit(
            data, epochs=1, event_handlers=[module.MetricHandler(accuracy)]
        ),
        "log interval": lambda: module.LoggingHandler("batch"),
        "log interval 1.5": lambda: module.LoggingHandler(1.5),
        "monitor by name": lambda: module.EarlyStoppingHandler("acc"),
        "monitor of several": lambda: module.EarlyStoppingHandler(mx.metric.CompositeEvalMetric()),
        "best of nothing": lambda: module.CheckpointHandler(tempfile.gettempdir(), save_best=True),
        "folder None": lambda: module.CheckpointHandler(None),
    }
    for name, use in uses.items():
        try:
            use()
        except Exception as error:
            t.lines.append(f"{name}: {_original(error)}")
        else:
            t.lines.append(f"{name}: nothing")


def _original(error: Exception) -> str:
    """The first class of an exception that is not the library's own."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "builtins")


def _evaluation(t: Trace) -> None:
    e = t.estimator()
    e.evaluate(t.loader(), event_handlers=[t.spy("spy", answer=lambda event, count: True)])
    t.lines.append(" ".join(f"{m.name} {m.get()[1]:.3f}" for m in e.val_metrics))


def _s(identity: str, run: Callable[[Any], Any], *needs: str) -> Scenario:
    return Scenario(identity, run, (*NEEDS, *needs), (1e-4, 1e-6))


def _periods(**options: Any) -> Callable[[Any], str]:
    return _fit(
        lambda t, e: [t.spy("spy"), t.module.ValidationHandler(t.loader(5), e.evaluate, **options)], epochs=3
    )


SCENARIOS = [
    _s("log lines", _fit()),
    _s("log lines with validation", _fit(validate=True)),
    _s("log lines by batches", _fit(batches=4)),
    _s("log interval", _fit(lambda t, e: t.module.LoggingHandler(2, e.train_metrics))),
    _s("log with a schedule", _traced(_schedule)),
    _s(
        "priorities",
        _fit(
            lambda t, e: [
                t.spy(n, p, values=True)
                for n, p in zip("abcdef", (10, -5000, None, -1000, float("inf"), -2000))
            ],
            epochs=1,
        ),
    ),
    _s("events", _fit(lambda t, e: t.spy("spy"), validate=True)),
    _s(
        "a batch ends the epoch",
        _fit(lambda t, e: [t.spy("a", answer=lambda v, n: v == "batch_end"), t.spy("b")]),
    ),
    _s("an epoch ends the training", _fit(lambda t, e: t.spy("a", answer=lambda v, n: v == "epoch_end"))),
    _s(
        "answers that count for nothing",
        _fit(lambda t, e: t.spy("a", answer=lambda v, n: v.endswith("begin"))),
    ),
    _s("an answer of 1", _fit(lambda t, e: t.spy("a", answer=lambda v, n: int(n > 3)))),
    _s("metrics of one's own", _fit(lambda t, e: t.module.MetricHandler(e.train_metrics[0]), epochs=1)),
    _s("limits of a handler", _fit(lambda t, e: t.module.StoppingHandler(max_epoch=1), epochs=2)),
    _s("an empty epoch", _traced(lambda t: t.estimator().fit(t.loader(20, "discard"), epochs=2))),
    _s("validation by epochs", _periods(epoch_period=2)),
    _s("validation by batches", _periods(epoch_period=None, batch_period=2)),
    _s("validation by both", _periods(batch_period=2)),
    _s("no validation", _periods(epoch_period=0)),
    _s("evaluation", _traced(_evaluation)),
    _s("metrics by loss", _traced(_default_metrics)),
    _s("names of metrics", _traced(_metric_names)),
    _s("batch processor", _traced(_processor)),
    _s("values", _values),
    _s("two contexts", _two_contexts),
    _s("another network to validate", _other_validation),
    *(
        _s(f"early stopping {options}", _early(**options))
        for options in (
            {"mode": "max"},
            {"mode": "max", "patience": 1},
            {"mode": "max", "patience": 2},
            {"mode": "max", "patience": 3},
            {"mode": "max", "patience": 3, "min_delta": 0.08},
            {"mode": "max", "patience": 3, "baseline": 0.65},
            {"mode": "min", "patience": 2},
        )
    ),
    *(
        _s(f"checkpoints {options}", _checkpoints(**options))
        for options in (
            {},
            {"epoch_period": 2, "epochs": 5},
            {"batch_period": 2},
            {"batch_period": 2, "epoch_period": None},
            {"batch_period": 1, "max_checkpoints": 2},
            {"max_checkpoints": 0},
            {"epoch_period": None},
            {"model_prefix": "net", "batches": 4},
            {"hybridize": True, "epochs": 1},
            {"monitor": True, "save_best": True, "mode": "max"},
            {"monitor": True, "mode": "max", "epochs": 1},
        )
    ),
    _s("resumed by epochs", _resumed({"epochs": 2}, {"epochs": 4})),
    _s(
        "resumed by batches",
        _resumed({"batches": 3}, {"batches": 9}, batch_period=1, epoch_period=None, max_checkpoints=20),
    ),
    _s("wrong uses", _traced(_wrong_uses)),
]
