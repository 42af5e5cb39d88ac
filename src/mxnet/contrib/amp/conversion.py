"""Trained networks in low precision: `convert_symbol`, `convert_model` and `convert_hybrid_block`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...base import MXNetError, message, nearest
from ...context import Context, gpu, num_gpus
from ...gluon import HybridBlock, SymbolBlock
from ...gluon.exporting import graph_of
from ...ndarray import NDArray
from ...symbol import Symbol, var
from ...symbol.graph import Entry, Node, in_order, leaves
from .policy import Policy, policy_of, target_of
from .rewriting import with_casts

if TYPE_CHECKING:
    from ...module import BucketingModule

__all__ = ["convert_bucketing_module", "convert_hybrid_block", "convert_model", "convert_symbol"]

_CODES = {"float32": "0", "float16": "2", "bfloat16": "12"}

Conditions = Sequence[tuple[str, str, Sequence[str]]]


def convert_symbol(
    sym: Symbol,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    data_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> Symbol:
    """The same graph in low precision, with casts where the type changes; its outputs are float32 again.

    Parameters
    ----------
    target_dtype : ``'float16'`` or ``'bfloat16'``.
    target_dtype_ops, fp32_ops, conditional_fp32_ops : as for `init`.
    excluded_sym_names : calls that stay in float32, by their names in the graph.
    data_names : the variables that are no parameters; the others get types then.
    cast_optional_params : parameters that only calls in low precision use get its type, instead of being cast there
        each time.

    Raises ``AssertionError`` for arguments of another kind, ``MXNetError`` for names that are not in the graph.

    Differs from 1.9.1: graphs that mix types where it has no rule are converted all the same; a parameter that calls in
    both types use is cast where 1.9.1 makes a graph that cannot be computed.

    >>> from mxnet import sym
    >>> from mxnet.contrib import amp
    >>> net = sym.softmax(sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc"), name="out")
    >>> [each for each in amp.convert_symbol(net, "bfloat16").get_internals().list_outputs() if "cast" in each]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['data_amp_cast_bfloat16_output', 'fc_weight_amp_cast_bfloat16_output', 'fc_bias_amp_cast_bfloat16_output',
     'fc_output_amp_cast_float32_output']
    """
    _check(isinstance(sym, Symbol), "First argument to convert_symbol should be Symbol", sym)
    policy = _policy(target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, "convert_symbol")
    return _converted(sym, policy, excluded_sym_names, data_names, cast_optional_params)


def _policy(target_dtype: Any, low: Any, full: Any, conditional: Any, caller: str) -> Policy:
    target = target_of(target_dtype, f"amp.{caller}")
    return policy_of(target, low, full, conditional, f"amp.{caller}", "target_dtype_ops")


def _converted(
    sym: Symbol, policy: Policy, excluded: Any, data_names: Sequence[str] | None, cast_optional_params: bool
) -> Symbol:
    excluded = [] if excluded is None else excluded
    _check(
        not isinstance(excluded, str) and all(isinstance(each, str) for each in excluded),
        "excluded_sym_names should be a list of strs",
        excluded,
    )
    calls = {node.name for node in in_order(sym._entries)}
    for name in excluded:
        if name not in calls:
            close = nearest(name, calls)
            warnings.warn(
                message(
                    f"amp.convert_symbol: the graph has no call {name!r}, which is to stay in float32",
                    received=f"excluded_sym_names={list(excluded)!r}"[:80],
                    hint=repr(close) if close else "sym.get_internals().list_outputs() shows the names",
                ),
                stacklevel=3,
            )
    made = with_casts(sym._entries, policy, frozenset(excluded))
    variables = leaves(made)[0]
    if data_names is not None:
        _check_inputs(data_names, [node.name for node in variables])
        for node in variables:
            if node.name not in data_names:
                node.attrs.setdefault("__dtype__", _CODES["float32"])
    if cast_optional_params:
        known = [
            node
            for node in variables
            if node.attrs.get("__dtype__") == _CODES["float32"] and node.name not in (data_names or ())
        ]
        made = _with_low_parameters(made, known, policy)
    return Symbol(made)


def _with_low_parameters(entries: list[Entry], parameters: list[Node], policy: Policy) -> list[Entry]:
    """Parameters that are nothing but cast get the type themselves, and their cast goes."""
    nodes = in_order(entries)
    users: dict[int, list[Node]] = {id(node): [] for node in parameters}
    for node in nodes:
        for source, _ in node.inputs:
            if id(source) in users:
                users[id(source)].append(node)
    for head, _ in entries:
        users.pop(id(head), None)
    gone: dict[int, Entry] = {}
    for node in parameters:
        casts = users.get(id(node), [])
        if casts and all(
            each.kind == "amp_cast" and each.attrs.get("dtype") == policy.target for each in casts
        ):
            node.attrs["__dtype__"] = _CODES[policy.target]
            gone.update((id(each), Entry(node)) for each in casts)
    for node in nodes:
        node.inputs = [gone.get(id(entry.node), entry) for entry in node.inputs]
    return [gone.get(id(entry.node), entry) for entry in entries]


def convert_model(
    sym: Symbol,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """A graph and its parameters in low precision; see `convert_symbol`.

    Parameters
    ----------
    arg_params, aux_params : the parameters by name, as `mx.model.load_checkpoint` returns them.

    Differs from 1.9.1: the dictionaries that are given stay as they are.
    """
    _check(isinstance(sym, Symbol), "First argument to convert_model should be Symbol", sym)
    for place, given in (("Second", arg_params), ("Third", aux_params)):
        _check(
            isinstance(given, Mapping),
            f"{place} argument to convert_model should be a dict of name to ndarray",
            given,
        )
    policy = _policy(target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, "convert_model")
    known = {*arg_params, *aux_params}
    data_names = [name for name in sym.list_inputs() if name not in known]
    made = _converted(sym, policy, excluded_sym_names, data_names, cast_optional_params)
    low = _low_names(made, policy)
    return made, _lowered(arg_params, low, policy), _lowered(aux_params, low, policy)


def convert_hybrid_block(
    block: HybridBlock,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    ctx: Context | Sequence[Context] | None = None,
    cast_optional_params: bool = False,
) -> SymbolBlock:
    """A trained network in low precision, as a block of its own with copies of the parameters.

    Parameters
    ----------
    block : hybridized, and run once.
    ctx : where the new block's parameters are. Differs from 1.9.1: by default the first GPU if there is one, and the
        context of the block's parameters otherwise.

    The others are those of `convert_symbol`.

    Raises
    ------
    AssertionError : ``block`` is no `HybridBlock`.
    RuntimeError : it has not been hybridized and run.

    >>> from mxnet.contrib import amp
    >>> net = nn.Dense(2, in_units=3)
    >>> net.initialize()
    >>> net.hybridize()
    >>> x = nd.ones((1, 3))
    >>> y = net(x)
    >>> low = amp.convert_hybrid_block(net, "bfloat16", ctx=mx.cpu())
    >>> abs(low(x) - y).max().asscalar().item() < 0.02
    True
    """
    if not isinstance(block, HybridBlock):
        raise AssertionError(
            message(
                "block input should be a HybridBlock",
                received=type(block).__name__,
                hint="HybridSequential in the place of Sequential",
            )
        )
    policy = _policy(target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, "convert_hybrid_block")
    if isinstance(block, SymbolBlock):
        inputs, output, parameters = block._inputs, block._graph, block._own
    else:
        graph = graph_of(block)
        inputs, output, parameters = graph.inputs, graph.output, graph.parameters
    names = [str(each.name) for each in inputs]
    made = _converted(
        output,
        policy,
        excluded_sym_names,
        [n for n in names if n in output.list_inputs()],
        cast_optional_params,
    )
    variables = {node.name: node for node in leaves(made._entries)[0]}
    low = _low_names(made, policy)
    new = SymbolBlock(made, [Symbol([Entry(variables[n])]) if n in variables else var(n) for n in names])
    for node, parameter in parameters.items():
        if node.name not in variables:
            continue
        mine = new._own[variables[node.name]]
        array = parameter._reduce()
        mine.grad_req = parameter.grad_req
        mine._load_init(array.astype(policy.target) if node.name in low else array, _contexts(ctx, parameter))
    return new


def _contexts(ctx: Any, parameter: Any) -> list[Context]:
    if ctx is None:
        return [gpu(0)] if num_gpus() else parameter.list_ctx()
    return [ctx] if isinstance(ctx, Context) else list(ctx)


def convert_bucketing_module(
    bucketing_mod: BucketingModule,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> BucketingModule:
    """A bucketing module whose buckets are converted as they are made, with the same parameters, not bound yet.

    The parameters are those of `convert_model`. Raises ``AssertionError`` for a module that is not bound.
    """
    from ...module import BucketingModule

    _check(isinstance(bucketing_mod, BucketingModule), "a BucketingModule is wanted", bucketing_mod)
    _check(bucketing_mod.binded, "Bucketing Module should not be empty", bucketing_mod)
    policy = _policy(
        target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, "convert_bucketing_module"
    )
    generate = bucketing_mod._sym_gen
    arg_params, aux_params = bucketing_mod.get_params()

    def generated(key: Any) -> tuple[Symbol, Sequence[str], Sequence[str]]:
        graph, data_names, label_names = generate(key)
        inputs = [name for name in graph.list_inputs() if name not in arg_params and name not in aux_params]
        return (
            _converted(graph, policy, excluded_sym_names, inputs, cast_optional_params),
            data_names,
            label_names,
        )

    low = _low_names(generated(bucketing_mod._default_bucket_key)[0], policy)
    return BucketingModule.load_dict(
        None,
        generated,
        bucketing_mod._default_bucket_key,
        _lowered(arg_params, low, policy),
        _lowered(aux_params, low, policy),
        **bucketing_mod._options,
    )


def _low_names(sym: Symbol, policy: Policy) -> set[str]:
    """The parameters that have the low precision themselves."""
    code = _CODES[policy.target]
    return {node.name for node in leaves(sym._entries)[0] if node.attrs.get("__dtype__") == code}


def _lowered(params: Mapping[str, NDArray], low: set[str], policy: Policy) -> dict[str, NDArray]:
    return {name: each.astype(policy.target) if name in low else each for name, each in params.items()}


def _check(holds: bool, what: str, received: Any) -> None:
    if not holds:
        raise AssertionError(message(what, received=f"{type(received).__name__} {received!r}"[:80]))


def _check_inputs(names: Sequence[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            close = nearest(name, known)
            raise MXNetError(
                f"amp.convert_symbol: the graph has no input {name!r}",
                received=f"data_names={list(names)!r}"[:80],
                because="its variables are " + ", ".join(known[:12]) + (", ..." if len(known) > 12 else ""),
                hint=f"{close!r}" if close else None,
            )
