"""``mx.engine``, ``mx.runtime``, ``mx.util``, ``mx.registry``, ``mx.log``, ``mx.error``, ``mx.profiler``, old names."""

import json
import logging

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd


def test_the_size_of_bulks_is_kept_and_given_back():
    assert mx.engine.set_bulk_size(7) == 0
    with mx.engine.bulk(3):
        assert mx.engine.set_bulk_size(3) == 3
    assert mx.engine.set_bulk_size(0) == 7


def test_features_have_the_names_of_build_options():
    features = mx.runtime.Features()
    assert set(features) == {feature.name for feature in mx.runtime.feature_list()}
    assert len(features) == 32
    assert features.is_enabled("profiler")
    assert repr(features["CAFFE"]) == "✖ CAFFE"
    with pytest.raises(RuntimeError, match=r"(?s)Feature 'CUDNNN' is unknown.*is_enabled\('CUDNN'\)"):
        features.is_enabled("CUDNNN")


def test_the_environment_is_read_and_written(monkeypatch):
    monkeypatch.setenv("GLUEBALL_TEST_VARIABLE", "1")
    assert mx.util.getenv("GLUEBALL_TEST_VARIABLE") == "1"
    mx.util.setenv("GLUEBALL_TEST_VARIABLE", None)
    assert mx.util.getenv("GLUEBALL_TEST_VARIABLE") is None


def test_numpys_semantics_are_off_and_stay_off():
    assert not mx.util.is_np_array()
    assert not mx.util.is_np_shape()
    with mx.util.np_shape(True):
        assert nd.zeros((0, 2)).shape == (0, 2)
    mx.util.reset_np()
    with pytest.raises(NotImplementedError, match=r"mx\.np are not in Glueball"):
        mx.util.set_np()
    with pytest.raises(NotImplementedError):
        mx.util.use_np(lambda x: x)


def test_a_registry_creates_by_name_description_and_instance():
    class Animal:
        pass

    create = mx.registry.get_create_func(Animal, "animal")
    register = mx.registry.get_register_func(Animal, "animal")

    @mx.registry.get_alias_func(Animal, "animal")("feline", "kitty")
    @register
    class Cat(Animal):
        def __init__(self, lives=9):
            self.lives = lives

    assert sorted(mx.registry.get_registry(Animal)) == ["cat", "feline", "kitty"]
    assert create("Kitty").lives == 9
    assert create("cat", lives=3).lives == 3
    assert create('["cat", {"lives": 5}]').lives == 5
    tom = Cat()
    assert create(tom) is tom
    assert create(animal="feline").lives == 9
    with pytest.raises(AssertionError, match=r"(?s)caat is not registered.*'cat'"):
        create("caat")
    with pytest.raises(AssertionError, match="must be of string type"):
        create(3)
    with pytest.raises(AssertionError, match="already an instance"):
        create(tom, 1)
    with pytest.warns(UserWarning, match="overriding existing animal"):
        register(type("Cat", (Animal,), {}))


def test_loggers_write_letter_time_and_place(tmp_path):
    path = tmp_path / "program.log"
    logger = mx.log.get_logger("glueball-test", filename=str(path), level=mx.log.INFO)
    assert mx.log.get_logger("glueball-test") is logger
    logger.info("hey %d", 5)
    logger.debug("never")
    for handler in logger.handlers:
        handler.close()
    logging.getLogger("glueball-test").handlers.clear()
    text = path.read_text()
    assert text.startswith("I")
    assert "test_small_modules.py" in text
    assert text.endswith("] hey 5\n")
    with pytest.warns(DeprecationWarning, match="get_logger instead"):
        mx.log.getLogger("other-test")


def test_exceptions_are_mxnets():
    assert issubclass(mx.error.InternalError, mx.MXNetError)

    @mx.error.register
    class OddError(mx.MXNetError):
        pass

    assert mx.error.register("Odd", OddError) is OddError


def test_a_profile_has_operators_tasks_and_counters(tmp_path):
    mx.profiler.dumps(reset=True)  # whatever was measured in this process before
    path = tmp_path / "profile.json"
    mx.profiler.set_config(filename=str(path), profile_all=True, aggregate_stats=True)
    with pytest.raises(mx.MXNetError, match="nothing was measured"):
        mx.profiler.dump()
    mx.profiler.set_state("run")
    domain = mx.profiler.Domain("training")
    counter = domain.new_counter("batches", 1)
    with domain.new_task("step"):
        nd.dot(nd.ones((8, 8)), nd.ones((8, 8))).asnumpy()
    counter += 2
    domain.new_marker("here").mark()
    mx.profiler.set_state("stop")
    nd.sqrt(nd.ones((2,)))  # not measured any more
    table = mx.profiler.dumps()
    assert "mm" in table
    assert "sqrt" not in table
    rows = json.loads(mx.profiler.dumps(format="json"))["Time"]["operator"]
    assert rows["mm"]["count"] >= 1
    mx.profiler.dump()
    events = json.loads(path.read_text())["traceEvents"]
    named = [event["name"] for event in events]
    assert named.count("step") == 2
    assert [event["args"]["batches"] for event in events if event["name"] == "batches"] == [1, 3]
    assert "here" in named
    mx.profiler.dumps(reset=True)
    assert "mm" not in mx.profiler.dumps()
    with pytest.raises(ValueError, match=r"filename=\.\.\."):
        mx.profiler.set_config(file_name="x")
    with pytest.raises(ValueError, match="'run' or 'stop'"):
        mx.profiler.set_state("go")


def test_old_places_lead_to_the_same_functions():
    boxes = nd.array([[0, 0, 1, 1]])
    assert mx.contrib.ndarray.box_iou(boxes, boxes).asnumpy().tolist() == [[1.0]]
    assert mx.contrib.symbol.box_iou(mx.sym.var("a"), mx.sym.var("b")).list_arguments() == ["a", "b"]
    (slope,), value = mx.contrib.autograd.grad_and_loss(lambda x: x * x)(nd.array([3.0]))
    assert (slope.asscalar(), value.asscalar()) == (6, 9)
    with mx.contrib.autograd.train_section():
        assert mx.autograd.is_recording()


def test_a_loader_feeds_a_module_and_fills_its_last_batch(rng):
    data = mx.gluon.data
    images = rng.normal(size=(5, 3)).astype("float32")
    loader = data.DataLoader(data.ArrayDataset(nd.array(images), nd.arange(5)), batch_size=2)
    batches = mx.contrib.io.DataLoaderIter(loader)
    for _ in range(2):
        seen = [(batch.data[0].asnumpy(), batch.label[0].asnumpy(), batch.pad) for batch in batches]
        assert [pad for _, _, pad in seen] == [0, 0, 1]
        np.testing.assert_array_equal(np.concatenate([rows for rows, _, _ in seen])[:5], images)
        assert seen[-1][1].tolist() == [4, 0]
        batches.reset()
    assert batches.provide_data[0].shape == (2, 3)
