"""``mx.init``: what fills a new parameter.

On a CPU initialisers draw from MXNet's own random stream in MXNet's order, so that a seed gives the weights that the
real library starts from, number for number.
"""

from .._surface import module_getattr as _module_getattr
from ..ndarray import NDArray, load
from .base import _REGISTRY, InitDesc, Initializer, alias, create, register
from .by_name import Load, Mixed
from .fill import Bilinear, Constant, LSTMBias, MSRAPrelu, Normal, One, Orthogonal, Uniform, Xavier, Zero

__all__ = [
    "Bilinear",
    "Constant",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "alias",
    "create",
    "register",
]

__getattr__ = _module_getattr(__name__)
