"""Where the files of the book's data sets lie, and how they come there.

The book keeps them in ``../data``, beside the folder of the notebooks. A file that is there is used; what is not there
lies in, or goes to, the folder ``datasets`` of ``MXNET_HOME`` (``~/.mxnet``).
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from importlib.resources import files
from pathlib import Path

from mxnet.base import message

__all__ = ["datasets", "find", "place_of", "shipped_text", "unpack"]

BOOK = os.path.join("..", "data")
"""The book's folder of data, seen from a notebook."""


def datasets() -> str:
    """The folder for data that lies nowhere else: ``datasets`` under ``MXNET_HOME``, or under ``~/.mxnet``."""
    home = os.environ.get("MXNET_HOME") or os.path.join("~", ".mxnet")
    return os.path.join(os.path.expanduser(home), "datasets")


def find(*parts: str, data_dir: str | os.PathLike[str] | None = None) -> str | None:
    """The path of a file or folder of a data set, or None where there is none.

    Parameters
    ----------
    parts : the path inside the folder of data, as in the book.
    data_dir : the folder of data; None for the book's, or else `datasets`.
    """
    for folder in [BOOK, datasets()] if data_dir is None else [os.fspath(data_dir)]:
        path = os.path.join(folder, *parts)
        if os.path.exists(path):
            return path
    return None


def place_of(*parts: str, data_dir: str | os.PathLike[str] | None = None) -> str:
    """The path of a file or folder of a data set, whether it is there yet or not; see `find`."""
    folder = datasets() if data_dir is None else os.fspath(data_dir)
    return find(*parts, data_dir=data_dir) or os.path.join(folder, *parts)


def shipped_text(name: str) -> str:
    """One of the texts of this package (``texts/README.md`` says which).

    >>> shipped_text("dao_de_jing.txt")[:7]
    '道可道，非常道'
    """
    return (files("d2lzh") / "texts" / name).read_text(encoding="utf-8")


def unpack(archive: str | os.PathLike[str], folder: str) -> str:
    """Unpack a ``.tar`` or ``.tar.gz`` file so that ``folder``, which it contains, is there; return its path.

    It is unpacked beside its place and then renamed, so a folder that exists is complete. A folder that exists is left
    as it is.

    Raises
    ------
    OSError : the archive is damaged, or has no such folder.
    """
    target = Path(archive).with_name(folder)
    if target.is_dir():
        return str(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{folder}.") as beside:
        try:
            with tarfile.open(archive) as file:
                _extract(file, beside)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise OSError(
                message(
                    f"unpack: {archive} is no archive that can be unpacked",
                    because=str(error),
                    hint="delete it, and it is fetched again",
                )
            ) from error
        if not Path(beside, folder).is_dir():
            raise OSError(message(f"unpack: there is no folder {folder!r} in {archive}"))
        shutil.move(Path(beside, folder), target)
    return str(target)


def _extract(file: tarfile.TarFile, folder: str) -> None:
    if hasattr(tarfile, "data_filter"):
        file.extractall(folder, filter="data")
        return
    inside = Path(folder).resolve()  # Python before 3.10.12: the filter's most important rules
    for entry in file:
        path = (inside / entry.name).resolve()
        if not (entry.isfile() or entry.isdir()) or not path.is_relative_to(inside):
            raise tarfile.TarError(f"{entry.name!r} does not belong into an archive of data")
        file.extract(entry, inside)
