"""The bridge to PyTorch, both ways.

`to_module` makes a ``torch.nn.Module`` of a Gluon network or a graph, `source` its text; `from_module` makes a Gluon
block of any torch module. Inside this package ``import torch`` is PyTorch: all imports are absolute.
"""

from glueball.torch.from_module import TorchBlock, from_module
from glueball.torch.operators import call
from glueball.torch.to_module import source, to_module

__all__ = ["TorchBlock", "call", "from_module", "source", "to_module"]
