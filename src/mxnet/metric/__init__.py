"""``mx.metric``: how good predictions are, accumulated over the batches of an epoch.

What a batch adds stays on its device; it is read when somebody asks for the value.
"""

from .._surface import module_getattr as _module_getattr
from .base import EvalMetric, alias, check_label_shapes, create, register
from .classification import Accuracy, CrossEntropy, TopKAccuracy
from .composed import CompositeEvalMetric, CustomMetric, np
from .regression import MAE, MSE, RMSE, Loss

__all__ = [
    "MAE",
    "MSE",
    "RMSE",
    "Accuracy",
    "CompositeEvalMetric",
    "CrossEntropy",
    "CustomMetric",
    "EvalMetric",
    "Loss",
    "TopKAccuracy",
    "alias",
    "check_label_shapes",
    "create",
    "np",
    "register",
]

__getattr__ = _module_getattr(__name__)
