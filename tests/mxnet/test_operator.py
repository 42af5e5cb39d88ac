"""Operators that programs write themselves: `mxnet.operator` and ``nd.Custom``."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import nn
from mxnet.ndarray.custom import REGISTERED


@pytest.fixture(autouse=True)
def registered():
    """Names that a test registers are gone after it."""
    before = dict(REGISTERED)
    yield
    REGISTERED.clear()
    REGISTERED.update(before)


class Square(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] ** 2)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], 2 * in_data[0] * out_grad[0])


def define(name, operator=Square, **methods):
    """Register an operator whose properties have these methods; the class."""
    methods.setdefault("create_operator", lambda self, ctx, shapes, dtypes: operator())
    return mx.operator.register(name)(type("Prop", (mx.operator.CustomOpProp,), methods))


def recorded(*arrays, **kwargs):
    for each in arrays:
        each.attach_grad()
    with autograd.record():
        return nd.Custom(*arrays, **kwargs)


def test_forward_and_backward_make_a_value_and_a_gradient():
    define("square")
    x = nd.array([1.0, 2.0, 3.0])
    y = recorded(x, op_type="square")
    y.backward(nd.array([1.0, 10.0, 100.0]))
    assert y.asnumpy().tolist() == [1, 4, 9]
    assert x.grad.asnumpy().tolist() == [2, 40, 600]


def test_gradient_flows_through_what_surrounds_the_call():
    define("square")
    x = nd.array([3.0])
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x * 2, op_type="square") + x
    y.backward()
    assert x.grad.asscalar() == 2 * 6 * 2 + 1


def test_gradients_add_up_where_the_variable_asks_for_it():
    define("square")
    x = nd.array([3.0])
    x.attach_grad("add")
    for _ in range(2):
        with autograd.record():
            y = nd.Custom(x, op_type="square")
        y.backward()
    assert x.grad.asscalar() == 12


class SumAndProduct(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        a, b = in_data
        self.assign(out_data[0], req[0], a + b)
        self.assign(out_data[1], req[1], a * b)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        a, b = in_data
        self.assign(in_grad[0], req[0], out_grad[0] + out_grad[1] * b)
        self.assign(in_grad[1], req[1], out_grad[0] + out_grad[1] * a)


def define_pair():
    return define(
        "pair",
        SumAndProduct,
        list_arguments=lambda self: ["a", "b"],
        list_outputs=lambda self: ["sum", "product"],
    )


def test_several_outputs_and_inputs_each_have_their_gradient():
    define_pair()
    a, b = nd.array([2.0, 3.0]), nd.array([5.0, 7.0])
    outputs = recorded(a, b, op_type="pair")
    assert isinstance(outputs, list)
    assert [each.asnumpy().tolist() for each in outputs] == [[7, 10], [10, 21]]
    autograd.backward(outputs, [nd.ones(2), nd.full((2,), 10)])
    assert a.grad.asnumpy().tolist() == [51, 71]
    assert b.grad.asnumpy().tolist() == [21, 31]


def test_gradient_of_one_of_two_outputs_leaves_zeros_for_the_other():
    define_pair()
    a, b = nd.array([2.0]), nd.array([5.0])
    recorded(a, b, op_type="pair")[0].backward()
    assert (a.grad.asscalar(), b.grad.asscalar()) == (1, 1)


def test_arrays_may_be_given_by_name():
    define_pair()
    both = nd.Custom(b=nd.array([3.0]), a=nd.array([4.0]), op_type="pair")
    assert [each.asscalar() for each in both] == [7, 12]


def test_request_is_null_for_inputs_that_nobody_asks_about():
    seen = []

    class Spy(SumAndProduct):
        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            seen.append(req)
            super().backward(req, out_grad, in_data, out_data, in_grad, aux)

    define("spy", Spy, list_arguments=lambda self: ["a", "b"], list_outputs=lambda self: ["s", "p"])
    a, b = nd.array([2.0]), nd.array([5.0])
    a.attach_grad()
    with autograd.record():
        y = nd.Custom(a, b, op_type="spy")
    y[1].backward()
    assert seen == [["write", "null"]]
    assert a.grad.asscalar() == 5


def test_auxiliary_states_change_in_place_and_have_no_gradient():
    class Count(Square):
        def forward(self, is_train, req, in_data, out_data, aux):
            super().forward(is_train, req, in_data, out_data, aux)
            aux[0][:] = aux[0] + 1

    define(
        "count",
        Count,
        list_auxiliary_states=lambda self: ["calls"],
        infer_shape=lambda self, shapes: (shapes, [shapes[0]], [[1]]),
    )
    x, calls = nd.array([3.0]), nd.zeros((1,))
    x.attach_grad()
    for _ in range(3):
        with autograd.record():
            y = nd.Custom(x, calls, op_type="count")
    y.backward()
    assert calls.asscalar() == 3
    assert x.grad.asscalar() == 6


def test_forward_learns_whether_it_trains_and_runs_untaped():
    seen = []

    class Spy(Square):
        def forward(self, is_train, req, in_data, out_data, aux):
            seen.append((bool(is_train), autograd.is_recording()))
            super().forward(is_train, req, in_data, out_data, aux)

    define("spy", Spy)
    x = nd.ones(2)
    nd.Custom(x, op_type="spy")
    with autograd.record():
        nd.Custom(x, op_type="spy")
    with autograd.record(train_mode=False):
        nd.Custom(x, op_type="spy")
    assert seen == [(False, False), (True, False), (False, False)]


def test_what_forward_leaves_in_the_object_is_there_in_backward():
    class Keep(Square):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.factor = float(in_data[0].sum().asscalar())
            self.assign(out_data[0], req[0], in_data[0] * self.factor)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * self.factor)

    define("keep", Keep)
    x, z = nd.array([1.0, 2.0]), nd.array([10.0])
    for each in (x, z):
        each.attach_grad()
    with autograd.record():
        y = nd.Custom(x, op_type="keep").sum() + nd.Custom(z, op_type="keep").sum()
    y.backward()
    assert (x.grad.asnumpy().tolist(), z.grad.asscalar()) == ([3, 3], 10)


def test_arguments_reach_the_properties_as_text():
    seen = {}

    def initialise(self, **kwargs):
        mx.operator.CustomOpProp.__init__(self)
        seen.update(kwargs)

    define("told", __init__=initialise)
    nd.Custom(nd.ones(1), op_type="told", number=3, flag=True, pair=(1, 2), text="a")
    assert seen == {"number": "3", "flag": "True", "pair": "(1, 2)", "text": "a"}


def test_create_operator_learns_context_shapes_and_types():
    seen = []

    def create(self, ctx, shapes, dtypes):
        seen.append((ctx, shapes, dtypes))
        return Square()

    define("told", create_operator=create)
    nd.Custom(nd.ones((2, 3), ctx=mx.cpu(1), dtype="float64"), op_type="told")
    assert seen == [("cpu(1)", [[2, 3]], [np.float64])]


def test_loss_without_top_gradient_starts_the_backward_pass():
    class Softmax(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], nd.softmax(in_data[0]))

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_data[0] - nd.one_hot(in_data[1], 3))

    define(
        "loss",
        Softmax,
        __init__=lambda self: mx.operator.CustomOpProp.__init__(self, need_top_grad=False),
        list_arguments=lambda self: ["data", "label"],
        infer_shape=lambda self, shapes: ([shapes[0], [shapes[0][0]]], [shapes[0]], []),
    )
    x, label = nd.array([[0.0, 0.0, 0.0]]), nd.array([1])
    x.attach_grad()
    with autograd.record():
        y = nd.Custom(x, label, op_type="loss")
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), [[1 / 3, -2 / 3, 1 / 3]], rtol=1e-6)


def test_whole_numbers_are_inputs_and_outputs_without_gradient():
    class Pick(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], nd.take(in_data[0], in_data[1]))
            self.assign(out_data[1], req[1], in_data[1] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            assert req == ["write", "null"]
            for place, gradient in zip(in_data[1].asnumpy(), out_grad[0].asnumpy()):
                in_grad[0][int(place)] += float(gradient)

    define(
        "pick",
        Pick,
        list_arguments=lambda self: ["data", "places"],
        list_outputs=lambda self: ["picked", "doubled"],
        infer_shape=lambda self, shapes: (shapes, [shapes[1], shapes[1]]),
        infer_type=lambda self, types: (types, types),
    )
    x, places = nd.array([1.0, 2.0, 3.0]), nd.array([2, 0, 2], dtype="int32")
    x.attach_grad()
    with autograd.record():
        picked, doubled = nd.Custom(x, places, op_type="pick")
    picked.backward()
    assert doubled.dtype == np.int32
    assert doubled.asnumpy().tolist() == [4, 0, 4]
    assert x.grad.asnumpy().tolist() == [1, 0, 2]


def test_out_receives_the_result():
    define("square")
    target = nd.zeros(2)
    assert nd.Custom(nd.array([2.0, 3.0]), op_type="square", out=target) is target
    assert target.asnumpy().tolist() == [4, 9]


def test_operator_without_inputs_makes_its_output_in_the_current_context():
    class Three(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], 3)

    define(
        "three",
        Three,
        list_arguments=lambda self: [],
        infer_shape=lambda self, shapes: ([], [[2]], []),
        infer_type=lambda self, types: ([], [np.float32], []),
    )
    with mx.cpu(1):
        made = nd.Custom(op_type="three")
    assert made.asnumpy().tolist() == [3, 3]
    assert made.context == mx.cpu(1)


def test_block_with_an_own_operator_trains():
    define("square")

    class Net(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1, in_units=2)

        def hybrid_forward(self, F, x):
            return F.Custom(self.dense(x), op_type="square")

    net = Net()
    net.initialize(mx.init.One())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    with autograd.record():
        loss = net(nd.array([[1.0, 2.0]]))
    loss.backward()
    trainer.step(1)
    assert loss.asscalar() == 9
    assert net.dense.weight.data().asnumpy().tolist() == [[1 - 3, 1 - 6]]


@pytest.mark.parametrize(
    ("req", "after"), [("write", 5), ("inplace", 5), ("add", 7), ("null", 2)], ids=lambda v: str(v)
)
def test_assign_writes_as_requested(req, after):
    target = nd.full((2,), 2)
    mx.operator.CustomOp().assign(target, req, np.array([5.0, 5.0], "float32"))
    assert target.asnumpy().tolist() == [after, after]


def test_assign_refuses_another_request():
    with pytest.raises(mx.MXNetError, match="unknown req 'ad'"):
        mx.operator.CustomOp().assign(nd.ones(1), "ad", 1)


def test_properties_have_the_defaults_of_mxnet():
    prop = mx.operator.CustomOpProp()
    assert prop.list_arguments() == ["data"]
    assert prop.list_outputs() == ["output"]
    assert prop.list_auxiliary_states() == []
    assert prop.infer_shape([[1, 2]]) == ([[1, 2]], ([1, 2],), ())
    assert prop.infer_type([np.float32]) == ([np.float32], [np.float32], [])
    assert prop.declare_backward_dependency([1], [2], [3]) == [1, 2, 3]
    assert mx.operator.CustomOpProp(need_top_grad=False).declare_backward_dependency([1], [2], [3]) == [2, 3]
    assert prop.infer_storage_type(["default"]) == (["default"], ["default"], [])
    assert isinstance(prop.create_operator("cpu(0)", [], []), mx.operator.CustomOp)


def test_second_class_of_the_same_name_takes_its_place():
    class Zero(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], 0)

    define("square")
    define("square", Zero)
    assert nd.Custom(nd.ones(1), op_type="square").asscalar() == 0


def error(*args, **kwargs):
    with pytest.raises(mx.MXNetError) as caught:
        nd.Custom(*args, **kwargs)
    return str(caught.value)


def test_unknown_operator_is_named_with_its_neighbour():
    define("square")
    text = error(nd.ones(1), op_type="sqare")
    assert "there is no operator 'sqare'" in text
    assert "op_type='square'" in text
    assert "op_type is not given" in error(nd.ones(1))


def test_wrong_number_of_arrays_is_told():
    define_pair()
    for arrays in ([], [nd.ones(1)], [nd.ones(1)] * 3):
        assert "it takes 2: a, b" in error(*arrays, op_type="pair")
    assert "it takes 2: a, b" in error(nd.ones(1), op_type="pair", a=nd.ones(1))
    assert "it takes 2: a, b" in error(nd.ones(1), op_type="pair", c=nd.ones(1))
    with pytest.raises(TypeError, match="argument b must be an NDArray"):
        nd.Custom(nd.ones(1), 3, op_type="pair")


def test_wrong_argument_of_the_properties_is_told():
    define("square")
    assert "cannot be made" in error(nd.ones(1), op_type="square", size=3)


def test_shapes_that_do_not_fit_are_told():
    define("square", infer_shape=lambda self, shapes: ([[9, 9]], [shapes[0]], []))
    text = error(nd.ones((2, 2)), op_type="square")
    assert "data (2, 2)" in text
    assert "infer_shape says (9, 9)" in text
    define("square", infer_shape=lambda self, shapes: (shapes, [shapes[0]] * 2, []))
    assert "infer_shape returns 2 of the outputs" in error(nd.ones(1), op_type="square")
    define("square", infer_shape=lambda self, shapes: shapes)
    assert "infer_shape returns two or three lists" in error(nd.ones(1), op_type="square")


def test_types_that_do_not_fit_are_told():
    define("square", infer_type=lambda self, types: ([np.float32], [np.float32], []))
    text = error(nd.ones(1, dtype="float64"), op_type="square")
    assert "infer_type says float32" in text
    assert ".astype('float32')" in text


def test_exceptions_of_the_operator_come_through():
    class Broken(Square):
        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            raise ZeroDivisionError("mine")

    define("broken", Broken)
    y = recorded(nd.ones(1), op_type="broken")
    with pytest.raises(ZeroDivisionError, match="mine"):
        y.backward()


def test_only_properties_are_registered():
    with pytest.raises(TypeError, match="CustomOpProp"):
        mx.operator.register("square")(Square)


def test_operators_of_the_library_are_listed_with_their_arguments():
    names = mx.operator.get_all_registered_operators()
    assert {"FullyConnected", "_contrib_box_nms", "broadcast_add", "Custom"} <= set(names)
    assert names == sorted(names)
    arguments = mx.operator.get_operator_arguments("FullyConnected")
    assert arguments.narg == 6
    assert arguments.names == ["data", "weight", "bias", "num_hidden", "no_bias", "flatten"]
    assert arguments.types[2:] == [
        "NDArray-or-Symbol",
        "int, required",
        "boolean, optional, default=0",
        "boolean, optional, default=1",
    ]
    with pytest.raises(mx.MXNetError, match="Operator Fully is not registered"):
        mx.operator.get_operator_arguments("Fully")
