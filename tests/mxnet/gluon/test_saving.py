"""Parameters to and from files; a failed load says everything at once and changes nothing."""

import io

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


def network(*sizes, seed=0, inputs=4, **kwargs):
    mx.random.seed(seed)
    net = nn.Sequential()
    for before, size in zip((inputs, *sizes), sizes, strict=False):
        net.add(nn.Dense(size, in_units=before, **kwargs))
    net.initialize(mx.init.Normal(1))
    return net


def values(net):
    return {name: p.data().asnumpy() for name, p in net._collect_params_with_prefix().items()}


def assert_equal(first, second):
    first, second = values(first), values(second)
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


@pytest.mark.parametrize("ending", [".params", ".safetensors", ".npz", ""])
def test_a_network_comes_back_from_a_file(tmp_path, ending):
    path = str(tmp_path / f"net{ending}")
    net, other = network(3, 2), network(3, 2, seed=1)
    net.save_parameters(path)
    other.load_parameters(path)
    assert_equal(net, other)


def test_a_path_object_and_a_file_object_do_as_well(tmp_path):
    net, other = network(3), network(3, seed=1)
    net.save_parameters(tmp_path / "net.params")
    other.load_parameters(tmp_path / "net.params")
    assert_equal(net, other)
    stream = io.BytesIO()
    net.save_parameters(stream)
    third = network(3, seed=2)
    third.load_parameters(io.BytesIO(stream.getvalue()))
    assert_equal(net, third)


def test_names_in_the_file_are_places_in_the_network(tmp_path):
    path = str(tmp_path / "net.params")
    network(3, 2).save_parameters(path)
    assert sorted(nd.load(path)) == ["0.bias", "0.weight", "1.bias", "1.weight"]


def test_safetensors_are_what_the_safetensors_library_reads(tmp_path):
    from safetensors.numpy import load_file

    path = tmp_path / "net.safetensors"
    net = network(3)
    net.save_parameters(path)
    np.testing.assert_array_equal(load_file(path)["0.weight"], net[0].weight.data().asnumpy())


def test_loading_fills_a_network_that_was_never_initialised(tmp_path):
    path = str(tmp_path / "net.params")
    net = network(3, 2)
    net.save_parameters(path)
    fresh = nn.Sequential()
    fresh.add(nn.Dense(3), nn.Dense(2))
    fresh.load_parameters(path, ctx=[mx.cpu(0), mx.cpu(1)])
    assert fresh[0].weight.shape == (3, 4)
    assert fresh[0].weight.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    assert_equal(net, fresh)


def test_loading_fills_deferred_parameters_where_they_were_to_be(tmp_path):
    path = str(tmp_path / "net.params")
    network(3).save_parameters(path)
    fresh = nn.Sequential()
    fresh.add(nn.Dense(3))
    fresh.initialize(ctx=mx.cpu(1))
    fresh.load_parameters(path)
    assert fresh[0].weight.list_ctx() == [mx.cpu(1)]


def test_arrays_stay_the_same_objects_when_a_network_is_loaded_again(tmp_path):
    path = str(tmp_path / "net.params")
    net = network(3)
    net.save_parameters(path)
    array = net[0].weight.data()
    array[:] = 0
    net.load_parameters(path)
    assert net[0].weight.data() is array
    assert array.asnumpy().any()


def test_saving_what_is_not_there_is_an_error_and_leaves_no_file(tmp_path):
    path = tmp_path / "net.params"
    layer = nn.Dense(2)
    with pytest.raises(RuntimeError, match="has not been initialized"):
        layer.save_parameters(path)
    layer.initialize()
    with pytest.raises(gluon.DeferredInitializationError):
        layer.save_parameters(path)
    assert not path.exists()


# ------------------------------------------------------------------------------------------------- what can go wrong


def failing_load(net, path, kind, **arguments):
    before = values(net)
    with pytest.raises(kind) as caught:
        net.load_parameters(path, **arguments)
    for name, array in values(net).items():
        np.testing.assert_array_equal(array, before[name])
    return str(caught.value)


def test_everything_that_is_wrong_is_listed_at_once_and_nothing_is_changed(tmp_path):
    path = str(tmp_path / "net.params")
    nd.save(
        path,
        {
            "0.weight": nd.zeros((3, 4)),
            "0.bias": nd.zeros((5,)),
            "1.weight": nd.zeros((2, 3), dtype="float16"),
            "1.bais": nd.zeros((2,)),
        },
    )
    text = failing_load(network(3, 2), path, AssertionError)
    assert "Parameter '1.bias' is missing in file (similar: '1.bais')" in text
    assert "'1.bais' is in the file, but not here (similar: '1.bias')" in text
    assert "'0.bias'" in text
    assert "shape expected (3,) vs saved (5,)" in text
    assert "dtype expected float32 vs saved float16" in text


def test_missing_names_are_an_error_unless_allowed(tmp_path):
    path = str(tmp_path / "net.params")
    network(3).save_parameters(path)
    text = failing_load(network(3, 2, seed=1), path, AssertionError)
    assert "1.weight" in text
    assert "1.bias" in text
    assert "allow_missing=True" in text
    net = network(3, 2, seed=1)
    last = net[1].weight.data().asnumpy()
    net.load_parameters(path, allow_missing=True)
    assert_equal(net[0:1], network(3))
    np.testing.assert_array_equal(net[1].weight.data().asnumpy(), last)


def test_unknown_names_are_an_error_unless_ignored(tmp_path):
    path = str(tmp_path / "net.params")
    network(3, 2).save_parameters(path)
    text = failing_load(network(3, seed=1), path, ValueError)
    assert "'1.weight' is in the file, but not here" in text
    assert "ignore_extra=True" in text
    net = network(3, seed=1)
    net.load_parameters(path, ignore_extra=True)
    assert_equal(net, network(3, 2)[0:1])


def test_a_file_that_is_not_there_or_broken_is_an_mxnet_error(tmp_path):
    net = network(3)
    failing_load(net, str(tmp_path / "nowhere.params"), mx.MXNetError)
    path = tmp_path / "net.params"
    net.save_parameters(path)
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    failing_load(net, path, mx.MXNetError)


def test_a_file_without_names_is_refused(tmp_path):
    path = str(tmp_path / "list.params")
    nd.save(path, [nd.ones((2,))])
    assert "have no names" in failing_load(network(3), path, ValueError)


def test_another_context_than_that_of_the_parameters_is_refused(tmp_path):
    path = str(tmp_path / "net.params")
    network(3).save_parameters(path)
    text = failing_load(network(3), path, AssertionError, ctx=mx.cpu(1))
    assert "previous initialized on [cpu(0)]" in text


# ------------------------------------------------------------------------------------------------------------ types


def test_types_differ_only_on_request(tmp_path):
    path = str(tmp_path / "net.params")
    network(3).save_parameters(path)
    half = network(3, seed=1)
    half.cast("float16")
    assert "cast_dtype=True" in failing_load(half, path, AssertionError)
    half.load_parameters(path, cast_dtype=True)
    assert half[0].weight.data().dtype == np.float16
    half.load_parameters(path, cast_dtype=True, dtype_source="saved")
    assert half[0].weight.data().dtype == np.float32
    with pytest.raises(AssertionError, match="dtype_source"):
        half.load_parameters(path, dtype_source="file")


# ------------------------------------------------------------------------------------------------- shared, by name


def shared_network():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=2))
    net.add(nn.Dense(2, in_units=2, params=net[0].params))
    net.initialize()
    return net


@pytest.mark.parametrize("deduplicate", [False, True])
def test_shared_parameters_are_saved_once_or_under_every_name(tmp_path, deduplicate):
    path = str(tmp_path / "net.params")
    net, other = shared_network(), shared_network()
    net.save_parameters(path, deduplicate=deduplicate)
    assert len(nd.load(path)) == (2 if deduplicate else 4)
    other.load_parameters(path)
    assert_equal(net, other)


def test_files_with_full_names_load_by_prefix(tmp_path):
    path = str(tmp_path / "net.params")
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2, in_units=2))
    net.initialize()
    net.collect_params().save(path)
    assert sorted(nd.load(path)) == ["net_dense0_bias", "net_dense0_weight"]
    other = nn.Sequential(prefix="net_")
    with other.name_scope():
        other.add(nn.Dense(2, in_units=2))
    other.load_parameters(path)
    assert_equal(net, other)


def test_a_dictionary_strips_and_restores_a_prefix(tmp_path):
    path = str(tmp_path / "layer.params")
    layer = nn.Dense(2, in_units=2, prefix="a_")
    layer.initialize()
    layer.collect_params().save(path, strip_prefix="a_")
    assert sorted(nd.load(path)) == ["bias", "weight"]
    other = nn.Dense(2, in_units=2, prefix="b_")
    other.collect_params().load(path, restore_prefix="b_")
    np.testing.assert_array_equal(other.weight.data().asnumpy(), layer.weight.data().asnumpy())
    with pytest.raises(AssertionError, match="restore_prefix is 'c_'"):
        other.collect_params().load(path, restore_prefix="c_")
    with pytest.raises(ValueError, match="striped before saving"):
        layer.collect_params().save(path, strip_prefix="z_")


def test_exported_names_lose_their_kind():
    layer = nn.Dense(2, in_units=2, prefix="a_")
    layer.collect_params().load_dict({"arg:a_weight": nd.ones((2, 2)), "aux:a_bias": nd.zeros((2,))})
    assert layer.weight.data().asnumpy().min() == 1


def test_own_parameters_and_constants_are_saved_by_their_attributes(tmp_path):
    class Layer(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.scale = self.params.get("factor", shape=(2,), init="ones")
            self.shift = self.params.get_constant("shift", [1, 2])
            self.inner = nn.Dense(2, in_units=2)

    layer = Layer()
    layer.initialize()
    path = str(tmp_path / "layer.params")
    layer.save_parameters(path)
    assert sorted(nd.load(path)) == ["inner.bias", "inner.weight", "scale", "shift"]


def test_copies_in_several_contexts_are_saved_as_their_mean(tmp_path):
    path = str(tmp_path / "layer.params")
    layer = nn.Dense(1, in_units=1, use_bias=False)
    layer.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    layer.weight.list_data()[0][:] = 1
    layer.weight.list_data()[1][:] = 3
    layer.save_parameters(path)
    assert nd.load(path)["weight"].asscalar() == 2


def test_save_and_load_hold_the_network_together(tmp_path):
    def network(last=nn.Dense):
        net = nn.HybridSequential()
        net.add(nn.Dense(3, activation="relu", in_units=4), last(2, in_units=3))
        net.initialize()
        return net

    net, other = network(), network()
    net.save(str(tmp_path / "net"))
    assert {path.name for path in tmp_path.iterdir()} == {"net-model.json", "net-model.params"}
    other.load(str(tmp_path / "net"))
    x = nd.ones((1, 4))
    np.testing.assert_array_equal(other(x).asnumpy(), net(x).asnumpy())

    class Wide(nn.Dense):
        pass

    with pytest.raises(mx.MXNetError, match=r"hybridsequential\d+.1: Wide\n.*a Dense there"):
        network(Wide).load(str(tmp_path / "net"))
    with pytest.raises(mx.MXNetError, match="No such file"):
        net.load(str(tmp_path / "none"))
    (tmp_path / "net-model.json").write_text("[1]")
    with pytest.raises(mx.MXNetError, match="describes no network"):
        net.load(str(tmp_path / "net"))


def test_a_context_that_is_none_is_refused_before_anything_changes(tmp_path):
    path = str(tmp_path / "x.params")
    layer, other = nn.Dense(2, in_units=3), nn.Dense(2)
    layer.initialize()
    layer.save_parameters(path)
    with pytest.raises(TypeError, match="ctx is a context or a list of them"):
        other.load_parameters(path, ctx="gpu")
    assert other.weight.shape == (2, 0)


def test_loading_a_file_takes_its_arrays_over_and_saving_copies_none(tmp_path, monkeypatch):
    path = str(tmp_path / "x.params")
    layer = nn.Dense(2, in_units=3)
    layer.initialize()
    copies = []
    original = nd.NDArray.copyto
    monkeypatch.setattr(nd.NDArray, "copyto", lambda *args: copies.append(args) or original(*args))
    layer.save_parameters(path)
    other, named = nn.Dense(2), nn.Dense(2, in_units=3, prefix=layer.prefix)
    other.load_parameters(path)
    layer.collect_params().save(path)
    named.collect_params().load(path)
    assert copies == []
    for each in (other, named):
        assert (each.weight.data() == layer.weight.data()).asnumpy().all()
        each.weight.data()[:] = 7
    assert layer.weight.data().asnumpy().max() < 7


def test_a_dictionary_that_was_loaded_is_not_changed_by_training():
    values = {"weight": nd.ones((2, 3)), "bias": nd.ones((2,))}
    layer = nn.Dense(2, prefix="")
    layer.collect_params().load_dict(values)
    layer.weight.data()[:] = 7
    assert values["weight"].asnumpy().max() == 1


@pytest.mark.parametrize("ctx", [mx.cpu(1), [mx.cpu(1)]])
def test_one_parameter_takes_loaded_data(ctx):
    layer = nn.Dense(2)
    layer.weight._load_init(nd.ones((2, 3)), ctx=ctx)
    assert layer.weight.data().context == mx.cpu(1)
