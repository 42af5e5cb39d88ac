"""Densities of random distributions at given samples, ``nd.random_pdf_*``."""

from __future__ import annotations

from .sample import ErrorSample, Recipe, Sample, error, kinked, literal, normal, plain, sample, uniform

# Gamma functions come from another mathematical library.
_NEAR = (1e-4, 1e-5)
# MXNet's derivative of the gamma function has the accuracy of float32 for float64 too.
_DOUBLE = (1e-5, 1e-6)


def _calls(
    name: str, *bounds: tuple[float, float], points: tuple[float, float], discrete: bool
) -> list[Sample]:
    """Samples of one shape with the parameters, and of more; both forms; float64; the corners of the support."""

    def parameters(*shape: int, dtype: str = "float32") -> list[Recipe]:
        return [uniform(low, high, *shape, dtype=dtype) for low, high in bounds]

    def at(*shape: int, dtype: str = "float32") -> Recipe:
        return Recipe("integers" if discrete else "uniform", shape, dtype, points)

    found = []
    for is_log in (False, True):
        for shape, more in (((3,), ()), ((3,), (4,)), ((2, 1), (3, 2))):
            found.append(sample(name, at(*shape, *more), *parameters(*shape), is_log=is_log).near(*_NEAR))
        double = parameters(2, dtype="float64")
        found.append(sample(name, at(2, 3, dtype="float64"), *double, is_log=is_log).near(*_DOUBLE))
        half = parameters(2, dtype="float16")
        found.append(plain(name, at(2, 3, dtype="float16"), *half, is_log=is_log).near(2e-2, 4e-3))
    if discrete:  # a count has gradient 0, which is not the slope of the formula
        places = range(1, 1 + len(bounds))
        found = [item.towards(*places) if item.gradient else item for item in found]
        found.append(kinked(name, at(3, 2), *parameters(3)).near(*_NEAR))
    return [*found, sample(name, at(3), *parameters(3)).towards(1).near(*_NEAR)]


_POSITIVE = (0.5, 3.0)
_PROBABILITY = (0.2, 0.8)
_COUNTS = (0, 6)

SAMPLES = [
    # The density of a uniform distribution does not depend on the sample: its gradient is 0, and that is the slope.
    *_calls("random_pdf_uniform", (-2.0, 0.0), (1.0, 3.0), points=(0.0, 1.0), discrete=False),
    *_calls("random_pdf_normal", (-1.0, 1.0), _POSITIVE, points=(-2.0, 2.0), discrete=False),
    *_calls("random_pdf_exponential", _POSITIVE, points=(0.0, 3.0), discrete=False),
    *_calls("random_pdf_gamma", _POSITIVE, _POSITIVE, points=(0.1, 3.0), discrete=False),
    *_calls("random_pdf_poisson", _POSITIVE, points=_COUNTS, discrete=True),
    *_calls("random_pdf_negative_binomial", _POSITIVE, _PROBABILITY, points=_COUNTS, discrete=True),
    *_calls("random_pdf_generalized_negative_binomial", _POSITIVE, _POSITIVE, points=_COUNTS, discrete=True),
    plain("random_pdf_uniform", literal([[-5.0, 5.0]]), literal([0.0]), literal([2.0])),
    plain("random_pdf_uniform", literal([1.0]), literal([2.0]), literal([0.0])),
    plain("random_pdf_uniform", literal([1.0]), literal([2.0]), literal([0.0]), is_log=True),
    plain("random_pdf_normal", literal([1.0]), literal([0.0]), literal([-1.0])),
    plain("random_pdf_exponential", literal([[-1.0, 0.0]]), literal([2.0])),
    plain("random_pdf_gamma", literal([[-1.0, 0.0, 2.0]]), literal([1.5]), literal([2.0])),
    plain("random_pdf_gamma", literal([[-1.0, 0.0, 2.0]]), literal([1.5]), literal([2.0]), is_log=True),
    plain("random_pdf_poisson", literal([[-1.0, 2.5, 0.0]]), literal([1.3]), is_log=True).near(*_NEAR),
    plain("random_pdf_negative_binomial", literal([1.0]), literal([1.0]), literal([2.0])),
    *(
        item
        for is_log in (False, True)
        for item in (
            sample("random_pdf_dirichlet", literal([0.2, 0.3, 0.5]), uniform(0.5, 3.0, 3), is_log=is_log),
            sample("random_pdf_dirichlet", uniform(0.1, 1.0, 2, 3), uniform(0.5, 3.0, 2, 3), is_log=is_log),
            sample(
                "random_pdf_dirichlet", uniform(0.1, 1.0, 2, 4, 3), uniform(0.5, 3.0, 2, 3), is_log=is_log
            ),
            sample(
                "random_pdf_dirichlet",
                uniform(0.1, 1.0, 4, 2, dtype="float64"),
                uniform(0.5, 3.0, 4, 2, dtype="float64"),
                is_log=is_log,
            ),
        )
    ),
]
SAMPLES = [
    item.near(*(_NEAR if item.inputs[0].dtype == "float32" else _DOUBLE))
    if item.operator == "random_pdf_dirichlet"
    else item
    for item in SAMPLES
]

_WHOLE = literal([1, 2], "int32")

ERROR_SAMPLES: list[ErrorSample] = [
    *(
        problem
        for name in (
            "random_pdf_uniform",
            "random_pdf_normal",
            "random_pdf_gamma",
            "random_pdf_negative_binomial",
        )
        for problem in (
            error("MXNetError", name, normal(2, 3), normal(3), normal(3)),
            error("MXNetError", name, normal(2, 3), normal(2), normal(3)),
            error("MXNetError", name, normal(4), normal(1), normal(1)),
            error("MXNetError", name, normal(2), normal(2), normal(2, dtype="float64")),
            error("MXNetError", name, _WHOLE, _WHOLE, _WHOLE),
            error("MXNetError", name, normal(2), normal(2)),
        )
    ),
    error("MXNetError", "random_pdf_exponential", normal(2, 3), normal(3)),
    error("MXNetError", "random_pdf_poisson", normal(2, 3), normal(3)),
    error("MXNetError", "random_pdf_poisson", normal(2), normal(2, 1)),
    error("MXNetError", "random_pdf_generalized_negative_binomial", normal(2), normal(2), normal(3)),
    error("MXNetError", "random_pdf_dirichlet", normal(2, 3), normal(2, 2)),
    error("MXNetError", "random_pdf_dirichlet", normal(2, 4, 3), normal(4, 3)),
]
