"""``import_to_gluon``: ONNX files as blocks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...._surface import module_getattr as _module_getattr
from ....context import Context
from .import_model import graph_of
from .import_onnx import GraphProto

if TYPE_CHECKING:
    from ....gluon import SymbolBlock

__all__ = ["import_to_gluon"]

__getattr__ = _module_getattr(__name__)


def import_to_gluon(model_file: str | os.PathLike[str], ctx: Context | None = None) -> SymbolBlock:
    """Read an ONNX file as a block that runs and trains.

    Parameters
    ----------
    model_file : the file.
    ctx : where the parameters go; the CPU by default.

    Raises
    ------
    MXNetError : as for `import_model`.

    >>> import os, tempfile
    >>> from mxnet import sym
    >>> path = os.path.join(tempfile.mkdtemp(), "fc.onnx")
    >>> y = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
    >>> _ = mx.onnx.export_model(y, {"fc_weight": nd.ones((3, 4)), "fc_bias": nd.zeros((3,))}, [(2, 4)],
    ...                          onnx_file_path=path)
    >>> import_to_gluon(path, mx.cpu())(nd.ones((2, 4))).asnumpy().tolist()
    [[4.0, 4.0, 4.0], [4.0, 4.0, 4.0]]
    """
    graph, version = graph_of(model_file, "onnx.import_to_gluon")
    block: SymbolBlock = GraphProto().graph_to_gluon(graph, ctx, version)
    return block
