"""The stream of MXNet 1.9.1 on a CPU, reproduced."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from . import samplers
from .fast_masks import FastMasks
from .interface import Parameter, RandomStream, Shape
from .mersenne import SIZE, MersenneBank

__all__ = ["MXNetStream"]

_STATES = 1024
_SHARE = 64
"""A call gives every state at least so many values before it brings in the next one."""
_SEED_STRIDE = 127
_SMALL_MASK = 8192
"""Dropout masks up to this size are exact: they take tens of microseconds, less than a tenth of a training step."""
EXACT_DROPOUT = "MXNET_EXACT_DROPOUT"
_BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))
_CHUNK = 1 << 16
"""Raw outputs worked on at a time: they and their temporaries stay within the second-level cache."""


class MXNetStream(RandomStream):
    """The random numbers of MXNet 1.9.1 on a CPU, number for number.

    1024 Mersenne Twisters share each call: state i draws the i-th stretch of the output, continuing where it
    stopped at its last call. ``multinomial``, ``shuffle`` and ``bernoulli`` read from one more, serial, state.
    ``uniform``, ``exponential``, ``randint``, ``bernoulli``, ``categorical`` and ``permutation`` agree bit for bit
    with 1.9.1; ``normal`` and ``gamma`` within one unit in the last place (the logarithm is the platform's); the
    discrete ones value for value, Poisson means from 12 on but for one count in 100,000 (the tangent is ours).

    Differs from 1.9.1: dropout masks of more than 8192 elements come from `FastMasks`, because exact ones would cost
    a fifth of a perceptron's training step. ``MXNET_EXACT_DROPOUT`` in the environment decides it for all sizes:
    ``1`` for exact, ``0`` for fast.

    Parameters
    ----------
    seed : as given to ``mx.random.seed``.

    >>> MXNetStream(0).normal((4,))
    tensor([2.2122, 0.7740, 1.0434, 1.1839])
    """

    def __init__(self, seed: int = 0) -> None:
        self.device = torch.device("cpu")
        self._lock = threading.RLock()
        self._states = MersenneBank(_STATES, _SEED_STRIDE * seed)
        self._serial = np.random.RandomState(_SEED_STRIDE * seed % 2**32)
        self._masks = FastMasks(seed)

    def seed(self, seed: int) -> None:
        with self._lock:
            self._states.seed(_SEED_STRIDE * seed)
            self._serial.seed(_SEED_STRIDE * seed % 2**32)
            self._masks.seed(seed)

    def get_state(self) -> dict[str, np.ndarray]:
        with self._lock:
            state = {f"states.{name}": value for name, value in self._states.get_state().items()}
            serial = self._serial.get_state(legacy=False)["state"]
            state["serial.key"], state["serial.position"] = serial["key"].copy(), np.array(serial["pos"])
            state["masks"] = self._masks.get_state()
            return state

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        with self._lock:
            prefix = "states."
            self._states.set_state(
                {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
            )
            key, position = np.asarray(state["serial.key"], np.uint32), int(state["serial.position"])
            self._serial.set_state(("MT19937", key, position, 0, 0.0))
            self._masks.set_state(state["masks"])

    def uniform(
        self, shape: Shape, low: Parameter = 0.0, high: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        drawn, parameters = self._draw(samplers.uniform, shape, dtype, low, high)
        low, high = parameters
        if isinstance(low, np.ndarray) or low != 0 or high != 1:
            drawn = drawn * (high - low) + low
        return _finish(drawn, dtype)

    def normal(
        self, shape: Shape, loc: Parameter = 0.0, scale: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        drawn, parameters = self._draw(samplers.normal, shape, dtype, loc, scale)
        loc, scale = parameters
        if isinstance(loc, np.ndarray) or loc != 0 or scale != 1:
            drawn = drawn * scale + loc
        return _finish(drawn, dtype)

    def exponential(
        self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        drawn, (lam,) = self._draw(samplers.uniform, shape, dtype, lam)
        # In double precision whatever the type of the result: so it is in 1.9.1, and so the last bit agrees.
        return _finish(-np.log(1.0 - drawn.astype(np.float64)) / np.float64(lam), dtype)

    def gamma(
        self, shape: Shape, alpha: Parameter = 1.0, beta: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        return self._draw_with(samplers.gamma, shape, dtype, alpha, beta, double=dtype == torch.float64)

    def poisson(self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return self._draw_with(samplers.poisson, shape, dtype, lam)

    def negative_binomial(
        self, shape: Shape, k: Parameter = 1, p: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        return self._draw_with(samplers.negative_binomial, shape, dtype, k, p)

    def generalized_negative_binomial(
        self, shape: Shape, mu: Parameter = 1.0, alpha: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        return self._draw_with(samplers.generalized_negative_binomial, shape, dtype, mu, alpha)

    def randint(self, shape: Shape, low: int, high: int, dtype: torch.dtype = torch.int32) -> torch.Tensor:
        out = np.empty(math.prod(shape), np.int64)
        with self._lock:
            for part in _share_out(out):
                samplers.randint(self._states, part.first, part.last, part.values, high - low)
        out += low
        return torch.from_numpy(out).to(dtype).reshape(shape)

    def bernoulli(self, shape: Shape, probability: Parameter) -> torch.Tensor:
        if isinstance(probability, torch.Tensor):
            shape = tuple(probability.shape)
        u = self._serial_uniform(math.prod(shape)).reshape(shape)
        limit = probability.numpy() if isinstance(probability, torch.Tensor) else np.float32(probability)
        return torch.from_numpy(np.asarray(u < limit))

    def coins(self, count: int) -> torch.Tensor:
        # Where 1.9.1 uses the distribution of the C++ library, a coin takes two outputs, as a float64 does.
        u = np.empty((1, count), np.float64)
        with self._lock:
            samplers.to_unit(self._serial_raw(2 * count)[None], u)
        return torch.from_numpy(u[0] < 0.5)

    def factors(self, count: int) -> torch.Tensor:
        return torch.from_numpy(self._serial_uniform(count))

    def categorical(self, probabilities: torch.Tensor, count: int) -> torch.Tensor:
        rows, classes = probabilities.shape
        u = torch.from_numpy(self._serial_uniform(rows * count).reshape(rows, count))
        edges = probabilities.cumsum(1)
        # 1.9.1 answers with a class beyond the last one when rounding leaves the sum just under u.
        return torch.searchsorted(edges, u.to(edges.dtype), right=True).clamp_(max=classes - 1)

    def permutation(self, length: int, *, rows: bool = False) -> torch.Tensor:
        steps = np.arange(2, length + 1, dtype=np.int64)
        partners = self._serial_below(steps[::-1] if rows else steps).tolist()
        order = list(range(length))
        if rows:
            for last, partner in zip(range(length - 1, 0, -1), partners, strict=True):
                order[last], order[partner] = order[partner], order[last]
        else:
            for last, partner in enumerate(partners, 1):
                order[last] = order[partner]
                order[partner] = last
        return torch.from_numpy(np.array(order, np.int64))

    def dropout_mask(self, shape: Shape, keep: float) -> torch.Tensor:
        if not _exact_dropout(math.prod(shape)):
            with self._lock:
                return torch.from_numpy(self._masks.draw(math.prod(shape), keep)).reshape(shape)
        out = np.empty(math.prod(shape), np.bool_)
        limit = _raw_limit(float(np.float32(keep)))
        with self._lock:
            for part in _share_out(out):
                samplers.below(self._states, part.first, part.last, part.values, limit)
        return torch.from_numpy(out).reshape(shape)

    def _draw(
        self, sampler: Callable[..., None], shape: Shape, dtype: torch.dtype, *parameters: Parameter
    ) -> tuple[np.ndarray, list[Any]]:
        """Standard values, ``(entries, draws)`` if the parameters are tensors, and the parameters to fit them."""
        work = np.float32 if dtype == torch.float32 else np.float64
        given = [p for p in parameters if isinstance(p, torch.Tensor)]
        full = (*given[0].shape, *shape) if given else shape
        out = np.empty(math.prod(full), work)
        with self._lock:
            for part in _share_out(out):
                sampler(self._states, part.first, part.last, part.values)
        if given:
            wide = tuple(given[0].shape) + (1,) * len(shape)
            return out.reshape(full), [_as_array(p, wide) for p in parameters]
        return out.reshape(full), [np.float32(p) for p in parameters]

    def _draw_with(
        self,
        sampler: Callable[..., None],
        shape: Shape,
        dtype: torch.dtype,
        *parameters: Parameter,
        double: bool = False,
    ) -> torch.Tensor:
        """Values of a sampler whose course depends on the parameters."""
        given = [p for p in parameters if isinstance(p, torch.Tensor)]
        full = (*given[0].shape, *shape) if given else shape
        out = np.empty(math.prod(full), np.float64 if double else np.float32)
        draws = math.prod(shape)
        flat = [
            p.detach().numpy().reshape(-1).astype(np.float32)
            if isinstance(p, torch.Tensor)
            else np.float32(p)
            for p in parameters
        ]
        with self._lock:
            for part in _share_out(out):
                fitting = flat
                if given:
                    entry = part.indices() // draws
                    fitting = [_pick(p, entry) for p in flat]
                sampler(self._states, part.first, part.last, part.values, *fitting)
        return torch.from_numpy(out).to(dtype).reshape(full)

    def _serial_raw(self, count: int) -> np.ndarray:
        return self._serial.randint(0, 2**32, count, dtype=np.uint32)

    def _serial_uniform(self, count: int) -> np.ndarray:
        u = np.empty((1, count), np.float32)
        with self._lock:
            samplers.to_unit(self._serial_raw(count)[None], u)
        return u[0]

    def _serial_below(self, bounds: np.ndarray) -> np.ndarray:
        """For each bound a whole number below it: an output divided, and drawn again where that would be uneven."""
        width = (2**32 - 1) // bounds
        with self._lock:
            raw = self._serial_raw(len(bounds)).astype(np.int64)
            while len(uneven := np.flatnonzero(raw >= bounds * width)):
                first = uneven[0]
                raw = np.concatenate([raw[:first], raw[first + 1 :], self._serial_raw(1)])
        return raw // width


class _Part(NamedTuple):
    """What some states contribute to a call."""

    first: int
    last: int
    begin: int
    step: int
    values: np.ndarray
    """The ``(last - first, n)`` view that they fill."""

    def indices(self) -> np.ndarray:
        """The place of each value in the flat output."""
        rows, columns = self.values.shape
        return self.begin + self.step * np.arange(rows)[:, None] + np.arange(columns)


def _share_out(out: np.ndarray) -> Iterator[_Part]:
    """Share a flat output among the states as 1.9.1 does: stretches of one length, in order, the last one shorter.

    Yields groups of states whose windows fit into the cache together.
    """
    total = out.size
    if not total:
        return
    states = min(-(-total // _SHARE), _STATES)
    step = -(-total // states)
    whole = total // step
    grid = out[: whole * step].reshape(whole, step)
    rows = max(1, _CHUNK // min(step, SIZE))
    for first in range(0, whole, rows):
        last = min(first + rows, whole)
        yield _Part(first, last, first * step, step, grid[first:last])
    if whole * step < total:
        yield _Part(whole, whole + 1, whole * step, step, out[None, whole * step :])


def _pick(parameter: Any, entry: np.ndarray) -> Any:
    return parameter[entry] if np.ndim(parameter) else parameter


def _as_array(parameter: Parameter, shape: Shape) -> np.ndarray:
    assert isinstance(parameter, torch.Tensor)
    return parameter.detach().numpy().reshape(shape)


def _finish(drawn: np.ndarray, dtype: torch.dtype) -> torch.Tensor:
    return torch.from_numpy(np.asarray(drawn)).to(dtype)


@lru_cache(maxsize=64)
def _raw_limit(keep: float) -> int:
    """The least raw output whose uniform is not below ``keep``; 2^32 if all are below it."""
    limit = max(min(int(keep * 2.0**32), 2**32) - 256, 0)
    while limit < 2**32 and min(np.float32(limit) * np.float32(2.0**-32), _BELOW_ONE) < keep:
        limit += 1
    return limit


def _exact_dropout(count: int) -> bool:
    choice = os.environ.get(EXACT_DROPOUT, "")
    return choice.lower() not in ("0", "false") if choice else count <= _SMALL_MASK
