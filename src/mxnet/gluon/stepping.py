"""The programs of `TrainStep`: what a first step notes down, and how it runs again."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from .. import autograd, random
from .._replay import Draw, Recorder, Replay, improved
from ..base import MXNetError
from ..context import Context
from ..ndarray import NDArray
from ..tape import Variable, state
from .block import Block
from .hybrid_block import HybridBlock
from .parameter import Parameter
from .tracing import ONE, Compiled, compiled_for, flattened, with_children
from .tracing import regrouped as nested

__all__ = ["FirstStep", "NoProgram", "StepProgram"]


class NoProgram(Exception):
    """Why a step has no program."""


class StepProgram:
    """A replay, where its tensors come from, and where its gradients go."""

    def __init__(
        self,
        recorder: Recorder,
        ctx: Context,
        used: list[tuple[Parameter, Variable | None]],
        gradients: list[tuple[Variable, torch.Tensor]],
        shown: Sequence[torch.Tensor],
        structures: tuple[Any, Any],
    ) -> None:
        outputs = [recorder.value(each) for each in (*(g for _, g in gradients), *shown)]
        calls, kept = improved(recorder.calls, outputs)
        numbers = itertools.count()
        buffers = [next(numbers) if variable.grad_req == "write" else None for variable, _ in gradients]
        self.replay = Replay(calls, len(recorder.given), kept, [*buffers, *[None] * len(shown)])
        self.ctx = ctx
        self.used = used
        self.variables = [variable for variable, _ in gradients]
        self.filled = [
            variable for variable, number in zip(self.variables, buffers, strict=True) if number is not None
        ]
        # those that the replay returns: whether the tensor may become the buffer, or has to be copied into it
        roots = Counter(value.root for value in kept if value is not None)
        self.returned = [
            (
                variable,
                variable.grad_req == "write" and value.dense and value.root.is_own and roots[value.root] == 1,
            )
            for variable, value, returned in zip(self.variables, kept, self.replay.returned, strict=False)
            if returned and value is not None
        ]
        self.structures = structures
        self.count = len(shown) - _size(structures[1])
        self.plain = structures == (ONE, ONE)
        self.draws = any(isinstance(call.function, Draw) for call in calls)

    def is_current(self) -> bool:
        """Whether the parameters are the variables that they were."""
        ctx = self.ctx
        for each, variable in self.used:
            array = each._only
            if each._only_ctx is not ctx or (variable is not None and array._tape is not variable):  # type: ignore[union-attr]
                return False
        return True

    def run(self, given: list[NDArray]) -> tuple[NDArray, Any]:
        """Loss and outputs; the gradients go into the buffers."""
        ctx = self.ctx
        results = self.replay.function(
            *[each._t for each in given],
            *[each._only._t for each, _ in self.used],  # type: ignore[union-attr]
            *[variable.buffer._t for variable in self.filled],
            random.stream(ctx) if self.draws else None,
        )
        for variable in self.variables:
            variable.fresh = True
        for (variable, owned), gradient in zip(self.returned, results, strict=False):
            _keep(variable, gradient, owned)
        arrays = [NDArray._wrap(each, ctx) for each in results[len(self.returned) :]]
        if self.plain:
            return arrays[0], arrays[1]
        losses, outputs = self.structures
        return regrouped(arrays[: self.count], losses), regrouped(arrays[self.count :], outputs)


class FirstStep:
    """The first step for some shapes.

    Attributes
    ----------
    losses, outputs : what it computed; the gradients are in their buffers.
    program : for the steps after it, or None.
    refused : why there is none.
    """

    def __init__(self, net: Block, loss: Any, inputs: list[NDArray], label: tuple[NDArray, ...]) -> None:
        ctx = inputs[0]._ctx
        compiled = _compiled(net, loss, inputs)
        program, sources = compiled.program, compiled.sources
        used = list(dict.fromkeys(parameter for _, parameter, _ in sources if parameter is not None))
        if any(each._only_ctx is not ctx for each in used):
            raise NoProgram("its parameters are in several contexts, or in another than its input")
        variables = [each._only._tape for each in used]  # type: ignore[union-attr]
        changed = {parameter for _, parameter, written in sources if written}
        weights = {}
        for each, variable in zip(used, variables, strict=True):
            weight = weights[each] = each._only._t.detach()  # type: ignore[union-attr]
            if each not in changed and variable is not None and variable.leaf.requires_grad:
                weight.requires_grad_()
        tensors = [each._t.detach() for each in (*inputs, *label)]
        recorder = Recorder([*tensors, *weights.values()])
        with autograd.record(), recorder, torch.enable_grad():
            fed = [tensors[place] if each is None else weights[each] for place, each, _ in sources]
            results = program._function(*fed, True, recorder.stream(random.stream(ctx)), ctx)
            losses, grouped = _losses(loss, results, compiled.structure, tensors[len(inputs) :], ctx)
            learned = [(v, w) for v, w in zip(variables, weights.values(), strict=True) if w.requires_grad]
            ones = [torch.ones_like(each) for each in losses]
            found = autograd.gradients_of(losses, [w for _, w in learned], ones)
        gradients = [(v, g) for (v, _), g in zip(learned, found, strict=True) if g is not None]
        self.program: StepProgram | None = None
        if recorder.refused is None:
            known = list(zip(used, variables, strict=True))
            shown = [*losses, *results]
            self.program = StepProgram(recorder, ctx, known, gradients, shown, (grouped, compiled.structure))
        self.refused = recorder.refused
        for variable, gradient in gradients:
            variable.fresh = True
            _keep(variable, gradient.detach(), owned=False)
        arrays = [NDArray._wrap(each.detach(), ctx) for each in (*losses, *results)]
        self.losses = regrouped(arrays[: len(losses)], grouped)
        self.outputs = regrouped(arrays[len(losses) :], compiled.structure)


def _size(structure: Any) -> int:
    """How many arrays there are in a structure."""
    if structure is None or structure is ONE:
        return 1
    return sum(_size(each) for each in structure[1])


def regrouped(arrays: list[NDArray], structure: Any) -> Any:
    """Arrays as a call returned them."""
    return arrays[0] if structure is ONE else nested(arrays, structure)[0]


def _losses(
    loss: Any, results: Sequence[torch.Tensor], structure: Any, labels: Sequence[torch.Tensor], ctx: Context
) -> tuple[list[torch.Tensor], Any]:
    """What the loss gives for the results of a network, taped, and how it groups it."""
    predictions = []
    for tensor in results:
        array = NDArray._wrap(tensor, ctx)
        if tensor.requires_grad:
            array._tape = state.record
        predictions.append(array)
    losses = loss(regrouped(predictions, structure), *[NDArray._wrap(each, ctx) for each in labels])
    flat, grouped = flattened([losses])
    if grouped == (False, (None,)):
        grouped = ONE
    for each in flat:
        if not each._t.requires_grad:
            autograd.backward(each)  # which says what is wrong
    return [each._t for each in flat], grouped


def _compiled(net: Block, loss: Any, inputs: list[NDArray]) -> Compiled:
    """The network as a program for training; raises where there is none."""
    if not isinstance(net, HybridBlock):
        raise NoProgram(f"{type(net).__name__} is no HybridBlock")
    if not isinstance(loss, HybridBlock) or list(loss.collect_params().values()):
        raise NoProgram("the loss is no HybridBlock without parameters")
    if any(each._forward_hooks or each._forward_pre_hooks for each in (net, *with_children(loss))):
        raise NoProgram("a block has hooks")
    for each in net.collect_params().values():
        each.list_data()  # one that waits for its shape, or was never initialised, says so
    try:
        with autograd.record():
            compiled = compiled_for(net, *inputs)
    except MXNetError as error:
        raise NoProgram(error.what) from None
    if compiled.kept:
        block, name, _ = compiled.kept[0]
        raise NoProgram(f"hybrid_forward of {block.name} keeps {name}")
    return compiled


def _keep(variable: Variable, gradient: torch.Tensor, owned: bool) -> None:
    """Put a gradient into its buffer; one that nobody else sees may become it."""
    buffer = variable.buffer
    if variable.grad_req == "add":
        buffer._t.add_(gradient)
    elif owned and not buffer._shared:
        buffer._t = gradient
    else:
        buffer._t.copy_(gradient)
