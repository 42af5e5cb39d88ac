"""``mx.mod``: symbols that are trained. `Module` for one graph, `BucketingModule` for a graph per length.

>>> data = mx.io.NDArrayIter(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 3.0, 5.0, 7.0]), 2)
>>> line = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, name="fc")
>>> line = mx.sym.LinearRegressionOutput(line, name="softmax")
>>> module = mx.mod.Module(line)
>>> module.fit(data, num_epoch=200, eval_metric="mse", optimizer_params={"learning_rate": 0.1})
>>> module.predict(np.array([[10.0]])).asscalar().round(2).item()
21.0
"""

from .._surface import module_getattr as _module_getattr
from .base_module import BaseModule
from .bucketing_module import BucketingModule
from .module import Module
from .python_module import PythonLossModule, PythonModule
from .sequential_module import SequentialModule

__all__ = [
    "BaseModule",
    "BucketingModule",
    "Module",
    "PythonLossModule",
    "PythonModule",
    "SequentialModule",
]

__getattr__ = _module_getattr(__name__)
