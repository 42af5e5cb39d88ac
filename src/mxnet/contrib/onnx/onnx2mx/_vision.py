"""Readers of resizing, sampling and pooling over regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._reader import Array, Call, Reader, Unreadable, Value, reader


@reader("MaxRoiPool")
def _max_roi_pool(r: Reader, call: Call) -> Value:
    scale = float(call.get("spatial_scale", 1.0))
    return r("ROIPooling", *call.given(), pooled_size=tuple(call["pooled_shape"]), spatial_scale=scale)


@reader("RoiAlign")
def _roi_align(r: Reader, call: Call) -> Value:
    if call.get("mode", "avg") != "avg":
        raise Unreadable(f"mode={call.get('mode')!r}")
    usual = "half_pixel" if call.version >= 16 else "output_half_pixel"
    x, regions, images = call.given()
    column = r("Cast", r("Reshape", images, shape=(-1, 1)), dtype=r.dtype(regions).name)
    return r(
        "contrib.ROIAlign",
        x,
        r("Concat", column, regions, dim=1),
        pooled_size=(int(call.get("output_height", 1)), int(call.get("output_width", 1))),
        spatial_scale=float(call.get("spatial_scale", 1.0)),
        sample_ratio=int(call.get("sampling_ratio", 0)) or -1,
        aligned=call.get("coordinate_transformation_mode", usual) == "half_pixel",
    )


@reader("GridSample")
def _grid_sample(r: Reader, call: Call) -> Value:
    if r.rank(call.x) != 4:
        raise Unreadable(f"data of {r.rank(call.x)} axes")
    mode = call.get("mode", "linear" if call.version >= 20 else "bilinear")
    if (
        mode not in ("bilinear", "linear")
        or call.get("padding_mode", "zeros") != "zeros"
        or not call.get("align_corners", 0)
    ):
        raise Unreadable("other than linear sampling with zeros outside and corners aligned")
    return r("BilinearSampler", call.x, r("transpose", call.input(1), axes=(0, 3, 1, 2)))


@reader("Resize", "Upsample")
def _resize(r: Reader, call: Call) -> Value:
    x = call.x
    guesses = r.guesses(x)
    if len(guesses) != 4:
        raise Unreadable(f"data of {len(guesses)} axes")
    scales, sizes = _targets(call)
    wanted = _sizes(guesses, scales, sizes)
    mode = str(call.get("mode", "nearest"))
    if call.get("antialias", 0) or call.get("axes"):
        raise Unreadable("antialias and axes")
    default = "asymmetric" if call.op == "Upsample" or call.version < 11 else "half_pixel"
    coordinates = str(call.get("coordinate_transformation_mode", default))
    if wanted[0] == guesses[0] and wanted[1] == guesses[1]:
        factors = [
            w[0] // g[0]
            if all(m and n % m == 0 and n // m == w[0] // g[0] for n, m in zip(w, g, strict=True))
            else 0
            for w, g in zip(wanted[2:], guesses[2:], strict=True)
        ]
        if mode == "nearest":
            return _nearest(r, call, x, factors, coordinates)
        if mode in ("linear", "bilinear"):
            if scales is not None and not _is_whole(guesses, scales):
                raise Unreadable(f"scales={scales.tolist()}, which give no whole lengths")
            return _linear(r, x, wanted, factors, coordinates)
    raise Unreadable(f"mode={mode!r} to {wanted}")


def _targets(call: Call) -> tuple[Any, tuple[Array, Array] | None]:
    """Factors for all axes, or their lengths."""
    if call.has("scales"):
        return np.array(call["scales"], dtype=np.float64), None
    places = (1, None) if call.op == "Upsample" or call.version < 11 else (2, 3)
    for place, kind in zip(places, ("scales", "sizes"), strict=True):
        value = None if place is None else call.optional(place)
        if value is None:
            continue
        if value.arrays is None:
            raise Unreadable(f"{kind} are computed from elements")
        if value.arrays[0].size:
            return (value.arrays[0], None) if kind == "scales" else (None, value.arrays)
    raise Unreadable("neither scales nor sizes are given")


def _sizes(guesses: Any, scales: Any, sizes: Any) -> list[tuple[int, int]]:
    if sizes is not None:
        return list(zip(*(each.reshape(-1).astype(int).tolist() for each in sizes), strict=True))
    factors = np.asarray(scales, dtype=np.float64).reshape(-1).tolist()
    if len(factors) != len(guesses) or min(factors) <= 0:
        raise Unreadable(f"scales={factors}")
    # factors are stored in single precision
    return [tuple(int(n * f + 1e-6) for n in guess) for guess, f in zip(guesses, factors, strict=True)]  # type: ignore[misc]


def _is_whole(guesses: Any, scales: Any) -> bool:
    """Whether factors lead to whole lengths; otherwise places are counted with the factors themselves."""
    products = [n * f for guess, f in zip(guesses, scales.reshape(-1).tolist(), strict=True) for n in guess]
    return all(abs(n - round(n)) < 1e-4 for n in products)


def _nearest(r: Reader, call: Call, x: Value, factors: list[int], coordinates: str) -> Value:
    """Whole factors repeat elements, whichever way places are rounded."""
    rounding = str(call.get("nearest_mode", "round_prefer_floor"))
    plain = (coordinates, rounding) in _REPEATING or call.op == "Upsample" or call.version < 11
    if not all(factors) or not plain:
        raise Unreadable("other than whole factors that repeat elements")
    if factors[0] == factors[1]:
        return r("UpSampling", x, scale=factors[0], sample_type="nearest", num_args=1)
    for axis, factor in zip((2, 3), factors, strict=True):
        if factor != 1:
            x = r("repeat", x, repeats=factor, axis=axis)
    return x


_REPEATING = {
    ("asymmetric", "floor"),
    *(("half_pixel", mode) for mode in ("round_prefer_floor", "round_prefer_ceil")),
    *(("pytorch_half_pixel", mode) for mode in ("round_prefer_floor", "round_prefer_ceil")),
}


def _linear(r: Reader, x: Value, wanted: Any, factors: list[int], coordinates: str) -> Value:
    if coordinates not in ("align_corners", "half_pixel", "pytorch_half_pixel"):
        raise Unreadable(f"coordinate_transformation_mode={coordinates!r}")
    if coordinates == "pytorch_half_pixel" and any(1 in each for each in wanted[2:]):
        raise Unreadable(f"coordinate_transformation_mode={coordinates!r} to a length of 1")
    options: dict[str, Any] = {"align_corners": coordinates == "align_corners"}
    if all(a == b for a, b in wanted[2:]):
        return r("contrib.BilinearResize2D", x, height=wanted[2][0], width=wanted[3][0], **options)
    if all(factors):
        return r(
            "contrib.BilinearResize2D",
            x,
            scale_height=factors[0],
            scale_width=factors[1],
            mode="size",
            **options,
        )
    raise Unreadable("lengths that are not fixed, by factors that are not whole")
