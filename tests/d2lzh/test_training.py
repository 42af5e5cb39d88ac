"""Linear regression and the training of classifiers, by the helper package."""

import re

import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, nd


def linear_data(count=200):
    features = nd.random.normal(shape=(count, 2))
    labels = 2 * features[:, 0] - 3.4 * features[:, 1] + 4.2
    return features, labels + nd.random.normal(scale=0.01, shape=labels.shape)


def test_linear_regression_finds_the_weights():
    features, labels = linear_data()
    w, b = nd.zeros((2, 1)), nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    for _ in range(20):
        for X, y in d2l.data_iter(10, features, labels):
            with autograd.record():
                loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
            loss.backward()
            d2l.sgd([w, b], 0.03, 10)
    np.testing.assert_allclose(w.asnumpy().ravel(), [2, -3.4], atol=0.01)
    np.testing.assert_allclose(b.asnumpy(), [4.2], atol=0.01)


def test_squared_loss_accepts_labels_of_one_axis():
    loss = d2l.squared_loss(nd.array([[1], [2], [5]]), nd.array([1, 4, 2]))
    assert loss.asnumpy().tolist() == [[0], [2], [4.5]]


def test_sgd_divides_by_the_batch_size_and_keeps_the_array(rng):
    start = rng.normal(size=3).astype("float32")
    w = nd.array(start)
    w.attach_grad()
    alias = w
    with autograd.record():
        loss = (w * nd.array([1, 2, 3])).sum()
    loss.backward()
    d2l.sgd([w], lr=0.5, batch_size=5)
    assert alias is w
    np.testing.assert_allclose(w.asnumpy(), start - 0.1 * np.array([1, 2, 3]), rtol=1e-6, atol=1e-7)


# --------------------------------------------------------------------------------------------- evaluate_accuracy

BATCHES = [
    (nd.array([[1, 0, 0], [0, 1, 0]]), nd.array([0, 1])),
    (nd.array([[0, 0, 1]]), nd.array([0], dtype="int32")),
]


@pytest.mark.parametrize("ctx", [None, mx.cpu(), [mx.cpu()], [mx.cpu(0), mx.cpu(1)]], ids=str)
def test_accuracy_is_the_share_of_correct_predictions_on_any_devices(ctx):
    assert d2l.evaluate_accuracy(BATCHES, lambda X: X * 2, ctx) == pytest.approx(2 / 3)
    assert d2l.evaluate_accuracy(iter(BATCHES), lambda X: X * 2, ctx=ctx) == pytest.approx(2 / 3)


def test_accuracy_computes_where_it_is_told_to():
    seen = []

    def net(X):
        seen.append(X.context)
        return X

    d2l.evaluate_accuracy(BATCHES, net, [mx.cpu(2), mx.cpu(1)])
    assert {*seen} == {mx.cpu(1), mx.cpu(2)}


def test_accuracy_takes_batches_of_mx_io():
    class DataBatch:
        data, label = [nd.array([[1, 0]])], [nd.array([1])]

    assert d2l.evaluate_accuracy([DataBatch()], lambda X: X) == 0


def test_accuracy_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="no example"):
        d2l.evaluate_accuracy([], lambda X: X)


# ----------------------------------------------------------------------------------------------------- train_ch3

LINE = re.compile(r"epoch (\d+), loss (\d+\.\d{4}), train acc ([01]\.\d{3}), test acc ([01]\.\d{3})")


def two_clouds(count=100):
    y = nd.array(np.arange(count) % 2)
    X = nd.random.normal(shape=(count, 2)) + 4 * y.reshape((-1, 1))
    return gluon.data.DataLoader(gluon.data.ArrayDataset(X, y), batch_size=20, shuffle=True)


def lines_of(text):
    lines = [LINE.fullmatch(line) for line in text.splitlines()]
    assert all(lines), text
    return [(int(m[1]), float(m[2]), float(m[3]), float(m[4])) for m in lines]


def test_train_ch3_with_arrays_learns_and_prints_the_lines_of_the_book(capsys):
    W, b = nd.zeros((2, 2)), nd.zeros(2)
    for param in (W, b):
        param.attach_grad()
    batches = two_clouds()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    d2l.train_ch3(lambda X: nd.dot(X, W) + b, batches, batches, loss, 5, 20, [W, b], 0.5)
    epochs, losses, train_acc, test_acc = zip(*lines_of(capsys.readouterr().out))
    assert epochs == (1, 2, 3, 4, 5)
    assert losses[-1] < losses[0]
    assert min(train_acc[-1], test_acc[-1]) > 0.95


def test_train_ch3_with_a_trainer_learns(capsys):
    net = gluon.nn.Dense(2)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    batches = two_clouds()
    d2l.train_ch3(net, batches, batches, gluon.loss.SoftmaxCrossEntropyLoss(), 3, 20, trainer=trainer)
    assert lines_of(capsys.readouterr().out)[-1][3] > 0.95


def test_train_ch3_says_what_it_needs_to_update_parameters():
    with pytest.raises(ValueError, match=r"train_ch3(?s:.)*lr=None(?s:.)*trainer="):
        d2l.train_ch3(lambda X: X, [], [], None, 1, 20, params=[])


# ------------------------------------------------------------------------------------------- train_ch5 and train

TIMED = re.compile(
    r"epoch (\d+), loss (\d+\.\d{4}), train acc ([01]\.\d{3}), test acc ([01]\.\d{3}), time \d+\.\d sec"
)


def timed_lines_of(text):
    first, *lines = text.splitlines()
    found = [TIMED.fullmatch(line) for line in lines]
    assert all(found), text
    return first, [(int(m[1]), float(m[2]), float(m[3]), float(m[4])) for m in found]


def classifier(ctx):
    net = gluon.nn.Dense(2)
    net.initialize(mx.init.Normal(0.01), ctx=ctx)
    return net, gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})


def test_train_ch5_learns_and_prints_the_lines_of_the_book(capsys):
    batches = two_clouds()
    net, trainer = classifier(mx.cpu())
    d2l.train_ch5(net, batches, batches, 20, trainer, mx.cpu(), 4)
    first, lines = timed_lines_of(capsys.readouterr().out)
    assert first == "training on cpu(0)"
    assert [epoch for epoch, *_ in lines] == [1, 2, 3, 4]
    assert lines[-1][1] < lines[0][1]
    assert min(lines[-1][2:]) > 0.95


def test_train_ch5_computes_where_it_is_told_to(capsys):
    net, trainer = classifier(mx.cpu(3))
    batches = two_clouds()
    d2l.train_ch5(net, batches, batches, 20, trainer, mx.cpu(3), 1)
    assert capsys.readouterr().out.startswith("training on cpu(3)\nepoch 1")


@pytest.mark.parametrize(
    "devices", [[mx.cpu(0)], [mx.cpu(0), mx.cpu(1)], [mx.cpu(k) for k in range(3)]], ids=len
)
def test_train_on_several_devices_is_train_on_one(devices, capsys):
    X = nd.random.normal(shape=(50, 3))
    y = X.argmax(axis=1) % 2
    batches = [(X[:20], y[:20]), (X[20:40], y[20:40]), (X[40:], y[40:])]
    weights = []
    for ctx in (mx.cpu(), devices):
        mx.random.seed(1)
        net, trainer = classifier(ctx)
        d2l.train(batches, batches, net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer, ctx, 2)
        weights.append(net.weight.data(devices[0] if ctx is devices else ctx).asnumpy())
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-3, atol=1e-5)
    printed = capsys.readouterr().out
    assert f"training on {devices}" in printed
    assert len(set(re.findall(r"epoch 2, loss ([\d.]+)", printed))) == 1


def test_a_batch_is_divided_as_evenly_as_possible(capsys):
    seen = []

    class Watched(gluon.nn.Dense):
        def forward(self, X, *arguments):
            seen.append((X.context, len(X)))
            return super().forward(X, *arguments)

    devices = [mx.cpu(0), mx.cpu(1)]
    net = Watched(2)
    net.initialize(ctx=devices)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    batches = [(nd.ones((5, 2)), nd.zeros(5))]
    d2l.train(batches, batches, net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer, devices, 1)
    assert seen == [(mx.cpu(0), 3), (mx.cpu(1), 2)] * 2


def test_a_batch_with_fewer_examples_than_devices_is_an_error():
    devices = [mx.cpu(0), mx.cpu(1)]
    net, trainer = classifier(devices)
    batches = [(nd.ones((1, 2)), nd.zeros(1))]
    with pytest.raises(ValueError, match="1 examples, 2 devices"):
        d2l.train(batches, batches, net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer, devices, 1)


def test_labels_of_another_type_reach_losses_that_refuse_it(capsys):
    X = nd.random.normal(shape=(20, 2))
    batches = [(X, nd.array([1] * 20, dtype="int32"))]
    net = gluon.nn.Dense(1)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    d2l.train(batches, batches, net, gluon.loss.L2Loss(), trainer, mx.cpu(), 1)
    assert "epoch 1" in capsys.readouterr().out


def test_iterators_of_mx_io_start_again_for_every_epoch(capsys):
    X, y = nd.random.normal(shape=(40, 2)), nd.zeros(40)
    batches = mx.io.NDArrayIter(X, y, batch_size=20)
    net, trainer = classifier(mx.cpu())
    d2l.train(batches, batches, net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer, mx.cpu(), 3)
    assert len(timed_lines_of(capsys.readouterr().out)[1]) == 3


@pytest.mark.parametrize(
    "batch", [(nd.ones((2, 2)),), (1, 2, 3), nd.ones((2, 2))], ids=["one", "three", "array"]
)
def test_a_batch_is_a_pair(batch):
    net, trainer = classifier(mx.cpu())
    with pytest.raises(ValueError, match=r"a pair of examples and labels(?s:.)*DataLoader"):
        d2l.train_ch5(net, [batch], [], 20, trainer, mx.cpu(), 1)


def test_training_on_nothing_is_an_error():
    net, trainer = classifier(mx.cpu())
    with pytest.raises(ValueError, match="nothing to train on"):
        d2l.train_ch5(net, iter([]), [], 20, trainer, mx.cpu(), 1)


def test_get_batch_gives_the_parts_and_the_number_of_examples():
    X_parts, y_parts, count = d2l._get_batch((nd.ones((4, 2)), nd.arange(4)), [mx.cpu(0), mx.cpu(1)])
    assert [part.shape for part in X_parts] == [(2, 2), (2, 2)]
    assert [part.context for part in y_parts] == [mx.cpu(0), mx.cpu(1)]
    assert count == 4
