"""``mx.sym.contrib``: operators outside the core over symbols, and control flow."""

from .functions import from_table
from .loops import cond, foreach, while_loop

__all__ = ["cond", "foreach", "while_loop"]

__getattr__, __dir__ = from_table(__name__, "contrib.")
