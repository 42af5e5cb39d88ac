"""Pooling over windows and over everything, and padding by reflection."""

from __future__ import annotations

from typing import Any

from ...base import MXNetError, message
from ...ndarray import NDArray
from ..hybrid_block import HybridBlock
from .conv import _AXES, lengths

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "ReflectionPad2D",
]

_LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
Lengths = int | tuple[int, ...]


class _Pooling(HybridBlock):
    """What all poolings share. The classes below say how many lengths there are, and what becomes of a window."""

    _rank: int
    _pool_type: str
    _global_pool = False

    def _set(
        self,
        pool_size: Lengths,
        strides: Lengths | None,
        padding: Lengths,
        ceil_mode: bool,
        layout: str | None,
        count_include_pad: bool | None = None,
    ) -> None:
        """Check the settings and keep them as the operator's arguments."""
        valid = _LAYOUTS[self._rank]
        layout = valid[0] if layout is None else layout
        if layout not in valid:
            raise AssertionError(
                message(
                    f"Only {' and '.join(valid)} layouts are valid for {self._rank}D Pooling",
                    received=f"layout={layout!r}",
                )
            )
        kernel = lengths("pool_size", pool_size, self._rank)
        self._kwargs: dict[str, Any] = {
            "kernel": kernel,
            "stride": kernel if strides is None else lengths("strides", strides, self._rank),
            "pad": lengths("padding", padding, self._rank),
            "global_pool": self._global_pool,
            "pool_type": self._pool_type,
            "layout": layout,
            "pooling_convention": "full" if ceil_mode else "valid",
        }
        for name, key, least in (("pool_size", "kernel", 1), ("strides", "stride", 1), ("padding", "pad", 0)):
            if min(self._kwargs[key]) < least:
                raise MXNetError(
                    f"{type(self).__name__}: {name} is too small",
                    received=f"{name}={self._kwargs[key]}",
                    because=f"its numbers are at least {least}",
                )
        if any(p >= k for p, k in zip(self._kwargs["pad"], kernel, strict=True)):
            raise MXNetError(
                f"{type(self).__name__}: padding is too large",
                received=f"pool_size={kernel}, padding={self._kwargs['pad']}",
                because="a window would see nothing but padding",
                hint=f"padding={tuple(k // 2 for k in kernel)} at most",
            )
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self) -> str:
        return "pool"

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Reduce every window."""
        return F.Pooling(x, name="fwd", **self._kwargs)

    def _hint(self, *args: Any) -> str | None:
        x, layout = args[0], self._kwargs["layout"]
        if not isinstance(x, NDArray):
            return None
        kind = "GlobalMaxPool" if self._pool_type == "max" else "GlobalAvgPool"
        if x.ndim != self._rank + 2:
            other = (
                f", or nn.{kind if self._global_pool else kind[6:]}{x.ndim - 2}D" if 3 <= x.ndim <= 5 else ""
            )
            return f"an x of shape ({', '.join(_AXES[axis] for axis in layout)}){other}"
        return None if self._global_pool else f"a smaller pool_size, or nn.{kind}{self._rank}D()"

    def __repr__(self) -> str:
        ceil_mode = self._kwargs["pooling_convention"] == "full"
        return (
            "{name}(size={kernel}, stride={stride}, padding={pad}, ceil_mode={ceil_mode}, "
            "global_pool={global_pool}, pool_type={pool_type}, layout={layout})"
        ).format(name=type(self).__name__, ceil_mode=ceil_mode, **self._kwargs)


class _MaxPool(_Pooling):
    _pool_type = "max"

    def __init__(
        self,
        pool_size: Lengths = 2,
        strides: Lengths | None = None,
        padding: Lengths = 0,
        layout: str | None = None,
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(pool_size, strides, padding, ceil_mode, layout)


class _AvgPool(_Pooling):
    _pool_type = "avg"

    def __init__(
        self,
        pool_size: Lengths = 2,
        strides: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        layout: str | None = None,
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set(pool_size, strides, padding, ceil_mode, layout, count_include_pad)


class _GlobalPool(_Pooling):
    _global_pool = True

    def __init__(self, layout: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set(1, None, 0, True, layout)


class MaxPool1D(_MaxPool):
    """The largest element of every window over one length. Layouts ``'NCW'`` and ``'NWC'``; else as `MaxPool2D`.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.MaxPool1D()(nd.array([[[1, 4, 2, 3]]])).asnumpy().tolist()
    [[[4.0, 3.0]]]
    """

    _rank = 1


class MaxPool2D(_MaxPool):
    """The largest element of every window of an image.

    Shapes: x ``(batch, channels, height, width)``; y ``(batch, channels, out_height, out_width)`` with
    ``out = (size + 2 * padding - pool_size) / strides + 1``, rounded down.

    Parameters
    ----------
    pool_size : size of the window, one number or a tuple of two.
    strides : steps between windows; ``pool_size`` by default.
    padding : elements around x, which never win.
    layout : ``'NCHW'`` (the default) or ``'NHWC'``.
    ceil_mode : round ``out`` up; the last windows may hang over the edge.

    Raises
    ------
    AssertionError : a tuple has the wrong number of lengths, or the layout is unknown.
    MXNetError : a number makes no sense, or the window does not fit into x.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.MaxPool2D(3, strides=2)(nd.ones((1, 8, 13, 13))).shape
    (1, 8, 6, 6)
    """

    _rank = 2


class MaxPool3D(_MaxPool):
    """The largest element of every window over three lengths. As `MaxPool2D`, with tuples of three, layouts
    ``'NCDHW'`` and ``'NDHWC'``, and ``ceil_mode`` before ``layout`` as in 1.9.1.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.MaxPool3D()(nd.ones((1, 2, 4, 6, 8))).shape
    (1, 2, 2, 3, 4)
    """

    _rank = 3

    def __init__(
        self,
        pool_size: Lengths = 2,
        strides: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        layout: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, layout, ceil_mode, **kwargs)


class AvgPool1D(_AvgPool):
    """The mean of every window over one length. As `AvgPool2D`, with layouts ``'NCW'`` and ``'NWC'``, and ``layout``
    before ``ceil_mode`` as in 1.9.1.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.AvgPool1D()(nd.array([[[1, 4, 2, 3]]])).asnumpy().tolist()
    [[[2.5, 2.5]]]
    """

    _rank = 1

    def __init__(
        self,
        pool_size: Lengths = 2,
        strides: Lengths | None = None,
        padding: Lengths = 0,
        layout: str | None = None,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, ceil_mode, layout, count_include_pad, **kwargs)


class AvgPool2D(_AvgPool):
    """The mean of every window of an image. Shapes and errors are those of `MaxPool2D`.

    Parameters
    ----------
    pool_size : size of the window, one number or a tuple of two.
    strides : steps between windows; ``pool_size`` by default.
    padding : zeros around x.
    ceil_mode : round the size of y up; the last windows may hang over the edge.
    layout : ``'NCHW'`` (the default) or ``'NHWC'``.
    count_include_pad : whether to divide by all elements of a window, or by those of x alone.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.AvgPool2D()(nd.array([[[[1, 2], [3, 4]]]])).asnumpy().tolist()
    [[[[2.5]]]]
    """

    _rank = 2


class AvgPool3D(_AvgPool):
    """The mean of every window over three lengths. As `AvgPool2D`, with tuples of three and layouts ``'NCDHW'`` and
    ``'NDHWC'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.AvgPool3D()(nd.ones((1, 2, 4, 6, 8))).shape
    (1, 2, 2, 3, 4)
    """

    _rank = 3


class GlobalMaxPool1D(_GlobalPool):
    """The largest element of each channel: ``(batch, channels, width)`` to ``(batch, channels, 1)``.

    ``layout`` is ``'NCW'`` (the default) or ``'NWC'``.
    """

    _rank = 1
    _pool_type = "max"


class GlobalMaxPool2D(_GlobalPool):
    """The largest element of each channel: ``(batch, channels, height, width)`` to ``(batch, channels, 1, 1)``.

    ``layout`` is ``'NCHW'`` (the default) or ``'NHWC'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.GlobalMaxPool2D()(nd.array([[[[1, 2], [3, 4]]]])).asnumpy().tolist()
    [[[[4.0]]]]
    """

    _rank = 2
    _pool_type = "max"


class GlobalMaxPool3D(_GlobalPool):
    """The largest element of each channel over three lengths, of which each becomes 1.

    ``layout`` is ``'NCDHW'`` (the default) or ``'NDHWC'``.
    """

    _rank = 3
    _pool_type = "max"


class GlobalAvgPool1D(_GlobalPool):
    """The mean of each channel: ``(batch, channels, width)`` to ``(batch, channels, 1)``.

    ``layout`` is ``'NCW'`` (the default) or ``'NWC'``.
    """

    _rank = 1
    _pool_type = "avg"


class GlobalAvgPool2D(_GlobalPool):
    """The mean of each channel: ``(batch, channels, height, width)`` to ``(batch, channels, 1, 1)``.

    ``layout`` is ``'NCHW'`` (the default) or ``'NHWC'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.GlobalAvgPool2D()(nd.array([[[[1, 2], [3, 4]]]])).asnumpy().tolist()
    [[[[2.5]]]]
    """

    _rank = 2
    _pool_type = "avg"


class GlobalAvgPool3D(_GlobalPool):
    """The mean of each channel over three lengths, of which each becomes 1.

    ``layout`` is ``'NCDHW'`` (the default) or ``'NDHWC'``.
    """

    _rank = 3
    _pool_type = "avg"


class ReflectionPad2D(HybridBlock):
    """Images with their own mirror image around them; the outermost row and column is not repeated.

    Shapes: x ``(batch, channels, height, width)``; y the same, with ``top + bottom`` more rows and ``left + right``
    more columns.

    Parameters
    ----------
    padding : one number for all four sides, or the ``pad_width`` of `nd.pad`: eight numbers, two (before, after) for
        each axis, of which the first four are 0.

    Raises
    ------
    AssertionError : another number of numbers.
    MXNetError : an axis is too short: it reflects at most its length less one.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.ReflectionPad2D((0, 0, 0, 0, 0, 0, 1, 2))(nd.array([[[[1, 2, 3]]]])).asnumpy().tolist()
    [[[[2.0, 1.0, 2.0, 3.0, 2.0, 1.0]]]]
    """

    def __init__(self, padding: Lengths = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(padding, (tuple, list)):
            if len(padding) != 8 or any(padding[:4]):
                raise AssertionError(
                    message(
                        "padding is a number, or two for each of four axes, the first four of them 0",
                        received=f"padding={padding}",
                        hint="(0, 0, 0, 0, top, bottom, left, right)",
                    )
                )
            self._padding = lengths("padding", padding, 8)
        else:
            self._padding = (0, 0, 0, 0, *lengths("padding", padding, 4))
        if min(self._padding) < 0:
            raise MXNetError(
                f"{type(self).__name__}: padding is too small",
                received=f"padding={padding}",
                because="it is not negative",
            )

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Reflect ``x``."""
        return F.pad(x, mode="reflect", pad_width=self._padding)

    def _hint(self, *args: Any) -> str | None:
        if getattr(args[0], "ndim", 4) != 4:
            return "an x of shape (batch, channels, height, width)"
        return None
