"""`d2lzh` by the name of the module in which the book's older package keeps everything."""

from __future__ import annotations

from typing import Any

import d2lzh

__all__ = d2lzh.__all__


def __getattr__(name: str) -> Any:
    return getattr(d2lzh, name)


def __dir__() -> list[str]:
    return dir(d2lzh)
