"""Single-shot detection: anchors, targets, detections."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Sample, error, integers, kinked, literal, normal, plain, ramp, uniform

_MAP = normal(2, 3, 2, 3)
_NOBODY = [-1.0] * 5
_BOXES = [
    [0.1, 0.1, 0.3, 0.3],
    [0.2, 0.2, 0.5, 0.6],
    [0.5, 0.5, 0.9, 0.9],
    [0, 0, 1, 1],
    [0.6, 0.6, 0.8, 0.8],
    [0.12, 0.1, 0.3, 0.3],
]
_ANCHORS = literal([_BOXES])
# two boxes, none, one
_LABELS = literal(
    [
        [[0, 0.1, 0.1, 0.32, 0.3], [1, 0.55, 0.5, 0.9, 0.85], _NOBODY],
        [_NOBODY] * 3,
        [[2, 0.1, 0.1, 0.32, 0.3], _NOBODY, _NOBODY],
    ]
)
_SCORES = normal(3, 4, 6)
_FAR = literal([[[0, 2, 2, 3, 3]]])
_SAME = literal([[[0, 0.1, 0.1, 0.3, 0.3], [1, 0.1, 0.1, 0.3, 0.3], [1, 0.1, 0.1, 0.3, 0.3]]])
_ONE = normal(1, 4, 6)
# anchors of a coarse grid: many equal overlaps
_GRID = literal([[[x / 4, y / 4, x / 4 + 0.5, y / 4 + 0.5] for y in range(3) for x in range(3)]])
_ON_GRID = literal(
    [
        [[0, 0.25, 0.25, 0.5, 0.5], [1, 0, 0, 0.5, 0.5], [2, 0.25, 0.25, 0.75, 0.75], _NOBODY],
        [[3, 0.25, 0, 0.5, 1], [0, 0.25, 0, 0.5, 1], [1, 0.25, 0, 0.5, 1], [2, 0.25, 0, 0.5, 1]],
    ]
)


def _taken(anchor: np.ndarray, label: np.ndarray, cls_pred: np.ndarray) -> list[np.ndarray]:
    """Two anchors with a box, two background anchors, though three are asked for."""
    return [np.zeros((1, 16), "float32"), np.repeat([[0, 1, 0, 0]], 4).reshape(1, 16).astype("float32"),
            np.array([[-1, 2, 0, 0]], "float32")]  # fmt: skip


_PROB = uniform(0, 1, 2, 3, 6)
_LOC = normal(2, 24, scale=0.3)
_SURE = literal([[[0.3, 0.2, 0.1], [0.3, 0.2, 0.8], [0.4, 0.6, 0.1]]])

SAMPLES: list[Sample] = [
    kinked("contrib.MultiBoxPrior", _MAP),
    plain("contrib.MultiBoxPrior", _MAP, sizes=(0.3, 0.5)),
    plain("contrib.MultiBoxPrior", _MAP, sizes=(0.3, 0.5), ratios=(1, 2, 0.5)),
    plain("contrib.MultiBoxPrior", _MAP, sizes=(0.9,), ratios=(1, 2), clip=True),
    plain("contrib.MultiBoxPrior", _MAP, sizes=(0.5, 0.2), ratios=(2, 3)),
    plain("contrib.MultiBoxPrior", _MAP, sizes=0.5, ratios=3),
    plain("contrib.MultiBoxPrior", _MAP, steps=(0.3, 0.2), offsets=(0, 0.25)),
    plain("contrib.MultiBoxPrior", _MAP, steps=(0, 0)),
    plain("contrib.MultiBoxPrior", normal(1, 2, 9, 7), sizes=(0.2, 0.272), ratios=(1, 2, 0.5)),
    kinked("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, overlap_threshold=0.1),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, overlap_threshold=0.0),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, ignore_label=7),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, variances=(1, 1, 0.5, 2)),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, minimum_negative_samples=3),
    *(
        plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, negative_mining_ratio=ratio, **more)
        for ratio, more in (
            (1, {}),
            (0.4, {}),
            (1, {"ignore_label": 7}),
            (100, {"minimum_negative_samples": 100}),
            (0, {"minimum_negative_samples": 2}),
            (0.1, {"minimum_negative_samples": 1}),
            (0.6, {"negative_mining_thresh": 0.33, "overlap_threshold": 0.2}),
        )
    ),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, integers(0, 2, 3, 4, 6), negative_mining_ratio=1),
    plain("contrib.MultiBoxTarget", _ANCHORS, _LABELS, normal(3, 1, 6), negative_mining_ratio=1),
    plain("contrib.MultiBoxTarget", _ANCHORS, _SAME, _ONE),
    plain("contrib.MultiBoxTarget", _ANCHORS, _FAR, _ONE),
    plain("contrib.MultiBoxTarget", _ANCHORS, _FAR, _ONE, negative_mining_ratio=3),
    plain("contrib.MultiBoxTarget", _ANCHORS, literal([[_NOBODY]]), _ONE),
    plain("contrib.MultiBoxTarget", _GRID, _ON_GRID, normal(2, 5, 9), negative_mining_ratio=2),
    plain("contrib.MultiBoxTarget", _GRID, _ON_GRID, normal(2, 5, 9), overlap_threshold=0.2),
    plain("contrib.MultiBoxTarget", literal([_BOXES[:2]]), _SAME, normal(1, 4, 2)),
    plain("contrib.MultiBoxTarget", _ANCHORS, literal([[[1, 0, 0, 0.4, 0.4, 9, 8]]]), _ONE),
    plain(
        "contrib.MultiBoxTarget",
        literal([[[0, 0, 1, 0.9], [0, 0, 1, 1], [0.9, 0.9, 1, 1], [5, 5, 6, 6]]]),
        literal([[[1, 0, 0, 1, 1]]]),
        normal(1, 4, 4),
        negative_mining_ratio=3,
        overlap_threshold=0.95,
    ).better(_taken, "1.9.1 raises where fewer background anchors are left than mining asks for"),
    kinked("contrib.MultiBoxDetection", _PROB, _LOC, _ANCHORS),
    *(
        plain("contrib.MultiBoxDetection", _PROB, _LOC, _ANCHORS, **attributes)
        for attributes in (
            {"clip": False},
            {"threshold": 0.5},
            {"threshold": 0.99},
            {"threshold": -1},
            {"background_id": 1},
            {"nms_threshold": 0.1},
            {"nms_threshold": 0.1, "force_suppress": True},
            {"nms_topk": 2},
            {"nms_topk": 2, "nms_threshold": 0.1, "threshold": 0.6},
            {"nms_topk": 0},
            {"nms_threshold": 0},
            {"nms_threshold": 1.5, "nms_topk": 2, "threshold": 0.5},
            {"nms_threshold": 1.0},
            {"variances": (1, 1, 0.5, 1)},
        )
    ),
    plain("contrib.MultiBoxDetection", normal(2, 1, 6), _LOC, _ANCHORS),
    plain(
        "contrib.MultiBoxDetection",
        _SURE,
        ramp(1, 12, step=0),
        literal([[[0, 0, 1, 1], [0, 0, 1, 0.5], [0, 0, 1, 1]]]),
        force_suppress=True,
    ),
    plain("contrib.MultiBoxDetection", integers(0, 3, 2, 4, 9), ramp(2, 36, step=0.01), _GRID, nms_topk=3),
    plain("contrib.MultiBoxDetection", uniform(0, 1, 2, 3, 9), normal(2, 36), _GRID, nms_threshold=0.3),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.MultiBoxPrior", normal(3, 2, 3)),
    error("MXNetError", "contrib.MultiBoxPrior", ramp(1, 1, 2, 2, dtype="int32")),
    error("MXNetError", "contrib.MultiBoxPrior", _MAP, sizes=()),
    error("MXNetError", "contrib.MultiBoxPrior", _MAP, ratios=()),
    error("MXNetError", "contrib.MultiBoxPrior", _MAP, steps=(0.1,)),
    error("MXNetError", "contrib.MultiBoxPrior", _MAP, steps=(0.1, -1)),
    error("MXNetError", "contrib.MultiBoxPrior", _MAP, offsets=(0.1,)),
    error("MXNetError", "contrib.MultiBoxTarget", literal(_BOXES), _LABELS, _SCORES),
    error("MXNetError", "contrib.MultiBoxTarget", normal(2, 6, 4), _LABELS, _SCORES),
    error("MXNetError", "contrib.MultiBoxTarget", normal(1, 6, 5), _LABELS, _SCORES),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, normal(3, 5), _SCORES),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, normal(3, 2, 4), _SCORES),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, _LABELS, normal(3, 4, 5)),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, _LABELS, _SCORES, variances=(1,)),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, literal([[[-1, 0, 0, 1, 1]]]), _ONE),
    error(
        "MXNetError",
        "contrib.MultiBoxTarget",
        _ANCHORS,
        _LABELS,
        _SCORES,
        negative_mining_ratio=3,
        negative_mining_thresh=0,
    ),
    error("MXNetError", "contrib.MultiBoxTarget", _ANCHORS, _LABELS, _ONE).because(
        "1.9.1 reads behind the end of cls_pred"
    ),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, normal(2, 6, 4), _ANCHORS),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, normal(2, 8), _ANCHORS),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, _LOC, normal(1, 3, 4)),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, _LOC, normal(2, 6, 4)),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, _LOC, _ANCHORS, variances=(1,)),
    error("MXNetError", "contrib.MultiBoxDetection", _PROB, normal(1, 24), _ANCHORS).because(
        "1.9.1 reads behind the end of loc_pred"
    ),
]
