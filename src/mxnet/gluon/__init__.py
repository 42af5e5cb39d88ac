"""``mx.gluon``: networks, losses and training."""

from .. import initializer as init
from .._surface import module_getattr as _module_getattr
from . import contrib, data, loss, nn, rnn, utils
from .block import Block
from .hybrid_block import HybridBlock
from .parameter import Constant, DeferredInitializationError, Parameter
from .parameter_dict import ParameterDict
from .trainer import Trainer

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "Trainer",
    "contrib",
    "data",
    "init",
    "loss",
    "nn",
    "rnn",
    "utils",
]

__getattr__ = _module_getattr(__name__)
