"""``nd.image``: operators on one image or a batch of them (`mxnet.ops.image`)."""

from .namespace import from_table

__getattr__, __dir__ = from_table(__name__, "image.")
