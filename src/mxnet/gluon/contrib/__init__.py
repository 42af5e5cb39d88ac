"""``gluon.contrib``: layers and tools beside the core; each module is loaded when it is used first."""

from ..._surface import module_getattr as _module_getattr

__getattr__ = _module_getattr(__name__)
