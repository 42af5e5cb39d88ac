"""Inception V3: convolutions of several sizes side by side."""

from __future__ import annotations

from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....context import Context
from ... import nn
from ...contrib.nn import HybridConcurrent
from ..model_store import ROOT
from ._network import CPU, Network, load_pretrained, norm_relu

__all__ = ["Inception3", "inception_v3"]

__getattr__ = _module_getattr(__name__)

# A convolution as (channels, kernel) or, with a stride, (channels, kernel, 2). Those with a stride are not padded, the
# others keep the size of the image.
_Convolution = tuple[Any, ...]

_WIDE, _HIGH = (1, 7), (7, 1)
_SPLIT = [[(384, (1, 3))], [(384, (3, 1))]]


class Inception3(Network):
    """Five kinds of modules (A to E) of parallel branches, whose outputs are joined along the channels.

    Shapes: x ``(batch, 3, 299, 299)``; y ``(batch, classes)``.

    Parameters
    ----------
    classes : outputs.

    Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567.

    >>> from mxnet.gluon.model_zoo import vision
    >>> net = vision.Inception3(classes=10)
    >>> net.output
    Dense(None -> 10, linear)
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                _convolution(32, 3, strides=2),
                _convolution(32, 3),
                _convolution(64, 3, padding=1),
                nn.MaxPool2D(pool_size=3, strides=2),
                _convolution(80, 1),
                _convolution(192, 3),
                nn.MaxPool2D(pool_size=3, strides=2),
                *(_module_a(number, channels) for number, channels in ((1, 32), (2, 64), (3, 64))),
                _module_b(),
                *(
                    _module_c(number, channels)
                    for number, channels in ((1, 128), (2, 160), (3, 160), (4, 192))
                ),
                _module_d(),
                _module_e(1),
                _module_e(2),
                nn.AvgPool2D(pool_size=8),
                nn.Dropout(0.5),
            )
            self.output = nn.Dense(classes)


def _convolution(channels: int, kernel: Any, **kwargs: Any) -> nn.HybridSequential:
    block = nn.HybridSequential(prefix="")
    block.add(nn.Conv2D(channels, kernel, use_bias=False, **kwargs), *norm_relu(epsilon=0.001))
    return block


def _branch(pooling: str | None, convolutions: list[_Convolution]) -> nn.HybridSequential:
    """A pooling (``'avg'`` keeps the size of the image, ``'max'`` halves it) if any, then convolutions."""
    branch = nn.HybridSequential(prefix="")
    if pooling == "avg":
        branch.add(nn.AvgPool2D(pool_size=3, strides=1, padding=1))
    elif pooling == "max":
        branch.add(nn.MaxPool2D(pool_size=3, strides=2))
    for channels, kernel, *stride in convolutions:
        high, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
        window = {"strides": stride[0]} if stride else {"padding": (high // 2, wide // 2)}
        branch.add(_convolution(channels, kernel, **window))
    return branch


def _module(
    prefix: str, convolutions: list[list[Any]], pooling: str, pooled: list[_Convolution]
) -> HybridConcurrent:
    """Branches of convolutions, and one that begins with a pooling.

    A branch whose last entry is a list of branches splits there.
    """
    module = HybridConcurrent(axis=1, prefix=prefix)
    with module.name_scope():
        module.add(*map(_maybe_split, convolutions), _branch(pooling, pooled))
    return module


def _maybe_split(convolutions: list[Any]) -> nn.HybridSequential:
    *before, last = convolutions
    if not isinstance(last, list):
        return _branch(None, convolutions)
    block = nn.HybridSequential(prefix="")
    block.add(_branch(None, before))
    ends = HybridConcurrent(axis=1, prefix="")
    ends.add(*(_branch(None, end) for end in last))
    block.add(ends)
    return block


def _module_a(number: int, pooled: int) -> HybridConcurrent:
    branches: list[list[Any]] = [[(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]]
    return _module(f"A{number}_", branches, "avg", [(pooled, 1)])


def _module_b() -> HybridConcurrent:
    return _module("B_", [[(384, 3, 2)], [(64, 1), (96, 3), (96, 3, 2)]], "max", [])


def _module_c(number: int, inner: int) -> HybridConcurrent:
    branches: list[list[Any]] = [
        [(192, 1)],
        [(inner, 1), (inner, _WIDE), (192, _HIGH)],
        [(inner, 1), (inner, _HIGH), (inner, _WIDE), (inner, _HIGH), (192, _WIDE)],
    ]
    return _module(f"C{number}_", branches, "avg", [(192, 1)])


def _module_d() -> HybridConcurrent:
    branches: list[list[Any]] = [
        [(192, 1), (320, 3, 2)],
        [(192, 1), (192, _WIDE), (192, _HIGH), (192, 3, 2)],
    ]
    return _module("D_", branches, "max", [])


def _module_e(number: int) -> HybridConcurrent:
    branches: list[list[Any]] = [[(320, 1)], [(384, 1), _SPLIT], [(448, 1), (384, 3), _SPLIT]]
    return _module(f"E{number}_", branches, "avg", [(192, 1)])


def make_aux(classes: int) -> nn.HybridSequential:
    """The auxiliary classifier of the paper, for what the last module C makes: ``(batch, 768, 17, 17)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.model_zoo.vision.inception import make_aux
    >>> classifier = make_aux(10)
    >>> classifier.initialize()
    >>> classifier(nd.ones((1, 768, 17, 17))).shape
    (1, 10)
    """
    classifier = nn.HybridSequential(prefix="")
    classifier.add(
        nn.AvgPool2D(pool_size=5, strides=3),
        _convolution(128, 1),
        _convolution(768, 5),
        nn.Flatten(),
        nn.Dense(classes),
    )
    return classifier


def inception_v3(
    pretrained: bool = False, ctx: Context | list[Context] = CPU, root: str = ROOT, **kwargs: Any
) -> Inception3:
    """Inception V3: 24 million parameters.

    Parameters
    ----------
    pretrained : whether to load weights that were trained on ImageNet.
    ctx : where to put them.
    root : folder of the file, fetched if it is missing. The default follows ``MXNET_HOME``.
    **kwargs : those of `Inception3`: ``classes``, ``prefix``, ``params``.

    Raises
    ------
    DownloadError : the weights are not there and cannot be fetched; says which file to put where by hand.

    >>> from mxnet.gluon.model_zoo import vision
    >>> vision.inception_v3(classes=10).features[19]
    Dropout(p = 0.5, axes=())
    """
    net = Inception3(**kwargs)
    return load_pretrained(net, "inceptionv3", ctx, root, kwargs.get("classes", 1000)) if pretrained else net
