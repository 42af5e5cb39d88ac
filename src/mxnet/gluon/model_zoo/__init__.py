"""``gluon.model_zoo``: networks that are ready to use, and their trained weights."""

from ..._surface import module_getattr as _module_getattr
from . import model_store, vision

__all__ = ["model_store", "vision"]

__getattr__ = _module_getattr(__name__)
