"""Gradient buffers and returned gradients are memory of their own; calls that cannot be differentiated say why."""

import numpy as np
import pytest
import torch

from mxnet import autograd, nd
from mxnet.base import MXNetError
from mxnet.tape import is_sole


def variable(shape, grad_req="write"):
    x = nd.ones(shape)
    x.attach_grad(grad_req)
    return x


def values(array):
    return array.asnumpy().tolist()


def joined(x, z):
    return (x.reshape((4,)) + z.reshape((4,))) * 3


def joined_by_index(x, z):
    return (x[None] + z[None]) * 3


@pytest.mark.parametrize("join", [joined, joined_by_index, lambda x, z: (x + z) * 3])
def test_gradients_of_two_variables_are_two_arrays(join):
    x, z = variable((2, 2)), variable((2, 2))
    with autograd.record():
        y = join(x, z)
    y.backward()
    x.grad[:] *= 2  # as gradients are clipped
    assert values(x.grad) == [[6.0, 6.0], [6.0, 6.0]]
    assert values(z.grad) == [[3.0, 3.0], [3.0, 3.0]]


def test_gradients_that_are_added_up_are_two_arrays():
    x, z = variable((2, 2), "add"), variable((2, 2))
    for _ in range(2):
        with autograd.record():
            y = joined(x, z)
        y.backward()
    assert values(x.grad) == [[6.0, 6.0], [6.0, 6.0]]
    assert values(z.grad) == [[3.0, 3.0], [3.0, 3.0]]


def test_a_gradient_is_not_the_head_gradient():
    x, head = variable((2, 2)), nd.ones((4,))
    with autograd.record():
        y = x.reshape((4,))
    y.backward(head)
    x.grad[:] = 7
    assert values(head) == [1.0] * 4


def test_a_gradient_that_nobody_else_sees_is_taken_over_without_a_copy():
    t = torch.ones(3)
    assert is_sole(t)
    view = t.view(3)
    assert not is_sole(t)
    assert not is_sole(view)
    del view
    assert is_sole(t)


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_that_grad_returns_are_arrays_of_their_own(create_graph):
    x, z, head = variable((2,)), variable((2,)), nd.ones((2,))
    with autograd.record():
        first, second = autograd.grad(x + z, [x, z], head_grads=head, create_graph=create_graph)
    first[:] = 7
    assert values(second) == values(head) == [1.0, 1.0]


def test_a_gradient_that_is_a_variable_itself_is_read_as_it_is_now():
    x = variable((1,))
    gradient = x.grad
    gradient.attach_grad()
    with autograd.record():
        y = x * 2
    y.backward()
    with autograd.record():
        z = gradient * gradient
    z.backward()
    assert (values(z), values(gradient.grad)) == ([4.0], [4.0])


def test_grad_consumes_the_graph_as_backward_does():
    x = variable((1,))
    with autograd.record():
        y = x + 1
    autograd.grad(y, x)
    with pytest.raises(MXNetError, match="not in a computational graph"):
        y.backward()


# ------------------------------------------------------------------ wrong calls


def taped():
    x = variable((2,))
    with autograd.record():
        return x, x * 2


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x, y: autograd.backward([]), MXNetError, "backward: there is no head"),
        (lambda x, y: autograd.grad([], x), MXNetError, "grad: there is no head"),
        (
            lambda x, y: autograd.backward([y, 3]),
            TypeError,
            r"backward: a head is an array\n  received: int 3",
        ),
        (lambda x, y: y.backward(2), TypeError, "backward: a head gradient is an array"),
        (lambda x, y: y.backward(np.ones(2)), TypeError, "backward: a head gradient is an array"),
        (lambda x, y: autograd.grad(y, []), AssertionError, "variables cannot be an empty list"),
        (lambda x, y: autograd.grad(y, [3]), TypeError, "grad: a variable is an array"),
        (lambda x, y: autograd.mark_variables([x], [3]), TypeError, "mark_variables: a gradient is an array"),
        (lambda x, y: autograd.mark_variables([3], [x]), TypeError, "mark_variables: a variable is an array"),
    ],
)
def test_wrong_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call(*taped())


def test_a_head_that_has_no_slope_says_so():
    x = variable((2,))
    with autograd.record():
        y = x.argmax(axis=0)
    with pytest.raises(MXNetError, match="steps without a gradient"):
        y.backward()
