"""``glueball predict``: what pictures show, by a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from glueball import datasets, models, results
from glueball.settings import BadValueError, NotPossibleError
from glueball.training import read_settings
from mxnet import nd

_SIZES = {"digits": (8, 8)}
_NAMES = {"fashion-mnist": datasets.FASHION}


def predict_images(run: Path, images: list[Path], *, top: int = 3) -> int:
    """Print the likeliest classes of each picture with their probabilities; return the exit code.

    A picture is made gray, laid on paper where it is transparent, brought to the size that the model takes, and
    inverted if its background is bright, because the pictures of the training data are bright on black.
    """
    settings = read_settings(run)
    size, names = _SIZES.get(settings.dataset, (28, 28)), _NAMES.get(settings.dataset, datasets.DIGITS)
    net = models.build(settings, size, len(names))
    path = run / results.PARAMS
    if not path.exists():
        raise NotPossibleError(
            f"{run} is not finished: {path.name} is missing; glueball train --resume {run}"
        )
    try:
        net.load_parameters(str(path))
    except (mx.MXNetError, AssertionError) as error:
        raise NotPossibleError(f"{path} cannot be used: {str(error).splitlines()[0]}") from None
    prepared = [_prepare(image, size) for image in images]
    batch = nd.array(np.stack([pixels for pixels, _ in prepared])[:, np.newaxis])
    probabilities = net(batch).softmax().asnumpy()
    width = max(len(name) for name in names)
    for image, (_, note), row in zip(images, prepared, probabilities, strict=True):
        print(f"{image}{note}")
        for index in row.argsort()[::-1][:top]:
            print(f"  {names[index]:<{width}}  {row[index]:7.2%}  {'#' * round(row[index] * 30)}")
    return 0


def _prepare(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """The picture as the model takes it, from 0 to 1, and what was done to it."""
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise NotPossibleError(
            "reading pictures takes Pillow, which is not installed; pip install pillow"
        ) from None
    try:
        with Image.open(path) as opened:
            picture, paper = _gray(ImageOps.exif_transpose(opened))
    except FileNotFoundError:
        raise BadValueError(f"{path} is not there") from None
    except (UnidentifiedImageError, OSError) as error:
        raise BadValueError(f"{path} is no picture that can be read ({type(error).__name__})") from None
    done = [] if paper is None else [f"transparent, so laid on {paper}"]
    if picture.size != size[::-1]:
        how = "shrunk" if picture.width >= size[1] and picture.height >= size[0] else "resized"
        done.append(f"{picture.width}x{picture.height} {how} to {size[1]}x{size[0]}")
        picture = picture.resize(size[::-1], Image.Resampling.BOX)
    pixels = np.asarray(picture, dtype=np.float32) / 255
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if np.median(edge) > 0.5:
        pixels = 1 - pixels
        done.append("inverted, as its background is bright")
    return pixels, f"  ({'; '.join(done)})" if done else ""


def _gray(picture: Any) -> tuple[Any, str | None]:
    """The picture in shades of gray, and the paper that shows through it, the one that its ink stands out from."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("L"), None
    from PIL import Image

    colored = picture.convert("RGBA")
    ink = np.asarray(colored.convert("L"), dtype=np.float32)
    cover = np.asarray(colored.getchannel("A"), dtype=np.float32)
    if cover.min() == 255:
        return colored.convert("L"), None
    paper = "black" if (ink * cover).sum() > 127 * cover.sum() else "white"
    return Image.alpha_composite(Image.new("RGBA", colored.size, paper), colored).convert("L"), paper
