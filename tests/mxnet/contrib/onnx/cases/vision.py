"""Images, regions and boxes, and what is drawn at random."""

import numpy as np

from mxnet import sym

from .case import Case, Cases, Given, data, ints, learnt, values

CASES = Cases()
internal = sym._internal
x, y = data(2, 3, 4), data(2, 3, 4)

# ---------------------------------------------------------------------- images and regions

CASES.calls("UpSampling", [data(1, 2, 3, 4)], nearest={"scale": 2, "sample_type": "nearest"})
CASES.calls(
    "UpSampling",
    [data(1, 2, 4, 4), data(1, 3, 2, 2)],
    several={"scale": 2, "sample_type": "nearest", "num_args": 2},
)
CASES.calls(
    "UpSampling",
    [data(1, 2, 4, 4), data(1, 2, 2, 2)],
    sum={"scale": 2, "sample_type": "nearest", "num_args": 2, "multi_input_mode": "sum"},
)
CASES.calls(
    "UpSampling",
    [data(1, 2, 3, 4), learnt(2, 1, 4, 4)],
    bilinear={"scale": 2, "sample_type": "bilinear", "num_filter": 2, "num_args": 2},
)
_regions = values([[0, 0, 0, 3, 4], [1, 1, 2, 6, 5], [0, 2.6, 1.4, 9, 7]])
CASES.calls("ROIPooling", [data(2, 3, 8, 9), _regions], _={"pooled_size": (2, 3), "spatial_scale": 0.5})
CASES.calls(
    "_contrib_ROIAlign",
    [data(2, 3, 8, 9), _regions],
    of=sym.contrib.ROIAlign,
    two={"pooled_size": (2, 3), "spatial_scale": 0.5, "sample_ratio": 2},
    adaptive={"pooled_size": (2, 2), "spatial_scale": 1.0},
    aligned={"pooled_size": (2, 2), "spatial_scale": 0.5, "aligned": True},
)
CASES.add("BilinearSampler", "", sym.BilinearSampler, data(2, 3, 5, 6), data(2, 2, 3, 4, low=-1.2, high=1.2))
_maps = values([[0.9, 0.1, 0, -0.2, 0.8, 0.1], [1, 0, 0.3, 0, 1, 0]])
CASES.calls("GridGenerator", [_maps], affine={"transform_type": "affine", "target_shape": (3, 4)})
CASES.calls("GridGenerator", [data(2, 2, 3, 4)], warp={"transform_type": "warp"})
CASES.calls(
    "SpatialTransformer",
    [data(2, 3, 5, 6), _maps],
    _={"transform_type": "affine", "sampler_type": "bilinear", "target_shape": (4, 4)},
)
CASES.calls(
    "_contrib_BilinearResize2D",
    [data(1, 2, 3, 4)],
    of=sym.contrib.BilinearResize2D,
    _={"height": 5, "width": 7},
    centers={"height": 6, "width": 8, "align_corners": False},
    **{"to odd": {"mode": "to_odd_up"}},
)
CASES.add(
    "_contrib_BilinearResize2D",
    "like",
    lambda s, t: sym.contrib.BilinearResize2D(s, t, mode="like"),
    data(1, 2, 3, 4),
    data(1, 1, 6, 7),
)
CASES.calls(
    "_contrib_AdaptiveAvgPooling2D",
    [data(2, 3, 5, 7)],
    of=sym.contrib.AdaptiveAvgPooling2D,
    _={},
    size={"output_size": (2, 3)},
)
CASES.add("_image_to_tensor", "", sym.image.to_tensor, ints(4, 5, 3, low=0, high=256, dtype="uint8"))
CASES.calls(
    "_image_normalize",
    [data(3, 4, 5)],
    of=sym.image.normalize,
    _={"mean": (0.1, 0.2, 0.3), "std": (0.5, 0.6, 0.7)},
)
CASES.calls("_image_crop", [data(5, 6, 3)], of=sym.image.crop, _={"x": 1, "y": 2, "width": 3, "height": 2})
CASES.add("_image_flip_left_right", "", sym.image.flip_left_right, data(5, 6, 3))
CASES.add("_image_flip_top_bottom", "", sym.image.flip_top_bottom, data(5, 6, 3))
_anchors = values([[[0.1, 0.1, 0.5, 0.6], [0.2, 0.3, 0.9, 0.8]]])
CASES.calls(
    "_contrib_box_decode",
    [data(2, 2, 4), _anchors],
    of=sym.contrib.box_decode,
    corner={"format": "corner", "std0": 0.1, "std2": 0.2},
    center={"clip": 0.3},
)
_boxes = Given(
    (2, 8, 6),
    values=[
        [
            [i % 2, s, *np.array([k, j, k + 4, j + 3]) / 4]
            for i, s, k, j in zip(
                range(8),
                np.random.RandomState(n).permutation(8) / 8 + 0.01,
                [0, 1, 1, 2, 5, 6, 0, 1],
                [0, 0, 1, 1, 5, 5, 1, 0],
            )
        ]
        for n in range(2)
    ],
)
for _label, _options in {
    "": {"id_index": 0},
    "all classes": {"id_index": 0, "force_suppress": True},
    "topk": {"topk": 4},
    "background": {"id_index": 0, "background_id": 1, "valid_thresh": 0.2},
    "formats": {"in_format": "center", "out_format": "corner"},
    "back": {"out_format": "center", "id_index": 0},
}.items():
    CASES.add(
        "_contrib_box_nms",
        _label,
        lambda s, o=_options: sym.contrib.box_nms(s, **o),
        _boxes,
        back="NonMaxSuppression",
    )

# What is drawn at random: only its shape and type are compared.
RANDOM = [
    Case("_random_uniform", "", lambda s: sym.random.uniform(1, 2, shape=(3, 4)) + s * 0, [data(3, 4)]),
    Case("_random_normal", "", lambda s: sym.random.normal(1, 2, shape=(3, 4)) + s * 0, [data(3, 4)]),
    Case("_random_uniform_like", "", lambda s: internal._random_uniform_like(s, low=1, high=2), [x]),
    Case("_random_normal_like", "", lambda s: internal._random_normal_like(s), [x]),
    Case(
        "_sample_multinomial",
        "",
        lambda s: internal._sample_multinomial(sym.softmax(s), shape=5),
        [data(2, 4, low=0.1)],
    ),
    Case("Dropout", "always", lambda s: sym.Dropout(s, p=0.3, mode="always"), [x]),
]
