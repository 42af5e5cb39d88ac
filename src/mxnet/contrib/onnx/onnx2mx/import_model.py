"""``import_model`` and ``get_model_metadata``: ONNX files as symbols."""

from __future__ import annotations

import os
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import MXNetError
from ....ndarray import NDArray
from ....onnx._package import onnx_package, read_model
from ....symbol import Symbol
from .import_onnx import GraphProto

__all__ = ["get_model_metadata", "import_model"]

__getattr__ = _module_getattr(__name__)


def import_model(
    model_file: str | os.PathLike[str],
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """Read an ONNX file: a symbol, its parameters, and the running statistics of its normalisations.

    The symbol's inputs have the names of the file's. Lengths that the file does not fix are not fixed here either.

    Raises
    ------
    MXNetError : there is no such file, it is no ONNX file, or a node cannot be read, which the error names. Operators
        that MXNet does not have are all listed in one error, which is a ``NotImplementedError``, too.

    Differs from 1.9.1: operator sets above 8 are read as well, and most of their operators; every error is an
    ``MXNetError``.

    >>> import os, tempfile
    >>> from mxnet import sym
    >>> path = os.path.join(tempfile.mkdtemp(), "fc.onnx")
    >>> y = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
    >>> _ = mx.onnx.export_model(y, {"fc_weight": nd.ones((3, 4)), "fc_bias": nd.zeros((3,))}, [(2, 4)],
    ...                          onnx_file_path=path)
    >>> symbol, arg_params, aux_params = import_model(path)
    >>> symbol.list_arguments(), arg_params["fc_weight"].shape, aux_params
    (['x', 'fc_weight', 'fc_bias'], (3, 4), {})
    """
    graph, version = graph_of(model_file, "onnx.import_model")
    return GraphProto().from_onnx(graph, version)


def get_model_metadata(model_file: str | os.PathLike[str]) -> dict[str, list[Any]]:
    """The inputs and outputs of an ONNX file.

    Returns
    -------
    ``{'input_tensor_data': [(name, shape, type), ...], 'output_tensor_data': [(name, shape), ...]}``; lengths that are
    not fixed are 0, types are ONNX's numbers (1 is float32).

    Raises
    ------
    MXNetError : there is no such file, or it is no ONNX file.
    """
    graph, _ = graph_of(model_file, "onnx.get_model_metadata")
    return GraphProto().get_graph_metadata(graph)


def graph_of(model_file: Any, caller: str) -> tuple[Any, int]:
    """The graph of a file, and the version of its operators."""
    model = read_model(model_file, caller)
    if model.functions:
        import onnx.inliner

        onnx_package(caller)
        try:
            model = onnx.inliner.inline_local_functions(model)
        except Exception as error:  # whatever onnx raises for functions that do not fit
            raise MXNetError(
                f"{caller}: the functions in the file cannot be put in place",
                because=str(error).split("\n")[0],
            ) from error
    versions = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return model.graph, int(versions[0]) if versions else 1
