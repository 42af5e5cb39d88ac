"""What is wrong is said, with what to write instead, and nothing is changed by it."""

import re
import subprocess
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.contrib import amp
from mxnet.gluon import nn

from .conftest import mixed_precision, restored


def weight_and_trainer():
    weight = gluon.Parameter("weight", shape=(2,))
    weight.initialize(mx.init.One())
    return weight, gluon.Trainer([weight], "sgd", {"learning_rate": 1.0})


def scaled(loss, trainer):
    with amp.scale_loss(loss, trainer) as head:
        return head


X = nd.ones((2, 3))
FC = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
LISTS = {"target_dtype_ops": ["dot"], "fp32_ops": ["dot"]}

# what is done, the exception, and words of its message
WRONG = {
    "another type": (lambda: amp.init("float64"), AssertionError, "float16 or bfloat16.*received: 'float64'"),
    "no type": (lambda: amp.init(None), AssertionError, "only float16 or bfloat16"),
    "a word": (lambda: amp.init("bf16"), AssertionError, "try:      target_dtype='bfloat16'"),
    "an operator that is none": (
        lambda: amp.init("float16", ["FullyConected"]),
        AttributeError,
        "no operator 'FullyConected'.*try:      'FullyConnected'",
    ),
    "a list that is a text": (
        lambda: amp.init("float16", target_precision_ops="RNN"),
        AssertionError,
        "target_precision_ops should be a list of strs.*try:      target_precision_ops=\\['RNN'\\]",
    ),
    "an operator in two lists": (
        lambda: amp.init("float16", ["dot"], fp32_ops=["dot"]),
        AssertionError,
        "two or more lists.*{'dot'}",
    ),
    "conditions without values": (
        lambda: amp.init("float16", conditional_fp32_ops=["Activation"]),
        AssertionError,
        r"list of \(str, str, list of str\)",
    ),
    "a condition on no attribute": (
        lambda: amp.init("float16", conditional_fp32_ops=[("Activation", "act_typ", ["relu"])]),
        AttributeError,
        "no attribute 'act_typ'.*try:      'act_type'",
    ),
    "a trainer before init": (
        lambda: amp.init_trainer(weight_and_trainer()[1]),
        AssertionError,
        r"did you forget to call amp.init\(\)\?",
    ),
    "a scale before init_trainer": (
        lambda: scaled(X, weight_and_trainer()[1]),
        AttributeError,
        r"no attribute '_amp_loss_scaler'.*try:      amp.init_trainer\(trainer\)",
    ),
    "a scale with no trainer": (lambda: scaled(X, None), TypeError, "should be a Gluon Trainer"),
    "gradients of no trainer": (lambda: amp.unscale(X), TypeError, "should be a Gluon Trainer"),
    "lists of another type": (lambda: amp.list_lp16_ops("float32"), AssertionError, "received: 'float32'"),
    "no symbol": (
        lambda: amp.convert_symbol(X),
        AssertionError,
        "First argument to convert_symbol should be Symbol",
    ),
    "another type of a symbol": (lambda: amp.convert_symbol(FC, "int8"), AssertionError, "received: 'int8'"),
    "one operator, two lists": (lambda: amp.convert_symbol(FC, **LISTS), AssertionError, "two or more lists"),
    "names that are a text": (
        lambda: amp.convert_symbol(FC, excluded_sym_names="fc"),
        AssertionError,
        "excluded_sym_names should be a list of strs",
    ),
    "an input that is none": (
        lambda: amp.convert_symbol(FC, data_names=["dat"]),
        mx.MXNetError,
        "no input 'dat'.*its variables are data, fc_weight, fc_bias.*try:      'data'",
    ),
    "no parameters": (
        lambda: amp.convert_model(FC, [X], {}),
        AssertionError,
        "Second argument to convert_model should be a dict",
    ),
    "no states": (lambda: amp.convert_model(FC, {}, None), AssertionError, "Third argument to convert_model"),
    "a block without a graph": (
        lambda: amp.convert_hybrid_block(nn.Sequential()),
        AssertionError,
        "should be a HybridBlock.*try:      HybridSequential",
    ),
    "a block that never ran": (
        lambda: amp.convert_hybrid_block(nn.Dense(2)),
        RuntimeError,
        r"first call block.hybridize\(\)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_message_says_what_is_wrong(name):
    call, kind, words = WRONG[name]
    with restored():
        with pytest.raises(kind) as caught:
            call()
        assert amp.amp.policy is None
    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)
    assert nd.FullyConnected(X, X, no_bias=True, num_hidden=2).dtype is np.float32


@pytest.mark.parametrize(
    ("trainer", "words"),
    [("sgd", "instead is <class 'str'>"), (mx.optimizer.SGD(), "only compatible with Gluon Trainer")],
    ids=["a name", "an optimiser"],
)
def test_only_trainers_can_scale(bfloat16, trainer, words):
    with pytest.raises(TypeError, match=words):
        amp.init_trainer(trainer)


@pytest.mark.parametrize("loss", [{"a": 1}, "loss", None], ids=repr)
def test_a_loss_is_an_array_or_a_list_of_them(bfloat16, loss):
    _, trainer = weight_and_trainer()
    amp.init_trainer(trainer)
    with pytest.raises(TypeError, match="a loss is an array, or a list of them"):
        scaled(loss, trainer)
    assert trainer._scale == 1.0


def test_a_second_init_warns_and_changes_nothing(bfloat16):
    amp.init("bfloat16")  # the same again is no news
    with pytest.warns(UserWarning, match="called before, for bfloat16, and nothing is changed"):
        amp.init("float16")
    assert nd.FullyConnected(X, X, no_bias=True, num_hidden=2).dtype == "bfloat16"


def test_a_second_init_trainer_warns_and_keeps_the_scale(bfloat16):
    weight, trainer = weight_and_trainer()
    amp.init_trainer(trainer)
    scaled(nd.ones((1,)), trainer)
    scaler = trainer._amp_loss_scaler
    with pytest.warns(UserWarning, match="scales its loss already"):
        amp.init_trainer(trainer)
    assert trainer._amp_loss_scaler is scaler
    with autograd.record(), amp.scale_loss(weight.data().sum(), trainer) as head:
        head.backward()
    trainer.step(1)
    assert weight.data().asnumpy().tolist() == [0, 0]


def test_a_call_that_is_to_stay_and_is_not_there_is_a_warning():
    with pytest.warns(UserWarning, match=r"no call 'fcc'.*\n.*\n  try:      'fc'"):
        amp.convert_symbol(FC, excluded_sym_names=["fcc"])


def test_an_error_inside_a_call_says_what_it_received(float16):
    with pytest.raises(
        mx.MXNetError, match=r"FullyConnected: .*\n  received: data \(2, 3\) float32 cpu\(0\)"
    ):
        nd.FullyConnected(X, nd.ones((2, 4)), no_bias=True, num_hidden=2)
    with pytest.raises(mx.MXNetError, match="arrays of different types"):
        nd.FullyConnected(X.astype("float64"), X, no_bias=True, num_hidden=2)
    with pytest.raises(mx.MXNetError, match="arrays of different types"):
        X.astype("float64") + X


def test_the_fixtures_leave_nothing_behind():
    before = nd.FullyConnected, nd.NDArray.__add__, nd.add, nd.NDArray.exp
    with mixed_precision("float16"):
        assert nd.FullyConnected is not before[0]
        assert nd.FullyConnected(X, X, no_bias=True, num_hidden=2).exp().dtype is np.float32
    assert (nd.FullyConnected, nd.NDArray.__add__, nd.add, nd.NDArray.exp) == before
    assert (X + 1).dtype is np.float32
    assert len(mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2).get_internals().list_outputs()) == 4


def test_programs_without_it_do_not_load_it():
    code = (
        "import sys, mxnet as mx\n"
        "mx.gluon.Trainer; mx.sym.FullyConnected; mx.nd.ones((1,)) + 1\n"
        "print([name for name in sys.modules if 'contrib.amp' in name])\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
