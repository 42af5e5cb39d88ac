"""Every loss with its options: the value per example and the gradient of the prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, labels, numbers

_SIGNS = np.sign(numbers(4, 3, seed=8))
_ONES = (numbers(4, 3, seed=8) > 0).astype("float32")
_PART = np.random.RandomState(9).dirichlet(np.ones(3), 4).astype("float32")
_WEIGHTS = np.array([[1.0], [0.0], [2.0], [0.5]], "float32")
_FLAT = np.array([1.0, 0.0, 2.0, 0.5], "float32")

# class, its options, prediction, label, sample weight
_CASES: list[tuple[str, dict[str, Any], np.ndarray, np.ndarray, Any]] = []


def _case(
    name: str, prediction: np.ndarray, label: np.ndarray, sample_weight: Any = None, **options: Any
) -> None:
    _CASES.append((name, options, prediction, label, sample_weight))


for _name in ("L2Loss", "L1Loss", "HuberLoss"):
    _case(_name, numbers(4, 3), numbers(4, 3, seed=8))
    _case(_name, numbers(4, 1), numbers(4, seed=8))
    _case(_name, numbers(4), numbers(4, seed=8))
    _case(_name, numbers(4, 3), numbers(4, 3, seed=8), _WEIGHTS)
    _case(_name, numbers(4, 3), numbers(4, 3, seed=8), weight=2.5)
    _case(_name, numbers(4, 3, 2), numbers(4, 3, 2, seed=8), batch_axis=1)
_case("HuberLoss", numbers(4, 3), numbers(4, 3, seed=8), rho=0.3)
_case("SoftmaxCrossEntropyLoss", numbers(4, 3), labels(4, 3))
_case("SoftmaxCrossEntropyLoss", numbers(4, 3) * 1000, labels(4, 3))
_case("SoftmaxCrossEntropyLoss", numbers(4, 3), labels(4, 3), _WEIGHTS)
_case("SoftmaxCrossEntropyLoss", numbers(4, 3), labels(4, 3), weight=0.5)
_case("SoftmaxCrossEntropyLoss", numbers(4, 3), _PART, sparse_label=False)
_case("SoftmaxCrossEntropyLoss", np.log(_PART), labels(4, 3), from_logits=True)
_case("SoftmaxCrossEntropyLoss", numbers(4, 3, 2), labels(8, 3).reshape(4, 2), axis=1)
_case("SoftmaxCrossEntropyLoss", numbers(2, 4, 3), labels(8, 3).reshape(2, 4))
_case("SoftmaxCrossEntropyLoss", numbers(4, 3, 2), labels(8, 3).reshape(4, 2), axis=1, batch_axis=1)
_case("SoftmaxCELoss", numbers(4, 3), labels(4, 3))
_case("SigmoidBinaryCrossEntropyLoss", numbers(4, 3), _ONES)
_case("SigmoidBinaryCrossEntropyLoss", numbers(4, 3) * 50, _ONES)
_case("SigmoidBinaryCrossEntropyLoss", numbers(4, 3), _ONES, _WEIGHTS)
_case("SigmoidBinaryCrossEntropyLoss", numbers(4, 3), _ONES, weight=3.0)
_case("SigmoidBinaryCrossEntropyLoss", _PART, _ONES, from_sigmoid=True)
_case("SigmoidBinaryCrossEntropyLoss", numbers(4, 1), _ONES[:, 0])
_case("SigmoidBCELoss", numbers(4, 3), _ONES)
_case("LogisticLoss", numbers(4, 3), _SIGNS)
_case("LogisticLoss", numbers(4, 3), _ONES, label_format="binary")
_case("LogisticLoss", numbers(4), _SIGNS[:, 0], _FLAT)
_case("LogisticLoss", numbers(4, 3), _SIGNS, weight=2.0)
_case("HingeLoss", numbers(4, 3), _SIGNS)
_case("HingeLoss", numbers(4, 3), _SIGNS, _WEIGHTS, margin=0.5)
_case("HingeLoss", numbers(4), _SIGNS[:, 0], weight=2.0)
_case("SquaredHingeLoss", numbers(4, 3), _SIGNS)
_case("KLDivLoss", np.log(_PART), _PART[::-1].copy())
_case("KLDivLoss", numbers(4, 3), _PART, from_logits=False)
_case("KLDivLoss", numbers(4, 3), _PART, _WEIGHTS, from_logits=False, weight=2.0)
_case("KLDivLoss", numbers(4, 3, 2), np.stack([_PART, _PART], 2), from_logits=False, axis=1)


def _run(
    name: str, options: dict[str, Any], prediction: np.ndarray, label: np.ndarray, weight: Any
) -> Callable[..., Any]:
    def run(mx: Any) -> list[np.ndarray]:
        loss = getattr(mx.gluon.loss, name)(**options)
        p, y = mx.nd.array(prediction), mx.nd.array(label)
        more = [] if weight is None else [mx.nd.array(weight)]
        p.attach_grad()
        with mx.autograd.record():
            value = loss(p, y, *more)
        value.backward(mx.nd.array(np.arange(1, value.size + 1).reshape(value.shape)))
        return [value.asnumpy(), p.grad.asnumpy()]

    return run


# MXNet computes softmax with a short exponential.
_TOLERANCE = (5e-5, 1e-5)

SCENARIOS = [
    Scenario(
        f"{number} {case[0]} {case[1] or ''}".strip(), _run(*case), (f"gluon.loss.{case[0]}",), _TOLERANCE
    )
    for number, case in enumerate(_CASES)
]
