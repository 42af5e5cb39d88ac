"""What MXNet never had: a command line, drawings of networks and training, reports, a runner of old programs.

Importing this package loads nothing else, so that ``glueball --help`` answers at once.
"""

from __future__ import annotations


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("glueball")
        except PackageNotFoundError:
            return "unknown (not installed)"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
