"""The command ``glueball`` itself: help that answers at once, and ``doctor``."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "numpy", "mxnet", "matplotlib", "PIL", "sklearn"}


def glueball(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "glueball", *arguments],
        capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "-h"], ["--version"], []])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys\nfrom glueball.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert shown.stderr.splitlines()[-1] == "[]"


def test_help_names_the_commands():
    shown = glueball("--help")
    assert shown.returncode == 0
    for command in ("train", "predict", "run", "inspect", "convert", "check", "doctor"):
        assert command in shown.stdout


def test_an_unknown_command_is_one_line():
    shown = glueball("trian")
    assert shown.returncode == 2
    assert "trian" in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1


def test_doctor_shows_versions_devices_threads_and_cache(tmp_path):
    shown = glueball("doctor", env={"MXNET_HOME": str(tmp_path)})
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for word in (
        "glueball",
        "torch",
        "numpy",
        "cpu",
        "thread",
        "fashion-mnist",
        str(tmp_path),
        "matplotlib",
    ):
        assert word in shown.stdout


def test_doctor_finds_a_damaged_data_file(tmp_path):
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"not gzip")
    shown = glueball("doctor", env={"MXNET_HOME": str(tmp_path)})
    assert "train-images-idx3-ubyte.gz" in shown.stdout
    assert "No problem found" not in shown.stdout


def test_doctor_finds_the_original_beside_it(tmp_path):
    (tmp_path / "mxnet-1.9.1.dist-info").mkdir()
    (tmp_path / "mxnet-1.9.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mxnet\nVersion: 1.9.1\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    shown = glueball("doctor", env={"PYTHONPATH": path})
    assert "1.9.1" in shown.stdout
    assert "No problem found" not in shown.stdout


@pytest.mark.parametrize(
    ("noted", "command"),
    [
        (
            '{"dir_info": {"editable": true}, "url": "file:///a%20folder/glueball"}',
            'pip install --force-reinstall --no-deps -e "/a folder/glueball"',
        ),
        ('{"dir_info": {}, "url": "file:///b"}', "pip install --force-reinstall --no-deps /b"),
        (
            '{"url": "https://host/glueball.whl", "archive_info": {}}',
            "pip install --force-reinstall --no-deps https://host/glueball.whl",
        ),
        (
            '{"url": "https://host/glueball.git", "vcs_info": {"vcs": "git", "commit_id": "0"}}',
            "pip install --force-reinstall --no-deps git+https://host/glueball.git",
        ),
        (None, "pip install --force-reinstall --no-deps glueball"),
        ("damaged", "pip install --force-reinstall --no-deps glueball"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths are written in another way")
def test_doctor_installs_again_from_where_it_was_installed(noted, command, monkeypatch):
    from glueball import doctor

    class Distribution:
        def read_text(self, name):
            return noted if name == "direct_url.json" else None

    monkeypatch.setattr(doctor.importlib.metadata, "distribution", lambda name: Distribution())
    assert doctor._installing_again() == command


def test_doctor_names_every_extra_that_a_user_may_lack():
    from glueball import doctor

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = re.search(r"(?ms)^\[project.optional-dependencies\]\n(.*?)^\[", text)[1]
    for each in doctor.OPTIONAL:
        assert re.search(rf"(?m)^{each.extra} = ", extras), each.extra
    named = {each.extra for each in doctor.OPTIONAL} | {"sklearn", "docs", "dev"}
    assert {line.split(" = ")[0] for line in extras.splitlines() if re.match(r"\w+ = ", line)} == named


def test_doctor_takes_other_builds_of_opencv(monkeypatch):
    from glueball import doctor

    monkeypatch.setattr(doctor, "_version", {"opencv-python": "4.9"}.get)
    findings = doctor.Findings()
    doctor._optional(findings)
    rows = dict(findings.sections["Optional"])
    assert rows["opencv-python"] == "4.9"
    assert rows["onnx"] == 'missing, for mx.onnx, glueball convert --to onnx: pip install "glueball[onnx]"'
