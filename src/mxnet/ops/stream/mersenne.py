"""A bank of Mersenne Twisters that are advanced together, as one array.

MXNet 1.9.1 draws on a CPU from 1024 states of MT19937, each a ``std::mt19937`` with a seed of its own. One twist
of one state gives 624 outputs; here one twist of many states is a few NumPy operations over all of them.

Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIZE", "MersenneBank"]

SIZE = 624
"""Outputs between two twists of a state."""

_SHIFT = 397
_SPAN = SIZE - _SHIFT
_LOWER_BITS = np.uint32(0x7FFFFFFF)
_MATRIX = np.uint32(0x9908B0DF)
_ONE = np.uint32(1)
_MANY = 64
"""From so many states on it is faster to seed them together than one by one with NumPy's own seeding."""
_TOGETHER = 64
"""States that are twisted together."""

Words = NDArray[np.uint32]


class MersenneBank:
    """States 0 to ``count - 1``, state i seeded with ``first_seed + i`` (modulo 2^32), each at its own place.

    Reading is done in two steps, because a sampler that rejects knows only afterwards how much it needed:
    `window` shows the next outputs of some states, `advance` says how many of them are used up.

    Parameters
    ----------
    count : how many states.
    first_seed : seed of state 0.

    >>> bank = MersenneBank(2, first_seed=5489)
    >>> bank.window(0, 1, 2).tolist()
    [[3499211612, 581869302]]
    >>> bank.advance(1)
    >>> bank.window(0, 1, 2).tolist()
    [[581869302, 3890346734]]
    """

    def __init__(self, count: int, first_seed: int) -> None:
        self.count = count
        # Pages of an empty array cost nothing until they are written, and states are seeded when first used.
        self._key: Words = np.empty((count, SIZE), np.uint32)
        self._block: Words = np.empty((count, SIZE), np.uint32)
        self._position = np.empty(count, np.intp)
        self._arange = np.arange(count)
        self._seeder = np.random.RandomState(0)
        self._scratch: dict[str, Words] = {}
        self._temporaries: Words = np.empty((3, min(count, _TOGETHER), SIZE), np.uint32)
        self.seed(first_seed)

    def seed(self, first_seed: int) -> None:
        """Start again from ``first_seed``. The work is left to the first use of each state."""
        self._first_seed = first_seed % 2**32
        self._seeded = 0
        self._seen: tuple[int, int, list[Words] | None, Words] | None = None

    def window(self, first: int, last: int, width: int) -> Words:
        """The next ``width`` outputs of states ``first`` to ``last - 1``: ``(last - first, width)``, to be read only.

        Nothing is used up. The array is good until the next call.
        """
        if last > self._seeded:
            self._seed_up_to(last)
        position = self._position[first:last]
        low, high = (
            (int(position[0]),) * 2 if last - first == 1 else (int(position.min()), int(position.max()))
        )
        if high + width <= SIZE:
            raw, keys = self._block[first:last], None
        else:
            raw, keys = self._look_ahead(first, last, low, -(-(high + width) // SIZE))
        self._seen = first, last, keys, raw
        if low == high:
            return raw[:, low : low + width]
        rows, columns = raw.strides
        every_start = np.lib.stride_tricks.as_strided(
            raw, (last - first, raw.shape[1] - width + 1, width), (rows, columns, columns), writeable=False
        )
        return every_start[self._arange[: last - first], position]

    def advance(self, used: int | NDArray[np.intp]) -> None:
        """Use up that many outputs (one number, or one for each state) of the last `window`."""
        assert self._seen is not None, "advance follows window"
        first, last, keys, raw = self._seen
        self._seen = None
        position = self._position[first:last]
        position += used
        if keys is None:
            return
        # A state that stops exactly at the end of a block stays there: the next twist comes when it is needed.
        block = np.maximum(position - 1, 0) // SIZE
        position -= block * SIZE
        for index in range(int(block.min()), int(block.max()) + 1):
            here = block == index
            rows = slice(None) if here.all() else np.flatnonzero(here)
            self._key[first:last][rows] = keys[index][rows]
            self._block[first:last][rows] = raw[rows, index * SIZE : (index + 1) * SIZE]

    def get_state(self) -> dict[str, np.ndarray]:
        """Everything that decides the outputs to come, as NumPy arrays."""
        return {
            "first_seed": np.array(self._first_seed, np.uint32),
            "key": self._key[: self._seeded].copy(),
            "position": self._position[: self._seeded].astype(np.int64),
        }

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from what `get_state` gave."""
        key = np.asarray(state["key"], np.uint32)
        position = np.asarray(state["position"], np.intp)
        if key.shape != (len(position), SIZE) or len(position) > self.count:
            raise ValueError(f"state of {self.count} Mersenne Twisters expected, got an array of {key.shape}")
        self.seed(int(state["first_seed"]))
        self._seeded = len(position)
        self._key[: self._seeded] = key
        self._position[: self._seeded] = position
        _temper(self._key[: self._seeded], self._block[: self._seeded], np.empty_like(key))

    def _seed_up_to(self, last: int) -> None:
        seeds = (self._first_seed + np.arange(self._seeded, last)).astype(np.uint32)
        if len(seeds) < _MANY:
            for state, seed in enumerate(seeds, self._seeded):
                self._seeder.seed(seed)
                self._key[state] = self._seeder.get_state()[1]
        else:
            self._key[self._seeded : last] = _first_keys(seeds)
        self._position[self._seeded : last] = SIZE
        self._seeded = last

    def _look_ahead(self, first: int, last: int, low: int, blocks: int) -> tuple[Words, list[Words]]:
        """The current and the next blocks of outputs side by side, and the key that belongs to each."""
        rows = last - first
        raw = self._buffer("raw", rows, blocks * SIZE)
        if low < SIZE:
            raw[:, :SIZE] = self._block[first:last]
        keys = [self._key[first:last]]
        keys += [self._buffer(f"key{index}", rows, SIZE) for index in range(1, blocks)]
        # A few states at a time, so that what is between one step and the next stays in the cache.
        for begin in range(0, rows, _TOGETHER):
            part = slice(begin, begin + _TOGETHER)
            mixed, odd, fresh = self._temporaries[:, : min(_TOGETHER, rows - begin)]
            for index in range(1, blocks):
                _twist(keys[index - 1][part], keys[index][part], mixed, odd)
                _temper(keys[index][part], fresh, odd)
                raw[part, index * SIZE : (index + 1) * SIZE] = fresh
        return raw, keys

    def _buffer(self, name: str, rows: int, columns: int) -> Words:
        size = rows * columns
        found = self._scratch.get(name)
        if found is None or found.size < size:
            found = self._scratch[name] = np.empty(size, np.uint32)
        return found[:size].reshape(rows, columns)


def _first_keys(seeds: Words) -> Words:
    """Keys for these seeds: the classic ``init_genrand``, one word of all states at a time."""
    words = np.empty((SIZE, len(seeds)), np.uint32)
    words[0] = seeds
    for index in range(1, SIZE):
        before, word = words[index - 1], words[index]
        np.right_shift(before, np.uint32(30), out=word)
        np.bitwise_xor(word, before, out=word)
        np.multiply(word, np.uint32(1812433253), out=word)
        np.add(word, np.uint32(index), out=word)
    return np.ascontiguousarray(words.T)


def _twist(key: Words, following: Words, mixed: Words, odd: Words) -> None:
    """Write the key that follows ``key`` into ``following``; both ``(states, 624)`` and contiguous.

    All but the last word of a row mix with words of the old key alone, so that part runs over the whole array as
    if it were one row, at full vector speed (what it computes for the ends of rows is overwritten).
    """
    here, there = key.reshape(-1)[:-1], key.reshape(-1)[1:]
    flat, flat_odd = mixed.reshape(-1)[:-1], odd.reshape(-1)[:-1]
    np.bitwise_xor(here, there, out=flat)
    np.bitwise_and(flat, _LOWER_BITS, out=flat)
    np.bitwise_xor(flat, here, out=flat)
    np.right_shift(flat, _ONE, out=flat)
    np.bitwise_and(there, _ONE, out=flat_odd)
    np.multiply(flat_odd, _MATRIX, out=flat_odd)
    np.bitwise_xor(flat, flat_odd, out=flat)
    np.bitwise_xor(mixed[:, :_SPAN], key[:, _SHIFT:], out=following[:, :_SPAN])
    for start in (_SPAN, 2 * _SPAN):
        end = min(start + _SPAN, SIZE - 1)
        np.bitwise_xor(
            mixed[:, start:end], following[:, start - _SPAN : end - _SPAN], out=following[:, start:end]
        )
    final, new_first = key[:, -1], following[:, 0]
    both = ((final ^ new_first) & _LOWER_BITS) ^ final
    following[:, -1] = (both >> _ONE) ^ ((new_first & _ONE) * _MATRIX) ^ following[:, _SHIFT - 1]


def _temper(key: Words, out: Words, scratch: Words) -> None:
    np.right_shift(key, np.uint32(11), out=scratch)
    np.bitwise_xor(key, scratch, out=out)
    for shift, mask in ((7, 0x9D2C5680), (15, 0xEFC60000)):
        np.left_shift(out, np.uint32(shift), out=scratch)
        np.bitwise_and(scratch, np.uint32(mask), out=scratch)
        np.bitwise_xor(out, scratch, out=out)
    np.right_shift(out, np.uint32(18), out=scratch)
    np.bitwise_xor(out, scratch, out=out)
