"""Small operators of ``nd.contrib``."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Sample, error, kinked, literal, normal, plain, ramp, sample

_IMAGE = normal(2, 3, 5, 4)
_GPU_ONLY = "1.9.1 has it on GPUs alone"


def _fft(x: np.ndarray) -> np.ndarray:
    found = np.fft.fft(x)
    return np.stack([found.real, found.imag], axis=-1).reshape(*x.shape[:-1], -1).astype(x.dtype)


def _ifft(x: np.ndarray) -> np.ndarray:
    pairs = x.reshape(*x.shape[:-1], -1, 2)
    found = np.fft.ifft(pairs[..., 0] + 1j * pairs[..., 1]).real * pairs.shape[-2]
    return found.astype(x.dtype)


def _count_sketch(x: np.ndarray, h: np.ndarray, s: np.ndarray) -> np.ndarray:
    result = np.zeros((*x.shape[:-1], 4), x.dtype)
    for column in range(x.shape[-1]):
        result[:, int(h[0, column])] += s[0, column] * x[:, column]
    return result


SAMPLES: list[Sample] = [
    sample("contrib.interleaved_matmul_selfatt_qk", normal(3, 2, 12), heads=2),
    sample("contrib.interleaved_matmul_selfatt_qk", normal(4, 1, 6), heads=1),
    sample("contrib.interleaved_matmul_selfatt_qk", normal(2, 3, 24), heads=4),
    sample("contrib.interleaved_matmul_selfatt_valatt", normal(3, 2, 12), normal(4, 3, 3), heads=2),
    sample("contrib.interleaved_matmul_selfatt_valatt", normal(4, 1, 6), normal(1, 4, 4), heads=1),
    sample("contrib.interleaved_matmul_selfatt_valatt", normal(2, 3, 24), normal(12, 2, 2), heads=4),
    sample("contrib.interleaved_matmul_encdec_qk", normal(3, 2, 4), normal(5, 2, 8), heads=2),
    sample("contrib.interleaved_matmul_encdec_qk", normal(2, 1, 3), normal(4, 1, 6), heads=1),
    sample("contrib.interleaved_matmul_encdec_qk", normal(2, 2, 12), normal(3, 2, 24), heads=4),
    sample("contrib.interleaved_matmul_encdec_valatt", normal(5, 2, 8), normal(4, 3, 5), heads=2),
    sample("contrib.interleaved_matmul_encdec_valatt", normal(4, 1, 6), normal(1, 2, 4), heads=1),
    sample("contrib.interleaved_matmul_encdec_valatt", normal(3, 2, 24), normal(8, 2, 3), heads=4),
    sample("contrib.div_sqrt_dim", normal(2, 4)),
    sample("contrib.div_sqrt_dim", normal(5)),
    sample("contrib.div_sqrt_dim", normal(2, 3, 7, dtype="float64")),
    kinked("contrib.gradientmultiplier", normal(3, 2), scalar=2.5),
    kinked("contrib.gradientmultiplier", normal(4), scalar=-1.0),
    kinked("contrib.gradientmultiplier", normal(4), scalar=0.0),
    kinked("contrib.round_ste", literal([-2.5, -1.5, -0.4, 0.0, 0.5, 1.5, 2.6])),
    kinked("contrib.round_ste", normal(3, 4, scale=3)),
    kinked("contrib.round_ste", normal(6, dtype="float64")),
    kinked("contrib.sign_ste", literal([-2.5, -0.0, 0.0, 3.0])),
    kinked("contrib.sign_ste", normal(3, 4)),
    kinked("contrib.sign_ste", normal(6, dtype="float64")),
    sample("contrib.quadratic", normal(3, 4), a=2.0, b=-1.0, c=0.5),
    sample("contrib.quadratic", normal(4), b=3.0),
    sample("contrib.quadratic", normal(4, dtype="float64"), a=1.5),
    kinked("contrib.boolean_mask", normal(4, 3), literal([1, 0, 1, 0])).towards(0),
    kinked("contrib.boolean_mask", normal(4), literal([0.5, 0.0, 2.0, -1.0])).towards(0),
    plain("contrib.boolean_mask", ramp(2, 3, dtype="int32"), literal([0, 1], "int32")),
    plain("contrib.boolean_mask", ramp(2, 3), literal([0, 1, 1]), axis=1).better(
        lambda x, index: x[:, index != 0], "1.9.1 masks the first axis only"
    ),
    kinked("contrib.index_copy", normal(4, 3), literal([2, 0]), normal(2, 3)).towards(0, 2),
    kinked("contrib.index_copy", normal(3), literal([1], "int32"), normal(1)),
    plain("contrib.index_copy", ramp(4, 2, 2), literal([3, 1]), ramp(2, 2, 2, start=100)),
    plain("contrib.index_array", normal(2, 3)),
    plain("contrib.index_array", normal(2, 3, 2), axes=(0, 2)),
    plain("contrib.index_array", normal(2, 3), axes=(1,)),
    plain("contrib.arange_like", normal(2, 3)),
    plain("contrib.arange_like", normal(2, 5), axis=-1, start=1.5, step=2.0),
    plain("contrib.arange_like", normal(2, 4), repeat=2),
    plain("contrib.arange_like", normal(3, 2), axis=0),
    plain("contrib.allclose", normal(3, 4), normal(3, 4)),
    plain("contrib.allclose", literal([1.0, 2.0]), literal([1.0, 2.1]), rtol=0.1),
    plain("contrib.allclose", literal([1.0, np.nan]), literal([1.0, np.nan]), equal_nan=True),
    plain("contrib.allclose", literal([1.0, np.nan]), literal([1.0, np.nan])),
    plain("contrib.fft", normal(2, 4)).better(_fft, _GPU_ONLY),
    plain("contrib.fft", normal(2, 3, 5)).better(_fft, _GPU_ONLY),
    plain("contrib.fft", normal(1, 8, dtype="float64")).better(_fft, _GPU_ONLY),
    plain("contrib.ifft", normal(2, 8)).better(_ifft, _GPU_ONLY),
    plain("contrib.ifft", normal(2, 3, 6)).better(_ifft, _GPU_ONLY),
    plain("contrib.ifft", normal(1, 4, dtype="float64")).better(_ifft, _GPU_ONLY),
    plain(
        "contrib.count_sketch", normal(3, 4), literal([[0, 2, 2, 3]]), literal([[1, -1, 1, -1]]), out_dim=4
    ).better(_count_sketch, _GPU_ONLY),
    sample("contrib.AdaptiveAvgPooling2D", _IMAGE),
    sample("contrib.AdaptiveAvgPooling2D", _IMAGE, output_size=3),
    sample("contrib.AdaptiveAvgPooling2D", _IMAGE, output_size=(2, 3)),
    sample("contrib.AdaptiveAvgPooling2D", normal(1, 1, 4, 6, dtype="float64"), output_size=(8, 2)),
    sample("contrib.BilinearResize2D", _IMAGE, height=7, width=3),
    sample("contrib.BilinearResize2D", _IMAGE, height=3, width=8, align_corners=False),
    sample("contrib.BilinearResize2D", _IMAGE, scale_height=2.0, scale_width=1.5),
    sample("contrib.BilinearResize2D", _IMAGE, scale_height=2.0, scale_width=2.0, mode="odd_scale"),
    # its gradient ends the process of 1.9.1
    plain("contrib.BilinearResize2D", _IMAGE, normal(1, 1, 3, 6), mode="like"),
    *(
        sample("contrib.BilinearResize2D", _IMAGE, mode=mode)
        for mode in ("to_even_down", "to_even_up", "to_odd_down", "to_odd_up")
    ),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.boolean_mask", ramp(3, 2), literal([1, 0])),
    error("MXNetError", "contrib.index_array", normal(2, 3), axes=(5,)),
    error("MXNetError", "contrib.arange_like", normal(2, 3), axis=4),
    error("MXNetError", "contrib.BilinearResize2D", normal(2, 3), height=2, width=2),
    error("MXNetError", "contrib.BilinearResize2D", _IMAGE, mode="double"),
    error("MXNetError", "contrib.interleaved_matmul_selfatt_qk", normal(3, 12), heads=2),
]
