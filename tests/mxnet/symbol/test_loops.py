"""Loops and branches in graphs: the same as Python loops over arrays; their gradients, shapes, files and errors."""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd, sym
from mxnet.gluon import nn, rnn
from mxnet.test_utils import check_numeric_gradient

contrib = sym.contrib


def flat(value):
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in flat(inner)]
    return [] if value is None else [value]


# ---------------------------------------------------------------------------------------------- in hybrid_forward


class Cumulated(nn.HybridBlock):
    """Sums of weighted slices."""

    def __init__(self):
        super().__init__()
        self.weight = self.params.get("weight", shape=(3,), init="ones")
        self.layer = nn.Dense(3, in_units=3)

    def hybrid_forward(self, F, x, start, weight):
        def body(row, total):
            total = F.broadcast_mul(total, weight) + self.layer(row)
            return [total, F.tanh(row)], total

        return F.contrib.foreach(body, x, start)


class Climbing(nn.HybridBlock):
    """Powers until they are large."""

    def hybrid_forward(self, F, x, w):
        return F.contrib.while_loop(
            lambda i, s: s.sum() < 50,
            lambda i, s: (s * w, (i + 1, s * w + 1)),
            [x.sum(), x],
            max_iterations=20,
        )


class Choosing(nn.HybridBlock):
    def hybrid_forward(self, F, x, w):
        return F.contrib.cond(x.sum() > w.sum(), lambda: [x * w, x], lambda: [x + w, w])


class Nested(nn.HybridBlock):
    """A branch inside a loop inside a loop."""

    def hybrid_forward(self, F, x, w):
        def inner(row, total):
            added = F.contrib.cond(row.sum() > 0, lambda: row * w, lambda: row - w)
            return added, total + added

        def outer(rows, total):
            outputs, total = F.contrib.foreach(inner, rows, total)
            return outputs.sum(axis=0) * w, total

        return F.contrib.foreach(outer, x, F.zeros_like(w))


def results(block, hybrid, *arrays):
    """Outputs and gradients of a block and its parameters."""
    mx.random.seed(3)
    net = block()
    net.initialize(mx.init.Normal(0.5))
    if hybrid:
        net.hybridize()
    inputs = [nd.array(each) for each in arrays]
    for each in inputs:
        each.attach_grad()
    for _ in range(2):  # the second time from the program
        with autograd.record():
            outputs = flat(net(*inputs))
            total = sum((output * (place + 1)).sum() for place, output in enumerate(outputs))
        total.backward()
    if hybrid:
        assert "special" in net.program()
    found = [output.asnumpy() for output in outputs] + [each.grad.asnumpy() for each in inputs]
    return found + [p.grad().asnumpy() for p in net.collect_params().values() if p.grad_req != "null"]


@pytest.mark.parametrize(
    ("block", "shapes"),
    [
        (Cumulated, [(4, 2, 3), (2, 3)]),
        (Climbing, [(3,), (3,)]),
        (Choosing, [(3,), (3,)]),
        (Nested, [(2, 3, 4), (4,)]),
    ],
    ids=["foreach", "while_loop", "cond", "nested"],
)
def test_a_hybridized_block_computes_what_the_loop_over_arrays_computes(block, shapes, rng):
    arrays = [np.abs(rng.normal(size=shape)).astype("float32") + 0.5 for shape in shapes]
    for plain, hybrid in zip(results(block, False, *arrays), results(block, True, *arrays), strict=True):
        np.testing.assert_array_equal(plain, hybrid, strict=True)


@pytest.mark.parametrize("value", [1.0, -1.0], ids=["then", "else"])
def test_both_branches_of_a_hybridized_block_run(value):
    arrays = [np.full(3, value, "float32"), np.zeros(3, "float32")]
    for plain, hybrid in zip(
        results(Choosing, False, *arrays), results(Choosing, True, *arrays), strict=True
    ):
        np.testing.assert_array_equal(plain, hybrid)


def test_random_numbers_in_a_loop_are_those_of_the_loop_over_arrays():
    def body(row, s):
        return nd.Dropout(row, p=0.5), s + nd.random.normal(shape=(3,))

    def graph(row, s):
        return sym.Dropout(row, p=0.5), s + sym.random.normal(shape=(3,))

    x, start = nd.ones((4, 3)), nd.zeros((3,))
    mx.random.seed(5)
    with autograd.train_mode():
        expected = flat(nd.contrib.foreach(body, x, start))
    mx.random.seed(5)
    run = sym.Group(flat(contrib.foreach(graph, sym.var("x"), sym.var("s")))).bind(
        mx.cpu(), {"x": x, "s": start}
    )
    for e, a in zip(expected, run.forward(is_train=True), strict=True):
        np.testing.assert_array_equal(e.asnumpy(), a.asnumpy())


def test_running_statistics_in_a_loop_move_as_in_the_loop_over_arrays():
    class Normalised(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm(in_channels=3, momentum=0.5)

        def hybrid_forward(self, F, x, s):
            return F.contrib.foreach(lambda rows, s: (self.norm(rows) + s, s), x, s)

    found = []
    for hybrid in (False, True):
        net = Normalised()
        net.initialize()
        if hybrid:
            net.hybridize()
        x = nd.arange(24).reshape((2, 4, 3))
        with autograd.record():
            total = flat(net(x, nd.ones((3,))))[0].sum()
        total.backward()
        found.append([net.norm.running_mean.data().asnumpy(), net.norm.running_var.data().asnumpy()])
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0][0].any()


def test_a_cell_that_is_unrolled_in_a_graph_gives_what_it_gives_on_arrays():
    unroll = gluon.contrib.rnn.rnn_cell.dynamic_unroll
    cell = rnn.LSTMCell(4, input_size=3)
    cell.initialize(mx.init.Normal(0.5))
    arrays = {"x": nd.random.normal(shape=(5, 2, 3)), "h": nd.zeros((2, 4)), "c": nd.ones((2, 4))}
    expected = flat(unroll(cell, arrays["x"], [arrays["h"], arrays["c"]], layout="TNC"))
    graph = sym.Group(flat(unroll(cell, sym.var("x"), [sym.var("h"), sym.var("c")], layout="TNC")))
    parameters = {name: parameter.data() for name, parameter in cell.collect_params().items()}
    for e, a in zip(expected, graph.eval(**arrays, **parameters), strict=True):
        np.testing.assert_array_equal(e.asnumpy(), a.asnumpy())


def test_an_exported_loop_comes_back_as_a_block(tmp_path):
    net = Cumulated()
    net.initialize(mx.init.Normal(1))
    net.hybridize()
    x, start = nd.random.normal(shape=(4, 2, 3)), nd.zeros((2, 3))
    expected = flat(net(x, start))
    net.export(str(tmp_path / "net"))
    again = gluon.SymbolBlock.imports(
        str(tmp_path / "net-symbol.json"), ["data0", "data1"], str(tmp_path / "net-0000.params")
    )
    for e, a in zip(expected, flat(again(x, start)), strict=True):
        np.testing.assert_array_equal(e.asnumpy(), a.asnumpy())


# ---------------------------------------------------------------------------------------------- gradients


def summed():
    w = sym.exp(sym.var("w"))
    return contrib.foreach(lambda x, s: (x * w + s, s * w + sym.sin(x)), sym.var("x"), sym.var("s"))


def climbed():
    w = sym.var("w")
    return contrib.while_loop(
        lambda i, s: i < 3, lambda i, s: (s * w, (i + 1, s * w + sym.sin(s))), [sym.var("i"), sym.var("s")], 5
    )


def chosen():
    x, s, w = sym.var("x"), sym.var("s"), sym.var("w")
    return contrib.cond(w.sum() > 100, lambda: x * s, lambda: sym.broadcast_mul(x, w) + s)


def nested():
    w = sym.var("w")

    def outer(x, s):
        y = contrib.cond(sym.sum(x) > 0, lambda: x * w * s, lambda: x - w * s)
        return y, sym.tanh(s + y)

    return contrib.foreach(outer, sym.var("x"), sym.var("s"))


@pytest.mark.parametrize("build", [summed, climbed, chosen, nested])
def test_gradients_are_those_of_finite_differences(build, rng):
    graph = sym.Group(flat(build()))
    shapes = {"x": (4, 3), "s": (3,), "w": (3,), "i": (1,)}
    location = {name: rng.uniform(0.5, 1.5, shapes[name]) for name in graph.list_arguments()}
    if "i" in location:
        location["i"] = np.zeros(1)
    checked = [name for name in location if name != "i"]
    check_numeric_gradient(
        graph, location, grad_nodes=checked, numeric_eps=1e-5, rtol=1e-5, atol=1e-6, dtype="float64"
    )


# ---------------------------------------------------------------------------------------------- running


def test_a_loop_whose_condition_does_not_hold_at_all_leaves_its_variables_and_zeros():
    outputs, last = contrib.while_loop(lambda i: i < 3, lambda i: ([i * 2, i], i + 1), sym.var("i"), 4)
    run = sym.Group([*outputs, last]).bind(mx.cpu(), {"i": nd.array([9])}, {"i": nd.zeros((1,))})
    run.forward(is_train=True)
    run.backward([nd.ones((4, 1)), nd.ones((4, 1)), nd.ones((1,)) * 5])
    assert [output.asnumpy().ravel().tolist() for output in run.outputs] == [[0] * 4, [0] * 4, [9]]
    assert run.grad_dict["i"].asnumpy().tolist() == [5]


def test_rows_behind_the_last_step_are_zeros():
    outputs, _ = contrib.while_loop(lambda i: i < 2, lambda i: (i + 7, i + 1), sym.var("i"), 4)
    assert outputs.eval(i=nd.array([0]))[0].asnumpy().ravel().tolist() == [7, 8, 0, 0]


def test_a_loop_stops_at_its_limit():
    _, last = contrib.while_loop(lambda i: i > -1, lambda i: (None, i + 1), sym.var("i"), 6)
    assert last.eval(i=nd.array([0]))[0].asscalar() == 6


def test_slices_of_a_vector_are_arrays_of_one():
    outputs, _ = contrib.foreach(lambda x, s: (x, s + x), sym.var("x"), sym.var("s"))
    assert outputs.eval(x=nd.arange(3), s=nd.zeros((1,)))[0].shape == (3, 1)


def test_the_same_array_may_be_data_and_state():
    outputs, last = contrib.foreach(lambda x, s: (x + s, s * 2), *[sym.var("x")] * 2)
    found = sym.Group([outputs, last]).eval(x=nd.ones((2, 2)))
    eager = nd.contrib.foreach(lambda x, s: (x + s, s * 2), *[nd.ones((2, 2))] * 2)
    for a, e in zip(found, eager, strict=True):
        np.testing.assert_array_equal(a.asnumpy(), e.asnumpy())


def test_several_outputs_of_a_call_are_a_list_of_data():
    parts = sym.split(sym.var("x"), num_outputs=2, axis=1)
    outputs, _ = contrib.foreach(lambda x, s: (x[0] - x[1], s + x[0]), parts, sym.var("s"))
    assert outputs.eval(x=nd.array([[3, 1], [8, 2]]), s=nd.zeros((1,)))[0].asnumpy().ravel().tolist() == [
        2,
        6,
    ]


def test_states_may_grow():
    _, last = contrib.foreach(lambda x, s: (x, sym.concat(s, x, dim=0)), sym.var("x"), sym.var("s"))
    assert last.infer_shape(x=(3, 1), s=(1,))[1] == [(4,)]
    assert last.eval(x=nd.ones((3, 1)), s=nd.zeros((1,)))[0].shape == (4,)


def test_weights_inside_are_found_by_simple_bind():
    outputs, _ = contrib.foreach(
        lambda x, s: (sym.FullyConnected(x, num_hidden=3, name="fc") + s, s), sym.var("x"), sym.var("s")
    )
    run = outputs.simple_bind(mx.cpu(), x=(5, 2, 4))
    assert {name: array.shape for name, array in run.arg_dict.items()} == {
        "x": (5, 2, 4),
        "s": (2, 3),
        "fc_weight": (3, 4),
        "fc_bias": (3,),
    }


def test_running_statistics_inside_are_auxiliary_states():
    outputs, _ = contrib.foreach(
        lambda x, s: (sym.BatchNorm(x, name="bn"), s + 1), sym.var("x"), sym.var("s")
    )
    assert outputs.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]


def test_a_branch_of_unlike_shapes_has_no_shape_and_runs():
    x = sym.var("x")
    one = contrib.cond(x.sum() > 0, lambda: x, lambda: sym.sum(x, axis=0))
    with pytest.warns(UserWarning, match="Cannot decide shape"):
        assert one.infer_shape(x=(2, 3)) == (None, None, None)
    assert one.eval(x=nd.ones((2, 3)))[0].shape == (2, 3)
    assert one.eval(x=-nd.ones((2, 3)))[0].shape == (3,)


# ---------------------------------------------------------------------------------------------- copies and files


def everything():
    i, w = sym.var("i"), sym.var("w")

    def step(i, s):
        outputs, last = contrib.foreach(lambda x, t: (x + t + w, t + x), s, i)
        return outputs, (i + last, outputs)

    def goes_on(i, s):
        return contrib.cond(i.sum() < 3, lambda: i.sum() < 5, lambda: s.sum() < 9)

    return sym.Group(flat(contrib.while_loop(goes_on, step, (i, sym.var("s")), max_iterations=4)))


COPIES = {
    "json": lambda graph: sym.load_json(graph.tojson()),
    "deepcopy": copy.deepcopy,
    "pickle": lambda graph: pickle.loads(pickle.dumps(graph)),
    "compose": lambda graph: graph(w=sym.var("w")),
    "internals": lambda graph: graph.get_internals()[-3:],
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_computes_the_same(name):
    graph = everything()
    arrays = {"i": nd.array([0.5]), "s": nd.array([[1.0], [2.0]]), "w": nd.array([0.25])}
    again = COPIES[name](graph)
    for e, a in zip(graph.eval(**arrays), again.eval(**arrays), strict=True):
        np.testing.assert_array_equal(e.asnumpy(), a.asnumpy())
    if name == "json":
        assert again.tojson() == graph.tojson()


def broken(change):
    """The file of a loop after a change of its node."""
    outputs, _ = contrib.foreach(lambda x, s: (x + s, s * 2), sym.var("x"), sym.var("s"))
    stored = json.loads(outputs.tojson())
    change(stored["nodes"][2])
    return json.dumps(stored)


@pytest.mark.parametrize(
    "change",
    [
        lambda node: node.pop("subgraphs"),
        lambda node: node["subgraphs"].append(node["subgraphs"][0]),
        lambda node: node["attrs"].update(in_data_locs="[7]"),
        lambda node: node["attrs"].update(in_data_locs="[]"),
        lambda node: node["attrs"].update(in_data_locs="[1]"),
        lambda node: node["attrs"].update(in_state_locs="[-1]"),
        lambda node: node["attrs"].update(in_state_locs="[" * 5000),
        lambda node: node["attrs"].update(num_out_data="5"),
        lambda node: node["attrs"].update(num_out_data="one"),
        lambda node: node["attrs"].pop("remain_locs"),
        lambda node: node["inputs"].pop(),
        lambda node: node["subgraphs"][0]["heads"].pop(),
        lambda node: node["subgraphs"][0]["nodes"].pop(0),
    ],
)
def test_a_loop_in_a_file_that_does_not_fit_is_refused(change):
    with pytest.raises(mx.MXNetError, match=r"symbol file"):
        sym.load_json(broken(change))


# ---------------------------------------------------------------------------------------------- wrong uses


def x():
    return sym.var("x")


WRONG = [
    (lambda: contrib.foreach(lambda r, s: (r, s), nd.ones((2,)), x()), AssertionError, "data must be"),
    (lambda: contrib.foreach(lambda r, s: (r, s), x(), nd.ones((2,))), AssertionError, "init_states must be"),
    (lambda: contrib.foreach(lambda r, s: (r, 1), x(), sym.var("s")), AssertionError, "loop_vars must be"),
    (lambda: contrib.foreach(lambda r, s: (None, s), x(), sym.var("s")), AssertionError, "output must be"),
    (lambda: contrib.foreach(lambda r, s: r + s, x(), sym.var("s")), TypeError, "outputs and states"),
    (lambda: contrib.foreach(lambda r, s: (s, s), x(), sym.var("s")), AssertionError, "have to be used"),
    (lambda: contrib.foreach(lambda r, s: (r, r), x(), sym.var("s")), AssertionError, "have to be used"),
    (
        lambda: contrib.foreach(lambda r, s: (r, [s, s]), x(), [sym.var("s")]),
        AssertionError,
        "different format",
    ),
    (lambda: contrib.while_loop(lambda i: i, lambda i: (i, i), x()), ValueError, "max_iterations"),
    (lambda: contrib.while_loop(lambda i: i, lambda i: (i, i), x(), 0), ValueError, "number of steps"),
    (lambda: contrib.while_loop(lambda i: i, lambda i: (i, i), [], 3), ValueError, "at least one"),
    (lambda: contrib.while_loop(lambda i: True, lambda i: (i, i), x(), 3), ValueError, "must be a Symbol"),
    (lambda: contrib.while_loop(lambda i: i, lambda i: i, x(), 3), ValueError, "step outputs and new"),
    (lambda: contrib.while_loop(lambda i: i, lambda i: (i, [i, i]), x(), 3), ValueError, "consistent"),
    (lambda: contrib.while_loop(lambda i: i, lambda i: (x(), x()), x(), 3), ValueError, "1-th loop_var"),
    (lambda: contrib.cond(1, lambda: x(), lambda: x()), AssertionError, "must be"),
    (lambda: contrib.cond(lambda: x(), lambda: x(), lambda: x()), AssertionError, "must be"),
    (lambda: contrib.cond(x(), lambda: 1, lambda: x()), AssertionError, "must be"),
    (lambda: contrib.cond(x(), lambda: [x(), x()], lambda: x()), ValueError, "Number of outputs differs"),
    (lambda: contrib.cond([x(), x()], lambda: x(), lambda: x()), ValueError, "one symbol"),
]


@pytest.mark.parametrize(("use", "error", "text"), WRONG, ids=[f"{i}" for i in range(len(WRONG))])
def test_a_wrong_use_is_explained(use, error, text):
    with pytest.raises(error, match=text) as caught:
        use()
    if "max_iterations should" not in str(caught.value) and "at least one" not in str(caught.value):
        assert "\n  received: " in str(caught.value)
    assert mx.attribute.current().get(None) == {}  # nothing of the loop stays behind


def test_unlike_lengths_are_refused_when_they_are_known():
    graph = sym.Group(
        flat(contrib.foreach(lambda x, s: (x[0] + x[1], s + x[0]), [x(), sym.var("y")], sym.var("s")))
    )
    with pytest.raises(mx.MXNetError, match="first axis"):
        graph.eval(x=nd.ones((2, 1)), y=nd.ones((3, 1)), s=nd.zeros((1,)))


def test_a_condition_of_several_values_is_refused():
    values = x()
    with pytest.raises(ValueError, match="one value"):
        contrib.cond(values, lambda: values, lambda: values).eval(x=nd.ones((2,)))


def test_an_error_inside_names_the_call():
    outputs, _ = contrib.foreach(lambda r, s: (sym.dot(r, s, name="product"), s), x(), sym.var("s"))
    with pytest.raises(mx.MXNetError, match="product"):
        outputs.eval(x=nd.ones((2, 3, 4)), s=nd.ones((3, 4)))


def test_a_body_that_looks_at_elements_runs_as_it_is_when_hybridized():
    class Looking(nn.HybridBlock):
        def hybrid_forward(self, F, x, s):
            return F.contrib.foreach(lambda r, s: (r if r.sum().asscalar() > 0 else -r, s), x, s)

    net = Looking()
    net.hybridize()
    assert net(nd.array([[1], [-2]]), nd.zeros((1,)))[0].asnumpy().ravel().tolist() == [1, 2]


def test_no_warning_comes_of_a_loop():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        everything().infer_type(i="float32", s="float32", w="float32")
