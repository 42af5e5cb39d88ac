"""From the line a user writes to the kernel: the functions of ``nd``, made from the operator table.

Each operator becomes a Python function, written out for its arrays and attributes and compiled at its first use:
a real function with the signature and docstring of the original. Its body is the hot path of everything: take the
tensors out, call the kernel, wrap the result. What is rare (``out=``, many outputs, random numbers, arrays
in other forms) goes through `invoke`.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .. import tape
from ..base import ArgumentError, MXNetError, _Null, message, nearest
from ..context import Context, current_context
from ..dtype import name as dtype_name
from ..dtype import tensor_over
from ..ops.registry import OPERATORS, Operator, OperatorError
from .ndarray import NDArray

__all__ = ["context_named", "function_of", "invoke", "with_names"]

_new = object.__new__
_made: dict[str, Callable[..., Any]] = {}
_replaced: dict[str, Operator] = {}
TRANSLATED = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, OverflowError, OperatorError)


def function_of(name: str) -> Callable[..., Any]:
    """The function ``nd.<name>``; raises KeyError for a name that is not in the table."""
    try:
        return _made[name]
    except KeyError:
        made = _made[name] = _compile(_replaced.get(name) or OPERATORS[name], name)
        return made


def replace(operators: dict[str, Operator]) -> list[Callable[..., Any]]:
    """Make the functions of these names from other operators from now on; returns those that were made before.

    Nothing else is changed by it: who holds a function keeps it.
    """
    _replaced.update(operators)
    return [_made.pop(name) for name in operators if name in _made]


def invoke(
    record: Operator,
    called: str,
    arrays: tuple[Any, ...],
    attributes: dict[str, Any],
    out: NDArray | list[NDArray] | tuple[NDArray, ...] | None = None,
    extra: dict[str, Any] | None = None,
) -> Any:
    """Call an operator in its general form: any number of outputs, ``out=``, random streams, mutable inputs."""
    if extra:
        ctx = _check_extra(record, called, extra, attributes)
    else:
        ctx = None
    arrays = tuple(_as_array(record, called, position, a) for position, a in enumerate(arrays))
    present = [a for a in arrays if a is not None]
    context = ctx or (present[0]._ctx if present else current_context())
    state = tape.state
    taped = state.recording and record.differentiable
    names = record.arrays
    tensors: list[Any] = []
    for position, array in enumerate(arrays):
        if array is None:
            tensors.append(None)
        elif position < len(names) and names[position] in record.mutates:
            tensors.append(array._plain() if tape.STRICT_INPLACE else array._t.data)
        else:
            tensors.append(array._enter() if taped else array._plain())
    options = {key: value for key, value in attributes.items() if value is not _Null}
    if any(type(value) is str for value in options.values()):
        options = record.parse(options)
    for key in record.attributes.keys() - options.keys():
        if record.attributes[key].default is inspect.Parameter.empty:
            raise MXNetError(f"{called}: Required parameter {key} is not given", hint=f"{key}=...")
    if record.training:
        options["training"] = state.training
    if record.random:
        from .. import random

        options["generator"] = random.stream(context)
    if record.creates:
        options["device"] = context.torch_device
    grad_mode = torch.is_grad_enabled()
    if grad_mode is not taped:
        torch._C._set_grad_enabled(taped)
    try:
        _check_dtypes(record, tensors)
        results = record.function(*tensors, **options)
    except TRANSLATED as error:
        raise explain(error, record, called, arrays, attributes) from _cause(error)
    finally:
        if grad_mode is not taped:
            torch._C._set_grad_enabled(grad_mode)
    many = isinstance(results, (tuple, list))
    outputs = [_wrap(tensor, context) for tensor in (results if many else [results])]
    if out is None:
        return outputs if many else outputs[0]
    targets = list(out) if isinstance(out, (list, tuple)) else [out]
    if len(targets) != len(outputs):
        raise MXNetError(
            f"{called}: one array in out= per output", received=f"{len(targets)} for {len(outputs)} outputs"
        )
    for target, output in zip(targets, outputs, strict=True):
        _write_out(called, target, output)
    return out


def explain(
    error: Exception, record: Operator, called: str, arrays: tuple[Any, ...], attributes: dict[str, Any]
) -> Exception:
    """The error that the user sees: who was called with what, and why that is wrong."""
    if isinstance(error, MXNetError):
        return error
    names = [*record.arrays, *(f"{record.variadic}[{i}]" for i in range(len(arrays)) if record.variadic)]
    for name, array in zip(names, arrays, strict=False):
        if array is None:
            if name in record.optional:
                continue
            return MXNetError(f"{called}: argument {name} is missing", because=_signature(record))
        if not isinstance(array, NDArray):
            return ArgumentError(
                message(
                    f"{called}: argument {name} must be an NDArray",
                    received=f"{type(array).__name__} {_short(array)}",
                    hint="nd.array(...) makes one of numbers, lists and NumPy arrays",
                )
            )
    received = ", ".join(
        f"{name} {tape.describe(array)}"
        for name, array in zip(names, arrays, strict=False)
        if array is not None
    )
    given = ", ".join(f"{k}={_short(v)}" for k, v in attributes.items() if _is_given(record, k, v))
    received = "; ".join(part for part in (received, given) if part)
    if isinstance(error, OperatorError):
        if error.kind is not None and not issubclass(error.kind, MXNetError):
            return error.kind(
                message(f"{called}: {error.what}", received=received, because=error.because, hint=error.hint)
            )
        kind = error.kind or MXNetError
        return kind(f"{called}: {error.what}", received=received, because=error.because, hint=error.hint)
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return MXNetError(
        f"{called}: cannot be computed",
        received=received,
        because=_not_a_number(record, attributes) or reason[0],
    )


def as_ndarray(value: Any, like: NDArray) -> NDArray | None:
    """A NumPy array or torch tensor as an operand beside ``like``: same type and context; None for what is neither."""
    if isinstance(value, NDArray):
        return value
    if isinstance(value, (np.ndarray, torch.Tensor)):
        if isinstance(value, np.ndarray):
            tensor = tensor_over(value if value.ndim else value.reshape(1))
        else:
            tensor = value.detach()
        return NDArray._wrap(tensor.to(like._t.device, like._t.dtype), like._ctx)
    return None


# ---------------------------------------------------------------------- helpers of `invoke`


def _wrap(tensor: torch.Tensor, context: Context) -> NDArray:
    array = _new(NDArray)
    array._t = tensor
    array._ctx = context
    array._tape = tape.state.record if tensor.requires_grad else None
    return array


def _write_out(called: str, target: Any, output: NDArray) -> None:
    if not isinstance(target, NDArray):
        raise TypeError(message(f"{called}: out= takes an NDArray", received=type(target).__name__))
    if target._t.shape != output._t.shape:
        raise MXNetError(
            f"{called}: out= has another shape than the result",
            received=f"out {tape.describe(target)}, result {tape.describe(output)}",
            hint=f"out=nd.empty({output.shape})",
        )
    target._write(output, f"{called}(out=...)")


def _as_array(record: Operator, called: str, position: int, value: Any) -> NDArray | None:
    if isinstance(value, NDArray) or value is None:
        if value is None and (record.variadic or record.arrays[position] not in record.optional):
            name = record.variadic or record.arrays[position]
            raise MXNetError(f"{called}: argument {name} is missing", because=_signature(record))
        return value
    if isinstance(value, (np.ndarray, torch.Tensor)):
        from .creation import array

        return array(value)
    name = record.variadic or record.arrays[position]
    raise ArgumentError(
        message(
            f"{called}: argument {name} must be an NDArray",
            received=f"{type(value).__name__} {_short(value)}",
            hint=f"nd.{called}(*arrays)"
            if record.variadic
            else "nd.array(...), which makes one of numbers and lists",
        )
    )


def _check_extra(
    record: Operator, called: str, extra: dict[str, Any], attributes: dict[str, Any]
) -> Context | None:
    """Arguments outside the signature: ``ctx`` for operators that create, ``name`` and ``attr`` for symbols."""
    ctx = extra.pop("ctx", None)
    extra.pop("attr", None)
    unknown = [
        key
        for key, value in extra.items()
        if not (key.startswith("__") and key.endswith("__")) and (key, value) not in _OF_NUMPY
    ]
    if unknown:
        key = unknown[0]
        known = list(record.attributes)
        close = nearest(key, known)
        raise MXNetError(
            f"{called}: Cannot find argument '{key}'",
            received=f"{key}={_short(extra[key])}",
            because="its arguments are " + ", ".join([*record.arrays, *known, "out"]),
            hint=f"{close}=..." if close else None,
        )
    return context_named(ctx) if isinstance(ctx, str) else ctx


# What NumPy's functions hand to methods of the same name when nobody asked for it: np.mean(x) calls x.mean(dtype=None).
_OF_NUMPY = (("dtype", None), ("kind", None), ("order", None), ("stable", None), ("decimals", 0))


def context_named(text: str) -> Context | None:
    """The context that symbol files write as ``cpu(0)``; an empty text is the current one."""
    kind, _, number = text.rstrip(")").partition("(")
    if number and not number.isdecimal():
        raise MXNetError(f"{text!r} is no context", because="a device has a whole number", hint="mx.cpu()")
    return Context(kind, int(number or 0)) if kind else None


def _check_dtypes(record: Operator, tensors: list[Any]) -> None:
    if not record.same_dtype:
        return
    first = None
    for tensor in tensors:
        if tensor is None:
            continue
        if first is None:
            first = tensor.dtype
        elif tensor.dtype is not first:
            raise mixed_dtypes(first, tensor.dtype)


def mixed_dtypes(first: torch.dtype, second: torch.dtype) -> OperatorError:
    """The error for two array types in one call."""
    wanted = second if second.is_floating_point and not first.is_floating_point else first
    return OperatorError(
        "arrays of different types",
        because=f"expected {dtype_name(first)}, got {dtype_name(second)}; types are never changed silently",
        hint=f".astype('{dtype_name(wanted)}') on the other one",
    )


def _signature(record: Operator) -> str:
    wanted = ", ".join(name for name in record.arrays if name not in record.optional)
    return f"it takes the arrays {wanted}"


def _as_text(record: Operator, attributes: dict[str, Any]) -> bool:
    """Whether an attribute came as text, as in symbol files: ``shape='(2, 2)'``."""
    given = {key: value for key, value in attributes.items() if type(value) is str}
    return bool(given) and record.parse(given) != given


def _not_a_number(record: Operator, attributes: dict[str, Any]) -> str | None:
    """What is wrong with an attribute that should be a number, if one is."""
    for key, value in attributes.items():
        parameter = record.attributes.get(key)
        kind = parameter.annotation if parameter is not None else None
        if kind in ("int", "float") and not isinstance(value, (int, float, np.number)):
            return f"{key}={_short(value)} is no number"
    return None


def _is_given(record: Operator, key: str, value: Any) -> bool:
    """Whether an attribute differs from its default: an error repeats only what the caller said."""
    parameter = record.attributes.get(key)
    if value is _Null or parameter is None:
        return value is not _Null
    default = parameter.default
    return default is not value and (type(default) is not type(value) or default != value)


def _cause(error: Exception) -> Exception | None:
    return None if isinstance(error, OperatorError) else error


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# ---------------------------------------------------------------------- writing the functions

# Arrays that are not on the tape, as most are that only predict, skip the question whether somebody records.
_FIXED = """\
def {name}({parameters}, out=None, name=None, **kwargs):
    if kwargs or out is not None{required}:
        return _invoke(_record, {called!r}, ({arrays},), {{{pairs}}}, out, kwargs)
    try:
        _now = None
        if {untaped}:
{take}
{recorded}\
        else:
{strip}
{check}\
        _y = {compute}
        _z = _new(_NDArray)
        _z._t = _y
        _z._ctx = {first}._ctx
        _z._tape = {tape}
        return _z
    except _TRANSLATED as _error:
{failed}
"""

# A direct kernel says nothing of use; the operator's function computes it after all or says what is wrong.
_AGAIN = "return _invoke(_record, {called!r}, {given}, {{{pairs}}})"
_EXPLAINED = """\
if {again}:
    return _invoke(_record, {called!r}, {given}, {{{pairs}}})
raise _explain(_error, _record, {called!r}, {given}, {{{pairs}}}) from _cause(_error)
"""

# Operators without a gradient do the same inside record() as outside.
_RECORDED = """\
        elif _state.recording:
            if not _grad_enabled():
                return _invoke(_record, {called!r}, ({arrays},), {{{pairs}}})
            _now = _state.record
{enter}
"""

_VARIADIC = """\
def {name}({parameters}, out=None, name=None, **kwargs):
    _all = {variadic} if len({variadic}) > 1 else _flat({variadic})
    if kwargs or out is not None or not _all{required}:
        return _invoke(_record, {called!r}, _all, {{{pairs}}}, out, kwargs)
    try:
        _now = None
        if len(_all) == 2:  # written out, as most calls have two
            _a, _b = _all
            _arrays = (_a._t, _b._t) if _a._tape is None and _b._tape is None else None
        else:
            _arrays = [_a._t for _a in _all if _a._tape is None]
            if len(_arrays) != len(_all):
                _arrays = None
        if _arrays is None:
            if {tapes}_state.recording:
                if not _grad_enabled():
                    return _invoke(_record, {called!r}, _all, {{{pairs}}})
                _now = _state.record
                _arrays = [_a._t if _a._tape is None else _a._tape.enter(_a, _now) for _a in _all]
            else:
                _arrays = [_a._plain() for _a in _all]
{check}\
        _y = {compute}
        _z = _new(_NDArray)
        _z._t = _y
        _z._ctx = _all[0]._ctx
        _z._tape = _now if _now is not None and _y.requires_grad else None
        return _z
    except _TRANSLATED as _error:
{failed}
"""

_GENERAL = """\
def {name}({parameters}{comma}out=None, name=None, **kwargs):
    return _invoke(_record, {called!r}, {arrays}, {{{pairs}}}, out, kwargs)
"""


def _compile(record: Operator, called: str) -> Callable[..., Any]:
    attributes = record.attributes
    namespace: dict[str, Any] = {
        "_record": record,
        "_kernel": record.function,
        "_state": tape.state,
        "_grad_enabled": torch.is_grad_enabled,
        "_invoke": invoke,
        "_explain": explain,
        "_cause": _cause,
        "_new": _new,
        "_NDArray": NDArray,
        "_TRANSLATED": TRANSLATED,
        "_mixed": mixed_dtypes,
        "_as_text": _as_text,
        "_Null": _Null,
    }
    if record.direct is not None:
        namespace.update(record.direct.names)
    parameters = []
    for key, parameter in attributes.items():
        default = parameter.default
        if default is inspect.Parameter.empty:
            parameters.append(f"{key}=_Null")
        elif default is None or isinstance(default, (bool, int, float, str, tuple)) and default == default:
            parameters.append(f"{key}={default!r}" if abs_finite(default) else f"{key}=_default_{key}")
        else:
            parameters.append(f"{key}=_default_{key}")
        namespace[f"_default_{key}"] = default
    pairs = ", ".join(f"{key!r}: {key}" for key in attributes)
    identifier = called if called.isidentifier() else "operator"
    names = record.arrays
    simple = record.outputs == 1 and not (
        record.training or record.random or record.creates or record.mutates
    )
    required = "".join(
        f" or {k} is _Null" for k, p in attributes.items() if p.default is inspect.Parameter.empty
    )
    array_parameters = [f"{n}=None" for n in names]
    if simple and record.variadic:
        namespace["_flat"] = _flat
        source = _variadic_source(record, called, identifier, parameters, pairs, required)
    elif simple and names:
        source = _fixed_source(record, called, identifier, array_parameters, parameters, pairs, required)
    else:
        if record.variadic:
            listed, arrays = f"*{record.variadic}", f"_flat({record.variadic})"
            namespace["_flat"] = _flat
            array_parameters = [listed]
        else:
            arrays = "(" + "".join(f"{n}, " for n in names) + ")"
        listed = ", ".join([*array_parameters, *parameters])
        source = _GENERAL.format(
            name=identifier,
            parameters=listed,
            comma=", " if listed else "",
            called=called,
            arrays=arrays,
            pairs=pairs,
        )
    filename = f"<mxnet operator {called}>"
    exec(compile(source, filename, "exec"), namespace)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    made = namespace[identifier]
    made.__doc__ = record.doc
    made.__module__ = "mxnet.nd"  # its docstring example is run where the operator is written
    made.__qualname__ = called
    return made


def _variadic_source(
    record: Operator, called: str, identifier: str, parameters: list[str], pairs: str, required: str
) -> str:
    check = (
        "_dtype = _arrays[0].dtype\n"
        "if _arrays[-1].dtype is not _dtype or len(_arrays) > 2:\n"  # mostly there are two
        "    for _x in _arrays:\n        if _x.dtype is not _dtype:\n"
        "            raise _mixed(_dtype, _x.dtype)\n"
    )
    compute = f"_kernel(*_arrays{''.join(f', {key}={key}' for key in record.attributes)})"
    again = f"not all(isinstance(_a, _NDArray) for _a in _all) or _as_text(_record, {{{pairs}}})"
    if record.direct is not None:  # for any number of arrays
        compute = with_names({str(record.variadic): "_arrays"}, record.direct.call)
    return _VARIADIC.format(
        name=identifier,
        parameters=", ".join([f"*{record.variadic}", *parameters]),
        variadic=record.variadic,
        called=called,
        pairs=pairs,
        required=required,
        tapes="" if record.differentiable else "False and ",
        check=_indented(check, 8) if record.same_dtype else "",
        compute=compute,
        failed=_failed(record, called, "_all", pairs, again),
    )


def _fixed_source(
    record: Operator,
    called: str,
    identifier: str,
    array_parameters: list[str],
    parameters: list[str],
    pairs: str,
    required: str,
) -> str:
    names = record.arrays
    untaped, take, enter, strip, call = [], [], [], [], []
    for index, each in enumerate(names):
        local = f"_x{index}"
        missing = f"None if {each} is None else " if each in record.optional else ""
        is_missing = f"{each} is None or " if missing else ""
        untaped.append(f"({is_missing}{each}._tape is None)" if missing else f"{each}._tape is None")
        take.append(f"{local} = {missing}{each}._t")
        enter.append(
            f"{local} = {missing}{each}._t if {each}._tape is None else {each}._tape.enter({each}, _now)"
        )
        strip.append(f"{local} = {missing}{each}._plain()")
        call.append(local)
    call += [f"{key}={key}" for key in record.attributes]
    compute, check = f"_kernel({', '.join(call)})", ""
    if record.direct is not None:  # torch's kernels refuse arrays of different types themselves
        tensors = {name: f"_x{index}" for index, name in enumerate(names)}
        when = with_names(tensors, record.direct.when)
        compute = f"{with_names(tensors, record.direct.call)} if {when} else {compute}"
    elif record.same_dtype and len(names) > 1:
        tests = " or ".join(
            (
                f"(_x{i} is not None and _x{i}.dtype is not _x0.dtype)"
                if n in record.optional
                else f"_x{i}.dtype is not _x0.dtype"
            )
            for i, n in enumerate(names)
            if i
        )
        others = ", ".join(f"_x{i}" for i in range(1, len(names)))
        check = (
            f"if {tests}:\n    raise _mixed(_x0.dtype, next(t.dtype for t in ({others},) "
            "if t is not None and t.dtype is not _x0.dtype))\n"
        )
    again = " or ".join(
        [f"not isinstance({names[0]}, _NDArray)"]
        + [
            f"not isinstance({n}, _NDArray)" + (f" and {n} is not None" if n in record.optional else "")
            for n in names[1:]
        ]
        + [f"_as_text(_record, {{{pairs}}})"]
    )
    parts = {
        "called": called,
        "arrays": ", ".join(names),
        "pairs": pairs,
    }
    recorded = ""
    if record.differentiable:
        recorded = _RECORDED.format(enter=_indented("\n".join(enter), 12).rstrip("\n"), **parts)
    return _FIXED.format(
        name=identifier,
        parameters=", ".join([*array_parameters, *parameters]),
        required=required,
        untaped=" and ".join(untaped),
        take=_indented("\n".join(take), 12).rstrip("\n"),
        recorded=recorded,
        strip=_indented("\n".join(strip), 12).rstrip("\n"),
        check=_indented(check, 8),
        compute=compute,
        first=names[0],
        tape="_now if _now is not None and _y.requires_grad else None" if recorded else "None",
        failed=_failed(record, called, f"({', '.join(names)},)", pairs, again),
        **parts,
    )


def _failed(record: Operator, called: str, given: str, pairs: str, again: str) -> str:
    template = _EXPLAINED if record.direct is None else _AGAIN
    text = template.format(called=called, given=given, pairs=pairs, again=again)
    return _indented(text, 8).rstrip("\n")


def with_names(names: dict[str, str], text: str) -> str:
    """Source text with words in the place of others: what the compiled function has for an operator's arrays."""
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text)


def _indented(text: str, spaces: int) -> str:
    return "".join(" " * spaces + line + "\n" for line in text.splitlines())


def abs_finite(value: Any) -> bool:
    """Whether ``repr`` of a default value reads back as itself (inf and nan do not)."""
    return not isinstance(value, float) or value - value == 0


def _flat(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """``nd.concat([a, b])`` as ``nd.concat(a, b)``."""
    if len(arrays) == 1 and isinstance(arrays[0], (list, tuple)):
        return tuple(arrays[0])
    return arrays
