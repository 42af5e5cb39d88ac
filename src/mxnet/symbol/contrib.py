"""``mx.sym.contrib``: operators outside the core over symbols, and control flow."""

from .functions import from_table

__getattr__, __dir__ = from_table(__name__, "contrib.")
