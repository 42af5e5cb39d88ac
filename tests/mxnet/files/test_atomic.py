"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.files import atomic_path, atomic_write, load, save, write_idx


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX has them")


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with atomic_write(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["file"]


@pytest.mark.parametrize("exception", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_an_exception_leaves_the_old_file_and_nothing_else(exception, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(exception), atomic_write(path) as stream:  # noqa: PT012
        stream.write(b"half of it")
        stream.flush()
        raise exception
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


def test_an_exception_leaves_no_file_where_none_was(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "file"):
        _ = 1 / 0
    assert names_in(tmp_path) == []


def test_a_process_that_dies_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    save(path, {"w": np.ones(3, np.float32)})
    program = (
        "import os, sys; from mxnet.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as stream:\n"
        "    stream.write(b'x' * 10000); stream.flush(); os._exit(7)\n"
    )
    died = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert died.returncode == 7
    assert load(path)["w"].data.tolist() == [1.0, 1.0, 1.0]


def test_an_array_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    for name in ("net.params", "net.safetensors", "net.npz"):
        path = tmp_path / name
        save(path, {"w": np.ones(3, np.float32)})
        with pytest.raises(TypeError):
            save(path, {"w": np.ones(3, np.float32), "bad": np.ones(3, complex)})
        assert load(path)["w"].data.tolist() == [1.0, 1.0, 1.0]


def test_a_writer_that_fails_midway_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    from mxnet.files import params

    path = tmp_path / "net.params"
    save(path, {"w": np.ones(3, np.float32)})
    calls = []

    def full_disk(stream, values) -> None:
        calls.append(values)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        stream.write(values.tobytes())

    monkeypatch.setattr(params, "_write_elements", full_disk)
    with pytest.raises(MXNetError, match="the disk is full"):
        save(path, {"a": np.zeros(2, np.float32), "b": np.zeros(2, np.float32)})
    assert load(path)["w"].data.tolist() == [1.0, 1.0, 1.0]
    assert names_in(tmp_path) == ["net.params"]


@POSIX
def test_permissions_are_those_of_a_plain_open(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "ours") as stream:
        stream.write(b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert mode_of(tmp_path / "ours") == mode_of(tmp_path / "plain")


@POSIX
def test_a_writer_that_puts_its_own_file_in_place_changes_no_permissions(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain", tmp_path / "ours"
    plain.write_bytes(b"")
    with atomic_path(path) as temporary:
        own = tmp_path / "own"
        own.touch(mode=0o600)
        own.replace(temporary)
    assert path.stat().st_mode == plain.stat().st_mode


@POSIX
def test_permissions_of_an_old_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with atomic_write(path) as stream:
        stream.write(b"new")
    assert mode_of(path) == 0o640


@POSIX
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with atomic_write(tmp_path / "link") as stream:
        stream.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


@POSIX
def test_a_device_is_written_to_and_not_replaced() -> None:
    with atomic_write(os.devnull) as stream:
        stream.write(b"nothing of this stays")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("write", [save, write_idx])
def test_a_missing_folder_is_named(write, tmp_path: Path) -> None:
    with pytest.raises(MXNetError, match=r"the folder .* does not exist") as caught:
        write(tmp_path / "missing" / "net.params", np.zeros(2, np.uint8))
    assert "os.makedirs" in str(caught.value)


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(MXNetError, match="it is a folder"):
        save(tmp_path, np.zeros(2))
    assert names_in(tmp_path) == []
