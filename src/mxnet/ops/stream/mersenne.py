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
        # Two blocks of outputs a state, of which the first is being used up: so up to 624 outputs are always there.
        # Pages of an empty array cost nothing until they are written, and states are seeded when first used.
        self._outputs: Words = np.empty((count, 2 * SIZE), np.uint32)
        self._key: Words = np.empty((count, SIZE), np.uint32)
        """What the second block was made from."""
        self._position = np.empty(count, np.intp)
        self._rows = np.arange(count)
        self._seeder = np.random.RandomState(0)
        self._scratch: Words = np.empty((3, min(count, _TOGETHER), SIZE), np.uint32)
        self.seed(first_seed)

    def seed(self, first_seed: int) -> None:
        """Start again from ``first_seed``. The work is left to the first use of each state."""
        self._first_seed = first_seed % 2**32
        self._seeded = 0
        self._seen = 0, 0

    def window(self, first: int, last: int, width: int) -> Words:
        """The next ``width`` outputs, at most 624, of states ``first`` to ``last - 1``, as ``(last - first, width)``.

        Nothing is used up. The array is to be read only, and good until the next call.
        """
        if last > self._seeded:
            self._seed_up_to(last)
        self._seen = first, last
        outputs, position = self._outputs[first:last], self._position[first:last]
        start = int(position[0])
        if last - first == 1 or (position == start).all():
            return outputs[:, start : start + width]
        rows, columns = outputs.strides
        every_start = np.lib.stride_tricks.as_strided(
            outputs, (last - first, 2 * SIZE - width + 1, width), (rows, columns, columns), writeable=False
        )
        return every_start[self._rows[: last - first], position]

    def advance(self, used: int | NDArray[np.intp]) -> None:
        """Use up that many outputs (one number, or one for each state) of the last `window`."""
        first, last = self._seen
        position = self._position[first:last]
        position += used
        if last - first == 1:
            if position[0] >= SIZE:
                self._next_block(slice(first, last))
                position -= SIZE
            return
        over = np.flatnonzero(position >= SIZE)
        if len(over):
            position[over] -= SIZE
            for begin in range(0, len(over), _TOGETHER):
                part = over[begin : begin + _TOGETHER] + first
                whole = part[-1] - part[0] == len(part) - 1
                self._next_block(slice(part[0], part[-1] + 1) if whole else part)

    def get_state(self) -> dict[str, np.ndarray]:
        """Everything that decides the outputs to come, as NumPy arrays."""
        return {
            "first_seed": np.array(self._first_seed, np.uint32),
            "outputs": self._outputs[: self._seeded, :SIZE].copy(),
            "position": self._position[: self._seeded].astype(np.int64),
        }

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from what `get_state` gave."""
        outputs = np.asarray(state["outputs"], np.uint32)
        position = np.asarray(state["position"], np.intp)
        if outputs.shape != (len(position), SIZE) or len(position) > self.count:
            raise ValueError(
                f"a state of {self.count} Mersenne Twisters has no array of shape {outputs.shape}"
            )
        self.seed(int(state["first_seed"]))
        self._seeded = len(position)
        self._position[: self._seeded] = position
        self._key[: self._seeded] = _untempered(outputs)
        self._outputs[: self._seeded, SIZE:] = outputs
        self._next_blocks(0, self._seeded)

    def _seed_up_to(self, last: int) -> None:
        first = self._seeded
        seeds = (self._first_seed + np.arange(first, last)).astype(np.uint32)
        if len(seeds) < _MANY:
            for state, seed in enumerate(seeds, first):
                self._seeder.seed(seed)
                self._key[state] = self._seeder.get_state(legacy=False)["state"]["key"]
        else:
            self._key[first:last] = _first_keys(seeds)
        self._next_blocks(first, last)
        self._next_blocks(first, last)
        self._position[first:last] = 0
        self._seeded = last

    def _next_blocks(self, first: int, last: int) -> None:
        for begin in range(first, last, _TOGETHER):
            self._next_block(slice(begin, min(begin + _TOGETHER, last)))

    def _next_block(self, states: slice | NDArray[np.intp]) -> None:
        """Put the second block in the place of the first, and a new one in its own; `_TOGETHER` states at most."""
        key = self._key[states]
        following, mixed, odd = self._scratch[:, : len(key)]
        _twist(key, following, mixed, odd)
        self._key[states] = following
        _temper(following, mixed, odd)
        self._outputs[states, :SIZE] = self._outputs[states, SIZE:]
        self._outputs[states, SIZE:] = mixed


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


def _untempered(outputs: Words) -> Words:
    """The words that `_temper` makes these outputs of."""
    key = outputs ^ (outputs >> np.uint32(18))
    key ^= (key << np.uint32(15)) & np.uint32(0xEFC60000)
    known = key
    for _ in range(4):
        known = key ^ ((known << np.uint32(7)) & np.uint32(0x9D2C5680))
    key = known
    for _ in range(2):
        known = key ^ (known >> np.uint32(11))
    return known
