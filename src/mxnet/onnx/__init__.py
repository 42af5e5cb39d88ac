"""``mx.onnx``: networks as ONNX files, which other programs run.

The way back is `mxnet.contrib.onnx`.
"""

from .._surface import module_getattr as _module_getattr
from .mx2onnx import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support"]

__getattr__ = _module_getattr(__name__)
