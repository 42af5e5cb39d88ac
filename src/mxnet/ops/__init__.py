"""Every operator as a plain function on torch tensors; importing this package fills the table."""

import importlib

from .registry import OPERATORS, Operator, OperatorError, operator

__all__ = ["OPERATORS", "Operator", "OperatorError", "operator"]

_FAMILIES = (
    "arithmetic",
    "assign",
    "boxes",
    "contrib",
    "contrib_aliases",
    "convolution",
    "create",
    "deformable",
    "elementwise",
    "histogram",
    "image",
    "image_color",
    "image_opencv",
    "indexing",
    "linalg_diagonals",
    "linalg_factors",
    "linalg_products",
    "linear",
    "loss",
    "multibox",
    "nn",
    "norm",
    "order",
    "output",
    "pdf",
    "pooling",
    "proposals",
    "random",
    "random_arrays",
    "recurrent",
    "reduce",
    "regions",
    "shape",
    "spatial",
    "storage",
    "suppression",
    "update",
    "update_adaptive",
    "update_decoupled",
    "update_multi",
)
for _family in _FAMILIES:
    importlib.import_module(f"{__name__}.{_family}")
