"""A whole training step as one straight-line program: forward, loss, gradients, update."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import autograd
from ..base import message
from ..ndarray import NDArray
from ..tape import state
from .block import Block, changes
from .parameter import DeferredInitializationError
from .trainer import Trainer

if TYPE_CHECKING:
    from .stepping import StepProgram

__all__ = ["TrainStep"]

_MOST = 16  # programs of one step; further shapes run call by call
_UNKNOWN: Any = object()


class TrainStep:
    """One step of training, ``loss(net(data), label)``, its gradients and ``trainer.step``, as one program.

    ``step(data, label)`` computes what these lines do, to the same numbers:

        with autograd.record():
            l = loss(net(data), label)
        l.backward()
        trainer.step(data.shape[0])

    The first call for inputs of some shapes and types runs them and notes the kernels that they call, gradients
    included. Calls after it run these kernels one after the other: without blocks, tape and gradient engine, in
    memory that is used again, with gradients computed straight into their buffers. `program` shows the source.

    Parameters
    ----------
    net : the network, a `HybridBlock`; others run as the lines above.
    loss : called as ``loss(net(data), label, ...)``.
    trainer : updates the parameters. Its optimiser, schedule and multipliers may change between steps. None: a
        call leaves the gradients in ``grad()`` and updates nothing.

    The contract is that of ``hybridize``: what ``hybrid_forward`` does besides calling operators happens when a
    program is made, and not again until the network changes. Random draws happen in every step, in the same order.
    A network that has no graph, or that looks at elements, runs call by call; ``MXNET_EXPLAIN_RECOMPILES=1`` says
    why. Up to 16 programs are kept, one for each combination of shapes and types.

    Raises
    ------
    TypeError : an argument is something else.
    ValueError : the trainer updates no parameter of the network.
    MXNetError, RuntimeError, UserWarning : as the lines above.

    >>> from mxnet import gluon, init, nd
    >>> net = gluon.nn.Dense(1, in_units=2)
    >>> net.initialize(init.Zero())
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    >>> step = gluon.TrainStep(net, gluon.loss.L2Loss(), trainer)
    >>> step(nd.ones((4, 2)), nd.ones((4, 1))).asnumpy().tolist()
    [0.5, 0.5, 0.5, 0.5]
    >>> step(nd.ones((4, 2)), nd.ones((4, 1))).asnumpy().tolist()
    [0.125, 0.125, 0.125, 0.125]
    """

    def __init__(self, net: Block, loss: Callable[..., NDArray], trainer: Trainer | None = None) -> None:
        if not isinstance(net, Block) or not callable(loss) or not isinstance(trainer, (Trainer, type(None))):
            raise TypeError(
                message(
                    "TrainStep: takes a network, a loss and a trainer",
                    received=", ".join(type(each).__name__ for each in (net, loss, trainer)),
                    hint="TrainStep(net, gluon.loss.L2Loss(), trainer)",
                )
            )
        blocks = [net, loss] if isinstance(loss, Block) else [net]
        if trainer is not None:
            learned = {id(each) for block in blocks for each in block.collect_params().values()}
            if learned.isdisjoint(map(id, trainer._params)):
                raise ValueError(
                    message(
                        "TrainStep: the trainer updates no parameter of the network",
                        received=f"a network of {len(learned)} parameters, a trainer of {len(trainer._params)} others",
                        hint='gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})',
                    )
                )
        self.net = net
        self.loss = loss
        self.trainer = trainer
        self.outputs: Any = None
        """What the network returned in the last step: an array, or a list of them."""
        self._programs: dict[Any, StepProgram | None] = {}
        self._blocks = blocks
        self._seen = -1
        self._versions: list[int] = []

    def __call__(self, data: Any, *label: Any, batch_size: float | None = None) -> NDArray:
        """Train on one batch.

        Parameters
        ----------
        data : the input of the network; a list or tuple for several.
        label : what the loss takes besides the output: the label, and maybe weights of the examples.
        batch_size : what the gradient is divided by; by default the length of the first input's first axis.

        Returns
        -------
        The loss, as ``loss(net(data), *label)`` gives it; `outputs` holds what the network returned.
        """
        inputs = list(data) if isinstance(data, (list, tuple)) else [data]
        losses = self._gradients(inputs, label)
        if self.trainer is not None:
            self.trainer.step(inputs[0]._t.shape[0] if batch_size is None else batch_size)
        return losses

    def gradients(self, data: Any, *label: Any) -> NDArray:
        """Compute loss and gradients of one batch, and update nothing. Returns the loss."""
        return self._gradients(list(data) if isinstance(data, (list, tuple)) else [data], label)

    def _gradients(self, inputs: list[Any], label: tuple[Any, ...]) -> NDArray:
        given = [*inputs, *label]
        facts: list[Any] = [len(inputs)]
        for each in given:
            if type(each) is not NDArray or each._tape is not None:
                return self._call_by_call(inputs, label)
            tensor = each._t
            facts += (tensor.shape, tensor.dtype, each._ctx)
        key = tuple(facts)
        if self._seen != changes.count:
            self._look()
        program = self._programs.get(key, _UNKNOWN)
        if program is None or state.recording:
            return self._call_by_call(inputs, label)
        if program is _UNKNOWN or not program.is_current():
            self._programs.pop(key, None)
            return self._first(key, inputs, label)
        try:
            losses, self.outputs = program.run(given)
        except TypeError:  # a kernel takes in Python something else than what was recorded
            self._programs[key] = None
            return self._call_by_call(inputs, label)
        return losses

    def program(self) -> str:
        """The Python source of the newest program; raises ``RuntimeError`` if there is none."""
        made = [each for each in self._programs.values() if each is not None]
        if not made:
            raise RuntimeError(
                message(
                    "this step has no program yet",
                    hint="call it once; MXNET_EXPLAIN_RECOMPILES=1 says why a step runs call by call",
                )
            )
        return made[-1].replay.source

    # ------------------------------------------------------------------ making programs

    def _look(self) -> None:
        """Forget the programs if the network or the loss has changed."""
        versions = [each._version for block in self._blocks for each in _with_children(block)]
        if versions != self._versions:
            self._programs.clear()
            self._versions = versions
        self._seen = changes.count

    def _call_by_call(self, inputs: list[Any], label: tuple[Any, ...]) -> NDArray:
        with autograd.record():
            self.outputs = self.net(*inputs)
            losses = self.loss(self.outputs, *label)
        autograd.backward(losses)
        return losses

    def _first(self, key: tuple[Any, ...], inputs: list[NDArray], label: tuple[NDArray, ...]) -> NDArray:
        """Run call by call, and note the kernels for the next time."""
        from .stepping import FirstStep, NoProgram

        made: StepProgram | None = None
        first = None
        if len(self._programs) >= _MOST:
            reason = f"there are {_MOST} programs already"
        else:
            try:
                first = FirstStep(self.net, self.loss, inputs, label)
            except DeferredInitializationError:
                return self._call_by_call(inputs, label)  # once more when the shapes are known
            except NoProgram as error:
                reason = str(error)
            except Exception:  # the calls, one by one, say what is wrong
                return self._call_by_call(inputs, label)
            else:
                made, reason = first.program, first.refused or f"program {len(self._programs) + 1}"
            self._look()
            self._programs[key] = made
        if os.environ.get("MXNET_EXPLAIN_RECOMPILES", "0") not in ("", "0"):
            shapes = ", ".join(str(each.shape) for each in (*inputs, *label))
            how = "" if made is not None else "it runs call by call: "
            print(f"TrainStep: {self.net.name} for {shapes}: {how}{reason}", file=sys.stderr)
        if first is None:
            return self._call_by_call(inputs, label)
        self.outputs = first.outputs
        return first.losses


def _with_children(block: Block) -> list[Block]:
    found = [block]
    for child in block._children.values():
        found += _with_children(child)
    return found
