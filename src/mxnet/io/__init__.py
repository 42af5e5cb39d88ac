"""``mx.io``: iterators over batches, for `Module` and for loops of your own.

An iterator has ``provide_data`` and ``provide_label``, which say what a batch holds; it yields one `DataBatch` after
the other, and begins the next pass when it is ``reset()``.
"""

from .._surface import module_getattr as _module_getattr
from .base import DataBatch, DataDesc, DataIter
from .image_det_record import ImageDetRecordIter
from .image_record import (
    ImageRecordInt8Iter,
    ImageRecordIter,
    ImageRecordIter_v1,
    ImageRecordUInt8Iter,
    ImageRecordUInt8Iter_v1,
)
from .mnist_iter import MNISTIter
from .native import MXDataIter
from .ndarray_iter import NDArrayIter
from .text_iters import CSVIter, LibSVMIter
from .wrappers import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter",
    "DataBatch",
    "DataDesc",
    "DataIter",
    "ImageDetRecordIter",
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordIter_v1",
    "ImageRecordUInt8Iter",
    "ImageRecordUInt8Iter_v1",
    "LibSVMIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
]

__getattr__ = _module_getattr(__name__)
