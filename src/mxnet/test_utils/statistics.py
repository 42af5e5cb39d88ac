"""Does a random generator follow its distribution? ``generator(n)`` returns n numbers."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..base import message
from ..ndarray import NDArray

__all__ = [
    "chi_square_check",
    "gen_buckets_probs_with_ppf",
    "mean_check",
    "var_check",
    "verify_generator",
]

Generator = Callable[[int], Any]
Bucket = tuple[float, float]


def mean_check(generator: Generator, mu: float, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the mean of the sample is within three standard errors, ``3 * sigma / sqrt(n)``, of ``mu``.

    >>> mean_check(lambda n: np.tile([-1.0, 1.0], n // 2), 0, 1, 1000)
    True
    """
    sample = _drawn(generator, nsamples)
    return bool(abs(sample.mean() - mu) < 3 * sigma / math.sqrt(nsamples))


def var_check(generator: Generator, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the variance of the sample is within three standard errors of ``sigma**2``, for a normal distribution:

    ``3 * sqrt(2 * sigma**4 / (n - 1))``.
    """
    sample = _drawn(generator, nsamples)
    return bool(abs(sample.var(ddof=1) - sigma**2) < 3 * math.sqrt(2 * sigma**4 / (nsamples - 1)))


def gen_buckets_probs_with_ppf(
    ppf: Callable[[float], float], nbuckets: int
) -> tuple[list[Bucket], list[float]]:
    """Intervals of one probability each, from the inverse ``ppf`` of a distribution function.

    >>> gen_buckets_probs_with_ppf(lambda p: 10 * p, 2)
    ([(0.0, 5.0), (5.0, 10.0)], [0.5, 0.5])
    """
    if nbuckets < 1:
        raise AssertionError(
            message("gen_buckets_probs_with_ppf: nbuckets is at least 1", received=f"{nbuckets}")
        )
    bounds = [ppf(i / nbuckets) for i in range(nbuckets + 1)]
    return list(itertools.pairwise(bounds)), [1 / nbuckets] * nbuckets


def chi_square_check(
    generator: Generator,
    buckets: Sequence[Bucket] | Sequence[float],
    probs: Sequence[float],
    nsamples: int = 1000000,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Pearson's test: how likely a sample is at least this far from what ``probs`` expect.

    Parameters
    ----------
    generator : of whole numbers (buckets are numbers) or of a continuous distribution (buckets are intervals).
    buckets : ascending, without overlap, covering what the generator gives.
    probs : the probability of each bucket.
    nsamples : how many numbers to draw.

    Returns
    -------
    p : the probability; a small one speaks against the generator.
    observed, expected : how many numbers fell into each bucket and how many should have.

    Raises
    ------
    ValueError : buckets are not in order, or overlap.

    Differs from 1.9.1: that needs SciPy.

    >>> p, observed, _ = chi_square_check(lambda n: np.arange(n) % 2, [0, 1], [0.5, 0.5], 1000)
    >>> p, observed.tolist()
    (1.0, [500, 500])
    """
    if len(buckets) != len(probs) or not len(buckets):
        raise AssertionError(message("chi_square_check: one probability for each bucket"))
    sample = _drawn(generator, nsamples)
    observed = _counted(sample, buckets)
    expected = np.asarray(probs, "float64") * nsamples
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(observed == expected, 0.0, (observed - expected) ** 2 / expected)
    freedom = len(buckets) - 1
    if freedom == 0:
        return 1.0 if terms.sum() == 0 else 0.0, observed, expected
    half = torch.tensor([freedom / 2, float(terms.sum()) / 2], dtype=torch.float64)
    p = float(torch.special.gammaincc(half[0], half[1]))
    return p, observed, expected


def verify_generator(
    generator: Generator,
    buckets: Sequence[Bucket] | Sequence[float],
    probs: Sequence[float],
    nsamples: int = 1000000,
    nrepeat: int = 5,
    success_rate: float = 0.2,
    alpha: float = 0.05,
) -> list[float]:
    """Repeat `chi_square_check`; its p must be above ``alpha`` in a share ``success_rate`` of the repetitions.

    Returns
    -------
    the p of each repetition.

    Raises
    ------
    AssertionError : it is above ``alpha`` less often.
    """
    runs = [chi_square_check(generator, buckets, probs, nsamples) for _ in range(nrepeat)]
    found = [p for p, _, _ in runs]
    successes = sum(p > alpha for p in found)
    if successes < nrepeat * success_rate:
        _, observed, expected = runs[-1]
        raise AssertionError(
            message(
                "Generator test fails",
                received=f"p {', '.join(f'{p:.3g}' for p in found)}",
                because=f"p is above alpha={alpha} in {successes} of {nrepeat} repetitions,"
                f" not in {success_rate:.0%} of them; the last one counted {observed.tolist()}"
                f" where {expected.round(1).tolist()} were expected",
            )
        )
    return found


def _drawn(generator: Generator, nsamples: int) -> np.ndarray:
    sample = generator(nsamples)
    sample = sample.asnumpy() if isinstance(sample, NDArray) else np.asarray(sample)
    if sample.size != nsamples:
        raise AssertionError(
            message(
                "the generator returned another number of samples", received=f"{sample.size} for {nsamples}"
            )
        )
    return sample.ravel()


def _counted(sample: np.ndarray, buckets: Sequence[Any]) -> np.ndarray:
    """How many elements fall into each bucket; an interval includes its lower bound."""
    if isinstance(buckets[0], (tuple, list)):
        bounds = [bound for bucket in buckets for bound in bucket]
        if any(high < low for low, high in itertools.pairwise(bounds)):
            raise ValueError(message("buckets are not in order", received=f"{list(buckets)!r}"[:80]))
        ordered = np.sort(sample)
        return np.array(
            [np.searchsorted(ordered, high) - np.searchsorted(ordered, low) for low, high in buckets]
        )
    values, counts = np.unique(sample, return_counts=True)
    known = values.tolist()

    def count(bucket: float) -> int:
        place = bisect.bisect_left(known, bucket)
        return int(counts[place]) if place < len(known) and known[place] == bucket else 0

    return np.array([count(bucket) for bucket in buckets])
