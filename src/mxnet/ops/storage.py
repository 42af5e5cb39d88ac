"""The storage of arrays. They are dense here; what MXNet calls ``row_sparse`` and ``csr`` is not."""

from __future__ import annotations

import torch

from .registry import OperatorError, operator
from .shape import _copied

STYPES = ("default", "row_sparse", "csr")


@operator("cast_storage")
def cast_storage(data: torch.Tensor, *, stype: str) -> torch.Tensor:
    """A copy in the storage ``stype``: ``'default'``, which is dense, is the one there is.

    Raises
    ------
    NotImplementedError : ``stype`` is ``'row_sparse'`` or ``'csr'``.
    MXNetError : ``stype`` is no storage.
    """
    if stype not in STYPES:
        raise OperatorError(
            f"stype is 'default', 'row_sparse' or 'csr', not {stype!r}", hint="stype='default'"
        )
    if stype != "default":
        raise OperatorError(
            f"stype={stype!r} is not in Glueball yet",
            because="arrays are dense here",
            hint="the dense array of the same values, stype='default'",
            kind=NotImplementedError,
        )
    return _copied(data)
