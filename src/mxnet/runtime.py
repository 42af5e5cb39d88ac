"""``mx.runtime``: what this installation can do, in the words of MXNet's build options."""

from __future__ import annotations

import importlib.util

import torch

from ._surface import module_getattr as _module_getattr
from .base import message, nearest

__all__ = ["Feature", "Features", "feature_list"]

_NAMES = (
    *("CUDA", "CUDNN", "NCCL", "CUDA_RTC", "TENSORRT", "CPU_SSE", "CPU_SSE2", "CPU_SSE3", "CPU_SSE4_1"),
    *("CPU_SSE4_2", "CPU_SSE4A", "CPU_AVX", "CPU_AVX2", "OPENMP", "SSE", "F16C", "JEMALLOC", "BLAS_OPEN"),
    *(
        "BLAS_ATLAS",
        "BLAS_MKL",
        "BLAS_APPLE",
        "LAPACK",
        "MKLDNN",
        "OPENCV",
        "CAFFE",
        "PROFILER",
        "DIST_KVSTORE",
    ),
    *("CXX14", "INT64_TENSOR_SIZE", "SIGNAL_HANDLER", "DEBUG", "TVM_OP"),
)


class Feature:
    """One build option: its ``name``, and whether what it stands for is there."""

    def __init__(self, name: str, enabled: bool) -> None:
        self._name, self._enabled = name, enabled

    @property
    def name(self) -> str:
        """The option, as MXNet calls it."""
        return self._name

    @property
    def enabled(self) -> bool:
        """Whether what it stands for is there."""
        return self._enabled

    def __repr__(self) -> str:
        return f"{'✔' if self._enabled else '✖'} {self._name}"


def _is_there(name: str) -> bool:
    """Whether PyTorch, or a package beside it, has what an option of MXNet stands for."""
    capability = torch.backends.cpu.get_cpu_capability()
    if name.startswith("CPU_SSE"):
        return capability in ("DEFAULT", "AVX2", "AVX512")
    answers = {
        "CUDA": torch.cuda.is_available,
        "CUDNN": torch.backends.cudnn.is_available,
        "NCCL": lambda: torch.distributed.is_available() and torch.distributed.is_nccl_available(),
        "CPU_AVX": lambda: capability.startswith("AVX"),
        "CPU_AVX2": lambda: capability in ("AVX2", "AVX512"),
        "OPENMP": torch.backends.openmp.is_available,
        "BLAS_MKL": torch.backends.mkl.is_available,
        "LAPACK": lambda: torch._C.has_lapack,
        "MKLDNN": torch.backends.mkldnn.is_available,
        "OPENCV": lambda: importlib.util.find_spec("cv2") is not None,
        "PROFILER": lambda: True,
        "INT64_TENSOR_SIZE": lambda: True,
    }
    return bool(answers[name]()) if name in answers else False


def feature_list() -> list[Feature]:
    """All options.

    >>> [feature for feature in feature_list() if feature.name == "INT64_TENSOR_SIZE"]
    [✔ INT64_TENSOR_SIZE]
    """
    return [Feature(name, _is_there(name)) for name in _NAMES]


class Features(dict[str, Feature]):
    """All options by name.

    >>> Features().is_enabled("PROFILER")
    True
    """

    def __init__(self) -> None:
        super().__init__((feature.name, feature) for feature in feature_list())

    def __repr__(self) -> str:
        return str(list(self.values()))

    def is_enabled(self, feature_name: str) -> bool:
        """Whether what an option stands for is there; raises ``RuntimeError`` for an unknown one."""
        name = feature_name.upper()
        if name not in self:
            close = nearest(name, self)
            raise RuntimeError(
                message(
                    f"Feature '{name}' is unknown, known features are: {list(self)}",
                    hint=f"is_enabled({close!r})" if close else None,
                )
            )
        return self[name].enabled


__getattr__ = _module_getattr(__name__)
