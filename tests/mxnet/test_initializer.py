"""Initialisers; their numbers against the real MXNet are in ``gluon/test_golden_gluon.py``."""

import json

import numpy as np
import pytest

import mxnet as mx
from mxnet import init, nd
from mxnet.gluon import nn


def filled(initializer, shape=(4, 3), name="dense_weight", dtype="float32"):
    array = nd.full(shape, 7, dtype=dtype)
    initializer(init.InitDesc(name), array)
    return array.asnumpy()


ALL = [
    init.Zero(),
    init.One(),
    init.Constant(3),
    init.Uniform(0.2),
    init.Normal(0.3),
    init.Orthogonal(scale=2, rand_type="normal"),
    init.Xavier("gaussian", "in", 2),
    init.MSRAPrelu("out", 0.1),
    init.Bilinear(),
    init.LSTMBias(2.0),
    init.FusedRNN(init.Normal(0.3), 1, 1, "lstm", forget_bias=2.0),
    init.FusedRNN(None, 1, 2, "gru", bidirectional=True),
]


@pytest.mark.parametrize("initializer", ALL, ids=repr)
def test_its_text_makes_it_again(initializer):
    again = init.create(initializer.dumps())
    assert type(again) is type(initializer)
    assert again == initializer
    assert json.loads(initializer.dumps())[0] == type(initializer).__name__.lower()


@pytest.mark.parametrize(
    "initializer", [i for i in ALL if not isinstance(i, (init.Bilinear, init.FusedRNN))], ids=repr
)
def test_it_fills_every_element_of_any_type_and_repeats_with_the_seed(initializer):
    for dtype in ("float32", "float64", "float16"):
        mx.random.seed(3)
        first = filled(initializer, dtype=dtype)
        mx.random.seed(3)
        np.testing.assert_array_equal(first, filled(initializer, dtype=dtype))
        assert not (first == 7).any()
        assert first.dtype == dtype


def test_moments_of_the_random_ones():
    mx.random.seed(1)
    uniform = filled(init.Uniform(0.5), (200, 200))
    assert -0.5 <= uniform.min() < -0.49
    assert 0.49 < uniform.max() < 0.5
    normal = filled(init.Normal(0.5), (200, 200))
    assert normal.std() == pytest.approx(0.5, rel=0.02)
    assert normal.mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(("factor", "count"), [("avg", 250), ("in", 300), ("out", 200)])
def test_xavier_scales_by_inputs_and_outputs(factor, count):
    mx.random.seed(1)
    uniform = filled(init.Xavier("uniform", factor, 3), (200, 300))
    assert np.abs(uniform).max() == pytest.approx(np.sqrt(3 / count), rel=1e-3)
    gaussian = filled(init.Xavier("gaussian", factor, 2), (200, 300))
    assert gaussian.std() == pytest.approx(np.sqrt(2 / count), rel=0.02)


def test_xavier_counts_the_window_of_a_kernel():
    mx.random.seed(1)
    kernel = filled(init.Xavier(magnitude=3), (20, 10, 5, 5))
    assert np.abs(kernel).max() == pytest.approx(np.sqrt(3 / (25 * 15)), rel=1e-2)


def test_xavier_refuses_vectors_and_unknown_kinds():
    with pytest.raises(ValueError, match="requires at least 2D"):
        filled(init.Xavier(), (4,))
    with pytest.raises(ValueError, match="random type"):
        filled(init.Xavier("foo"))
    with pytest.raises(ValueError, match="factor type"):
        filled(init.Xavier(factor_type="foo"))


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 2, 3)])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_orthogonal_rows_or_columns_have_the_length_of_scale(shape, kind):
    matrix = filled(init.Orthogonal(scale=1.5, rand_type=kind), shape).reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 2.25 * np.eye(len(matrix)), atol=1e-5)


def test_bilinear_upsamples_a_constant_to_a_constant():
    kernel = filled(init.Bilinear(), (1, 1, 4, 4))[0, 0]
    np.testing.assert_allclose(kernel.sum(), 4)
    np.testing.assert_array_equal(kernel, kernel.T)


def test_the_forget_gate_starts_open():
    assert filled(init.LSTMBias(2.0), (8,)).tolist() == [0, 0, 2, 2, 0, 0, 0, 0]


def test_kernels_alone_are_bilinear():
    with pytest.raises(ValueError, match=r"(?s)Bilinear.*\(4, 3\).*height, width"):
        filled(init.Bilinear())


def test_all_parameters_of_a_recurrent_network_are_filled_part_by_part():
    fused = init.FusedRNN(init.Constant(3), num_hidden=2, num_layers=1, mode="lstm", forget_bias=5)
    assert filled(fused, (4 * 2 * (3 + 2 + 2),)).tolist() == [3] * 40 + [0, 0, 5, 5, 0, 0, 0, 0] * 2


def test_the_parts_of_a_recurrent_network_are_filled_as_the_network_says_unless_they_have_their_own():
    class Parts(init.Initializer):
        def __call__(self, name, array):
            seen.append((str(name), array.shape))
            array[:] = 1

    seen = []
    array, fused = nd.zeros((2 * (3 + 2 + 2) + 2 * (2 + 2 + 2),)), init.FusedRNN(None, 2, 2, "rnn_tanh")
    fused._init_weight(init.InitDesc("rnn_parameters", global_init=Parts()), array)
    assert seen == [
        ("l0_i2h_weight", (2, 3)),
        ("l0_h2h_weight", (2, 2)),
        ("l1_i2h_weight", (2, 2)),
        ("l1_h2h_weight", (2, 2)),
        ("l0_i2h_bias", (2,)),
        ("l0_h2h_bias", (2,)),
        ("l1_i2h_bias", (2,)),
        ("l1_h2h_bias", (2,)),
    ]
    assert array.asnumpy().tolist() == [1.0] * array.size


def test_a_recurrent_network_of_impossible_size_mode_or_filling_is_refused():
    with pytest.raises(AssertionError, match=r"(?s)Invalid parameters size for FusedRNNCell.*57.*8 more"):
        filled(init.FusedRNN(init.One(), 2, 1, "lstm"), (57,))
    with pytest.raises(AssertionError, match="Invalid parameters size"):
        filled(init.FusedRNN(init.One(), 2, 1, "lstm"), (8,))
    with pytest.raises(ValueError, match=r"(?s)unknown mode.*'lstn'.*rnn_relu, rnn_tanh, lstm, gru"):
        init.FusedRNN(init.One(), 2, 1, "lstn")
    with pytest.raises(ValueError, match="nothing says how"):
        init.FusedRNN(None, 2, 1, "lstm")._init_weight("rnn_parameters", nd.zeros((56,)))
    with pytest.raises(AssertionError, match="must be of string type"):
        init.FusedRNN(3, 2, 1, "lstm")


def test_a_constant_may_be_an_array():
    assert filled(init.Constant(nd.array([1, 2, 3]))).tolist() == [[1, 2, 3]] * 4
    assert init.Constant(np.array([1.0, 2.0])).dumps() == '["constant", {"value": [1.0, 2.0]}]'


# --------------------------------------------------------------------------------------------------- names, registry


@pytest.mark.parametrize(
    ("name", "value"),
    [("x_weight", 3), ("x_bias", 0), ("x_gamma", 1), ("x_beta", 0), ("x_min", 0), ("x_max", 1)],
)
def test_the_end_of_a_name_decides(name, value):
    assert filled(init.Constant(3), name=name).tolist() == [[value] * 3] * 4


def test_a_plain_text_for_a_name_follows_the_rules_of_the_old_days():
    array = nd.zeros((6,))
    for name, value in (
        ("x_moving_mean", 0),
        ("x_moving_var", 1),
        ("x_moving_avg", 0),
        ("stn_loc_weight", 0),
    ):
        init.Constant(3)(name, array)
        assert array.asnumpy().tolist() == [value] * 6
    init.Constant(3)("stn_loc_bias", array)
    assert array.asnumpy().tolist() == [1, 0, 0, 0, 1, 0]
    with pytest.raises(AssertionError, match="6 numbers"):
        init.Constant(3)("stn_loc_bias", nd.zeros((5,)))
    with pytest.raises(ValueError, match="Unknown initialization pattern"):
        init.Constant(3)(init.InitDesc("x_moving_var"), array)


def test_an_unknown_end_of_a_name_is_refused():
    with pytest.raises(ValueError, match="Unknown initialization pattern for x_scale"):
        filled(init.Constant(3), name="x_scale")


def test_the_attribute_of_a_name_decides_before_its_end():
    array = nd.zeros((2,))
    for own in (init.Constant(5), init.Constant(5).dumps(), "ones"):
        init.Zero()(init.InitDesc("x_bias", {"__init__": own}), array)
        assert array.asnumpy().tolist() == ([1.0, 1.0] if own == "ones" else [5.0, 5.0])


def test_a_name_is_text():
    with pytest.raises(TypeError, match="name must be string"):
        init.One()(3, nd.ones((1,)))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("zeros", init.Zero), ("ones", init.One), ("Xavier", init.Xavier), ("msraprelu", init.MSRAPrelu)],
)
def test_initialisers_are_made_by_name(name, kind):
    assert type(init.create(name)) is kind
    assert type(init.create(kind)) is kind


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AssertionError, match=r"(?s)xavir is not registered.*'xavier'"):
        init.create("xavir")
    with pytest.raises(AssertionError, match="must be of string type"):
        init.create(3)
    with pytest.raises(AssertionError, match=r"(?s)already an instance.*sigma=2"):
        init.create(init.Zero(), sigma=2)
    with pytest.raises(AssertionError, match="Can only register subclass of Initializer"):
        init.register(int)


@pytest.mark.parametrize(
    "description",
    [
        {"initializer": "normal", "sigma": 3},
        '{"initializer": "normal", "sigma": 3}',
        '["normal", {"sigma": 3}]',
        '["Normal", {"sigma": 3}]',
    ],
)
def test_a_description_in_json_or_as_a_dictionary_makes_one(description):
    assert init.create(description) == init.Normal(3)


@pytest.mark.parametrize("text", ["[normal", '["normal"]', "[3, 4]", "{}", '{"sigma": 3}', '["normal", 3]'])
def test_a_text_that_describes_none_is_refused(text):
    with pytest.raises(ValueError, match="describes no initialiser"):
        init.create(text)


def test_a_class_of_ones_own_is_registered_under_its_name():
    @init.register
    @init.alias("all_nines")
    class Nine(init.Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 9

    assert filled(init.create("nine")).max() == 9
    assert filled(init.create("all_nines")).max() == 9
    with pytest.warns(UserWarning, match="overriding existing initializer"):
        init.register(type("Nine", (init.Initializer,), {}))
    del init._REGISTRY["nine"], init._REGISTRY["all_nines"]


def test_a_class_without_init_weight_says_so():
    class Empty(init.Initializer):
        pass

    with pytest.raises(NotImplementedError, match="_init_weight"):
        filled(Empty())


def test_a_class_of_ones_own_sees_name_and_shape():
    seen = []

    class Watching(init.Initializer):
        def _init_weight(self, name, data):
            seen.append((str(name), data.shape))
            data[:] = 1

    layer = nn.Dense(2, in_units=3, prefix="dense_")
    layer.initialize(Watching())
    assert seen == [("dense_weight", (2, 3))]


# -------------------------------------------------------------------------------------------------- Mixed and Load


def test_mixed_takes_the_first_pattern_that_matches():
    mixed = init.Mixed(["a_.*", ".*"], [init.Constant(1), init.Constant(2)])
    assert filled(mixed, name="a_weight").max() == 1
    assert filled(mixed, name="b_weight").max() == 2
    with pytest.raises(ValueError, match="did not match any pattern"):
        filled(init.Mixed(["a_.*"], ["ones"]), name="b_weight")
    with pytest.raises(AssertionError, match="one initialiser per pattern"):
        init.Mixed(["a"], ["ones", "zeros"])


def test_mixed_initialises_a_network():
    layer = nn.Dense(2, in_units=3, bias_initializer=None)
    layer.initialize(init.Mixed([".*bias", ".*"], [init.Constant(4), init.Constant(5)]))
    assert layer.bias.data().asnumpy().max() == 4
    assert layer.weight.data().asnumpy().max() == 5


def test_load_takes_what_is_saved_and_the_default_for_the_rest(tmp_path):
    path = str(tmp_path / "arrays.params")
    nd.save(path, {"arg:x_weight": nd.ones((2,)) * 3})
    load = init.Load(path, default_init=init.One())
    assert filled(load, (2,), "x_weight").tolist() == [3, 3]
    assert filled(load, (2,), "y_weight").tolist() == [1, 1]
    assert filled(load, (2,), "y_bias").tolist() == [0, 0]
    with pytest.raises(AssertionError, match="Shape mismatch"):
        filled(load, (3,), "x_weight")
    with pytest.raises(AssertionError, match="Cannot Initialize y_weight"):
        filled(init.Load({"x_weight": nd.ones((2,))}), (2,), "y_weight")


def test_load_initialises_a_network():
    layer = nn.Dense(2, in_units=2, prefix="dense_")
    layer.initialize(init.Load({"dense_weight": nd.ones((2, 2)) * 3, "dense_bias": nd.ones((2,))}))
    assert layer(nd.ones((1, 2))).asnumpy().tolist() == [[7.0, 7.0]]


def test_verbose_logs_what_is_filled_and_how(caplog):
    layer = nn.Dense(2, in_units=2, prefix="dense_", bias_initializer=init.Normal(0.5))
    with caplog.at_level("INFO"):
        layer.initialize(init.One(), verbose=True)
        shown = init.Constant(2).set_verbosity(True, lambda array: f"{array.size} numbers")
        filled(shown, (3, 2), "a_weight")
        filled(shown, (3, 2), "a_gamma")
        filled(init.Load({"a": nd.ones((2,))}, init.One(), verbose=True), (2,), "a")
        filled(init.Load({"a": nd.ones((2,))}, init.One(), verbose=True), (2,), "b_weight")
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "Initialized dense_weight as One(): 1.0" in text
    assert "Initialized dense_bias as Normal(sigma=0.5): " in text
    assert "Initialized a_weight as weight: 6 numbers" in text
    assert "Initialized a_gamma as gamma: 6 numbers" in text
    assert "Initialized a by loading" in text
    assert "Initialized b_weight by default" in text


def test_a_seed_gives_the_weights_of_mxnet():
    mx.random.seed(0)
    layer = nn.Dense(2, in_units=3)
    layer.initialize()
    expected = [[0.0068339, 0.01299825, 0.0301265], [0.04819721, 0.01438687, 0.05011239]]
    np.testing.assert_allclose(layer.weight.data().asnumpy(), expected, atol=1e-8)
    assert layer.bias.data().asnumpy().tolist() == [0.0, 0.0]
