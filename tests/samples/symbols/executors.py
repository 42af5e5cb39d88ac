"""Symbols joined with arrays: outputs, gradients, statistics, shared arrays, other shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gluon.scenario import Scenario, labels, numbers
from . import graphs, loops

SCENARIOS: list[Scenario] = []


def _scenario(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    SCENARIOS.append(Scenario(run.__name__, run, tolerance=(1e-4, 1e-5)))
    return run


def _fill(run: Any, scale: float = 0.5) -> None:
    """Fixed numbers in all arguments and states of an executor."""
    for place, (name, array) in enumerate(sorted({**run.arg_dict, **run.aux_dict}.items())):
        values = numbers(*array.shape, seed=place + 1) * scale
        if name.endswith(("label", "words")):
            values = labels(array.size, 3).reshape(array.shape)
        array[:] = np.abs(values) + 0.5 if name.endswith(("var", "gamma")) else values


def _everything(run: Any) -> list[np.ndarray]:
    """Outputs, gradients and states."""
    found = [output.asnumpy() for output in run.outputs]
    found += [
        run.grad_dict[name].asnumpy() for name in sorted(run.grad_dict) if run.grad_dict[name] is not None
    ]
    return found + [run.aux_dict[name].asnumpy() for name in sorted(run.aux_dict)]


def _heads(mx: Any, run: Any) -> list[Any]:
    return [mx.nd.array(numbers(*output.shape, seed=40 + i)) for i, output in enumerate(run.outputs)]


def _trained(mx: Any, symbol: Any, steps: int = 1, **options: Any) -> list[np.ndarray]:
    run = symbol.simple_bind(mx.cpu(), **options)
    _fill(run)
    for _ in range(steps):
        run.forward(is_train=True)
        run.backward(_heads(mx, run))
    found = _everything(run)
    run.forward(is_train=False)
    return found + [output.asnumpy() for output in run.outputs]


@_scenario
def a_classifier(mx: Any) -> Any:
    return _trained(mx, graphs.mlp(mx), data=(4, 6))


@_scenario
def gradients_that_add_up(mx: Any) -> Any:
    return _trained(mx, graphs.mlp(mx), steps=3, grad_req="add", data=(4, 6))


@_scenario
def some_gradients(mx: Any) -> Any:
    requests = {"data": "null", "fc1_weight": "add", "fc1_bias": "write", "fc2_weight": "write"}
    return _trained(mx, graphs.mlp(mx), steps=2, grad_req=requests, data=(4, 6))


@_scenario
def convolutions_and_statistics(mx: Any) -> Any:
    layer = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=3, name="conv")
    layer = mx.sym.BatchNorm(layer, fix_gamma=False, momentum=0.5, name="bn")
    layer = mx.sym.Pooling(mx.sym.relu(layer), kernel=(2, 2), stride=(2, 2), pool_type="max")
    return _trained(mx, mx.sym.Flatten(layer), steps=2, data=(2, 2, 6, 6))


@_scenario
def residual_blocks(mx: Any) -> Any:
    return _trained(mx, graphs.residual(mx), data=(2, 4, 3, 3))


@_scenario
def several_heads(mx: Any) -> Any:
    x = mx.sym.var("x")
    both = mx.sym.Group([x * 2, mx.sym.split(mx.sym.exp(x), num_outputs=2, axis=1)[1], mx.sym.BlockGrad(x)])
    return _trained(mx, both, x=(3, 4))


@_scenario
def recurrent_layers(mx: Any) -> Any:
    layer = mx.sym.RNN(
        mx.sym.var("x"), state_size=3, num_layers=2, mode="lstm", state_outputs=True, name="rnn"
    )
    return _trained(mx, layer, x=(4, 2, 3))


@_scenario
def regressions(mx: Any) -> Any:
    linear = mx.sym.LinearRegressionOutput(mx.sym.var("x"), mx.sym.var("label"), grad_scale=2)
    return _trained(mx, linear, x=(3, 2), label=(3, 2))


@_scenario
def a_loss_of_ones_own(mx: Any) -> Any:
    x = mx.sym.var("x")
    return _trained(
        mx, mx.sym.Group([mx.sym.MakeLoss(mx.sym.square(x) * 3), mx.sym.BlockGrad(x + 1)]), x=(2, 3)
    )


@_scenario
def arrays_by_order_and_by_name(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    arrays = [mx.nd.array(numbers(2, 3)), mx.nd.array(numbers(2, 3, seed=2))]
    found = []
    for given, grads in (
        (arrays, [mx.nd.zeros((2, 3)), mx.nd.zeros((2, 3))]),
        ({"b": arrays[1], "a": arrays[0]}, {"b": mx.nd.zeros((2, 3))}),
    ):
        run = (a * b + a).bind(mx.cpu(), given, grads)
        run.forward(is_train=True)
        run.backward(mx.nd.array(numbers(2, 3, seed=3)))
        found += _everything(run)
    return found


@_scenario
def new_values_in_a_forward(mx: Any) -> Any:
    run = (mx.sym.var("x") * mx.sym.var("w")).simple_bind(mx.cpu(), x=(2,), w=(2,))
    _fill(run)
    found = [run.forward(x=mx.nd.array([1.0, 2.0]))[0].asnumpy()]
    found.append(
        run.forward(is_train=True, w=mx.nd.array([3.0, 4.0]), x=mx.nd.array([5.0, 6.0]))[0].asnumpy()
    )
    run.backward(mx.nd.ones((2,)))
    return found + _everything(run)


@_scenario
def parameters_copied_in(mx: Any) -> Any:
    run = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc").simple_bind(mx.cpu(), x=(1, 2))
    run.copy_params_from({"x": mx.nd.array([[1, 2]]), "fc_weight": mx.nd.array([[1, 2], [3, 4]])})
    run.copy_params_from({"fc_bias": mx.nd.array([5, 6]), "more": mx.nd.zeros((1,))}, allow_extra_params=True)
    return [run.forward()[0].asnumpy()]


@_scenario
def other_shapes(mx: Any) -> Any:
    layer = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc")
    run = layer.simple_bind(mx.cpu(), x=(4, 3))
    _fill(run)
    smaller = run.reshape(x=(2, 3))
    found = [smaller.forward(is_train=True)[0].asnumpy()]
    smaller.backward(mx.nd.ones((2, 2)))
    found += [run.grad_dict["fc_weight"].asnumpy(), smaller.arg_dict["x"].asnumpy()]
    larger = run.reshape(allow_up_sizing=True, x=(6, 3))
    larger.arg_dict["x"][:] = numbers(6, 3)
    larger.arg_dict["fc_bias"][:] = 7
    return [*found, larger.forward()[0].asnumpy(), run.arg_dict["fc_bias"].asnumpy()]


@_scenario
def arrays_of_another_executor(mx: Any) -> Any:
    layer = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc")
    first = layer.simple_bind(mx.cpu(), x=(4, 3))
    _fill(first)
    names = ["fc_weight", "fc_bias"]
    second = (layer * 2).simple_bind(
        mx.cpu(), x=(2, 3), shared_arg_names=names, shared_exec=first, shared_buffer={}
    )
    alone = layer.simple_bind(mx.cpu(), x=(2, 3), shared_exec=first)
    second.arg_dict["x"][:] = numbers(2, 3)
    found = [second.forward()[0].asnumpy()]
    first.arg_dict["fc_bias"][:] = 9
    return [*found, second.forward()[0].asnumpy(), alone.forward()[0].asnumpy()]


@_scenario
def arrays_of_a_buffer(mx: Any) -> Any:
    layer = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc")
    buffer: dict[str, Any] = {}
    layer.simple_bind(mx.cpu(), shared_arg_names=["fc_weight", "fc_bias"], shared_buffer=buffer, x=(4, 3))
    buffer["x"][:] = 2
    second = layer.simple_bind(
        mx.cpu(), shared_arg_names=["fc_weight", "fc_bias"], shared_buffer=buffer, x=(4, 3)
    )
    return [second.arg_dict["x"].asnumpy(), np.array(sorted(buffer) == ["grad of x", "x"])]


@_scenario
def types(mx: Any) -> Any:
    layer = mx.sym.BatchNorm(mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="fc"), name="bn")
    found = []
    for kind in ("float16", "float64"):
        run = layer.simple_bind(mx.cpu(), x=(4, 3), type_dict={"x": kind})
        arrays = {**run.arg_dict, **run.aux_dict}
        found.append(np.array([np.dtype(arrays[name].dtype).itemsize for name in sorted(arrays)]))
    return found


@_scenario
def a_monitor(mx: Any) -> Any:
    run = graphs.mlp(mx).simple_bind(mx.cpu(), data=(2, 3))
    _fill(run)
    seen: list[tuple[str, Any]] = []
    run.set_monitor_callback(lambda name, array: seen.append((str(name), array)))
    run.forward(is_train=False)
    wanted = ("fc1_output", "fc2_output", "relu1_output", "softmax_output")
    return [np.array([sum(each in name for name, _ in seen) for each in wanted])]


@_scenario
def computed_at_once(mx: Any) -> Any:
    a, b = mx.sym.var("a"), mx.sym.var("b")
    outputs = mx.sym.Group([a * b, a + 1]).eval(a=mx.nd.array([1, 2]), b=mx.nd.array([3, 4]))
    return [output.asnumpy() for output in outputs]


def _loop(build: Callable[[Any], Any], seed: int = 50, **shapes: tuple[int, ...]) -> Callable[[Any], Any]:
    def run(mx: Any) -> Any:
        flat = _flat(build(mx))
        arrays = {
            n: mx.nd.array(numbers(*s, seed=seed + i)) for i, (n, s) in enumerate(sorted(shapes.items()))
        }
        if "i" in arrays:
            arrays["i"] = mx.nd.zeros(shapes["i"])
        grads = {name: mx.nd.zeros(array.shape) for name, array in arrays.items() if name not in ("p", "c")}
        executor = mx.sym.Group(flat).bind(mx.cpu(), arrays, grads)
        executor.forward(is_train=True)
        executor.backward(_heads(mx, executor))
        return _everything(executor)

    return run


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in _flat(inner)]
    return [] if value is None else [value]


def _power_while(mx: Any) -> Any:
    w = mx.sym.var("w")
    return mx.sym.contrib.while_loop(
        lambda i, s: i < 3, lambda i, s: (s * w, (i + 1, s * w + 1)), [mx.sym.var("i"), mx.sym.var("s")], 3
    )


def _captured(mx: Any) -> Any:
    inside = mx.sym.exp(mx.sym.var("w"))
    x, s = mx.sym.var("x"), mx.sym.var("s")
    return mx.sym.contrib.foreach(lambda x, s: (x * inside + s, s * inside + x), x, s)


def _chosen(branch: int) -> Callable[[Any], Any]:
    def build(mx: Any) -> Any:
        p, a, b = mx.sym.var("p"), mx.sym.var("a"), mx.sym.var("b")
        chosen = p * 0 + branch
        return mx.sym.contrib.cond(chosen, lambda: [a * b, a], lambda: [a + b * 3, b])

    return build


for _name, _run in {
    "running_sum": _loop(loops.running_sum, x=(4, 2, 3), s=(2, 3)),
    "captured_in_a_loop": _loop(_captured, w=(2, 3), x=(4, 2, 3), s=(2, 3)),
    "loop_in_a_loop": _loop(
        loops.loop_in_loop, x=(2, 3, 3, 3), s=(3, 3), w=(3, 3), fc_weight=(3, 3), fc_bias=(3,)
    ),
    "nested_lists": _loop(loops.nested_lists, x=(3, 2), s=(2,), t=(2,)),
    "while_loop": _loop(_power_while, i=(1,), s=(2,), w=(2,)),
    "first_branch": _loop(_chosen(1), p=(1,), a=(2,), b=(2,)),
    "second_branch": _loop(_chosen(0), p=(1,), a=(2,), b=(2,)),
}.items():
    SCENARIOS.append(Scenario(_name, _run, tolerance=(1e-4, 1e-5)))
