"""Operators of one's own in graphs: what they keep, where they may stand, and what is refused."""

import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet.ndarray.custom import REGISTERED

X = sym.var("x")


class _Counting(mx.operator.CustomOp):
    """Multiplies by how often it has run."""

    def __init__(self):
        super().__init__()
        self.runs = 0

    def forward(self, is_train, req, in_data, out_data, aux):
        self.runs += 1
        self.assign(out_data[0], req[0], in_data[0] * self.runs)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_grad[0] * self.runs)


class _Prop(mx.operator.CustomOpProp):
    def create_operator(self, ctx, shapes, dtypes):
        return _Counting()


@pytest.fixture(autouse=True)
def counting():
    mx.operator.register("counting")(_Prop)
    yield
    del REGISTERED["counting"]


def bound(graph):
    return graph.bind(mx.cpu(), {"x": nd.ones((1,))}, {"x": nd.zeros((1,))})


def test_an_executor_has_one_operator_for_all_runs():
    run = bound(sym.Custom(X, op_type="counting"))
    for count in (1, 2, 3):
        assert run.forward(is_train=True)[0].asscalar() == count
        run.backward(nd.ones((1,)))
        assert run.grad_dict["x"].asscalar() == count


def test_each_call_and_each_executor_has_an_operator_of_its_own():
    graph = sym.Custom(X, op_type="counting") + sym.Custom(X, op_type="counting")
    first = bound(graph)
    assert [first.forward()[0].asscalar() for _ in range(2)] == [2, 4]
    assert bound(graph).forward()[0].asscalar() == 2
    assert first.reshape(x=(1,)).forward()[0].asscalar() == 2


def test_a_loop_may_call_it_in_its_body():
    states = sym.var("s")
    sums, last = sym.contrib.foreach(lambda x, s: (sym.Custom(x, op_type="counting") + s, s + x), X, states)
    run = sym.Group([sums, last]).bind(mx.cpu(), {"x": nd.array([1, 2, 3]), "s": nd.array([0])})
    assert [each.asnumpy().ravel().tolist() for each in run.forward()] == [[1, 3, 6], [6]]


def test_a_branch_may_call_it():
    graph = sym.contrib.cond(X > 0, lambda: sym.Custom(X, op_type="counting"), lambda: -X)
    assert bound(graph).forward()[0].asscalar() == 1


def test_attributes_of_users_stay_with_the_call():
    with mx.AttrScope(ctx_group="second"):
        graph = sym.Custom(op_type="counting", name="c", attr={"__mood__": "good"})
    for each in (graph, sym.load_json(graph.tojson())):
        assert each.attr_dict()["c"]["ctx_group"] == "second"
        assert each.attr_dict()["c"]["__mood__"] == "good"
        assert each.attr_dict()["c_data"]["__ctx_group__"] == "second"
    assert graph.eval(c_data=nd.ones((1,)))[0].asscalar() == 1


WRONG = {
    "a misspelt array": (
        lambda: sym.Custom(dota=X, op_type="counting"),
        mx.MXNetError,
        r"dota.*\n.*\n.*data=",
    ),
    "an array twice": (lambda: sym.Custom(X, data=X, op_type="counting"), TypeError, "two values for data"),
    "an attribute that could be the operator's": (
        lambda: sym.Custom(X, op_type="counting", attr={"mood": "good"}),
        mx.MXNetError,
        "__mood__",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_use_is_explained(what):
    use, error, text = WRONG[what]
    with pytest.raises(error, match=text):
        use()
