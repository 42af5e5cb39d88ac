"""Which operators run in which type when the low precision is bfloat16, as MXNet 1.9.1 has it.

Far fewer than with float16 take bfloat16: whatever is not known to is given float32.
"""

from __future__ import annotations

from . import symbol_fp16 as fp16

__all__ = [
    "BF16_FP32_FUNCS",
    "BF16_FUNCS",
    "BF16_USE_FP32_PARAMS",
    "CONDITIONAL_FP32_FUNCS",
    "FP32_FUNCS",
    "LOSS_OUTPUT_FUNCTIONS",
    "WIDEST_TYPE_CASTS",
]

BF16_FUNCS = ["Convolution", "FullyConnected"]
"""Always in bfloat16."""

BF16_FP32_FUNCS = """
    BatchNorm BatchNormWithReLU Concat LRN Pooling _add _shuffle abs clip concat relu shuffle sqrt square tanh
""".split()
"""In the type of their first input, whichever that is."""

BF16_USE_FP32_PARAMS = {
    "BatchNormWithReLU": ["", "gamma", "beta", "moving_mean", "moving_var"],
    "BatchNorm": ["", "gamma", "beta", "moving_mean", "moving_var"],
}
"""Operators of which these inputs stay in float32."""

CONDITIONAL_FP32_FUNCS = fp16.CONDITIONAL_FP32_FUNCS
LOSS_OUTPUT_FUNCTIONS = fp16.LOSS_OUTPUT_FUNCTIONS

_WIDEST_AS_WELL = {"_contrib_MultiBoxDetection", "_contrib_MultiBoxPrior", "_contrib_MultiBoxTarget"}
_NOWHERE = {
    *("CuDNNBatchNorm", "_TensorRT", "amp_cast", "amp_multicast"),
    *(
        f"_contrib_interleaved_matmul_{each}"
        for each in ("encdec_qk", "encdec_valatt", "selfatt_qk", "selfatt_valatt")
    ),
}

WIDEST_TYPE_CASTS = sorted(
    {*fp16.WIDEST_TYPE_CASTS, *_WIDEST_AS_WELL} - _NOWHERE - {"Concat", "concat", "broadcast_mul"}
)
"""In the widest type of their inputs."""

FP32_FUNCS = sorted(
    {*fp16.FP16_FUNCS, *fp16.FP32_FUNCS, *fp16.FP16_FP32_FUNCS, *fp16.WIDEST_TYPE_CASTS}
    - {*BF16_FUNCS, *BF16_FP32_FUNCS, *WIDEST_TYPE_CASTS, *_NOWHERE}
)
"""Always in float32."""
