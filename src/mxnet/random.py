"""``mx.random``: seeding, and the stream that each context draws from.

On a CPU the numbers are those of MXNet 1.9.1. As there, all CPU contexts share one stream, a program that never
seeds behaves as if it had called ``mx.random.seed(0)``, and ``np.random`` is neither read nor touched.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from ._surface import module_getattr
from .base import integer_types, message
from .context import Context, cpu, gpu
from .ops.stream import RandomStream, new_stream

__all__ = ["get_state", "seed", "set_state", "stream"]

_FUNCTIONS = frozenset(
    "uniform normal randn poisson exponential gamma negative_binomial generalized_negative_binomial "
    "multinomial shuffle randint bernoulli".split()
)
_GPU_TYPE = 2
_CPU = -1
"""Key of the stream that all CPU contexts share; a GPU's key is its number."""

_lock = threading.Lock()
_streams: dict[int, RandomStream] = {}
_last_seed = 0


def seed(seed_state: int, ctx: Context | str = "all") -> None:
    """Start the random numbers again.

    Parameters
    ----------
    seed_state : a whole number, negative ones included.
    ctx : the context to seed, ``'all'`` for every one. All CPU contexts are one stream.

    Raises
    ------
    ValueError : ``seed_state`` is not a whole number.

    >>> mx.random.seed(0)
    >>> nd.random.uniform(shape=3)
    <BLANKLINE>
    [0.5488135  0.5928446  0.71518934]
    <NDArray 3 @cpu(0)>
    """
    global _last_seed
    if not isinstance(seed_state, integer_types):
        raise ValueError(
            message(
                "mx.random.seed: seed_state must be int", received=repr(seed_state), hint="mx.random.seed(0)"
            )
        )
    value = int(seed_state)
    if ctx != "all":
        context = Context(ctx)
        stream(context).seed(value)
        return
    with _lock:
        _last_seed = value
        for device, each in _streams.items():
            each.seed(value + max(device, 0))


def stream(ctx: Context | None = None) -> RandomStream:
    """The stream that operators on ``ctx`` (default: ``cpu(0)``) draw from."""
    context = ctx or cpu()
    key = context.device_id if context.device_typeid == _GPU_TYPE else _CPU
    found = _streams.get(key)
    if found is None:
        with _lock:
            found = _streams.get(key)
            if found is None:
                # An abstract context (a question about shapes) has the stream of the CPU, and draws nothing from it.
                device = cpu().torch_device if key == _CPU else context.torch_device
                found = _streams[key] = new_stream(device, _last_seed + max(key, 0))
    return found


def get_state() -> dict[str, np.ndarray]:
    """The state of every stream in use, as plain arrays by name: what a checkpoint keeps to resume exactly.

    >>> mx.random.seed(3)
    >>> state = mx.random.get_state()
    >>> first = nd.random.normal(shape=2)
    >>> mx.random.set_state(state)
    >>> (nd.random.normal(shape=2) == first).asnumpy()
    array([1., 1.], dtype=float32)
    """
    with _lock:
        state = {"seed": np.array(_last_seed % 2**64, np.uint64)}
        for key, each in _streams.items():
            prefix = "cpu" if key == _CPU else f"gpu{key}"
            state |= {f"{prefix}.{name}": value for name, value in each.get_state().items()}
        return state


def set_state(state: dict[str, np.ndarray]) -> None:
    """Continue every stream from what `get_state` gave; streams that were not in use then start from the seed.

    Raises
    ------
    ValueError : ``state`` is not what `get_state` gives.
    MXNetError : it holds the stream of a GPU that is not there.
    """
    global _last_seed
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, value in state.items():
        context, dot, rest = name.partition(".")
        if dot:
            parts.setdefault(context, {})[rest] = value
    if "seed" not in state:
        raise ValueError(
            message("mx.random.set_state: not a state", because="it has no 'seed'", hint="get_state()")
        )
    contexts = {prefix: cpu() if prefix == "cpu" else gpu(int(prefix[3:])) for prefix in parts}
    seed(int(state["seed"]))
    for prefix, part in parts.items():
        stream(contexts[prefix]).set_state(part)


_absent = module_getattr(__name__)


def __getattr__(name: str) -> Any:
    # The drawing functions are those of nd.random, which stands above this module: looked up when asked for.
    if name in _FUNCTIONS:
        import importlib

        return getattr(importlib.import_module("mxnet.ndarray.random"), name)
    return _absent(name)
