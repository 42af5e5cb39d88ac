"""The process that holds the arrays of a distributed store; here every store holds its own."""

from __future__ import annotations

from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from .kvstore import KVStore

__all__ = ["KVStoreServer"]

__getattr__ = _module_getattr(__name__)


@_complete("mxnet.kvstore.KVStoreServer")
class KVStoreServer:
    """The server of a store. A store of one process needs none, and `run` returns at once, as in 1.9.1.

    >>> import mxnet as mx
    >>> mx.kv.KVStoreServer(mx.kv.create("local")).run()
    """

    def __init__(self, kvstore: KVStore) -> None:
        self.kvstore = kvstore
        self.handle = kvstore.handle

    def run(self) -> None:
        """Serve until the last worker is done: at once, for there are no others."""
