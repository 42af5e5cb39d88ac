"""Activation functions as layers. All keep the shape of their input."""

from __future__ import annotations

from typing import Any

from ... import initializer
from ...base import message
from ..hybrid_block import HybridBlock

__all__ = ["ELU", "GELU", "SELU", "Activation", "LeakyReLU", "PReLU", "Swish"]


class Activation(HybridBlock):
    """An activation function by name: ``'relu'``, ``'sigmoid'``, ``'tanh'``, ``'softrelu'`` or ``'softsign'``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.Activation("relu")(nd.array([-1, 2])).asnumpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, activation: str, **kwargs: Any) -> None:
        self._act_type = activation
        super().__init__(**kwargs)

    def _alias(self) -> str:
        return self._act_type

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.Activation(x, act_type=self._act_type, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._act_type})"


class LeakyReLU(HybridBlock):
    """``x`` above 0, ``alpha * x`` below. Raises ``AssertionError`` for a negative ``alpha``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.LeakyReLU(0.5)(nd.array([-1, 2])).asnumpy().tolist()
    [-0.5, 2.0]
    """

    def __init__(self, alpha: float, **kwargs: Any) -> None:
        if alpha < 0:
            raise AssertionError(
                message("Slope coefficient for LeakyReLU must be no less than 0.", received=f"alpha={alpha}")
            )
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.LeakyReLU(x, act_type="leaky", slope=self._alpha, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._alpha})"


class PReLU(HybridBlock):
    """``x`` above 0, ``alpha * x`` below, where alpha is learned.

    Shapes: alpha ``(in_channels,)``: one for all, or one for each channel (axis 1 of x).

    Source: He et al., arXiv:1502.01852.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> layer = nn.PReLU()
    >>> layer.initialize()
    >>> layer(nd.array([[-1.0, 2.0]])).asnumpy().tolist()
    [[-0.25, 2.0]]
    """

    def __init__(self, alpha_initializer: Any = None, in_channels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        init = initializer.Constant(0.25) if alpha_initializer is None else alpha_initializer
        with self.name_scope():
            self.alpha = self.params.get("alpha", shape=(in_channels,), init=init)

    def hybrid_forward(self, F: Any, x: Any, alpha: Any) -> Any:
        """Apply the function to every element."""
        return F.LeakyReLU(x, gamma=alpha, act_type="prelu", name="fwd")


class ELU(HybridBlock):
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below.

    Source: Clevert et al., arXiv:1511.07289.
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.LeakyReLU(x, act_type="elu", slope=self._alpha)


class SELU(HybridBlock):
    """The self-normalising `ELU`, with its two fixed constants.

    Source: Klambauer et al., arXiv:1706.02515.
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.LeakyReLU(x, act_type="selu", name="fwd")


class GELU(HybridBlock):
    """``x * Phi(x)`` with Phi the distribution function of the standard normal.

    Source: Hendrycks and Gimpel, arXiv:1606.08415.
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return F.LeakyReLU(x, act_type="gelu", name="fwd")


class Swish(HybridBlock):
    """``x * sigmoid(beta * x)``.

    Source: Ramachandran et al., arXiv:1710.05941.
    """

    def __init__(self, beta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._beta = beta

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the function to every element."""
        return x * F.sigmoid(self._beta * x, name="fwd")


def activation_layer(activation: str | None) -> Activation | None:
    """The layer that another layer's ``activation=`` asks for, named after the function."""
    if activation is None:
        return None
    if not isinstance(activation, str):
        raise TypeError(
            message(
                "activation is the name of a function",
                received=f"{type(activation).__name__} {activation!r:.60}",
                hint="activation='relu', or the activation as a layer of its own behind this one",
            )
        )
    return Activation(activation, prefix=activation + "_")
