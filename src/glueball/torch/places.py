"""Where parameters stand in a module, by their names in the state dict: ``features.0.weight``."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field

from torch import nn

__all__ = ["Tree"]


@dataclass
class Tree:
    """A module that holds others, and parameters of its own.

    Attributes
    ----------
    children : the modules inside, by name.
    leaves : names of its own parameters.
    made : how it is made, where it is a layer.
    is_another : whether it is a module that stands in another place, too.
    """

    children: dict[str, Tree] = field(default_factory=dict)
    leaves: list[str] = field(default_factory=list)
    made: str | None = None
    is_another: bool = False

    @classmethod
    def of(cls, names: list[str]) -> Tree:
        """The tree of all names."""
        root = cls()
        for name in names:
            *path, leaf = name.split(".")
            root.at(path).leaves.append(leaf)
        return root

    def at(self, path: list[str]) -> Tree:
        """The tree at a path, made where it is not there."""
        tree = self
        for part in path:
            tree = tree.children.setdefault(part, Tree())
        return tree

    @property
    def kind(self) -> str:
        """The class that it is: ``nn.ModuleDict`` where a name inside is none of Python's."""
        return "nn.Module" if all(map(is_attribute, self.children)) else "nn.ModuleDict"

    def renamed(self, name: str) -> str:
        """A name that the module does not have already for something else: ``type_`` for ``type``."""
        while hasattr(_EMPTY[self.kind], name):
            name += "_"
        return name

    def path(self, name: str) -> list[str]:
        """The parts of a name in the state dict, as the module has them."""
        tree, parts = self, []
        *path, leaf = name.split(".")
        for part in path:
            parts.append(tree.renamed(part))
            tree = tree.children[part]
        return [*parts, tree.renamed(leaf)]


_EMPTY = {"nn.Module": nn.Module(), "nn.ModuleDict": nn.ModuleDict()}


def is_attribute(name: str) -> bool:
    """Whether ``module.<name>`` is Python."""
    return name.isidentifier() and not keyword.iskeyword(name)


def place_text(path: list[str], leaf: bool = False) -> str:
    """``self.features["0"].weight`` for a path; a ``leaf`` is a parameter, which no module has as a key."""
    text = "self"
    for position, part in enumerate(path):
        if is_attribute(part):
            text += f".{part}"
        elif leaf and position == len(path) - 1:
            text = f'getattr({text}, "{part}")'
        else:
            text += f'["{part}"]'
    return text
