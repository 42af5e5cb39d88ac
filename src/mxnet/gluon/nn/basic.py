"""Dense, Dropout, Flatten and Embedding."""

from __future__ import annotations

from math import prod
from typing import Any

from ...ndarray import NDArray
from ..hybrid_block import HybridBlock
from ..parameter import Parameter
from .activations import activation_layer

__all__ = ["Dense", "Dropout", "Embedding", "Flatten"]


class Dense(HybridBlock):
    """Fully connected layer: ``y = activation(x @ weight.T + bias)``.

    Shapes: x ``(batch, *)``, whose rows are flattened, or ``(*, in_units)`` without ``flatten``; y ``(batch, units)``
    or ``(*, units)``; weight ``(units, in_units)``; bias ``(units,)``.

    Parameters
    ----------
    units : outputs per row.
    activation : name of an activation function (see `Activation`); None for none.
    use_bias : whether a bias is added.
    flatten : whether all axes but the first make one row.
    dtype : type of the parameters.
    weight_initializer : by default that of ``initialize()``.
    bias_initializer : zeros by default.
    in_units : inputs per row; 0 infers it from the first x.

    Raises
    ------
    MXNetError : x does not have ``in_units`` features a row.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Dense(10)
    >>> layer.initialize()
    >>> layer(nd.ones((2, 784))).shape
    (2, 10)
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_units: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._units = units
        self._in_units = in_units
        self._flatten = flatten
        with self.name_scope():
            self.weight = self.params.get(
                "weight",
                shape=(units, in_units),
                init=weight_initializer,
                dtype=dtype,
                allow_deferred_init=True,
            )
            self.bias: Parameter | None
            if use_bias:
                self.bias = self.params.get(
                    "bias", shape=(units,), init=bias_initializer, dtype=dtype, allow_deferred_init=True
                )
            else:
                self.bias = None
            self.act = activation_layer(activation)

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Map each row of ``x``."""
        y = F.FullyConnected(
            x, weight, bias, num_hidden=self._units, no_bias=bias is None, flatten=self._flatten, name="fwd"
        )
        return y if self.act is None else self.act(y)

    def _hint(self, *args: Any) -> str | None:
        x, shape = args[0], self.weight.shape
        if isinstance(x, NDArray) and shape is not None and x.ndim:
            features = prod(x.shape[1:]) if self._flatten else x.shape[-1]
            if features != shape[1]:
                return (
                    f"nn.Dense({self._units}, in_units={features}), or leave in_units out to have it inferred"
                )
        return None

    def __repr__(self) -> str:
        units, in_units = self.weight.shape or (self._units, 0)
        return f"{type(self).__name__}({in_units or None} -> {units}, {self.act or 'linear'})"


class Dropout(HybridBlock):
    """In training mode sets elements to 0 with probability ``rate`` and divides the others by ``1 - rate``.

    Parameters
    ----------
    rate : the fraction that is dropped.
    axes : axes along which one decision is shared.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.Dropout(0.5)(nd.ones((3,))).asnumpy().tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rate = rate
        self._axes = axes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Drop in training mode, else copy."""
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """Rows of a table: ``y[i] = weight[x[i]]``.

    Shapes: x any, of whole numbers from 0 to ``input_dim - 1``; y x's with ``output_dim`` behind; weight
    ``(input_dim, output_dim)``.

    Parameters
    ----------
    input_dim, output_dim : rows and columns of the table.
    dtype : type of the table.
    weight_initializer : by default that of ``initialize()``.
    sparse_grad : accepted; gradients are dense.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.Embedding(10, 4)
    >>> layer.initialize()
    >>> layer(nd.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        sparse_grad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._input_dim, self._output_dim, self._dtype = input_dim, output_dim, dtype
        self._sparse_grad = sparse_grad
        with self.name_scope():
            self.weight = self.params.get(
                "weight",
                shape=(input_dim, output_dim),
                init=weight_initializer,
                dtype=dtype,
                allow_deferred_init=True,
            )

    def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:
        """Look up each element of ``x``."""
        return F.Embedding(
            x, weight, input_dim=self._input_dim, output_dim=self._output_dim, dtype=self._dtype, name="fwd"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._input_dim} -> {self._output_dim}, {self._dtype})"


class Flatten(HybridBlock):
    """All axes but the first become one: ``(batch, *)`` to ``(batch, features)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.Flatten()(nd.ones((2, 3, 4))).shape
    (2, 12)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Flatten each row."""
        return F.Flatten(x)

    def __repr__(self) -> str:
        return type(self).__name__
