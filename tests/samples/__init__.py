"""Samples of every operator, in families; see :mod:`tests.samples.sample`."""

from __future__ import annotations

import importlib

from .sample import ErrorSample, Sample

FAMILIES = (
    "elementwise",
    "arithmetic",
    "reductions",
    "ordering",
    "shapes",
    "joining",
    "indexing",
    "products",
    "layers",
    "losses",
    "creation",
    "conversion",
    "sequences",
    "randomness",
    "images",
    "empty",
)


def samples(family: str) -> list[Sample]:
    """The samples of one family, each once."""
    table = importlib.import_module(f"{__name__}.{family}").SAMPLES
    return list({item.id: item for item in table}.values())


def error_samples(family: str) -> list[ErrorSample]:
    """The calls of one family that must raise."""
    table = importlib.import_module(f"{__name__}.{family}").ERROR_SAMPLES
    return list({item.id: item for item in table}.values())
