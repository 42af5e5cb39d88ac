"""The errors of this layer: content that breaks its format, and files that cannot be opened."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..base import MXNetError, nearest

__all__ = ["FormatError", "cannot_open", "cannot_write"]


class FormatError(MXNetError):
    """Content that is not what its format demands: truncated, corrupted, or made to look larger than it is.

    The text names the file, the byte offset, what was expected there and what was found. It is the only
    error that malformed content causes, whichever format it is in.
    """


def cannot_open(path: str | os.PathLike[str], error: OSError) -> MXNetError:
    """The error for a path that could not be opened for reading, with the likeliest way out."""
    name = os.fspath(path)
    if isinstance(error, FileNotFoundError):
        because, hint = "there is no such file", _hint_for_missing(Path(name))
    elif isinstance(error, IsADirectoryError) or Path(name).is_dir():
        because, hint = "it is a folder", f"name a file in it, such as {str(Path(name) / 'net.params')!r}"
    elif isinstance(error, PermissionError):
        because, hint = "this user may not read it", "check the permissions of the file and its folders"
    else:
        because, hint = error.strerror or str(error), None
    return MXNetError(f"cannot open {name!r}", received=_resolved(name), because=because, hint=hint)


def cannot_write(path: str | os.PathLike[str], error: OSError) -> MXNetError:
    """The error for a path that could not be written; what it held before is still there."""
    name = os.fspath(path)
    folder = Path(name).parent
    hint: str | None = None
    if isinstance(error, FileNotFoundError) and not folder.is_dir():
        because, hint = f"the folder {str(folder)!r} does not exist", f"os.makedirs({str(folder)!r})"
    elif isinstance(error, IsADirectoryError) or Path(name).is_dir():
        because, hint = "it is a folder", f"add a file name, such as {str(Path(name) / 'net.params')!r}"
    elif isinstance(error, PermissionError):
        because = "this user may not write there, or another program holds the file open"
        hint = "check the permissions of the folder and close whatever reads the file"
    elif error.errno == errno.ENOSPC:
        because, hint = "the disk is full", "free some space; the file that was there before is unharmed"
    else:
        because = error.strerror or str(error)
    return MXNetError(f"cannot write {name!r}", received=_resolved(name), because=because, hint=hint)


def _resolved(name: str) -> str | None:
    """A relative path as it was resolved: a wrong working directory is the usual cause of a missing file."""
    return None if Path(name).is_absolute() else f"{name!r}, which is {str(Path.cwd() / name)!r}"


def _hint_for_missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"check the path: the folder {str(folder)!r} does not exist either"
    try:
        neighbours = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        neighbours = []
    close = nearest(path.name, neighbours)
    if close is not None:
        return f"{str(folder / close)!r}, which is there"
    return "check the path, or save the file first"
