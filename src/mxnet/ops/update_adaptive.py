"""One step of an optimiser with a step size for each element: ``adam_update``, ``rmsprop_update``, ``ftrl_update``, ...

What is common to all (``rescale_grad``, ``clip_gradient``, ``wd``, states, ``mp_*``) stands in `mxnet.ops.update`.
"""

from __future__ import annotations

import torch

from .registry import OperatorError, operator
from .update import check_update, prepared, single

Tensor = torch.Tensor


@operator("adam_update", differentiable=False, same_dtype=True, mutates=("mean", "var"))
def adam_update(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    *,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """Adam: ``weight - lr * mean / (sqrt(var) + epsilon)``, after ``mean = beta1 * mean + (1 - beta1) * g`` and

    ``var = beta2 * var + (1 - beta2) * g**2``, where ``g = clip(rescale_grad * grad + wd * weight)``. The correction
    of the bias belongs to ``lr``: multiply it by ``sqrt(1 - beta2**t) / (1 - beta1**t)``.

    Source: Kingma and Ba, arXiv:1412.6980.

    >>> weight, mean, var = nd.array([1.0]), nd.zeros(1), nd.zeros(1)
    >>> step = nd.adam_update(weight, nd.array([8.0]), mean, var, lr=0.25, beta1=0.5, beta2=0.75, epsilon=0)
    >>> step.asscalar().item(), mean.asscalar().item(), var.asscalar().item()
    (0.75, 4.0, 16.0)
    """
    check_update(weight, grad=grad, mean=mean, var=var)
    _move_averages(mean, var, prepared(grad, rescale_grad, clip_gradient, weight, wd), beta1, beta2)
    return torch.addcdiv(weight, mean, var.sqrt().add_(epsilon), value=-lr)


@operator("rmsprop_update", differentiable=False, same_dtype=True, mutates=("n",))
def rmsprop_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    *,
    lr: float,
    gamma1: float = 0.95,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> Tensor:
    """RMSProp: ``n = gamma1 * n + (1 - gamma1) * g**2``, ``weight - lr * g / sqrt(n + epsilon)``.

    Here ``g = clip(rescale_grad * grad + wd * weight)``. The result is cut to ``[-clip_weights, clip_weights]`` where
    that is not negative.

    Source: Tieleman and Hinton, Lecture 6.5 (2012).
    """
    check_update(weight, grad=grad, n=n)
    gradient = prepared(grad, rescale_grad, clip_gradient, weight, wd)
    n.mul_(gamma1).addcmul_(gradient, gradient, value=1 - single(gamma1))
    return _clipped(torch.addcdiv(weight, gradient, (n + epsilon).sqrt_(), value=-lr), clip_weights)


@operator("rmspropalex_update", differentiable=False, same_dtype=True, mutates=("n", "g", "delta"))
def rmspropalex_update(
    weight: Tensor,
    grad: Tensor,
    n: Tensor,
    g: Tensor,
    delta: Tensor,
    *,
    lr: float,
    gamma1: float = 0.95,
    gamma2: float = 0.9,
    epsilon: float = 1e-8,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    clip_weights: float = -1.0,
) -> Tensor:
    """RMSProp by the variance of the gradient: ``n`` and ``g`` are averages of ``h**2`` and ``h``,

    ``delta = gamma2 * delta - lr * h / sqrt(n - g**2 + epsilon)``, ``weight + delta``. Here
    ``h = clip(rescale_grad * grad + wd * weight)``; for ``clip_weights`` see `rmsprop_update`.

    Source: Graves, arXiv:1308.0850, equations 38 to 45.
    """
    check_update(weight, grad=grad, n=n, g=g, delta=delta)
    gradient = prepared(grad, rescale_grad, clip_gradient, weight, wd)
    n.mul_(gamma1).addcmul_(gradient, gradient, value=1 - single(gamma1))
    g.mul_(gamma1).add_(gradient, alpha=1 - single(gamma1))
    spread = torch.addcmul(n, g, g, value=-1).add_(epsilon).sqrt_()
    delta.mul_(gamma2).addcdiv_(gradient, spread, value=-lr)
    return _clipped(weight + delta, clip_weights)


@operator("ftrl_update", differentiable=False, same_dtype=True, mutates=("z", "n"))
def ftrl_update(
    weight: Tensor,
    grad: Tensor,
    z: Tensor,
    n: Tensor,
    *,
    lr: float,
    lamda1: float = 0.01,
    beta: float = 1.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Follow the regularised leader: ``z += g - (sqrt(n + g**2) - sqrt(n)) * weight / lr``, ``n += g**2``,

    ``(sign(z) * lamda1 - z) / ((beta + sqrt(n)) / lr + wd)`` where ``abs(z) > lamda1``, else 0.

    Parameters
    ----------
    lamda1 : strength of the L1 regularisation; weights below it become 0.
    beta : slows the first steps.

    Source: McMahan et al., Ad click prediction: a view from the trenches (2013).
    """
    check_update(weight, grad=grad, z=z, n=n)
    gradient = prepared(grad, rescale_grad, clip_gradient)
    root = n.sqrt()
    n.addcmul_(gradient, gradient)
    new_root = n.sqrt()
    z.add_(gradient).addcmul_(new_root - root, weight, value=-1 / lr)
    moved = (z.sign().mul_(lamda1) - z).div_(new_root.add_(beta).div_(lr).add_(wd))
    return moved.masked_fill_(z.abs() <= lamda1, 0)


@operator("ftml_update", differentiable=False, same_dtype=True, mutates=("d", "v", "z"))
def ftml_update(
    weight: Tensor,
    grad: Tensor,
    d: Tensor,
    v: Tensor,
    z: Tensor,
    *,
    lr: float,
    beta1: float = 0.6,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    t: int,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_grad: float = -1.0,
) -> Tensor:
    """Follow the moving leader, at the t-th update: ``v = beta2 * v + (1 - beta2) * g**2``,

    ``d' = (1 - beta1**t) / lr * (sqrt(v / (1 - beta2**t)) + epsilon)``,
    ``z = beta1 * z + (1 - beta1) * g - (d' - beta1 * d) * weight``, ``d = d'``; the result is ``-z / d``. Here
    ``g = clip(rescale_grad * grad + wd * weight)``.

    Source: Zheng and Kwok, Follow the moving leader in deep learning (2017).
    """
    check_update(weight, grad=grad, d=d, v=v, z=z)
    gradient = prepared(grad, rescale_grad, clip_grad, weight, wd)
    v.mul_(beta2).addcmul_(gradient, gradient, value=1 - single(beta2))
    new_d = (v / (1 - single(beta2) ** t)).sqrt_().add_(epsilon).mul_((1 - single(beta1) ** t) / lr)
    z.mul_(beta1).add_(gradient, alpha=1 - single(beta1))
    z.addcmul_(d.mul_(-beta1).add_(new_d), weight, value=-1)
    d.copy_(new_d)
    return torch.div(z, d).neg_()


@operator("lamb_update_phase1", differentiable=False, same_dtype=True, mutates=("mean", "var"))
def lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """LAMB, first half: the direction ``m / (sqrt(v) + epsilon) + wd * weight`` of the t-th update.

    m and v are the averages of Adam, ``mean`` and ``var``, with ``bias_correction`` divided by ``1 - beta1**t`` and
    ``1 - beta2**t``. `lamb_update_phase2` makes the step.

    Source: You et al., arXiv:1904.00962.
    """
    check_update(weight, grad=grad, mean=mean, var=var)
    _move_averages(mean, var, prepared(grad, rescale_grad, clip_gradient), beta1, beta2)
    return _lamb_direction(weight, mean, var, beta1, beta2, epsilon, t if bias_correction else None, wd)


@operator("lamb_update_phase2", differentiable=False, same_dtype=True)
def lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    *,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """LAMB, second half: ``weight - lr * r1 / r2 * g``.

    Shapes: r1 and r2 ``(1,)``, the norms of the weight and of the direction g; where one is 0, the factor is ``lr``.

    Parameters
    ----------
    lower_bound, upper_bound : limits of ``r1``, where they are not negative.

    Source: You et al., arXiv:1904.00962.
    """
    check_update(weight, g=g)
    return weight - _lamb_rate(r1, r2, lr, lower_bound, upper_bound) * g


@operator("mp_lamb_update_phase1", differentiable=False, mutates=("mean", "var"))
def mp_lamb_update_phase1(
    weight: Tensor,
    grad: Tensor,
    mean: Tensor,
    var: Tensor,
    weight32: Tensor,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-6,
    t: int,
    bias_correction: bool = True,
    wd: float,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """`lamb_update_phase1` of a weight of low precision; states and result are float32."""
    check_update(weight, grad=grad, mean=mean, var=var, weight32=weight32)
    _move_averages(mean, var, prepared(grad.to(mean.dtype), rescale_grad, clip_gradient), beta1, beta2)
    return _lamb_direction(weight32, mean, var, beta1, beta2, epsilon, t if bias_correction else None, wd)


@operator("mp_lamb_update_phase2", differentiable=False)
def mp_lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """`lamb_update_phase2` from ``weight32``, as an array of the weight's type; ``weight32`` itself stays."""
    check_update(weight, g=g, weight32=weight32)
    rate = _lamb_rate(r1, r2, lr, lower_bound, upper_bound)
    return (weight32 - rate * g).to(weight.dtype)


def _move_averages(mean: Tensor, var: Tensor, gradient: Tensor, beta1: float, beta2: float) -> None:
    mean.mul_(beta1).add_(gradient, alpha=1 - single(beta1))
    var.mul_(beta2).addcmul_(gradient, gradient, value=1 - single(beta2))


def _lamb_direction(
    weight: Tensor,
    mean: Tensor,
    var: Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
    t: int | None,
    wd: float,
) -> Tensor:
    if t is not None:
        mean, var = mean / (1 - single(beta1) ** t), var / (1 - single(beta2) ** t)
    return (mean / var.sqrt().add_(epsilon)).add_(weight, alpha=wd)


def _lamb_rate(r1: Tensor, r2: Tensor, lr: float, lower_bound: float, upper_bound: float) -> Tensor:
    for name, norm in (("r1", r1), ("r2", r2)):
        if tuple(norm.shape) != (1,):
            raise OperatorError(
                f"{name} is not one number", because=f"it has shape {tuple(norm.shape)}, not (1,)"
            )
    if lower_bound >= 0:
        r1 = r1.clamp(min=lower_bound)
    if upper_bound >= 0:
        r1 = r1.clamp(max=upper_bound)
    return torch.where((r1 == 0) | (r2 == 0), 1, r1 / r2) * lr


def _clipped(weight: Tensor, bound: float) -> Tensor:
    return weight.clamp_(-bound, bound) if bound >= 0 else weight
