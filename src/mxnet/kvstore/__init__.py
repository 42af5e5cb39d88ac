"""``mx.kv``: stores of arrays by key, which sum what several devices push and may update the weights themselves.

One process is all there is: ``kv.create('local')`` and ``kv.create('device')`` join the devices of one machine.
"""

from .._surface import module_getattr as _module_getattr
from .base import KVStoreBase, create
from .kvstore import KVStore
from .kvstore_server import KVStoreServer

__all__ = ["KVStore", "KVStoreBase", "KVStoreServer", "create"]

__getattr__ = _module_getattr(__name__)
