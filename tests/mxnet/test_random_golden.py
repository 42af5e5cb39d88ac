"""The random numbers of the real MXNet 1.9.1, recorded by ``tests/golden/record_random.py``, come out again."""

import json
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from tests.golden.record_random import CALLS, SEQUENCE, positions

GOLDEN = Path(__file__).parents[1] / "golden"
SUMS = json.loads((GOLDEN / "random.json").read_text())
ARRAYS = dict(np.load(GOLDEN / "random.npz"))


def checksum(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def units_apart(ours, theirs):
    """The difference in units in the last place."""
    return np.abs(ours.astype(np.float64) - theirs) / np.spacing(np.abs(theirs))


def seeds_and_sizes(kind):
    return [tuple(map(int, key.split()[1:])) for key in [*SUMS, *ARRAYS] if key.startswith(f"{kind} ")]


def test_twenty_seeds_are_recorded():
    for kind in ("uniform", "normal"):
        assert len({seed for seed, _ in seeds_and_sizes(kind)}) == 20
        assert {1, 1000000} <= {size for _, size in seeds_and_sizes(kind)}


@pytest.mark.parametrize(("start", "size"), seeds_and_sizes("uniform"))
def test_uniform_agrees_bit_for_bit(start, size):
    mx.random.seed(start)
    assert checksum(nd.random.uniform(shape=size).asnumpy()) == SUMS[f"uniform {start} {size}"]


@pytest.mark.parametrize(("start", "size"), seeds_and_sizes("normal"))
def test_normal_agrees_within_one_unit_in_the_last_place(start, size):
    mx.random.seed(start)
    ours = nd.random.normal(shape=size).asnumpy()[positions(size)]
    assert units_apart(ours, ARRAYS[f"normal {start} {size}"]).max() <= 1


@pytest.mark.parametrize("name", CALLS)
def test_a_call_gives_the_numbers_of_mxnet(name):
    mx.random.seed(17)
    ours, theirs = CALLS[name](nd, mx).asnumpy(), ARRAYS[f"call {name}"]
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if name.startswith(("normal", "gamma", "exponential")):
        # The logarithm is the platform's; where the mean nearly cancels a value, its last place means less.
        np.testing.assert_allclose(ours, theirs, rtol=3 * np.finfo(ours.dtype).eps, atol=1e-7)
    else:
        np.testing.assert_array_equal(ours, theirs)


def test_different_calls_continue_one_stream():
    mx.random.seed(4)
    for index, call in enumerate(SEQUENCE):
        ours = call(nd, mx).asnumpy()[:8]
        np.testing.assert_allclose(ours, ARRAYS[f"sequence {index:02}"], rtol=1e-6, err_msg=f"call {index}")


@pytest.mark.parametrize("key", [key for key in SUMS if key.startswith("shuffle")])
def test_shuffle_gives_the_order_of_mxnet(key):
    _, size, rows = key.split()
    size = int(size)
    mx.random.seed(9)
    data = nd.arange(2 * size).reshape((size, 2)) if rows == "True" else nd.arange(size)
    assert checksum(nd.random.shuffle(data).asnumpy()) == SUMS[key]


@pytest.mark.parametrize("size", [3000, 100000])
def test_randint_agrees(size):
    mx.random.seed(9)
    assert checksum(nd.random.randint(-5, 10**6, shape=size).asnumpy()) == SUMS[f"randint {size}"]


@pytest.mark.parametrize("size", [3000, 100000])
def test_poisson_agrees(size):
    mx.random.seed(9)
    assert checksum(nd.random.poisson(3, shape=size).asnumpy()) == SUMS[f"poisson {size}"]


@pytest.mark.parametrize("key", [key for key in SUMS if key.startswith("dropout")])
def test_the_exact_dropout_mask_is_that_of_mxnet(key, monkeypatch):
    monkeypatch.setenv("MXNET_EXACT_DROPOUT", "1")
    _, size, keep = key.split()
    mx.random.seed(9)
    mask = mx.random.stream().dropout_mask((int(size),), float(keep))
    assert checksum(mask.numpy()) == SUMS[key]


def test_a_process_that_never_seeds_prints_what_the_book_prints():
    program = "from mxnet import nd; print(nd.random.normal(shape=4))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[2.2122064 0.7740038 1.0434403 1.1839255]" in done.stdout


def test_the_reference_values_of_seed_zero():
    for call, expected in [
        (lambda: nd.random.randint(0, 100, 6), [51, 44, 3, 99, 39, 14]),
        (lambda: nd.random.poisson(4, 6), [9, 5, 6, 5, 3, 8]),
        (lambda: nd.random.gamma(2, 3, 4), [19.393465, 6.384968, 11.129828, 13.323089]),
        (lambda: nd.random.negative_binomial(5, 0.4, 6), [13, 7, 7, 3, 9, 9]),
        (lambda: nd.random.shuffle(nd.arange(8)), [0, 2, 3, 5, 7, 1, 6, 4]),
    ]:
        mx.random.seed(0)
        np.testing.assert_allclose(call().asnumpy(), expected, rtol=1e-6)
