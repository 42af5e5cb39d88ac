"""Second gradients of operators whose first gradient is one of their own; the others say that they have none."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import MXNetError

STEP = 1e-5
LABELS = nd.array([0, 2], dtype="float64")
TARGETS = nd.array([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]], dtype="float64")
OUTPUTS = {
    "linear": lambda x: nd.LinearRegressionOutput(x, TARGETS),
    "logistic": lambda x: nd.LogisticRegressionOutput(x, TARGETS),
    "absolute": lambda x: nd.MAERegressionOutput(x, TARGETS),
    "softmax": lambda x: nd.SoftmaxOutput(x, LABELS),
    "softmax with head gradients": lambda x: nd.SoftmaxOutput(
        x, LABELS, out_grad=True, normalization="valid"
    ),
    "softmax of probabilities": lambda x: nd.SoftmaxOutput(x, TARGETS),
    "hinge": lambda x: nd.SVMOutput(x, LABELS),
    "cross-entropy": lambda x: nd.softmax_cross_entropy(x, LABELS),
}


def first_gradient(output, at, create_graph=False):
    x = nd.array(at, dtype="float64")
    x.attach_grad()
    with autograd.record():
        (gradient,) = autograd.grad(output(x * x), x, create_graph=create_graph)
    return x, gradient


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_second_gradient_is_the_slope_of_the_first(name, rng):
    at, weights, direction = (rng.standard_normal((2, 3)) for _ in range(3))
    x, gradient = first_gradient(OUTPUTS[name], at, create_graph=True)
    with autograd.record():
        total = (gradient * nd.array(weights, dtype="float64")).sum()
    total.backward()
    slope = (x.grad.asnumpy() * direction).sum()
    up, down = (first_gradient(OUTPUTS[name], at + sign * STEP * direction)[1].asnumpy() for sign in (1, -1))
    assert slope == pytest.approx(((up - down) * weights).sum() / (2 * STEP), rel=1e-5, abs=1e-6)


def alignment(x):
    return nd.CTCLoss(x, nd.array([[1, 2]]))


def sparse(x):
    return nd.IdentityAttachKLSparseReg(x, nd.full((3,), 0.5))


class Doubling(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * 2)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_grad[0] * 2)


@mx.operator.register("doubling_for_second_gradients")
class DoublingProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, shapes, dtypes):
        return Doubling()


def custom(x):
    return nd.Custom(x, op_type="doubling_for_second_gradients")


@pytest.mark.parametrize(
    ("call", "shape", "who"),
    [
        (alignment, (4, 1, 3), "ctc_loss_backward"),
        (sparse, (2, 3), "SparsenessPenalty"),
        (custom, (2, 3), "doubling_for_second_gradients"),
    ],
)
def test_a_gradient_that_cannot_be_differentiated_again_says_whose_it_is(call, shape, who):
    x = nd.array(np.full(shape, 0.3))
    x.attach_grad()
    with autograd.record():
        (first,) = autograd.grad(call(x), x, create_graph=True)
        product = first * x
    assert np.isfinite(first.asnumpy()).all()
    with pytest.raises(MXNetError, match="cannot be differentiated again") as caught:
        product.backward()
    assert who in str(caught.value)
