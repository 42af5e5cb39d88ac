"""`d2lzh` under its older name: ``import gluonbook as gb``."""

from __future__ import annotations

from typing import Any

import d2lzh
from d2lzh import (
    data_iter,
    evaluate_accuracy,
    get_fashion_mnist_labels,
    linreg,
    load_data_fashion_mnist,
    mkdir_if_not_exist,
    semilogy,
    set_figsize,
    sgd,
    show_fashion_mnist,
    show_images,
    squared_loss,
    train_ch3,
    try_all_gpus,
    try_gpu,
    use_svg_display,
)

__all__ = d2lzh.__all__


def __getattr__(name: str) -> Any:
    return getattr(d2lzh, name)


def __dir__() -> list[str]:
    return dir(d2lzh)
