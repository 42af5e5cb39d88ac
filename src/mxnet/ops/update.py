"""One step of gradient descent as an operator: ``nd.sgd_update(weight, grad, out=weight, lr=0.1)`` and its relatives.

Each returns the new weight (``out=weight`` writes it in place) and updates its states in place. Common to all:

- ``g = clip(rescale_grad * grad)``, cut to ``[-clip_gradient, clip_gradient]`` where that is not negative;
- ``wd`` is the weight decay, ``lr`` the learning rate;
- weight, gradient and states have one shape, and but for ``mp_*`` one type;
- ``mp_*`` keep a copy of the weight in float32, ``weight32``, which takes the step; the result is that copy in the
  weight's type;
- ``lazy_update`` concerns sparse gradients and changes nothing here.
"""

from __future__ import annotations

import struct
from typing import Any

import torch

from .registry import OperatorError, operator

__all__ = ["check_update", "nag_step", "prepared", "sgd_step", "single"]

Tensor = torch.Tensor


@operator("sgd_update", differentiable=False, same_dtype=True)
def sgd_update(
    weight: Tensor,
    grad: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """Gradient descent: ``weight - lr * (g + wd * weight)``.

    >>> weight = nd.array([1, 2])
    >>> nd.sgd_update(weight, nd.array([1, -1]), lr=0.5, out=weight)
    <BLANKLINE>
    [0.5 2.5]
    <NDArray 2 @cpu(0)>
    """
    check_update(weight, grad=grad)
    return sgd_step(weight, prepared(grad, rescale_grad, clip_gradient), None, lr, wd)


@operator("sgd_mom_update", differentiable=False, same_dtype=True, mutates=("mom",))
def sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """Gradient descent with momentum: ``mom = momentum * mom - lr * (g + wd * weight)``, ``weight + mom``.

    >>> weight, mom = nd.array([1.0]), nd.array([0.5])
    >>> nd.sgd_mom_update(weight, nd.array([1.0]), mom, lr=0.25, momentum=0.5).asscalar().item()
    1.0
    >>> mom.asscalar().item()
    0.0
    """
    check_update(weight, grad=grad, mom=mom)
    return sgd_step(weight, prepared(grad, rescale_grad, clip_gradient), mom, lr, wd, momentum)


@operator("mp_sgd_update", differentiable=False, mutates=("weight32",))
def mp_sgd_update(
    weight: Tensor,
    grad: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """`sgd_update` of a weight of low precision: ``weight32 -= lr * (g + wd * weight32)``."""
    check_update(weight, grad=grad, weight32=weight32)
    gradient = prepared(grad.to(weight32.dtype), rescale_grad, clip_gradient)
    return weight32.copy_(sgd_step(weight32, gradient, None, lr, wd)).to(weight.dtype, copy=True)


@operator("mp_sgd_mom_update", differentiable=False, mutates=("mom", "weight32"))
def mp_sgd_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> Tensor:
    """`sgd_mom_update` of a weight of low precision, with ``mom`` and ``weight32`` in float32."""
    check_update(weight, grad=grad, mom=mom, weight32=weight32)
    gradient = prepared(grad.to(weight32.dtype), rescale_grad, clip_gradient)
    return weight32.copy_(sgd_step(weight32, gradient, mom, lr, wd, momentum)).to(weight.dtype, copy=True)


@operator("nag_mom_update", differentiable=False, same_dtype=True, mutates=("mom",))
def nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Nesterov's momentum: ``mom = momentum * mom - lr * h``, ``weight + momentum * mom - lr * h``.

    Here ``h = g + wd * weight``.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    """
    check_update(weight, grad=grad, mom=mom)
    decayed = prepared(grad, rescale_grad, clip_gradient).add_(weight, alpha=wd)
    return nag_step(weight, decayed, mom, lr, momentum)


@operator("mp_nag_mom_update", differentiable=False, mutates=("mom", "weight32"))
def mp_nag_mom_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    weight32: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """`nag_mom_update` of a weight of low precision, with ``mom`` and ``weight32`` in float32.

    As in 1.9.1, the weight decay in ``mom`` is that of the weight after the step.
    """
    check_update(weight, grad=grad, mom=mom, weight32=weight32)
    gradient = prepared(grad.to(weight32.dtype), rescale_grad, clip_gradient)
    old = mom.clone()
    new = nag_step(weight32, gradient.add(weight32, alpha=wd), mom, lr, momentum)
    mom.copy_(old.mul_(momentum).sub_(gradient.add_(new, alpha=wd), alpha=lr))
    return weight32.copy_(new).to(weight.dtype, copy=True)


@operator("signsgd_update", differentiable=False, same_dtype=True)
def signsgd_update(
    weight: Tensor,
    grad: Tensor,
    *,
    lr: float,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> Tensor:
    """Steps of one length: ``(1 - lr * wd) * weight - lr * sign(grad)``; ``grad`` is neither rescaled nor clipped.

    Source: Bernstein et al., arXiv:1802.04434.
    """
    check_update(weight, grad=grad)
    return torch.mul(weight, 1 - lr * wd).sub_(grad.sign(), alpha=lr)


@operator("signum_update", differentiable=False, same_dtype=True, mutates=("mom",))
def signum_update(
    weight: Tensor,
    grad: Tensor,
    mom: Tensor,
    *,
    lr: float,
    momentum: float = 0.0,
    wd: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    wd_lh: float = 0.0,
) -> Tensor:
    """`signsgd_update` by an average of gradients: ``mom = momentum * mom - (1 - momentum) * (g + wd * weight)``,

    ``(1 - lr * wd_lh) * weight + lr * sign(mom)``. ``wd_lh`` is the decoupled weight decay of Loshchilov and Hutter.

    Source: Bernstein et al., arXiv:1802.04434.
    """
    check_update(weight, grad=grad, mom=mom)
    decayed = prepared(grad, rescale_grad, clip_gradient).add_(weight, alpha=wd)
    mom.mul_(momentum).sub_(decayed, alpha=1 - single(momentum))
    return torch.mul(weight, 1 - lr * wd_lh).add_(mom.sign(), alpha=lr)


def sgd_step(
    weight: Tensor, gradient: Tensor, mom: Tensor | None, lr: float, wd: float, momentum: float = 0.0
) -> Tensor:
    """The weight after a step of gradient descent; ``gradient`` is prepared and may be written over."""
    step = gradient.add_(weight, alpha=wd).mul_(-lr)
    if mom is not None:
        step = mom.mul_(momentum).add_(step)
    return weight + step


def nag_step(weight: Tensor, decayed: Tensor, mom: Tensor, lr: float, momentum: float) -> Tensor:
    """The weight after a step with Nesterov's momentum; ``decayed`` is the gradient with the weight decay."""
    mom.mul_(momentum).sub_(decayed, alpha=lr)
    return torch.add(weight, mom, alpha=momentum).sub_(decayed, alpha=lr)


def prepared(
    gradient: Tensor,
    rescale: float,
    clip: float,
    decayed: Tensor | None = None,
    wd: float = 0.0,
) -> Tensor:
    """A new tensor: the gradient times ``rescale``, plus ``wd * decayed`` where given, then clipped."""
    result = gradient * rescale
    if decayed is not None and wd:
        result.add_(decayed, alpha=wd)
    return result.clamp_(-clip, clip) if clip >= 0 else result


def single(value: float) -> float:
    """The float32 next to ``value``: ``1 - beta`` of a beta near 1 depends on it in the fifth place.

    >>> 1 - single(0.999)
    0.0009999871253967285
    """
    return float(struct.unpack("f", struct.pack("f", value))[0])


def check_update(weight: Tensor, **others: Any) -> None:
    """Refuse weights of whole numbers, and gradients or states of another shape."""
    if not weight.is_floating_point():
        raise OperatorError(
            "the weight holds whole numbers", because="a step of gradient descent is no whole number"
        )
    for name, array in others.items():
        if array.shape != weight.shape:
            raise OperatorError(
                f"{name} does not fit the weight",
                because=f"weight has shape {tuple(weight.shape)}, {name} {tuple(array.shape)}",
            )
        if name == "weight32" and array.dtype != torch.float32:
            raise OperatorError("weight32 is not float32", hint="weight.astype('float32')")
