"""Normalisation layers."""

from __future__ import annotations

from typing import Any

from ...dtype import to_torch
from ..hybrid_block import HybridBlock

__all__ = ["BatchNorm", "LayerNorm"]


class BatchNorm(HybridBlock):
    """``y = (x - mean) / sqrt(var + epsilon) * gamma + beta`` for each channel, over the batch.

    Shapes: x and y ``(batch, ..., channels, ...)`` with the channels at ``axis``; all parameters ``(channels,)``.
    In training mode mean and variance are those of the batch, and the running ones move towards them when the
    gradient is computed; otherwise the running ones are used.

    Parameters
    ----------
    axis : the axis of the channels.
    momentum : ``running = momentum * running + (1 - momentum) * batch``.
    epsilon : added to the variance.
    center, scale : whether beta and gamma are learned; else they stay 0 and 1.
    use_global_stats : use the running statistics in training mode, too.
    beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer : as named.
    in_channels : number of channels; 0 infers it from the first x.

    Source: Ioffe and Szegedy, arXiv:1502.03167.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.BatchNorm()
    >>> layer.initialize()
    >>> layer(nd.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        self._axis = axis
        shape = (in_channels,)

        def channels(name: str, init: Any, learned: bool) -> Any:
            return self.params.get(
                name,
                grad_req="write" if learned else "null",
                shape=shape,
                init=init,
                allow_deferred_init=True,
                differentiable=learned,
            )

        self.gamma = channels("gamma", gamma_initializer, scale)
        self.beta = channels("beta", beta_initializer, center)
        self.running_mean = channels("running_mean", running_mean_initializer, False)
        self.running_var = channels("running_var", running_variance_initializer, False)

    def cast(self, dtype: Any) -> None:
        """Change the type of the parameters; statistics of half-precision networks stay in float32."""
        if str(to_torch(dtype)) == "torch.float16":
            dtype = "float32"
        super().cast(dtype)

    def hybrid_forward(
        self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        """Normalise ``x``."""
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({content}, in_channels={self.gamma.shape[0] or None})"


class LayerNorm(HybridBlock):
    """``y = (x - mean) / sqrt(var + epsilon) * gamma + beta`` with mean and variance along one axis.

    Shapes: x and y ``(..., channels, ...)`` with the channels at ``axis``; gamma and beta ``(channels,)``.

    Parameters
    ----------
    axis : the axis that is normalised.
    epsilon : added to the variance.
    center, scale : whether beta and gamma are learned; else they stay 0 and 1.
    beta_initializer, gamma_initializer : as named.
    in_channels : length of the axis; 0 infers it from the first x.

    Source: Ba et al., arXiv:1607.06450.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.LayerNorm()
    >>> layer.initialize()
    >>> layer(nd.array([[1.0, 3.0]])).asnumpy().round(2).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis = axis
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self.gamma = self.params.get(
            "gamma",
            grad_req="write" if scale else "null",
            shape=(in_channels,),
            init=gamma_initializer,
            allow_deferred_init=True,
        )
        self.beta = self.params.get(
            "beta",
            grad_req="write" if center else "null",
            shape=(in_channels,),
            init=beta_initializer,
            allow_deferred_init=True,
        )

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalise ``data``."""
        return F.LayerNorm(data, gamma=gamma, beta=beta, axis=self._axis, eps=self._epsilon)

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        (channels,) = self.gamma.shape or (0,)
        return f"{type(self).__name__}({content}, in_channels={channels})"
