"""The export to ONNX by the place that it had before 1.9; it is `mxnet.onnx.mx2onnx`."""

from ...._surface import module_getattr as _module_getattr
from ....onnx.mx2onnx import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support"]

__getattr__ = _module_getattr(__name__)
