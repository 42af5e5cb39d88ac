"""The networks of ``glueball train``."""

from __future__ import annotations

from glueball.settings import Settings
from mxnet import init
from mxnet.context import Context, cpu, gpu, num_gpus
from mxnet.gluon import nn


def build(settings: Settings, image_size: tuple[int, int], classes: int) -> nn.HybridSequential:
    """The network that the settings name, not initialised; its input sizes are known."""
    inputs = image_size[0] * image_size[1]
    net = nn.HybridSequential()
    with net.name_scope():
        for units in settings.hidden:
            net.add(nn.Dense(units, activation="relu", in_units=inputs))
            if settings.dropout:
                net.add(nn.Dropout(settings.dropout))
            inputs = units
        net.add(nn.Dense(classes, in_units=inputs))
    return net


def initializer() -> init.Initializer:
    """Small normal weights, as the book has them."""
    return init.Normal(sigma=0.01)


def context_of(device: str) -> Context:
    """The context behind ``auto``, ``cpu``, ``gpu`` or ``gpu:N``."""
    if device == "auto":
        return gpu() if num_gpus() else cpu()
    kind, _, index = device.partition(":")
    return cpu() if kind == "cpu" else gpu(int(index or 0))
