"""Pixel shuffles, and forms of Embedding and BatchNorm for many devices."""

from __future__ import annotations

from math import prod
from typing import Any

from .... import ndarray as nd
from ....base import MXNetError, message
from ....ndarray import NDArray
from ...block import Block
from ...hybrid_block import HybridBlock
from ...nn import BatchNorm

__all__ = ["PixelShuffle1D", "PixelShuffle2D", "PixelShuffle3D", "SparseEmbedding", "SyncBatchNorm"]


class SparseEmbedding(Block):
    """`nn.Embedding` under a second name: rows of a table, ``y[i] = weight[x[i]]``.

    Shapes: x any, of whole numbers from 0 to ``input_dim - 1``; y x's with ``output_dim`` behind; weight
    ``(input_dim, output_dim)``.

    Parameters
    ----------
    input_dim, output_dim : rows and columns of the table.
    dtype : type of the table.
    weight_initializer : by default that of ``initialize()``.

    Differs from 1.9.1: the table and its gradient are ordinary arrays, where 1.9.1 keeps rows alone that are used, and
    needs a Trainer before the first forward.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import SparseEmbedding
    >>> layer = SparseEmbedding(10, 4)
    >>> layer.initialize()
    >>> layer(nd.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "input_dim": input_dim,
            "output_dim": output_dim,
            "dtype": dtype,
            "sparse_grad": True,
        }
        self.weight = self.params.get(
            "weight", shape=(input_dim, output_dim), init=weight_initializer, dtype=dtype
        )

    def forward(self, x: NDArray) -> NDArray:
        """Look up each element of ``x``."""
        return nd.Embedding(x, self.weight.data(getattr(x, "context", None)), name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        return "{name}({input_dim} -> {output_dim}, {dtype})".format(name=type(self).__name__, **self._kwargs)


class SyncBatchNorm(BatchNorm):
    """`nn.BatchNorm` along axis 1, as networks have it that were trained on many devices at once.

    Shapes: x and y ``(batch, channels, ...)``; all parameters ``(channels,)``.

    Parameters
    ----------
    in_channels : number of channels; 0 infers it from the first x.
    num_devices : how many devices shared a batch; with more than one, it predicts but does not train.
    momentum, epsilon, center, scale, use_global_stats, beta_initializer, gamma_initializer,
    running_mean_initializer, running_variance_initializer : as of `BatchNorm`.

    Raises
    ------
    MXNetError : ``num_devices`` is above 1 and statistics of a batch are asked for: they would be those of one part.

    Source: Zhang et al., arXiv:1803.08904, section 3.2.

    Differs from 1.9.1: ``num_devices`` is 1 unless given, where 1.9.1 takes the number of GPUs that it sees.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import SyncBatchNorm
    >>> layer = SyncBatchNorm()
    >>> layer.initialize()
    >>> layer(nd.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    def __init__(
        self,
        in_channels: int = 0,
        num_devices: int | None = None,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis=1,
            momentum=momentum,
            epsilon=epsilon,
            center=center,
            scale=scale,
            use_global_stats=use_global_stats,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            running_mean_initializer=running_mean_initializer,
            running_variance_initializer=running_variance_initializer,
            in_channels=in_channels,
            **kwargs,
        )
        self._kwargs = {
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
            "ndev": num_devices or 1,
            "key": self.prefix,
        }

    def hybrid_forward(
        self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        """Normalise ``x``."""
        return F.contrib.SyncBatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def _hint(self, *args: Any) -> str | None:
        if self._kwargs["ndev"] > 1:
            return "num_devices=1, or nn.BatchNorm(), to train with the statistics of each device's part"
        return None


class _PixelShuffle(HybridBlock):
    """What all pixel shuffles share: channels become further pixels along every length."""

    _rank: int

    def __init__(self, factor: int | tuple[int, ...]) -> None:
        super().__init__()
        factors = tuple(factor) if isinstance(factor, (tuple, list)) else (factor,) * self._rank
        if len(factors) != self._rank:
            wanted = "one whole number" if self._rank == 1 else f"a whole number, or {self._rank} of them"
            raise AssertionError(
                message(f"factor is {wanted}", received=f"factor={factor!r}, wrong length {len(factors)}")
            )
        try:
            self._factors = tuple(int(each) for each in factors)
        except (TypeError, ValueError):
            self._factors = ()
        if not self._factors or min(self._factors) < 1:
            raise MXNetError(
                f"{type(self).__name__}: factor takes whole numbers from 1", received=f"factor={factor!r}"
            )

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Spread the channels."""
        rank = self._rank
        # (batch, c * f * g, h, w) -> (batch, c, f * g, h, w) -> (batch, c, f, g, h, w)
        rest = prod(self._factors)
        x = F.reshape(x, shape=(0, -4, -1, rest, *(0,) * rank))
        for place, factor in enumerate(self._factors[:-1]):
            rest //= factor
            x = F.reshape(x, shape=(*(0,) * (2 + place), -4, factor, rest, *(0,) * rank))
        # -> (batch, c, h, f, w, g) -> (batch, c, h * f, w * g)
        pairs = [axis for place in range(rank) for axis in (2 + rank + place, 2 + place)]
        return F.reshape(F.transpose(x, axes=(0, 1, *pairs)), shape=(0, 0, *(-3,) * rank))

    def _hint(self, *args: Any) -> str | None:
        x = args[0]
        if not isinstance(x, NDArray):
            return None
        axes = ", ".join(("depth", "height", "width")[3 - self._rank :])
        return f"an x of shape (batch, channels, {axes}), with a multiple of {prod(self._factors)} channels"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors})"


class PixelShuffle1D(_PixelShuffle):
    """Channels become further elements: ``y[n, c, w * factor + i] = x[n, c * factor + i, w]``.

    Shapes: x ``(batch, channels * factor, width)``; y ``(batch, channels, width * factor)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import PixelShuffle1D
    >>> PixelShuffle1D(2)(nd.array([[[1, 3], [2, 4]]])).asnumpy().tolist()
    [[[1.0, 2.0, 3.0, 4.0]]]
    """

    _rank = 1

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        (self._factor,) = self._factors

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factor})"


class PixelShuffle2D(_PixelShuffle):
    """Channels become further pixels: ``y[n, c, h * f + i, w * g + j] = x[n, (c * f + i) * g + j, h, w]``.

    Shapes: x ``(batch, channels * f * g, height, width)``; y ``(batch, channels, height * f, width * g)``, where
    ``factor`` is ``(f, g)``, or one number for both.

    Source: Shi et al., arXiv:1609.05158.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import PixelShuffle2D
    >>> PixelShuffle2D((2, 3))(nd.ones((1, 12, 5, 5))).shape
    (1, 2, 10, 15)
    """

    _rank = 2


class PixelShuffle3D(_PixelShuffle):
    """`PixelShuffle2D` over three lengths.

    Shapes: x ``(batch, channels * f * g * h, depth, height, width)``; y
    ``(batch, channels, depth * f, height * g, width * h)``, where ``factor`` is ``(f, g, h)``, or one number for all.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import PixelShuffle3D
    >>> PixelShuffle3D((1, 2, 3))(nd.ones((1, 12, 5, 5, 5))).shape
    (1, 2, 5, 10, 15)
    """

    _rank = 3
