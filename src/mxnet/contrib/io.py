"""``mx.contrib.io``: a Gluon loader as an iterator of ``mx.io``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..io import DataDesc, DataIter
from ..ndarray import NDArray

__all__ = ["DataLoaderIter"]


class DataLoaderIter(DataIter):
    """Batches of a `gluon.data.DataLoader` for `mod.Module`.

    A last batch that is smaller is filled up with zeros; `getpad` says by how many.

    Parameters
    ----------
    loader : gives ``(data, label)`` pairs; its batch size is that of the first.
    data_name, label_name : of the variables they are for.
    dtype : type of the data.

    >>> from mxnet.gluon import data
    >>> loader = data.DataLoader(data.ArrayDataset(nd.ones((5, 3)), nd.zeros((5,))), batch_size=2)
    >>> [batch.pad for batch in DataLoaderIter(loader)]
    [0, 0, 1]
    """

    def __init__(
        self, loader: Any, data_name: str = "data", label_name: str = "softmax_label", dtype: Any = "float32"
    ) -> None:
        super().__init__()
        self._loader = loader
        self._iter: Iterator[Any] = iter(loader)
        data, label = next(self._iter)
        self.batch_size = data.shape[0]
        self.dtype = dtype
        self.provide_data = [DataDesc(data_name, data.shape, dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, dtype)]
        self._current_batch: Any = None
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        self._iter = iter(self._loader)

    def iter_next(self) -> bool:
        """Go to the next batch; whether there was one."""
        self._current_batch = next(self._iter, None)
        return self._current_batch is not None

    def getdata(self) -> list[NDArray]:
        """The data of the batch."""
        return [self._filled(self._current_batch[0])]

    def getlabel(self) -> list[NDArray]:
        """The labels of the batch."""
        return [self._filled(self._current_batch[1])]

    def _filled(self, array: NDArray) -> NDArray:
        array = array.astype(self.dtype)
        if not self.getpad():
            return array
        whole = nd.zeros((self.batch_size, *array.shape[1:]), ctx=array.context, dtype=self.dtype)
        whole[: array.shape[0]] = array
        return whole

    def getpad(self) -> int:
        """How many rows of the batch are filling."""
        return int(self.batch_size - self._current_batch[0].shape[0])

    def getindex(self) -> None:
        """Loaders do not say which samples they give."""


__getattr__ = _module_getattr(__name__)
