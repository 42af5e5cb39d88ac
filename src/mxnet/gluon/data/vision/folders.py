"""Images in folders, one folder a class."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from typing import Any

from .... import _codec
from .... import ndarray as nd
from ....base import message
from ....files import FormatError
from ....files.errors import cannot_open
from ..dataset import Dataset

__all__ = ["ImageFolderDataset"]


class ImageFolderDataset(Dataset):
    """The images below a folder, which has a folder for each class: ``root/cat/1.jpg``, ``root/dog/2.png``.

    A sample is ``(image, label)``: an `NDArray` (height, width, 3) of uint8, red, green, blue, and the number of its
    class, an ``int``. Images are read when they are asked for.

    Parameters
    ----------
    root : the folder.
    flag : 1 for colour, 0 for grey, which is (height, width, 1).
    transform : ``transform(image, label)`` makes a sample.

    Attributes
    ----------
    synsets : names of the classes, which are the folders in alphabetical order; label i is ``synsets[i]``.
    items : pairs of path and label, in the order of the samples.

    Raises
    ------
    FileNotFoundError, NotADirectoryError : there is no such folder.
    FormatError : of a sample that is no image, or a damaged one; names its file.

    Files other than ``.jpg``, ``.jpeg`` and ``.png`` are left out, with a warning; so are files outside of the
    folders of classes, and folders inside of them.

    >>> import pathlib, tempfile
    >>> from mxnet import _codec
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ["cat", "dog"]:
    ...     (root / name).mkdir()
    ...     _ = (root / name / "1.png").write_bytes(_codec.encode(np.zeros((2, 3, 3), "uint8"), ".png"))
    >>> dataset = ImageFolderDataset(root)
    >>> image, label = dataset[1]
    >>> image.shape, label, dataset.synsets
    ((2, 3, 3), 1, ['cat', 'dog'])
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        flag: int = 1,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._root = os.path.expanduser(root)
        self._flag = checked_flag(type(self).__name__, flag)
        self._transform = transform
        self._exts = [".jpg", ".jpeg", ".png"]
        self._list_images(self._root)

    def __getitem__(self, idx: Any) -> Any:
        path, label = self.items[idx]
        image = _read_image(path, self._flag)
        return (image, label) if self._transform is None else self._transform(image, label)

    def __len__(self) -> int:
        return len(self.items)

    def _list_images(self, root: str) -> None:
        self.synsets: list[str] = []
        self.items: list[tuple[str, int]] = []
        outside, others = [], []
        for folder in sorted(_listed(root)):
            path = os.path.join(root, folder)
            if not os.path.isdir(path):
                outside.append(path)
                continue
            label = len(self.synsets)
            self.synsets.append(folder)
            for name in sorted(os.listdir(path)):
                file = os.path.join(path, name)
                if os.path.splitext(name)[1].lower() in self._exts:
                    self.items.append((file, label))
                else:
                    others.append(file)
        self._warn(outside, others)

    def _warn(self, outside: list[str], others: list[str]) -> None:
        if outside:
            plural = "which is not a directory" if len(outside) == 1 else "which are not directories"
            _warn(f"Ignoring {_some(outside)}, {plural}.")
        if others:
            _warn(f"Ignoring {_some(others)}. Only support {', '.join(self._exts)}")
        if not self.items:
            _warn(
                message(
                    f"{type(self).__name__}: there are no images",
                    received=repr(self._root),
                    because="they are expected in folders of their own, one for each class: root/class/image.jpg",
                    hint="the folder above, if this is the folder of one class",
                )
            )


def checked_flag(owner: str, flag: int) -> int:
    """``flag``, which says how many channels an image gets."""
    if flag not in (0, 1):
        raise ValueError(
            message(
                f"{owner}: flag={flag!r}",
                because="an image is read with three colour channels (1), or a grey one (0)",
                hint="flag=1",
            )
        )
    return int(flag)


def _read_image(path: str, flag: int) -> nd.NDArray:
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise cannot_open(path, error) from error
    try:
        return nd.from_numpy(_codec.decode(content, flag), zero_copy=True)
    except FormatError as error:
        raise FormatError(
            f"{path}: {error.what}", received=error.received, because=error.because, hint=error.hint
        ) from error


def _listed(root: str) -> list[str]:
    try:
        return os.listdir(root)
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = None
        if os.path.isfile(root):
            hint = "ImageRecordDataset for a RecordIO file; an archive has to be unpacked first"
        elif not os.path.isabs(root):
            hint = f"check the path: {os.path.abspath(root)!r} is what it was resolved to"
        raise type(error)(
            message(
                "ImageFolderDataset: there is no such folder",
                received=repr(root),
                because=os.strerror(error.errno or errno.ENOENT),
                hint=hint,
            )
        ) from None


def _some(paths: list[str]) -> str:
    if len(paths) <= 3:
        return ", ".join(paths)
    return f"{', '.join(paths[:3])} and {len(paths) - 3} more"


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=5)
