"""What the samples of ``nd.linalg`` cannot say: identities, and gradients through a symmetric matrix."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.ndarray import linalg


def symmetric(rng, *shape):
    """A symmetric positive definite matrix, or a batch of them."""
    x = rng.standard_normal(shape)
    return nd.array(x @ np.swapaxes(x, -1, -2) + 2 * np.eye(shape[-1]), dtype="float64")


def assert_close(actual, expected):
    np.testing.assert_allclose(actual.asnumpy(), expected.asnumpy(), rtol=1e-9, atol=1e-9)


def test_the_factor_times_its_transpose_is_the_matrix(rng):
    A = symmetric(rng, 2, 3, 4, 4)
    L = linalg.potrf(A)
    assert_close(linalg.trmm(L, nd.swapaxes(L, 2, 3)), A)
    assert_close(linalg.potri(L), linalg.inverse(A))
    assert_close(2 * linalg.sumlogdiag(L), nd.log(linalg.det(A)))


def test_a_triangular_system_is_solved(rng):
    L, B = linalg.potrf(symmetric(rng, 4, 4)), nd.array(rng.standard_normal((4, 2)), dtype="float64")
    for transpose in (False, True):
        X = linalg.trsm(L, B, transpose=transpose, alpha=3)
        assert_close(linalg.trmm(L, X, transpose=transpose), 3 * B)


def test_eigenvectors_rebuild_the_matrix(rng):
    A = symmetric(rng, 3, 5, 5)
    U, L = linalg.syevd(A)
    assert_close(linalg.gemm2(U, linalg.gemm2(linalg.makediag(L), U), transpose_a=True), A)


def test_lq_rebuilds_the_matrix_with_orthonormal_rows(rng):
    A = nd.array(rng.standard_normal((2, 3, 5)), dtype="float64")
    Q, L = linalg.gelqf(A)
    assert_close(linalg.trmm(L, Q), A)
    assert_close(linalg.syrk(Q), nd.array(np.broadcast_to(np.eye(3), (2, 3, 3)), dtype="float64"))


def test_maketrian_undoes_extracttrian(rng):
    A = nd.array(rng.standard_normal((2, 4, 4)))
    for offset in (-2, 0, 1):
        packed = linalg.extracttrian(A, offset=offset)
        assert (
            (linalg.extracttrian(linalg.maketrian(packed, offset=offset), offset=offset) == packed)
            .asnumpy()
            .all()
        )


FUNCTIONS = {
    "potrf": lambda A: linalg.potrf(A),
    "potri": lambda A: linalg.potri(linalg.potrf(A)),
    "sumlogdiag": lambda A: linalg.sumlogdiag(linalg.potrf(A)),
    "eigenvalues": lambda A: linalg.syevd(A)[1],
    "eigenvectors": lambda A: linalg.syevd(A)[0],
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", [1, 2])
def test_gradient_through_a_symmetric_matrix_is_its_slope(name, order, rng):
    weights = {}

    def value(x, create_graph=False):
        A = linalg.syrk(x) + 3 * nd.eye(3, dtype="float64")
        y = FUNCTIONS[name](A)
        total = (y * weights.setdefault(0, nd.array(rng.standard_normal(y.shape), dtype="float64"))).sum()
        if order == 1:
            return total
        (slope,) = autograd.grad(total, [x], create_graph=True, retain_graph=True)
        return (slope * weights.setdefault(1, nd.array(rng.standard_normal(x.shape), dtype="float64"))).sum()

    def at(numbers):
        x = nd.array(numbers, dtype="float64")
        x.attach_grad()
        with autograd.record():
            return value(x), x

    start, direction = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))
    y, x = at(start)
    y.backward()
    slope = (x.grad.asnumpy() * direction).sum()
    step = 1e-6
    up, down = at(start + step * direction)[0], at(start - step * direction)[0]
    assert slope == pytest.approx((up - down).asscalar() / (2 * step), rel=1e-5, abs=1e-5)


def test_equal_eigenvalues_have_a_gradient_of_their_sum():
    A = nd.array(np.eye(3), dtype="float64")
    A.attach_grad()
    with autograd.record():
        y = linalg.syevd(A)[1].sum()
    y.backward()
    np.testing.assert_allclose(A.grad.asnumpy(), np.eye(3), atol=1e-12)


def test_the_three_names_are_one_operator():
    A = nd.array([[2.0, 1.0], [1.0, 3.0]])
    for function in (linalg.det, nd.linalg.det, nd.linalg_det, mx.ndarray.linalg.det):
        assert function(A).asscalar() == pytest.approx(5.0)


def test_an_unknown_name_is_an_attribute_error_that_names_the_nearest():
    with pytest.raises(AttributeError, match="potrf"):
        _ = linalg.potrff
