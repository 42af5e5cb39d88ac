"""Operators over boxes in images: overlap, encoding, matching, non-maximum suppression."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Sample, error, integers, kinked, literal, normal, plain, ramp, uniform

_LEFT = literal([[0, 0, 2, 2], [1, 1, 0, 0], [0, 0, 0, 0], [-1, -1, 3, 4]])
_RIGHT = literal([[1, 1, 3, 3], [0, 0, 0, 0], [-1, -1, -2, 5]])
_TEN = uniform(0.2, 1, 2, 10, 4)  # in center format these overlap

# class, score and corners
_FOUND = literal(
    [
        [0, 0.5, 0.1, 0.1, 0.2, 0.2],
        [1, 0.4, 0.1, 0.1, 0.2, 0.2],
        [0, 0.3, 0.1, 0.1, 0.14, 0.14],
        [2, 0.6, 0.5, 0.5, 0.7, 0.8],
        [1, 0.0, 0, 0, 1, 1],
        [1, -0.5, 0, 0, 1, 1],
    ]
)
_TIES = literal([[1, 0.5, 0, 0, 1, 1], [2, 0.5, 0, 0, 1, 1], [3, 0.5, 0, 0, 2, 2], [4, 0.7, 5, 5, 6, 6]])
_HALF = literal([[0, 0.5, 0, 0, 2, 2], [0, 0.4, 0, 0, 1, 2]])  # their overlap is the threshold
_MANY = uniform(0.1, 1, 3, 200, 6)
_FRACTIONS = literal([[i, s, 0.1, 0.1, 0.2, 0.2] for i, s in ((0.5, 0.5), (0.7, 0.4), (1, 0.3), (-0.5, 0.2))])
_FLAT = literal([[0, 0.5, 0.1, 0.1, 0.1, 0.1], [0, 0.4, 0.1, 0.1, 0.1, 0.1], [1, 0.3, 3, 3, 2, 2]])

_ANCHORS = literal([[[0, 0, 1, 1], [0.5, 0.5, 1, 2], [-1, 0, 0, 3], [0.2, 0.1, 0.4, 0.7]]])
_REFS = literal([[[0, 0, 2, 2], [1, 1, 2, 3], [0.2, 0.2, 0.3, 0.9]]])
_SAMPLES = literal([[1, -1, 0.51, 0.5]])
_MATCHES = literal([[2, 0, 1, 1]])
_MEANS, _STDS = literal([0, 0.1, 0.2, 0.3]), literal([0.1, 0.1, 0.2, 0.2])

_SCORES = literal([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]])

SAMPLES: list[Sample] = [
    plain("contrib.box_iou", _LEFT, _RIGHT),
    plain("contrib.box_iou", _LEFT, _RIGHT, format="center"),
    kinked("contrib.box_iou", _TEN, _TEN, format="center"),
    kinked("contrib.box_iou", uniform(0, 1, 2, 3, 4, dtype="float64"), uniform(0, 1, 5, 4, dtype="float64")),
    plain("contrib.box_iou", uniform(0, 1, 3, 4, dtype="float16"), uniform(0, 2, 2, 4, dtype="float16")),
    kinked("contrib.box_nms", _FOUND),
    kinked("contrib.box_nms", _FOUND, overlap_thresh=0.1, id_index=0),
    kinked("contrib.box_nms", _FOUND, overlap_thresh=0.1, id_index=0, force_suppress=True),
    kinked("contrib.box_nms", _FOUND, overlap_thresh=0.1, topk=2),
    kinked("contrib.box_nms", _FOUND, topk=0),
    kinked("contrib.box_nms", _FOUND, topk=0, out_format="center"),
    plain("contrib.box_nms", _FOUND, topk=-5),
    plain("contrib.box_nms", _FOUND, topk=100),
    plain("contrib.box_nms", _FOUND, valid_thresh=-1, out_format="center"),
    plain("contrib.box_nms", _FOUND, valid_thresh=5, out_format="center"),
    plain("contrib.box_nms", _FOUND, id_index=0, background_id=0),
    plain("contrib.box_nms", _FOUND, background_id=0),
    kinked("contrib.box_nms", _FOUND, overlap_thresh=0.1, in_format="center", out_format="corner"),
    plain("contrib.box_nms", _FOUND, in_format="center", out_format="center"),
    plain("contrib.box_nms", _FOUND, overlap_thresh=1),
    plain("contrib.box_nms", _FOUND, overlap_thresh=0),
    plain("contrib.box_nms", _FOUND, overlap_thresh=-1),
    plain("contrib.box_nms", _FOUND, coord_start=0, score_index=5),
    plain("contrib.box_nms", literal([[0.5, 0, 0, 1, 1], [0.9, 0, 0, 1, 1.5]]), coord_start=1, score_index=0),
    plain("contrib.box_nms", _TIES),
    plain("contrib.box_nms", _HALF),
    plain("contrib.box_nms", _FRACTIONS, id_index=0),
    plain("contrib.box_nms", _FRACTIONS, id_index=0, background_id=0),
    plain("contrib.box_nms", _FLAT, overlap_thresh=-1),
    plain("contrib.box_nms", literal([[0, np.nan, 0, 0, 1, 1], [0, 0.5, 2, 2, 3, 3]])),
    kinked("contrib.box_nms", _MANY, in_format="center", out_format="center", overlap_thresh=0.4),
    plain("contrib.box_nms", _MANY, in_format="center", overlap_thresh=0.7, topk=150),
    plain("contrib.box_nms", uniform(0.1, 4, 1, 2, 150, 6), in_format="center", id_index=0),
    plain("contrib.box_non_maximum_suppression", uniform(0.1, 1, 12, 7, dtype="float64"), in_format="center"),
    kinked("contrib.box_encode", _SAMPLES, _MATCHES, _ANCHORS, _REFS, _MEANS, _STDS),
    plain(
        "contrib.box_encode",
        literal([[1, 1, -1], [1, 0, 1]]),
        literal([[0, 1, 1], [1, 0, 0]]),
        ramp(2, 3, 4, step=0.5),
        ramp(2, 2, 4, start=1, step=0.75),
        literal([0, 0, 0, 0]),
        literal([1, 1, 1, 1]),
    ),
    plain("contrib.box_encode", literal([[0.0, -1.0, 0.5, 0.2]]), _MATCHES, _ANCHORS, _REFS, _MEANS, _STDS),
    kinked("contrib.box_decode", normal(2, 4, 4), _ANCHORS),
    plain("contrib.box_decode", normal(2, 4, 4), _ANCHORS, format="corner"),
    plain("contrib.box_decode", normal(2, 4, 4), _ANCHORS, std0=0.1, std1=0.1, std2=0.2, std3=0.3),
    plain("contrib.box_decode", normal(2, 4, 4), _ANCHORS, clip=0.5, std2=0.3),
    plain("contrib.box_decode", normal(1, 4, 4), _ANCHORS, clip=0.0, std3=2.0),
    plain("contrib.box_decode", normal(2, 3, 4, dtype="float64"), uniform(0, 1, 1, 3, 4, dtype="float64")),
    kinked("contrib.bipartite_matching", _SCORES, threshold=1e-12),
    plain("contrib.bipartite_matching", _SCORES, threshold=0.4),
    plain("contrib.bipartite_matching", _SCORES, threshold=0.6),
    plain("contrib.bipartite_matching", _SCORES, threshold=1, is_ascend=True),
    plain("contrib.bipartite_matching", _SCORES, threshold=0.2, is_ascend=True),
    plain(
        "contrib.bipartite_matching", literal([[[0.5, 0.6], [0.1, 0.2]], [[0, -1], [2, 1]]]), threshold=-0.5
    ),
    plain("contrib.bipartite_matching", integers(0, 3, 2, 2, 5, 4), threshold=0.5),
    plain("contrib.bipartite_matching", integers(0, 3, 4, 6, dtype="float64"), threshold=2, is_ascend=True),
    *(plain("contrib.bipartite_matching", uniform(0, 1, 4, 5), threshold=0, topk=k) for k in (0, 1, 2, 9)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.box_iou", normal(4), _RIGHT),
    error("MXNetError", "contrib.box_iou", _LEFT, normal(3, 5)),
    error("MXNetError", "contrib.box_iou", _LEFT, normal(3, 4, dtype="float64")),
    error("MXNetError", "contrib.box_iou", _LEFT, _RIGHT, format="round"),
    error("MXNetError", "contrib.box_iou", ramp(3, 4, dtype="int32"), ramp(3, 4, dtype="int32")),
    error("MXNetError", "contrib.box_nms", normal(6)),
    error("MXNetError", "contrib.box_nms", normal(3, 4)),
    error("MXNetError", "contrib.box_nms", _FOUND, coord_start=4),
    error("MXNetError", "contrib.box_nms", _FOUND, coord_start=-1),
    error("MXNetError", "contrib.box_nms", _FOUND, score_index=7),
    error("MXNetError", "contrib.box_nms", _FOUND, score_index=3),
    error("MXNetError", "contrib.box_nms", _FOUND, id_index=9),
    error("MXNetError", "contrib.box_nms", _FOUND, id_index=1),
    error("MXNetError", "contrib.box_nms", _FOUND, in_format="round"),
    error("MXNetError", "contrib.box_encode", _SAMPLES, _MATCHES, _ANCHORS, _REFS),
    error("MXNetError", "contrib.box_encode", _SAMPLES, ramp(1, 3), _ANCHORS, _REFS, _MEANS, _STDS),
    error("MXNetError", "contrib.box_encode", _SAMPLES, _MATCHES, _ANCHORS, _REFS, ramp(3), _STDS),
    error(
        "MXNetError", "contrib.box_encode", _SAMPLES, literal([[3, 0, 1, 1]]), _ANCHORS, _REFS, _MEANS, _STDS
    ).because("1.9.1 reads behind the reference boxes"),
    error("MXNetError", "contrib.box_decode", normal(2, 4, 4), normal(2, 4, 4)),
    error("MXNetError", "contrib.box_decode", normal(2, 3, 4), _ANCHORS),
    error("MXNetError", "contrib.box_decode", normal(2, 4, 4), _ANCHORS, format="round"),
    error("MXNetError", "contrib.bipartite_matching", _SCORES),
    error("MXNetError", "contrib.bipartite_matching", normal(3), threshold=0),
    error("MXNetError", "contrib.bipartite_matching", ramp(2, 2, dtype="int32"), threshold=0),
]
