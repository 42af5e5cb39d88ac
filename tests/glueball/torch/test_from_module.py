"""Torch modules as Gluon blocks: one memory, one backward pass, one trainer."""

import copy
import io
import pickle
from typing import NamedTuple

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import TorchBlock, from_module, to_module
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def tensor(array):
    return torch.from_numpy(np.array(array.asnumpy()))


def convolutional():
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(4 * 5 * 5, 3),
    )


def equal(array, expected, rtol=1e-5, atol=1e-6):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    np.testing.assert_allclose(array.asnumpy(), expected, rtol=rtol, atol=atol)


# ---------------------------------------------------------------------- what it is


def test_it_computes_what_the_module_computes(rng):
    module = convolutional().eval()
    x = nd.array(rng.standard_normal((2, 2, 5, 5)))
    block = from_module(module)
    assert isinstance(block, gluon.Block)
    assert isinstance(block, TorchBlock)
    equal(block(x), module(tensor(x)))


def test_its_values_are_the_modules_and_there_from_the_start():
    module = torch.nn.Linear(3, 2)
    block = from_module(module)
    equal(block.collect_params()[f"{block.prefix}weight"].data(), module.weight)
    before = module.weight.clone()
    block.initialize(mx.init.One())
    assert torch.equal(module.weight, before)


def test_initialised_by_force_it_starts_again():
    module = convolutional()
    module[1].running_mean.fill_(7)
    from_module(module).initialize(mx.init.Xavier(), force_reinit=True)
    assert module[1].running_mean.abs().sum() == 0
    assert module[0].bias.abs().sum() == 0
    assert module[1].weight.tolist() == [1, 1, 1, 1]
    assert module[0].weight.abs().sum() > 0


def test_names_are_those_of_the_state_dict():
    module = convolutional()
    block = from_module(module, prefix="net_")
    assert list(block._collect_params_with_prefix()) == list(module.state_dict())
    assert list(block.collect_params())[:3] == ["net_0_weight", "net_0_bias", "net_1_weight"]
    assert list(block.collect_params(".*running")) == ["net_1_running_mean", "net_1_running_var"]


def test_files_go_from_one_to_another(tmp_path):
    first, second = convolutional(), convolutional()
    path = str(tmp_path / "net.params")
    from_module(first).save_parameters(path)
    from_module(second).load_parameters(path)
    for name, value in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], value), name
    stored = nd.load(path)
    second.load_state_dict({name: tensor(array) for name, array in stored.items()})


def test_it_prints_the_module_and_is_named_after_its_class():
    block = from_module(torch.nn.Linear(3, 2))
    assert repr(block) == "TorchBlock(\n  Linear(in_features=3, out_features=2, bias=True)\n)"
    assert block.name.startswith("linear")


def test_frozen_parameters_have_no_gradient():
    module = torch.nn.Linear(3, 2)
    module.weight.requires_grad_(False)
    params = from_module(module, prefix="p_").collect_params()
    assert [params["p_weight"].grad_req, params["p_bias"].grad_req] == ["null", "write"]
    params["p_weight"].grad_req = "write"
    assert module.weight.requires_grad
    params.setattr("grad_req", "null")
    assert not module.weight.requires_grad


# ---------------------------------------------------------------------- training


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_trainer_updates_the_module_as_torch_would(momentum, rng):
    module = convolutional()
    other = copy.deepcopy(module)
    block = from_module(module)
    options = {"learning_rate": 0.01, "momentum": momentum}
    trainer = gluon.Trainer(block.collect_params(), "sgd", options)
    theirs = torch.optim.SGD(other.parameters(), 0.01, momentum=momentum)
    for _ in range(3):
        x = nd.array(rng.standard_normal((4, 2, 5, 5)))
        with autograd.record():
            loss = (block(x) ** 2).mean()
        loss.backward()
        trainer.step(1)
        theirs.zero_grad()
        (other(tensor(x)) ** 2).mean().backward()
        theirs.step()
    for name, value in other.state_dict().items():
        torch.testing.assert_close(module.state_dict()[name], value, rtol=1e-4, atol=1e-5)


def test_what_torch_updates_the_block_has():
    module = torch.nn.Linear(3, 2)
    block = from_module(module)
    weight = block.collect_params()[f"{block.prefix}weight"]
    with torch.no_grad():
        module.weight.fill_(3)
    assert weight.data().asnumpy().tolist() == [[3] * 3] * 2
    weight.set_data(nd.ones((2, 3)))
    assert module.weight.tolist() == [[1] * 3] * 2
    module.load_state_dict({"weight": torch.full((2, 3), 5.0), "bias": torch.zeros(2)}, assign=True)
    block(nd.ones((1, 3)))
    assert weight.data().asnumpy().tolist() == [[5] * 3] * 2


def test_gradients_of_both_worlds_do_not_mix():
    module = torch.nn.Linear(2, 1, bias=False)
    block = from_module(module)
    module(torch.full((1, 2), 100.0)).sum().backward()
    x = nd.ones((1, 2))
    with autograd.record():
        y = block(x)
    y.backward()
    weight = block.collect_params()[f"{block.prefix}weight"]
    assert weight.grad().asnumpy().tolist() == [[1, 1]]
    assert module.weight.grad is None


def test_gradients_are_added_where_they_are_to_be():
    block = from_module(torch.nn.Linear(2, 1, bias=False))
    weight = block.collect_params()[f"{block.prefix}weight"]
    weight.grad_req = "add"
    for _ in range(3):
        with autograd.record():
            y = block(nd.ones((1, 2)))
        y.backward()
    assert weight.grad().asnumpy().tolist() == [[3, 3]]


def test_both_worlds_in_one_backward_pass(rng):
    first, last = nn.Dense(4, activation="tanh", in_units=3), nn.Dense(2, in_units=5)
    middle = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.LayerNorm(5), torch.nn.GELU())
    net = nn.HybridSequential()
    net.add(first, from_module(middle), last)
    net.initialize(mx.init.Xavier())
    x = nd.array(rng.standard_normal((6, 3)))
    reference = torch.nn.Sequential(
        to_module(first, x), copy.deepcopy(middle), to_module(last, nd.zeros((1, 5)))
    )
    given = tensor(x).requires_grad_()
    loss = (reference(given) ** 2).sum()
    loss.backward()
    x.attach_grad()
    with autograd.record():
        y = (net(x) ** 2).sum()
    y.backward()
    equal(y, loss.reshape(1))
    equal(x.grad, given.grad)
    expected = dict(reference.named_parameters())
    for name, parameter in net._collect_params_with_prefix().items():
        equal(parameter.grad(), expected[name].grad, rtol=1e-5)
    net.hybridize()
    with autograd.record():
        y = (net(x) ** 2).sum()
    y.backward()
    equal(x.grad, given.grad)


def test_a_mixed_network_trains():
    net = nn.Sequential()
    net.add(nn.Dense(8, activation="relu"), from_module(torch.nn.Linear(8, 8)), nn.Dense(1))
    net.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    x = nd.random.normal(shape=(64, 3))
    target = x.sum(axis=1, keepdims=True)
    losses = []
    for _ in range(60):
        with autograd.record():
            loss = ((net(x) - target) ** 2).mean()
        loss.backward()
        trainer.step(1)
        losses.append(loss.asscalar())
    assert losses[-1] < 0.2 * losses[0]


def test_the_mode_follows_gluon_and_frozen_parts_stay_frozen():
    modes = []

    class Watched(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.part = torch.nn.BatchNorm1d(2)

        def forward(self, x):
            modes.append((self.training, self.part.training, torch.is_grad_enabled()))
            return self.part(x)

    module = Watched()
    module.part.eval()
    block, x = from_module(module), nd.ones((3, 2))
    with autograd.record():
        block(x)
    block(x)
    with autograd.train_mode():
        block(x)
    with autograd.record(train_mode=False):
        block(x)
    assert modes == [(True, False, True), (False, False, False), (True, False, False), (False, False, True)]
    assert torch.is_grad_enabled()


def test_running_statistics_are_the_modules(rng):
    module = torch.nn.BatchNorm1d(3)
    block = from_module(module, prefix="bn_")
    with autograd.record():
        y = block(nd.array(rng.standard_normal((5, 3))))
    y.backward()
    params = block.collect_params()
    equal(params["bn_running_mean"].data(), module.running_mean)
    assert params["bn_running_mean"].data().asnumpy().any()
    assert params["bn_num_batches_tracked"].data().asscalar() == 1
    assert params["bn_running_mean"].grad_req == "null"


def test_buffers_that_a_module_replaces_are_noticed():
    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.zeros(1))

        def forward(self, x):
            self.count = self.count + 1
            return x * 2

    block = from_module(Counting(), prefix="c_")
    with autograd.train_mode():
        block(nd.ones((1,)))
        block(nd.ones((1,)))
    assert block.collect_params()["c_count"].data().asscalar() == 2


def test_a_recurrent_module_trains(rng):
    module = torch.nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)
    x = nd.array(rng.standard_normal((2, 5, 3)))
    given = tensor(x)
    output, (state, cell) = module(given)
    (output.sum() + state.sum() + (cell**2).sum()).backward()
    expected = {name: p.grad.clone() for name, p in module.named_parameters()}
    block = from_module(module)
    with autograd.record():
        output, (state, cell) = block(x)
        loss = output.sum() + state.sum() + (cell**2).sum()
    loss.backward()
    for name, parameter in block._collect_params_with_prefix().items():
        equal(parameter.grad(), expected[name], rtol=1e-4, atol=1e-5)


def test_tied_weights_are_one_parameter():
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
            self.decoder.weight = self.encoder.weight

        def forward(self, x):
            return self.decoder(self.encoder(x))

    block = from_module(Tied())
    names = block._collect_params_with_prefix()
    assert names["encoder.weight"] is names["decoder.weight"]
    assert len(block.collect_params()) == 3
    trainer = gluon.Trainer(block.collect_params(), "sgd")
    with autograd.record():
        loss = block(nd.ones((1, 3)))
    loss.backward()
    trainer.step(1)
    assert block.module.encoder.weight is block.module.decoder.weight


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(4, 4)),
        lambda: torch.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True),
        lambda: torch.nn.GRU(4, 4),
        lambda: torch.nn.Sequential(torch.nn.Linear(4, 4), to_module(nn.Activation("relu"))),
    ],
    ids=["weight norm", "transformer", "gru", "converted"],
)
def test_modules_of_every_kind_have_the_gradients_of_torch(make, rng):
    module = make()
    x = nd.array(rng.standard_normal((2, 5, 4)))
    other = copy.deepcopy(module)
    result = other(tensor(x))
    (result[0] if isinstance(result, tuple) else result).square().sum().backward()
    block = from_module(module)
    with autograd.record():
        y = block(x)
        loss = ((y[0] if isinstance(y, tuple) else y) ** 2).sum()
    loss.backward()
    expected = dict(other.named_parameters())
    for name, parameter in block._collect_params_with_prefix().items():
        equal(parameter.grad(), expected[name].grad, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")  # PyTorch advises against scripting from 2.9 on
def test_scripted_modules_train():
    module = torch.jit.script(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    block = from_module(module)
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        loss = (block(nd.random.normal(shape=(4, 3))) ** 3).sum()
    loss.backward()
    trainer.step(1)
    for name in ("0.weight", "1.bias", "1.running_mean"):
        assert not torch.equal(module.state_dict()[name], before[name])


def test_a_module_shared_by_two_blocks_is_one():
    module = torch.nn.Linear(2, 2)
    first, second = from_module(module), from_module(module)
    first.collect_params()[f"{first.prefix}weight"].set_data(nd.zeros((2, 2)))
    assert second.collect_params()[f"{second.prefix}weight"].data().asnumpy().sum() == 0


# ---------------------------------------------------------------------- inputs and outputs


class Pair(NamedTuple):
    total: torch.Tensor
    product: torch.Tensor


class Many(torch.nn.Module):
    def forward(self, x, others, scale=1, *, named=None):
        a, b = others["a"], others["b"]
        extra = 0 if named is None else named
        return Pair(x + a + extra, a * b * scale), {"first": [x], "number": 3, "nothing": None}


def test_inputs_and_outputs_keep_their_structure():
    x, a, b = (nd.full((2,), n) for n in (1, 2, 3))
    block = from_module(Many())
    pair, more = block(x, {"a": a, "b": b}, 2, named=nd.ones((2,)))
    assert isinstance(pair, Pair)
    assert [pair.total.asnumpy().tolist(), pair.product.asnumpy().tolist()] == [[4, 4], [12, 12]]
    assert more["first"][0].asnumpy().tolist() == [1, 1]
    assert (more["number"], more["nothing"]) == (3, None)


def test_outputs_share_no_memory_with_inputs_or_parameters():
    class Views(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(4))

        def forward(self, x):
            return x, x.view(-1), x[0], self.weight, self.weight[1:], *(x * 1).split(1)

    block, x = from_module(Views()), nd.ones((2, 2))
    outputs = block(x)
    for output in outputs:
        output[:] = 9
    assert x.asnumpy().max() == 1
    assert block.module.weight.max() == 1
    fresh = block(x)[5:]
    fresh[0][:] = 9
    assert fresh[1].asnumpy().max() == 1


def test_an_input_that_is_handed_through_keeps_its_gradient():
    block, x = from_module(torch.nn.Identity()), nd.ones((2,))
    x.attach_grad()
    with autograd.record():
        y = block(x) * 3
    y.backward()
    assert x.grad.asnumpy().tolist() == [3, 3]


def test_hooks_of_both_worlds_are_called():
    calls = []
    module = torch.nn.Linear(2, 2)
    module.register_forward_hook(lambda *_: calls.append("torch"))
    block = from_module(module)
    block.register_forward_hook(lambda *_: calls.append("gluon"))
    block(nd.ones((1, 2)))
    assert calls == ["torch", "gluon"]


# ---------------------------------------------------------------------- contexts, types, copies


def test_each_context_has_a_copy_and_the_trainer_keeps_them_equal(rng):
    module = torch.nn.Linear(3, 2)
    reference = copy.deepcopy(module)
    contexts = [mx.cpu(0), mx.cpu(1)]
    block = from_module(module)
    block.initialize(ctx=contexts)
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    optimizer = torch.optim.SGD(reference.parameters(), 0.1)
    x = nd.array(rng.standard_normal((4, 3)))
    for _ in range(2):
        with autograd.record():
            losses = [(block(part) ** 2).sum() for part in gluon.utils.split_and_load(x, contexts)]
        autograd.backward(losses)
        trainer.step(4)
        optimizer.zero_grad()
        ((reference(tensor(x)) ** 2).sum() / 4).backward()
        optimizer.step()
    assert block.module is module
    for parameter, expected in zip(block.collect_params().values(), reference.parameters(), strict=True):
        for array in parameter.list_data():
            equal(array, expected)
    torch.testing.assert_close(module.weight, reference.weight)


def test_it_follows_the_rest_of_the_network_to_another_context():
    net = nn.Sequential()
    net.add(nn.Dense(3, in_units=2), from_module(torch.nn.BatchNorm1d(3)))
    net.initialize(ctx=mx.cpu(1))
    assert net(nd.ones((2, 2), ctx=mx.cpu(1))).context == mx.cpu(1)
    net.collect_params().reset_ctx([mx.cpu(2), mx.cpu(3)])
    assert net(nd.ones((2, 2), ctx=mx.cpu(3))).context == mx.cpu(3)


def test_a_module_without_parameters_runs_in_any_context():
    assert from_module(torch.nn.ReLU())(nd.ones((1,), ctx=mx.cpu(4))).context == mx.cpu(4)


def test_casting_the_block_casts_the_module_and_the_other_way_round():
    module = torch.nn.BatchNorm1d(3)
    block = from_module(module, prefix="bn_")
    block.cast("float64")
    assert module.weight.dtype is torch.float64
    assert module.running_mean.dtype is torch.float64
    assert module.num_batches_tracked.dtype is torch.int64
    assert block(nd.ones((2, 3), dtype="float64")).dtype == np.float64
    module.float()
    assert block(nd.ones((2, 3))).dtype == np.float32
    assert block.collect_params()["bn_weight"].dtype == np.float32


@pytest.mark.parametrize("how", ["copy", "pickle"])
def test_a_copy_has_a_module_of_its_own(how):
    block = from_module(convolutional())
    other = copy.deepcopy(block) if how == "copy" else pickle.loads(pickle.dumps(block))
    x = nd.ones((1, 2, 5, 5))
    equal(other(x), block(x).asnumpy())
    parameter = other.collect_params()[f"{other.prefix}0_weight"]
    parameter.set_data(nd.zeros(parameter.shape))
    assert other.module[0].weight.abs().sum() == 0
    assert block.module[0].weight.abs().sum() > 0
    with autograd.record():
        loss = other(x)
    loss.backward()
    assert other.collect_params()[f"{other.prefix}4_bias"].grad().asnumpy().any()


def test_layers_around_it_learn_their_shapes_through_it():
    class Mixed(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.first, self.last = nn.Dense(4), nn.Dense(2)
                self.middle = from_module(torch.nn.Linear(4, 6))

        def hybrid_forward(self, F, x):
            return self.last(self.middle(self.first(x)))

    net = Mixed()
    net.initialize()
    net.infer_shape(nd.ones((1, 3)))
    assert net.last.weight.shape == (2, 6)
    assert net(nd.ones((1, 3))).shape == (1, 2)


def test_channels_last_weights_stay_as_they_are():
    module = torch.nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)
    block = from_module(module)
    file = io.BytesIO()
    block.save_parameters(file)
    equal(nd.load(file.getvalue())["weight"], module.weight)
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    before = module.weight.detach().clone()
    with autograd.record():
        loss = block(nd.ones((1, 2, 4, 4)))
    loss.backward()
    trainer.step(1)
    assert not torch.equal(module.weight, before)
    assert module.weight.is_contiguous(memory_format=torch.channels_last)


def test_there_and_back_again(rng):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, in_channels=2), nn.BatchNorm(in_channels=3), nn.Dense(2, in_units=27))
    net.initialize(mx.init.Xavier())
    x = nd.array(rng.standard_normal((2, 2, 5, 5)))
    block = from_module(to_module(net))
    equal(block(x), net(x).asnumpy())
    assert list(block._collect_params_with_prefix()) == list(net._collect_params_with_prefix())
    file = io.BytesIO()
    net.save_parameters(file)
    block.load_parameters(file.getvalue())
