"""``mx.init``: what fills a new parameter.

On a CPU initialisers draw from MXNet's own random stream in MXNet's order, so that a seed gives the weights that the
real library starts from, number for number.
"""

from .._surface import module_getattr as _module_getattr
from ..ndarray import NDArray, load
from .base import _REGISTRY, InitDesc, Initializer, alias, create, register
from .by_name import Load, Mixed
from .fill import Bilinear, Constant, MSRAPrelu, Normal, One, Orthogonal, Uniform, Xavier, Zero
from .recurrent import FusedRNN, LSTMBias

__all__ = [
    "Bilinear",
    "Constant",
    "FusedRNN",
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
