"""Training in low precision: it ends where float32 does, steps with an overflow are left out, and what follows."""

import copy
import pickle

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.contrib import amp
from mxnet.contrib.amp.loss_scaler import LossScaler, all_finite
from mxnet.gluon import nn, rnn
from mxnet.symbol.program import Program

from .conftest import mixed_precision


def made(rng_seed=3):
    """A problem and a perceptron for it, the same each time."""
    draw = np.random.default_rng(rng_seed)
    x = draw.standard_normal((128, 10)).astype("float32")
    y = (x @ draw.standard_normal((10, 3))).argmax(axis=1)
    net = nn.HybridSequential()
    net.add(
        nn.Dense(16, activation="relu", in_units=10), nn.BatchNorm(in_channels=16), nn.Dense(3, in_units=16)
    )
    net.initialize()
    for parameter in net.collect_params().values():
        if parameter.name.endswith("weight"):
            parameter.set_data(nd.array(draw.standard_normal(parameter.shape) * 0.3))
    return net, nd.array(x), nd.array(y)


def trained(hybridized, scaled, steps=40):
    """Losses of a training."""
    net, x, y = made()
    if hybridized:
        net.hybridize()
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.2, "momentum": 0.9})
    if scaled:
        amp.init_trainer(trainer)
    losses = []
    for _ in range(steps):
        with autograd.record():
            loss = loss_of(net(x), y)
            if scaled:
                with amp.scale_loss(loss, trainer) as head:
                    autograd.backward(head)
            else:
                loss.backward()
        trainer.step(len(x))
        losses.append(loss.mean().asscalar().item())
    assert {parameter.data().dtype for parameter in net.collect_params().values()} == {np.float32}
    return losses, net(x).dtype


@pytest.mark.parametrize("hybridized", [False, True], ids=["call by call", "hybridized"])
@pytest.mark.parametrize(("low", "scaled"), [("bfloat16", False), ("bfloat16", True), ("float16", True)])
def test_a_perceptron_learns_as_well_in_low_precision(hybridized, low, scaled):
    full, _ = trained(hybridized, scaled=False)
    with mixed_precision(low):
        losses, dtype = trained(hybridized, scaled)
    assert dtype == ("bfloat16" if low == "bfloat16" else np.float16)
    skipped = int(sum(np.diff(losses) == 0)) if low == "float16" else 0
    assert skipped < 8  # while the scale is too large for float16
    assert losses[-1] < 0.15
    assert abs(losses[-1] - full[-1 - skipped]) < 0.05
    if low == "bfloat16":
        np.testing.assert_allclose(losses[:5], full[:5], rtol=0.03)


@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
def test_whole_steps_compute_what_the_lines_of_a_step_compute(target, scaled):
    found = []
    for whole in (False, True):
        net, x, y = made()
        loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.2, "momentum": 0.9})
        if scaled:
            amp.init_trainer(trainer)
        step = gluon.TrainStep(net, loss_of, trainer)
        for _ in range(12):
            if whole:
                loss = step(x, y)
                continue
            with autograd.record():
                loss = loss_of(net(x), y)
                if scaled:
                    with amp.scale_loss(loss, trainer) as head:
                        autograd.backward(head)
                else:
                    loss.backward()
            trainer.step(len(x))
        found.append(loss.asnumpy())
        if whole and not scaled:
            assert ".to(value)" in step.program()
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5, atol=1e-6)


def test_hybridized_blocks_compute_what_calls_compute(target, rng):
    net, x, _ = made()
    with autograd.record():
        plain = net(x)
    net.hybridize()
    with autograd.record():
        fast = net(x)
    assert fast.dtype == plain.dtype
    np.testing.assert_array_equal(fast.asnumpy(), plain.asnumpy())
    assert "amp_cast(t0" in net.program()


def test_programs_do_not_overwrite_what_a_cast_shows(float16):
    """Casts between calls share memory where they change nothing."""
    a, b = mx.sym.var("a"), mx.sym.var("b")
    total = mx.sym.broadcast_add(a, b)
    power = mx.sym.exp(total)
    positive = mx.sym.Activation(total, act_type="relu")
    entries = [*power._entries[0].node.inputs, *power._entries, *positive._entries]
    program = Program(entries, [a._entries[0].node, b._entries[0].node], in_place=True)
    results = program([torch.tensor([-1.0, 2.0]), torch.zeros(2)], mx.cpu(), False)
    assert [each.tolist() for each in (results[0], results[2])] == [[-1, 2], [0, 2]]


LAYERS = {
    "convolutions": lambda: [nn.Conv2D(4, 3), nn.BatchNorm(), nn.PReLU(), nn.MaxPool2D(), nn.Dense(3)],
    "transposed": lambda: [nn.Conv2DTranspose(3, 3), nn.InstanceNorm(), nn.ELU()],
    "norms": lambda: [
        nn.Conv2D(4, 3),
        nn.GroupNorm(2),
        nn.LayerNorm(),
        nn.Dense(2),
        nn.GELU(),
        nn.Dropout(0.5),
    ],
}


@pytest.mark.parametrize("layers", LAYERS)
def test_gradients_of_layers_are_float32_and_near_those_of_float32(target, layers, rng, seed):
    def gradients():
        mx.random.seed(seed % 1000)
        net = nn.HybridSequential()
        net.add(*LAYERS[layers]())
        net.initialize(mx.init.Xavier())
        with autograd.record():
            y = net(x)
            loss = (y * y).mean()
        loss.backward()
        return [p.grad() for p in net.collect_params().values() if p.grad_req != "null"], loss

    x = nd.array(rng.standard_normal((2, 3, 8, 8)).astype("float32"))
    low, loss = gradients()
    assert loss.dtype is np.float32
    assert all(each.dtype is np.float32 and np.isfinite(each.asnumpy()).all() for each in low)


@pytest.mark.parametrize("hybridized", [False, True], ids=["call by call", "hybridized"])
@pytest.mark.parametrize("layer", [rnn.LSTM, rnn.GRU, rnn.RNN])
def test_recurrent_layers_take_the_states_of_the_step_before(float16, layer, hybridized, rng):
    net = layer(4, num_layers=2, bidirectional=True, input_size=3)
    net.initialize()
    x = nd.array(rng.standard_normal((5, 2, 3)).astype("float32"))
    states = net.begin_state(2)
    if hybridized:
        net.hybridize()
    for _ in range(2):
        y, states = net(x, states)
        assert y.dtype is np.float16
        assert {each.dtype for each in states} == {np.float16}


def test_recurrent_layers_run_in_bfloat16_where_a_program_says_so(rng):
    x = nd.array(rng.standard_normal((300, 2, 3)).astype("float32"))
    net = rnn.LSTM(4, input_size=3, use_sequence_length=True)
    net.initialize()
    with mixed_precision("bfloat16"):
        assert net(x, sequence_length=nd.array([1, 2])).dtype is np.float32  # as in 1.9.1
    for hybridized in (False, True):
        net.hybridize(hybridized)
        with mixed_precision("bfloat16", target_precision_ops=["FullyConnected", "RNN"]):
            y = net(x, sequence_length=nd.array([299, 257]))  # which bfloat16 does not have
        assert y.dtype == "bfloat16"
        assert (np.abs(y.asnumpy()).sum(axis=2) > 0).sum(axis=0).tolist() == [299, 257]


def test_modules_learn_in_low_precision(target, caplog):
    draw = np.random.default_rng(5)
    x = draw.standard_normal((128, 10)).astype("float32")
    y = (x @ draw.standard_normal((10, 3))).argmax(axis=1).astype("float32")
    hidden = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=16), act_type="relu")
    module = mx.mod.Module(mx.sym.SoftmaxOutput(mx.sym.FullyConnected(hidden, num_hidden=3), name="softmax"))
    batches = mx.io.NDArrayIter(x, y, batch_size=32, label_name="softmax_label")
    metric = mx.metric.Accuracy()
    module.fit(
        batches,
        num_epoch=10,
        optimizer_params={"learning_rate": 0.3, "momentum": 0.9},
        initializer=mx.init.Xavier(),
        eval_metric=metric,
    )
    assert {each.dtype for each in module.get_params()[0].values()} == {np.float32}
    assert metric.get()[1] > 0.9


def test_operators_of_a_program_get_float32(target):
    """They are written for NumPy, which has no bfloat16."""
    seen = []

    class Twice(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            seen.append(in_data[0].dtype)
            self.assign(out_data[0], req[0], in_data[0] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * 2)

    class Properties(mx.operator.CustomOpProp):
        def create_operator(self, ctx, shapes, dtypes):
            return Twice()

    mx.operator.register(f"twice_{target}")(Properties)
    x = nd.ones((2, 2))
    x.attach_grad()
    with autograd.record():
        low = nd.FullyConnected(x, x, no_bias=True, num_hidden=2)
        y = nd.Custom(low, op_type=f"twice_{target}")
    y.backward()
    assert (y.dtype, y.asnumpy().tolist(), x.grad.asnumpy().tolist()) == (
        np.float32, [[4, 4], [4, 4]], [[8, 8], [8, 8]],
    )  # fmt: skip
    low = mx.sym.FullyConnected(mx.sym.var("x"), mx.sym.var("w"), no_bias=True, num_hidden=2)
    executor = mx.sym.Custom(low, op_type=f"twice_{target}").bind(mx.cpu(), {"x": x, "w": x})
    assert executor.forward()[0].asnumpy().tolist() == [[4, 4], [4, 4]]
    assert set(seen) == {np.float32}


# ------------------------------------------------------------------------------------------- steps with an overflow


def one_weight(count=1, **options):
    contexts = [mx.cpu(k) for k in range(count)]
    weight = gluon.Parameter("weight", shape=(2,))
    weight.initialize(mx.init.One(), ctx=contexts)
    trainer = gluon.Trainer([weight], "sgd", {"learning_rate": 1.0}, **options)
    return weight, trainer, contexts


@pytest.mark.parametrize(
    "options",
    [{}, {"update_on_kvstore": True}, {"update_on_kvstore": False}, {"kvstore": None}],
    ids=["by default", "in the store", "in each context", "without a store"],
)
def test_an_overflow_in_one_context_leaves_the_step_out_in_all(bfloat16, options):
    """1.9.1 does not look where the store updates, and lets infinite weights in."""
    weight, trainer, contexts = one_weight(2, **options)
    amp.init_trainer(trainer)
    for factors, expected in (((3, 3), -2), ((3, np.inf), -2), ((3, 3), -5)):
        with autograd.record():
            losses = [
                (weight.data(ctx) * factor).sum() for ctx, factor in zip(contexts, factors, strict=True)
            ]
            with amp.scale_loss(losses, trainer) as scaled:
                autograd.backward(scaled)
        trainer.step(2 if options != {"kvstore": None} else 1)
        assert [each.asnumpy().tolist() for each in weight.list_data()] == [[expected] * 2] * 2
    assert trainer._amp_loss_scaler.loss_scale == 32768.0


def test_a_stale_gradient_is_an_error_before_the_scale_moves(bfloat16):
    _, trainer, _ = one_weight()
    amp.init_trainer(trainer)
    with pytest.raises(UserWarning, match="has not been updated by backward"):
        trainer.step(1)
    assert trainer._amp_loss_scaler._unskipped == 0


def test_unscaled_gradients_can_be_clipped(bfloat16):
    weight, trainer, _ = one_weight()
    amp.init_trainer(trainer)
    with autograd.record():
        loss = (weight.data() * nd.array([3, 4])).sum()
        with amp.scale_loss(loss, trainer) as scaled:
            autograd.backward(scaled)
    assert weight.grad().asnumpy().tolist() == [3 * 65536, 4 * 65536]
    amp.unscale(trainer)
    amp.unscale(trainer)
    assert gluon.utils.clip_global_norm(weight.list_grad(), 1.0) == 5.0
    trainer.step(1)
    np.testing.assert_allclose(weight.data().asnumpy(), [0.4, 0.2], rtol=1e-5)


def test_a_trainer_with_a_scale_can_be_copied_and_pickled(bfloat16):
    _, trainer, _ = one_weight()
    amp.init_trainer(trainer)
    trainer._amp_loss_scaler._loss_scale = 4.0
    assert type(trainer).__name__ == "Trainer"
    for other in (copy.deepcopy(trainer), pickle.loads(pickle.dumps(trainer))):
        assert isinstance(other, gluon.Trainer)
        assert other._amp_loss_scaler is not trainer._amp_loss_scaler
        with amp.scale_loss(nd.ones((1,)), other) as scaled:
            assert scaled.asscalar() == 4.0
        (parameter,) = other._params
        with autograd.record():
            loss = (parameter.data() * np.inf).sum()
        loss.backward()
        other.step(1)
        assert parameter.data().asnumpy().tolist() == [1, 1]


def test_a_subclass_of_a_trainer_keeps_what_it_overrides(bfloat16):
    class Counting(gluon.Trainer):
        steps = 0

        def step(self, *args, **kwargs):
            self.steps += 1
            super().step(*args, **kwargs)

    weight = gluon.Parameter("weight", shape=(2,))
    weight.initialize()
    trainer = Counting([weight], "sgd")
    amp.init_trainer(trainer)
    with autograd.record():
        loss = weight.data().sum()
    loss.backward()
    trainer.step(1)
    assert isinstance(trainer, Counting)
    assert (trainer.steps, trainer._amp_loss_scaler._unskipped) == (1, 1)


def test_the_first_trainer_shares_its_scale_with_operators_that_make_their_gradient(bfloat16):
    scalers = []
    for _ in range(3):
        _, trainer, _ = one_weight()
        amp.init_trainer(trainer)
        scalers.append(trainer._amp_loss_scaler)
    assert scalers[0] is amp.amp._loss_scaler
    assert len(set(map(id, scalers))) == 3


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_one_element_among_many_tensors_is_found(value, dtype):
    tensors = [torch.full((1000,), 6e4), torch.zeros((0, 3)), torch.ones((2, 3), dtype=getattr(torch, dtype))]
    assert all_finite(tensors)
    tensors[-1][1, 2] = value
    assert not all_finite(tensors)


def test_the_largest_numbers_are_finite_and_no_tensors_are():
    assert all_finite([torch.full((3,), torch.finfo(torch.float64).max, dtype=torch.float64)])
    assert all_finite([torch.full((3,), torch.finfo(torch.float16).min, dtype=torch.float16)])
    assert all_finite([torch.full((3,), torch.finfo(torch.float32).max), torch.ones((2,))])
    assert all_finite([])
    assert LossScaler().has_overflow([]) is False


def test_the_gradients_on_a_device_are_looked_at_with_one_copy_to_the_host(monkeypatch):
    """A tensor that says it is on another device is enough to see it: kernels are the same."""
    copies = []
    original = torch.Tensor.__bool__
    monkeypatch.setattr(
        torch.Tensor, "__bool__", lambda tensor: copies.append(tensor.shape) or original(tensor)
    )

    class Elsewhere(torch.Tensor):
        device = type("Device", (), {"type": "elsewhere"})()
        __torch_function__ = torch._C._disabled_torch_function_impl

    tensors = [
        torch.ones(n, dtype=kind).as_subclass(Elsewhere)
        for n in (1, 5)
        for kind in (torch.float32, torch.float16)
    ]
    assert all_finite(tensors)
    assert copies == [torch.Size([])]
