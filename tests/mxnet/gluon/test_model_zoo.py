"""The model zoo; that its networks are those of the real MXNet stands in ``test_golden_gluon.py``, family networks."""

import hashlib
import importlib
import inspect
import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon._download import DownloadError
from mxnet.gluon.model_zoo import model_store, vision
from mxnet.gluon.parameter import ABSTRACT
from mxnet.ndarray import NDArray
from tests.samples.gluon.networks import MODELS, native_size, small_resnet
from tests.samples.gluon.scenario import numbers
from tests.samples.store import read

from .server import server  # noqa: F401  a fixture

GOLDEN = Path(__file__).parents[2] / "golden" / "gluon"
SMALL = [name for name in MODELS if name.startswith(("mobilenet", "squeezenet"))]


# -------------------------------------------------------------------------------------------------- networks


@pytest.mark.parametrize("name", MODELS)
def test_every_network_scores_the_classes_at_its_native_size(name):
    net = vision.get_model(name, classes=17)
    net.initialize()
    size = native_size(name)
    x = NDArray._wrap(torch.empty((2, 3, size, size), device="meta"), ABSTRACT)
    with autograd.pause(), ABSTRACT:
        assert net.hybrid_forward(nd, x).shape == (2, 17)


@pytest.mark.parametrize("name", SMALL)
def test_small_networks_run_at_their_native_size(name):
    net = vision.get_model(name)
    net.initialize(mx.init.Xavier())
    y = net(nd.random.uniform(shape=(1, 3, 224, 224)))
    assert y.shape == (1, 1000)
    assert np.isfinite(y.asnumpy()).all()


@pytest.mark.parametrize(
    ("build", "size"),
    [
        (lambda: vision.resnet18_v1(classes=5, thumbnail=True), 32),
        (lambda: vision.get_resnet(2, 50, classes=5, thumbnail=True), 32),
        (lambda: vision.mobilenet0_25(classes=5), 96),
        (lambda: vision.mobilenet_v2_0_25(classes=5), 96),
    ],
    ids=["ResNetV1", "ResNetV2", "MobileNet", "MobileNetV2"],
)
def test_hybridized_networks_compute_the_same(build, size):
    net = build()
    net.initialize(mx.init.Xavier())
    x = nd.random.uniform(shape=(2, 3, size, size))
    expected = net(x).asnumpy()
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_a_file_of_the_real_mxnet_gives_the_network_its_results():
    content, expected = read(GOLDEN, "networks")["file of a small ResNet"].outputs
    net = small_resnet(mx)
    net.load_parameters(content.tobytes())
    np.testing.assert_allclose(net(nd.array(numbers(2, 3, 8, 8))).asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_features_go_from_a_trained_network_to_a_new_task():
    trained = vision.resnet18_v2(thumbnail=True)
    trained.initialize(mx.init.Xavier())
    x = nd.random.uniform(shape=(2, 3, 32, 32))
    trained(x)
    net = vision.resnet18_v2(classes=2, thumbnail=True)
    net.features = trained.features
    net.output.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    before = trained.features[1].weight.data().asnumpy()
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(x), nd.array([0, 1]))
    loss.backward()
    trainer.step(2)
    assert net(x).shape == (2, 2)
    assert (trained.features[1].weight.data().asnumpy() != before).any()


def test_a_shortcut_has_its_name_its_module_and_words_on_its_arguments():
    function = vision.resnet50_v2
    assert (function.__name__, function.__module__) == ("resnet50_v2", "mxnet.gluon.model_zoo.vision.resnet")
    assert list(inspect.signature(function).parameters) == ["kwargs"]
    assert "get_resnet(2, 50, **kwargs)" in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is function


def test_importing_the_module_of_alexnet_leaves_the_function():
    importlib.import_module("mxnet.gluon.model_zoo.vision.alexnet")
    assert inspect.isfunction(vision.alexnet)
    assert inspect.ismodule(vision.vgg)


def test_capital_letters_do_not_matter_in_names():
    assert isinstance(vision.get_model("MobileNetV2_0.25"), vision.MobileNetV2)


def test_all_names_are_listed_where_one_is_unknown():
    with pytest.raises(
        ValueError, match=r"Model resnet-18 is not supported\. Available options are"
    ) as caught:
        vision.get_model("resnet-18")
    assert all(f"\t{name}\n" in str(caught.value) for name in MODELS)
    assert "get_model('resnet18_v" in str(caught.value)
    with pytest.raises(TypeError, match="takes the name of a network"):
        vision.get_model(18)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: vision.resnet18_v1(num_classes=3), TypeError, "try:      classes=3"),
        (lambda: vision.alexnet(multiplier=3), TypeError, "unexpected keyword argument 'multiplier'"),
        (lambda: vision.get_resnet(3, 18), AssertionError, "Invalid resnet version: 3. Options are 1 and 2."),
        (lambda: vision.get_resnet(1, 20), AssertionError, "Invalid number of layers: 20. Options are"),
        (lambda: vision.get_vgg(12), KeyError, "try:      11 or 13 or 16 or 19"),
        (lambda: vision.densenet.get_densenet([121]), KeyError, "there is no network of [121] layers"),
        (lambda: vision.SqueezeNet(1.1), AssertionError, "the version as a string: '1.1'"),
        (lambda: vision.SqueezeNet("2"), AssertionError, "1.0 or 1.1 expected"),
        (lambda: vision.VGG([1, 2], [4]), AssertionError, "layers=[1, 2], filters=[4]"),
        (
            lambda: vision.ResNetV1(vision.BasicBlockV1, [1, 1], [4, 4]),
            AssertionError,
            "2 stages ask for 3 numbers",
        ),
        (lambda: vision.MobileNet(0.01), mx.MXNetError, "channels"),
        (lambda: vision.MobileNetV2("0.5"), TypeError, "received: multiplier='0.5'"),
        (lambda: vision.get_mobilenet(0.3, pretrained=True), ValueError, "mobilenet0.3 is not available"),
        (
            lambda: vision.resnet18_v1(pretrained=True, classes=2),
            AssertionError,
            "net.features = get_model('resnet18_v1', pretrained=True).features",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_arguments_say_what_is_right(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


def test_too_small_an_image_is_named():
    net = vision.squeezenet1_1()
    net.initialize()
    with pytest.raises(mx.MXNetError, match="Pooling"):
        net(nd.ones((1, 3, 64, 64)))


# --------------------------------------------------------------------------------------------------- weights

NAME = "mobilenet0.25"


def archive(content, name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def published(server, monkeypatch):  # noqa: F811
    """A server with the weights of one network, which are a few bytes, and no other server in the world."""
    content = b"weights"
    sha1 = hashlib.sha1(content).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, NAME, sha1)
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    server.content, server.stem = content, f"{NAME}-{sha1[:8]}"
    server.files[f"gluon/models/{server.stem}.zip"] = archive(content, f"{server.stem}.params")
    return server


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_pretrained_weights_are_fetched_and_loaded(published, monkeypatch, tmp_path, seed):
    trained = vision.mobilenet0_25()
    trained.initialize(mx.init.Xavier())
    x = nd.random.uniform(shape=(1, 3, 32, 32))
    expected = trained(x).asnumpy()
    trained.save_parameters(str(tmp_path / "saved"))
    content = (tmp_path / "saved").read_bytes()
    sha1 = hashlib.sha1(content).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, NAME, sha1)
    stem = f"{NAME}-{sha1[:8]}"
    published.files[f"gluon/models/{stem}.zip"] = archive(content, f"{stem}.params")
    net = vision.get_model(NAME, pretrained=True, root=str(tmp_path / "models"))
    np.testing.assert_array_equal(net(x).asnumpy(), expected)
    assert names(tmp_path / "models") == [f"{stem}.params"]


def test_the_usual_folder_follows_mxnet_home(published, monkeypatch, tmp_path):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    path = model_store.get_model_file(NAME)
    assert path == str(tmp_path / "models" / f"{published.stem}.params")
    assert Path(path).read_bytes() == published.content
    model_store.purge()
    assert not os.path.exists(path)


def test_a_file_that_is_there_is_used_and_nobody_asked(published, tmp_path):
    (tmp_path / f"{published.stem}.params").write_bytes(published.content)
    assert model_store.get_model_file(NAME, root=str(tmp_path)) == str(tmp_path / f"{published.stem}.params")
    assert published.requests == []


def test_an_archive_put_there_by_hand_is_used_and_kept(published, tmp_path):
    by_hand = archive(published.content, f"any/folder/{published.stem}.params")
    (tmp_path / f"{published.stem}.zip").write_bytes(by_hand)
    assert Path(model_store.get_model_file(NAME, root=str(tmp_path))).read_bytes() == published.content
    assert published.requests == []
    assert names(tmp_path) == [f"{published.stem}.params", f"{published.stem}.zip"]


@pytest.mark.parametrize("damage", ["no archive", "other content", "other name"])
def test_a_damaged_archive_is_fetched_again(published, tmp_path, damage, capsys):
    content = {
        "no archive": b"PK, nearly",
        "other content": archive(b"wrong", f"{published.stem}.params"),
        "other name": archive(published.content, "x.params"),
    }[damage]
    (tmp_path / f"{published.stem}.zip").write_bytes(content)
    assert Path(model_store.get_model_file(NAME, root=str(tmp_path))).read_bytes() == published.content
    assert "it is fetched again" in capsys.readouterr().out


def test_a_file_with_other_content_is_replaced(published, tmp_path, caplog):
    (tmp_path / f"{published.stem}.params").write_bytes(b"other")
    assert Path(model_store.get_model_file(NAME, root=str(tmp_path))).read_bytes() == published.content
    assert "Mismatch in the content of model file detected. Downloading again." in caplog.text


def test_wrong_content_on_the_server_is_a_value_error_and_leaves_nothing(published, tmp_path):
    published.files[f"gluon/models/{published.stem}.zip"] = archive(b"wrong", f"{published.stem}.params")
    with pytest.raises(ValueError, match="different hash") as caught:
        model_store.get_model_file(NAME, root=str(tmp_path))
    assert isinstance(caught.value, DownloadError)
    assert names(tmp_path) == []


def test_offline_the_error_says_which_file_to_put_where(published, monkeypatch, tmp_path):
    published.files.clear()
    with pytest.raises(DownloadError) as caught:
        vision.mobilenet0_25(pretrained=True, root=str(tmp_path))
    text = str(caught.value)
    assert f"put {published.stem}.params (SHA-1 {model_store._model_sha1[NAME]})" in text
    assert f"into {tmp_path}" in text
    assert published.url(f"gluon/models/{published.stem}.zip") in text
    assert "net.load_parameters" in text
    assert names(tmp_path) == []


def test_without_a_repository_of_ones_own_several_mirrors_are_tried(monkeypatch, tmp_path):
    tried = []
    monkeypatch.delenv("MXNET_GLUON_REPO", raising=False)

    def refuse(file, folder, overwrite):
        tried.extend(file.urls)
        raise DownloadError("offline")

    monkeypatch.setattr(model_store, "fetch", refuse)
    with pytest.raises(DownloadError):
        model_store.get_model_file("alexnet", root=str(tmp_path))
    assert len(tried) == 3
    assert all(url.endswith("/gluon/models/alexnet-44335d1f.zip") for url in tried)


def test_a_folder_that_may_not_be_written_is_named(published, monkeypatch, tmp_path):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DownloadError, match="cannot write") as caught:
        model_store.get_model_file(NAME, root=str(tmp_path / "models"))
    assert "MXNET_HOME" in str(caught.value)


def test_weights_that_nobody_published_are_a_value_error():
    assert model_store.short_hash("alexnet") == "44335d1f"
    for call in (model_store.short_hash, model_store.get_model_file):
        with pytest.raises(ValueError, match=r"Pretrained model for alexnett is not available\.") as caught:
            call("alexnett")
        assert "'alexnet'" in str(caught.value)


def test_every_network_has_published_weights():
    assert set(model_store._model_sha1) == set(MODELS)


def test_purge_deletes_weights_and_parts_and_nothing_else(tmp_path):
    for name in ("a-1.params", ".a-1.zip.12345678.part", ".a-1.zip.12345678.stamp", "notes.txt", "a-1.zip"):
        (tmp_path / name).write_bytes(b"")
    model_store.purge(str(tmp_path))
    assert names(tmp_path) == ["a-1.zip", "notes.txt"]
    model_store.purge(str(tmp_path / "nowhere"))


def test_the_zoo_is_imported_when_it_is_used():
    program = (
        "import sys; from mxnet import gluon; print('mxnet.gluon.model_zoo' in sys.modules); "
        "print(gluon.model_zoo.vision.AlexNet.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "AlexNet"]
