"""Gluon networks and MXNet's graphs as modules of PyTorch, and as their source text."""

from __future__ import annotations

import hashlib
import linecache
import sys
import threading
import types
from collections.abc import Sequence
from typing import Any

import torch

from glueball.torch.graphs import Model, model_of
from glueball.torch.operators import Special
from glueball.torch.writing import Text, written
from mxnet.base import message

__all__ = ["source", "to_module"]

_lock = threading.Lock()


def to_module(
    net: Any,
    *inputs: Any,
    params: Any = None,
    input_names: Sequence[str] | None = None,
    share: bool = False,
) -> torch.nn.Module:
    """A Gluon block or a symbol as a ``torch.nn.Module`` that computes the same.

    Its state dict has the names of the network's files: those of ``save_parameters`` for a block, those of the
    variables for a symbol. Parameters are ``nn.Parameter`` s (without gradient where ``grad_req='null'``), running
    statistics are buffers. It trains with ``torch.optim``, moves with ``.to()``, and passes through
    ``torch.export.export``. It begins in prediction mode, as networks of MXNet do; ``module.train()`` switches.

    Parameters
    ----------
    net : a block (any whose ``forward`` uses nothing but ``F`` and layers), or a `Symbol`.
    inputs : example inputs. Nested lists become one argument of ``forward`` for each array. They tell the shapes of
        parameters that wait for a first batch, and make the text simpler; a block that was hybridized and run, or
        that has one input, needs none. Before those of a symbol its params may stand.
    params : for a symbol, the values of its parameters by name: a dictionary of arrays, the path of a ``.params``
        file, or ``(arg_params, aux_params)``. More than the graph takes may be there.
    input_names : names of the arguments of ``forward``; for a symbol, which variables they are (by default those that
        have no value, without labels: a network that ends in ``SoftmaxOutput`` predicts).
    share : whether the parameters share memory with the network's: what a `gluon.Trainer` or ``torch.optim`` updates
        on one side is seen on the other. By default they are copies.

    Raises
    ------
    MXNetError : the network has no graph.
    RuntimeError : parameters are not initialised, or their shapes are not known.
    ValueError : params or input_names do not fit the graph, or example inputs the parameters.
    TypeError : ``net`` is neither a block nor a symbol.

    Differs from MXNet: running statistics move in the forward pass (in training mode), as in PyTorch, and not in the
    backward pass; `Dropout` draws from torch's generator; elements that are the largest or smallest together share the
    gradient of ``max`` and ``min``.

    >>> import torch
    >>> from glueball.torch import to_module
    >>> net = nn.HybridSequential()
    >>> net.add(nn.Dense(4, activation="relu"), nn.Dense(2))
    >>> net.initialize()
    >>> module = to_module(net, nd.ones((1, 3)))
    >>> module
    Network(
      (0): Linear(in_features=3, out_features=4, bias=True)
      (1): Linear(in_features=4, out_features=2, bias=True)
    )
    >>> list(module.state_dict())
    ['0.weight', '0.bias', '1.weight', '1.bias']
    >>> bool(np.allclose(module(torch.ones(1, 3)).detach(), net(nd.ones((1, 3))).asnumpy()))
    True
    """
    model = model_of("to_module", net, inputs, params, input_names, share)
    text = written(model)
    with torch.device("meta"):
        module: torch.nn.Module = class_of(text.code, text.name)()
    _fill(module, model, text, share)
    if text.specials:
        module.specials = {name: Special(each) for name, each in text.specials.items()}  # type: ignore[assignment]
    return module.eval()


def source(
    net: Any,
    *inputs: Any,
    params: Any = None,
    input_names: Sequence[str] | None = None,
    name: str | None = None,
    standalone: bool = True,
) -> str:
    """The Python text of what `to_module` makes: a class with ``__init__`` and ``forward``, layers in their places.

    The text imports torch alone. An instance takes ``to_module(...).state_dict()``, or the network's file as arrays by
    name. It is formatted as by ``ruff format``.

    Parameters
    ----------
    net, inputs, params, input_names : as for `to_module`.
    name : of the class; by default that of the block's class.
    standalone : False lets the text call what PyTorch has no function for through ``glueball.torch.call``.

    Raises
    ------
    NotImplementedError : an operator cannot be written in PyTorch alone; the message lists all of them.
    ValueError : name is no name of a class. Otherwise as `to_module`.

    >>> from glueball.torch import source
    >>> net = nn.Dense(2, in_units=3, activation="relu")
    >>> net.initialize()
    >>> print(source(net, nd.ones((1, 3))).partition("class ")[2])
    Dense(nn.Module):
        \"\"\"The Gluon network Dense, in PyTorch.\"\"\"
    <BLANKLINE>
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2, 3))
            self.bias = nn.Parameter(torch.zeros(2))
    <BLANKLINE>
        def forward(self, data: torch.Tensor) -> torch.Tensor:
            x = F.linear(data, self.weight, self.bias)
            return torch.relu(x)
    <BLANKLINE>
    """
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(
            message("source: name is that of a class", received=repr(name), hint='name="Network"')
        )
    model = model_of("source", net, inputs, params, input_names)
    text = written(model, name)
    if text.unwritten and (standalone or text.specials):
        kinds = text.unwritten
        raise NotImplementedError(
            message(
                f"source: PyTorch alone has no text for {', '.join(kinds)}",
                received=model.title,
                because="\n            ".join(f"{kind}: {reason}" for kind, reason in kinds.items()),
                hint="to_module(...), which calls Glueball for them"
                + ("" if text.specials else "; so does source(..., standalone=False)"),
            )
        )
    return text.code


def class_of(code: str, name: str) -> Any:
    """The class that a text defines, always the same for the same text; it stands in a module, as classes do."""
    module_name = f"glueball.torch.written_{hashlib.sha256(code.encode()).hexdigest()[:16]}"
    with _lock:
        if module_name not in sys.modules:
            module = types.ModuleType(module_name)
            filename = f"<{module_name}>"
            exec(compile(code, filename, "exec"), vars(module))
            linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
            vars(module)[name].__reduce__ = lambda self: (_restored, (code, name), self.__dict__)
            sys.modules[module_name] = module
    return getattr(sys.modules[module_name], name)


def _restored(code: str, name: str) -> Any:
    """An empty module for copies and pickles, which bring its state along."""
    made = class_of(code, name)
    return made.__new__(made)


def _fill(module: torch.nn.Module, model: Model, text: Text, share: bool) -> None:
    """Give a module the values of the network."""
    for stored in model.stored:
        tensor = stored.tensor if share else stored.tensor.clone()
        value: Any = tensor
        if not stored.is_buffer:
            learnt = stored.learnt and tensor.is_floating_point()
            value = torch.nn.Parameter(tensor, requires_grad=learnt)
        for name in stored.names:
            *path, leaf = text.tree.path(name)
            owner = module.get_submodule(".".join(path))
            (owner._buffers if stored.is_buffer else owner._parameters)[leaf] = value
