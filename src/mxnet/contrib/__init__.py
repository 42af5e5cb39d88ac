"""``mx.contrib``: what MXNet keeps beside its core."""

from .._surface import module_getattr as _module_getattr

__getattr__ = _module_getattr(__name__)
