"""``mx.io.io``: where the names of `mxnet.io` are, too."""

from .._surface import module_getattr as _module_getattr
from . import *  # noqa: F403  all of them
from .utils import _init_data as _init_data

__getattr__ = _module_getattr(__name__)
