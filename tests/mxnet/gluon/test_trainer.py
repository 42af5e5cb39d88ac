"""The trainer: steps, contexts, stale gradients, states in files."""

import copy
import io
import pickle
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn


def network(ctx=None):
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2, in_units=2), nn.Dense(1, in_units=2))
    net.initialize(init.One(), ctx=ctx)
    return net


def differentiated(net, *contexts):
    with autograd.record():
        outputs = [net(nd.ones((1, 2), ctx=c) * (c.device_id + 1)) for c in contexts or [mx.cpu()]]
    for output in outputs:
        output.backward()


def values(net, ctx=None):
    return [p.data(ctx).asnumpy().tolist() for p in net.collect_params().values()]


# -------------------------------------------------------------------------------------------------------- the step


def test_a_step_divides_by_the_batch_size():
    layer = nn.Dense(1, in_units=1, use_bias=False)
    layer.initialize(init.One())
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        y = layer(nd.array([[2.0]]))
    y.backward()
    trainer.step(2)
    assert layer.weight.data().asscalar() == np.float32(0.9)


@pytest.mark.parametrize("step", ["step", "update"])
def test_a_step_without_a_batch_is_an_error(step):
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    differentiated(net)
    with pytest.raises(ZeroDivisionError, match=rf"Trainer\.{step}: batch_size"):
        getattr(trainer, step)(0)


def test_arrays_of_weights_stay_the_same_objects():
    net = network()
    before = [p.data() for p in net.collect_params().values()]
    trainer = gluon.Trainer(net.collect_params(), "adam")
    for _ in range(2):
        differentiated(net)
        trainer.step(1)
    assert all(a is b.data() for a, b in zip(before, net.collect_params().values(), strict=True))


def test_multipliers_and_frozen_parameters():
    net = network()
    net[0].weight.grad_req = "null"
    net[0].bias.lr_mult = 0
    net[1].weight.wd_mult = 0
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "wd": 0.5})
    differentiated(net)
    trainer.step(1)
    np.testing.assert_allclose(
        np.concatenate([np.ravel(v) for v in values(net)]), [1] * 4 + [0, 0, 0.8, 0.8, -0.1]
    )


def test_a_multiplier_changed_later_counts_from_then_on():
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    for p in net.collect_params().values():
        p.lr_mult = 0
    differentiated(net)
    trainer.step(1)
    assert values(net) == values(network())


def test_two_trainers_on_one_network_each_with_its_weights():
    net = network()
    decayed = gluon.Trainer(net.collect_params(".*weight"), "sgd", {"learning_rate": 0.1, "wd": 0.5})
    plain = gluon.Trainer(net.collect_params(".*bias"), "sgd", {"learning_rate": 0.1})
    differentiated(net)
    decayed.step(1)
    plain.step(1)
    np.testing.assert_allclose(net[1].bias.data().asnumpy(), [-0.1])
    np.testing.assert_allclose(net[0].weight.data().asnumpy(), np.full((2, 2), 0.85), rtol=1e-6)


def test_gradients_that_add_up_train_by_their_sum():
    net = network()
    net.collect_params().setattr("grad_req", "add")
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    differentiated(net)
    differentiated(net)
    trainer.step(1)
    np.testing.assert_allclose(net[0].weight.data().asnumpy(), np.full((2, 2), 0.8), rtol=1e-6)
    assert net[0].weight.grad().asnumpy().max() == 2


def test_half_precision_with_a_copy_in_single():
    layer = nn.Dense(1, in_units=1, use_bias=False, dtype="float16")
    layer.initialize(init.One())
    options = {"learning_rate": 1e-4, "multi_precision": True}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", options)
    for _ in range(20):
        with autograd.record():
            y = layer(nd.ones((1, 1), dtype="float16"))
        y.backward()
        trainer.step(1)
    # 20 steps of 1e-4 show; each alone is less than half a unit in the last place of 1.0
    assert layer.weight.data().asscalar() == np.float16(1 - 20e-4)


# ------------------------------------------------------------------------------------------------- stale gradients


def test_a_step_without_backward_names_the_parameter_and_changes_nothing():
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    with pytest.raises(UserWarning, match="`net_dense0_bias` on context cpu"):
        trainer.step(1)
    with autograd.record():
        y = net[0](nd.ones((1, 2)))
    y.backward()
    with pytest.raises(UserWarning, match="`net_dense1_bias`"):
        trainer.step(1)
    assert values(net) == values(network())
    differentiated(net)
    trainer.step(1)


def test_ignoring_stale_gradients_leaves_such_parameters_alone():
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "wd": 0.1})
    with autograd.record():
        y = net[0](nd.ones((1, 2)))
    y.backward()
    trainer.step(1, ignore_stale_grad=True)
    assert net[1].weight.data().asnumpy().tolist() == [[1.0, 1.0]]
    once = net[0].weight.data().asnumpy()
    assert once.max() < 1
    trainer.step(1, ignore_stale_grad=True)
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), once)


def test_uninitialised_and_deferred_parameters_cannot_be_stepped():
    layer = nn.Dense(1, prefix="dense_")
    trainer = gluon.Trainer(layer.collect_params(), "sgd")
    with pytest.raises(RuntimeError, match="'dense_bias' has not been initialized"):
        trainer.step(1)
    layer.initialize()
    with pytest.raises(gluon.DeferredInitializationError, match="dense_weight"):
        trainer.step(1)


# -------------------------------------------------------------------------------------------------- several contexts

PAIR = [mx.cpu(0), mx.cpu(1)]


@pytest.mark.parametrize(
    "arguments", [{}, {"update_on_kvstore": True}, {"update_on_kvstore": False}, {"kvstore": "local"}]
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_gradients_of_all_contexts_are_summed(arguments, optimizer):
    net, single = network(PAIR), network()
    trainers = [
        gluon.Trainer(n.collect_params(), optimizer, {"learning_rate": 0.1}, **arguments)
        for n in (net, single)
    ]
    for _ in range(3):
        differentiated(net, *PAIR)
        trainers[0].step(2)
        with autograd.record():  # one pass over both batches
            y = net_of(single)
        y.backward()
        trainers[1].step(2)
    for ctx in PAIR:
        for a, b in zip(values(net, ctx), values(single), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


def net_of(net):
    return net(nd.ones((1, 2))) + net(nd.ones((1, 2)) * 2)


def test_without_a_store_every_copy_goes_its_own_way():
    net = network(PAIR)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1}, kvstore=None)
    differentiated(net, *PAIR)
    trainer.step(1)
    np.testing.assert_allclose(net[0].weight.data(PAIR[0]).asnumpy().max(), 0.9, rtol=1e-6)
    np.testing.assert_allclose(net[0].weight.data(PAIR[1]).asnumpy().max(), 0.8, rtol=1e-6)


def test_gradients_can_be_worked_on_between_sum_and_update():
    net = network(PAIR)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1}, update_on_kvstore=False)
    differentiated(net, *PAIR)
    trainer.allreduce_grads()
    assert [g.asnumpy().max() for g in net[0].weight.list_grad()] == [3.0, 3.0]
    for p in net.collect_params().values():
        for gradient in p.list_grad():
            gradient *= 0
    trainer.update(1)
    assert values(net, PAIR[0]) == values(network())


def test_an_update_at_once_has_no_two_steps():
    net = network(PAIR)
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    for call in (trainer.allreduce_grads, lambda: trainer.update(1)):
        with pytest.raises(AssertionError, match="update_on_kvstore=False"):
            call()


def test_one_context_has_two_steps_if_wanted():
    net, other = network(), network()
    for n, two in ((net, True), (other, False)):
        trainer = gluon.Trainer(n.collect_params(), "sgd", {"learning_rate": 0.1})
        differentiated(n)
        if two:
            trainer.allreduce_grads()
            trainer.update(4)
        else:
            trainer.step(4)
    assert values(net) == values(other)


def test_parameters_in_different_contexts_are_refused():
    net = network()
    net[1].collect_params().reset_ctx(mx.cpu(1))
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    with pytest.raises(AssertionError, match="same set of contexts"):
        trainer.step(1)


def test_parameters_that_move_take_their_states_along():
    net, stayed = network(), network()
    for n, moves in ((net, True), (stayed, False)):
        trainer = gluon.Trainer(n.collect_params(), "adam")
        differentiated(n)
        trainer.step(1)
        if moves:
            n.collect_params().reset_ctx(mx.cpu(1))
        with autograd.record():
            y = n(nd.ones((1, 2), ctx=mx.cpu(1) if moves else mx.cpu(0)))
        y.backward()
        trainer.step(1)
        if moves:
            assert all(state[0].context == mx.cpu(1) for state in trainer._updaters[0].states.values())
    assert values(net) == values(stayed)


# ----------------------------------------------------------------------------------------------------- construction


def test_dictionaries_are_taken_in_the_order_of_names_and_lists_as_they_are():
    net = network()
    by_name = gluon.Trainer(net.collect_params(), "sgd")
    assert [p.name for p in by_name._params] == sorted(net.collect_params())
    listed = gluon.Trainer(list(net.collect_params().values()), "sgd")
    assert [p.name for p in listed._params] == list(net.collect_params())


@pytest.mark.parametrize("params", [[1], "weights", nn.Dense(1), gluon.Parameter("w")])
def test_what_are_no_parameters_is_refused(params):
    with pytest.raises(ValueError, match="First argument must be a list or dict of Parameters"):
        gluon.Trainer(params, "sgd")


def test_one_parameter_twice_is_refused():
    weight = gluon.Parameter("w", shape=(1,))
    with pytest.raises(ValueError, match="'w' is there twice"):
        gluon.Trainer([weight, weight], "sgd")


def test_an_unknown_optimiser_or_option_names_the_nearest():
    params = network().collect_params()
    with pytest.raises(ValueError, match=r"(?s)Cannot find optimizer adm.*'adam'"):
        gluon.Trainer(params, "adm")
    with pytest.raises(TypeError, match=r"(?s)'learining_rate'.*try: +learning_rate=0.1"):
        gluon.Trainer(params, "sgd", {"learining_rate": 0.1})


def test_an_optimiser_object_comes_with_its_options():
    params = network().collect_params()
    trainer = gluon.Trainer(params, mx.optimizer.create("sgd", learning_rate=3))
    assert trainer.learning_rate == 3
    assert trainer.optimizer.param_dict[0] is trainer._params[0]
    with pytest.raises(AssertionError, match="optimizer_params must be None"):
        gluon.Trainer(params, mx.optimizer.create("sgd"), {"learning_rate": 3})


def test_stores_of_several_machines_are_still_to_come():
    with pytest.raises(NotImplementedError, match="dist_sync"):
        gluon.Trainer(network().collect_params(), "sgd", kvstore="dist_sync")
    with pytest.raises(ValueError, match="unknown kvstore"):
        gluon.Trainer(network().collect_params(), "sgd", kvstore="lcoal")


def test_the_learning_rate_can_be_read_and_set():
    trainer = gluon.Trainer(network().collect_params(), "sgd", {"learning_rate": 0.1})
    trainer.set_learning_rate(0.5)
    assert trainer.learning_rate == 0.5


def test_a_schedule_sets_the_learning_rate():
    net = network()
    schedule = mx.lr_scheduler.FactorScheduler(step=1, factor=0.5, base_lr=0.4)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"lr_scheduler": schedule})
    rates = []
    for _ in range(3):
        differentiated(net)
        trainer.step(1)
        rates.append(trainer.learning_rate)
    assert rates == [0.4, 0.2, 0.1]
    with pytest.raises(UserWarning, match="LRScheduler of the optimizer has already been defined"):
        trainer.set_learning_rate(1)


# ------------------------------------------------------------------------------------------------------------ states


def trained(net, trainer, steps):
    for _ in range(steps):
        differentiated(net)
        trainer.step(3)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("sgd", {"momentum": 0.9, "learning_rate": 0.05}),
        ("nag", {"momentum": 0.9}),
        ("adam", {}),
        ("adagrad", {}),
        ("rmsprop", {"centered": True}),
        ("adadelta", {}),
    ],
)
def test_training_continues_from_saved_states_as_if_it_had_never_stopped(tmp_path, optimizer, options):
    straight = network()
    trained(straight, gluon.Trainer(straight.collect_params(), optimizer, options), 5)

    first = network()
    trainer = gluon.Trainer(first.collect_params(), optimizer, options)
    trained(first, trainer, 2)
    trainer.save_states(str(tmp_path / "states"))
    first.save_parameters(str(tmp_path / "net.params"))

    second = network()
    second.load_parameters(str(tmp_path / "net.params"))
    trainer = gluon.Trainer(second.collect_params(), optimizer)
    if optimizer == "rmsprop":
        trainer = gluon.Trainer(second.collect_params(), optimizer, options)
    trainer.load_states(str(tmp_path / "states"))
    trained(second, trainer, 3)
    assert values(second) == values(straight)


def test_states_keep_the_learning_rate_the_counts_and_the_schedule(tmp_path):
    path = tmp_path / "states"
    net = network()
    schedule = mx.lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=0.4)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"lr_scheduler": schedule, "wd": 0.1})
    trained(net, trainer, 3)
    trainer.save_states(path)
    other = gluon.Trainer(network().collect_params(), "sgd", {"learning_rate": 7.0})
    other.load_states(path)
    assert other.learning_rate == trainer.learning_rate == 0.2
    assert other.optimizer.num_update == 3
    assert other.optimizer.wd == 0.1


def test_states_go_through_file_objects():
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "adam")
    trained(net, trainer, 1)
    stream = io.BytesIO()
    trainer.save_states(stream)
    trainer.load_states(io.BytesIO(stream.getvalue()))
    assert trainer.optimizer.num_update == 1


def test_states_of_several_contexts_come_back(tmp_path):
    net = network(PAIR)
    trainer = gluon.Trainer(net.collect_params(), "adam", update_on_kvstore=False)
    differentiated(net, *PAIR)
    trainer.step(1)
    trainer.save_states(tmp_path / "states")
    before = [{k: s[0].asnumpy().tolist() for k, s in u.states.items()} for u in trainer._updaters]
    trainer.load_states(tmp_path / "states")
    differentiated(net, *PAIR)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.step(1)
    assert len(before) == 2
    assert all(s[0].context == PAIR[1] for s in trainer._updaters[1].states.values())


def test_states_of_another_optimiser_or_no_states_are_refused(tmp_path):
    net = network()
    trainer = gluon.Trainer(net.collect_params(), "adam")
    trained(net, trainer, 1)
    trainer.save_states(tmp_path / "states")
    with pytest.raises(mx.MXNetError, match="another optimiser"):
        gluon.Trainer(net.collect_params(), "sgd").load_states(tmp_path / "states")
    net.save_parameters(tmp_path / "net.params")
    with pytest.raises(mx.MXNetError, match="no file of optimiser states"):
        trainer.load_states(tmp_path / "net.params")
    (tmp_path / "pickle").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(mx.MXNetError, match="pickle"):
        trainer.load_states(tmp_path / "pickle")


# ------------------------------------------------------------------------------------------------------ own optimiser


def test_an_optimiser_of_ones_own_is_called_weight_by_weight():
    calls = []

    class Descent(mx.optimizer.Optimizer):
        def __init__(self, brake=1.0, **kwargs):
            super().__init__(**kwargs)
            self.brake = brake

        def create_state(self, index, weight):
            return nd.zeros(weight.shape)

        def update(self, index, weight, grad, state):
            calls.append(index)
            self._update_count(index)
            state += 1
            weight -= self._get_lr(index) * self.brake * self.rescale_grad * grad

    net = network()
    trainer = gluon.Trainer(net.collect_params(), Descent(brake=0.5, learning_rate=0.2))
    differentiated(net)
    trainer.step(1)
    assert calls == [0, 1, 2, 3]
    np.testing.assert_allclose(net[0].weight.data().asnumpy(), np.full((2, 2), 0.9), rtol=1e-6)
    assert trainer._updaters[0].states[0].asnumpy().tolist() == [1.0, 1.0]


def test_a_built_in_optimiser_can_be_extended():
    class Loud(mx.optimizer.SGD):
        def update(self, index, weight, grad, state):
            seen.append(index)
            super().update(index, weight, grad, state)

    seen = []
    net, plain = network(), network()
    for n, optimizer in ((net, Loud(learning_rate=0.1)), (plain, mx.optimizer.SGD(learning_rate=0.1))):
        trainer = gluon.Trainer(n.collect_params(), optimizer)
        differentiated(n)
        trainer.step(1)
    assert seen == [0, 1, 2, 3]
    assert values(net) == values(plain)


def test_parameters_are_in_natural_order_so_that_states_fit_whatever_the_counters():
    def net(prefix):
        made = nn.Sequential(prefix=prefix)
        made.add(nn.Dense(3, in_units=2, prefix="dense9_"), nn.Dense(4, in_units=3, prefix="dense10_"))
        made.initialize()
        return made

    trainer = gluon.Trainer(net("a_").collect_params(), "adam")
    assert [p.name for p in trainer._params] == [
        "dense9_bias",
        "dense9_weight",
        "dense10_bias",
        "dense10_weight",
    ]


def test_states_of_another_network_are_refused(tmp_path):
    def trained(units):
        net = nn.Dense(units, in_units=2)
        net.initialize()
        trainer = gluon.Trainer(net.collect_params(), "adam")
        with autograd.record():
            loss = net(nd.ones((1, 2)))
        loss.backward()
        trainer.step(1)
        return trainer

    path = str(tmp_path / "states")
    trained(3).save_states(path)
    with pytest.raises(MXNetError, match=r"\(3,\) for 'dense\d+_bias' of shape \(5,\)"):
        trained(5).load_states(path)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))], ids=["deepcopy", "pickle"]
)
def test_copies_of_a_network_and_its_trainer_go_on_as_the_originals_do(rng, copied):
    x, y = (nd.array(rng.normal(size=(8, n))) for n in (3, 1))

    def train(net, trainer):
        for _ in range(3):
            with autograd.record():
                loss = ((net(x) - y) ** 2).sum()
            loss.backward()
            trainer.step(8)
        return net.weight.data().asnumpy()

    net = nn.Dense(1, in_units=3)
    net.initialize()
    net.weight.lr_mult, net.weight.wd_mult = 0.1, 0.0
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.1, "wd": 0.1})
    train(net, trainer)
    other_net, other_trainer = copied((net, trainer))
    np.testing.assert_array_equal(train(other_net, other_trainer), train(net, trainer))


@pytest.mark.parametrize("options", [0.1, [("learning_rate", 0.1)]])
def test_options_of_an_optimiser_are_a_dict(options):
    net = gluon.nn.Dense(1)
    with pytest.raises(TypeError, match="optimizer_params is a dict"):
        gluon.Trainer(net.collect_params(), "sgd", options)
