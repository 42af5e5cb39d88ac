"""Losses of vectors, counts and sequences; and all losses over other axes, with weights, with gradients of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, labels, numbers

# Arrays of a call, by place: an array gets its gradient recorded unless it stands in `_FIXED`.
_CASES: list[tuple[str, dict[str, Any], tuple[Any, ...], tuple[int, ...]]] = []


def _case(name: str, *arrays: Any, fixed: tuple[int, ...] = (), **options: Any) -> None:
    _CASES.append((name, options, arrays, fixed))


def _parts(*shape: int, seed: int = 9) -> np.ndarray:
    """Distributions along the last axis."""
    source = np.random.RandomState(seed)
    return source.dirichlet(np.ones(shape[-1]), shape[:-1]).astype("float32")


A, B, C = numbers(4, 3), numbers(4, 3, seed=8), numbers(4, 3, seed=9)
_SIGNS = np.sign(B)
_ONES = (B > 0).astype("float32")
_ROWS = np.array([[1.0], [0.0], [2.0], [0.5]], "float32")
_EACH = np.abs(numbers(4, 3, seed=10))
_COLUMNS = np.array([[1.0, 0.0, 2.5]], "float32")

# ------------------------------------------------------------------------------------------------------ triplets

_case("TripletLoss", A, B, C)
_case("TripletLoss", A, B, C, margin=3.0, weight=0.5)
_case("TripletLoss", A, B, C, batch_axis=1)
_case("TripletLoss", numbers(2, 3, 2), numbers(2, 3, 2, seed=1), numbers(2, 3, 2, seed=2))
_case("TripletLoss", A, B.reshape(2, 6), C.ravel())
_case("TripletLoss", numbers(5), numbers(5, seed=1), numbers(5, seed=2))

# -------------------------------------------------------------------------------------------------------- cosines

_case("CosineEmbeddingLoss", A, B, np.array([1, -1, 1, -1], "float32"), fixed=(2,))
_case("CosineEmbeddingLoss", A, B, np.array([[-1], [-1], [1], [0]], "float32"), fixed=(2,), margin=-0.4)
_case("CosineEmbeddingLoss", A, B, np.array([1, -1, 0, 0.5], "float32"), fixed=(2,), weight=3.0)
_case("CosineEmbeddingLoss", A, B, np.array([1, -1, -1, 1], "float32"), _ROWS, fixed=(2,))
_case("CosineEmbeddingLoss", A, B, np.array([1, -1, -1, 1], "float32"), _ROWS[:, 0], fixed=(2,))
_case("CosineEmbeddingLoss", numbers(2, 3, 4), numbers(2, 3, 4, seed=1), _SIGNS[:2], fixed=(2,))
_case("CosineEmbeddingLoss", A[0], B[0], np.array([1], "float32"), fixed=(2,))
_case("CosineEmbeddingLoss", A, B, np.array([-1], "float32"), fixed=(2,), margin=-1.0)

# ------------------------------------------------------------------------------------------------ batches as labels

_case("SDMLLoss", A, B)
_case("SDMLLoss", A, A + 0.1 * B, smoothing_parameter=0.05, weight=3.0)
_case("SDMLLoss", A[:2], B[:2], smoothing_parameter=0)

# --------------------------------------------------------------------------------------------------------- counts

_COUNTS = np.array([[2, 3, 9], [1, 5, 2], [1, 1, 4], [30, 2, 3]], "float32")
_case("PoissonNLLLoss", A, labels(12, 5).reshape(4, 3))
_case("PoissonNLLLoss", np.exp(A), labels(12, 5).reshape(4, 3), from_logits=False)
_case("PoissonNLLLoss", A, _COUNTS, fixed=(0, 1), compute_full=True)  # 1.9.1 cannot differentiate it
_case("PoissonNLLLoss", np.exp(A), _COUNTS, fixed=(0, 1), compute_full=True, from_logits=False, weight=0.5)
_case("PoissonNLLLoss", A, labels(12, 5), _ROWS, weight=2.0, batch_axis=1)
_case("PoissonNLLLoss", np.exp(A), labels(12, 5).reshape(4, 3), None, 0.25, from_logits=False)

# ------------------------------------------------------------------------------------------------------ sequences

_SEQUENCES = numbers(3, 6, 5)
_READ = np.array([[0, 1, 1, -1], [3, 2, 3, 0], [2, -1, -1, -1]], "float32")
_STEPS, _LONG = np.array([6, 6, 4], "float32"), np.array([2, 4, 1], "float32")
_case("CTCLoss", _SEQUENCES, _READ, fixed=(1,))
_case("CTCLoss", _SEQUENCES.swapaxes(0, 1), _READ, fixed=(1,), layout="TNC")
_case("CTCLoss", _SEQUENCES, _READ.T, fixed=(1,), label_layout="TN")
_case("CTCLoss", _SEQUENCES.swapaxes(0, 1), _READ.T, fixed=(1,), layout="TNC", label_layout="TN", weight=2.0)
_case("CTCLoss", _SEQUENCES, _READ, _STEPS, fixed=(1, 2))
_case("CTCLoss", _SEQUENCES, _READ, None, _LONG, fixed=(1, 3))
_case("CTCLoss", _SEQUENCES, np.abs(_READ), _STEPS, _LONG, fixed=(1, 2, 3))
_case("CTCLoss", _SEQUENCES, _READ, None, None, np.array([1, 0, 2], "float32"), fixed=(1,))
_case("CTCLoss", _SEQUENCES[:, :4], np.array([[0, 1, 1, -1], [3, 3, 3, 0], [2, -1, -1, -1]]), fixed=(1,))
_case("CTCLoss", _SEQUENCES * 30, _READ, fixed=(1,))

# ---------------------------------------------------------------------------------- all others, with all settings

for _name, _label, _options in (
    ("L2Loss", B, {}),
    ("L1Loss", B, {}),
    ("HuberLoss", B, {"rho": 0.7}),
    ("HingeLoss", _SIGNS, {"margin": 0.3}),
    ("SquaredHingeLoss", _SIGNS, {"margin": 2.0}),
    ("LogisticLoss", _SIGNS, {}),
    ("LogisticLoss", _ONES, {"label_format": "binary"}),
    ("SigmoidBinaryCrossEntropyLoss", _parts(4, 3), {}),
    ("KLDivLoss", _parts(4, 3), {"from_logits": False}),
):
    _case(_name, A, _label, weight=1.5, **_options)
    _case(_name, A, _label, _EACH, weight=0.5, **_options)
    _case(_name, A, _label, _COLUMNS, batch_axis=1, weight=2, **_options)
    _case(_name, A, _label, batch_axis=1, **_options)
    _case(_name, A, _label, _ROWS, weight=0, **_options)
for _from in (False, True):
    _given = _parts(4, 3, seed=2) if _from else A
    _case("SigmoidBinaryCrossEntropyLoss", _given, _ONES, None, _COLUMNS, from_sigmoid=_from)
    _case("SigmoidBinaryCrossEntropyLoss", _given, _ONES, _ROWS, _COLUMNS, from_sigmoid=_from, weight=2.0)
_case("KLDivLoss", numbers(4, 3, 2), _parts(4, 2, 3).swapaxes(1, 2), from_logits=False, axis=1, batch_axis=2)
_case("KLDivLoss", np.log(_parts(4, 3, seed=2)), _parts(4, 3), _EACH, batch_axis=1)
_case("SoftmaxCrossEntropyLoss", A, _parts(4, 3), _ROWS, sparse_label=False, weight=2.0)
_case("SoftmaxCrossEntropyLoss", A, _parts(4, 3), sparse_label=False, axis=0, batch_axis=1)
_case("SoftmaxCrossEntropyLoss", A, _parts(4, 3).ravel(), sparse_label=False, from_logits=True)
_case("SoftmaxCrossEntropyLoss", numbers(2, 3, 4), labels(8, 3).reshape(2, 4), fixed=(1,), axis=1)
_case("SoftmaxCrossEntropyLoss", numbers(2, 3, 4), labels(6, 4).reshape(2, 3), _ONES[:2, :, None], fixed=(1,))
_case("SoftmaxCrossEntropyLoss", A, labels(3, 4), fixed=(1,), axis=0, batch_axis=1)
_case("SoftmaxCrossEntropyLoss", A, labels(4, 3), _ROWS, fixed=(1,), from_logits=True, batch_axis=1)


def _run(
    name: str, options: dict[str, Any], given: tuple[Any, ...], fixed: tuple[int, ...]
) -> Callable[..., Any]:
    def run(mx: Any) -> list[np.ndarray]:
        loss = getattr(mx.gluon.loss, name)(**options)
        arrays = [mx.nd.array(each) if isinstance(each, np.ndarray) else each for each in given]
        learned = [a for k, a in enumerate(arrays) if isinstance(a, mx.nd.NDArray) and k not in fixed]
        for array in learned:
            array.attach_grad()
        if not learned:
            return [loss(*arrays).asnumpy()]
        with mx.autograd.record():
            value = loss(*arrays)
        value.backward(mx.nd.array(np.arange(1, value.size + 1).reshape(value.shape)))
        return [value.asnumpy(), *(array.grad.asnumpy() for array in learned)]

    return run


# MXNet computes softmax with a short exponential.
_TOLERANCE = (1e-4, 2e-5)

SCENARIOS = [
    Scenario(
        f"{number} {case[0]} {case[1] or ''}".strip(), _run(*case), (f"gluon.loss.{case[0]}",), _TOLERANCE
    )
    for number, case in enumerate(_CASES)
]
