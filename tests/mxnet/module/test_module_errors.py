"""What `Module` says to calls that come too early, to what does not fit and to what is no loss."""

import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.samples.modules import batches, bound, convolutions, error, perceptron


def test_calls_that_come_too_early_say_what_comes_first():
    module = mx.mod.Module(perceptron(mx))
    for call, words in (
        (module.get_params, "call bind first"),
        (lambda: module.forward(None), "call bind first"),
        (lambda: module.data_shapes, "call bind first"),
        (module.init_params, "call bind before initializing the parameters"),
    ):
        with pytest.raises(AssertionError, match=words):
            call()
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    for call, words in (
        (module.get_params, "call init_params first"),
        (module.init_optimizer, "call init_params first"),
        (lambda: module.score(batches(mx), "acc"), "call init_params first"),
    ):
        with pytest.raises(AssertionError, match=words):
            call()
    module.init_params()
    for call, words in (
        (module.update, "call init_optimizer first"),
        (lambda: module.save_optimizer_states("x"), "call init_optimizer first"),
        (module.get_input_grads, "without gradients of its inputs"),
    ):
        with pytest.raises(AssertionError, match=words):
            call()


def on_module(call):
    return lambda: call(bound(mx))


def bind(*args, **kwargs):
    return lambda: mx.mod.Module(perceptron(mx)).bind(*args, **kwargs)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: mx.mod.Module(nd.ones((2,))), TypeError, ["takes a symbol", "gluon.Trainer"]),
        (
            lambda: mx.mod.Module(perceptron(mx), ["x"]),
            ValueError,
            ["input with name 'x'", "data, softmax_label"],
        ),
        (lambda: mx.mod.Module(perceptron(mx), "data"), TypeError, ["data_names=['data']"]),
        (lambda: mx.mod.Module(perceptron(mx), context="cpu"), TypeError, ["context='cpu'", "mx.cpu()"]),
        (lambda: mx.mod.Module(perceptron(mx), context=[]), TypeError, ["context=[]"]),
        (lambda: mx.mod.Module(perceptron(mx), work_load_list=[1, 2]), AssertionError, ["for each context"]),
        (
            lambda: mx.mod.Module(perceptron(mx), fixed_param_names=["fc3"]),
            ValueError,
            ["fixed_param_names=['fc3']"],
        ),
        (bind(3), TypeError, ["data_shapes=3", "data_shapes=[('data'"]),
        (bind(("data", (5, 5))), TypeError, ["names with shapes"]),
        (bind([("x", (5, 5))]), ValueError, ["x (5, 5)", "data_names=['x']"]),
        (bind([("data", (5, 5))], [("label", (5,))]), KeyError, ["label_name='softmax_label'"]),
        (
            bind([("data", (5, 5))], [("softmax_label", (4,))]),
            ValueError,
            ["same batch size", "softmax_label (4,)"],
        ),
        (bind([("data", ())], [("softmax_label", (4,))]), ValueError, ["no axis for samples"]),
        (
            bind([("data", (5, 5))], [("softmax_label", (5,))], inputs_need_grad=True, for_training=False),
            AssertionError,
            ["for_training=True"],
        ),
        (
            bind([("data", (5, 5))], [("softmax_label", (5,))], grad_req="no"),
            mx.MXNetError,
            ["'no'", "'write'"],
        ),
        (bind([("data", (5, 5))], [("softmax_label", (5,))], grad_req=3), ValueError, ["grad_req=3"]),
        (
            bind([("data", (5, 5))], [("softmax_label", (5,))], shared_module=3),
            AssertionError,
            ["shared_module is a Module", "int"],
        ),
        (
            lambda: mx.mod.Module(convolutions(mx)).bind([("data", (5, 5))], [("softmax_label", (5,))]),
            mx.MXNetError,
            ["conv1", "(5, 5)"],
        ),
        (on_module(lambda m: m.init_optimizer(optimizer_params=3)), TypeError, ["options by name"]),
        (on_module(lambda m: m.init_optimizer(optimizer=3)), AssertionError, ["a name or an Optimizer"]),
        (
            on_module(lambda m: m.init_optimizer(optimizer="sdg")),
            ValueError,
            ["Cannot find optimizer", "'sgd'"],
        ),
        (on_module(lambda m: m.init_optimizer(kvstore=3)), TypeError, ["kvstore must be"]),
        (
            on_module(lambda m: m.init_params(None, force_init=True)),
            TypeError,
            ["neither an initializer nor"],
        ),
        (on_module(lambda m: m.backward()), mx.MXNetError, ["forward(batch, is_train=True)"]),
        (on_module(lambda m: m.borrow_optimizer(bound(mx))), AssertionError, ["init_optimizer()"]),
        (on_module(lambda m: m.set_states()), AssertionError, ["At least one of states & value"]),
        (on_module(lambda m: m.set_states([[nd.ones(1)]])), ValueError, ["1 for no states"]),
        (on_module(lambda m: m.get_states()), AssertionError, ["merge_multi_context=False"]),
        (on_module(lambda m: m.update_metric("acc", [])), TypeError, ["mx.metric.create('acc')"]),
        (on_module(lambda m: m.install_monitor(3)), TypeError, ["mx.mon.Monitor"]),
        (on_module(lambda m: m.save_checkpoint("x", "y")), TypeError, ["epoch='y'"]),
        (lambda: mx.mod.Module.load("no such folder/net", 1), mx.MXNetError, ["net-symbol.json"]),
    ],
    ids=range(32),
)
def test_wrong_uses_are_explained(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_labels_that_the_graph_lacks_are_warned_of():
    symbol = sym.LinearRegressionOutput(sym.var("data"), name="line")
    with pytest.warns(UserWarning, match=r"label_names=\['line_label'\]"):
        mx.mod.Module(symbol)


def test_a_backward_of_what_is_no_loss_is_refused(batch):
    module = bound(
        mx, sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc"), module={"label_names": None}
    )
    with pytest.raises(mx.MXNetError, match="the output fc_output is no loss"):
        module.forward_backward(batch)


def test_an_operator_of_ones_own_says_whether_it_is_a_loss():
    class Half(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0])

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], in_data[0] / 2)

    def module_of(is_loss):
        name = f"half_{is_loss}"

        @mx.operator.register(name)
        class Prop(mx.operator.CustomOpProp):
            def __init__(self):
                super().__init__(need_top_grad=not is_loss)

            def create_operator(self, ctx, in_shapes, in_dtypes):
                return Half()

        module = mx.mod.Module(
            sym.Custom(sym.var("data") * sym.var("w", shape=(2,), init="ones"), op_type=name),
            label_names=None,
        )
        module.bind([("data", (2,))])
        module.init_params()
        module.forward(mx.io.DataBatch([nd.array([1, 2])]), is_train=True)
        return module

    loss = module_of(True)
    loss.backward()
    assert loss._exec_group.execs[0].grad_dict["w"].asnumpy().tolist() == [0.5, 2]
    assert error(module_of(False).backward) == "MXNetError"
