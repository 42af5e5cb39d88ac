"""What `check_block` checks: a function for each, whose docstring is the sentence that errors show."""

from __future__ import annotations

import copy
import pickle
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import autograd, initializer
from .. import ndarray as nd
from ..base import MXNetError
from ..context import cpu
from ..gluon import Trainer
from ..ndarray import NDArray
from .block_trial import Failure, Trial, compare, flat, is_reached, learned, restore, size_of, values_of

__all__ = ["CHECKS"]


def _builds(trial: Trial) -> None:
    """Its parameters have names of their own, and blocks in lists are registered."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        block = trial.fresh()
        parameters = block.collect_params()
    for warning in caught:
        if "unregistered container" in str(warning.message):
            raise Failure(
                str(warning.message).split(" Note that")[0],
                "nn.Sequential or nn.HybridSequential in the place of the list, or self.register_child(each)",
            )
    for name, parameter in parameters.items():
        if parameter.name != name:
            raise Failure(f"parameter {parameter.name!r} is listed as {name!r}")
    by_place = {id(p) for p in block._collect_params_with_prefix().values()}
    for name, parameter in parameters.items():
        if id(parameter) not in by_place:
            raise Failure(
                f"parameter {name!r} is no attribute of its block, so that it is not saved",
                "self.weight = self.params.get('weight', ...)",
            )


def _prints(trial: Trial) -> None:
    """Its ``repr`` is a text."""
    if not repr(trial.fresh()).strip():
        raise Failure("it is empty", "return type(self).__name__ and what the block was made with")


def _infers(trial: Trial) -> None:
    """One forward pass shows the shapes of all parameters."""
    block = trial.ready()
    for name, parameter in block.collect_params().items():
        if parameter._data is None:
            raise Failure(
                f"{name!r} still has the unknown shape {parameter.shape}",
                "its whole shape when it is made, or a forward pass that uses it",
            )


def _runs(trial: Trial) -> None:
    """Predictions are finite arrays, the same every time, and leave the inputs alone."""
    block = trial.ready()
    inputs = trial.inputs()
    before = [each.asnumpy() for each in flat(inputs)]
    first = [y.asnumpy() for y in trial.run(block, inputs)]
    for place, (array, old) in enumerate(zip(flat(inputs), before, strict=True)):
        if not np.array_equal(array.asnumpy(), old, equal_nan=True):
            raise Failure(f"input {place} has changed", "compute with copies: x = x + 1, not x += 1")
    if not all(np.isfinite(y).all() for y in first):
        raise Failure("an output has elements that are infinite or no numbers")
    hint = "keep nothing between calls; random numbers come from mx.random, which is seeded here"
    compare(trial.predict(block), first, "the second prediction from the same inputs", hint=hint)


def _differentiates(trial: Trial) -> None:
    """A finite gradient reaches every parameter that is learned."""
    block = trial.ready()
    trial.differentiate(block, trial.inputs())
    for parameter in learned(block):
        if not is_reached(parameter):
            raise Failure(
                f"no gradient reaches {parameter.name!r}",
                "use it in the forward pass; grad_req='null' where it is not learned",
            )
        if not np.isfinite(parameter.grad().asnumpy()).all():
            raise Failure(f"the gradient of {parameter.name!r} is infinite or no number")


def _gradients(trial: Trial) -> None:
    """Gradients are those that finite differences give in float64."""
    block, inputs = trial.ready("float64"), trial.inputs("float64")
    values = values_of(block)
    trial.differentiate(block, inputs)
    restore(block, values)
    source = np.random.RandomState(trial.seed + 2)
    places = {p.name: (p.data(), p.grad()) for p in learned(block) if is_reached(p)}
    places |= {f"input {i}": (x, x.grad) for i, x in enumerate(trial.variables(inputs))}  # type: ignore[misc]
    for name, (array, gradient) in places.items():
        base, direction = array.asnumpy(), source.standard_normal(array.shape)
        direction /= max(float(np.linalg.norm(direction)), 1e-30)
        ours = float((gradient.asnumpy() * direction).sum())

        def value(way: np.ndarray, array: NDArray = array, base: np.ndarray = base) -> float:
            array[:] = nd.array(base + way, dtype="float64")
            with autograd.train_mode():
                return float(trial.value(block, inputs).asscalar())

        for step in (1e-6, 1e-8):  # a short way has fewer digits and crosses fewer kinks
            ahead, behind = value(step * direction), value(-step * direction)
            slope, digits = (ahead - behind) / (2 * step), 1e-15 * max(abs(ahead), abs(behind), 1.0) / step
            if abs(slope - ours) <= max(trial.atol, digits) + trial.rtol * max(abs(slope), abs(ours)):
                break
        else:
            raise Failure(
                f"along a random direction of {name}, backward gives {ours:.6g}, finite differences {slope:.6g}",
                "where the function has kinks or its gradient is another on purpose: skip=['gradients']",
            )
        array[:] = nd.array(base, dtype="float64")


def _trains(trial: Trial) -> None:
    """A step of a Trainer changes what has a gradient, and nothing becomes infinite."""
    block = trial.ready()
    trial.differentiate(block, trial.inputs())
    parameters = [p for p in learned(block) if is_reached(p)]
    trainer = Trainer(block.collect_params(), "sgd", {"learning_rate": 0.01})
    before = [p.data().asnumpy() for p in parameters]
    gradients = [p.grad().asnumpy() for p in parameters]
    trainer.step(1, ignore_stale_grad=True)
    for parameter, old, gradient in zip(parameters, before, gradients, strict=True):
        new = parameter.data().asnumpy()
        moves = parameter.lr_mult != 0 and np.abs(np.nan_to_num(gradient)).max(initial=0) > 1e-3
        if moves and np.array_equal(new, old):
            raise Failure(f"{parameter.name!r} has a gradient and stays as it was")
    if not all(np.isfinite(y).all() for y in trial.predict(block)):
        raise Failure("outputs are infinite or no numbers after one step with learning rate 0.01")


def _casts(trial: Trial) -> None:
    """It computes in float64 and float16, and comes back."""
    block = trial.ready()
    expected = trial.predict(block)
    scale = max(map(size_of, expected), default=0.0)
    for dtype, rtol, atol in (("float64", trial.rtol, trial.atol), ("float16", 0.03, 0.03 * scale + 1e-3)):
        block.cast(dtype)
        try:
            outputs = trial.predict(block, dtype)
        except MXNetError as error:
            if "not implemented for 'Half'" in str(error):
                outputs = expected  # PyTorch has no such kernel on this device
            else:
                raise Failure(
                    f"in {dtype}: {error}".replace("\n", "\n            "),
                    "make arrays in the forward pass of the type of x, such as F.zeros_like(x)",
                ) from error
        for y, e in zip(outputs, expected, strict=True):
            if outputs is not expected and e.dtype == np.float32 and y.dtype != np.dtype(dtype):
                raise Failure(f"after cast('{dtype}') an output is {y.dtype}")
        compare(outputs, expected, f"cast('{dtype}')", rtol, atol)
        block.cast("float32")
        again = trial.predict(block)
        if [y.dtype for y in again] != [e.dtype for e in expected]:
            raise Failure(f"after cast('{dtype}') and cast('float32') an output is {again[0].dtype}")
        compare(again, expected, f"cast('{dtype}') and back", rtol, atol)


def _saves(trial: Trial) -> None:
    """Saved and loaded, it computes the same."""
    block = trial.ready()
    expected = trial.predict(block)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "block.params")
        block.save_parameters(path)
        other = trial.fresh()
        for parameter in other.collect_params().values():  # one that the file lacks must show
            parameter.initialize(initializer.Constant(0.123), ctx=trial.ctx, force_reinit=True)
        other.load_parameters(path)
    hint = (
        "weights are parameters: self.weight = self.params.get('weight', ...), or get_constant for fixed ones"
    )
    compare(trial.predict(other), expected, "what was loaded", hint=hint)


def _copies(trial: Trial) -> None:
    """A deepcopy computes the same, and training it leaves the original alone."""
    block = trial.ready()
    expected = trial.predict(block)
    other = copy.deepcopy(block)
    compare(trial.predict(other), expected, "the copy")
    for parameter in other.collect_params().values():
        parameter.set_data(parameter.data() + 1)
    compare(trial.predict(block), expected, "the original, after the copy's parameters changed,")


def _pickles(trial: Trial) -> None:
    """Unpickled it computes the same, if Python can pickle it."""
    block = trial.ready()
    try:
        data = pickle.dumps(block)
    except (pickle.PicklingError, AttributeError, TypeError):
        return  # a function without a name in a module, such as a lambda
    compare(trial.predict(pickle.loads(data)), trial.predict(block), "the unpickled block")


def _hybridizes(trial: Trial) -> None:
    """Hybridized, it computes the same."""
    block = trial.ready()
    values, results = values_of(block), []
    for active in (False, True):
        block.hybridize(active)
        for _ in range(2):  # the first call may trace, the second run what was traced
            restore(block, values)
            inputs = trial.inputs()
            total = trial.differentiate(block, inputs)
            gradients = [p.grad().asnumpy() for p in learned(block)]
            gradients += [x.grad.asnumpy() for x in trial.variables(inputs) if x.grad is not None]
            results.append([*trial.predict(block), total.asnumpy(), *gradients])
    for result in results[1:]:
        compare(result, results[0], "the hybridized block (outputs, value, gradients)", 1e-5, 1e-6)


def _moves(trial: Trial) -> None:
    """It computes in the context of its parameters."""
    elsewhere = cpu(1)
    block = trial.fresh()
    if any(p._data is not None for p in block.collect_params().values()):
        trial.predict(block)
        block.collect_params().reset_ctx(elsewhere)
    else:
        trial.filled(block, elsewhere)
    for y in trial.run(block, trial.inputs(ctx=elsewhere)):
        if y.context != elsewhere:
            raise Failure(
                f"parameters and inputs are on {elsewhere}, an output is on {y.context}",
                "make arrays in the forward pass with ctx=x.context, or of x, such as F.zeros_like(x)",
            )


CHECKS: dict[str, Callable[[Trial], None]] = {
    check.__name__.removeprefix("_"): check
    for check in (
        _builds,
        _prints,
        _infers,
        _runs,
        _differentiates,
        _gradients,
        _trains,
        _casts,
        _saves,
        _copies,
        _pickles,
        _hybridizes,
        _moves,
    )
}
