"""``gluon.contrib.cnn``: convolutions whose windows bend."""

from ...._surface import module_getattr as _module_getattr
from .deformable import DeformableConvolution, ModulatedDeformableConvolution

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]

__getattr__ = _module_getattr(__name__)
