"""``mx.contrib.onnx``: networks from ONNX files, and to them by the name that `mxnet.onnx.export_model` had before."""

from ..._surface import module_getattr as _module_getattr
from ...onnx.mx2onnx import export_model
from .onnx2mx.import_model import get_model_metadata, import_model
from .onnx2mx.import_to_gluon import import_to_gluon

# 1.9.1 has each under a second name, without its warnings
export_model_ = export_model
get_model_metadata_ = get_model_metadata
import_model_ = import_model
import_to_gluon_ = import_to_gluon

__all__ = [
    "export_model",
    "export_model_",
    "get_model_metadata",
    "get_model_metadata_",
    "import_model",
    "import_model_",
    "import_to_gluon",
    "import_to_gluon_",
]

__getattr__ = _module_getattr(__name__)
