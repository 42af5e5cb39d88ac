"""MobileNets: depthwise convolutions, for small devices."""

from __future__ import annotations

from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message, numeric_types
from ....context import Context
from ... import nn
from ...hybrid_block import HybridBlock
from ..model_store import ROOT
from ._network import CPU, Network, load_pretrained, norm_relu, shortcut

__all__ = [
    "MobileNet",
    "MobileNetV2",
    "get_mobilenet",
    "get_mobilenet_v2",
    "mobilenet0_5",
    "mobilenet0_25",
    "mobilenet0_75",
    "mobilenet1_0",
    "mobilenet_v2_0_5",
    "mobilenet_v2_0_25",
    "mobilenet_v2_0_75",
    "mobilenet_v2_1_0",
]

__getattr__ = _module_getattr(__name__)

# Channels and stride of each pair of convolutions.
_PAIRS = [
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *([(512, 1)] * 5),
    *((1024, 2), (1024, 1)),
]
# Expansion, channels, number and first stride of the bottlenecks, as in the paper's table 2.
_BOTTLENECKS = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def _pointwise(channels: int) -> nn.Conv2D:
    return nn.Conv2D(channels, kernel_size=1, use_bias=False)


def _spatial(channels: int, stride: int, groups: int = 1) -> nn.Conv2D:
    return nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, groups=groups, use_bias=False)


def _width(multiplier: float) -> float:
    """The multiplier; raises ``TypeError`` unless it is a number."""
    if not isinstance(multiplier, numeric_types):
        raise TypeError(
            message(
                "MobileNet: the multiplier is a number", received=f"multiplier={multiplier!r}", hint="0.5"
            )
        )
    return float(multiplier)


class MobileNet(Network):
    """Pairs of a 3x3 convolution on each channel by itself and a 1x1 convolution over all channels.

    Shapes: x ``(batch, 3, 224, 224)``, or any other size; y ``(batch, classes)``.

    Parameters
    ----------
    multiplier : times which there are channels in every layer.
    classes : outputs.

    Source: Howard et al., arXiv:1704.04861.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.MobileNet(multiplier=0.25, classes=10)
    >>> net.features[3]
    Conv2D(None -> 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=8, bias=False)
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        multiplier = _width(multiplier)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            before = int(32 * multiplier)
            self.features.add(_spatial(before, 2), *norm_relu())
            for channels, stride in _PAIRS:
                after = int(channels * multiplier)
                self.features.add(_spatial(before, stride, groups=before), *norm_relu())
                self.features.add(_pointwise(after), *norm_relu())
                before = after
            self.features.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes)


class RELU6(HybridBlock):
    """``min(max(x, 0), 6)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo.vision.mobilenet import RELU6
    >>> RELU6()(nd.array([-1, 3, 8])).asnumpy().tolist()
    [0.0, 3.0, 6.0]
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.clip(x, 0, 6, name="relu6")


class LinearBottleneck(HybridBlock):
    """1x1 convolution to ``t`` times the channels, 3x3 on each channel, 1x1 to few channels without activation.

    Shapes: x ``(batch, in_channels, height, width)``; y ``(batch, channels, height / stride, width / stride)``. If both
    have the same shape, x is added.

    Parameters
    ----------
    in_channels, channels : of x and y.
    t : factor of the expansion.
    stride : of the 3x3 convolution.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo.vision.mobilenet import LinearBottleneck
    >>> block = LinearBottleneck(4, 8, t=6, stride=2)
    >>> block.initialize()
    >>> block(nd.ones((1, 4, 6, 6))).shape
    (1, 8, 3, 3)
    """

    def __init__(self, in_channels: int, channels: int, t: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_shortcut = stride == 1 and in_channels == channels
        inner = in_channels * t
        with self.name_scope():
            self.out = nn.HybridSequential()
            self.out.add(_pointwise(inner), nn.BatchNorm(), RELU6())
            self.out.add(_spatial(inner, stride, groups=inner), nn.BatchNorm(), RELU6())
            self.out.add(_pointwise(channels), nn.BatchNorm())

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute the block, and add x if that fits."""
        y = self.out(x)
        return F.elemwise_add(y, x) if self.use_shortcut else y


class MobileNetV2(Network):
    """`LinearBottleneck` s, whose sums pass through few channels while convolutions work on many.

    Shapes: x ``(batch, 3, 224, 224)``, or any other size; y ``(batch, classes)``.

    Parameters
    ----------
    multiplier : times which there are channels in every layer (but never less than 1280 in the last).
    classes : outputs.

    Source: Sandler et al., arXiv:1801.04381.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.MobileNetV2(multiplier=0.25, classes=10)
    >>> net.output[0]
    Conv2D(None -> 10, kernel_size=(1, 1), stride=(1, 1), bias=False)
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        multiplier = _width(multiplier)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="features_")
            with self.features.name_scope():
                before = int(32 * multiplier)
                self.features.add(_spatial(before, 2), nn.BatchNorm(), RELU6())
                for expansion, channels, count, first in _BOTTLENECKS:
                    after = int(channels * multiplier)
                    for number in range(count):
                        stride = 1 if number else first
                        self.features.add(LinearBottleneck(before, after, expansion, stride))
                        before = after
                last = int(1280 * max(multiplier, 1.0))
                self.features.add(_pointwise(last), nn.BatchNorm(), RELU6(), nn.GlobalAvgPool2D())
            self.output = nn.HybridSequential(prefix="output_")
            with self.output.name_scope():
                self.output.add(
                    nn.Conv2D(classes, kernel_size=1, use_bias=False, prefix="pred_"), nn.Flatten()
                )


def get_mobilenet(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> MobileNet:
    """MobileNet by its width.

    Parameters
    ----------
    multiplier : times which there are channels; trained weights exist for 0.25, 0.5, 0.75 and 1.
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `MobileNet`: ``classes``, ``prefix``, ``params``.

    Raises
    ------
    ValueError : there are no trained weights for this multiplier, and ``pretrained`` asks for them.
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.get_mobilenet(0.25, classes=10)
    >>> net.initialize()
    >>> net(nd.ones((1, 3, 64, 64))).shape
    (1, 10)
    """
    net = MobileNet(multiplier, **kwargs)
    if pretrained:
        name = f"mobilenet{_written(multiplier)}"
        load_pretrained(net, name, ctx, root, kwargs.get("classes", 1000))
    return net


def get_mobilenet_v2(
    multiplier: float,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> MobileNetV2:
    """MobileNet V2 by its width. Arguments and errors are those of `get_mobilenet`.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.get_mobilenet_v2(0.25, classes=10)
    >>> net.initialize()
    >>> net(nd.ones((1, 3, 64, 64))).shape
    (1, 10)
    """
    net = MobileNetV2(multiplier, **kwargs)
    if pretrained:
        name = f"mobilenetv2_{_written(multiplier)}"
        load_pretrained(net, name, ctx, root, kwargs.get("classes", 1000))
    return net


def _written(multiplier: float) -> str:
    """A multiplier as it stands in the names of files: ``0.25``, ``0.5``, ``1.0``."""
    return f"{multiplier:.2f}".removesuffix("0")


mobilenet1_0 = shortcut("mobilenet1_0", "MobileNet: 4.2 million parameters", get_mobilenet, 1.0)
mobilenet0_75 = shortcut(
    "mobilenet0_75", "MobileNet, 0.75 times as wide: 2.6 million parameters", get_mobilenet, 0.75
)
mobilenet0_5 = shortcut("mobilenet0_5", "MobileNet, half as wide: 1.3 million parameters", get_mobilenet, 0.5)
mobilenet0_25 = shortcut(
    "mobilenet0_25", "MobileNet, a quarter as wide: 0.5 million parameters", get_mobilenet, 0.25
)
mobilenet_v2_1_0 = shortcut("mobilenet_v2_1_0", "MobileNet V2: 3.5 million parameters", get_mobilenet_v2, 1.0)
mobilenet_v2_0_75 = shortcut(
    "mobilenet_v2_0_75", "MobileNet V2, 0.75 times as wide: 2.6 million parameters", get_mobilenet_v2, 0.75
)
mobilenet_v2_0_5 = shortcut(
    "mobilenet_v2_0_5", "MobileNet V2, half as wide: 2 million parameters", get_mobilenet_v2, 0.5
)
mobilenet_v2_0_25 = shortcut(
    "mobilenet_v2_0_25", "MobileNet V2, a quarter as wide: 1.5 million parameters", get_mobilenet_v2, 0.25
)
