"""Convolutions and transposed convolutions over one to three lengths."""

from __future__ import annotations

from operator import index
from typing import Any

from ...base import MXNetError, message
from ...ndarray import NDArray
from ...ops.registry import OPERATORS
from ..hybrid_block import HybridBlock
from ..parameter import Parameter
from .activations import activation_layer

__all__ = ["Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose"]

_AXES = {"N": "batch", "C": "channels", "D": "depth", "H": "height", "W": "width"}
_LEAST = (
    ("kernel_size", "kernel", 1),
    ("strides", "stride", 1),
    ("dilation", "dilate", 1),
    ("padding", "pad", 0),
)


def lengths(what: str, given: Any, rank: int) -> tuple[int, ...]:
    """One whole number for each of ``rank`` axes, from such a tuple or from one number for all.

    Raises ``AssertionError`` for another count, as 1.9.1 does, and ``MXNetError`` for other kinds of numbers.
    """
    several = isinstance(given, (tuple, list))
    if several and len(given) != rank or not several and not hasattr(given, "__index__"):
        if isinstance(given, float):
            raise _no_whole_number(what, given, rank)
        raise AssertionError(
            message(f"{what} must be a number or a list of {rank} ints", received=f"{what}={given!r}")
        )
    try:
        return tuple(index(each) for each in given) if several else (index(given),) * rank
    except TypeError:
        raise _no_whole_number(what, given, rank) from None


def _no_whole_number(what: str, given: Any, rank: int) -> MXNetError:
    try:
        whole = [int(each) for each in (given if isinstance(given, (tuple, list)) else [given])]
        hint = f"{what}={whole[0] if len(set(whole)) == 1 else tuple(whole)}"
    except (TypeError, ValueError, OverflowError):
        hint = None
    return MXNetError(f"{what} takes whole numbers", received=f"{what}={given!r}", hint=hint)


def check_counts(layer: HybridBlock, window: dict[str, Any], *, groups: Any, **counts: Any) -> None:
    """Raise ``MXNetError`` for numbers with which no data could ever pass."""
    name = type(layer).__name__
    for what, value in {"groups": groups, **counts}.items():
        least = 0 if what == "in_channels" else 1
        if not hasattr(value, "__index__") or value < least:
            raise MXNetError(f"{name}: {what} is a whole number from {least}", received=f"{what}={value!r}")
    for what, key, least in _LEAST:
        if min(window[key]) < least:
            raise MXNetError(
                f"{name}: {what} is too small",
                received=f"{what}={window[key]}",
                because=f"its numbers are at least {least}",
            )
    for what, value in counts.items():
        if value % groups:
            raise MXNetError(
                f"{name}: {what} do not divide into groups",
                received=f"{what}={value}, groups={groups}",
                because="all groups have equally many",
            )


def window_text(layer: Any, weight: Parameter, settings: dict[str, Any], bias: Parameter | None) -> str:
    """What ``repr`` shows of a convolution: channels, and everything of its window that is not as it mostly is."""
    shape = weight.shape or (0, 0)
    shown = [f"{shape[1] or None} -> {shape[0]}"]  # in this order whatever the layout, as 1.9.1 prints it
    shown += [f"kernel_size={settings['kernel']}", f"stride={settings['stride']}"]
    for name, key, usual in (("padding", "pad", 0), ("dilation", "dilate", 1)):
        if set(settings[key]) != {usual}:
            shown.append(f"{name}={settings[key]}")
    if settings["num_group"] != 1:
        shown.append(f"groups={settings['num_group']}")
    if bias is None:
        shown.append("bias=False")
    if layer.act is not None:
        shown.append(repr(layer.act))
    return f"{type(layer).__name__}({', '.join(shown)})"


class _Conv(HybridBlock):
    """What all convolutions share. The classes below say how many lengths there are, and in which layouts."""

    _rank: int
    _layouts: tuple[str, ...]
    _op_name = "Convolution"

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        layout: str | None = None,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        layout = self._layouts[0] if layout is None else layout
        if layout not in self._layouts:
            raise AssertionError(
                message(
                    f"Only supports {' and '.join(map(repr, self._layouts))} layout for now",
                    received=f"layout={layout!r}",
                )
            )
        super().__init__(**kwargs)
        self._channels = channels
        self._in_channels = in_channels
        self._kwargs: dict[str, Any] = {
            "kernel": lengths("kernel_size", kernel_size, self._rank),
            "stride": lengths("strides", strides, self._rank),
            "dilate": lengths("dilation", dilation, self._rank),
            "pad": lengths("padding", padding, self._rank),
            "num_filter": channels,
            "num_group": groups,
            "no_bias": not use_bias,
            "layout": layout,
        }
        check_counts(self, self._kwargs, channels=channels, groups=groups, in_channels=in_channels)
        around = (0,) * self._rank
        data = (0, in_channels, *around) if layout[1] == "C" else (0, *around, in_channels)
        infer = OPERATORS[self._op_name].infer
        assert infer is not None
        with self.name_scope():
            self.weight = self.params.get(
                "weight",
                shape=infer({"data": data}, self._kwargs)["weight"],
                init=weight_initializer,
                allow_deferred_init=True,
            )
            self.bias: Parameter | None
            if use_bias:
                self.bias = self.params.get(
                    "bias", shape=(channels,), init=bias_initializer, allow_deferred_init=True
                )
            else:
                self.bias = None
            self.act = activation_layer(activation)

    def _alias(self) -> str:
        return "conv"

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Convolve, and apply the activation."""
        y = getattr(F, self._op_name)(x, weight, bias, name="fwd", **self._kwargs)
        return y if self.act is None else self.act(y)

    def _hint(self, *args: Any) -> str | None:
        x, layout = args[0], self._kwargs["layout"]
        if not isinstance(x, NDArray):
            return None
        axes = f"({', '.join(_AXES[axis] for axis in layout)})"
        if x.ndim == self._rank + 1:
            return f"an x of shape {axes}, such as x.expand_dims(0) of {x.shape}"
        if x.ndim != self._rank + 2:
            return f"an x of shape {axes}"
        channels, known = x.shape[layout.index("C")], self._known_channels()
        groups = self._kwargs["num_group"]
        if channels != known and known or channels % groups:
            call = f"nn.{type(self).__name__}({self._channels}, ...)"
            if channels % groups:
                return f"{call} with groups that divide {channels} channels; layout {layout!r} means {axes}"
            return f"{call} with in_channels={channels} or without it; layout {layout!r} means {axes}"
        return self._window_hint(x.shape[1:-1] if layout[-1] == "C" else x.shape[2:])

    def _window_hint(self, size: tuple[int, ...]) -> str | None:
        if self._op_name != "Convolution":
            return None
        kernel, holes, padding = (self._kwargs[key] for key in ("kernel", "dilate", "pad"))
        spans = [hole * (k - 1) + 1 for k, hole in zip(kernel, holes, strict=True)]
        if all(span <= n + 2 * p for span, n, p in zip(spans, size, padding, strict=True)):
            return None
        return f"padding={tuple(span // 2 for span in spans)}, or a smaller kernel_size"

    def _known_channels(self) -> int:
        """Channels of x, or 0 while they are not known."""
        shape = self.weight.shape or (0, 0)
        each = shape[1 if self._kwargs["layout"][1] == "C" else -1]
        return each * self._kwargs["num_group"] if self._op_name == "Convolution" else shape[0]

    def __repr__(self) -> str:
        return window_text(self, self.weight, self._kwargs, self.bias)


class Conv1D(_Conv):
    """Convolution over one length, such as time.

    Shapes: x ``(batch, in_channels, width)``; y ``(batch, channels, out_width)`` with
    ``out_width = (width + 2 * padding - dilation * (kernel_size - 1) - 1) // strides + 1``; weight
    ``(channels, in_channels / groups, kernel_size)``; bias ``(channels,)``. The other arguments are those of `Conv2D`;
    the layout is ``'NCW'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv1D(8, kernel_size=3, padding=1)
    >>> layer.initialize()
    >>> layer(nd.ones((2, 4, 10))).shape
    (2, 8, 10)
    """

    _rank = 1
    _layouts = ("NCW",)


class Conv2D(_Conv):
    """Convolution of images: ``y[n, f, p] = bias[f] + sum over c, k of weight[f, c, k] * x[n, c, p * strides + k]``.

    Shapes: x ``(batch, in_channels, height, width)``; y ``(batch, channels, out_height, out_width)`` with
    ``out = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // strides + 1``; weight
    ``(channels, in_channels / groups, *kernel_size)``; bias ``(channels,)``. With ``layout='NHWC'`` the channels stand
    last in x, y and weight.

    Parameters
    ----------
    channels : channels of y, which is the number of filters.
    kernel_size, strides, padding, dilation : one number for both directions, or a tuple of two.
    groups : channels of x and y are cut into so many groups, each of y sees its own of x; ``groups=in_channels`` is a
        depthwise convolution.
    layout : ``'NCHW'`` (the default) or ``'NHWC'``.
    activation : name of an activation function (see `Activation`); None for none.
    use_bias : whether a bias is added.
    weight_initializer : by default that of ``initialize()``.
    bias_initializer : zeros by default.
    in_channels : channels of x; 0 infers them from the first x.

    Raises
    ------
    AssertionError : a tuple has the wrong number of lengths, or the layout is unknown.
    MXNetError : a number makes no sense, or x does not fit.

    Differs from 1.9.1: ``'NHWC'`` works on CPUs, too.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv2D(16, kernel_size=3, strides=2, padding=1, activation="relu")
    >>> layer.initialize()
    >>> layer(nd.ones((1, 3, 28, 28))).shape
    (1, 16, 14, 14)
    >>> layer
    Conv2D(3 -> 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), Activation(relu))
    """

    _rank = 2
    _layouts = ("NCHW", "NHWC")


class Conv3D(_Conv):
    """Convolution over three lengths, such as of videos and volumes.

    Shapes: x ``(batch, in_channels, depth, height, width)``; y ``(batch, channels, *out)``; weight
    ``(channels, in_channels / groups, *kernel_size)``; bias ``(channels,)``. The arguments are those of `Conv2D`, with
    tuples of three; layouts are ``'NCDHW'`` and ``'NDHWC'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv3D(8, kernel_size=(1, 3, 3))
    >>> layer.initialize()
    >>> layer(nd.ones((1, 2, 5, 6, 7))).shape
    (1, 8, 5, 4, 5)
    """

    _rank = 3
    _layouts = ("NCDHW", "NDHWC")


class _ConvTranspose(_Conv):
    """What all transposed convolutions share."""

    _op_name = "Deconvolution"

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] = 0,
        output_padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        layout: str | None = None,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        more = lengths("output_padding", output_padding, self._rank)
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            in_channels,
            **kwargs,
        )
        steps = self._kwargs["stride"]
        if any(not 0 <= m < s for m, s in zip(more, steps, strict=True)):
            raise MXNetError(
                f"{type(self).__name__}: output_padding does not fit strides",
                received=f"output_padding={more}, strides={steps}",
                because="it has fewer elements than a stride, as more would belong to no window",
            )
        self._kwargs["adj"] = more
        self.outpad = more


class Conv1DTranspose(_ConvTranspose):
    """The convolution over one length turned around.

    Shapes: x ``(batch, in_channels, width)``; y ``(batch, channels, out_width)``; weight
    ``(in_channels, channels / groups, kernel_size)``. The arguments are those of `Conv2DTranspose`; the layout is
    ``'NCW'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv1DTranspose(8, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(nd.ones((2, 4, 10))).shape
    (2, 8, 20)
    """

    _rank = 1
    _layouts = ("NCW",)


class Conv2DTranspose(_ConvTranspose):
    """The convolution of images turned around: each element of x adds its multiple of the weight to a window of y.

    Shapes: x ``(batch, in_channels, height, width)``; y ``(batch, channels, out_height, out_width)`` with
    ``out = strides * (size - 1) + dilation * (kernel_size - 1) + 1 - 2 * padding + output_padding``; weight
    ``(in_channels, channels / groups, *kernel_size)``; bias ``(channels,)``.

    Parameters
    ----------
    output_padding : further elements at the end of each axis of y, fewer than ``strides``.
    channels, kernel_size, strides, padding, dilation, groups, layout, activation, use_bias, weight_initializer,
    bias_initializer, in_channels : as of `Conv2D`, where strides, padding and dilation are those of the convolution
        that goes from y to x.

    Source: Zeiler et al., Deconvolutional Networks (2010).

    Differs from 1.9.1: ``'NHWC'`` works on CPUs, too.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv2DTranspose(3, kernel_size=4, strides=2, padding=1)
    >>> layer.initialize()
    >>> layer(nd.ones((1, 16, 14, 14))).shape
    (1, 3, 28, 28)
    """

    _rank = 2
    _layouts = ("NCHW", "NHWC")


class Conv3DTranspose(_ConvTranspose):
    """The convolution over three lengths turned around.

    Shapes: x ``(batch, in_channels, depth, height, width)``; y ``(batch, channels, *out)``; weight
    ``(in_channels, channels / groups, *kernel_size)``. The arguments are those of `Conv2DTranspose`, with tuples of
    three; layouts are ``'NCDHW'`` and ``'NDHWC'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Conv3DTranspose(3, kernel_size=2, strides=2)
    >>> layer.initialize()
    >>> layer(nd.ones((1, 2, 4, 4, 4))).shape
    (1, 3, 8, 8, 8)
    """

    _rank = 3
    _layouts = ("NCDHW", "NDHWC")
