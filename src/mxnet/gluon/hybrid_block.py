"""Blocks written against ``F``, which may be ``nd`` or ``sym``."""

from __future__ import annotations

from typing import Any

from .. import ndarray as nd
from .. import tape
from .._surface import complete as _complete
from ..base import MXNetError, message
from ..context import ABSTRACT, current_context
from ..ndarray import NDArray
from .block import Block
from .inference import solve_children, solve_shapes
from .parameter import DeferredInitializationError

__all__ = ["HybridBlock"]

_state = tape.state


@_complete("mxnet.gluon.HybridBlock")
class HybridBlock(Block):
    """A block whose ``hybrid_forward(F, x, ..., **parameters)`` is handed its parameters' arrays by name.

    ``F`` is `mxnet.nd`. All children are HybridBlocks, too.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> class Scale(nn.HybridBlock):
    ...     def __init__(self, units, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = self.params.get("factor", shape=(units,), init="ones")
    ...     def hybrid_forward(self, F, x, factor):
    ...         return F.broadcast_mul(x, factor)
    >>> layer = Scale(3)
    >>> layer.initialize()
    >>> layer(nd.ones((2, 3))).shape
    (2, 3)
    """

    # of classes that were written before these were, and of those that override __init__ without calling ours
    _active = False
    _compilations = 0
    _op_hook: tuple[Any, bool] | None = None
    _ready: Any = None  # the short ways into programs, by mode
    _variant: Any = ()  # what else its graph depends on: a program is made for each value
    _programs: dict[Any, Any]

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._programs = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_programs": {}, "_ready": None}

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Make ``block`` a child; raises ``ValueError`` if it is no HybridBlock."""
        if isinstance(block, Block) and not isinstance(block, HybridBlock):
            raise ValueError(
                message(
                    "Children of HybridBlock must also be HybridBlock",
                    received=f"{block!r} of type {type(block)}",
                    hint="HybridSequential for a Sequential, HybridLambda for a Lambda; or derive from Block",
                )
            )
        super().register_child(block, name)

    def hybridize(
        self,
        active: bool = True,
        backend: str | None = None,
        clear: bool = True,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Run this block and its children as straight-line programs from now on. Results stay exactly the same.

        ``hybrid_forward`` is called with symbols once for each kind of input, and not again until the block changes:
        what it does besides (printing, drawing with NumPy) happens only then, as in 1.9.1. Arrays that it keeps on
        itself are those of the last call all the same. A block that looks at elements or shapes, or at what the call
        before has kept, has no program and runs as before. `program` shows what was made.

        Parameters
        ----------
        active : False runs call by call again.
        clear : forget the programs that there are.
        backend, static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size : accepted as in
            1.9.1; on a CPU they change nothing.

        >>> from mxnet import nd
        >>> from mxnet.gluon import nn
        >>> net = nn.Dense(2, in_units=3, activation="relu")
        >>> net.initialize()
        >>> net.hybridize()
        >>> net(nd.ones((1, 3))).shape
        (1, 2)
        """
        self._active = active
        self.__dict__["_ready"] = None
        if clear:
            self._programs = {}
            self._compilations = 0
        super().hybridize(
            active,
            backend=backend,
            clear=clear,
            static_alloc=static_alloc,
            static_shape=static_shape,
            inline_limit=inline_limit,
            forward_bulk_size=forward_bulk_size,
            backward_bulk_size=backward_bulk_size,
            **kwargs,
        )

    def _clear_cached_op(self) -> None:
        """Forget the programs of this block and of those around it: networks of GluonCV do when they change."""
        self._changed()

    @property
    def _in_format(self) -> Any:
        """How its inputs were nested (see `formats`) when a program was made last; None without one."""
        return self._formats()[0]

    @property
    def _out_format(self) -> Any:
        return self._formats()[1]

    def _formats(self) -> tuple[Any, Any]:
        from .formats import formats_of

        made = [(key, each) for key, each in self._programs.items() if each.program is not None]
        return formats_of(*made[-1]) if made else (None, None)

    def program(self) -> str:
        """The Python source of the newest program that `hybridize` made of this block, with the layer of each line.

        Raises ``RuntimeError`` if there is none.
        """
        from .tracing import source

        return source(self)

    def __call__(self, *args: Any) -> Any:
        """Run ``forward``, between the hooks."""
        functions = self._ready
        if functions is not None and args:
            function = functions[2 * _state.training + _state.recording]
            if function is not None:
                try:
                    result = function(*args)
                except MXNetError as error:
                    self._explain(error, args)
                    raise
                if result is not NotImplemented:
                    return result
        return super().__call__(*args)

    def forward(self, x: Any, *args: Any) -> Any:
        """Run ``hybrid_forward`` with the parameters of the inputs' context."""
        if type(x) is NDArray:
            ctx = x._ctx
        else:
            first = _first_array(x, args)
            if not isinstance(first, NDArray):
                return self._symbolic(x, *args)
            ctx = first._ctx
        if self._op_hook is not None and ctx is not ABSTRACT:
            (callback, also_inputs), self.__dict__["_op_hook"] = self._op_hook, None
            from .op_hooks import report

            try:
                result = self.forward(x, *args)
                report(self, ctx, (x, *args), callback, also_inputs)
            finally:
                self.__dict__["_op_hook"] = (callback, also_inputs)
                self.__dict__["_ready"] = None
            return result
        if self._active and ctx is not ABSTRACT:
            from . import tracing

            try:
                result = tracing.run(self, ctx, x, args)
            except DeferredInitializationError:  # the calls, one by one, say what the shapes are
                result = NotImplemented
            if result is not NotImplemented:
                return result
        try:
            params = {
                name: each._only if each._only_ctx is ctx else each.data(ctx)
                for name, each in self._reg_params.items()
            }
        except DeferredInitializationError:
            params = self._solved_params(ctx, x, args)
        now = current_context()
        if now is ctx or now == ctx:
            return self.hybrid_forward(nd, x, *args, **params)
        with ctx:
            return self.hybrid_forward(nd, x, *args, **params)

    def _symbolic(self, x: Any, *args: Any) -> Any:
        """Run ``hybrid_forward`` on symbols: a graph of what it computes."""
        from .. import symbol
        from ..name import Prefix

        params = {name: each.var() for name, each in self._reg_params.items()}
        with Prefix("" if self._empty_prefix else self.prefix):
            return self.hybrid_forward(symbol, x, *args, **params)

    def _as_called(self, inputs: tuple[Any, ...], variant: Any) -> tuple[Any, ...]:
        """What it was called with where these were the inputs of ``hybrid_forward``."""
        return inputs

    def register_op_hook(self, callback: Any, monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for the output of every call inside, after each forward.

        With ``monitor_all`` for the inputs of every call, too. All calls are computed once more for it: a tool for
        looking, not for training. Differs from 1.9.1, which hands over addresses instead of arrays, and byte strings.
        """
        self.__dict__["_op_hook"] = (callback, monitor_all)
        self.__dict__["_ready"] = None

    def infer_type(self, *args: Any) -> None:
        """Give the parameters the types that follow from the inputs'."""
        from ..symbol.infer_types import infer_type
        from .exporting import graph_of
        from .tracing import flattened

        graph = graph_of(self, *args)
        given = [each for each in flattened(args)[0] if each is not None]
        types = {str(var.name): each.dtype for var, each in zip(graph.inputs, given, strict=True)}
        for node in graph.parameters:
            node.attrs.pop("__dtype__", None)  # it is asked what they should be, not what they are
        kinds, _, changed = infer_type(graph.output, (), types, partial=True)
        names = [*graph.output.list_arguments(), *graph.output.list_auxiliary_states()]
        found = dict(zip(names, [*kinds, *changed], strict=True))
        for node, parameter in graph.parameters.items():
            parameter._var = None
            if found.get(node.name) is not None:
                parameter.dtype = found[node.name]

    def export(self, path: str, epoch: int = 0, remove_amp_cast: bool = True) -> tuple[str, str]:
        """Write the network as a graph and its parameters, which `SymbolBlock.imports` and `mod.Module` read.

        Parameters
        ----------
        path : what the names of the two files begin with: ``<path>-symbol.json`` and ``<path>-<epoch>.params``.
        epoch : a number for the second, written with four digits.
        remove_amp_cast : leave out the casts of automatic mixed precision.

        Returns
        -------
        The names of the two files.

        Raises
        ------
        RuntimeError : the network has not been run yet, so that its inputs and shapes are not known; or its
            ``hybrid_forward`` has no graph.
        """
        from .exporting import export

        return export(self, path, epoch, remove_amp_cast)

    def optimize_for(
        self,
        x: Any,
        *args: Any,
        backend: str | None = None,
        backend_opts: Any = None,
        clear: bool = True,
        **kwargs: Any,
    ) -> None:
        """Hybridize the network and run it once; backends change nothing here."""
        self.hybridize(True, backend=backend, clear=clear, **kwargs)
        self(x, *args)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the output with the functions of ``F``: what a class of your own overrides."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.hybrid_forward is not written",
                hint=f"class {type(self).__name__}(HybridBlock):  def hybrid_forward(self, F, x): ...",
            )
        )

    # ------------------------------------------------------------------ shapes that are not known yet

    def infer_shape(self, *args: Any) -> None:
        """Solve the unknown shapes of its parameters, and of its children's, from inputs.

        The rules are those of the operators that it calls. A layer whose shapes no operator can tell overrides
        this and sets ``self.weight.shape``.

        Raises ``ValueError`` if some remain unknown.
        """
        solve_shapes(self, args)
        solve_children(self, args)

    def _solved_params(self, ctx: Any, x: Any, args: tuple[Any, ...]) -> dict[str, Any]:
        """The arrays of parameters that waited for data: solve their shapes, fill them, look again."""
        for each in self._reg_params.values():
            if each._data is None and not each._deferred_init and ctx is not ABSTRACT:
                each.data(ctx)  # nobody initialised it: that is the error to report
        if type(self).infer_shape is HybridBlock.infer_shape:
            solve_shapes(self, (x, *args))  # the children solve their own when they run
        else:
            self.infer_shape(x, *args)
        if ctx is not ABSTRACT:
            for each in self.params.values():
                each._finish_deferred_init()
        return {name: each.data(ctx) for name, each in self._reg_params.items()}


def _first_array(x: Any, args: tuple[Any, ...]) -> Any:
    """The first array or symbol among the inputs, which may be nested in lists and tuples."""
    waiting = [x, *args]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, NDArray) or hasattr(each, "list_arguments"):
            return each
        if isinstance(each, (list, tuple)):
            waiting[:0] = each
    raise ValueError(
        message(
            "In HybridBlock, there must be one NDArray or one Symbol in the input. "
            "Please check the type of the args.",
            received=", ".join(type(each).__name__ for each in (x, *args)),
            hint="net(nd.array(x))",
        )
    )
