"""A symbol, bound and run, gives what the same call gives on arrays: values and gradients, bit for bit."""

import functools
import operator as python_operator
import warnings

import numpy as np

import mxnet as mx
from mxnet import nd, sym
from tests.samples import sample as recipes
from tests.samples.checks import ALL, over
from tests.samples.run import head_gradients, run

# Calls that symbols cannot make: they look at elements or change arrays, take numbers, or are no functions of graphs.
ARRAYS_ONLY = frozenset(
    {
        *("__getitem__", "__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__imod__"),
        *("NDArray.copy", "NDArray.slice_assign", "NDArray.slice_assign_scalar", "array", "moveaxis"),
        *("contrib.adamw_update", "contrib.mp_adamw_update", "reset_arrays"),
        *(f"contrib.multi_{name}_update" for name in ("adamw", "mp_adamw", "lamb", "mp_lamb")),
    }
)
# Calls that mean something else in a graph: methods of arrays add axes, a length of 0 is not known there, and the last
# digit of a linspace is computed in another order.
ANOTHER = frozenset(
    {
        "NDArray.broadcast_to(normal(3), (2 3))",
        "linspace(0, 10, 4, dtype='float64')",
        "ones((0 3))",
        "zeros((0 3))",
    }
)


def in_both(item):
    """Whether a call means the same for arrays and in a graph."""
    if item.operator in ("histogram", "_internal._histogram"):
        return "range" in item.attributes or not isinstance(item.attributes.get("bins", 10), int)
    if item.operator == "random.multinomial":
        return "get_prob" in item.attributes  # symbols return probabilities unless they are told not to
    return item.operator not in ARRAYS_ONLY and item.id not in ANOTHER


def resolve(name):
    """The callable over symbols that a sample names."""
    if name.startswith("__"):
        return getattr(python_operator, name, None) or recipes._reflected(name)
    if name.startswith("NDArray."):
        return lambda first, *rest, **attributes: getattr(first, name[8:])(*rest, **attributes)
    return functools.reduce(getattr, name.split("."), sym)


def built(item, count):
    """The symbol of a sample over variables x0, x1, ..."""
    remaining = iter([sym.var(f"x{place}") for place in range(count)])
    inputs = [recipes._filled(each, remaining) for each in item.inputs]
    attributes = {key: recipes._filled(value, remaining) for key, value in item.attributes.items()}
    attributes = {key: value for key, value in attributes.items() if key not in ("out", "ctx")}
    made = resolve(item.operator)(*inputs, **attributes)
    return sym.Group(list(made)) if isinstance(made, (list, tuple)) else made


@over(ALL, in_both)
def test_a_bound_symbol_gives_what_the_call_on_arrays_gives(family, item):
    arrays = {f"x{place}": nd.array(value, dtype=value.dtype) for place, value in enumerate(item.arrays())}
    symbol = built(item, len(arrays))
    if not isinstance(symbol, sym.Symbol):
        return  # numbers alone give a number
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = run(mx, item)
    assert expected.exception is None
    names = symbol.list_arguments()
    variables = {f"x{place}" for place in item.variables()} if item.gradient else set()
    grads = {name: nd.zeros_like(arrays[name]) for name in names if name in variables}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    executor = symbol.bind(mx.cpu(), {name: arrays[name] for name in names}, grads, aux_states=states)
    if item.seed is not None:
        mx.random.seed(item.seed)
    # gradients are taken in training mode; where the call is not one of training, they stand for themselves
    outputs = executor.forward(is_train=item.training or bool(grads))
    if item.training or not item.gradient or not symbol_trains(symbol):
        for place, (output, value) in enumerate(zip(outputs, expected.outputs, strict=True)):
            np.testing.assert_array_equal(output.asnumpy(), value, err_msg=f"output {place}", strict=True)
    if item.gradient and (item.training or not symbol_trains(symbol)):
        given = iter(head_gradients(expected.outputs))
        heads = [
            nd.array(next(given) if each.dtype.kind == "f" else np.zeros(each.shape), dtype=each.dtype)
            for each in expected.outputs
        ]
        executor.backward(heads)
        for place, value in zip(item.variables(), expected.gradients, strict=True):
            if f"x{place}" in grads:
                np.testing.assert_array_equal(
                    grads[f"x{place}"].asnumpy(), value, err_msg=f"gradient {place}"
                )


def symbol_trains(symbol):
    """Whether some call in it does something else in training."""
    return any(
        entry.node.op is not None and entry.node.op.training for entry in symbol.get_internals()._entries
    )
