"""What a random operator may ask of a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import torch

__all__ = ["Parameter", "RandomStream", "Shape"]

Shape = tuple[int, ...]
Parameter = float | torch.Tensor


class RandomStream(ABC):
    """A source of random tensors on one device.

    Every distribution takes the output's ``shape`` first. Its parameters are numbers, or tensors of one shape
    ``P``: then ``shape`` counts the draws for each entry and the result has shape ``P + shape``.
    All methods may be called from several threads.
    """

    device: torch.device

    @abstractmethod
    def seed(self, seed: int) -> None:
        """Start again; the same seed gives the same numbers."""

    @abstractmethod
    def get_state(self) -> dict[str, np.ndarray]:
        """Everything that decides the numbers to come, as NumPy arrays by name."""

    @abstractmethod
    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue exactly where `get_state` was called."""

    @abstractmethod
    def uniform(
        self, shape: Shape, low: Parameter = 0.0, high: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Uniform on ``[low, high)``."""

    @abstractmethod
    def normal(
        self, shape: Shape, loc: Parameter = 0.0, scale: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Normal with mean ``loc`` and standard deviation ``scale``."""

    @abstractmethod
    def exponential(
        self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Exponential with rate ``lam``, so with mean ``1 / lam``."""

    @abstractmethod
    def gamma(
        self, shape: Shape, alpha: Parameter = 1.0, beta: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Gamma with shape ``alpha`` and scale ``beta``, so with mean ``alpha * beta``."""

    @abstractmethod
    def poisson(self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Poisson with mean ``lam``."""

    @abstractmethod
    def negative_binomial(
        self, shape: Shape, k: Parameter = 1, p: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Failures before the ``k``-th success, each trial succeeding with probability ``p``."""

    @abstractmethod
    def generalized_negative_binomial(
        self, shape: Shape, mu: Parameter = 1.0, alpha: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Negative binomial with mean ``mu`` and dispersion ``alpha``: variance ``mu + alpha * mu**2``."""

    @abstractmethod
    def randint(self, shape: Shape, low: int, high: int, dtype: torch.dtype = torch.int32) -> torch.Tensor:
        """Whole numbers from ``low`` to ``high - 1``."""

    @abstractmethod
    def bernoulli(self, shape: Shape, probability: Parameter) -> torch.Tensor:
        """True with that probability (of the shape of a tensor ``probability``, ignoring ``shape``)."""

    @abstractmethod
    def coins(self, count: int) -> torch.Tensor:
        """Fair coins: ``(count,)`` of bool."""

    @abstractmethod
    def factors(self, count: int) -> torch.Tensor:
        """Uniform on ``[0, 1)``, ``(count,)`` of float32, one after the other: two calls give what one does."""

    @abstractmethod
    def categorical(self, probabilities: torch.Tensor, count: int) -> torch.Tensor:
        """``(rows, count)`` class numbers from ``(rows, classes)`` probabilities, each row summing to 1."""

    @abstractmethod
    def permutation(self, length: int, *, rows: bool = False) -> torch.Tensor:
        """The numbers 0 to ``length - 1`` in random order.

        ``rows``: as MXNet orders the rows of an array of two or more axes (it walks one-dimensional ones the
        other way round).
        """

    @abstractmethod
    def dropout_mask(self, shape: Shape, keep: float) -> torch.Tensor:
        """A bool tensor, each element True with probability ``keep``."""
