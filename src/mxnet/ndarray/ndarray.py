"""The array: one torch tensor, its context, and its place on the tape.

Operators come as methods from the table (`methods.py`), indexing from `indexing.py`, arithmetic from
`arithmetic.py`; here is what an array is, how it converts, and how it prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import autograd, tape
from ..base import MXNetError, message
from ..context import Context, current_context
from ..dtype import name as dtype_name
from ..dtype import to_numpy, to_torch

if TYPE_CHECKING:
    from ._generated import TableMethods
else:
    TableMethods = object

__all__ = ["NDArray"]

_DENSE = torch.contiguous_format


class OneElement(np.ndarray):
    """A NumPy array of one element that converts to a Python number whatever its shape.

    ``'%f' % loss.mean().asnumpy()`` is in every old program; NumPy >= 2.4 refuses it for shape ``(1,)``.
    """

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return index(self.item())

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Any:
        # What is computed of it is an ordinary array or number again, unless it has one element and axes, too.
        if array.ndim and array.size == 1:
            return array.view(OneElement)
        return array[()] if return_scalar else array.view(np.ndarray)

    def __complex__(self) -> complex:
        return complex(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.size == 1 else super().__format__(spec)


class NDArray(TableMethods):
    """An array of MXNet's kind, over a torch tensor.

    Not made directly: `nd.array`, `nd.zeros`, operators and indexing make them. Always contiguous; float32 unless
    told otherwise; results of comparisons are 0 and 1 in the type of what was compared.

    >>> from mxnet import nd
    >>> nd.array([[1, 2], [3, 4]])
    <BLANKLINE>
    [[1. 2.]
     [3. 4.]]
    <NDArray 2x2 @cpu(0)>
    """

    # _t       the tensor: plain, or with torch's graph behind it when it was computed under record()
    # _ctx     the context; several contexts may share one torch device
    # _tape    None, an tape.Variable (attach_grad) or the tape.Record that computed it
    # _shared  whether something else sees the storage; unset means no (see __getattr__)
    __slots__ = ("__weakref__", "_ctx", "_shared", "_t", "_tape")

    _t: torch.Tensor
    _ctx: Context
    _tape: Any
    _shared: bool

    # NumPy leaves `np_array + nd_array` to our reflected operators
    __array_priority__ = 1000.0

    def __init__(self, handle: torch.Tensor | NDArray, writable: bool = True) -> None:
        tensor = handle._plain() if isinstance(handle, NDArray) else handle
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(
                message(
                    "NDArray: made from an array or a tensor",
                    received=repr(type(handle)),
                    hint="nd.array(...)",
                )
            )
        self._t = tensor.detach().contiguous()
        self._ctx = handle._ctx if isinstance(handle, NDArray) else context_of(tensor)
        self._tape = None
        self._shared = True

    @classmethod
    def _wrap(cls, tensor: torch.Tensor, ctx: Context) -> Any:
        """An array over a contiguous tensor that nobody else holds."""
        array = object.__new__(cls)
        array._t = tensor
        array._ctx = ctx
        array._tape = None
        return array

    def _plain(self) -> torch.Tensor:
        """The tensor without a graph, over the same storage."""
        tensor = self._t
        return tensor.detach() if tensor.requires_grad else tensor

    def _enter(self) -> torch.Tensor:
        """The tensor with which this array takes part in a call now: on the tape if there is one."""
        if not tape.state.recording:
            return self._plain()
        record = tape.state.record
        return self._t if self._tape is None else self._tape.enter(self, record)

    def _view(self, tensor: torch.Tensor) -> Any:
        """An array over ``tensor``, which shares this one's storage."""
        self._shared = True
        array = object.__new__(type(self))
        array._t = tensor
        array._ctx = self._ctx
        array._tape = tape.state.record if tensor.requires_grad else None
        array._shared = True
        return array

    def __getattr__(self, name: str) -> Any:
        if name == "_shared":
            return False
        from .methods import absent

        return absent(name)

    # ------------------------------------------------------------------ what it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(self._t.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._t.dim()

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._t.numel()

    @property
    def dtype(self) -> Any:
        """Type of the elements, as NumPy's scalar class (``numpy.float32``)."""
        return to_numpy(self._t.dtype)

    @property
    def context(self) -> Context:
        """Where the array lives."""
        return self._ctx

    ctx = context

    @property
    def stype(self) -> str:
        """Storage: ``'default'``, that is, dense."""
        return "default"

    @property
    def handle(self) -> int:
        """Address of the elements; MXNet has a C handle here."""
        return self._t.data_ptr()

    @property
    def writable(self) -> bool:
        """Always true."""
        return True

    @property
    def T(self) -> NDArray:
        """A copy with the axes in reverse order."""
        tensor = self._t
        if self._tape is None and type(self) is NDArray and tensor.dim() == 2:
            array = object.__new__(NDArray)
            array._t = tensor.t().clone(memory_format=_DENSE)
            array._ctx = self._ctx
            array._tape = None
            return array
        return self.transpose()

    @property
    def grad(self) -> NDArray | None:
        """The gradient buffer of an array with ``attach_grad()``, else None. Always the same array."""
        entry = self._tape
        return entry.buffer if type(entry) is tape.Variable else None

    def __len__(self) -> int:
        if self._t.dim() == 0:
            raise TypeError(message("len() of an array without axes", hint="x.size"))
        return self._t.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        for row in range(len(self)):
            yield self[row]

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        count = self._t.numel()
        if count == 1:
            return bool(self._t.item())
        if count == 0:
            return False
        raise ValueError(
            message(
                "The truth value of an NDArray with multiple elements is ambiguous.",
                received=tape.describe(self),
                because="a condition is one value, this array has " + str(count),
                hint="(x > 0).sum() > 0 for any, (x > 0).prod() > 0 for all, or x.asscalar() for one element",
            )
        )

    def __contains__(self, value: Any) -> bool:
        equal: Any = self == value
        return bool(equal.sum().asscalar()) if isinstance(equal, NDArray) else equal

    def __float__(self) -> float:
        return float(self._only_element("float"))

    def __int__(self) -> int:
        return int(self._only_element("int"))

    def __index__(self) -> int:
        value = self._only_element("an index")
        if not isinstance(value, int):
            raise TypeError(
                message(
                    f"a {dtype_name(self._t.dtype)} array is no index", hint="x.astype('int32'), or int(x)"
                )
            )
        return value

    def __format__(self, spec: str) -> str:
        return format(self._only_element(f"the format {spec!r}"), spec) if spec else str(self)

    def _only_element(self, wanted: str) -> Any:
        if self._t.numel() != 1:
            raise TypeError(
                message(
                    f"only an array of one element converts to {wanted}",
                    received=tape.describe(self),
                    hint="x.asnumpy() for all of them, or reduce first: x.mean(), x[0]",
                )
            )
        return self._t.item()

    # ------------------------------------------------------------------ to and from other forms

    def asnumpy(self) -> np.ndarray:
        """A NumPy array with a copy of the elements (bfloat16 as float32, which NumPy has)."""
        tensor = self._t.detach()
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.float()
        array = tensor.cpu().numpy().copy()
        if array.size == 1 and array.ndim:
            return array.view(OneElement)
        return array

    def asscalar(self) -> Any:
        """The only element, as a NumPy scalar; raises ``ValueError`` if there are more or none."""
        if self._t.numel() != 1:
            raise ValueError(
                message(
                    "The current array is not a scalar",
                    received=tape.describe(self),
                    because="asscalar() is for arrays of one element",
                    hint="x.mean().asscalar(), x[0].asscalar(), or x.asnumpy()",
                )
            )
        value = self._t.item()
        scalar = to_numpy(self._t.dtype)
        return np.float32(value) if scalar == "bfloat16" else scalar(value)

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self.asscalar().item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._t.detach().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False and self._t.device.type != "cpu":
            raise ValueError(
                message(f"an array on {self._ctx} has to be copied for NumPy", hint="x.asnumpy()")
            )
        tensor = self._t.detach()
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.float()
        array = tensor.cpu().numpy()
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(message(f"from {array.dtype} to {dtype} takes a copy", hint="copy=None"))
            return array.astype(dtype)
        if copy is False:
            self._shared = True
            return array
        return array.copy()

    def to_torch(self) -> torch.Tensor:
        """The tensor over the same memory, without its graph.

        >>> from mxnet import nd
        >>> x = nd.zeros((2,))
        >>> x.to_torch().add_(1).tolist(), x.asnumpy().tolist()
        ([1.0, 1.0], [1.0, 1.0])
        """
        self._shared = True
        return self._plain()

    def __dlpack__(self, **options: Any) -> Any:
        self._shared = True
        return self._plain().__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._t.__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule over the same memory, for a reader."""
        return self.__dlpack__()

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule over the same memory, for a writer."""
        return self.__dlpack__()

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """The elements as another type; with ``copy=False`` the array itself if it has it already."""
        if not copy and to_torch(dtype) is self._t.dtype:
            return self
        return self.cast(dtype=dtype)

    def copy(self) -> NDArray:
        """A new array with the same elements, on the tape if this one is."""
        return self._copied(self._ctx)

    def copyto(self, other: NDArray | Context) -> Any:
        """Copy the elements into another array (which is returned), or to a context as a new array.

        The other array keeps its type. Raises `MXNetError` if the shapes differ.
        """
        if isinstance(other, Context):
            return self._copied(other)
        if not isinstance(other, NDArray):
            raise TypeError(
                message(f"copyto does not support type {type(other)}", hint="an NDArray or a Context")
            )
        if other is self:
            import warnings

            warnings.warn("You are attempting to copy an array to itself", RuntimeWarning, stacklevel=2)
            return False
        if other._t.shape != self._t.shape:
            raise MXNetError(
                "copyto: shapes differ",
                received=f"from {tape.describe(self)}, to {tape.describe(other)}",
                hint="other[:] = x, which broadcasts, or x.reshape(other.shape).copyto(other)",
            )
        other._write(self, "copyto")
        return other

    def as_in_context(self, context: Context) -> NDArray:
        """This array if it is there already, else a copy of it in ``context``."""
        return self if context == self._ctx else self.copyto(context)

    as_in_ctx = as_in_context

    def as_nd_ndarray(self) -> NDArray:
        """This array (MXNet has a second class, with NumPy's semantics)."""
        return self

    def _copied(self, context: Context) -> NDArray:
        tensor = self._enter()
        device = context.torch_device
        if tensor.requires_grad and not torch.is_grad_enabled():
            with torch.enable_grad():
                return self._copied(context)
        copied = tensor.clone() if tensor.device == device else tensor.to(device)
        result = type(self)._wrap(copied, context)
        if copied.requires_grad:
            result._tape = tape.state.record
        return result

    def _write(self, value: NDArray | torch.Tensor, what: str) -> None:
        """Replace all elements; under ``record()`` a taped value takes this array onto the tape."""
        tensor = value._enter() if isinstance(value, NDArray) else value
        target = copy_into(self._writable(what), tensor)
        if tensor.requires_grad:
            self._t, self._tape = target, tape.state.record

    def _writable(self, what: str) -> torch.Tensor:
        """The tensor to write into, or the error for an array that the tape holds.

        Outside ``record()`` the write goes past torch's version counter, as MXNet has it: a later backward uses
        the new value. Inside, it counts, so that backward refuses a graph whose stored values were overwritten.
        """
        if tape.state.recording:
            if self._tape is not None:
                tape.refuse_inplace(self, what)
            return self._t.detach()
        return self._plain() if tape.STRICT_INPLACE else self._t.data

    # ------------------------------------------------------------------ gradients

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make the array a variable: ``backward`` puts its gradient into ``x.grad``.

        Parameters
        ----------
        grad_req : ``'write'`` replaces the gradient of the last ``backward``, ``'add'`` adds to it, ``'null'``
            computes none.
        stype : storage of the gradient; dense.

        An array that was computed under ``record()`` leaves its history behind.
        """
        tape.check_grad_req(grad_req)
        buffer = type(self)._wrap(torch.zeros_like(self._t, requires_grad=False), self._ctx)
        buffer._shared = False
        tape.attach(self, buffer, grad_req)

    def detach(self) -> NDArray:
        """The same memory as an array that is not on the tape."""
        self._shared = True
        array = type(self)._wrap(self._t.detach(), self._ctx)
        array._shared = True
        return array

    def backward(
        self, out_grad: NDArray | None = None, retain_graph: bool = False, train_mode: bool = True
    ) -> None:
        """Differentiate the sum of the elements (weighted by ``out_grad``); see `autograd.backward`."""
        autograd.backward(self, out_grad, retain_graph, train_mode)

    @property
    def _fresh_grad(self) -> bool:
        """Whether ``backward`` wrote the gradient since a trainer last used it."""
        entry = self._tape
        return type(entry) is tape.Variable and entry.fresh

    @_fresh_grad.setter
    def _fresh_grad(self, fresh: bool) -> None:
        if type(self._tape) is tape.Variable:
            self._tape.fresh = fresh

    # ------------------------------------------------------------------ waiting, printing, saving

    def wait_to_read(self) -> None:
        """Return when the elements are there (at once on a CPU)."""
        if self._t.device.type != "cpu":
            getattr(torch, self._t.device.type).synchronize()

    wait_to_write = wait_to_read

    def __repr__(self) -> str:
        shape = "x".join(str(length) for length in self._t.shape)
        elements = np.asarray(self.asnumpy())
        return f"\n{elements!s}\n<{type(self).__name__} {shape} @{self._ctx}>"

    def __reduce__(self) -> tuple[Any, ...]:
        tensor = self._plain().cpu()
        kind = dtype_name(tensor.dtype)
        bits = tensor.view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor
        return _rebuild, (type(self), bits.numpy().copy(), kind, self._ctx)

    def __deepcopy__(self, memo: dict[int, Any]) -> NDArray:
        copied = type(self)._wrap(self._plain().clone(), self._ctx)
        memo[id(self)] = copied
        return copied

    def __copy__(self) -> NDArray:
        return self.copy()


def _rebuild(cls: type[NDArray], elements: np.ndarray, kind: str, context: Context) -> NDArray:
    tensor = torch.from_numpy(elements if elements.flags.writeable else elements.copy())
    if kind == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
    return cls._wrap(tensor.to(context.torch_device), context)


def copy_into(target: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """Write ``source`` into ``target``, also where they lie in the same memory (``x[1:] = x[:-1]``)."""
    if source.requires_grad and not torch.is_grad_enabled():
        with torch.enable_grad():
            return copy_into(target, source)
    try:
        return target.copy_(source)
    except RuntimeError as error:
        if "single memory location" not in str(error):
            raise
        return target.copy_(source.clone())


def context_of(tensor: torch.Tensor) -> Context:
    """The context for a tensor that comes from torch."""
    if tensor.device.type == "cpu":
        now = current_context()
        return now if now.device_typeid != 2 else Context("cpu", 0)
    return Context("gpu", tensor.device.index or 0)
