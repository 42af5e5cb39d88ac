"""``glueball convert``: networks as PyTorch source or ONNX, and files of arrays in another format.

What was written is run beside the original before it takes its name: a file that computes something else never
appears.
"""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glueball.settings import BadValueError, NotPossibleError
from mxnet import files
from mxnet.base import MXNetError, nearest
from mxnet.files import Array

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray
    from mxnet.symbol import Symbol

__all__ = ["convert_file", "difference", "read_shape"]

SEED = 0
ALLOWED = 1e-4  # relative difference of outputs
ALLOWED_HALF = 2e-2  # where they have 16 bits
_ENDINGS = {
    "torch": ".py",
    "onnx": ".onnx",
    "safetensors": ".safetensors",
    "params": ".params",
    "npz": ".npz",
}


def convert_file(
    source: Path,
    params: Path | None = None,
    *,
    to: str,
    out: Path | None = None,
    inputs: Sequence[str] = (),
    weights: str | None = None,
    overwrite: bool = False,
) -> int:
    """Write a network or arrays in another form, check the result and print what was done.

    Parameters
    ----------
    source : ``<name>-symbol.json``, or a file of arrays for a conversion of arrays alone.
    params : the file of its parameters, in any of the three formats.
    to : ``'torch'``, ``'onnx'``, ``'safetensors'``, ``'params'`` or ``'npz'``.
    out : the file to write; by default it lies beside the source and has its name.
    inputs : ``NAME=SHAPE`` for each input whose shape is not written in the graph.
    weights : for ``to='torch'`` the format of the weights beside the source text: ``'pt'`` or ``'safetensors'``.
    overwrite : replace files that are there.

    Returns
    -------
    The exit code, 0.

    Raises
    ------
    BadValueError : an argument is wrong.
    NotPossibleError : the conversion cannot be made, or the result differs by more than 1e-4 (16-bit floats: 2e-2)
        relative to the largest element of an output. Then no file is written or changed.
    """
    if params is not None and not _is_graph(source) and _is_graph(params):
        source, params = params, source
    for each in (source, params):
        if each is not None and each.suffix == ".onnx":
            raise BadValueError(
                f"{each} is an ONNX file, which is written here and not read; mxnet.contrib.onnx.import_model"
                f"({str(each)!r}) makes a graph and parameters of it, mxnet.model.save_checkpoint writes them"
            )
    graph, arrays = (source, params) if _is_graph(source) else (None, source)
    if to not in _ENDINGS:
        raise BadValueError(f"--to {to} is not known; known are {', '.join(_ENDINGS)}")
    if weights is not None and to != "torch":
        raise BadValueError(f"--weights goes with --to torch; --to {to} writes one file")
    if graph is None and params is not None:
        raise BadValueError(
            f"neither {source} nor {params} is a graph; give <name>-symbol.json and parameters"
        )
    if graph is None and to in ("torch", "onnx"):
        raise BadValueError(
            f"--to {to} needs the graph, too; {source} has arrays alone: "
            f"glueball convert <name>-symbol.json {source} --to {to}"
        )
    if arrays is None:
        raise BadValueError(f"{source} is a graph alone; give the file of its parameters after it")
    if inputs and to not in ("torch", "onnx"):
        raise BadValueError(f"--input goes with --to torch or onnx; --to {to} copies arrays")
    targets = _targets(graph, arrays, to, out, weights or "pt", overwrite)
    try:
        lines = _converted(graph, arrays, to, targets, inputs)
    except (BadValueError, NotPossibleError):
        raise
    except (MXNetError, RuntimeError, ValueError, TypeError) as error:
        raise NotPossibleError(str(error).removeprefix("glueball convert: ")) from error
    written = " and ".join(str(each) for each in targets)
    print(f"{' + '.join(str(each) for each in (graph, arrays) if each)} -> {written}")
    print("\n".join(f"  {line}" for line in lines))
    return 0


def read_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """The name and the shape of ``NAME=SHAPE``.

    >>> read_shape("data=1,3,224,224"), read_shape("x=(5, )"), read_shape("y=2x3")
    (('data', (1, 3, 224, 224)), ('x', (5,)), ('y', (2, 3)))
    """
    name, equals, lengths = text.rpartition("=")
    parts = lengths.strip().strip("()[]").replace("x", ",").split(",")
    numbers = [part.strip() for part in parts if part.strip()]
    if not equals or not name.strip() or not numbers or not all(each.isdecimal() for each in numbers):
        raise BadValueError(f"--input takes NAME=SHAPE such as data=1,3,224,224, not {text!r}")
    shape = tuple(map(int, numbers))
    if 0 in shape or prod(shape) > 2**31:
        raise BadValueError(f"--input {text}: lengths are at least 1, and all together at most 2^31")
    return name.strip(), shape


def difference(expected: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The largest absolute difference of two arrays, and that relative to the largest element of the first.

    Elements that are not finite must be the same.

    >>> import numpy as np
    >>> difference(np.array([1.0, 4.0]), np.array([1.5, 4.0]))
    (0.5, 0.125)
    >>> difference(np.array([1.0, np.nan]), np.array([np.nan, np.nan]))
    (inf, inf)
    """
    first, second = (each.astype(np.float64) for each in (expected, found))
    finite = np.isfinite(first)
    if first.shape != second.shape or not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        return np.inf, np.inf
    if not np.isfinite(second[finite]).all():
        return np.inf, np.inf
    absolute = float(np.abs(first[finite] - second[finite]).max(initial=0.0))
    largest = float(np.abs(first[finite]).max(initial=0.0))
    return absolute, absolute / largest if largest else (np.inf if absolute else 0.0)


# ---------------------------------------------------------------------- files


def _is_graph(path: Path) -> bool:
    """Whether a file is JSON; raises where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(64).lstrip().startswith(b"{")
    except OSError as error:
        raise BadValueError(f"cannot open {str(path)!r}: {error.strerror or error}") from None


def _targets(
    graph: Path | None, arrays: Path, to: str, out: Path | None, weights: str, overwrite: bool
) -> list[Path]:
    """The files that are to be written, which may be."""
    ending = _ENDINGS[to]
    if out is None:
        if graph is None or to not in ("torch", "onnx"):
            out = arrays.with_suffix(ending)
        else:
            stem = graph.name.removesuffix(".json").removesuffix("-symbol")
            if to == "torch":  # a name that can be imported
                stem = "".join(c if c.isalnum() else "_" for c in stem)
                stem = f"_{stem}" if stem[:1].isdigit() else stem
            out = graph.with_name(stem + ending)
    if out.is_dir():
        raise BadValueError(
            f"--out {out} is a folder; give the name of a file in it, such as {out / 'net'}{ending}"
        )
    if out.suffix != ending:
        raise BadValueError(f"--out {out} does not end in {ending}, as what --to {to} writes does")
    if not out.parent.is_dir():
        raise BadValueError(f"--out {out}: there is no folder {out.parent}")
    targets = [out, out.with_suffix(f".{weights}")] if to == "torch" else [out]
    sources = {each.resolve() for each in (graph, arrays) if each is not None}
    for target in targets:
        if target.resolve() in sources:
            raise BadValueError(f"{target} is the source; give another name with --out")
        if target.exists() and not overwrite:
            raise BadValueError(
                f"{target} is there already; --overwrite replaces it, --out gives another name"
            )
    return targets


def _converted(
    graph: Path | None, arrays: Path, to: str, targets: list[Path], inputs: Sequence[str]
) -> list[str]:
    """Write temporary files, compare them with the source, and only then give them their names."""
    if to in ("torch", "onnx"):
        assert graph is not None
        network = _network(graph, arrays, inputs)
        expected = _outputs(network)
    elif graph is not None:
        _check_names(_symbol(graph), _named(arrays), arrays)
    with ExitStack() as stack:
        temporary = [stack.enter_context(files.atomic_path(each)) for each in targets]
        if to == "torch":
            return _torch_written(network, expected, temporary, targets)
        if to == "onnx":
            return _onnx_written(network, expected, temporary[0])
        return _arrays_written(files.load(arrays), _ENDINGS[to], temporary[0])


# ---------------------------------------------------------------------- arrays


def _arrays_written(content: Any, ending: str, path: Path) -> list[str]:
    named = content.items() if isinstance(content, dict) else enumerate(content)
    absent = [str(name) for name, array in named if array is None]
    if absent:
        raise NotPossibleError(f"the file says that there is no array for {', '.join(absent[:8])}")
    files.save(path, content, format=ending)
    found = files.load(path)
    if not _same(content, found):
        raise NotPossibleError(
            f"the arrays in the {ending} file are not those of the source; nothing was written"
        )
    arrays = list(content.values() if isinstance(content, dict) else content)
    count = sum(prod(each.shape) for each in arrays)
    return [
        f"{len(arrays)} array{'s' * (len(arrays) != 1)}, {count:,} elements",
        "read back, they are the same to the last bit",
    ]


def _same(first: Any, second: Any) -> bool:
    if type(first) is not type(second) or len(first) != len(second):
        return False
    if isinstance(first, dict):  # formats order them as they like
        return first.keys() == second.keys() and all(_same_array(first[name], second[name]) for name in first)
    return all(_same_array(*pair) for pair in zip(first, second, strict=True))


def _same_array(first: Array, second: Array) -> bool:
    parts = [(first.data, second.data), *zip(first.aux, second.aux, strict=False)]
    return (first.dtype, first.shape, first.stype, len(first.aux)) == (
        second.dtype,
        second.shape,
        second.stype,
        len(second.aux),
    ) and all(one.tobytes() == other.tobytes() for one, other in parts)


# ---------------------------------------------------------------------- networks


class _Network(NamedTuple):
    """A graph with its parameters and a random value for each input."""

    symbol: Symbol
    params: dict[str, NDArray]
    inputs: dict[str, np.ndarray[Any, Any]]


def _symbol(path: Path) -> Symbol:
    from mxnet import symbol

    return symbol.load(str(path))


def _named(path: Path) -> dict[str, NDArray]:
    """Parameters by the names of variables."""
    from mxnet import ndarray as nd

    content = nd.load(str(path))
    if not isinstance(content, dict):
        if not content:  # of a network without parameters
            return {}
        raise NotPossibleError(
            f"the arrays in {path} have no names, by which a graph finds its parameters; "
            "save a dictionary, or use net.export"
        )
    return {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in content.items()}


def _check_names(symbol: Symbol, params: dict[str, NDArray], path: Path) -> None:
    """Raise where weights or statistics of the graph have no values."""
    from glueball.torch.graphs import learnt, listed

    missing = [node.name for node in learnt(symbol._entries) if node.name not in params]
    if missing:
        raise NotPossibleError(
            f"{path} lacks what the graph learns: {listed(missing)}; it holds {listed(list(params))}"
        )


def _network(graph: Path, arrays: Path, given: Sequence[str]) -> _Network:
    from glueball.torch.graphs import model_of
    from mxnet.symbol.graph import in_order
    from mxnet.symbol.infer_types import infer_type

    symbol, params = _symbol(graph), _named(arrays)
    _check_names(symbol, params, arrays)
    for node in in_order(symbol._entries):
        if node.op is not None and node.op.random and not node.op.training:
            raise NotPossibleError(
                f"the graph draws random numbers ({node.name}), so no two runs of it can be compared; "
                "draw them outside and make them an input"
            )
    model = model_of("glueball convert", symbol, (), params, None)
    names = [node.name for _, node in model.inputs]
    shapes = _shapes(symbol, names, params, given)
    arguments = symbol.list_arguments()
    known = {name: params[name].dtype for name in arguments if name in params}
    types = dict(zip(arguments, infer_type(symbol, (), known, partial=True)[0], strict=True))
    source = np.random.default_rng(SEED)
    inputs = {}
    for name in names:
        dtype = np.dtype(types.get(name) or np.float32)
        limit = _limit(symbol, name, params)
        values: np.ndarray[Any, Any]
        if limit is None and dtype.kind == "f":
            values = source.standard_normal(shapes[name])
        else:
            values = source.integers(0, limit or 2, shapes[name])
        inputs[name] = values.astype(dtype)
    return _Network(symbol, params, inputs)


def _shapes(
    symbol: Symbol, names: list[str], params: dict[str, NDArray], given: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """The shapes of the inputs: those given, else those written in the graph."""
    from mxnet.symbol.infer import shapes_of

    shapes: dict[str, tuple[int, ...]] = {}
    for text in given:
        name, shape = read_shape(text)
        if name not in names:
            close = nearest(name, names)
            why = "is a parameter" if name in params else "is no input of the graph"
            meant = f"; did you mean {close}?" if close else "."
            raise BadValueError(
                f"--input {text}: {name} {why}{meant} Inputs are {', '.join(names) or '(none)'}"
            )
        if name in shapes:
            raise BadValueError(f"--input gives {name} twice")
        shapes[name] = shape
    written = shapes_of(symbol._entries, {})[1]
    for name in names:
        shape = written.get(name)  # type: ignore[assignment]
        if name not in shapes and shape and 0 not in shape and None not in shape:
            shapes[name] = tuple(shape)
    unknown = [name for name in names if name not in shapes]
    if unknown:
        wanted = " ".join(f"--input {name}=1,3,224,224" for name in unknown)
        raise BadValueError(
            f"the shape of {', '.join(unknown)} is not written in the graph; give it, such as {wanted}"
        )
    return shapes


_INDICES = {
    "Embedding": 0,
    "_contrib_SparseEmbedding": 0,
    "take": 1,
    "one_hot": 0,
    "pick": 1,
    "batch_take": 1,
}
"""Inputs that count something, by operator: drawn at random, they must stay below a length."""


def _limit(symbol: Symbol, name: str, params: dict[str, NDArray]) -> int | None:
    """How many values an input may have, where calls use its elements as indices."""
    from mxnet.symbol.graph import in_order, options_of

    limits = []
    for node in in_order(symbol._entries):
        place = _INDICES.get(node.kind)
        if place is None or node.inputs[place].node.name != name:
            continue
        options = options_of(node)
        table = node.inputs[1 - place].node.name if len(node.inputs) > 1 else ""
        length = options.get("input_dim") or options.get("depth")
        limits.append(int(length) if length else params[table].shape[0] if table in params else 2)
    return min(limits, default=None)


def _outputs(network: _Network) -> list[np.ndarray[Any, Any]]:
    """What the graph computes in prediction mode."""
    from mxnet import context
    from mxnet import ndarray as nd
    from mxnet.symbol.infer import shapes_of

    symbol = network.symbol
    arrays = {name: nd.array(each, dtype=each.dtype) for name, each in network.inputs.items()}
    names = symbol.list_inputs()
    _, wanted = shapes_of(symbol._entries, {name: array.shape for name, array in arrays.items()})
    for name in names:
        shape = tuple(wanted.get(name) or ())
        known = bool(shape) and all(shape)
        if name in network.params:
            arrays[name] = network.params[name]
            if known and shape != arrays[name].shape:
                raise NotPossibleError(
                    f"{name} has the shape {arrays[name].shape}, where the graph on these inputs wants {shape}; "
                    "are the parameters those of the graph, and is --input right?"
                )
        elif name not in arrays:  # a label: predictions do not depend on it
            arrays[name] = nd.zeros(shape if known else (1,))
    states = symbol.list_auxiliary_states()
    bound = symbol.bind(
        context.cpu(),
        {name: arrays[name] for name in symbol.list_arguments()},
        grad_req="null",
        aux_states={name: arrays[name] for name in states},
    )
    return [each.asnumpy() for each in bound.forward(is_train=False)]


def _compared(expected: list[np.ndarray[Any, Any]], found: list[Any], network: _Network) -> list[str]:
    """Lines on how far the outputs of two forms lie apart; raises where that is too far."""
    if [each.shape for each in expected] != [each.shape for each in found]:
        raise NotPossibleError(
            f"the result has outputs {[each.shape for each in found]} instead of "
            f"{[each.shape for each in expected]}; nothing was written"
        )
    pairs = [difference(one, other) for one, other in zip(expected, found, strict=True)]
    absolute, relative = (max((pair[place] for pair in pairs), default=0.0) for place in (0, 1))
    half = any(each.dtype.itemsize < 4 and each.dtype.kind == "f" for each in expected)
    allowed = ALLOWED_HALF if half else ALLOWED
    said = f"largest difference {absolute:.2g} absolute, {relative:.2g} relative"
    if not relative <= allowed:
        raise NotPossibleError(
            f"the result computes something else: {said}, allowed is {allowed:g}; nothing was written"
        )
    shapes = ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in network.inputs.items())
    outputs = ", ".join(f"{each.shape} {each.dtype}" for each in expected)
    return [f"inputs:  {shapes or '(none)'}", f"outputs: {outputs}", f"{said} (random inputs, seed {SEED})"]


def _torch_written(
    network: _Network, expected: list[np.ndarray[Any, Any]], temporary: list[Path], targets: list[Path]
) -> list[str]:
    """Write the source text and the weights, and run them by themselves."""
    import safetensors.torch
    import torch

    from glueball.torch import source, to_module
    from mxnet import ndarray as nd

    (text_file, weights_file), (module, weights) = temporary, targets
    examples = [nd.array(each, dtype=each.dtype) for each in network.inputs.values()]
    text = source(network.symbol, *examples, params=network.params, name="Network")
    state = to_module(network.symbol, *examples, params=network.params).state_dict()
    text_file.write_bytes(text.encode("utf-8"))
    if weights.suffix == ".pt":
        torch.save(dict(state), weights_file)
        loaded = torch.load(weights_file, weights_only=True)
        loading = f'torch.load("{weights.name}", weights_only=True)'
    else:
        safetensors.torch.save_file({name: each.contiguous() for name, each in state.items()}, weights_file)
        loaded = safetensors.torch.load_file(weights_file)
        loading = f'safetensors.torch.load_file("{weights.name}")'
    try:
        net = runpy.run_path(str(text_file))["Network"]()
        net.load_state_dict(loaded)
        with torch.no_grad():
            found = net.eval()(*map(torch.from_numpy, network.inputs.values()))
    except Exception as error:  # anything can go wrong in a text
        raise NotPossibleError(
            f"the result does not run, so nothing was written: {type(error).__name__}: {str(error)[:300]}"
        ) from error
    outputs = [found] if isinstance(found, torch.Tensor) else found
    return [
        *_compared(expected, [each.numpy() for each in outputs], network),
        f"use it: from {module.stem} import Network; net = Network()",
        f"        net.load_state_dict({loading}); net.eval()",
    ]


def _onnx_written(network: _Network, expected: list[np.ndarray[Any, Any]], path: Path) -> list[str]:
    """Write the ONNX file, and run it where onnxruntime is installed."""
    from mxnet import onnx

    names = [name for name in network.symbol.list_inputs() if name in network.inputs]
    onnx.export_model(
        network.symbol,
        network.params,
        [network.inputs[name].shape for name in names],
        [network.inputs[name].dtype for name in names],
        onnx_file_path=path,
    )
    try:
        import onnxruntime
    except ImportError:
        return ["NOT compared with the original: onnxruntime is missing (pip install 'glueball[onnx]')"]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # its remarks on unused initializers help nobody here
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        found = session.run(None, {each.name: network.inputs[each.name] for each in session.get_inputs()})
    except Exception as error:  # onnxruntime's exceptions have no class in common
        raise NotPossibleError(
            f"onnxruntime cannot run the result, so nothing was written: {str(error)[:300]}"
        ) from error
    return _compared(expected, found, network)
