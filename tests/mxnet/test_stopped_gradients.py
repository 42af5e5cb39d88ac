"""What is behind a stop of gradients, and reached through it alone."""

from mxnet import autograd, nd


def test_a_variable_behind_a_stop_alone_has_a_gradient_of_zeros():
    x, w = nd.array([3.0]), nd.array([2.0])
    x.attach_grad()
    w.attach_grad()
    x.grad[:] = 5
    with autograd.record():
        y = nd.BlockGrad(x * 2) * w
    y.backward()
    assert x.grad.asscalar() == 0
    assert w.grad.asscalar() == 6
    with autograd.record():
        y = nd.BlockGrad(x * 2) * w + x
    (by_x,) = autograd.grad(y, [x])
    assert by_x.asscalar() == 1
    with autograd.record():
        y = nd.BlockGrad(x * 2) * x
    y.backward()
    assert x.grad.asscalar() == 6
