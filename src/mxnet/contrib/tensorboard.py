"""``mx.contrib.tensorboard``: metrics of training as curves in TensorBoard."""

from __future__ import annotations

from typing import Any

from .._surface import module_getattr as _module_getattr
from ..base import message

__all__ = ["LogMetricsCallback"]


class LogMetricsCallback:
    """A callback for `mod.Module.fit` that writes the metric of each batch or epoch for TensorBoard.

    Parameters
    ----------
    logging_dir : the folder that TensorBoard watches.
    prefix : put before the names of the metrics.

    Raises
    ------
    ImportError : the package tensorboard is not installed.
    """

    def __init__(self, logging_dir: str, prefix: str | None = None) -> None:
        self.prefix = prefix
        self.step = 0
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ImportError(
                message(
                    "LogMetricsCallback needs the package tensorboard",
                    because=str(error),
                    hint="pip install 'glueball[tensorboard]'",
                )
            ) from error
        self.summary_writer: Any = SummaryWriter(logging_dir)

    def __call__(self, param: Any) -> None:
        """Write the values of ``param.eval_metric``."""
        if param.eval_metric is None:
            return
        self.step += 1
        for name, value in param.eval_metric.get_name_value():
            name = name if self.prefix is None else f"{self.prefix}-{name}"
            self.summary_writer.add_scalar(name, value, self.step)


__getattr__ = _module_getattr(__name__)
