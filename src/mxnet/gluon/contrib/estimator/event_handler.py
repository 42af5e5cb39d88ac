"""All handlers, where MXNet 1.9.1 has them."""

from ...._surface import module_getattr as _module_getattr
from ....metric import CompositeEvalMetric, EvalMetric
from ....metric import Loss as metric_loss  # noqa: N813
from .checkpoint import CheckpointHandler
from .events import BatchBegin, BatchEnd, EpochBegin, EpochEnd, EventHandler, TrainBegin, TrainEnd
from .logs import LoggingHandler
from .nan import TerminateOnNaN
from .progress import ProgressHandler
from .stopping import EarlyStoppingHandler, StoppingHandler
from .tensorboard import TensorBoardHandler
from .updates import GradientClippingHandler, GradientUpdateHandler, MetricHandler, ValidationHandler

__all__ = [
    "BatchBegin",
    "BatchEnd",
    "CheckpointHandler",
    "CompositeEvalMetric",
    "EarlyStoppingHandler",
    "EpochBegin",
    "EpochEnd",
    "EvalMetric",
    "EventHandler",
    "GradientClippingHandler",
    "GradientUpdateHandler",
    "LoggingHandler",
    "MetricHandler",
    "ProgressHandler",
    "StoppingHandler",
    "TensorBoardHandler",
    "TerminateOnNaN",
    "TrainBegin",
    "TrainEnd",
    "ValidationHandler",
    "metric_loss",
]

__getattr__ = _module_getattr(__name__)
