"""``mx.contrib.amp``: automatic mixed precision.

`init` lets a program train in float16 or bfloat16 without a change of the network; `convert_symbol`, `convert_model`
and `convert_hybrid_block` make a network of low precision out of a trained one.
"""

from ..._surface import module_getattr as _module_getattr
from . import amp as amp
from . import lists as lists
from . import loss_scaler as loss_scaler
from .amp import (
    convert_hybrid_block,
    convert_model,
    convert_symbol,
    init,
    init_trainer,
    list_conditional_fp32_ops,
    list_fp32_ops,
    list_loss_output_functions,
    list_lp16_fp32_ops,
    list_lp16_ops,
    list_lp16_use_fp32_params,
    list_widest_type_cast,
    scale_loss,
    unscale,
)

__all__ = [
    "amp",
    "convert_hybrid_block",
    "convert_model",
    "convert_symbol",
    "init",
    "init_trainer",
    "list_conditional_fp32_ops",
    "list_fp32_ops",
    "list_loss_output_functions",
    "list_lp16_fp32_ops",
    "list_lp16_ops",
    "list_lp16_use_fp32_params",
    "list_widest_type_cast",
    "lists",
    "loss_scaler",
    "scale_loss",
    "unscale",
]

__getattr__ = _module_getattr(__name__)
