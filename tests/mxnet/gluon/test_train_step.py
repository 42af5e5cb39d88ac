"""`TrainStep` computes what record, backward and step compute, to the last bit, in every layer and every use."""

import copy

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.model_zoo import vision
from tests.mxnet.gluon.test_every_layer import LAYERS, made

# Networks that have no program, and why: they run call by call, to the same numbers.
PLAIN = "no HybridBlock"
CALL_BY_CALL = {
    "SparseEmbedding": "no HybridBlock",
    "Lambda": PLAIN,
    "Sequential": PLAIN,
    "Concurrent": PLAIN,
}


def step_by_hand(net, loss, trainer, data, *label):
    """The lines that a step stands for."""
    with autograd.record():
        losses = loss(net(data), *label)
    losses.backward()
    trainer.step(data.shape[0])
    return losses


def arrays_of(net):
    """Everything that a step changes: parameters, gradients, running statistics."""
    found = {}
    for place, parameter in enumerate(net.collect_params().values()):
        name = f"{place} {parameter.name.rpartition('_')[2]}"
        found[name] = parameter.data().asnumpy()
        if parameter.grad_req != "null":
            found[name + " gradient"] = parameter.grad().asnumpy()
    return found


def assert_same(first, second):
    assert [*first] == [*second]
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], name)


def twice(make, x, optimizer="sgd", **options):
    """Two networks with the same parameters, and a trainer for each."""
    made_twice = []
    for _ in range(2):
        mx.random.seed(7)
        net = make()
        net.initialize(mx.init.Xavier(), force_reinit=True)
        net(x)
        trainer = gluon.Trainer(net.collect_params(), optimizer, options or {"learning_rate": 0.1})
        made_twice.append((net, trainer))
    return made_twice


def compare(make, loss, data, *label, steps=4, optimizer="sgd", programs=1, **options):
    """Some steps by hand and some by `TrainStep`; returns the step."""
    (by_hand, trainer), (net, other) = twice(make, data, optimizer, **options)
    step = gluon.TrainStep(net, loss, other)
    for number in range(steps):
        mx.random.seed(number)
        expected = step_by_hand(by_hand, loss, trainer, data, *label)
        mx.random.seed(number)
        losses = step(data, *label)
        np.testing.assert_array_equal(losses.asnumpy(), expected.asnumpy())
        assert_same(arrays_of(by_hand), arrays_of(net))
    assert nd.random.uniform(shape=1).asscalar() == drawn_after(number, by_hand, loss, data, *label)
    assert sum(each is not None for each in step._programs.values()) == programs
    return step


def drawn_after(seed, net, loss, data, *label):
    """The next random number behind a forward."""
    net = copy.deepcopy(net)
    mx.random.seed(seed)
    with autograd.record():
        loss(net(data), *label)
    return nd.random.uniform(shape=1).asscalar()


class Behind(nn.HybridSequential):
    """A layer between one that gives its input a gradient and a classifier."""

    def __init__(self, layer, numbers):
        super().__init__()
        with self.name_scope():
            if not numbers:
                self.add(nn.LayerNorm(axis=0))
            self.add(layer, nn.Flatten(), nn.Dense(3))


@pytest.mark.parametrize("name", LAYERS)
def test_a_step_computes_what_its_lines_compute(name):
    _, x = made(name, 3)
    make, _ = LAYERS[name]
    numbers = "Embedding" in name
    plain = name in CALL_BY_CALL

    def network():
        if plain:
            net = nn.Sequential()
            net.add(make(), nn.Flatten(), nn.Dense(3))
            return net
        return Behind(make(), numbers)

    label = nd.array(np.arange(len(network_output(network, x))) % 3)
    compare(network, gluon.loss.SoftmaxCrossEntropyLoss(), x, label, programs=int(not plain))


def network_output(make, x):
    net = make()
    net.initialize()
    return net(x)


@pytest.mark.parametrize(
    "name", ["resnet18_v1", "resnet18_v2", "mobilenet_v2_0_25", "squeezenet1_1", "densenet121"]
)
def test_a_step_of_a_network_of_the_zoo_computes_what_its_lines_compute(name):
    size = 224 if name == "densenet121" else 209 if name == "squeezenet1_1" else 32
    x = nd.array(np.random.RandomState(0).rand(2, 3, size, size))
    label = nd.array([1, 0])
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    compare(lambda: getattr(vision, name)(classes=4), loss, x, label, steps=2, learning_rate=0.01)


LOSSES = {
    "L2Loss": (gluon.loss.L2Loss(), (4, 3)),
    "L1Loss": (gluon.loss.L1Loss(), (4, 3)),
    "HuberLoss": (gluon.loss.HuberLoss(), (4, 3)),
    "SigmoidBCELoss": (gluon.loss.SigmoidBCELoss(), (4, 3)),
    "KLDivLoss": (gluon.loss.KLDivLoss(from_logits=False), (4, 3)),
    "HingeLoss": (gluon.loss.HingeLoss(), (4, 3)),
    "LogisticLoss": (gluon.loss.LogisticLoss(), (4, 3)),
    "SoftmaxCELoss": (gluon.loss.SoftmaxCELoss(), (4,)),
    "SoftmaxCELoss of probabilities": (gluon.loss.SoftmaxCELoss(sparse_label=False), (4, 3)),
    "a weighed loss": (gluon.loss.L2Loss(weight=0.3), (4, 3)),
    "PoissonNLLLoss": (gluon.loss.PoissonNLLLoss(), (4, 3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_works_with_every_loss(name, rng):
    loss, shape = LOSSES[name]
    compare(lambda: nn.Dense(3), loss, nd.array(rng.random((4, 5))), nd.array(rng.random(shape)))


@pytest.mark.parametrize(
    "optimizer", ["sgd", "nag", "adam", "adagrad", "rmsprop", "adadelta", "ftrl", "lamb"]
)
def test_a_step_works_with_every_optimiser(optimizer, rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    compare(perceptron, gluon.loss.L2Loss(), x, y, optimizer=optimizer, wd=0.01, steps=5)


def perceptron():
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu"), nn.Dropout(0.3), nn.Dense(1))
    return net


def test_weights_of_the_examples_are_further_arguments(rng):
    x, y, w = (nd.array(rng.random(shape)) for shape in ((4, 5), (4, 1), (4, 1)))
    compare(perceptron, gluon.loss.L2Loss(), x, y, w)


def test_a_schedule_and_multipliers_count_in_every_step(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    pairs = twice(perceptron, x, lr_scheduler=mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.2))
    (by_hand, trainer), (net, other) = pairs
    loss = gluon.loss.L2Loss()
    step = gluon.TrainStep(net, loss, other)
    for number in range(4):
        for each in (by_hand, net):
            each[0].weight.lr_mult = number
        mx.random.seed(number)
        step_by_hand(by_hand, loss, trainer, x, y)
        mx.random.seed(number)
        step(x, y)
        assert_same(arrays_of(by_hand), arrays_of(net))


def test_a_smaller_last_batch_has_a_program_of_its_own_and_both_stay(rng):
    x, y = nd.array(rng.random((7, 5))), nd.array(rng.random((7, 1)))
    (by_hand, trainer), (net, other) = twice(perceptron, x)
    loss = gluon.loss.L2Loss()
    step = gluon.TrainStep(net, loss, other)
    for number in range(6):
        part = slice(0, 4 if number % 2 else 3)
        mx.random.seed(number)
        step_by_hand(by_hand, loss, trainer, x[part], y[part])
        mx.random.seed(number)
        step(x[part], y[part])
        assert_same(arrays_of(by_hand), arrays_of(net))
    assert len(step._programs) == 2


def test_a_thousand_batch_sizes_make_sixteen_programs(rng):
    net = nn.Dense(1, in_units=2)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(net.collect_params(), "sgd"))
    for size in range(1, 200):
        assert step(nd.ones((size, 2)), nd.ones((size, 1))).shape == (size,)
    assert len(step._programs) == 16


def test_the_program_is_source_that_shows_the_kernels(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    step = compare(perceptron, gluon.loss.L2Loss(), x, y)
    assert "linear(" in step.program()
    assert "draws.dropout_mask(" in step.program()
    assert "out=b" in step.program()


@pytest.mark.parametrize("batch", [15, 16, 64, 300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_of_large_batches_have_the_same_bits(rng, batch, dtype):
    def network():
        net = nn.HybridSequential()
        net.add(nn.Dense(70, activation="relu"), nn.Dense(10))
        net.cast(dtype)
        return net

    x, y = nd.array(rng.normal(size=(batch, 90)), dtype=dtype), nd.array(rng.integers(0, 10, batch))
    step = compare(network, gluon.loss.SoftmaxCrossEntropyLoss(), x, y)
    assert (".zero_().addmm_(" in step.program()) is (batch >= 16)


def test_a_step_without_a_program_yet_says_so():
    net = nn.Dense(1)
    with pytest.raises(RuntimeError, match="no program yet"):
        gluon.TrainStep(net, gluon.loss.L2Loss()).program()


def test_a_trainer_of_another_network_is_refused():
    net, other = nn.Dense(1), nn.Dense(1)
    with pytest.raises(
        ValueError, match=r"updates no parameter of the network\n.*2 parameters.* of 2 others"
    ):
        gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(other.collect_params(), "sgd"))


def test_a_batch_without_examples_is_no_step(rng):
    net = nn.Dense(1, in_units=2)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(net.collect_params(), "sgd"))
    before = net.weight.data().asnumpy()
    with pytest.raises(ZeroDivisionError, match=r"batch_size is a number above 0\n.*received: 0"):
        step(nd.ones((0, 2)), nd.ones((0, 1)))
    with pytest.raises(TypeError, match=r"batch_size is a number above 0\n.*received: 'four'"):
        step(nd.ones((4, 2)), nd.ones((4, 1)), batch_size="four")
    np.testing.assert_array_equal(net.weight.data().asnumpy(), before)
    step(nd.ones((4, 2)), nd.ones((4, 1)))
    assert (net.weight.data().asnumpy() != before).all()


def test_parameters_of_unknown_shape_are_solved_by_the_first_step(rng):
    net = nn.Dense(1)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(net.collect_params(), "sgd"))
    for _ in range(3):
        step(nd.array(rng.random((4, 5))), nd.ones((4, 1)))
    assert net.weight.shape == (1, 5)
    assert step.program()


def test_parameters_that_were_never_initialised_are_named(rng):
    net = nn.Dense(1)
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(net.collect_params(), "sgd"))
    with pytest.raises(RuntimeError, match=f"{net.weight.name}.* has not been initialized"):
        step(nd.ones((4, 5)), nd.ones((4, 1)))


def test_gradients_that_add_up_do_so(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    (by_hand, _), (net, _) = twice(perceptron, x)
    loss = gluon.loss.L2Loss()
    step = gluon.TrainStep(net, loss)
    for each in (by_hand, net):
        each.collect_params().setattr("grad_req", "add")
    for number in range(3):
        mx.random.seed(number)
        with autograd.record():
            losses = loss(by_hand(x), y)
        losses.backward()
        mx.random.seed(number)
        step(x, y)
        assert_same(arrays_of(by_hand), arrays_of(net))


def test_without_a_trainer_the_gradients_are_all(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    net = nn.Dense(1, in_units=5)
    net.initialize()
    before = net.weight.data().asnumpy()
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    step(x, y)
    first = net.weight.grad().asnumpy()
    net.weight.zero_grad()
    step(x, y)
    np.testing.assert_array_equal(net.weight.grad().asnumpy(), first)
    np.testing.assert_array_equal(net.weight.data().asnumpy(), before)


def test_frozen_parameters_stay_and_freezing_takes_effect_at_once(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    net = perceptron()
    net.initialize()
    net(x)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), trainer)
    for _ in range(2):
        step(x, y)
    net[0].collect_params().setattr("grad_req", "null")
    frozen = net[0].weight.data().asnumpy()
    other = net[2].weight.data().asnumpy()
    for _ in range(2):
        step(x, y)
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), frozen)
    assert (net[2].weight.data().asnumpy() != other).any()


def test_a_parameter_that_the_loss_does_not_reach_is_refused_as_stale(rng):
    net = nn.Dense(1, in_units=5)
    unused = nn.Dense(1, in_units=5)
    for each in (net, unused):
        each.initialize()
    both = [*net.collect_params().values(), *unused.collect_params().values()]
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), gluon.Trainer(both, "sgd"))
    for _ in range(2):
        with pytest.raises(UserWarning, match=unused.weight.name):
            step(nd.array(rng.random((4, 5))), nd.ones((4, 1)))


def test_changes_of_the_network_make_a_new_program(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    (by_hand, trainer), (net, other) = twice(perceptron, x)
    loss = gluon.loss.L2Loss()
    step = gluon.TrainStep(net, loss, other)
    for number in range(4):
        if number == 2:
            for each in (by_hand, net):
                each[1]._rate = 0.0
        mx.random.seed(number)
        step_by_hand(by_hand, loss, trainer, x, y)
        mx.random.seed(number)
        step(x, y)
        assert_same(arrays_of(by_hand), arrays_of(net))
    assert "dropout_mask" not in step.program()


def test_a_hook_sees_every_step_from_when_it_is_there_until_it_is_gone(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    net = perceptron()
    net.initialize()
    net(x)
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    seen = []
    for each in (net[0], net):
        step(x, y)
        step(x, y)
        handle = each.register_forward_hook(lambda block, inputs, output: seen.append(block))
        step(x, y)
        step(x, y)
        handle.detach()
        step(x, y)
    assert seen == [net[0], net[0], net, net]


def test_a_network_that_was_trained_in_steps_is_exported(rng, tmp_path):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    net = perceptron()
    net.initialize()
    net.hybridize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    step(x, y)
    step(x, y)
    files = net.export(str(tmp_path / "net"))
    again = gluon.SymbolBlock.imports(files[0], ["data"], files[1])
    np.testing.assert_array_equal(again(x).asnumpy(), net(x).asnumpy())


def test_loaded_parameters_count_from_the_next_step(rng, tmp_path):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    (by_hand, trainer), (net, other) = twice(perceptron, x)
    loss = gluon.loss.L2Loss()
    step = gluon.TrainStep(net, loss, other)
    by_hand.save_parameters(str(tmp_path / "a.params"))
    for _ in range(3):
        step(x, y)
    net.load_parameters(str(tmp_path / "a.params"))
    mx.random.seed(1)
    step_by_hand(by_hand, loss, trainer, x, y)
    mx.random.seed(1)
    step(x, y)
    assert_same(arrays_of(by_hand), arrays_of(net))


class LooksAtElements(nn.HybridBlock):
    def hybrid_forward(self, F, x):
        return x * 2 if x.sum().asscalar() > 0 else x


class Counts(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def hybrid_forward(self, F, x):
        self.calls = self.calls + 1
        return x * self.calls


class LooksInTheLoss(gluon.loss.Loss):
    def __init__(self):
        super().__init__(None, 0)

    def hybrid_forward(self, F, pred, label):
        error = F.abs(pred - label)
        return error * 2 if float(error.sum().asscalar()) > 4 else error


@pytest.mark.parametrize("make", [LooksAtElements, Counts])
def test_a_network_that_is_more_than_its_kernels_runs_call_by_call(make, rng):
    def network():
        net = nn.HybridSequential()
        net.add(nn.Dense(3), make())
        return net

    x, y = nd.array(rng.standard_normal((4, 5))), nd.array(rng.random((4, 3)))
    compare(network, gluon.loss.L2Loss(), x, y, programs=0)


def test_a_loss_that_looks_at_elements_runs_call_by_call(rng):
    compare(lambda: nn.Dense(3), LooksInTheLoss(), nd.ones((4, 5)), nd.array(rng.random((4, 3))), programs=0)


def test_a_loss_that_is_a_function_runs_call_by_call(rng):
    def loss(pred, label):
        return (pred - label) ** 2

    compare(lambda: nn.Dense(3), loss, nd.ones((4, 5)), nd.array(rng.random((4, 3))), programs=0)


def test_why_a_step_runs_call_by_call_can_be_asked(monkeypatch, capsys, rng):
    monkeypatch.setenv("MXNET_EXPLAIN_RECOMPILES", "1")
    compare(lambda: nn.Dense(3), LooksInTheLoss(), nd.ones((4, 5)), nd.array(rng.random((4, 3))), programs=0)
    assert "it runs call by call: Python looks at elements" in capsys.readouterr().err


class Twice(nn.HybridBlock):
    """Several inputs, several outputs, one parameter used in two places."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.shared = nn.Dense(4)

    def hybrid_forward(self, F, left, right):
        return [self.shared(left), self.shared(right)]


class Distance(gluon.loss.Loss):
    def __init__(self):
        super().__init__(None, 0)

    def hybrid_forward(self, F, pair, label):
        return F.square(F.sum(F.square(pair[0] - pair[1]), axis=1) - label)


def test_several_inputs_and_outputs_are_lists(rng):
    left, right, label = (nd.array(rng.random(shape)) for shape in ((4, 5), (4, 5), (4,)))
    nets = []
    for _ in range(2):
        mx.random.seed(1)
        net = Twice()
        net.initialize()
        net(left, right)
        nets.append(net)
    loss = Distance()
    step = gluon.TrainStep(nets[1], loss)
    for _ in range(3):
        with autograd.record():
            pair = nets[0](left, right)
            losses = loss(pair, label)
        losses.backward()
        np.testing.assert_array_equal(step([left, right], label).asnumpy(), losses.asnumpy())
        assert [each.shape for each in step.outputs] == [(4, 4), (4, 4)]
        np.testing.assert_array_equal(step.outputs[1].asnumpy(), pair[1].asnumpy())
        assert_same(arrays_of(nets[0]), arrays_of(nets[1]))
    assert step.program()


@pytest.mark.parametrize("kind", [rnn.LSTM, rnn.GRU, rnn.RNN])
def test_a_language_model_trains_in_steps(kind, rng):
    def network():
        net = nn.HybridSequential()
        net.add(nn.Embedding(11, 6), kind(5, dropout=0.2, num_layers=2), nn.Dense(11, flatten=False))
        return net

    x = nd.array(rng.integers(0, 11, (7, 3)))
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    compare(network, loss, x, nd.array(rng.integers(0, 11, (7, 3))), optimizer="adam", learning_rate=0.01)


def test_inputs_with_gradients_get_them(rng):
    x = nd.array(rng.random((4, 5)))
    x.attach_grad()
    net = nn.Dense(1, in_units=5)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    for _ in range(2):
        step(x, nd.ones((4, 1)))
    assert x.grad.asnumpy().any()


def test_the_results_of_a_step_stay_when_the_next_one_runs(rng):
    x, y = nd.array(rng.random((4, 5))), nd.array(rng.random((4, 1)))
    net = perceptron()
    net.initialize()
    net(x)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    step = gluon.TrainStep(net, gluon.loss.L2Loss(), trainer)
    results = []
    for _ in range(4):
        losses = step(x, y)
        results.append((losses, step.outputs, losses.asnumpy(), step.outputs.asnumpy()))
    for losses, outputs, first_losses, first_outputs in results:
        np.testing.assert_array_equal(losses.asnumpy(), first_losses)
        np.testing.assert_array_equal(outputs.asnumpy(), first_outputs)


def test_a_step_inside_record_leaves_the_outer_tape_alone(rng):
    net = nn.Dense(1, in_units=5)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    x, y = nd.array(rng.random((4, 5))), nd.ones((4, 1))
    w = nd.ones(1)
    w.attach_grad()
    for _ in range(2):
        step(x, y)
    with autograd.record():
        z = w * 3
    step(x, y)
    z.backward()
    assert w.grad.asscalar() == 3


def test_wrong_arguments_are_refused_with_the_right_way():
    net = nn.Dense(1)
    with pytest.raises(TypeError, match="takes a network, a loss and a trainer"):
        gluon.TrainStep(net, gluon.loss.L2Loss(), "sgd")
    with pytest.raises(TypeError, match="takes a network, a loss and a trainer"):
        gluon.TrainStep(gluon.loss.L2Loss, net)
    with pytest.raises(TypeError, match="takes a network, a loss and a trainer"):
        gluon.TrainStep(net, None)


def test_a_wrong_shape_is_the_error_of_the_network(rng):
    net = nn.Dense(1, in_units=5)
    net.initialize()
    step = gluon.TrainStep(net, gluon.loss.L2Loss())
    with pytest.raises(mx.MXNetError, match="weight does not fit data"):
        step(nd.ones((4, 6)), nd.ones((4, 1)))
    with pytest.raises(ValueError, match="label does not fit pred"):
        step(nd.ones((4, 5)), nd.ones((3, 1)))
    before = net.weight.data().asnumpy()
    np.testing.assert_array_equal(net.weight.data().asnumpy(), before)
    assert step(nd.ones((4, 5)), nd.ones((4, 1))).shape == (4,)
