"""What every iterator speaks: descriptions of arrays, batches, and the protocol of `DataIter`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base import message
from ..ndarray import NDArray

__all__ = ["DataBatch", "DataDesc", "DataIter"]


class _NameAndShape(NamedTuple):
    name: str
    shape: tuple[int, ...]


# The two classes have one name, as in 1.9.1, where the method resolution order shows it.
_NameAndShape.__name__ = _NameAndShape.__qualname__ = "DataDesc"


class DataDesc(_NameAndShape):
    """Name, shape, element type and layout of an array in a batch; as a tuple, ``(name, shape)``.

    Parameters
    ----------
    name : what the network calls the array.
    shape : of a whole batch.
    dtype : type of the elements.
    layout : a letter for each axis, ``N`` for the one along which samples are stacked; None for ``N`` first.

    >>> data = mx.io.DataDesc("data", (32, 1, 28, 28))
    >>> data.shape, data == ("data", (32, 1, 28, 28))
    ((32, 1, 28, 28), True)
    >>> data
    DataDesc[data,(32, 1, 28, 28),<class 'numpy.float32'>,NCHW]
    """

    dtype: Any
    layout: str | None

    def __new__(
        cls, name: str, shape: tuple[int, ...], dtype: Any = np.float32, layout: str | None = "NCHW"
    ) -> DataDesc:
        made = super().__new__(cls, name, shape)
        made.dtype = dtype
        made.layout = layout
        return made

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.name, self.shape, self.dtype, self.layout

    def _replace(self, **changes: Any) -> DataDesc:
        return type(self)(**{**self._asdict(), "dtype": self.dtype, "layout": self.layout, **changes})

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """The axis along which samples are stacked: 0 without a layout, -1 where the layout has no ``N``.

        >>> mx.io.DataDesc.get_batch_axis("TNC")
        1
        """
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes: Iterable[Sequence[Any]], types: Iterable[tuple[str, Any]] | None) -> list[DataDesc]:
        """Descriptions from pairs ``(name, shape)`` and, unless ``types`` is None, pairs ``(name, dtype)``.

        Raises
        ------
        KeyError : ``types`` leaves out a name.
        """
        if types is None:
            return [DataDesc(each[0], each[1]) for each in shapes]
        dtypes = dict(types)
        return [DataDesc(each[0], each[1], dtypes[each[0]]) for each in shapes]


class DataBatch:
    """The arrays of one batch.

    Parameters
    ----------
    data, label : lists of arrays, in the order of ``provide_data`` and ``provide_label``.
    pad : how many samples at the end are there only to fill the batch.
    index : numbers of the samples, where the iterator knows them.
    bucket_key : which network of a `BucketingModule` the batch is for.
    provide_data, provide_label : descriptions, for batches whose shapes differ from those of the iterator.

    Raises
    ------
    AssertionError : ``data`` or ``label`` is a single array instead of a list.

    >>> mx.io.DataBatch([nd.zeros((2, 3))], [nd.zeros(2)])
    <mxnet.io.base.DataBatch object at ...>
    >>> print(mx.io.DataBatch([nd.zeros((2, 3))], [nd.zeros(2)]))
    DataBatch: data shapes: [(2, 3)] label shapes: [(2,)]
    """

    def __init__(
        self,
        data: Sequence[NDArray],
        label: Sequence[NDArray] | None = None,
        pad: int | None = None,
        index: Any = None,
        bucket_key: Any = None,
        provide_data: Sequence[DataDesc] | None = None,
        provide_label: Sequence[DataDesc] | None = None,
    ) -> None:
        _require_list("Data", data)
        if label is not None:
            _require_list("Label", label)
        self.data = data
        self.label = label
        self.pad = pad
        self.index = index
        self.bucket_key = bucket_key
        self.provide_data = provide_data
        self.provide_label = provide_label

    def __str__(self) -> str:
        labels = [each.shape for each in self.label] if self.label else None
        return f"DataBatch: data shapes: {[each.shape for each in self.data]} label shapes: {labels}"


def _require_list(what: str, arrays: Any) -> None:
    if not isinstance(arrays, (list, tuple)):
        raise AssertionError(
            message(
                f"{what} must be list of NDArrays",
                received=type(arrays).__name__,
                hint=f"{what.lower()}=[array], even for one array",
            )
        )


class DataIter:
    """Base of the iterators over batches.

    ``for batch in data_iter`` reads the rest of the current pass, `reset` begins the next one. An iterator of
    your own overrides `next`, or `iter_next` and the four getters, from which `next` makes a batch.

    Parameters
    ----------
    batch_size : samples in a batch.

    >>> class Ones(mx.io.DataIter):
    ...     left = 2
    ...
    ...     def iter_next(self):
    ...         self.left -= 1
    ...         return self.left >= 0
    ...
    ...     def getdata(self):
    ...         return [nd.ones((self.batch_size, 3))]
    >>> [batch.data[0].shape for batch in Ones(batch_size=4)]
    [(4, 3), (4, 3)]
    """

    provide_data: Sequence[DataDesc]
    provide_label: Sequence[DataDesc]

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> DataIter:
        return self

    def __next__(self) -> DataBatch:
        return self.next()

    def reset(self) -> None:
        """Begin the next pass."""

    def next(self) -> DataBatch:
        """The next batch; raises ``StopIteration`` behind the last one."""
        if not self.iter_next():
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=self.getindex())

    def iter_next(self) -> bool:
        """Move on to the next batch; False if there is none."""
        return False

    def getdata(self) -> Any:
        """The data arrays of the current batch."""
        return None

    def getlabel(self) -> Any:
        """The label arrays of the current batch."""
        return None

    def getindex(self) -> Any:
        """Numbers of the samples of the current batch; None where they are not known."""
        return None

    def getpad(self) -> Any:
        """How many samples at the end of the current batch only fill it up."""
        return None
