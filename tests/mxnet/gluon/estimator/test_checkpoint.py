"""Checkpoints: what is written, what survives, and that a training goes on as if nothing had happened."""

import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import MXNetError, gluon, nd
from mxnet.gluon.contrib.estimator import (
    BatchBegin,
    BatchEnd,
    CheckpointHandler,
    EarlyStoppingHandler,
    EpochBegin,
    EpochEnd,
    LoggingHandler,
)
from mxnet.gluon.contrib.estimator.state import (
    metric_state,
    pack,
    random_state,
    set_metric_state,
    set_random_state,
    unpack,
)
from mxnet.gluon.data.sampler import Sampler
from tests.samples.gluon.estimators import Trace

from .common import estimator, fill, loader, network, same, weights

GOLDEN = Path(__file__).parents[3] / "golden" / "files"


class Stop(Exception):
    """What ends a training in the middle, as a kill would."""


class StopAt(BatchEnd):
    """Ends the training after so many batches, last of all handlers."""

    priority = 10_000

    def __init__(self, batches):
        self.left = batches

    def batch_end(self, estimator, *args, **kwargs):
        self.left -= 1
        if self.left < 0:
            raise Stop


def trained(folder, seed, resume=True, stop=None, data=None, handlers=(), dropout=0.5, **length):
    """A training with everything random in it; the estimator, its handler, and the draws after it."""
    mx.random.seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    data = loader(shuffle=True) if data is None else data()
    e = estimator(fill(network(dropout)), "adam")
    handler = CheckpointHandler(folder, batch_period=1, resume_from_checkpoint=resume)
    own = [make(e) for make in handlers]
    stopping = [] if stop is None else [StopAt(stop)]
    if stop is None:
        e.fit(data, loader(), event_handlers=[handler, *own, *stopping], **length)
    else:
        with pytest.raises(Stop):
            e.fit(data, loader(), event_handlers=[handler, *own, *stopping], **length)
    draws = [nd.random.uniform().asscalar().item(), np.random.rand(), random.random()]
    values = [m.get()[1] for m in e.train_metrics + e.val_metrics]
    return e, handler, (draws, values)


def check_same(tmp_path, seed, stops, **arguments):
    """Stop a training after so many batches, go on, and compare with one that was left alone."""
    alone, handler, facts = trained(tmp_path / "alone", seed, **arguments)
    for stop in stops:
        trained(tmp_path / "stopped", seed, stop=stop, **arguments)
    resumed, again, facts_again = trained(tmp_path / "stopped", seed, **arguments)
    assert facts_again == facts
    assert same(weights(resumed.net), weights(alone.net))
    assert again.saved_checkpoints == handler.saved_checkpoints
    assert (again.current_epoch, again.current_batch) == (handler.current_epoch, handler.current_batch)
    return resumed


@pytest.mark.parametrize("stops", [[1], [4], [5], [6], [9], [2, 1, 3]], ids=str)
def test_a_stopped_training_goes_on_to_the_same_bits(tmp_path, seed, stops):
    check_same(tmp_path, seed, stops, epochs=3)


@pytest.mark.parametrize("stops", [[3], [5], [8]], ids=str)
def test_a_training_by_batches_goes_on_to_the_same_bits(tmp_path, seed, stops):
    check_same(tmp_path, seed, stops, batches=11)


@pytest.mark.parametrize(
    "options",
    [
        {"last_batch": "rollover", "size": 6},
        {"last_batch": "discard", "size": 6},
        {"num_workers": 2, "thread_pool": True},
        {"num_workers": 1},
    ],
    ids=str,
)
def test_the_loader_goes_on_where_it_was(tmp_path, seed, options):
    check_same(tmp_path, seed, [4], data=lambda: loader(shuffle=True, **options), epochs=3)


class Lazy(Sampler):
    """Draws each index when it is asked for it, from a generator of its own."""

    def __init__(self, length):
        self._length = length
        self._source = np.random.default_rng(3)

    def __iter__(self):
        for _ in range(self._length):
            yield int(self._source.integers(self._length))

    def __len__(self):
        return self._length


class Remembering(Lazy):
    """Keeps its generator where nobody finds it."""

    def __init__(self, length):
        super().__init__(length)
        self._source = [self._source]

    def __iter__(self):
        for _ in range(self._length):
            yield int(self._source[0].integers(self._length))

    def state_dict(self):
        return self._source[0].bit_generator.state

    def load_state_dict(self, state):
        self._source[0].bit_generator.state = state


@pytest.mark.parametrize("sampler", [Lazy, Remembering])
def test_samplers_with_generators_of_their_own_are_replayed(tmp_path, seed, sampler):
    check_same(tmp_path, seed, [7], data=lambda: loader(sampler=sampler(20)), epochs=3)


def test_early_stopping_goes_on_waiting(tmp_path, seed):
    def early(e):
        return EarlyStoppingHandler(e.val_metrics[1], patience=2, min_delta=0.05, restore_best_weights=True)

    resumed = check_same(tmp_path, seed, [12], handlers=[early], epochs=30)
    assert any("early stopping" in line for line in resumed.lines)


def test_the_log_counts_on(tmp_path, seed):
    resumed = check_same(tmp_path, seed, [7], epochs=3)
    begins = [line[:9] for line in resumed.lines if "Begin, current" in line]
    assert begins == ["[Epoch 1]", "[Epoch 2]"]


def test_what_later_handlers_do_is_in_the_checkpoint(tmp_path, seed):
    class Decay(EpochEnd):
        def epoch_end(self, estimator, *args, **kwargs):
            estimator.trainer.set_learning_rate(estimator.trainer.learning_rate * 0.5)
            for parameter in estimator.net.collect_params().values():
                parameter.set_data(parameter.data() * 0.9)

    resumed = check_same(tmp_path, seed, [5], handlers=[lambda e: Decay()], epochs=3)
    assert resumed.trainer.learning_rate == 0.1 / 8


def test_what_is_done_when_an_epoch_begins_is_not_done_twice(tmp_path, seed):
    class Decay(EpochBegin, BatchBegin):
        def epoch_begin(self, estimator, *args, **kwargs):
            estimator.trainer.set_learning_rate(estimator.trainer.learning_rate * 0.5)
            np.random.rand()

        def batch_begin(self, estimator, *args, **kwargs):
            random.random()

    resumed = check_same(tmp_path, seed, [7], handlers=[lambda e: Decay()], epochs=3)
    assert resumed.trainer.learning_rate == 0.1 / 8


def test_two_contexts_with_statistics_of_their_own(tmp_path):
    def train(folder, stop):
        net = gluon.nn.Sequential()
        net.add(
            gluon.nn.Dense(4, in_units=3), gluon.nn.BatchNorm(in_channels=4), gluon.nn.Dense(2, in_units=4)
        )
        net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
        fill(net)
        e = estimator(net)
        handlers = [CheckpointHandler(folder, batch_period=1, resume_from_checkpoint=True)]
        if stop:
            with pytest.raises(Stop):
                e.fit(loader(), epochs=2, event_handlers=[*handlers, StopAt(7)])
        else:
            e.fit(loader(), epochs=2, event_handlers=handlers)
        return [array.asnumpy() for p in net.collect_params().values() for array in p.list_data()]

    alone = train(tmp_path / "alone", False)
    train(tmp_path / "stopped", True)
    assert all((a == b).all() for a, b in zip(train(tmp_path / "stopped", False), alone, strict=True))
    assert any((a != b).any() for a, b in zip(alone[::2], alone[1::2], strict=True))


def test_a_finished_training_ends_at_once_and_can_be_prolonged(tmp_path, seed):
    alone, _, facts = trained(tmp_path / "alone", seed, epochs=3)
    trained(tmp_path / "parts", seed, epochs=2)
    again, _, _ = trained(tmp_path / "parts", seed, epochs=2)
    assert not any("Begin, current" in line for line in again.lines)
    assert "continue to train for 0 epochs" in " ".join(again.lines)
    longer, _, longer_facts = trained(tmp_path / "parts", seed, epochs=3)
    assert same(weights(longer.net), weights(alone.net))
    assert longer_facts == facts


def test_fewer_epochs_than_there_were_are_refused(tmp_path, seed):
    trained(tmp_path, seed, epochs=2)
    with pytest.raises(ValueError, match="maximum number of epoch 1 reached"):
        trained(tmp_path, seed, epochs=1)
    with pytest.raises(ValueError, match="maximum number of batch 3 reached"):
        trained(tmp_path, seed, batches=3)


# ------------------------------------------------------------------------------------------------ the files


def test_a_torn_checkpoint_is_left_out(tmp_path, seed):
    alone, _, _ = trained(tmp_path / "alone", seed, epochs=3)
    trained(tmp_path / "torn", seed, stop=6, epochs=3)
    newest = tmp_path / "torn" / "model-epoch1batch5.params"
    newest.write_bytes(b"\0" * 100)
    resumed, _, _ = trained(tmp_path / "torn", seed, epochs=3)
    assert any("a newer checkpoint is left out" in line and newest.name in line for line in resumed.lines)
    assert same(weights(resumed.net), weights(alone.net))


def test_a_folder_of_torn_checkpoints_is_an_error(tmp_path, seed):
    trained(tmp_path, seed, stop=3, epochs=3)
    for path in tmp_path.glob("*.states"):
        path.unlink()
    with pytest.raises(MXNetError, match=r"no checkpoint in .* can be read"):
        trained(tmp_path, seed, epochs=3)


def test_what_a_killed_process_has_left_is_deleted(tmp_path, seed):
    trained(tmp_path, seed, stop=3, epochs=2)
    for name in (".model-epoch0batch4.params.0123abcd.tmp", ".other.0123abcd.tmp"):
        (tmp_path / name).touch()
    trained(tmp_path, seed, epochs=2)
    assert [path.name for path in tmp_path.glob(".*")] == [".other.0123abcd.tmp"]


def test_a_new_training_in_an_old_folder_does_not_go_on_with_the_old_one(tmp_path, seed):
    trained(tmp_path, seed, epochs=3)
    trained(tmp_path, seed, resume=False, stop=2, epochs=3)  # checkpoints of epoch 0, beside those of epoch 2
    _, handler, _ = trained(tmp_path, seed, epochs=3)
    assert (handler.trained_epoch, handler.trained_batch) == (0, 1)
    trained(tmp_path, seed, resume=False, stop=0, epochs=3)  # killed before its first checkpoint was complete
    _, handler, _ = trained(tmp_path, seed, epochs=3)
    assert handler.trained_epoch == -1


def test_without_a_list_the_newest_checkpoint_counts(tmp_path, seed):
    alone, _, _ = trained(tmp_path / "alone", seed, epochs=3)
    trained(tmp_path / "copied", seed, stop=6, epochs=3)
    (tmp_path / "copied" / "model-checkpoints.json").unlink()
    resumed, handler, _ = trained(tmp_path / "copied", seed, epochs=3)
    assert (handler.trained_epoch, handler.trained_batch) == (1, 5)
    assert same(weights(resumed.net), weights(alone.net))


def test_a_list_that_cannot_be_read_is_an_error(tmp_path, seed):
    trained(tmp_path, seed, stop=3, epochs=2)
    (tmp_path / "model-checkpoints.json").write_text("[")
    with pytest.raises(MXNetError, match=r"checkpoints\.json cannot be read"):
        trained(tmp_path, seed, epochs=2)


def test_other_data_are_refused_in_the_middle_of_an_epoch(tmp_path, seed):
    trained(tmp_path, seed, stop=2, epochs=2)
    with pytest.raises(MXNetError, match="the data are not those of the checkpoint"):
        trained(tmp_path, seed, data=lambda: loader(5), epochs=2)


def test_another_network_is_refused_with_its_names(tmp_path, seed):
    trained(tmp_path, seed, stop=2, epochs=2)
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize()
    e = estimator(net)
    with pytest.raises((AssertionError, ValueError), match="weight"):
        e.fit(loader(), epochs=2, event_handlers=CheckpointHandler(tmp_path, resume_from_checkpoint=True))


def test_old_checkpoints_go_and_the_best_stays(tmp_path, seed):
    e = estimator(fill(network()))
    handler = CheckpointHandler(
        tmp_path, monitor=e.val_metrics[1], save_best=True, max_checkpoints=2, verbose=1
    )
    e.fit(loader(), loader(), epochs=5, event_handlers=handler)
    assert handler.saved_checkpoints == ["model-epoch3batch20", "model-epoch4batch25"]
    names = {path.stem for path in tmp_path.glob("*.params")}
    assert names == {"model-best", *handler.saved_checkpoints}
    assert any("improved from inf to" in line for line in e.lines)
    assert len(list(tmp_path.glob("*.resume"))) == 2


def test_a_hybridized_network_is_written_as_a_graph(tmp_path):
    e = estimator(network())
    e.net.hybridize()
    e.fit(loader(), epochs=1, event_handlers=CheckpointHandler(tmp_path))
    graph = mx.sym.load(str(tmp_path / "model-symbol.json"))
    assert "net_dense0_weight" in graph.list_arguments()


# --------------------------------------------------------------------------------- checkpoints of MXNet itself


@pytest.mark.parametrize("prefix", ["estimator"])
def test_a_checkpoint_of_mxnet_is_resumed_as_there(tmp_path, prefix):
    for ending in (".params", ".states"):
        shutil.copy(GOLDEN / f"{prefix}-epoch1batch6{ending}", tmp_path)
    trace = Trace(mx)
    handler = CheckpointHandler(tmp_path, prefix, resume_from_checkpoint=True)
    e = trace.estimator(momentum=0.9)
    e.fit(trace.loader(), epochs=4, event_handlers=handler)
    assert (handler.trained_epoch, handler.trained_batch) == (1, 6)
    assert handler.saved_checkpoints == ["estimator-epoch2batch9", "estimator-epoch3batch12"]
    later = mx.nd.load(str(GOLDEN / "estimator-later.params"))
    for name, array in weights(e.net).items():
        assert array == pytest.approx(later[name].asnumpy(), abs=1e-6)


def test_a_checkpoint_without_its_optimiser_is_refused_as_there(tmp_path):
    shutil.copy(GOLDEN / "estimator-epoch1batch6.params", tmp_path)
    e = Trace(mx).estimator()
    with pytest.raises(AssertionError, match=r"epoch1batch6\.states does not exist"):
        e.fit(
            loader(),
            epochs=4,
            event_handlers=CheckpointHandler(tmp_path, "estimator", resume_from_checkpoint=True),
        )


# ------------------------------------------------------------------------------------------------ plain data


def test_plain_data_survive_their_way_through_a_file():
    tree = {
        "numbers": [1, 2.5, float("inf"), True, None, "text"],
        "tuple": (np.float32(0.5), np.int64(3)),
        3: {"array": np.arange(6).reshape(2, 3), "nd": nd.array([1.5], dtype="float16", ctx=mx.cpu(1))},
    }
    arrays = {}
    again = unpack(pack(tree, arrays), arrays)
    assert again["numbers"] == tree["numbers"]
    assert again["tuple"] == (0.5, 3)
    assert (again[3]["array"] == tree[3]["array"]).all()
    assert again[3]["nd"].dtype == np.float16
    assert again[3]["nd"].context == mx.cpu(1)


def test_what_is_no_plain_data_is_refused_with_its_place(tmp_path):
    class Odd(EpochEnd):
        state_names = ("things",)

        def __init__(self):
            self.things = {"a": [object()]}

    with pytest.raises(TypeError, match=r"at .*things.*\['a'\]\[0\]"):
        estimator().fit(loader(), epochs=1, event_handlers=[Odd(), CheckpointHandler(tmp_path)])


def test_random_streams_go_on(seed):
    mx.random.seed(seed)
    state = random_state()
    first = [nd.random.normal(shape=3).asnumpy().tolist(), np.random.rand(), random.gauss(0, 1)]
    set_random_state(state)
    assert [nd.random.normal(shape=3).asnumpy().tolist(), np.random.rand(), random.gauss(0, 1)] == first


METRICS = {
    "Accuracy": lambda: mx.metric.Accuracy(),
    "F1": lambda: mx.metric.F1(),
    "MCC": lambda: mx.metric.MCC(average="micro"),
    "PCC": lambda: mx.metric.PCC(),
    "Pearson": lambda: mx.metric.PearsonCorrelation(average="micro"),
    "composite": lambda: mx.metric.CompositeEvalMetric([mx.metric.Accuracy(), mx.metric.F1()]),
    "own": lambda: mx.metric.np(lambda label, pred: float((label - pred.argmax(1)).sum())),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_go_on(rng, name):
    def update(metric):
        pred = rng.random((8, 2)).astype("float32")
        if name == "Pearson":
            metric.update([nd.array(rng.random(8))], [nd.array(pred[:, 0])])
        else:
            metric.update([nd.array(rng.integers(0, 2, 8))], [nd.array(pred)])

    first, second = METRICS[name](), METRICS[name]()
    update(first)
    arrays = {}
    set_metric_state(second, unpack(pack(metric_state(first), arrays), arrays))
    assert str(second.get()) == str(first.get())
    state = rng.bit_generator.state
    update(first)
    rng.bit_generator.state = state
    update(second)
    assert str(second.get()) == str(first.get())


WRONG = {
    "folder": (lambda path: CheckpointHandler(3), TypeError, "model_dir is a path"),
    "file": (lambda path: CheckpointHandler(path / "file"), MXNetError, "cannot make the folder"),
    "prefix": (lambda path: CheckpointHandler(path, "a/b"), ValueError, "beginning of a file's name"),
    "best": (lambda path: CheckpointHandler(path, save_best=True), ValueError, "provide one of the metric"),
    "composite": (
        lambda path: CheckpointHandler(path, monitor=mx.metric.CompositeEvalMetric(), save_best=True),
        ValueError,
        "CompositeEvalMetric is not supported",
    ),
    "period": (lambda path: CheckpointHandler(path, batch_period=1.5), ValueError, "batch_period=1.5"),
    "negative": (lambda path: CheckpointHandler(path, epoch_period=-1), ValueError, "epoch_period=-1"),
    "number": (lambda path: CheckpointHandler(path, max_checkpoints=-1), ValueError, "max_checkpoints=-1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_use_says_what_to_do(tmp_path, name):
    (tmp_path / "file").touch()
    use, kind, text = WRONG[name]
    with pytest.raises(kind, match=text) as caught:
        use(tmp_path)
    assert "\n  try: " in str(caught.value)


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere"
)
def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MXNetError, match="cannot be written"):
        estimator().fit(loader(), epochs=1, event_handlers=CheckpointHandler(tmp_path))


def test_an_unknown_mode_falls_back_with_a_warning(tmp_path):
    with pytest.warns(RuntimeWarning, match="mode best is unknown"):
        handler = CheckpointHandler(tmp_path, monitor=mx.metric.MSE(), save_best=True, mode="best")
    assert handler.monitor_op is np.less


def test_a_metric_that_nobody_updates_is_a_warning(tmp_path):
    e = estimator()
    handler = CheckpointHandler(tmp_path, monitor=e.val_metrics[0], save_best=True)
    with pytest.warns(RuntimeWarning, match="validation accuracy is not updated"):
        e.fit(loader(), epochs=1, event_handlers=[handler, LoggingHandler()])
    assert not (tmp_path / "model-best.params").exists()
