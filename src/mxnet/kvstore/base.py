"""What `gluon.Trainer` asks of a store, the stores by name, and the simplest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import message, nearest
from ..ndarray import NDArray

__all__ = ["KVStoreBase", "TestStore", "create"]

__getattr__ = _module_getattr(__name__)
StoreClass = TypeVar("StoreClass", bound=type)

LOCAL = (
    "local",
    "device",
    "nccl",
    "local_update_cpu",
    "local_allreduce_cpu",
    "local_allreduce_device",
)
"""The names of `KVStore`."""

_OF_SEVERAL_PROCESSES = ("horovod", "byteps", "p3")


@_complete("mxnet.kvstore.KVStoreBase")
class KVStoreBase:
    """What a store can do for a `gluon.Trainer`; base of stores of your own.

    A store sums arrays over devices (`pushpull`), hands the first weights out (`broadcast`) and, if it is capable of
    it, updates weights by an optimiser (`set_optimizer`). One that is registered is known to `create` and to
    ``Trainer(kvstore=...)`` by its name in small letters.

    >>> import mxnet as mx
    >>> @mx.kv.KVStoreBase.register
    ... class Mean(mx.kv.KVStoreBase):
    ...     def broadcast(self, key, value, out, priority=0):
    ...         for array in out:
    ...             array[:] = value.as_in_context(array.context)
    ...     def pushpull(self, key, value, out=None, priority=0):
    ...         mean = sum(array.as_in_context(mx.cpu()) for array in value) / len(value)
    ...         self.broadcast(key, mean, out or value)
    ...     def is_capable(self, capability):
    ...         return False
    >>> gradients = [mx.nd.array([1.0]), mx.nd.array([3.0], ctx=mx.cpu(1))]
    >>> mx.kv.create("mean").pushpull(0, gradients)
    >>> gradients[1].asscalar().item()
    2.0
    """

    OPTIMIZER: ClassVar[str] = "optimizer"
    kv_registry: ClassVar[dict[str, type]] = {}

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Take ``value`` in under ``key``, and copy it into every array of ``out``."""
        self._unwritten("broadcast")

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Sum the arrays of ``value``, and write the result into all of ``out`` (None: of ``value``)."""
        self._unwritten("pushpull")

    def set_optimizer(self, optimizer: Any) -> None:
        """From now on update weights by ``optimizer``: what is pushed are gradients, what is pulled weights."""
        self._unwritten("set_optimizer")

    def is_capable(self, capability: str) -> bool:
        """Whether the store can do something; ``KVStoreBase.OPTIMIZER`` is updating weights."""
        self._unwritten("is_capable")

    def save_optimizer_states(self, fname: Any, dump_optimizer: bool = False) -> None:
        """Write the states of the optimiser to a file, with its settings if asked for."""
        self._unwritten("save_optimizer_states")

    def load_optimizer_states(self, fname: Any) -> None:
        """Continue with the states in a file."""
        self._unwritten("load_optimizer_states")

    @property
    def type(self) -> str:
        """The name of the store."""
        self._unwritten("type")

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        self._unwritten("rank")

    @property
    def num_workers(self) -> int:
        """How many processes there are."""
        self._unwritten("num_workers")

    @staticmethod
    def register(klass: StoreClass) -> StoreClass:
        """Class decorator: make a store known to `create` by its name in small letters."""
        if not isinstance(klass, type):
            raise AssertionError(message("register: takes a class", received=repr(klass)))
        KVStoreBase.kv_registry[klass.__name__.lower()] = klass
        return klass

    def _unwritten(self, name: str) -> NoReturn:
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.{name} is not written",
                because="a store of your own writes what a trainer asks of it",
                hint=f"def {name}(self, ...), or kv.create('device')",
            )
        )


@KVStoreBase.register
class TestStore(KVStoreBase):
    """The simplest store, ``kv.create('teststore')``: sums and copies, and keeps nothing.

    >>> import mxnet as mx
    >>> gradients = [mx.nd.ones((2,)), mx.nd.ones((2,), ctx=mx.cpu(1))]
    >>> mx.kv.create("teststore").pushpull(0, gradients)
    >>> gradients[0].asnumpy().tolist()
    [2.0, 2.0]
    """

    __test__ = False  # it is no test of pytest's

    def broadcast(self, key: Any, value: NDArray, out: Any, priority: int = 0) -> None:
        """Copy ``value`` into every array of ``out``."""
        for array in _listed(out):
            if array is not value:
                value.copyto(array)

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Write the sum of the arrays of ``value``, one after the other, into all of ``out`` (None: of ``value``)."""
        first, *others = values = _listed(value)
        total = first.copy()
        for array in others:
            total += array.as_in_context(total.context)
        self.broadcast(key, total, values if out is None else out)

    def is_capable(self, capability: str) -> bool:
        """False: weights are updated outside. Raises ``ValueError`` for another word than ``'optimizer'``."""
        return refuse_unknown_capability(capability) and False

    @property
    def type(self) -> str:
        """``'teststore'``."""
        return "teststore"

    @property
    def rank(self) -> int:
        """0: there is one process."""
        return 0

    @property
    def num_workers(self) -> int:
        """1."""
        return 1


def create(name: str = "local") -> Any:
    """A store by name.

    Parameters
    ----------
    name : ``'local'`` or ``'device'``, which differ in the order of their sums; or a class that was registered.
        ``'nccl'`` is ``'device'``, too.

    Raises
    ------
    NotImplementedError : a store that joins several processes (``'dist_sync'``, ``'horovod'``, ...).
    ValueError : there is no such store. (1.9.1 takes any other name for ``'local'``.)
    TypeError : the name is no text.

    >>> import mxnet as mx
    >>> store = mx.kv.create("device")
    >>> store.init("weight", mx.nd.zeros((2,)))
    >>> store.push("weight", [mx.nd.ones((2,), ctx=mx.cpu(i)) for i in range(4)])
    >>> result = mx.nd.zeros((2,))
    >>> store.pull("weight", out=result)
    >>> result.asnumpy().tolist()
    [4.0, 4.0]
    """
    klass = class_of(name)
    if klass is not None:
        return klass()
    from .kvstore import KVStore, Local

    return KVStore(Local(name.lower()))


def class_of(name: str, asked: str = "kv.create") -> type | None:
    """The class registered under a name, None for `KVStore`; or the error for a name that nobody has."""
    if not isinstance(name, str):
        raise TypeError(message("name must be a string", received=repr(name), hint="kv.create('device')"))
    lowered = name.lower()
    known = KVStoreBase.kv_registry
    if lowered in known or lowered in LOCAL:
        return known.get(lowered)
    if "dist" in lowered or lowered in _OF_SEVERAL_PROCESSES:
        raise NotImplementedError(
            message(
                f"{asked}: a store '{name}' is not in Glueball yet",
                because="it joins several processes, and Glueball trains in one",
                hint="'device', which joins all devices of one process",
            )
        )
    close = nearest(lowered, (*LOCAL, *known))
    raise ValueError(
        message(
            f"{asked}: unknown kvstore {name!r}",
            because="known are " + ", ".join((*LOCAL, *known)),
            hint=f"'{close}'" if close else None,
        )
    )


def refuse_unknown_capability(capability: str) -> bool:
    """True for a capability that there is; the error for another."""
    if str(capability).lower() != KVStoreBase.OPTIMIZER:
        raise ValueError(
            message(
                f"Unknown capability: {capability}",
                because=f"stores are asked for {KVStoreBase.OPTIMIZER!r} only",
            )
        )
    return True


def _listed(arrays: NDArray | Sequence[NDArray]) -> Sequence[NDArray]:
    return arrays if isinstance(arrays, (list, tuple)) else [arrays]  # type: ignore[list-item]
