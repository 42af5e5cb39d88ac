"""``mx.image`` and the transforms that draw random numbers: after the same seeds, the same images."""

from __future__ import annotations

import os
import random
import struct
import tempfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario


def picture(height: int, width: int, channels: int = 3, seed: int = 4) -> np.ndarray:
    """Not noise: a smooth picture with some of it, as resizing is meant for."""
    source = np.random.RandomState(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(rows / (2.0 + c) + columns / 3.0) for c in range(channels)]
    noise = source.randint(0, 30, (height, width, channels))
    return np.clip(np.stack(waves, 2) + noise, 0, 255).astype("uint8")


def png(pixels: np.ndarray) -> bytes:
    """A PNG of these pixels, with the standard library alone: every decoder gives them back."""
    height, width, channels = pixels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _start(mx: Any, seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)


def _arrays(result: Any) -> list[np.ndarray]:
    """What a function of ``mx.image`` returned, as arrays."""
    parts = result if isinstance(result, tuple) else (result,)
    return [part.asnumpy() if hasattr(part, "asnumpy") else np.array(part, "float64") for part in parts]


def _call(
    make: Callable[[Any, Any], Any], image: np.ndarray, seed: int = 0
) -> Callable[[Any], list[np.ndarray]]:
    """``make(mx, image)`` after a seed, and what the streams give next: as many numbers were drawn."""

    def run(mx: Any) -> list[np.ndarray]:
        _start(mx, seed)
        arrays = _arrays(make(mx, mx.nd.array(image, dtype=image.dtype)))
        return [*arrays, np.array([random.random(), np.random.rand()])]

    return run


_SMALL, _TALL = picture(9, 12), picture(13, 7, seed=5)
_FLOAT = picture(6, 7).astype("float32")

_FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    **{
        f"resize_short {size} interp {way}": (
            lambda mx, x, s=size, w=way: mx.image.resize_short(x, s, w),
            _SMALL,
        )
        for size in (5, 14)
        for way in (0, 1, 2, 3, 4, 9)
    },
    "resize_short tall": (lambda mx, x: mx.image.resize_short(x, 5), _TALL),
    "imresize": (lambda mx, x: mx.image.imresize(x, 5, 8), _SMALL),
    "imresize interp 2": (lambda mx, x: mx.image.imresize(x, w=15, h=8, interp=2), _SMALL),
    "imresize float32": (lambda mx, x: mx.image.imresize(x, 5, 8, 2), _FLOAT),
    "fixed_crop": (lambda mx, x: mx.image.fixed_crop(x, 1, 2, 4, 5), _SMALL),
    "fixed_crop size": (lambda mx, x: mx.image.fixed_crop(x, 1, 2, 4, 5, (7, 3), 9), _SMALL),
    "fixed_crop over the edge": (lambda mx, x: mx.image.fixed_crop(x, 9, 6, 8, 8), _SMALL),
    "center_crop": (lambda mx, x: mx.image.center_crop(x, (5, 4)), _SMALL),
    "center_crop odd": (lambda mx, x: mx.image.center_crop(x, (4, 5)), _TALL),
    "center_crop larger": (lambda mx, x: mx.image.center_crop(x, (14, 20)), _SMALL),
    "random_crop": (lambda mx, x: mx.image.random_crop(x, (5, 4)), _SMALL),
    "random_crop larger": (lambda mx, x: mx.image.random_crop(x, (20, 6), 1), _SMALL),
    "random_size_crop": (lambda mx, x: mx.image.random_size_crop(x, (5, 4), (0.2, 0.9), (0.7, 1.4)), _SMALL),
    "random_size_crop one area": (
        lambda mx, x: mx.image.random_size_crop(x, (5, 4), 0.08, (0.75, 1.33), 1),
        _TALL,
    ),
    "random_size_crop too large": (
        lambda mx, x: mx.image.random_size_crop(x, (5, 4), (2, 3), (0.75, 1.33)),
        _TALL,
    ),
    "color_normalize": (
        lambda mx, x: mx.image.color_normalize(x, mx.nd.array([1, 2, 3]), mx.nd.array([4, 5, 6])),
        _FLOAT,
    ),
    "copyMakeBorder": (lambda mx, x: mx.image.copyMakeBorder(x, 1, 2, 3, 0, 0, values=(1, 2, 3)), _SMALL),
    "copyMakeBorder mirrored": (lambda mx, x: mx.image.copyMakeBorder(x, 3, 2, 3, 4, 4), _SMALL),
}

_TENSOR = (picture(6, 9) / 255.0).astype("float32").transpose(2, 0, 1)
_TENSORS = np.stack([_TENSOR, _TENSOR[::-1]])
_ROTATIONS: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    **{
        f"imrotate {angle} {zoom}": (
            lambda mx, x, a=angle, z=zoom: mx.image.imrotate(x, a, **({z: True} if z else {})),
            _TENSOR,
        )
        for angle in (30, -77.5, 200)
        for zoom in ("", "zoom_in", "zoom_out")
    },
    "imrotate batch": (lambda mx, x: mx.image.imrotate(x, mx.nd.array([20, 120]), zoom_in=True), _TENSORS),
    "random_rotate": (lambda mx, x: mx.image.random_rotate(x, (-40, 40)), _TENSOR),
    "random_rotate batch": (lambda mx, x: mx.image.random_rotate(x, (-40, 40), zoom_out=True), _TENSORS),
    "Rotate": (lambda mx, x: mx.gluon.data.vision.transforms.Rotate(50, zoom_in=True)(x), _TENSOR),
    "RandomRotation": (
        lambda mx, x: mx.gluon.data.vision.transforms.RandomRotation((-40, 40), rotate_with_proba=0.7)(x),
        _TENSOR,
    ),
}

_EIGENVECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])

_AUGMENTERS: dict[str, Callable[[Any], Any]] = {
    "ResizeAug": lambda i: i.ResizeAug(5),
    "ForceResizeAug": lambda i: i.ForceResizeAug((5, 8), 9),
    "RandomCropAug": lambda i: i.RandomCropAug((4, 5)),
    "RandomSizedCropAug": lambda i: i.RandomSizedCropAug((5, 4), (0.1, 0.9), (0.7, 1.4)),
    "CenterCropAug": lambda i: i.CenterCropAug((3, 5)),
    "BrightnessJitterAug": lambda i: i.BrightnessJitterAug(0.4),
    "ContrastJitterAug": lambda i: i.ContrastJitterAug(0.4),
    "SaturationJitterAug": lambda i: i.SaturationJitterAug(0.4),
    "HueJitterAug": lambda i: i.HueJitterAug(0.4),
    "ColorJitterAug": lambda i: i.ColorJitterAug(0.4, 0.3, 0.2),
    "LightingAug": lambda i: i.LightingAug(0.4, np.array([55.46, 4.794, 1.148]), _EIGENVECTORS),
    "ColorNormalizeAug": lambda i: i.ColorNormalizeAug(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])),
    "ColorNormalizeAug mean": lambda i: i.ColorNormalizeAug(np.array([7.0]), None),
    "RandomGrayAug": lambda i: i.RandomGrayAug(0.9),
    "HorizontalFlipAug": lambda i: i.HorizontalFlipAug(0.9),
    "CastAug": lambda i: i.CastAug("float16"),
    "SequentialAug": lambda i: i.SequentialAug([i.CastAug(), i.HorizontalFlipAug(0.5)]),
    "RandomOrderAug": lambda i: i.RandomOrderAug([i.BrightnessJitterAug(0.5), i.HorizontalFlipAug(0.5)]),
}


def _augmented(make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        _start(mx, 1)
        augmenter, arrays = make(mx.image), []
        for _ in range(3):
            image = mx.nd.array(_FLOAT)
            result = augmenter(image)
            arrays += [result.asnumpy(), np.array(result is image)]
        return [*arrays, np.array([random.random(), np.random.rand()])]

    return run


_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"resize": 40, "rand_mirror": True},
    {"rand_crop": True, "inter_method": 9},
    {"rand_crop": True, "rand_resize": True, "mean": True, "std": True},
    {"brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.4, "pca_noise": 0.5, "rand_gray": 0.6},
    {"contrast": 0.2, "std": np.array([1.0, 2.0, 3.0])},
)
_DET_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"resize": 40, "rand_crop": 0.5, "rand_pad": 0.3, "rand_mirror": True, "rand_gray": 0.1, "mean": True},
    {"rand_crop": 1, "min_object_covered": [0.1, 0.3], "pca_noise": 0.1, "hue": 0.1, "std": True},
    {"rand_pad": 1, "area_range": (0.3, 4), "aspect_ratio_range": (0.5, 2), "max_attempts": 7, "pad_val": 3},
)


def _dumps(mx: Any) -> str:
    lines = [make(mx.image).dumps() for make in _AUGMENTERS.values()]
    for options in _OPTIONS:
        lines += [each.dumps() for each in mx.image.CreateAugmenter((3, 30, 20), **options)]
    for options in _DET_OPTIONS:
        lines += [each.dumps() for each in mx.image.CreateDetAugmenter((3, 30, 20), **options)]
    several = {"min_object_covered": [0.1, 0.2], "area_range": [(0.1, 1), (0.2, 1)], "skip_prob": 0.3}
    lines.append(mx.image.CreateMultiRandCropAugmenter(**several).dumps())
    return "\n".join(map(str, lines))


def _sizes(mx: Any) -> str:
    pairs = [((640, 480), (720, 120)), ((360, 1000), (480, 500)), ((7, 5), (9, 11)), ((3, 1000), (7, 9))]
    return "\n".join(str(mx.image.scale_down(*pair)) for pair in pairs)


_BOXES = np.array([[1, 0.1, 0.2, 0.5, 0.6], [2, 0.5, 0.5, 0.9, 0.95], [0, 0.05, 0.1, 0.95, 0.9]], "float32")

_DET_AUGMENTERS: dict[str, Callable[[Any], Any]] = {
    "DetHorizontalFlipAug": lambda i: i.DetHorizontalFlipAug(0.5),
    "DetBorrowAug": lambda i: i.DetBorrowAug(i.HorizontalFlipAug(0.5)),
    "DetRandomCropAug": lambda i: i.DetRandomCropAug(0.3, (0.5, 2.0), (0.1, 0.8), 0.4),
    "DetRandomCropAug strict": lambda i: i.DetRandomCropAug(0.95, max_attempts=5),
    "DetRandomPadAug": lambda i: i.DetRandomPadAug((0.5, 2.0), (1.0, 2.0), 50, (1, 2, 3)),
    "DetRandomSelectAug": lambda i: i.DetRandomSelectAug(
        [i.DetHorizontalFlipAug(1), i.DetRandomPadAug(), i.DetRandomCropAug()], 0.2
    ),
}


def _det_augmented(make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        _start(mx, 2)
        augmenter, arrays = make(mx.image), []
        for _ in range(4):
            image, boxes = augmenter(mx.nd.array(picture(16, 20), dtype="uint8"), _BOXES.copy())
            arrays += [image.asnumpy(), boxes]
        return [*arrays, np.array([random.random()])]

    return run


def _decoded(mx: Any) -> list[np.ndarray]:
    colour, grey = png(_SMALL), png(picture(5, 4, 1))
    decode = mx.image.imdecode
    out = mx.nd.zeros((9, 12, 3), dtype="uint8")
    decode(colour, out=out)
    images = [
        decode(colour),
        decode(colour, to_rgb=False),
        decode(colour, 1, 0),
        decode(grey),
        decode(grey, flag=0),
        decode(bytearray(colour)),
        decode(np.frombuffer(colour, "uint8")),
        decode(mx.nd.array(np.frombuffer(colour, "uint8"), dtype="uint8")),
        out,
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "grey.png")
        with open(path, "wb") as file:
            file.write(grey)
        images += [mx.image.imread(path), mx.image.imread(path, flag=0)]
    return [image.asnumpy() for image in images]


def _write_records(mx: Any, folder: str, labels: list[Any]) -> dict[str, str]:
    paths = {key: os.path.join(folder, "a." + key[-3:]) for key in ("path_imgidx", "path_imgrec")}
    recordio = mx.recordio
    record = recordio.MXIndexedRecordIO(paths["path_imgidx"], paths["path_imgrec"], "w")
    for number, label in enumerate(labels):
        header = recordio.IRHeader(0, label, number + 100, 0)
        record.write_idx(number + 100, recordio.pack(header, png(picture(9, 12, seed=number))))
    record.close()
    return paths


def _write_files(folder: str, count: int) -> str:
    path = os.path.join(folder, "a.lst")
    with open(path, "w") as listed:
        for number in range(count):
            listed.write(f"{number + 100}\t{number * 2}\t{number * 3}\tim{number}.png\n")
            with open(os.path.join(folder, f"im{number}.png"), "wb") as file:
                file.write(png(picture(9, 12, seed=number)))
    return path


def _passes(iterator: Any, passes: int = 3) -> list[np.ndarray]:
    """Labels and padding of every batch, and the images of the last one of each pass, with what is drawn next."""
    arrays: list[np.ndarray] = []
    for _ in range(passes):
        batch = None
        for batch in iterator:
            arrays += [batch.label[0].asnumpy(), np.array(batch.pad, "int64")]
        if batch is not None:
            arrays.append(batch.data[0].asnumpy())
        arrays.append(np.array([random.random(), np.random.rand()]))
        iterator.reset()
    return arrays


_DET_LABELS = [
    np.array([2, 5, 0, 0.1, 0.2, 0.3, 0.4], "float32"),
    np.array([2, 5, 1, 0.1, 0.2, 0.5, 0.6, 2, 0.3, 0.3, 0.9, 0.95], "float32"),
    np.array([4, 5, 7, 8, 3, 0.1, 0.1, 0.9, 0.9], "float32"),
    np.array([2, 5, 1, 0.1, 0.2, 0.5, 0.6, -1, -1, -1, -1, -1], "float32"),
    np.array([2, 5, -1, 0.1, 0.2, 0.5, 0.6], "float32"),
]
_COLOURFUL = {
    "rand_crop": True,
    "rand_resize": True,
    "rand_mirror": True,
    "brightness": 0.1,
    "contrast": 0.2,
    "saturation": 0.3,
    "hue": 0.1,
    "pca_noise": 0.1,
    "rand_gray": 0.2,
    "mean": True,
    "std": True,
}


def _iterated(kind: str, **options: Any) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        with tempfile.TemporaryDirectory() as folder:
            _start(mx, 3)
            shape = (3, 5, 6)
            if kind == "list":
                path = _write_files(folder, 5)
                iterator = mx.image.ImageIter(2, shape, 2, path_imglist=path, path_root=folder, **options)
            elif kind == "imglist":
                _write_files(folder, 5)
                listed = [[number, f"im{number}.png"] for number in range(5)]
                iterator = mx.image.ImageIter(2, shape, imglist=listed, path_root=folder, **options)
            elif kind == "records":
                paths = _write_records(mx, folder, [float(number) for number in range(7)])
                iterator = mx.image.ImageIter(3, shape, **paths, **options)
            elif kind == "records without index":
                paths = _write_records(mx, folder, [float(number) for number in range(7)])
                iterator = mx.image.ImageIter(3, shape, path_imgrec=paths["path_imgrec"], **options)
            else:
                paths = _write_records(mx, folder, _DET_LABELS)
                iterator = mx.image.ImageDetIter(2, shape, **paths, **options)
            arrays = _passes(iterator)
            if getattr(iterator, "imgrec", None) is not None:
                iterator.imgrec.close()
            return arrays

    return run


_ITERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"ImageIter {kind} {last}": (kind, {"last_batch_handle": last})
        for kind in ("records", "records without index", "imglist")
        for last in ("pad", "discard", "roll_over")
    },
    "ImageIter records shuffled": ("records", {"shuffle": True}),
    "ImageIter records shuffled roll_over": ("records", {"shuffle": True, "last_batch_handle": "roll_over"}),
    "ImageIter records part": ("records", {"shuffle": True, "num_parts": 2, "part_index": 1}),
    "ImageIter list augmented": ("list", {"shuffle": True, **_COLOURFUL}),
    "ImageDetIter": ("detection", {}),
    "ImageDetIter roll_over": ("detection", {"last_batch_handle": "roll_over"}),
    "ImageDetIter augmented": (
        "detection",
        {
            "shuffle": True,
            "rand_crop": 0.7,
            "rand_pad": 0.6,
            "rand_mirror": True,
            "rand_gray": 0.3,
            "mean": True,
        },
    ),
}


_TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "RandomBrightness": lambda t: t.RandomBrightness(0.4),
    "RandomBrightness wide": lambda t: t.RandomBrightness(1.5),
    "RandomContrast": lambda t: t.RandomContrast(0.4),
    "RandomSaturation": lambda t: t.RandomSaturation(0.4),
    "RandomHue": lambda t: t.RandomHue(0.3),
    "RandomColorJitter": lambda t: t.RandomColorJitter(0.4, 0.3, 0.2, 0.1),
    "RandomColorJitter two": lambda t: t.RandomColorJitter(contrast=0.4, hue=0.2),
    "RandomLighting": lambda t: t.RandomLighting(0.3),
    "RandomResizedCrop": lambda t: t.RandomResizedCrop((5, 4)),
    "RandomResizedCrop options": lambda t: t.RandomResizedCrop(6, (0.3, 0.5), (0.5, 2.0), 9),
    "RandomApply": lambda t: t.RandomApply(t.RandomLighting(0.3), p=0.6),
    "CropResize": lambda t: t.CropResize(1, 2, 5, 6),
    "CropResize size": lambda t: t.CropResize(1, 2, 5, 6, (8, 9), 2),
    "CenterCrop interpolation 9": lambda t: t.CenterCrop(20, interpolation=9),
    "usual": lambda t: t.Compose(
        [t.RandomResizedCrop(6), t.RandomFlipLeftRight(), t.RandomColorJitter(0.4, 0.4, 0.4), t.ToTensor()]
    ),
}


def _transformed(make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        _start(mx, 4)
        transform = make(mx.gluon.data.vision.transforms)
        image = mx.nd.array(_SMALL, dtype="uint8")
        return [transform(image).asnumpy() for _ in range(3)]

    return run


_PRINTED = ("RandomColorJitter", "RandomResizedCrop", "RandomApply", "CropResize", "usual")


def _printed(mx: Any) -> str:
    t = mx.gluon.data.vision.transforms
    made = [_TRANSFORMS[name](t) for name in _PRINTED] + [t.Rotate(5), t.RandomRotation((-3, 3))]
    return "\n".join(map(repr, made))


_IMAGE, _T = ("image.imresize",), ("gluon.data.vision.transforms.RandomHue",)
_ALMOST = (1e-4, 1e-4)

SCENARIOS = [
    *(
        Scenario(name, _call(*how, seed), _IMAGE)
        for name, how in _FUNCTIONS.items()
        if not name.startswith("random")
        for seed in (0,)
    ),
    *(
        Scenario(f"{name} seed {seed}", _call(*how, seed), _IMAGE)
        for name, how in _FUNCTIONS.items()
        if name.startswith("random")
        for seed in range(3)
    ),
    *(Scenario(name, _call(*how, 2), _IMAGE, _ALMOST) for name, how in _ROTATIONS.items()),
    *(Scenario(name, _augmented(make), _IMAGE, _ALMOST) for name, make in _AUGMENTERS.items()),
    *(Scenario(name, _det_augmented(make), _IMAGE) for name, make in _DET_AUGMENTERS.items()),
    Scenario("imdecode and imread", _decoded, _IMAGE),
    Scenario("dumps", _dumps, _IMAGE),
    Scenario("scale_down", _sizes, _IMAGE),
    *(
        Scenario(name, _iterated(kind, **options), _IMAGE, _ALMOST)
        for name, (kind, options) in _ITERATORS.items()
    ),
    *(Scenario(f"transform {name}", _transformed(make), _T) for name, make in _TRANSFORMS.items()),
    Scenario("transforms printed", _printed, _T),
]
