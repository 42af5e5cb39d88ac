"""Checks of symbols, functions and blocks: their values, their gradients, and that hybridizing changes neither.

MXNet 1.9.1 takes symbols here (`symbolic`). Any function of NDArrays is taken, too, and so is a Gluon block.
``location`` is a list of the arguments, or a dictionary of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import autograd
from .. import ndarray as nd
from ..base import message
from ..context import Context
from ..ndarray import NDArray
from ..symbol import Symbol
from . import symbolic
from .arrays import _check_dense, random_arrays
from .compare import assert_almost_equal, compare_ndarray_tuple
from .environment import default_context
from .tolerance import Tolerances, default_numeric_eps

__all__ = [
    "check_gluon_hybridize_consistency",
    "check_numeric_gradient",
    "check_symbolic_backward",
    "check_symbolic_forward",
    "compare_optimizer",
    "numeric_grad",
    "simple_forward",
]

Function = Callable[..., Any] | Symbol
Location = Sequence[Any] | Mapping[str, Any]
Tolerance = float | Tolerances | None


def simple_forward(sym: Function, ctx: Context | None = None, is_train: bool = False, **inputs: Any) -> Any:
    """Call a symbol or function on NumPy arrays; the result as a NumPy array, many results as a list of them.

    Parameters
    ----------
    sym : the symbol, function or block; it gets the inputs by their names.
    ctx : where it is computed; the current context by default.
    is_train : whether in training mode.

    >>> simple_forward(lambda x, y: x + y, x=np.ones(2), y=np.ones(2))
    array([2., 2.], dtype=float32)
    """
    if isinstance(sym, Symbol):
        return symbolic.forward_of(sym, ctx, is_train, inputs)
    function = _callable("simple_forward", sym)
    arrays = _Arguments(inputs, ctx, np.float32)
    with autograd.train_mode() if is_train else autograd.predict_mode():
        outputs = [output.asnumpy() for output in _listed(arrays.call(function))]
    return outputs[0] if len(outputs) == 1 else outputs


def numeric_grad(
    executor: Function,
    location: Location,
    aux_states: Any = None,
    eps: float = 1e-4,
    use_forward_train: bool = True,
    dtype: Any = np.float32,
) -> Any:
    """The gradient of the sum f of a function's first output: ``(f(x + eps / 2) - f(x - eps / 2)) / eps``.

    Parameters
    ----------
    executor : an executor, whose arguments by name are ``location``; or a function or block.
    location : its arguments.
    aux_states : auxiliary states of an executor, put back before each run; a function keeps its own state.
    eps : the step.
    use_forward_train : whether the function runs in training mode.
    dtype : the type of the arguments.

    Returns
    -------
    a NumPy array for each argument, in a list or dictionary as ``location`` is.

    >>> numeric_grad(lambda x: x * x, [np.array([1.0, 3.0])], eps=2**-8)[0].tolist()
    [2.0, 6.0]
    """
    if isinstance(executor, symbolic.Executor):
        assert isinstance(location, Mapping), "numeric_grad: an executor takes its arguments by name"
        return symbolic.numeric_gradient(executor, location, aux_states, eps, use_forward_train, dtype)
    function = _callable("numeric_grad", executor)
    _no_states("numeric_grad", aux_states)
    arguments = _Arguments(location, None, dtype)

    def total() -> float:
        return float(_listed(arguments.call(function))[0].asnumpy().astype("float64").sum())

    with autograd.train_mode() if use_forward_train else autograd.predict_mode():
        found = {name: _differences(arguments.arrays[name], total, eps) for name in arguments.arrays}
    return arguments.like_location(found)


def check_numeric_gradient(
    sym: Function,
    location: Location,
    aux_states: Any = None,
    numeric_eps: float | None = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    grad_nodes: Iterable[Any] | None = None,
    use_forward_train: bool = True,
    ctx: Context | None = None,
    grad_stype_dict: Mapping[str, str] | None = None,
    dtype: Any = np.float32,
) -> None:
    """Compare ``backward`` with `numeric_grad` on a random projection of the outputs.

    Parameters
    ----------
    sym, location, aux_states, use_forward_train : see `numeric_grad`.
    numeric_eps : the step; by default that of the type (`default_numeric_eps`).
    rtol, atol : see `almost_equal`.
    grad_nodes : the arguments to check, by place or name; all by default.
    ctx : where it is computed.
    grad_stype_dict : storages of the gradients; they are dense.
    dtype : the type of the arguments; ``'float64'`` is sharper where the function takes it.

    Raises
    ------
    AssertionError : a gradient differs; the error names the argument.

    >>> check_numeric_gradient(lambda x, y: x * nd.sin(y), [np.ones(3), np.arange(3)], dtype="float64")
    """
    for stype in (grad_stype_dict or {}).values():
        _check_dense("check_numeric_gradient", stype)
    if isinstance(sym, Symbol):
        symbolic.check_gradient(
            sym,
            location,
            aux_states,
            numeric_eps,
            rtol,
            atol,
            grad_nodes,
            use_forward_train,
            ctx,
            dtype,
        )
        return
    function = _callable("check_numeric_gradient", sym)
    _no_states("check_numeric_gradient", aux_states)
    eps = default_numeric_eps()[np.dtype(dtype)] if numeric_eps is None else numeric_eps
    arguments = _Arguments(location, ctx, dtype)
    checked = list(arguments.arrays if grad_nodes is None else grad_nodes)
    unknown = [name for name in checked if name not in arguments.arrays]
    if unknown:
        raise ValueError(
            message(
                f"check_numeric_gradient: no argument {unknown[0]!r}",
                because=f"location has {', '.join(map(repr, arguments.arrays))}",
            )
        )
    for name in checked:
        arguments.arrays[name].attach_grad()
    with autograd.record(train_mode=use_forward_train):
        outputs = _listed(arguments.call(function))
        heads = [
            nd.array(_projection(output.shape), dtype=output.dtype, ctx=output.context) for output in outputs
        ]
    taped = [place for place, output in enumerate(outputs) if output._tape is not None]
    if taped:  # an output that depends on no checked argument has no gradient to give
        given = [outputs[place] for place in taped], [heads[place] for place in taped]
        autograd.backward(*given, train_mode=use_forward_train)
    weights = [head.asnumpy().astype("float64") for head in heads]

    def projected() -> float:
        found = _listed(arguments.call(function))
        return sum(float((o.asnumpy() * w).sum()) for o, w in zip(found, weights, strict=True))

    with autograd.train_mode() if use_forward_train else autograd.predict_mode():
        for name in checked:
            expected = _differences(arguments.arrays[name], projected, eps)
            actual = _gradient(arguments.arrays[name])
            names = (f"numeric gradient of {name!r}", f"backward's gradient of {name!r}")
            assert_almost_equal(expected.astype(actual.dtype), actual, rtol, atol, names)


def check_symbolic_forward(
    sym: Function,
    location: Location,
    expected: Sequence[Any] | Mapping[str, Any],
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Any = None,
    ctx: Context | None = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> Any:
    """Compare the outputs of a symbol or function, in prediction mode, with what is expected; returns them.

    Those of a symbol are NDArrays, those of a function NumPy arrays.

    >>> check_symbolic_forward(lambda x: 2 * x, [np.ones(2)], [np.full(2, 2)])[0].tolist()
    [2.0, 2.0]
    """
    if isinstance(sym, Symbol):
        return symbolic.check_forward(sym, location, expected, rtol, atol, aux_states, ctx, equal_nan, dtype)
    function = _callable("check_symbolic_forward", sym)
    _no_states("check_symbolic_forward", aux_states)
    with autograd.predict_mode():
        outputs = [output.asnumpy() for output in _listed(_Arguments(location, ctx, dtype).call(function))]
    wanted = list(expected.values()) if isinstance(expected, Mapping) else expected
    for place, (actual, value) in enumerate(zip(outputs, wanted, strict=True)):
        names = (f"expected output {place}", f"output {place}")
        assert_almost_equal(value, actual, rtol, atol, names, equal_nan)
    return outputs


def check_symbolic_backward(
    sym: Function,
    location: Location,
    out_grads: Sequence[Any] | Mapping[str, Any] | None,
    expected: Location,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    aux_states: Any = None,
    grad_req: str | Sequence[str] | Mapping[str, str] = "write",
    ctx: Context | None = None,
    grad_stypes: Any = None,
    equal_nan: bool = False,
    dtype: Any = np.float32,
) -> Any:
    """Compare the gradients of a symbol or function with what is expected.

    Returns those of all arguments: NDArrays by name for a symbol, NumPy arrays for a function.

    Parameters
    ----------
    out_grads : gradients of the outputs; None is ones.
    expected : gradients of the arguments; those that a dictionary leaves out are not compared.
    grad_req : how ``backward`` writes: one for all arguments, or one for each.

    >>> check_symbolic_backward(lambda x: 3 * x, [np.ones(2)], [np.array([1, 2])], [np.array([3, 6])])[0].tolist()
    [3.0, 6.0]
    """
    if isinstance(sym, Symbol):
        return symbolic.check_backward(
            sym,
            location,
            out_grads,
            expected,
            rtol,
            atol,
            aux_states,
            grad_req,
            ctx,
            equal_nan,
            dtype,
        )
    function = _callable("check_symbolic_backward", sym)
    _no_states("check_symbolic_backward", aux_states)
    arguments = _Arguments(location, ctx, dtype)
    for place, (name, array) in enumerate(arguments.arrays.items()):
        if isinstance(grad_req, Mapping):
            array.attach_grad(grad_req.get(name, "null"))
        else:
            array.attach_grad(grad_req if isinstance(grad_req, str) else grad_req[place])
    with autograd.record():
        outputs = _listed(arguments.call(function))
    heads = None
    if out_grads is not None:
        given = list(out_grads.values()) if isinstance(out_grads, Mapping) else out_grads
        heads = [nd.array(head, dtype=o.dtype, ctx=o.context) for head, o in zip(given, outputs, strict=True)]
    autograd.backward(outputs, heads)
    found = {name: _gradient(array) for name, array in arguments.arrays.items()}
    wanted = expected if isinstance(expected, Mapping) else dict(zip(arguments.arrays, expected, strict=True))
    for name, value in wanted.items():
        names = (f"expected gradient of {name!r}", f"gradient of {name!r}")
        assert_almost_equal(value, found[name], rtol, atol, names, equal_nan)
    return list(found.values())


def check_gluon_hybridize_consistency(
    net_builder: Callable[..., Any],
    data_l: Sequence[NDArray],
    numpy_func: Callable[..., np.ndarray] | None = None,
    test_grad: bool = True,
    rtol: float = 1e-4,
    atol: float = 1e-4,
) -> None:
    """Compare a block before and after ``hybridize()``: outputs, and gradients of parameters and inputs.

    Parameters
    ----------
    net_builder : makes the block; it takes ``prefix`` and ``params``. The block draws no random numbers.
    data_l : the inputs.
    numpy_func : what the output must be, computed from the inputs as NumPy arrays.
    test_grad : whether gradients are compared.
    """
    first = None
    results: list[dict[str, np.ndarray]] = []
    for hybridized in (False, True):
        net = net_builder(prefix="net_", params=None if first is None else first.collect_params())
        if hybridized:
            net.hybridize()
        else:
            first = net
            net.initialize()
        inputs = [each.copy() for each in data_l]
        for each in inputs:
            each.attach_grad()
        with autograd.record(train_mode=test_grad):
            output = net(*inputs)
        found = {"output": output.asnumpy()}
        if test_grad:
            output.backward(nd.array(_weights(output.shape), dtype=output.dtype, ctx=output.context))
            found |= {f"gradient of input {place}": _gradient(each) for place, each in enumerate(inputs)}
            trained = {name: p for name, p in net.collect_params().items() if p.grad_req != "null"}
            found |= {f"gradient of {name}": p.grad().asnumpy() for name, p in trained.items()}
        results.append(found)
    plain, hybrid = results
    for name, value in plain.items():
        assert_almost_equal(hybrid[name], value, rtol, atol, (f"hybridized {name}", name))
    if numpy_func is not None:
        expected = numpy_func(*(each.asnumpy() for each in data_l))
        assert_almost_equal(plain["output"], expected, rtol, atol, ("output", "expected"))


def compare_optimizer(
    opt1: Any,
    opt2: Any,
    shape: tuple[int, ...],
    dtype: Any,
    w_stype: str = "default",
    g_stype: str = "default",
    rtol: float = 1e-4,
    atol: float = 1e-5,
    compare_states: bool = True,
    ntensors: int = 1,
) -> None:
    """Let two optimisers make a step from one random weight and gradient, and compare weights and states.

    Parameters
    ----------
    opt1, opt2 : the optimisers.
    shape, dtype : of the weights.
    w_stype, g_stype : ``'default'``; arrays are dense.
    compare_states : whether states are compared, too.
    ntensors : how many weights.
    """
    for stype in (w_stype, g_stype):
        _check_dense("compare_optimizer", stype)
    for index in range(ntensors):
        start, grad = (nd.array(random_arrays(shape), dtype=dtype) for _ in range(2))
        weights, states = [], []
        for optimiser in (opt1, opt2):
            weight = start.copy()
            state = optimiser.create_state_multi_precision(index, weight)
            optimiser.update_multi_precision(index, weight, grad.copy(), state)
            weights.append(weight)
            states.append(tuple(state) if isinstance(state, list) else state)
        if compare_states:
            compare_ndarray_tuple(states[0], states[1], rtol, atol)
        assert_almost_equal(weights[0], weights[1], rtol, atol, ("opt1", "opt2"))


class _Arguments:
    """The arguments of a function as NDArrays, by place or by name."""

    def __init__(self, location: Location, ctx: Context | None, dtype: Any) -> None:
        self.by_name = isinstance(location, Mapping)
        items = location.items() if isinstance(location, Mapping) else enumerate(location)
        self.arrays: dict[Any, NDArray] = {
            name: nd.array(
                value.asnumpy() if isinstance(value, NDArray) else value,
                ctx=ctx or default_context(),
                dtype=dtype,
            )
            for name, value in items
        }

    def call(self, function: Callable[..., Any]) -> Any:
        return function(**self.arrays) if self.by_name else function(*self.arrays.values())

    def like_location(self, found: dict[Any, np.ndarray]) -> Any:
        return found if self.by_name else list(found.values())


def _callable(caller: str, sym: Any) -> Callable[..., Any]:
    if not callable(sym):
        raise TypeError(
            message(f"{caller}: takes a symbol, a function of NDArrays or a block", received=repr(sym)[:80])
        )
    return sym


def _no_states(caller: str, aux_states: Any) -> None:
    if aux_states:
        raise NotImplementedError(
            message(
                f"{caller}: aux_states belong to symbols", hint="a block keeps its running statistics itself"
            )
        )


def _listed(outputs: Any) -> list[NDArray]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def _gradient(array: NDArray) -> np.ndarray:
    """What ``backward`` left; zeros with ``grad_req='null'``."""
    return np.zeros(array.shape, array.dtype) if array.grad is None else array.grad.asnumpy()


def _differences(array: NDArray, total: Callable[[], float], eps: float) -> np.ndarray:
    """The slope of ``total()`` in each element of ``array``, which is changed and put back."""
    flat, start = array._plain().reshape(-1), array.asnumpy().ravel()
    slopes = np.empty(start.shape, "float64")
    for place, value in enumerate(start):
        sides = []
        for step in (eps / 2, -eps / 2):
            flat[place] = float(value) + step
            sides.append(total())
        flat[place] = float(value)
        slopes[place] = (sides[0] - sides[1]) / eps
    return slopes.reshape(array.shape)


def _projection(shape: tuple[int, ...]) -> np.ndarray:
    """Random weights away from 0."""
    return np.random.uniform(0.1, 1.1, size=shape)


def _weights(shape: tuple[int, ...]) -> np.ndarray:
    """The same weights each time, so that two backwards can be compared."""
    return np.random.RandomState(0).uniform(0.1, 1.1, size=shape)
