"""Operators of ``nd.contrib`` that are others under a second name, or differ from them in little."""

from __future__ import annotations

from typing import Any

import torch

from .contrib import contrib
from .indexing import _embedding_shapes, embedding
from .norm import _channel_shapes, batch_norm
from .registry import OperatorError

Tensor = torch.Tensor


@contrib(
    "SyncBatchNorm",
    training=True,
    mutates=("moving_mean", "moving_var"),
    outputs=lambda attributes: 3 if attributes.get("output_mean_var") else 1,
    infer=_channel_shapes("gamma", "beta", "moving_mean", "moving_var", default_axis=1),
)
def sync_batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    ndev: int = 1,
    key: str,
    training: bool,
) -> Any:
    """`BatchNorm` along axis 1; ``output_mean_var`` also returns mean and variance.

    Parameters
    ----------
    ndev : above 1 for prediction only: each call here sees its whole batch, and none waits for another.
    key : a name of the layer.
    """
    if ndev > 1 and training and not use_global_stats:
        raise OperatorError(
            f"ndev={ndev} in training mode",
            because="the parts of a batch on other devices are not seen here",
            hint="ndev=1 to train with the statistics of each part",
        )
    result = batch_norm(
        data,
        gamma,
        beta,
        moving_mean,
        moving_var,
        eps=eps,
        momentum=momentum,
        fix_gamma=fix_gamma,
        use_global_stats=use_global_stats,
        output_mean_var=output_mean_var,
        training=training,
    )
    if output_mean_var:
        normalized, mean, root = result
        return [normalized, mean, root**-2 - eps]
    return result


@contrib(
    "BatchNormWithReLU",
    training=True,
    mutates=("moving_mean", "moving_var"),
    outputs=lambda attributes: 3 if attributes.get("output_mean_var") else 1,
    infer=_channel_shapes("gamma", "beta", "moving_mean", "moving_var", default_axis=1),
)
def batch_norm_with_relu(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    training: bool,
) -> Any:
    """`BatchNorm`, then ``max(x, 0)``. Differs from 1.9.1, which has it with one library for CPUs alone."""
    result = batch_norm(
        data,
        gamma,
        beta,
        moving_mean,
        moving_var,
        eps=eps,
        momentum=momentum,
        fix_gamma=fix_gamma,
        use_global_stats=use_global_stats,
        output_mean_var=output_mean_var,
        axis=axis,
        training=training,
    )
    if output_mean_var:
        return [torch.relu(result[0]), *result[1:]]
    return torch.relu(result)


@contrib("SparseEmbedding", infer=_embedding_shapes)
def sparse_embedding(
    data: Tensor,
    weight: Tensor,
    *,
    input_dim: int,
    output_dim: int,
    dtype: Any = "float32",
    sparse_grad: bool = False,
) -> Tensor:
    """`Embedding`, the name to use instead. Its gradient is an ordinary array."""
    return embedding(data, weight, input_dim=input_dim, output_dim=output_dim)
