"""What classifier and regressor share: scikit-learn's conventions around a network."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

import mxnet as mx
from glueball.sklearn import loop, parts
from glueball.sklearn.loop import Examples
from mxnet import gluon
from mxnet.base import message, nearest

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # a method of the estimator until scikit-learn 1.5

    def validate_data(estimator: Any, X: Any, **checks: Any) -> Any:
        """Look at the data, and note or compare the features' number and names."""
        return estimator._validate_data(X, **checks)


__all__ = ["GluonEstimator"]

_HELD_OUT = 0.1
"""The fraction that early stopping sets apart where none is given."""


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _number(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Real) and not isinstance(value, bool) and test(value)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (lambda v: v is None or _number(lambda n: n > 0)(v), "a number above 0, or None"),
    "batch_size": (_whole(1), "a whole number from 1"),
    "max_epochs": (_whole(0), "a whole number from 0"),
    "validation_fraction": (
        lambda v: v is None or _number(lambda n: 0 < n < 1)(v),
        "a number between 0 and 1, or None",
    ),
    "n_iter_no_change": (_whole(1), "a whole number from 1"),
    "tol": (_number(lambda n: n >= 0), "a number from 0"),
    "callbacks": (
        lambda v: v is None or all(map(callable, v if isinstance(v, (list, tuple)) else [v])),
        "a function of the estimator and a row of its history, a list of such functions, or None",
    ),
}


def is_option(name: str) -> bool:
    """Whether a constructor argument is one for a part: ``optimizer__momentum``."""
    part, _, rest = name.partition("__")
    return part in parts.PREFIXES and rest.isidentifier()


class GluonEstimator(BaseEstimator):
    """The common part of `GluonClassifier` and `GluonRegressor`, which say what the arguments mean."""

    module_: gluon.Block
    loss_: Callable[..., Any]
    trainer_: gluon.Trainer | None
    history_: list[dict[str, float]]
    n_iter_: int
    best_epoch_: int
    best_loss_: float
    _input_shape: tuple[int, ...]
    _output_shape: tuple[int, ...]
    _trained_with: dict[str, Any]
    _random: np.random.RandomState | None

    def __init__(
        self,
        module: Any = None,
        *,
        loss: Any = None,
        optimizer: Any = "adam",
        lr: float | None = None,
        initializer: Any = None,
        batch_size: int = 32,
        max_epochs: int = 100,
        device: Any = None,
        random_state: Any = None,
        early_stopping: bool = False,
        validation_fraction: float | None = None,
        n_iter_no_change: int = 10,
        tol: float = 0.0,
        warm_start: bool = False,
        hybridize: bool = True,
        callbacks: Any = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.lr = lr
        self.initializer = initializer
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.device = device
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.hybridize = hybridize
        self.callbacks = callbacks
        self.verbose = verbose
        for name, value in kwargs.items():
            if not is_option(name):
                raise TypeError(self._unknown_argument(name, value))
        self.__dict__.update(kwargs)

    def _unknown_argument(self, name: str, value: Any) -> str:
        close = nearest(name, self._get_param_names())
        return message(
            f"{type(self).__name__} has no argument {name!r}",
            received=f"{name}={value!r}",
            because="arguments for parts begin with " + ", ".join(f"{part}__" for part in parts.PREFIXES),
            hint=f"{close}=" if close else None,
        )

    # ------------------------------------------------------------------ arguments

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, those for module, loss, optimiser and initialiser included."""
        return {**super().get_params(deep=deep), **{n: v for n, v in vars(self).items() if is_option(n)}}

    def set_params(self, **params: Any) -> Any:
        """Change constructor arguments; the next ``fit`` goes by them."""
        options = {name: value for name, value in params.items() if is_option(name)}
        super().set_params(**{name: value for name, value in params.items() if name not in options})
        self.__dict__.update(options)
        return self

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn from 1.6 may know: images are taken, too."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _options(self, part: str) -> dict[str, Any]:
        """The arguments for one part: ``{'momentum': 0.9}`` of ``optimizer__momentum=0.9``."""
        prefix = f"{part}__"
        return {
            name.removeprefix(prefix): value for name, value in vars(self).items() if name.startswith(prefix)
        }

    def _check_arguments(self) -> None:
        for name, (allows, words) in _RULES.items():
            value = getattr(self, name)
            if not allows(value):
                raise ValueError(
                    message(f"{type(self).__name__}: {name} is {words}", received=f"{name}={value!r}")
                )

    # ------------------------------------------------------------------ what the subclasses say

    _checks: ClassVar[Mapping[str, Any]] = {}
    """How scikit-learn looks at y."""
    _target_attributes: ClassVar[tuple[str, ...]] = ()
    """The attributes that follow from y, which a network that goes on learning keeps."""

    def _learn_targets(self, y: np.ndarray) -> dict[str, Any]:
        """These attributes from the y of a first fit."""
        raise NotImplementedError

    def _encode(self, y: np.ndarray, found: Mapping[str, Any]) -> np.ndarray:
        """Targets as numbers; refuses those that the attributes do not allow."""
        raise NotImplementedError

    def _weigh_classes(self, targets: np.ndarray, found: Mapping[str, Any]) -> np.ndarray | None:
        """A weight for each example by its class."""
        return None

    def _count_outputs(self, found: Mapping[str, Any]) -> int:
        """How many numbers the network is to give for an example."""
        raise NotImplementedError

    def _check_outputs(self, shape: tuple[int, ...], wanted: int) -> None:
        """Refuse a network that gives another number of them."""
        if prod(shape) != wanted:
            raise ValueError(
                message(
                    f"{type(self).__name__}: the network's outputs do not fit y",
                    received=f"{prod(shape)} numbers for each example",
                    because=f"y asks for {wanted}",
                    hint=f"nn.Dense({wanted}) as last layer; or a function with a parameter n_outputs as module, "
                    "which is told the number",
                )
            )

    def _default_loss(self, shape: tuple[int, ...]) -> type[gluon.loss.Loss]:
        """The class of the loss for outputs of this shape, where none is given."""
        raise NotImplementedError

    def _labels(self, targets: np.ndarray, shape: tuple[int, ...], loss: Any) -> np.ndarray:
        """Targets as this loss takes them beside outputs of this shape."""
        raise NotImplementedError

    def _strata(self, targets: np.ndarray) -> np.ndarray | None:
        """What both sides of a split have in the same proportions."""
        return None

    def _rate(self, outputs: np.ndarray, examples: Examples) -> float:
        """The score of outputs, as ``score`` gives it."""
        raise NotImplementedError

    # ------------------------------------------------------------------ learning

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Any:
        """Train a new network; with ``warm_start``, go on with the one there is.

        Parameters
        ----------
        X : features ``(n_samples, n_features)`` or, for networks that take them so, ``(n_samples, *)``.
        y : targets ``(n_samples,)``; for regression also ``(n_samples, n_targets)``.
        sample_weight : how much each example counts, ``(n_samples,)``; only proportions matter.
        X_val, y_val : examples to look at after each epoch, instead of a fraction of X and y.

        Raises
        ------
        ValueError : the data or an argument of the constructor are not as they must be, or the loss is not finite.
        TypeError : the data are sparse, or an argument is of the wrong kind.
        """
        self._check_arguments()
        go_on = bool(self.warm_start) and hasattr(self, "module_")
        train, found = self._examples(X, y, sample_weight, go_on)
        rng, valid = self._generator(go_on), None
        if X_val is not None or y_val is not None:
            valid = self._validation(X_val, y_val, train, found)
        elif self.early_stopping or self.validation_fraction is not None:
            train, valid = self._hold_out(train, rng)
        self._learn(train, valid, found, rng, go_on, self.max_epochs)
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, found: dict[str, Any] | None = None) -> Any:
        """One epoch; ``found`` holds the attributes that y need not tell."""
        self._check_arguments()
        go_on = hasattr(self, "module_")
        train, found = self._examples(X, y, sample_weight, go_on, found)
        self._learn(train, None, found, self._generator(go_on), go_on, epochs=1)
        return self

    def _learn(
        self,
        train: Examples,
        valid: Examples | None,
        found: Mapping[str, Any],
        rng: np.random.RandomState,
        go_on: bool,
        epochs: int,
    ) -> None:
        seed = None if self.random_state is None else int(rng.randint(2**31 - 1))
        with loop.random_numbers(seed):
            if go_on:
                net, shape, loss, trainer = self.module_, self._output_shape, self.loss_, self._same_trainer()
                parts.bring(net, parts.make_context(self.device))
            else:
                net, shape = self._new_network(train.X, self._count_outputs(found))
                loss = self._default_loss(shape) if self.loss is None else self.loss
                loss = parts.make_loss(loss, self._options("loss"))
                trainer = self._new_trainer(net)
            learner = loop.Learner(net, loss, trainer, self.batch_size, type(self).__name__)
            labelled = train.labelled(self._labels(train.y, shape, loss))
            learner.evaluate(
                labelled.take(np.arange(min(2, len(train.X))))
            )  # a loss that takes no such labels raises
            training = loop.Training(
                learner,
                labelled,
                None if valid is None else valid.labelled(self._labels(valid.y, shape, loss)),
                lambda outputs: self._rate(outputs, valid),  # type: ignore[arg-type]
                patience=self.n_iter_no_change if self.early_stopping else None,
                tol=self.tol,
            )
            # an earlier fit is left alone until all of this is there
            self.__dict__.update(found)
            self.module_, self.loss_, self.trainer_ = net, loss, trainer
            self._output_shape, self._input_shape = shape, train.X.shape[1:]
            self._trained_with = self._recipe()
            self._random = None if self.random_state is None else rng
            if not go_on:
                self.history_ = []
                for name in ("best_epoch_", "best_loss_"):
                    self.__dict__.pop(name, None)
            callbacks = [self.callbacks] if callable(self.callbacks) else list(self.callbacks or [])
            if self.verbose:
                callbacks.insert(0, loop.Report(len(self.history_) + epochs))
            try:
                training.run(epochs, self.history_, rng, [partial(each, self) for each in callbacks])
            finally:
                self.n_iter_ = len(self.history_)
                if training.best_epoch is not None:
                    self.best_epoch_, self.best_loss_ = training.best_epoch, training.best_loss

    def _generator(self, go_on: bool) -> np.random.RandomState:
        """Where the order of the examples is drawn from; a network that goes on learning goes on there, too."""
        known = getattr(self, "_random", None) if go_on and self.random_state is not None else None
        return check_random_state(self.random_state) if known is None else known

    # ------------------------------------------------------------------ data

    def _examples(
        self, X: Any, y: Any, sample_weight: Any, go_on: bool, found: dict[str, Any] | None = None
    ) -> tuple[Examples, dict[str, Any]]:
        """Checked features, targets and weights, and the attributes that follow from the targets."""
        X, y = self._validated(X, y, reset=not go_on)
        if go_on:
            found = {name: getattr(self, name) for name in self._target_attributes}
        elif found is None:
            found = self._learn_targets(y)
        targets = self._encode(y, found)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            if (weight < 0).any():
                raise ValueError("Negative values in data passed to `sample_weight`.")
        by_class = self._weigh_classes(targets, found)
        if by_class is not None:
            weight = by_class if weight is None else weight * by_class
        return Examples(X, targets, weight).balanced(), found

    def _validated(self, X: Any, y: Any, reset: bool) -> tuple[np.ndarray, np.ndarray]:
        X, y = validate_data(self, X, y=y, reset=reset, dtype=np.float32, allow_nd=True, **self._checks)
        if not reset:
            self._check_shape(X, self._input_shape)
        return X, y

    def _check_shape(self, X: np.ndarray, shape: tuple[int, ...]) -> None:
        """Compare the axes that scikit-learn does not look at."""
        if X.shape[1:] != shape:
            raise ValueError(
                message(
                    f"{type(self).__name__}: X has examples of another shape than it was fitted with",
                    received=f"{X.shape[1:]} instead of {shape}",
                )
            )

    def _hold_out(self, train: Examples, rng: np.random.RandomState) -> tuple[Examples, Examples]:
        """Some examples to learn from, and some to look at."""
        fraction = _HELD_OUT if self.validation_fraction is None else self.validation_fraction
        rows, strata = np.arange(len(train.X)), self._strata(train.y)
        if strata is not None:  # every class on both sides, if there are enough of each
            counts, held_out = np.bincount(strata), int(np.ceil(fraction * len(rows)))
            if counts[counts > 0].min() < 2 or min(held_out, len(rows) - held_out) < (counts > 0).sum():
                strata = None
        try:
            sides = train_test_split(rows, test_size=fraction, random_state=rng, stratify=strata)
        except ValueError:
            raise ValueError(
                message(
                    f"{type(self).__name__}: too few examples to set some apart",
                    received=f"n_samples = {len(rows)}, validation_fraction={fraction:g}",
                    hint="early_stopping=False and validation_fraction=None, or fit(..., X_val=..., y_val=...)",
                )
            ) from None
        return train.take(sides[0]).balanced(), train.take(sides[1]).balanced()

    def _validation(self, X: Any, y: Any, train: Examples, found: Mapping[str, Any]) -> Examples:
        if X is None or y is None:
            raise ValueError(message(f"{type(self).__name__}.fit: X_val and y_val go together"))
        X, y = validate_data(self, X, y=y, reset=False, dtype=np.float32, allow_nd=True, **self._checks)
        self._check_shape(X, train.X.shape[1:])
        return Examples(X, self._encode(y, found), None)

    # ------------------------------------------------------------------ parts

    def _new_network(self, X: np.ndarray, n_outputs: int) -> tuple[gluon.Block, tuple[int, ...]]:
        """A network with parameters, in its context, and the shape of its outputs for an example."""
        ctx = parts.make_context(self.device)
        n_features = X.shape[1] if X.ndim > 1 else 1
        net = parts.make_network(self.module, self._options("module"), n_features, n_outputs)
        initializer = "Xavier" if self.initializer is None and self.module is None else self.initializer
        parts.prepare(net, initializer, self._options("initializer"), ctx)
        shape = parts.outputs_of(net, loop.array(X[:2].copy(), ctx))
        self._check_outputs(shape, n_outputs)
        if self.hybridize:
            net.hybridize()
        return net, shape

    def _new_trainer(self, net: gluon.Block) -> gluon.Trainer:
        optimizer = parts.make_optimizer(self.optimizer, self.lr, self._options("optimizer"))
        return gluon.Trainer(net.collect_params(), optimizer, kvstore=None)

    def _recipe(self) -> dict[str, Any]:
        """What the trainer is made from."""
        return {"optimizer": self.optimizer, "lr": self.lr, **self._options("optimizer")}

    def _same_trainer(self) -> gluon.Trainer:
        """The trainer of before with its momenta, or a new one if arguments of the optimiser have changed."""
        now, before = self._recipe(), self._trained_with
        if self.trainer_ is None or now.keys() != before.keys():
            return self._new_trainer(self.module_)
        changed = {name for name, value in now.items() if value is not before[name] and value != before[name]}
        if changed == {"lr"} and self.lr is not None and self.trainer_.optimizer.lr_scheduler is None:
            self.trainer_.set_learning_rate(self.lr)
        elif changed:
            return self._new_trainer(self.module_)
        return self.trainer_

    # ------------------------------------------------------------------ predicting

    def _outputs(self, X: Any) -> np.ndarray:
        """What the network gives for each example."""
        check_is_fitted(self, "module_")
        X = validate_data(self, X, reset=False, dtype=np.float32, allow_nd=True)
        self._check_shape(X, self._input_shape)
        return loop.forward(self.module_, X, self.batch_size)

    # ------------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: of a network on a GPU its weights on the CPU, so that any machine can load them."""
        state: dict[str, Any] = dict(super().__getstate__())
        net = state.get("module_")
        if net is not None and loop.context_of(net).device_type == "gpu":
            state["module_"], state["trainer_"] = copy.deepcopy(net), None
            state["module_"].collect_params().reset_ctx(mx.cpu())
        return state
