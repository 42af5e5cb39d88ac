"""Training with a scaled loss: `init_trainer`, `scale_loss` and `unscale`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from ... import autograd
from ... import optimizer as opt
from ...base import message
from ...gluon.train_step import TrainStep
from ...gluon.trainer import Trainer
from .loss_scaler import LossScaler

__all__ = ["init_trainer", "install", "scale_loss", "unscale"]


def install() -> None:
    """Let `gluon.TrainStep` scale the loss where its trainer does; it runs call by call then."""
    original = TrainStep._gradients

    @wraps(original)
    def gradients(self: TrainStep, inputs: list[Any], label: tuple[Any, ...]) -> Any:
        if not isinstance(self.trainer, _Scaling):
            return original(self, inputs, label)
        with autograd.record():
            self.outputs = self.net(*inputs)
            losses = self.loss(self.outputs, *label)
            with scale_loss(losses, self.trainer) as scaled:  # type: ignore[arg-type]
                autograd.backward(scaled)
        return losses

    TrainStep._gradients = gradients  # type: ignore[method-assign]


class _Scaling:
    """What a trainer does besides when its loss is scaled: no step with a gradient that is infinite or nan."""

    _amp_loss_scaler: LossScaler
    _amp_original_scale: float
    _params: list[Any]

    def _update(self: Any, ignore_stale_grad: bool = False) -> None:
        if not ignore_stale_grad:
            self._refuse_stale()
        if not self._amp_loss_scaler.has_overflow(self._params):
            super()._update(ignore_stale_grad)  # type: ignore[misc]

    def _update_in_store(self: Any, ignore_stale_grad: bool = False) -> None:
        if not self._amp_loss_scaler.has_overflow(self._params):
            super()._update_in_store(ignore_stale_grad)  # type: ignore[misc]

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        return _restored, (type(self).__bases__[1],), vars(self)


_classes: dict[type, type] = {}


def _scaling(trainer: type) -> type:
    """The class of trainers whose loss is scaled, with the name of the one that they have otherwise."""
    made = _classes.get(trainer)
    if made is None:
        named = {"__module__": trainer.__module__, "__doc__": trainer.__doc__}
        made = _classes[trainer] = type(trainer.__name__, (_Scaling, trainer), named)
    return made


def _restored(trainer: type) -> Any:
    """A copy of a trainer whose loss is scaled, before it gets its attributes."""
    return object.__new__(_scaling(trainer))


def init_trainer(optimizer_or_trainer: Trainer) -> None:
    """Let a trainer scale the loss and leave out the steps in which a gradient overflows.

    Parameters
    ----------
    optimizer_or_trainer : a `gluon.Trainer`.

    With several contexts, a step is left out in all of them where it would be in one. Differs from 1.9.1, which does
    not look at the gradients where the store updates the weights, and lets infinite ones in; and a second call for the
    same trainer starts the scale anew there, and warns and does nothing here.

    Raises
    ------
    AssertionError : there was no `init` before.
    TypeError : it is something else than a trainer.

    >>> from mxnet.contrib import amp
    >>> amp.init_trainer(mx.optimizer.SGD())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: AMP not initialized, did you forget to call amp.init()?
    ...
    """
    from . import amp

    if amp.policy is None:
        raise AssertionError(
            message(
                "AMP not initialized, did you forget to call amp.init()?",
                because="without it everything is computed in float32, and no loss needs a scale",
                hint="amp.init('bfloat16') as the first line after the imports",
            )
        )
    trainer = _trainer(optimizer_or_trainer)
    if isinstance(trainer, _Scaling):
        warnings.warn(
            message(
                "amp.init_trainer: this trainer scales its loss already, and keeps its scale",
                received=f"a trainer of {len(trainer._params)} parameters, for the second time",
                hint="once, after gluon.Trainer(...)",
            ),
            stacklevel=2,
        )
        return
    trainer._amp_loss_scaler = amp.take_scaler()  # type: ignore[attr-defined]
    trainer._amp_original_scale = trainer._scale  # type: ignore[attr-defined]
    trainer.__class__ = _scaling(type(trainer))


def _trainer(trainer: Any) -> Any:
    if isinstance(trainer, Trainer):
        return trainer
    if isinstance(trainer, opt.Optimizer):
        raise TypeError(
            message(
                "AMP is currently only compatible with Gluon Trainer",
                received=type(trainer).__name__,
                hint="amp.init_trainer(gluon.Trainer(net.collect_params(), optimizer))",
            )
        )
    raise TypeError(
        message(
            f"optimizer_or_trainer should be a Gluon Trainer or an optimizer, instead is {type(trainer)}",
            hint="the gluon.Trainer that updates the parameters",
        )
    )


@contextmanager
def scale_loss(loss: Any, optimizer_or_trainer: Trainer) -> Iterator[Any]:
    """The loss times the factor of now, for ``backward``; the trainer divides the gradients by it again.

    Parameters
    ----------
    loss : an array, or a list of them.
    optimizer_or_trainer : a trainer after `init_trainer`.

        with autograd.record():
            loss = loss_of(net(x), y)
            with amp.scale_loss(loss, trainer) as scaled:
                autograd.backward(scaled)
        trainer.step(batch_size)

    Raises
    ------
    AttributeError : there was no `init_trainer` for the trainer.
    TypeError : the loss is something else.
    """
    if not isinstance(optimizer_or_trainer, _Scaling):
        trainer = _trainer(optimizer_or_trainer)
        raise AttributeError(
            message(
                f"{type(trainer).__name__!r} object has no attribute '_amp_loss_scaler'",
                received="amp.scale_loss(loss, trainer)",
                because="this trainer does not know how to divide by the scale again",
                hint="amp.init_trainer(trainer) before",
            )
        )
    trainer = optimizer_or_trainer
    scale = trainer._amp_loss_scaler.loss_scale
    if isinstance(loss, (dict, str, type(None))):
        raise TypeError(
            message(
                f"amp.scale_loss: unsupported operand type(s) for *: 'float' and {type(loss).__name__!r}",
                received=type(loss).__name__,
                because="a loss is an array, or a list of them",
                hint="list(losses.values())" if isinstance(loss, dict) else None,
            )
        )
    scaled = [each * scale for each in loss] if isinstance(loss, (list, tuple)) else loss * scale
    trainer._scale = trainer._amp_original_scale / scale
    yield scaled


def unscale(optimizer_or_trainer: Trainer) -> None:
    """Divide the gradients by the scale of the loss now instead of in ``step``: to clip them, or to look at them.

    Between ``backward`` and ``step``; a second call changes nothing.

    Raises ``TypeError`` for what is no trainer.
    """
    trainer = _trainer(optimizer_or_trainer)
    scale = trainer._scale
    if scale != 1.0:
        with autograd.pause():
            for parameter in trainer._params:
                if parameter.grad_req != "null":
                    for gradient in parameter.list_grad():
                        gradient *= scale
    trainer._scale = 1.0
