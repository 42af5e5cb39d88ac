"""The iterators that MXNet has in C++: what they share.

An iterator is a `BatchSource`, made by a function whose keyword parameters are those of MXNet; `data_iterator` makes
of that function what programs call. It reads parameters as MXNet does, from strings as well, and says what is wrong
with them.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np

from ..base import MXNetError, message, nearest
from ..ndarray import NDArray
from .base import DataBatch, DataDesc, DataIter

__all__ = ["BatchSource", "Floats", "MXDataIter", "RawBatch", "Shape", "data_iterator"]

Shape = tuple[int, ...]
Floats = tuple[float, ...]


class RawBatch(NamedTuple):
    """A batch as a source makes it."""

    data: NDArray
    label: NDArray
    numbers: np.ndarray
    pad: int


class BatchSource(ABC):
    """Where an `MXDataIter` has its batches from: shapes and types of them, and one after the other.

    Shapes: data ``(batch_size, *data_shape)``, label ``(batch_size, *label_shape)``.
    """

    batch_size: int
    data_shape: Shape
    label_shape: Shape
    dtype: Any = np.float32
    label_dtype: Any = None
    """None for that of the data."""

    @abstractmethod
    def restart(self) -> None:
        """Begin the next pass."""

    @abstractmethod
    def advance(self) -> RawBatch | None:
        """The next batch of the pass, None behind its last."""

    def close(self) -> None:  # noqa: B027  most have nothing to do
        """Stop working ahead: nobody wants a batch any more."""


class MXDataIter(DataIter):
    """The batches of a source: what `CSVIter`, `MNISTIter`, `ImageRecordIter` and their like return.

    Parameters
    ----------
    handle : the source.
    data_name, label_name : what the network calls the two arrays.

    Raises
    ------
    TypeError : ``handle`` is no source; a handle of MXNet's C interface leads nowhere here.
    """

    def __init__(
        self, handle: BatchSource, data_name: str = "data", label_name: str = "softmax_label", **_: Any
    ) -> None:
        if not isinstance(handle, BatchSource):
            raise TypeError(
                message(
                    "MXDataIter: the handle is no source of batches",
                    received=type(handle).__name__,
                    because="handles of MXNet's C interface lead nowhere here",
                    hint="mx.io.CSVIter(...) and its like, or a subclass of mx.io.DataIter",
                )
            )
        super().__init__(handle.batch_size)
        self.handle = handle
        size, label_dtype = handle.batch_size, handle.label_dtype or handle.dtype
        self.provide_data = [DataDesc(data_name, (size, *handle.data_shape), handle.dtype)]
        self.provide_label = [DataDesc(label_name, (size, *handle.label_shape), label_dtype)]
        self._current: RawBatch | None = None
        self._is_ahead = False
        self._debug_skip_load = False

    def __del__(self) -> None:
        if hasattr(self, "handle"):
            self.handle.close()

    def reset(self) -> None:
        """Begin the next pass."""
        self._current, self._is_ahead = None, False
        self.handle.restart()

    def debug_skip_load(self) -> None:
        """From now on return the same batch again and again, to measure a program without its input."""
        self._debug_skip_load = True

    def next(self) -> DataBatch:
        """The next batch; raises ``StopIteration`` at the end of the pass."""
        if not (self._debug_skip_load and self._current is not None) and not self.iter_next():
            raise StopIteration
        return DataBatch([self.getdata()], [self.getlabel()], self.getpad(), self.getindex())

    def iter_next(self) -> bool:
        """Move on to the next batch; False if there is none."""
        if self._is_ahead:
            self._is_ahead = False
        else:
            self._current = self.handle.advance()
        return self._current is not None

    def getdata(self) -> NDArray:
        """The data of the current batch, of the first one before `iter_next`."""
        return self._loaded().data

    def getlabel(self) -> NDArray:
        """The labels of the current batch."""
        return self._loaded().label

    def getindex(self) -> np.ndarray:
        """Numbers of the samples of the current batch, uint64."""
        return self._loaded().numbers

    def getpad(self) -> int:
        """How many samples at the end of the current batch only fill it up."""
        return self._loaded().pad

    def _loaded(self) -> RawBatch:
        if self._current is None:
            self._current = self.handle.advance()
            self._is_ahead = self._current is not None
        if self._current is None:
            raise MXNetError(
                "MXDataIter: there is no current batch", because="the pass has ended", hint="reset()"
            )
        return self._current


def data_iterator(make: Callable[..., BatchSource], options: type | None = None) -> Callable[..., MXDataIter]:
    """Make of a function that returns a source the function that programs call.

    Its parameters are given by name, as themselves or as text; their annotations say what they are. A parameter that
    it does not have is warned about; 1.9.1 passes it over.

    Parameters
    ----------
    make : the function.
    options : a dataclass of its parameters, of which it then takes an instance.
    """
    name = make.__name__
    parameters = inspect.signature(options or make).parameters

    @wraps(make)
    def iterator(*args: Any, **kwargs: Any) -> MXDataIter:
        names = {key: kwargs.pop(key) for key in ("data_name", "label_name") if key in kwargs}
        _check_names(name, parameters, args, kwargs)
        kinds = get_type_hints(options or make)
        values = {
            key: _parsed(name, key, kwargs[key], kinds[key], parameters[key].default)
            for key in parameters
            if key in kwargs
        }
        return MXDataIter(make(**values) if options is None else make(options(**values)), **names)

    iterator.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            *parameters.values(),
            *(
                inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=value, annotation="str")
                for key, value in (("data_name", "data"), ("label_name", "softmax_label"))
            ),
        ],
        return_annotation="MXDataIter",
    )
    return iterator


def _check_names(name: str, parameters: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    required = [key for key, each in parameters.items() if each.default is inspect.Parameter.empty]
    if args:
        raise MXNetError(
            f"{name}: parameters are given by name",
            received=f"{len(args)} without a name",
            hint=f"{name}({', '.join(f'{key}=...' for key in required or list(parameters)[:1])})",
        )
    missing = [key for key in required if kwargs.get(key) is None]
    if missing:
        raise MXNetError(
            f"{name}: Required parameter {missing[0]} is not presented",
            received=", ".join(kwargs) or "nothing",
            hint=", ".join(f"{key}=..." for key in missing),
        )
    for key in [key for key in kwargs if key not in parameters]:
        close = nearest(key, parameters)
        warnings.warn(
            message(f"{name} has no parameter {key!r}; it changes nothing", hint=close and f"{close}=..."),
            stacklevel=3,
        )


def _parsed(name: str, key: str, value: Any, kind: Any, default: Any) -> Any:
    """The value of a parameter by its annotation; raises ``MXNetError`` if it cannot be one."""
    choices = next((get_args(each) for each in (kind, *get_args(kind)) if get_origin(each) is Literal), None)
    if value is None or (isinstance(value, str) and value == "None" and default is None):
        return default
    try:
        return _one_of(choices, value) if choices else _PARSERS[_base(kind)](value)
    except (ValueError, TypeError, SyntaxError, OverflowError, MemoryError, RecursionError):
        expected = " or ".join(map(repr, choices)) if choices else _EXPECTED[_base(kind)]
        raise MXNetError(
            f"{name}: Invalid Parameter format for {key}",
            received=f"{key}={value!r}",
            because=f"it is {expected}",
            hint=None if default in (None, inspect.Parameter.empty) else f"{key}={default!r}",
        ) from None


def _base(kind: Any) -> Any:
    """``int`` of ``int | None``."""
    return next((each for each in get_args(kind) if each in _PARSERS), kind) if kind not in _PARSERS else kind


def _literal(value: Any) -> Any:
    return ast.literal_eval(value.strip()) if isinstance(value, str) else value


def _whole(value: Any) -> int:
    number = _literal(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _number(value: Any) -> float:
    return float(value)


def _truth(value: Any) -> bool:
    text = value.strip().lower() if isinstance(value, str) else value
    if text in ("true", "1", 1):
        return True
    if text in ("false", "0", 0):
        return False
    raise ValueError


def _many(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def parsed(value: Any) -> Any:
        found = _literal(value)
        return tuple(map(parse, found)) if isinstance(found, (tuple, list, np.ndarray)) else (parse(found),)

    return parsed


def _text(value: Any) -> str:
    return (
        value if isinstance(value, str) else str(np.dtype(value)) if isinstance(value, type) else str(value)
    )


def _one_of(choices: tuple[Any, ...], value: Any) -> Any:
    text = _text(value)
    if text not in choices:
        raise ValueError
    return text


_PARSERS: dict[Any, Callable[[Any], Any]] = {
    bool: _truth,
    int: _whole,
    float: _number,
    str: _text,
    Shape: _many(_whole),
    Floats: _many(_number),
}
_EXPECTED = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    Shape: "a tuple of whole numbers",
    Floats: "a tuple of numbers",
}
