"""The text of a network: that it stands alone, reads well, and says what it cannot say."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import source, to_module
from glueball.torch.layout import WIDTH, statement
from mxnet import gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib import cnn


def lenet():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, 5, activation="relu", in_channels=1),
        nn.MaxPool2D(2, 2),
        nn.Flatten(),
        nn.Dense(10, in_units=6 * 12 * 12),
    )
    net.initialize(mx.init.Xavier())
    return net


def test_a_small_network_reads_like_pytorch():
    text = source(lenet(), nd.zeros((1, 1, 28, 28)), name="LeNet")
    assert (
        text.partition("class ")[2]
        == '''\
LeNet(nn.ModuleDict):
    """The Gluon network HybridSequential, in PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        self["0"] = nn.Conv2d(1, 6, 5)
        self["3"] = nn.Linear(864, 10)

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        x = self["0"](data)
        x = torch.relu(x)
        x = F.max_pool2d(x, 2, stride=2)
        x = x.flatten(1)
        return self["3"](x)
'''
    )


def test_it_runs_without_glueball(tmp_path, rng):
    net = lenet()
    x = nd.array(rng.standard_normal((2, 1, 28, 28)))
    (tmp_path / "lenet.py").write_text(source(net, x, name="LeNet"), encoding="utf-8")
    torch.save(to_module(net).state_dict(), tmp_path / "lenet.pt")
    np.save(tmp_path / "x.npy", x.asnumpy())
    program = (
        "import sys, numpy, torch, lenet\n"
        "net = lenet.LeNet().eval()\n"
        "net.load_state_dict(torch.load('lenet.pt', weights_only=True))\n"
        "numpy.save('y.npy', net(torch.from_numpy(numpy.load('x.npy'))).detach().numpy())\n"
        "assert not {'mxnet', 'glueball'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, env={**os.environ})
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), net(x).asnumpy(), rtol=1e-5, atol=1e-6)


def test_the_class_is_named_after_the_blocks_class():
    class Regression(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.log(x)

    assert "class Regression(nn.Module)" in source(Regression())
    assert "class Log(nn.Module)" in source(Regression(), name="Log")


class Twins(gluon.HybridBlock):
    """One layer that is called twice, another that stands in two places."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = nn.Dense(4, in_units=4)
        self.left = nn.Dense(3, in_units=4)
        self.right = nn.Dense(3, in_units=4, params=self.left.params)

    def hybrid_forward(self, F, x, y):
        return self.left(self.encoder(x)) - self.right(self.encoder(y))


def test_layers_that_are_used_again_are_layers():
    net = Twins()
    net.initialize(mx.init.Xavier())
    x, y = nd.ones((2, 4)), nd.ones((2, 4)) * 3
    text = source(net, x, y)
    assert "self.encoder = nn.Linear(4, 4)" in text
    assert "self.left = nn.Linear(4, 3)\n        self.right = self.left\n" in text
    assert text.count("self.encoder(") == text.count("self.left(") == 2
    module = to_module(net, x, y)
    assert set(module.state_dict()) == set(net._collect_params_with_prefix())
    tensors = (torch.from_numpy(each.asnumpy()) for each in (x, y))
    np.testing.assert_allclose(module(*tensors).detach(), net(x, y).asnumpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((-3, -2), "data.flatten(0, 1)"),
        ((0, -3, 0), "data.flatten(1, 2)"),
        ((-4, -1, 2, -2), "data.unflatten(0, (-1, 2))"),
        ((0, -4, 3, -1, 0, 0), "data.unflatten(1, (3, -1))"),
        ((0, 0, -1), "data.reshape(data.shape[0], data.shape[1], -1)"),
    ],
)
def test_axes_that_are_joined_or_cut_are_named(shape, text):
    graph = mx.sym.reshape(mx.sym.var("data"), shape=shape)
    x = nd.arange(4 * 6 * 5 * 2).reshape((4, 6, 5, 2))
    assert f"return {text}\n" in source(graph)
    np.testing.assert_array_equal(to_module(graph)(torch.from_numpy(x.asnumpy())), x.reshape(shape).asnumpy())


def test_a_factor_of_one_is_left_out():
    x = mx.sym.var("x")
    assert "sigmoid(x)" in source(mx.sym.sigmoid(x * 1))
    assert "return -x" in source(x * -1)


def test_frozen_parameters_are_frozen_in_the_text():
    net = lenet()
    net[0].collect_params().setattr("grad_req", "null")
    namespace = {}
    exec(source(net, name="Net"), namespace)
    learnt = {name: p.requires_grad for name, p in namespace["Net"]().named_parameters()}
    assert learnt == {"0.weight": False, "0.bias": False, "3.weight": True, "3.bias": True}


def test_what_pytorch_has_no_function_for_is_named():
    net = nn.HybridSequential()
    net.add(cnn.DeformableConvolution(2, 3, in_channels=2), nn.Dense(2))
    net.initialize()
    x = nd.ones((1, 2, 5, 5))
    with pytest.raises(NotImplementedError) as raised:
        source(net, x)
    text = str(raised.value)
    assert "_contrib_DeformableConvolution" in text
    assert "to_module" in text
    assert "standalone=False" in text


def test_not_standing_alone_it_calls_glueball(rng):
    net = cnn.DeformableConvolution(2, 3, in_channels=2)
    net.initialize(mx.init.Uniform(0.1))
    x = nd.array(rng.standard_normal((1, 2, 5, 5)))
    text = source(net, x, name="Bent", standalone=False)
    assert "from glueball.torch import call" in text
    namespace = {}
    exec(text, namespace)
    module = namespace["Bent"]()
    module.load_state_dict(to_module(net, x).state_dict())
    np.testing.assert_allclose(
        module(torch.from_numpy(x.asnumpy())).detach(), net(x).asnumpy(), rtol=1e-5, atol=1e-6
    )


def test_only_the_functions_that_it_needs_are_copied():
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.5), nn.Dropout(0.5, axes=(0,)))
    assert "def dropout(" in source(net)
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.5))
    assert "def dropout(" not in source(net)


def test_names_that_are_used_again_are_free():
    class Crossed(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            a, b, c = F.sin(x), F.cos(x), F.tan(x)
            return (a * b + c) * (c - a) * x

    text = source(Crossed(), input_names="x")
    namespace = {}
    exec(text, namespace)
    x = torch.rand(3)
    a, b, c = torch.sin(x), torch.cos(x), torch.tan(x)
    torch.testing.assert_close(namespace["Crossed"]()(x), (a * b + c) * (c - a) * x)


@pytest.mark.parametrize(
    "text",
    [
        f"x = function({', '.join(f'argument{n}' for n in range(9))})",
        f"x = function([{', '.join(f'argument{n}' for n in range(12))}], 1, keyword=True)",
        f"return F.conv2d({', '.join(f'argument{n}' for n in range(8))}).movedim(1, -1)",
    ],
)
def test_long_statements_are_broken_at_their_brackets(text):
    lines = statement(text, 8)
    assert len(lines) > 1
    assert all(len(line) <= WIDTH for line in lines)
    assert "".join("".join(lines).split()).replace(",]", "]").replace(",)", ")") == "".join(text.split())
