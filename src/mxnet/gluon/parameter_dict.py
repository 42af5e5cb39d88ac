"""The parameters of a block by name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np

from .. import initializer
from .. import ndarray as nd
from .._surface import complete as _complete
from ..base import message, nearest
from ..context import Context
from ..dtype import to_torch
from ..ndarray import NDArray
from .loading import load_arrays, read_named
from .parameter import Constant, Parameter

__all__ = ["ParameterDict"]


@_complete("mxnet.gluon.ParameterDict")
class ParameterDict:
    """Parameters by their full names, in the order they were made.

    Parameters
    ----------
    prefix : put in front of the names of new parameters.
    shared : another dictionary whose parameters are used where the names agree.

    >>> from mxnet import gluon
    >>> params = gluon.ParameterDict("net_")
    >>> params.get("weight", shape=(2, 3), dtype="float32")
    Parameter net_weight (shape=(2, 3), dtype=float32)
    >>> list(params)
    ['net_weight']
    """

    def __init__(self, prefix: str = "", shared: ParameterDict | None = None) -> None:
        self._prefix = prefix
        self._params: OrderedDict[str, Parameter] = OrderedDict()
        self._shared = shared

    def __repr__(self) -> str:
        name = self._prefix + " " if self._prefix else ""
        inside = "\n".join("  " + repr(parameter).replace("\n", "\n  ") for parameter in self.values())
        return f"{name}(\n{inside}\n)"

    def __getitem__(self, key: str) -> Parameter:
        try:
            return self._params[key]
        except KeyError:
            close = nearest(str(key), self._params)
            raise KeyError(f"{key}" + (f" (there is '{close}')" if close else "")) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __contains__(self, key: object) -> bool:
        return key in self._params

    def __len__(self) -> int:
        return len(self._params)

    def __bool__(self) -> bool:
        return True  # as in 1.9.1, whose dictionaries have no length

    def items(self) -> ItemsView[str, Parameter]:
        """Names and parameters."""
        return self._params.items()

    def keys(self) -> KeysView[str]:
        """Full names."""
        return self._params.keys()

    def values(self) -> ValuesView[Parameter]:
        """Parameters."""
        return self._params.values()

    @property
    def prefix(self) -> str:
        """What stands in front of the names of new parameters."""
        return self._prefix

    # ------------------------------------------------------------------ making

    def get(self, name: str, **kwargs: Any) -> Parameter:
        """The parameter ``prefix + name``, made with ``kwargs`` (see `Parameter`) if there is none yet.

        A shared dictionary is asked first. For one that is there already, unknown lengths of its shape are filled
        in and everything else must agree.

        Raises ``AssertionError`` where it does not.
        """
        name = self._prefix + name
        parameter = self._find(name)
        if parameter is None:
            parameter = self._params[name] = Parameter(name, **kwargs)
            return parameter
        for key, value in kwargs.items():
            stored = getattr(parameter, key, None)
            if stored is None:
                setattr(parameter, key, value)
            elif not _reconciled(parameter, key, value, stored):
                raise AssertionError(
                    message(
                        f"Cannot retrieve Parameter '{name}' because desired attribute does not match with stored "
                        f"for attribute '{key}': desired '{value}' vs stored '{stored}'."
                    )
                )
        return parameter

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """The constant ``prefix + name``, made from ``value`` if there is none yet.

        Raises ``KeyError`` if there is none and no value, ``AssertionError`` if what is there differs.
        """
        name = self._prefix + name
        parameter = self._find(name)
        if parameter is None:
            if value is None:
                raise KeyError(
                    f"No constant named '{name}'. Please specify value if you want to create a new constant."
                )
            made = self._params[name] = Constant(name, value)
            return made
        if not isinstance(parameter, Constant):
            raise AssertionError(f"Parameter '{name}' already exists but it is not a constant.")
        if value is not None:
            wanted = value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
            if wanted.shape != parameter.shape or not (wanted == parameter.value.asnumpy()).all():
                raise AssertionError(
                    message(f"Constant '{name}' already exists but it's value doesn't match new value")
                )
        return parameter

    def _find(self, name: str) -> Parameter | None:
        if name in self._params:
            return self._params[name]
        if self._shared is not None and name in self._shared._params:
            self._params[name] = self._shared._params[name]
            return self._params[name]
        return None

    def update(self, other: ParameterDict) -> None:
        """Take over the parameters of ``other``; two different ones of one name raise ``AssertionError``."""
        for name, parameter in other.items():
            if self._params.get(name, parameter) is not parameter:
                raise AssertionError(
                    message(
                        f"Cannot update self with other because they have different Parameters with the same "
                        f"name '{name}'",
                        hint="give the blocks different prefixes, or make them inside `with self.name_scope():`",
                    )
                )
        self._params.update(other.items())

    # ------------------------------------------------------------------ all of them at once

    def initialize(
        self,
        init: Any = None,
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialise every parameter; ``init`` (default ``Uniform(0.07)``) is for those without one of their own."""
        init = initializer.Uniform() if init is None else initializer.create(init)
        if verbose and hasattr(init, "set_verbosity"):
            init.set_verbosity(verbose=verbose)
        for parameter in self.values():
            parameter.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for parameter in self.values():
            parameter.zero_grad()

    def reset_ctx(self, ctx: Context | Sequence[Context]) -> None:
        """Move all parameters to other contexts."""
        for parameter in self.values():
            parameter.reset_ctx(ctx)

    def list_ctx(self) -> list[Context]:
        """Every context that some parameter lives in."""
        return list(dict.fromkeys(ctx for parameter in self.values() for ctx in parameter.list_ctx()))

    def setattr(self, name: str, value: Any) -> None:
        """Set one attribute of every parameter.

        >>> from mxnet.gluon import nn
        >>> layer = nn.Dense(2)
        >>> layer.collect_params().setattr("grad_req", "null")
        >>> layer.weight.grad_req
        'null'
        """
        for parameter in self.values():
            setattr(parameter, name, value)

    # ------------------------------------------------------------------ files

    def save(self, filename: Any, strip_prefix: str = "") -> None:
        """Write all parameters to a file, by their full names without ``strip_prefix``.

        Raises ``ValueError`` for a parameter whose name does not begin with it.
        """
        arrays = {}
        for parameter in self.values():
            if not parameter.name.startswith(strip_prefix):
                raise ValueError(
                    message(
                        f"Prefix '{strip_prefix}' is to be striped before saving, but Parameter's name "
                        f"'{parameter.name}' does not start with '{strip_prefix}'",
                        because="the block shares parameters of another, or a child was made outside name_scope()",
                        hint="save_parameters, which needs no prefixes",
                    )
                )
            arrays[parameter.name[len(strip_prefix) :]] = parameter._whole()
        nd.save(filename, arrays)

    def load(
        self,
        filename: Any,
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file whose names lack ``restore_prefix``; the rest as in `Block.load_parameters`."""
        self._load(
            read_named(filename, "ParameterDict.load"),
            restore_prefix,
            source=filename,
            own=True,
            ctx=ctx,
            allow_missing=allow_missing,
            ignore_extra=ignore_extra,
            cast_dtype=cast_dtype,
            dtype_source=dtype_source,
        )

    def load_dict(
        self,
        param_dict: Mapping[str, NDArray],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        filename: Any = None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Take parameters from a dictionary of arrays; arguments as in `load`."""
        self._load(
            param_dict,
            restore_prefix,
            source="the dictionary" if filename is None else filename,
            own=False,
            ctx=ctx,
            allow_missing=allow_missing,
            ignore_extra=ignore_extra,
            cast_dtype=cast_dtype,
            dtype_source=dtype_source,
        )

    def _load(self, param_dict: Mapping[str, NDArray], restore_prefix: str, **options: Any) -> None:
        """`load_arrays` for names without ``restore_prefix``."""
        self._check_prefix(restore_prefix)
        load_arrays(
            {name[len(restore_prefix) :]: parameter for name, parameter in self.items()},
            {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in param_dict.items()},
            extra_error=AssertionError,
            **options,
        )

    def _check_prefix(self, prefix: str) -> None:
        for name in self.keys():
            if not name.startswith(prefix):
                raise AssertionError(
                    message(
                        f"restore_prefix is '{prefix}' but Parameters name '{name}' does not start with '{prefix}'",
                        hint="save_parameters and load_parameters, which need no prefixes",
                    )
                )


def _reconciled(parameter: Parameter, key: str, wanted: Any, stored: Any) -> bool:
    """Whether what a caller wants and what the parameter has go together; unknown lengths learn from each other."""
    if key == "shape":
        wanted = (wanted,) if isinstance(wanted, int) else wanted
        if wanted is None:
            return True
        if len(wanted) != len(stored):
            return False
        if any(w > 0 and s > 0 and w != s for w, s in zip(wanted, stored, strict=True)):
            return False
        parameter._shape = tuple(w if w > 0 else s for w, s in zip(wanted, stored, strict=True))
        return True
    if key == "dtype":
        return wanted is None or to_torch(wanted) is to_torch(stored)
    return key == "init" or wanted is None or wanted == stored
