"""A computation over tensors, recorded once as the kernels it called and run again without what surrounded them.

`Recorder` sees every kernel that torch runs, those of the gradients included; `improved` drops what nobody needs,
and `Replay` writes the rest as straight-line Python. `mxnet.gluon.TrainStep` stands on it.
"""

from __future__ import annotations

from .improving import improved
from .recording import Draw, Recorder
from .writing import Replay

__all__ = ["Draw", "Recorder", "Replay", "improved"]
