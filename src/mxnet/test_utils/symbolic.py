"""Checks of symbols: their values, their gradients, and that types and contexts agree.

What `functions` does for functions and blocks, with executors; `location` is a list in the order of the arguments, or
a dictionary by name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import message
from ..context import Context
from ..executor import Executor
from ..ndarray import NDArray
from ..symbol import Symbol
from .compare import assert_almost_equal
from .environment import default_context
from .tolerance import Tolerances, default_atols, default_numeric_eps, default_rtols

__all__ = ["check_consistency", "check_speed", "same_symbol_structure"]

Location = Sequence[Any] | Mapping[str, Any]
Tolerance = float | Tolerances | None


def same_symbol_structure(sym1: Symbol, sym2: Symbol) -> bool:
    """Whether two graphs make the same calls in the same order on the same outputs; names may differ.

    Differs from 1.9.1, which compares no further than the shorter of the two reaches.

    >>> from mxnet import sym
    >>> a, b = sym.var("a"), sym.var("b")
    >>> same_symbol_structure(a + b, b + a), same_symbol_structure(a + b, a * b)
    (True, False)
    """
    return _structure(sym1) == _structure(sym2)


def _structure(symbol: Symbol) -> list[Any]:
    from ..symbol.graph import in_order

    nodes = in_order(symbol._entries)
    places = {id(node): place for place, node in enumerate(nodes)}
    calls: list[Any] = [
        (node.kind, [(places[id(source)], index) for source, index in node.inputs]) for node in nodes
    ]
    return [*calls, [(places[id(node)], index) for node, index in symbol._entries]]


# ---------------------------------------------------------------------- what `functions` hands over


def forward_of(sym: Symbol, ctx: Context | None, is_train: bool, inputs: Mapping[str, Any]) -> Any:
    """The outputs as NumPy arrays; see `simple_forward`."""
    arrays = _arguments(sym, dict(inputs), ctx, np.float32)
    outputs = sym.bind(ctx or default_context(), arrays).forward(is_train=is_train)
    found = [output.asnumpy() for output in outputs]
    return found[0] if len(found) == 1 else found


def check_forward(
    sym: Symbol,
    location: Location,
    expected: Sequence[Any] | Mapping[str, Any],
    rtol: Tolerance,
    atol: Tolerance,
    aux_states: Any,
    ctx: Context | None,
    equal_nan: bool,
    dtype: Any,
) -> list[NDArray]:
    """The outputs, compared with what is expected; see `check_symbolic_forward`."""
    ctx = ctx or default_context()
    run = sym.bind(
        ctx, _arguments(sym, location, ctx, dtype), aux_states=_states(sym, aux_states, ctx, dtype)
    )
    outputs: list[NDArray] = run.forward(is_train=False)
    names = sym.list_outputs()
    wanted = [expected[name] for name in names] if isinstance(expected, Mapping) else list(expected)
    _check_count("expected", wanted, names)
    for name, value, output in zip(names, wanted, outputs, strict=True):
        assert_almost_equal(
            _numpy(value), output.asnumpy(), rtol, atol, (f"EXPECTED_{name}", f"FORWARD_{name}"), equal_nan
        )
    return outputs


def check_backward(
    sym: Symbol,
    location: Location,
    out_grads: Any,
    expected: Location,
    rtol: Tolerance,
    atol: Tolerance,
    aux_states: Any,
    grad_req: Any,
    ctx: Context | None,
    equal_nan: bool,
    dtype: Any,
) -> dict[str, NDArray]:
    """The gradients, compared with what is expected; see `check_symbolic_backward`."""
    ctx = ctx or default_context()
    arguments = _arguments(sym, location, ctx, dtype)
    wanted = _by_name(sym, "expected", expected)
    requests = _requests(sym, grad_req)
    # What stands in the arrays before shows whether a gradient is written, added or left alone.
    before = {name: np.random.normal(size=np.shape(value)) for name, value in wanted.items()}
    grads = {name: nd.array(value, ctx=ctx, dtype=arguments[name].dtype) for name, value in before.items()}
    run = sym.bind(ctx, arguments, grads, requests, _states(sym, aux_states, ctx, dtype))
    run.forward(is_train=True)
    run.backward(_heads(run, out_grads, ctx))
    for name, value in wanted.items():
        request = requests.get(name, "null")
        value = {"write": _numpy(value), "add": _numpy(value) + before[name]}.get(request, before[name])
        names = (f"EXPECTED_{name}", f"BACKWARD_{name}")
        assert_almost_equal(value, grads[name].asnumpy(), rtol, atol, names, equal_nan)
    return {name: array for name, array in run.grad_dict.items() if array is not None}


def numeric_gradient(
    executor: Executor, location: Mapping[str, Any], aux_states: Any, eps: float, training: bool, dtype: Any
) -> dict[str, np.ndarray]:
    """The numeric gradient of the sum of an executor's first output; see `numeric_grad`."""
    for name, value in location.items():
        executor.arg_dict[name][:] = nd.array(_numpy(value), dtype=executor.arg_dict[name].dtype)
    first = np.ones(executor.outputs[0].shape)
    found = _slopes(executor, list(location), aux_states or {}, eps, training, [first])
    return {name: slope.astype(dtype) for name, slope in found.items()}


def _slopes(
    run: Executor,
    names: Sequence[str],
    states: Mapping[str, Any],
    eps: float,
    training: bool,
    weights: Sequence[np.ndarray],
) -> dict[str, np.ndarray]:
    """How the weighted sum of the outputs changes with each element of each argument."""
    found = {}
    for name in names:
        array = run.arg_dict[name]
        start = array.asnumpy()
        slopes = np.zeros(start.shape, "float64")
        for place in np.ndindex(*start.shape):
            sides = []
            for step in (eps / 2, -eps / 2):
                moved = start.copy()
                moved[place] += step
                array[:] = nd.array(moved, dtype=start.dtype)
                for state, kept in states.items():
                    run.aux_dict[state][:] = nd.array(_numpy(kept))
                outputs = run.forward(is_train=training)
                sides.append(
                    sum(float((o.asnumpy() * w).sum()) for o, w in zip(outputs, weights, strict=False))
                )
            slopes[place] = (sides[0] - sides[1]) / eps
        array[:] = nd.array(start, dtype=start.dtype)
        found[name] = slopes
    return found


def check_gradient(
    sym: Symbol,
    location: Location,
    aux_states: Any,
    numeric_eps: float | None,
    rtol: Tolerance,
    atol: Tolerance,
    grad_nodes: Any,
    training: bool,
    ctx: Context | None,
    dtype: Any,
) -> None:
    """Compare ``backward`` with a numeric gradient; see `check_numeric_gradient`."""
    ctx = ctx or default_context()
    arguments = _arguments(sym, location, ctx, dtype)
    states = _states(sym, aux_states, ctx, dtype) or {}
    kept = {name: array.copy() for name, array in states.items()}
    requests = _checked(sym, arguments, grad_nodes)
    before = {name: np.random.normal(size=arguments[name].shape).astype(dtype) for name in requests}
    grads = {name: nd.array(value, ctx=ctx, dtype=dtype) for name, value in before.items()}
    run = sym.bind(ctx, arguments, grads, requests, states)
    outputs = run.forward(is_train=True)
    weights = [np.random.uniform(0.1, 1.1, size=output.shape) for output in outputs]
    run.backward([nd.array(w, ctx=ctx, dtype=o.dtype) for w, o in zip(weights, outputs, strict=True)])
    found = {name: gradient.asnumpy() for name, gradient in grads.items()}
    eps = default_numeric_eps()[np.dtype(dtype)] if numeric_eps is None else numeric_eps
    numeric = _slopes(run, list(requests), kept, eps, training, weights)
    for name, request in requests.items():
        expected = {"write": numeric[name], "add": numeric[name] + before[name]}.get(request, before[name])
        names = (f"NUMERICAL_{name}", f"BACKWARD_{name}")
        assert_almost_equal(expected.astype(dtype), found[name], rtol, atol, names)


def _checked(sym: Symbol, arguments: dict[str, NDArray], grad_nodes: Any) -> dict[str, str]:
    """Which arguments are checked, and how their gradients are written."""
    if isinstance(grad_nodes, Mapping):
        requests = dict(grad_nodes)
    elif grad_nodes is not None:
        requests = dict.fromkeys(grad_nodes, "write")
    else:
        requests = {name: "write" for name, array in arguments.items() if np.dtype(array.dtype).kind == "f"}
    unknown = [name for name in requests if name not in arguments]
    if unknown:
        raise ValueError(
            message(
                f"check_numeric_gradient: no argument {unknown[0]!r}",
                because=f"the symbol has {', '.join(sym.list_arguments())}",
            )
        )
    return requests


# ---------------------------------------------------------------------- types, contexts, speed


def check_consistency(
    sym: Symbol | Sequence[Symbol],
    ctx_list: Sequence[dict[str, Any]],
    scale: float = 1.0,
    grad_req: Any = "write",
    arg_params: Mapping[str, Any] | None = None,
    aux_params: Mapping[str, Any] | None = None,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    raise_on_err: bool = True,
    ground_truth: Mapping[str, Any] | None = None,
    equal_nan: bool = False,
    use_uniform: bool = False,
    rand_type: Any = np.float64,
) -> dict[str, NDArray]:
    """Run a symbol on several contexts and in several types, and compare outputs and gradients.

    Parameters
    ----------
    sym : the symbol, or one for each context, with the same arguments and outputs.
    ctx_list : at least two dictionaries: ``ctx``, the shapes of inputs by name, and types in ``type_dict``.
    scale : of the random arguments.
    grad_req : ``'null'`` compares outputs only.
    arg_params, aux_params : values for some arguments and states; the others are drawn.
    rtol, atol : see `assert_almost_equal`; by default those of the less exact type of each two.
    raise_on_err : False prints what differs instead.
    ground_truth : outputs and gradients to compare with; by default those of the most exact type.
    use_uniform : draw between ``-0.5 scale`` and ``0.5 scale`` instead of from the normal distribution.
    rand_type : the type in which numbers are drawn.

    Returns
    -------
    The outputs and gradients that the others were compared with.

    >>> from mxnet import sym
    >>> layer = sym.FullyConnected(sym.var("x"), num_hidden=2, name="fc")
    >>> kinds = [{"ctx": mx.cpu(), "x": (3, 4), "type_dict": {"x": kind}} for kind in ("float64", "float32")]
    >>> sorted(check_consistency(layer, kinds))
    ['fc_bias', 'fc_output', 'fc_weight', 'x']
    """
    if len(ctx_list) < 2:
        raise AssertionError(
            message(
                "check_consistency: two contexts or types are compared", received=f"{len(ctx_list)} of them"
            )
        )
    symbols = [sym] * len(ctx_list) if isinstance(sym, Symbol) else list(sym)
    runs = [
        each.simple_bind(grad_req=grad_req, **options)
        for each, options in zip(symbols, ctx_list, strict=True)
    ]
    _fill(runs, scale, arg_params or {}, aux_params or {}, use_uniform, rand_type)
    names = symbols[0].list_outputs()
    training = grad_req != "null"
    results: list[dict[str, NDArray]] = []
    for run in runs:
        run.forward(is_train=training)
        found = dict(zip(names, run.outputs, strict=True))
        if training:
            run.backward(list(run.outputs))
            found |= {name: array for name, array in run.grad_dict.items() if array is not None}
        results.append(found)
    exact = [min(np.dtype(found[name].dtype).itemsize for name in names) for found in results]
    best = exact.index(max(exact))
    truth = dict(results[best] if ground_truth is None else ground_truth)
    for place, found in enumerate(results):
        if place == best and ground_truth is None:
            continue
        for name, array in found.items():
            expected, actual = _numpy(truth[name]), array.asnumpy()
            less = min(expected.dtype, actual.dtype, key=lambda each: np.dtype(each).itemsize)
            try:
                assert_almost_equal(
                    actual,
                    expected.astype(actual.dtype),
                    default_rtols()[less] if rtol is None else rtol,
                    max(default_atols()[less], 1e-3) if atol is None else atol,
                    (f"{name} of run {place} ({actual.dtype})", f"{name} of run {best} ({expected.dtype})"),
                    equal_nan,
                )
            except AssertionError as error:
                if raise_on_err:
                    raise
                print(error)
    return truth


def _fill(
    runs: Sequence[Executor],
    scale: float,
    arg_params: Mapping[str, Any],
    aux_params: Mapping[str, Any],
    use_uniform: bool,
    rand_type: Any,
) -> None:
    """The same numbers for all executors, in their types."""
    for name, array in runs[0].arg_dict.items():
        if use_uniform:
            drawn = np.random.uniform(-0.5, 0.5, array.shape)
        else:
            drawn = np.random.normal(size=array.shape)
        value = _numpy(arg_params.get(name, drawn.astype(rand_type) * scale))
        for run in runs:
            run.arg_dict[name][:] = nd.array(value, dtype=run.arg_dict[name].dtype)
    for name in runs[0].aux_dict:
        for run in runs:
            run.aux_dict[name][:] = nd.array(_numpy(aux_params.get(name, 0)), dtype=run.aux_dict[name].dtype)


def check_speed(
    sym: Symbol,
    location: Mapping[str, Any] | None = None,
    ctx: Context | None = None,
    N: int = 20,
    grad_req: Any = None,
    typ: str = "whole",
    **kwargs: Any,
) -> float:
    """The seconds that a symbol takes, on average of ``N`` runs.

    Parameters
    ----------
    location : the values of arguments by name; drawn if it is not given.
    grad_req : ``'write'`` by default.
    typ : ``'whole'`` for forward and backward, ``'forward'`` for that alone.
    kwargs : shapes of arguments by name, where there is no location.

    Raises
    ------
    ValueError : ``typ`` is none of the two.

    >>> from mxnet import sym
    >>> check_speed(sym.exp(sym.var("x")), {"x": np.ones(3)}, N=2) > 0
    True
    """
    if typ not in ("whole", "forward"):
        raise ValueError(message('typ can only be "whole" or "forward".', received=repr(typ)))
    shapes = kwargs if location is None else {name: np.shape(value) for name, value in location.items()}
    run = sym.simple_bind(ctx or default_context(), grad_req=grad_req or "write", **shapes)
    values = {name: np.random.normal(size=array.shape) for name, array in run.arg_dict.items()}
    for name, value in {**values, **(location or {})}.items():
        run.arg_dict[name][:] = nd.array(_numpy(value), dtype=run.arg_dict[name].dtype)

    def once() -> None:
        run.forward(is_train=typ == "whole")
        if typ == "whole":
            run.backward(list(run.outputs))
        for output in run.outputs:
            output.wait_to_read()

    once()
    start = time.perf_counter()
    for _ in range(N):
        once()
    return (time.perf_counter() - start) / N


# ---------------------------------------------------------------------- arrays by name


def _by_name(sym: Symbol, what: str, values: Any) -> dict[str, Any]:
    names = sym.list_arguments()
    if isinstance(values, Mapping):
        return dict(values)
    if len(values) != len(names):
        raise ValueError(
            message(
                f"{what} has one array for each argument",
                received=f"{len(values)} of them",
                because=f"the arguments are {', '.join(names)}",
            )
        )
    return dict(zip(names, values, strict=True))


def _arguments(sym: Symbol, location: Location, ctx: Context | None, dtype: Any) -> dict[str, NDArray]:
    """The arguments as arrays, by name."""
    given, names = _by_name(sym, "location", location), sym.list_arguments()
    if set(given) != set(names):
        raise ValueError(
            message(
                "Symbol arguments and keys of the given location do not match.",
                received=", ".join(given),
                because=f"the arguments are {', '.join(names)}",
            )
        )
    return {name: _array(given[name], ctx, dtype) for name in names}


def _states(sym: Symbol, aux_states: Any, ctx: Context | None, dtype: Any) -> dict[str, NDArray] | None:
    names = sym.list_auxiliary_states()
    if aux_states is None:
        return None
    given = dict(aux_states) if isinstance(aux_states, Mapping) else dict(zip(names, aux_states, strict=True))
    if set(given) != set(names):
        raise ValueError(
            message(
                "Symbol aux_states names and given aux_states do not match.",
                received=", ".join(given),
                because=f"they are {', '.join(names)}",
            )
        )
    return {name: _array(given[name], ctx, dtype) for name in names}


def _requests(sym: Symbol, grad_req: Any) -> dict[str, str]:
    names = sym.list_arguments()
    if isinstance(grad_req, str):
        return dict.fromkeys(names, grad_req)
    return dict(grad_req) if isinstance(grad_req, Mapping) else dict(zip(names, grad_req, strict=True))


def _heads(run: Executor, out_grads: Any, ctx: Context) -> list[NDArray] | None:
    if out_grads is None:
        return None
    given = list(out_grads.values()) if isinstance(out_grads, Mapping) else list(out_grads)
    _check_count("out_grads", given, list(run.output_dict))
    return [nd.array(_numpy(g), ctx=ctx, dtype=o.dtype) for g, o in zip(given, run.outputs, strict=True)]


def _check_count(what: str, values: Sequence[Any], names: Sequence[str]) -> None:
    if len(values) != len(names):
        raise ValueError(
            message(
                f"{what} has one array for each output",
                received=f"{len(values)} of them",
                because=f"the outputs are {', '.join(names)}",
            )
        )


def _array(value: Any, ctx: Context | None, dtype: Any) -> NDArray:
    """An array keeps its type, NumPy's whole numbers, too; everything else has ``dtype``."""
    if isinstance(value, NDArray):
        return value.copyto(ctx or default_context())
    array = np.asarray(value)
    return nd.array(array, ctx=ctx or default_context(), dtype=dtype)


def _numpy(value: Any) -> np.ndarray:
    return value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
