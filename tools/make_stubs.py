"""Write ``src/mxnet/ndarray/_generated.pyi``: what editors and type checkers know of the functions in the table.

The functions and methods themselves are compiled at their first use; their names, parameters and docstrings stand
in the stub. Run it after a change to an operator's signature (a test says when it is out of date).
"""

from __future__ import annotations

import inspect
import keyword
import sys
from pathlib import Path

from mxnet.ndarray import NDArray
from mxnet.ndarray.arithmetic import FUNCTIONS
from mxnet.ops.registry import OPERATORS, Operator

TARGET = Path(__file__).resolve().parents[1] / "src" / "mxnet" / "ndarray" / "_generated.pyi"
HEADER = '''\
"""Made by tools/make_stubs.py from the operator table; do not edit."""

from typing import Any

from .ndarray import NDArray

_Operand = Any
'''
DUNDERS = ("add", "sub", "mul", "truediv", "mod", "pow", "floordiv", "matmul")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def stub_text() -> str:
    """The whole stub."""
    functions = [
        _function(name, record) for name, record in sorted(OPERATORS.items()) if _is_public(name, record)
    ]
    arithmetic = [
        f"def {name}(lhs: _Operand, rhs: _Operand) -> Any:\n    {_doc(function.__doc__)}"
        for name, function in sorted(FUNCTIONS.items())
    ]
    methods = [
        _function(record.method, record, method=True)
        for name, record in sorted(OPERATORS.items(), key=lambda item: item[1].method or "")
        if record.method and name == record.name and record.method not in vars(_plain_class())
    ]
    text = "\n".join([HEADER, *functions, *arithmetic, "", *_table_methods(methods), ""])
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _table_methods(methods: list[str]) -> list[str]:
    lines = ["class TableMethods:", '    """The methods of NDArray that come from the table."""', ""]
    for name in DUNDERS:
        lines.append(f"    def __{name}__(self, other: _Operand, /) -> NDArray: ...")
        if name not in ("floordiv", "matmul"):
            lines.append(f"    def __r{name}__(self, other: _Operand, /) -> NDArray: ...")
            lines.append(
                f"    def __i{name}__(self, other: _Operand, /) -> NDArray: ...  # type: ignore[misc]"
            )
    lines += [
        f"    def __{n}__(self, other: object, /) -> Any: ...  # type: ignore[override]"
        for n in COMPARISONS[:2]
    ]
    lines += [f"    def __{n}__(self, other: _Operand, /) -> NDArray: ..." for n in COMPARISONS[2:]]
    lines += [f"    def __{n}__(self) -> NDArray: ..." for n in ("neg", "pos", "abs")]
    lines.append("    def __hash__(self) -> int: ...")
    lines.append("    def __getitem__(self, key: Any, /) -> NDArray: ...")
    lines.append("    def __setitem__(self, key: Any, value: Any, /) -> None: ...")
    lines.append("    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray: ...")
    lines.append("    def transpose(self, *axes: Any, **kwargs: Any) -> NDArray: ...")
    lines.append("    def broadcast_to(self, shape: Any) -> NDArray: ...")
    lines.append("    def broadcast_like(self, other: NDArray) -> NDArray: ...")
    lines.append("    def split_v2(self, *args: Any, **kwargs: Any) -> list[NDArray]: ...")
    lines.append("    def tostype(self, stype: str) -> NDArray: ...")
    lines += ["    " + line.replace("\n", "\n    ") for line in methods]
    return lines


def _plain_class() -> type:
    """A class with the names that `_table_methods` writes out by hand."""
    by_hand = ("reshape", "transpose", "broadcast_to", "broadcast_like", "split_v2", "tostype")
    return type("ByHand", (), dict.fromkeys(by_hand))


def _is_public(name: str, record: Operator) -> bool:
    usable = name.isidentifier() and not name.startswith("_") and not keyword.iskeyword(name)
    return usable and record.public and name not in FUNCTIONS


def _function(name: str, record: Operator, *, method: bool = False) -> str:
    parameters = []
    if record.variadic:
        parameters.append(f"*{record.variadic}: NDArray" if not method else "self, *data: NDArray")
    else:
        for position, array in enumerate(record.arrays):
            if method and position == 0:
                parameters.append("self")
            else:
                kind = "NDArray | None = ..." if array in record.optional else "NDArray"
                parameters.append(f"{array}: {kind}")
    optional = False
    for key, parameter in record.attributes.items():
        required = parameter.default is inspect.Parameter.empty
        optional = optional or not required or any(p.endswith("...") for p in parameters)
        default = "" if required and not optional else " = ..."
        parameters.append(f"{key}: {_annotation(parameter.annotation)}{default}")
    parameters += ["out: Any = ...", "name: str | None = ...", "**kwargs: Any"]
    result = "NDArray" if record.outputs == 1 else "Any"
    return f"def {name}({', '.join(parameters)}) -> {result}:\n    {_doc(record.doc)}"


def _annotation(annotation: object) -> str:
    text = str(annotation)
    known = ("int", "float", "bool", "str", "None", "tuple", "Any", "[", "]", ",", " ", "|", ".")
    rest = text
    for word in known:
        rest = rest.replace(word, "")
    return text if not rest else "Any"


def _doc(text: str | None) -> str:
    lines = (text or "").replace("\\", "\\\\").replace('"""', "'''").strip().splitlines() or ["..."]
    body = "\n".join([lines[0], *(f"    {line}" if line.strip() else "" for line in lines[1:])])
    return f'"""{body}\n    """' if len(lines) > 1 else f'"""{body}"""'


if __name__ == "__main__":
    assert NDArray
    TARGET.write_text(stub_text(), encoding="utf-8")
    print(f"{TARGET}: {len(stub_text().splitlines())} lines", file=sys.stderr)
