"""What ``hybridize`` makes of a block: one straight-line program for all that it and its children compute.

``hybrid_forward`` is called once with symbols; the graph becomes a `Program`, which skips blocks, parameters and the
wrapping of every result. A program serves every shape, type and context: it is made anew only when the structure of
the inputs, the training or recording mode, or the block itself changes. A block whose ``hybrid_forward`` looks at
elements or shapes has no graph; it runs as if it had not been hybridized, and `MXNET_EXPLAIN_RECOMPILES=1` says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .. import random, tape
from ..base import MXNetError, message
from ..context import Context
from ..name import NameManager
from ..ndarray import NDArray
from ..symbol import Group, Symbol, var
from ..symbol.control_flow import may_take_no_step, no_step
from ..symbol.graph import Entry, Node, effects, leaves
from ..symbol.program import Program
from ..symbol.subgraph import MARK
from ..symbol.symbol import strictly
from .block import changes
from .keeping import KeepsState, Kept, watching
from .parameter import Parameter
from .ready import mode, ready
from .rows import check_rows

if TYPE_CHECKING:
    from .block import Block
    from .hybrid_block import HybridBlock

__all__ = ["Compiled", "Traced", "execute", "flattened", "regrouped", "run", "source", "traced"]

_state = tape.state
ONE: Any = object()  # the structure of one array alone
_NOT_YET: Any = object()
_MOST = 32  # how often a block is compiled before it is left alone


class Traced(NamedTuple):
    """A block as a graph.

    Attributes
    ----------
    inputs : the variables that stand for its inputs, in order.
    output : its outputs as one symbol, and their structure.
    parameters : of the block and its children, by the graph's variables that stand for them.
    effects : calls that draw numbers or write into arrays, whether or not the outputs need them.
    """

    inputs: list[Symbol]
    output: Symbol
    structure: Any
    parameters: dict[Node, Parameter]
    effects: Sequence[Node] = ()


class Compiled:
    """The program of a block for one kind of input, and how to feed it."""

    __slots__ = (
        "blocks",
        "checked",
        "handed",
        "kept",
        "loops",
        "program",
        "ready",
        "sources",
        "structure",
        "versions",
    )

    def __init__(
        self,
        block: HybridBlock,
        graph: Traced,
        kept: Sequence[Kept] = (),
        training: bool = True,
        recording: bool = True,
    ) -> None:
        entries = list(graph.output._entries)
        self.kept = [(*each[:2], _with_places(each.value, entries)) for each in kept]
        also = [each for each in graph.effects if _happens(each, training)]
        variables = leaves([*entries, *map(Entry, also)])[0]
        self.program = Program(entries, variables, block.name or "block", also, in_place=not recording)
        self.ready: Any = _NOT_YET
        written = self.program.changed if training else self.program.changed_in_prediction
        self.loops = may_take_no_step(entries)
        places = {each._entries[0].node: place for place, each in enumerate(graph.inputs)}
        # where each variable's tensor comes from: the place of an input, or a parameter
        self.sources: list[tuple[int, Parameter | None, bool]] = []
        for place, node in enumerate(variables):
            changed = place in written
            if node in places:
                self.sources.append((places[node], None, changed))
            else:
                self.sources.append((-1, graph.parameters[node], changed))
        # the places of outputs that are variables themselves
        of_variable = {node: place for place, node in enumerate(variables)}
        self.handed = [of_variable.get(entry.node) for entry in entries]
        self.structure = ONE if graph.structure == (False, (None,)) else graph.structure
        self.blocks = list(with_children(block))
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


def _with_places(value: Any, entries: list[Entry]) -> Any:
    """What a call keeps, with places among its outputs for symbols, which are added to these."""
    if isinstance(value, Symbol):
        entries += value._entries
        places = [_Place(len(entries) - 1 - back) for back in reversed(range(len(value._entries)))]
        return places[0] if len(places) == 1 else places
    if isinstance(value, (list, tuple)):
        return type(value)(_with_places(each, entries) for each in value)
    return value


def _entries_of(value: Any) -> list[Entry]:
    if isinstance(value, Symbol):
        return list(value._entries)
    return (
        [entry for each in value for entry in _entries_of(each)] if isinstance(value, (list, tuple)) else []
    )


class _Place(int):
    """The place of an output."""


def _happens(node: Node, training: bool) -> bool:
    """Whether a call whose results nobody needs happens in this mode: `Dropout` draws in training mode only."""
    assert node.op is not None
    return MARK not in node.attrs and (training or not node.op.training)


def with_children(block: Block) -> Iterator[Block]:
    """The block and all that are inside it."""
    yield block
    for child in block._children.values():
        yield from with_children(child)


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
    with strictly(), NameManager(), effects() as also:
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
        for each in with_children(block)
        for parameter in [*each._reg_params.values(), *each.params.values()]
    }
    given = [each for each in symbols if each is not None]
    return Traced(given, Group(outputs), output_structure, parameters, also)


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
    if compiled.loops:
        return _with_loops(compiled, ctx, given)
    if (
        compiled.ready is not None
        and block._op_hook is None
        and key[4] == ()
        and _is_flat(key[0], len(given))
    ):
        _make_ready(block, compiled, len(given))
    return execute(compiled, ctx, given)


def _is_flat(structure: Any, count: int) -> bool:
    """Whether inputs are one array, or so many beside each other."""
    return structure is None or structure == (True, (None,) * count)


def _make_ready(block: HybridBlock, compiled: Compiled, inputs: int) -> None:
    """Let the next call of this kind take the short way."""
    from .hybrid_block import HybridBlock

    if compiled.ready is _NOT_YET:
        plain = type(block).forward is HybridBlock.forward and "forward" not in vars(block)
        compiled.ready = ready(compiled, inputs) if plain else None
    if compiled.ready is not None and not block._forward_hooks and not block._forward_pre_hooks:
        functions = block.__dict__.get("_ready") or [None] * 4
        functions[mode()] = compiled.ready
        block.__dict__["_ready"] = functions


def _with_loops(compiled: Compiled, ctx: Context, given: list[NDArray]) -> Any:
    """Run a program in which a loop may take no step: then nothing has happened, and it has to run call by call."""
    drawn = random.get_state()
    written = [parameter.data(ctx)._t for _, parameter, changed in compiled.sources if changed and parameter]
    before = [each.clone() for each in written]
    no_step.seen = False
    result = execute(compiled, ctx, given)
    if not no_step.seen:
        return result
    for tensor, value in zip(written, before, strict=True):
        tensor.data.copy_(value)
    random.set_state(drawn)
    return NotImplemented


def compiled_for(block: HybridBlock, *inputs: Any) -> Compiled:
    """The program of a block for these inputs in the mode of now.

    Raises ``MXNetError``, with the reason as its first line, where there is none.
    """
    flat, structure = flattened(inputs if len(inputs) > 1 else inputs[0])
    missing = tuple(each is None for each in flat)
    key = (structure, missing, _state.training, _state.recording, block._variant)
    found: Any = block._programs.get(key)
    if found is None or not found.is_current():
        found = _compile(block, key, inputs, found)
    if found.program is None:
        raise MXNetError(found.reason)
    return found  # type: ignore[no-any-return]


def execute(compiled: Compiled, ctx: Context, given: list[NDArray]) -> Any:
    """Run a program on arrays for its inputs, and on the parameters as they are now."""
    recording = _state.recording
    record = _state.record
    arrays, tensors = [], []
    for place, parameter, changed in compiled.sources:
        if parameter is None:
            array: Any = given[place]
        elif parameter._only_ctx is ctx:
            array = parameter._only
        else:
            array = parameter.data(ctx)
        arrays.append(array)
        entry = array._tape
        if changed:
            tensors.append(array._plain() if tape.STRICT_INPLACE else array._t.data)
        elif entry is None:
            tensors.append(array._t)
        elif recording:
            tensors.append(entry.enter(array, record))
        else:
            tensors.append(array._plain())
    enabled = torch.is_grad_enabled()
    if enabled is recording:
        results = compiled.program(tensors, ctx, _state.training)
    else:
        torch._C._set_grad_enabled(recording)
        try:
            results = compiled.program(tensors, ctx, _state.training)
        finally:
            torch._C._set_grad_enabled(enabled)
    outputs = []
    for tensor, handed in zip(results, compiled.handed, strict=True):
        if handed is not None:
            outputs.append(arrays[handed])  # an input that is handed through stays itself
            continue
        array = NDArray._wrap(tensor, ctx)
        if recording and tensor.requires_grad:
            array._tape = record
        outputs.append(array)
    if compiled.kept:
        _keep(compiled, outputs)
    return outputs[0] if compiled.structure is ONE else regrouped(outputs, compiled.structure)[0]


def _keep(compiled: Compiled, outputs: list[NDArray]) -> None:
    """Set the attributes that the call would have set."""
    changed = False
    for block, name, value in compiled.kept:
        new, old = _filled(value, outputs), vars(block).get(name)
        vars(block)[name] = new
        # a program may depend on which constant it is, or that it is none, but not on the elements of an array
        if not _alike(new, old):
            block._changed()
            changed = True
    if changed:
        compiled.versions = [each._version for each in compiled.blocks]


def _filled(value: Any, outputs: list[NDArray]) -> Any:
    if type(value) is _Place:
        return outputs[value]
    return type(value)(_filled(each, outputs) for each in value) if type(value) in (list, tuple) else value


def _alike(new: Any, old: Any) -> bool:
    if type(new) is not type(old) or type(new) is NDArray:
        return type(new) is type(old)
    if type(new) in (list, tuple):
        return len(new) == len(old) and all(map(_alike, new, old))
    return bool(new == old)


_SINGLE = {
    (training, recording): (None, (False,), training, recording, ())
    for training in (False, True)
    for recording in (False, True)
}


class _NoProgram:
    """Stands for a program where there is none: the block runs call by call."""

    program = None

    def __init__(self, block: HybridBlock, reason: str, hooked: bool = False) -> None:
        self.reason = reason
        self.blocks = list(with_children(block))
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
        made = _NoProgram(
            block, f"it was compiled {_MOST} times, and is left to run call by call from now on"
        )
        reason += f"; {made.reason}"
    else:
        hooked = _hooked(list(with_children(block)))
        try:
            if hooked is not None:
                raise MXNetError(f"{hooked.name} has hooks, which see what goes through it")
            graph, kept = watching(with_children(block), lambda: traced(block, *inputs))
            kept_entries = [each for one in kept for each in _entries_of(one.value)]
            check_rows(
                [*graph.output._entries, *kept_entries], [each._entries[0].node for each in graph.inputs]
            )
            made = Compiled(block, graph, kept, key[2], key[3])
        except Exception as error:
            if isinstance(error, KeepsState):  # each call will change it
                block.__dict__["_compilations"] = _MOST
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            made = _NoProgram(block, why, hooked is not None)
            reason += f"; it runs call by call: {why}"
        block.__dict__["_compilations"] = min(
            block._compilations + 1, _MOST
        )  # past __setattr__, which notes changes
    block._programs[key] = made
    if os.environ.get("MXNET_EXPLAIN_RECOMPILES", "0") not in ("", "0"):
        print(f"hybridize: {block.name} ({type(block).__name__}): {reason}", file=sys.stderr)
    return made


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
