"""Whole networks: what the model zoo builds, and what networks compute from fixed weights.

The structure of a network is a line for each part, with a checksum over all that can be said about it. What a network
computes is compared by its outputs; its gradients, which would fill megabytes, by a few numbers for each.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .scenario import Scenario, numbers

_ZOO = "gluon.model_zoo.vision"

MODELS = (
    "alexnet",
    *(f"densenet{depth}" for depth in (121, 161, 169, 201)),
    "inceptionv3",
    *(f"mobilenet{width}" for width in ("0.25", "0.5", "0.75", "1.0")),
    *(f"mobilenetv2_{width}" for width in ("0.25", "0.5", "0.75", "1.0")),
    *(f"resnet{depth}_v{version}" for depth in (18, 34, 50, 101, 152) for version in (1, 2)),
    *("squeezenet1.0", "squeezenet1.1"),
    *(f"vgg{depth}{suffix}" for depth in (11, 13, 16, 19) for suffix in ("", "_bn")),
)

# Settings that no name stands for.
_BUILT: dict[str, Callable[[Any], Any]] = {
    "resnet18_v1 thumbnail": lambda zoo: zoo.get_resnet(1, 18, classes=10, thumbnail=True, prefix="net_"),
    "resnet50_v2 thumbnail": lambda zoo: zoo.get_resnet(2, 50, classes=10, thumbnail=True, prefix="net_"),
    "ResNetV1 of two stages": lambda zoo: zoo.ResNetV1(
        zoo.BottleneckV1, [1, 2], [8, 8, 16], classes=3, prefix="net_"
    ),
    "DenseNet with dropout": lambda zoo: zoo.DenseNet(
        8, 4, [2, 3], bn_size=2, dropout=0.3, classes=5, prefix="net_"
    ),
    "VGG of two blocks": lambda zoo: zoo.VGG([1, 2], [4, 8], classes=3, batch_norm=True, prefix="net_"),
    "vgg11_bn keeps its normalisation": lambda zoo: zoo.vgg11_bn(batch_norm=False, prefix="net_"),
    "MobileNet of an odd width": lambda zoo: zoo.get_mobilenet(0.3, classes=7, prefix="net_"),
    "MobileNetV2 wider": lambda zoo: zoo.get_mobilenet_v2(1.5, classes=7, prefix="net_"),
}


def native_size(name: str) -> int:
    """Height and width of the images that a network of the zoo is made for."""
    return 299 if name.startswith("inception") else 224


# ----------------------------------------------------------------------------------------------- structures


def structure(net: Any, mx: Any, size: int) -> str:
    """One line for each part of ``net.features``, for the whole and for the output, with a checksum each."""
    representations = {place: repr(block) for place, block in _parts(net)}
    declared = {parameter.name: parameter.shape for parameter in net.collect_params().values()}
    net.initialize()
    net.infer_shape(mx.nd.zeros((1, 3, size, size)))
    lines = []
    for place, block in _parts(net):
        parameters = block.collect_params().values()
        facts = [representations[place]]
        facts += [f"{where} {type(each).__name__} {each.prefix}" for where, each in _walk(block)]
        facts += [f"{p.name} {declared[p.name]} {p.shape} {p.grad_req} {_initialiser(p)}" for p in parameters]
        checksum = zlib.crc32("\n".join(facts).encode())
        elements = sum(int(np.prod(p.shape)) for p in parameters)
        lines.append(f"{place} {type(block).__name__} {len(parameters)} {elements} {checksum:08x}")
    return "\n".join(lines)


def _parts(net: Any) -> Iterator[tuple[str, Any]]:
    yield "net", net
    for key, child in net.features._children.items():
        yield f"features.{key}", child
    yield "output", net.output


def _walk(block: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    yield place, block
    for key, child in block._children.items():
        yield from _walk(child, f"{place}.{key}")


def _initialiser(parameter: Any) -> str:
    return parameter.init.dumps() if hasattr(parameter.init, "dumps") else str(parameter.init)


def _named(name: str) -> Callable[[Any], str]:
    def run(mx: Any) -> str:
        net = mx.gluon.model_zoo.vision.get_model(name, prefix="net_")
        return structure(net, mx, native_size(name))

    return run


def _built(make: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda mx: structure(make(mx.gluon.model_zoo.vision), mx, 224)


# --------------------------------------------------------------------------------------- what they compute


def lenet(mx: Any) -> Any:
    """LeNet as the book writes it."""
    nn = mx.gluon.nn
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(
            nn.Conv2D(channels=6, kernel_size=5, activation="sigmoid"),
            nn.MaxPool2D(pool_size=2, strides=2),
            nn.Conv2D(channels=16, kernel_size=5, activation="sigmoid"),
            nn.MaxPool2D(pool_size=2, strides=2),
            nn.Dense(120, activation="sigmoid"),
            nn.Dense(84, activation="sigmoid"),
            nn.Dense(10),
        )
    return net


def _zoo(name: str) -> Callable[[Any], Any]:
    return lambda mx: getattr(mx.gluon.model_zoo.vision, name)(classes=10, prefix="net_")


def _without_dropout(mx: Any) -> Any:
    net = _zoo("squeezenet1_1")(mx)
    net.features[13]._rate = 0  # the last layer of the features; what it draws would be another question
    return net


_COMPUTED: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "LeNet": (lenet, (8, 1, 28, 28)),
    "resnet18_v1": (_zoo("resnet18_v1"), (4, 3, 64, 64)),
    "resnet18_v2": (_zoo("resnet18_v2"), (4, 3, 64, 64)),
    "mobilenet0_25": (_zoo("mobilenet0_25"), (4, 3, 64, 64)),
    "mobilenet_v2_0_25": (_zoo("mobilenet_v2_0_25"), (4, 3, 64, 64)),
    "squeezenet1_1": (_without_dropout, (1, 3, 224, 224)),
    "densenet121": (_zoo("densenet121"), (1, 3, 224, 224)),
}
# Those whose gradients float32 tells to five digits. Depth and small batches cost the others up to all of them, in
# the real MXNet as here; in float64 both agree to twelve digits.
_STEADY = ("LeNet", "resnet18_v1")


def fill_by_name(net: Any, mx: Any, prefix: str = "net_") -> Any:
    """Give every parameter of a net values that follow from its name and shape; returns the net.

    Weights are scaled so that signals keep their size through many layers.
    """
    for name, parameter in net.collect_params().items():
        source = np.random.RandomState(zlib.crc32(name.removeprefix(prefix).encode()))
        values = source.standard_normal(parameter.shape)
        if name.endswith("weight"):
            values *= np.sqrt(2 / np.prod(parameter.shape[1:]))
        elif name.endswith(("gamma", "running_var")):
            values = 1 + 0.1 * np.abs(values)
        else:
            values *= 0.1
        parameter.set_data(mx.nd.array(values, dtype=parameter.dtype))
    return net


def _ready(make: Callable[[Any], Any], shape: tuple[int, ...], dtype: str, mx: Any) -> tuple[Any, Any]:
    net, x = make(mx), mx.nd.array(numbers(*shape), dtype=dtype)
    net.cast(dtype)
    net.initialize()
    net(x)
    return fill_by_name(net, mx), x


def _predicts(make: Callable[[Any], Any], shape: tuple[int, ...]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        net, x = _ready(make, shape, "float32", mx)
        y = net(x).asnumpy()
        size = np.abs(y).max(keepdims=True)
        return [y / size, size]

    return run


def _learns(make: Callable[[Any], Any], shape: tuple[int, ...], dtype: str) -> Callable[[Any], Any]:
    def run(mx: Any) -> list[np.ndarray]:
        net, x = _ready(make, shape, dtype, mx)
        x.attach_grad()
        with mx.autograd.record():
            y = net(x)
        y.backward(mx.nd.array(numbers(*y.shape, seed=7), dtype=dtype))
        parameters = list(net.collect_params().values())
        gradients = [x.grad, *(p.grad() for p in parameters if p.grad_req != "null")]
        statistics = [p.data() for p in parameters if p.name.endswith(("running_mean", "running_var"))]
        return [np.stack([_digest(each.asnumpy()) for each in [*gradients, *statistics]]).astype("float32")]

    return run


def _digest(array: np.ndarray) -> np.ndarray:
    """The size of an array, and two numbers that depend on the direction of it as a vector.

    Zeros stand for a vector that only rounding keeps from being zero, such as the gradient of a shift that a
    normalisation takes away again.
    """
    flat = array.astype("float64").ravel()
    size = np.linalg.norm(flat)
    if size < 1e-9:
        return np.zeros(3)
    source = np.random.RandomState(flat.size)
    return np.array([size, *(source.standard_normal(flat.size) @ flat / size for _ in range(2))])


def small_resnet(mx: Any) -> Any:
    """A network of the zoo that fits into a file of a few kilobytes."""
    zoo = mx.gluon.model_zoo.vision
    return zoo.ResNetV1(zoo.BottleneckV1, [1, 1], [4, 8, 16], classes=3, thumbnail=True, prefix="net_")


def _saved(mx: Any) -> list[np.ndarray]:
    """The bytes of a file of parameters, and what the network computes with them."""
    net, x = _ready(small_resnet, (2, 3, 8, 8), "float32", mx)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.params")
        net.save_parameters(str(path))
        content = np.frombuffer(path.read_bytes(), np.uint8)
    return [content, net(x).asnumpy()]


SCENARIOS = [
    Scenario("file of a small ResNet", _saved, (_ZOO,)),
    *(Scenario(f"structure of {name}", _named(name), (_ZOO,)) for name in MODELS),
    *(Scenario(f"structure of {name}", _built(make), (_ZOO,)) for name, make in _BUILT.items()),
    *(
        Scenario(f"{name} predicts", _predicts(make, shape), (_ZOO,), (1e-5, 1e-5))
        for name, (make, shape) in _COMPUTED.items()
    ),
    *(
        Scenario(f"{name} learns", _learns(make, shape, "float64"), (_ZOO,), (1e-6, 1e-6))
        for name, (make, shape) in _COMPUTED.items()
    ),
    *(
        Scenario(f"{name} learns in float32", _learns(*_COMPUTED[name], "float32"), (_ZOO,), (1e-4, 1e-4))
        for name in _STEADY
    ),
]
