"""Convolutions that look where another convolution tells them to."""

from __future__ import annotations

from math import prod
from typing import Any

from ....base import message
from ....ndarray import NDArray
from ...hybrid_block import HybridBlock
from ...nn.activations import activation_layer
from ...nn.conv import check_counts, lengths, window_text
from ...parameter import Parameter

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]

Lengths = int | tuple[int, ...]


class _Deformable(HybridBlock):
    """What both deformable convolutions share."""

    _operator: str
    _values: int
    """How many values the inner convolution gives for each element of a window."""
    _order: tuple[str, ...]
    """Which of its two convolutions has its parameters first."""
    offset_weight: Parameter
    offset_bias: Parameter | None
    deformable_conv_weight: Parameter
    deformable_conv_bias: Parameter | None

    def __init__(
        self,
        channels: int,
        kernel_size: Lengths = (1, 1),
        strides: Lengths = (1, 1),
        padding: Lengths = (0, 0),
        dilation: Lengths = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str | None = None,
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if layout != "NCHW" or adj is not None:
            raise AssertionError(
                message(
                    f"{type(self).__name__} works on images of layout 'NCHW'",
                    received=f"layout={layout!r}, adj={adj!r}",
                    hint="layout='NCHW', adj=None",
                )
            )
        self._channels = channels
        self._in_channels = in_channels
        self._op_name = op_name or self._operator
        window: dict[str, Any] = {
            "kernel": lengths("kernel_size", kernel_size, 2),
            "stride": lengths("strides", strides, 2),
            "dilate": lengths("dilation", dilation, 2),
            "pad": lengths("padding", padding, 2),
        }
        offsets = num_deformable_group * self._values * prod(window["kernel"])
        self._kwargs_offset = {
            **window,
            "num_filter": offsets,
            "num_group": groups,
            "no_bias": not offset_use_bias,
            "layout": layout,
        }
        self._kwargs_deformable_conv = {
            **window,
            "num_filter": channels,
            "num_group": groups,
            "num_deformable_group": num_deformable_group,
            "no_bias": not use_bias,
            "layout": layout,
        }
        for counts in (
            {"channels": channels, "groups": groups, "in_channels": in_channels},
            {"groups": num_deformable_group, "in_channels": in_channels},
            {"groups": groups, "offsets": offsets},
        ):
            check_counts(self, window, **counts)
        wanted = {
            "offset": (offsets, offset_weight_initializer, offset_bias_initializer, offset_use_bias),
            "deformable_conv": (channels, weight_initializer, bias_initializer, use_bias),
        }
        with self.name_scope():
            for part in self._order:
                filters, weight_init, bias_init, with_bias = wanted[part]
                shape = (filters, in_channels // groups, *window["kernel"])
                setattr(self, f"{part}_weight", self._parameter(f"{part}_weight", shape, weight_init))
                bias = self._parameter(f"{part}_bias", (filters,), bias_init) if with_bias else None
                setattr(self, f"{part}_bias", bias)
            self.act = activation_layer(activation)

    def _parameter(self, name: str, shape: tuple[int, ...], init: Any) -> Parameter:
        return self.params.get(name, shape=shape, init=init, allow_deferred_init=True)

    def _hint(self, *args: Any) -> str | None:
        x = args[0]
        if isinstance(x, NDArray) and x.ndim != 4:
            return "an x of shape (batch, channels, height, width)"
        return None


class DeformableConvolution(_Deformable):
    """`nn.Conv2D` whose every element of every window is moved by an offset, which another convolution finds.

    Shapes: x ``(batch, in_channels, height, width)``; y ``(batch, channels, *out)``, as of `nn.Conv2D`;
    offset_weight ``(2 * num_deformable_group * prod(kernel_size), in_channels / groups, *kernel_size)``;
    deformable_conv_weight ``(channels, in_channels / groups, *kernel_size)``; a bias for each of both.

    Parameters
    ----------
    channels, kernel_size, strides, padding, dilation, groups, use_bias, in_channels, activation, weight_initializer,
    bias_initializer : as of `nn.Conv2D`.
    num_deformable_group : channels of x are cut into so many groups, each with offsets of its own.
    offset_use_bias, offset_weight_initializer, offset_bias_initializer : of the convolution that finds the offsets,
        which are 0 in the beginning.
    layout, adj, op_name : accepted as they are.

    Source: Dai et al., arXiv:1703.06211.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.cnn import DeformableConvolution
    >>> layer = DeformableConvolution(8, kernel_size=(3, 3), padding=(1, 1))
    >>> layer.initialize()
    >>> layer(nd.ones((1, 4, 10, 10))).shape
    (1, 8, 10, 10)
    """

    _operator = "DeformableConvolution"
    _values = 2
    _order = ("offset", "deformable_conv")

    def _alias(self) -> str:
        return "deformable_conv"

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        """Find the offsets, and convolve with them."""
        offset = F.Convolution(x, offset_weight, offset_bias, **self._kwargs_offset)
        y = getattr(F.contrib, self._op_name)(
            x,
            offset,
            deformable_conv_weight,
            deformable_conv_bias,
            name="fwd",
            **self._kwargs_deformable_conv,
        )
        return y if self.act is None else self.act(y)

    def __repr__(self) -> str:
        return window_text(
            self, self.deformable_conv_weight, self._kwargs_deformable_conv, self.deformable_conv_bias
        )


class ModulatedDeformableConvolution(_Deformable):
    """`DeformableConvolution` whose every element of every window has a factor, too: ``2 * sigmoid`` of a third value.

    Shapes: as of `DeformableConvolution`; offset_weight
    ``(3 * num_deformable_group * prod(kernel_size), in_channels / groups, *kernel_size)``. The first two thirds of what
    it gives are the offsets.

    Parameters
    ----------
    All are those of `DeformableConvolution`.

    Source: Zhu et al., arXiv:1811.11168.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.cnn import ModulatedDeformableConvolution
    >>> layer = ModulatedDeformableConvolution(8, kernel_size=(3, 3), padding=(1, 1))
    >>> layer.initialize()
    >>> layer(nd.ones((1, 4, 10, 10))).shape
    (1, 8, 10, 10)
    """

    _operator = "ModulatedDeformableConvolution"
    _values = 3
    _order = ("deformable_conv", "offset")

    def _alias(self) -> str:
        return "modulated_deformable_conv"

    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        """Find offsets and factors, and convolve with them."""
        found = F.Convolution(x, offset_weight, offset_bias, **self._kwargs_offset)
        split = 2 * self._kwargs_offset["num_filter"] // 3
        offset = F.slice_axis(found, axis=1, begin=0, end=split)
        mask = F.sigmoid(F.slice_axis(found, axis=1, begin=split, end=None)) * 2
        y = getattr(F.contrib, self._op_name)(
            x,
            offset,
            mask,
            deformable_conv_weight,
            deformable_conv_bias,
            name="fwd",
            **self._kwargs_deformable_conv,
        )
        return y if self.act is None else self.act(y)
