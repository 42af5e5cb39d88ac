"""The base of all layers and networks."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from .. import initializer
from .. import ndarray as nd
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, message
from ..context import ABSTRACT, Context
from .loading import load_arrays, read_named
from .naming import BlockScope, name_block
from .parameter import DeferredInitializationError, Parameter
from .parameter_dict import ParameterDict
from .utils import HookHandle, _indent

__all__ = ["Block"]

_absent = _module_getattr(__name__)
Hook = Callable[..., Any]


# Attributes of these types that are set to what they were are no change.
_PLAIN = frozenset({bool, int, float, str})


def _pattern(select: str) -> re.Pattern[str]:
    try:
        return re.compile(select)
    except re.error as error:
        hint = "." + select if select.startswith("*") else ".*weight"
        text = message(
            f"collect_params: {select!r} is no regular expression", because=str(error), hint=repr(hint)
        )
        raise re.error(text) from None


def _is_same(old: Any, new: Any) -> bool:
    if old is new:
        return True
    if type(old) is tuple and type(new) is tuple:
        return len(old) == len(new) and all(map(_is_same, old, new))
    return type(old) in _PLAIN and bool(old == new)


class _Changes:
    """How often any block was changed; a program that is older looks whether one of its own was."""

    count = 0


changes = _Changes()


def __getattr__(name: str) -> Any:
    if name == "HybridBlock":  # 1.9.1 has both in this module
        from .hybrid_block import HybridBlock

        return HybridBlock
    if name == "_flatten":
        from .formats import flatten

        return flatten
    return _absent(name)


@_complete("mxnet.gluon.Block")
class Block:
    """A layer, or a network of layers: parameters, children and a ``forward``.

    Blocks and parameters that become attributes are registered as children and parameters.

    Parameters
    ----------
    prefix : put in front of the names of its parameters and children; by default the class's name and a count.
    params : parameters to share: the ``params`` of another block of the same kind.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> class MLP(nn.Block):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.hidden = nn.Dense(4, activation="relu")
    ...         self.output = nn.Dense(2)
    ...     def forward(self, x):
    ...         return self.output(self.hidden(x))
    >>> net = MLP()
    >>> net
    MLP(
      (hidden): Dense(None -> 4, Activation(relu))
      (output): Dense(None -> 2, linear)
    )
    >>> net.initialize()
    >>> net(nd.ones((3, 5))).shape
    (3, 2)
    """

    # Attributes that what is computed does not depend on, and those that are kept of a call for the next one at most.
    _bookkeeping: frozenset[str] = frozenset()
    _scratch: frozenset[str] = frozenset()

    _version: int
    _children: OrderedDict[str, Block]
    _reg_params: dict[str, Parameter]

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        if not (prefix is None or isinstance(prefix, str)) or not (
            params is None or isinstance(params, ParameterDict)
        ):
            raise self._no_prefix(prefix, params)
        self._empty_prefix = prefix == ""
        self._prefix, self._params = name_block(prefix, params, self._alias())
        self._name = self._prefix.removesuffix("_")
        self._scope = BlockScope(self)
        self._children = OrderedDict()
        self._reg_params = {}
        self._forward_hooks: OrderedDict[int, Hook] = OrderedDict()
        self._forward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()

    def _no_prefix(self, prefix: Any, params: Any) -> TypeError:
        kind = type(self).__name__
        hint = "params=other.params" if prefix is None or isinstance(prefix, str) else "prefix='net_'"
        if callable(getattr(self, "add", None)):
            hint = f"net = {kind}(); net.add(...), for the blocks in it"
        return TypeError(
            message(
                f"{kind}: prefix is text, params are the parameters of another block",
                received=f"prefix={prefix!r:.40}, params={params!r:.40}",
                hint=hint,
            )
        )

    def _alias(self) -> str:
        """What its names are made of: the class's name in small letters."""
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        inside = "\n".join(
            f"  ({key}): {_indent(repr(block), 2)}"
            for key, block in self.__dict__.items()
            if isinstance(block, Block)
        )
        return f"{type(self).__name__}(\n{inside}\n)"

    def __setattr__(self, name: str, value: Any) -> None:
        existing = self.__dict__.get(name)
        if issubclass(type(existing), (Parameter, Block)) and not isinstance(value, type(existing)):
            raise TypeError(
                message(
                    f"Changing attribute type for {name} from {type(existing)} to {type(value)} is not allowed.",
                    hint="another name for the new value",
                )
            )
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            if "_reg_params" not in self.__dict__:
                raise self._not_made_yet("_reg_params")
            if name in self._reg_params:
                raise AssertionError(
                    message(
                        f"Overriding Parameter attribute {name} is not allowed.",
                        hint="to share parameters between blocks, give `params` when the block is made; "
                        "to change its elements, set_data",
                    )
                )
            self._reg_params[name] = value
        super().__setattr__(name, value)
        if not (_is_same(existing, value) or name in self._bookkeeping or name in self._scratch):
            self._changed()

    def _changed(self) -> None:
        """Note that what was compiled of this block (see `tracing`) may be out of date."""
        self.__dict__["_version"] = self.__dict__.get("_version", 0) + 1
        changes.count += 1

    # ------------------------------------------------------------------ what it is

    @property
    def prefix(self) -> str:
        """What its parameters' names begin with."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without its last underscore."""
        return self._name

    @property
    def params(self) -> ParameterDict:
        """Its own parameters, without those of its children (see `collect_params`)."""
        if "_params" not in self.__dict__:
            raise self._not_made_yet("_params")
        return self._params

    def name_scope(self) -> BlockScope:
        """Name the blocks that are made inside ``with self.name_scope():`` after this one.

        >>> from mxnet.gluon import nn
        >>> net = nn.Sequential(prefix="model_")
        >>> with net.name_scope():
        ...     net.add(nn.Dense(2, in_units=1))
        >>> list(net.collect_params())
        ['model_dense0_weight', 'model_dense0_bias']
        """
        return self._scope

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Its parameters and those of all its children.

        Parameters
        ----------
        select : a regular expression; only names that it matches from their start.

        >>> from mxnet.gluon import nn
        >>> list(nn.Dense(2, prefix="dense_").collect_params(".*weight"))
        ['dense_weight']
        """
        self._warn_of_hidden_blocks()
        found = ParameterDict(self._params.prefix)
        if select is None:
            found.update(self.params)
        else:
            pattern = _pattern(select)
            found._params.update((name, p) for name, p in self.params.items() if pattern.match(name))
        for child in self._children.values():
            found.update(child.collect_params(select=select))
        return found

    def _warn_of_hidden_blocks(self) -> None:
        """Blocks in a list or dictionary are not registered: nobody would ever train them."""
        children = {id(child) for child in self._children.values()}
        for name, value in self.__dict__.items():
            if not isinstance(value, (list, tuple, dict)) or name.startswith("__") or name == "_children":
                continue
            inside = value.values() if isinstance(value, dict) else value
            if any(isinstance(each, Block) and id(each) not in children for each in inside):
                warnings.warn(
                    f'"{type(self).__name__}.{name}" is an unregistered container with Blocks. Note that Blocks '
                    "inside the list, tuple or dict will not be registered automatically. Make sure to register "
                    "them using register_child() or switching to nn.Sequential/nn.HybridSequential instead.",
                    stacklevel=3,
                )

    # ------------------------------------------------------------------ children and hooks

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Make ``block`` a child, by default named after its number."""
        if not isinstance(block, Block):
            raise TypeError(
                message(
                    "a child of a block is a block",
                    received=f"{type(block).__name__} {block!r:.60}",
                    hint="nn.Lambda(function) makes a block of a function",
                )
            )
        if "_children" not in self.__dict__:
            raise self._not_made_yet("_children")
        self._children[str(len(self._children)) if name is None else name] = block
        self._changed()

    def _not_made_yet(self, name: str) -> AttributeError:
        kind = type(self).__name__
        return AttributeError(
            message(
                f"{kind!r} object has no attribute {name!r}",
                because="Block.__init__, which makes it, has not been called yet",
                hint=f"super().__init__(**kwargs) as the first line of {kind}.__init__",
            )
        )

    def register_forward_pre_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(block, inputs)`` before every forward; ``detach()`` the handle to stop that."""
        handle = HookHandle()
        handle.attach(self._forward_pre_hooks, hook)
        self._changed()
        return handle

    def register_forward_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(block, inputs, output)`` after every forward; ``detach()`` the handle to stop that."""
        handle = HookHandle()
        handle.attach(self._forward_hooks, hook)
        self._changed()
        return handle

    def apply(self, fn: Callable[[Block], Any]) -> Block:
        """Call ``fn`` with every block inside, children first, then with this one; returns this one."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    # ------------------------------------------------------------------ parameters

    def initialize(
        self,
        init: Any = None,
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Fill all parameters, now or (where a shape is not known) at the first forward.

        Parameters
        ----------
        init : for parameters without an initialiser of their own (weights); default ``Uniform(0.07)``.
        ctx : context or list of contexts; default the current one.
        verbose : log what is filled.
        force_reinit : also those that are filled already.
        """
        init = initializer.Uniform() if init is None else init
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Let the `HybridBlock` s inside run as fast as they can; results stay the same."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def cast(self, dtype: Any) -> None:
        """Change the type of all parameters (of ``BatchNorm`` only to what it can compute in)."""
        for child in self._children.values():
            child.cast(dtype)
        for parameter in self.params.values():
            parameter.cast(dtype)

    def save_parameters(self, filename: Any, deduplicate: bool = False) -> None:
        """Write all parameters to a file, by their place in the network (``0.weight``, ``output.bias``).

        Parameters
        ----------
        filename : path or binary file object; a path that ends in ``.safetensors`` is written in that format, any
            other in MXNet's own, which the real MXNet reads.
        deduplicate : write a shared parameter once only.

        Raises
        ------
        RuntimeError, DeferredInitializationError : a parameter has no elements yet.
        """
        parameters = self._collect_params_with_prefix()
        if deduplicate:
            names = {id(parameter): name for name, parameter in parameters.items()}
            parameters = {name: p for name, p in parameters.items() if names[id(p)] == name}
        nd.save(filename, {name: parameter._whole() for name, parameter in parameters.items()})

    def load_parameters(
        self,
        filename: Any,
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters that `save_parameters` or the real MXNet wrote. When it raises, nothing has changed.

        Parameters
        ----------
        filename : path, binary file object or bytes.
        ctx : where to put parameters that are not initialised yet; the CPU by default.
        allow_missing : whether the file may lack parameters, which are then left alone.
        ignore_extra : whether it may have others.
        cast_dtype : convert types that differ, to the network's (``dtype_source='current'``) or the file's
            (``'saved'``).

        Raises
        ------
        AssertionError : names are missing, or shapes or types differ; the message lists all of them.
        ValueError : the file has names that the network does not, and nothing else is wrong (``AssertionError`` where
            its names are full names, or those of a block without children).
        MXNetError : there is no such file, or it is broken.
        """
        arrays = read_named(filename, "load_parameters")
        extra_error: type[Exception] = ValueError
        if arrays and not any("." in name for name in arrays):
            # full names, as ParameterDict.save and 1.x before 1.3 write them; or a block without children
            parameters = self._legacy_names(arrays)
            extra_error = AssertionError
        else:
            parameters = self._collect_params_with_prefix()
        load_arrays(
            parameters,
            {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in arrays.items()},
            source=filename,
            ctx=ctx,
            allow_missing=allow_missing,
            ignore_extra=ignore_extra,
            cast_dtype=cast_dtype,
            dtype_source=dtype_source,
            extra_error=extra_error,
        )

    def _legacy_names(self, arrays: Any) -> dict[str, Parameter]:
        """Parameters by whichever form of their names a file without dots uses."""
        full = dict(self.collect_params().items())
        here = {name.removeprefix("arg:").removeprefix("aux:") for name in arrays}
        stripped = {name.removeprefix(self.prefix): parameter for name, parameter in full.items()}
        candidates = [self._collect_params_with_prefix(), stripped, full, self._reg_params]
        return max(candidates, key=lambda names: len(here & names.keys()))

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """Every parameter by its place in the network."""
        if prefix:
            prefix += "."
        found = {prefix + name: parameter for name, parameter in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def save(self, prefix: str) -> None:
        """Write the parameters to ``<prefix>-model.params`` and what the network is made of beside them.

        `load` on a network that was built in the same way reads them, whatever its blocks are called.
        """
        from .model_files import save

        save(self, prefix)

    def load(self, prefix: str) -> None:
        """Read what `save` wrote, here or in the real MXNet, into a network that was built in the same way.

        Raises
        ------
        MXNetError : there are no such files, or the network is another one. Nothing has changed then.
        """
        from .model_files import load

        load(self, prefix)

    def register_op_hook(self, callback: Any, monitor_all: bool = False) -> None:
        """Look at every call of the hybrid blocks inside; see `HybridBlock.register_op_hook`."""
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def save_params(self, filename: Any) -> None:
        """The old name of `save_parameters`, with full names in the file."""
        warnings.warn(
            "save_params is deprecated. Please use save_parameters.", DeprecationWarning, stacklevel=2
        )
        self.collect_params().save(filename, strip_prefix=self.prefix)

    def load_params(
        self, filename: Any, ctx: Any = None, allow_missing: bool = False, ignore_extra: bool = False
    ) -> None:
        """The old name of `load_parameters`."""
        warnings.warn(
            "load_params is deprecated. Please use load_parameters.", DeprecationWarning, stacklevel=2
        )
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    # ------------------------------------------------------------------ running

    def __call__(self, *args: Any) -> Any:
        """Run ``forward``, between the hooks."""
        try:
            if self._forward_pre_hooks or self._forward_hooks:
                return self._call_with_hooks(args)
            return self.forward(*args)
        except MXNetError as error:
            self._explain(error, args)
            raise

    def _call_with_hooks(self, args: tuple[Any, ...]) -> Any:
        if args and getattr(args[0], "_ctx", None) is ABSTRACT:  # a question about shapes, no forward pass
            return self.forward(*args)
        for hook in list(self._forward_pre_hooks.values()):
            hook(self, args)
        output = self.forward(*args)
        for hook in list(self._forward_hooks.values()):
            hook(self, args, output)
        return output

    def _explain(self, error: MXNetError, args: tuple[Any, ...]) -> None:
        """Say in an error which layer it comes from (the innermost counts) and what that layer suggests."""
        if error.layer is None and not isinstance(error, DeferredInitializationError):
            error.layer = self._name
            error.hint = self._hint(*args) or error.hint

    def _hint(self, *args: Any) -> str | None:
        """What to write instead, if the layer can tell from the inputs that made an operator fail."""
        return None

    def forward(self, *args: Any) -> Any:
        """Compute the output from the inputs: what a class of your own overrides."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.forward is not written",
                hint=f"class {type(self).__name__}(Block):  def forward(self, x): ...",
            )
        )

    def summary(self, *inputs: Any) -> None:
        """Print every layer with the shape of its output and its number of parameters, for these inputs.

        An input may be given by its shape, ``net.summary((1, 1, 28, 28))``: the table then says, too, how many
        parameters learn and how many products of weights a forward pass adds up.

        Differs from 1.9.1: parameters whose shapes were not known yet are made first, so that no row shows an
        abstract output.

        >>> from mxnet import nd
        >>> from mxnet.gluon import nn
        >>> layer = nn.Dense(2, in_units=3)
        >>> layer.initialize()
        >>> layer.summary(nd.ones((1, 3)))
        --------------------------------------------------------------------------------
                Layer (type)                                Output Shape         Param #
        ================================================================================
                       Input                                      (1, 3)               0
                     Dense-1                                      (1, 2)               8
        ================================================================================
        Parameters in forward computation graph, duplicate included
           Total params: 8
           Trainable params: 8
           Non-trainable params: 0
        Shared params in forward computation graph: 0
        Unique parameters in model: 8
        --------------------------------------------------------------------------------
        """
        from .summary import print_summary

        print_summary(self, inputs)
