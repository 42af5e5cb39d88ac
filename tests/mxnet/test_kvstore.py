"""Stores of arrays by key: what is pushed and pulled, who updates, which uses are refused.

What the real MXNet does stands in ``tests/samples/gluon/stores.py``.
"""

import base64
import copy
import pickle
import subprocess
import sys
import zlib

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.kvstore.sums import summed

LOCAL = ("local", "device", "nccl", "local_update_cpu", "local_allreduce_cpu", "local_allreduce_device")
every_store = pytest.mark.parametrize("name", LOCAL)


def store_of(name="device", **arrays):
    store = mx.kv.create(name)
    for key, array in arrays.items():
        store.init(key, array)
    return store


def pulled(store, key, like=None):
    out = nd.zeros((2,) if like is None else like)
    store.pull(key, out=out)
    return out.asnumpy().tolist()


def ones(times=1.0, ctx=0):
    return nd.ones((2,), ctx=mx.cpu(ctx)) * times


# -------------------------------------------------------------------------------------------------- push and pull


@every_store
def test_what_devices_push_is_summed(name):
    store = store_of(name, w=ones())
    store.push("w", [ones(k, ctx=k) for k in range(1, 5)])
    assert pulled(store, "w") == [10, 10]
    assert (store.type, store.rank, store.num_workers) == (name, 0, 1)


@every_store
def test_sums_of_many_keys_are_those_of_each_alone(name, rng):
    counts = [1, 2, 3, 5, 9, 2]
    values = [[nd.array(rng.standard_normal((3, k + 1))) for _ in range(n)] for k, n in enumerate(counts)]
    keys = list(range(len(counts)))
    together, alone = mx.kv.create(name), mx.kv.create(name)
    for store in (together, alone):
        store.init(keys, [each[0] for each in values])
    together.push(keys, values)
    for key, each in zip(keys, values, strict=True):
        alone.push(key, each)
        assert pulled(together, key, each[0].shape) == pulled(alone, key, each[0].shape)
        np.testing.assert_allclose(
            pulled(alone, key, each[0].shape),
            sum(v.asnumpy().astype("float64") for v in each),
            rtol=1e-4,
            atol=1e-5,
        )


def test_a_store_keeps_copies():
    first, second, out = ones(), ones(2), ones(0)
    store = store_of(w=first)
    first[:] = 7
    assert pulled(store, "w") == [1, 1]
    store.push("w", second)
    second[:] = 7
    store.pull("w", out=out)
    out[:] = 7
    assert pulled(store, "w") == [2, 2]


def test_pushing_leaves_what_was_pushed_alone():
    for name in LOCAL:
        store, parts = store_of(name, w=ones()), [ones(1), ones(2), ones(3)]
        store.push("w", parts)
        store.pushpull("w", parts, out=ones())
        assert [part.asnumpy().tolist() for part in parts] == [[1, 1], [2, 2], [3, 3]]


def test_a_sum_has_the_type_of_its_first_array():
    store = store_of(w=ones())
    store.push("w", [ones().astype("float16"), ones(1e-4, ctx=1)])
    out = nd.zeros((2,), dtype="float64")
    store.pull("w", out=out)
    assert out.asnumpy().tolist() == [1, 1]


def test_a_pulled_array_keeps_its_type_and_context():
    store, out = store_of(w=ones(1.5)), nd.zeros((2,), ctx=mx.cpu(3), dtype="int32")
    store.pull("w", out=out)
    assert (out.asnumpy().tolist(), out.context, out.dtype) == ([1, 1], mx.cpu(3), np.int32)


@pytest.mark.parametrize("key", [3, -3, np.int64(3), True, "w", ""])
def test_keys_are_whole_numbers_and_texts(key):
    store = mx.kv.create()
    store.init(key, ones())
    store.push([key], [[ones(), ones(4)]])
    assert pulled(store, key) == [5, 5]


def test_arrays_of_no_elements_and_of_no_axes_go_through():
    for shape in ((0,), (2, 0), ()):
        store, out = mx.kv.create(), nd.zeros(shape)
        store.init(0, out)
        store.pushpull(0, [nd.ones(shape), nd.ones(shape)], out=out)
        assert out.asnumpy().tolist() == np.full(shape, 2.0).tolist()


def test_views_are_written_through():
    whole = nd.zeros((2, 2))
    store_of(w=ones()).pull("w", out=whole[1])
    assert whole.asnumpy().tolist() == [[0, 0], [1, 1]]


def test_a_store_works_inside_a_record():
    store, x, out = store_of(w=ones()), ones(3), ones(0)
    x.attach_grad()
    with autograd.record():
        y = (x * x).sum()
        store.push("w", [x, x])
        store.pull("w", out=out)
    y.backward()
    assert out.asnumpy().tolist() == [6, 6]
    assert x.grad.asnumpy().tolist() == [6, 6]


def test_an_array_on_the_tape_is_not_pulled_into():
    store, x = store_of(w=ones()), ones(3)
    x.attach_grad()
    with autograd.record(), pytest.raises(mx.MXNetError, match="on the tape"):
        store.pull("w", out=x)
    assert x.asnumpy().tolist() == [3, 3]
    store.pull("w", out=x)
    assert x.asnumpy().tolist() == [1, 1]


def test_rows_are_pulled_and_the_others_are_zero():
    store = mx.kv.create()
    store.init("table", nd.array([[1, 1], [2, 2], [3, 3]]))
    outs = [nd.ones((3, 2)), nd.ones((3, 2))]
    store.row_sparse_pull("table", out=outs, row_ids=[nd.array([0, 0]), nd.array([[2, 1]])])
    assert outs[0].asnumpy().tolist() == [[1, 1], [0, 0], [0, 0]]
    assert outs[1].asnumpy().tolist() == [[0, 0], [2, 2], [3, 3]]
    store.row_sparse_pull("table", out=outs, row_ids=nd.array([], dtype="int64"))
    assert outs[1].asnumpy().max() == 0


def test_two_faces_of_one_handle_share_their_arrays():
    store = store_of(w=ones())
    other = mx.kv.KVStore(store.handle)
    other.push("w", ones(3))
    assert pulled(store, "w") == [3, 3]


def test_a_store_can_be_copied_and_pickled():
    store = store_of(w=ones())
    store.set_optimizer(mx.optimizer.create("sgd", learning_rate=1.0, momentum=0.5))
    store.push("w", ones())
    for other in (copy.deepcopy(store), pickle.loads(pickle.dumps(store))):
        other.push("w", ones())
        assert pulled(other, "w") == [-1.5, -1.5]
    assert pulled(store, "w") == [0, 0]


# -------------------------------------------------------------------------------------------------------- sums


@pytest.mark.parametrize("in_order", [True, False])
def test_sums_are_new_tensors(in_order):
    import torch

    for count in range(1, 8):
        tensors = [torch.ones(3) for _ in range(count)]
        (total,) = summed([tensors], in_order)
        assert total.tolist() == [count] * 3
        total.zero_()
        assert all(tensor.sum() == 3 for tensor in tensors)


def test_the_order_of_a_sum_is_that_of_the_devices():
    """A large number swallows a small one unless the small ones meet first."""
    large, small = nd.array([1e8]), nd.array([3.0])
    for name, expected in (("device", np.float32(1e8)), ("local", np.float32(1e8) + np.float32(12))):
        store = mx.kv.create(name)
        store.init(0, large)
        store.push(0, [large, small, small, small, small])
        assert pulled(store, 0, (1,)) == [expected]


# ------------------------------------------------------------------------------------------------------ updaters


@every_store
def test_an_optimiser_in_the_store_does_what_one_outside_does(name, rng):
    store, weight, state = mx.kv.create(name), nd.array(rng.standard_normal((2, 3))), None
    store.init("w", weight)
    store.set_optimizer(mx.optimizer.create("sgd", learning_rate=0.1, momentum=0.9))
    outside = mx.optimizer.create("sgd", learning_rate=0.1, momentum=0.9)
    state = outside.create_state(0, weight)
    for _ in range(3):
        gradients = [nd.array(rng.standard_normal((2, 3)), ctx=mx.cpu(k)) for k in range(2)]
        store.push("w", gradients)
        outside.update(0, weight, gradients[0] + gradients[1].as_in_context(mx.cpu()), state)
    assert pulled(store, "w", (2, 3)) == weight.asnumpy().tolist()


def test_the_learning_rate_can_be_changed_between_pushes():
    store, optimizer = store_of(w=ones()), mx.optimizer.create("sgd", learning_rate=1.0)
    store.set_optimizer(optimizer)
    store.push("w", ones())
    optimizer.set_learning_rate(10.0)
    store.push("w", ones())
    assert pulled(store, "w") == [-10, -10]


def test_counts_go_on_wherever_the_weights_are():
    store = mx.kv.create()
    store.init([0, 1], [ones(ctx=0), ones(ctx=1)])
    store.set_optimizer(mx.optimizer.create("adam"))
    store.push([0, 1], [ones(), ones()])
    store.push(1, ones())
    optimizer = store._updater.optimizer
    assert optimizer._all_index_update_counts == {0: {0: 1}, 1: {1: 2}}
    assert store._updater.states[1][0].context == mx.cpu(1)


def test_another_optimiser_starts_anew_and_no_updater_replaces_again():
    store = store_of(w=ones())
    store.set_optimizer(mx.optimizer.create("sgd", momentum=0.9))
    store.push("w", ones())
    store.set_optimizer(mx.optimizer.create("sgd", learning_rate=1.0))
    assert store._updater.states == {}
    store.set_updater(None)
    store.push("w", ones(5))
    assert pulled(store, "w") == [5, 5]


def test_an_updater_that_raises_is_heard():
    def refuse(key, pushed, stored):
        raise OverflowError("too much")

    store = store_of(w=ones())
    store.set_updater(refuse)
    with pytest.raises(OverflowError, match="too much"):
        store.push("w", ones())
    assert pulled(store, "w") == [1, 1]


def test_an_updater_gets_arrays_of_one_context():
    seen = []

    def add(key, pushed, stored):
        seen.append((pushed.context, stored.context))
        stored += pushed

    store = store_of(w=ones(ctx=3))
    store._set_updater(add)
    store.push("w", [ones(ctx=1), ones(ctx=2)])
    assert seen == [(mx.cpu(3), mx.cpu(3))]
    assert pulled(store, "w") == [3, 3]


# -------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "ftrl"])
@pytest.mark.parametrize("keys", [[0, 1], ["w", "b"]], ids=["numbers", "texts"])
def test_training_goes_on_from_a_file(tmp_path, optimizer, keys, rng):
    gradients = [[nd.array(rng.standard_normal((2,))) for _ in keys] for _ in range(4)]

    def made():
        store = mx.kv.create()
        store.init(keys, [ones(), ones()])
        options = {"momentum": 0.9} if optimizer == "sgd" else {}
        store.set_optimizer(mx.optimizer.create(optimizer, learning_rate=0.1, **options))
        return store

    whole, first, second = made(), made(), made()
    for each in gradients:
        whole.push(keys, each)
    for each in gradients[:2]:
        first.push(keys, each)
    first.save_optimizer_states(tmp_path / "states", dump_optimizer=True)
    second.load_optimizer_states(tmp_path / "states")
    for key in keys:
        first.pull(key, out=second.handle.arrays[key])
    for each in gradients[2:]:
        second.push(keys, each)
    assert [pulled(second, key) for key in keys] == [pulled(whole, key) for key in keys]


# Adam(learning_rate=0.1) on the keys "w" and "b" after three pushes; save_optimizer_states(dump_optimizer=True)
RECORDED = zlib.decompress(
    base64.b85decode(
        "c-oDU&ubJh6vt<0x9-{>Do91aKcGb@b&pnBij^J~_TWDdGLtw7WHLi$;_fUI^iZ|%@Y3f&J&Jd)f(NgH_U=_Yco6MP^klL-+bUG_!H_pE?|t%p"
        "FS*-#{51^5wu4L17$7XBL(R(-&8RW7nyv`#{?_K$+sFPc-ohP(Q-W%yI6^0~Qk7B{2&bc}<g`w_vGn%m{tr)YxUW7aXa>jjX@u*aUp#w_9$7@9"
        "C1yNYbi~}hi!UEMU%PV{uGPi&5gHNxfmod)!Wt9&1-1KTcEf8qNymRfUW%>jUel2t3zsI-%<@vEa>UKChtS$&G<8#2zK4GJ^M)5ORh%S-GTh!c"
        "oIqh-8B)Z8Gpk%xA3|l^?yD!>o<cZqxl;kqcDbolrN5o_fF1egBA!T1v`vZ487(>X0+{{%w+R;sRf<T>_^^(WIJ3Ge9H8f)hiLSgVzJk>1)M)2"
        "4@DOiVkPr&1CqN)AI^FOlH`WRvXGg^Jy@VgVtC@~oB%JRBiXR4Y0ACSPEn<femlcuIO7y$1EO;>c~N^X6Y-K>b^U*N=k5I@&~<@t-w!@qcyI;U"
        "JTIhjCvC6atR8(_g=;XU=%|`@`p~+IS@{L<9s}S"
    )
)


def test_a_store_goes_on_where_mxnet_stopped(tmp_path):
    (tmp_path / "states").write_bytes(RECORDED)
    store = mx.kv.create("device")
    store.init(["w", "b"], [nd.array([0.84272808, 0.84157997]), nd.array([[0.69999808, 0.84272808]])])
    store.set_optimizer(mx.optimizer.create("adam", learning_rate=9))
    store.load_optimizer_states(tmp_path / "states")
    for t in (3, 4):
        store.push(["w", "b"], [nd.array([t, 1 - t]), nd.array([[2, t]])])
    np.testing.assert_allclose(pulled(store, "w"), [0.66542649, 0.96290010], rtol=1e-5)
    np.testing.assert_allclose(pulled(store, "b", (1, 2)), [[0.49999675, 0.66542649]], rtol=1e-5)


def test_what_is_no_file_of_states_changes_nothing(tmp_path):
    store = store_of(w=ones())
    store.set_optimizer(mx.optimizer.create("sgd", momentum=0.9))
    store.push("w", ones())
    before = store._updater.states["w"].asnumpy().tolist()
    for content in (b"", b"rubbish", pickle.dumps({"w": print}), RECORDED):
        (tmp_path / "states").write_bytes(content)
        with pytest.raises(mx.MXNetError):
            store.load_optimizer_states(tmp_path / "states")
    assert store._updater.states["w"].asnumpy().tolist() == before


def test_without_an_optimiser_there_is_nothing_to_save(tmp_path):
    store = store_of(w=ones())
    with pytest.raises(AssertionError, match="nobody called set_optimizer"):
        store.save_optimizer_states(tmp_path / "states")
    store.set_updater(print)
    with pytest.raises(AssertionError, match="an updater of its own"):
        store.load_optimizer_states(tmp_path / "states")
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------------- compression


def test_two_bits_lose_nothing_in_the_long_run(rng):
    """What is not sent stays, so that the sum of what was sent is at most a threshold away for each device."""
    store = mx.kv.create("device")
    store.set_gradient_compression({"type": "2bit", "threshold": 0.25})
    store.init(0, nd.zeros((50,)))
    sent, pushed = np.zeros(50), np.zeros(50)
    for _ in range(40):
        gradients = [rng.uniform(-0.2, 0.2, 50).astype("float32") for _ in range(2)]
        store.push(0, [nd.array(g, ctx=mx.cpu(k)) for k, g in enumerate(gradients)])
        sent += pulled(store, 0, (50,))
        pushed += sum(gradients)
    assert np.abs(sent - pushed).max() < 2 * 0.25 + 1e-5


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_two_bits_are_of_the_type_of_the_gradient(dtype):
    store, out = mx.kv.create("device"), nd.zeros((3,), dtype=dtype)
    store.set_gradient_compression({"type": "2bit"})
    store.init(0, out)
    store.push(0, nd.array([0.5, -3, 0.4], dtype=dtype))
    store.pull(0, out=out)
    assert out.asnumpy().tolist() == [0.5, -0.5, 0]


def test_an_unknown_option_of_compression_is_named():
    with pytest.warns(UserWarning, match="treshold unknown and ignored"):
        mx.kv.create("device").set_gradient_compression({"type": "2bit", "treshold": 2})


def test_whole_numbers_are_not_compressed():
    store = mx.kv.create("device")
    store.set_gradient_compression({"type": "2bit"})
    store.init(0, nd.zeros((2,), dtype="int32"))
    with pytest.raises(mx.MXNetError, match="floating-point"):
        store.push(0, nd.ones((2,), dtype="int32"))


# ----------------------------------------------------------------------------------------------------- wrong uses


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda s: s.push("wieght", ones()), mx.MXNetError, "has not been inited.*try: +'weight'"),
        (lambda s: s.push(["weight", "w"], [ones(), ones()]), mx.MXNetError, r"init\('w', array\)"),
        (lambda s: s.pull(3, out=ones()), mx.MXNetError, "Mixed key types.*3, in a store that has 'weight'"),
        (lambda s: s.init("weight", ones()), mx.MXNetError, "duplicate init of key weight.*push"),
        (lambda s: s.init("w", [ones(), ones()]), mx.MXNetError, "duplicate init.*one first value"),
        (lambda s: s.init("w", []), TypeError, "there is no array"),
        (lambda s: s.push("weight", np.ones(2)), TypeError, "ndarray for key 'weight'.*nd.array"),
        (lambda s: s.push("weight", None), TypeError, "NoneType for key"),
        (lambda s: s.push(["weight"], ones()), AssertionError, "1 keys, NDArray"),
        (
            lambda s: s.push(["weight", "bias"], [ones()] * 4),
            AssertionError,
            "2 keys, 4 values.*a list of lists",
        ),
        (lambda s: s.push(["weight", 1], [ones()] * 2), AssertionError, "inconsistent types of keys"),
        (lambda s: s.push({"weight": ones()}, 1), AssertionError, "unexpected type for keys: <class 'dict'>"),
        (
            lambda s: s.push("weight", [ones(), nd.ones((3,))]),
            ValueError,
            r"\(3,\) float32 cpu\(0\) for key 'weight'",
        ),
        (lambda s: s.pull("weight", out=nd.ones((1, 2))), mx.MXNetError, r"shapes differ.*\(1, 2\).*\(2,\)"),
        (lambda s: s.pull("weight"), AssertionError, r"pull\(key, out=array\)"),
        (lambda s: s.push("weight", ones(), priority="x"), TypeError, "interpreted as an integer"),
        (lambda s: s.row_sparse_pull("weight", out=ones()), AssertionError, "row_ids is missing"),
        (
            lambda s: s.row_sparse_pull("weight", out=ones(), row_ids=nd.array([2])),
            mx.MXNetError,
            "has 2 rows",
        ),
        (lambda s: s.row_sparse_pull("weight", out=ones(), row_ids=[0]), TypeError, "row_ids is an array"),
        (
            lambda s: s.row_sparse_pull("weight", out=[ones()] * 3, row_ids=[nd.array([0])] * 2),
            AssertionError,
            "2 row_ids, 3 arrays",
        ),
        (lambda s: s.set_optimizer("adam"), TypeError, r"mx.optimizer.create\('adam'\)"),
        (lambda s: s.set_optimizer(3), TypeError, r"received: 3.*mx.optimizer.create\('sgd'\)"),
        (lambda s: s.set_updater(3), TypeError, "function of key, sum and stored"),
        (lambda s: s.is_capable("sparse"), ValueError, "Unknown capability: sparse"),
        (
            lambda s: s.set_gradient_compression({"type": "2bit", "threshold": "a"}),
            mx.MXNetError,
            "threshold='a'",
        ),
        (lambda s: mx.kv.KVStore("device"), AssertionError, r"kv.create\('device'\)"),
        (lambda s: mx.kv.create(None), TypeError, "name must be a string"),
        (lambda s: mx.kv.create("devcie"), ValueError, "unknown kvstore 'devcie'.*try: +'device'"),
        (lambda s: mx.kv.create("dist_sync"), NotImplementedError, "joins several processes.*'device'"),
        (lambda s: mx.kv.create("horovod"), NotImplementedError, "trains in one"),
    ],
)
def test_a_wrong_use_says_what_to_do_and_changes_nothing(call, kind, text):
    store = store_of(weight=ones(), bias=ones(2))
    with pytest.raises(kind, match=f"(?s){text}"):
        call(store)
    assert (pulled(store, "weight"), pulled(store, "bias")) == ([1, 1], [2, 2])
    assert list(store.handle.arrays) == ["weight", "bias"]


def test_only_stores_of_devices_compress():
    with pytest.raises(mx.MXNetError, match=r"(?s)not supported for this type of kvstore.*'local'"):
        mx.kv.create("local").set_gradient_compression({"type": "2bit"})


def test_a_list_of_keys_of_which_one_is_wrong_changes_none():
    store = store_of(weight=ones(), bias=ones(2))
    store.set_optimizer(mx.optimizer.create("sgd", learning_rate=1.0))
    with pytest.raises(mx.MXNetError, match="shapes differ"):
        store.push(["weight", "bias"], [ones(), nd.ones((3,))])
    out = ones(9)
    with pytest.raises(mx.MXNetError, match="shapes differ"):
        store.pushpull(["weight", "bias"], [ones(), ones()], out=[out, nd.ones((3,))])
    with pytest.raises(mx.MXNetError, match="duplicate"):
        store.init(["new", "bias"], [ones(), ones()])
    with pytest.raises(mx.MXNetError, match="shapes differ"):
        store.broadcast("new", ones(), out=[out, nd.ones((3,))])
    assert (pulled(store, "weight"), pulled(store, "bias"), out.asnumpy().tolist()) == (
        [1, 1],
        [2, 2],
        [9, 9],
    )
    assert list(store.handle.arrays) == ["weight", "bias"]


# ------------------------------------------------------------------------------------------------ stores of others


@pytest.fixture
def registry():
    before = dict(mx.kv.KVStoreBase.kv_registry)
    yield mx.kv.KVStoreBase.kv_registry
    mx.kv.KVStoreBase.kv_registry.clear()
    mx.kv.KVStoreBase.kv_registry.update(before)


def test_a_registered_store_is_created_by_its_name(registry):
    @mx.kv.KVStoreBase.register
    class Mine(mx.kv.KVStoreBase):
        pass

    assert isinstance(mx.kv.create("mINE"), Mine)
    assert registry["mine"] is Mine


def test_a_registered_store_comes_before_a_built_in_one(registry):
    @mx.kv.KVStoreBase.register
    class Device(mx.kv.KVStoreBase):
        pass

    assert isinstance(mx.kv.create("device"), Device)


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.broadcast(0, ones(), ones()),
        lambda s: s.pushpull(0, ones()),
        lambda s: s.set_optimizer(None),
        lambda s: s.is_capable("optimizer"),
        lambda s: s.save_optimizer_states("x"),
        lambda s: s.load_optimizer_states("x"),
        lambda s: s.type,
        lambda s: s.rank,
        lambda s: s.num_workers,
    ],
)
def test_what_a_store_does_not_write_is_named(use):
    class Mine(mx.kv.KVStoreBase):
        pass

    with pytest.raises(NotImplementedError, match=r"Mine\.\w+ is not written"):
        use(Mine())


def test_a_server_has_nothing_to_do():
    store = mx.kv.create()
    server = mx.kv.KVStoreServer(store)
    assert server.kvstore is store
    assert server.run() is None
    assert store._barrier() is None


def test_the_modules_have_the_names_of_mxnet():
    from mxnet.kv import create

    from mxnet.kvstore.base import KVStoreBase, TestStore
    from mxnet.kvstore.kvstore import KVStore
    from mxnet.kvstore.kvstore_server import KVStoreServer

    assert mx.kvstore is mx.kv
    assert (create, KVStoreBase, KVStore, KVStoreServer) == (
        mx.kv.create,
        mx.kv.KVStoreBase,
        mx.kv.KVStore,
        mx.kv.KVStoreServer,
    )
    assert mx.kv.KVStoreBase.kv_registry["teststore"] is TestStore


def test_a_program_without_stores_does_not_load_them():
    program = "import sys, mxnet; print('mxnet.kvstore' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
