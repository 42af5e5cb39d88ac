"""Graphs as straight-line Python: one line a call, over torch tensors, written once and compiled.

    def program(t0, t1, t2, training, generator, device):
        t3 = fully_connected(t0, t1, t2, num_hidden=256)  # mlp0_dense0_fwd
        ...

The lines stand in the order in which the calls were made, so that random numbers are drawn as without the program;
a tensor's name is used again when nobody needs the tensor any more, so that memory is freed as without it. The text
is registered with `linecache`: a traceback shows the line, and the error says which layer it came from.
"""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch

from .. import random
from ..base import MXNetError
from ..context import Context
from ..ndarray import NDArray
from ..ndarray.invoke import TRANSLATED, explain, invoke, mixed_dtypes
from ..ops.arithmetic import BINARY, broadcast_record
from ..ops.registry import OPERATORS, Operator
from .compose import wanted_inputs
from .folding import folded
from .graph import Entry, Node, options_of, reachable
from .kernels import REFUSE_MIXED_TYPES, kernel_of, makes_new_array
from .peephole import improved

__all__ = ["BROADCASTING", "Program"]

_numbers = itertools.count()

BROADCASTING = {
    id(OPERATORS[row.elementwise[0]]): broadcast_record(name)
    for name, row in BINARY.items()
    if row.elementwise
}
"""Calls that Python's operators make are element by element in files; here they broadcast as those of arrays do."""


class Program:
    """A graph, ready to run on tensors.

    Attributes
    ----------
    source : the text of the function.
    variables : the nodes whose tensors it takes, in that order.
    changed : the places among them that calls write into (running statistics).
    changed_in_prediction : those that they write into in prediction mode, too.

    Parameters
    ----------
    entries : its outputs.
    also : calls that run whether or not an output needs them, for what they do besides: draw numbers, write.
    in_place : whether calls may overwrite what nobody needs any more: it is for running without gradients.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        variables: Sequence[Node],
        name: str = "program",
        also: Sequence[Node] = (),
        in_place: bool = False,
    ) -> None:
        self.variables = list(variables)
        self._in_place = in_place
        heads = improved([*entries, *map(Entry, also)], with_losses=True)
        self.entries = heads[: len(entries)]
        nodes = reachable(heads)
        self._lines: dict[int, Node] = {}
        self._arguments: dict[int, tuple[str, ...]] = {}
        self._kernels: set[int] = set()
        self._namespace: dict[str, Any] = {"mixed": mixed_dtypes, "one": _one}
        self.random = any(node.op is not None and node.op.random for node in nodes)
        places = {id(node): place for place, node in enumerate(self.variables)}
        self.changed, self.changed_in_prediction = (
            {
                places[id(node.inputs[place].node)]
                for node in nodes
                if training or node.op is None or not node.op.training
                for place in node.auxiliary_inputs()
                if place < len(node.inputs) and id(node.inputs[place].node) in places
            }
            for training in (True, False)
        )
        self.source = self._written(nodes, name)
        filename = f"<{name} {next(_numbers)}>"
        exec(compile(self.source, filename, "exec"), self._namespace)
        linecache.cache[filename] = (
            len(self.source),
            None,
            self.source.splitlines(keepends=True),
            filename,
        )
        self._filename = filename
        self._function: Callable[..., tuple[torch.Tensor, ...]] = self._namespace["program"]

    # ------------------------------------------------------------------ running

    def __call__(self, tensors: Sequence[Any], context: Context, training: bool) -> tuple[torch.Tensor, ...]:
        """Run on one tensor per variable, in torch's grad mode of the caller.

        Raises ``MXNetError`` that names the call and its layer.
        """
        generator = random.stream(context) if self.random else None
        try:
            return self._function(*tensors, training, generator, context)
        except TRANSLATED as error:
            raise self._explained(error, context) from None

    def _explained(self, error: Exception, context: Context) -> Exception:
        """The error with the call it happened in, as the function of `nd` would have raised it."""
        if isinstance(error, MXNetError):
            return error
        trace = sys.exc_info()[2]
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_code.co_filename == self._filename:
                node = self._lines.get(trace.tb_lineno)
                if node is not None and node.op is not None:
                    arrays = tuple(
                        None if name == "None" else NDArray._wrap(frame.f_locals[name].detach(), context)
                        for name in self._arguments[id(node)]
                    )
                    return _as_called(error, node, arrays, id(node) in self._kernels)
            trace = trace.tb_next
        return error

    # ------------------------------------------------------------------ writing

    def _written(self, nodes: list[Node], name: str) -> str:
        names: dict[tuple[int, int], str] = {
            (id(node), 0): f"t{place}" for place, node in enumerate(self.variables)
        }
        kept = {names[id(node), 0] for node in self.variables}
        last = _last_uses(nodes, self.entries)
        casts = [node for node in nodes if node.kind in ("amp_cast", "amp_multicast")]
        cast = {(id(source), index) for node in casts for source, index in node.inputs}
        free: list[str] = []
        counter = itertools.count(len(self.variables))
        lines = [
            f"def program({''.join(f'{n}, ' for n in sorted(kept, key=_number))}training, generator, context):"
        ]
        for position, node in enumerate(nodes):
            if node.is_variable:
                if (id(node), 0) not in names:
                    raise MXNetError(f"no array is given for {node.name}")
                continue
            arguments = tuple(names[id(source), index] for source, index in node.inputs)
            dying = [
                names[key]
                for key in dict.fromkeys((id(source), index) for source, index in node.inputs)
                if last[key] == position and names[key] not in kept
            ]
            wanted = [index for index in range(node.visible) if (id(node), index) in last]
            results = []
            for index in range(node.visible):
                if (
                    index in wanted
                ):  # in the place of an input that is not needed any more, which is freed then
                    fresh = dying.pop() if dying else free.pop() if free else f"t{next(counter)}"
                    names[id(node), index] = fresh
                    results.append(fresh)
                else:
                    results.append("_")
            overwrites = self._in_place and _may_overwrite(node, last, position, cast)
            for line in self._call(node, arguments, results, overwrites):
                lines.append("    " + line)
                self._lines[len(lines)] = node
            if dying:
                lines.append(f"    {' = '.join(dying)} = None")
                free += dying
        outputs = "".join(f"{names[id(node), index]}, " for node, index in self.entries)
        lines.append(f"    return ({outputs})")
        return "\n".join(lines) + "\n"

    def _call(
        self, node: Node, arguments: tuple[str, ...], results: list[str], overwrites: bool
    ) -> list[str]:
        """The lines of one call."""
        made = results[0] if len(results) == 1 else ", ".join(results)
        comment = f"  # {_on_one_line(node.name)}"
        if node.special is not None:
            function = self._bound(f"special_{len(self._namespace)}", node.special.on_tensors)
            listed = "".join(f"{each}, " for each in arguments)
            return [
                f"{made}{',' if len(results) == 1 else ''} = {function}(({listed}), training, context){comment}"
            ]
        assert node.op is not None
        record = BROADCASTING.get(id(node.op), node.op)
        options = options_of(node)
        values = list(arguments)
        if not record.variadic:  # the arrays that take part under these attributes, in their places
            given = iter(arguments)
            wanted = wanted_inputs(record, options)
            if len(arguments) > sum(wanted):  # optional arrays that were given although no attribute asks
                values = [*arguments, *["None"] * (len(record.arrays) - len(arguments))]
            else:
                values = [next(given, "None") if each else "None" for each in wanted]
        self._arguments[id(node)] = tuple(values)
        options = {key: value for key, value in options.items() if key in record.attributes}
        if record.creates and isinstance(options.get("shape"), tuple):
            # MXNet solves lengths of 0 from the rest of the graph; arrays of length 1 broadcast to whatever they are
            options["shape"] = tuple(n or 1 for n in options["shape"])
        keywords = [f"{key}={self._literal(value)}" for key, value in options.items()]
        keywords += ["training=training"] if record.training else []
        keywords += ["generator=generator"] if record.random else []
        keywords += ["device=context.torch_device"] if record.creates else []
        present = {name for name, value in zip(record.arrays, values, strict=False) if value != "None"}
        kernel = None if record.variadic else kernel_of(record, options, present, node, overwrites)
        takes_over = kernel is not None and (record.direct is not None or record.name in REFUSE_MIXED_TYPES)
        # where the kernel refuses arrays of different types by itself, the function in its place has to look
        looks = takes_over and record.direct is None and record.same_dtype
        called = _of_one_type(record) if looks else record.function
        function = self._bound(_identifier(record.function.__name__), called)
        call = f"{function}({', '.join([*values, *keywords])})"
        if record.outputs != 1 and len(results) == 1:
            call = f"one({call})"
        lines = []
        if kernel is not None:
            call = self._direct(record, kernel, values, options, call)
            self._kernels.add(id(node))
        if not takes_over and record.same_dtype and len(arguments) > 1:
            first, *rest = arguments
            odd = " or ".join(
                f"{each}.dtype is not {first}.dtype" for each in dict.fromkeys(rest) if each != first
            )
            if odd:
                others = "".join(f"{each}.dtype, " for each in rest)
                lines.append(
                    f"if {odd}: raise mixed({first}.dtype, next(d for d in ({others}) if d is not {first}.dtype))"
                )
        return [*lines, f"{made} = {call}{comment}"]

    def _direct(self, record: Any, kernel: Any, values: list[str], options: dict[str, Any], call: str) -> str:
        """The kernel for the common case, with what is known of its condition decided now."""
        from ..ndarray.invoke import with_names

        known = {
            key: self._literal(options.get(key, parameter.default))
            for key, parameter in record.attributes.items()
        }
        tensors = dict(zip(record.arrays, values, strict=True))
        bound = {name: self._bound(name, value) for name, value in kernel.names.items()}
        when = with_names({**known, **tensors, **bound}, kernel.when)
        then = with_names({**known, **tensors, **bound}, kernel.call)
        return folded(f"{then} if {when} else {call}")

    def _bound(self, name: str, value: Any) -> str:
        """A name in the function's namespace for an object."""
        candidate, count = name, 0
        while self._namespace.get(candidate, value) is not value:
            count += 1
            candidate = f"{name}_{count}"
        self._namespace[candidate] = value
        return candidate

    def _literal(self, value: Any) -> str:
        """A value as source text, or the name it is bound to."""
        if value is None or isinstance(value, (bool, int, str)):
            return repr(value)
        if isinstance(value, float) and value - value == 0:
            return repr(value)
        if isinstance(value, (tuple, list)) and all(
            each is None
            or isinstance(each, (bool, int, str))
            or (isinstance(each, float) and each - each == 0)
            for each in value
        ):
            return repr(tuple(value))
        return self._bound(f"value_{len(self._namespace)}", value)


def _as_called(
    error: Exception, node: Node, arrays: tuple[NDArray | None, ...], by_kernel: bool
) -> Exception:
    """What the function of `nd` raises for the same arrays: a kernel that stands in its place says less."""
    assert node.op is not None
    explained: Exception = explain(error, node.op, node.kind, arrays, options_of(node))
    if by_kernel:
        try:
            invoke(node.op, node.kind, arrays, options_of(node))
        except TRANSLATED as better:
            explained = better
    if isinstance(explained, MXNetError):
        explained.layer = explained.layer or node.name.removesuffix("_fwd")
    return explained


@cache
def _of_one_type(record: Operator) -> Callable[..., Any]:
    """An operator's function that refuses arrays of different types first."""

    def function(*arrays: torch.Tensor | None, **options: Any) -> Any:
        types = [each.dtype for each in arrays if each is not None]
        odd = next((each for each in types if each is not types[0]), None)
        if odd is not None:
            raise mixed_dtypes(types[0], odd)
        return record.function(*arrays, **options)

    return function


def _may_overwrite(
    node: Node, last: dict[tuple[int, int], int], position: int, cast: set[tuple[int, int]]
) -> bool:
    """Whether the first array of a call was made for it alone, and no cast that changes nothing has its memory."""
    source, index = node.inputs[0] if node.inputs else (node, 0)
    key = (id(source), index)
    return makes_new_array(source.kind) and last.get(key) == position and key not in cast


def _one(results: Any) -> torch.Tensor:
    """The only result of an operator that may have several."""
    return results[0] if isinstance(results, (list, tuple)) else results


def _last_uses(nodes: list[Node], heads: Sequence[Entry]) -> dict[tuple[int, int], int]:
    """Where each output is used for the last time; outputs of the graph behind the end."""
    last: dict[tuple[int, int], int] = {}
    for position, node in enumerate(nodes):
        for source, index in node.inputs:
            last[id(source), index] = position
    for node, index in heads:
        last[id(node), index] = len(nodes)
    return last


def _identifier(name: str) -> str:
    return name if name.isidentifier() and name != "<lambda>" else "operator"


def _on_one_line(name: str) -> str:
    """A name as a comment has it: whatever a file calls a node, the comment ends where the line does."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _number(name: str) -> int:
    return int(name[1:])
