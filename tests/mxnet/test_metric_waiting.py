"""What a batch adds waits on its device: nothing is read in an update, and it stays one tensor for each number."""

import copy
import gc
import pickle

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import metric, nd

BATCH = 4
# name: (how it is made, labels, predictions)
LABELS, SCORES, VALUES = (BATCH,), (BATCH, 2), (BATCH, 3)
METRICS = {
    "accuracy": (metric.Accuracy, LABELS, SCORES),
    "top 2": (lambda: metric.TopKAccuracy(top_k=2), LABELS, SCORES),
    "f1": (metric.F1, LABELS, SCORES),
    "f1 micro": (lambda: metric.F1(average="micro"), LABELS, SCORES),
    "mcc": (metric.MCC, LABELS, SCORES),
    "mcc micro": (lambda: metric.MCC(average="micro"), LABELS, SCORES),
    "pcc": (metric.PCC, LABELS, SCORES),
    "cross-entropy": (metric.CrossEntropy, LABELS, SCORES),
    "likelihood": (metric.NegativeLogLikelihood, LABELS, SCORES),
    "perplexity": (lambda: metric.Perplexity(None), LABELS, SCORES),
    "perplexity without 0": (lambda: metric.Perplexity(0), LABELS, SCORES),
    "mae": (metric.MAE, VALUES, VALUES),
    "mse": (metric.MSE, VALUES, VALUES),
    "rmse": (metric.RMSE, VALUES, VALUES),
    "pearson": (metric.PearsonCorrelation, VALUES, VALUES),
    "pearson micro": (lambda: metric.PearsonCorrelation(average="micro"), VALUES, VALUES),
    "loss": (metric.Loss, VALUES, VALUES),
    "several": (lambda: metric.CompositeEvalMetric(["acc", "f1", metric.Perplexity(0)]), LABELS, SCORES),
}
every = pytest.mark.parametrize("name", METRICS)


def drawn(name, seed):
    make, labels, preds = METRICS[name]
    source = np.random.RandomState(seed)
    numbers = source.randint(0, 2, labels) if preds is SCORES else source.standard_normal(labels)
    given = source.uniform(0.1, 0.9, preds)
    if preds is SCORES:  # both classes occur and are predicted
        numbers[:2], given[:2] = [0, 1], [[0.8, 0.2], [0.3, 0.7]]
    return make(), numbers.astype("float32"), given.astype("float32")


@every
def test_an_update_reads_nothing_from_the_device(name, seed):
    """A meta tensor has no elements: whoever wants to read one raises."""
    made, labels, preds = drawn(name, seed)
    for _ in range(2):
        made.update([torch.tensor(labels, device="meta")], [torch.tensor(preds, device="meta")])
        made.update([torch.tensor(labels)], [torch.tensor(preds, device="meta")])
    with pytest.raises((RuntimeError, NotImplementedError)):
        made.get()
    made.reset()
    made.update([labels], [preds])
    assert np.isfinite(made.get()[1]).all()


@pytest.mark.parametrize(
    ("names", "updates"),
    [(tuple(METRICS), 300), (("accuracy", "perplexity without 0", "loss"), 10_000)],
    ids=["all", "three"],
)
def test_updates_of_metrics_that_nobody_reads_pile_up_nothing(names, updates, seed):
    used = [drawn(name, seed) for name in names]
    used = [(made, [nd.array(labels)], [nd.array(preds)]) for made, labels, preds in used]

    def update(times):
        for made, labels, preds in used:
            for _ in range(times):
                made.update(labels, preds)
        gc.collect()
        everything = gc.get_objects()
        tensors = [each for each in everything if type(each) is torch.Tensor]
        return len(everything), len(tensors), sum(each.numel() for each in tensors)

    total, *tensors = update(10)
    total_after, *tensors_after = update(updates - 10)
    assert tensors_after == tensors
    assert total_after < total + 50


@every
def test_reading_in_between_changes_no_value(name, seed):
    made, *_ = drawn(name, seed)
    read, *_ = drawn(name, seed)
    for k in range(4):
        _, labels, preds = drawn(name, seed + k)
        for each in (made, read):
            each.update(nd.array(labels), nd.array(preds))
        read.get()
    np.testing.assert_allclose(read.get()[1], made.get()[1], rtol=1e-12)
    np.testing.assert_allclose(read.get_global()[1], made.get_global()[1], rtol=1e-12)


@every
def test_arrays_may_be_those_of_numpy_and_pytorch_too(name, seed):
    made, labels, preds = drawn(name, seed)
    made.update([nd.array(labels)], [nd.array(preds)])
    expected = made.get()
    locked = labels.copy()
    locked.setflags(write=False)
    for given in (
        (labels, preds),
        ([labels], [preds]),
        ((labels,), (preds,)),
        (torch.tensor(labels), torch.tensor(preds)),
        ([nd.array(labels)], [torch.tensor(preds)]),
        (locked, preds[::-1][::-1]),
        (labels.tolist(), preds.tolist()),
    ):
        made.reset()
        made.update(*given)
        np.testing.assert_allclose(made.get()[1], expected[1], rtol=1e-5)


@every
def test_a_metric_can_be_copied_and_pickled_with_what_waits(name, seed):
    made, labels, preds = drawn(name, seed)
    made.update(nd.array(labels), nd.array(preds))
    other = copy.deepcopy(made)
    third = pickle.loads(pickle.dumps(made))
    other.update(nd.array(labels), nd.array(preds))
    again, *_ = drawn(name, seed)
    again.update(nd.array(labels), nd.array(preds))
    assert made.get() == third.get() == again.get()


def test_what_is_wrong_on_a_device_is_said_when_the_metric_is_read(monkeypatch):
    """The host stands in for a device here: it is taken for one that is not to be asked in an update."""
    made = metric.CrossEntropy()

    def asked_later(self, wrong, kind, what, because, hint=None):
        self._doubts[wrong.device, what, because, hint] = wrong.to(torch.int64), kind

    original = metric.EvalMetric._refuse_if
    monkeypatch.setattr(metric.EvalMetric, "_refuse_if", asked_later)
    made.update([nd.array([0, 9])], [nd.array([[0.5, 0.5], [0.5, 0.5]])])
    monkeypatch.setattr(metric.EvalMetric, "_refuse_if", original)
    for _ in range(2):
        with pytest.raises(IndexError, match="out of bounds"):
            made.get()
    made.reset()
    made.update([nd.array([0, 1])], [nd.array([[0.5, 0.5], [0.5, 0.5]])])
    assert made.get()[1] == pytest.approx(np.log(2))


def test_doubts_of_a_device_stay_there():
    made = metric.F1()
    for _ in range(100):
        made.update([torch.zeros(3, device="meta")], [torch.zeros((3, 2), device="meta")])
    assert len(made._doubts) == 1
    assert len(made._waiting) == 1


def test_updates_in_a_record_hold_no_graph(seed):
    x = nd.array(np.random.RandomState(seed).uniform(0.1, 0.9, (4, 2)))
    x.attach_grad()
    made = metric.CompositeEvalMetric(["acc", "f1", "ce", "pcc", metric.Perplexity(0)])
    with mx.autograd.record():
        y = x * 2
        made.update([nd.array([0, 1, 1, 0])], [y])
        made.update([nd.array([0, 1, 1, 0])], [torch.tensor(x.asnumpy(), requires_grad=True) * 2])
    for each in made.metrics:
        assert not any(tensor.requires_grad for tensor in each._waiting.values())
    y.backward()
    assert x.grad.asnumpy().tolist() == [[2, 2]] * 4
