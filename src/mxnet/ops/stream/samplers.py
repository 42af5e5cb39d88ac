"""From raw 32-bit outputs to the distributions of MXNet 1.9.1, for many Mersenne Twisters at once.

Every sampler reads from the states ``first`` to ``last - 1`` of a `MersenneBank` and fills ``out``, of shape
``(last - first, n)``: row i with the next n values of state ``first + i``. Its arithmetic follows 1.9.1's operation
by operation, single precision included, since a rejection decided otherwise would shift all that follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .mersenne import SIZE, MersenneBank, Words

__all__ = [
    "below",
    "gamma",
    "generalized_negative_binomial",
    "negative_binomial",
    "normal",
    "poisson",
    "randint",
    "to_unit",
    "uniform",
]

Floats = NDArray[Any]
Index = NDArray[np.intp]

_BELOW_ONE = {np.dtype(kind): np.nextafter(kind(1), kind(0)) for kind in (np.float32, np.float64)}

# The C library's power, value by value: NumPy's vector form rounds otherwise.
_power = np.frompyfunc(math.pow, 2, 1)

_NORMALS = 200
"""Single precision normals that a window of 624 outputs gives for certain, almost."""
_UNTHREADED = 1 << 14
_FEW = 64
"""Up to so many states, drawing from every place at once is faster than drawing value by value."""
_LARGE_MEAN = 12
"""From this mean on Poisson values are drawn by rejection, below it by multiplying uniforms."""


def uniform(bank: MersenneBank, first: int, last: int, out: Floats) -> None:
    """Uniform on [0, 1): one output for a float32, two for a float64."""
    words = _words(out.dtype)
    for part in _columns(out, SIZE // words):
        count = part.shape[1] * words
        to_unit(bank.window(first, last, count), part)
        bank.advance(count)


def below(bank: MersenneBank, first: int, last: int, out: NDArray[np.bool_], limit: int) -> None:
    """Whether the next output is below ``limit``."""
    for part in _columns(out, SIZE):
        np.less(bank.window(first, last, part.shape[1]), limit, out=part)
        bank.advance(part.shape[1])


def normal(bank: MersenneBank, first: int, last: int, out: Floats) -> None:
    """Standard normal by the polar method (Marsaglia and Bray 1964), the second value of each pair thrown away."""
    for part in _columns(out, _NORMALS // _words(out.dtype)):
        _normal(bank, first, last, part)


def _normal(bank: MersenneBank, first: int, last: int, out: Floats) -> None:
    rows, count = out.shape
    words = _words(out.dtype)
    most = SIZE // (2 * words)
    # A pair is accepted with probability pi / 4: the mean number of pairs, five standard deviations and a few more.
    for pairs in (min(int((count + 2.4 * count**0.5) * 4 / np.pi) + 8, most), most):
        points = np.empty((rows, 2 * pairs), out.dtype)
        to_unit(bank.window(first, last, 2 * pairs * words), points)
        squared_radius = _to_square(points)
        accepted = squared_radius <= 1
        accepted &= squared_radius > 0
        found = np.flatnonzero(accepted)
        if rows == 1:
            if len(found) >= count:
                chosen = found[:count]
                bank.advance(2 * words * (int(chosen[-1]) + 1))
                break
        else:
            begins = np.arange(0, rows * pairs, pairs)
            begin_found = np.searchsorted(found, begins)
            end_found = np.append(begin_found[1:], len(found))
            if (end_found - begin_found >= count).all():
                chosen = found.take(begin_found[:, None] + np.arange(count))
                bank.advance(2 * words * (chosen[:, -1] - begins + 1))
                break
    else:  # not once in a lifetime
        half = count // 2
        _normal(bank, first, last, out[:, :half])
        _normal(bank, first, last, out[:, half:])
        return
    radius = squared_radius.take(chosen)
    chosen *= 2
    chosen += 1
    _polar(points.take(chosen), radius, out)


def randint(bank: MersenneBank, first: int, last: int, out: NDArray[np.int64], span: int) -> None:
    """Whole numbers from 0 to ``span - 1``: the remainder by ``span`` of 63 bits."""
    for part in _columns(out, SIZE // 2):
        count = 2 * part.shape[1]
        raw = bank.window(first, last, count)
        np.left_shift(raw[:, 0::2], 31, out=part, dtype=np.int64, casting="unsafe")
        part += raw[:, 1::2]
        bank.advance(count)
        if span < 2**63:
            # The remainder takes the sign of the sum, which for the largest outputs overflows to below zero.
            np.fmod(part, np.int64(span), out=part)


def gamma(bank: MersenneBank, first: int, last: int, out: Floats, alpha: Any, beta: Any) -> None:
    """Gamma with shape ``alpha`` and scale ``beta``: numbers, or arrays of the shape of ``out``."""
    _fill(bank, first, last, out, _gamma, (alpha, beta), need=4 * _words(out.dtype))


def poisson(bank: MersenneBank, first: int, last: int, out: Floats, lam: Any) -> None:
    """Poisson with mean ``lam``."""
    _fill(bank, first, last, out, _poisson, (lam,), need=_poisson_need(lam))


def negative_binomial(bank: MersenneBank, first: int, last: int, out: Floats, k: Any, p: Any) -> None:
    """Poisson whose mean is gamma distributed with shape ``k`` and scale ``(1 - p) / p``."""
    beta = (np.float32(1) - p) / p
    _fill(bank, first, last, out, _gamma_poisson, (k, beta), need=4 + _poisson_need(k * beta))


def generalized_negative_binomial(
    bank: MersenneBank, first: int, last: int, out: Floats, mu: Any, alpha: Any
) -> None:
    """Poisson whose mean is gamma distributed with mean ``mu`` and shape ``1 / alpha``; ``alpha`` 0: Poisson."""
    _fill(bank, first, last, out, _dispersed_poisson, (mu, alpha), need=4 + _poisson_need(mu))


# --------------------------------------------------------------- samplers that use as many outputs as it takes


class _Readers:
    """Places in the windows of some states, from which uniforms and normals are read on, each at its own pace.

    Whoever reads beyond the window gets numbers that let every sampler end, and stands beyond ``width`` afterwards.

    Parameters
    ----------
    raw : ``(states, width)`` outputs.
    dtype : type of the numbers.
    state, place : for each reader which state it reads, and from which place on.
    """

    def __init__(self, raw: Words, dtype: Any, state: Index, place: Index) -> None:
        self.dtype = dtype
        self.words = _words(dtype)
        self.width = raw.shape[1]
        self.state, self.place = state, place
        self._raw = raw

    def uniform(self, who: Index) -> Floats:
        place = self.place[who]
        self.place[who] = place + self.words
        beyond = place + self.words > self.width
        value = self._unit[self.state[who], np.minimum(place, self.width - self.words)]
        value[beyond] = 0.25
        return value

    def normal(self, who: Index) -> Floats:
        state = self.state[who]
        place = self._next_accepted[state, np.minimum(self.place[who], self.width)]
        self.place[who] = place + 2 * self.words
        value = self._normal[state, np.minimum(place, self._normal.shape[1] - 1)]
        value[place >= self.width] = 0
        return value

    @cached_property
    def _unit(self) -> Floats:
        """What a uniform gives, by the place that it is read from."""
        unit = np.zeros(self._raw.shape, self.dtype)
        for start in range(self.words):
            end = start + (self.width - start) // self.words * self.words
            to_unit(self._raw[:, start:end], unit[:, start : end : self.words])
        return unit

    @cached_property
    def _pairs(self) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """By the place that a pair is read from: squared radius, second coordinate, whether it is accepted."""
        point = 2 * self._unit[:, : self.width - self.words + 1] - 1
        first, second = point[:, : -self.words], point[:, self.words :]
        radius = first * first + second * second
        return radius, second, (radius <= 1) & (radius > 0)

    @cached_property
    def _next_accepted(self) -> Index:
        """For each place that of the first accepted pair, reading pairs on from there; ``width`` for none."""
        *_, accepted = self._pairs
        states, places = accepted.shape
        found = np.full((states, self.width + 1), self.width, np.intp)
        found[:, :places] = np.where(accepted, np.arange(places), self.width)
        stride = 2 * self.words
        for start in range(stride):
            backwards = found[:, start::stride][:, ::-1]
            np.minimum.accumulate(backwards, axis=1, out=backwards)
        return found

    @cached_property
    def _normal(self) -> Floats:
        """What an accepted pair gives, by its place (numbers without meaning for others)."""
        radius, second, accepted = self._pairs
        out = np.empty(radius.shape, self.dtype)
        _polar(second, np.where(accepted, radius, self.dtype.type(0.5)), out)
        return out


Draw = Callable[..., Floats]


def _fill(
    bank: MersenneBank,
    first: int,
    last: int,
    out: Floats,
    draw: Draw,
    parameters: tuple[Any, ...],
    *,
    need: float,
) -> None:
    """Fill ``out`` by ``draw(readers, who, *parameters)``, which gives one value to each reader named in ``who``.

    ``need`` : about how many outputs a value takes.
    """
    few = last - first <= _FEW and not any(np.ndim(p) for p in parameters)
    method = _from_everywhere if few else _step_by_step
    done = 0
    while done < out.shape[1]:
        width = min(SIZE, int(need * 1.3 * (out.shape[1] - done)) + 48)
        raw = bank.window(first, last, width)
        drawn, used = method(
            raw, out[:, done:], draw, [p[..., done:] if np.ndim(p) else p for p in parameters]
        )
        bank.advance(used)
        done += drawn


def _from_everywhere(raw: Words, out: Floats, draw: Draw, parameters: list[Any]) -> tuple[int, Index]:
    """Draw the value that would come from each place of the windows, all at once; then follow value to value."""
    states, width = raw.shape
    words = _words(out.dtype)
    places = np.arange(0, width, words)
    everyone = np.arange(states * len(places))
    readers = _Readers(raw, out.dtype, np.repeat(np.arange(states), len(places)), np.tile(places, states))
    value = draw(readers, everyone, *[np.full(len(everyone), p, np.float32) for p in parameters])
    # Where the next value begins; one row longer, for what begins where the window ends.
    beyond = -1
    following = np.full((states, width + 1), beyond, np.intp)
    following[:, places] = np.where(readers.place > width, beyond, readers.place).reshape(states, -1)
    values = np.zeros((states, width + 1), out.dtype)
    values[:, places] = value.reshape(states, -1)
    if states == 1:
        path, then = [0], following[0].tolist()
        while len(path) <= out.shape[1] and then[path[-1]] != beyond:
            path.append(then[path[-1]])
        out[0, : len(path) - 1] = values[0, path[:-1]]
        return len(path) - 1, np.array(path[-1:])
    here, rows = np.zeros(states, np.intp), np.arange(states)
    for column in range(out.shape[1]):
        there = following[rows, here]
        if (there == beyond).any():
            return column, here
        out[:, column] = values[rows, here]
        here = there
    return out.shape[1], here


def _step_by_step(raw: Words, out: Floats, draw: Draw, parameters: list[Any]) -> tuple[int, Index]:
    """Draw the next value of every state, column by column: the way when each value has parameters of its own."""
    everyone = np.arange(len(raw))
    readers = _Readers(raw, out.dtype, everyone, np.zeros(len(raw), np.intp))
    wide = [np.broadcast_to(p, out.shape) for p in parameters]
    for column in range(out.shape[1]):
        before = readers.place.copy()
        value = draw(readers, everyone, *[p[:, column] for p in wide])
        if (readers.place > readers.width).any():
            return column, before
        out[:, column] = value
    return out.shape[1], readers.place


def _gamma(readers: _Readers, who: Index, alpha: Floats, beta: Floats) -> Floats:
    """The squeeze of Marsaglia and Tsang (ACM TOMS 26, 2000), boosted by a uniform's power for ``alpha < 1``."""
    kind = readers.dtype.type
    small = alpha < 1
    shape = alpha.astype(np.float64)
    d = np.where(small, shape + 2 / 3, shape - 1 / 3).astype(kind)
    k = np.sqrt(9 * d.astype(np.float64)).astype(kind)
    c = kind(1) / k
    out = np.empty(len(who), kind)
    open_rows = np.arange(len(who))
    while len(open_rows):
        z = readers.normal(who[open_rows])
        inside = z > -k[open_rows]
        tried, z = open_rows[inside], z[inside]
        base = kind(1) + c[tried] * z
        v = base * base * base
        u = readers.uniform(who[tried]).astype(np.float64)
        wide_z, wide_v = z.astype(np.float64), v.astype(np.float64)
        taken = np.log(1 - u) < 0.5 * wide_z * wide_z + d[tried] * (1 - wide_v + np.log(wide_v))
        out[tried[taken]] = d[tried[taken]] * v[taken]
        done = np.zeros(len(who), bool)
        done[tried[taken]] = True
        open_rows = open_rows[~done[open_rows]]
    out *= beta.astype(kind)
    if small.any():
        u = readers.uniform(who[small]).astype(np.float64)
        power = (kind(1) / alpha[small].astype(kind)).astype(np.float64)
        out[small] = out[small].astype(np.float64) * _power(u, power).astype(np.float64)
    return out


def _poisson(readers: _Readers, who: Index, lam: Floats) -> Floats:
    out = np.empty(len(who), readers.dtype)
    lam = lam.astype(np.float32)
    large = lam >= _LARGE_MEAN
    for rows, draw in (
        (np.flatnonzero(~large), _poisson_by_product),
        (np.flatnonzero(large), _poisson_by_rejection),
    ):
        if len(rows):
            out[rows] = draw(readers, who[rows], lam[rows])
    return out


def _poisson_by_product(readers: _Readers, who: Index, lam: Floats) -> Floats:
    """How many uniforms can be multiplied before the product falls to exp(-lam) (Knuth, TAOCP 2, 3.4.1)."""
    out = np.zeros(len(who), readers.dtype)
    limit = _exp(-lam)
    product = readers.uniform(who)
    rows = np.flatnonzero(product > limit)
    while len(rows):
        out[rows] += 1
        product[rows] *= readers.uniform(who[rows])
        rows = rows[product[rows] > limit[rows]]
    return out


def _poisson_by_rejection(readers: _Readers, who: Index, lam: Floats) -> Floats:
    """Rejection from a Lorentzian (Press et al., Numerical Recipes, section 7.3)."""
    out = np.empty(len(who), readers.dtype)
    width = np.sqrt(np.float32(2) * lam)
    log_lam = _log(lam)
    peak = lam * log_lam - _log_gamma(lam + np.float32(1))
    rows = np.arange(len(who))
    while len(rows):
        slope = np.tan((np.float32(np.pi) * readers.uniform(who[rows])).astype(np.float64)).astype(np.float32)
        value = width[rows] * slope + lam[rows]
        possible = ~(value < 0)
        tried, slope, value = rows[possible], slope[possible], np.floor(value[possible])
        log_ratio = value * log_lam[tried] - _log_gamma(value + np.float32(1)) - peak[tried]
        ratio = np.float32(0.9) * (np.float32(1) + slope * slope) * _exp(log_ratio)
        taken = ~(readers.uniform(who[tried]) > ratio)
        out[tried[taken]] = value[taken]
        done = np.zeros(len(who), bool)
        done[tried[taken]] = True
        rows = rows[~done[rows]]
    return out


def _gamma_poisson(readers: _Readers, who: Index, alpha: Floats, beta: Floats) -> Floats:
    return _poisson(readers, who, _gamma(readers, who, alpha, beta))


def _dispersed_poisson(readers: _Readers, who: Index, mu: Floats, alpha: Floats) -> Floats:
    mean = mu.astype(np.float32).copy()
    spread = np.flatnonzero(alpha > 0)
    if len(spread):
        mean[spread] = _gamma(readers, who[spread], np.float32(1) / alpha[spread], mu[spread] * alpha[spread])
    return _poisson(readers, who, mean)


def _poisson_need(mean: Any) -> float:
    return float(min(np.max(mean), _LARGE_MEAN)) + 1


def _columns(out: NDArray[Any], count: int) -> Iterator[NDArray[Any]]:
    """``out`` in pieces of at most ``count`` columns."""
    if out.shape[1] <= count:
        yield out
        return
    for begin in range(0, out.shape[1], count):
        yield out[:, begin : begin + count]


def _words(dtype: Any) -> int:
    """Raw outputs that make one uniform of this type."""
    return np.dtype(dtype).itemsize // 4


def to_unit(raw: Words, out: Floats) -> None:
    """Uniforms from raw outputs: ``raw / 2^32`` as float32, ``(low + high * 2^32) / 2^64`` as float64; below 1."""
    if out.dtype == np.float32:
        np.copyto(out, raw, casting="same_kind")
        out *= np.float32(2.0**-32)
    else:
        np.multiply(raw[:, 1::2], 2.0**32, out=out)
        out += raw[:, 0::2]
        out *= 2.0**-64
    np.minimum(out, _BELOW_ONE[out.dtype], out=out)


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

    ``torch.xlogy`` calls it value by value, where ``torch.log`` has a vector form of its own. In pieces for which
    torch starts no threads: on a busy machine waiting for them would cost more than they bring.
    """
    values = torch.from_numpy(np.ascontiguousarray(x)).view(-1)
    out = torch.empty_like(values)
    for begin in range(0, len(values), _UNTHREADED):
        piece = slice(begin, begin + _UNTHREADED)
        torch.xlogy(times, values[piece], out=out[piece])
    return out.numpy().reshape(x.shape)


def _exp(x: Floats) -> Floats:
    return np.exp(x.astype(np.float64)).astype(np.float32)


def _log_gamma(x: Floats) -> Floats:
    """Stirling's series in single precision, where 1.9.1 has its roundings (whole units for x = 10^6)."""
    kind = np.float32
    z = kind(1) / x
    y = z * z
    tail = kind(1 / 12) + y * (kind(-1 / 360) + y * (kind(1 / 1260) + y * kind(-1 / 1680)))
    series = (x - kind(0.5)) * (_log(x) - kind(1)) + (kind(0.5 * np.log(2 * np.pi) - 0.5) + z * tail)
    return np.where(x < 8, torch.lgamma(torch.from_numpy(x).double()).float().numpy(), series)
