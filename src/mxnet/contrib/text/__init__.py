"""``mx.contrib.text``: from text to indices and from indices to vectors.

`utils` counts tokens, a `vocab.Vocabulary` numbers them, and an `embedding` has a vector for each.
"""

from ..._surface import module_getattr as _module_getattr
from . import embedding as embedding
from . import utils as utils
from . import vocab as vocab

__all__ = ["embedding", "utils", "vocab"]

__getattr__ = _module_getattr(__name__)
