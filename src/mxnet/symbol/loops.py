"""Loops and branches in graphs: ``sym.contrib.foreach``, ``while_loop`` and ``cond``.

The functions that are given are called once, with variables, and what they compute becomes a graph inside the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import attribute
from .. import name as naming
from ..base import message
from .control_flow import Cond, Flow, ForEach, WhileLoop
from .functions import function_of
from .graph import Entry, Node, as_stored
from .subgraph import MARK, Subgraph, cut, inside
from .symbol import Symbol, var

__all__ = ["cond", "foreach", "while_loop"]


def foreach(body: Callable[..., Any], data: Any, init_states: Any, name: str = "foreach") -> Any:
    """Call ``body(slice, states)`` for each slice of ``data`` along axis 0; stack its outputs. A loop in the graph.

    Parameters
    ----------
    body : returns ``(outputs, states)``, each one symbol or a list. It is called once, with variables.
    data : one symbol or a list; the arrays have equally long first axes.
    init_states : the states of the first step; those that a step returns go to the next.

    Returns
    -------
    The outputs, each stacked along a new axis 0, and the last states.

    Raises
    ------
    AssertionError : the body does not use a slice or a state, or returns something else than symbols.

    >>> from mxnet import sym
    >>> sums, last = sym.contrib.foreach(lambda x, s: (x + s, x + s), sym.var("x"), sym.var("start"))
    >>> sums.eval(x=nd.array([1, 2, 3]), start=nd.array([0]))[0].reshape((-1,)).asnumpy().tolist()
    [1.0, 3.0, 6.0]
    """
    flat_data, data_form = _symbols("foreach", "data", data, "NDArray")
    flat_states, states_form = _symbols("foreach", "init_states", init_states, "NDArray")
    inputs = [each._entries[0] for each in (*flat_data, *flat_states)]
    with inside(name) as mark:
        own = _variables([*flat_data, *flat_states])
        slices = _formed(own[: len(flat_data)], data_form)
        result = body(slices, _formed(own[len(flat_data) :], states_form))
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise TypeError(
                message(
                    "foreach: the body returns outputs and states",
                    received=f"{result!r}"[:80],
                    hint="return output, states",
                )
            )
        outputs, outputs_form = _symbols("foreach", "output", result[0])
        new, new_form = _symbols("foreach", "loop_vars", result[1])
        assert new_form == states_form, message(
            "The input and output loop_vars have different format",
            received=f"{_shown(states_form)} before a step and {_shown(new_form)} behind it",
            because="what a step returns as its states is given to the next",
        )
        taken = [each._entries[0].node.name for each in outputs]
        part = _Part([*_as_heads(outputs, mark), *_as_heads(new, mark, taken)], mark, own)
    known = {node: place for place, node in enumerate(part.own)}
    for node, place in known.items():
        what = "data" if place < len(flat_data) else "state"
        assert node in part.graph.variables, message(
            f"the {what} arrays have to be used in the loop body",
            received=f"{node.name.rpartition('-')[0]}, which is not",
            because="a loop goes through what its steps compute with",
            hint="leave it out",
        )
    part.take(known, inputs)
    special = ForEach(part.graph, part.places, len(flat_data), len(flat_states), len(outputs))
    made = _called(special, inputs)
    return _formed(made[: len(outputs)], outputs_form), _formed(made[len(outputs) :], states_form)


def while_loop(
    cond: Callable[..., Any],
    func: Callable[..., Any],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> Any:
    """Call ``func(*loop_vars)`` while ``cond(*loop_vars)`` holds; stack its outputs. A loop in the graph.

    Parameters
    ----------
    cond : gives one value. It is called once, with variables, and so is ``func``.
    func : returns ``(step_output, new_loop_vars)``; the output may be None.
    loop_vars : one symbol or a list.
    max_iterations : how many steps there are at most; the outputs have that length.

    Returns
    -------
    The outputs, stacked along a new axis 0 of length ``max_iterations``, and the last variables. Rows behind the
    last step are zeros. Differs from 1.9.1, which leaves there what was in memory, and which raises where no step is
    taken at all: the outputs are zeros then. (Those of `nd.contrib.while_loop` are ``[]``, so a hybridized block in
    which that happens runs call by call.)

    Raises
    ------
    ValueError : ``func`` does not use a variable or returns another number of them, or a limit is missing.

    >>> from mxnet import sym
    >>> outputs, last = sym.contrib.while_loop(lambda i: i <= 2, lambda i: (i * 10, i + 1), sym.var("i"), 3)
    >>> outputs.eval(i=nd.array([1]))[0].reshape((-1,)).asnumpy().tolist()
    [10.0, 20.0, 0.0]
    """
    if max_iterations is None:
        raise ValueError(
            message("max_iterations should be specified", hint="while_loop(..., max_iterations=100)")
        )
    limit = _whole(max_iterations)
    flat, form = _symbols("while_loop", "loop_vars", loop_vars, "NDArray")
    if not flat:
        raise ValueError(message("while_loop: loop_vars should contain at least one element"))
    with inside(f"{name}_cond") as mark:
        first = _variables(flat)
        holds = cond(*_arguments(first, form))
        if not isinstance(holds, Symbol) or len(holds._entries) != 1:
            raise ValueError(
                message(
                    "Return of cond must be a Symbol",
                    received=f"{holds!r}"[:80],
                    because="it is computed before each step",
                )
            )
        condition = _Part(_as_heads([holds], mark), mark, first)
    with inside(f"{name}_func") as mark:
        own = _variables(flat)
        outputs, outputs_form, new = _results(func(*_arguments(own, form)), len(flat))
        step = _Part([*_as_heads(outputs, mark), *_as_heads(new, mark)], mark, own)
    for place, node in enumerate(step.own):
        if node not in step.graph.variables:
            raise ValueError(
                message(
                    f"The {place + 1}-th loop_var doesn't involve into the computation",
                    received=f"{flat[place].name}, which func does not use",
                    because="a loop has as its variables what its steps compute with",
                    hint="use it without handing it over: functions see the symbols around them",
                )
            )
    # The inputs stand in the order in which the two graphs need them, the variables of the loop once.
    inputs: list[Entry] = []
    loop: dict[int, int] = {}
    for part in (condition, step):
        part.sources |= {node: each._entries[0] for node, each in zip(part.own, flat, strict=True)}
        known = {node: loop[number] for number, node in enumerate(part.own) if number in loop}
        part.take(known, inputs)
        loop |= {number: known[node] for number, node in enumerate(part.own) if node in known}
    special = WhileLoop(
        [condition.graph, step.graph],
        [condition.places, step.places],
        [loop[number] for number in range(len(flat))],
        len(outputs),
        limit,
    )
    made = _called(special, inputs)
    return _formed(made[: len(outputs)], outputs_form), _formed(made[len(outputs) :], form)


def _results(result: Any, variables: int) -> tuple[list[Symbol], Any, list[Symbol]]:
    """What a step of `while_loop` returned: its outputs, how they are nested, and the new variables."""
    if not isinstance(result, (list, tuple)) or len(result) != 2:
        raise ValueError(
            message(
                "while_loop: func returns step outputs and new loop_vars",
                received=f"{result!r}"[:80],
                hint="return output, [new, new]",
            )
        )
    outputs, form = _symbols("while_loop", "step_output", [] if result[0] is None else result[0])
    new, _ = _symbols("while_loop", "loop_vars", [] if result[1] is None else result[1])
    if len(new) != variables:
        raise ValueError(
            message(
                "The number of loop_vars should be consistent during the loop",
                received=f"{variables} before a step and {len(new)} behind it",
            )
        )
    return outputs, form, new


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """``then_func()`` if ``pred``, of one element, is not 0, else ``else_func()``. A branch in the graph.

    Parameters
    ----------
    pred : a symbol.
    then_func, else_func : return one symbol or a list, as many each. They are called once.

    Raises
    ------
    AssertionError : something else than symbols is given or returned.
    ValueError : one branch returns more than the other.

    >>> from mxnet import sym
    >>> x = sym.var("x")
    >>> size = sym.contrib.cond(x > 0, lambda: x * 1, lambda: -x)
    >>> size.eval(x=nd.array([-3]))[0].asscalar().item()
    3.0
    """
    parts: list[_Part] = []
    forms: list[Any] = []
    functions: list[tuple[str, Callable[[], Any]]] = [
        ("pred", lambda: pred),
        ("then", then_func),
        ("else", else_func),
    ]
    for what, function in functions:
        with inside(f"{name}_{what}") as mark:
            flat, form = _symbols("cond", "outputs", function(), "NDArray" if what == "pred" else "")
            if what == "pred" and form is not None:
                raise ValueError(
                    message("cond: pred is one symbol", received=f"{pred!r}"[:80], hint="pred[0]")
                )
            forms.append(form)
            parts.append(_Part(_as_heads(flat, mark), mark))
    then, other = (len(part.graph.entries) for part in parts[1:])
    if then != other:
        raise ValueError(
            message(
                "Number of outputs differs between then-branch and else-branch",
                received=f"{then} and {other}",
            )
        )
    inputs: list[Entry] = []
    known: dict[Node, int] = {}
    for part in parts:
        part.take(known, inputs)
    special = Cond([part.graph for part in parts], [part.places for part in parts])
    return _formed(_called(special, inputs), forms[1])


# ---------------------------------------------------------------------- building


def _symbols(caller: str, what: str, value: Any, wanted: str = "") -> tuple[list[Symbol], Any]:
    """The symbols in nested lists, one output each, and how they are nested: None is one alone."""
    if isinstance(value, Symbol):
        if len(value._entries) == 1:
            return [value], None
        return [Symbol([entry]) for entry in value._entries], (None,) * len(value._entries)
    if isinstance(value, (list, tuple)):
        flat: list[Symbol] = []
        form = []
        for each in value:
            more, inner = _symbols(caller, what, each, wanted)
            flat += more
            form.append(inner)
        return flat, tuple(form)
    raise AssertionError(
        message(
            f"{caller} {what} must be (nested) list of Symbol",
            received=f"{value!r}"[:80] + f" of type {type(value).__name__}",
            hint=f"mx.nd.contrib.{caller} takes arrays" if wanted else None,
        )
    )


def _formed(flat: Sequence[Symbol], form: Any) -> Any:
    """The reverse of `_symbols`."""
    rest = iter(flat)

    def build(each: Any) -> Any:
        return next(rest) if each is None else [build(inner) for inner in each]

    return build(form)


def _arguments(flat: Sequence[Symbol], form: Any) -> list[Any]:
    formed = _formed(flat, form)
    return [formed] if form is None else list(formed)


def _shown(form: Any) -> str:
    return "one symbol" if form is None else f"a list of {len(form)}"


def _variables(flat: Sequence[Symbol]) -> list[Symbol]:
    """Variables that stand for these outputs inside."""
    made: list[Symbol] = []
    names: set[str] = set()
    for each in flat:
        node, index = each._entries[0]
        name = f"{node.name}-{index}"
        while name in names:  # 1.9.1 refuses to be given the same twice
            name += "-again"
        names.add(name)
        made.append(var(name))
    return made


def _as_heads(flat: Sequence[Symbol], mark: str, taken: Sequence[str] = ()) -> list[Entry]:
    """What a graph inside returns: calls that are made there and not named in ``taken``; others are copied."""
    heads = []
    for each in flat:
        node = each._entries[0].node
        if node.is_variable or node.attrs.get(MARK) != mark or node.name in taken:
            each = function_of("identity")(each)
        heads.append(each._entries[0])
    return heads


class _Part:
    """A graph inside, cut out of the one around it.

    Attributes
    ----------
    graph : the graph.
    own : the variables of a loop.
    sources : what variables stand for that stand for something else than themselves.
    places : the places of its variables among the inputs of the call.
    """

    def __init__(self, entries: list[Entry], mark: str, own: Sequence[Symbol] = ()) -> None:
        entries, self.sources = cut(entries, mark)
        self.own = [variable._entries[0].node for variable in own]
        self.graph = Subgraph(entries, mark)
        self.places: list[int] = []

    def take(self, known: dict[Node, int], inputs: list[Entry]) -> None:
        """Find the places of its variables; ``inputs`` grow by those that are not known yet."""
        for node in self.graph.variables:
            if node not in known:
                source = self.sources.get(node, Entry(node))
                key = source.node if source.node.is_variable and node not in self.own else node
                if key not in known:
                    known[key] = len(inputs)
                    inputs.append(source)
                known[node] = known[key]
        self.places = [known[node] for node in self.graph.variables]


def _called(special: Flow, inputs: list[Entry]) -> list[Symbol]:
    """The call as a node of the graph around it; its outputs."""
    name = naming.current().get(None, special.kind)
    attrs = {**as_stored(attribute.current().get(None)), **special.attributes()}
    node = Node(None, name, attrs, inputs, special)
    return [Symbol([Entry(node, index)]) for index in range(special.outputs)]


def _whole(number: Any) -> int:
    try:
        value = int(number)
    except (TypeError, ValueError):
        value = 0
    if value < 1:
        raise ValueError(
            message("while_loop: max_iterations is a number of steps", received=f"{number!r}", hint="100")
        )
    return value
