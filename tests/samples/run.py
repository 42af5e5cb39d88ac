"""Make the call of a sample with a given ``mxnet`` and collect everything that can be compared.

The recorder does this with the real MXNet, the tests with Glueball: the same lines for both.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np

from .sample import ErrorSample, Sample


@dataclasses.dataclass
class Outcome:
    """What a call left behind.

    Attributes
    ----------
    outputs : one array per output, or the value itself where the call returns no arrays (a number, None).
    contexts : the context of each output, printed.
    gradients : gradient of each floating input for fixed head gradients; None without gradients.
    changed : the inputs, by place, that differ after the call.
    text : what was printed, where a text is compared instead of arrays.
    error : name of the exception's class, when the call raised.
    """

    outputs: list[np.ndarray] = dataclasses.field(default_factory=list)
    contexts: list[str] = dataclasses.field(default_factory=list)
    gradients: list[np.ndarray] | None = None
    changed: dict[int, np.ndarray] = dataclasses.field(default_factory=dict)
    text: str | None = None
    error: str | None = None
    exception: BaseException | None = None


def run(mx: Any, sample: Sample | ErrorSample) -> Outcome:
    """Make the call; an exception becomes part of the outcome."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _run(mx, sample)
    except Exception as exception:
        return Outcome(error=type(exception).__name__, exception=exception)


def _run(mx: Any, sample: Sample | ErrorSample) -> Outcome:
    given = sample.arrays()
    arrays = [mx.nd.array(array, dtype=array.dtype) for array in given]
    if sample.seed is not None:
        mx.random.seed(sample.seed)
    gradient = getattr(sample, "gradient", False)
    variables = [arrays[place] for place in sample.variables()] if gradient else []
    for variable in variables:
        variable.attach_grad()
    mode = mx.autograd.train_mode() if sample.training else mx.autograd.predict_mode()
    with mx.autograd.record(train_mode=sample.training) if gradient else mode:
        result = sample.call(mx, arrays)
    outputs = outputs_of(mx, result)
    outcome = Outcome(
        outputs=[as_numpy(mx, output) for output in outputs],
        contexts=[str(output.context) for output in outputs if isinstance(output, mx.nd.NDArray)],
    )
    if gradient:
        heads = [mx.nd.array(head, dtype=head.dtype) for head in head_gradients(outcome.outputs)]
        floating = [output for output in outputs if np.dtype(output.dtype).kind == "f"]
        mx.autograd.backward(floating, heads, train_mode=sample.training)
        outcome.gradients = [variable.grad.asnumpy() for variable in variables]
    for place, (array, before) in enumerate(zip(arrays, given)):
        after = array.asnumpy()
        if after.tobytes() != before.tobytes():
            outcome.changed[place] = after
    return outcome


def outputs_of(mx: Any, result: Any) -> list[Any]:
    """The outputs of a call as a list."""
    return list(result) if isinstance(result, (list, tuple)) else [] if result is None else [result]


def as_numpy(mx: Any, output: Any) -> np.ndarray:
    """An output as an array; a plain Python value as an array without dimensions."""
    if isinstance(output, mx.nd.NDArray):
        return output.asnumpy()
    # Python's own numbers are as wide on every system.
    return np.asarray(output, dtype="int64" if type(output) is int else None)


def head_gradients(outputs: list[np.ndarray]) -> list[np.ndarray]:
    """One fixed head gradient per floating output, none of its values near zero."""
    source = np.random.RandomState(7)
    heads = []
    for output in outputs:
        signs = source.randint(0, 2, output.shape) * 2 - 1
        head = source.uniform(0.5, 1.5, output.shape) * signs
        if output.dtype.kind == "f":
            heads.append(np.asarray(head).astype(output.dtype))
    return heads
