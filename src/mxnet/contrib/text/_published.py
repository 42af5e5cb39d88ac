"""The files of vectors that MXNet publishes: which there are, where they go, and how they get there."""

from __future__ import annotations

import os
import shutil
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ...base import MXNetError, message
from ...files import atomic_write
from ...gluon._download import DownloadError, RemoteFile, check_sha1, fetch, mirrors

__all__ = ["PublishedFile", "file_of", "published_files"]

_OTHER_SOURCES = {"glove": ("https://nlp.stanford.edu/data",)}
"""Where the same archives are, besides MXNet's own repository."""


class PublishedFile(NamedTuple):
    """A file of vectors and the archive that it comes in."""

    name: str
    sha1: str
    archive: str
    archive_sha1: str


@cache
def published_files(embedding: str) -> dict[str, PublishedFile]:
    """The files of ``'glove'`` or ``'fasttext'`` by name.

    >>> list(published_files("glove"))[1]
    'glove.6B.50d.txt'
    """
    text = Path(__file__).with_name("_published.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {row[1]: PublishedFile(*row[1:]) for row in rows if row[0] == embedding}


def file_of(embedding: str, name: str, root: str) -> Path:
    """The path of a file under ``root``, taken out of its archive, which is fetched if it is not there.

    Raises
    ------
    DownloadError : it is nowhere, and cannot be fetched; says what to put where by hand.
    MXNetError : the archive does not hold the file.
    """
    wanted = published_files(embedding)[name]
    folder = Path(root).expanduser() / embedding
    path = folder / name
    if path.exists() and _is(path, wanted.sha1):
        return path
    try:
        archive = _archive(embedding, wanted, folder)
    except DownloadError as error:
        found = "is another file than the published one" if path.exists() else "is not there"
        raise DownloadError(
            message(
                f"{embedding}: {path} {found}, and cannot be fetched",
                received=str(error).splitlines()[0],
                hint=f"fetch {wanted.archive} by other means and put it into {folder} as it is, or unpack {name} "
                "there; MXNET_VERIFY_DATASETS=0 accepts any content",
            )
        ) from error
    _unpack(archive, wanted, path)
    return path


def _archive(embedding: str, wanted: PublishedFile, folder: Path) -> Path:
    def check(candidate: Path) -> None:
        if not _is(candidate, wanted.archive_sha1):
            raise DownloadError(f"its SHA-1 is not {wanted.archive_sha1}")

    others = _OTHER_SOURCES.get(embedding, ())
    source = RemoteFile(
        wanted.archive, mirrors(f"gluon/embeddings/{embedding}", wanted.archive, others), check=check
    )
    path = folder / wanted.archive
    return fetch(source, folder, overwrite=path.exists() and not _is(path, wanted.archive_sha1))


def _unpack(archive: Path, wanted: PublishedFile, path: Path) -> None:
    """Take one file out of an archive; it appears under its name once it is complete."""
    try:
        with (
            zipfile.ZipFile(archive) as packed,
            packed.open(wanted.name) as source,
            atomic_write(path) as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
    except (KeyError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise MXNetError(
            f"{archive} does not hold {wanted.name}",
            because=str(error).strip("'\""),
            hint=f"delete it; it is fetched again the next time, or put {wanted.archive} there by hand",
        ) from error


def _is(path: Path, sha1: str) -> bool:
    if os.environ.get("MXNET_VERIFY_DATASETS", "1") in ("0", ""):
        return True
    return check_sha1(path, sha1)
