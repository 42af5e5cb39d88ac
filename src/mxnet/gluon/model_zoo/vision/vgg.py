"""VGG: stacks of small convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message
from ....context import Context
from ....initializer import Xavier
from ... import nn
from ..model_store import ROOT
from ._network import CPU, Network, choose, load_pretrained, shortcut

__all__ = [
    "VGG",
    "get_vgg",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

__getattr__ = _module_getattr(__name__)

_CHANNELS = [64, 128, 256, 512, 512]
vgg_spec = {
    11: ([1, 1, 2, 2, 2], _CHANNELS),
    13: ([2, 2, 2, 2, 2], _CHANNELS),
    16: ([2, 2, 3, 3, 3], _CHANNELS),
    19: ([2, 2, 4, 4, 4], _CHANNELS),
}
"""For each depth: convolutions in each block, and their channels."""


class VGG(Network):
    """Blocks of 3x3 convolutions, each followed by a pooling that halves the image; then three dense layers.

    Shapes: x ``(batch, 3, 224, 224)``; y ``(batch, classes)``.

    Parameters
    ----------
    layers : number of convolutions in each block.
    filters : channels of each block.
    classes : outputs.
    batch_norm : whether each convolution is followed by a `BatchNorm`.

    Raises
    ------
    AssertionError : not as many layers as filters.

    Source: Simonyan and Zisserman, arXiv:1409.1556.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.VGG(layers=[1, 1], filters=[16, 32], classes=10)
    >>> len(net.features), net.features[3]
    (10, Conv2D(None -> 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)))
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        classes: int = 1000,
        batch_norm: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(layers) != len(filters):
            raise AssertionError(
                message(
                    "VGG: each block has layers and filters", received=f"layers={layers}, filters={filters}"
                )
            )
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            for count, channels in zip(layers, filters, strict=True):
                for _ in range(count):
                    self.features.add(_convolution(channels))
                    if batch_norm:
                        self.features.add(nn.BatchNorm())
                    self.features.add(nn.Activation("relu"))
                self.features.add(nn.MaxPool2D(strides=2))
            for _ in range(2):
                self.features.add(
                    nn.Dense(4096, activation="relu", weight_initializer="normal"), nn.Dropout(rate=0.5)
                )
            self.output = nn.Dense(classes, weight_initializer="normal")


def _convolution(channels: int) -> nn.Conv2D:
    initializer = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
    return nn.Conv2D(channels, kernel_size=3, padding=1, weight_initializer=initializer)


def get_vgg(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> VGG:
    """VGG by its number of layers.

    Parameters
    ----------
    num_layers : 11, 13, 16 or 19, counting all that have weights.
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `VGG`: ``classes``, ``batch_norm``, ``prefix``, ``params``.

    Raises
    ------
    KeyError : another number of layers.
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.get_vgg(11, batch_norm=True, classes=10)
    >>> net.features[:3]
    HybridSequential(
      (0): Conv2D(None -> 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
      (1): BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, use_global_stats=False, in_channels=None)
      (2): Activation(relu)
    )
    """
    layers, filters = choose(vgg_spec, num_layers, "get_vgg")
    net = VGG(layers, filters, **kwargs)
    if pretrained:
        name = f"vgg{num_layers}" + ("_bn" if kwargs.get("batch_norm") else "")
        load_pretrained(net, name, ctx, root, kwargs.get("classes", 1000))
    return net


vgg11 = shortcut("vgg11", "VGG of 11 layers: 133 million parameters", get_vgg, 11)
vgg13 = shortcut("vgg13", "VGG of 13 layers: 133 million parameters", get_vgg, 13)
vgg16 = shortcut("vgg16", "VGG of 16 layers: 138 million parameters", get_vgg, 16)
vgg19 = shortcut("vgg19", "VGG of 19 layers: 144 million parameters", get_vgg, 19)
vgg11_bn = shortcut("vgg11_bn", "VGG of 11 layers with batch normalisation", get_vgg, 11, batch_norm=True)
vgg13_bn = shortcut("vgg13_bn", "VGG of 13 layers with batch normalisation", get_vgg, 13, batch_norm=True)
vgg16_bn = shortcut("vgg16_bn", "VGG of 16 layers with batch normalisation", get_vgg, 16, batch_norm=True)
vgg19_bn = shortcut("vgg19_bn", "VGG of 19 layers with batch normalisation", get_vgg, 19, batch_norm=True)
