"""Streams for devices other than the CPU, over a torch generator of their own."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .interface import Parameter, RandomStream, Shape

__all__ = ["TorchStream"]


class TorchStream(RandomStream):
    """Random numbers of PyTorch, from one generator that nobody else uses.

    Differs from 1.9.1: the real MXNet has another stream on a GPU than this one; the distributions are the same.

    Parameters
    ----------
    device : where the tensors are made.
    seed : as given to ``mx.random.seed``.

    >>> stream = TorchStream(torch.device("cpu"), seed=1)
    >>> stream.uniform((2, 3)).shape
    torch.Size([2, 3])
    """

    def __init__(self, device: torch.device, seed: int = 0) -> None:
        self.device = device
        self._lock = threading.RLock()
        self._generator = torch.Generator(device=device)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        with self._lock:
            self._generator.manual_seed(seed % 2**64)

    def get_state(self) -> dict[str, np.ndarray]:
        with self._lock:
            return {"generator": self._generator.get_state().numpy().copy()}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        with self._lock:
            self._generator.set_state(torch.from_numpy(np.array(state["generator"], np.uint8)))

    def uniform(
        self, shape: Shape, low: Parameter = 0.0, high: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (low, high), full = self._expand(shape, low, high)
        with self._lock:
            u = torch.rand(full, generator=self._generator, device=self.device, dtype=_work(dtype))
        return (u * (high - low) + low).to(dtype)

    def normal(
        self, shape: Shape, loc: Parameter = 0.0, scale: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (loc, scale), full = self._expand(shape, loc, scale)
        with self._lock:
            z = torch.randn(full, generator=self._generator, device=self.device, dtype=_work(dtype))
        return (z * scale + loc).to(dtype)

    def exponential(
        self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (lam,), full = self._expand(shape, lam)
        with self._lock:
            standard = torch.empty(full, device=self.device, dtype=_work(dtype))
            standard.exponential_(generator=self._generator)
        return (standard / lam).to(dtype)

    def gamma(
        self, shape: Shape, alpha: Parameter = 1.0, beta: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (alpha, beta), full = self._expand(shape, alpha, beta)
        return (self._standard_gamma(self._filled(alpha, full, _work(dtype))) * beta).to(dtype)

    def poisson(self, shape: Shape, lam: Parameter = 1.0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        (lam,), full = self._expand(shape, lam)
        return self._poisson(self._filled(lam, full, torch.float32)).to(dtype)

    def negative_binomial(
        self, shape: Shape, k: Parameter = 1, p: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (k, p), full = self._expand(shape, k, p)
        mean = self._standard_gamma(self._filled(k, full, torch.float32)) * ((1 - p) / p)
        return self._poisson(mean).to(dtype)

    def generalized_negative_binomial(
        self, shape: Shape, mu: Parameter = 1.0, alpha: Parameter = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        (mu, alpha), full = self._expand(shape, mu, alpha)
        mu, alpha = self._filled(mu, full, torch.float32), self._filled(alpha, full, torch.float32)
        spread = alpha > 0
        usable = torch.where(spread, alpha, 1.0)
        mean = torch.where(spread, self._standard_gamma(1 / usable) * mu * usable, mu)
        return self._poisson(mean).to(dtype)

    def randint(self, shape: Shape, low: int, high: int, dtype: torch.dtype = torch.int32) -> torch.Tensor:
        with self._lock:
            found = torch.randint(
                low, high, shape, generator=self._generator, device=self.device, dtype=torch.int64
            )
        return found.to(dtype)

    def bernoulli(self, shape: Shape, probability: Parameter) -> torch.Tensor:
        if isinstance(probability, torch.Tensor):
            shape = tuple(probability.shape)
        return self.uniform(shape) < probability

    def coins(self, count: int) -> torch.Tensor:
        return self.bernoulli((count,), 0.5)

    def factors(self, count: int) -> torch.Tensor:
        return self.uniform((count,))

    def categorical(self, probabilities: torch.Tensor, count: int) -> torch.Tensor:
        with self._lock:
            return torch.multinomial(probabilities, count, replacement=True, generator=self._generator)

    def permutation(self, length: int, *, rows: bool = False) -> torch.Tensor:
        with self._lock:
            return torch.randperm(length, generator=self._generator, device=self.device)

    def dropout_mask(self, shape: Shape, keep: float) -> torch.Tensor:
        with self._lock:
            mask = torch.empty(shape, dtype=torch.bool, device=self.device)
            return mask.bernoulli_(keep, generator=self._generator)

    def _expand(self, shape: Shape, *parameters: Parameter) -> tuple[list[Any], Shape]:
        """Parameters that broadcast over the draws, and the shape of the result."""
        tensors = [p for p in parameters if isinstance(p, torch.Tensor)]
        if not tensors:
            return list(parameters), shape
        wide = tuple(tensors[0].shape) + (1,) * len(shape)
        full = tuple(tensors[0].shape) + shape
        return [p.detach().reshape(wide) if isinstance(p, torch.Tensor) else p for p in parameters], full

    def _filled(self, value: Any, shape: Shape, dtype: torch.dtype) -> torch.Tensor:
        tensor = torch.as_tensor(value, dtype=dtype, device=self.device)
        return tensor.expand(shape).contiguous()

    def _standard_gamma(self, alpha: torch.Tensor) -> torch.Tensor:
        """The squeeze of Marsaglia and Tsang, over all elements at once; those refused try again."""
        small = alpha < 1
        d = torch.where(small, alpha + 1, alpha) - 1 / 3
        c = 1 / (9 * d).sqrt()
        out = torch.empty_like(alpha)
        waiting = torch.arange(alpha.numel(), device=self.device)
        flat, flat_c, flat_d = out.view(-1), c.view(-1), d.view(-1)
        while len(waiting):
            z, u = (
                self.normal((len(waiting),), dtype=alpha.dtype),
                self.uniform((len(waiting),), dtype=alpha.dtype),
            )
            here = flat_d[waiting]
            v = (1 + flat_c[waiting] * z) ** 3
            taken = (v > 0) & (torch.log1p(-u) < 0.5 * z * z + here * (1 - v + torch.log(v.clamp(min=0))))
            flat[waiting[taken]] = (here * v)[taken]
            waiting = waiting[~taken]
        boost = torch.where(small, 1 - self.uniform(tuple(alpha.shape), dtype=alpha.dtype), 1.0)
        return out * boost ** (1 / alpha)

    def _poisson(self, mean: torch.Tensor) -> torch.Tensor:
        with self._lock:
            return torch.poisson(mean, generator=self._generator)


def _work(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32
