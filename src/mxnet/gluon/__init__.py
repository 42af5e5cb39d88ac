"""``mx.gluon``: networks, losses and training."""

from typing import TYPE_CHECKING

from .. import initializer as init
from .._surface import module_getattr as _module_getattr
from . import contrib, data, loss, nn, rnn, utils
from .block import Block
from .hybrid_block import HybridBlock
from .parameter import Constant, DeferredInitializationError, Parameter
from .parameter_dict import ParameterDict
from .trainer import Trainer

if TYPE_CHECKING:  # imported when it is used first
    from . import model_zoo

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
    "model_zoo",
    "nn",
    "rnn",
    "utils",
]

__getattr__ = _module_getattr(__name__)
