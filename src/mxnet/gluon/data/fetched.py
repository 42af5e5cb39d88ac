"""Data sets that come in one archive: fetched, unpacked and checked once, then read from their folder."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...base import MXNetError
from ...files import atomic_write
from .._download import ContentError, DownloadError, RemoteFile, fetch, mirrors

__all__ = ["Archive", "Member", "checks_content"]

_ARCHIVE_ERRORS = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, OSError)


def checks_content() -> bool:
    """Whether data sets must be the original ones: not with ``MXNET_VERIFY_DATASETS=0``."""
    return os.environ.get("MXNET_VERIFY_DATASETS", "1") not in ("0", "")


@dataclass(frozen=True)
class Member:
    """A file in an archive, and how to know that it is the right one.

    Parameters
    ----------
    name : its name, without folders.
    sha1 : of its content.
    size : in bytes, where that is known.
    """

    name: str
    sha1: str
    size: int | None = None

    def verify(self, content: bytes) -> None:
        """Raise `ContentError` unless this is the content."""
        if not checks_content():
            return
        if self.size is not None and len(content) != self.size:
            raise ContentError(f"{self.name} has {len(content)} bytes instead of {self.size}")
        if hashlib.sha1(content, usedforsecurity=False).hexdigest() != self.sha1:
            raise ContentError(f"the content of {self.name} is not that of the original")


@dataclass(frozen=True)
class Archive:
    """A ``.tar.gz`` or ``.zip`` file with the files of a data set.

    Parameters
    ----------
    namespace : the folder of MXNet's repository where it is.
    name : of the archive.
    others : other servers that have it, tried first.
    folder : where it keeps its files; a folder of this name is looked into as well.
    members : the files that are wanted of it.
    """

    namespace: str
    name: str
    others: tuple[str, ...]
    folder: str
    members: tuple[Member, ...]

    def load(self, wanted: Iterable[Member], root: str) -> list[bytes]:
        """The content of some of the files, from below ``root``; what is missing or damaged is unpacked anew.

        Raises
        ------
        DownloadError : the archive is needed and cannot be fetched; says what to put where by hand.
        MXNetError : the archive is damaged, and cannot be fetched again.
        """
        wanted = tuple(wanted)
        try:
            return self._present(wanted, root)
        except FileNotFoundError:
            pass
        except ContentError as error:
            print(f"{root}: {error}; it is unpacked anew")
        source = RemoteFile(
            self.name,
            mirrors(f"gluon/dataset/{self.namespace}", self.name, self.others),
            check=lambda path: self._unpack(path, root),
        )
        was_there = Path(root, self.name).exists()
        path = fetch(source, root)  # which unpacks it, if it had to be fetched
        if was_there:
            self._unpack_or_replace(source, path, root)
        return self._present(wanted, root)

    def _present(self, wanted: tuple[Member, ...], root: str) -> list[bytes]:
        contents = []
        for member in wanted:
            places = (Path(root, member.name), Path(root, self.folder, member.name))
            contents.append(next((p for p in places if p.exists()), places[0]).read_bytes())
            member.verify(contents[-1])
        return contents

    def _unpack_or_replace(self, source: RemoteFile, path: Path, root: str) -> None:
        try:
            self._unpack(path, root)
        except ContentError as error:
            print(f"{path} is damaged ({error}); it is fetched again")
            try:
                fetch(source, root, overwrite=True)
            except DownloadError as failed:
                raise MXNetError(
                    f"{self.namespace}: the file {path} is damaged, and cannot be fetched again",
                    received=str(failed).replace("\n", "\n  "),
                    because=str(error),
                    hint=f"delete it and put a good copy of {self.name} there; MXNET_VERIFY_DATASETS=0 accepts "
                    "other data in the same format",
                ) from error

    def _unpack(self, path: Path, root: str) -> None:
        """Put the members into ``root``, each checked before it takes its name."""
        missing = {member.name: member for member in self.members}
        try:
            for name, size, stream in _files_of(path, set(missing)):
                member = missing.pop(name)
                if checks_content() and member.size is not None and size != member.size:
                    raise ContentError(f"{name} has {size} bytes in it instead of {member.size}")
                content = stream.read(size)
                member.verify(content)
                with atomic_write(Path(root, name)) as target:
                    target.write(content)
        except ContentError:
            raise
        except _ARCHIVE_ERRORS as error:
            raise ContentError(f"it is no archive that can be unpacked: {error}") from error
        if missing:
            raise ContentError("it does not contain " + ", ".join(missing))


def _files_of(path: Path, wanted: set[str]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size and content of the wanted files in an archive, whatever folders it has them in; each once."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.rpartition("/")[2]
                if name in wanted:
                    wanted.remove(name)
                    with archive.open(info) as stream:
                        yield name, info.file_size, stream
    else:
        with tarfile.open(path, "r:gz") as archive:
            for entry in archive:
                name = entry.name.rpartition("/")[2]
                unpacked = archive.extractfile(entry) if entry.isfile() and name in wanted else None
                if unpacked is not None:
                    wanted.remove(name)
                    yield name, entry.size, unpacked
