"""What a training consists of besides its weights, as plain data: random streams, metrics, samplers, gradients."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from .... import random as mx_random
from ....base import message
from ....context import Context
from ....metric import EvalMetric
from ....ndarray import NDArray
from ...data.sampler import BatchSampler, Sampler

__all__ = [
    "gradients_state",
    "metric_state",
    "pack",
    "random_state",
    "sampler_state",
    "set_gradients",
    "set_metric_state",
    "set_random_state",
    "set_sampler_state",
    "unpack",
]

# ------------------------------------------------------------------------------------------------ plain data


def pack(value: Any, arrays: dict[str, np.ndarray], where: str = "state") -> Any:
    """A value as what JSON can hold; its arrays go into ``arrays`` under new names.

    Raises ``TypeError`` for what is no plain data, saying where it is.

    >>> arrays = {}
    >>> pack({"best": 0.5, "weights": [np.ones(2)]}, arrays)
    {'dict': [['best', 0.5], ['weights', {'list': [{'numpy': 'array0'}]}]]}
    >>> unpack(_, arrays)["weights"]
    [array([1., 1.])]
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [pack(each, arrays, f"{where}[{index}]") for index, each in enumerate(value)]}
    if isinstance(value, Mapping):
        return {
            "dict": [
                [pack(key, arrays, where), pack(each, arrays, f"{where}[{key!r}]")]
                for key, each in value.items()
            ]
        }
    name = f"array{len(arrays)}"
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        arrays[name] = np.array(value)
        return {"numpy": name}
    if isinstance(value, (NDArray, torch.Tensor)):
        tensor = value._plain() if isinstance(value, NDArray) else value.detach()
        # as bytes: NumPy has no bfloat16
        arrays[name] = tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().copy()
        kind = "ndarray" if isinstance(value, NDArray) else "torch"
        place = (
            [value._ctx.device_type, value._ctx.device_id]
            if isinstance(value, NDArray)
            else str(value.device)
        )
        return {kind: [name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), place]}
    raise TypeError(
        message(
            "a checkpoint keeps numbers, text, None, arrays, and lists, tuples and dictionaries of such",
            received=f"{type(value).__name__} {value!r:.60} at {where}",
            hint="leave it out of state_names, or override state_dict and load_state_dict",
        )
    )


def unpack(outline: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value that `pack` was given."""
    if not isinstance(outline, dict):
        return outline
    ((kind, inside),) = outline.items()
    if kind == "list":
        return [unpack(each, arrays) for each in inside]
    if kind == "tuple":
        return tuple(unpack(each, arrays) for each in inside)
    if kind == "dict":
        return {unpack(key, arrays): unpack(each, arrays) for key, each in inside}
    if kind == "numpy":
        return arrays[inside]
    name, dtype, shape, place = inside
    tensor = torch.from_numpy(np.array(arrays[name])).view(getattr(torch, dtype)).reshape(shape)
    if kind == "torch":
        return tensor.to(place)
    context = Context(*place)
    return NDArray._wrap(tensor.to(context.torch_device), context)


# ------------------------------------------------------------------------------------------- random streams


def random_state(streams: Iterable[str] = ("mxnet", "numpy", "python", "torch")) -> dict[str, Any]:
    """The state of the global random streams: those of mx.random, NumPy, Python and PyTorch."""
    return {name: _READ[name]() for name in streams}


def set_random_state(state: Mapping[str, Any]) -> None:
    """Continue the streams from what `random_state` gave."""
    for name, value in state.items():
        _WRITE[name](value)


def _read_python() -> dict[str, Any]:
    version, words, gauss = random.getstate()
    return {"version": version, "words": np.array(words, np.uint32), "gauss": gauss}


def _write_python(state: Mapping[str, Any]) -> None:
    random.setstate((state["version"], tuple(state["words"].tolist()), state["gauss"]))


_READ = {
    "mxnet": mx_random.get_state,
    "numpy": lambda: np.random.get_state(legacy=False),
    "python": _read_python,
    "torch": lambda: torch.get_rng_state().numpy(),
}
_WRITE = {
    "mxnet": mx_random.set_state,
    "numpy": np.random.set_state,
    "python": _write_python,
    "torch": lambda state: torch.set_rng_state(torch.from_numpy(np.array(state))),
}


# ------------------------------------------------------------------------------------------------- samplers


def samplers_of(loader: Any) -> Iterator[Any]:
    """The samplers of a loader, from the one that makes batches inwards."""
    waiting, seen = [getattr(loader, "_batch_sampler", None)], set()
    while waiting:
        sampler = waiting.pop(0)
        if sampler is None or id(sampler) in seen:
            continue
        seen.add(id(sampler))
        yield sampler
        inside = vars(sampler).items() if hasattr(sampler, "__dict__") else ()
        waiting += [each for name, each in inside if isinstance(each, Sampler) or name == "_sampler"]


def sampler_state(loader: Any) -> list[Any]:
    """What the samplers of a loader remember from pass to pass, generators of their own included."""
    return [_remembered(sampler) for sampler in samplers_of(loader)]


def set_sampler_state(loader: Any, state: list[Any]) -> None:
    """Let the samplers of a loader continue from what `sampler_state` gave."""
    for sampler, values in zip(samplers_of(loader), state, strict=False):
        if hasattr(sampler, "load_state_dict"):
            sampler.load_state_dict(values)
            continue
        for name, value in values.items():
            held = getattr(sampler, name, None)
            if isinstance(held, np.random.Generator):
                held.bit_generator.state = value
            elif isinstance(held, np.random.RandomState):
                held.set_state(value)
            elif isinstance(held, random.Random):
                held.setstate((value[0], tuple(value[1].tolist()), value[2]))
            else:
                setattr(sampler, name, value)


def _remembered(sampler: Any) -> Any:
    if hasattr(sampler, "state_dict") and hasattr(sampler, "load_state_dict"):
        return sampler.state_dict()
    found: dict[str, Any] = {"_prev": list(sampler._prev)} if isinstance(sampler, BatchSampler) else {}
    for name, value in vars(sampler).items() if hasattr(sampler, "__dict__") else ():
        if isinstance(value, np.random.Generator):
            found[name] = value.bit_generator.state
        elif isinstance(value, np.random.RandomState):
            found[name] = value.get_state(legacy=False)
        elif isinstance(value, random.Random):
            version, words, gauss = value.getstate()
            found[name] = (version, np.array(words, np.uint32), gauss)
    return found


# -------------------------------------------------------------------------------------------------- metrics

_SETTINGS = ("name", "output_names", "label_names", "_kwargs", "_has_global_stats", "_waiting", "_doubts")


def metric_state(metric: EvalMetric) -> dict[str, Any]:
    """What a metric has accumulated: its attributes that are plain data."""
    metric.sum_metric, metric.num_inst  # noqa: B018  what waits on a device is added first
    found: dict[str, Any] = {}
    for name, value in vars(metric).items():
        if name in _SETTINGS:
            continue
        if isinstance(value, list) and value and all(isinstance(each, EvalMetric) for each in value):
            found[name] = [metric_state(each) for each in value]
        elif isinstance(value, EvalMetric):
            found[name] = metric_state(value)
        elif _is_plain(value):
            found[name] = value
    return found


def set_metric_state(metric: EvalMetric, state: Mapping[str, Any]) -> None:
    """Let a metric continue from what `metric_state` gave."""
    metric.reset()
    for name, value in state.items():
        held = getattr(metric, name, None)
        if isinstance(held, EvalMetric):
            set_metric_state(held, value)
        elif isinstance(held, list) and held and isinstance(held[0], EvalMetric):
            for each, inner in zip(held, value, strict=False):
                set_metric_state(each, inner)
        else:
            vars(metric)[name] = value


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, Mapping):
        return all(_is_plain(key) and _is_plain(each) for key, each in value.items())
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject
    return value is None or isinstance(value, (bool, int, float, str, np.generic, NDArray, torch.Tensor))


# ---------------------------------------------------------------------------- arrays that no file of weights has


def gradients_state(net: Any) -> dict[str, Any]:
    """Gradients that add up over batches, and arrays that differ from context to context.

    ``(gradients, fresh)`` by the parameter's place for each with ``grad_req='add'``; and the arrays of all contexts
    where they are not the same (running statistics).
    """
    found: dict[str, Any] = {"add": {}, "contexts": {}}
    for name, parameter in net._collect_params_with_prefix().items():
        if parameter._data is None:
            continue
        arrays = parameter.list_data()
        if parameter.grad_req == "add":
            found["add"][name] = (parameter.list_grad(), [bool(array._fresh_grad) for array in arrays])
        if len(arrays) > 1:
            first, *others = (array._plain().cpu() for array in arrays)
            if any(not torch.equal(first, other) for other in others):
                found["contexts"][name] = arrays
    return found


def set_gradients(net: Any, state: Mapping[str, Any]) -> None:
    """Put back what `gradients_state` gave."""
    parameters = net._collect_params_with_prefix()
    for name, (gradients, fresh) in state["add"].items():
        parameter = parameters.get(name)
        if parameter is None or parameter.grad_req != "add":
            continue
        for target, gradient in zip(parameter.list_grad(), gradients, strict=False):
            target[:] = gradient.as_in_context(target.context)
        for array, each in zip(parameter.list_data(), fresh, strict=False):
            array._fresh_grad = each
    for name, arrays in state["contexts"].items():
        if name in parameters:
            for target, array in zip(parameters[name].list_data(), arrays, strict=False):
                target[:] = array.as_in_context(target.context)
