"""The kernels of a computation, noted down while it runs.

A program that only calls kernels, whatever its inputs hold, is the list of these calls. Python that looks at elements
(``bool(x)``, ``x.asnumpy()``) and shapes that depend on elements make it something else: the recorder then says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["Call", "Draw", "Recorder", "Value", "values_in"]

_ATTRIBUTE = "_glueball_value"

# Calls that hand over their input's memory although their schema does not say so.
_SHARING = frozenset({"aten::_unsafe_view", "aten::_reshape_alias", "aten::lift_fresh", "aten::detach"})
# Arguments that are written into although no schema says so: those of the normalisations over a batch.
_WRITTEN = frozenset({"running_mean", "running_var"})
_LOOKS = frozenset(
    {
        torch.Tensor.numpy,
        torch.Tensor.tolist,
        torch.Tensor.item,
        torch.Tensor.__array__,
        torch.Tensor.__bool__,
        torch.Tensor.__int__,
        torch.Tensor.__float__,
        torch.Tensor.__index__,
    }
)
_DEPENDENT = (torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape)


@dataclass(eq=False)
class Value:
    """One tensor of the recorded computation.

    Attributes
    ----------
    root : the value whose memory it is in; itself where the memory is its own.
    given : its place among what the computation is given, or None.
    constant : the tensor, where it is always the same.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device
    dense: bool
    root: Value = None  # type: ignore[assignment]  # set below
    given: int | None = None
    constant: torch.Tensor | None = None

    def __post_init__(self) -> None:
        if self.root is None:
            self.root = self

    @property
    def is_own(self) -> bool:
        """Whether a call made it, and nobody outside has its memory."""
        return self.given is None and self.constant is None

    @classmethod
    def of(cls, tensor: torch.Tensor, **facts: Any) -> Value:
        return cls(tuple(tensor.shape), tensor.dtype, tensor.device, tensor.is_contiguous(), **facts)


@dataclass(eq=False)
class Call:
    """One kernel, with values in the places of tensors.

    Attributes
    ----------
    results : what it returns; ``single`` where that is one tensor and no tuple.
    written : the values that it writes into.
    """

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: list[Value | None]
    single: bool
    written: list[Value] = field(default_factory=list)

    @property
    def name(self) -> str:
        """``'aten::mm'``."""
        return str(self.function._schema.name)

    def inputs(self) -> Iterator[Value]:
        """The values among its arguments."""
        yield from values_in(self.args)
        yield from values_in(list(self.kwargs.values()))


@dataclass(frozen=True)
class Draw:
    """In the place of a kernel: a method of the random stream."""

    method: str


class Recorder:
    """Notes the kernels that run inside ``with recorder:``.

    Parameters
    ----------
    given : the tensors that the computation is given. They may require gradients.

    Attributes
    ----------
    calls : the kernels so far.
    refused : why the list does not stand for the program, or None.
    """

    def __init__(self, given: Sequence[torch.Tensor]) -> None:
        self.calls: list[Call] = []
        self.refused: str | None = None
        self.given: list[Value] = []
        for place, tensor in enumerate(given):
            value = Value.of(tensor, given=place)
            setattr(tensor, _ATTRIBUTE, value)
            self.given.append(value)
        self._paused = False
        self._modes = (_Looking(self), _Dispatching(self))

    def __enter__(self) -> Recorder:
        for mode in self._modes:
            mode.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(*error)

    def refuse(self, reason: str) -> None:
        """Note that what runs is more than its kernels; the first reason is kept."""
        self.refused = self.refused or reason

    def value(self, tensor: torch.Tensor) -> Value:
        """The value that a tensor is."""
        found: Value | None = getattr(tensor, _ATTRIBUTE, None)
        if found is None:
            if tensor.numel() > 1:
                self.refuse(f"an array of shape {tuple(tensor.shape)} comes from outside")
            found = Value.of(tensor, constant=tensor.detach())
            setattr(tensor, _ATTRIBUTE, found)
        return found

    def stream(self, generator: Any) -> Any:
        """The random stream, with its draws noted down among the kernels."""
        return _Drawing(self, generator)

    # ------------------------------------------------------------------ noting

    def note(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """Add one call."""
        if any(tag in function.tags for tag in _DEPENDENT):
            self.refuse(f"{function.name()} depends on elements")
        if self.refused is not None:
            return
        schema = function._schema
        if schema.name == "aten::lift_fresh":  # a tensor made of Python's numbers
            _mark(args[0], Value.of(args[0], constant=args[0].detach()))
        noted_args, noted_kwargs = self._noted(args), self._noted(kwargs)
        given = dict(zip((each.name for each in schema.arguments), noted_args, strict=False)) | noted_kwargs
        aliased = _aliased(schema, given)
        written = [
            value
            for each in schema.arguments
            if (each.alias_info is not None and each.alias_info.is_write) or each.name in _WRITTEN
            for value in values_in(given.get(each.name))
        ]
        single = isinstance(result, torch.Tensor)
        results: list[Value | None] = []
        if not single and not isinstance(result, (list, tuple, type(None))):
            self.refuse(f"{function.name()} returns no array")
            return
        for place, each in enumerate([result] if single else result or ()):
            if not isinstance(each, torch.Tensor):
                if each is not None:
                    self.refuse(f"{function.name()} returns something else than arrays")
                results.append(None)
                continue
            value = getattr(each, _ATTRIBUTE, None)
            if value is None:
                source = aliased.get(place, aliased.get(-1))
                value = Value.of(each) if source is None else Value.of(each, root=source.root)
                setattr(each, _ATTRIBUTE, value)
            results.append(value)
        self.calls.append(Call(function, noted_args, noted_kwargs, results, single, written))

    def draw(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """Add one draw of the random stream."""
        if not isinstance(result, torch.Tensor) or list(_tensors((args, kwargs))):
            self.refuse(f"the random stream's {method} takes or gives something else than numbers")
            return
        value = Value.of(result)
        setattr(result, _ATTRIBUTE, value)
        self.calls.append(Call(Draw(method), args, kwargs, [value], True))

    def _noted(self, each: Any) -> Any:
        if isinstance(each, torch.Tensor):
            return self.value(each)
        if isinstance(each, dict):
            return {key: self._noted(one) for key, one in each.items()}
        if isinstance(each, (list, tuple)):
            return type(each)(self._noted(one) for one in each)
        return each


class _Dispatching(TorchDispatchMode):
    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled in here, and saying so would import the compiler, a second of work

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        if not self._recorder._paused:
            self._recorder.note(function, args, kwargs, result)
        return result


class _Looking(TorchFunctionMode):
    """Sees Python look at elements, which no kernel shows."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if function in _LOOKS and not self._recorder._paused:
            self._recorder.refuse("Python looks at elements")
        return function(*args, **(kwargs or {}))


class _Drawing:
    """A random stream whose methods are noted down."""

    def __init__(self, recorder: Recorder, generator: Any) -> None:
        self._recorder = recorder
        self._generator = generator

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._generator, name)
        if not callable(found):
            self._recorder.refuse(f"the random stream's {name} is looked at")
            return found
        return self._noting(name, found)

    def _noting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def draw(*args: Any, **kwargs: Any) -> Any:
            self._recorder._paused = True
            try:
                result = method(*args, **kwargs)
            finally:
                self._recorder._paused = False
            self._recorder.draw(name, args, kwargs, result)
            return result

        return draw


def values_in(each: Any) -> Iterator[Value]:
    """The values in nested lists."""
    if isinstance(each, Value):
        yield each
    elif isinstance(each, (list, tuple)):
        for one in each:
            yield from values_in(one)


def _tensors(each: Any) -> Iterator[torch.Tensor]:
    if isinstance(each, torch.Tensor):
        yield each
    elif isinstance(each, dict):
        yield from _tensors(list(each.values()))
    elif isinstance(each, (list, tuple)):
        for one in each:
            yield from _tensors(one)


def _mark(tensor: torch.Tensor, value: Value) -> None:
    if getattr(tensor, _ATTRIBUTE, None) is None:
        setattr(tensor, _ATTRIBUTE, value)


def _aliased(schema: Any, given: dict[str, Any]) -> dict[int, Value]:
    """The values whose memory the results lie in, by the results' places; -1 for all that a list has."""
    if schema.name in _SHARING:
        return {0: next(values_in(list(given.values())))}
    sources: dict[str, Value] = {}
    for each in schema.arguments:
        if each.alias_info is not None:
            for value in values_in(given.get(each.name)):
                for name in each.alias_info.before_set:
                    sources.setdefault(name, value)
    found: dict[int, Value] = {}
    for place, each in enumerate(schema.returns):
        if each.alias_info is None:
            continue
        source = next((sources[name] for name in each.alias_info.before_set if name in sources), None)
        if source is None and sources:
            source = next(iter(sources.values()))  # 'a -> *': any of them
        if source is not None:
            found[-1 if str(each.type).startswith("List") else place] = source
    return found
