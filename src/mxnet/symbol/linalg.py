"""``mx.sym.linalg``: operators of the table over symbols."""

from .functions import from_table

__getattr__, __dir__ = from_table(__name__, "linalg.")
