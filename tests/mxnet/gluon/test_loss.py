"""Losses: formulas, weights, axes, extremes."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import loss as losses


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def log_softmax(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


# name: (class, arguments, what it is of prediction and label element by element)
ELEMENTWISE = {
    "L2": (losses.L2Loss, {}, lambda p, t: (p - t) ** 2 / 2),
    "L1": (losses.L1Loss, {}, lambda p, t: np.abs(p - t)),
    "Huber": (
        losses.HuberLoss,
        {"rho": 0.7},
        lambda p, t: np.where(np.abs(p - t) > 0.7, np.abs(p - t) - 0.35, (p - t) ** 2 / 1.4),
    ),
    "Hinge": (losses.HingeLoss, {"margin": 0.8}, lambda p, t: np.maximum(0, 0.8 - p * t)),
    "SquaredHinge": (losses.SquaredHingeLoss, {}, lambda p, t: np.maximum(0, 1 - p * t) ** 2),
    "Logistic": (losses.LogisticLoss, {}, lambda p, t: softplus(p) - p * (t + 1) / 2),
    "Logistic binary": (losses.LogisticLoss, {"label_format": "binary"}, lambda p, t: softplus(p) - p * t),
    "BCE": (losses.SigmoidBCELoss, {}, lambda p, t: softplus(p) - p * t),
}
elementwise = pytest.mark.parametrize("name", ELEMENTWISE)


def drawn(seed, shape=(4, 3)):
    source = np.random.RandomState(seed)
    pred = source.standard_normal(shape)
    label = source.randint(0, 2, shape) * 2.0 - 1
    return pred, label, source.uniform(0.5, 2, (shape[0], *[1] * (len(shape) - 1)))


@elementwise
def test_the_formula_and_the_mean_over_each_example(name, seed):
    kind, arguments, formula = ELEMENTWISE[name]
    for shape in ((4, 3), (4,), (2, 3, 4)):
        pred, label, _ = drawn(seed, shape)
        result = kind(**arguments)(nd.array(pred, dtype="float64"), nd.array(label, dtype="float64"))
        expected = formula(pred, label).reshape(shape[0], -1).mean(axis=1)
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-9)


@elementwise
def test_weight_and_sample_weight_multiply(name, seed):
    kind, arguments, formula = ELEMENTWISE[name]
    pred, label, weights = drawn(seed)
    result = kind(weight=3.0, **arguments)(
        nd.array(pred, dtype="float64"), nd.array(label, dtype="float64"), nd.array(weights, dtype="float64")
    )
    expected = (3 * weights * formula(pred, label)).mean(axis=1)
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-9)


@elementwise
def test_another_batch_axis(name, seed):
    kind, arguments, formula = ELEMENTWISE[name]
    pred, label, _ = drawn(seed)
    result = kind(batch_axis=1, **arguments)(
        nd.array(pred, dtype="float64"), nd.array(label, dtype="float64")
    )
    np.testing.assert_allclose(result.asnumpy(), formula(pred, label).mean(axis=0), rtol=1e-9)


@elementwise
def test_labels_may_have_another_shape_of_as_many_elements(name, seed):
    kind, arguments, formula = ELEMENTWISE[name]
    pred, label, _ = drawn(seed, (4, 1))
    result = kind(**arguments)(nd.array(pred), nd.array(label.ravel()))
    np.testing.assert_allclose(result.asnumpy(), formula(pred, label)[:, 0], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="label does not fit pred"):
        kind(**arguments)(nd.array(pred), nd.ones((3,)))


# ------------------------------------------------------------------------------------------------------ two classes


def test_binary_cross_entropy_from_probabilities(seed):
    pred, label, _ = drawn(seed)
    label = (label + 1) / 2
    p = 1 / (1 + np.exp(-pred))
    result = losses.SigmoidBCELoss(from_sigmoid=True)(nd.array(p), nd.array(label))
    np.testing.assert_allclose(result.asnumpy(), (softplus(pred) - pred * label).mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize("from_sigmoid", [False, True])
def test_a_positive_weight_counts_for_positive_labels(from_sigmoid, seed):
    pred, label, _ = drawn(seed)
    label = (label + 1) / 2
    factor = np.array([[1.0, 2.0, 3.0]])
    given = 1 / (1 + np.exp(-pred)) if from_sigmoid else pred
    result = losses.SigmoidBCELoss(from_sigmoid=from_sigmoid)(
        nd.array(given), nd.array(label), None, nd.array(factor)
    )
    expected = factor * label * softplus(-pred) + (1 - label) * softplus(pred)
    np.testing.assert_allclose(result.asnumpy(), expected.mean(axis=1), rtol=1e-5)


def test_binary_cross_entropy_of_extreme_values_is_finite():
    pred, label = nd.array([[1e4], [-1e4]]), nd.array([[0], [1]])
    assert losses.SigmoidBCELoss()(pred, label).asnumpy().tolist() == [1e4, 1e4]
    certain = losses.SigmoidBCELoss(from_sigmoid=True)(nd.array([[1], [0]]), nd.array([[0], [1]]))
    np.testing.assert_allclose(certain.asnumpy(), [27.631021, 27.631021], rtol=1e-6)


def test_an_unknown_label_format_is_refused():
    with pytest.raises(ValueError, match="signed or binary"):
        losses.LogisticLoss(label_format="sigend")


# ----------------------------------------------------------------------------------------------------- many classes


def test_softmax_cross_entropy_is_the_log_probability_of_the_label(seed):
    source = np.random.RandomState(seed)
    pred, label = source.standard_normal((5, 4)), source.randint(0, 4, 5)
    expected = -log_softmax(pred)[np.arange(5), label]
    for dtype in ("float32", "float64", "int32", "int64", "uint8"):
        for shape in ((5,), (5, 1)):
            result = losses.SoftmaxCELoss()(
                nd.array(pred, dtype="float64"), nd.array(label.reshape(shape), dtype=dtype)
            )
            np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-9)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (2, 3, 4)), (1, (2, 4, 3)), (0, (4, 3)), (2, (2, 3, 4, 2))])
def test_the_classes_may_be_on_any_axis(axis, shape, seed):
    source = np.random.RandomState(seed)
    pred = source.standard_normal(shape)
    rest = [n for k, n in enumerate(shape) if k != axis % len(shape)]
    label = source.randint(0, 4, rest)
    chosen = -np.take_along_axis(log_softmax(pred, axis), np.expand_dims(label, axis), axis)
    expected = chosen.reshape(chosen.shape[0], -1).mean(axis=1)
    result = losses.SoftmaxCELoss(axis=axis)(nd.array(pred, dtype="float64"), nd.array(label))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-9)


def test_labels_outside_the_classes_count_as_the_nearest_class():
    x = nd.array([[1, 2, 3], [1, -1, 0.5]])
    x.attach_grad()
    with autograd.record():
        outside = losses.SoftmaxCELoss()(x, nd.array([5, -3]))
    outside.backward()
    gradient = x.grad.asnumpy()
    with autograd.record():
        inside = losses.SoftmaxCELoss()(x, nd.array([2, 0]))
    inside.backward()
    np.testing.assert_array_equal(outside.asnumpy(), inside.asnumpy())
    np.testing.assert_array_equal(gradient, x.grad.asnumpy())


def test_the_labels_of_the_user_are_never_changed():
    label = nd.array([5, -3], dtype="int64")
    losses.SoftmaxCELoss()(nd.ones((2, 3)), label)
    assert label.asnumpy().tolist() == [5, -3]


def test_fractions_of_labels_are_cut_off():
    x = nd.array([[1, 2, 3]])
    assert (
        losses.SoftmaxCELoss()(x, nd.array([1.9])).asscalar()
        == losses.SoftmaxCELoss()(x, nd.array([1])).asscalar()
    )


def test_logits_of_a_thousand_do_not_overflow():
    result = losses.SoftmaxCELoss()(nd.array([[1000, 0, -1000]]), nd.array([2]))
    assert result.asscalar() == 2000


def test_dense_labels_are_probabilities(seed):
    source = np.random.RandomState(seed)
    pred, label = source.standard_normal((5, 4)), source.dirichlet(np.ones(4), 5)
    result = losses.SoftmaxCELoss(sparse_label=False)(nd.array(pred), nd.array(label))
    np.testing.assert_allclose(result.asnumpy(), -(log_softmax(pred) * label).sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("sparse", [True, False])
def test_log_probabilities_as_input(sparse, seed):
    source = np.random.RandomState(seed)
    pred = source.standard_normal((5, 4)).astype("float32")
    label = nd.array(source.randint(0, 4, 5))
    given = label if sparse else nd.one_hot(label, 4)
    direct = losses.SoftmaxCELoss(sparse_label=sparse)(nd.array(pred), given)
    after = losses.SoftmaxCELoss(sparse_label=sparse, from_logits=True)(nd.log_softmax(nd.array(pred)), given)
    np.testing.assert_allclose(direct.asnumpy(), after.asnumpy(), rtol=1e-5, atol=1e-6)


def test_weights_of_softmax_cross_entropy(seed):
    x, y = nd.array([[1, 2, 3], [1, -1, 0.5]]), nd.array([0, 2])
    plain = losses.SoftmaxCELoss()(x, y).asnumpy()
    weighted = losses.SoftmaxCELoss(weight=3)(x, y, nd.array([[2], [0.5]]))
    np.testing.assert_allclose(weighted.asnumpy(), plain * [6, 1.5], rtol=1e-6)
    np.testing.assert_allclose(losses.SoftmaxCELoss(weight=3)(x, y).asnumpy(), plain * 3, rtol=1e-6)
    # without its second axis, a sample weight broadcasts along the wrong one, as in 1.9.1
    crossed = losses.SoftmaxCELoss()(x, y, nd.array([1, 2]))
    np.testing.assert_allclose(crossed.asnumpy(), plain * 1.5, rtol=1e-6)
    by_class = losses.SoftmaxCELoss(batch_axis=1, weight=2)(x, y)
    np.testing.assert_allclose(by_class.asnumpy(), [2 * plain.mean()], rtol=1e-6)


def test_another_number_of_labels_is_an_error_that_names_the_loss():
    with pytest.raises(mx.MXNetError) as caught:
        losses.SoftmaxCrossEntropyLoss(prefix="loss_")(nd.ones((2, 3)), nd.ones((3,)))
    assert str(caught.value).startswith("SoftmaxCrossEntropyLoss (layer 'loss'): label does not fit pred\n")
    assert "pred of shape (2, 3) takes labels of shape (2,), label has (3,)" in str(caught.value)
    with pytest.raises(mx.MXNetError, match="sparse_label=False"):
        losses.SoftmaxCrossEntropyLoss()(nd.ones((2, 3)), nd.ones((2, 3)))


def test_whole_numbers_are_no_predictions():
    with pytest.raises(mx.MXNetError, match="floating"):
        losses.SoftmaxCELoss()(nd.ones((2, 3), dtype="int32"), nd.ones((2,)))


def test_the_gradient_is_softmax_minus_truth(seed):
    source = np.random.RandomState(seed)
    pred, label = source.standard_normal((5, 4)), source.randint(0, 4, 5)
    x = nd.array(pred, dtype="float64")
    x.attach_grad()
    with autograd.record():
        value = losses.SoftmaxCELoss()(x, nd.array(label))
    value.backward()
    np.testing.assert_allclose(
        x.grad.asnumpy(), np.exp(log_softmax(pred)) - np.eye(4)[label], rtol=1e-9, atol=1e-12
    )


# -------------------------------------------------------------------------------------------------- divergence, rest


@pytest.mark.parametrize("from_logits", [True, False])
def test_divergence_is_summed_over_each_example(from_logits, seed):
    source = np.random.RandomState(seed)
    pred, label = source.standard_normal((5, 4)), source.dirichlet(np.ones(4), 5)
    given = log_softmax(pred) if from_logits else pred
    result = losses.KLDivLoss(from_logits=from_logits)(nd.array(given), nd.array(label))
    expected = (label * (np.log(label) - log_softmax(pred))).sum(axis=1)
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-4, atol=1e-6)


# -------------------------------------------------------------------------------------------------------- counts


def poisson(pred, target):
    return np.exp(pred) - target * pred


@pytest.mark.parametrize("from_logits", [True, False])
def test_poisson_is_one_mean_of_all_elements(from_logits, seed):
    source = np.random.RandomState(seed)
    pred, target = source.standard_normal((4, 3)), source.poisson(3, (4, 3))
    given = pred if from_logits else np.exp(pred)
    loss = losses.PoissonNLLLoss(weight=2, from_logits=from_logits)
    result = loss(nd.array(given, dtype="float64"), nd.array(target.ravel(), dtype="float64"))
    np.testing.assert_allclose(result.asnumpy(), [2 * poisson(pred, target).mean()], rtol=1e-6)
    weights = np.array([[1], [0], [2], [3]])
    weighted = loss(*(nd.array(each, dtype="float64") for each in (given, target, weights)))
    np.testing.assert_allclose(weighted.asnumpy(), [2 * (weights * poisson(pred, target)).mean()], rtol=1e-6)


def test_the_logarithm_of_poisson_takes_an_epsilon():
    loss = losses.PoissonNLLLoss(from_logits=False)
    assert np.isfinite(loss(nd.zeros((2,)), nd.ones((2,))).asscalar())
    assert loss(nd.array([0.5]), nd.array([1]), None, 0.5).asscalar() == 0.5


def test_the_full_poisson_approximates_the_factorial(seed):
    pred, target = np.random.RandomState(seed).standard_normal(5), np.array([0, 1, 2, 10, 40])
    x = nd.array(pred, dtype="float64")
    x.attach_grad()
    with autograd.record():
        value = losses.PoissonNLLLoss(compute_full=True)(x, nd.array(target, dtype="float64"))
    value.backward()
    logarithms = [0, 0, np.log(2), 15.104413, 110.320640]  # of the factorials
    assert value.asscalar() == pytest.approx((poisson(pred, target) + logarithms).mean(), rel=1e-2)
    np.testing.assert_allclose(x.grad.asnumpy(), (np.exp(pred) - target) / 5, rtol=1e-9)


# ---------------------------------------------------------------------------------------------------------- general


@pytest.mark.parametrize(
    "kind", [each for each in losses.__all__ if each not in ("Loss", "SigmoidBCELoss", "SoftmaxCELoss")]
)
def test_losses_need_no_more_of_f_than_its_public_operators(kind, seed):
    class OtherF:
        def __getattr__(self, name):
            assert not name.startswith("_"), name
            return getattr(nd, name)

    x, y, z = (nd.array(np.random.RandomState(seed + k).uniform(0.1, 0.9, (4, 3))) for k in range(3))
    second = {"SoftmaxCrossEntropyLoss": nd.array([0, 2, 1, 1])}.get(kind, y)
    if kind == "CTCLoss":
        x, second = x.reshape((1, 4, 3)), nd.array([[0, 1]])
    arrays = [x, second, *([z] if kind == "TripletLoss" else [])]
    if kind == "CosineEmbeddingLoss":
        arrays.append(nd.array([1, -1, 1, -1]))
    results = []
    for call in (lambda loss: loss(*arrays), lambda loss: loss.hybrid_forward(OtherF(), *arrays)):
        x.attach_grad()
        with autograd.record():
            value = call(getattr(losses, kind)())
        value.backward()
        results.append((value.asnumpy(), x.grad.asnumpy()))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("kind", [losses.L1Loss, losses.L2Loss, losses.HingeLoss])
def test_weights_may_be_numbers_of_numpy_but_not_arrays(kind):
    x, y = nd.array([[1.0], [2.0]]), nd.array([[3.0], [-1.0]])
    plain = kind(weight=1)(x, y).asnumpy()
    for weight in (2, 2.0, np.float32(2), np.int64(2)):
        assert kind(weight=weight)(x, y).asnumpy().tolist() == (2 * plain).tolist()
    assert kind(weight=0)(x, y).asnumpy().tolist() == [0, 0]
    for weight in ("2", nd.array([2]), [2]):
        with pytest.raises(AssertionError, match="weight must be a number"):
            kind(weight=weight)(x, y)


def test_losses_print_their_weight_and_axis():
    assert repr(losses.SoftmaxCELoss()) == "SoftmaxCrossEntropyLoss(batch_axis=0, w=None)"
    assert repr(losses.L2Loss(weight=2.0, batch_axis=1)) == "L2Loss(batch_axis=1, w=2.0)"


def test_a_loss_of_ones_own():
    class Cubic(losses.Loss):
        def __init__(self, weight=None, batch_axis=0, **kwargs):
            super().__init__(weight, batch_axis, **kwargs)

        def hybrid_forward(self, F, pred, label):
            return F.mean(F.abs(pred - label) ** 3, axis=self._batch_axis, exclude=True)

    assert Cubic()(nd.array([[1, 2]]), nd.zeros((1, 2))).asscalar() == 4.5
    with pytest.raises(NotImplementedError, match="hybrid_forward"):
        losses.Loss(None, 0)(nd.ones((1,)), nd.ones((1,)))


@pytest.mark.parametrize(
    "kind", ["L1Loss", "L2Loss", "HuberLoss", "HingeLoss", "LogisticLoss", "SigmoidBCELoss"]
)
def test_labels_of_another_size_are_refused_by_name(kind):
    loss = getattr(losses, kind)()
    with pytest.raises(
        mx.MXNetError, match=r"label does not fit pred(?s:.*)because:  .*: 6, not 4"
    ) as raised:
        loss(nd.ones((3, 2)), nd.ones((4,)))
    assert str(raised.value).startswith(f"{type(loss).__name__} (layer '{loss.name}')")
    assert isinstance(raised.value, ValueError)


def test_numbers_of_classes_for_a_loss_of_probabilities_are_explained():
    with pytest.raises(mx.MXNetError, match=r"label.one_hot\(4\)"):
        losses.SigmoidBCELoss()(nd.ones((3, 4)), nd.array([0, 1, 2]))


def test_a_list_of_labels_is_refused_by_the_name_of_the_loss():
    with pytest.raises(TypeError, match=r"^SoftmaxCrossEntropyLoss: argument label must be an NDArray"):
        losses.SoftmaxCELoss()(nd.ones((2, 3)), [0, 1])
