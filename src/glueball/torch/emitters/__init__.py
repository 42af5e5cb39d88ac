"""How each kind of call is written in PyTorch; importing this package fills the table."""

from . import elementwise, layers, recurrent, shapes
from .table import EMITTERS, Call, Layer, Unwritten, Value, Written

__all__ = ["EMITTERS", "Call", "Layer", "Unwritten", "Value", "Written"]
