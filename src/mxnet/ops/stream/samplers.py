"""From raw 32-bit outputs to the distributions of MXNet 1.9.1, for many Mersenne Twisters at once.

Every sampler reads from the states ``first`` to ``last - 1`` of a `MersenneBank` and fills ``out``, of shape
``(last - first, n)``: row i with the next n values of state ``first + i``. Its arithmetic follows 1.9.1's operation
by operation, single precision included, since a rejection decided otherwise would shift all that follows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .mersenne import MersenneBank, Words

__all__ = [
    "gamma",
    "generalized_negative_binomial",
    "negative_binomial",
    "normal",
    "poisson",
    "randint",
    "uniform",
]

Floats = NDArray[Any]
Index = NDArray[np.intp]

_LARGE_MEAN = 12
"""From this mean on Poisson values are drawn by rejection, below it by multiplying uniforms."""


def uniform(bank: MersenneBank, first: int, last: int, out: Floats) -> None:
    """Uniform on [0, 1): one output for a float32, two for a float64."""
    count = out.shape[1] * _words(out.dtype)
    _to_unit(bank.window(first, last, count), out)
    bank.advance(count)


def normal(bank: MersenneBank, first: int, last: int, out: Floats) -> None:
    """Standard normal by the polar method (Marsaglia and Bray 1964), the second value of each pair thrown away."""
    rows, count = out.shape
    words = _words(out.dtype)
    # A pair is accepted with probability pi / 4. Five standard deviations more than needed, and a few for luck.
    pairs = int((count + 2.4 * count**0.5) * 4 / np.pi) + 8
    while True:
        points = np.empty((rows, 2 * pairs), out.dtype)
        _to_unit(bank.window(first, last, 2 * pairs * words), points)
        squared_radius = _to_square(points)
        accepted = squared_radius <= 1
        accepted &= squared_radius > 0
        found = np.flatnonzero(accepted)
        begins = np.arange(rows) * pairs
        begin_found = np.searchsorted(found, begins)
        if (np.diff(begin_found, append=len(found)) >= count).all():
            break
        pairs *= 2
    chosen = found[begin_found[:, None] + np.arange(count)] if rows > 1 else found[None, :count]
    bank.advance(2 * words * (chosen[:, -1] - begins + 1))
    _polar(points.reshape(-1)[2 * chosen + 1], squared_radius.reshape(-1)[chosen], out)


def randint(bank: MersenneBank, first: int, last: int, count: int, span: int) -> NDArray[np.int64]:
    """Whole numbers from 0 to ``span - 1``, ``(last - first, count)``: 63 bits, the remainder by ``span``."""
    raw = bank.window(first, last, 2 * count).astype(np.int64)
    bank.advance(2 * count)
    wide = (raw[:, 0::2] << 31) + raw[:, 1::2]
    # The remainder with the sign of the dividend: the sum of the largest outputs overflows to a negative number.
    return np.fmod(wide, np.int64(span))


def gamma(bank: MersenneBank, first: int, last: int, out: Floats, alpha: Any, beta: Any) -> None:
    """Gamma with shape ``alpha`` and scale ``beta``: numbers, or arrays of the shape of ``out``."""
    _in_step(bank, first, last, out, _gamma, alpha, beta, words=5 * _words(out.dtype))


def poisson(bank: MersenneBank, first: int, last: int, out: Floats, lam: Any) -> None:
    """Poisson with mean ``lam``."""
    words = int(min(np.max(lam), _LARGE_MEAN)) + 2
    _in_step(bank, first, last, out, _poisson, lam, words=words)


def negative_binomial(bank: MersenneBank, first: int, last: int, out: Floats, k: Any, p: Any) -> None:
    """Poisson whose mean is gamma distributed with shape ``k`` and scale ``(1 - p) / p``."""
    beta = (np.float32(1) - p) / p
    words = int(min(np.max(k * beta), _LARGE_MEAN)) + 8
    _in_step(bank, first, last, out, _gamma_poisson, k, beta, words=words)


def generalized_negative_binomial(
    bank: MersenneBank, first: int, last: int, out: Floats, mu: Any, alpha: Any
) -> None:
    """Poisson whose mean is gamma distributed with mean ``mu`` and shape ``1 / alpha``; ``alpha`` 0: Poisson."""
    words = int(min(np.max(mu), _LARGE_MEAN)) + 8
    _in_step(bank, first, last, out, _dispersed_poisson, mu, alpha, words=words)


class _Exhausted(Exception):
    """The window was too short for what the sampler read."""


class _Cursor:
    """The states' outputs as uniforms and normals, each state read at its own pace.

    ``who`` in the methods: which rows read, as an index array.
    """

    def __init__(self, raw: Words, dtype: Any) -> None:
        self.dtype = dtype
        self.words = _words(dtype)
        self.width = raw.shape[1]
        self.place = np.zeros(len(raw), np.intp)
        self._raw = raw

    def uniform(self, who: Index) -> Floats:
        place = self.place[who]
        self._check(place, self.words)
        self.place[who] = place + self.words
        return self._unit[who, place]

    def normal(self, who: Index) -> Floats:
        place = self.place[who]
        self._check(place, 2 * self.words)
        place = self._next_accepted[who, place]
        self._check(place, 2 * self.words)
        self.place[who] = place + 2 * self.words
        return self._normal[who, place]

    def _check(self, place: Index, need: int) -> None:
        if len(place) and int(place.max()) + need > self.width:
            raise _Exhausted

    @cached_property
    def _unit(self) -> Floats:
        """What a uniform read at each place gives."""
        if self.words == 1:
            unit = np.empty(self._raw.shape, self.dtype)
            _to_unit(self._raw, unit)
            return unit
        unit = np.zeros(self._raw.shape, self.dtype)
        for start in range(2):
            end = start + (self.width - start) // 2 * 2
            _to_unit(self._raw[:, start:end], unit[:, start:end:2])
        return unit

    @cached_property
    def _radius_and_second(self) -> tuple[Floats, Floats]:
        point = 2 * self._unit[:, : self.width - self.words] - 1
        first, second = point[:, : -self.words], point[:, self.words :]
        return first * first + second * second, second

    @cached_property
    def _next_accepted(self) -> Index:
        """For each place the place of the first accepted pair, reading pairs on from there."""
        radius, _ = self._radius_and_second
        rows, places = radius.shape
        found = np.full((rows, self.width), self.width, np.intp)
        found[:, :places] = np.where((radius <= 1) & (radius > 0), np.arange(places), self.width)
        stride = 2 * self.words
        for start in range(stride):
            lane = found[:, start::stride][:, ::-1]
            np.minimum.accumulate(lane, axis=1, out=lane)
        return found

    @cached_property
    def _normal(self) -> Floats:
        """What an accepted pair at each place gives (elsewhere numbers without meaning)."""
        radius, second = self._radius_and_second
        out = np.empty(radius.shape, self.dtype)
        usable = np.where((radius <= 1) & (radius > 0), radius, self.dtype.type(0.5))
        _polar(second, usable, out)
        return out


def _in_step(
    bank: MersenneBank,
    first: int,
    last: int,
    out: Floats,
    draw: Callable[..., Floats],
    *parameters: Any,
    words: int,
) -> None:
    """Fill ``out`` column by column: each state draws its next value, taking as many outputs as that one needs."""
    rows, count = out.shape
    everyone = np.arange(rows)
    wide = [np.broadcast_to(np.asarray(p), out.shape) for p in parameters]
    width = words * count + 6 * int((words * count) ** 0.5) + 32
    while True:
        cursor = _Cursor(bank.window(first, last, width), out.dtype)
        try:
            for column in range(count):
                out[:, column] = draw(cursor, everyone, *[p[:, column] for p in wide])
        except _Exhausted:
            width *= 2
        else:
            bank.advance(cursor.place)
            return


def _gamma(cursor: _Cursor, who: Index, alpha: Floats, beta: Floats) -> Floats:
    """The squeeze of Marsaglia and Tsang (ACM TOMS 26, 2000), boosted by a uniform's power for ``alpha < 1``."""
    kind = cursor.dtype.type
    small = alpha < 1
    shape = alpha.astype(np.float64)
    d = np.where(small, shape + 2 / 3, shape - 1 / 3).astype(kind)
    k = np.sqrt(9 * d.astype(np.float64)).astype(kind)
    c = kind(1) / k
    out = np.empty(len(who), kind)
    open_rows = np.arange(len(who))
    while len(open_rows):
        z = cursor.normal(who[open_rows])
        inside = z > -k[open_rows]
        tried, z = open_rows[inside], z[inside]
        base = kind(1) + c[tried] * z
        v = base * base * base
        u = cursor.uniform(who[tried]).astype(np.float64)
        wide_z, wide_v = z.astype(np.float64), v.astype(np.float64)
        taken = np.log(1 - u) < 0.5 * wide_z * wide_z + d[tried] * (1 - wide_v + np.log(wide_v))
        out[tried[taken]] = d[tried[taken]] * v[taken]
        done = np.zeros(len(who), bool)
        done[tried[taken]] = True
        open_rows = open_rows[~done[open_rows]]
    out *= beta.astype(kind)
    if small.any():
        u = cursor.uniform(who[small]).astype(np.float64)
        power = (kind(1) / alpha[small].astype(kind)).astype(np.float64)
        out[small] = out[small].astype(np.float64) * np.power(u, power)
    return out


def _poisson(cursor: _Cursor, who: Index, lam: Floats) -> Floats:
    out = np.empty(len(who), cursor.dtype)
    lam = lam.astype(np.float32)
    large = lam >= _LARGE_MEAN
    for rows, draw in (
        (np.flatnonzero(~large), _poisson_by_product),
        (np.flatnonzero(large), _poisson_by_rejection),
    ):
        if len(rows):
            out[rows] = draw(cursor, who[rows], lam[rows])
    return out


def _poisson_by_product(cursor: _Cursor, who: Index, lam: Floats) -> Floats:
    """How many uniforms can be multiplied before the product falls to exp(-lam) (Knuth, TAOCP 2, 3.4.1)."""
    out = np.zeros(len(who), cursor.dtype)
    limit = np.exp(-lam.astype(np.float64)).astype(np.float32)
    product = cursor.uniform(who)
    rows = np.flatnonzero(product > limit)
    while len(rows):
        out[rows] += 1
        product[rows] *= cursor.uniform(who[rows])
        rows = rows[product[rows] > limit[rows]]
    return out


def _poisson_by_rejection(cursor: _Cursor, who: Index, lam: Floats) -> Floats:
    """Rejection from a Lorentzian (Press et al., Numerical Recipes, section 7.3)."""
    out = np.empty(len(who), cursor.dtype)
    width = np.sqrt(np.float32(2) * lam)
    log_lam = np.log(lam.astype(np.float64)).astype(np.float32)
    peak = lam * log_lam - _log_gamma(lam + np.float32(1))
    rows = np.arange(len(who))
    while len(rows):
        slope = np.tan((np.float32(np.pi) * cursor.uniform(who[rows])).astype(np.float64)).astype(np.float32)
        value = width[rows] * slope + lam[rows]
        possible = value >= 0
        tried, slope, value = rows[possible], slope[possible], np.floor(value[possible])
        log_ratio = value * log_lam[tried] - _log_gamma(value + np.float32(1)) - peak[tried]
        ratio = np.float32(0.9) * (np.float32(1) + slope * slope) * np.exp(log_ratio)
        taken = cursor.uniform(who[tried]) <= ratio
        out[tried[taken]] = value[taken]
        done = np.zeros(len(who), bool)
        done[tried[taken]] = True
        rows = rows[~done[rows]]
    return out


def _gamma_poisson(cursor: _Cursor, who: Index, alpha: Floats, beta: Floats) -> Floats:
    return _poisson(cursor, who, _gamma(cursor, who, alpha, beta))


def _dispersed_poisson(cursor: _Cursor, who: Index, mu: Floats, alpha: Floats) -> Floats:
    mean = mu.astype(np.float32).copy()
    spread = np.flatnonzero(alpha > 0)
    if len(spread):
        mean[spread] = _gamma(cursor, who[spread], np.float32(1) / alpha[spread], mu[spread] * alpha[spread])
    return _poisson(cursor, who, mean)


def _words(dtype: Any) -> int:
    """Raw outputs that make one uniform of this type."""
    return np.dtype(dtype).itemsize // 4


def _to_unit(raw: Words, out: Floats) -> None:
    """Uniforms from raw outputs: ``raw / 2^32`` as float32, ``(low + high * 2^32) / 2^64`` as float64; below 1."""
    if out.dtype == np.float32:
        np.copyto(out, raw, casting="same_kind")
        out *= np.float32(2.0**-32)
    else:
        np.multiply(raw[:, 1::2], 2.0**32, out=out)
        out += raw[:, 0::2]
        out *= 2.0**-64
    np.minimum(out, np.nextafter(out.dtype.type(1), out.dtype.type(0)), out=out)


def _to_square(points: Floats) -> Floats:
    """Move pairs of uniforms, in place, to the square [-1, 1) x [-1, 1); returns their squared radius."""
    points *= points.dtype.type(2)
    points -= points.dtype.type(1)
    squares = points * points
    return squares[:, 0::2] + squares[:, 1::2]


def _polar(second: Floats, squared_radius: Floats, out: Floats) -> None:
    factor = _log(squared_radius, times=-2)
    factor /= squared_radius
    np.sqrt(factor, out=factor)
    np.multiply(second, factor, out=out)


def _log(x: Floats, times: float = 1) -> Floats:
    """``times * log(x)`` by the C library, as 1.9.1 takes it: NumPy's and torch's own logarithms round otherwise.

    ``torch.xlogy`` calls it value by value, where ``torch.log`` has a vector form of its own.
    """
    values = torch.from_numpy(np.ascontiguousarray(x))
    return torch.xlogy(values.new_tensor(times), values).numpy()


def _log_gamma(x: Floats) -> Floats:
    return torch.lgamma(torch.from_numpy(x).double()).float().numpy()
