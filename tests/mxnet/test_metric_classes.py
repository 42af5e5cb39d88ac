"""Metrics of classes and of probabilities: values, edges, wrong uses."""

import numpy as np
import pytest

from mxnet import metric, nd


def drawn(seed, number, classes):
    """Labels, and scores that are right more often than not."""
    source = np.random.RandomState(seed)
    labels = source.randint(0, classes, number)
    scores = source.dirichlet(np.ones(classes), number)
    scores[np.arange(number), labels] += source.uniform(0, 0.6, number)
    return labels, scores / scores.sum(axis=1, keepdims=True)


def updated(made, *batches):
    for labels, preds in batches:
        made.update([nd.array(labels)], [nd.array(preds)])
    return made


def binary_counts(labels, preds):
    guess = preds.argmax(axis=1)
    return (
        ((labels == 1) & (guess == 1)).sum(),
        ((labels == 0) & (guess == 1)).sum(),
        ((labels == 1) & (guess == 0)).sum(),
        ((labels == 0) & (guess == 0)).sum(),
    )


def f1(labels, preds):
    hits, wrong, missed, _ = binary_counts(labels, preds)
    precision, recall = hits / (hits + wrong), hits / (hits + missed)
    return 2 * precision * recall / (precision + recall)


def mcc(labels, preds):
    return np.corrcoef(labels, preds.argmax(axis=1))[0, 1]


SCORES = {"F1": f1, "MCC": mcc}
both = pytest.mark.parametrize("name", SCORES)

# ------------------------------------------------------------------------------------------------------ two classes


@both
def test_macro_is_the_mean_of_the_batches_and_micro_the_score_of_all(name, seed):
    batches = [drawn(seed + k, 40 + k, 2) for k in range(3)]
    macro = updated(getattr(metric, name)(), *batches)
    assert macro.get()[1] == pytest.approx(np.mean([SCORES[name](*batch) for batch in batches]), rel=1e-9)
    assert macro.num_inst == 3
    micro = updated(getattr(metric, name)(average="micro"), *batches)
    every = [np.concatenate(part) for part in zip(*batches, strict=True)]
    assert micro.get()[1] == pytest.approx(SCORES[name](*every), rel=1e-9)
    assert micro.num_inst == len(every[0])
    assert micro.sum_metric == pytest.approx(SCORES[name](*every) * len(every[0]), rel=1e-9)


@both
@pytest.mark.parametrize("average", ["macro", "micro"])
def test_local_and_global_scores_of_two_classes(name, average, seed):
    first, second = drawn(seed, 50, 2), drawn(seed + 1, 60, 2)
    made = updated(getattr(metric, name)(average=average), first)
    made.reset_local()
    assert np.isnan(made.get()[1])
    updated(made, second)
    assert made.get()[1] == pytest.approx(SCORES[name](*second), rel=1e-9)
    alone = updated(getattr(metric, name)(average=average), first, second)
    assert made.get_global() == alone.get()


@both
def test_labels_in_a_column_count_once(name, seed):
    labels, preds = drawn(seed, 30, 2)
    column = updated(getattr(metric, name)(), (labels.reshape(-1, 1), preds))
    assert column.get()[1] == pytest.approx(SCORES[name](labels, preds), rel=1e-9)


@both
def test_more_than_two_classes_are_refused_and_leave_the_metric_as_it_was(name):
    made = updated(getattr(metric, name)(), ([0, 1], [[1, 0], [0, 1]]))
    with pytest.raises(ValueError, match="currently only supports binary classification"):
        updated(made, ([0, 1, 2], [[1, 0], [0, 1], [1, 0]]))
    assert (made.get()[1], made.num_inst) == (1.0, 1)


@pytest.mark.parametrize("name", ["F1", "MCC", "PearsonCorrelation"])
def test_an_unknown_average_is_refused_at_once(name):
    with pytest.raises(ValueError, match=r"(?s)unknown average.*'macor'.*'macro'"):
        getattr(metric, name)(average="macor")


@both
def test_class_numbers_instead_of_scores_are_refused(name):
    with pytest.raises(ValueError, match="no axis 1 of classes"):
        getattr(metric, name)().update([nd.array([0, 1])], [nd.array([0, 1])])


@pytest.mark.parametrize("name", ["F1", "MCC", "PearsonCorrelation", "Perplexity"])
def test_a_configuration_makes_the_same_metric_again(name):
    options = {"ignore_label": 3, "axis": 1} if name == "Perplexity" else {"average": "micro"}
    made = getattr(metric, name)(name="mine", **options)
    again = metric.create(made.get_config())
    assert type(again) is type(made)
    assert (again.name, again.get_config()) == ("mine", made.get_config())
    assert options.items() <= vars(again).items()


# ----------------------------------------------------------------------------------------------------- many classes


def test_pcc_is_mcc_for_two_classes(seed):
    labels, preds = drawn(seed, 50, 2)
    assert updated(metric.PCC(), (labels, preds)).get()[1] == pytest.approx(mcc(labels, preds), rel=1e-9)


def test_pcc_is_the_correlation_of_vectors_of_zeros_and_a_one(seed):
    batches = [drawn(seed + k, 60, 4) for k in range(3)]
    made = updated(metric.PCC(), *batches)
    labels, preds = (np.concatenate(part) for part in zip(*batches, strict=True))
    true, guess = np.eye(4)[labels], np.eye(4)[preds.argmax(axis=1)]
    true, guess = true - true.mean(axis=0), guess - guess.mean(axis=0)
    expected = (true * guess).sum() / np.sqrt((true**2).sum() * (guess**2).sum())
    assert made.get()[1] == pytest.approx(expected, rel=1e-9)
    assert made.num_inst == 3
    numbers = updated(metric.PCC(), (labels, preds.argmax(axis=1)))
    assert numbers.get()[1] == pytest.approx(expected, rel=1e-9)
    assert numbers.lcm.sum() == 180


def test_pcc_makes_room_for_new_classes():
    made = updated(metric.PCC(), ([0, 1], [0, 1]), ([7, 1], [7, 1]))
    assert made.get()[1] == 1.0
    assert made.k == 8
    made.reset()
    assert np.isnan(made.get()[1])


def test_pcc_keeps_a_global_value():
    made = updated(metric.PCC(), ([0, 1, 1, 0], [0, 1, 0, 0]))
    before = made.get()[1]
    made.reset_local()
    updated(made, ([0, 1], [0, 1]))
    assert made.get()[1] == 1.0
    assert before < made.get_global()[1] < 1.0
    alone = metric.PCC(has_global_stats=False)
    updated(alone, ([0, 1], [0, 1]))
    assert alone.get_global() == alone.get()


def test_pcc_refuses_negative_classes():
    with pytest.raises(ValueError, match="a label is no class"):
        updated(metric.PCC(), ([0, -1], [0, 1]))


def test_top_k_counts_equal_scores_from_the_last_class():
    tied = np.zeros((4, 4))
    assert updated(metric.TopKAccuracy(top_k=2), ([0, 1, 2, 3], tied)).get()[1] == 0.5
    assert updated(metric.TopKAccuracy(top_k=2), ([2, 2, 3, 3], tied)).get()[1] == 1.0
    assert updated(metric.TopKAccuracy(top_k=2), ([0], [[5, 5, 9, 1]])).get()[1] == 0.0


@pytest.mark.parametrize("top_k", [2, 3, 7])
def test_top_k_is_that_of_sorting(top_k, seed):
    labels, preds = drawn(seed, 50, 6)
    made = updated(metric.TopKAccuracy(top_k=top_k), (labels, preds))
    best = np.argsort(preds.astype("float32"), axis=1)[:, -top_k:]
    assert made.get()[1] == (best == labels[:, None]).any(axis=1).mean()


def test_predictions_that_are_no_numbers_are_never_among_the_best():
    assert updated(metric.TopKAccuracy(top_k=2), ([1, 2], np.full((2, 3), np.nan))).get()[1] == 0.0


# ---------------------------------------------------------------------------------------------------- probabilities


@pytest.mark.parametrize("name", ["CrossEntropy", "NegativeLogLikelihood"])
def test_likelihoods_are_means_over_samples(name, seed):
    batches = [drawn(seed, 7, 3), drawn(seed + 1, 4, 3)]
    made = updated(getattr(metric, name)(eps=0.01), *batches)
    chosen = np.concatenate([preds[np.arange(len(labels)), labels] for labels, preds in batches])
    assert made.get()[1] == pytest.approx(-np.log(chosen + 0.01).mean(), rel=1e-5)
    assert made.num_inst == 11


@pytest.mark.parametrize("label", [3, -4])
def test_a_label_that_is_no_class_is_an_error_on_the_host(label):
    made = metric.CrossEntropy()
    with pytest.raises(IndexError, match=r"(?s)out of bounds.*3 classes"):
        updated(made, ([0, label], np.full((2, 3), 1 / 3)))
    assert np.isnan(made.get()[1])
    assert updated(made, ([-1, -3], [[0, 0, 1], [1, 0, 0]])).get()[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("axis", [-1, 1])
def test_perplexity_of_sequences(axis, seed):
    source = np.random.RandomState(seed)
    labels, preds = source.randint(0, 3, (2, 4)), source.dirichlet(np.ones(3), (2, 4))
    chosen = np.take_along_axis(preds, labels[:, :, None], 2)[:, :, 0]
    given = preds if axis == -1 else preds.swapaxes(1, 2)
    made = updated(metric.Perplexity(None, axis=axis), (labels, given))
    assert made.get()[1] == pytest.approx(np.exp(-np.log(chosen).mean()), rel=1e-5)
    flat = updated(metric.Perplexity(None), (labels.ravel(), preds.reshape(8, 3)))
    assert flat.get()[1] == pytest.approx(made.get()[1], rel=1e-6)
    padded = updated(metric.Perplexity(0, axis=axis), (labels, given))
    kept = chosen[labels != 0]
    assert padded.num_inst == kept.size
    assert padded.get()[1] == pytest.approx(np.exp(-np.log(kept).mean()), rel=1e-5)


def test_perplexity_of_ignored_labels_alone_has_no_value():
    made = updated(metric.Perplexity(1), ([1, 1], np.full((2, 3), 1 / 3)))
    assert np.isnan(made.get()[1])
    assert made.num_inst == 0


def test_a_certain_mistake_has_a_finite_perplexity():
    assert updated(metric.Perplexity(None), ([0], [[0, 1]])).get()[1] == pytest.approx(1e10, rel=1e-4)


@pytest.mark.parametrize(
    ("made", "labels", "preds"),
    [
        (metric.Perplexity(None), (6,), (4, 3)),
        (metric.Perplexity(None, axis=2), (4,), (4, 3)),
        (metric.CrossEntropy(), (3,), (2, 3)),
        (metric.CrossEntropy(), (6,), (2, 3, 3)),
        (metric.NegativeLogLikelihood(), (2,), (2,)),
    ],
    ids=["number", "axis", "rows", "axes", "no classes"],
)
def test_labels_that_do_not_fit_probabilities_are_refused(made, labels, preds):
    with pytest.raises(AssertionError, match="shape mismatch"):
        updated(made, (np.zeros(labels), np.ones(preds)))
    assert np.isnan(made.get()[1])
