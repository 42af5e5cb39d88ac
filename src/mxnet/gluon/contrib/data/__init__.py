"""``gluon.contrib.data``: a sampler for language models, and the texts of Wikipedia to train them on."""

from ...._surface import module_getattr as _module_getattr
from . import sampler, text
from .sampler import IntervalSampler

__all__ = ["IntervalSampler", "text"]

__getattr__ = _module_getattr(__name__)
