"""Small helpers of Gluon: splitting batches over devices, clipping gradients, downloads."""

from __future__ import annotations

import math
import os
import warnings
import weakref
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any

import numpy as np
import torch

from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, message
from ..context import Context
from ..ndarray import NDArray
from ._download import MXNET_REPOSITORY, check_sha1, download

__all__ = [
    "HookHandle",
    "check_sha1",
    "clip_global_norm",
    "download",
    "replace_file",
    "shape_is_known",
    "split_and_load",
    "split_data",
]

__getattr__ = _module_getattr(__name__)


def split_data(data: Any, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[Any]:
    """Cut an array into ``num_slice`` parts along ``batch_axis``.

    Parts along the first axis share memory with ``data``.

    Parameters
    ----------
    data : `NDArray` or NumPy array.
    even_split : False allows parts whose sizes differ by one (the first ones are the larger).

    Raises
    ------
    ValueError : the parts would not be equal, and ``even_split`` asks for that.

    >>> [part.shape for part in split_data(nd.zeros((5, 2)), 2, even_split=False)]
    [(3, 2), (2, 2)]
    """
    if num_slice < 1:
        raise ValueError(message(f"split_data: num_slice={num_slice}", because="there is at least one slice"))
    size = data.shape[batch_axis]
    small, larger = divmod(size, num_slice)
    if larger and even_split:
        raise ValueError(
            message(
                f"data with shape {data.shape} cannot be evenly split into {num_slice} slices along axis {batch_axis}."
                f" Use a batch size that's multiple of {num_slice} or set even_split=False to allow uneven "
                "partitioning of data."
            )
        )
    if num_slice == 1:
        return [data]
    sizes = [small + (index < larger) for index in range(num_slice)]
    ends = np.cumsum(sizes).tolist()
    before = (slice(None),) * (batch_axis % len(data.shape))
    indices = [(*before, slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    return [data[index if before else index[0]] for index in indices]


def split_and_load(
    data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Cut an array into as many parts as there are contexts, and put each part into its context.

    Anything that is no `NDArray` becomes a float32 one first.

    >>> from mxnet import cpu
    >>> split_and_load(nd.arange(4), [cpu(0), cpu(1)])
    [
    [0. 1.]
    <NDArray 2 @cpu(0)>,
    [2. 3.]
    <NDArray 2 @cpu(1)>]
    """
    if isinstance(ctx_list, Context):
        raise TypeError(
            message(
                "split_and_load: takes a list of contexts", received=repr(ctx_list), hint=f"[{ctx_list!r}]"
            )
        )
    if not ctx_list:
        raise ValueError(message("split_and_load: the list of contexts is empty", hint="[mx.cpu()]"))
    if not isinstance(data, NDArray):
        data = nd.array(data, ctx=ctx_list[0], dtype="float32")
    parts = split_data(data, len(ctx_list), batch_axis, even_split)
    return [part.as_in_context(ctx) for part, ctx in zip(parts, ctx_list, strict=True)]


def clip_global_norm(arrays: Sequence[NDArray], max_norm: float, check_isfinite: bool = True) -> Any:
    """Scale arrays in place so that all their elements together have an L2 norm of at most ``max_norm``.

    ``norm = sqrt(sum_i sum(arrays[i] ** 2))``; every array is multiplied by ``min(1, max_norm / (norm + 1e-8))``.
    The arrays may live in several contexts; nothing but their norms leaves them.

    Parameters
    ----------
    arrays : gradients, usually.
    check_isfinite : whether to wait for the norm, warn if it is infinite or not a number, and return it as a
        number. False returns it as an array of shape (1,) and never waits for an accelerator.

    Returns
    -------
    The norm before the scaling.

    >>> gradients = [nd.array([3.0, 4.0])]
    >>> float(clip_global_norm(gradients, 1.0))
    5.0
    >>> gradients
    [
    [0.6 0.8]
    <NDArray 2 @cpu(0)>]
    """
    if len(arrays) == 0:
        raise AssertionError(message("clip_global_norm: there are no arrays", hint="[p.grad() for p in ...]"))
    for array in arrays:
        if not isinstance(array, NDArray):
            raise AssertionError(message("clip_global_norm: takes NDArrays", received=type(array).__name__))
        if not array._t.is_floating_point():
            raise MXNetError(
                "clip_global_norm: takes arrays of floating-point numbers", received=str(array.dtype)
            )
    if not isinstance(max_norm, (int, float, np.generic)):
        raise AssertionError(message("clip_global_norm: max_norm is a number", received=repr(max_norm)))
    ctx = arrays[0]._ctx
    device = ctx.torch_device
    with torch.no_grad():
        tensors = [array._plain() for array in arrays]
        norms = [torch.linalg.vector_norm(tensor).to(device) for tensor in tensors]
        norm = torch.linalg.vector_norm(torch.stack(norms)) if len(norms) > 1 else norms[0]
        scale = (float(max_norm) / (norm + 1e-8)).clamp(max=1.0)
        for array in arrays:
            target = array._writable("clip_global_norm")
            target.mul_(scale.to(target.device))
    if not check_isfinite:
        return NDArray._wrap(norm.reshape(1), ctx)
    value = norm.item()
    if not math.isfinite(value):
        warnings.warn(
            "nan or inf is detected. Clipping results will be undefined.", UserWarning, stacklevel=2
        )
    return NDArray._wrap(norm.reshape(1), ctx).asscalar()


class HookHandle:
    """The handle of a registered hook; ``detach()``, or the end of a ``with`` block, takes the hook away.

    >>> from collections import OrderedDict
    >>> hooks = OrderedDict()
    >>> with HookHandle() as handle:
    ...     handle.attach(hooks, print)
    ...     len(hooks)
    1
    >>> len(hooks)
    0
    """

    def __init__(self) -> None:
        self._hooks_dict_ref: weakref.ref[MutableMapping[int, Any]] | None = None
        self._id: int | None = None

    def attach(self, hooks_dict: MutableMapping[int, Any], hook: Callable[..., Any]) -> None:
        """Enter ``hook`` into a dictionary of hooks (an ``OrderedDict``). Once for each handle."""
        if self._hooks_dict_ref is not None:
            raise AssertionError(message("The same handle cannot be attached twice."))
        self._id = id(hook)
        hooks_dict[self._id] = hook
        self._hooks_dict_ref = weakref.ref(hooks_dict)

    def detach(self) -> None:
        """Take the hook out of its dictionary, if it is still there."""
        hooks = self._hooks_dict_ref() if self._hooks_dict_ref is not None else None
        if hooks is not None and self._id is not None:
            hooks.pop(self._id, None)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def __getstate__(self) -> tuple[Any, int | None]:
        return (self._hooks_dict_ref() if self._hooks_dict_ref is not None else None, self._id)

    def __setstate__(self, state: tuple[Any, int | None]) -> None:
        hooks, self._id = state
        self._hooks_dict_ref = None if hooks is None else weakref.ref(hooks)


def shape_is_known(shape: Sequence[int] | None) -> bool:
    """Whether every dimension of a shape is known; 0 stands for an unknown one, and so does ``()`` as a whole.

    >>> shape_is_known((2, 3)), shape_is_known((2, 0)), shape_is_known(None)
    (True, False, False)
    """
    if shape is None or len(shape) == 0:
        return False
    for length in shape:
        if length < 0:
            raise AssertionError(
                message(
                    f"shape dimension size cannot be less than 0, while received {length}",
                    received=f"{shape}",
                )
            )
    return all(length > 0 for length in shape)


def replace_file(src: str | os.PathLike[str], dst: str | os.PathLike[str]) -> None:
    """Move a file over another one, atomically: readers of ``dst`` see the old content or the new one."""
    os.replace(src, dst)


def _get_repo_url() -> str:
    """Where MXNet's files are, with a slash at its end: ``MXNET_GLUON_REPO``, or MXNet's own repository."""
    return os.environ.get("MXNET_GLUON_REPO", MXNET_REPOSITORY).rstrip("/") + "/"


def _get_repo_file_url(namespace: str, filename: str) -> str:
    """The URL of a file there.

    >>> _get_repo_file_url("gluon/dataset/mnist", "train.gz")
    'https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/dataset/mnist/train.gz'
    """
    return f"{_get_repo_url()}{namespace}/{filename}"


def _indent(text: str, spaces: int) -> str:
    """Indent all lines but the first, as the ``repr`` of nested blocks needs it."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


def _brief_print_list(names: Iterable[Any], limit: int = 7) -> str:
    """The first and last few of many names, quoted.

    >>> _brief_print_list("abcdefgh", 4)
    "'a', 'b', ..., 'g', 'h'"
    """
    names = [f"'{name}'" for name in names]
    if len(names) > limit:
        names = [*names[: limit // 2], "...", *names[-(limit // 2) :]]
    return ", ".join(names)
