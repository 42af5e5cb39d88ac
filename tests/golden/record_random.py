"""Record what MXNet 1.9.1's random functions give, for ``tests/mxnet/test_random_golden.py``.

Run with the real MXNet: ``python tests/golden/record_random.py`` in its environment. Uniform and integer values are
kept as checksums of their bytes. Normal values, which another C library may round by one unit otherwise, are kept
at positions spread over the array.
"""

import json
import zlib
from pathlib import Path

import numpy as np

import mxnet as mx
from mxnet import nd

HERE = Path(__file__).parent
SEEDS = [
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    42,
    100,
    123,
    1234,
    12345,
    2023,
    65535,
    99991,
    10**6,
    2**31 - 1,
    2**32 + 5,
    -1,
    -12345,
]
SIZES = [1, 2, 3, 10, 63, 64, 65, 100, 1000, 4097, 65536, 65537, 70001, 1000000]
KEPT = 40


def positions(size):
    """Where values of an array of this size are kept: both ends and places spread between."""
    return sorted({*range(min(size, 4)), *np.linspace(0, size - 1, min(size, KEPT)).astype(int).tolist()})


def checksum(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def main():
    arrays, sums = {}, {}
    for number, seed in enumerate(SEEDS):
        # Every size with some seed, and every seed with a small, a middle and the large size.
        for size in sorted({1, 100, 4097, 1000000, SIZES[number % len(SIZES)]}):
            mx.random.seed(seed)
            sums[f"uniform {seed} {size}"] = checksum(nd.random.uniform(shape=size).asnumpy())
            mx.random.seed(seed)
            arrays[f"normal {seed} {size}"] = nd.random.normal(shape=size).asnumpy()[positions(size)]
    for name, call in CALLS.items():
        mx.random.seed(17)
        arrays[f"call {name}"] = call(nd, mx).asnumpy()
    mx.random.seed(4)
    for index, call in enumerate(SEQUENCE):
        arrays[f"sequence {index:02}"] = call(nd, mx).asnumpy()[:8]
    for size in (2, 100, 5000, 60000):
        for rows in (False, True):
            mx.random.seed(9)
            data = nd.arange(2 * size).reshape((size, 2)) if rows else nd.arange(size)
            sums[f"shuffle {size} {rows}"] = checksum(nd.random.shuffle(data).asnumpy())
    for size in (3000, 100000):
        mx.random.seed(9)
        sums[f"randint {size}"] = checksum(nd.random.randint(-5, 10**6, shape=size).asnumpy())
        mx.random.seed(9)
        sums[f"poisson {size}"] = checksum(nd.random.poisson(3, shape=size).asnumpy())
        for keep in (0.5, 0.8):
            mx.random.seed(9)
            with mx.autograd.train_mode():
                kept = nd.Dropout(nd.ones((size,)), p=1 - keep).asnumpy() > 0
            sums[f"dropout {size} {keep}"] = checksum(kept)
    np.savez_compressed(HERE / "random.npz", **arrays)
    (HERE / "random.json").write_text(json.dumps(sums, indent=1) + "\n")


def _parameters(nd, dtype="float32"):
    return nd.array([0.5, 4, 30], dtype=dtype), nd.array([0.3, 0.6, 0.9], dtype=dtype)


CALLS = {}
for _dtype in ("float16", "float32", "float64"):
    for _name, _given in {
        "uniform": [(-1, 0.1), (2, 3.3)],
        "normal": [(-1, 0.1), (2, 3.3)],
        "exponential": [(0.7,), (3,)],
        "gamma": [(2, 3), (0.2, 1), (9, 0.5)],
        "poisson": [(0.5,), (4,), (11.9,), (30,)],
        "negative_binomial": [(5, 0.4), (1, 0.5), (100, 0.1)],
        "generalized_negative_binomial": [(5, 0.4), (3, 2), (3, 0)],
    }.items():
        for _each in _given:
            CALLS[f"{_name} {_each} {_dtype}"] = lambda nd, mx, name=_name, given=_each, dtype=_dtype: (
                getattr(nd.random, name)(*given, shape=150, dtype=dtype)
            )
for _dtype in ("int32", "int64"):
    CALLS[f"randint {_dtype}"] = lambda nd, mx, dtype=_dtype: nd.random.randint(
        -5, 1000, shape=150, dtype=dtype
    )
CALLS |= {
    "randint wide": lambda nd, mx: nd.random.randint(-(2**40), 2**60, shape=10, dtype="int64"),
    "uniform arrays": lambda nd, mx: nd.random.uniform(*_parameters(nd)[::-1], shape=(2, 30)),
    "normal arrays": lambda nd, mx: nd.random.normal(*_parameters(nd), shape=60),
    "normal arrays float64": lambda nd, mx: nd.random.normal(*_parameters(nd), shape=60, dtype="float64"),
    "normal float64 arrays": lambda nd, mx: nd.random.normal(*_parameters(nd, "float64"), shape=60),
    "exponential arrays": lambda nd, mx: nd.random.exponential(_parameters(nd)[0], shape=60),
    "gamma arrays": lambda nd, mx: nd.random.gamma(*_parameters(nd), shape=60),
    "poisson arrays": lambda nd, mx: nd.random.poisson(_parameters(nd)[0], shape=60),
    "negative_binomial arrays": lambda nd, mx: nd.random.negative_binomial(*_parameters(nd), shape=60),
    "generalized_negative_binomial arrays": lambda nd, mx: nd.random.generalized_negative_binomial(
        *_parameters(nd), shape=60
    ),
    "multinomial": lambda nd, mx: nd.random.multinomial(nd.array([0.1, 0.2, 0.3, 0.4]), shape=200),
    "multinomial rows": lambda nd, mx: nd.random.multinomial(
        nd.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]), shape=(3, 4)
    ),
    "multinomial uint8": lambda nd, mx: nd.random.multinomial(nd.array([0.5, 0.5]), shape=20, dtype="uint8"),
    "uniform_like": lambda nd, mx: nd.random.uniform_like(nd.zeros((3, 4)), low=1, high=3),
    "normal_like": lambda nd, mx: nd.random.normal_like(nd.zeros((3, 4), dtype="float64"), loc=1),
    "gamma_like": lambda nd, mx: nd.random.gamma_like(nd.zeros((3, 4)), alpha=2, beta=3),
    "poisson_like": lambda nd, mx: nd.random.poisson_like(nd.zeros((3, 4)), lam=5),
    "exponential_like": lambda nd, mx: nd.random.exponential_like(nd.zeros((3, 4)), lam=5),
    "cpu(1)": lambda nd, mx: nd.random.normal(shape=100, ctx=mx.cpu(1)),
}

SEQUENCE = [
    lambda nd, mx: nd.random.normal(shape=4),
    lambda nd, mx: nd.random.uniform(shape=3),
    lambda nd, mx: nd.random.normal(shape=(1000, 3)),
    lambda nd, mx: nd.random.shuffle(nd.arange(10)),
    lambda nd, mx: nd.random.uniform(shape=70001),
    lambda nd, mx: nd.random.gamma(2, 3, shape=130),
    lambda nd, mx: nd.random.normal(shape=200000),
    lambda nd, mx: nd.random.multinomial(nd.array([0.3, 0.7]), shape=9),
    lambda nd, mx: nd.random.poisson(4, shape=777),
    lambda nd, mx: nd.random.uniform(shape=5, dtype="float64"),
    lambda nd, mx: nd.random.randint(0, 9, shape=65),
    lambda nd, mx: nd.random.uniform(shape=6, ctx=mx.cpu(1)),
    lambda nd, mx: nd.random.exponential(2, shape=3000),
    lambda nd, mx: nd.random.negative_binomial(5, 0.4, shape=100),
    lambda nd, mx: nd.random.normal(shape=1),
    lambda nd, mx: nd.random.uniform(shape=1),
]

if __name__ == "__main__":
    main()
