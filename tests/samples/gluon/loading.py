"""Order and form of batches, and transforms of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario


def _batches(**options: Any) -> Callable[[Any], str]:
    def run(mx: Any) -> str:
        data = mx.gluon.data
        np.random.seed(5)
        dataset = data.ArrayDataset(np.arange(11).astype("float32"), np.arange(11) * 10)
        loader = data.DataLoader(dataset, 4, **options)
        lines = [f"length {len(loader)}"]
        for epoch in range(2):
            for x, y in loader:
                lines.append(f"{epoch} {x.dtype.__name__} {y.dtype.__name__} {x.asnumpy()} {y.asnumpy()}")
        return "\n".join(lines)

    return run


def _samplers(mx: Any) -> str:
    data = mx.gluon.data
    np.random.seed(1)
    lines = [list(data.RandomSampler(7)), list(data.SequentialSampler(5))]
    for last in ("keep", "discard", "rollover"):
        sampler = data.BatchSampler(data.SequentialSampler(7), 3, last)
        lines += [list(sampler), list(sampler), len(sampler)]
    lines.append(list(data.FilterSampler(lambda x: x % 2 == 0, data.SimpleDataset(list(range(6))))))
    return "\n".join(map(str, lines)).replace("np.int64(", "").replace(")", "")


def _datasets(mx: Any) -> str:
    data = mx.gluon.data
    base = data.SimpleDataset(list(range(10)))
    pairs = data.ArrayDataset(list(range(4)), list("abcd"))
    made = {
        "transform": base.transform(lambda x: x * 2),
        "transform now": base.transform(lambda x: x * 2, lazy=False),
        "filter": base.filter(lambda x: x > 6),
        "shard 0 of 3": base.shard(3, 0),
        "shard 2 of 3": base.shard(3, 2),
        "take 3": base.take(3),
        "take more": base.take(100),
        "transform_first": pairs.transform_first(lambda x: -x),
    }
    return "\n".join(f"{name}: {[dataset[i] for i in range(len(dataset))]}" for name, dataset in made.items())


def _image(height: int, width: int, channels: int = 3, seed: int = 4) -> np.ndarray:
    """Not noise: a smooth picture with some of it, as resizing is meant for."""
    source = np.random.RandomState(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(rows / (2.0 + c) + columns / 3.0) for c in range(channels)]
    noise = source.randint(0, 30, (height, width, channels))
    return np.clip(np.stack(waves, 2) + noise, 0, 255).astype("uint8")


def _transform(make: Callable[[Any], Any], image: np.ndarray) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        transform = make(mx.gluon.data.vision.transforms)
        return [transform(mx.nd.array(image, dtype=image.dtype)).asnumpy()]

    return run


def _normalised(t: Any) -> Any:
    return t.Compose([t.ToTensor(), t.Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))])


_TRANSFORMS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "ToTensor": (lambda t: t.ToTensor(), _image(4, 5)),
    "ToTensor batch": (lambda t: t.ToTensor(), np.stack([_image(4, 5), _image(4, 5, seed=5)])),
    "ToTensor grey": (lambda t: t.ToTensor(), _image(6, 6, 1)),
    "Normalize": (_normalised, _image(4, 5)),
    "Normalize one number": (lambda t: t.Compose([t.ToTensor(), t.Normalize(0.5, 0.25)]), _image(4, 5)),
    "Cast": (lambda t: t.Cast("float16"), _image(3, 3)),
    "CenterCrop": (lambda t: t.CenterCrop(4), _image(7, 8)),
    "CenterCrop (width, height)": (lambda t: t.CenterCrop((5, 3)), _image(7, 8)),
    "CenterCrop larger": (lambda t: t.CenterCrop(9), _image(6, 7)),
    "Resize": (lambda t: t.Resize(14), _image(9, 7)),
    "Resize half": (lambda t: t.Resize((6, 5)), _image(12, 10)),
    "Resize keep_ratio": (lambda t: t.Resize(6, keep_ratio=True), _image(9, 13)),
    "Resize batch": (lambda t: t.Resize(6), np.stack([_image(8, 9), _image(8, 9, seed=7)])),
    "Resize grey 28 to 32": (lambda t: t.Resize(32), _image(28, 28, 1)),
    **{
        f"Resize interpolation {way} {name}": (
            lambda t, s=size, w=way: t.Resize(s, interpolation=w),
            _image(11, 13),
        )
        for way in (0, 1, 2, 3, 4)
        for name, size in (("up", (20, 17)), ("down", (5, 6)))
    },
}


def _flips(mx: Any) -> list[np.ndarray]:
    t = mx.gluon.data.vision.transforms
    # An even height: of an odd one 1.9.1 leaves the middle row uninitialised.
    image = mx.nd.array(_image(4, 4), dtype="uint8")
    mx.random.seed(0)
    return [
        np.stack([t.RandomFlipLeftRight()(image).asnumpy() for _ in range(8)]).astype("uint8"),
        np.stack([t.RandomFlipTopBottom()(image).asnumpy() for _ in range(8)]).astype("uint8"),
    ]


SCENARIOS = [
    Scenario("batches in order", _batches(), ("gluon.data.DataLoader",)),
    *(
        Scenario(
            f"batches shuffled {last}", _batches(shuffle=True, last_batch=last), ("gluon.data.DataLoader",)
        )
        for last in ("keep", "discard", "rollover")
    ),
    Scenario("samplers", _samplers, ("gluon.data.BatchSampler",)),
    Scenario("datasets", _datasets, ("gluon.data.SimpleDataset",)),
    *(
        Scenario(name, _transform(*how), ("gluon.data.vision.transforms.Resize",))
        for name, how in _TRANSFORMS.items()
    ),
    Scenario("flips", _flips, ("gluon.data.vision.transforms.RandomFlipLeftRight",)),
]
