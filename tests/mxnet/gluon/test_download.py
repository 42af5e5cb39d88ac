import hashlib
import multiprocessing
import os
import socket
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from mxnet.gluon import _download
from mxnet.gluon._download import ContentError, DownloadError, RemoteFile, fetch
from mxnet.gluon.utils import check_sha1, download, replace_file

from .server import server  # noqa: F401  a fixture

CONTENT = np.random.RandomState(0).bytes(300_000)
SHA1 = hashlib.sha1(CONTENT).hexdigest()


@pytest.fixture
def host(server):  # noqa: F811
    server.files["data.bin"] = CONTENT
    return server


def left_behind(folder):
    return sorted(p.name for p in folder.iterdir())


# ------------------------------------------------------------------------------------------------- download


def test_download_returns_the_path_of_the_file(host, tmp_path):
    path = download(host.url("data.bin"), path=str(tmp_path / "sub" / "x.bin"))
    assert path == str(tmp_path / "sub" / "x.bin")
    assert Path(path).read_bytes() == CONTENT
    assert left_behind(tmp_path / "sub") == ["x.bin"]


def test_download_names_the_file_as_the_url_does(host, tmp_path, monkeypatch, capsys):
    assert download(host.url("data.bin"), path=str(tmp_path)) == str(tmp_path / "data.bin")
    assert f"Downloading {tmp_path / 'data.bin'} from {host.url('data.bin')}..." in capsys.readouterr().out
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert download(host.url("data.bin")) == "data.bin"
    with pytest.raises(AssertionError, match="Can't construct file-name"):
        download(host.url())


def test_a_file_that_is_there_is_not_fetched_again(host, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"old")
    download(host.url("data.bin"), path=str(tmp_path))
    assert host.requests == []
    download(host.url("data.bin"), path=str(tmp_path), overwrite=True)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT


def test_a_file_with_another_sha1_is_fetched_again(host, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"old")
    download(host.url("data.bin"), path=str(tmp_path), sha1_hash=SHA1)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT
    download(host.url("data.bin"), path=str(tmp_path), sha1_hash=SHA1)
    assert len(host.requests) == 1


def test_wrong_content_is_an_error_and_leaves_nothing(host, tmp_path):
    with pytest.raises(ContentError, match=r"cannot get data\.bin") as info:
        download(host.url("data.bin"), path=str(tmp_path), sha1_hash="0" * 40, retries=2)
    # The kinds that callers of 1.9.1 catch.
    assert isinstance(info.value, (OSError, RuntimeError, UserWarning))
    assert "its SHA-1 is not 000" in str(info.value)
    assert len(host.requests) == 2
    assert not (tmp_path / "data.bin").exists()
    assert [name for name in left_behind(tmp_path) if name.endswith(".part")] == []


def test_wrong_content_does_not_replace_what_is_there(host, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"old")
    with pytest.raises(ContentError):
        download(host.url("data.bin"), path=str(tmp_path), overwrite=True, sha1_hash="0" * 40, retries=1)
    assert (tmp_path / "data.bin").read_bytes() == b"old"


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 1), (3, 3)])
def test_retries_count_attempts(host, tmp_path, retries, attempts, capsys, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    host.status["data.bin"] = 503
    with pytest.raises(DownloadError, match="503"):
        download(host.url("data.bin"), path=str(tmp_path), retries=retries)
    assert len(host.requests) == attempts
    assert ("2 attempts left" in capsys.readouterr().out) is (attempts == 3)
    with pytest.raises(AssertionError, match="at least 0"):
        download(host.url("data.bin"), path=str(tmp_path), retries=-1)


def test_a_missing_page_is_never_saved_as_the_file(host, tmp_path):
    with pytest.raises(RuntimeError, match="the server answers 404"):
        download(host.url("nothing.bin"), path=str(tmp_path), retries=1)
    assert not (tmp_path / "nothing.bin").exists()


def test_other_schemes_are_refused(tmp_path):
    for url in ("file:///etc/hostname", "ftp://127.0.0.1/x", "x.bin"):
        with pytest.raises(ValueError, match="http"):
            download(url, path=str(tmp_path))


def test_a_broken_connection_is_resumed(host, tmp_path):
    host.cut_after, host.cuts = 100_000, 2
    download(host.url("data.bin"), path=str(tmp_path), sha1_hash=SHA1, retries=3)
    assert [wanted for _, wanted in host.requests] == [None, "bytes=100000-", "bytes=200000-"]


def test_a_new_call_resumes_what_an_earlier_one_left(host, tmp_path):
    host.cut_after, host.cuts = 100_000, 1
    with pytest.raises(DownloadError, match="ended after 100000 of 300000 bytes"):
        download(host.url("data.bin"), path=str(tmp_path), retries=1)
    assert not (tmp_path / "data.bin").exists()
    download(host.url("data.bin"), path=str(tmp_path), retries=1)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT
    assert host.requests[1] == ("data.bin", "bytes=100000-")


def test_a_file_that_changed_on_the_server_is_not_mixed_with_its_old_part(host, tmp_path):
    host.cut_after, host.cuts = 100_000, 1
    with pytest.raises(DownloadError):
        download(host.url("data.bin"), path=str(tmp_path), retries=1)
    host.files["data.bin"] = CONTENT[::-1]
    download(host.url("data.bin"), path=str(tmp_path), retries=1)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT[::-1]


def test_a_server_without_ranges_starts_again(host, tmp_path):
    host.cut_after, host.cuts, host.ranges = 100_000, 1, False
    download(host.url("data.bin"), path=str(tmp_path), sha1_hash=SHA1, retries=2)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(host, tmp_path):
    host.cut_after, host.cuts = 100_000, 1
    with pytest.raises(DownloadError):
        download(host.url("data.bin"), path=str(tmp_path), retries=1)
    (part,) = tmp_path.glob(".*.part")
    part.write_bytes(bytes(400_000))
    download(host.url("data.bin"), path=str(tmp_path), sha1_hash=SHA1, retries=1)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT


def test_a_server_that_says_nothing_is_given_up(host, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "TIMEOUT", 0.1)
    host.delay = 0.5
    with pytest.raises(DownloadError, match=r"no answer|timed out"):
        download(host.url("data.bin"), path=str(tmp_path), retries=1)


def test_a_folder_that_may_not_be_written_is_named(host, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_download, "_receive", refuse)
    with pytest.raises(DownloadError, match="cannot write") as info:
        download(host.url("data.bin"), path=str(tmp_path))
    assert "MXNET_HOME" in str(info.value)


def _download_in_process(url, folder, done):
    download(url, path=folder, sha1_hash=SHA1)
    done.put(os.getpid())


@pytest.mark.skipif(sys.platform != "linux", reason="processes are started by fork")
def test_two_processes_fetch_a_file_once(host, tmp_path):
    host.delay = 0.2
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    workers = [
        context.Process(target=_download_in_process, args=(host.url("data.bin"), str(tmp_path), done))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(host.requests) == 1
    assert left_behind(tmp_path) == ["data.bin"]


def test_two_threads_fetch_a_file_once(host, tmp_path):
    host.delay = 0.1
    threads = [
        threading.Thread(target=download, args=(host.url("data.bin"),), kwargs={"path": str(tmp_path)})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.requests) == 1


# ---------------------------------------------------------------------------------------------------- fetch


def remote(*urls, **facts):
    return RemoteFile("data.bin", urls, **facts)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_mirrors_are_tried_in_order(host, tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}/data.bin"
    file = remote(nobody, host.url("missing.bin"), host.url("data.bin"), host.url("other.bin"))
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert [path for path, _ in host.requests] == ["missing.bin", "data.bin"]


def test_a_mirror_with_wrong_content_is_passed_over(host, tmp_path):
    host.files["wrong.bin"] = CONTENT[:-1]
    for facts in ({"size": len(CONTENT)}, {"sha256": hashlib.sha256(CONTENT).hexdigest()}):
        file = remote(host.url("wrong.bin"), host.url("data.bin"), **facts)
        assert fetch(file, tmp_path, overwrite=True).read_bytes() == CONTENT


def test_parts_of_two_mirrors_are_not_joined(host, tmp_path):
    host.files["other.bin"] = CONTENT[::-1]
    host.cut_after, host.cuts = 100_000, 2
    file = remote(host.url("other.bin"), host.url("data.bin"), sha256=hashlib.sha256(CONTENT).hexdigest())
    assert fetch(file, tmp_path).read_bytes() == CONTENT


def test_offline_the_error_says_which_file_to_put_where(tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}/data.bin"
    with pytest.raises(DownloadError) as info:
        fetch(remote(nobody, nobody + "2"), tmp_path)
    text = str(info.value)
    assert f"put it at {tmp_path / 'data.bin'}" in text
    assert f"fetch {nobody}" in text
    assert nobody + "2" in text  # every mirror with its reason


def test_an_unknown_server_is_called_so(tmp_path):
    # The top-level name .invalid never resolves (RFC 2606).
    with pytest.raises(DownloadError, match="not known here"):
        fetch(remote("http://glueball.invalid/data.bin"), tmp_path)


def test_a_failed_overwrite_keeps_what_is_there(host, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"old")
    with pytest.raises(DownloadError):
        fetch(remote(host.url("missing.bin")), tmp_path, overwrite=True)
    assert (tmp_path / "data.bin").read_bytes() == b"old"


# ---------------------------------------------------------------------------------------- small helpers


def test_check_sha1_compares_lower_case_digits(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"hello")
    assert check_sha1(path, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
    assert not check_sha1(str(path), "AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D")
    assert not check_sha1(path, "")
    with pytest.raises(FileNotFoundError):
        check_sha1(tmp_path / "nothing", "")


def test_replace_file_takes_the_place_of_the_other(tmp_path):
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")
    replace_file(str(tmp_path / "a"), str(tmp_path / "b"))
    assert left_behind(tmp_path) == ["b"]
    assert (tmp_path / "b").read_text() == "new"


def test_data_dir_is_mxnet_home_or_the_home_directory(monkeypatch):
    monkeypatch.setenv("MXNET_HOME", "/somewhere")
    assert _download.data_dir() == "/somewhere"
    monkeypatch.delenv("MXNET_HOME")
    assert _download.data_dir() == os.path.join(os.path.expanduser("~"), ".mxnet")


def test_mxnets_repository_can_be_replaced(monkeypatch):
    monkeypatch.delenv("MXNET_GLUON_REPO", raising=False)
    usual = _download.mirrors("gluon/dataset/mnist", "a.gz", ["https://one/x"])
    assert usual == ("https://one/x/a.gz", _download.MXNET_REPOSITORY + "gluon/dataset/mnist/a.gz")
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://here/")
    assert _download.mirrors("gluon/dataset/mnist", "a.gz", ["https://one/x"]) == (
        "http://here/gluon/dataset/mnist/a.gz",
    )
