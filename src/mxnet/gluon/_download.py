"""Files from the net: several mirrors, resumed where they broke off, checked, and put in place all at once.

A file under its final name is always complete and checked. While it is on its way it lies beside it under a name of
its own (``.<name>.<mirror>.part``), and one process at a time works on it (``.<name>.lock``).
"""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ..base import message

__all__ = [
    "ContentError",
    "DownloadError",
    "RemoteFile",
    "check_sha1",
    "data_dir",
    "download",
    "fetch",
    "in_data_dir",
]

TIMEOUT = 30.0
"""Seconds without a byte after which a server counts as gone."""

_CHUNK = 1 << 18
_NETWORK_ERRORS = (urllib.error.URLError, HTTPException, OSError)


class DownloadError(OSError, RuntimeError):
    """A file could not be fetched; says from where it was tried, why it failed, and how to do it by hand."""


class ContentError(DownloadError, UserWarning):
    """A file arrived, or was there already, with other content than it should have."""


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched, and how to know that it is the right one.

    Parameters
    ----------
    name : its name on disk.
    urls : where it is, in the order in which they are tried.
    size, sha256 : of the file, where they are known.
    check : any other check of the content; gets the path, raises what is wrong with it.
    siblings : names of files beside it on the servers that whoever needs this one needs too.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    check: Callable[[Path], None] | None = field(default=None, compare=False)
    siblings: tuple[str, ...] = ()

    def verify(self, path: Path) -> None:
        """Raise `ContentError`, or what ``check`` raises, unless ``path`` has the right content."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            raise ContentError(f"{size} bytes instead of {self.size}")
        if self.sha256 is not None and _digest(path, "sha256") != self.sha256:
            raise ContentError(f"its SHA-256 is not {self.sha256}")
        if self.check is not None:
            self.check(path)


def data_dir() -> str:
    """Where MXNet keeps downloads: ``MXNET_HOME``, else ``~/.mxnet``."""
    return os.path.expanduser(os.environ.get("MXNET_HOME") or os.path.join("~", ".mxnet"))


def in_data_dir(root: str | os.PathLike[str]) -> str:
    """``root``, with MXNet's folder in the home directory replaced by ``MXNET_HOME``.

    Programs name that folder to say "the usual place", often already expanded.
    """
    path = Path(root).expanduser()
    usual = Path("~", ".mxnet").expanduser()
    return str(Path(data_dir()) / path.relative_to(usual)) if path.is_relative_to(usual) else str(path)


def check_sha1(filename: str | os.PathLike[str], sha1_hash: str) -> bool:
    """Whether the SHA-1 of a file is ``sha1_hash`` (in lower-case hexadecimal digits)."""
    return _digest(Path(filename), "sha1") == sha1_hash


def download(
    url: str,
    path: str | None = None,
    overwrite: bool = False,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
) -> str:
    """Fetch a file and return its path.

    Parameters
    ----------
    url : where it is.
    path : where it goes, a file or a folder; the working folder under the name in the URL unless given.
    overwrite : whether to fetch it although it is there already.
    sha1_hash : what its SHA-1 must be; a file with another one is fetched again.
    retries : how many attempts.
    verify_ssl : whether to check the server's certificate.

    Raises
    ------
    DownloadError : no attempt succeeded; an ``OSError`` and a ``RuntimeError``.
    ContentError : the content has another SHA-1; a `DownloadError` as well.
    AssertionError : a negative number of retries, or a URL without a file name and no ``path``.
    """
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in ("http", "https"):
        raise ValueError(message("download: the URL must begin with http:// or https://", received=repr(url)))
    target = _target(url, path)
    if retries < 0:
        raise AssertionError(
            message(f"Number of retries should be at least 0, currently it's {retries}", hint="retries=5")
        )
    if not verify_ssl:
        warnings.warn(
            "Unverified HTTPS request is being made (verify_ssl=False). "
            "Adding certificate verification is strongly advised.",
            stacklevel=2,
        )

    def check(candidate: Path) -> None:
        if sha1_hash and not check_sha1(candidate, sha1_hash):
            raise ContentError(f"its SHA-1 is not {sha1_hash}")

    if not overwrite and target.exists() and (not sha1_hash or check_sha1(target, sha1_hash)):
        return str(target)
    file = RemoteFile(target.name, (url,), check=check)
    _fetch_locked(file, target, attempts=max(1, retries), verify_ssl=verify_ssl, patient=True)
    return str(target)


def fetch(file: RemoteFile, folder: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """The path of ``file`` in ``folder``, fetched from the first mirror that has it unless it is there.

    A file that is there is not checked again; ``overwrite`` replaces it, and leaves it as it is if that fails.

    Raises
    ------
    DownloadError : no mirror has it; says what to put where by hand.
    """
    target = Path(folder).expanduser() / file.name
    if overwrite or not target.exists():
        _fetch_locked(file, target, attempts=2, verify_ssl=True, patient=False)
    return target


def _target(url: str, path: str | None) -> Path:
    name = url.split("/")[-1]
    if path is not None:
        target = Path(path).expanduser()
        if not target.is_dir():
            return target
    else:
        target = Path()
    if not name:
        raise AssertionError(
            message(
                "Can't construct file-name from this URL. Please set the `path` option manually.",
                received=repr(url),
                hint="download(url, path='data.zip')",
            )
        )
    return target / name


def _fetch_locked(file: RemoteFile, target: Path, *, attempts: int, verify_ssl: bool, patient: bool) -> None:
    from filelock import FileLock

    before = _version(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(target.with_name(f".{target.name}.lock")))
        with lock:
            if _version(target) == before:  # else another process fetched it while this one waited
                _fetch_now(file, target, attempts, verify_ssl, patient)
            # Who still waits for the lock will find the file there, so the lock has done its work.
            with suppress(OSError):
                os.unlink(lock.lock_file)
    except PermissionError as error:
        raise DownloadError(
            message(
                f"download: cannot write {target}",
                because=str(error),
                hint="another folder (root=..., or MXNET_HOME=... for all of them)",
            )
        ) from error


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _fetch_now(file: RemoteFile, target: Path, attempts: int, verify_ssl: bool, patient: bool) -> None:
    failures: list[str] = []
    error: Exception | None = None
    for url in file.urls:
        for left in reversed(range(attempts)):
            part = target.with_name(f".{target.name}.{hashlib.sha1(url.encode()).hexdigest()[:8]}.part")
            print(f"Downloading {target} from {url}...")
            try:
                _receive(url, part, verify_ssl)
                try:
                    file.verify(part)
                except Exception:
                    _discard(part)
                    raise
                os.replace(part, target)
                _discard(part)
                return
            except PermissionError:
                raise
            except Exception as problem:  # of the network, or whatever a check raises
                error = problem
                reason = _reason(problem)
            if not left or not (patient or _may_pass(error)):
                break
            if patient:
                plural = "s" if left > 1 else ""
                print(f"download failed due to {reason}, retrying, {left} attempt{plural} left")
            time.sleep(min(2.0, 0.1 * 2 ** (attempts - left)))
        failures.append(f"{url}: {reason}")
    kind = ContentError if isinstance(error, ContentError) else DownloadError
    missing = [name for name in file.siblings if not target.with_name(name).exists()]
    also = f", and likewise {', '.join(missing)}" if missing else ""
    told = isinstance(error, OSError)  # what the network said is in the message, a line for each server
    raise kind(
        message(
            f"download: cannot get {file.name}",
            received="\n            ".join(failures),
            because="no attempt brought a complete and correct file",
            hint=f"fetch {file.urls[0]} by other means and put it at {target}{also}",
        )
    ) from (None if told else error)


def _may_pass(error: Exception) -> bool:
    """Whether the same mirror may do better at once: a connection that broke off, rather than none at all."""
    return isinstance(error, (_Interrupted, TimeoutError, ContentError)) or (
        isinstance(error, urllib.error.HTTPError) and error.code >= 500
    )


class _Interrupted(OSError):
    """The connection ended before the file did; what came so far is kept."""


def _receive(url: str, part: Path, verify_ssl: bool) -> None:
    """Download ``url`` into ``part``, going on where an earlier attempt stopped if the server's file is the same."""
    done = part.stat().st_size if part.exists() else 0
    stamp = part.with_suffix(".stamp")  # the server's name for the version that the part is of
    headers = {"User-Agent": "glueball", "Accept-Encoding": "identity"}
    if done and stamp.exists():
        headers |= {"Range": f"bytes={done}-", "If-Range": stamp.read_text(encoding="ascii")}
    request = urllib.request.Request(url, headers=headers)
    context = None if verify_ssl else ssl._create_unverified_context()
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT, context=context)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and "Range" in headers:  # the part is as long as the file, or longer
            _discard(part)
            return _receive(url, part, verify_ssl)
        raise
    with response:
        start = _start_of_range(response.headers.get("Content-Range")) if response.status == 206 else 0
        if start not in (0, done):
            raise _Interrupted(f"the server sent bytes from {start} instead of {done}")
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        if version and not version.startswith("W/") and version.isascii():
            stamp.write_text(version, encoding="ascii")
        else:
            stamp.unlink(missing_ok=True)
        expected = response.headers.get("Content-Length")
        total = start + int(expected) if expected is not None else None
        with part.open("ab" if start else "wb") as stream:
            _copy(response, stream, start, total, part.name)
    return None


def _start_of_range(header: str | None) -> int:
    """The first byte number in ``bytes 100-199/200``; -1 where there is none."""
    with suppress(ValueError, AttributeError):
        return int(header.split()[1].split("-")[0])  # type: ignore[union-attr]
    return -1


def _copy(response: Any, stream: Any, done: int, total: int | None, name: str) -> None:
    from tqdm import tqdm

    # disable=None: no bar where standard error is no terminal.
    with tqdm(
        total=total, initial=done, unit="B", unit_scale=True, desc=name, leave=False, disable=None
    ) as bar:
        while True:
            try:
                chunk = response.read(_CHUNK)
            except (HTTPException, ConnectionError) as error:
                raise _Interrupted(f"the connection broke after {done} bytes: {error}") from error
            if not chunk:
                break
            stream.write(chunk)
            done += len(chunk)
            bar.update(len(chunk))
    if total is not None and done != total:
        raise _Interrupted(f"the connection ended after {done} of {total} bytes")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_suffix(".stamp").unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        inner = error.reason
        if isinstance(inner, socket.gaierror):
            return f"the name of the server is not known here ({inner.strerror}); offline?"
        return str(inner)
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} seconds"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        digest = hashlib.new(kind)
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def mirrors(folder: str, name: str, others: Sequence[str]) -> tuple[str, ...]:
    """The URLs of a file of MXNet's repository: ``MXNET_GLUON_REPO`` alone where it is set, else all known ones."""
    repository = os.environ.get("MXNET_GLUON_REPO")
    if repository:
        return (f"{repository.rstrip('/')}/{folder}/{name}",)
    return (
        *(f"{base.rstrip('/')}/{name}" for base in others),
        f"{MXNET_REPOSITORY}{folder}/{name}",
    )


MXNET_REPOSITORY = "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
