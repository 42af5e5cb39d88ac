"""One check for any block: what every layer and network can be expected to do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from ..base import message, nearest
from ..gluon import Block
from ..ndarray import NDArray
from .block_checks import CHECKS
from .block_trial import Balanced, Failure, Trial

__all__ = ["check_block"]


def check_block(
    block: Block | Callable[[], Block],
    input_shape: Any,
    *,
    skip: Iterable[str] = (),
    init: Any = None,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    seed: int = 0,
) -> None:
    """Check that a block does everything that is expected of a block, and say what it does not.

    - ``'builds'``: its parameters have names of their own, and blocks in lists are registered
    - ``'prints'``: its ``repr`` is a text
    - ``'infers'``: one forward pass shows the shapes of all parameters
    - ``'runs'``: predictions are finite arrays, the same every time, and leave the inputs alone
    - ``'differentiates'``: a finite gradient reaches every parameter that is learned
    - ``'gradients'``: gradients are those that finite differences give in float64
    - ``'trains'``: a step of a Trainer changes what has a gradient, and nothing becomes infinite
    - ``'casts'``: it computes in float64 and float16, and comes back
    - ``'saves'``: saved and loaded, it computes the same
    - ``'copies'``: a deepcopy computes the same, and training it leaves the original alone
    - ``'pickles'``: unpickled it computes the same, if Python can pickle it
    - ``'hybridizes'``: hybridized, it computes the same
    - ``'moves'``: it computes in the context of its parameters

    Parameters
    ----------
    block : a function without arguments that makes the block, such as its class; or a block, which stays as it is:
        what is checked are copies.
    input_shape : shape of the input, which will be standard normal numbers; or the input itself as an array, which no
        gradient is then taken of; or a list of those for several inputs (a list in it is an input that is a list).
    skip : names of checks to leave out.
    init : fills parameters that are not filled yet and have no initialiser of their own; by default with normal numbers
        of variance one by the number of inputs.
    rtol, atol : how far gradients and float64 results may be off. Float16 results may be off by 3 %.
    seed : of inputs, weights and everything random; `mx.random` is seeded.

    Raises
    ------
    AssertionError : it fails; the error names every check that it fails at, and why.
    ValueError : ``skip`` has a name that is none.

    >>> from mxnet.gluon import nn
    >>> check_block(lambda: nn.Dense(3, activation="tanh"), (2, 5))
    >>> check_block(nn.Embedding(7, 3), nd.array([[0, 6], [1, 2]]))
    >>> class Idle(nn.HybridBlock):
    ...     def __init__(self):
    ...         super().__init__(prefix="idle_")
    ...         self.scale = self.params.get("scale", shape=(1,))
    ...     def hybrid_forward(self, F, x, scale):
    ...         return F.tanh(x)
    >>> check_block(Idle, (2, 5))
    Traceback (most recent call last):
    AssertionError: check_block: Idle fails at 'differentiates'
      received: inputs (2, 5)
    'differentiates': a finite gradient reaches every parameter that is learned
      because:  no gradient reaches 'idle_scale'
      try:      use it in the forward pass; grad_req='null' where it is not learned
    """
    left_out = set(skip)
    for name in sorted(left_out - CHECKS.keys()):
        raise ValueError(
            message(
                f"check_block: there is no check {name!r}", hint=nearest(name, CHECKS) or ", ".join(CHECKS)
            )
        )
    trial = Trial(block, input_shape, Balanced() if init is None else init, rtol, atol, seed)
    failures: dict[str, Exception] = {}
    for name, check in CHECKS.items():
        if name in left_out:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check(trial)
        except Exception as error:
            failures[name] = error
            if name in ("builds", "infers", "runs"):
                break  # the others would fail for the same reason
    if failures:
        raise AssertionError(_report(trial, failures)) from next(iter(failures.values()))


def _report(trial: Trial, failures: dict[str, Exception]) -> str:
    title = f"check_block: {trial.kind} fails at {', '.join(map(repr, failures))}"
    parts = [message(title, received=f"inputs {', '.join(map(_shown, trial.recipe))}")]
    for name, error in failures.items():
        sentence = f"{name!r}: {sentence_of(name)}"
        if isinstance(error, Failure):
            parts.append(message(sentence, because=error.because, hint=error.hint))
        else:
            text = str(error).replace("\n", "\n            ")
            parts.append(message(sentence, because=f"{type(error).__name__}: {text}"))
    return "\n".join(parts)


def _shown(recipe: Any) -> str:
    if isinstance(recipe, list):
        return f"[{', '.join(map(_shown, recipe))}]"
    return f"array {recipe.shape}" if isinstance(recipe, NDArray) else str(recipe)


def sentence_of(name: str) -> str:
    """What a check checks, as errors say it."""
    sentence = (CHECKS[name].__doc__ or "").rstrip(".")
    return sentence[0].lower() + sentence[1:]
