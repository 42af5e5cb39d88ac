"""``mx.contrib.symbol``: the old place of ``mx.sym.contrib``."""

from ..symbol.functions import from_table

__getattr__, __dir__ = from_table(__name__, "contrib.")
