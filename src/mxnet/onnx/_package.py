"""The ``onnx`` package, imported when it is needed first, and ONNX files to and from the disk."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import files
from ..base import MXNetError

__all__ = ["IR", "NEWER", "OPSET", "Unsupported", "element_type", "onnx_package", "read_model", "write_model"]

OPSET = 17
"""The operator set that exported files use: the first with LayerNormalization, and years old."""
NEWER = 19
"""The operator set of files with deformable convolutions: the first that has them."""
IR = {OPSET: 8, NEWER: 9}
"""The versions of the file format that belong to them."""

_LIMIT = 2**31 - 1  # bytes; Protocol Buffers know no larger message


class Unsupported(MXNetError, NotImplementedError):
    """Operators that have no counterpart on the other side."""


def onnx_package(caller: str) -> Any:
    """The ``onnx`` package with the parts that are used here.

    Raises ``MXNetError`` where it is not installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
        import onnx.shape_inference
    except ImportError as error:
        raise MXNetError(
            f"{caller}: the package onnx cannot be imported",
            because=str(error),
            hint="pip install 'glueball[onnx]'",
        ) from error
    return onnx


def element_type(dtype: Any) -> int:
    """The number of a NumPy type in ONNX files.

    >>> element_type("float32"), element_type("int64")
    (1, 7)
    """
    onnx = onnx_package("element_type")
    number: int = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return number


def write_model(model: Any, path: Any, caller: str) -> None:
    """Write a model that the checker of ``onnx`` accepts, whole or not at all."""
    onnx = onnx_package(caller)
    if (size := model.ByteSize()) > _LIMIT:
        raise MXNetError(
            f"{caller}: the model is too large",
            received=f"{size / 2**30:.1f} GiB",
            because="an ONNX file holds at most 2 GiB",
            hint="sym and params as float16",
        )
    content = model.SerializeToString()
    try:
        onnx.checker.check_model(content, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise MXNetError(
            f"{caller}: the checker of onnx refuses the model",
            because=_first_line(error),
            hint="in_types of the parameters' types" if "type" in str(error) else None,
        ) from error
    with files.atomic_write(path) as stream:
        stream.write(content)


def read_model(path: Any, caller: str) -> Any:
    """Read a model from a file.

    Raises ``MXNetError`` where there is no file, or it is no model. Whether its graph makes sense shows when that is
    read: the checker of ``onnx`` refuses files that others run, such as those without the shapes of outputs.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise MXNetError(f"{caller}: the name of a file is wanted", received=type(path).__name__)
    onnx = onnx_package(caller)
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except (OSError, ValueError) as error:
        raise MXNetError(
            f"{caller}: {getattr(error, 'strerror', None) or error}",
            received=str(path),
            hint="the file <name>.onnx",
        ) from None
    try:
        if not content:
            raise ValueError("the file is empty")
        model = onnx.load_model_from_string(content)
        if not model.ir_version:
            raise ValueError("it does not say the version of its format")
        if any(tensor.data_location == tensor.EXTERNAL for tensor in model.graph.initializer):
            # names of files may lead out of the folder, which onnx refuses to follow
            folder = os.path.dirname(os.path.abspath(path))
            onnx.external_data_helper.load_external_data_for_model(model, folder)
    # Protocol Buffers and the loader have exceptions of their own, which differ from release to release
    except Exception as error:
        raise MXNetError(
            f"{caller}: this is no ONNX file that can be read", received=str(path), because=_first_line(error)
        ) from error
    return model


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
