"""``mx.contrib``: what MXNet keeps beside its core."""

from typing import Any

from .._surface import module_getattr as _module_getattr

_SHORT = {"nd": "ndarray", "quant": "quantization", "sym": "symbol"}
_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    return _absent(_SHORT.get(name, name))
