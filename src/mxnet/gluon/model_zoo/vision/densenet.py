"""DenseNet: each layer sees what all layers before it in its block made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....context import Context
from ... import nn
from ...contrib.nn import HybridConcurrent, Identity
from ..model_store import ROOT
from ._network import CPU, Network, choose, load_pretrained, norm_relu, shortcut

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]

__getattr__ = _module_getattr(__name__)


class DenseNet(Network):
    """Blocks of layers that each append a few channels to their input; between blocks channels and image are halved.

    Shapes: x ``(batch, 3, 224, 224)``; y ``(batch, classes)``.

    Parameters
    ----------
    num_init_features : channels of the first convolution.
    growth_rate : channels that each layer appends.
    block_config : number of layers in each block.
    bn_size : a layer's 1x1 convolution reduces its input to ``bn_size * growth_rate`` channels.
    dropout : rate of the dropout after each layer.
    classes : outputs.

    Source: Huang et al., arXiv:1608.06993.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.DenseNet(8, growth_rate=4, block_config=[2, 3], classes=10)
    >>> [len(stage) for stage in (net.features[4], net.features[6])]
    [2, 3]
    """

    def __init__(
        self,
        num_init_features: int,
        growth_rate: int,
        block_config: Sequence[int],
        bn_size: int = 4,
        dropout: float = 0,
        classes: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                nn.Conv2D(num_init_features, kernel_size=7, strides=2, padding=3, use_bias=False),
                *norm_relu(),
                nn.MaxPool2D(pool_size=3, strides=2, padding=1),
            )
            channels = num_init_features
            for number, count in enumerate(block_config):
                stage = nn.HybridSequential(prefix=f"stage{number + 1}_")
                with stage.name_scope():
                    stage.add(*(_layer(growth_rate, bn_size, dropout) for _ in range(count)))
                self.features.add(stage)
                channels += count * growth_rate
                if number < len(block_config) - 1:
                    channels //= 2
                    self.features.add(_transition(channels))
            self.features.add(*norm_relu(), nn.AvgPool2D(pool_size=7), nn.Flatten())
            self.output = nn.Dense(classes)


def _layer(growth_rate: int, bn_size: int, dropout: float) -> HybridConcurrent:
    made = nn.HybridSequential(prefix="")
    made.add(
        *norm_relu(),
        nn.Conv2D(bn_size * growth_rate, kernel_size=1, use_bias=False),
        *norm_relu(),
        nn.Conv2D(growth_rate, kernel_size=3, padding=1, use_bias=False),
    )
    if dropout:
        made.add(nn.Dropout(dropout))
    layer = HybridConcurrent(axis=1, prefix="")
    layer.add(Identity(), made)
    return layer


def _transition(channels: int) -> nn.HybridSequential:
    transition = nn.HybridSequential(prefix="")
    transition.add(
        *norm_relu(),
        nn.Conv2D(channels, kernel_size=1, use_bias=False),
        nn.AvgPool2D(pool_size=2, strides=2),
    )
    return transition


densenet_spec = {
    121: (64, 32, [6, 12, 24, 16]),
    161: (96, 48, [6, 12, 36, 24]),
    169: (64, 32, [6, 12, 32, 32]),
    201: (64, 32, [6, 12, 48, 32]),
}
"""For each depth: channels of the first convolution, growth rate, and layers in each block."""


def get_densenet(
    num_layers: int,
    pretrained: bool = False,
    ctx: Context | list[Context] = CPU,
    root: str = ROOT,
    **kwargs: Any,
) -> DenseNet:
    """DenseNet by its number of layers.

    Parameters
    ----------
    num_layers : 121, 161, 169 or 201, counting all that have weights.
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `DenseNet`: ``classes``, ``dropout``, ``bn_size``, ``prefix``, ``params``.

    Raises
    ------
    KeyError : another number of layers.
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet.gluon.model_zoo.vision.densenet import get_densenet
    >>> get_densenet(121, classes=10).output
    Dense(None -> 10, linear)
    """
    num_init_features, growth_rate, block_config = choose(densenet_spec, num_layers, "get_densenet")
    net = DenseNet(num_init_features, growth_rate, block_config, **kwargs)
    if pretrained:
        load_pretrained(net, f"densenet{num_layers}", ctx, root, kwargs.get("classes", 1000))
    return net


densenet121 = shortcut("densenet121", "DenseNet-121: 8 million parameters", get_densenet, 121)
densenet161 = shortcut("densenet161", "DenseNet-161: 29 million parameters", get_densenet, 161)
densenet169 = shortcut("densenet169", "DenseNet-169: 14 million parameters", get_densenet, 169)
densenet201 = shortcut("densenet201", "DenseNet-201: 20 million parameters", get_densenet, 201)
