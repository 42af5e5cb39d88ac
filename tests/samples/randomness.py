"""Random functions after a seed: on a CPU the numbers are MXNet's own."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, distinct, error, literal, normal, plain

# MXNet takes sin, log and sqrt from another mathematical library: a last place may differ.
_LAST_PLACE = (3e-7, 0)

SAMPLES = [
    *(
        plain("random.uniform", shape=shape).seeded(0)
        for shape in ((1,), (4,), (3, 5), (64,), (65,), (1000,))
    ),
    plain("random.uniform").seeded(0),
    plain("random.uniform", -2, 3, (5,)).seeded(12345),
    plain("random.uniform", shape=(5,), dtype="float64").seeded(3),
    plain("random.uniform", literal([0.0, 10.0]), literal([1.0, 20.0]), shape=(3,)).seeded(0),
    *(
        plain("random.normal", shape=shape).seeded(0).near(*_LAST_PLACE)
        for shape in ((1,), (4,), (3, 5), (64,), (65,), (1000,))
    ),
    plain("random.normal", 2, 0.01, 7).seeded(3).near(*_LAST_PLACE),
    plain("random.normal", shape=(5,), dtype="float64").seeded(3).near(1e-12, 0),
    plain("random.normal", literal([0.0, 10.0]), literal([1.0, 0.1]), shape=(3,))
    .seeded(0)
    .near(*_LAST_PLACE),
    plain("random.randn", 2, 3).seeded(0).near(*_LAST_PLACE),
    plain("random.randn", 4, loc=5, scale=2).seeded(0).near(*_LAST_PLACE),
    plain("random.exponential", shape=(6,)).seeded(0).near(*_LAST_PLACE),
    plain("random.exponential", 2.5, shape=(6,)).seeded(1).near(*_LAST_PLACE),
    plain("random.randint", 0, 100, (6,)).seeded(0),
    plain("random.randint", -5, 5, (6,), dtype="int64").seeded(0),
    plain("random.poisson", 4, shape=(6,)).seeded(0),
    plain("random.gamma", 2, 3, shape=(4,)).seeded(0).near(1e-5, 0),
    plain("random.negative_binomial", 5, 0.4, shape=(6,)).seeded(0),
    plain("random.shuffle", distinct(8)).seeded(0),
    plain("random.shuffle", normal(6, 2)).seeded(1),
    plain("random.multinomial", literal([0.1, 0.2, 0.7]), shape=(8,)).seeded(0),
    plain("random.multinomial", literal([[0.1, 0.9], [0.8, 0.2]])).seeded(0),
    *(
        plain(f"random.{name}_like", normal(2, 3)).seeded(0).near(*_LAST_PLACE)
        for name in ("uniform", "normal", "exponential")
    ),
    *(plain(f"random.{name}_like", normal(2, 3)).seeded(0).near(1e-5, 0) for name in ("gamma", "poisson")),
    plain("random.negative_binomial_like", normal(2, 3), k=4, p=0.5).seeded(0),
    plain("random.generalized_negative_binomial_like", normal(2, 3), mu=2.0, alpha=0.3).seeded(0),
    plain("random.generalized_negative_binomial", 2, 0.3, shape=(5,)).seeded(0),
    plain("random.exponential", literal([1.0, 10.0]), shape=(3,)).seeded(0).near(*_LAST_PLACE),
    plain("random.poisson", literal([1.0, 10.0]), shape=(3,)).seeded(0),
    plain("random.gamma", literal([1.0, 10.0]), literal([1.0, 2.0]), shape=(3,)).seeded(0).near(1e-5, 0),
    plain("random.negative_binomial", literal([4.0, 10.0]), literal([0.5, 0.2]), shape=(3,)).seeded(0),
    plain(
        "random.generalized_negative_binomial", literal([2.0, 4.0]), literal([0.3, 0.5]), shape=(3,)
    ).seeded(0),
    plain("random.multinomial", literal([0.1, 0.2, 0.7]), shape=(4,), get_prob=True).seeded(0),
    plain("random.multinomial", literal([0.5, 0.5]), shape=(4,), dtype="float32").seeded(0),
    plain("random_exponential", lam=2.0, shape=(4,)).seeded(0).near(*_LAST_PLACE),
    plain("random_poisson", lam=2.0, shape=(4,)).seeded(0),
    plain("random_gamma", alpha=2.0, beta=0.5, shape=(4,)).seeded(0).near(1e-5, 0),
    plain("random_randint", low=0, high=10, shape=(4,)).seeded(0),
    plain("sample_uniform", literal([0.0, 10.0]), literal([1.0, 20.0]), shape=(2,)).seeded(0),
    plain("sample_normal", literal([0.0, 10.0]), literal([1.0, 0.1])).seeded(0).near(*_LAST_PLACE),
    plain("sample_exponential", literal([1.0, 10.0]), shape=(2,)).seeded(0).near(*_LAST_PLACE),
    plain("sample_poisson", literal([1.0, 10.0]), shape=(2,)).seeded(0),
    plain("sample_gamma", literal([1.0, 10.0]), literal([1.0, 2.0]), shape=(2,)).seeded(0).near(1e-5, 0),
    plain("sample_negative_binomial", literal([4.0, 10.0]), literal([0.5, 0.2]), shape=(2,)).seeded(0),
    plain(
        "sample_generalized_negative_binomial", literal([2.0, 4.0]), literal([0.3, 0.5]), shape=(2,)
    ).seeded(0),
    plain("sample_multinomial", literal([0.1, 0.2, 0.7]), shape=(8,)).seeded(0),
    plain("_internal._random_bernoulli", p=0.6, shape=(8,))
    .seeded(0)
    .better(
        lambda: np.array([1, 1, 0, 0, 0, 0, 1, 0], "float32"),
        "1.9.1 has it in its NumPy interface alone, whose numbers these are",
    ),
    plain("shuffle", distinct(8)).seeded(0),
    plain("random_uniform", low=1, high=2, shape=(4,)).seeded(0),
    plain("random_normal", loc=1, scale=2, shape=(4,)).seeded(0).near(*_LAST_PLACE),
    plain("uniform", shape=(4,)).seeded(0),
    plain("normal", shape=(4,)).seeded(0).near(*_LAST_PLACE),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "random.uniform", shape=(-1,)),
    error("MXNetError", "random.normal", 0, -1, (2,)),
    error("ValueError", "random.uniform", "a", 1),
    error("MXNetError", "random.exponential", -1.0, (2,)),
    error("MXNetError", "random.randint", 5, 5, (2,)).because("MXNet ends the process"),
]
