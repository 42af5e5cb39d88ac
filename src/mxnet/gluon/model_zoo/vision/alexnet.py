"""AlexNet."""

from __future__ import annotations

from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....context import Context
from ... import nn
from ..model_store import ROOT
from ._network import CPU, Network, load_pretrained

__all__ = ["AlexNet", "alexnet"]

__getattr__ = _module_getattr(__name__)


class AlexNet(Network):
    """Five convolutions and three dense layers, in the narrower form of 2014 for one device.

    Shapes: x ``(batch, 3, 224, 224)``; y ``(batch, classes)``.

    Parameters
    ----------
    classes : outputs.

    Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.AlexNet(classes=10)
    >>> net.output
    Dense(None -> 10, linear)
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            with self.features.name_scope():
                self.features.add(
                    nn.Conv2D(64, kernel_size=11, strides=4, padding=2, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Conv2D(192, kernel_size=5, padding=2, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
                    nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
                    nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
                    nn.MaxPool2D(pool_size=3, strides=2),
                    nn.Flatten(),
                    nn.Dense(4096, activation="relu"),
                    nn.Dropout(0.5),
                    nn.Dense(4096, activation="relu"),
                    nn.Dropout(0.5),
                )
            self.output = nn.Dense(classes)


def alexnet(
    pretrained: bool = False, ctx: Context | list[Context] = CPU, root: str = ROOT, **kwargs: Any
) -> AlexNet:
    """AlexNet: 61 million parameters, most of them in the dense layers.

    Parameters
    ----------
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `AlexNet`: ``classes``, ``prefix``, ``params``.

    Raises
    ------
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet import init, nd
    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.alexnet(classes=2)
    >>> net.initialize(init.Xavier())
    >>> net(nd.ones((1, 3, 224, 224))).shape
    (1, 2)
    """
    net = AlexNet(**kwargs)
    return load_pretrained(net, "alexnet", ctx, root, kwargs.get("classes", 1000)) if pretrained else net
