"""``mx.contrib.ndarray``: the old place of ``mx.nd.contrib``."""

from ..ndarray.namespace import from_table

__getattr__, __dir__ = from_table(__name__, "contrib.")
