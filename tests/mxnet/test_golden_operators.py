"""Every sample of every operator against what the real MXNet 1.9.1 answered, recorded in ``tests/golden/operators``."""

import functools
from pathlib import Path

import numpy as np

import mxnet as mx
from mxnet import autograd, nd
from mxnet.ops.registry import OPERATORS
from tests.samples import FAMILIES, error_samples, samples
from tests.samples.checks import ALL, ERRORS, over
from tests.samples.compare import assert_same
from tests.samples.run import as_numpy, head_gradients, outputs_of, run
from tests.samples.store import read

# PyTorch takes another kernel for an LSTM where gradients will be asked for: the last place may differ.
OTHER_KERNEL = {"RNN"}
GOLDEN = Path(__file__).parents[1] / "golden" / "operators"


@functools.cache
def recordings(family):
    return read(GOLDEN, family)


@over(ALL, lambda item: item.recorded)
def test_answers_as_mxnet_did(family, item):
    expected = recordings(family)[item.id]
    actual = run(mx, item)
    if actual.exception is not None:
        raise actual.exception
    assert len(actual.outputs) == len(expected.outputs), "number of outputs"
    for place, (a, e) in enumerate(zip(actual.outputs, expected.outputs, strict=True)):
        assert_same(a, e, f"output {place}", item.tolerance)
    assert set(actual.contexts) <= {"cpu(0)"}
    if expected.gradients is not None:
        for place, (a, e) in enumerate(zip(actual.gradients, expected.gradients, strict=True)):
            assert_same(a, e, f"gradient {place}", item.tolerance, nan_is_unknown=True)
    assert set(actual.changed) == set(expected.changed), "the inputs that the call changes"
    for place, array in expected.changed.items():
        assert_same(actual.changed[place], array, f"changed input {place}", item.tolerance)


@over(ALL, lambda item: not item.recorded)
def test_answers_as_numpy_says_where_mxnet_has_no_answer(family, item):
    given = item.arrays()
    actual = run(mx, item)
    if actual.exception is not None:
        raise actual.exception
    expected = item.expected(*given)
    if item.operator == "__setitem__":
        assert_same(actual.changed[0], expected, "first input", item.tolerance)
        return
    for place, (a, e) in enumerate(
        zip(actual.outputs, expected if isinstance(expected, list) else [expected], strict=True)
    ):
        assert_same(a, np.asarray(e), f"output {place}", item.tolerance)


@over(ERRORS)
def test_raises_what_mxnet_raised(family, item):
    actual = run(mx, item)
    assert actual.error is not None, f"no {item.error}, but {actual.outputs}"
    assert item.error in [kind.__name__ for kind in type(actual.exception).__mro__], repr(actual.exception)
    # The first line is for people: what was called, not how it is done inside.
    assert "torch" not in str(actual.exception), actual.exception


@over(ERRORS, lambda item: item.operator in OPERATORS and item.error == "MXNetError")
def test_error_says_who_was_called_and_with_what_or_why_not(family, item):
    first, *rest = str(run(mx, item).exception).splitlines()
    assert first.startswith(f"{item.operator}: "), first
    assert any(line.startswith(("  received: ", "  because: ", "  try: ")) for line in rest), rest


@over(ALL, lambda item: item.gradient)
def test_answers_the_same_while_recording_as_outside(family, item):
    if item.seed is not None:
        mx.random.seed(item.seed)
    arrays = [nd.array(array, dtype=array.dtype) for array in item.arrays()]
    with autograd.train_mode() if item.training else autograd.predict_mode():
        outside = [as_numpy(mx, output) for output in outputs_of(mx, item.call(mx, arrays))]
    for place, (a, e) in enumerate(zip(run(mx, item).outputs, outside, strict=True)):
        if item.operator in OTHER_KERNEL:
            assert_same(a, e, f"output {place}")
        else:
            np.testing.assert_array_equal(a, e, err_msg=f"output {place}")


def test_every_operator_has_a_sample(record_property):
    sampled = {item.operator.removeprefix("_internal.") for _, item in ALL}
    sampled |= {f"_random_{name[7:]}" for name in sampled if name.startswith("random.")}
    missing = sorted(
        {record.name for record in OPERATORS.values() if record.public}
        - {record.name for record in OPERATORS.values() if sampled & {record.name, *record.aliases}}
    )
    assert not missing, f"operators without a sample in tests/samples: {', '.join(missing)}"
    golden = sum(item.recorded for _, item in ALL + ERRORS)
    record_property(
        "summary",
        f"golden cases of operators: {golden}, and {len(ALL) + len(ERRORS) - golden} that NumPy answers; "
        f"operators: {len({id(record) for record in OPERATORS.values()})}, without any: {len(missing)}",
    )


def test_every_sample_is_recorded_and_every_recording_has_its_sample():
    for family in FAMILIES:
        expected = {item.id for item in [*samples(family), *error_samples(family)] if item.recorded}
        assert set(recordings(family)) == expected, f"{family}: run `make golden`"


def test_head_gradients_stay_away_from_zero():
    assert np.abs(head_gradients([np.zeros((50, 50), "float32")])[0]).min() >= 0.5
