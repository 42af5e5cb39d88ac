"""``mx.nd``: the array and every function over it.

Functions of the operator table are made when they are first asked for (`invoke.function_of`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import ops as _ops
from .._surface import module_getattr as _module_getattr
from . import indexing as _indexing
from . import methods as _methods
from .arithmetic import FUNCTIONS as _FUNCTIONS
from .creation import (
    arange,
    array,
    empty,
    eye,
    from_dlpack,
    from_numpy,
    from_torch,
    full,
    linspace,
    ones,
    to_dlpack_for_read,
    to_dlpack_for_write,
    zeros,
)
from .functions import concatenate, histogram, moveaxis, onehot_encode, split_v2, waitall
from .index_keys import (
    get_indexing_dispatch_code,
    get_oshape_of_gather_nd_op,
    indexing_key_expand_implicit_axes,
)
from .invoke import function_of as _function_of
from .ndarray import NDArray
from .serialize import load, load_frombuffer, save

if TYPE_CHECKING:
    from ._generated import *

globals().update(_FUNCTIONS)

__all__ = [
    "NDArray",
    "arange",
    "array",
    "concatenate",
    "empty",
    "eye",
    "from_dlpack",
    "from_numpy",
    "from_torch",
    "full",
    "get_indexing_dispatch_code",
    "get_oshape_of_gather_nd_op",
    "histogram",
    "indexing_key_expand_implicit_axes",
    "linspace",
    "load",
    "load_frombuffer",
    "moveaxis",
    "onehot_encode",
    "ones",
    "save",
    "split_v2",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "waitall",
    "zeros",
    *_FUNCTIONS,
]


def __getattr__(name: str) -> Any:
    try:
        made = _function_of(name)
    except KeyError:
        pass
    else:
        globals()[name] = made
        return made
    if name in _NAMESPACES:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    if name == "Custom":
        from .custom import Custom

        return Custom
    if name == "imdecode":
        from .image_files import imdecode

        return imdecode
    return _absent(name)


_absent = _module_getattr(__name__)
_NAMESPACES = frozenset({"contrib", "image", "linalg", "random", "op", "_internal"})


def __dir__() -> list[str]:
    from ..ops.registry import OPERATORS

    return sorted(
        {*globals(), *_NAMESPACES, *(name for name in OPERATORS if name.isidentifier() and name[0] != "_")}
    )
