"""States of optimisers that the real MXNet wrote, which are pickles: read as data, without running what is in them."""

from __future__ import annotations

import io
import pickle
import pickletools
import struct
from typing import Any

from .. import ndarray as nd
from ..base import MXNetError, message
from ..ndarray import NDArray

__all__ = ["is_pickle", "read_pickle"]

_OPCODES = frozenset(
    "PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 LONG4 BINFLOAT BINBYTES SHORT_BINBYTES "
    "BINBYTES8 BINUNICODE SHORT_BINUNICODE BINUNICODE8 EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 "
    "TUPLE3 EMPTY_DICT SETITEM SETITEMS GLOBAL STACK_GLOBAL REDUCE NEWOBJ BUILD MEMOIZE BINPUT LONG_BINPUT BINGET "
    "LONG_BINGET".split()
)
"""What states consist of, in the protocols 2 to 4."""

_DEPTH = 8
"""States are tuples in tuples; (float32 copy, (mean, variance)) is as deep as they come."""


def is_pickle(content: bytes) -> bool:
    """Whether bytes begin like a pickle of protocol 2 or later, which Python 3 writes."""
    return content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def read_pickle(content: bytes) -> tuple[dict[Any, Any], dict[str, Any] | None]:
    """The states by index, and the settings of the optimiser if they are there (as `updater.settings` has them).

    Arrays, numbers, text, lists, tuples and dictionaries are read; optimisers and schedulers as records of their
    attributes. Anything else, such as a function to call, is refused before it is looked up.

    Raises
    ------
    MXNetError : the bytes are something else.
    """
    try:
        _check_opcodes(content)
        found = _Reader(io.BytesIO(content)).load()
        record = None
        if isinstance(found, tuple) and len(found) == 2:
            found, record = found
        if not isinstance(found, dict) or not (record is None or isinstance(record, _Record)):
            raise pickle.UnpicklingError("it holds no states")
        known: dict[int, Any] = {}
        states = {_index(index): _converted(state, known, _DEPTH) for index, state in found.items()}
        return states, None if record is None else _settings(record)
    except Exception as error:  # a damaged pickle raises nearly anything
        raise MXNetError(
            "set_states: this is no file of optimiser states",
            because=f"it is a pickle, but not of states alone ({error})",
            hint="a file that Trainer.save_states wrote",
        ) from None


def _check_opcodes(content: bytes) -> None:
    for opcode, argument, _place in pickletools.genops(content):
        if opcode.name not in _OPCODES:
            raise pickle.UnpicklingError(f"it has the opcode {opcode.name}")
        if opcode.name == "LONG_BINPUT" and int(str(argument)) > len(
            content
        ):  # as many places would be reserved
            raise pickle.UnpicklingError("it keeps more parts than it has bytes")


class _Fixed:
    """Base of what pickles may name: nothing in a pickle changes the class itself."""

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("it changes what has no attributes")


class _Bytes(_Fixed):
    """Stands for bytearray, which would also make any number of zeros."""

    def __new__(cls, content: Any = b"") -> Any:
        if not isinstance(content, bytes):
            raise pickle.UnpicklingError("its bytes are no bytes")
        return content


class _Array(_Fixed):
    """Stands for an NDArray: the bytes of one."""

    def __init__(self, handle: None = None) -> None:
        self.content: Any = None

    def __setstate__(self, state: Any) -> None:
        self.content = state["handle"]


class _Record(_Fixed):
    """Stands for an optimiser or a scheduler: its attributes."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError("its attributes are no dictionary")
        self.values = {str(name): value for name, value in state.items()}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("mxnet.ndarray.ndarray", "NDArray"):
            return type("_Array", (_Array,), {})  # a class of this file's own: a pickle could set attributes
        if module in ("builtins", "__builtin__") and name == "bytearray":
            return type("_Bytes", (_Bytes,), {})
        if module in ("mxnet.optimizer.optimizer", "mxnet.optimizer.contrib", "mxnet.lr_scheduler"):
            return type("_Record", (_Record,), {"called": name, "values": {}})
        raise pickle.UnpicklingError(message(f"it names {module}.{name}"))


def _index(index: Any) -> int | str:
    return index if isinstance(index, int) else str(index)


def _converted(state: Any, known: dict[int, Any], depth: int) -> Any:
    """A state with arrays in place of their records; shared parts stay shared."""
    if state is None or isinstance(state, (bool, int, float, str)):
        return state
    if id(state) not in known:
        if isinstance(state, _Array):
            known[id(state)] = _array(state.content)
        elif isinstance(state, (list, tuple)) and depth:
            known[id(state)] = tuple(_converted(each, known, depth - 1) for each in state)
        else:
            raise pickle.UnpicklingError(f"{type(state).__name__} is no part of a state")
    return known[id(state)]


def _array(content: Any) -> NDArray | None:
    if content is None:
        return None
    one = struct.pack("<QQQ", 0x112, 0, 1) + bytes(content) + struct.pack("<Q", 0)  # a file of one array
    arrays = nd.load_frombuffer(one)
    assert isinstance(arrays, list)
    return arrays[0]


def _settings(optimizer: _Record) -> dict[str, Any]:
    values = optimizer.values
    schedule = values.get("lr_scheduler")
    counts = values.get("_all_index_update_counts", {})
    return {
        **{k: list(map(list, values.get(k, {}).items())) for k in ("lr_mult", "wd_mult")},
        "class": type(optimizer).called,  # type: ignore[attr-defined]
        "values": _plain(values),
        "counts": [
            [int(device), [[_index(index), int(count)] for index, count in each.items()]]
            for device, each in counts.items()
        ],
        "schedule": {"class": type(schedule).called, "values": _plain(schedule.values)}  # type: ignore[attr-defined]
        if isinstance(schedule, _Record)
        else None,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None))
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, plain)
        or (isinstance(value, list) and all(isinstance(each, plain) for each in value))
    }
