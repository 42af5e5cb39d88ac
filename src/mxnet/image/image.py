"""``mx.image.image``: what `mx.image` has, without detection, under the name of MXNet's module."""

from .._surface import module_getattr as _module_getattr
from . import augment, color_augment, create_augmenter, crop, io, iterator, rotate
from .io import interpolation as _get_interp_method  # noqa: F401  # GluonCV imports it from here

for _file in (augment, color_augment, create_augmenter, crop, io, iterator, rotate):
    globals().update({name: getattr(_file, name) for name in _file.__all__})

__getattr__ = _module_getattr(__name__)
