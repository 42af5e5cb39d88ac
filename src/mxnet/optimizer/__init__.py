"""``mx.optimizer``: what turns gradients into better weights.

Nearly every built-in optimiser updates all weights of a type and device with a handful of multi-tensor calls.
"""

from .._surface import module_getattr as _module_getattr
from ..ndarray import abs as NDabs
from . import contrib
from .adam_variants import Adamax, Nadam
from .adaptive import AdaDelta, AdaGrad, Adam, RMSProp
from .layerwise import LAMB, LARS, LBSGD
from .leader import FTML, Ftrl
from .optimizer import Optimizer, create, register
from .sgd import NAG, SGD, ccSGD
from .updater import Updater, get_updater
from .variants import DCASGD, SGLD, Signum, Test

__all__ = [
    "DCASGD",
    "FTML",
    "LAMB",
    "LARS",
    "LBSGD",
    "NAG",
    "SGD",
    "SGLD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "NDabs",
    "Nadam",
    "Optimizer",
    "RMSProp",
    "Signum",
    "Test",
    "Updater",
    "ccSGD",
    "contrib",
    "create",
    "get_updater",
    "register",
]

__getattr__ = _module_getattr(__name__)
