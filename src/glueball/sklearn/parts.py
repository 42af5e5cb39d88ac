"""From what an estimator's constructor was given to network, loss, optimiser and context."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mxnet as mx
from mxnet import autograd, gluon, init
from mxnet.base import message, nearest
from mxnet.context import Context
from mxnet.gluon import nn
from mxnet.ndarray import NDArray

__all__ = [
    "PREFIXES",
    "bring",
    "make_context",
    "make_loss",
    "make_network",
    "make_optimizer",
    "mlp",
    "outputs_of",
    "prepare",
]

PREFIXES = ("module", "loss", "optimizer", "initializer")
"""What constructor arguments with two underscores may begin with: ``optimizer__momentum``."""


def mlp(
    n_outputs: int, units: int | Sequence[int] = (100,), activation: str | None = "relu", dropout: float = 0.0
) -> nn.HybridSequential:
    """A multilayer perceptron: the network of an estimator that is given none.

    Shapes: x ``(batch, *)``, whose rows are flattened; y ``(batch, n_outputs)``.

    Parameters
    ----------
    n_outputs : numbers per row that come out.
    units : width of each hidden layer; ``()`` for none, which is a linear model.
    activation : name of the function behind each hidden layer.
    dropout : fraction of each hidden layer's outputs that is dropped in training.

    >>> from glueball.sklearn import mlp
    >>> mlp(3, units=(64, 32))
    HybridSequential(
      (0): Dense(None -> 64, Activation(relu))
      (1): Dense(None -> 32, Activation(relu))
      (2): Dense(None -> 3, linear)
    )
    """
    net = nn.HybridSequential()
    with net.name_scope():
        for width in (units,) if isinstance(units, int) else units:
            net.add(nn.Dense(width, activation=activation))
            if dropout:
                net.add(nn.Dropout(dropout))
        net.add(nn.Dense(n_outputs))
    return net


# ---------------------------------------------------------------------------------------------------- the network


def make_network(module: Any, options: Mapping[str, Any], n_features: int, n_outputs: int) -> gluon.Block:
    """A new network: a copy of a block, or what a callable makes.

    Parameters
    ----------
    module : block; a class or function that makes one; None for `mlp`.
    options : arguments for the callable. It is given ``n_features`` and ``n_outputs`` as well, if it has parameters
        of these names.
    """
    if isinstance(module, gluon.Block):
        if options:
            raise ValueError(
                _no_options("module", module, options, "the function or class that makes the block")
            )
        return copy.deepcopy(module)
    if not callable(module) and module is not None:
        raise TypeError(
            message(
                "module is a Gluon block, or a function or class that makes one",
                received=repr(module),
                hint="module=mlp, module=net, module=lambda n_outputs: nn.Dense(n_outputs)",
            )
        )
    maker: Callable[..., Any] = mlp if module is None else module
    known = {"n_features": n_features, "n_outputs": n_outputs}
    wanted = _parameters_of(maker)
    net = _call("module", maker, {**{name: known[name] for name in wanted if name in known}, **options})
    if not isinstance(net, gluon.Block):
        raise TypeError(
            message(
                "module made no Gluon block",
                received=f"{_name(maker)} returned {net!r:.60}",
                hint="return net",
            )
        )
    return net


def prepare(net: gluon.Block, initializer: Any, options: Mapping[str, Any], ctx: Context) -> None:
    """Fill the parameters that nobody has initialised, and have all of them in ``ctx``."""
    parameters = net.collect_params()
    new = [p for p in parameters.values() if p._data is None and not p._deferred_init]
    if new:
        filler = (
            init.Uniform() if initializer is None else _made("initializer", initializer, options, init.create)
        )
        if len(new) == len(parameters.keys()):
            net.initialize(filler, ctx=ctx)
        else:
            for parameter in new:
                parameter.initialize(None, ctx, filler)
    bring(net, ctx)


def bring(net: gluon.Block, ctx: Context) -> None:
    """Move the parameters that are elsewhere to ``ctx``."""
    for parameter in net.collect_params().values():
        if parameter.list_ctx() != [ctx]:
            parameter.reset_ctx(ctx)


def outputs_of(net: gluon.Block, rows: NDArray) -> tuple[int, ...]:
    """The shape of what the network makes of one example, by running it; this solves unknown shapes, too."""
    with autograd.pause():
        out = net(rows)
    if not isinstance(out, NDArray) or not out.shape or out.shape[0] != rows.shape[0]:
        given = f"{out.shape}" if isinstance(out, NDArray) else f"{type(out).__name__}"
        raise ValueError(
            message(
                "the network's output is one array with a row for each example",
                received=f"x {rows.shape}, output {given}",
                hint="a block whose forward(x) returns an array of shape (batch, outputs)",
            )
        )
    return out.shape[1:]


# --------------------------------------------------------------------------------------- loss, optimiser, context


def make_loss(loss: Any, options: Mapping[str, Any]) -> Callable[..., Any]:
    """The loss itself, from the name of a class in `gluon.loss`, a class, a block or a function of two arrays."""
    if isinstance(loss, type) and not issubclass(loss, gluon.Block):
        raise TypeError(_not_a_loss(loss))
    if not isinstance(loss, (str, type)) and not callable(loss):
        raise TypeError(_not_a_loss(loss))
    return _made("loss", loss, options, _named_loss)


def _named_loss(name: str) -> Any:
    known = [each for each in gluon.loss.__all__ if each not in ("Loss",)]
    if name not in known:
        close = nearest(name, known)
        raise ValueError(
            message(
                f"loss: gluon.loss has no {name!r}",
                because="it has " + ", ".join(known),
                hint=f"loss={close!r}" if close else None,
            )
        )
    return getattr(gluon.loss, name)


def _not_a_loss(loss: Any) -> str:
    return message(
        "loss is a name in gluon.loss, a loss or its class, or a function of predictions and labels",
        received=repr(loss),
        hint='loss="L1Loss", loss=gluon.loss.L1Loss(), loss=lambda pred, label: (pred - label) ** 2',
    )


def make_optimizer(optimizer: Any, lr: float | None, options: dict[str, Any]) -> mx.optimizer.Optimizer:
    """A new optimiser with learning rate ``lr`` (None: its own default, or that of its ``lr_scheduler``)."""
    if lr is not None and "learning_rate" in options:
        raise ValueError(
            message(
                "the learning rate is given twice",
                received=f"lr={lr!r}, optimizer__learning_rate={options['learning_rate']!r}",
                hint="lr alone",
            )
        )
    if isinstance(optimizer, mx.optimizer.Optimizer):
        if options:
            raise ValueError(_no_options("optimizer", optimizer, options, "the optimiser's name or class"))
        optimizer = copy.deepcopy(optimizer)
        if lr is not None:
            optimizer.set_learning_rate(lr)
        return optimizer
    options = copy.deepcopy(options)  # a learning rate scheduler counts
    if lr is not None:
        options["learning_rate"] = lr
    if isinstance(optimizer, type) and issubclass(optimizer, mx.optimizer.Optimizer):
        return _call("optimizer", optimizer, options)
    if not isinstance(optimizer, str):
        raise TypeError(
            message(
                "optimizer is a name, an optimiser or its class",
                received=repr(optimizer),
                hint='optimizer="sgd"',
            )
        )
    return mx.optimizer.create(optimizer, **options)


def make_context(device: Any) -> Context:
    """The context behind a context, ``'cpu'``, ``'gpu'``, ``'gpu:1'``, ``'auto'`` (a GPU if there is one) or None.

    Raises ``ValueError`` for another text, and ``MXNetError`` for a GPU that is not there.
    """
    if device is None:
        return mx.current_context()
    if isinstance(device, Context):
        ctx = device
    elif device == "auto":
        ctx = mx.gpu() if mx.context.num_gpus() else mx.cpu()
    else:
        kind, _, number = str(device).partition(":")
        if kind not in ("cpu", "gpu") or not (number.isdecimal() or number == ""):
            raise ValueError(
                message(
                    "device is a context or its name",
                    received=repr(device),
                    hint="device='cpu', 'gpu', 'gpu:1', 'auto' or mx.gpu(1)",
                )
            )
        ctx = Context(kind, int(number or 0))
    ctx.torch_device  # noqa: B018  an absent accelerator is found here
    return ctx


# ------------------------------------------------------------------------------------------------------- in common


def _made(what: str, given: Any, options: Mapping[str, Any], named: Callable[[str], Any]) -> Any:
    """``given`` itself, or what its class or name makes with ``options``."""
    if isinstance(given, str):
        given = named(given) if what == "loss" else getattr(init, given, None) or type(named(given))
    if isinstance(given, type):
        return _call(what, given, options)
    if options:
        raise ValueError(_no_options(what, given, options, f"the {what}'s name or class"))
    return given


def _call(what: str, maker: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """``maker(**options)``; options that it does not have are an error that names those it has."""
    try:
        inspect.signature(maker).bind(**options)
    except TypeError as error:
        has = ", ".join(_parameters_of(maker)) or "none"
        raise TypeError(
            message(
                f"{what}: {_name(maker)} does not take these arguments",
                received=", ".join(f"{name}={value!r}" for name, value in options.items()) or "none",
                because=f"{error}; it has {has}",
                hint=f"{what}__NAME=VALUE gives NAME=VALUE to it",
            )
        ) from None
    except ValueError:  # no signature is to be had
        pass
    return maker(**options)


def _parameters_of(maker: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(maker).parameters)
    except ValueError:
        return []


def _name(maker: Any) -> str:
    return getattr(maker, "__name__", None) or repr(maker)


def _no_options(what: str, given: Any, options: Mapping[str, Any], instead: str) -> str:
    return message(
        f"{what} is made already: it takes no arguments",
        received=f"{what}={type(given).__name__}(...), "
        + ", ".join(f"{what}__{k}={v!r}" for k, v in options.items()),
        hint=f"{what}= {instead}",
    )
