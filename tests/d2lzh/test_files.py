"""Where the helper package looks for data, and how it unpacks archives."""

import io
import os
import tarfile

import pytest

from d2lzh.files import datasets, find, place_of, unpack


@pytest.fixture
def home(tmp_path, monkeypatch):
    """MXNET_HOME, and a working folder beside which there is no ``../data`` yet."""
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    (tmp_path / "chapter").mkdir()
    monkeypatch.chdir(tmp_path / "chapter")
    return tmp_path


def test_data_go_to_mxnet_home(home):
    assert datasets() == str(home / "home" / "datasets")
    assert place_of("a", "b") == str(home / "home" / "datasets" / "a" / "b")
    assert find("a") is None


def test_without_mxnet_home_data_go_to_the_home_folder(home, monkeypatch):
    monkeypatch.delenv("MXNET_HOME")
    assert datasets() == os.path.join(os.path.expanduser("~"), ".mxnet", "datasets")


def test_data_that_lie_where_the_book_has_them_are_found_first(home):
    for folder in ("home/datasets/voc", "data/voc"):
        (home / folder).mkdir(parents=True)
        assert os.path.samefile(find("voc"), home / folder)
        assert os.path.samefile(place_of("voc"), home / folder)


def test_a_folder_that_is_given_is_the_only_one(home):
    (home / "data" / "voc").mkdir(parents=True)
    assert find("voc", data_dir=home / "mine") is None
    assert place_of("voc", data_dir=home / "mine") == str(home / "mine" / "voc")


def archive(path, members):
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as file:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["data.tar", "data.tar.gz"])
def test_an_archive_is_unpacked_beside_itself_once(tmp_path, name):
    path = archive(tmp_path / name, {"kit/a.txt": b"1", "kit/deep/b.txt": b"2"})
    assert unpack(path, "kit") == str(tmp_path / "kit")
    assert (tmp_path / "kit" / "deep" / "b.txt").read_bytes() == b"2"
    (tmp_path / "kit" / "a.txt").write_bytes(b"mine")
    unpack(path, "kit")
    assert (tmp_path / "kit" / "a.txt").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == [name, "kit"]


def test_half_an_archive_leaves_nothing_behind(tmp_path):
    path = archive(tmp_path / "data.tar", {"kit/a.txt": b"1" * 5000, "kit/b.txt": b"2" * 5000})
    path.write_bytes(path.read_bytes()[:7000])
    with pytest.raises(OSError, match=r"cannot|no archive that can be unpacked"):
        unpack(path, "kit")
    assert os.listdir(tmp_path) == ["data.tar"]


@pytest.mark.parametrize("name", ["../outside.txt", "/tmp/outside.txt"])
def test_no_archive_writes_outside_its_folder(tmp_path, name):
    (tmp_path / "here").mkdir()
    path = archive(tmp_path / "here" / "data.tar", {"kit/a.txt": b"1", name: b"2"})
    before = os.path.exists("/tmp/outside.txt")
    try:
        unpack(path, "kit")
    except OSError:
        assert os.listdir(tmp_path / "here") == ["data.tar"]
    assert os.listdir(tmp_path) == ["here"]
    assert os.path.exists("/tmp/outside.txt") == before


def test_an_archive_of_something_else_is_an_error(tmp_path):
    path = archive(tmp_path / "data.tar", {"other/a.txt": b"1"})
    with pytest.raises(OSError, match="no folder 'kit' in"):
        unpack(path, "kit")
    assert os.listdir(tmp_path) == ["data.tar"]
