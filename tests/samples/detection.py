"""Regions of feature maps, proposals of regions, convolutions with moved windows."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Sample, error, kinked, literal, normal, plain, ramp, sample, uniform

_MAPS = normal(2, 4, 5, 6)
_ROIS = literal([[0, 1, 1, 4, 3], [1, 0.3, 0.2, 5, 4], [0, -3, -2, 2, 2], [0, 4, 3, 9, 9], [0.7, 2, 2, 2, 2]])
_AREAS = literal([[0, 1, 1, 4, 3], [1, 0.3, 0.2, 5, 4], [0, -3, -2, 2, 2], [0, 4, 3, 9, 9]])
_ALIGN = {"pooled_size": (2, 2), "spatial_scale": 1.0}
_FINE = normal(2, 4, 5, 6, dtype="float64"), literal([[0, 1, 1, 4, 3], [1, 0, 0, 5, 4]], "float64")

_SCORES = uniform(0.01, 1, 1, 4, 3, 4)
_MOVES = normal(1, 8, 3, 4, scale=0.1)
_IMAGE = literal([[48, 64, 1]])
_RPN = {"scales": (2,), "ratios": (0.5, 1), "rpn_post_nms_top_n": 6}
_MANY = (
    uniform(0.01, 1, 2, 24, 7, 9),
    normal(2, 48, 7, 9, scale=0.3),
    literal([[112, 144, 1], [100, 120, 1.5]]),
)

_DATA, _WEIGHT, _BIAS = normal(2, 4, 5, 6), normal(3, 4, 3, 3), normal(3)
_OFFSET, _MASK = normal(2, 18, 5, 6), uniform(0, 1, 2, 9, 5, 6)
_CONV = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 3}
_KERNEL = {"kernel": (2, 2), "num_filter": 2}


def _nothing(data: np.ndarray, rois: np.ndarray) -> np.ndarray:
    return np.zeros((len(rois), data.shape[1], 2, 2), "float32")


SAMPLES: list[Sample] = [
    sample("contrib.ROIAlign", _MAPS, _ROIS, **_ALIGN).towards(0),
    sample("contrib.ROIAlign", _MAPS, _ROIS, sample_ratio=2, **_ALIGN).towards(0),
    sample("contrib.ROIAlign", _MAPS, _AREAS, aligned=True, **_ALIGN).towards(0),
    sample("contrib.ROIAlign", _MAPS, _AREAS, position_sensitive=True, **_ALIGN).towards(0),
    sample(
        "contrib.ROIAlign",
        normal(1, 6, 7, 7),
        literal([[0, 1, 2, 13, 9], [0, 3, 3, 4, 12]]),
        pooled_size=(3, 2),
        spatial_scale=0.5,
        position_sensitive=True,
        aligned=True,
        sample_ratio=3,
    ).towards(0),
    sample("contrib.ROIAlign", *_FINE, pooled_size=(3, 1), spatial_scale=0.5).towards(0),
    sample("contrib.ROIAlign", _MAPS, _ROIS, pooled_size=(2, 2), spatial_scale=0.0).towards(0),
    kinked("contrib.ROIAlign", _MAPS, _AREAS, **_ALIGN),
    plain("contrib.ROIAlign", _MAPS, literal([[-1, 0, 0, 3, 3]]), **_ALIGN).better(
        _nothing, "1.9.1 leaves there what was in memory"
    ),
    sample("contrib.PSROIPooling", _MAPS, _ROIS, spatial_scale=1.0, output_dim=1, pooled_size=2).towards(0),
    sample(
        "contrib.PSROIPooling",
        normal(1, 8, 5, 5),
        literal([[0, 0.5, 1.5, 7, 9], [0, 3, 3, 8, 2]]),
        spatial_scale=0.5,
        output_dim=2,
        pooled_size=3,
        group_size=2,
    ).towards(0),
    sample(
        "contrib.PSROIPooling", *_FINE, spatial_scale=0.7, output_dim=4, pooled_size=2, group_size=1
    ).towards(0),
    sample(
        "contrib.DeformablePSROIPooling",
        _MAPS,
        _ROIS,
        spatial_scale=1.0,
        output_dim=1,
        pooled_size=2,
        group_size=2,
        no_trans=True,
        sample_per_part=2,
    ).towards(0),
    sample(
        "contrib.DeformablePSROIPooling",
        _MAPS,
        _AREAS,
        normal(4, 2, 2, 2),
        spatial_scale=1.0,
        output_dim=1,
        pooled_size=2,
        group_size=2,
        trans_std=0.1,
        part_size=2,
        sample_per_part=2,
    ).towards(0, 2),
    sample(
        "contrib.DeformablePSROIPooling",
        normal(1, 16, 6, 6),
        literal([[0, 1, 2, 9, 8], [0, 3, 3, 6, 7]]),
        normal(2, 4, 1, 1),
        spatial_scale=0.5,
        output_dim=4,
        pooled_size=3,
        group_size=2,
        trans_std=0.3,
        part_size=1,
        sample_per_part=3,
    ).towards(0, 2),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, output_score=True, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, rpn_min_size=0, threshold=0.3, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, rpn_min_size=30, output_score=True, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, rpn_min_size=1000, output_score=True, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, rpn_pre_nms_top_n=5, **_RPN),
    plain("contrib.Proposal", _SCORES, _MOVES, _IMAGE, rpn_pre_nms_top_n=0, feature_stride=32, **_RPN),
    plain("contrib.Proposal", _SCORES, normal(1, 8, 3, 4, scale=3), _IMAGE, iou_loss=True, **_RPN),
    kinked(
        "contrib.MultiProposal",
        uniform(0.01, 1, 2, 4, 3, 4),
        normal(2, 8, 3, 4, scale=0.1),
        literal([[48, 64, 1], [40, 50, 2]]),
        **_RPN,
    ),
    plain("contrib.MultiProposal", *_MANY, rpn_post_nms_top_n=20, output_score=True),
    plain("contrib.MultiProposal", *_MANY, rpn_post_nms_top_n=50, threshold=0.5, rpn_pre_nms_top_n=100),
    kinked("contrib.DeformableConvolution", _DATA, _OFFSET, _WEIGHT, _BIAS, **_CONV).near(1e-4, 1e-4),
    kinked("contrib.DeformableConvolution", _DATA, ramp(2, 18, 5, 6, step=0), _WEIGHT, no_bias=True, **_CONV)
    .towards(0, 2)
    .near(1e-4, 1e-4),
    kinked(
        "contrib.DeformableConvolution",
        normal(1, 4, 7, 6, dtype="float64"),
        normal(1, 36, 3, 2, dtype="float64"),
        normal(2, 2, 3, 3, dtype="float64"),
        normal(2, dtype="float64"),
        kernel=(3, 3),
        stride=(2, 2),
        dilate=(1, 2),
        pad=(0, 1),
        num_filter=2,
        num_group=2,
        num_deformable_group=2,
    ),
    sample(
        "contrib.DeformableConvolution",
        normal(1, 2, 4, 5),
        uniform(0.1, 0.4, 1, 8, 3, 2),
        normal(2, 2, 2, 2),
        normal(2),
        stride=(1, 2),
        dilate=(1, 2),
        **_KERNEL,
    ),
    # 1.9.1 has their gradient on GPUs alone
    plain("contrib.ModulatedDeformableConvolution", _DATA, _OFFSET, _MASK, _WEIGHT, _BIAS, **_CONV).near(
        1e-4, 1e-4
    ),
    plain(
        "contrib.ModulatedDeformableConvolution",
        normal(1, 4, 7, 6, dtype="float64"),
        normal(1, 36, 3, 2, dtype="float64"),
        uniform(0, 1, 1, 18, 3, 2, dtype="float64"),
        normal(2, 2, 3, 3, dtype="float64"),
        kernel=(3, 3),
        stride=(2, 2),
        dilate=(1, 2),
        pad=(0, 1),
        num_filter=2,
        num_group=2,
        num_deformable_group=2,
        no_bias=True,
        im2col_step=1,
    ),
    sample(
        "contrib.ModulatedDeformableConvolution",
        normal(1, 2, 4, 5),
        uniform(0.1, 0.4, 1, 8, 3, 4),
        uniform(0, 1, 1, 4, 3, 4),
        normal(2, 2, 2, 2),
        normal(2),
        **_KERNEL,
    ).beyond(),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.ROIAlign", normal(4, 5, 6), _ROIS, **_ALIGN),
    error("MXNetError", "contrib.ROIAlign", _MAPS, normal(3, 4), **_ALIGN),
    error("MXNetError", "contrib.ROIAlign", _MAPS, _ROIS, pooled_size=(2, 2)),
    error("MXNetError", "contrib.ROIAlign", _MAPS, _ROIS, pooled_size=(2,), spatial_scale=1.0),
    error("MXNetError", "contrib.ROIAlign", _MAPS, _ROIS, pooled_size=2, spatial_scale=1.0),
    error("MXNetError", "contrib.ROIAlign", _MAPS, _ROIS, pooled_size=(0, 2), spatial_scale=1.0),
    error("MXNetError", "contrib.ROIAlign", _MAPS, _ROIS, pooled_size=(2, 2), spatial_scale=2.0),
    error(
        "MXNetError",
        "contrib.ROIAlign",
        _MAPS,
        _ROIS,
        pooled_size=(3, 2),
        spatial_scale=1.0,
        position_sensitive=True,
    ),
    error("MXNetError", "contrib.ROIAlign", _MAPS, normal(2, 5, dtype="float64"), **_ALIGN),
    error(
        "MXNetError", "contrib.ROIAlign", ramp(1, 1, 2, 2, dtype="int32"), ramp(1, 5, dtype="int32"), **_ALIGN
    ),
    error(
        "MXNetError", "contrib.ROIAlign", _MAPS, literal([[0, 2, 2, 2, 2]]), aligned=True, **_ALIGN
    ).because("1.9.1 ends the process"),
    error("MXNetError", "contrib.ROIAlign", _MAPS, literal([[2, 0, 0, 3, 3]]), **_ALIGN).because(
        "1.9.1 reads behind the end of data"
    ),
    error(
        "MXNetError", "contrib.PSROIPooling", _MAPS, _ROIS, spatial_scale=1.0, output_dim=2, pooled_size=2
    ).because("1.9.1 reads behind the end of data"),
    error("MXNetError", "contrib.PSROIPooling", _MAPS, _ROIS, spatial_scale=1.0, output_dim=1),
    error(
        "MXNetError",
        "contrib.DeformablePSROIPooling",
        _MAPS,
        _ROIS,
        normal(5, 2, 2, 2),
        spatial_scale=1.0,
        output_dim=1,
        pooled_size=2,
        group_size=2,
        no_trans=True,
    ),
    error("MXNetError", "contrib.Proposal", normal(2, 4, 3, 4), normal(2, 8, 3, 4), normal(2, 3), **_RPN),
    error("MXNetError", "contrib.MultiProposal", _SCORES, _MOVES, normal(1, 2), **_RPN),
    error("MXNetError", "contrib.MultiProposal", _SCORES, normal(1, 7, 3, 4), _IMAGE, **_RPN),
    error("MXNetError", "contrib.DeformableConvolution", _DATA, normal(2, 9, 5, 6), _WEIGHT, _BIAS, **_CONV),
    error(
        "MXNetError",
        "contrib.DeformableConvolution",
        _DATA,
        _OFFSET,
        _WEIGHT,
        _BIAS,
        kernel=(3, 3),
        pad=(1, 1),
        num_filter=4,
    ),
    error(
        "MXNetError", "contrib.DeformableConvolution", _DATA, _OFFSET, _WEIGHT, _BIAS, num_group=3, **_CONV
    ),
    error(
        "MXNetError", "contrib.DeformableConvolution", _DATA, _OFFSET, _WEIGHT, _BIAS, layout="NHWC", **_CONV
    ),
    error(
        "MXNetError",
        "contrib.DeformableConvolution",
        _DATA,
        _OFFSET,
        _WEIGHT,
        _BIAS,
        kernel=(3,),
        num_filter=3,
    ),
    error(
        "MXNetError",
        "contrib.ModulatedDeformableConvolution",
        _DATA,
        _OFFSET,
        normal(2, 8, 5, 6),
        _WEIGHT,
        _BIAS,
        **_CONV,
    ),
]
