"""``mx.nd._internal``: the operators by the names that symbol files and Gluon code use."""

from . import image_files
from .namespace import from_table

__getattr__, __dir__ = from_table(__name__)

_cvimdecode = image_files.cvimdecode
_cvimread = image_files.cvimread
