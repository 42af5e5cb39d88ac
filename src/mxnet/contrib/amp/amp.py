"""Automatic mixed precision: `init`, and the lists of operators."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import Any

from ..._surface import module_getattr as _module_getattr
from ...base import message
from .conversion import convert_bucketing_module, convert_hybrid_block, convert_model, convert_symbol
from .loss_scaler import LossScaler
from .policy import Policy, listed, policy_of, target_of
from .training import init_trainer, scale_loss, unscale

__all__ = [
    "convert_bucketing_module",
    "convert_hybrid_block",
    "convert_model",
    "convert_symbol",
    "init",
    "init_trainer",
    "list_conditional_fp32_ops",
    "list_fp32_ops",
    "list_loss_output_functions",
    "list_lp16_fp32_ops",
    "list_lp16_ops",
    "list_lp16_use_fp32_params",
    "list_widest_type_cast",
    "scale_loss",
    "unscale",
]

_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name == "_amp_initialized":  # which GluonNLP asks for
        return policy is not None
    return _absent(name)


policy: Policy | None = None
"""What `init` set up."""

_loss_scaler = LossScaler()  # of the operators that make their gradient themselves, and of the first trainer
_taken = False


def init(
    target_dtype: Any = "float16",
    target_precision_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    fp32_ops: Sequence[str] | None = None,
) -> None:
    """Compute in low precision from now on, wherever that does no harm, in the whole process.

    Matrix products and convolutions take and return the low precision; exponentials, sums, norms and losses take and
    return float32; what joins arrays takes the widest of their types. Parameters stay float32, and so do their
    gradients: they are cast on their way into each call. Arrays of other types are left alone.

    Call it once, after the imports: graphs, hybridized blocks and functions that a program made or took out of ``nd``
    before stay what they were. It cannot be undone.

    Parameters
    ----------
    target_dtype : ``'float16'`` or ``'bfloat16'``. bfloat16 has the range of float32: losses need no scale.
    target_precision_ops : operators that take the low precision, in the place of `list_lp16_ops`.
    conditional_fp32_ops : (operator, attribute, values) with which it takes float32, in the place of
        `list_conditional_fp32_ops`.
    fp32_ops : operators that take float32, in the place of `list_fp32_ops`.

    Differs from 1.9.1: float16 works on the CPU, too; an operator that a program lists itself is no longer in MXNet's
    other lists; an array that is written in place keeps its type.

    Raises
    ------
    AssertionError : another type; an operator in two lists.
    AttributeError : no such operator. Nothing is changed then.
    """
    global policy
    target = target_of(target_dtype, "amp.init")
    new = policy_of(
        target, target_precision_ops, fp32_ops, conditional_fp32_ops, "amp.init", "target_precision_ops"
    )
    if policy is not None:
        if new != policy:
            warnings.warn(
                message(
                    f"amp.init: it was called before, for {policy.target}, and nothing is changed",
                    received=f"target_dtype={target_dtype!r}",
                    because="mixed precision is set up once in a process",
                    hint="a process of its own",
                ),
                stacklevel=2,
            )
        return
    from . import composing, imperative, training

    logging.info("Using AMP")
    imperative.install(new, lambda: _loss_scaler.loss_scale)
    composing.install(new)
    training.install()
    policy = new


def take_scaler() -> LossScaler:
    """The scaler for a trainer: the first has that of the operators that make their gradient themselves."""
    global _taken
    if _taken:
        return LossScaler()
    _taken = True
    return _loss_scaler


def list_lp16_ops(target_dtype: Any) -> list[str]:
    """The operators that take the low precision.

    >>> from mxnet.contrib import amp
    >>> amp.list_lp16_ops("float16")
    ['Convolution', 'Deconvolution', 'FullyConnected', 'RNN']
    """
    return _list("low", target_dtype)


def list_fp32_ops(target_dtype: Any) -> list[str]:
    """The operators that take float32, because they lose too much otherwise.

    >>> from mxnet.contrib import amp
    >>> "softmax" in amp.list_fp32_ops("float16")
    True
    """
    return _list("full", target_dtype)


def list_lp16_fp32_ops(target_dtype: Any) -> list[str]:
    """The operators that take either type as it comes."""
    return _list("both", target_dtype)


def list_conditional_fp32_ops(target_dtype: Any) -> list[tuple[str, str, list[str]]]:
    """The operators that take float32 where an attribute has one of these values.

    >>> from mxnet.contrib import amp
    >>> amp.list_conditional_fp32_ops("bfloat16")[0]
    ('Activation', 'act_type', ['softrelu'])
    """
    return _list("conditional", target_dtype)


def list_widest_type_cast(target_dtype: Any) -> list[str]:
    """The operators whose inputs are cast to the widest type among them."""
    return _list("widest", target_dtype)


def list_loss_output_functions(target_dtype: Any) -> list[str]:
    """The ends of networks that make their gradient themselves, and multiply it by the scale of the loss."""
    return _list("losses", target_dtype)


def list_lp16_use_fp32_params(target_dtype: Any) -> dict[str, list[str]] | None:
    """The operators in low precision of which these inputs stay in float32; None for float16."""
    return _list("full_params", target_dtype)


def _list(kind: str, target_dtype: Any) -> Any:
    return listed(kind, target_of(target_dtype, "amp.list_..."))
