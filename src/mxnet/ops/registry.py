"""The operator table: one record per operator, from which every way to call it is made.

An operator is a plain function on torch tensors. Before the ``*`` stand its arrays (``None`` as default: the
array may be missing; ``*data``: any number of them), after it its attributes, typed, with defaults:

    @operator("FullyConnected")
    def fully_connected(data, weight, bias=None, *, num_hidden: int, no_bias: bool = False): ...

``nd.FullyConnected``, the `NDArray` method and the symbol operator all follow from the record.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..base import message
from .literals import read_literal

__all__ = ["OPERATORS", "Direct", "Operator", "OperatorError", "operator"]

OPERATORS: dict[str, Operator] = {}
"""Every operator by each of its names."""


class OperatorError(Exception):
    """What an operator raises about its input; the call path adds who was called with what.

    Parameters
    ----------
    what : what is wrong, as it follows the operator's name and a colon.
    because, hint : the rule that is broken and what to write instead.
    kind : the exception class that the user sees (default: `MXNetError`).
    """

    def __init__(
        self,
        what: str,
        *,
        because: str | None = None,
        hint: str | None = None,
        kind: type[Exception] | None = None,
    ) -> None:
        super().__init__(message(what, because=because, hint=hint))
        self.what, self.because, self.hint, self.kind = what, because, hint, kind


@dataclass(frozen=True)
class Direct:
    """The common case of an operator as one kernel of torch, without a Python function in between.

    Parameters
    ----------
    when : the condition, over arrays and attributes by their names.
    call : what to compute then. Where it raises, the operator's function is called after all and does what the
        kernel cannot, or says what is wrong.
    names : what else stands in the two; none of them is a name of the operator, which the compiled function has.
    """

    when: str
    call: str
    names: dict[str, Any]

    def __init__(self, when: str, call: str, **names: Any) -> None:
        object.__setattr__(self, "when", when)
        object.__setattr__(self, "call", call)
        object.__setattr__(self, "names", names)


@dataclass(eq=False)
class Operator:
    """One operator: its function and what the function alone does not say."""

    name: str
    function: Callable[..., Any]
    aliases: tuple[str, ...] = ()
    method: str | None = None
    """Name of the `NDArray` method that calls it, or None."""
    outputs: int | Callable[[dict[str, Any]], int] = 1
    """How many arrays it returns (a rule over the attributes where they decide)."""
    differentiable: bool = True
    """False: it has no gradient and its arrays are handed over without their graph."""
    training: bool = False
    """The function takes ``training=``: whether the call runs in training mode."""
    random: bool = False
    """The function takes ``generator=``: the random stream of the call's context."""
    creates: bool = False
    """Without arrays to go by, the result is made on ``ctx``; the function takes ``device=``."""
    mutates: tuple[str, ...] = ()
    """Arrays that the function updates in place (running statistics, optimiser states)."""
    infer: Callable[..., dict[str, tuple[int, ...]]] | None = None
    """``infer(shapes, attributes)`` solves unknown input shapes from the known ones, by array name."""
    same_dtype: bool = False
    """Arrays of different types are refused, as in 1.9.1, instead of promoted as torch would."""
    public: bool = True
    direct: Direct | None = None
    """The common case of a call, written into the compiled function instead of a call of ``function``."""

    _doc: str | None = field(default=None, repr=False)

    @cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    @cached_property
    def arrays(self) -> tuple[str, ...]:
        """Names of the array inputs, in order; empty for operators over any number of arrays."""
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return tuple(p.name for p in self.signature.parameters.values() if p.kind in kinds)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The array inputs that may be missing."""
        return frozenset(n for n in self.arrays if self.signature.parameters[n].default is None)

    @cached_property
    def variadic(self) -> str | None:
        """The name of ``*arrays``, for operators over any number of them."""
        for parameter in self.signature.parameters.values():
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                return parameter.name
        return None

    @cached_property
    def attributes(self) -> dict[str, inspect.Parameter]:
        """The attributes that a caller may give, in order."""
        hidden = {"training"} if self.training else set()
        hidden |= {"generator"} if self.random else set()
        hidden |= {"device"} if self.creates else set()
        return {
            p.name: p
            for p in self.signature.parameters.values()
            if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in hidden
        }

    @property
    def doc(self) -> str:
        return inspect.cleandoc(self.function.__doc__ or f"The operator {self.name}.")

    def parse(self, attributes: dict[str, str]) -> dict[str, Any]:
        """Read string-valued attributes (from a symbol's JSON) by the annotations.

        >>> OPERATORS["sum"].parse({"axis": "(0, 1)", "keepdims": "True"})
        {'axis': (0, 1), 'keepdims': True}
        """
        return {key: _parse(value, self.attributes[key].annotation) for key, value in attributes.items()}


def operator(
    name: str,
    *,
    aliases: Iterable[str] = (),
    method: str | bool = False,
    **facts: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function into the table under ``name`` and ``aliases``; returns the function itself.

    Parameters
    ----------
    method : True makes it an `NDArray` method of the same name, a string one of that name.
    facts : the other fields of `Operator`.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        record = Operator(
            name,
            function,
            aliases=tuple(aliases),
            method=name if method is True else (method or None),
            **facts,
        )
        for each in (name, *record.aliases):
            if each in OPERATORS:
                raise ValueError(f"operator {each!r} is registered twice")
            OPERATORS[each] = record
        return function

    return register


def _parse(value: Any, annotation: Any) -> Any:
    if not isinstance(value, str):
        return value
    kind = str(annotation)
    if "str" in kind and not value.startswith("("):
        return None if value == "None" and "None" in kind else value
    try:
        parsed = read_literal(value)
    except ValueError:
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        if "float" in kind and value.lower().lstrip("+-") in ("inf", "nan", "infinity"):
            return float(value)
        return value
    if "bool" in kind and not isinstance(parsed, (Sequence, float)):
        return bool(parsed)
    return parsed
