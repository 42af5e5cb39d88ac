"""What ``hybridize`` makes of a block: one straight-line program for all that it and its children compute.

``hybrid_forward`` is called once with symbols; the graph becomes a `Program`, which skips blocks, parameters and the
wrapping of every result. A program serves every shape, type and context: it is made anew only when the structure of
the inputs, the training or recording mode, or the block itself changes. A block whose ``hybrid_forward`` looks at
elements or shapes has no graph; it runs as if it had not been hybridized, and `MXNET_EXPLAIN_RECOMPILES=1` says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .. import tape
from ..base import MXNetError, message
from ..context import Context
from ..name import NameManager
from ..ndarray import NDArray
from ..symbol import Group, Symbol, var
from ..symbol.graph import Node, leaves
from ..symbol.program import Program
from ..symbol.symbol import strictly
from .block import changes
from .parameter import Parameter

if TYPE_CHECKING:
    from .block import Block
    from .hybrid_block import HybridBlock

__all__ = ["Compiled", "Traced", "execute", "flattened", "run", "source", "traced"]

_state = tape.state
_ONE: Any = object()  # the structure of one array alone
_MOST = 32  # how often a block is compiled before it is left alone


class Traced(NamedTuple):
    """A block as a graph.

    Attributes
    ----------
    inputs : the variables that stand for its inputs, in order.
    output : its outputs as one symbol, and their structure.
    parameters : of the block and its children, by the graph's variables that stand for them.
    """

    inputs: list[Symbol]
    output: Symbol
    structure: Any
    parameters: dict[Node, Parameter]


class Compiled:
    """The program of a block for one kind of input, and how to feed it."""

    __slots__ = ("blocks", "checked", "handed", "program", "sources", "structure", "versions")

    def __init__(self, block: HybridBlock, graph: Traced) -> None:
        variables = leaves(graph.output._entries)[0]
        self.program = Program(graph.output._entries, variables, block.name or "block")
        places = {each._entries[0].node: place for place, each in enumerate(graph.inputs)}
        # where each variable's tensor comes from: the place of an input, or a parameter
        self.sources: list[tuple[int, Parameter | None, bool]] = []
        for place, node in enumerate(variables):
            changed = place in self.program.changed
            if node in places:
                self.sources.append((places[node], None, changed))
            else:
                self.sources.append((-1, graph.parameters[node], changed))
        # the places of outputs that are inputs themselves
        self.handed = [places.get(entry.node) for entry in graph.output._entries]
        self.structure = _ONE if graph.structure == (False, (None,)) else graph.structure
        self.blocks = list(_blocks(block))
        self.versions = [each._version for each in self.blocks]
        self.checked = changes.count

    def is_current(self) -> bool:
        """Whether no block has changed since."""
        if self.checked != changes.count:
            if any(
                each._version != version for each, version in zip(self.blocks, self.versions, strict=True)
            ):
                return False
            self.checked = changes.count
        return True


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for child in block._children.values():
        yield from _blocks(child)


def _hooked(blocks: list[Block]) -> Block | None:
    """A block inside the first that has hooks: they are called with what a program never makes."""
    inside = (each for each in blocks[1:] if each._forward_hooks or each._forward_pre_hooks)
    return next(inside, None)


# ---------------------------------------------------------------------- tracing


def traced(block: HybridBlock, *inputs: Any) -> Traced:
    """The graph of a block for inputs of this structure (arrays, or lists of arrays; None stays None).

    Raises whatever ``hybrid_forward`` raises when it is given symbols.
    """
    flat, structure = flattened(inputs)
    count = sum(each is not None for each in flat)
    symbols: list[Symbol | None] = []
    for each in flat:
        if each is None:
            symbols.append(None)
        else:
            place = sum(made is not None for made in symbols)
            symbols.append(var("data" if count == 1 else f"data{place}"))
    arguments = regrouped(symbols, structure)
    with strictly(), NameManager():
        result = block._symbolic(*arguments)
    outputs, output_structure = flattened([result])
    if not outputs or any(not isinstance(each, Symbol) for each in outputs):
        raise MXNetError(
            f"{type(block).__name__}.hybrid_forward returns no symbols",
            received=", ".join(type(each).__name__ for each in outputs) or "nothing",
            because="a graph ends in what the calls of F return",
        )
    parameters = {
        parameter.var()._entries[0].node: parameter
        for each in _blocks(block)
        for parameter in [*each._reg_params.values(), *each.params.values()]
    }
    return Traced(
        [each for each in symbols if each is not None], Group(outputs), output_structure, parameters
    )


def flattened(value: Any) -> tuple[list[Any], Any]:
    """The arrays or symbols in nested lists, and how they are nested."""
    if isinstance(value, (list, tuple)):
        flat: list[Any] = []
        structure = []
        for each in value:
            more, inner = flattened(each)
            flat += more
            structure.append(inner)
        return flat, (type(value) is tuple, tuple(structure))
    if isinstance(value, Symbol) and len(value._entries) > 1:
        return [Symbol([entry]) for entry in value._entries], (False, (None,) * len(value._entries))
    return [value], None


def regrouped(flat: list[Any], structure: Any) -> Any:
    """The reverse of `flattened`."""
    rest = iter(flat)

    def build(each: Any) -> Any:
        if each is None:
            return next(rest)
        is_tuple, inner = each
        built = [build(one) for one in inner]
        return tuple(built) if is_tuple else built

    return build(structure)


# ---------------------------------------------------------------------- running


def run(block: HybridBlock, ctx: Context, x: Any, args: tuple[Any, ...]) -> Any:
    """Run a hybridized block; `NotImplemented` where it has to run call by call."""
    if args or type(x) is not NDArray:
        flat, structure = flattened((x, *args))
        if any(each is not None and type(each) is not NDArray for each in flat):
            return NotImplemented
        missing = tuple(each is None for each in flat)
        key = (structure, missing, _state.training, _state.recording, block._variant)
        given = [each for each in flat if each is not None]
    else:
        key = _SINGLE[_state.training, _state.recording]
        given = [x]
    compiled = block._programs.get(key)
    if compiled is None or not compiled.is_current():
        compiled = _compile(block, key, (x, *args), compiled)
    if compiled.program is None:
        return NotImplemented
    return execute(compiled, ctx, given)


def execute(compiled: Compiled, ctx: Context, given: list[NDArray]) -> Any:
    """Run a program on arrays for its inputs, and on the parameters as they are now."""
    recording = _state.recording
    record = _state.record
    tensors = []
    for place, parameter, changed in compiled.sources:
        if parameter is None:
            array: Any = given[place]
        elif parameter._only_ctx is ctx:
            array = parameter._only
        else:
            array = parameter.data(ctx)
        entry = array._tape
        if changed:
            tensors.append(array._plain() if tape.STRICT_INPLACE else array._t.data)
        elif entry is None:
            tensors.append(array._t)
        elif recording:
            tensors.append(entry.enter(array, record))
        else:
            tensors.append(array._plain())
    if torch.is_grad_enabled() is recording:
        results = compiled.program(tensors, ctx, _state.training)
    else:
        with torch.set_grad_enabled(recording):
            results = compiled.program(tensors, ctx, _state.training)
    outputs = []
    for tensor, handed in zip(results, compiled.handed, strict=True):
        if handed is not None:
            outputs.append(given[handed])  # an input that is handed through stays itself
            continue
        array = NDArray._wrap(tensor, ctx)
        if recording and tensor.requires_grad:
            array._tape = record
        outputs.append(array)
    return outputs[0] if compiled.structure is _ONE else regrouped(outputs, compiled.structure)[0]


_SINGLE = {
    (training, recording): (None, (False,), training, recording, ())
    for training in (False, True)
    for recording in (False, True)
}


class _NoProgram:
    """Stands for a program where there is none: the block runs call by call."""

    program = None

    def __init__(self, block: HybridBlock, hooked: bool = False) -> None:
        self.blocks = list(_blocks(block))
        self.versions = [each._version for each in self.blocks]
        self.checked = changes.count
        self._hooked = hooked

    def is_current(self) -> bool:
        """Whether no block has changed since, and the hooks that stood in the way still do."""
        if self._hooked and _hooked(self.blocks) is None:
            return False
        return Compiled.is_current(self)  # type: ignore[arg-type]


def _compile(block: HybridBlock, key: Any, inputs: tuple[Any, ...], old: Any) -> Any:
    """Make the program for one kind of input, or the note that there is none."""
    reason = _why(block, key, old)
    made: Any
    if block._compilations >= _MOST:  # also once it is known that it keeps things on itself
        made = _NoProgram(block)
        reason += f"; it was compiled {_MOST} times, and is left to run call by call from now on"
    else:
        hooked = _hooked(list(_blocks(block)))
        try:
            if hooked is not None:
                raise MXNetError(f"{hooked.name} has hooks, which see what goes through it")
            with _nothing_kept(block):
                graph = traced(block, *inputs)
            made = Compiled(block, graph)
        except Exception as error:
            made = _NoProgram(block, hooked is not None)
            reason += f"; it runs call by call: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        block.__dict__["_compilations"] = min(
            block._compilations + 1, _MOST
        )  # past __setattr__, which notes changes
    block._programs[key] = made
    if os.environ.get("MXNET_EXPLAIN_RECOMPILES", "0") not in ("", "0"):
        print(f"hybridize: {block.name} ({type(block).__name__}): {reason}", file=sys.stderr)
    return made


@contextmanager
def _nothing_kept(block: HybridBlock) -> Iterator[None]:
    """Refuse a ``hybrid_forward`` that sets attributes: what it keeps of one call would be a symbol in the next."""
    blocks = list(_blocks(block))
    before = [dict(vars(each)) for each in blocks]
    try:
        yield
    finally:
        keeper = None
        for each, attributes in zip(blocks, before, strict=True):
            if each._version != attributes["_version"]:
                keeper = each
                vars(each).clear()
                vars(each).update(attributes)
    if keeper is not None:
        block.__dict__["_compilations"] = _MOST
        raise MXNetError(f"hybrid_forward of {keeper.name} sets attributes, which a program does not do")


def _why(block: HybridBlock, key: Any, old: Any) -> str:
    """Why a program is made now."""
    number = f"compilation {block._compilations + 1}"
    if old is not None:
        changed = [
            each.name
            for each, version in zip(old.blocks, old.versions, strict=True)
            if each._version != version
        ]
        return f"{number}, because {', '.join(changed)} changed"
    if not block._programs:
        return f"{number}, the first"
    for what, place in (("structure of the inputs", 0), ("inputs that are None", 1), ("training mode", 2)):
        if all(known[place] != key[place] for known in block._programs):
            return f"{number}, for another {what}"
    return f"{number}, for another recording mode"


def source(block: HybridBlock) -> str:
    """The text of a block's newest program; raises ``RuntimeError`` if there is none."""
    programs = [each.program for each in block._programs.values() if each.program is not None]
    if not programs:
        raise RuntimeError(
            message(
                f"{block.name} has no program yet",
                hint="net.hybridize(), then run it once; MXNET_EXPLAIN_RECOMPILES=1 says why a block has none",
            )
        )
    text: str = programs[-1].source
    return text
