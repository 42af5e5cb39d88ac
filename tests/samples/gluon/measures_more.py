"""The lives of all metrics: several batches, local and global values, edge cases, registries and descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, labels, numbers

Batch = tuple[Any, Any]


def _life(make: Callable[[Any], Any], batches: list[Batch], only_local: bool) -> Callable[[Any], str]:
    """What a metric says after each batch, after `reset_local`, one more batch, and `reset`."""

    def run(mx: Any) -> str:
        metric = make(mx.metric)
        lines = [_shown(metric, only_local)]
        for label, prediction in batches:
            metric.update(_arrays(mx, label), _arrays(mx, prediction))
            lines.append(_shown(metric, only_local))
        metric.reset_local()
        lines.append(_shown(metric, only_local))
        metric.update(_arrays(mx, batches[0][0]), _arrays(mx, batches[0][1]))
        lines.append(_shown(metric, only_local))
        metric.reset()
        lines.append(_shown(metric, only_local))
        return "\n".join(lines)

    return run


def _arrays(mx: Any, given: Any) -> Any:
    if isinstance(given, list):
        return [mx.nd.array(each, dtype=each.dtype) for each in given]
    return given if given is None else mx.nd.array(given, dtype=given.dtype)


def _shown(metric: Any, only_local: bool) -> str:
    parts = [metric.get_name_value()]
    if not only_local:
        parts.append(metric.get_global_name_value())
    text = " | ".join(" ".join(f"{name} {value:.5g}" for name, value in pairs) for pairs in parts)
    if hasattr(metric, "metrics") and isinstance(metric.metrics, list):
        return text
    counts = [metric.num_inst] if only_local else [metric.num_inst, metric.global_num_inst]
    return text + " of " + " ".join(f"{count:g}" for count in counts)


def _bits(count: int, seed: int = 1) -> np.ndarray:
    return labels(count, 2, seed)


def _parts(*shape: int, seed: int = 2) -> np.ndarray:
    """Distributions along the last axis."""
    return np.random.RandomState(seed).dirichlet(np.ones(shape[-1]), shape[:-1]).astype("float32")


def _array(values: Any, dtype: str = "float32") -> np.ndarray:
    return np.array(values, dtype)


_RIGHT = _array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]])
_TWO = [
    ([_bits(8)], [_parts(8, 2)]),
    ([_bits(5, 4)], [_parts(5, 2, seed=5)]),
    ([_bits(6, 6)], [_parts(6, 2)]),
]
_TWO_CASES: dict[str, list[Batch]] = {
    "three batches": _TWO,
    "several outputs": [([_bits(4), _bits(3)], [_parts(4, 2), _parts(3, 2, seed=9)])],
    "arrays": [(_bits(7), _parts(7, 2))],
    "perfect": [([_array([0, 1, 1, 0])], [_RIGHT])],
    "all wrong": [([_array([1, 0, 0, 1])], [_RIGHT])],
    "only class 1": [([_array([1, 1])], [_RIGHT[1:3]])],
    "only class 0": [([_array([0, 0])], [_RIGHT[[0, 3]]])],
    "never predicted": [([_array([1, 0])], [_RIGHT[[0, 3]]])],
    "three columns": [([_array([0, 1, 1])], [np.eye(3, dtype="float32")])],
    "integers": [([_array([0, 1, 1, 1], "int32")], [_RIGHT])],
    "other labels": [([_array([0, 2, 2, 0])], [_RIGHT]), ([_array([-1, 1, 1, 1])], [_RIGHT])],
    "fractions": [([_array([0.9, 1.2, 1.9, 0.0])], [_RIGHT])],
    "more axes": [([_array([[0, 1, 1]])], [_array([[[0.9, 0.4, 0.1], [0.1, 0.6, 0.9]]])])],
    "no samples": [([_array([])], [np.zeros((0, 2), "float32")]), ([_array([0, 1, 1, 0])], [_RIGHT])],
    "no outputs": [([], [])],
}
_THREE = [
    ([labels(9, 3)], [_parts(9, 3)]),
    ([labels(4, 3, seed=1)], [_parts(4, 3, seed=7)]),
    ([labels(6, 3, seed=8)], [_parts(6, 3, seed=9)]),
]
_CERTAIN = np.eye(3, dtype="float32")
_LOG_CASES: dict[str, list[Batch]] = {
    "three batches": _THREE,
    "several outputs": [([labels(4, 3), labels(2, 3)], [_parts(4, 3), _parts(2, 3, seed=9)])],
    "arrays": [(labels(5, 3), _parts(5, 3))],
    "perfect": [([_array([0, 1, 2])], [_CERTAIN])],
    "all wrong": [([_array([1, 2, 0])], [_CERTAIN])],
    "integers": [([_array([1, 2, 0], "int32")], [_parts(3, 3)])],
    "fractions": [([_array([1.9, 0.2, 1.5])], [_parts(3, 3)])],
    "double": [([labels(5, 3)], [_parts(5, 3).astype("float64")])],
    "no outputs": [([], [])],
}
_PLEX_CASES: dict[str, tuple[dict[str, Any], list[Batch]]] = {
    **{name: ({"ignore_label": None}, batches) for name, batches in _LOG_CASES.items()},
    "ignore 0": ({"ignore_label": 0}, _THREE),
    "ignore -1": ({"ignore_label": -1}, [([_array([0, -1, 2, -1])], [_parts(4, 3)])]),
    "ignore 0 in several": (
        {"ignore_label": 0},
        [([labels(4, 3), labels(5, 3)], [_parts(4, 3), _parts(5, 3, seed=9)])],
    ),
    "ignore all": ({"ignore_label": 1}, [([_array([1, 1])], [_parts(2, 3)]), *_THREE]),
    "axis 0": ({"ignore_label": None, "axis": 0}, [([labels(3, 3)], [_parts(3, 3)])]),
    "beyond": ({"ignore_label": None}, [([_array([7, -2, 1])], [_parts(3, 3)])]),
    "named": ({"ignore_label": 2, "name": "ppl"}, _THREE),
}
_VALUES: dict[str, list[Batch]] = {
    "three batches": [
        ([numbers(4, 2)], [numbers(4, 2, seed=1)]),
        ([numbers(3, 2, seed=2)], [numbers(3, 2, seed=3)]),
        ([numbers(5, 2, seed=4)], [numbers(5, 2)]),
    ],
    "several outputs": [([numbers(4), numbers(5)], [numbers(4, seed=1), numbers(5, seed=2)])],
    "arrays": [(numbers(4, 2), numbers(4, 2, seed=1))],
    "equal": [([numbers(4, 2)], [numbers(4, 2)])],
    "opposite": [([numbers(4, 2)], [-numbers(4, 2)])],
    "integers": [([_array([1, 2, 3, 9], "int32")], [_array([1, 4, 3, 5], "int32")])],
    "more axes": [([numbers(2, 2, 3)], [numbers(2, 2, 3, seed=1)])],
    "double": [([numbers(6).astype("float64")], [numbers(6, seed=1).astype("float64")])],
    "no outputs": [([], [])],
}
_ROWS: dict[str, list[Batch]] = {
    "a row and a column": [([numbers(4)], [numbers(4, 1, seed=1)])],
    "a row and a table": [([numbers(4)], [numbers(4, 3, seed=1)])],
    "a table and a row": [([numbers(4, 3)], [numbers(4, seed=1)])],
}
_CLASS_NUMBERS: dict[str, list[Batch]] = {
    "numbers": [([labels(9, 4)], [labels(9, 4, seed=1)]), ([labels(5, 3)], [labels(5, 3, seed=2)])],
    "more and more classes": [
        ([_array([0, 1])], [_array([0, 1])]),
        ([_array([5, 1])], [_array([5, 3])]),
        ([_array([2, 1, 0])], [_array([2, 1, 1])]),
    ],
    "one class": [([_array([1, 1])], [_array([1, 1])])],
    "columns": [([_array([[0], [1], [1]])], [_array([[0], [1], [2]])])],
    "labels beyond the scores": [([_array([0, 4, 1])], [_CERTAIN])],
}
_SCORES: dict[str, list[Batch]] = {
    name: batches for name, batches in _LOG_CASES.items() if name not in ("fractions", "double")
}
_TOP = {
    "three batches": [
        ([labels(9, 5)], [numbers(9, 5)]),
        ([labels(4, 5, seed=1)], [numbers(4, 5, seed=7)]),
        ([labels(6, 5, seed=8)], [numbers(6, 5, seed=9)]),
    ],
    "equal scores": [([_array([0, 1, 2, 3])], [np.zeros((4, 4), "float32")])],
    "beyond": [([_array([9, -1, 2])], [numbers(3, 4)])],
    "columns": [([labels(5, 4).reshape(5, 1)], [numbers(5, 4)])],
    "integers": [([labels(6, 4)], [np.random.RandomState(1).permutation(24).reshape(6, 4).astype("int32")])],
}
_LOSSES: dict[str, list[Batch]] = {
    "three batches": [(None, [numbers(4)]), (None, numbers(3, 2)), (None, [numbers(2), numbers(5, seed=1)])],
    "integers": [(None, [_array([1, 2, 4], "int32")])],
    "no outputs": [(None, [])],
}


def _named_outputs(mx: Any) -> str:
    label = {"a": mx.nd.array(_bits(6)), "b": mx.nd.array(_bits(6, 2))}
    pred = {"p": mx.nd.array(_parts(6, 2)), "q": mx.nd.array(_parts(6, 2, seed=3))}
    metrics = [
        mx.metric.Accuracy(),
        mx.metric.Accuracy(output_names=["q"], label_names=["a"]),
        mx.metric.F1(output_names=["p", "q"], label_names=["b", "a"], name="both"),
        mx.metric.Loss(output_names=["p"], label_names=[]),
        mx.metric.CompositeEvalMetric(["acc", "ce"], output_names=["q"], label_names=["b"], name="c"),
    ]
    lines = []
    for metric in metrics:
        metric.update_dict(label, pred)
        lines.append(" ".join(f"{name} {value:.5g}" for name, value in metric.get_name_value()))
    return "\n".join(lines)


_NAMES = (
    *("acc", "accuracy", "ce", "crossentropy", "nll_loss", "negativeloglikelihood", "pearsonr", "f1", "mcc"),
    *("pearsoncorrelation", "pcc", "mae", "mse", "rmse", "loss", "torch", "caffe", "composite", "F1", "ACC"),
)


def _registry(mx: Any) -> str:
    lines = []
    for name in _NAMES:
        metric = mx.metric.create(name)
        lines.append(f"{name} {type(metric).__name__} {metric.name}")
    for name, options in (("top_k_acc", {"top_k": 3}), ("perplexity", {"ignore_label": 1})):
        metric = mx.metric.create(name, **options)
        lines.append(f"{name} {type(metric).__name__} {metric.name} {options}")
    for described in (
        '["acc", {"axis": 0}]',
        '{"metric": "accuracy", "axis": 2}',
        {"metric": "acc", "axis": 3},
    ):
        lines.append(f"{described} {mx.metric.create(described).axis}")
    lines.append(str([metric.axis for metric in mx.metric.create(["acc", "acc"], axis=4).metrics]))
    lines.append(mx.metric.create(lambda label, pred: 0.0, name="own").name)
    return "\n".join(lines)


def _configs(mx: Any) -> str:
    m = mx.metric
    metrics = [
        m.Accuracy(axis=0, name="a", output_names=["p"], label_names=["q"]),
        *(m.TopKAccuracy(top_k=3), m.MAE(), m.MSE(), m.RMSE(), m.CrossEntropy(eps=1e-3), m.Loss(), m.Torch()),
        *(m.NegativeLogLikelihood(), m.Caffe(), m.PCC(), m.CompositeEvalMetric(["acc", "mse"], name="two")),
    ]
    return "\n".join(json.dumps(metric.get_config(), sort_keys=True) for metric in metrics)


def _by_function(mx: Any) -> str:
    def farthest(label: np.ndarray, pred: np.ndarray) -> float:
        return float(abs(label - pred).max())

    def total(label: np.ndarray, pred: np.ndarray) -> tuple[float, int]:
        return float(pred.sum()), label.size

    lines = []
    for metric in (
        mx.metric.np(farthest),
        mx.metric.np(total, name="t"),
        mx.metric.CustomMetric(total, allow_extra_outputs=True),
        mx.metric.create(lambda label, pred: 2.0),
    ):
        for label, pred in _VALUES["three batches"]:
            metric.update(_arrays(mx, label), _arrays(mx, pred))
        lines.append(f"{_shown(metric, False)} {type(metric).__name__}")
        metric.reset_local()
        lines.append(_shown(metric, False))
    return "\n".join(lines)


def _error_classes(mx: Any) -> str:
    """What wrong uses raise."""
    m, nd = mx.metric, mx.nd
    two, three = nd.array([0, 1]), nd.array([0, 1, 1])
    scores = nd.array(_parts(2, 3))
    lines = []
    for title, use in (
        ("another number", lambda: m.Accuracy().update(two, nd.array(_parts(3, 2)))),
        ("another number of outputs", lambda: m.Accuracy().update([two, two], [scores])),
        ("mse", lambda: m.MSE().update([nd.ones((4, 2))], [nd.ones((3, 2))])),
        ("f1 of three classes", lambda: m.F1().update([nd.array([0, 1, 2])], [nd.array(_parts(3, 2))])),
        ("f1", lambda: m.F1().update([three], [nd.array(_parts(2, 2))])),
        ("mcc", lambda: m.MCC().update([nd.array([0, 1, 2])], [nd.array(_parts(3, 2))])),
        ("cross-entropy", lambda: m.CrossEntropy().update([three], [scores])),
        ("label beyond", lambda: m.CrossEntropy().update([nd.array([0, 9])], [scores])),
        ("nll", lambda: m.NegativeLogLikelihood().update([three], [scores])),
        ("perplexity", lambda: m.Perplexity(None).update([three], [scores])),
        ("perplexity of outputs", lambda: m.Perplexity(None).update([two], [scores, scores])),
        ("no ignore_label", lambda: m.Perplexity()),
        ("pearson", lambda: m.PearsonCorrelation().update([nd.ones((2, 3))], [nd.ones((3, 2))])),
        ("top 1", lambda: m.TopKAccuracy(1)),
        ("top of three axes", lambda: m.TopKAccuracy(2).update([two], [nd.ones((2, 2, 2))])),
        ("no name", lambda: m.create("bogus")),
        ("a number", lambda: m.create(3)),
        ("no function", lambda: m.create("custommetric")),
        ("another argument", lambda: m.create("acc", bogus=1)),
        ("an instance with arguments", lambda: m.create(m.Accuracy(), axis=0)),
        ("a class that is none", lambda: m.register(int)),
        (
            "a name that is not there",
            lambda: m.Accuracy(label_names=["z"]).update_dict({"a": two}, {"p": scores}),
        ),
        ("no labels", lambda: m.Accuracy().update(None, scores)),
        ("a function's list", lambda: m.np(lambda label, pred: [1, 2]).update(two, two)),
        ("a function's three", lambda: m.np(lambda label, pred: None).update(two, two)),
        ("a function's config", lambda: m.np(lambda label, pred: 1).get_config()),
        ("not written", lambda: m.EvalMetric("x").update(two, two)),
        ("shapes", lambda: m.check_label_shapes(nd.ones((2, 1)), nd.ones((2,)), shape=True)),
    ):
        try:
            use()
        except Exception as exception:
            known = (AssertionError, IndexError, KeyError, ValueError, TypeError, NotImplementedError)
            kind = next((each for each in known if isinstance(exception, each)), type(exception))
            lines.append(f"{title}: {kind.__name__}")
        else:
            lines.append(f"{title}: nothing")
    return "\n".join(lines)


def _lives(
    kind: str, cases: dict[str, list[Batch]], title: str = "", only_local: bool = False, /, **options: Any
) -> list[Scenario]:
    return [
        Scenario(
            f"{title or kind}: {case}",
            _life(lambda m: getattr(m, kind)(**options), batches, only_local),
            (f"metric.{kind}",),
        )
        for case, batches in cases.items()
    ]


SCENARIOS = [
    *_lives("Accuracy", _SCORES),
    *_lives("TopKAccuracy", _TOP, top_k=2),
    *_lives("TopKAccuracy", {"three batches": _TOP["three batches"]}, "TopKAccuracy 4", top_k=4),
    *(
        scenario
        for kind in ("F1", "MCC")
        for average in ("macro", "micro")
        for scenario in _lives(kind, _TWO_CASES, f"{kind} {average}", average=average)
    ),
    *_lives("CrossEntropy", _LOG_CASES),
    *_lives("CrossEntropy", {"three batches": _THREE}, "CrossEntropy eps", eps=0.1),
    *_lives("NegativeLogLikelihood", _LOG_CASES),
    *_lives("NegativeLogLikelihood", {"three batches": _THREE}, "NegativeLogLikelihood eps", eps=0.1),
    *(
        scenario
        for case, (options, batches) in _PLEX_CASES.items()
        for scenario in _lives("Perplexity", {case: batches}, **options)
    ),
    *(scenario for name in ("MAE", "MSE", "RMSE") for scenario in _lives(name, {**_VALUES, **_ROWS})),
    *_lives("PearsonCorrelation", _VALUES),
    *_lives("PearsonCorrelation", _VALUES, "PearsonCorrelation micro", True, average="micro"),
    *_lives("PCC", {**_SCORES, **_CLASS_NUMBERS}),
    *_lives(
        "PCC", {f"of two: {case}": _TWO_CASES[case] for case in ("three batches", "perfect", "all wrong")}
    ),
    *(scenario for name in ("Loss", "Torch", "Caffe") for scenario in _lives(name, _LOSSES)),
    *_lives("CompositeEvalMetric", {"three batches": _TWO}, metrics=["acc", "f1", "mcc", "ce"]),
    Scenario("named outputs", _named_outputs),
    Scenario("registry", _registry),
    Scenario("configurations", _configs),
    Scenario("functions", _by_function),
    Scenario("error classes", _error_classes),
]
