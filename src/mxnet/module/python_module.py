"""Modules that are written in Python: no graph, but arrays in and arrays out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import message
from ..context import cpu
from ..model import Arrays
from ..ndarray import NDArray
from .base_module import SGD, UNIFORM, BaseModule
from .descriptions import arrays_of, check_match, described, names_of

__all__ = ["PythonLossModule", "PythonModule"]

__getattr__ = _module_getattr(__name__)


class PythonModule(BaseModule):
    """Base of modules without parameters. One of your own overrides ``forward``, ``backward``, ``get_outputs``,

    ``get_input_grads`` and ``_compute_output_shapes``.

    Parameters
    ----------
    data_names, label_names, output_names : what goes in and comes out; None for no labels.
    logger : where to log: the module ``logging``, or a logger.
    """

    def __init__(
        self,
        data_names: Sequence[str],
        label_names: Sequence[str] | None,
        output_names: Sequence[str],
        logger: Any = logging,
    ) -> None:
        super().__init__(logger)
        self._data_names = names_of("data_names", data_names)
        self._label_names = None if label_names is None else names_of("label_names", label_names)
        self._output_names = names_of("output_names", output_names)
        self._data_shapes: Any = None
        self._label_shapes: Any = None
        self._output_shapes: Any = None

    @property
    def data_names(self) -> list[str]:
        """The names of the data."""
        return self._data_names

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self) -> Any:
        """The shapes of the data as `bind` got them."""
        return self._data_shapes

    @property
    def label_shapes(self) -> Any:
        """The shapes of the labels as `bind` got them."""
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        """Names and shapes of the outputs."""
        return self._output_shapes

    def get_params(self) -> tuple[Arrays, Arrays]:
        """No parameters and no states."""
        return {}, {}

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Nothing to do."""
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        force_init: bool = False,
    ) -> None:
        """Nothing to do."""
        self.optimizer_initialized = True

    def update(self) -> None:
        """Nothing to do."""

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last `forward`, if the module has labels."""
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise RuntimeError(message("PythonModule does not support presliced labels"))
        eval_metric.update_dict(
            dict(zip(self._label_names or (), labels, strict=False)),
            dict(zip(self._output_names, self.get_outputs(), strict=False)),
        )

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Take note of shapes; as often as they change.

        Raises ``AssertionError`` if there are other names, or a ``grad_req`` that is not ``'write'``.
        """
        if grad_req != "write":
            raise AssertionError(
                message("Python module only support write gradient", received=repr(grad_req))
            )
        for names, shapes, kind in (
            (self._data_names, data_shapes, "data"),
            (self._label_names or [], label_shapes or (), "label"),
        ):
            try:
                if kind == "data" or label_shapes is not None:
                    check_match(names, described(f"{kind}_shapes", shapes), kind, throw=True)
            except ValueError as error:
                raise AssertionError(str(error)) from None
        self._data_shapes, self._label_shapes = data_shapes, label_shapes
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def _compute_output_shapes(self) -> Any:
        """Names and shapes of the outputs: what a subclass overrides."""
        raise self._not_written("_compute_output_shapes")


class PythonLossModule(PythonModule):
    """A loss as the last of a `SequentialModule`: outputs are the scores that come in, gradients a function makes.

    Parameters
    ----------
    name : the output is called ``<name>_output``.
    data_names, label_names : one name each.
    logger : where to log: the module ``logging``, or a logger.
    grad_func : of scores and labels the gradient of the loss with respect to the scores.

    Raises
    ------
    AssertionError : not one name each, or ``grad_func`` is no function.

    >>> def softmax_cross_entropy(scores, labels):
    ...     return nd.softmax(scores) - nd.one_hot(labels, 3)
    >>> loss = mx.mod.PythonLossModule(grad_func=softmax_cross_entropy)
    >>> loss.bind([("data", (1, 3))], [("softmax_label", (1,))])
    >>> loss.init_params()
    >>> loss.forward(mx.io.DataBatch([nd.zeros((1, 3))], [nd.array([2])]), is_train=True)
    >>> loss.backward()
    >>> print(loss.get_input_grads()[0].asnumpy().round(2))
    [[ 0.33  0.33 -0.67]]
    """

    def __init__(
        self,
        name: str = "pyloss",
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] = ("softmax_label",),
        logger: Any = logging,
        grad_func: Callable[[NDArray, NDArray], Any] | None = None,
    ) -> None:
        super().__init__(data_names, label_names, [f"{name}_output"], logger)
        if len(self._data_names) != 1 or len(self._label_names or ()) != 1:
            raise AssertionError(
                message(
                    "PythonLossModule: one name for scores and one for labels",
                    received=f"data_names={list(data_names)}, label_names={list(label_names)}",
                )
            )
        if grad_func is not None and not callable(grad_func):
            raise AssertionError(
                message(
                    "PythonLossModule: grad_func is a function of scores and labels", received=repr(grad_func)
                )
            )
        self._name = name
        self._grad_func = grad_func
        self._scores: NDArray | None = None
        self._labels: NDArray | None = None
        self._scores_grad: NDArray | None = None

    def _compute_output_shapes(self) -> Any:
        return [(f"{self._name}_output", tuple(self._data_shapes[0][1]))]

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Keep the scores and, in training mode, the labels of a batch."""
        self._scores = arrays_of(data_batch, "data")[0]
        if self.for_training if is_train is None else is_train:
            labels = arrays_of(data_batch, "label")
            self._labels = labels[0] if labels else None

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The scores."""
        self._refuse_parts("get_outputs", merge_multi_context)
        return [self._scores]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradient of the scores.

        Raises
        ------
        AssertionError : there are gradients of outputs, but the output of a loss has none.
        NotImplementedError : there is no ``grad_func``, and no class that overrides `backward`.
        """
        if out_grads is not None:
            raise AssertionError(message("For a loss module, out_grads should be None"))
        if not self.for_training:
            raise AssertionError(message("re-bind with for_training=True to run backward"))
        if self._grad_func is None:
            raise self._not_written("backward")
        assert self._scores is not None, message("PythonLossModule.backward: forward a batch first")
        gradient = self._grad_func(self._scores, self._labels)  # type: ignore[arg-type]
        self._scores_grad = gradient if isinstance(gradient, NDArray) else nd.array(gradient, ctx=cpu())

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradient of the scores; see `backward`."""
        self._refuse_parts("get_input_grads", merge_multi_context)
        return [self._scores_grad]

    def _refuse_parts(self, what: str, merge_multi_context: bool) -> None:
        if not merge_multi_context:
            raise AssertionError(
                message(f"PythonLossModule.{what}: there is one context", hint="merge_multi_context=True")
            )

    def install_monitor(self, mon: Any) -> None:
        """There is nothing inside to look at.

        Differs from 1.9.1: it is no error, so that a whole `SequentialModule` can be monitored.
        """
