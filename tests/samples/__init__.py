"""Samples of every operator, in families: one module a family, each with ``SAMPLES`` and ``ERROR_SAMPLES``.

A line such as ``sample("topk", distinct(3, 5), k=2, ret_typ="value")`` in one of these tables is all it takes to have
a call compared with the real MXNet (value, type, shape, context, gradients, changed inputs), and checked for what
holds of every operator: gradients against finite differences, first and second order; the method form; ``out=``;
views and strided memory as inputs; results that share no memory. After a new line, ``make golden`` records MXNet's
answer; for an operator that MXNet 1.9.1 lacks, ``.added(expected)`` says with NumPy what it returns. Which kind of line
to write: ``sample`` with gradients, ``kinked`` where the function has no slope at that place, ``plain`` without
gradients, ``error`` for calls that must raise; the methods of `Sample` say the rest.
"""

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
    "linalg",
    "contrib",
    "boxes",
    "multibox",
    "detection",
    "contrib_updates",
    "contrib_aliases",
    "layers",
    "convolution",
    "pooling",
    "spatial",
    "recurrent",
    "losses",
    "creation",
    "conversion",
    "sequences",
    "randomness",
    "updates",
    "densities",
    "counting",
    "internals",
    "images",
    "colours",
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
