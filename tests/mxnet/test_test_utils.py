"""``mx.test_utils``: the answers of MXNet 1.9.1, and assertions that fail where they should."""

import os

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd, optimizer
from mxnet import test_utils as tu

# ---------------------------------------------------------------------- tolerances and comparisons


def test_tolerances_follow_the_type():
    x = {name: np.zeros(2, name) for name in ("float16", "float32", "float64", "int32")}
    assert tu.get_tols(x["float32"], x["float64"], None, None) == (1e-4, 1e-3)
    assert tu.get_tols(x["float16"], x["float64"], None, 0.2) == (1e-2, 0.2)
    assert tu.get_tols(x["int32"], x["int32"], None, None) == (0, 0)
    assert tu.get_tolerance(x["float32"], {np.float32: 0.7}, tu.default_rtols()) == 0.7
    assert (tu.get_rtol(), tu.get_atol(), tu.get_etol()) == (1e-5, 1e-20, 0)
    assert tu.get_rtol(dtype="float16") == 1e-2
    assert (tu.get_rtol(0.5), tu.get_atol(0.25), tu.get_etol(0.1)) == (0.5, 0.25, 0.1)
    assert tu.default_numeric_eps()[np.dtype("float64")] == 2.0**-14


def test_same_asks_for_shape_and_every_element():
    x = np.array([[1.0, 2.0]])
    assert tu.same(x, nd.array(x))
    assert not tu.same(x, x + 1e-12)
    assert not tu.same(x, x[0])


def test_almost_equal_allows_the_tolerance_and_no_more():
    x = np.array([1.0, 2.0, 3.0])
    assert tu.almost_equal(x, x * (1 + 0.9e-5))
    assert not tu.almost_equal(x, x * (1 + 1.2e-5))
    assert tu.almost_equal(nd.array(x), nd.array(x) + 1e-3)
    assert tu.almost_equal(x, x + 0.1, atol=0.2)
    assert tu.almost_equal(1.0, [1.0])


def test_nan_equals_nan_when_asked():
    x = np.array([np.nan, 1.0])
    assert not tu.almost_equal(x, x)
    assert tu.almost_equal(x, x, equal_nan=True)
    tu.assert_allclose(x, x)
    with pytest.raises(AssertionError):
        tu.assert_almost_equal(x, x)


def test_broadcasting_is_allowed_unless_refused():
    tu.assert_almost_equal(np.ones((2, 3)), np.ones(3))
    with pytest.raises(AssertionError, match=r"a.shape = \(2, 3\) and b.shape = \(3,\)"):
        tu.assert_almost_equal(np.ones((2, 3)), np.ones(3), use_broadcast=False)


def test_the_error_names_the_worst_places_first():
    x = np.arange(30.0)
    with pytest.raises(AssertionError) as raised:
        tu.assert_almost_equal(x, x + 1, names=("found", "wanted"), mismatches=(3, 5))
    text = str(raised.value)
    assert "Error 100000.000000 exceeds tolerance rtol=1.000000e-05, atol=1.000000e-20" in text
    assert "at least 16.666667%" in text
    places = [line.split("error: ")[1] for line in text.splitlines() if "Location" in line]
    assert places[0] == "(0,), found=0.00000000, wanted=1.00000000"
    assert [place.split(",")[0] for place in places] == ["(0", "(1", "(2"]


def test_inf_equals_inf_and_nothing_else():
    tu.assert_almost_equal(np.array([np.inf]), np.array([np.inf]))
    for other in (1.0, -np.inf, np.nan):
        with pytest.raises(AssertionError):
            tu.assert_almost_equal(np.array([np.inf]), np.array([other]))


def test_a_share_of_elements_may_differ():
    x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 9.0])
    tu.assert_almost_equal_with_err(x, y, etol=0.25)
    for etol in (None, 0.2):
        with pytest.raises(AssertionError):
            tu.assert_almost_equal_with_err(x, y, etol=etol)


def test_nan_is_ignored_on_either_side():
    tu.assert_almost_equal_ignore_nan(np.array([np.nan, 1, 2]), np.array([1, np.nan, 2.0]))
    with pytest.raises(AssertionError):
        tu.assert_almost_equal_ignore_nan(np.array([np.nan, 1]), np.array([1, 2.0]))


def test_tuples_of_states_are_compared_all_the_way_down():
    tu.compare_ndarray_tuple((nd.ones(1), (nd.ones(2), None)), (nd.ones(1), (nd.ones(2), None)))
    with pytest.raises(AssertionError):
        tu.compare_ndarray_tuple((nd.ones(1), (nd.ones(2),)), (nd.ones(1), (nd.zeros(2),)))


def test_same_array_means_shared_memory():
    x = nd.ones((2, 3))
    assert tu.same_array(x, x.reshape((2, 3)))
    assert tu.same_array(x[1], x[1])
    assert not tu.same_array(x[0], x[1])
    assert not tu.same_array(x, x.copy())


def test_assert_exception_wants_that_exception():
    tu.assert_exception(nd.dot, mx.MXNetError, nd.ones((2, 3)), nd.ones((2, 3)))
    with pytest.raises(AssertionError, match="did not raise KeyError"):
        tu.assert_exception(lambda: 1, KeyError)
    with pytest.raises(ZeroDivisionError):
        tu.assert_exception(lambda: 1 / 0, KeyError)


# ---------------------------------------------------------------------------------- arrays


def test_random_shapes_and_arrays_are_those_of_mxnet_for_a_seed():
    answers = []
    for call in (
        tu.rand_shape_2d,
        tu.rand_shape_3d,
        lambda: tu.rand_shape_nd(4),
        lambda: tu.rand_shape_nd(4, 3, True),
        lambda: tu.rand_coord_2d(0, 9, 3, 50),
        lambda: tu.random_sample([1, 2, 3, 4, 5], 3),
        lambda: [a.tolist() for a in tu.random_arrays((2,), (1,))],
        lambda: tu.random_uniform_arrays((2,))[0].tolist(),
        lambda: tu.rand_ndarray((2,)).asnumpy().tolist(),
    ):
        np.random.seed(0)
        answers.append(call())
    assert answers[:6] == [(6, 1), (6, 1, 4), (6, 1, 4, 4), (0, 3, 1, 0), (5, 3), [3, 1, 2]]
    normals = [1.7640523910522461, 0.40015721321105957, 0.978738009929657]
    assert answers[6] == [normals[:2], normals[2:]]
    assert answers[7] == np.float32([0.5488135039273248, 0.7151893663724195]).tolist()
    assert answers[8] == normals[:2]


def test_one_shape_gives_an_array_and_many_a_list():
    assert tu.random_arrays((2, 3)).shape == (2, 3)
    assert [a.shape for a in tu.random_arrays((), (2,))] == [(), (2,)]
    assert [(a.shape, a.dtype) for a in tu.random_uniform_arrays((2,), low=5, high=6, dtype="float64")] == [
        ((2,), np.float64)
    ]


def test_lengths_of_zero_come_only_when_allowed():
    shapes = [tu.rand_shape_2d(2, 2) for _ in range(50)]
    assert {n for shape in shapes for n in shape} == {1, 2}
    assert 0 in {n for _ in range(50) for n in tu.rand_shape_3d(2, 2, 2, allow_zero_size=True)}


def test_sparse_arrays_say_that_they_are_not_there():
    with pytest.raises(NotImplementedError, match="dense"):
        tu.rand_ndarray((2, 3), "row_sparse")
    with pytest.raises(AssertionError, match="unknown storage type"):
        tu.rand_ndarray((2, 3), "thin")
    with pytest.raises(NotImplementedError):
        tu.rand_sparse_ndarray((2, 3), "csr")


def test_matrices_have_the_eigenvalues_they_promise():
    Q = tu.new_orthonormal_matrix_2d(4)
    np.testing.assert_allclose(Q @ Q.T, np.eye(4), atol=1e-12)
    for S in tu.new_sym_matrix_with_real_eigvals_nd((2, 3, 3)):
        np.testing.assert_array_equal(S, S.T)
        assert (np.abs(np.linalg.eigvalsh(S)) <= 10).all()
    for M in tu.new_matrix_with_real_eigvals_nd((5, 3, 3)):
        found = np.linalg.eigvals(M)
        np.testing.assert_allclose(found.imag, 0, atol=1e-9)
        assert (np.abs(found.real) <= 10 + 1e-9).all()
        assert np.linalg.cond(np.linalg.eig(M)[1]) < 100


def test_simple_arrays():
    assert tu.create_vector(3).asnumpy().tolist() == [0, 1, 2]
    assert tu.create_vector(3).dtype == np.int64
    assert tu.create_2d_tensor(2, 2, "int32").asnumpy().tolist() == [[0, 0], [1, 1]]
    assert tu.get_identity_mat(2).asnumpy().tolist() == [[1, 0], [0, 1]]
    assert tu.get_identity_mat_batch(2).shape == (2, 2, 2)


def test_collapse_sum_like_is_the_gradient_of_broadcasting():
    for shape in ((3, 1), (1, 3, 4), (4,), (1,), (), (2, 1, 1)):
        x = nd.ones(shape or (1,))
        x.attach_grad()
        weight = nd.array(np.arange(24.0).reshape(2, 3, 4))
        with autograd.record():
            y = (nd.broadcast_to(x.reshape((1,) * (3 - x.ndim) + x.shape), (2, 3, 4)) * weight).sum()
        y.backward()
        found = tu.collapse_sum_like(weight.asnumpy(), shape)
        assert found.shape == shape
        np.testing.assert_allclose(found.ravel(), x.grad.asnumpy().ravel())
    with pytest.raises(AssertionError, match="does not broadcast"):
        tu.collapse_sum_like(np.ones((2, 3)), (2,))


def test_np_reduce_equals_numpy():
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in (None, 0, -1, (0, 2), (1,), (-1, 0)):
        for keepdims in (False, True):
            expected = np.sum(x, axis=axis, keepdims=keepdims)
            np.testing.assert_array_equal(tu.np_reduce(x, axis, keepdims, np.sum), expected)


def test_functions_of_each_element():
    x = np.array([[1.0, 2.0]])
    assert tu.assign_each(x, lambda v: v * v).tolist() == [[1, 4]]
    assert tu.assign_each2(x, x + 1, lambda v, w: v * w).tolist() == [[2, 6]]
    assert tu.assign_each(np.array([1, 2]), lambda v: v / 4).tolist() == [0.25, 0.5]
    assert tu.assign_each2(np.array([1]), np.array([2]), lambda v, w: v / w).tolist() == [0.5]
    assert tu.assign_each(x, None).tolist() == tu.assign_each2(x, x, None).tolist() == x.tolist()


# ------------------------------------------------------------------------- values and gradients


class Square(autograd.Function):
    """x**2 with a gradient that may be wrong."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        self.save_for_backward(x)
        return x * x

    def backward(self, dy):
        return self.factor * self.saved_tensors[0] * dy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_right_gradient_passes_and_a_wrong_one_does_not(dtype):
    x = np.random.uniform(0.5, 1.5, (2, 3))
    tu.check_numeric_gradient(lambda x: Square(2)(x), [x], dtype=dtype)
    with pytest.raises(AssertionError, match="numeric gradient of 0"):
        tu.check_numeric_gradient(lambda x: Square(2.1)(x), [x], dtype=dtype)


def test_gradients_are_checked_by_name_and_only_where_asked():
    location = {"x": np.ones((2, 2)), "y": np.full((2, 2), 0.5)}

    def function(x, y):
        return x * nd.exp(y), nd.stop_gradient(y) * y

    tu.check_numeric_gradient(function, location, grad_nodes=["x"], dtype="float64")
    with pytest.raises(AssertionError, match="'y'"):
        tu.check_numeric_gradient(function, location, dtype="float64")
    with pytest.raises(ValueError, match="no argument 'z'"):
        tu.check_numeric_gradient(function, location, grad_nodes=["z"])


def test_gradients_of_a_block_are_checked_in_its_mode():
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize()
    tu.check_numeric_gradient(net, [np.random.randn(4, 3)], rtol=1e-2, atol=1e-2)
    norm = gluon.nn.BatchNorm(in_channels=3)
    norm.initialize()
    for train in (False, True):
        x = np.random.uniform(-2, 2, (6, 3))
        tu.check_numeric_gradient(norm, [x], rtol=2e-2, atol=2e-2, use_forward_train=train)


def test_numeric_grad_leaves_its_arguments_alone():
    x = np.array([1.0, 2.0])
    (found,) = tu.numeric_grad(lambda x: nd.sin(x), [x], eps=2**-9, dtype="float64")
    np.testing.assert_allclose(found, np.cos(x), rtol=1e-6)
    assert x.tolist() == [1, 2]
    by_name = tu.numeric_grad(lambda u, v: u * v, {"u": x, "v": x + 1}, eps=2**-9, dtype="float64")
    np.testing.assert_allclose(by_name["u"], x + 1)


def test_simple_forward_speaks_numpy():
    assert tu.simple_forward(lambda x: x * 2, x=np.ones(2)).tolist() == [2, 2]
    both = tu.simple_forward(lambda x: [x, nd.Dropout(x, p=0.5)], is_train=True, x=np.ones(1000))
    assert set(both[1].tolist()) == {0.0, 2.0}


def test_values_and_gradients_are_compared_with_what_is_expected():
    def function(x, y):
        return x * y

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    tu.check_symbolic_forward(function, [x, y], [x * y])
    tu.check_symbolic_backward(function, [x, y], [np.ones(2)], [y, x])
    tu.check_symbolic_backward(function, {"x": x, "y": y}, None, {"y": x}, grad_req={"y": "write"})
    with pytest.raises(AssertionError, match="expected output 0"):
        tu.check_symbolic_forward(function, [x, y], [x + y])
    with pytest.raises(AssertionError, match="expected gradient of 1"):
        tu.check_symbolic_backward(function, [x, y], [np.ones(2)], [y, y])


def test_what_is_no_function_is_refused():
    for check in (tu.simple_forward, tu.numeric_grad, tu.check_numeric_gradient):
        with pytest.raises(TypeError, match="a function of NDArrays or a block"):
            check(3, *([] if check is tu.simple_forward else [[np.ones(1)]]))
    with pytest.raises(NotImplementedError, match="aux_states"):
        tu.numeric_grad(nd.sin, [np.ones(1)], aux_states=[np.ones(1)])


def test_hybridized_blocks_are_compared_with_plain_ones():
    def dense(**kwargs):
        net = gluon.nn.HybridSequential(**kwargs)
        with net.name_scope():
            net.add(gluon.nn.Dense(3, in_units=2, activation="tanh"), gluon.nn.Dense(1, in_units=3))
        return net

    tu.check_gluon_hybridize_consistency(dense, [nd.array(np.random.randn(4, 2))])

    class Scale(gluon.nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x * (3 if self._active else 2)

    tu.check_gluon_hybridize_consistency(
        lambda **kwargs: gluon.nn.HybridLambda(lambda F, x: x * 2, prefix=kwargs["prefix"]),
        [nd.ones((2, 2))],
        numpy_func=lambda x: x * 2,
    )
    with pytest.raises(AssertionError, match="hybridized output"):
        tu.check_gluon_hybridize_consistency(Scale, [nd.ones((2, 2))])


def test_optimisers_that_differ_are_told_apart():
    one, two = (optimizer.SGD(learning_rate=0.1, momentum=0.9) for _ in range(2))
    tu.compare_optimizer(one, two, (3, 4), "float32", ntensors=2)
    with pytest.raises(AssertionError, match="opt1"):
        tu.compare_optimizer(one, optimizer.SGD(learning_rate=0.5), (3, 4), "float32", compare_states=False)


# ------------------------------------------------------------------------------- random generators


def normal_ppf(p):
    from statistics import NormalDist

    return -np.inf if p == 0 else np.inf if p == 1 else NormalDist().inv_cdf(p)


def test_a_right_generator_is_accepted_and_a_wrong_one_is_not(rng):
    buckets, probs = tu.gen_buckets_probs_with_ppf(normal_ppf, 5)
    tu.verify_generator(rng.standard_normal, buckets, probs, nsamples=10000)
    with pytest.raises(AssertionError, match="Generator test fails"):
        tu.verify_generator(lambda n: rng.standard_normal(n) + 0.2, buckets, probs, nsamples=10000)
    tu.verify_generator(lambda n: nd.random.normal(shape=n), buckets, probs, nsamples=10000)


def test_chi_square_gives_the_probability_of_the_statistic():
    # 60 : 40 where 50 : 50 is expected is 4 on one degree of freedom: p = 0.0455
    p, observed, expected = tu.chi_square_check(
        lambda n: np.repeat([0, 1], [60, 40]), [0, 1], [0.5, 0.5], 100
    )
    assert p == pytest.approx(0.04550026, rel=1e-6)
    assert (observed.tolist(), expected.tolist()) == ([60, 40], [50, 50])
    p, observed, _ = tu.chi_square_check(
        lambda n: np.array([0.0, 0.5, 1.0, 1.5, 2.5, 2.9]), [(0, 1), (1, 2), (2, 3)], [0.5, 0.25, 0.25], 6
    )
    assert observed.tolist() == [2, 2, 2]
    assert p == pytest.approx(0.71653131, rel=1e-6)


def test_values_outside_all_buckets_count_against_the_generator():
    p, observed, _ = tu.chi_square_check(lambda n: np.full(n, 7), [0, 1], [0.5, 0.5], 1000)
    assert (p, observed.tolist()) == (pytest.approx(0, abs=1e-12), [0, 0])


def test_buckets_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not in order"):
        tu.chi_square_check(np.zeros, [(1, 2), (0, 1)], [0.5, 0.5], 10)


def test_mean_and_variance_are_held_to_three_standard_errors(rng):
    def constant(value):
        return lambda n: np.tile([value - 1.0, value + 1.0], n // 2)

    assert tu.mean_check(constant(0.0), 0, 1, 10000)
    assert tu.mean_check(constant(0.029), 0, 1, 10000)
    assert not tu.mean_check(constant(0.031), 0, 1, 10000)
    assert tu.var_check(constant(5.0), 1, 10000)
    assert not tu.var_check(constant(5.0), 1.1, 10000)


# ---------------------------------------------------------------------------------- environment


def test_the_environment_is_put_back_after_an_error():
    os.environ.pop("GLUEBALL_TEST_NEW", None)
    os.environ["GLUEBALL_TEST_OLD"] = "before"

    def changed():
        with tu.environment({"GLUEBALL_TEST_NEW": "1", "GLUEBALL_TEST_OLD": None}):
            raise KeyError(os.environ["GLUEBALL_TEST_NEW"], "GLUEBALL_TEST_OLD" in os.environ)

    with pytest.raises(KeyError) as raised:
        changed()
    assert raised.value.args == ("1", False)
    assert "GLUEBALL_TEST_NEW" not in os.environ
    assert os.environ.pop("GLUEBALL_TEST_OLD") == "before"


def test_the_default_context_holds_outside_with_blocks():
    assert tu.default_context() == mx.cpu(0)
    try:
        tu.set_default_context(mx.cpu(2))
        assert tu.default_context() == nd.zeros(1).context == mx.cpu(2)
        assert tu.rand_ndarray((2,)).context == mx.cpu(2)
        with mx.cpu(1):
            assert tu.default_context() == mx.cpu(1)
    finally:
        tu.set_default_context(mx.cpu(0))


def test_retry_repeats_failures_of_assertions_alone():
    calls = []

    @tu.retry(3)
    def test(kind):
        calls.append(kind)
        if len(calls) < 3:
            raise kind

    test(AssertionError)
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(KeyError):
        test(KeyError)
    assert len(calls) == 1
    with pytest.raises(AssertionError):
        tu.retry(0)


def test_standard_error_is_dropped_in_the_block(capfd):
    with tu.discard_stderr():
        os.write(2, b"hidden")
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"


def test_facts_about_the_machine():
    assert list(tu.list_gpus()) == list(range(mx.num_gpus()))
    assert (tu.default_dtype(), tu.has_tvm_ops(), tu.is_op_runnable()) == (np.float32, False, True)
    with tu.environment("CD_JOB", "1"):
        assert tu.is_cd_run()
    with tu.environment("CD_JOB", None):
        assert not tu.is_cd_run()


def test_mnist_comes_as_arrays(monkeypatch):
    from mxnet.gluon.data import vision

    class Few:
        def __init__(self, train):
            self.count = 3 if train else 2

        def __getitem__(self, key):
            return nd.full((self.count, 28, 28, 1), 255, dtype="uint8"), np.arange(self.count, dtype="int32")

    monkeypatch.setattr(vision, "MNIST", Few)
    found = tu.get_mnist()
    assert found["train_data"].shape == (3, 1, 28, 28)
    assert found["train_data"].dtype == np.float32
    assert found["test_data"].max() == 1
    assert (found["test_label"].tolist(), found["test_label"].dtype) == ([0, 1], np.int8)


def test_a_file_is_fetched_into_its_folder(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(gluon.utils, "download", lambda url, **given: seen.update(given) or given["path"])
    path = tu.download("http://localhost/data.bin", dirname=str(tmp_path / "new"), retries=2)
    assert path == str(tmp_path / "new" / "data.bin")
    assert (tmp_path / "new").is_dir()
    assert seen == {"path": path, "overwrite": False, "retries": 2}
