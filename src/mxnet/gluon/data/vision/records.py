"""Images in a RecordIO file, each with its label."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .... import _codec, recordio
from .... import ndarray as nd
from ....files import FormatError
from ..dataset import RecordFileDataset
from .folders import checked_flag

__all__ = ["ImageRecordDataset"]


class ImageRecordDataset(RecordFileDataset):
    """The images of a RecordIO file, as `recordio.pack_img` and MXNet's ``im2rec`` write them.

    A sample is ``(image, label)``: an `NDArray` (height, width, 3) of uint8, red, green, blue, and its label, a
    ``float``, or a NumPy array of float32 where there are several.

    Parameters
    ----------
    filename : path of the record file, ``*.rec``; its index is expected beside it, ``*.idx``.
    flag : 1 for colour, 0 for grey, which is (height, width, 1).
    transform : ``transform(image, label)`` makes a sample.

    Raises
    ------
    MXNetError : the file cannot be opened.
    FileNotFoundError : there is no index; says how to make one.
    FormatError : of a sample that holds no image, or a damaged one; names its key.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/images.rec"
    >>> with recordio.MXIndexedRecordIO(path[:-4] + ".idx", path, "w") as record:
    ...     header = recordio.IRHeader(0, 3.0, 0, 0)
    ...     record.write_idx(0, recordio.pack_img(header, np.zeros((2, 3, 3), "uint8"), img_fmt=".png"))
    >>> image, label = ImageRecordDataset(path)[0]
    >>> image.shape, label
    ((2, 3, 3), 3.0)
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        flag: int = 1,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        super().__init__(filename)
        self._flag = checked_flag(type(self).__name__, flag)
        self._transform = transform

    def __getitem__(self, idx: Any) -> Any:
        record = super().__getitem__(idx)
        try:
            header, content = recordio.unpack(record)
            image = nd.from_numpy(_codec.decode(content, self._flag), zero_copy=True)
        except FormatError as error:
            raise FormatError(
                f"{self.filename}, record {self._record.keys[idx]}: {error.what}",
                received=error.received,
                because=error.because,
                hint=error.hint,
            ) from error
        if self._transform is not None:
            return self._transform(image, header.label)
        return image, header.label
