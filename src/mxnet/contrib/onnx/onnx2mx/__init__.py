"""From ONNX files to MXNet's graphs."""

from .... import _surface as _surface
from . import import_model, import_onnx, import_to_gluon

__all__ = ["import_model", "import_onnx", "import_to_gluon"]

__getattr__ = _surface.module_getattr(__name__)
