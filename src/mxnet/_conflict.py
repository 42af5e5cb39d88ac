"""Two distributions cannot share one import name: a warning where the original `mxnet` is installed as well."""

from __future__ import annotations

import os
import re
import sys
import warnings

__all__ = ["other_distributions", "warn_of_conflict"]

# mxnet-1.9.1.dist-info, and the builds of it for one CUDA version or another: mxnet_cu112-1.9.1.dist-info
_METADATA = re.compile(
    r"(mxnet(?:[_-](?:cu\d+\w*|mkl|native|nightly))?)-(\d[^-]*?)\.(?:dist|egg)-info", re.IGNORECASE
)


def other_distributions() -> list[tuple[str, str, str]]:
    """Name, version and folder of each installed distribution that brings an `mxnet` package of its own.

    Reads the names in the folders of ``sys.path`` that hold installed packages and nothing else, which takes
    a tenth of the time that ``importlib.metadata`` takes to be imported.
    """
    found = []
    for folder in dict.fromkeys(sys.path):
        if os.path.basename(folder) not in ("site-packages", "dist-packages"):  # noqa: PTH119  no pathlib here: speed
            continue
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            # A prefix is compared a hundred times faster than a pattern, and nearly every name fails it.
            match = _METADATA.fullmatch(name) if name[:5].lower() == "mxnet" else None
            if match:
                found.append((match[1].replace("_", "-"), match[2], folder))
    return found


def warn_of_conflict() -> None:
    """Warn when the original is installed beside Glueball; called once, by ``import mxnet``."""
    for name, version, folder in other_distributions():
        here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
        warnings.warn(
            f"two distributions share the import name 'mxnet': Glueball, imported from {here}, and {name} {version} "
            f"in {folder}. Files of one may hide or overwrite those of the other. Keep one: 'pip uninstall {name}' "
            f"and install glueball again, or keep {name} in an environment of its own.",
            stacklevel=3,
        )
