"""`KVStore`: the store of one process, whose devices push gradients and pull weights."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from .. import files
from .. import optimizer as opt
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, ShapeError, message, nearest
from ..ndarray import NDArray
from ..tape import describe
from .arguments import Arrays, Key, grouped, one_each, rows_of
from .base import KVStoreBase, refuse_unknown_capability
from .compression import TwoBits
from .sums import summed, write

__all__ = ["KVStore"]

__getattr__ = _module_getattr(__name__)


class Local:
    """What a store holds; the ``handle`` of one or several `KVStore`."""

    __slots__ = ("arrays", "compression", "name", "updater")

    def __init__(self, name: str) -> None:
        self.name = name
        self.arrays: dict[Key, NDArray] = {}
        self.updater: Callable[[Any, Any, Any], Any] | None = None
        self.compression: TwoBits | None = None

    @property
    def in_order(self) -> bool:
        """Whether sums are ``((x0 + x1) + x2) + ...``."""
        return "device" in self.name or self.name == "nccl"


@_complete("mxnet.kvstore.KVStore")
class KVStore(KVStoreBase):
    """Arrays by key. What several devices push under a key is summed; the sum takes the place of the array, or

    an updater works it in: ``set_optimizer`` makes pushed arrays gradients and pulled ones weights.

    Keys are whole numbers or texts, one kind in a store. A list of keys goes with a list of values; for each key
    there is one array, or a list with an array for every device. `create` makes stores.

    The sum of x0, x1, ... is ``((x0 + x1) + x2) + ...`` in a store called ``'device'``, and
    ``(x0 + (x1 + x2 + x3 + x4)) + (x5 + ...)`` in one called ``'local'``: the same numbers as in 1.9.1, to the bit.

    Differs from 1.9.1: both work where the first of the arrays is (``'local'`` does not move them to the CPU); an
    updater that raises is heard; what was pushed can be overwritten without changing what the store has.

    Parameters
    ----------
    handle : that of another store, which then shares its arrays with this one.

    >>> import mxnet as mx
    >>> store = mx.kv.create("local")
    >>> store.init(3, mx.nd.ones((2,)))
    >>> store.set_optimizer(mx.optimizer.create("sgd", learning_rate=0.25))
    >>> store.push(3, [mx.nd.ones((2,)), mx.nd.ones((2,), ctx=mx.cpu(1))])
    >>> weight = mx.nd.zeros((2,))
    >>> store.pull(3, out=weight)
    >>> weight.asnumpy().tolist()
    [0.5, 0.5]
    """

    def __init__(self, handle: Local) -> None:
        if not isinstance(handle, Local):
            raise AssertionError(
                message(
                    "KVStore: made from the handle of another store",
                    received=repr(handle),
                    hint="kv.create('device')",
                )
            )
        self.handle = handle

    # ------------------------------------------------------------------ arrays

    def init(self, key: Key | Sequence[Key], value: Arrays) -> None:
        """Take in a copy of one array for each key. Once for a key; `push` and `pull` come after it.

        Raises `MXNetError` for a key that is there.
        """
        self._take_in("init", one_each("init", grouped("init", key, value)))

    def push(self, key: Key | Sequence[Key], value: Arrays, priority: int = 0) -> None:
        """Sum the arrays of each key, and put the sum in place of the stored one, or let the updater work it in.

        Parameters
        ----------
        value : for each key an array, or a list of them.
        priority : accepted; nothing waits here.

        Raises
        ------
        MXNetError : nobody initialised the key, or the arrays do not fit; nothing is changed then.
        """
        operator.index(priority)
        pairs = self._known("push", grouped("push", key, value))
        self._check_pushed("push", pairs)
        self._push(pairs)

    def pull(
        self,
        key: Key | Sequence[Key],
        out: Arrays | None = None,
        priority: int = 0,
        ignore_sparse: bool = True,
    ) -> None:
        """Copy the stored array of each key into the array, or all arrays, given for it.

        ``priority`` and ``ignore_sparse`` are accepted: nothing waits, and arrays are dense. Raises `MXNetError`
        for a key that nobody initialised, or an array of another shape.
        """
        operator.index(priority)
        if out is None:
            raise AssertionError(message("pull: out is missing", hint="pull(key, out=array)"))
        pairs = self._known("pull", grouped("pull", key, out))
        for each, arrays in pairs.items():
            _check_shapes("pull", each, self._stored(each).shape, arrays)
        self._pull(pairs)

    def pushpull(
        self, key: Key | Sequence[Key], value: Arrays, out: Arrays | None = None, priority: int = 0
    ) -> None:
        """`push` the arrays of ``value``, and `pull` into those of ``out`` (None: of ``value``).

        >>> import mxnet as mx
        >>> store = mx.kv.create("device")
        >>> store.init("grad", mx.nd.zeros((1,)))
        >>> gradients = [mx.nd.array([i], ctx=mx.cpu(i)) for i in range(4)]
        >>> store.pushpull("grad", gradients)
        >>> [gradient.asscalar().item() for gradient in gradients]
        [6.0, 6.0, 6.0, 6.0]
        """
        operator.index(priority)
        pushed = self._known("pushpull", grouped("pushpull", key, value))
        pulled = pushed if out is None else self._known("pushpull", grouped("pushpull", key, out))
        self._check_pushed("pushpull", pushed)
        replaced = pushed if self.handle.updater is None else {}
        for each, arrays in pulled.items():
            after = replaced[each][0] if each in replaced else self._stored(each)
            _check_shapes("pushpull", each, after.shape, arrays)
        self._exchange(pushed, pulled)

    def broadcast(self, key: Key | Sequence[Key], value: Arrays, out: Arrays, priority: int = 0) -> None:
        """`init` the keys by ``value``, and `pull` into ``out``."""
        operator.index(priority)
        pairs, outs = one_each("broadcast", grouped("broadcast", key, value)), grouped("broadcast", key, out)
        for each, arrays in outs.items():
            _check_shapes("broadcast", each, pairs[each].shape, arrays)
        self._take_in("broadcast", pairs)
        self._pull(outs)

    def row_sparse_pull(
        self,
        key: Key | Sequence[Key],
        out: Arrays | None = None,
        priority: int = 0,
        row_ids: Any = None,
    ) -> None:
        """Copy the rows ``row_ids`` of the stored array of each key; the other rows of ``out`` become 0.

        Parameters
        ----------
        out : for each key an array, or a list of them.
        row_ids : numbers of rows, once for all arrays or in a list of as many as there are arrays.

        Differs from 1.9.1: arrays are dense, where 1.9.1 takes row-sparse ones only.

        >>> import mxnet as mx
        >>> store, rows = mx.kv.create(), mx.nd.zeros((3, 2))
        >>> store.init("table", mx.nd.array([[1, 1], [2, 2], [3, 3]]))
        >>> store.row_sparse_pull("table", out=rows, row_ids=mx.nd.array([2, 0]))
        >>> rows.asnumpy().tolist()
        [[1.0, 1.0], [0.0, 0.0], [3.0, 3.0]]
        """
        operator.index(priority)
        for name, given in (("out", out), ("row_ids", row_ids)):
            if given is None:
                raise AssertionError(
                    message(
                        f"row_sparse_pull: {name} is missing",
                        hint="row_sparse_pull(key, out=array, row_ids=nd.array([0, 2]))",
                    )
                )
        places = [
            (self._stored(each), array)
            for each, arrays in self._known("row_sparse_pull", grouped("row_sparse_pull", key, out)).items()
            for array in arrays
        ]
        wanted = rows_of(row_ids, len(places))
        targets, sources = [], []
        for (stored, array), ids in zip(places, wanted, strict=True):
            source = stored._plain()
            _check_shapes("row_sparse_pull", "rows", stored.shape, [array])
            rows = ids.to(device=source.device, dtype=torch.int64)
            count = len(source) if source.ndim else 0
            if rows.numel() and not (int(rows.min()) >= 0 and int(rows.max()) < count):
                raise MXNetError(
                    "row_sparse_pull: there are no such rows",
                    received=f"row_ids from {int(rows.min())} to {int(rows.max())}",
                    because=f"the array has {count} rows",
                )
            sources.append(torch.zeros_like(source).index_copy_(0, rows, source[rows]))
            targets.append(array._writable("row_sparse_pull"))
        write(targets, sources)

    # ------------------------------------------------------------------ how they are updated

    def set_optimizer(self, optimizer: opt.Optimizer) -> None:
        """From now on what is pushed are gradients: the optimiser updates the stored weights by them.

        Raises ``TypeError`` for what is no optimiser.
        """
        if not isinstance(optimizer, opt.Optimizer):
            raise TypeError(
                message(
                    "set_optimizer: takes an optimiser",
                    received=repr(optimizer),
                    hint=f"mx.optimizer.create({optimizer if isinstance(optimizer, str) else 'sgd'!r})",
                )
            )
        self.set_updater(opt.get_updater(optimizer))

    def set_updater(self, updater: Callable[[Any, NDArray, NDArray], Any] | None) -> None:
        """Let ``updater(key, sum, stored)`` change the stored array in place at each push; None ends that.

        A key that is a text comes as bytes, as in 1.9.1 (an `optimizer.Updater` gets the text).

        >>> import mxnet as mx
        >>> store, result = mx.kv.create(), mx.nd.zeros((2,))
        >>> store.init(3, mx.nd.ones((2,)))
        >>> def add_twice(key, pushed, stored):
        ...     stored += pushed * 2
        >>> store.set_updater(add_twice)
        >>> store.pushpull(3, mx.nd.ones((2,)), out=result)
        >>> result.asnumpy().tolist()
        [3.0, 3.0]
        """
        if updater is not None and not callable(updater):
            raise TypeError(
                message("set_updater: takes a function of key, sum and stored array", received=repr(updater))
            )
        self.handle.updater = updater

    _set_updater = set_updater

    @property
    def _updater(self) -> Any:
        return self.handle.updater

    def set_gradient_compression(self, compression_params: Mapping[str, Any]) -> None:
        """From now on push two bits of each element: -threshold, 0 or threshold; the rest counts the next time.

        Parameters
        ----------
        compression_params : ``{'type': '2bit', 'threshold': 0.5}``.

        Raises
        ------
        MXNetError : a store called ``'local'``, another type, or a threshold that is not above 0.
        """
        if not self.handle.in_order:
            raise MXNetError(
                "Gradient compression is not supported for this type of kvstore",
                received=f"a store '{self.type}'",
                hint="kv.create('device')",
            )
        handle = self.handle
        handle.compression = TwoBits(compression_params).continued(handle.compression)

    def is_capable(self, capability: str) -> bool:
        """True for ``'optimizer'``; raises ``ValueError`` for another word."""
        return refuse_unknown_capability(capability)

    # ------------------------------------------------------------------ files

    def save_optimizer_states(self, fname: Any, dump_optimizer: bool = False) -> None:
        """Write the states of the optimiser to a file, with its settings if asked for.

        Differs from 1.9.1: the file is no pickle, so that loading one runs no code.
        """
        content = self._optimizing("save").get_states(dump_optimizer)
        if hasattr(fname, "write"):
            fname.write(content)
        else:
            with files.atomic_write(fname) as stream:
                stream.write(content)

    def load_optimizer_states(self, fname: Any) -> None:
        """Continue with what `save_optimizer_states` wrote, here or in the real MXNet.

        Raises `MXNetError` if the file is something else, or of another optimiser; nothing is changed then.
        """
        updater = self._optimizing("load")
        updater.set_states(fname.read() if hasattr(fname, "read") else Path(fname).read_bytes())

    def _optimizing(self, what: str) -> opt.Updater:
        updater = self.handle.updater
        if not isinstance(updater, opt.Updater):
            raise AssertionError(
                message(
                    f"{what}_optimizer_states: the store has no optimiser",
                    because="it has an updater of its own" if updater else "nobody called set_optimizer",
                    hint="store.set_optimizer(mx.optimizer.create('sgd')) first",
                )
            )
        return updater

    # ------------------------------------------------------------------ processes

    @property
    def type(self) -> str:
        """The name that it was created by."""
        return self.handle.name

    @property
    def rank(self) -> int:
        """0: there is one process."""
        return 0

    @property
    def num_workers(self) -> int:
        """1."""
        return 1

    def _barrier(self) -> None:
        """Wait for the other processes: there are none."""

    def _send_command_to_servers(self, head: int, body: str) -> None:
        """Tell the servers something: there are none."""

    # ------------------------------------------------------------------ inside

    def _stored(self, key: Key) -> NDArray:
        return self.handle.arrays[key]

    def _take_in(self, what: str, pairs: Mapping[Key, NDArray]) -> None:
        arrays = self.handle.arrays
        for key in pairs:
            if key in arrays:
                raise MXNetError(
                    f"{what}: duplicate init of key {key}",
                    because="init and broadcast take a key in once",
                    hint="push(key, value), which replaces what is there, or another kv.create(...)",
                )
        self._check_kind(pairs)
        for key, array in pairs.items():
            arrays[key] = NDArray._wrap(array._plain().clone(), array._ctx)

    def _check_kind(self, keys: Mapping[Key, Any]) -> None:
        arrays = self.handle.arrays
        if arrays and keys and isinstance(next(iter(arrays)), str) is not isinstance(next(iter(keys)), str):
            raise MXNetError(
                "Mixed key types are not allowed",
                received=f"{next(iter(keys))!r}, in a store that has {next(iter(arrays))!r}",
                hint="all keys texts, or all keys numbers",
            )

    def _known(self, what: str, pairs: dict[Key, list[NDArray]]) -> dict[Key, list[NDArray]]:
        """The pairs in the order in which 1.9.1 works on them: numbers by size, texts as they were initialised."""
        arrays = self.handle.arrays
        self._check_kind(pairs)
        for key in pairs:
            if key not in arrays:
                close = nearest(key, map(str, arrays)) if isinstance(key, str) else None
                raise MXNetError(
                    f"{what}: key {key!r} has not been inited",
                    because="init takes a key in, before anything else" if arrays else "the store is empty",
                    hint=f"{close!r}" if close else f"init({key!r}, array)",
                )
        if len(pairs) < 2:
            return pairs
        if isinstance(next(iter(pairs)), str):
            return {key: pairs[key] for key in arrays if key in pairs}
        return dict(sorted(pairs.items()))

    def _check_pushed(self, what: str, pairs: Mapping[Key, list[NDArray]]) -> None:
        for key, values in pairs.items():
            before = values[0] if self.handle.updater is None else self._stored(key)
            _check_shapes(what, key, before.shape, values)

    def _exchange(self, pushed: Mapping[Key, list[NDArray]], pulled: Mapping[Key, list[NDArray]]) -> None:
        """`pushpull` of arrays that fit."""
        self._push(pushed)
        self._pull(pulled)

    def _push(self, pairs: Mapping[Key, list[NDArray]]) -> None:
        handle = self.handle
        tensors = [[array._plain() for array in values] for values in pairs.values()]
        if handle.compression is not None:
            tensors = [handle.compression(key, each) for key, each in zip(pairs, tensors, strict=True)]
        sums = summed(tensors, in_order=handle.in_order)
        if handle.updater is not None:
            self._update(list(pairs), sums)
            return
        for (key, values), total in zip(pairs.items(), sums, strict=True):
            handle.arrays[key] = NDArray._wrap(total, values[0]._ctx)

    def _update(self, keys: list[Key], sums: list[torch.Tensor]) -> None:
        updater, arrays = self.handle.updater, self.handle.arrays
        assert updater is not None
        stored = [arrays[key] for key in keys]
        pushed = [
            NDArray._wrap(total if total.device == array._t.device else total.to(array._t.device), array._ctx)
            for total, array in zip(sums, stored, strict=True)
        ]
        if not isinstance(updater, opt.Updater):
            for key, total, array in zip(keys, pushed, stored, strict=True):
                updater(key.encode() if isinstance(key, str) else key, total, array)
            return
        left = list(range(len(keys)))
        while left:  # an updater counts for one context at a time
            context = stored[left[0]]._ctx
            here = [i for i in left if stored[i]._ctx is context or stored[i]._ctx == context]
            updater([keys[i] for i in here], [pushed[i] for i in here], [stored[i] for i in here])
            left = [] if len(here) == len(left) else [i for i in left if i not in here]

    def _pull(self, pairs: Mapping[Key, list[NDArray]]) -> None:
        targets, sources = [], []
        for key, outs in pairs.items():
            stored = self._stored(key)
            for array in outs:
                if array is not stored:  # a trainer's store has the weights of the first device themselves
                    targets.append(array._writable("pull"))
                    sources.append(stored._plain())
        write(targets, sources)


def _check_shapes(what: str, key: Key, shape: tuple[int, ...], arrays: list[NDArray]) -> None:
    for array in arrays:
        if array._t.shape != shape:
            raise ShapeError(
                f"{what}: shapes differ",
                received=f"{describe(array)} for key {key!r}",
                because=f"the other array of this key is {shape}",
            )
