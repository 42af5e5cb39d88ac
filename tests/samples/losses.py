"""Output functions, whose gradient is the error of the prediction on purpose, and fused losses."""

from __future__ import annotations

from .sample import ErrorSample, error, kinked, literal, normal, plain, sample, uniform

_LABELS = literal([0.0, 3.0, 1.0])
_PIXELS = literal([[[0.0, 1.0], [2.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]])

SAMPLES = [
    kinked("SoftmaxOutput", normal(3, 4), _LABELS).towards(0),
    kinked("SoftmaxOutput", normal(3, 4), _LABELS, grad_scale=0.5).towards(0),
    kinked("SoftmaxOutput", normal(3, 4), _LABELS, normalization="batch").towards(0),
    kinked(
        "SoftmaxOutput", normal(3, 4), _LABELS, normalization="valid", use_ignore=True, ignore_label=3
    ).towards(0),
    kinked("SoftmaxOutput", normal(3, 4), _LABELS, use_ignore=True, ignore_label=3).towards(0),
    # MXNet multiplies the gradient by the output here, where its documentation promises the head gradient.
    plain("SoftmaxOutput", normal(3, 4), _LABELS, out_grad=True),
    kinked("SoftmaxOutput", normal(3, 4), _LABELS, smooth_alpha=0.1).towards(0),
    kinked("SoftmaxOutput", normal(3, 4), uniform(0, 1, 3, 4)).towards(0),
    kinked("SoftmaxOutput", normal(2, 3, 2, 2), _PIXELS, multi_output=True).towards(0),
    kinked("SoftmaxOutput", normal(2, 3, 2, 2), _PIXELS, multi_output=True, normalization="valid").towards(0),
    kinked("SoftmaxOutput", normal(2, 2, 3), literal([[0.0, 2.0], [1.0, 1.0]]), preserve_shape=True).towards(
        0
    ),
    kinked("SoftmaxOutput", normal(2, 3, 2, 2), _PIXELS, multi_output=True, normalization="batch").towards(0),
    kinked("SoftmaxOutput", normal(2, 3, 4), literal([[0.0, 1.0, 2.0, 1.0]] * 2), multi_output=True).towards(
        0
    ),
    kinked(
        "SoftmaxOutput",
        normal(2, 2, 3),
        literal([[0.0, 2.0], [1.0, 1.0]]),
        preserve_shape=True,
        normalization="batch",
    ).towards(0),
    kinked("LinearRegressionOutput", normal(4, 3), normal(4, 3)).towards(0),
    kinked("LinearRegressionOutput", normal(4, 1), normal(4)).towards(0),
    kinked("LinearRegressionOutput", normal(4, 3), normal(4, 3), grad_scale=3.0).towards(0),
    kinked("LogisticRegressionOutput", normal(4, 3), uniform(0, 1, 4, 3)).towards(0),
    kinked("LogisticRegressionOutput", normal(4), uniform(0, 1, 4), grad_scale=0.5).towards(0),
    kinked("MAERegressionOutput", normal(4, 3), normal(4, 3)).towards(0),
    kinked("MAERegressionOutput", literal([1.0, 2.0]), literal([1.0, 3.0]), grad_scale=2.0).towards(0),
    kinked("SVMOutput", normal(3, 4), _LABELS).towards(0),
    kinked(
        "SVMOutput", normal(3, 4), _LABELS, margin=0.5, regularization_coefficient=0.3, use_linear=True
    ).towards(0),
    kinked("softmax_cross_entropy", normal(3, 4), _LABELS).towards(0),
    kinked("softmax_cross_entropy", normal(3, 4, scale=30), _LABELS).towards(0),
    sample("CTCLoss", normal(5, 2, 4), literal([[1.0, 2.0], [3.0, 0.0]])).towards(0).near(1e-4, 1e-5),
    sample("ctc_loss", normal(6, 2, 4), literal([[0.0, 1.0], [2.0, -1.0]]), blank_label="last")
    .towards(0)
    .near(1e-4, 1e-5),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "SoftmaxOutput", normal(3, 4), literal([0.0, 1.0])),
    error("MXNetError", "SoftmaxOutput", normal(3, 4), _LABELS, normalization="mean"),
    error("MXNetError", "LinearRegressionOutput", normal(4, 3), normal(4, 2)),
    error("MXNetError", "softmax_cross_entropy", normal(3, 4), literal([0.0, 1.0])),
]
