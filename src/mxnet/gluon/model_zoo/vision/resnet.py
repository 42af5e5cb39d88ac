"""Residual networks: each block adds a correction to its input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message
from ....context import Context
from ... import nn
from ...hybrid_block import HybridBlock
from ..model_store import ROOT
from ._network import CPU, Network, load_pretrained, norm_relu, shortcut

__all__ = [
    "BasicBlockV1",
    "BasicBlockV2",
    "BottleneckV1",
    "BottleneckV2",
    "ResNetV1",
    "ResNetV2",
    "get_resnet",
    "resnet18_v1",
    "resnet18_v2",
    "resnet34_v1",
    "resnet34_v2",
    "resnet50_v1",
    "resnet50_v2",
    "resnet101_v1",
    "resnet101_v2",
    "resnet152_v1",
    "resnet152_v2",
]

__getattr__ = _module_getattr(__name__)


def _conv3x3(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    return nn.Conv2D(
        channels, kernel_size=3, strides=stride, padding=1, use_bias=False, in_channels=in_channels
    )


def _conv1x1(channels: int, stride: int = 1, in_channels: int = 0, use_bias: bool = False) -> nn.Conv2D:
    return nn.Conv2D(channels, kernel_size=1, strides=stride, use_bias=use_bias, in_channels=in_channels)


class _BlockV1(HybridBlock):
    """``relu(body(x) + x)``, where ``x`` goes through a 1x1 convolution if ``body`` changes its shape."""

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = nn.HybridSequential(prefix="")
        self.body.add(*self._layers(channels, stride, in_channels))
        self.downsample: nn.HybridSequential | None = None
        if downsample:
            self.downsample = nn.HybridSequential(prefix="")
            self.downsample.add(_conv1x1(channels, stride, in_channels), nn.BatchNorm())

    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        raise NotImplementedError

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Add the correction, then rectify."""
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.Activation(shortcut + self.body(x), act_type="relu")


class BasicBlockV1(_BlockV1):
    """``relu(body(x) + x)`` with two 3x3 convolutions as the body.

    Shapes: x ``(batch, in_channels, height, width)``; y ``(batch, channels, height / stride, width / stride)``.

    Parameters
    ----------
    channels : channels of y.
    stride : of the first convolution.
    downsample : whether ``x`` goes through a 1x1 convolution, as it must where the shape changes.
    in_channels : channels of x; 0 infers them from the first x.

    Source: He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> block = vision.BasicBlockV1(16, stride=2, downsample=True)
    >>> block.initialize()
    >>> block(nd.ones((1, 8, 6, 6))).shape
    (1, 16, 3, 3)
    """

    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        return [
            _conv3x3(channels, stride, in_channels),
            *norm_relu(),
            _conv3x3(channels, 1, channels),
            nn.BatchNorm(),
        ]


class BottleneckV1(_BlockV1):
    """``relu(body(x) + x)`` whose body computes on a quarter of the channels between two 1x1 convolutions.

    Shapes, parameters and source are those of `BasicBlockV1`. The stride is that of the first convolution.
    """

    def _layers(self, channels: int, stride: int, in_channels: int) -> list[HybridBlock]:
        return [
            _conv1x1(channels // 4, stride, use_bias=True),
            *norm_relu(),
            _conv3x3(channels // 4, 1, channels // 4),
            *norm_relu(),
            _conv1x1(channels, use_bias=True),
            nn.BatchNorm(),
        ]


class BasicBlockV2(HybridBlock):
    """``convolutions(z) + x`` with ``z = relu(norm(x))``: normalised and rectified before each of two convolutions.

    Shapes and parameters are those of `BasicBlockV1`; the 1x1 convolution of ``downsample`` takes ``z``.

    Source: He et al., "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> block = vision.BasicBlockV2(8, stride=1)
    >>> block.initialize()
    >>> block(nd.ones((1, 8, 6, 6))).shape
    (1, 8, 6, 6)
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bn1 = nn.BatchNorm()
        self.conv1 = _conv3x3(channels, stride, in_channels)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(channels, 1, channels)
        self.downsample = _conv1x1(channels, stride, in_channels) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Add the correction."""
        z = F.Activation(self.bn1(x), act_type="relu")
        shortcut = x if self.downsample is None else self.downsample(z)
        z = F.Activation(self.bn2(self.conv1(z)), act_type="relu")
        return self.conv2(z) + shortcut


class BottleneckV2(HybridBlock):
    """`BasicBlockV2` with three convolutions, of which the middle one sees a quarter of the channels.

    Shapes, parameters and source are those of `BasicBlockV2`. The stride is that of the middle convolution.
    """

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bn1 = nn.BatchNorm()
        self.conv1 = _conv1x1(channels // 4)
        self.bn2 = nn.BatchNorm()
        self.conv2 = _conv3x3(channels // 4, stride, channels // 4)
        self.bn3 = nn.BatchNorm()
        self.conv3 = _conv1x1(channels)
        self.downsample = _conv1x1(channels, stride, in_channels) if downsample else None

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Add the correction."""
        z = F.Activation(self.bn1(x), act_type="relu")
        shortcut = x if self.downsample is None else self.downsample(z)
        z = F.Activation(self.bn2(self.conv1(z)), act_type="relu")
        z = F.Activation(self.bn3(self.conv2(z)), act_type="relu")
        return self.conv3(z) + shortcut


class _ResNet(Network):
    """A stem, stages of blocks, pooling, a dense layer. The classes below say what stands around the stages."""

    def __init__(
        self,
        block: Callable[..., HybridBlock],
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(layers) != len(channels) - 1:
            raise AssertionError(
                message(
                    f"{type(self).__name__}: channels are those of the stem and of each stage",
                    received=f"layers={layers}, channels={channels}",
                    because=f"{len(layers)} stages ask for {len(layers) + 1} numbers of channels",
                )
            )
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(*self._before())
            if thumbnail:
                self.features.add(_conv3x3(channels[0], 1, 0))
            else:
                self.features.add(
                    nn.Conv2D(channels[0], kernel_size=7, strides=2, padding=3, use_bias=False),
                    *norm_relu(),
                    nn.MaxPool2D(pool_size=3, strides=2, padding=1),
                )
            for number, count in enumerate(layers):
                stage = nn.HybridSequential(prefix=f"stage{number + 1}_")
                before, after = channels[number : number + 2]
                with stage.name_scope():
                    stage.add(
                        block(after, 1 if number == 0 else 2, after != before, in_channels=before, prefix="")
                    )
                    for _ in range(count - 1):
                        stage.add(block(after, 1, False, in_channels=after, prefix=""))
                self.features.add(stage)
            self.features.add(*self._after())
            self.output = nn.Dense(classes, in_units=channels[-1])

    def _before(self) -> list[HybridBlock]:
        return []

    def _after(self) -> list[HybridBlock]:
        raise NotImplementedError


class ResNetV1(_ResNet):
    """Residual network of the first version, which rectifies after each addition.

    Shapes: x ``(batch, 3, 224, 224)``, or ``(batch, 3, 32, 32)`` with ``thumbnail``, or any other size;
    y ``(batch, classes)``.

    Parameters
    ----------
    block : `BasicBlockV1` or `BottleneckV1`.
    layers : number of blocks in each stage; every stage but the first halves the image.
    channels : of the stem, and of each stage.
    classes : outputs.
    thumbnail : whether a single 3x3 convolution is the stem, for small images, instead of one that makes them four
        times smaller.

    Raises
    ------
    AssertionError : channels and layers do not go together.

    Source: He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.ResNetV1(vision.BasicBlockV1, layers=[1, 1], channels=[8, 8, 16], classes=10, thumbnail=True)
    >>> net.initialize()
    >>> net(nd.ones((2, 3, 32, 32))).shape
    (2, 10)
    """

    def _after(self) -> list[HybridBlock]:
        return [nn.GlobalAvgPool2D()]


class ResNetV2(_ResNet):
    """Residual network of the second version: blocks normalise and rectify first, so that sums pass unchanged.

    The input is normalised, too, so images need no other preparation. Shapes and parameters are those of `ResNetV1`,
    with `BasicBlockV2` or `BottleneckV2`.

    Source: He et al., "Identity Mappings in Deep Residual Networks", arXiv:1603.05027.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.ResNetV2(vision.BasicBlockV2, layers=[1, 1], channels=[8, 8, 16], classes=10, thumbnail=True)
    >>> net.initialize()
    >>> net(nd.ones((2, 3, 32, 32))).shape
    (2, 10)
    """

    def _before(self) -> list[HybridBlock]:
        return [nn.BatchNorm(scale=False, center=False)]

    def _after(self) -> list[HybridBlock]:
        return [*norm_relu(), nn.GlobalAvgPool2D(), nn.Flatten()]


resnet_spec: dict[int, tuple[str, list[int], list[int]]] = {
    18: ("basic_block", [2, 2, 2, 2], [64, 64, 128, 256, 512]),
    34: ("basic_block", [3, 4, 6, 3], [64, 64, 128, 256, 512]),
    50: ("bottle_neck", [3, 4, 6, 3], [64, 256, 512, 1024, 2048]),
    101: ("bottle_neck", [3, 4, 23, 3], [64, 256, 512, 1024, 2048]),
    152: ("bottle_neck", [3, 8, 36, 3], [64, 256, 512, 1024, 2048]),
}
"""For each depth: the kind of block, blocks in each stage, and channels."""

resnet_net_versions: list[type[ResNetV1] | type[ResNetV2]] = [ResNetV1, ResNetV2]
resnet_block_versions: list[dict[str, Callable[..., HybridBlock]]] = [
    {"basic_block": BasicBlockV1, "bottle_neck": BottleneckV1},
    {"basic_block": BasicBlockV2, "bottle_neck": BottleneckV2},
]


def get_resnet(
    version: int,
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> ResNetV1 | ResNetV2:
    """Residual network by its version and number of layers.

    Parameters
    ----------
    version : 1 (`ResNetV1`) or 2 (`ResNetV2`).
    num_layers : 18, 34, 50, 101 or 152, counting all that have weights.
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of the class: ``classes``, ``thumbnail``, ``prefix``, ``params``.

    Raises
    ------
    AssertionError : another version or number of layers.
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.get_resnet(2, 18, classes=10)
    >>> net.output
    Dense(512 -> 10, linear)
    """
    if num_layers not in list(resnet_spec):
        raise AssertionError(
            message(
                f"Invalid number of layers: {num_layers}. Options are {list(resnet_spec)}",
                received=f"get_resnet({version}, {num_layers})",
            )
        )
    if version not in (1, 2):
        raise AssertionError(
            message(
                f"Invalid resnet version: {version}. Options are 1 and 2.",
                received=f"get_resnet({version}, {num_layers})",
            )
        )
    kind, layers, channels = resnet_spec[num_layers]
    block = resnet_block_versions[version - 1][kind]
    net = resnet_net_versions[version - 1](block, layers, channels, **kwargs)
    if pretrained:
        name = f"resnet{num_layers}_v{version}"
        load_pretrained(net, name, ctx, root, kwargs.get("classes", 1000))
    return net


resnet18_v1 = shortcut("resnet18_v1", "ResNet-18 V1: 12 million parameters", get_resnet, 1, 18)
resnet34_v1 = shortcut("resnet34_v1", "ResNet-34 V1: 22 million parameters", get_resnet, 1, 34)
resnet50_v1 = shortcut("resnet50_v1", "ResNet-50 V1: 26 million parameters", get_resnet, 1, 50)
resnet101_v1 = shortcut("resnet101_v1", "ResNet-101 V1: 45 million parameters", get_resnet, 1, 101)
resnet152_v1 = shortcut("resnet152_v1", "ResNet-152 V1: 60 million parameters", get_resnet, 1, 152)
resnet18_v2 = shortcut("resnet18_v2", "ResNet-18 V2: 12 million parameters", get_resnet, 2, 18)
resnet34_v2 = shortcut("resnet34_v2", "ResNet-34 V2: 22 million parameters", get_resnet, 2, 34)
resnet50_v2 = shortcut("resnet50_v2", "ResNet-50 V2: 26 million parameters", get_resnet, 2, 50)
resnet101_v2 = shortcut("resnet101_v2", "ResNet-101 V2: 45 million parameters", get_resnet, 2, 101)
resnet152_v2 = shortcut("resnet152_v2", "ResNet-152 V2: 60 million parameters", get_resnet, 2, 152)
