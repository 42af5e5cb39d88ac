"""The parameters of the iterators over images in record files: names, types and defaults of MXNet's."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from ..base import MXNetError
from .native import Floats, Shape
from .rows import positive_batch

__all__ = ["DetectionOptions", "ImageOptions", "RecordOptions"]


@dataclass(kw_only=True, eq=False, repr=False)
class RecordOptions:
    """What is read, in which order, and by how many threads."""

    path_imgrec: str
    path_imgidx: str = ""
    path_imglist: str = ""
    data_shape: Shape
    batch_size: int
    label_width: int = 1
    shuffle: bool = False
    seed: int = 0
    seed_aug: int | None = None
    num_parts: int = 1
    part_index: int = 0
    round_batch: bool = True
    shuffle_chunk_size: int = 0
    shuffle_chunk_seed: int = 0
    preprocess_threads: int = 4
    prefetch_buffer: int = 4
    ctx: Literal["cpu", "gpu"] = "gpu"
    device_id: int = 0
    verbose: bool = True
    dtype: Literal["None", "float16", "float32", "float64", "int8", "int32", "int64", "uint8"] = "None"
    # what is done to an image, whatever it is for
    aug_seq: str = ""
    resize: int = -1
    inter_method: int = 1
    fill_value: int = 255
    mean_img: str = ""
    mean_r: float = 0.0
    mean_g: float = 0.0
    mean_b: float = 0.0
    mean_a: float = 0.0
    std_r: float = 1.0
    std_g: float = 1.0
    std_b: float = 1.0
    std_a: float = 1.0
    scale: float = 1.0

    def check(self, name: str) -> None:
        """Raise ``MXNetError`` for values that nothing can be done with."""
        positive_batch(name, self.batch_size)
        if not self.path_imgrec:
            raise MXNetError(f"{name}: there is no file to read", hint="path_imgrec='images.rec'")
        shape = self.data_shape
        if len(shape) != 3 or shape[0] not in (1, 3, 4) or min(shape) < 1:
            raise MXNetError(
                f"{name}: data_shape is that of an image, channels first",
                received=f"data_shape={shape}",
                because="it is (channels, height, width) with 1 channel for grey, 3 for colour, 4 with opacity",
                hint="data_shape=(3, 224, 224)",
            )
        if self.inter_method not in (0, 1, 2, 3, 4, 9, 10):
            raise MXNetError(
                f"{name}: unknown inter_method",
                received=f"inter_method={self.inter_method}",
                because="0 is nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos, 9 chooses by size, 10 at random",
            )
        if min(self.preprocess_threads, self.prefetch_buffer) < 1:
            raise MXNetError(
                f"{name}: there is at least one thread, and one batch that is read ahead",
                received=f"preprocess_threads={self.preprocess_threads}, prefetch_buffer={self.prefetch_buffer}",
                hint="preprocess_threads=1, prefetch_buffer=1",
            )

    def _refuse(self, name: str, unsupported: tuple[str, ...], hint: str) -> None:
        """Raise ``MXNetError`` where a parameter that does nothing here has another value than its default."""
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if field.name in unsupported and value != field.default:
                raise MXNetError(
                    f"{name}: {field.name} is not supported",
                    received=f"{field.name}={value!r}",
                    because="images are cut, resized, mirrored and coloured here, not turned or sheared",
                    hint=hint,
                )

    def std(self) -> tuple[float, ...]:
        """What each channel is divided by; 0 stands for 1."""
        return tuple(value or 1.0 for value in (self.std_r, self.std_g, self.std_b, self.std_a))

    def mean(self) -> tuple[float, ...]:
        """What is subtracted from each channel."""
        return self.mean_r, self.mean_g, self.mean_b, self.mean_a


@dataclass(kw_only=True, eq=False, repr=False)
class ImageOptions(RecordOptions):
    """Parameters of `ImageRecordIter` and its variants."""

    aug_seq: str = "aug_default"
    pad: int = 0
    rand_crop: bool = False
    max_crop_size: int = -1
    min_crop_size: int = -1
    random_resized_crop: bool = False
    min_random_area: float = 1.0
    max_random_area: float = 1.0
    min_aspect_ratio: float | None = None
    max_aspect_ratio: float = 0.0
    mirror: bool = False
    rand_mirror: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    pca_noise: float = 0.0
    random_h: int = 0
    random_s: int = 0
    random_l: int = 0
    max_random_contrast: float = 0.0
    max_random_illumination: float = 0.0
    rotate: int = -1
    max_rotate_angle: int = 0
    max_shear_ratio: float = 0.0
    min_random_scale: float = 1.0
    max_random_scale: float = 1.0
    min_img_size: float = 0.0
    max_img_size: float = 1e10

    def check(self, name: str) -> None:
        """Raise ``MXNetError`` for values that nothing can be done with."""
        super().check(name)
        unsupported: tuple[str, ...] = ("aug_seq", "rotate", "max_rotate_angle", "max_shear_ratio")
        unsupported += ("min_random_scale", "max_random_scale", "min_img_size", "max_img_size")
        if not self.random_resized_crop:
            unsupported += ("max_aspect_ratio", "min_aspect_ratio")
        self._refuse(name, unsupported, "random_resized_crop=True with min_random_area and max_random_area")
        sizes = self.min_crop_size, self.max_crop_size
        if sizes != (-1, -1) and not 1 <= sizes[0] <= sizes[1]:
            raise MXNetError(
                f"{name}: min_crop_size and max_crop_size go together",
                received=f"min_crop_size={sizes[0]}, max_crop_size={sizes[1]}",
                hint=f"min_crop_size={max(sizes)}, max_crop_size={max(sizes)}",
            )
        if self.random_resized_crop and (self.rand_crop or sizes != (-1, -1)):
            raise MXNetError(
                f"{name}: random_resized_crop is a way of cutting of its own",
                received=f"rand_crop={self.rand_crop}, min_crop_size={sizes[0]}, max_crop_size={sizes[1]}",
                hint="rand_crop=False, and no crop sizes",
            )
        if not 0 < self.min_random_area <= self.max_random_area:
            raise MXNetError(
                f"{name}: areas are fractions of the image, the smaller one first",
                received=f"min_random_area={self.min_random_area}, max_random_area={self.max_random_area}",
                hint="min_random_area=0.08, max_random_area=1.0",
            )

    def is_random(self) -> bool:
        """Whether random numbers decide what becomes of an image."""
        chances = (
            self.rand_crop,
            self.random_resized_crop,
            self.min_crop_size != self.max_crop_size,
            self.rand_mirror,
            self.brightness,
            self.contrast,
            self.saturation,
            self.pca_noise,
            self.random_h,
            self.random_s,
            self.random_l,
            self.max_random_contrast,
            self.max_random_illumination,
            self.inter_method == 10,
        )
        return any(chances)


_BOUNDS = ("scales", "aspect_ratios", "overlaps", "sample_coverages", "object_coverages")


@dataclass(kw_only=True, eq=False, repr=False)
class DetectionOptions(RecordOptions):
    """Parameters of `ImageDetRecordIter`."""

    path_imgrec: str = "./data/imgrec.rec"
    aug_seq: str = "det_aug_default"
    label_width: int = -1
    label_pad_width: int = 0
    label_pad_value: float = -1.0
    fill_value: int = 127
    std_r: float = 0.0
    std_g: float = 0.0
    std_b: float = 0.0
    std_a: float = 0.0
    resize_mode: Literal["force", "shrink", "fit"] = "force"
    rand_crop_prob: float = 0.0
    num_crop_sampler: int = 1
    min_crop_scales: Floats = (0.0,)
    max_crop_scales: Floats = (1.0,)
    min_crop_aspect_ratios: Floats = (1.0,)
    max_crop_aspect_ratios: Floats = (1.0,)
    min_crop_overlaps: Floats = (0.0,)
    max_crop_overlaps: Floats = (1.0,)
    min_crop_sample_coverages: Floats = (0.0,)
    max_crop_sample_coverages: Floats = (1.0,)
    min_crop_object_coverages: Floats = (0.0,)
    max_crop_object_coverages: Floats = (1.0,)
    max_crop_trials: Shape = (25,)
    crop_emit_mode: Literal["center", "overlap"] = "center"
    emit_overlap_thresh: float = 0.3
    rand_pad_prob: float = 0.0
    max_pad_scale: float = 1.0
    max_random_hue: int = 0
    random_hue_prob: float = 0.0
    max_random_saturation: int = 0
    random_saturation_prob: float = 0.0
    max_random_illumination: int = 0
    random_illumination_prob: float = 0.0
    max_random_contrast: float = 0.0
    random_contrast_prob: float = 0.0
    rand_mirror_prob: float = 0.0

    def check(self, name: str) -> None:
        """Raise ``MXNetError`` for values that nothing can be done with."""
        super().check(name)
        self._refuse(name, ("aug_seq",), "")
        for what in _BOUNDS:
            lower, upper = self.bounds(what)
            if any(low > high for low, high in zip(lower, upper, strict=True)):
                raise MXNetError(
                    f"{name}: min_crop_{what} is above max_crop_{what}",
                    received=f"min_crop_{what}={lower}, max_crop_{what}={upper}",
                )

    def bounds(self, what: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The smallest and the largest value for each way of cutting; the last one counts for all that follow."""
        return self.sampled(getattr(self, f"min_crop_{what}")), self.sampled(
            getattr(self, f"max_crop_{what}")
        )

    def sampled(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """A value for each way of cutting."""
        return tuple(values[min(place, len(values) - 1)] for place in range(self.num_crop_sampler))
