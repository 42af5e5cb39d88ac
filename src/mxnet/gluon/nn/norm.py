"""Normalisation layers."""

from __future__ import annotations

from typing import Any

from ...base import MXNetError
from ...dtype import to_torch
from ...ndarray import NDArray
from ..hybrid_block import HybridBlock

__all__ = ["BatchNorm", "BatchNormReLU", "GroupNorm", "InstanceNorm", "LayerNorm"]


class _BatchNorm(HybridBlock):
    """What the normalisations over the batch share; see `BatchNorm`."""

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
        self._kwargs: dict[str, Any] = {
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

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({content}, in_channels={self.gamma.shape[0] or None})"


class BatchNorm(_BatchNorm):
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

    def hybrid_forward(
        self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        """Normalise ``x``."""
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)


class BatchNormReLU(_BatchNorm):
    """`BatchNorm`, then ``max(y, 0)``. Shapes and parameters are those of `BatchNorm`.

    Differs from 1.9.1: works on data of any number of axes, with or without its library for CPUs.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.BatchNormReLU(epsilon=0.0)
    >>> layer.initialize()
    >>> layer(nd.array([[-1, 2]])).asnumpy().tolist()
    [[0.0, 2.0]]
    """

    def hybrid_forward(
        self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        """Normalise ``x`` and cut it off at 0."""
        return F.contrib.BatchNormWithReLU(
            x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs
        )


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
        self.gamma, self.beta = _gamma_and_beta(
            self, in_channels, (scale, gamma_initializer), (center, beta_initializer)
        )

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalise ``data``."""
        return F.LayerNorm(data, gamma=gamma, beta=beta, axis=self._axis, eps=self._epsilon)

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        (channels,) = self.gamma.shape or (0,)
        return f"{type(self).__name__}({content}, in_channels={channels})"


class InstanceNorm(HybridBlock):
    """``y = (x - mean) / sqrt(var + epsilon) * gamma + beta`` for each channel of each instance.

    Shapes: x and y ``(batch, ..., channels, ...)`` with the channels at ``axis`` and at least one more axis, over which
    mean and variance are taken; gamma and beta ``(channels,)``.

    Parameters
    ----------
    axis : the axis of the channels.
    epsilon : added to the variance.
    center, scale : whether beta and gamma are learned; else they stay 0 and 1. Gamma is not unless asked for.
    beta_initializer, gamma_initializer : as named.
    in_channels : number of channels; 0 infers it from the first x.

    Source: Ulyanov et al., arXiv:1607.08022.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.InstanceNorm()
    >>> layer.initialize()
    >>> layer(nd.array([[[1, 3], [10, 30]]])).asnumpy().round(2).tolist()
    [[[-1.0, 1.0], [-1.0, 1.0]]]
    """

    def __init__(
        self,
        axis: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis = axis
        self._epsilon = epsilon
        self.gamma, self.beta = _gamma_and_beta(
            self, in_channels, (scale, gamma_initializer), (center, beta_initializer)
        )

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:
        """Normalise ``x``."""
        if self._axis == 1:
            return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon)
        x = F.swapaxes(x, dim1=1, dim2=self._axis)
        return F.swapaxes(
            F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon), dim1=1, dim2=self._axis
        )

    def _hint(self, *args: Any) -> str | None:
        x = args[0]
        if isinstance(x, NDArray) and x.ndim == 2:
            return "nn.LayerNorm() or nn.BatchNorm(): a channel of one element has no variance"
        return None

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        (channels,) = self.gamma.shape or (0,)
        return f"{type(self).__name__}({content}, in_channels={channels})"


class GroupNorm(HybridBlock):
    """``y = (x - mean) / sqrt(var + epsilon) * gamma + beta`` for each group of channels of each instance.

    Shapes: x and y ``(batch, channels, ...)``; gamma and beta ``(num_groups,)``: one for each group, as in 1.9.1,
    where others have one for each channel.

    Parameters
    ----------
    num_groups : channels are cut into so many groups, of equal size.
    epsilon : added to the variance.
    center, scale : whether beta and gamma are learned; else they stay 0 and 1.
    beta_initializer, gamma_initializer : as named.

    Raises
    ------
    MXNetError : the channels do not divide into groups.

    Source: Wu and He, arXiv:1803.08494.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.GroupNorm(num_groups=2)
    >>> layer.initialize()
    >>> layer(nd.ones((2, 6, 5))).shape
    (2, 6, 5)
    """

    def __init__(
        self,
        num_groups: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if not hasattr(num_groups, "__index__") or num_groups < 1:
            raise MXNetError(
                "GroupNorm: num_groups is a whole number from 1", received=f"num_groups={num_groups!r}"
            )
        self._kwargs = {"eps": epsilon, "num_groups": num_groups, "center": center, "scale": scale}
        self._num_groups = num_groups
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self.gamma, self.beta = _gamma_and_beta(
            self, num_groups, (scale, gamma_initializer), (center, beta_initializer)
        )

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalise ``data``."""
        return F.GroupNorm(data, gamma=gamma, beta=beta, num_groups=self._num_groups, eps=self._epsilon)

    def __repr__(self) -> str:
        content = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({content})"


def _gamma_and_beta(
    layer: HybridBlock, length: int, gamma: tuple[bool, Any], beta: tuple[bool, Any]
) -> list[Any]:
    """The two parameters of a normalisation, each from (whether it is learned, initialiser)."""
    return [
        layer.params.get(
            name,
            grad_req="write" if learned else "null",
            shape=(length,),
            init=init,
            allow_deferred_init=True,
        )
        for name, (learned, init) in (("gamma", gamma), ("beta", beta))
    ]
