"""``mx.gluon``: networks, losses and training."""

from typing import TYPE_CHECKING, Any

from .. import initializer as init
from .._surface import module_getattr as _module_getattr
from . import contrib, data, loss, nn, parameter, rnn, utils
from .block import Block
from .hybrid_block import HybridBlock
from .parameter import Constant, DeferredInitializationError, Parameter
from .parameter_dict import ParameterDict
from .train_step import TrainStep
from .trainer import Trainer

if TYPE_CHECKING:  # imported when they are used first
    from . import model_zoo
    from .symbol_block import SymbolBlock

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "SymbolBlock",
    "TrainStep",
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

_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name == "SymbolBlock":  # which needs the graphs of mx.sym
        from .symbol_block import SymbolBlock

        return SymbolBlock
    if name == "tensor_types":
        return getattr(parameter, name)
    return _absent(name)
