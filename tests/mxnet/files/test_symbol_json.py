"""Hostile graphs: mutated symbol files give a graph or an error, at a cost in proportion to their size."""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mxnet as mx
from mxnet import sym
from mxnet.base import MXNetError
from mxnet.files import load
from tests.samples.symbols import files as old_files
from tests.samples.symbols import graphs, loops
from tests.samples.symbols.describe import _flat as flat

from .test_fuzz import PARAMS, mutated

# An object of JSON of a few letters is a dictionary of some hundred bytes, a node, and lists for its inputs.
ALLOWANCE, MULTIPLE = 600_000, 120

FILES = [sym.Group(flat(build(mx))).tojson().encode() for build in (*graphs._ALL[:12], *loops._ALL)]
FILES += [text.encode() for text in old_files._FILES.values()]
WHOLE = [json.loads(content) for content in FILES]


def opened(content: bytes) -> None:
    """Read a graph, and ask it for all that follows without running it."""
    graph = sym.load_json(content)
    graph.list_arguments()
    graph.list_outputs()
    graph.list_auxiliary_states()
    graph.attr_dict()
    graph.get_internals()
    sym.load_json(graph.tojson())


def judge(read: Callable[[bytes], Any], content: bytes) -> None:
    """Anything but a graph or an MXNetError that explains itself fails the test, and so does a waste."""
    explanation: str | None = "none needed"
    tracemalloc.start()
    try:
        read(content)
    except MXNetError as error:
        explanation = error.because or error.received or error.hint
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert explanation
    assert peak <= ALLOWANCE + MULTIPLE * len(content)


quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(mutated(FILES))
def test_a_mutated_symbol_file_gives_a_graph_or_an_error(content: bytes) -> None:
    judge(opened, content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
TEXTS = [
    "",
    "None",
    "()",
    "(1,",
    "[0]",
    "-1",
    "1e999",
    "(0, 1, 2)",
    "99999999999",
    "[[[[",
    "True",
    "é",
    "\x00",
    "nan",
]


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A valid graph with some of its values replaced by others, or by those of another place."""
    whole = json.loads(json.dumps(draw(st.sampled_from(WHOLE))))
    for _ in range(draw(st.integers(1, 4))):
        holder: Any = whole
        while True:  # down to some value
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(holder[key], (dict, list)) and holder[key] and draw(st.integers(0, 3)):
                holder = holder[key]
                continue
            holder[key] = draw(VALUES | st.sampled_from(TEXTS) | st.just(holder[draw(st.sampled_from(keys))]))
            break
    return json.dumps(whole).encode()


@quick
@given(changed())
def test_a_graph_of_other_values_gives_a_graph_or_an_error(content: bytes) -> None:
    judge(opened, content)


@settings(quick, max_examples=100)
@given(VALUES)
def test_any_json_gives_a_graph_or_an_error(value: Any) -> None:
    judge(opened, json.dumps(value).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"nodes":' * 200_000,
        b'{"nodes": [' + b",".join([b"{}"] * 200_000) + b"]}",
        b'{"nodes": [{"op":"null","name":"x"}], "heads": [' + b",".join([b"[0,0,0]"] * 200_000) + b"]}",
        b'{"nodes": [' + b",".join([b'{"op":"null","name":"x"}'] * 50_000) + b"]}",
        b'{"nodes": [{"op":"null","name":"' + b"x" * 2_000_000 + b'"}]}',
        b'{"nodes": [{"op":"null","name":"x","attrs":{"a":' + b"[" * 900 + b"]" * 900 + b"}}]}",
        b'{"nodes": [{"op":"null","name":"x","attrs":{"a":' + b"1" * 5000 + b"}}]}",
    ],
    ids=["lists", "objects", "empty nodes", "heads", "variables", "name", "nested attribute", "digits"],
)
def test_a_large_file_costs_in_proportion(content: bytes) -> None:
    start = time.process_time()
    judge(sym.load_json, content)
    assert time.process_time() - start < 60


def test_a_chain_of_calls_is_read_in_time_in_proportion() -> None:
    nodes = [{"op": "null", "name": "x", "inputs": []}]
    nodes += [{"op": "relu", "name": f"r{i}", "inputs": [[i, 0, 0]]} for i in range(20_000)]
    graph = sym.load_json(json.dumps({"nodes": nodes, "heads": [[20_000, 0, 0]]}))
    assert len(graph.get_internals().list_outputs()) == 20_001


EDGES = [0, 1, 2, 0x7F, 0xFF, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1]


def scrambled(source: np.random.RandomState, originals: list[bytes]) -> bytes:
    """A valid file after a few changes, without Hypothesis: many in little time."""
    content = bytearray(originals[source.randint(len(originals))])
    for _ in range(source.randint(1, 5)):
        place, change = source.randint(max(len(content), 1)), source.randint(7)
        if change == 0:
            content[place : place + 1] = source.bytes(1)
        elif change == 1:
            width = (4, 8)[source.randint(2)]
            content[place : place + width] = (EDGES[source.randint(len(EDGES))] % 256**width).to_bytes(
                width, "little"
            )
        elif change == 2:
            del content[place:]
        elif change == 3:
            del content[place : place + source.randint(1, 33)]
        elif change == 4:
            piece = content[place : place + source.randint(1, 65)]
            content[place:place] = piece * source.randint(1, 4)
        elif change == 5:
            content[place : place + 1] = b'0123456789-,:"[]{}().eENT\\'[source.randint(26) :][:1]
        else:
            other = originals[source.randint(len(originals))]
            start = source.randint(len(other))
            content[place:place] = other[start : start + source.randint(1, 200)]
    return bytes(content)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["symbols", "params"])
def test_half_a_million_mutated_files_give_what_they_hold_or_an_error(kind: str, seed: int) -> None:
    source = np.random.RandomState(seed % 2**32)
    originals, read = (FILES, opened) if kind == "symbols" else (PARAMS, load)
    small = [content for content in originals if len(content) < 20_000]
    slowest = 0.0
    for number in range(500_000):
        content = scrambled(source, small)
        start = time.process_time()
        if number % 100 == 0:
            judge(read, content)
        else:
            with contextlib.suppress(MXNetError):
                read(content)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 5
