"""From MXNet's graphs to ONNX files."""

from ..._surface import module_getattr as _module_getattr
from ._export import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support"]

__getattr__ = _module_getattr(__name__)
