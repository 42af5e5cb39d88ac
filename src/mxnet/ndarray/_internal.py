"""``mx.nd._internal``: the operators by the names that symbol files and Gluon code use."""

from .namespace import from_table

__getattr__, __dir__ = from_table(__name__)
