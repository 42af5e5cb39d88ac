"""``mx.nd.op``: the functions of the operator table alone."""

from .namespace import from_table

__getattr__, __dir__ = from_table(__name__)
