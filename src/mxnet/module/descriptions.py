"""Names and shapes of what goes into a module: checked, and in one form."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..base import OptionError, message, nearest
from ..io import DataDesc
from ..symbol import Symbol

__all__ = [
    "arrays_of",
    "check_input_names",
    "check_labels",
    "check_match",
    "described",
    "names_of",
    "shapes_of_batch",
    "shapes_of_parts",
]

_PARAMETERS = ("_weight", "_bias", "_gamma", "_beta")


def names_of(what: str, names: Any) -> list[str]:
    """Names as a list; none for None.

    Raises ``TypeError`` for one text, which would be taken for a list of letters.
    """
    if names is None:
        return []
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        hint = f"{what}=[{names!r}]" if isinstance(names, str) else f"{what}=['data']"
        raise TypeError(
            message(f"Module: {what} is a list of names", received=f"{what}={names!r}", hint=hint)
        )
    return list(names)


def check_input_names(symbol: Symbol, names: Iterable[str], typename: str, throw: bool) -> None:
    """Refuse names that the graph does not have, or warn of them."""
    known = symbol.list_arguments()
    for name in names:
        if name in known:
            continue
        likely = [each for each in known if not each.endswith(_PARAMETERS)]
        labels = [each for each in likely if each.endswith("label")]
        close = nearest(name, likely) or (
            labels[0] if typename == "label_names" and len(labels) == 1 else None
        )
        if close is None and typename == "data_names":
            data = [each for each in likely if each not in labels]
            close = data[0] if len(data) == 1 else None
        said = message(
            f"You created Module with Module(..., {typename}={list(names)}) but input with name '{name}' "
            "is not found in symbol.list_arguments().",
            because="those that may be meant are " + (", ".join(likely) or "(none)"),
            hint=f"{typename}=['{close}']" if close else f"{typename}=None, if there is none",
        )
        if throw:
            raise ValueError(said)
        warnings.warn(said, stacklevel=4)


def described(what: str, shapes: Any) -> list[DataDesc]:
    """Shapes as descriptions: from those, or from pairs of name and shape.

    Raises ``TypeError`` for anything else.
    """
    try:
        found = [
            each if isinstance(each, DataDesc) else DataDesc(each[0], tuple(each[1]), *each[2:])
            for each in shapes
        ]
        if all(isinstance(each.name, str) for each in found):
            return found
    except (IndexError, KeyError, TypeError):
        pass
    raise TypeError(
        message(
            f"bind: {what} are names with shapes",
            received=f"{what}={shapes!r}"[:120],
            hint=f"{what}=[('data', (32, 1, 28, 28))], or what an iterator provides",
        )
    )


def check_match(expected: Sequence[str], found: Sequence[DataDesc], kind: str, throw: bool) -> None:
    """Refuse shapes of other names than those that the module has, or warn of them."""
    names = [each.name for each in found]
    if sorted(expected) == sorted(names):
        return
    said = message(
        f"Data provided by {kind}_shapes don't match names specified by {kind}_names",
        received=", ".join(f"{each.name} {tuple(each.shape)}" for each in found) or "none",
        because=f"{kind}_names are {', '.join(expected) or '(none)'}",
        hint=f"Module(symbol, {kind}_names={names})",
    )
    if throw:
        raise ValueError(said)
    warnings.warn(said, stacklevel=4)


def check_labels(symbol: Symbol, label_names: Sequence[str], labels: Sequence[DataDesc]) -> None:
    """Raise ``KeyError`` for labels that the graph does not have."""
    known = symbol.list_arguments()
    for each in labels:
        if each.name not in known:
            meant = [name for name in label_names if name in known]
            likely = [name for name in known if name.endswith("label")]
            hint = "label_shapes=None, if the graph takes no labels"
            if meant or likely:
                hint = f"label_name='{(meant or likely)[0]}' for the iterator"
                hint += "" if meant else f", and Module(symbol, label_names={likely[:1]})"
            raise OptionError(
                f"bind: label_shapes has {each.name}, which is no argument of the graph",
                received=f"{each.name} {tuple(each.shape)}",
                because=f"label_names are {', '.join(label_names) or '(none)'}",
                hint=hint,
            )


# ---------------------------------------------------------------------- of batches


def arrays_of(data_batch: Any, kind: str) -> Sequence[Any]:
    """The arrays of a batch as ``'data'`` or ``'label'``: of anything that has ``data``, with or without labels.

    Raises ``TypeError`` if it is no batch.
    """
    try:
        arrays = getattr(data_batch, kind, None) if kind == "label" else getattr(data_batch, kind)
        return () if arrays is None else list(arrays)
    except (AttributeError, TypeError):
        raise TypeError(
            message(
                "a module takes batches",
                received=type(data_batch).__name__,
                hint="mx.io.DataBatch(data=[x], label=[y]); module.predict(x) takes an array",
            )
        ) from None


def shapes_of_batch(
    data_batch: Any, data: list[DataDesc], labels: list[DataDesc] | None
) -> tuple[list[DataDesc], list[DataDesc] | None]:
    """Descriptions of a batch: those from before where they fit, else new ones.

    Raises ``ValueError`` if it has another number of arrays.
    """
    arrays = arrays_of(data_batch, "data")
    if len(arrays) != len(data):
        raise ValueError(
            message(
                "Data provided by data_shapes don't match names specified by data_names",
                received=", ".join(["data", *(str(each.shape) for each in arrays)]) if arrays else "no data",
                because=f"the data are {', '.join(each.name for each in data)}",
                hint="mx.io.DataBatch(data=[...], label=[...])",
            )
        )
    new = data if _fit(arrays, data) else _provided(data_batch, "data") or _resized(data, arrays)
    if labels is None:
        return new, None
    given = arrays_of(data_batch, "label")
    if given:
        return new, labels if _fit(given, labels) else _provided(data_batch, "label") or _resized(
            labels, given
        )
    # Without labels: of as many samples as the data have.
    samples = new[0].shape[DataDesc.get_batch_axis(new[0].layout)]
    return new, labels if new is data else [
        _with_samples(each, each.shape, lambda _: samples) for each in labels
    ]


def shapes_of_parts(
    parts: list[Any], data: list[DataDesc], labels: list[DataDesc] | None, contexts: int
) -> tuple[list[DataDesc], list[DataDesc] | None]:
    """Descriptions of the whole batch, of which there is a part for each context.

    Raises ``AssertionError`` unless there are as many parts, all of one shape.
    """
    shapes = [[tuple(array.shape) for array in arrays_of(each, "data")] for each in parts]
    if len(parts) != contexts or any(each != shapes[0] for each in shapes):
        raise AssertionError(
            message(
                "All data batches in a list need to have the same shape",
                received=", ".join(map(str, shapes)) or "none",
                because=f"there is one for each context, of which there are {contexts}",
            )
        )

    def whole(kind: str, before: list[DataDesc]) -> list[DataDesc]:
        arrays = arrays_of(parts[0], kind)
        new = [
            _with_samples(each, array.shape, lambda n: n * contexts)
            for each, array in zip(before, arrays, strict=False)
        ]
        unchanged = [tuple(each.shape) for each in before] == [tuple(each.shape) for each in new]
        return before if unchanged or not arrays else new

    return whole("data", data), None if labels is None else whole("label", labels)


def _fit(arrays: Sequence[Any], descriptions: Sequence[DataDesc]) -> bool:
    pairs = zip(arrays, descriptions, strict=False)
    return len(arrays) >= len(descriptions) and all(tuple(a.shape) == tuple(d.shape) for a, d in pairs)


def _provided(data_batch: Any, kind: str) -> list[DataDesc] | None:
    own = getattr(data_batch, f"provide_{kind}", None)
    return described(f"provide_{kind}", own) if own else None


def _resized(before: Sequence[DataDesc], arrays: Sequence[Any]) -> list[DataDesc]:
    return [
        DataDesc(each.name, tuple(array.shape), each.dtype, each.layout)
        for each, array in zip(before, arrays, strict=False)
    ]


def _with_samples(before: DataDesc, shape: Sequence[int], samples: Callable[[int], int]) -> DataDesc:
    """A description with another number of samples."""
    place = DataDesc.get_batch_axis(before.layout)
    lengths = tuple(samples(n) if i == place else n for i, n in enumerate(shape))
    return DataDesc(before.name, lengths, before.dtype, before.layout)
