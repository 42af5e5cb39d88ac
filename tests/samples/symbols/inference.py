"""Shapes and types of graphs from those of some variables: answers, and the classes of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..gluon.scenario import Scenario
from . import graphs, loops

SCENARIOS: list[Scenario] = []


def _shown(answer: Any) -> str:
    """Shapes as they are; types by their names, which NumPy writes in several ways."""
    if isinstance(answer, (tuple, list)):
        inside = ", ".join(map(_shown, answer))
        return f"[{inside}]" if isinstance(answer, list) else f"({inside})"
    return answer.__name__.rstrip("_") if isinstance(answer, type) else repr(answer)


def _ask(name: str, build: Callable[[Any], Any], questions: dict[str, Callable[[Any], Any]]) -> None:
    def run(mx: Any) -> str:
        with mx.name.NameManager():
            built = build(mx)
            symbol = built if isinstance(built, mx.sym.Symbol) else mx.sym.Group(_flat(built))
        lines = []
        for question, ask in questions.items():
            try:
                lines.append(f"{question}: {_shown(ask(symbol))}")
            except Exception as error:
                kinds = {kind.__name__ for kind in type(error).__mro__}
                known = [kind for kind in ("TypeError", "ValueError", "MXNetError") if kind in kinds]
                lines.append(f"{question}: raises {known[-1]}")
        return "\n".join(lines)

    SCENARIOS.append(Scenario(name, run))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in _flat(inner)]
    return [value]


_ask(
    "mlp",
    graphs.mlp,
    {
        "all": lambda s: s.infer_shape(data=(8, 10)),
        "without the batch": lambda s: s.infer_shape(data=(0, 10)),
        "nothing": lambda s: s.infer_shape(),
        "partly without the batch": lambda s: s.infer_shape_partial(data=(0, 10)),
        "both ways": lambda s: s.infer_shape((8, 10), data=(8, 10)),
        "no such name": lambda s: s.infer_shape(input=(8, 10)),
        "too many": lambda s: s.infer_shape(*[(1,)] * 9),
        "no shape": lambda s: s.infer_shape(data="8, 10"),
        "a contradiction": lambda s: s.infer_shape(data=(8, 10), fc1_weight=(16, 11)),
        "types": lambda s: s.infer_type(data="float16"),
        "types from a weight": lambda s: s.infer_type(fc2_weight="float64"),
        "no types": lambda s: s.infer_type(),
        "types partly": lambda s: s.infer_type_partial(),
        "no such type": lambda s: s.infer_type(data="float17"),
        "no such name of a type": lambda s: s.infer_type(input="float16"),
    },
)
_ask(
    "convolutions",
    graphs.convolutions,
    {
        "all": lambda s: s.infer_shape(data=(2, 3, 8, 8)),
        "a line": lambda s: s.infer_shape(data=(2, 3)),
        "types": lambda s: s.infer_type(data="float16"),
        "types in double precision": lambda s: s.infer_type(data="float64"),
    },
)
_ask(
    "recurrent",
    graphs.recurrent,
    {
        "all": lambda s: s.infer_shape(data=(5, 2, 3)),
        "types": lambda s: s.infer_type(data="float64"),
    },
)
_ask(
    "embeddings",
    graphs.embeddings,
    {
        "all": lambda s: s.infer_shape(words=(5, 2), n=(5, 2)),
        "types": lambda s: s.infer_type(words="int32", lengths="float32", n="int32"),
    },
)
_ask(
    "several outputs",
    graphs.several_outputs,
    {"all": lambda s: s.infer_shape(x=(2, 6)), "types": lambda s: s.infer_type(x="float64")},
)
_ask(
    "losses",
    graphs.losses,
    {"all": lambda s: s.infer_shape(x=(4, 3), y=(4,)), "a column": lambda s: s.infer_shape(x=(4, 1), y=(4,))},
)
_ask(
    "creations",
    graphs.creations,
    {"all": lambda s: s.infer_shape_partial(x=(2,))[1][:-1], "types": lambda s: s.infer_type(x="float64")},
)
_ask(
    "random numbers",
    graphs.random_numbers,
    {
        "all": lambda s: s.infer_shape(mu=(2,), p=(3,), x=(2, 1), y=(4,)),
        "types": lambda s: s.infer_type(mu="float32", sigma="float32", p="float32", x="float64", y="int32"),
    },
)
_ask(
    "images and boxes",
    graphs.images_and_boxes,
    {"regions": lambda s: s[5].infer_shape(x=(1, 3, 8, 8), rois=(5, 5))},
)
_ask(
    "linear algebra",
    graphs.linear_algebra,
    {"all": lambda s: s.infer_shape(A=(2, 3, 3)), "types": lambda s: s.infer_type(A="float64")},
)
_ask(
    "variables",
    lambda mx: mx.sym.var("a", shape=(2, 3), dtype="float16") + mx.sym.var("b"),
    {
        "known from the variable": lambda s: s.infer_shape(),
        "said again": lambda s: s.infer_shape(a=(2, 3)),
        "types known from the variable": lambda s: s.infer_type(),
    },
)
_ask(
    "running sum",
    loops.running_sum,
    {
        "all": lambda s: s.infer_shape(x=(5, 2, 3), s=(2, 3)),
        "from the data": lambda s: s.infer_shape(x=(5, 2, 3)),
        "without the length": lambda s: s.infer_shape_partial(x=(0, 2, 3)),
        "types": lambda s: s.infer_type(x="float64"),
    },
)
_ask(
    "captured",
    loops.captured,
    {
        "all": lambda s: s.infer_shape(w=(4, 6), y=(4, 3), s=(3,)),
        "types": lambda s: s.infer_type(w="float16", y="float16", s="float16"),
    },
)
