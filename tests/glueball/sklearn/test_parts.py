"""The parts of an estimator: network, loss, optimiser, device, random numbers."""

import functools

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, init, nd
from mxnet.gluon import nn
from tests.glueball.sklearn.common import quick, single_output, weights_of

pytest.importorskip("sklearn")


from glueball.sklearn import GluonRegressor, mlp

# ---------------------------------------------------------------------------------------------------------- the network


def test_a_block_is_copied_and_stays_as_it_is(blobs):
    net = mlp(3)
    model = quick(net).fit(*blobs)
    assert net[0].weight.shape == (100, 0)
    assert model.module_[0].weight.shape == (100, 4)


def test_an_initialised_block_is_where_every_fit_starts(blobs):
    net = nn.Dense(3, in_units=4)
    net.initialize(init.One())
    model = quick(net, max_epochs=0).fit(*blobs)
    np.testing.assert_array_equal(model.module_.weight.data().asnumpy(), 1)
    model.set_params(max_epochs=5).fit(*blobs)
    assert (model.module_.weight.data().asnumpy() != 1).all()
    np.testing.assert_array_equal(net.weight.data().asnumpy(), 1)


def test_only_parameters_without_weights_are_initialised(blobs):
    body, net = nn.Dense(5, in_units=4), nn.HybridSequential()
    body.initialize(init.One())
    net.add(body, nn.Dense(3))
    model = quick(net, max_epochs=0, initializer="Normal", initializer__sigma=2.0).fit(*blobs)
    np.testing.assert_array_equal(model.module_[0].weight.data().asnumpy(), 1)
    assert model.module_[1].weight.data().asnumpy().std() > 0.7


def test_a_function_is_told_how_many_features_and_outputs(blobs):
    told = {}

    def make(n_outputs, n_features, units=2):
        told.update(n_outputs=n_outputs, n_features=n_features, units=units)
        return mlp(n_outputs, units)

    quick(make, module__units=7).fit(*blobs)
    assert told == {"n_outputs": 3, "n_features": 4, "units": 7}
    assert quick(nn.Dense, module__units=3).fit(*blobs).module_.weight.shape == (3, 4)


def test_the_default_network_starts_from_xavier_and_others_from_gluons_default(blobs):
    def spread(model):
        return np.abs(model.fit(*blobs).module_[0].weight.data().asnumpy()).max()

    assert spread(quick(max_epochs=0)) == pytest.approx((6 / 104) ** 0.5, rel=0.02)
    assert spread(quick(mlp, max_epochs=0)) == pytest.approx(0.07, rel=0.02)


@pytest.mark.parametrize(
    "module", [None, lambda n_outputs: mlp(n_outputs, (8, 8), dropout=0.5)], ids=["mlp", "dropout"]
)
def test_hybridize_changes_no_weight(blobs, module):
    slow, fast = (quick(module, hybridize=hybridize).fit(*blobs) for hybridize in (False, True))
    np.testing.assert_array_equal(weights_of(slow), weights_of(fast))


# ----------------------------------------------------------------------------------------------- losses and optimisers


@pytest.mark.parametrize(
    "loss",
    [
        None,
        "SigmoidBinaryCrossEntropyLoss",
        "HingeLoss",
        "SquaredHingeLoss",
        gluon.loss.LogisticLoss,
        gluon.loss.LogisticLoss(label_format="binary"),
    ],
    ids=["default", "sigmoid", "hinge", "squared-hinge", "signed", "binary"],
)
def test_a_single_output_tells_two_classes_apart(blobs, loss):
    X, y = blobs
    X, y = X[y < 2], np.array(["no", "yes"])[y[y < 2]]
    model = quick(single_output, loss=loss, lr=0.1, max_epochs=20, validation_fraction=0.2).fit(X, y)
    assert model.score(X, y) == model.history_[-1]["valid_score"] == 1
    logits = model.module_(nd.array(X)).sigmoid().asnumpy()[:, 0]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], logits, rtol=1e-4)
    np.testing.assert_array_equal(model.predict(X) == "yes", model.predict_proba(X)[:, 1] > 0.5)


def test_a_network_may_end_with_its_sigmoid(blobs):
    X, y = blobs
    X, y = X[y < 2], y[y < 2]
    net = nn.HybridSequential()
    net.add(nn.Dense(1), nn.Activation("sigmoid"))
    model = quick(net, loss="SigmoidBCELoss", loss__from_sigmoid=True, lr=0.1, max_epochs=20).fit(X, y)
    assert model.score(X, y) == 1
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], model.module_(nd.array(X)).asnumpy()[:, 0])


def test_losses_are_names_classes_objects_and_functions(rng):
    X = rng.normal(size=(50, 3))
    y = X[:, 0]
    losses = ["L1Loss", gluon.loss.L1Loss, gluon.loss.L1Loss(), lambda pred, label: (pred - label).abs()]
    models = [GluonRegressor(loss=loss, max_epochs=5, random_state=0).fit(X, y) for loss in losses]
    for model in models[1:]:
        np.testing.assert_allclose(weights_of(model), weights_of(models[0]), rtol=1e-6)
    rows = [
        GluonRegressor(loss="HuberLoss", loss__rho=rho, max_epochs=1, random_state=0).fit(X, y)
        for rho in (0.1, 1)
    ]
    assert rows[0].history_[0]["train_loss"] > rows[1].history_[0]["train_loss"]


def test_a_loss_may_be_the_mean_of_the_batch_as_long_as_there_are_no_weights(blobs):
    each = gluon.loss.SoftmaxCrossEntropyLoss()
    model = quick(loss=lambda pred, label: each(pred, label).mean(), batch_size=50).fit(*blobs)
    np.testing.assert_allclose(weights_of(model), weights_of(quick(batch_size=50).fit(*blobs)), atol=1e-5)
    with pytest.raises(ValueError, match="number for each example, which weights need"):
        model.fit(*blobs, sample_weight=np.ones(120))


def test_optimisers_are_names_classes_and_objects_which_are_copied(blobs):
    given = mx.optimizer.SGD(learning_rate=0.1, momentum=0.9)
    models = [
        quick(optimizer=given),
        quick(optimizer="sgd", lr=0.1, optimizer__momentum=0.9),
        quick(optimizer=mx.optimizer.SGD, optimizer__learning_rate=0.1, optimizer__momentum=0.9),
    ]
    for model in models:
        np.testing.assert_array_equal(weights_of(model.fit(*blobs)), weights_of(models[0]))
    assert given.num_update == 0


def test_a_learning_rate_schedule_starts_again_with_every_fit(blobs):
    schedule = mx.lr_scheduler.FactorScheduler(step=1, factor=0.9, base_lr=0.5)
    model = quick(optimizer="sgd", optimizer__lr_scheduler=schedule).fit(*blobs)
    first = weights_of(model)
    assert model.trainer_.learning_rate < 0.4
    assert schedule.base_lr == 0.5
    np.testing.assert_array_equal(weights_of(model.fit(*blobs)), first)


def test_the_device_is_a_context_or_its_name(blobs):
    for device, ctx in (("cpu", mx.cpu()), ("cpu:1", mx.cpu(1)), (mx.cpu(2), mx.cpu(2))):
        model = quick(device=device).fit(*blobs)
        assert model.module_[0].weight.list_ctx() == [ctx]
        assert model.predict(blobs[0]).shape == (120,)
    with mx.cpu(3):
        assert quick().fit(*blobs).module_[0].weight.list_ctx() == [mx.cpu(3)]


# ---------------------------------------------------------------------------------------------------- random numbers


def test_random_state_decides_everything_and_leaves_the_streams_alone(blobs):
    net = functools.partial(mlp, units=8, dropout=0.5)
    ahead = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    mx.random.seed(5)
    np.random.seed(5)
    expected = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    mx.random.seed(5)
    np.random.seed(5)
    one = quick(net, random_state=3).fit(*blobs)
    found = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    np.testing.assert_array_equal(found, expected)
    two, other = quick(net, random_state=3).fit(*blobs), quick(net, random_state=4).fit(*blobs)
    np.testing.assert_array_equal(weights_of(one), weights_of(two))
    assert (weights_of(one) != weights_of(other)).any()
    assert (ahead[0] != expected[0]).any()


def test_without_random_state_the_two_streams_decide(blobs):
    found = []
    for _ in range(2):
        mx.random.seed(7)
        np.random.seed(7)
        found.append(weights_of(quick(random_state=None).fit(*blobs)))
    np.testing.assert_array_equal(*found)
    assert (weights_of(quick(random_state=None).fit(*blobs)) != found[0]).any()
