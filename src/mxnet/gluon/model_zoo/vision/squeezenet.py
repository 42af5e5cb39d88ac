"""SqueezeNet: few parameters through narrow convolutions before wide ones."""

from __future__ import annotations

from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message
from ....context import Context
from ... import nn
from ...contrib.nn import HybridConcurrent
from ..model_store import ROOT
from ._network import CPU, Network, load_pretrained, shortcut

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]

__getattr__ = _module_getattr(__name__)

# Channels and kernel of the first convolution; then the channels that each fire module squeezes to, 0 for a pooling.
_VERSIONS = {
    "1.0": (96, 7, [16, 16, 32, 0, 32, 48, 48, 64, 0, 64]),
    "1.1": (64, 3, [16, 16, 0, 32, 32, 0, 48, 48, 64, 64]),
}


class SqueezeNet(Network):
    """Fire modules: a 1x1 convolution to few channels, then a 1x1 and a 3x3 one side by side to many.

    Shapes: x ``(batch, 3, 224, 224)``; y ``(batch, classes)``.

    Parameters
    ----------
    version : ``'1.0'``, or ``'1.1'``, which pools earlier and needs less than half the arithmetic.
    classes : outputs.

    Raises
    ------
    AssertionError : another version.

    Source: Iandola et al., arXiv:1602.07360.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.SqueezeNet("1.1", classes=10)
    >>> net.output[0]
    Conv2D(None -> 10, kernel_size=(1, 1), stride=(1, 1))
    """

    def __init__(self, version: str, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if version not in list(_VERSIONS):
            raise AssertionError(
                message(
                    f"Unsupported SqueezeNet version {version}:1.0 or 1.1 expected",
                    received=f"version={version!r}",
                    hint=f"the version as a string: '{version}'" if str(version) in _VERSIONS else None,
                )
            )
        channels, kernel, squeezed = _VERSIONS[version]
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                nn.Conv2D(channels, kernel_size=kernel, strides=2), nn.Activation("relu"), _pooling()
            )
            self.features.add(*(_fire(each) if each else _pooling() for each in squeezed), nn.Dropout(0.5))
            self.output = nn.HybridSequential(prefix="")
            self.output.add(
                nn.Conv2D(classes, kernel_size=1), nn.Activation("relu"), nn.AvgPool2D(13), nn.Flatten()
            )


def _pooling() -> nn.MaxPool2D:
    return nn.MaxPool2D(pool_size=3, strides=2, ceil_mode=True)


def _fire(squeezed: int) -> nn.HybridSequential:
    fire = nn.HybridSequential(prefix="")
    fire.add(_convolution(squeezed, 1))
    expand = HybridConcurrent(axis=1, prefix="")
    expand.add(_convolution(4 * squeezed, 1), _convolution(4 * squeezed, 3))
    fire.add(expand)
    return fire


def _convolution(channels: int, kernel: int) -> nn.HybridSequential:
    block = nn.HybridSequential(prefix="")
    block.add(nn.Conv2D(channels, kernel, padding=kernel // 2), nn.Activation("relu"))
    return block


def get_squeezenet(
    version: str,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> SqueezeNet:
    """SqueezeNet by its version.

    Parameters
    ----------
    version : ``'1.0'`` or ``'1.1'``.
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `SqueezeNet`: ``classes``, ``prefix``, ``params``.

    Raises
    ------
    AssertionError : another version.
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet.gluon.model_zoo.vision.squeezenet import get_squeezenet
    >>> get_squeezenet("1.1", classes=10).features[1]
    Activation(relu)
    """
    net = SqueezeNet(version, **kwargs)
    if pretrained:
        load_pretrained(net, f"squeezenet{version}", ctx, root, kwargs.get("classes", 1000))
    return net


squeezenet1_0 = shortcut("squeezenet1_0", "SqueezeNet 1.0: 1.2 million parameters", get_squeezenet, "1.0")
squeezenet1_1 = shortcut("squeezenet1_1", "SqueezeNet 1.1: 1.2 million parameters", get_squeezenet, "1.1")
