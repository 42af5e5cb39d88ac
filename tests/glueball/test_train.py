"""``glueball train`` and ``glueball predict``: what they print, what they leave, how they go on."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser

import numpy as np
import pytest

from glueball import checkpoint, results, training
from glueball.settings import BadValueError, NotPossibleError, Settings
from mxnet import files, nd

pytest.importorskip("sklearn", reason="the handwritten digits come with scikit-learn")

SMALL = Settings(
    dataset="digits", hidden=(16,), epochs=2, batch_size=64, dropout=0.2, optimizer="adam", lr=0.01
)


def start(settings, out, **more):
    return training.start_run(settings, out=out, overwrite=False, may_fall_back=False, **more)


def weights(folder):
    return {name: array.asnumpy() for name, array in nd.load(str(folder / "model.params")).items()}


def assert_same_weights(first, second):
    a, b = weights(first), weights(second)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "digits"
    assert start(SMALL, folder) == 0
    return folder


def glueball(*arguments, cwd=None, env=None, **options):
    return subprocess.run(
        [sys.executable, "-m", "glueball", *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env={**os.environ, **(env or {})}, timeout=120, **options,
    )  # fmt: skip


def test_a_run_leaves_everything_that_was_promised(finished):
    for name in (*results.NAMES, training.CONFIG, checkpoint.NAME):
        assert (finished / name).stat().st_size > 0, name
    rows = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert rows[-1]["test_accuracy"] > 0.8
    assert json.loads((finished / "config.json").read_text())["hidden"] == [16]
    for name in results.PICTURES:
        assert (finished / name).read_bytes().startswith(b"\x89PNG")


def test_safetensors_and_params_hold_the_same_weights(finished):
    params = files.load(str(finished / "model.params"))
    tensors = files.load(str(finished / "model.safetensors"))
    assert params.keys() == tensors.keys()
    for name in params:
        np.testing.assert_array_equal(params[name].data, tensors[name].data)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for key, value in attributes if key in ("src", "href")]


def test_the_report_needs_nothing_beside_it(finished):
    page = _Page()
    page.feed((finished / "report.html").read_text(encoding="utf-8"))
    assert page.tags.count("img") == 3
    assert "script" not in page.tags
    assert all(link.startswith("data:image/png;base64,") for link in page.links)


def test_equal_settings_give_equal_weights(finished, tmp_path):
    start(SMALL, tmp_path / "again")
    assert_same_weights(finished, tmp_path / "again")


@pytest.mark.parametrize("after", [3, 23, 30])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(finished, tmp_path, monkeypatch, after):
    folder = tmp_path / "interrupted"
    steps = 0
    original = training.gluon.Trainer.step

    def counted(self, *arguments, **options):
        nonlocal steps
        steps += 1
        if steps == after:
            signal.raise_signal(signal.SIGINT)
        return original(self, *arguments, **options)

    monkeypatch.setattr(training.gluon.Trainer, "step", counted)
    assert start(SMALL, folder) == 130
    assert not (folder / "model.params").exists()
    monkeypatch.undo()
    assert training.resume_run(folder) == 0
    assert_same_weights(finished, folder)
    kept = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    full = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    for a, b in zip(kept, full):
        assert a["train_accuracy"] == b["train_accuracy"]
        assert a["train_loss"] == pytest.approx(b["train_loss"], rel=1e-5)
        assert a["test_loss"] == b["test_loss"]


def test_more_epochs_go_on_from_where_a_run_ended(finished, tmp_path):
    longer = tmp_path / "longer"
    start(Settings(**{**SMALL.__dict__, "epochs": 3}), longer)
    folder = tmp_path / "extended"
    start(SMALL, folder)
    assert training.resume_run(folder, epochs=3) == 0
    assert_same_weights(longer, folder)
    assert training.resume_run(folder) == 0  # nothing left to do, said and not an error


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a whole console there, not one process")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-u", "-m", "glueball", "train", "--dataset", "digits", "--epochs", "100000"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        seen = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    text = "".join(seen) + rest
    assert process.returncode == 130, text
    assert f"glueball train --resume {tmp_path / 'run'}" in text
    assert (tmp_path / "run" / checkpoint.NAME).exists()
    assert "Traceback" not in text


def test_output_to_a_file_has_no_control_characters(tmp_path):
    shown = glueball("train", "--dataset", "digits", "--epochs", "2", "--out", tmp_path / "run")
    assert shown.returncode == 0, shown.stderr
    assert "\x1b" not in shown.stdout
    assert "\r" not in shown.stdout
    assert "epoch   2/2" in shown.stdout
    assert "report.html" in shown.stdout


def test_without_data_and_network_the_digits_are_trained(tmp_path):
    home = tmp_path / "empty"
    home.mkdir()
    env = {"MXNET_HOME": str(home), "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    began = time.monotonic()
    shown = glueball("train", "--epochs", "1", cwd=tmp_path, env=env)
    assert shown.returncode == 0, shown.stderr
    assert "handwritten digits" in shown.stderr
    assert "train-images-idx3-ubyte.gz" in shown.stderr
    assert (tmp_path / "runs" / "digits-mlp" / "report.html").exists()
    assert time.monotonic() - began < 100


def test_a_data_set_that_was_asked_for_is_not_replaced(tmp_path, monkeypatch):
    def nothing(name):
        raise NotPossibleError("no network")

    monkeypatch.setattr(training.datasets, "load", nothing)
    with pytest.raises(NotPossibleError, match="no network"):
        start(Settings(dataset="mnist"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_overwritten_unless_asked(finished):
    with pytest.raises(BadValueError, match="--overwrite replaces it"):
        start(SMALL, finished)


def test_runs_without_a_name_get_names_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(dataset="digits", model="softmax", epochs=1)
    assert start(settings, None) == 0
    assert start(settings, None) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "digits-softmax",
        "digits-softmax-2",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--lr", "fast"], "takes a number above 0, not 'fast'"),
        (["--epochs", "0"], "takes a whole number above 0"),
        (["--model", "mpl"], "did you mean 'mlp'"),
        (["--optimizer", "sdg"], "did you mean 'sgd'"),
        (["--hidden", "256,x"], "takes sizes such as 256"),
        (["--dropout", "1"], "from 0 to below 1"),
        (["--device", "tpu"], "takes auto, cpu, gpu"),
        (["--learning-rate", "1"], "--learning-rate"),
        (["--resume", "nowhere"], "holds no run"),
        (["--resume", "nowhere", "--lr", "0.5"], "leave out --lr"),
        (["--resume", "nowhere", "--batch-size", "256"], "leave out --batch-size"),
        (["--device", "gpu:77"], "--device gpu:77: "),
    ],
)
def test_bad_values_are_one_line_and_exit_code_2(arguments, words, tmp_path):
    shown = glueball("train", *arguments, cwd=tmp_path)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1
    assert shown.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", b"PK\x03\x04 half a file"])
def test_a_damaged_checkpoint_is_said_to_be_one(finished, tmp_path, damage):
    (tmp_path / "config.json").write_bytes((finished / "config.json").read_bytes())
    (tmp_path / checkpoint.NAME).write_bytes(damage)
    with pytest.raises(NotPossibleError, match=r"checkpoint\.npz cannot be read"):
        training.resume_run(tmp_path)


def picture_of(digit, path, invert=False):
    from PIL import Image
    from sklearn.datasets import load_digits

    pixels = (load_digits().images[digit] * (255 / 16)).astype("uint8")
    Image.fromarray(255 - pixels if invert else pixels).resize((64, 64), Image.Resampling.NEAREST).save(path)


def test_predict_names_classes_with_probabilities(finished, tmp_path):
    picture_of(0, tmp_path / "zero.png")
    picture_of(1, tmp_path / "one.png", invert=True)
    shown = glueball("predict", finished, tmp_path / "zero.png", tmp_path / "one.png")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == f"{tmp_path / 'zero.png'}  (64x64 shrunk to 8x8)"
    assert lines[1].split()[0] == "0"
    assert lines[1].split()[1].endswith("%")
    assert "inverted, as its background is bright" in lines[4]
    assert lines[5].split()[0] == "1"


@pytest.mark.parametrize(("ink", "paper"), [("black", "white"), ("white", "black")])
def test_what_is_transparent_is_paper_that_the_ink_stands_out_from(finished, tmp_path, ink, paper):
    from PIL import Image

    picture_of(1, tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as opened:
        drawn = Image.new("RGBA", opened.size, ink)
        drawn.putalpha(opened.convert("L"))
    drawn.save(tmp_path / "stroke.png")
    opaque = glueball("predict", finished, tmp_path / "one.png").stdout.splitlines()
    shown = glueball("predict", finished, tmp_path / "stroke.png").stdout.splitlines()
    assert f"transparent, so laid on {paper}" in shown[0]
    assert ("inverted" in shown[0]) == (paper == "white")
    assert [line.split()[0] for line in shown[1:]] == [line.split()[0] for line in opaque[1:]]


def test_a_photograph_is_turned_as_it_was_taken(finished, tmp_path):
    from PIL import Image

    picture_of(7, tmp_path / "seven.png")
    with Image.open(tmp_path / "seven.png") as opened:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees to the right
        opened.convert("L").transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    upright, turned = (
        glueball("predict", finished, tmp_path / name).stdout.splitlines()
        for name in ("seven.png", "turned.png")
    )
    assert turned[1:] == upright[1:]


def test_a_loss_that_is_no_number_is_null_in_the_metrics_and_a_line_says_why(tmp_path, capsys):
    assert start(dataclasses.replace(SMALL, epochs=1, optimizer="sgd", lr=1e20), tmp_path / "run") == 0
    assert "the loss is no finite number: the steps were too large; try --lr 1e+19" in capsys.readouterr().out

    def refuse(name):
        raise ValueError(f"{name} is no JSON")

    (row,) = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert json.loads(row, parse_constant=refuse)["train_loss"] is None


@pytest.mark.parametrize(
    ("image", "words"), [("nothing.png", "is not there"), ("text.png", "is no picture that can be read")]
)
def test_predict_refuses_what_is_no_picture(finished, tmp_path, image, words):
    (tmp_path / "text.png").write_text("text")
    shown = glueball("predict", finished, tmp_path / image)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1
