"""Densities of random distributions at given samples: ``nd.random_pdf_normal`` and its relatives.

Parameter arrays share one shape P, ``sample`` has shape ``P + S`` (S may be empty), and so has the result: the
density of each sample under the parameters at its place in P. ``is_log`` returns logarithms. Gradients flow to the
parameters and, for continuous distributions, to the samples. Samples are not checked to be possible: what the formula
gives is the answer.
"""

from __future__ import annotations

import math

import torch

from .registry import OperatorError, operator

Tensor = torch.Tensor


@operator("_random_pdf_uniform", aliases=("random_pdf_uniform",), same_dtype=True)
def random_pdf_uniform(sample: Tensor, low: Tensor, high: Tensor, *, is_log: bool = False) -> Tensor:
    """Uniform on ``[low, high)``: ``1 / (high - low)``, wherever the sample is.

    >>> nd.random_pdf_uniform(nd.array([[1, 2]]), nd.array([0]), nd.array([4]))
    <BLANKLINE>
    [[0.25 0.25]]
    <NDArray 1x2 @cpu(0)>
    """
    sample, low, high = _aligned(sample, low=low, high=high)
    width = (high - low).expand(sample.shape)
    return -torch.log(width) if is_log else width.reciprocal()


@operator("_random_pdf_normal", aliases=("random_pdf_normal",), same_dtype=True)
def random_pdf_normal(sample: Tensor, mu: Tensor, sigma: Tensor, *, is_log: bool = False) -> Tensor:
    """Normal: ``exp(-((x - mu) / sigma)**2 / 2) / (sigma * sqrt(2 pi))``, mean ``mu``, standard deviation ``sigma``.

    >>> nd.random_pdf_normal(nd.array([[0, 1]]), nd.array([0]), nd.array([1]))
    <BLANKLINE>
    [[0.3989423  0.24197073]]
    <NDArray 1x2 @cpu(0)>
    """
    sample, mu, sigma = _aligned(sample, mu=mu, sigma=sigma)
    exponent = -0.5 * ((sample - mu) / sigma).square()
    if is_log:
        return exponent - torch.log(sigma) - 0.5 * math.log(2 * math.pi)
    return torch.exp(exponent) / (sigma * math.sqrt(2 * math.pi))


@operator("_random_pdf_exponential", aliases=("random_pdf_exponential",), same_dtype=True)
def random_pdf_exponential(sample: Tensor, lam: Tensor, *, is_log: bool = False) -> Tensor:
    """Exponential with rate ``lam``: ``lam * exp(-lam * x)``."""
    sample, lam = _aligned(sample, lam=lam)
    return torch.log(lam) - lam * sample if is_log else lam * torch.exp(-lam * sample)


@operator("_random_pdf_gamma", aliases=("random_pdf_gamma",), same_dtype=True)
def random_pdf_gamma(sample: Tensor, alpha: Tensor, beta: Tensor, *, is_log: bool = False) -> Tensor:
    """Gamma with shape ``alpha`` and rate ``beta``: ``beta**alpha * x**(alpha - 1) * exp(-beta * x) / gamma(alpha)``.

    ``beta`` is the inverse of what `random_gamma` calls beta.

    >>> nd.random_pdf_gamma(nd.array([[1, 2]]), nd.array([1]), nd.array([2]), is_log=True).round()
    <BLANKLINE>
    [[-1. -3.]]
    <NDArray 1x2 @cpu(0)>
    """
    sample, alpha, beta = _aligned(sample, alpha=alpha, beta=beta)
    logarithm = (
        alpha * torch.log(beta) + (alpha - 1) * torch.log(sample) - beta * sample - torch.lgamma(alpha)
    )
    return _density(logarithm, is_log)


@operator("_random_pdf_poisson", aliases=("random_pdf_poisson",), same_dtype=True)
def random_pdf_poisson(sample: Tensor, lam: Tensor, *, is_log: bool = False) -> Tensor:
    """Poisson with mean ``lam``: ``lam**k * exp(-lam) / k!`` for the count k that the sample is.

    >>> nd.random_pdf_poisson(nd.array([[0, 1]]), nd.array([1]), is_log=True)
    <BLANKLINE>
    [[-1. -1.]]
    <NDArray 1x2 @cpu(0)>
    """
    sample, lam = _aligned(sample.detach(), lam=lam)
    return _density(sample * torch.log(lam) - lam - torch.lgamma(sample + 1), is_log)


@operator("_random_pdf_negative_binomial", aliases=("random_pdf_negative_binomial",), same_dtype=True)
def random_pdf_negative_binomial(sample: Tensor, k: Tensor, p: Tensor, *, is_log: bool = False) -> Tensor:
    """Failures x before the k-th success of probability ``p``: ``C(x + k - 1, x) * p**k * (1 - p)**x``.

    ``k`` need not be whole.

    >>> nd.random_pdf_negative_binomial(nd.array([[0, 1, 2]]), nd.array([1]), nd.array([0.5]))
    <BLANKLINE>
    [[0.5   0.25  0.125]]
    <NDArray 1x3 @cpu(0)>
    """
    sample, k, p = _aligned(sample.detach(), k=k, p=p)
    return _density(_negative_binomial(sample, k, p), is_log)


@operator(
    "_random_pdf_generalized_negative_binomial",
    aliases=("random_pdf_generalized_negative_binomial",),
    same_dtype=True,
)
def random_pdf_generalized_negative_binomial(
    sample: Tensor, mu: Tensor, alpha: Tensor, *, is_log: bool = False
) -> Tensor:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``.

    That is `random_pdf_negative_binomial` with ``k = 1 / alpha`` and ``p = 1 / (1 + mu * alpha)``.
    """
    sample, mu, alpha = _aligned(sample.detach(), mu=mu, alpha=alpha)
    return _density(_negative_binomial(sample, alpha.reciprocal(), (1 + mu * alpha).reciprocal()), is_log)


@operator("_random_pdf_dirichlet", aliases=("random_pdf_dirichlet",), same_dtype=True)
def random_pdf_dirichlet(sample: Tensor, alpha: Tensor, *, is_log: bool = False) -> Tensor:
    """Dirichlet: ``prod(x**(alpha - 1)) * gamma(sum(alpha)) / prod(gamma(alpha))``, over the last axis.

    Shapes: alpha ``P + (classes,)``; sample ``P + S + (classes,)``; the result ``P + S``.

    >>> nd.random_pdf_dirichlet(nd.array([[0.25, 0.75]]), nd.array([[1, 1]]))
    <BLANKLINE>
    [1.]
    <NDArray 1 @cpu(0)>
    """
    leading = alpha.shape[:-1]
    fits = alpha.dim() and sample.shape[-1:] == alpha.shape[-1:] and sample.shape[: len(leading)] == leading
    if not fits or sample.dim() < alpha.dim():
        raise OperatorError(
            "alpha does not fit sample",
            because=f"sample has shape {tuple(sample.shape)}, alpha {tuple(alpha.shape)}; they share the first axes"
            " and the classes in the last",
        )
    _check_floating(sample)
    alpha = alpha.reshape(*leading, *[1] * (sample.dim() - alpha.dim()), alpha.shape[-1])
    weighted = ((alpha - 1) * torch.log(sample)).sum(-1)
    scale = torch.lgamma(alpha.sum(-1)) - torch.lgamma(alpha).sum(-1)
    result = _density(weighted + scale, is_log)
    return result.reshape(1) if result.dim() == 0 else result


def _negative_binomial(sample: Tensor, k: Tensor, p: Tensor) -> Tensor:
    ways = torch.lgamma(sample + k) - torch.lgamma(sample + 1) - torch.lgamma(k)
    return ways + k * torch.log(p) + sample * torch.log(1 - p)


def _density(logarithm: Tensor, is_log: bool) -> Tensor:
    return logarithm if is_log else torch.exp(logarithm)


def _aligned(sample: Tensor, **parameters: Tensor) -> tuple[Tensor, ...]:
    """Sample and parameters, these with axes of length 1 behind their own."""
    _check_floating(sample)
    aligned = [sample]
    for name, each in parameters.items():
        if each.shape != sample.shape[: each.dim()] or each.shape != next(iter(parameters.values())).shape:
            raise OperatorError(
                f"{name} does not fit sample",
                because=f"sample has shape {tuple(sample.shape)}, {name} {tuple(each.shape)}; the parameters have"
                " one shape, with which that of sample begins",
            )
        aligned.append(each.reshape(*each.shape, *[1] * (sample.dim() - each.dim())))
    return tuple(aligned)


def _check_floating(sample: Tensor) -> None:
    if not sample.is_floating_point():
        raise OperatorError(
            "sample holds whole numbers",
            because="densities are no whole numbers",
            hint="sample.astype('float32')",
        )
