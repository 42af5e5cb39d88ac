"""What MXNet computes and PyTorch has no function for, in a few lines of PyTorch each.

`glueball.torch.source` copies the ones that a network needs into its text, so they know nothing but torch, and their
lines are short enough for any formatter.
"""

import torch
import torch.nn.functional as F
from torch import nn

# ---------------------------------------------------------------------- normalisation


def batch_norm(
    x: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    running_mean: torch.Tensor,
    running_var: torch.Tensor,
    training: bool,
    momentum: float,
    eps: float,
    axis: int = 1,
) -> torch.Tensor:
    """Batch normalisation as MXNet has it.

    The running variance follows the biased variance of the batches, and `momentum` is
    the part of the old statistics that stays.
    """
    x = x.movedim(axis, 1)
    count = x.numel() // x.shape[1]
    if not training:
        y = F.batch_norm(x, running_mean, running_var, gamma, beta, False, 0.0, eps)
    elif count == 1:  # each value is its own mean, which PyTorch refuses
        running_mean.lerp_(x.detach().reshape(-1).to(running_mean.dtype), 1 - momentum)
        running_var.mul_(momentum)
        y = x - x + beta.reshape(-1, *[1] * (x.dim() - 2))
    else:
        mean, var = torch.zeros_like(running_mean), torch.zeros_like(running_var)
        y = F.batch_norm(x, mean, var, gamma, beta, True, 1.0, eps)  # fills the two
        running_mean.lerp_(mean, 1 - momentum)
        running_var.lerp_(var * ((count - 1) / count), 1 - momentum)
    return y.movedim(1, axis)


class BatchNorm(nn.Module):
    """Batch normalisation with the names and the running statistics of MXNet."""

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(
        self,
        channels: int,
        momentum: float = 0.9,
        eps: float = 1e-5,
        axis: int = 1,
        fix_gamma: bool = False,
        use_global_stats: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.momentum, self.eps, self.axis = momentum, eps, axis
        self.fix_gamma, self.use_global_stats = fix_gamma, use_global_stats
        self.gamma = nn.Parameter(torch.ones(channels, dtype=dtype))
        self.beta = nn.Parameter(torch.zeros(channels, dtype=dtype))
        self.register_buffer("running_mean", torch.zeros(channels, dtype=dtype))
        self.register_buffer("running_var", torch.ones(channels, dtype=dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return batch_norm(
            x,
            None if self.fix_gamma else self.gamma,
            self.beta,
            self.running_mean,
            self.running_var,
            self.training and not self.use_global_stats,
            self.momentum,
            self.eps,
            self.axis,
        )


# ---------------------------------------------------------------------- recurrent networks


def recurrent(
    mode: str,
    x: torch.Tensor,
    states: list[torch.Tensor],
    weights: list[torch.Tensor],
    layers: int = 1,
    directions: int = 1,
    dropout: float = 0.0,
    training: bool = False,
) -> tuple[torch.Tensor, ...]:
    """The outputs of all steps, and the last states.

    `x` is `(steps, batch, features)`. No states are zeros; states of one sequence serve
    every sequence of the batch. `mode` is lstm, gru, rnn_tanh or rnn_relu.
    """
    batch, lstm = x.shape[1], mode == "lstm"
    if not states:
        rows, width = weights[1].shape
        sizes = [width, rows // 4] if lstm else [width]
        states = [x.new_zeros(layers * directions, 1, size) for size in sizes]
    states = [state.expand(-1, batch, -1).contiguous() for state in states]
    start = states if lstm else states[0]
    options = True, layers, dropout, training, directions == 2, False
    return getattr(torch, mode)(x, start, weights, *options)


def unpacked(
    parameters: torch.Tensor,
    mode: str,
    inputs: int,
    units: int,
    layers: int,
    directions: int,
) -> list[torch.Tensor]:
    """The weights of each layer and direction out of the one vector that MXNet takes."""
    rows = units * {"lstm": 4, "gru": 3}.get(mode, 1)
    cells = [inputs] * directions + [units * directions] * directions * (layers - 1)
    shapes = [shape for width in cells for shape in ((rows, width), (rows, units))]
    parts = parameters.split([a * b for a, b in shapes] + [rows] * 2 * len(cells))
    matrices = [part.view(shape) for part, shape in zip(parts, shapes, strict=False)]
    biases = parts[len(shapes) :]
    pairs = range(0, len(shapes), 2)
    return [w for i in pairs for w in (*matrices[i : i + 2], *biases[i : i + 2])]


class Recurrent(nn.Module):
    """LSTM, GRU and RNN layers with the names that MXNet's files have for their weights."""

    def __init__(
        self,
        mode: str,
        inputs: int,
        units: int,
        layers: int = 1,
        directions: int = 1,
        dropout: float = 0.0,
        projection: int | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.mode, self.layers, self.directions = mode, layers, directions
        self.dropout = dropout
        rows, width = units * {"lstm": 4, "gru": 3}.get(mode, 1), projection or units
        self._unfused = nn.ModuleDict()
        for layer in range(layers):
            names = ["l_cell", "r_cell"] if directions == 2 else []
            place = nn.ModuleDict({name: nn.Module() for name in names})
            self._unfused[str(layer)] = place
            shapes = {
                "i2h_weight": (rows, inputs),
                "h2h_weight": (rows, width),
                "i2h_bias": (rows,),
                "h2h_bias": (rows,),
            }
            if projection:
                shapes["h2r_weight"] = (projection, units)
            for cell in place.values() if names else [place]:
                for name, shape in shapes.items():
                    weight = nn.Parameter(torch.zeros(shape, dtype=dtype))
                    cell.register_parameter(name, weight)
            inputs = width * directions

    def forward(
        self,
        x: torch.Tensor,
        *states: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        named = self.named_parameters(remove_duplicate=False)
        weights: list[torch.Tensor] = [weight for _, weight in named]
        options = self.layers, self.directions, self.dropout, self.training
        return recurrent(self.mode, x, list(states), weights, *options)


# ---------------------------------------------------------------------- activations


class Selu(torch.autograd.Function):
    """SELU with the gradient that MXNet computes: below 0 it is scale * (alpha + y)."""

    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        y = F.selu(x)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> torch.Tensor:
        x, y = ctx.saved_tensors
        alpha, scale = 1.6732632423543772, 1.0507009873554805
        return gradient * torch.where(x > 0, scale, scale * (alpha + y))


def prelu(x: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Above 0 the identity, below it `alpha * x`, with one alpha or one a channel."""
    if alpha.dim() == 1 and x.dim() > 2:
        alpha = alpha.reshape(-1, *[1] * (x.dim() - 2))
    return torch.where(x > 0, x, alpha * x)


def masked_softmax(
    x: torch.Tensor,
    length: torch.Tensor,
    axis: int = -1,
) -> torch.Tensor:
    """Softmax over the first `length` elements of each row; the others become 0."""
    axis = axis % x.dim()
    steps = torch.arange(x.shape[axis], device=x.device)
    steps = steps.reshape(-1, *[1] * (x.dim() - axis - 1))
    inside = steps < length.unsqueeze(axis)
    y = torch.softmax(x.masked_fill(~inside, float("-inf")), axis)
    return torch.where(inside, y, torch.zeros((), dtype=y.dtype, device=y.device))


def dropout(
    x: torch.Tensor,
    p: float,
    axes: tuple[int, ...],
    training: bool,
) -> torch.Tensor:
    """Dropout that decides once along `axes`."""
    shared = [axis % x.dim() for axis in axes]
    shape = [1 if axis in shared else n for axis, n in enumerate(x.shape)]
    return x * F.dropout(x.new_ones(shape), p, training)


# ---------------------------------------------------------------------- numbers


def maximum(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The larger of two; of equal ones the first takes the whole gradient."""
    return torch.where((b > a) | b.isnan(), b, a)


def minimum(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The smaller of two; of equal ones the first takes the whole gradient."""
    return torch.where((b < a) | b.isnan(), b, a)


def remainder(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The remainder with the sign of the divisor; that of a division by 0 is 0."""
    return torch.where(b == 0, torch.zeros_like(b), torch.remainder(a, b))


def round_away(x: torch.Tensor) -> torch.Tensor:
    """The nearest whole numbers, halves away from 0."""
    whole = torch.trunc(x)
    return whole + torch.sign(x) * ((x - whole).abs() >= 0.5)


def round_down(x: torch.Tensor) -> torch.Tensor:
    """The nearest whole numbers, halves downwards."""
    below = torch.floor(x)
    return below + (x - below > 0.5)


class MakeLoss(torch.autograd.Function):
    """An array that is a loss: its gradient is `scale`, whatever is computed from it."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, scale: float) -> torch.Tensor:
        ctx.scale = scale
        return x.clone()

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.full_like(gradient, ctx.scale), None


# ---------------------------------------------------------------------- indices and sequences


def topk(
    x: torch.Tensor,
    k: int,
    axis: int = -1,
    largest: bool = True,
    dtype: torch.dtype = torch.float32,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The `k` largest along `axis` and their places; of equal ones the first."""
    values, places = torch.sort(x, dim=axis, descending=largest, stable=True)
    return values.narrow(axis, 0, k), places.narrow(axis, 0, k).to(dtype)


def one_hot(
    indices: torch.Tensor,
    depth: int,
    on: float = 1.0,
    off: float = 0.0,
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """`on` at the index along a new last axis, `off` elsewhere and for other indices."""
    places = torch.arange(depth, device=indices.device)
    return torch.where(indices.long().unsqueeze(-1) == places, on, off).to(dtype)


def pick(
    x: torch.Tensor,
    index: torch.Tensor,
    axis: int = -1,
    keepdims: bool = False,
    wrap: bool = False,
) -> torch.Tensor:
    """One element along `axis` for each position: `y[i] = x[i, index[i]]`."""
    axis, count = axis % x.dim(), x.shape[axis]
    index = index.long() % count if wrap else index.long().clamp(0, count - 1)
    shape = [1 if place == axis else n for place, n in enumerate(x.shape)]
    y = x.gather(axis, index.reshape(shape))
    return y if keepdims or x.dim() == 1 else y.squeeze(axis)


def sequence_mask(
    x: torch.Tensor,
    length: torch.Tensor,
    value: float = 0.0,
    axis: int = 0,
) -> torch.Tensor:
    """`value` behind the end of each sequence; time is axis 0, or 1."""
    steps = torch.arange(x.shape[axis], device=x.device)
    inside = steps.unsqueeze(1 - axis) < length.long().unsqueeze(axis)
    inside = inside.reshape(inside.shape + (1,) * (x.dim() - 2))
    return torch.where(inside, x, torch.full_like(x, value))


def sequence_last(x: torch.Tensor, length: torch.Tensor, axis: int = 0) -> torch.Tensor:
    """The last step of each sequence; time is axis 0, or 1."""
    rows, last = torch.arange(x.shape[1 - axis], device=x.device), length.long() - 1
    return x[last, rows] if axis == 0 else x[rows, last]


def sequence_reverse(x: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """Each sequence from its last step to its first; time is axis 0."""
    length = length.long()
    steps = torch.arange(x.shape[0], device=x.device).unsqueeze(1)
    source = torch.where(steps < length, length - 1 - steps, steps)
    source = source.reshape(source.shape + (1,) * (x.dim() - 2))
    return x.gather(0, source.expand(x.shape))


def ctc_loss(
    x: torch.Tensor,
    label: torch.Tensor,
    steps: torch.Tensor | None = None,
    counts: torch.Tensor | None = None,
    blank_first: bool = True,
) -> torch.Tensor:
    """Connectionist temporal classification; `x` is `(steps, batch, classes)`.

    Class 0 is the blank and the padding of the labels, or the last class is the blank
    and -1 the padding.
    """
    label = label.long()
    blank, padding = (0, 0) if blank_first else (x.shape[2] - 1, -1)
    if counts is None:
        counts = (label == padding).long().cumsum(1).eq(0).sum(1)
    if steps is None:
        steps = torch.full_like(counts, x.shape[0])
    label = torch.where(label == padding, blank, label)
    x, steps, counts = torch.log_softmax(x, 2), steps.long(), counts.long()
    return F.ctc_loss(x, label, steps, counts, blank, "none", zero_infinity=True)


# ---------------------------------------------------------------------- images and attention


def depth_to_space(x: torch.Tensor, block: int) -> torch.Tensor:
    """Channels spread over blocks: `(n, b * b * c, h, w)` to `(n, c, b * h, b * w)`."""
    n, _, height, width = x.shape
    blocks = x.reshape(n, block, block, -1, height, width).permute(0, 3, 4, 1, 5, 2)
    return blocks.reshape(n, -1, height * block, width * block)


def space_to_depth(x: torch.Tensor, block: int) -> torch.Tensor:
    """Blocks gathered into channels: `(n, c, b * h, b * w)` to `(n, b * b * c, h, w)`."""
    n, channels, height, width = x.shape
    height, width = height // block, width // block
    blocks = x.reshape(n, channels, height, block, width, block)
    return blocks.permute(0, 3, 5, 1, 2, 4).reshape(n, -1, height, width)


def heads_of(x: torch.Tensor, heads: int, parts: int) -> tuple[torch.Tensor, ...]:
    """Interleaved projections as `parts` tensors `(batch * heads, length, size)`."""
    length, batch, _ = x.shape
    split = x.reshape(length, batch * heads, parts, -1)
    return tuple(part.transpose(0, 1) for part in split.unbind(2))


def self_scores(x: torch.Tensor, heads: int) -> torch.Tensor:
    """Queries times keys of a self-attention, for each head."""
    query, key, _ = heads_of(x, heads, 3)
    return torch.bmm(query / query.shape[-1] ** 0.5, key.transpose(1, 2))


def cross_scores(q: torch.Tensor, kv: torch.Tensor, heads: int) -> torch.Tensor:
    """Queries times keys of an attention to another sequence, for each head."""
    query, key = heads_of(q, heads, 1)[0], heads_of(kv, heads, 2)[0]
    return torch.bmm(query / query.shape[-1] ** 0.5, key.transpose(1, 2))


def attended(
    x: torch.Tensor,
    attention: torch.Tensor,
    heads: int,
    parts: int,
) -> torch.Tensor:
    """The values that the attention weights select, `(length, batch, heads * size)`."""
    y = torch.bmm(attention, heads_of(x, heads, parts)[-1]).transpose(0, 1)
    return y.reshape(y.shape[0], y.shape[1] // heads, -1)
