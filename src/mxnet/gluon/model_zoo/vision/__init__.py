"""``gluon.model_zoo.vision``: networks that classify images.

Each takes images ``(batch, 3, height, width)`` and gives scores ``(batch, classes)``, before any softmax. It is
``net.output(net.features(x))``, so that a new task keeps the features and replaces the output:

>>> from mxnet.gluon.model_zoo import vision
>>> net = vision.resnet18_v2(classes=2)
>>> net.features = vision.resnet18_v2().features  # with pretrained=True, to start from trained weights

Trained weights expect colours from 0 to 1, minus the mean (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message, nearest
from ...hybrid_block import HybridBlock
from .alexnet import AlexNet, alexnet
from .densenet import DenseNet, densenet121, densenet161, densenet169, densenet201
from .inception import Inception3, inception_v3
from .mobilenet import (
    MobileNet,
    MobileNetV2,
    get_mobilenet,
    get_mobilenet_v2,
    mobilenet0_5,
    mobilenet0_25,
    mobilenet0_75,
    mobilenet1_0,
    mobilenet_v2_0_5,
    mobilenet_v2_0_25,
    mobilenet_v2_0_75,
    mobilenet_v2_1_0,
)
from .resnet import (
    BasicBlockV1,
    BasicBlockV2,
    BottleneckV1,
    BottleneckV2,
    ResNetV1,
    ResNetV2,
    get_resnet,
    resnet18_v1,
    resnet18_v2,
    resnet34_v1,
    resnet34_v2,
    resnet50_v1,
    resnet50_v2,
    resnet101_v1,
    resnet101_v2,
    resnet152_v1,
    resnet152_v2,
)
from .squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from .vgg import (
    VGG,
    get_vgg,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

_MODELS: dict[str, Callable[..., HybridBlock]] = {
    "alexnet": alexnet,
    "densenet121": densenet121,
    "densenet161": densenet161,
    "densenet169": densenet169,
    "densenet201": densenet201,
    "inceptionv3": inception_v3,
    "mobilenet0.25": mobilenet0_25,
    "mobilenet0.5": mobilenet0_5,
    "mobilenet0.75": mobilenet0_75,
    "mobilenet1.0": mobilenet1_0,
    "mobilenetv2_0.25": mobilenet_v2_0_25,
    "mobilenetv2_0.5": mobilenet_v2_0_5,
    "mobilenetv2_0.75": mobilenet_v2_0_75,
    "mobilenetv2_1.0": mobilenet_v2_1_0,
    "resnet101_v1": resnet101_v1,
    "resnet101_v2": resnet101_v2,
    "resnet152_v1": resnet152_v1,
    "resnet152_v2": resnet152_v2,
    "resnet18_v1": resnet18_v1,
    "resnet18_v2": resnet18_v2,
    "resnet34_v1": resnet34_v1,
    "resnet34_v2": resnet34_v2,
    "resnet50_v1": resnet50_v1,
    "resnet50_v2": resnet50_v2,
    "squeezenet1.0": squeezenet1_0,
    "squeezenet1.1": squeezenet1_1,
    "vgg11": vgg11,
    "vgg11_bn": vgg11_bn,
    "vgg13": vgg13,
    "vgg13_bn": vgg13_bn,
    "vgg16": vgg16,
    "vgg16_bn": vgg16_bn,
    "vgg19": vgg19,
    "vgg19_bn": vgg19_bn,
}

__all__ = [
    "VGG",
    "AlexNet",
    "BasicBlockV1",
    "BasicBlockV2",
    "BottleneckV1",
    "BottleneckV2",
    "DenseNet",
    "Inception3",
    "MobileNet",
    "MobileNetV2",
    "ResNetV1",
    "ResNetV2",
    "SqueezeNet",
    "get_mobilenet",
    "get_mobilenet_v2",
    "get_model",
    "get_resnet",
    "get_vgg",
    *(function.__name__ for function in _MODELS.values()),
]

__getattr__ = _module_getattr(__name__)


def get_model(name: str, **kwargs: Any) -> HybridBlock:
    """A network by its name.

    Parameters
    ----------
    name : as in the error that an unknown one raises; capital letters do not matter.
    **kwargs : those of the network's function: ``pretrained``, ``classes``, ``ctx``, ``root`` and others.

    Raises
    ------
    ValueError : an unknown name; lists all.

    >>> from mxnet.gluon.model_zoo import vision
    >>> vision.get_model("ResNet50_v1", classes=10).output
    Dense(2048 -> 10, linear)
    """
    if not isinstance(name, str):
        raise TypeError(
            message("get_model: takes the name of a network", received=f"{name!r:.60}", hint="'resnet18_v2'")
        )
    if name.lower() not in _MODELS:
        options = "\n\t".join(_MODELS)
        close = nearest(name.replace("-", ""), _MODELS)
        raise ValueError(
            message(
                f"Model {name} is not supported. Available options are\n\t{options}",
                hint=close and f"get_model({close!r})",
            )
        )
    return _MODELS[name.lower()](**kwargs)
