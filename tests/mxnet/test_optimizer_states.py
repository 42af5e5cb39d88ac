"""Updaters, and the states of optimisers as bytes: Glueball's own and those of the real MXNet."""

import base64
import pickle
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mxnet as mx
from mxnet import autograd, gluon, nd, optimizer
from tests.mxnet.test_optimizer_formulas import every_case

# --------------------------------------------------------------------------------------------------------- updater


def test_an_updater_keeps_states_by_index():
    updater = optimizer.get_updater(optimizer.create("sgd", momentum=0.9))
    weight = nd.ones((2,))
    updater(0, nd.ones((2,)), weight)
    updater("name", nd.ones((2,)), weight)
    updater([], [], [])
    assert list(updater.states) == [0, "name"]
    np.testing.assert_allclose(updater.states[0].asnumpy(), [-0.01, -0.01])


@every_case
def test_training_goes_on_from_bytes(name, options, seed):
    """Half of the steps, states and settings through bytes, the other half: as if nothing had been between."""
    source = np.random.RandomState(seed)
    gradients = [nd.array(source.standard_normal((2, 3))) for _ in range(6)]

    def updater():
        return optimizer.get_updater(optimizer.create(name, learning_rate=0.1, **options))

    whole, first, second = updater(), updater(), updater()
    weights = {each: nd.ones((2, 3)) for each in ("whole", "interrupted")}
    mx.random.seed(1)
    for gradient in gradients:
        whole(0, gradient, weights["whole"])
    mx.random.seed(1)
    for gradient in gradients[:3]:
        first(0, gradient, weights["interrupted"])
    second.set_states(first.get_states(dump_optimizer=True))
    for gradient in gradients[3:]:
        second(0, gradient, weights["interrupted"])
    np.testing.assert_array_equal(*(each.asnumpy() for each in weights.values()))


@every_case
def test_a_trainer_goes_on_from_a_file(name, options, seed, tmp_path):
    source = np.random.RandomState(seed)
    batches = [nd.array(source.standard_normal((5, 3))) for _ in range(6)]

    def made():
        net = gluon.nn.Dense(2, in_units=3, use_bias=False)
        net.initialize(mx.init.One())
        return net, gluon.Trainer(net.collect_params(), name, {"learning_rate": 0.1, **options})

    def train(net, trainer, some):
        for batch in some:
            with autograd.record():
                loss = (net(batch) ** 2).sum()
            loss.backward()
            trainer.step(5)

    (whole, its_trainer), (first, before), (second, after) = made(), made(), made()
    mx.random.seed(1)
    train(whole, its_trainer, batches)
    mx.random.seed(1)
    train(first, before, batches[:3])
    before.save_states(tmp_path / "states")
    second.weight.set_data(first.weight.data())
    after.load_states(tmp_path / "states")
    train(second, after, batches[3:])
    np.testing.assert_array_equal(whole.weight.data().asnumpy(), second.weight.data().asnumpy())


def test_bytes_with_the_optimiser_bring_its_settings():
    updater = optimizer.get_updater(optimizer.create("adam", learning_rate=0.5))
    updater(0, nd.ones((2,)), nd.ones((2,)))
    other = optimizer.get_updater(optimizer.create("adam"))
    other.set_states(updater.get_states(dump_optimizer=True))
    assert other.optimizer.lr == 0.5
    assert other.optimizer._index_update_count == {0: 1}


def test_bytes_that_are_no_states_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    for content in (b"", b"rubbish", b"\x80\x04K\x01."):
        with pytest.raises(mx.MXNetError):
            updater.set_states(content)


def test_states_that_no_file_can_hold_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    updater.states[0] = object()
    with pytest.raises(TypeError, match="consists of arrays, numbers and tuples"):
        updater.get_states()


# ------------------------------------------------------------------------------------- states of the real MXNet 1.9.1


def unpacked(text):
    return zlib.decompress(base64.b85decode(text))


# three steps of SGD(momentum=0.9, learning_rate=0.5) on the weights 0 and "b"; get_states()
RECORDED_SGD = unpacked(
    "c-m`VnR<=^0&1sdcr)~f=2qmTmgwcBBo-AVR>J5hJ?wrij$qd0DSoX}f~M3?>0!%A%uC5hozlaRRGOJnl9^XLrH3=AvLrPTs?b^E<gdv;L1r@oF"
    "%#4tMg{~hjkDTo8n<ij6p)d{Nj;27Q!<z{SU|>SuxD^N8^8=;LefZtL8W>CpuRrh"
)
# three steps of a trainer with Adam, copies in single precision and a schedule; save_states()
RECORDED_TRAINER = unpacked(
    "c-p0tO^ee&7{|9wx2gNq^%cE{#};AHJ&0)SvZ&ibpa;EqiIZm93``~=lh7AkRM2&W!Gk-3M?Zm|!J7!H?p5%ho;(P86FvD%Ub-n16df2c`R93l&;"
    "QBH+$}vtrI~na%9=4Fj=BSe!xd(uAV9<HDTUs?vL3H?Wcz`<CO4%hJBZm7OHr{RLPNs16bGzfh*27Nx%T?k&QHZIz$_+Z;&nFAhj-2T!M&zbNNzc"
    "rQ&MP0cjo?_?0k9NxY;^+>7SB!Z)+EyoYNX<@|N6^MqvVRK0_39h-s*e(yL~EPV@8Eup6hA*YfkfV0WH%8~K@QHWDY2o%Z~YxMYNb{go7@bsM>`"
    "gY|n*vnCb-%sYr;vlk#+w${EUc(FhOlXo0!M^t4UN{EwUbpv%mFStHd##G%x9Gf%%;L8lyM}ZspCJ(XCB^<|UDs%}$G>P3yW3x{d?h&RwLHK;Cxt"
    "<N@vP=ns!wBsto-~T0+>Olu<zq@&;-LrlSdRJ4tHZ~i&xi|Rw&O)CgsjLC#fi$rzWNFGN1s|Rj@%MD^y@}6R98ap+vD|eVvI$u8TmE}u`)Q9f7Qf"
    "s6H#gsX5&GsnsHSQ03*4PhGrBDE#l(vlsM@aVzEPsAMXsoptMC*IUuGV;11!$V{%(8qFyh+J(ULrl#vRt2dfOZSXr&`p$qh`C+lJf9C>|{`DSvBA"
    "BkBDhv+PH{B>82H;J$c!nYr9-yeH;TIjG_ghHkLzc)|OXqa`n9l@Df`3;wkan="
)


def test_an_updater_goes_on_where_mxnet_stopped():
    updater = optimizer.get_updater(optimizer.create("sgd", momentum=0.9, learning_rate=0.5))
    weights = {0: nd.ones((2,)), "b": nd.ones((1, 2))}

    def step(t):
        for index, weight in weights.items():
            updater(index, nd.array([0.1, 0.2]).reshape(weight.shape) * (-1) ** t, weight)

    for t in range(3):
        step(t)
    updater.states = {}
    updater.set_states(RECORDED_SGD)
    step(3)
    for weight in weights.values():
        np.testing.assert_allclose(weight.asnumpy().ravel(), [0.91855, 0.8371], rtol=1e-6)


def recorded_trainer():
    parameters = gluon.ParameterDict("d_")
    parameters.get("weight", shape=(2, 2), dtype="float16", init="ones")
    parameters.get("bias", shape=(2,), dtype="float16", init="zeros")
    parameters.initialize()
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.25)
    options = {"learning_rate": 0.25, "lr_scheduler": schedule, "multi_precision": True, "wd": 0.01}
    return list(parameters.values()), gluon.Trainer(parameters, "adam", options)


def test_a_trainer_goes_on_where_mxnet_stopped(tmp_path):
    (weight, bias), trainer = recorded_trainer()
    weight.set_data(nd.full((2, 2), 0.388671875, dtype="float16"))
    bias.set_data(nd.array([0.406005859375, 0.406494140625], dtype="float16"))
    (tmp_path / "trainer.states").write_bytes(RECORDED_TRAINER)
    trainer.load_states(tmp_path / "trainer.states")
    assert trainer.optimizer.num_update == 3
    for t in (3, 4):
        with autograd.record():
            loss = (weight.data() * (t + 1)).sum()
            loss = loss + (bias.data() * nd.array([1, 2], dtype="float16") * (t - 1)).sum()
        loss.backward()
        trainer.step(1)
    assert weight.data().asnumpy().tolist() == [[0.2081298828125] * 2] * 2
    assert bias.data().asnumpy().tolist() == [0.2978515625, 0.29833984375]
    assert trainer.learning_rate == 0.0625


def test_states_of_another_optimiser_change_nothing(tmp_path):
    updater = optimizer.get_updater(optimizer.create("sgd", learning_rate=3))
    updater.states["mine"] = None
    before = vars(updater.optimizer).copy()
    with pytest.raises(mx.MXNetError, match=r"(?s)of another optimiser.*Adam"):
        updater.set_states(RECORDED_TRAINER)
    assert updater.states == {"mine": None}
    assert vars(updater.optimizer) == before


class Calls:
    """Pickles to a call of a function."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


HOSTILE = {
    "a call": pickle.dumps({0: Calls(print, "called")}),
    "a large bytearray": pickle.dumps({0: Calls(bytearray, 10**12)}),
    "many places": b"\x80\x04}r\xff\xff\xff\x7f.",
    "a large bytearray of protocol 5": b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b"abc.",
    "a function": pickle.dumps({0: zlib.decompress}),
    "a class": pickle.dumps({0: gluon.Trainer}),
    "an object in depth": pickle.dumps({0: [[[[[[[[[[1]]]]]]]]]]}),
    "no dictionary": pickle.dumps([1]),
    "another pair": pickle.dumps(({}, {})),
    "nothing": b"\x80\x04",
    "attributes of a class": b"\x80\x04\x8c\x15mxnet.ndarray.ndarray\x8c\x07NDArray\x93}\x8c\x01aK\x01sb.",
    "attributes of bytes": b"\x80\x04\x8c\x08builtins\x8c\x09bytearray\x93N}\x8c\x0c__defaults__Nsb\x86.",
    "an array of no bytes": RECORDED_SGD.replace(b"\xc9\xfa\x93\xf9", b"\xc9\xfa\x93\x00"),
    "an unknown optimiser": RECORDED_TRAINER.replace(
        b"mxnet.optimizer.optimizer", b"mxnet.optimizer.optimizes"
    ),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_pickle_of_anything_else_is_refused_and_runs_nothing(content, capsys):
    updater = optimizer.get_updater(optimizer.create("sgd"))
    with pytest.raises(mx.MXNetError, match=r"(?s)no file of optimiser states.*because.*save_states"):
        updater.set_states(content)
    assert updater.states == {}
    assert capsys.readouterr().out == ""


@given(st.data())
def test_a_damaged_file_gives_states_or_one_kind_of_error(data):
    whole = data.draw(st.sampled_from([RECORDED_SGD, RECORDED_TRAINER, OURS]))
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))])
    name = "sgd" if whole is RECORDED_SGD else "adam"
    updater = optimizer.get_updater(optimizer.create(name))
    try:
        updater.set_states(content)
    except mx.MXNetError:
        assert updater.states == {}


def _ours():
    updater = optimizer.get_updater(
        optimizer.create(
            "adam", learning_rate=0.1, lr_scheduler=mx.lr_scheduler.FactorScheduler(2, base_lr=0.1)
        )
    )
    updater(0, nd.ones((2,)), nd.ones((2,)))
    return updater.get_states(dump_optimizer=True)


OURS = _ours()


# -------------------------------------------------------------------------------------------------------- copies


@every_case
def test_an_optimiser_survives_a_pickle_of_its_own_without_the_network(name, options):
    made = optimizer.create(name, learning_rate=0.3, param_dict={0: object()}, **options)
    made._update_count([0, 1])
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made)
    assert again.param_dict == {}
    assert (again.lr, again.num_update, again._index_update_count) == (0.3, 1, {0: 1, 1: 1})
