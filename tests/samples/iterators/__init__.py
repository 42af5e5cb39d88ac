"""Programs with the iterators of ``mx.io``: `PROGRAMS` by name, and `run`, for Glueball and the real MXNet alike."""

from __future__ import annotations

import importlib

from .program import PROGRAMS, run

__all__ = ["PROGRAMS", "run"]

for _family in ("arrays", "text_files", "pictures", "detections"):  # in the order of the recording
    importlib.import_module(f"{__name__}.{_family}")
