"""Convolutions, their transposes, and the windows that they look at."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import ErrorSample, Recipe, Sample, error, normal, ramp, sample

_IMAGE, _FILTERS, _BIAS = normal(2, 3, 7, 6), normal(4, 3, 3, 3), normal(4)


def _double(*inputs: Recipe) -> tuple[Recipe, ...]:
    """The same recipes in float64, where 1.9.1 takes kernels of its own."""
    return tuple(Recipe(r.kind, r.shape, "float64", r.options, r.seed) for r in inputs)


def convolved(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | float = 0.0,
    stride: int = 1,
    pad: int = 0,
) -> np.ndarray:
    """A convolution written with NumPy, for any number of lengths."""
    rank = x.ndim - 2
    padded = np.pad(x, [(0, 0)] * 2 + [(pad, pad)] * rank)
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], tuple(range(2, x.ndim)))
    windows = windows[(slice(None), slice(None), *[slice(None, None, stride)] * rank)]
    inner = [1, *range(windows.ndim - rank, windows.ndim)]
    result = np.tensordot(windows, weight, (inner, [1, *range(2, weight.ndim)]))
    return np.moveaxis(result + bias, -1, 1).astype(x.dtype)


def spread(x: np.ndarray, weight: np.ndarray, stride: int = 1) -> np.ndarray:
    """A transposed convolution written with NumPy: each element adds its multiple of the weight."""
    size = [(n - 1) * stride + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    result = np.zeros((x.shape[0], weight.shape[1], *size), x.dtype)
    for place in np.ndindex(*x.shape[2:]):
        window = tuple(slice(p * stride, p * stride + k) for p, k in zip(place, weight.shape[2:]))
        value = x[(slice(None), slice(None), *place)]
        result[(slice(None), slice(None), *window)] += np.tensordot(value, weight, (1, 0))
    return result


def first(x: np.ndarray) -> np.ndarray:
    """Channels from the last place to the second."""
    return np.moveaxis(x, -1, 1)


def last(x: np.ndarray) -> np.ndarray:
    """Channels from the second place to the last."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def _image(**attributes: Any) -> list[Sample]:
    """The same call in both types that 1.9.1 computes, by kernels of their own."""
    call = {"kernel": (3, 3), "num_filter": 4, **attributes}
    return [
        sample("Convolution", _IMAGE, _FILTERS, _BIAS, **call).near(1e-4, 1e-5),
        sample("Convolution", *_double(_IMAGE, _FILTERS, _BIAS), **call),
    ]


def _transposed(*inputs: Recipe, **attributes: Any) -> list[Sample]:
    call = {"kernel": (3, 3), "num_filter": 4, **attributes}
    return [
        sample("Deconvolution", *inputs, **call).near(1e-4, 1e-5),
        sample("Deconvolution", *_double(*inputs), **call),
    ]


_SMALL, _TURNED = normal(2, 3, 5, 4), normal(3, 4, 3, 3)
_TARGETS = ((11, 9), (10, 8), (9, 8), (7, 8), (1, 1))

SAMPLES: list[Sample] = [
    *_image(),
    *_image(stride=(2, 1), pad=(1, 2)),
    *_image(dilate=(2, 2), pad=(1, 0)),
    *_image(stride=(3, 2), dilate=(1, 2), pad=(2, 1), layout="NCHW", cudnn_tune="off", cudnn_off=True),
    sample("Convolution", _IMAGE, _FILTERS, kernel=(3, 3), num_filter=4, no_bias=True).near(1e-4, 1e-5),
    sample("Convolution", _IMAGE, normal(5, 3, 1, 1), normal(5), kernel=(1, 1), num_filter=5, stride=(2, 2)),
    sample("Convolution", _IMAGE, normal(5, 3, 7, 6), normal(5), kernel=(7, 6), num_filter=5).near(
        1e-4, 1e-5
    ),
    sample(
        "Convolution",
        normal(2, 4, 5, 5),
        normal(6, 2, 3, 2),
        normal(6),
        kernel=(3, 2),
        num_filter=6,
        num_group=2,
    ).near(1e-4, 1e-5),
    sample(
        "Convolution",
        *_double(normal(2, 4, 5, 5), normal(8, 1, 3, 3), normal(8)),
        kernel=(3, 3),
        num_filter=8,
        num_group=4,
    ),
    sample("Convolution", normal(2, 3, 7), normal(4, 3, 3), _BIAS, kernel=(3,), num_filter=4),
    sample("Convolution", normal(2, 3, 7), normal(4, 3, 3), _BIAS, kernel=3, num_filter=4),
    sample(
        "Convolution",
        *_double(normal(2, 4, 9), normal(6, 2, 3), normal(6)),
        kernel=(3,),
        num_filter=6,
        num_group=2,
        stride=(2,),
        dilate=(2,),
        pad=(3,),
        layout="NCW",
    ),
    sample(
        "Convolution", normal(2, 3, 5, 4, 3), normal(4, 3, 3, 2, 2), _BIAS, kernel=(3, 2, 2), num_filter=4
    ).near(1e-4, 1e-5),
    sample(
        "Convolution",
        *_double(normal(1, 2, 6, 5, 4), normal(2, 1, 3, 2, 2)),
        kernel=(3, 2, 2),
        num_filter=2,
        num_group=2,
        stride=(1, 2, 1),
        dilate=(2, 1, 1),
        pad=(0, 1, 1),
        layout="NCDHW",
        no_bias=True,
    ),
    sample("Convolution_v1", _IMAGE, _FILTERS, _BIAS, kernel=(3, 3), num_filter=4).near(1e-4, 1e-5),
    sample(
        "Convolution_v1",
        *_double(normal(2, 4, 7, 6), normal(6, 2, 3, 3), normal(6)),
        kernel=(3, 3),
        num_filter=6,
        num_group=2,
        stride=(2, 1),
        dilate=(2, 2),
        pad=(1, 2),
    ).beyond(),  # 1.9.1's gradient by data is not the slope where strides and dilation meet
    sample(
        "Convolution_v1", *_double(_IMAGE, _FILTERS), kernel=(3, 3), num_filter=4, no_bias=True, layout="NCHW"
    ),
    sample(
        "Convolution",
        normal(2, 7, 6, 3),
        normal(4, 3, 3, 3),
        _BIAS,
        kernel=(3, 3),
        num_filter=4,
        layout="NHWC",
    )
    .added(lambda x, w, b: last(convolved(first(x), first(w), b)))
    .near(1e-4, 1e-5),
    sample(
        "Convolution",
        *_double(normal(1, 4, 3, 4, 2), normal(3, 2, 3, 2, 2)),
        kernel=(2, 3, 2),
        num_filter=3,
        no_bias=True,
        layout="NDHWC",
        stride=(2, 2, 2),
        pad=(1, 1, 1),
    ).added(lambda x, w: last(convolved(first(x), first(w), stride=2, pad=1))),
    sample("Convolution", ramp(0, 3, 7, 6), _FILTERS, _BIAS, kernel=(3, 3), num_filter=4)
    .plain()
    .better(lambda x, w, b: np.zeros((0, 4, 5, 4), "float32"), "a batch of nothing is a batch"),
    *_transposed(_SMALL, _TURNED),
    *_transposed(_SMALL, _TURNED, _BIAS, no_bias=False, stride=(2, 2), pad=(1, 1)),
    *_transposed(_SMALL, _TURNED, stride=(2, 3), pad=(1, 0), layout="NCHW"),
    *_transposed(_SMALL, _TURNED, dilate=(2, 1), pad=(1, 1)),
    # In float64 1.9.1 returns something else than in float32 where strides and dilation meet.
    sample(
        "Deconvolution",
        _SMALL,
        _TURNED,
        kernel=(3, 3),
        num_filter=4,
        stride=(2, 3),
        pad=(1, 0),
        dilate=(2, 1),
    ).near(1e-4, 1e-5),
    *(
        sample("Deconvolution", *_double(_SMALL, _TURNED), kernel=(3, 3), num_filter=4, **attributes)
        for attributes in (
            {"stride": (2, 2), "pad": (1, 1), "adj": (1, 1)},
            {"stride": (2, 3), "adj": (1, 2)},
            {"stride": (2, 2), "target_shape": (0, 0)},
            *({"stride": (2, 2), "target_shape": target} for target in _TARGETS),
            {"stride": (2, 2), "target_shape": (10, 8), "pad": (2, 2), "adj": (0, 1)},
            {"target_shape": (5, 4)},
        )
    ),
    *_transposed(normal(2, 4, 5, 4), normal(4, 3, 3, 3), num_filter=6, num_group=2),
    *_transposed(_SMALL, normal(3, 4, 1, 1), kernel=(1, 1)),
    *_transposed(normal(2, 3, 5), normal(3, 4, 3), kernel=(3,)),
    *_transposed(normal(2, 3, 5), normal(3, 4, 4), _BIAS, kernel=(4,), stride=(2,), pad=(1,), no_bias=False),
    sample(
        "Deconvolution",
        *_double(normal(2, 3, 5), normal(3, 4, 3)),
        kernel=(3,),
        num_filter=4,
        stride=(2,),
        target_shape=(10,),
    ),
    sample(
        "Deconvolution",
        *_double(normal(1, 2, 3, 2, 3), normal(2, 3, 2, 3, 2)),
        kernel=(2, 3, 2),
        num_filter=3,
        stride=(2, 2, 2),
    ).added(lambda x, w: spread(x, w, 2)),
    sample(
        "Deconvolution",
        *_double(normal(2, 5, 4, 3), normal(3, 3, 3, 4)),
        kernel=(3, 3),
        num_filter=4,
        layout="NHWC",
    ).added(lambda x, w: last(spread(first(x), first(w)))),
    *(
        sample("im2col", normal(2, 3, 7, 6, dtype=dtype), **attributes)
        for dtype in ("float32", "float64")
        for attributes in (
            {"kernel": (3, 2)},
            {"kernel": (3, 2), "stride": (2, 1), "dilate": (2, 1), "pad": (1, 2)},
            {"kernel": (1, 6), "stride": (3, 3)},
        )
    ),
    sample("im2col", normal(2, 2, 5, 4, dtype="float16"), kernel=(2, 2)).kinked(),
    sample("im2col", ramp(2, 1, 4), kernel=(2,), stride=(2,), pad=(1,)).added(
        lambda x: np.stack([np.pad(row[0], 1).reshape(3, 2).T for row in x])
    ),
    sample("im2col", ramp(1, 2, 2, 2, 2), kernel=(2, 2, 1)).added(
        lambda x: x.reshape(1, 2, 4, 2).reshape(1, 8, 2)
    ),
    *(
        sample("col2im", normal(*shape, dtype=dtype), output_size=(6, 5), kernel=(2, 2), **attributes)
        for dtype in ("float32", "float64")
        for shape, attributes in (
            ((2, 12, 20), {}),
            ((2, 12, 16), {"dilate": (2, 1)}),
            ((2, 12, 12), {"stride": (2, 2), "pad": (1, 1)}),
        )
    ),
    sample("col2im", ramp(1, 2, 3), output_size=(4,), kernel=(2,)).added(
        lambda x: np.pad(x[:, :1], ((0, 0), (0, 0), (0, 1))) + np.pad(x[:, 1:], ((0, 0), (0, 0), (1, 0)))
    ),
]

_CALL: dict[str, Any] = {"kernel": (3, 3), "num_filter": 4}

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, num_filter=4),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, kernel=(3, 3)),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, kernel=(3, 3), num_filter=4),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, no_bias=True, **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, normal(5), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, normal(4, 2, 3, 3), _BIAS, **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, kernel=(3, 2), num_filter=4),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, kernel=3, num_filter=4),
    error("MXNetError", "Convolution", normal(2, 3, 7), _FILTERS, _BIAS, **_CALL),
    error("MXNetError", "Convolution", normal(2, 3, 2, 6), _FILTERS, _BIAS, **_CALL),
    error("MXNetError", "Convolution", normal(2, 3, 4, 6), _FILTERS, _BIAS, dilate=(2, 2), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, kernel=(3, 3), num_filter=0),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, num_group=2, **_CALL),
    error("MXNetError", "Convolution", normal(2, 3, 7, 6), normal(4, 1, 3, 3), _BIAS, num_group=3, **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, stride=(2,), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, stride=(0, 1), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, dilate=(1, 0), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, pad=(1,), **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, layout="NCW", **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, layout="HCNW", **_CALL),
    error("MXNetError", "Convolution", _IMAGE, _FILTERS, _BIAS, cudnn_tune="quick", **_CALL),
    error("MXNetError", "Convolution", _IMAGE, *_double(_FILTERS, _BIAS), **_CALL),
    error(
        "MXNetError",
        "Convolution",
        ramp(1, 3, 7, 6, dtype="int32"),
        ramp(4, 3, 3, 3, dtype="int32"),
        ramp(4, dtype="int32"),
        **_CALL,
    ),
    error(
        "MXNetError",
        "Convolution",
        normal(2, 3, 4, 4, 4, 4),
        normal(4, 3, 1, 1, 1, 1),
        _BIAS,
        kernel=(1, 1, 1, 1),
        num_filter=4,
    ),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, kernel=(3, 3)),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, _BIAS, **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, no_bias=False, **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, normal(3), no_bias=False, **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, normal(2, 4, 3, 3), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, adj=(1, 0), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, stride=(2, 2), adj=(2, 0), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, stride=(2, 2), target_shape=(12, 9), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, target_shape=(6, 6), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, target_shape=(7,), **_CALL),
    error("MXNetError", "Deconvolution", _SMALL, _TURNED, target_shape=(0, 6), **_CALL).because(
        "MXNet returns an array without elements"
    ),
    error("MXNetError", "Deconvolution", *_double(normal(2, 3, 1, 1), _TURNED), pad=(2, 2), **_CALL),
    error(
        "MXNetError",
        "Deconvolution",
        normal(2, 4, 5, 4),
        normal(4, 2, 3, 3),
        kernel=(3, 3),
        num_filter=6,
        num_group=3,
    ),
    error("MXNetError", "Deconvolution", normal(2, 3, 5), _TURNED, **_CALL),
    error("MXNetError", "im2col", _IMAGE),
    error("MXNetError", "im2col", _IMAGE, kernel=(8, 2)),
    error("MXNetError", "im2col", _IMAGE, kernel=(3, 0)),
    error("MXNetError", "im2col", _IMAGE, kernel=(3, 2), stride=(1,)),
    error("MXNetError", "im2col", _IMAGE, kernel=(3, 2), stride=(0, 1)),
    error("MXNetError", "im2col", normal(2, 3, 7), kernel=(3, 2)),
    error("MXNetError", "im2col", ramp(2, 3, 7, 6, dtype="int32"), kernel=(3, 2)),
    error("MXNetError", "col2im", normal(2, 12, 20), kernel=(2, 2)),
    error("MXNetError", "col2im", normal(2, 13, 20), output_size=(6, 5), kernel=(2, 2)),
    error("MXNetError", "col2im", normal(2, 12, 20), output_size=(6, 5), kernel=(2, 2), pad=(1, 0)),
    error("MXNetError", "col2im", normal(2, 12, 20), output_size=(1, 5), kernel=(2, 2)),
    error("MXNetError", "col2im", normal(2, 12, 20), output_size=(6, 5), kernel=(2,)),
    error("MXNetError", "col2im", normal(12, 20), output_size=(6, 5), kernel=(2, 2)),
    error("MXNetError", "col2im", ramp(2, 12, 20, dtype="int32"), output_size=(6, 5), kernel=(2, 2)),
]
