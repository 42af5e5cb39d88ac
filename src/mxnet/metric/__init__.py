"""``mx.metric``: how good predictions are, accumulated over the batches of an epoch.

What a batch adds stays on its device; it is read when somebody asks for the value.
"""

from .. import ndarray  # GluonTS takes it from here
from .._surface import module_getattr as _module_getattr
from .arrays import check_label_shapes
from .base import EvalMetric
from .binary import F1, MCC
from .classification import Accuracy, TopKAccuracy
from .composed import CompositeEvalMetric, CustomMetric, np
from .correlation import PCC, PearsonCorrelation
from .probability import CrossEntropy, NegativeLogLikelihood, Perplexity
from .registry import alias, create, register
from .regression import MAE, MSE, RMSE, Caffe, Loss, Torch

__all__ = [
    "F1",
    "MAE",
    "MCC",
    "MSE",
    "PCC",
    "RMSE",
    "Accuracy",
    "Caffe",
    "CompositeEvalMetric",
    "CrossEntropy",
    "CustomMetric",
    "EvalMetric",
    "Loss",
    "NegativeLogLikelihood",
    "PearsonCorrelation",
    "Perplexity",
    "TopKAccuracy",
    "Torch",
    "alias",
    "check_label_shapes",
    "create",
    "np",
    "register",
]

__getattr__ = _module_getattr(__name__)
