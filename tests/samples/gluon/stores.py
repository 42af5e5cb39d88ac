"""Stores of arrays by key, and training on several contexts through them.

``cpu(0)``, ``cpu(1)``, ... are several devices to MXNet, and so they are here.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill, numbers

_OPTIMISERS: dict[str, dict[str, Any]] = {
    "sgd": {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01},
    "nag": {"learning_rate": 0.1, "momentum": 0.9},
    "adam": {"learning_rate": 0.02},
    "adagrad": {"learning_rate": 0.1},
    "rmsprop": {"learning_rate": 0.02, "centered": True},
    "adadelta": {"rho": 0.8},
    "ftrl": {},
    "signum": {"learning_rate": 0.01},
    "lamb": {"learning_rate": 0.02},
    "nadam": {"learning_rate": 0.02},
}
_STEPS = 4


# ------------------------------------------------------------------------------------------------------- training


def _contexts(mx: Any, count: int) -> list[Any]:
    return [mx.cpu(k) for k in range(count)]


def _network(mx: Any, count: int) -> Any:
    nn = mx.gluon.nn
    net = nn.Sequential()
    net.add(nn.Dense(4, activation="tanh", in_units=3), nn.Dense(2, in_units=4))
    net.initialize(ctx=_contexts(mx, count))
    return fill(net, mx)


def _train(mx: Any, net: Any, trainer: Any, count: int, steps: range, two_steps: bool = False) -> None:
    for step in steps:
        x, y = mx.nd.array(numbers(12, 3, seed=step)), mx.nd.array(numbers(12, 2, seed=100 + step))
        parts = (mx.gluon.utils.split_and_load(each, _contexts(mx, count)) for each in (x, y))
        with mx.autograd.record():
            losses = [((net(a) - b) ** 2).sum() for a, b in zip(*parts)]
        for loss in losses:
            loss.backward()
        if two_steps:
            trainer.allreduce_grads()
            trainer.update(12)
        else:
            trainer.step(12)


def _weights(net: Any) -> list[np.ndarray]:
    """The weights of each context, one after the other."""
    copies = [[array.asnumpy().ravel() for array in p.list_data()] for p in net.collect_params().values()]
    return [np.concatenate(each) for each in zip(*copies)]


def _trained(optimiser: str, count: int = 2, two_steps: bool = False, **how: Any) -> Callable[[Any], Any]:
    def run(mx: Any) -> list[np.ndarray]:
        net = _network(mx, count)
        given = dict(how)
        if given.get("kvstore") == "object":
            given["kvstore"] = mx.kv.create("device")
        trainer = mx.gluon.Trainer(net.collect_params(), optimiser, dict(_OPTIMISERS[optimiser]), **given)
        _train(mx, net, trainer, count, range(_STEPS), two_steps)
        return _weights(net)

    return run


def _gradients_after(mx: Any, **how: Any) -> list[np.ndarray]:
    """What the buffers hold after a step: their own gradients, or the sum."""
    net = _network(mx, 3)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", **how)
    _train(mx, net, trainer, 3, range(1))
    return [gradient.asnumpy() for gradient in net[1].weight.list_grad()]


def _unequal_at_first(mx: Any, **how: Any) -> list[np.ndarray]:
    """Copies that differ before the first step become those of the first context."""
    net = _network(mx, 2)
    net[0].weight.data(mx.cpu(1))[:] = 7
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", **how)
    _train(mx, net, trainer, 2, range(2))
    return _weights(net)


def _continued(
    before: dict[str, Any], after: dict[str, Any], optimiser: str = "adam"
) -> Callable[[Any], Any]:
    """Half of the steps, the states through a file, the other half in another way."""

    def run(mx: Any) -> list[np.ndarray]:
        net = _network(mx, 2)
        options = dict(_OPTIMISERS[optimiser])
        trainer = mx.gluon.Trainer(net.collect_params(), optimiser, options, **before)
        _train(mx, net, trainer, 2, range(2))
        path = os.path.join(tempfile.mkdtemp(), "states")
        trainer.save_states(path)
        trainer = mx.gluon.Trainer(net.collect_params(), optimiser, dict(options), **after)
        trainer.load_states(path)
        _train(mx, net, trainer, 2, range(2, 4))
        return _weights(net)

    return run


def _frozen(mx: Any) -> list[np.ndarray]:
    net = _network(mx, 2)
    net[0].collect_params().setattr("grad_req", "null")
    net[1].bias.lr_mult = 3.0
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.5})
    _train(mx, net, trainer, 2, range(3))
    return _weights(net)


# ------------------------------------------------------------------------------------------------------ programs


def _shown(array: Any) -> str:
    return f"{[round(float(x), 4) for x in array.asnumpy().ravel()]} {array.context}"


def _call(log: list[str], name: str, function: Callable[[], Any]) -> None:
    """Note that a call went well, or the kind of its error; one for a wrong argument is any of two kinds."""
    kinds = ["fine"]
    try:
        function()
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
    known = ("MXNetError", "AssertionError", "TypeError", "ValueError", "FileNotFoundError", "fine")
    kind = next((kind for kind in known if kind in kinds), kinds[0])
    log.append(f"{name}: {'wrong argument' if kind in ('AssertionError', 'TypeError') else kind}")


def _first_program(mx: Any, name: str) -> str:
    nd, log = mx.nd, []
    store = mx.kv.create(name)
    log.append(f"{store.type} {store.rank} {store.num_workers} {store.is_capable('optimizer')}")
    out = nd.zeros((2, 3))
    store.init(3, nd.ones((2, 3)) * 2)
    store.pull(3, out=out)
    log.append(_shown(out))
    store.push(3, nd.ones((2, 3)) * 8)
    store.pull(3, out=out)
    log.append(_shown(out))
    parts = [nd.ones((2, 3), ctx=c) * (k + 1) for k, c in enumerate(_contexts(mx, 4))]
    store.push(3, parts, priority=-1)
    store.pull(3, out=parts)
    log += map(_shown, parts)
    store.init([5, 7], [nd.zeros((2,))] * 2)
    store.push([5, 7], [[nd.ones((2,)), nd.ones((2,)) * 2], [nd.ones((2,)) * 5]])
    a, b = nd.zeros((2,)), nd.zeros((2,), dtype="float64")
    store.pull([5, 7], out=[a, [b]])
    log += [_shown(a), _shown(b), b.dtype.__name__]
    store.push([7, 5, 7], [nd.ones((2,)), nd.ones((2,)) * 3, nd.ones((2,)) * 5])
    store.pull((5, 7), out=(a, b))
    log += [_shown(a), _shown(b)]
    store.push([], [])
    return "\n".join(log)


def _pushpull(mx: Any, name: str) -> str:
    nd, log = mx.nd, []
    store = mx.kv.create(name)
    out = nd.zeros((2,))
    store.init("grad", nd.zeros((2,)))
    parts = [nd.ones((2,), ctx=c) * (k + 1) for k, c in enumerate(_contexts(mx, 3))]
    store.pushpull("grad", parts, out=out)
    log += map(_shown, [out, *parts])
    store.pushpull("grad", parts)
    log += map(_shown, parts)
    store.pull("grad", out=out)
    log.append(_shown(out))
    store.broadcast("first", nd.ones((2,)) * 9, out=parts)
    log += map(_shown, parts)
    store.broadcast(["p", "q"], [nd.ones((2,)), nd.ones((2,)) * 2], out=[parts[0], [parts[1], parts[2]]])
    log += map(_shown, parts)
    return "\n".join(log)


def _updater(mx: Any, name: str) -> str:
    """What an updater gets: keys as numbers or bytes, in the order of their sizes or of their initialisation."""
    nd, log = mx.nd, []

    def update(key: Any, pushed: Any, stored: Any) -> None:
        log.append(f"{key!r} {pushed.asnumpy().tolist()} {stored.asnumpy().tolist()}")
        stored += pushed * 2

    for keys in ([5, 3, 4], ["b", "a", "c"]):
        store = mx.kv.create(name)
        store.init(keys, [nd.ones((1,)) * k for k in range(3)])
        store._set_updater(update)
        store.push(keys[1], [nd.ones((1,), ctx=mx.cpu(1)) * 3, nd.ones((1,), ctx=mx.cpu(2))])
        store.push([keys[2], keys[1], keys[0], keys[1]], [nd.ones((1,)) * k for k in range(4)])
        outs = [nd.zeros((1,)) for _ in keys]
        store.pushpull(keys, [nd.ones((1,))] * 3, out=outs)
        log += map(_shown, outs)
    return "\n".join(log)


def _optimised(mx: Any, name: str, optimiser: str, keys: list[Any]) -> list[np.ndarray]:
    nd = mx.nd
    weights = [nd.array(numbers(3, 2, seed=k)) for k in range(2)]
    path = os.path.join(tempfile.mkdtemp(), "states")

    def made() -> Any:
        store = mx.kv.create(name)
        store.init(keys, weights)
        store.set_optimizer(mx.optimizer.create(optimiser, **_OPTIMISERS[optimiser]))
        return store

    def steps(store: Any, numbers_: range) -> None:
        for step in numbers_:
            gradients = [[nd.array(numbers(3, 2, seed=10 * step + k), ctx=mx.cpu(k)) for k in range(2)]] * 2
            store.push(keys, gradients)
        store.pull(keys, out=weights)

    store = made()
    steps(store, range(3))
    store.save_optimizer_states(path, dump_optimizer=True)
    store = made()
    store.load_optimizer_states(path)
    steps(store, range(3, 6))
    return [weight.asnumpy() for weight in weights]


def _sums(mx: Any, name: str, dtype: str) -> list[np.ndarray]:
    """Sums of two to ten arrays: the order of the additions shows in the last bits."""
    results = []
    for count in range(1, 11):
        store = mx.kv.create(name)
        values = [(numbers(40, seed=k) * 10).astype(dtype) for k in range(count)]
        out = mx.nd.zeros((40,), dtype=dtype)
        store.init(0, out)
        store.push(0, [mx.nd.array(v, ctx=mx.cpu(k), dtype=dtype) for k, v in enumerate(values)])
        store.pull(0, out=out)
        results.append(out.asnumpy())
    return results


def _compressed(mx: Any, name: str, threshold: float | None) -> list[np.ndarray]:
    store = mx.kv.create(name)
    options = {"type": "2bit"} if threshold is None else {"type": "2bit", "threshold": threshold}
    store.set_gradient_compression(options)
    out = mx.nd.zeros((20,))
    store.init("w", out)
    results = []
    for step in range(4):
        parts = [mx.nd.array(numbers(20, seed=7 * step + k), ctx=mx.cpu(k)) for k in range(2)]
        store.push("w", parts)
        store.pull("w", out=out)
        results.append(out.asnumpy())
    store.set_gradient_compression({"type": "2bit", "threshold": 1})
    store.pushpull("w", parts)
    return [*results, *(part.asnumpy() for part in parts)]


def _wrong(mx: Any) -> str:
    nd, log = mx.nd, []
    store = mx.kv.create("device")
    store.init(1, nd.zeros((2,)))
    a = nd.ones((2,))
    _call(log, "init again", lambda: store.init(1, a))
    _call(log, "broadcast again", lambda: store.broadcast(1, a, out=a))
    _call(log, "a text among numbers", lambda: store.init("w", a))
    _call(log, "two kinds of keys", lambda: store.push([1, "w"], [a, a]))
    _call(log, "a fraction", lambda: store.push(1.5, a))
    _call(log, "no key", lambda: store.push(None, a))
    _call(log, "unknown key to pull", lambda: store.pull(9, out=a))
    _call(log, "unknown key to push", lambda: store.push(9, a))
    _call(log, "no out", lambda: store.pull(1))
    _call(log, "no value", lambda: store.push(1, None))
    _call(log, "a NumPy array", lambda: store.push(1, np.ones((2,))))
    _call(log, "too few values", lambda: store.push([1, 1], [a]))
    _call(log, "another shape to pull", lambda: store.pull(1, out=nd.ones((1, 2))))
    _call(log, "two shapes", lambda: store.push(1, [a, nd.ones((3,))]))
    _call(log, "a text for a priority", lambda: store.push(1, a, priority="high"))
    _call(log, "save without optimiser", lambda: store.save_optimizer_states(os.devnull))
    _call(log, "load without optimiser", lambda: store.load_optimizer_states(os.devnull))
    store.set_optimizer(mx.optimizer.create("sgd"))
    _call(log, "load what is not there", lambda: store.load_optimizer_states("/nowhere/at/all"))
    _call(log, "another capability", lambda: store.is_capable("flying"))
    _call(log, "a store of no text", lambda: mx.kv.create(3))
    _call(log, "a store of nothing", lambda: mx.kv.KVStore(None))
    _call(log, "compression of no type", lambda: store.set_gradient_compression({}))
    _call(log, "one bit", lambda: store.set_gradient_compression({"type": "1bit"}))
    _call(
        log,
        "threshold 0",
        lambda: store.set_gradient_compression({"type": "2bit", "threshold": 0}),
    )
    _call(log, "options of no kind", lambda: store.set_gradient_compression(None))
    _call(log, "register no class", lambda: mx.kv.KVStoreBase.register(3))
    store.pull(1, out=a)
    log.append(_shown(a))
    return "\n".join(log)


def _test_store(mx: Any) -> str:
    nd, log = mx.nd, []
    store = mx.kv.create("TestStore")
    log.append(f"{store.type} {store.rank} {store.num_workers} {store.is_capable('optimizer')}")
    parts, out = [nd.ones((2,), ctx=c) * (k + 1) for k, c in enumerate(_contexts(mx, 3))], nd.zeros((2,))
    store.pushpull(0, parts, out=out)
    log += map(_shown, [out, *parts])
    store.pushpull(0, parts)
    log += map(_shown, parts)
    store.broadcast(0, nd.ones((2,)) * 9, out=parts)
    log += map(_shown, parts)
    return "\n".join(log)


def _protocol(mx: Any, capable: bool, count: int, **how: Any) -> str:
    """What a trainer asks of a store that somebody wrote."""
    log: list[str] = []

    def shown(arrays: Any) -> Any:
        several = isinstance(arrays, (list, tuple))
        return [shown(each) for each in arrays] if several else f"{arrays.shape} {arrays.context}"

    class Store(mx.kv.KVStoreBase):  # type: ignore[name-defined, misc]
        def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
            log.append(f"broadcast {key} {shown(value)} {shown(out)} {priority}")

        def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
            log.append(f"pushpull {key} {shown(value)} {out if out is None else shown(out)} {priority}")

        def set_optimizer(self, optimizer: Any) -> None:
            log.append(f"set_optimizer {type(optimizer).__name__} {optimizer.rescale_grad}")

        def is_capable(self, capability: str) -> bool:
            return capable

        @property
        def type(self) -> str:
            return "mine"

    net = _network(mx, count)
    net[0].bias.grad_req = "null"
    _call(
        log,
        "trained",
        lambda: _train(
            mx, net, mx.gluon.Trainer(net.collect_params(), "sgd", kvstore=Store(), **how), count, range(2)
        ),
    )
    return "\n".join(log)


def _two_steps_refused(mx: Any) -> str:
    log: list[str] = []
    net = _network(mx, 2)
    for kvstore, update in (("device", None), ("device", True), (mx.kv.create("local"), None)):
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", kvstore=kvstore, update_on_kvstore=update)
        _call(log, "allreduce_grads", trainer.allreduce_grads)
        _call(log, "update", lambda trainer=trainer: trainer.update(1))
    one = _network(mx, 1)
    trainer = mx.gluon.Trainer(one.collect_params(), "sgd", kvstore=mx.kv.create("local"))
    _call(log, "a store object with one context", trainer.allreduce_grads)
    trainer = mx.gluon.Trainer(one.collect_params(), "sgd")
    _call(log, "a name with one context", trainer.allreduce_grads)
    return "\n".join(log)


# ------------------------------------------------------------------------------------------------------- the list

_KV, _TRAINER = ("kv.KVStore",), ("kv.KVStore", "gluon.Trainer")
_EXACT = (0.0, 0.0)
_IN_STORE: dict[str, Any] = {}
_OUTSIDE = {"update_on_kvstore": False}
_APART = {"kvstore": None}
SCENARIOS = [
    *(
        Scenario(f"{name} in the store", _trained(name), (*_TRAINER, f"optimizer {name}"))
        for name in _OPTIMISERS
    ),
    *(
        Scenario(f"{name} in each context", _trained(name, **_OUTSIDE), (*_TRAINER, f"optimizer {name}"))
        for name in ("sgd", "adam", "lamb")
    ),
    Scenario("sgd in two steps", _trained("sgd", two_steps=True, **_OUTSIDE), _TRAINER),
    Scenario("sgd without a store", _trained("sgd", **_APART), _TRAINER),
    Scenario("sgd with a test store", _trained("sgd", kvstore="teststore"), _TRAINER),
    Scenario("adam with a store object", _trained("adam", kvstore="object"), _TRAINER),
    Scenario("adam with a store object for one context", _trained("adam", 1, kvstore="object"), _TRAINER),
    *(
        Scenario(f"sgd with {name} for {count}", _trained("sgd", count, kvstore=name), _TRAINER)
        for name in ("local", "device")
        for count in (3, 4, 6)
    ),
    Scenario(
        "sgd of two bits",
        _trained("sgd", compression_params={"type": "2bit", "threshold": 0.5}),
        _TRAINER,
    ),
    Scenario("gradients after a step in the store", lambda mx: _gradients_after(mx), _TRAINER),
    Scenario("gradients after a step outside", lambda mx: _gradients_after(mx, **_OUTSIDE), _TRAINER),
    Scenario("unequal at first, in the store", lambda mx: _unequal_at_first(mx), _TRAINER),
    Scenario("unequal at first, outside", lambda mx: _unequal_at_first(mx, **_OUTSIDE), _TRAINER),
    Scenario("frozen and multiplied", _frozen, _TRAINER),
    *(
        Scenario(f"{optimiser} continued, {name}", _continued(before, after, optimiser), _TRAINER)
        for optimiser, name, before, after in (
            ("adam", "in the store", _IN_STORE, _IN_STORE),
            ("adam", "in each context", _OUTSIDE, _OUTSIDE),
            ("sgd", "first in the store, then in each context", _IN_STORE, _OUTSIDE),
            ("sgd", "first in each context, then in the store", _OUTSIDE, _IN_STORE),
        )
    ),
    *(
        Scenario(f"{what} {name}", lambda mx, program=program, name=name: program(mx, name), _KV)
        for what, program in (
            ("push and pull", _first_program),
            ("pushpull", _pushpull),
            ("updater", _updater),
        )
        for name in ("local", "device")
    ),
    *(
        Scenario(
            f"{name} updates by {optimiser}, {what}",
            lambda mx, how=(name, optimiser, keys): _optimised(mx, *how),
            (*_KV, f"optimizer {optimiser}"),
        )
        for name, optimiser, what, keys in (
            ("local", "sgd", "numbers", [0, 1]),
            ("device", "sgd", "texts", ["w", "b"]),
            ("local", "adam", "texts", ["w", "b"]),
            ("device", "adam", "numbers", [3, 1]),
        )
    ),
    *(
        Scenario(f"sums {name} {dtype}", lambda mx, how=(name, dtype): _sums(mx, *how), _KV, _EXACT)
        for name in ("local", "device")
        for dtype in ("float32", "float16", "int32")
    ),
    *(
        Scenario(f"two bits {name} {t}", lambda mx, how=(name, t): _compressed(mx, *how), _KV, _EXACT)
        for name, t in (("device", None), ("device", 0.25), ("local_allreduce_device", 2.0))
    ),
    Scenario("wrong uses", _wrong, _KV),
    Scenario("the test store", _test_store, _KV),
    *(
        Scenario(
            f"protocol, {'capable' if capable else 'incapable'}, {count}, {how.get('update_on_kvstore')}",
            lambda mx, capable=capable, count=count, how=how: _protocol(mx, capable, count, **how),
            _TRAINER,
        )
        for capable in (True, False)
        for count in (1, 2)
        for how in ({}, {"update_on_kvstore": True}, {"update_on_kvstore": False})
    ),
    Scenario("two steps refused", _two_steps_refused, _TRAINER),
]
