"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import cannot_write

__all__ = ["atomic_path", "atomic_write"]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file to write to, which takes the name ``path`` only when the block ends without an exception.

    Until then, and for ever if the block raises or the process dies, ``path`` keeps what it held before.

    Raises
    ------
    MXNetError : the file cannot be created or put in place. What the block raises passes through.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> with atomic_write(target) as stream:
    ...     _ = stream.write(b"all of it")
    >>> target.read_bytes()
    b'all of it'
    """
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        yield stream


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Like `atomic_write`, for writers that open a file by name: yields the path of a temporary, empty file.

    The temporary file lies beside the target, since a rename is atomic within one file system only. Symbolic
    links are followed and permissions kept, as a plain ``open`` would. A target that is no regular file
    (``/dev/null``, a pipe) is written to directly.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except OSError:
        mode = None  # a new file, or a folder that is missing: creating the temporary file will tell
    if mode is not None and not stat.S_ISREG(mode):
        if stat.S_ISDIR(mode):
            raise cannot_write(path, IsADirectoryError())
        yield target
        return
    try:
        temporary = _create_beside(target)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        usual = temporary.stat().st_mode
        yield temporary
        try:
            # some writers put a file of their own in the place of the temporary one, for its owner alone
            temporary.chmod(stat.S_IMODE(usual if mode is None else mode))
            # Opened again with the right to write, without which Windows does not flush.
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.replace(target)
        except OSError as error:
            raise cannot_write(path, error) from error
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _create_beside(target: Path) -> Path:
    # Not tempfile.mkstemp: its files are readable by their owner alone, ours get the usual permissions.
    while True:
        temporary = target.with_name(f".{target.name[:32]}.{os.urandom(4).hex()}.tmp")
        try:
            temporary.open("xb").close()
        except FileExistsError:
            continue
        return temporary
