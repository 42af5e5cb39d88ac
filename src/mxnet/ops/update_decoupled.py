"""Steps of AdamW, with a weight decay of its own, of LAMB for many weights in one call, and of AdaGrad by rows.

The rules of `mxnet.ops.update` hold here, too; many weights stand as in `mxnet.ops.update_multi`:

=================== ============================================================
``multi_adamw``     weight, gradient, mean, var; ``rescale_grad`` at the end
``multi_mp_adamw``  weight, gradient, mean, var, weight32; ``rescale_grad`` at the end
``multi_lamb``      weight, gradient, mean, var
``multi_mp_lamb``   weight, gradient, mean, var, weight32
=================== ============================================================

`mxnet.ndarray.updates` has the functions of ``nd.contrib`` that sort lists of arrays into this order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from .registry import OperatorError, operator
from .update import check_update, prepared
from .update_adaptive import _lamb_direction, _lamb_rate, _move_averages

Tensor = torch.Tensor
Rates = tuple[float, ...]


@operator(
    "contrib.adamw_update",
    aliases=("_adamw_update", "_contrib_adamw_update"),
    differentiable=False,
    same_dtype=True,
    mutates=("mean", "var"),
)
def adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    rescale_grad: Tensor,
    *,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """AdamW: ``weight - eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)``.

    ``mean = beta1 * mean + (1 - beta1) * g`` and ``var = beta2 * var + (1 - beta2) * g**2``. Where ``rescale_grad``, an
    array of one number, is 0 or not finite, nothing happens: a step of mixed precision whose gradients overflowed.

    Differs from 1.9.1: the gradient stays as it is, where 1.9.1 leaves it rescaled and clipped.

    Source: Loshchilov and Hutter, arXiv:1711.05101.
    """
    check_update(weight, grad=grad, mean=mean, var=var)
    common = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}
    return _adamw(weight, grad, mean, var, _scale(rescale_grad), lr, wd, eta, **common)


@operator(
    "contrib.mp_adamw_update",
    aliases=("_mp_adamw_update", "_contrib_mp_adamw_update"),
    differentiable=False,
    mutates=("mean", "var", "weight32"),
)
def mp_adamw_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    rescale_grad: Tensor,
    *,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """`adamw_update` of a weight of low precision, with ``mean``, ``var`` and ``weight32`` in float32."""
    check_update(weight, grad=grad, mean=mean, var=var, weight32=weight32)
    common = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}
    new = _adamw(weight32, grad.to(weight32.dtype), mean, var, _scale(rescale_grad), lr, wd, eta, **common)
    return weight32.copy_(new).to(weight.dtype, copy=True)


def _count(attributes: dict[str, Any]) -> int:
    return int(attributes.get("num_weights", attributes.get("num_tensors", 1)))


@operator(
    "contrib.multi_adamw_update",
    aliases=("_multi_adamw_update", "_contrib_multi_adamw_update"),
    differentiable=False,
    outputs=_count,
)
def multi_adamw_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    etas: Rates,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`adamw_update` of many weights: data ``w0, g0, mean0, var0, w1, ..., rescale_grad``.

    >>> from mxnet import nd
    >>> weights, gradients = [nd.ones((2,)), nd.ones((3,))], [nd.ones((2,)), nd.ones((3,))]
    >>> means, variances = [nd.zeros((2,)), nd.zeros((3,))], [nd.zeros((2,)), nd.zeros((3,))]
    >>> made = nd.contrib.multi_adamw_update(
    ...     weights, gradients, means, variances, 1.0, lrs=[0.1, 0.1], wds=[0, 0], etas=[1, 1], out=weights
    ... )
    >>> [w.shape for w in made]
    [(2,), (3,)]
    """
    common = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}
    return _many_adamw(data, 4, num_weights, lrs, wds, etas, common)


@operator(
    "contrib.multi_mp_adamw_update",
    aliases=("_multi_mp_adamw_update", "_contrib_multi_mp_adamw_update"),
    differentiable=False,
    outputs=_count,
)
def multi_mp_adamw_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    etas: Rates,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`mp_adamw_update` of many weights: data ``w0, g0, mean0, var0, weight32_0, w1, ..., rescale_grad``.

    >>> from mxnet import nd
    >>> half, weight, state = nd.ones((2,), dtype="float16"), nd.ones((2,)), [nd.zeros((2,)), nd.zeros((2,))]
    >>> made = nd.contrib.multi_mp_adamw_update(
    ...     [half], [half], state[:1], state[1:], [weight], 1.0, lrs=[0.1], wds=[0], etas=[1], out=[half]
    ... )
    >>> made[0].dtype.__name__
    'float16'
    """
    common = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}
    return _many_adamw(data, 5, num_weights, lrs, wds, etas, common)


@operator(
    "contrib.multi_lamb_update",
    aliases=("_multi_lamb_update", "_contrib_multi_lamb_update"),
    differentiable=False,
    outputs=_count,
)
def multi_lamb_update(
    *data: Tensor,
    learning_rates: Rates,
    wds: Rates,
    step_count: tuple[int, ...],
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    rescale_grad: float = 1.0,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
    clip_gradient: float = -1.0,
    bias_correction: bool = True,
    num_tensors: int = 1,
) -> list[Tensor]:
    """`lamb_update_phase1` and `lamb_update_phase2` of many weights: data ``w0, g0, mean0, var0, w1, ...``.

    Parameters
    ----------
    step_count : the number of the update, for each weight.

    >>> from mxnet import nd
    >>> w, g, mean, var = nd.ones((2,)), nd.ones((2,)), nd.zeros((2,)), nd.zeros((2,))
    >>> made = nd.contrib.multi_lamb_update(
    ...     [w], [g], [mean], [var], step_count=[1], lrs=[0.1], wds=[0], out=[w]
    ... )
    >>> made[0].shape
    (2,)
    """
    return _many_lamb(
        data,
        4,
        num_tensors,
        (learning_rates, wds, step_count),
        (beta1, beta2, epsilon),
        (rescale_grad, clip_gradient),
        (lower_bound, upper_bound),
        bias_correction,
    )


@operator(
    "contrib.multi_mp_lamb_update",
    aliases=("_multi_mp_lamb_update", "_contrib_multi_mp_lamb_update"),
    differentiable=False,
    outputs=_count,
)
def multi_mp_lamb_update(
    *data: Tensor,
    learning_rates: Rates,
    wds: Rates,
    step_count: tuple[int, ...],
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    rescale_grad: float = 1.0,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
    clip_gradient: float = -1.0,
    bias_correction: bool = True,
    num_tensors: int = 1,
) -> list[Tensor]:
    """`multi_lamb_update` of weights of low precision: data ``w0, g0, mean0, var0, weight32_0, w1, ...``.

    >>> from mxnet import nd
    >>> half, mean, var, w = nd.ones((2,), dtype="float16"), nd.zeros((2,)), nd.zeros((2,)), nd.ones((2,))
    >>> made = nd.contrib.multi_mp_lamb_update(
    ...     [half], [half], [mean], [var], [w], step_count=[1], lrs=[0.1], wds=[0], out=[half]
    ... )
    >>> made[0].dtype.__name__
    'float16'
    """
    return _many_lamb(
        data,
        5,
        num_tensors,
        (learning_rates, wds, step_count),
        (beta1, beta2, epsilon),
        (rescale_grad, clip_gradient),
        (lower_bound, upper_bound),
        bias_correction,
    )


@operator(
    "contrib.group_adagrad_update",
    aliases=("_contrib_group_adagrad_update",),
    differentiable=False,
    same_dtype=True,
    mutates=("history",),
)
def group_adagrad_update(
    weight: Tensor,
    grad: Tensor,
    history: Tensor,
    *,
    lr: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    epsilon: float = 1e-5,
) -> Tensor:
    """AdaGrad with one rate for each row: ``history += mean(g**2)``, ``weight - lr * g / sqrt(history + epsilon)``.

    Shapes: weight and grad ``(rows, ...)``, history ``(rows, 1, ...)`` with as many axes.

    Differs from 1.9.1, which has it for sparse gradients alone.

    Source: Duchi et al., Adaptive subgradient methods (2011).

    >>> weight, history = nd.array([[1, 1]]), nd.array([[0]])
    >>> nd.contrib.group_adagrad_update(weight, nd.array([[2, -2]]), history, lr=0.5, epsilon=0).asnumpy().tolist()
    [[0.5, 1.5]]
    """
    check_update(weight, grad=grad)
    if weight.dim() < 2 or history.shape != (weight.shape[0], *[1] * (weight.dim() - 1)):
        raise OperatorError(
            "history does not fit the weight",
            because="it has one number for each row: (rows, 1) for (rows, columns)",
        )
    gradient = prepared(grad, rescale_grad, clip_gradient)
    history.add_((gradient * gradient).mean(tuple(range(1, weight.dim())), keepdim=True))
    return weight - gradient / (history + epsilon).sqrt_() * lr


def _scale(rescale_grad: Tensor) -> float:
    if not rescale_grad.numel():
        raise OperatorError("rescale_grad is empty", because="it is an array of one number")
    return float(rescale_grad.reshape(-1)[0])


def _adamw(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    scale: float,
    lr: float,
    wd: float,
    eta: float,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
    clip_gradient: float,
) -> Tensor:
    """The new weight; a step whose scale is 0 or not finite changes nothing."""
    if not math.isfinite(scale) or scale == 0:
        return weight.clone()
    _move_averages(mean, var, prepared(grad, scale, clip_gradient), beta1, beta2)
    step = (mean / var.sqrt().add_(epsilon)).mul_(lr)
    return weight - step.add_(weight, alpha=wd).mul_(eta)


def _many_adamw(
    data: Sequence[Tensor], width: int, count: int, lrs: Any, wds: Any, etas: Any, common: dict[str, float]
) -> list[Tensor]:
    if len(data) != width * count + 1:
        raise OperatorError(
            f"{len(data)} arrays for {count} weights",
            because=f"it takes {width} arrays for each weight, and rescale_grad",
        )
    rates = [_listed(name, each, count) for name, each in (("lrs", lrs), ("wds", wds), ("etas", etas))]
    scale = _scale(data[-1])
    new = []
    for place, (lr, wd, eta) in enumerate(zip(*rates, strict=True)):
        weight, grad, mean, var, master = _group(data, width, place)
        stepped = _adamw(master, grad.to(master.dtype), mean, var, scale, lr, wd, eta, **common)
        new.append(stepped if width == 4 else master.copy_(stepped).to(weight.dtype, copy=True))
    return new


def _many_lamb(
    data: Sequence[Tensor],
    width: int,
    count: int,
    rates: tuple[Any, Any, Any],
    averages: tuple[float, float, float],
    gradient: tuple[float, float],
    bounds: tuple[float, float],
    bias_correction: bool,
) -> list[Tensor]:
    if len(data) != width * count:
        raise OperatorError(
            f"{len(data)} arrays for {count} weights", because=f"it takes {width} arrays for each weight"
        )
    listed = [
        _listed(name, each, count)
        for name, each in zip(("learning_rates", "wds", "step_count"), rates, strict=True)
    ]
    beta1, beta2, epsilon = averages
    new = []
    for place, (lr, wd, step) in enumerate(zip(*listed, strict=True)):
        weight, grad, mean, var, master = _group(data, width, place)
        _move_averages(mean, var, prepared(grad.to(master.dtype), *gradient), beta1, beta2)
        direction = _lamb_direction(
            master, mean, var, beta1, beta2, epsilon, int(step) if bias_correction else None, wd
        )
        # as in 1.9.1 the norm is that of the weight in its own precision
        norm = weight.to(master.dtype).norm()
        rate = _lamb_rate(norm.reshape(1), direction.norm().reshape(1), lr, *bounds)
        stepped = master - rate * direction
        new.append(stepped if width == 4 else master.copy_(stepped).to(weight.dtype, copy=True))
    return new


def _group(data: Sequence[Tensor], width: int, place: int) -> tuple[Tensor, ...]:
    """The arrays of one weight, states past torch's version counter; the last is what takes the step."""
    weight, grad, *states = data[width * place : width * (place + 1)]
    states = [each.data for each in states]
    names = ("mean", "var", "weight32")[: len(states)]
    check_update(weight, grad=grad, **dict(zip(names, states, strict=True)))
    master = states[2] if width == 5 else weight
    return weight, grad, states[0], states[1], master


def _listed(name: str, rates: Any, count: int) -> list[float]:
    listed = [rates] if isinstance(rates, (int, float)) else list(rates)
    if len(listed) != count:
        raise OperatorError(f"{name} has {len(listed)} numbers for {count} weights")
    return listed
