"""The handler that ends a training at the first loss or gradient that is not a number, and says where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from ....base import MXNetError
from ....ndarray import NDArray
from .events import BatchEnd
from .utils import check_period

if TYPE_CHECKING:
    from ...block import Block
    from ...parameter import Parameter
    from .estimator import Estimator

__all__ = ["NonFiniteError", "TerminateOnNaN"]

_TRIES = 5
"""Forward passes to look for what happened: with dropout, no two are the same."""


class NonFiniteError(MXNetError, ArithmeticError):
    """A loss or a gradient is infinite or not a number.

    Attributes
    ----------
    epoch, batch : when, both counted from 0, the batch within its epoch.
    kind : where it began: ``'data'``, ``'parameter'``, ``'output'``, ``'loss'``, ``'gradient'``, or ``'unknown'``.
    block : the name of the layer or the loss, if one is to blame.
    parameter : the name of the parameter, if one is to blame.
    """

    epoch: int
    batch: int
    kind: str
    block: str | None = None
    parameter: str | None = None


class TerminateOnNaN(BatchEnd):
    """Ends a training with `NonFiniteError` when a loss or a gradient is infinite or not a number.

    The weights are those from before the batch: it looks before they are updated. The error names what went wrong
    first: the data of the batch; a parameter, which the update before must have broken; the first layer whose output
    is not finite (the forward pass is run again to find it); the loss; or the layer whose gradient is the first that
    is not finite on the way back.

    Parameters
    ----------
    check_gradients : whether gradients are looked at, and not the loss alone.
    batch_period : after how many batches it looks; each look waits for an accelerator.
    priority : -3000 by default: before gradients are clipped and weights updated.

    Raises
    ------
    ValueError : ``batch_period`` is no positive whole number.

    >>> from mxnet import gluon
    >>> from mxnet.gluon.contrib.estimator import Estimator, TerminateOnNaN
    >>> data = gluon.data.DataLoader(gluon.data.ArrayDataset(nd.ones((4, 2)) * 1e30, nd.ones((4,))), batch_size=2)
    >>> net = gluon.nn.Dense(1, prefix="dense_")
    >>> net.initialize(init.Constant(1e10))
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> Estimator(net, gluon.loss.L2Loss(), trainer=trainer).fit(data, epochs=1, event_handlers=TerminateOnNaN())
    Traceback (most recent call last):
    mxnet.gluon.contrib.estimator.nan.NonFiniteError: TerminateOnNaN: the loss is not finite in epoch 0, batch 0
      received: a loss that is inf for 2 of 2 elements, learning rate 0.1
      because:  the output of layer 'dense' (Dense) is the first that is not finite: inf for 2 of 2 elements; its ...
      try:      ...
    """

    def __init__(self, check_gradients: bool = True, batch_period: int = 1, priority: float = -3000) -> None:
        check_period("TerminateOnNaN", "batch_period", batch_period or "0")
        self.check_gradients = check_gradients
        self.batch_period = batch_period
        self.priority = priority

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Look at the losses and gradients of the batch."""
        if (estimator._position.batches - 1) % self.batch_period:
            return
        losses = [each for each in _arrays(kwargs["loss"]) if each._t.is_floating_point()]
        if not _all_finite([each._plain() for each in losses]):
            raise self._explain_loss(estimator, kwargs["batch"], losses)
        if not self.check_gradients:
            return
        learned = [p for p in estimator.net.collect_params().values() if p.grad_req != "null" and p._data]
        if not _all_finite([gradient._plain() for p in learned for gradient in p.list_grad()]):
            raise self._explain_gradient(estimator, learned)

    # ------------------------------------------------------------------ the reasons

    def _explain_loss(self, estimator: Estimator, batch: Any, losses: list[NDArray]) -> NonFiniteError:
        described = f"a loss that is {_count(losses)}"
        for place, array in _places(batch):
            if _is_bad(array):
                rows = torch.isfinite(array._plain().reshape(len(array), -1)).all(1).logical_not()
                return _error(
                    estimator,
                    "loss",
                    described,
                    "data",
                    f"{place} of the batch is {_count([array])}, in {int(rows.sum())} of {len(array)} samples, the "
                    f"first being number {int(rows.nonzero()[0])}",
                    "fill in or leave out what is missing in the data; np.isfinite(x).all() tells",
                )
        for parameter in estimator.net.collect_params().values():
            if parameter._data and any(map(_is_bad, parameter.list_data())):
                return _error(
                    estimator,
                    "loss",
                    described,
                    "parameter",
                    f"parameter '{parameter.name}'{_layer_of(estimator.net, parameter)} is "
                    f"{_count(parameter.list_data())}: the update after an earlier batch broke it",
                    _smaller_steps(estimator),
                    parameter=parameter.name,
                )
        found = _first_bad_output(estimator, batch)
        if found is None:
            return _error(
                estimator,
                "loss",
                described,
                "unknown",
                f"{_TRIES} more forward passes with the same batch and other random numbers were finite",
                _smaller_steps(estimator),
            )
        block, inputs, outputs = found
        about_inputs = ", ".join(_range(each) for each in inputs if each._t.is_floating_point())
        what = f"'{block.name}' ({type(block).__name__})"
        if any(block is each for each in _blocks(estimator.loss)):
            return _error(
                estimator,
                "loss",
                described,
                "loss",
                f"all layers gave finite outputs; the loss {what} made it of predictions {about_inputs}",
                "see that the labels are in range (class numbers below the number of outputs), that from_logits and "
                "from_sigmoid say what the last layer does, and that no logarithm is taken of 0",
                block=block.name,
            )
        return _error(
            estimator,
            "loss",
            described,
            "output",
            f"the output of layer {what} is the first that is not finite: {_count(outputs)}; "
            f"its inputs are: {about_inputs}",
            _smaller_steps(estimator)
            + ("; float32 instead of float16" if any(x.dtype.itemsize == 2 for x in outputs) else "")
            + "; inputs near 1 in size; logarithms, roots and quotients of x + 1e-12",
            block=block.name,
        )

    def _explain_gradient(self, estimator: Estimator, learned: list[Parameter]) -> NonFiniteError:
        bad = [p for p in learned if any(map(_is_bad, p.list_grad()))]
        origin = bad[-1]
        names = ", ".join(f"'{p.name}'" for p in bad[:8]) + (", ..." if len(bad) > 8 else "")
        layer = _owner(estimator.net, origin)
        return _error(
            estimator,
            "gradient",
            f"gradients that are infinite or no numbers of {len(bad)} of {len(learned)} parameters: {names}",
            "gradient",
            f"on the way back from the loss, that of '{origin.name}'{_layer_of(estimator.net, origin)} is the first: "
            f"{_count(origin.list_grad())}; outputs and loss are finite",
            "roots, logarithms, norms and quotients of x + 1e-12: at 0 their gradients are infinite; "
            + _smaller_steps(estimator),
            block=None if layer is None else layer.name,
            parameter=origin.name,
        )


def _error(
    estimator: Estimator,
    what: str,
    received: str,
    kind: str,
    because: str,
    hint: str,
    block: str | None = None,
    parameter: str | None = None,
) -> NonFiniteError:
    position = estimator._position
    epoch, batch = position.epoch, position.batch - 1
    error = NonFiniteError(
        f"TerminateOnNaN: the {what} is not finite in epoch {epoch}, batch {batch}",
        received=f"{received}, learning rate {estimator.trainer.learning_rate:g}",
        because=because,
        hint=hint,
    )
    error.epoch, error.batch, error.kind, error.block, error.parameter = epoch, batch, kind, block, parameter
    return error


def _smaller_steps(estimator: Estimator) -> str:
    return (
        f"a learning rate below {estimator.trainer.learning_rate:g} (LearningRateFinder looks for one), or "
        "GradientClippingHandler(max_norm=1.0)"
    )


# ------------------------------------------------------------------------------------- the forward pass again


def _first_bad_output(estimator: Estimator, batch: Any) -> tuple[Block, list[NDArray], list[NDArray]] | None:
    """The innermost layer that is the first to make a bad output of good inputs, with its inputs and outputs."""
    found: list[tuple[Block, list[NDArray], list[NDArray]]] = []

    def look(block: Block, inputs: Any, output: Any) -> None:
        given, outputs = list(_arrays(inputs)), list(_arrays(output))
        # A layer of bad inputs, such as an activation, has them from the layer around it, which is not done yet.
        if not found and any(map(_is_bad, outputs)) and not any(map(_is_bad, given)):
            found.append((block, given, outputs))

    blocks = [*_blocks(estimator.net), *_blocks(estimator.loss)]
    active = [getattr(block, "_active", False) for block in blocks]
    kept = [
        (array, array.copy())
        for p in estimator.net.collect_params().values()
        if p._data
        for array in (p.list_data() if p.grad_req == "null" else p.list_grad())
    ]
    handles = [block.register_forward_hook(look) for block in blocks]
    try:
        for block in blocks:
            if hasattr(block, "_active"):
                block._active = False  # the programs of hybridized blocks call no hooks
        for _ in range(_TRIES):
            estimator.fit_batch(batch, estimator.batch_axis)
            if found:
                return found[0]
        return None
    finally:
        for handle in handles:
            handle.detach()
        for block, was_active in zip(blocks, active, strict=True):
            if hasattr(block, "_active"):
                block._active = was_active
        for array, before in kept:  # running statistics, and gradients that add up
            array[:] = before


def _blocks(block: Block) -> list[Block]:
    """A block and all inside it, each once."""
    found: dict[int, Block] = {}
    block.apply(lambda each: found.setdefault(id(each), each))
    return list(found.values())


def _owner(net: Block, parameter: Parameter) -> Block | None:
    return next(
        (block for block in _blocks(net) if any(p is parameter for p in block._reg_params.values())), None
    )


def _layer_of(net: Block, parameter: Parameter) -> str:
    owner = _owner(net, parameter)
    return "" if owner is None else f" of layer '{owner.name}' ({type(owner).__name__})"


# -------------------------------------------------------------------------------------------------- arrays


def _arrays(value: Any) -> Iterator[NDArray]:
    """The arrays in nested lists and tuples."""
    if isinstance(value, NDArray):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _arrays(each)


def _places(batch: Any, path: str = "") -> Iterator[tuple[str, NDArray]]:
    """The arrays of a batch with their places."""
    if isinstance(batch, (list, tuple)):
        for index, each in enumerate(batch):
            name = ("the data", "the label")[index] if not path and len(batch) == 2 else f"{path}[{index}]"
            yield from _places(each, name)
    elif isinstance(batch, NDArray):
        yield (f"array {path}" if path.startswith("[") else path or "the array"), batch


def _is_bad(array: NDArray) -> bool:
    return not bool(torch.isfinite(array._plain()).all())


def _all_finite(tensors: list[torch.Tensor]) -> bool:
    """Whether all elements are finite; waits for the device once."""
    # the largest absolute value: it is nan where an element is, and cannot overflow as a sum can
    largest = [torch.linalg.vector_norm(t, float("inf")).float().cpu() for t in tensors if t.numel()]
    if len(largest) == 1:
        return bool(torch.isfinite(largest[0]))
    return not largest or bool(torch.isfinite(torch.stack(largest)).all())


def _count(arrays: list[NDArray]) -> str:
    """Such as ``nan for 3 of 32 elements``."""
    tensors = [each._plain() for each in arrays]
    nan = sum(int(torch.isnan(t).sum()) for t in tensors)
    inf = sum(int(torch.isinf(t).sum()) for t in tensors)
    total = sum(t.numel() for t in tensors)
    if nan and inf:
        return f"nan for {nan} and inf for {inf} of {total} elements"
    return f"{'nan' if nan else 'inf'} for {nan or inf} of {total} elements"


def _range(array: NDArray) -> str:
    tensor = array._plain()
    if not tensor.numel():
        return f"{tuple(tensor.shape)}"
    return f"{tuple(tensor.shape)} from {float(tensor.min()):.3g} to {float(tensor.max()):.3g}"
