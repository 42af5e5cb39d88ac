"""``glueball inspect``: what is in a file of parameters, a graph, a trainer's state, images or records."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable
from math import prod
from pathlib import Path

from mxnet import files
from mxnet.base import MXNetError
from mxnet.files import overview, symbol_json

__all__ = ["inspect_file"]

MOST = 200  # rows of arrays that are shown


def inspect_file(path: Path, every: bool = False) -> int:
    """Print an overview; returns the exit code."""
    try:
        lines = _describe(path, every)
    except MXNetError as error:
        print(error)
        return 1
    print("\n".join(lines))
    return 0


def _describe(path: Path, every: bool) -> list[str]:
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
        size = path.stat().st_size
    except OSError as error:
        raise MXNetError(f"cannot open {str(path)!r}", because=error.strerror or str(error)) from None
    for fits, describe in _KINDS:
        if fits(start, path):
            kind, lines = describe(path, every)
            return [f"{path}: {kind}, {_size(size)}", *lines]
    raise MXNetError(
        f"{str(path)!r} is no file that glueball knows",
        received=f"{_size(size)}, beginning with {start[:16]!r}",
        because="known are .params, .npz, .safetensors, symbol JSON, trainer states, IDX, RecordIO and ONNX",
    )


def _arrays(kind: str, title: str) -> Callable[[Path, bool], tuple[str, list[str]]]:
    def describe(path: Path, every: bool) -> tuple[str, list[str]]:
        entries = overview.array_entries(path, kind)
        rows = [
            (each.name, "-" if each.shape is None else str(each.shape), each.dtype, _size(each.bytes))
            for each in entries
        ]
        shown = rows if every else rows[:MOST]
        lines = _table(("name", "shape", "type", "size"), shown)
        if len(shown) < len(rows):
            lines.append(f"... and {len(rows) - len(shown)} more (--all shows them)")
        count = sum(prod(each.shape) for each in entries if each.shape is not None)
        lines.append(
            f"{len(entries)} arrays, {count:,} elements, {_size(sum(each.bytes for each in entries))}"
        )
        return title, lines

    return describe


def _symbol(path: Path, every: bool) -> tuple[str, list[str]]:
    graph = symbol_json.parse(path.read_bytes())
    nodes = graph.nodes
    calls = [node for node in nodes if node.op != "null"]
    counts = Counter(node.op for node in calls)
    lines = [f"{len(nodes)} nodes: {len(nodes) - len(calls)} variables, {len(calls)} calls"]
    lines += _table(("operator", "calls"), [(op, str(count)) for op, count in counts.most_common()])
    outputs = ", ".join(nodes[place].name for place, _ in graph.heads)
    lines.append(f"outputs: {outputs}")
    if every:
        rows = [
            (node.name, node.op, ", ".join(nodes[place].name for place, _ in node.inputs)) for node in nodes
        ]
        lines += _table(("node", "operator", "inputs"), rows)
    else:
        names = [node.name for node in nodes if node.op == "null"]
        lines.append(
            "variables: " + ", ".join(names[:12]) + (", ... (--all shows them)" if len(names) > 12 else "")
        )
    return f"graph, written by MXNet {_version(graph.version)}", lines


def _version(number: int) -> str:
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _idx(path: Path, every: bool) -> tuple[str, list[str]]:
    array = files.read_idx(path)
    return "IDX array (images or labels as MNIST has them)", [f"shape {array.shape}, {array.dtype}"]


def _records(path: Path, every: bool) -> tuple[str, list[str]]:
    size, position, count, longest = path.stat().st_size, 0, 0, 0
    with path.open("rb") as stream:
        while position + 8 <= size:
            magic, flag = struct.unpack("<II", stream.read(8))
            length = flag & (2**29 - 1)
            if magic != 0xCED7230A or position + 8 + length > size:
                raise files.FormatError(
                    f"{str(path)!r} is not a valid RecordIO file", received=f"at byte {position} of {size}"
                )
            count += flag >> 29 in (0, 1)
            longest = max(longest, length)
            position += 8 + (length + 3) // 4 * 4
            stream.seek(position)
    return "RecordIO", [f"{count} records, the longest part {_size(longest)}"]


def _states(path: Path, every: bool) -> tuple[str, list[str]]:
    return "pickle: a trainer's or an optimiser's states, as the real MXNet saves them", [
        "Trainer.load_states and Updater.set_states read it and execute nothing in it."
    ]


def _onnx(path: Path, every: bool) -> tuple[str, list[str]]:
    try:
        import onnx
    except ImportError:
        raise MXNetError(
            "an ONNX file is described by the package onnx, which is not installed",
            hint="pip install 'glueball[onnx]'",
        ) from None
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise files.FormatError(f"{str(path)!r} is not a valid ONNX file", because=str(error)[:200]) from None
    counts = Counter(node.op_type for node in model.graph.node)
    versions = ", ".join(f"{each.domain or 'ai.onnx'} {each.version}" for each in model.opset_import)
    lines = _table(("operator", "calls"), [(op, str(count)) for op, count in counts.most_common()])
    lines.append("inputs: " + ", ".join(each.name for each in model.graph.input))
    lines.append("outputs: " + ", ".join(each.name for each in model.graph.output))
    return f"ONNX model, operators of {versions}", lines


def _is_json(start: bytes, path: Path) -> bool:
    if not start.lstrip().startswith(b"{"):
        return False
    with path.open("rb") as stream:
        return b"nodes" in stream.read(4096)


def _is_safetensors(start: bytes, path: Path) -> bool:
    return len(start) > 8 and start[8:9] == b"{" and struct.unpack("<Q", start[:8])[0] < 100_000_000


def _is_idx(start: bytes, path: Path) -> bool:
    known = (8, 9, 11, 12, 13, 14)
    return start[:2] == b"\x1f\x8b" or (
        start[:2] == b"\0\0" and len(start) > 4 and start[2] in known and 0 < start[3] < 9
    )


_KINDS: list[tuple[Callable[[bytes, Path], bool], Callable[[Path, bool], tuple[str, list[str]]]]] = [
    (lambda start, path: start.startswith(struct.pack("<Q", 0x112)), _arrays("params", "MXNet parameters")),
    (lambda start, path: start.startswith(b"PK\x03\x04"), _arrays("npz", "NumPy archive")),
    (_is_safetensors, _arrays("safetensors", "safetensors")),
    (_is_json, _symbol),
    (lambda start, path: start.startswith(struct.pack("<I", 0xCED7230A)), _records),
    (
        lambda start, path: start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"),
        _states,
    ),
    (_is_idx, _idx),
    (lambda start, path: path.suffix == ".onnx", _onnx),
]


def _size(count: int) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:,} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:,.1f} GiB"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    cells = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
