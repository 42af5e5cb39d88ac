"""A network's parameters with a description of the network beside them: `Block.save` and `Block.load`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import files
from ..base import MXNetError

if TYPE_CHECKING:
    from .block import Block

__all__ = ["load", "save"]


def save(block: Block, prefix: str) -> None:
    """Write ``<prefix>-model.json`` and ``<prefix>-model.params``."""
    block.save_parameters(f"{prefix}-model.params")
    text = json.dumps({block.name: _described(block)}, indent=2)
    with files.atomic_write(f"{prefix}-model.json") as stream:
        stream.write(text.encode("utf-8"))


def _described(block: Block) -> dict[str, Any]:
    return {
        "orig_name": block.name,
        "kind": type(block).__name__,
        **{name: _described(child) for name, child in block._children.items()},
    }


def load(block: Block, prefix: str) -> None:
    """Read both, and refuse a network of other parts."""
    path = f"{prefix}-model.json"
    try:
        with open(path, "rb") as stream:
            content = json.loads(stream.read())
    except OSError as error:
        raise MXNetError(
            f"Block.load: {error.strerror or error}",
            received=path,
            hint="the prefix that was given to net.save",
        ) from None
    except (ValueError, RecursionError) as error:
        raise files.FormatError(f"Block.load: {path} is no JSON", because=str(error)[:200]) from None
    stored = next(iter(content.values()), None) if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(stored, dict):
        raise files.FormatError(f"Block.load: {path} describes no network")
    _compare(block, stored, block.name)
    block.load_parameters(f"{prefix}-model.params")


def _compare(block: Block, stored: dict[str, Any], place: str) -> None:
    """Raise where a network differs from its description; descriptions of the real MXNet may lack parts."""
    kind = stored.get("kind")
    if isinstance(kind, str) and kind != type(block).__name__:
        raise MXNetError(
            "Block.load: the network is another one",
            received=f"{place}: {type(block).__name__}",
            because=f"the file has a {kind} there",
        )
    for name, child in block._children.items():
        inside = stored.get(name)
        if isinstance(inside, dict):
            _compare(child, inside, f"{place}.{name}")
        elif kind is not None:
            raise MXNetError(
                "Block.load: the network is another one",
                received=f"{place}.{name}: {type(child).__name__}",
                because="the file has nothing there",
            )
