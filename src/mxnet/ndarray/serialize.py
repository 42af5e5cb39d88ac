"""``nd.save`` and ``nd.load``: arrays to and from files; the formats are in `mxnet.files`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from .. import files
from ..base import message
from ..context import Context, current_context
from ..dtype import name as dtype_name
from .ndarray import NDArray

__all__ = ["load", "load_frombuffer", "save"]


def save(fname: Any, data: NDArray | Sequence[NDArray] | Mapping[str, NDArray]) -> None:
    """Write an array, a list or a dictionary of arrays to a file, whole or not at all.

    Parameters
    ----------
    fname : path, or binary file object. A path ending in ``.safetensors`` or ``.npz`` is written in that format,
        any other in MXNet's own, which the real MXNet reads.
    data : what to write. A single array is a list of one.

    >>> import io
    >>> from mxnet import nd
    >>> file = io.BytesIO()
    >>> nd.save(file, {"weight": nd.ones((2,))})
    >>> nd.load(file.getvalue())["weight"].asnumpy().tolist()
    [1.0, 1.0]
    """
    if isinstance(data, NDArray):
        data = [data]
    named = isinstance(data, Mapping)
    values = list(data.values()) if isinstance(data, Mapping) else list(data)
    for value in values:
        if not isinstance(value, NDArray):
            raise TypeError(
                message(
                    "save only accepts NDArrays",
                    received=type(value).__name__,
                    hint="an NDArray, a list of them, or a dict of them by name",
                )
            )
    arrays = [to_file(value) for value in values]
    files.save(fname, dict(zip(data, arrays, strict=True)) if named else arrays)


def load(fname: Any) -> list[NDArray] | dict[str, NDArray]:
    """The arrays of a file: a list, or a dictionary if they have names.

    It may come from `save`, from the real MXNet, or be in the safetensors or ``.npz`` format.

    Parameters
    ----------
    fname : path, binary file object, or the file's bytes.

    Raises
    ------
    MXNetError : there is no such file, or its content is not what its format demands.

    >>> from mxnet import nd
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "two.params")
    >>> nd.save(path, {"w": nd.ones((2, 3)), "b": nd.zeros((3,))})
    >>> {name: array.shape for name, array in nd.load(path).items()}
    {'w': (2, 3), 'b': (3,)}
    """
    content = files.load(fname)
    context = current_context()
    if isinstance(content, dict):
        return {key: from_file(value, context) for key, value in content.items()}
    return [from_file(value, context) for value in content]


def load_frombuffer(buf: bytes) -> list[NDArray] | dict[str, NDArray]:
    """The arrays in the bytes of a file.

    >>> from mxnet import nd
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "one.params")
    >>> nd.save(path, [nd.ones((2,))])
    >>> with open(path, "rb") as file:
    ...     print(nd.load_frombuffer(file.read())[0].shape)
    (2,)
    """
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise TypeError(
            message("load_frombuffer: takes bytes", received=type(buf).__name__, hint="nd.load(path)")
        )
    return load(bytes(buf))


def to_file(array: NDArray) -> files.Array:
    """An array as the file layer takes it."""
    tensor = array._plain().cpu()
    kind = dtype_name(tensor.dtype)
    bits = tensor.view(torch.int16).numpy().view("uint16") if kind == "bfloat16" else tensor.numpy()
    return files.Array.dense(bits, dtype=kind)


def from_file(stored: files.Array | None, context: Context) -> Any:
    """An array that the file layer read; None where the file says that there is none."""
    if stored is None:
        return None
    if stored.stype != "default":
        tensor = torch.from_numpy(stored.numpy())
    else:
        tensor = torch.from_numpy(stored.data.reshape(stored.shape))
    if stored.dtype == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
    return NDArray._wrap(tensor.to(context.torch_device), context)
