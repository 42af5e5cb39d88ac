"""Everything that a symbol says about itself, as text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from ..gluon.scenario import Scenario


def described(symbol: Any) -> str:
    """The symbol's JSON, the checksum of its text (which stands for every letter), its names and its attributes."""
    # Subgraphs are counted for the whole process, so that their numbers depend on what ran before.
    text = re.sub(_MARK, lambda found: found[1] + re.sub(r"\d", "", found[2]), symbol.tojson())
    lists = {
        "arguments": symbol.list_arguments(),
        "outputs": symbol.list_outputs(),
        "states": symbol.list_auxiliary_states(),
        "attributes": symbol.attr_dict(),
        "repr": repr(symbol),
    }
    named = re.sub(
        _MARK, lambda found: found[1] + re.sub(r"\d", "", found[2]), json.dumps(lists, sort_keys=True)
    )
    checksum = hashlib.sha1(text.encode()).hexdigest()
    return "\n".join([json.dumps(json.loads(text), separators=(",", ":")), checksum, named])


_MARK = r'("__subgraph_name__": ")([^"]*)'


def graph(name: str, build: Callable[[Any], Any]) -> Scenario:
    """A scenario that builds a symbol and says everything about it; names are counted from 0."""

    def run(mx: Any) -> str:
        with mx.name.NameManager():
            built = build(mx)
            flat = _flat(built)
            return described(flat[0] if len(flat) == 1 else mx.sym.Group(flat))

    return Scenario(name, run)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in _flat(inner)]
    return [] if value is None else [value]
