"""Functions with a gradient of their own."""

import pytest

from mxnet import autograd, nd
from mxnet.base import MXNetError


def variable(*values):
    x = nd.array(values)
    x.attach_grad()
    return x


def values(array):
    return array.asnumpy().tolist()


class Scaled(autograd.Function):
    """Two outputs, with gradients that are not the derivatives, to be seen as the function's own."""

    def forward(self, x, y):
        self.save_for_backward(x, y)
        return x * y, x + y

    def backward(self, by_product, by_sum):
        _, y = self.saved_tensors
        return by_product * y * 10, by_sum * 1000


def test_a_function_has_its_own_gradient():
    x, y = variable(2.0), variable(3.0)
    with autograd.record():
        product, total = Scaled()(x, y)
        z = product + total
    z.backward()
    assert values(z) == [11.0]
    assert (values(x.grad), values(y.grad)) == ([30.0], [1000.0])


def test_a_function_object_is_used_once():
    function = Scaled()
    function(nd.ones((1,)), nd.ones((1,)))
    with pytest.raises(ValueError, match="called once"):
        function(nd.ones((1,)), nd.ones((1,)))


def test_a_function_that_returns_its_input_works():
    class Identity(autograd.Function):
        def forward(self, x):
            return x

        def backward(self, dy):
            return dy * 2

    x = variable(1.0)
    with autograd.record():
        y = Identity()(x) * 3
    y.backward()
    assert values(x.grad) == [6.0]


def test_a_function_with_a_wrong_backward_is_named():
    class Wrong(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            return dy, dy

    x = variable(1.0)
    with autograd.record():
        y = Wrong()(x)
    with pytest.raises(MXNetError, match=r"Wrong\.backward: returns one gradient per input"):
        y.backward()


def test_training_mode_holds_in_the_backward_of_a_function():
    seen = []

    class Asking(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            seen.append((autograd.is_recording(), autograd.is_training()))
            return dy

    for train_mode in (True, False):
        x = variable(1.0)
        with autograd.record():
            y = Asking()(x)
        y.backward(train_mode=train_mode)
    assert seen == [(False, True), (False, False)]


def test_a_function_need_not_call_the_constructor_of_its_class():
    class Times(autograd.Function):
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return x * self.factor

        def backward(self, dy):
            return dy * self.factor

    x = variable(1.0)
    with autograd.record():
        y = Times(3)(x)
    y.backward()
    assert values(x.grad) == [3.0]


def function(forward, backward):
    """A function of these two, called F."""

    class F(autograd.Function):
        pass

    F.forward = lambda self, *inputs: forward(*inputs)
    F.backward = lambda self, *gradients: backward(*gradients)
    return F()


@pytest.mark.parametrize(
    ("forward", "backward", "given", "words"),
    [
        (lambda x: x, lambda dy: dy, 3, r"F\.__call__: takes arrays"),
        (lambda x: x.asnumpy(), lambda dy: dy, None, r"F\.forward: returns arrays"),
        (lambda x: x * 2, lambda dy: dy.asnumpy(), None, r"F\.backward: returns arrays"),
    ],
)
def test_what_is_no_array_is_refused_by_the_name_of_the_function(forward, backward, given, words):
    x = variable(1.0, 2.0)

    def step():
        with autograd.record():
            y = function(forward, backward)(x if given is None else given)
        y.backward()

    with pytest.raises(TypeError, match=words):
        step()


def test_an_array_that_a_function_returns_as_gradient_stays_its_own():
    kept = nd.array([5.0, 6.0])
    x = variable(1.0, 2.0)
    with autograd.record():
        y = function(lambda x: x * 2, lambda dy: kept.reshape((2,)))(x)
    y.backward()
    x.grad[:] = 0
    assert values(kept) == [5.0, 6.0]


# ------------------------------------------------------------------ a second time


def cube():
    class Cube(autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x**3

        def backward(self, dy):
            (x,) = self.saved_tensors
            return dy * 3 * x**2

    return Cube()


def test_a_gradient_of_a_function_can_be_used_but_not_differentiated():
    x = variable(2.0)
    with autograd.record():
        (first,) = autograd.grad(cube()(x), x, create_graph=True)
        penalty = first * x
    assert values(first) == [12.0]
    with pytest.raises(MXNetError, match=r"Cube: its gradient cannot be differentiated again"):
        penalty.backward()


def test_grad_refuses_a_second_gradient_through_a_function_too():
    x = variable(2.0)
    with autograd.record():
        (first,) = autograd.grad(cube()(x), x, create_graph=True)
        penalty = first * x
    with pytest.raises(MXNetError, match=r"Cube: its gradient cannot be differentiated again"):
        autograd.grad(penalty, x)


def test_a_second_gradient_beside_a_function_is_not_refused():
    x, w = variable(2.0), variable(3.0)
    with autograd.record():
        cube()(x)
        (first,) = autograd.grad(w**3, w, create_graph=True)
    first.backward()
    assert values(w.grad) == [18.0]
