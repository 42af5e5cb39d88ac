"""A graph as the text of a class that derives from `torch.nn.Module`."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch

from glueball.torch import helpers
from glueball.torch.abstract import values_of
from glueball.torch.emitters import EMITTERS, Call, Layer, Unwritten, Value, Written
from glueball.torch.emitters.table import literal
from glueball.torch.graphs import Model, Stored
from glueball.torch.layout import WIDTH, bracketed, statement
from glueball.torch.operators import OF_WEIGHTS_NAME
from glueball.torch.places import Tree, is_attribute, place_text
from mxnet.ops.recurrent import OF_WEIGHTS
from mxnet.symbol.graph import Node, options_of, reachable
from mxnet.symbol.program import BROADCASTING

__all__ = ["Text", "written"]

_Key = tuple[int, int]  # an output: the identity of its node, and its number
_INPUT = re.compile(r"@(\d+)\b")
_HELPERS = {
    name: each
    for name, each in vars(helpers).items()
    if getattr(each, "__module__", None) == helpers.__name__
}


@dataclass
class Text:
    """What `written` returns.

    Attributes
    ----------
    code : the text.
    name : of the class.
    tree : its modules and parameters.
    unwritten : for each kind of call that the text leaves to Glueball, why.
    specials : calls that are no operators (loops, operators of one's own), by their names in the text.
    """

    code: str
    name: str
    tree: Tree
    unwritten: dict[str, str]
    specials: dict[str, Any]


@dataclass
class _Line:
    """One call: ``code`` over ``inputs`` gives ``results`` values; ``used`` are the inputs that it names."""

    node: Node
    code: str
    inputs: list[_Key]
    results: int
    layer: Layer | None = None
    used: list[_Key] = field(default_factory=list)


def written(model: Model, name: str | None = None) -> Text:
    """Write the class, and what it needs besides torch."""
    name = name or model.name
    name = f"{name}Network" if name in _HELPERS else name
    tree = Tree.of([each for stored in model.stored for each in stored.names])
    writer = _Writer(model, tree)
    lines, alias, unwritten, specials = writer.lines()
    heads = [_root((id(node), index), alias) for node, index in model.entries]
    lines = _needed(lines, heads)
    layers, again = _layers(model, lines, tree)
    body = _Body(model, tree, layers, again)
    forward = body.forward(lines, heads)
    constructor = body.constructor()
    text = "\n".join([*constructor, "", *forward])
    base = tree.kind
    head = [f"class {name}({base}):", f'    """{_title(model)}"""', ""]
    used = _used_helpers(text)
    code = "\n\n\n".join(
        [_preamble(model, "\n".join([text, base, *used.values()])), *used.values(), "\n".join([*head, text])]
    )
    return Text(f"{code}\n", name, tree, unwritten, specials)


def _title(model: Model) -> str:
    return f"{model.title[0].upper()}{model.title[1:70]}, in PyTorch.".replace("\\", "").replace('"', "'")


def _preamble(model: Model, text: str) -> str:
    imports = ["import torch"]
    if re.search(r"(?<![\w.])F\.", text):
        imports.append("import torch.nn.functional as F")
    if re.search(r"(?<![\w.])call\(", text):
        imports.append("from glueball.torch import call")
    imports.append("from torch import nn")
    return "\n".join(
        [
            f'"""{_title(model)}',
            "",
            "Written by Glueball. The names of parameters are those of the network's files.",
            '"""',
            "",
            *imports,
        ]
    )


def _used_helpers(text: str) -> dict[str, str]:
    """The text of every helper that a text names, and of those that they name, in the order of their file."""
    found: dict[str, str] = {}
    waiting = [text]
    while waiting:
        words = set(re.findall(r"(?<![\w.])\w+(?=[(.])", waiting.pop()))
        for name in words & _HELPERS.keys() - found.keys():
            found[name] = inspect.getsource(_HELPERS[name]).rstrip()
            waiting.append(found[name])
    return {name: found[name] for name in _HELPERS if name in found}


def _root(key: _Key, alias: dict[_Key, _Key]) -> _Key:
    while key in alias:
        key = alias[key]
    return key


def _needed(lines: list[_Line], heads: list[_Key]) -> list[_Line]:
    """The lines whose results somebody uses, each with the inputs that its text names."""
    wanted = set(heads)
    kept = []
    for line in reversed(lines):
        if not any((id(line.node), index) in wanted for index in range(max(line.results, 1))):
            continue
        numbers = dict.fromkeys(int(found) for found in _INPUT.findall(line.code))
        line.used = [line.inputs[number] for number in numbers]
        wanted.update(line.used)
        kept.append(line)
    return kept[::-1]


# ---------------------------------------------------------------------- calls


class _Writer:
    """Asks the table of emitters how each call is written."""

    def __init__(self, model: Model, tree: Tree) -> None:
        self._model = model
        self._values = values_of(model)
        learnt = [
            each for each in model.of_node.values() if not each.is_buffer and each.tensor.is_floating_point()
        ]
        self._like = place_text(tree.path(learnt[0].names[0]), leaf=True) if learnt else None
        first = model.inputs[0] if model.inputs else None
        if self._like is None and first is not None and first[1] in model.examples:
            self._like = first[0] if model.examples[first[1]].is_floating_point() else None
        self._nearby = self._like or (first[0] if first is not None else None)
        nodes = reachable(model.entries)
        self._nodes = [node for node in nodes if not node.is_variable]
        self._outputs: dict[int, set[int]] = {}
        for source, index in [*model.entries, *(entry for node in nodes for entry in node.inputs)]:
            self._outputs.setdefault(id(source), set()).add(index)

    def lines(self) -> tuple[list[_Line], dict[_Key, _Key], dict[str, str], dict[str, Any]]:
        """All calls, outputs that are others under a second name, what has no text, and what is no operator."""
        lines: list[_Line] = []
        alias: dict[_Key, _Key] = {}
        unwritten: dict[str, str] = {}
        specials: dict[str, Any] = {}
        for node in self._nodes:
            inputs = [_root((id(source), index), alias) for source, index in node.inputs]
            if node.special is not None:
                unwritten.setdefault(node.kind, f"{node.name} is no operator")
                specials[node.name] = node.special
                tokens = "".join(f", @{place}" for place in range(len(inputs)))
                code = f"self.specials[{literal(node.name)}](self.training{tokens})"
                lines.append(_Line(node, code, inputs, node.visible))
                continue
            try:
                result = self._emitted(node)
            except Unwritten as reason:
                unwritten.setdefault(node.kind, str(reason))
                result = self._left_to_glueball(node)
            if result.code == "@0":
                alias[id(node), 0] = inputs[0]
            else:
                lines.append(_Line(node, result.code, inputs, result.results, result.layer))
        return lines, alias, unwritten, specials

    def _emitted(self, node: Node) -> Written:
        absent = [place for place, (source, _) in enumerate(node.inputs) if source in self._model.absent]
        values = [self._values.get((id(source), index), Value()) for source, index in node.inputs]
        emitter = EMITTERS.get(node.kind)
        if emitter is None:
            raise Unwritten("PyTorch has no function for it")
        wanted = frozenset(self._outputs.get(id(node), ()))
        result = emitter(Call(node, values, frozenset(absent), wanted, self._like, self._nearby))
        return Written(result) if isinstance(result, str) else result

    def _left_to_glueball(self, node: Node) -> Written:
        """The operator's own function."""
        record = BROADCASTING.get(id(node.op), node.op)
        assert record is not None
        kind = node.kind if record is node.op else record.name
        kind = OF_WEIGHTS_NAME if record is OF_WEIGHTS else kind
        options = options_of(node)
        places = Call(node, [Value()] * len(node.inputs)).places
        if record.variadic:
            tokens = [f"@{place}" for place in range(len(node.inputs))]
        else:
            tokens = [f"@{places[array]}" if array in places else "None" for array in record.arrays]
            while tokens and tokens[-1] == "None":
                tokens.pop()
        named = [f"{key}={literal(value)}" for key, value in options.items() if key in record.attributes]
        named += ["training=self.training"] if record.training else []
        named += [f"device={self._nearby}.device"] if record.creates and self._nearby else []
        return Written(f"call({', '.join([literal(kind), *tokens, *named])})", None, node.visible)


# ---------------------------------------------------------------------- layers


def _layers(model: Model, lines: list[_Line], tree: Tree) -> tuple[dict[int, str], dict[str, str]]:
    """For each call whose parameters make a layer of their own its place, and the places of layers that are others.

    The tree learns how they are made. A layer may be called more than once, and stand in more than one place.
    """
    users = Counter(key for line in lines for key in line.used)
    of_key = {(id(node), 0): stored for node, stored in model.of_node.items()}
    every = [name for stored in model.stored for name in stored.names]
    calls: dict[tuple[str, ...], list[_Line]] = {}
    for line in lines:
        prefixes = None if line.layer is None else _layer_prefixes(line, line.layer, of_key)
        if prefixes is not None:
            calls.setdefault(prefixes, []).append(line)
    chosen: dict[int, str] = {}
    again: dict[str, str] = {}
    for prefixes, found in calls.items():
        layer = found[0].layer
        assert layer is not None
        keys = [found[0].inputs[place] for place in layer.own.values()]
        alike = all(each.layer is not None and each.layer.made == layer.made for each in found)
        if not alike or any(users[key] != len(found) for key in keys):
            continue
        inside = {name for name in every if name.startswith(tuple(f"{prefix}." for prefix in prefixes))}
        if inside != {f"{prefix}.{own}" for prefix in prefixes for own in layer.own}:
            continue
        first, *others = prefixes
        tree.at(first.split(".")).made = layer.made
        for prefix in others:
            tree.at(prefix.split(".")).is_another = True
            again[prefix] = first
        chosen |= {id(each.node): first for each in found}
    return chosen, again


def _layer_prefixes(line: _Line, layer: Layer, of_key: dict[_Key, Stored]) -> tuple[str, ...] | None:
    """What the names of a layer's parameters begin with, if they are those that the layer has for them."""
    prefixes, types = set(), set()
    for own, place in layer.own.items():
        stored = of_key.get(line.inputs[place])
        if stored is None or stored.is_buffer is not own.startswith("running_"):
            return None
        if not all(name.endswith(f".{own}") for name in stored.names):
            return None
        prefixes.add(tuple(name.removesuffix(f".{own}") for name in stored.names))
        types.add(stored.tensor.dtype)
    return prefixes.pop() if len(prefixes) == len(types) == 1 else None


# ---------------------------------------------------------------------- text


class _Body:
    """The two methods of the class."""

    def __init__(self, model: Model, tree: Tree, layers: dict[int, str], again: dict[str, str]) -> None:
        self._model, self._tree, self._layers, self._again = model, tree, layers, again

    # -------------------------------------------------------------- __init__

    def constructor(self) -> list[str]:
        lines = ["    def __init__(self) -> None:", *statement("super().__init__()", 8)]
        first = {stored.names[0]: stored for stored in self._model.stored}
        for text in self._made(self._tree, [], "", first):
            lines += statement(text, 8)
        for stored in self._model.stored:
            source = place_text(self._tree.path(stored.names[0]), leaf=True)
            for name in stored.names[1:]:
                if name.rpartition(".")[0] not in self._again:
                    lines += statement(self._assigned(self._tree.path(name), source), 8)
        for prefix, origin in self._again.items():
            place, source = (place_text(self._tree.path(f"{each}.weight")[:-1]) for each in (prefix, origin))
            lines += statement(f"{place} = {source}", 8)
        lines += self._frozen()
        return lines

    def _made(self, tree: Tree, path: list[str], prefix: str, first: dict[str, Stored]) -> list[str]:
        lines = []
        for leaf in tree.leaves:
            stored = first.get(prefix + leaf)
            if stored is not None:
                lines.append(self._parameter([*path, tree.renamed(leaf)], stored))
        for name, child in tree.children.items():
            place = [*path, tree.renamed(name)]
            if child.is_another:
                continue
            if child.made is not None:
                lines.append(f"{place_text(place)} = {child.made}")
            else:
                lines.append(f"{place_text(place)} = {child.kind}()")
                lines += self._made(child, place, f"{prefix}{name}.", first)
        return lines

    def _parameter(self, path: list[str], stored: Stored) -> str:
        tensor = stored.tensor
        fill = "ones" if path[-1].endswith(("gamma", "var")) else "zeros"
        size = ", ".join(str(length) for length in tensor.shape) or "()"
        dtype = "" if tensor.dtype is torch.float32 else f", dtype={tensor.dtype}"
        made = f"torch.{fill}({size}{dtype})"
        if stored.is_buffer:
            return f"{place_text(path[:-1])}.register_buffer({literal(path[-1])}, {made})"
        fixed = "" if tensor.is_floating_point() else ", requires_grad=False"
        return self._assigned(path, f"nn.Parameter({made}{fixed})")

    @staticmethod
    def _assigned(path: list[str], value: str) -> str:
        if is_attribute(path[-1]):
            return f"{place_text(path)} = {value}"
        return f"{place_text(path[:-1])}.register_parameter({literal(path[-1])}, {value})"

    def _frozen(self) -> list[str]:
        """Switch the gradients of those off that have none."""
        names = [
            ".".join(self._tree.path(stored.names[0]))
            for stored in self._model.stored
            if not stored.learnt and not stored.is_buffer and stored.tensor.is_floating_point()
        ]
        if not names:
            return []
        if len(names) == 1:
            return statement(f"self.get_parameter({literal(names[0])}).requires_grad_(False)", 8)
        return [
            *bracketed("for name in (", [literal(name) for name in names], "):", 8),
            " " * 12 + "self.get_parameter(name).requires_grad_(False)",
        ]

    # -------------------------------------------------------------- forward

    def forward(self, lines: list[_Line], heads: list[_Key]) -> list[str]:
        model = self._model
        arguments = ["self", *(f"{name}: torch.Tensor" for name, _ in model.inputs)]
        text = bracketed("def forward(", arguments, f") -> {_annotation(model.structure)}:", 4)
        names: dict[_Key, str] = {(id(node), 0): name for name, node in model.inputs}
        for node, stored in model.of_node.items():
            names[id(node), 0] = place_text(self._tree.path(stored.names[0]), leaf=True)
        fixed = set(names.values())
        last = {key: position for position, line in enumerate(lines) for key in line.used}
        last.update(dict.fromkeys(heads, len(lines)))
        taken: set[str] = {name for name, _ in model.inputs}
        for position, line in enumerate(lines):
            code = self._code(line, names)
            for key in dict.fromkeys(line.used):
                if last[key] == position and names[key] not in fixed:
                    taken.discard(names[key])
            if line is lines[-1] and line.results == 1 and model.structure is None:
                return [*text, *statement(f"return {code}", 8)]
            targets = []
            for index in range(line.results):
                key = (id(line.node), index)
                if key in last:
                    names[key] = _free_name(taken)
                    taken.add(names[key])
                targets.append(names.get(key, "_"))
            text += statement(f"{', '.join(targets)} = {code}", 8)
        return [*text, *self._returned([names[key] for key in heads])]

    def _code(self, line: _Line, names: dict[_Key, str]) -> str:
        code = line.code
        if id(line.node) in self._layers:
            assert line.layer is not None
            prefix = self._layers[id(line.node)]
            path = self._tree.path(f"{prefix}.{next(iter(line.layer.own))}")
            depth = len(prefix.split("."))
            code = line.layer.code.replace("{layer}", place_text(path[:depth]))
        return _INPUT.sub(lambda found: names[line.inputs[int(found[1])]], code)

    def _returned(self, names: list[str]) -> list[str]:
        structure = self._model.structure
        if structure is None:
            return [f"        return {names[0]}"]
        rest = iter(names)
        items = [_grouped(inner, rest) for inner in structure[1]]
        if not structure[0]:
            return statement(f"return [{', '.join(items)}]", 8)
        if len(items) == 1:
            return statement(f"return ({items[0]},)", 8)
        whole = f"        return {', '.join(items)}"
        return [whole] if len(whole) <= WIDTH else bracketed("return (", items, ")", 8)


def _free_name(taken: set[str]) -> str:
    name, count = "x", 0
    while name in taken:
        count += 1
        name = f"x{count}"
    return name


def _grouped(structure: Any, names: Any) -> str:
    """Names in the brackets of nested outputs."""
    if structure is None:
        return str(next(names))
    is_tuple, inner = structure
    items = [_grouped(each, names) for each in inner]
    if not is_tuple:
        return f"[{', '.join(items)}]"
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


def _annotation(structure: Any) -> str:
    """The type of what ``forward`` returns."""
    if structure is None:
        return "torch.Tensor"
    is_tuple, inner = structure
    kinds = [_annotation(each) for each in inner]
    if is_tuple:
        alike = len(kinds) > 3 and len(set(kinds)) == 1
        return f"tuple[{kinds[0]}, ...]" if alike else f"tuple[{', '.join(kinds)}]"
    return f"list[{' | '.join(dict.fromkeys(kinds))}]"
