"""`LearningRateFinder` finds a learning rate, and leaves no trace."""

import builtins
import random

import numpy as np
import pytest

import mxnet as mx
from mxnet import MXNetError, gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib.estimator import LearningRateFinder
from mxnet.gluon.contrib.estimator.state import random_state

from .common import estimator, fill, loader, network, same, weights


def regression(rng, count=256):
    x = rng.standard_normal((count, 4)).astype("float32")
    y = (x.sum(axis=1) + 0.1 * rng.standard_normal(count)).astype("float32")
    net = nn.Dense(1)
    net.initialize(mx.init.Zero())
    return estimator(net, loss=gluon.loss.L2Loss()), loader(16, shuffle=True, x=x, y=y)


def test_it_suggests_a_rate_that_learns(rng):
    e, data = regression(rng)
    finder = LearningRateFinder(e).run(data)
    assert 0.01 < finder.suggestion < 1
    assert finder.learning_rates[0] == 1e-7
    assert len(finder.learning_rates) == len(finder.losses) == len(finder.smoothed)
    e.trainer.set_learning_rate(finder.suggestion)
    e.fit(data, epochs=3)
    assert e.train_metrics[0].get()[1] < 0.1


def test_the_rates_grow_by_a_factor(rng):
    e, data = regression(rng)
    finder = LearningRateFinder(e, start_lr=1e-4, end_lr=1e-2, iterations=21).run(data)
    assert finder.learning_rates == pytest.approx(np.geomspace(1e-4, 1e-2, 21).tolist())


def trace(net, e):
    updater = e.trainer._updaters[0] if e.trainer._updaters else None
    states = {} if updater is None else updater.states
    return (
        weights(net),
        e.trainer.learning_rate,
        e.trainer.optimizer.num_update,
        {index: [array.asnumpy().tolist() for array in state] for index, state in states.items()},
    )


def draws():
    return [nd.random.uniform().asscalar().item(), np.random.rand(), random.random()]


def test_it_leaves_everything_as_it_was(seed):
    net = fill(network(dropout=0.5))
    schedule = mx.lr_scheduler.FactorScheduler(3, 0.5, base_lr=0.1)
    e = estimator(net, "adam", options={"lr_scheduler": schedule})
    data = loader(6, shuffle=True, last_batch="rollover")
    e.fit(data, epochs=1)
    before, rest = trace(net, e), list(data._batch_sampler._prev)
    state = random_state(["python", "numpy"])
    mx.random.seed(seed)
    expected = draws()
    mx.random.seed(seed)
    np.random.set_state(state["numpy"])
    random.seed(1)
    first = random.random()
    random.seed(1)
    LearningRateFinder(e, iterations=30).run(data)
    assert [nd.random.uniform().asscalar().item(), np.random.rand()] == expected[:2]
    assert random.random() == first
    after = trace(net, e)
    assert same(before[0], after[0])
    assert before[1:] == after[1:]
    assert e.trainer.optimizer.lr_scheduler is schedule
    assert data._batch_sampler._prev == rest


def test_gradients_that_add_up_are_as_before():
    net = fill(network())
    net.collect_params().setattr("grad_req", "add")
    e = estimator(net)
    e.fit_batch(next(iter(loader())))
    before = [p.grad().asnumpy() for p in net.collect_params().values()]
    LearningRateFinder(e, iterations=20).run(loader())
    for parameter, gradient in zip(net.collect_params().values(), before, strict=True):
        assert (parameter.grad().asnumpy() == gradient).all()


def test_it_leaves_everything_as_it_was_when_a_batch_fails():
    class Fails(type(gluon.loss.L2Loss())):
        calls = 0

        def hybrid_forward(self, F, *args):
            self.calls += 1
            if self.calls > 7:
                raise KeyError("mine")
            return super().hybrid_forward(F, *args)

    net = nn.Dense(1, in_units=3)
    net.initialize()
    e = estimator(net, loss=Fails())
    before = weights(net)
    with pytest.raises(KeyError):
        LearningRateFinder(e, start_lr=1e-2).run(loader())
    assert same(before, weights(net))
    assert e.trainer.learning_rate == 0.1


def test_a_network_whose_shapes_are_not_known_is_made_first():
    net = nn.Dense(2)
    net.initialize()
    e = estimator(net)
    LearningRateFinder(e, iterations=10).run(loader())
    assert net.weight.shape == (2, 3)


def test_the_plot_marks_the_suggestion(rng):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    e, data = regression(rng)
    finder = LearningRateFinder(e).run(data)
    axes = finder.plot()
    assert axes.get_xscale() == "log"
    assert [line.get_label() for line in axes.get_lines()][:2] == ["loss", "smoothed loss"]
    assert f"suggestion: {finder.suggestion:.2g}" in axes.get_legend_handles_labels()[1]
    assert finder.plot(axes) is axes
    pyplot.close("all")


def test_a_missing_matplotlib_says_what_to_install(monkeypatch, rng):
    e, data = regression(rng)
    finder = LearningRateFinder(e, iterations=10).run(data)
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'glueball\[plot\]'"):
        finder.plot()


def test_a_loss_that_never_falls_has_no_suggestion(rng):
    e, data = regression(rng)
    finder = LearningRateFinder(e, start_lr=1e3, end_lr=1e4, iterations=20).run(data)
    with pytest.raises(MXNetError, match="the loss never fell"):
        _ = finder.suggestion


WRONG = {
    "start": (lambda e: LearningRateFinder(e, start_lr=0), "start_lr is positive"),
    "end": (lambda e: LearningRateFinder(e, end_lr=1e-8), "end_lr is larger than start_lr"),
    "text": (lambda e: LearningRateFinder(e, end_lr="1"), "end_lr='1'"),
    "iterations": (lambda e: LearningRateFinder(e, iterations=3), "10 or more"),
    "half": (lambda e: LearningRateFinder(e, iterations=20.5), "iterations=20.5"),
    "smoothing": (lambda e: LearningRateFinder(e, smoothing=1), "at least 0 and below 1"),
    "diverge": (lambda e: LearningRateFinder(e, diverge=1), "diverge is larger than 1"),
    "network": (lambda e: LearningRateFinder(e.net), "takes an estimator"),
    "data": (lambda e: LearningRateFinder(e).run([1]), "DataLoader"),
    "nothing": (lambda e: LearningRateFinder(e).run(loader(30, last_batch="discard")), "no batches"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_use_says_what_to_do(name):
    use, text = WRONG[name]
    with pytest.raises(ValueError, match=text):
        use(estimator())


@pytest.mark.parametrize("use", [lambda f: f.suggestion, lambda f: f.plot()], ids=["suggestion", "plot"])
def test_there_is_nothing_before_the_test(use):
    with pytest.raises(MXNetError, match="there was no test yet"):
        use(LearningRateFinder(estimator()))
