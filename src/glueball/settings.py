"""The settings of ``glueball train``: their defaults, what is allowed, and how they are said.

No heavy import: the command line reads its help and checks its options with this module alone.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable
from typing import Any, NamedTuple


class BadValueError(ValueError):
    """A value that cannot be used; the text is one line that says which values can."""

    exit_code = 2


class NotPossibleError(RuntimeError):
    """Something that cannot be done here and now, for a reason that the user can act on."""

    exit_code = 1


class DatasetDefaults(NamedTuple):
    """What a data set is called, and the settings with which it shows a good result in little time."""

    title: str
    epochs: int
    batch_size: int


# title, epochs, batch size
DATASETS = {
    "fashion-mnist": DatasetDefaults("Fashion-MNIST", 10, 256),
    "mnist": DatasetDefaults("MNIST", 10, 256),
    "digits": DatasetDefaults("handwritten digits (scikit-learn)", 30, 32),
}
MODELS = {
    "mlp": "a perceptron with hidden layers (ReLU)",
    "softmax": "softmax regression, one linear layer",
}
# name -> (learning rate, what else the optimiser takes)
OPTIMIZERS: dict[str, tuple[float, dict[str, float]]] = {
    "sgd": (0.1, {}),
    "nag": (0.05, {"momentum": 0.9}),
    "adam": (0.001, {}),
    "adagrad": (0.05, {}),
    "rmsprop": (0.001, {}),
    "adadelta": (1.0, {}),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that decides the result of a training run; written to ``config.json`` of the run.

    ``epochs``, ``batch_size`` and ``lr`` of None take the defaults of the data set and the optimiser.
    """

    model: str = "mlp"
    dataset: str = "fashion-mnist"
    hidden: tuple[int, ...] = (256,)
    epochs: int | None = None
    batch_size: int | None = None
    lr: float | None = None
    optimizer: str = "sgd"
    dropout: float = 0.0
    wd: float = 0.0
    seed: int = 0
    device: str = "auto"

    def completed(self) -> Settings:
        """Return these settings with the defaults of data set and optimiser filled in, checked."""
        for name, known in (("model", MODELS), ("dataset", DATASETS), ("optimizer", OPTIMIZERS)):
            one_of(getattr(self, name), known)
        defaults = DATASETS[self.dataset]
        return dataclasses.replace(
            self,
            hidden=self.hidden if self.model == "mlp" else (),
            epochs=defaults.epochs if self.epochs is None else self.epochs,
            batch_size=defaults.batch_size if self.batch_size is None else self.batch_size,
            lr=OPTIMIZERS[self.optimizer][0] if self.lr is None else self.lr,
        )

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for ``config.json``."""
        return dataclasses.asdict(self) | {"hidden": list(self.hidden)}

    @staticmethod
    def from_json(values: dict[str, Any]) -> Settings:
        """Return the settings that ``as_json`` gave; an unknown entry is an error."""
        known = {field.name for field in dataclasses.fields(Settings)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise BadValueError(f"unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
        return Settings(**values | {"hidden": tuple(values.get("hidden", ()))})


# -------------------------------------------------------------------------------- reading values of options


def one_of(text: str, known: Iterable[str]) -> str:
    """Return ``text`` where it is one of ``known``.

    >>> one_of("mpl", ["softmax", "mlp"])
    Traceback (most recent call last):
    ...
    glueball.settings.BadValueError: 'mpl' is not known; did you mean 'mlp'? Known are softmax, mlp
    """
    known = list(known)
    if text in known:
        return text
    close = difflib.get_close_matches(text.lower(), known, 1)
    question = f"did you mean {close[0]!r}? " if close else ""
    listed = ", ".join(known)
    raise BadValueError(f"{text!r} is not known; {question}{'K' if close else 'k'}nown are {listed}")


def positive_int(text: str) -> int:
    """Return a whole number above 0."""
    value = _number(text, int, "a whole number above 0")
    if value < 1:
        raise BadValueError(f"takes a whole number above 0, not {text}")
    return value


def whole_number(text: str) -> int:
    """Return a whole number from 0 to 2^31 - 1, what a seed can be."""
    value = _number(text, int, "a whole number, 0 or more")
    if not 0 <= value < 2**31:
        raise BadValueError(f"takes a whole number from 0 to 2147483647, not {text}")
    return value


def positive_float(text: str) -> float:
    """Return a number above 0."""
    value = _number(text, float, "a number above 0")
    if not (value > 0 and math.isfinite(value)):
        raise BadValueError(f"takes a number above 0, not {text}")
    return value


def non_negative_float(text: str) -> float:
    """Return a number, 0 or more."""
    value = _number(text, float, "a number, 0 or more")
    if not (value >= 0 and math.isfinite(value)):
        raise BadValueError(f"takes a number, 0 or more, not {text}")
    return value


def probability(text: str) -> float:
    """Return a number from 0 up to, but without, 1."""
    value = _number(text, float, "a number from 0 to below 1")
    if not 0 <= value < 1:
        raise BadValueError(f"takes a number from 0 to below 1, not {text}")
    return value


def layer_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of hidden layers.

    >>> layer_sizes("256"), layer_sizes("256,128")
    ((256,), (256, 128))
    """
    try:
        return tuple(positive_int(part.strip()) for part in str(text).split(","))
    except BadValueError:
        raise BadValueError(f"takes sizes such as 256 or 256,128, not {text!r}") from None


def device_name(text: str) -> str:
    """Return ``auto``, ``cpu``, ``gpu`` or ``gpu:1``."""
    kind, _, index = text.partition(":")
    if text in ("auto", "cpu", "gpu") or (kind == "gpu" and index.isdecimal()):
        return text
    raise BadValueError(f"takes auto, cpu, gpu or gpu:N, not {text!r}")


def _number(text: str, kind: type, what: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise BadValueError(f"takes {what}, not {text!r}") from None
