"""How each kind of call is written in PyTorch; importing this package fills the table."""

from glueball.torch.emitters import elementwise, layers, matrices, recurrent, shapes
from glueball.torch.emitters.table import EMITTERS, Call, Layer, Unwritten, Value, Written

__all__ = ["EMITTERS", "Call", "Layer", "Unwritten", "Value", "Written"]
