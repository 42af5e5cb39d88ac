"""``nd.linalg``: linear algebra on matrices and batches of them (`mxnet.ops.linalg_products` and its neighbours)."""

from .namespace import from_table

__getattr__, __dir__ = from_table(__name__, "linalg.")
