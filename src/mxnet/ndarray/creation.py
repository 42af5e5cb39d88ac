"""Arrays out of nothing, out of Python and NumPy data, and over foreign memory."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
import torch

from .. import tape
from ..base import MXNetError, message, numeric_types
from ..context import Context, current_context
from ..dtype import tensor_over, to_numpy, to_torch
from .invoke import context_named, function_of
from .ndarray import NDArray, context_of

__all__ = [
    "arange",
    "array",
    "empty",
    "eye",
    "from_dlpack",
    "from_numpy",
    "from_torch",
    "full",
    "linspace",
    "ones",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "zeros",
]


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """A new array with a copy of ``source_array``; the copy of an array on the tape is on it, too.

    Parameters
    ----------
    source_array : numbers, nested lists, a NumPy array, a tensor, an NDArray.
    ctx : where to put it; the current context by default.
    dtype : type of the elements; float32 by default, or that of an NDArray source.

    Raises
    ------
    TypeError, ValueError : what is given is no rectangular collection of numbers.

    >>> from mxnet import nd
    >>> nd.array([1, 2, 3])
    <BLANKLINE>
    [1. 2. 3.]
    <NDArray 3 @cpu(0)>
    """
    if ctx is None and dtype is None and type(source_array) is list and source_array:
        context = current_context()
        if type(source_array[0]) in (int, float) and context.device_typeid == 1:
            try:  # a list of numbers, as batches of indices are
                return NDArray._wrap(torch.tensor(source_array, dtype=torch.float32, device="cpu"), context)
            except (TypeError, ValueError):
                pass
    context = _context(ctx)
    if isinstance(source_array, NDArray):
        kind = source_array._t.dtype if dtype is None else to_torch(dtype)
        tensor = source_array._enter()
    elif isinstance(source_array, torch.Tensor):
        kind, tensor = to_torch(dtype), source_array.detach()
    elif tape.state.recording and _are_taped(source_array):
        return array(function_of("stack")(*source_array), ctx, dtype or np.float32)
    else:
        kind = to_torch(dtype)
        tensor = _tensor_of(source_array, kind)
    if tensor.requires_grad:
        with torch.enable_grad():
            made = NDArray._wrap(tensor.to(context.torch_device, kind, copy=True), context)
        made._tape = tape.state.record if made._t.requires_grad else None
        return made
    return NDArray._wrap(tensor.to(context.torch_device, kind, copy=True).contiguous(), context)


def zeros(
    shape: Any, ctx: Context | None = None, dtype: Any = None, stype: str | None = None, **kwargs: Any
) -> NDArray:
    """An array of zeros.

    >>> from mxnet import nd
    >>> nd.zeros((2, 3)).shape
    (2, 3)
    """
    _dense("zeros", stype)
    return _filled("zeros", torch.zeros, shape, ctx, dtype, kwargs)


def ones(shape: Any, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of ones."""
    return _filled("ones", torch.ones, shape, ctx, dtype, kwargs)


def empty(shape: Any, ctx: Context | None = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An array whose elements are whatever was in memory.

    >>> from mxnet import nd
    >>> nd.empty((2, 3)).shape
    (2, 3)
    """
    _dense("empty", stype)
    return _filled("empty", torch.empty, shape, ctx, dtype, {})


def full(
    shape: Any, val: Any, ctx: Context | None = None, dtype: Any = np.float32, out: NDArray | None = None
) -> NDArray:
    """An array of one value.

    >>> from mxnet import nd
    >>> nd.full((2, 2), 7).asnumpy().tolist()
    [[7.0, 7.0], [7.0, 7.0]]
    """
    target = empty(shape, ctx, dtype) if out is None else out
    target[:] = val
    return target


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool | None = None,
    ctx: Context | None = None,
    dtype: Any = np.float32,
) -> NDArray:
    """The numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times.

    >>> from mxnet import nd
    >>> nd.arange(3, repeat=2).asnumpy().tolist()
    [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
    """
    for name, value in (("start", start), ("stop", stop), ("step", step)):
        if not isinstance(value, numeric_types) and (value is not None or name != "stop"):
            raise MXNetError(f"arange: {name} is a number", received=f"{name}={value!r}"[:80])
    if stop is None:
        start, stop = 0, start
    if step == 0 or repeat < 1:
        raise MXNetError(
            "arange: step is not 0 and repeat at least 1", received=f"step={step}, repeat={repeat}"
        )
    context = _context(ctx)
    kind = to_torch(dtype)
    count = max(0, int(np.ceil((stop - start) / step)))
    exact = kind if not kind.is_floating_point else torch.float64
    tensor = (torch.arange(count, dtype=torch.float64, device="cpu") * step + start).to(exact).to(kind)
    if repeat > 1:
        tensor = tensor.repeat_interleave(repeat)
    return NDArray._wrap(tensor.to(context.torch_device), context)


def linspace(
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    ctx: Context | None = None,
    dtype: Any = np.float32,
) -> NDArray:
    """``num`` numbers at equal distances from ``start`` to ``stop`` (which ``endpoint=False`` leaves out).

    >>> from mxnet import nd
    >>> nd.linspace(0, 1, 5).asnumpy().tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if num < 0:
        raise MXNetError("linspace: the number of values is negative", received=f"num={num}")
    context = _context(ctx)
    values = np.linspace(start, stop, int(num), endpoint=endpoint)
    return NDArray._wrap(torch.from_numpy(values).to(context.torch_device, to_torch(dtype)), context)


def eye(
    N: int, M: int = 0, k: int = 0, ctx: Context | None = None, dtype: Any = None, **kwargs: Any
) -> NDArray:
    """Ones on the ``k``-th diagonal of an ``(N, M)`` array, zeros elsewhere; square if ``M`` is not above 0."""
    try:
        rows, columns, diagonal = index(N), index(M), index(k)
    except TypeError:
        raise MXNetError("eye: N, M and k are whole numbers", received=f"N={N!r}, M={M!r}, k={k!r}") from None
    columns = columns if columns > 0 else rows
    if rows < 0:
        raise MXNetError("eye: the number of rows is negative", received=f"N={N}")
    context = _context(ctx if ctx is not None else kwargs.pop("ctx", None))
    if kwargs:
        raise MXNetError(
            f"eye: unknown argument {next(iter(kwargs))!r}", because="its arguments are N, M, k, ctx, dtype"
        )
    tensor = torch.zeros((rows, columns), dtype=to_torch(dtype), device=context.torch_device)
    if -rows < diagonal < columns:
        tensor.diagonal(diagonal).fill_(1)
    return NDArray._wrap(tensor, context)


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True, array_cls: type[NDArray] = NDArray) -> NDArray:
    """An array over the memory of a NumPy array (a copy with ``zero_copy=False``), of the same type.

    Raises ``ValueError`` if the memory is not contiguous and may not be copied.

    >>> import numpy as np
    >>> from mxnet import nd
    >>> a = np.zeros(3)
    >>> nd.from_numpy(a)[:] = 7
    >>> a.tolist()
    [7.0, 7.0, 7.0]
    """
    if not zero_copy:
        return array(ndarray, dtype=ndarray.dtype)
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ValueError(
            message(
                "Only c-contiguous arrays are supported for zero-copy",
                received=f"strides {ndarray.strides} for shape {ndarray.shape}",
                hint="nd.from_numpy(a, zero_copy=False)",
            )
        )
    if not ndarray.flags["WRITEABLE"]:
        raise ValueError(
            message(
                "from_numpy: a read-only array cannot be shared", hint="nd.from_numpy(a, zero_copy=False)"
            )
        )
    to_torch(ndarray.dtype)
    shared = from_torch(torch.from_numpy(ndarray))
    return shared if array_cls is NDArray else array_cls(shared)


def from_torch(tensor: torch.Tensor) -> NDArray:
    """An array over the memory of a torch tensor (copied only if it is not contiguous), without its graph.

    >>> import torch
    >>> from mxnet import nd
    >>> t = torch.zeros(2)
    >>> nd.from_torch(t)[:] = 1
    >>> t
    tensor([1., 1.])
    """
    to_torch(tensor.dtype)
    made = NDArray._wrap(tensor.detach().contiguous(), context_of(tensor))
    made._shared = True
    return made


def from_dlpack(dlpack: Any) -> NDArray:
    """An array over the memory behind a DLPack capsule or an object with ``__dlpack__``.

    >>> from mxnet import nd
    >>> x = nd.zeros((2,))
    >>> nd.from_dlpack(x.to_dlpack_for_write())[:] = 1
    >>> x.asnumpy().tolist()
    [1.0, 1.0]
    """
    return from_torch(torch.from_dlpack(dlpack))


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule over the array's memory, for a reader.

    >>> from mxnet import nd
    >>> import torch
    >>> torch.from_dlpack(nd.to_dlpack_for_read(nd.ones((2,))))
    tensor([1., 1.])
    """
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """A DLPack capsule over the array's memory, for a writer.

    >>> from mxnet import nd
    >>> import torch
    >>> x = nd.ones((2,))
    >>> torch.from_dlpack(nd.to_dlpack_for_write(x)).mul_(3)
    tensor([3., 3.])
    >>> x.asnumpy().tolist()
    [3.0, 3.0]
    """
    return data.to_dlpack_for_write()


def shape_of(caller: str, shape: Any) -> tuple[int, ...]:
    """A shape given as a number or a sequence, checked."""
    try:
        lengths = (index(shape),) if hasattr(shape, "__index__") else tuple(index(n) for n in shape)
    except TypeError:
        raise MXNetError(
            f"{caller}: a shape is a whole number or a tuple of them",
            received=repr(shape),
            hint=f"nd.{caller}((2, 3))",
        ) from None
    if any(n < 0 for n in lengths):
        raise MXNetError(f"{caller}: a length is negative", received=f"shape {lengths}")
    return lengths


def _context(ctx: Any) -> Context:
    if ctx is None:
        return current_context()
    if isinstance(ctx, Context):
        return ctx
    if isinstance(ctx, str):
        return context_named(ctx) or current_context()
    raise TypeError(message("ctx= takes one context", received=repr(ctx), hint="ctx=mx.cpu()"))


def _dense(caller: str, stype: str | None) -> None:
    if stype not in (None, "default"):
        raise NotImplementedError(
            message(
                f"nd.{caller}(stype={stype!r}) is not in Glueball yet",
                because="arrays are dense",
                hint="stype='default'",
            )
        )


def _filled(caller: str, make: Any, shape: Any, ctx: Any, dtype: Any, extra: dict[str, Any]) -> NDArray:
    out = extra.pop("out", None)
    extra.pop("name", None)
    unknown = [key for key in extra if not (key.startswith("__") and key.endswith("__"))]
    if unknown:
        raise MXNetError(
            f"{caller}: Cannot find argument {unknown[0]!r}",
            because="its arguments are shape, ctx, dtype, out",
        )
    context = _context(ctx)
    tensor = make(shape_of(caller, shape), dtype=to_torch(dtype), device=context.torch_device)
    made = NDArray._wrap(tensor, context)
    if out is not None:
        made.copyto(out)
        return out
    return made


def _are_taped(source: Any) -> bool:
    """Whether it is a list of arrays some of which are on the tape: losses, as a rule."""
    return (
        isinstance(source, (list, tuple))
        and all(isinstance(each, NDArray) for each in source)
        and any(each._tape is not None for each in source)
    )


def _tensor_of(source: Any, kind: torch.dtype) -> torch.Tensor:
    try:
        values = np.asarray(_as_numbers(source))
        if values.dtype == object:
            if not hasattr(source, "__array__"):
                raise ValueError("it is not rectangular, or holds something else than numbers")
            # a table with columns of several types, as pandas has them: numbers, each an object
            values = values.astype(to_numpy(torch.float32 if kind is torch.bfloat16 else kind))
        if values.dtype.kind == "c":
            raise TypeError("it holds complex numbers")
        if kind is torch.bfloat16:
            values = values.astype(np.float32)
        return tensor_over(values)
    except (TypeError, ValueError) as error:
        raise TypeError(
            message(
                "source_array must be array like object",
                received=f"{type(source).__name__} {repr(source)[:60]}",
                because=str(error).splitlines()[0],
                hint="numbers, nested lists of equal lengths, or a NumPy array",
            )
        ) from None


def _as_numbers(source: Any) -> Any:
    """Lists of arrays become lists of numbers: `nd.array([nd.ones(2), nd.zeros(2)])`."""
    if isinstance(source, (list, tuple)) and any(isinstance(each, (NDArray, list, tuple)) for each in source):
        return [each.asnumpy() if isinstance(each, NDArray) else _as_numbers(each) for each in source]
    return source
