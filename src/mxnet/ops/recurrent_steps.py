"""One layer of a GRU over a sequence on a CPU, forwards and backwards by hand.

PyTorch has a kernel for whole LSTMs there, but records a dozen calls for every step of a GRU, and joins the gradients
of its weights step by step. Here a step is five calls forwards and three backwards, into arrays that are there
already; everything that does not go from step to step (the products with the inputs, the slopes of all gates, the
gradients of the weights) is computed at once.
"""

from __future__ import annotations

from typing import Any

import torch

Tensor = torch.Tensor

__all__ = ["gru_over_steps"]


def gru_over_steps(
    data: Tensor, state: Tensor, weights: list[Tensor], backwards: bool
) -> tuple[Tensor, Tensor]:
    """Outputs of all steps, and the last state.

    Shapes: data ``(steps, batch, features)``, state ``(batch, units)``; weights W, R, b, r as `RNN` has them.
    """
    output, end = _GRU.apply(data.flip(0) if backwards else data, state, *weights)
    return (output.flip(0) if backwards else output), end


class _GRU(torch.autograd.Function):
    """All steps; a gradient of the gradient goes through PyTorch's own kernel."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, state: Tensor, W: Tensor, R: Tensor, b: Tensor, r: Tensor) -> Any:
        steps, batch, _ = data.shape
        units = R.shape[1]
        of_input = torch.addmm(b, data.reshape(steps * batch, -1), W.t()).view(steps, batch, 3 * units)
        of_state = data.new_empty(steps, batch, 3 * units)
        gates = data.new_empty(steps, batch, 2 * units)
        news = data.new_empty(steps, batch, units)
        states = data.new_empty(steps + 1, batch, units)
        states[0] = state
        recurrent, both = R.t(), 2 * units
        rows = zip(
            of_state.unbind(),
            of_state[:, :, :both].unbind(),
            of_state[:, :, both:].unbind(),
            of_input[:, :, :both].unbind(),
            of_input[:, :, both:].unbind(),
            gates.unbind(),
            gates[:, :, :units].unbind(),
            gates[:, :, units:].unbind(),
            news.unbind(),
            states[:-1].unbind(),
            states[1:].unbind(),
            strict=True,
        )
        for side, side_gates, side_new, gate_inputs, new_input, gate, reset, keep, new, old, now in rows:
            torch.addmm(r, old, recurrent, out=side)
            torch.add(gate_inputs, side_gates, out=gate).sigmoid_()
            torch.addcmul(new_input, reset, side_new, out=new).tanh_()
            torch.lerp(new, old, keep, out=now)
        ctx.save_for_backward(data, state, W, R, b, r)
        ctx.kept = (of_state, gates, news, states)
        return states[1:], states[-1].clone()

    @staticmethod
    def backward(ctx: Any, by_output: Tensor, by_end: Tensor | None) -> Any:
        saved = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _again(saved, by_output, by_end)
        data, _, W, R, b, _ = saved
        of_state, gates, news, states = ctx.kept
        steps, batch, units = news.shape
        reset, keep = gates[:, :, :units], gates[:, :, units:]
        # What each gate's gradient is, for a gradient of 1 of the new state
        factors = data.new_empty(steps, batch, 4, units)
        new_slope, reset_slope = factors[:, :, 3], factors[:, :, 0]
        torch.mul(1 - keep, 1 - news * news, out=new_slope)
        torch.mul(new_slope, of_state[:, :, 2 * units :], out=reset_slope)
        reset_slope.mul_(reset).mul_(1 - reset)
        torch.mul(states[:-1] - news, keep, out=factors[:, :, 1]).mul_(1 - keep)
        torch.mul(new_slope, reset, out=factors[:, :, 2])
        found = torch.empty_like(factors)
        flat = found.view(steps, batch, 4 * units)
        current = by_output[-1] if by_end is None else by_output[-1] + by_end
        rows = zip(
            reversed(found.unbind()),
            reversed(flat[:, :, : 3 * units].unbind()),
            reversed(factors.unbind()),
            reversed(keep.unbind()),
            [*reversed(by_output[:-1].unbind()), None],
            strict=True,
        )
        for gradient, of_recurrent, factor, kept, before in rows:
            torch.mul(current.unsqueeze(1), factor, out=gradient)
            current = current * kept if before is None else torch.addcmul(before, current, kept)
            current.addmm_(of_recurrent, R)
        flat = flat.view(steps * batch, 4 * units)
        on_state, on_gates, on_new = (
            flat[:, : 3 * units],
            flat[:, : 2 * units],
            flat[:, 3 * units :],
        )
        both, inputs = slice(0, 2 * units), data.reshape(steps * batch, -1)
        by_data = None
        if ctx.needs_input_grad[0]:
            by_data = torch.mm(on_gates, W[both]).addmm_(on_new, W[2 * units :]).view(data.shape)
        by_W, by_b = torch.empty_like(W), torch.empty_like(b)
        for place, part in ((both, on_gates), (slice(2 * units, None), on_new)):
            torch.mm(part.t(), inputs, out=by_W[place])
            torch.sum(part, 0, out=by_b[place])
        by_R = torch.mm(on_state.t(), states[:-1].reshape(steps * batch, units))
        return by_data, current, by_W, by_R, by_b, on_state.sum(0)


def _again(saved: tuple[Tensor, ...], by_output: Tensor, by_end: Tensor | None) -> tuple[Tensor | None, ...]:
    """The gradients in a form that can be differentiated once more."""
    data, state, *weights = saved
    with torch.enable_grad():
        output, end = torch.gru(data, state.unsqueeze(0), weights, True, 1, 0.0, True, False, False)
        outputs, gradients = [output], [by_output]
        if by_end is not None:
            outputs.append(end.squeeze(0))
            gradients.append(by_end)
        wanted = [each for each in saved if each.requires_grad]
        found = iter(torch.autograd.grad(outputs, wanted, gradients, create_graph=True, allow_unused=True))
    return tuple(next(found) if each.requires_grad else None for each in saved)
