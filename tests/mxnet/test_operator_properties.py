"""What must hold for every operator whatever it computes, on the samples of ``tests/samples``."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd
from mxnet.ops.registry import OPERATORS
from tests.samples.checks import ALL, over
from tests.samples.compare import assert_same
from tests.samples.run import as_numpy, head_gradients, outputs_of
from tests.samples.sample import Recipe

# Documented views: these share memory with their input, as in MXNet.
VIEWS = {"__getitem__", "NDArray.reshape", "NDArray.detach", "NDArray.astype"}
# Methods that write into their array and return it.
WRITERS = ("__i", "__setitem__", "NDArray.slice_assign")
# Methods that have fewer arguments than the function of the same name, as in MXNet.
OTHER_SIGNATURE = {"broadcast_like", "reshape"}
STEP = 1e-6


def call(item, arrays, **more):
    """Make the call of a sample in its mode, after its seed; the outputs as a list."""
    if item.seed is not None:
        mx.random.seed(item.seed)
    with autograd.train_mode() if item.training else autograd.predict_mode():
        return outputs_of(mx, item.call(mx, arrays, **more))


def fresh(item):
    return [nd.array(array, dtype=array.dtype) for array in item.arrays()]


def assert_equal(actual, expected):
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert as_numpy(mx, a).dtype == as_numpy(mx, e).dtype
        np.testing.assert_array_equal(as_numpy(mx, a), as_numpy(mx, e))


def assert_close(actual, expected):
    """Kernels may add in another order when memory is aligned otherwise."""
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert_same(as_numpy(mx, a), as_numpy(mx, e), "output")


def is_operator(item):
    return item.operator in OPERATORS and not item.reason


def has_method(item):
    return (
        is_operator(item)
        and hasattr(nd.NDArray, item.operator)
        and item.operator not in OTHER_SIGNATURE
        and isinstance(item.inputs[0], Recipe)
    )


@over(ALL, has_method)
def test_method_equals_function(family, item):
    arrays = fresh(item)
    expected = call(item, arrays)
    method = getattr(arrays[0], item.operator)
    if item.seed is not None:
        mx.random.seed(item.seed)
    rest = iter(arrays[1:])
    inputs = [next(rest) if isinstance(given, Recipe) else given for given in item.inputs[1:]]
    assert_equal(outputs_of(mx, method(*inputs, **item.attributes)), expected)


@over(ALL, is_operator)
def test_out_receives_the_result(family, item):
    expected = call(item, fresh(item))
    targets = [
        nd.full(e.shape, 77, dtype=e.dtype) if e.size else nd.empty(e.shape, dtype=e.dtype) for e in expected
    ]
    returned = call(item, fresh(item), out=targets if len(targets) != 1 else targets[0])
    assert all(r is t for r, t in zip(returned, targets, strict=True))
    assert_equal(targets, expected)


@over(ALL, lambda item: is_operator(item) and item.arrays())
def test_views_and_strided_tensors_are_inputs_like_any_other(family, item):
    expected = call(item, fresh(item))
    # Views that start in the middle of their memory.
    views = []
    for array in item.arrays():
        padded = nd.array(np.concatenate([[1], array.ravel(), [1]]), dtype=array.dtype)
        views.append(padded[1:-1].reshape(array.shape) if array.ndim else nd.array(array, dtype=array.dtype))
    assert_close(call(item, views), expected)
    # Tensors whose memory runs the other way.
    turned = [
        nd.from_torch(torch.from_numpy(np.array(array.T)).permute(*range(array.ndim)[::-1]))
        for array in item.arrays()
    ]
    assert_close(call(item, turned), expected)


@over(ALL, lambda item: not item.reason and item.arrays())
def test_results_are_contiguous_and_share_no_memory(family, item):
    arrays = fresh(item)
    outputs = [output for output in call(item, arrays) if isinstance(output, nd.NDArray)]
    memories = [array.to_torch().untyped_storage().data_ptr() for array in arrays if array.size]
    for output in outputs:
        assert output.to_torch().is_contiguous()
        if item.operator in VIEWS or item.operator.startswith(WRITERS) or not output.size:
            continue
        memory = output.to_torch().untyped_storage().data_ptr()
        assert memory not in memories, "a result that is another name for an input or another result"
        memories.append(memory)


@over(ALL, lambda item: not item.reason and item.arrays() and item.operator != "array")
def test_results_live_where_the_inputs_live(family, item):
    arrays = [nd.array(array, ctx=mx.cpu(1), dtype=array.dtype) for array in item.arrays()]
    contexts = {output.context for output in call(item, arrays) if isinstance(output, nd.NDArray)}
    assert contexts <= {mx.cpu(1)}


def has_shape_rule(item):
    return item.operator in OPERATORS and OPERATORS[item.operator].infer is not None and not item.reason


@over(ALL, has_shape_rule)
def test_shape_rule_of_unknown_parameters_agrees_with_the_call(family, item):
    record = OPERATORS[item.operator]
    arrays = iter(item.arrays())
    shapes = {
        name: next(arrays).shape
        for name, given in zip(record.arrays, item.inputs, strict=False)
        if isinstance(given, Recipe)
    }
    attributes = {name: parameter.default for name, parameter in record.attributes.items()}
    solved = record.infer(
        {**dict.fromkeys(shapes), "data": shapes["data"]}, {**attributes, **item.attributes}
    )
    for name in solved.keys() & shapes.keys() - {"label"}:  # labels come in other shapes, too
        if record.name == "LeakyReLU" and shapes[name] == (1,):
            continue  # one slope for all channels
        assert (name, tuple(solved[name])) == (name, shapes[name])


def is_differentiable(item):
    return item.differences and not item.reason


def doubled(item):
    """The input arrays in double precision, whole numbers as they are."""
    return [array.astype("float64") if array.dtype.kind == "f" else array for array in item.arrays()]


def weighted(item, values, heads):
    """The outputs of the call on ``values``, weighted by ``heads`` and summed: a number to differentiate."""
    arrays = [nd.array(value, dtype=value.dtype) for value in values]
    outputs = call(item, arrays)
    return sum((as_numpy(mx, o) * h).sum() for o, h in zip(floating(outputs), heads, strict=True))


def floating(outputs):
    return [output for output in outputs if np.dtype(output.dtype).kind == "f"]


def moved(values, directions, places, step):
    return [
        value + step * directions[place] if place in places else value for place, value in enumerate(values)
    ]


@over(ALL, is_differentiable)
def test_gradient_is_the_slope_along_a_random_direction(family, item, rng):
    values, places = doubled(item), item.variables()
    arrays = [nd.array(value, dtype=value.dtype) for value in values]
    for place in places:
        arrays[place].attach_grad()
    with autograd.record(train_mode=item.training):
        outputs = floating(outputs_of(mx, item.call(mx, arrays)))
    heads = head_gradients([as_numpy(mx, output) for output in outputs])
    if any(head.dtype != np.float64 for head in heads):
        return  # a call that casts: the slope of a rounded number is noise
    autograd.backward(outputs, [nd.array(head, dtype=head.dtype) for head in heads])
    directions = [rng.standard_normal(value.shape) for value in values]
    slope = sum((arrays[place].grad.asnumpy() * directions[place]).sum() for place in places)
    up = weighted(item, moved(values, directions, places, STEP), heads)
    down = weighted(item, moved(values, directions, places, -STEP), heads)
    assert slope == pytest.approx((up - down) / (2 * STEP), rel=1e-6, abs=1e-6)


def gradients(item, values, heads, places, *, create_graph=False):
    """First gradients at ``values``, and the arrays that they belong to."""
    arrays = [nd.array(value, dtype=value.dtype) for value in values]
    for place in places:
        arrays[place].attach_grad()
    with autograd.record(train_mode=item.training):
        outputs = floating(outputs_of(mx, item.call(mx, arrays)))
        loss = nd.add_n(
            *(nd.sum(o * nd.array(h, dtype=h.dtype)) for o, h in zip(outputs, heads, strict=True))
        )
        variables = [arrays[place] for place in places]
        found = autograd.grad(loss, variables, create_graph=create_graph, retain_graph=create_graph)
    return variables, found


@over(ALL, lambda item: is_differentiable(item) and not item.training)
def test_second_gradient_is_the_slope_of_the_first(family, item, rng):
    values, places = doubled(item), item.variables()
    plain = [nd.array(value, dtype=value.dtype) for value in values]
    outputs = [as_numpy(mx, output) for output in floating(call(item, plain))]
    if any(output.dtype != np.float64 for output in outputs):
        return  # as above
    heads = head_gradients(outputs)
    weights = {place: rng.standard_normal(values[place].shape) for place in places}
    directions = [rng.standard_normal(value.shape) for value in values]
    variables, first = gradients(item, values, heads, places, create_graph=True)
    with autograd.record():
        total = nd.add_n(
            *(nd.sum(g * nd.array(weights[p], dtype="float64")) for p, g in zip(places, first, strict=True))
        )
        # An affine operator has a first gradient that does not depend on its input.
        total = nd.add_n(total, *(nd.sum(v * 0) for v in variables))
    total.backward()
    slope = sum((v.grad.asnumpy() * directions[p]).sum() for p, v in zip(places, variables, strict=True))

    def first_at(step):
        _, found = gradients(item, moved(values, directions, places, step), heads, places)
        return sum((g.asnumpy() * weights[p]).sum() for p, g in zip(places, found, strict=True))

    assert slope == pytest.approx((first_at(STEP) - first_at(-STEP)) / (2 * STEP), rel=1e-5, abs=1e-5)
