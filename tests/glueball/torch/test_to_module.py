"""What a module made of a Gluon network is to PyTorch: its state, training, copies, types, export."""

import copy
import inspect
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import source, to_module
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn, rnn


def mlp():
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu", in_units=5), nn.Dropout(0.5), nn.Dense(3, in_units=8))
    net.initialize(mx.init.Xavier())
    return net


def lenet():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, 5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(2, 2),
        nn.Conv2D(16, 5, activation="sigmoid"),
        nn.AvgPool2D(2, 2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(10),
    )
    net.initialize(mx.init.Xavier())
    return net


class Tagger(gluon.HybridBlock):
    """Words, an LSTM in both directions, a tag for each."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.words = nn.Embedding(20, 6)
            self.encoder = rnn.LSTM(4, 2, "NTC", bidirectional=True, input_size=6)
            self.tags = nn.Dense(5, flatten=False, in_units=8)

    def hybrid_forward(self, F, x):
        return self.tags(self.encoder(self.words(x)))


def normalised():
    net = nn.HybridSequential()
    net.add(nn.Dense(6, in_units=4), nn.BatchNorm(in_channels=6, momentum=0.8), nn.Dense(2, in_units=6))
    net.initialize(mx.init.Xavier())
    return net


def tensor(array):
    return torch.from_numpy(np.array(array.asnumpy()))


# ---------------------------------------------------------------------- state


def test_its_state_dict_has_the_names_and_values_of_the_networks_file(tmp_path):
    net = normalised()
    net.save_parameters(str(tmp_path / "net.params"))
    module = to_module(net)
    stored = nd.load(str(tmp_path / "net.params"))
    state = module.state_dict()
    assert list(state) == list(net._collect_params_with_prefix())
    assert state.keys() == stored.keys()
    for name, value in state.items():
        np.testing.assert_array_equal(value, stored[name].asnumpy())


def test_parameters_are_parameters_and_statistics_are_buffers():
    net = normalised()
    net[0].weight.grad_req = "null"
    module = to_module(net)
    assert [name for name, _ in module.named_buffers()] == ["1.running_mean", "1.running_var"]
    learnt = {name: p.requires_grad for name, p in module.named_parameters()}
    assert learnt.pop("0.weight") is False
    assert all(learnt.values())


def test_a_file_of_the_network_loads_into_the_module(tmp_path):
    net, other = normalised(), normalised()
    path = str(tmp_path / "net.params")
    other.save_parameters(path)
    module = to_module(net)
    module.load_state_dict({name: tensor(array) for name, array in nd.load(path).items()})
    x = nd.ones((2, 4))
    np.testing.assert_allclose(module(tensor(x)).detach(), other(x).asnumpy(), rtol=1e-6)


def test_it_copies_by_default():
    net = mlp()
    module = to_module(net)
    before = net[0].weight.data().asnumpy()
    with torch.no_grad():
        module.get_parameter("0.weight").zero_()
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), before)


def test_with_share_both_train_the_same_weights():
    net = mlp()
    module = to_module(net, share=True)
    x = nd.ones((4, 5))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    with autograd.record(train_mode=False):
        loss = net(x).sum()
    loss.backward()
    trainer.step(1)
    np.testing.assert_allclose(module(tensor(x)).detach(), net(x).asnumpy(), rtol=1e-5)
    optimizer = torch.optim.SGD(module.parameters(), 0.5)
    module(tensor(x)).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(module(tensor(x)).detach(), net(x).asnumpy(), rtol=1e-5)
    net[2].bias.set_data(nd.array([1, 2, 3]))
    assert module.get_parameter("2.bias").tolist() == [1, 2, 3]


def test_shared_parameters_stay_shared():
    class Tied(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.encoder = nn.Dense(4, in_units=4, use_bias=False)
            self.decoder = nn.Dense(4, in_units=4, params=self.encoder.params)

        def hybrid_forward(self, F, x):
            return self.decoder(F.tanh(self.encoder(x)))

    net = Tied()
    net.initialize(mx.init.Xavier())
    module = to_module(net)
    assert module.encoder.weight is module.decoder.weight
    assert set(module.state_dict()) == set(net._collect_params_with_prefix())
    x = nd.ones((2, 4))
    np.testing.assert_allclose(module(tensor(x)).detach(), net(x).asnumpy(), rtol=1e-6)
    fresh = type(module)()
    assert fresh.encoder.weight is fresh.decoder.weight


def test_parameters_that_nothing_uses_are_there_too():
    class Idle(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.used, self.idle = nn.Dense(2, in_units=3), nn.Dense(4, in_units=3)

        def hybrid_forward(self, F, x):
            return self.used(x)

    net = Idle()
    net.initialize()
    assert "idle.weight" in to_module(net).state_dict()


def test_names_that_torch_has_taken_get_an_underscore():
    class Odd(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.type = nn.Dense(2, in_units=3)
            self.values = nn.Dense(2, in_units=3)

        def hybrid_forward(self, F, x):
            return self.type(x) + self.values(x)

    net = Odd()
    net.initialize()
    module = to_module(net)
    assert set(module.state_dict()) == {"type_.weight", "type_.bias", "values.weight", "values.bias"}
    x = nd.ones((1, 3))
    np.testing.assert_allclose(module(tensor(x)).detach(), net(x).asnumpy(), rtol=1e-6)


# ---------------------------------------------------------------------- training


def test_running_statistics_move_as_in_mxnet(rng):
    net = normalised()
    module = to_module(net).train()
    for _ in range(5):
        x = nd.array(rng.standard_normal((3, 4)))
        with autograd.record():
            y = net(x)
        y.backward()
        module(tensor(x))
    for name in ("running_mean", "running_var"):
        np.testing.assert_allclose(
            module.get_buffer(f"1.{name}"), getattr(net[1], name).data().asnumpy(), rtol=1e-5, atol=1e-6
        )


def test_a_batch_of_one_trains_as_in_mxnet(rng):
    net = normalised()
    module = to_module(net).train()
    x = nd.array(rng.standard_normal((1, 4)))
    with autograd.record():
        y = net(x)
    y.backward()
    np.testing.assert_allclose(module(tensor(x)).detach(), y.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(
        module.get_buffer("1.running_mean"), net[1].running_mean.data().asnumpy(), rtol=1e-5, atol=1e-7
    )


def test_it_begins_predicting_and_switches_by_train_and_eval():
    module = to_module(mlp())
    x = torch.ones(2, 5)
    assert not module.training
    assert torch.equal(module(x), module(x))
    module.train()
    assert not torch.equal(module(x), module(x))


def test_ten_steps_of_torchs_optimiser_equal_ten_of_the_trainer(rng):
    net = normalised()
    module = to_module(net).train()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    optimizer = torch.optim.SGD(module.parameters(), 0.1, momentum=0.9)
    for _ in range(10):
        x = nd.array(rng.standard_normal((6, 4)))
        with autograd.record():
            loss = (net(x) ** 2).mean()
        loss.backward()
        trainer.step(1)
        optimizer.zero_grad()
        (module(tensor(x)) ** 2).mean().backward()
        optimizer.step()
    for name, parameter in net._collect_params_with_prefix().items():
        np.testing.assert_allclose(
            module.state_dict()[name], parameter.data().asnumpy(), rtol=1e-4, atol=1e-5, err_msg=name
        )


def test_without_grad_mode_it_makes_no_graph():
    module = to_module(mlp())
    with torch.no_grad():
        assert not module(torch.ones(2, 5)).requires_grad
    with torch.inference_mode():
        assert module(torch.ones(2, 5)).is_inference()


# ---------------------------------------------------------------------- copies, files, types


def test_a_deep_copy_is_of_the_same_class_and_of_its_own():
    module = to_module(normalised())
    other = copy.deepcopy(module)
    assert type(other) is type(module)
    with torch.no_grad():
        other.get_parameter("0.weight").zero_()
    assert module.get_parameter("0.weight").abs().sum() > 0


def test_it_is_pickled_and_saved():
    module = to_module(normalised())
    x = torch.ones(2, 4)
    again = pickle.loads(pickle.dumps(module))
    assert type(again) is type(module)
    assert torch.equal(again(x), module(x))
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    fresh = type(module)()
    fresh.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(fresh.eval()(x), module(x))


def test_another_process_reads_its_pickle(tmp_path):
    module = to_module(normalised())
    (tmp_path / "module.pickle").write_bytes(pickle.dumps(module))
    program = (
        "import pickle, sys, torch\n"
        "module = pickle.load(open('module.pickle', 'rb'))\n"
        "print(module(torch.ones(1, 4)).tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(module(torch.ones(1, 4)).tolist())


@pytest.mark.parametrize("make", [mlp, normalised, Tagger])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_it_computes_in_other_types(make, dtype):
    net = make()
    net.initialize(mx.init.Xavier(), force_reinit=True)
    module = to_module(net)
    x = torch.ones(2, 4, dtype=torch.int64) if make is Tagger else torch.ones(2, 4 + (make is mlp))
    expected = module(x)
    other = copy.deepcopy(module).to(dtype)
    result = other(x if make is Tagger else x.to(dtype))
    assert result.dtype is dtype
    torch.testing.assert_close(result.to(torch.float32), expected, rtol=0.05, atol=0.05)


def test_states_that_a_network_begins_with_follow_its_type():
    class Unrolled(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.cell = rnn.LSTMCell(4, input_size=3)

        def hybrid_forward(self, F, x):
            return self.cell.unroll(3, x, merge_outputs=True)[0]

    net = Unrolled()
    net.initialize()
    module = to_module(net).to(torch.float64)
    assert module(torch.ones(2, 3, 3, dtype=torch.float64)).dtype is torch.float64


def test_a_network_of_another_type_is_one_of_that_type():
    net = mlp()
    net.cast("float64")
    module = to_module(net)
    assert all(p.dtype is torch.float64 for p in module.parameters())
    assert "dtype=torch.float64" in source(net)


def test_its_text_is_found_by_tracebacks():
    module = to_module(mlp())
    assert 'self["2"](x)' in inspect.getsource(type(module).forward)


# ---------------------------------------------------------------------- export


def exported(module, *inputs, **options):
    program = torch.export.export(module, inputs, **options)
    return program.module()


@pytest.mark.parametrize(
    ("make", "shape"),
    [(mlp, (2, 5)), (lenet, (2, 1, 28, 28)), (normalised, (2, 4))],
    ids=["mlp", "lenet", "normalised"],
)
@pytest.mark.filterwarnings("ignore:Guards may run slower")  # on some versions of Python
@pytest.mark.parametrize("strict", [False, True], ids=["traced", "strict"])
def test_it_passes_through_torch_export(make, shape, strict):
    net = make()
    net(nd.zeros(shape))
    module, x = to_module(net), torch.rand(shape)
    batch = {0: torch.export.Dim("batch")}
    program = exported(module, x, strict=strict, dynamic_shapes=(batch,))
    for inputs in (x, torch.rand(5, *shape[1:])):
        torch.testing.assert_close(program(inputs), module(inputs))


def test_a_residual_network_passes_through_torch_export():
    net = gluon.model_zoo.vision.resnet18_v1(classes=4)
    net.initialize(mx.init.Xavier())
    net(nd.zeros((1, 3, 32, 32)))
    module, x = to_module(net), torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(exported(module, x, strict=False)(x), module(x))


def test_a_recurrent_network_passes_through_torch_export():
    net = Tagger()
    net.initialize(mx.init.Xavier())
    module, x = to_module(net, nd.zeros((2, 7))), torch.randint(0, 20, (2, 7))
    torch.testing.assert_close(exported(module, x, strict=False)(x), module(x))


def test_a_training_network_passes_through_torch_export_with_its_statistics():
    module, x = to_module(normalised()).train(), torch.rand(6, 4)
    program = exported(module, x, strict=False)
    torch.testing.assert_close(program(x), copy.deepcopy(module)(x))
    module(x)
    torch.testing.assert_close(program.state_dict()["1.running_var"], module.state_dict()["1.running_var"])


def test_a_training_network_is_exported_for_batches_of_any_size():
    module = to_module(normalised()).train()
    program = exported(
        module, torch.rand(6, 4), strict=False, dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    assert program(torch.rand(9, 4)).shape == (9, 2)


@pytest.mark.filterwarnings("ignore:Guards may run slower")
def test_it_passes_through_torch_compile():
    module, x = to_module(normalised()), torch.rand(3, 4)
    torch.testing.assert_close(torch.compile(module, backend="eager")(x), module(x))


# ---------------------------------------------------------------------- inputs and outputs


def test_several_inputs_and_nested_outputs_keep_their_structure():
    class Many(gluon.HybridBlock):
        def hybrid_forward(self, F, x, pair):
            a, b = pair
            return x + a, [a * b, (b,)]

    x, a, b = (nd.array([[n, n + 1]]) for n in (1, 2, 3))
    net = Many()
    module = to_module(net, x, [a, b], input_names=["x", "a", "b"])
    first, (second, third) = module(tensor(x), a=tensor(a), b=tensor(b))
    assert isinstance(third, tuple)
    assert [first.tolist(), second.tolist(), third[0].tolist()] == [[[3, 5]], [[6, 12]], [[3, 4]]]


def test_a_hybridized_network_knows_its_inputs():
    class Two(gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x - y

    net = Two()
    net.hybridize()
    net(nd.ones((2,)), nd.ones((2,)))
    assert to_module(net)(torch.ones(2), torch.zeros(2)).tolist() == [1, 1]


def test_an_example_input_makes_shapes_known():
    net = nn.HybridSequential()
    net.add(nn.Dense(4), nn.Dense(2))
    net.initialize()
    module = to_module(net, np.zeros((1, 3), "float32"))
    assert module.get_parameter("0.weight").shape == (4, 3)


def test_a_plain_sequential_of_hybrid_layers_converts():
    net = nn.Sequential()
    net.add(nn.Dense(4, activation="relu", in_units=3), nn.Dense(2, in_units=4))
    net.initialize()
    x = nd.ones((2, 3))
    np.testing.assert_allclose(to_module(net)(tensor(x)).detach(), net(x).asnumpy(), rtol=1e-6)


def test_a_loop_in_a_network_runs_and_has_gradients():
    class Looped(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.scale = self.params.get("scale", shape=(3,), init="ones")

        def hybrid_forward(self, F, x, scale):
            outputs, _ = F.contrib.foreach(
                lambda row, state: (row * scale + state, row), x, F.zeros_like(scale)
            )
            return outputs

    net = Looped()
    net.initialize()
    x = nd.array(np.arange(12).reshape(4, 3))
    module = to_module(net, x)
    result = module(tensor(x))
    np.testing.assert_allclose(result.detach(), net(x).asnumpy())
    result.sum().backward()
    assert module.scale.grad.tolist() == x.sum(axis=0).asnumpy().tolist()


def test_operators_of_ones_own_run_in_modules():
    class Double(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * 5)

    @mx.operator.register("double_in_module")
    class DoubleProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, shapes, dtypes):
            return Double()

    symbol = mx.sym.Custom(mx.sym.var("data"), op_type="double_in_module")
    module = to_module(symbol)
    x = torch.ones(3, requires_grad=True)
    y = module(x)
    assert y.tolist() == [2, 2, 2]
    y.sum().backward()
    assert x.grad.tolist() == [5, 5, 5]
    with pytest.raises(NotImplementedError, match="Custom"):
        source(symbol, standalone=False)
