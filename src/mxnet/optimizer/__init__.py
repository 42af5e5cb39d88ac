"""``mx.optimizer``: what turns gradients into better weights.

Every built-in optimiser updates all weights of a type and device with a handful of multi-tensor calls.
"""

from .._surface import module_getattr as _module_getattr
from .adaptive import AdaDelta, AdaGrad, Adam, RMSProp
from .optimizer import Optimizer, create, register
from .sgd import NAG, SGD, ccSGD
from .updater import Updater, get_updater

__all__ = [
    "NAG",
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Optimizer",
    "RMSProp",
    "Updater",
    "ccSGD",
    "create",
    "get_updater",
    "register",
]

__getattr__ = _module_getattr(__name__)
