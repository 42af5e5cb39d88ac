"""``gluon.contrib.estimator``: training and evaluation with handlers instead of a loop of one's own."""

from ...._surface import module_getattr as _module_getattr
from . import batch_processor, estimator, event_handler, utils
from .batch_processor import BatchProcessor
from .checkpoint import CheckpointHandler
from .estimator import Estimator
from .events import BatchBegin, BatchEnd, EpochBegin, EpochEnd, EventHandler, TrainBegin, TrainEnd
from .logs import LoggingHandler
from .lr_finder import LearningRateFinder
from .nan import NonFiniteError, TerminateOnNaN
from .progress import ProgressHandler
from .stopping import EarlyStoppingHandler, StoppingHandler
from .tensorboard import TensorBoardHandler
from .updates import GradientClippingHandler, GradientUpdateHandler, MetricHandler, ValidationHandler

__all__ = [
    "BatchBegin",
    "BatchEnd",
    "BatchProcessor",
    "CheckpointHandler",
    "EarlyStoppingHandler",
    "EpochBegin",
    "EpochEnd",
    "Estimator",
    "EventHandler",
    "GradientClippingHandler",
    "GradientUpdateHandler",
    "LearningRateFinder",
    "LoggingHandler",
    "MetricHandler",
    "NonFiniteError",
    "ProgressHandler",
    "StoppingHandler",
    "TensorBoardHandler",
    "TerminateOnNaN",
    "TrainBegin",
    "TrainEnd",
    "ValidationHandler",
]

__getattr__ = _module_getattr(__name__)
