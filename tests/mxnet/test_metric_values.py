"""Metrics of predicted numbers: errors, correlations, means of losses."""

import numpy as np
import pytest

from mxnet import metric, nd


def drawn(seed, *shape):
    source = np.random.RandomState(seed)
    labels = source.standard_normal(shape)
    return labels, labels + source.standard_normal(shape)


def updated(made, *batches):
    for labels, preds in batches:
        made.update([nd.array(labels)], [nd.array(preds)])
    return made


def test_macro_correlation_is_the_mean_of_the_batches(seed):
    batches = [drawn(seed + k, 10 + k, 2) for k in range(3)]
    expected = [np.corrcoef(labels.ravel(), preds.ravel())[0, 1] for labels, preds in batches]
    made = updated(metric.PearsonCorrelation(), *batches)
    assert made.get()[1] == pytest.approx(np.mean(expected), rel=1e-6)
    made.reset_local()
    updated(made, batches[0])
    assert made.get()[1] == pytest.approx(expected[0], rel=1e-6)
    assert made.get_global()[1] == pytest.approx(np.mean([*expected, expected[0]]), rel=1e-6)


@pytest.mark.parametrize("offset", [0, 1e4])
def test_micro_correlation_is_that_of_all_batches_together(offset, seed):
    labels, preds = drawn(seed, 60)
    order = np.argsort(labels)  # batches that differ in their means
    labels, preds = labels[order] + offset, preds[order] - offset
    made = metric.PearsonCorrelation(average="micro")
    for start, stop in ((0, 1), (1, 2), (2, 20), (20, 60)):
        made.update(
            [nd.array(labels[start:stop], dtype="float64")], [nd.array(preds[start:stop], dtype="float64")]
        )
    expected = np.corrcoef(labels, preds)[0, 1]
    assert made.get()[1] == pytest.approx(expected, rel=1e-9)
    assert made.get_global()[1] == pytest.approx(expected, rel=1e-9)
    made.reset_micro()
    updated(made, ([1, 2, 3], [3, 2, 1]))
    assert made.get()[1] == pytest.approx(-1)
    made.reset()
    assert np.isnan(made.get()[1])


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_what_does_not_vary_has_no_correlation(average):
    made = metric.PearsonCorrelation(average=average)
    assert np.isnan(updated(made, ([1, 2, 3], [2, 2, 2])).get()[1])


def test_variance_and_covariance_grow_by_batches(seed):
    source = np.random.RandomState(seed)
    parts = [source.standard_normal(k) for k in (3, 1, 5)]
    made = metric.PearsonCorrelation(average="micro")
    state = (0, 0, 0)
    for part in parts:
        state = made.update_variance(part, *state)
    whole = np.concatenate(parts)
    assert state == pytest.approx((9, whole.mean(), ((whole - whole.mean()) ** 2).sum()))


def test_correlations_need_one_shape():
    for labels, preds in (([1, 2], [[1], [2]]), (np.ones((2, 3)), np.ones((3, 2)))):
        with pytest.raises(ValueError, match="does not match shape of predictions"):
            updated(metric.PearsonCorrelation(), (labels, preds))


@pytest.mark.parametrize(("name", "value"), [("mae", 1.0), ("mse", 1.0), ("rmse", 1.0)])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64"])
def test_errors_of_small_and_whole_numbers_do_not_wrap(name, value, dtype):
    made = metric.create(name)
    made.update([nd.array([1, 2], dtype=dtype)], [nd.array([2, 1], dtype=dtype)])
    assert made.get()[1] == value


@pytest.mark.parametrize("name", ["mae", "mse", "rmse"])
def test_errors_of_shapes_that_do_not_fit_are_explained(name):
    made = metric.create(name)
    with pytest.raises(ValueError, match=r"\(4, 2\) do not fit predictions of shape \(3, 2\)"):
        updated(made, (np.ones((4, 2)), np.ones((3, 2))))
    assert np.isnan(made.get()[1])


@pytest.mark.parametrize("name", ["loss", "torch", "caffe"])
def test_means_of_losses_have_three_names(name):
    made = metric.create(name)
    assert isinstance(made, metric.Loss)
    made.update(None, nd.array([1, 3]))
    made.update(None, 8.0)
    assert made.get() == (name, 4.0)


def test_sums_of_different_types_go_together():
    made = metric.Loss()
    for dtype in ("int32", "float32", "uint8", "float64", "float16"):
        made.update(None, nd.array([2], dtype=dtype))
    assert (made.sum_metric, made.num_inst) == (10.0, 5)
