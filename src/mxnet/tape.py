"""What an array carries on the tape, and what this thread is doing.

- an array with ``attach_grad()`` carries a `Variable`: a torch leaf over the same storage, and the gradient buffer;
- a result that depends on one carries the `Record` (the ``with record()`` block) that made it.

`mxnet.autograd` is what users see of this.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import torch

from .base import MXNetError, OptionError
from .dtype import name as dtype_name

__all__ = [
    "STRICT_INPLACE",
    "Record",
    "Scope",
    "Variable",
    "as_list",
    "attach",
    "check_grad_req",
    "describe",
    "is_sole",
    "refuse_inplace",
    "state",
]

GRAD_REQS = ("write", "add", "null")
STRICT_INPLACE = os.environ.get("MXNET_STRICT_INPLACE", "0") not in ("", "0")


class _State(threading.local):
    """What this thread is doing. Class attributes are the defaults of a new thread."""

    recording: bool = False
    training: bool = False
    record: Record | None = None


state = _State()


class Scope:
    """Sets (recording, training) for a ``with`` block; None leaves a flag as it is."""

    __slots__ = ("_recording", "_saved", "_training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._recording = recording
        self._training = training

    def __enter__(self) -> None:
        now = state
        self._saved = (now.recording, now.training, now.record)
        if self._recording is not None:
            if self._recording and not now.recording:
                now.record = Record()
            now.recording = self._recording
        if self._training is not None:
            now.training = self._training

    def __exit__(self, *_: object) -> None:
        now = state
        now.recording, now.training, record = self._saved
        # What is taped from here on is none of what a backward has consumed meanwhile.
        now.record = Record() if record is not None and record.consumed else record


class Record:
    """One ``with record()`` block, and the token of everything taped in it.

    A ``backward`` consumes a record: what its heads were computed from is gone, and enters later calls as a constant.
    What was taped beside that, such as the image that a generator made while its critic learned, is still there.
    """

    __slots__ = ("_gone", "consumed", "ends", "parents", "variables")

    def __init__(self) -> None:
        self.consumed = False
        self.variables: list[Variable] = []
        self.parents: list[Record] = []
        self.ends: list[torch.Tensor] = []
        self._gone: set[Any] | None = None

    def enter(self, array: Any, record: Record) -> torch.Tensor:
        """The tensor with which an array taped here enters a call taped in ``record``."""
        if self.consumed and self.has_consumed(array._t):
            array._t, array._tape = array._t.detach(), None
        elif self is not record:
            if self.consumed:
                self._hand_over(array, record)
            elif self not in record.parents:
                record.parents.append(self)
        return array._t

    def _hand_over(self, array: Any, record: Record) -> None:
        """Make ``array`` one of ``record``'s, which collects the gradients of what it was computed from from now on.

        Were this record a parent instead, a loop that uses the array again and again would grow a chain of them.
        """
        for each in self.and_parents():
            for variable in each.variables:
                variable.enter(None, record)
        array._tape = record

    def and_parents(self) -> list[Record]:
        """This record and every one that its graph reaches into."""
        found = [self]
        for each in found:
            found += [parent for parent in each.parents if parent not in found]
        return found

    def consume(self, ends: list[torch.Tensor]) -> None:
        """Declare the graph behind ``ends`` gone."""
        self.consumed = True
        self.ends += ends
        self._gone = None
        for variable in self.variables:
            if variable.record is self:
                variable.record = None  # which would keep the graph until the next record

    def has_consumed(self, tensor: torch.Tensor) -> bool:
        """Whether a ``backward`` has been through a step that ``tensor``, taped here, was computed by."""
        gone = self._gone
        if gone is None:
            gone = self._gone = set(_nodes_behind(self.ends))
        return any(node in gone for node in _nodes_behind([tensor]))


def _nodes_behind(ends: list[torch.Tensor]) -> Iterator[Any]:
    """The nodes of torch's graph that made these, without those that collect the gradients of leaves."""
    waiting: list[Any] = [each.grad_fn for each in ends if each.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if hasattr(node, "variable"):
            continue
        yield node
        for behind, _ in node.next_functions:
            if behind is not None and behind not in seen:
                seen.add(behind)
                waiting.append(behind)


class Variable:
    """What ``attach_grad`` gives an array: a leaf of torch's graph over its storage, and a gradient buffer."""

    __slots__ = ("buffer", "fresh", "grad_req", "leaf", "record")

    def __init__(self, array: Any, buffer: Any, grad_req: str) -> None:
        # `.data` has a version counter of its own: a write into the array goes past the graph's checks, and
        # backward then uses the new value, as in MXNet. With MXNET_STRICT_INPLACE the counter is shared.
        leaf = array._t.detach() if STRICT_INPLACE else array._t.data
        if grad_req != "null" and leaf.is_floating_point():
            leaf.requires_grad_(True)
        self.leaf = leaf
        self.buffer = buffer
        self.grad_req = grad_req
        self.fresh = False
        self.record: Record | None = None

    def enter(self, array: Any, record: Record) -> torch.Tensor:
        """The leaf; the record learns whose gradient to collect."""
        if self.record is not record:
            self.record = record
            record.variables.append(self)
        return self.leaf

    def collect(self) -> None:
        """Move the gradient that torch left in the leaf, if any, into the buffer."""
        leaf = self.leaf
        gradient = leaf.grad
        if gradient is None:
            return
        leaf.grad = None
        self.fresh = True
        buffer = self.buffer
        if self.grad_req == "add":
            buffer._t.data.add_(gradient)
        elif buffer._shared or not is_sole(gradient):
            buffer._t.data.copy_(gradient)
        else:
            buffer._t = gradient


def is_sole(tensor: torch.Tensor) -> bool:
    """Whether nothing else sees the storage of ``tensor``.

    The gradients that torch leaves in several leaves may be views of one array (those of ``a`` and ``b`` in
    ``a.reshape(...) + b.reshape(...)``), or of the head gradient, or of one that a function of the user's returned.
    """
    return _uses is not None and _uses(tensor.untyped_storage()._cdata) == _ALONE


_uses = getattr(torch._C, "_storage_Use_Count", None)
_alone = torch.empty(1)
_ALONE = 0 if _uses is None else _uses(_alone.untyped_storage()._cdata)


def attach(array: Any, buffer: Any, grad_req: str) -> None:
    """Make ``array`` a variable; an array that is on the tape leaves it."""
    array._t = array._plain()
    array._shared = True  # the leaf sees the storage
    array._tape = Variable(array, buffer, grad_req)


def as_list(value: Any) -> list[Any]:
    """Several as a list, one as a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check_grad_req(grad_req: str) -> None:
    if grad_req not in GRAD_REQS:
        raise OptionError(
            f"grad_req is one of 'write', 'add' and 'null', not {grad_req!r}", hint="grad_req='write'"
        )


def describe(array: Any) -> str:
    """One array in an error's ``received`` line: ``(2, 3) float32 cpu(0)``."""
    return f"{tuple(array._t.shape)} {dtype_name(array._t.dtype)} {array._ctx}"


def refuse_inplace(array: Any, what: str) -> NoReturn:
    """The error for writing into an array that the tape holds, inside ``record()``."""
    role = "has attach_grad()" if type(array._tape) is Variable else "was computed under record()"
    raise MXNetError(
        f"{what}: cannot write in place into an array that is on the tape",
        received=describe(array),
        because=f"it {role}, and its gradient needs the value it has now",
        hint="make a new array (x = x + 1 instead of x += 1), or write outside record()",
    )
