"""The two estimators."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from glueball.sklearn.base import GluonEstimator
from glueball.sklearn.loop import Examples
from mxnet import gluon
from mxnet.base import message

__all__ = ["GluonClassifier", "GluonRegressor"]


class GluonClassifier(ClassifierMixin, GluonEstimator):
    """A classifier of scikit-learn around a Gluon network with an output for each class.

    The probabilities are the softmax of the outputs. With two classes the network may have a single output, whose
    sigmoid is the probability of the second one.

    Parameters
    ----------
    module : the network: a block, of which every fit trains a copy (from its weights, if it has been initialised); a
        function or class that makes one, called with the arguments ``module__...`` and, if it has parameters of these
        names, with ``n_features`` and ``n_outputs``; None for `mlp`.
    loss : what is minimised: the name of a class in ``gluon.loss``, such a class, a loss, or a function of outputs and
        labels with a number for each example; None for ``SoftmaxCrossEntropyLoss``, or
        ``SigmoidBinaryCrossEntropyLoss`` with a single output.
    optimizer : name, class or object.
    lr : learning rate; None for the optimiser's own, or that of ``optimizer__lr_scheduler``.
    initializer : what fills parameters that nobody has initialised: name, class or object; None for ``Xavier`` in the
        default network and ``Uniform(0.07)``, as ``net.initialize()`` has it, in others.
    batch_size : examples of one step.
    max_epochs : how often each example is seen.
    device : ``'cpu'``, ``'gpu'``, ``'gpu:1'``, ``'auto'`` (a GPU if there is one) or a context; None for the current
        context.
    random_state : a number or ``RandomState`` decides on initial weights, order of examples and dropout, and leaves
        ``mx.random`` and ``np.random`` as they were; None draws from these two.
    early_stopping : stop when the loss on held-out examples no longer falls, and go back to the weights with which it
        was lowest.
    validation_fraction : part of the examples to hold out; None for none, or for 0.1 with ``early_stopping``.
    n_iter_no_change : epochs in a row without a lower loss after which to stop early.
    tol : by how much it must be lower.
    warm_start : let ``fit`` go on with network, state of the optimiser and history of the fit before.
    hybridize : run the network compiled, which is faster and gives the same.
    callbacks : function of the estimator and the newest row of ``history_``, or a list of such functions, called after
        each epoch; one that returns True ends the training.
    verbose : print a line after each epoch.
    class_weight : weight of each class as a dictionary; ``'balanced'`` for ``n_samples / (n_classes * count)``.
    **kwargs : arguments for the parts: ``module__units=64``, ``optimizer__momentum=0.9``, ``loss__weight=2``,
        ``initializer__magnitude=2``.

    Attributes
    ----------
    classes_ : the labels, in the order of the outputs.
    module_, loss_, trainer_ : the trained network, its loss and its ``gluon.Trainer``.
    history_ : for each epoch a dictionary with ``epoch``, ``train_loss`` (the mean while it learned), ``seconds`` and,
        of held-out examples, ``valid_loss`` and ``valid_score``.
    n_iter_ : number of epochs.
    best_epoch_, best_loss_ : whose weights early stopping went back to.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn.

    >>> from sklearn.datasets import load_digits
    >>> from glueball.sklearn import GluonClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = GluonClassifier(module__units=(32, 16), max_epochs=10, random_state=0).fit(X / 16, y)
    >>> model.predict_proba(X[:2] / 16).shape
    (2, 10)
    >>> model.score(X / 16, y) > 0.9
    True
    """

    _target_attributes: ClassVar[tuple[str, ...]] = ("classes_",)

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
        class_weight: Any = None,
        **kwargs: Any,
    ) -> None:
        self.class_weight = class_weight
        super().__init__(
            module=module,
            loss=loss,
            optimizer=optimizer,
            lr=lr,
            initializer=initializer,
            batch_size=batch_size,
            max_epochs=max_epochs,
            device=device,
            random_state=random_state,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            hybridize=hybridize,
            callbacks=callbacks,
            verbose=verbose,
            **kwargs,
        )

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> GluonClassifier:
        """See each of these examples once, going on from where ``fit`` or ``partial_fit`` ended.

        Parameters
        ----------
        classes : all labels that there will ever be; needed in the first call, unless after ``fit``.
        X, y, sample_weight : see ``fit``. Nothing is held out.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                message(
                    f"{type(self).__name__}.partial_fit: class_weight='balanced' takes all examples at once",
                    hint="class_weight={label: weight, ...}, from compute_class_weight('balanced', ...)",
                )
            )
        known = getattr(self, "classes_", None)
        if known is None and classes is None:
            raise ValueError(
                message(
                    f"{type(self).__name__}: classes must be passed on the first call to partial_fit",
                    hint="partial_fit(X, y, classes=np.unique(all_labels))",
                )
            )
        wanted = None if classes is None else np.unique(classes)
        if known is not None and wanted is not None and not np.array_equal(known, wanted):
            raise ValueError(
                message(
                    f"{type(self).__name__}.partial_fit: other classes than before",
                    received=f"{wanted} instead of {known}",
                )
            )
        self._partial_fit(X, y, sample_weight, None if wanted is None else {"classes_": wanted})
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, ``(n_samples, n_classes)``."""
        outputs = self._outputs(X)
        if prod(self._output_shape) == 1:
            second = outputs.reshape(-1, 1)
            if not getattr(self.loss_, "_from_sigmoid", False):
                second = 0.5 * (1 + np.tanh(0.5 * second))  # the sigmoid, without overflow
            return np.concatenate([1 - second, second], axis=1)
        outputs = outputs - outputs.max(axis=1, keepdims=True)
        exponentials = np.exp(outputs)
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of the probability of each class, ``(n_samples, n_classes)``."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each example, ``(n_samples,)``."""
        outputs = self._outputs(X)
        return self.classes_[self._decide(outputs)]

    # ------------------------------------------------------------------ what the base asks

    def _learn_targets(self, y: np.ndarray) -> dict[str, Any]:
        check_classification_targets(y)
        return {"classes_": np.unique(y)}

    def _encode(self, y: np.ndarray, found: Mapping[str, Any]) -> np.ndarray:
        check_classification_targets(y)
        classes = found["classes_"]
        if len(classes) < 2:
            raise ValueError(
                message(
                    f"{type(self).__name__}: y has one class only, classification takes two at least",
                    received=f"classes {classes}",
                )
            )
        strange = np.setdiff1d(y, classes)
        if len(strange):
            raise ValueError(
                message(
                    f"{type(self).__name__}: y has labels that were not there before",
                    received=f"{strange} beside the classes {classes}",
                    hint="warm_start=False for a new network, or all classes in the first partial_fit",
                )
            )
        return np.searchsorted(classes, y)

    def _weigh_classes(self, targets: np.ndarray, found: Mapping[str, Any]) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        classes = found["classes_"]
        return compute_class_weight(self.class_weight, classes=classes, y=classes[targets])[targets]

    def _count_outputs(self, found: Mapping[str, Any]) -> int:
        return len(found["classes_"])

    def _check_outputs(self, shape: tuple[int, ...], wanted: int) -> None:
        if not (len(shape) == 1 and shape[0] == wanted) and not (wanted == 2 and prod(shape) == 1):
            super()._check_outputs(shape, wanted)

    def _default_loss(self, shape: tuple[int, ...]) -> type[gluon.loss.Loss]:
        return (
            gluon.loss.SigmoidBinaryCrossEntropyLoss
            if prod(shape) == 1
            else gluon.loss.SoftmaxCrossEntropyLoss
        )

    def _labels(self, targets: np.ndarray, shape: tuple[int, ...], loss: Any) -> np.ndarray:
        labels = targets.astype(np.float32)
        if prod(shape) > 1:
            return labels
        if isinstance(loss, gluon.loss.SoftmaxCrossEntropyLoss):
            raise ValueError(
                message(
                    f"{type(self).__name__}: softmax of a single output is always 1",
                    hint="two outputs, or loss='SigmoidBinaryCrossEntropyLoss'",
                )
            )
        signed = isinstance(loss, (gluon.loss.HingeLoss, gluon.loss.SquaredHingeLoss))
        if signed or getattr(loss, "_label_format", None) == "signed":
            labels = 2 * labels - 1
        return labels.reshape(-1, *shape)

    def _strata(self, targets: np.ndarray) -> np.ndarray:
        return targets

    def _decide(self, outputs: np.ndarray) -> np.ndarray:
        """The number of the most probable class."""
        if prod(self._output_shape) > 1:
            return outputs.argmax(axis=1)
        middle = 0.5 if getattr(self.loss_, "_from_sigmoid", False) else 0
        return (outputs.reshape(-1) > middle).astype(np.intp)

    def _rate(self, outputs: np.ndarray, examples: Examples) -> float:
        return float(accuracy_score(examples.y, self._decide(outputs), sample_weight=examples.weight))


class GluonRegressor(MultiOutputMixin, RegressorMixin, GluonEstimator):
    """A regressor of scikit-learn around a Gluon network with an output for each target.

    Predictions are the outputs as they are. Targets far from 0 and 1 are learned in few epochs only if they are scaled
    as well: ``sklearn.compose.TransformedTargetRegressor`` does that.

    Parameters
    ----------
    loss : as for `GluonClassifier`; None for ``L2Loss``.
    module, optimizer, lr, initializer, batch_size, max_epochs, device, random_state, early_stopping,
    validation_fraction, n_iter_no_change, tol, warm_start, hybridize, callbacks, verbose, **kwargs : see
        `GluonClassifier`, as for the attributes (``valid_score`` is R²).

    >>> from glueball.sklearn import GluonRegressor
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> y = X @ [2, -3.4] + 4.2
    >>> model = GluonRegressor(module__units=(), lr=0.1, random_state=0).fit(X, y)
    >>> print(model.module_[0].weight.data().asnumpy().round(2), model.predict([[1, 1]]).round(2))
    [[ 2.  -3.4]] [2.8]
    """

    _checks: ClassVar[Mapping[str, Any]] = {"multi_output": True, "y_numeric": True}
    _target_attributes: ClassVar[tuple[str, ...]] = ("_targets_shape",)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> GluonRegressor:
        """See each of these examples once, going on from where ``fit`` or ``partial_fit`` ended.

        Parameters
        ----------
        X, y, sample_weight : see ``fit``. Nothing is held out.
        """
        self._partial_fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The network's outputs, ``(n_samples,)`` or ``(n_samples, n_targets)`` as y was."""
        return self._outputs(X).reshape(-1, *self._targets_shape)

    # ------------------------------------------------------------------ what the base asks

    def _learn_targets(self, y: np.ndarray) -> dict[str, Any]:
        return {"_targets_shape": y.shape[1:]}

    def _encode(self, y: np.ndarray, found: Mapping[str, Any]) -> np.ndarray:
        shape, known = y.shape[1:], found["_targets_shape"]
        if shape != known:
            raise ValueError(
                message(
                    f"{type(self).__name__}: y has another shape than before",
                    received=f"{shape or 'a number'} instead of {known or 'a number'} for each example",
                )
            )
        return y.astype(np.float32)

    def _count_outputs(self, found: Mapping[str, Any]) -> int:
        return prod(found["_targets_shape"])

    def _default_loss(self, shape: tuple[int, ...]) -> type[gluon.loss.Loss]:
        return gluon.loss.L2Loss

    def _labels(self, targets: np.ndarray, shape: tuple[int, ...], loss: Any) -> np.ndarray:
        return targets.reshape(-1, *shape)

    def _rate(self, outputs: np.ndarray, examples: Examples) -> float:
        if len(outputs) < 2:  # R² compares with the mean of the others
            return float("nan")
        return float(r2_score(examples.y, outputs.reshape(examples.y.shape), sample_weight=examples.weight))
