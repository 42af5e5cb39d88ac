"""Output functions, whose gradient is the error of the prediction on purpose, and fused losses."""

from __future__ import annotations

from .sample import ErrorSample, Sample, error, kinked, literal, normal, plain, sample, uniform

_LABELS = literal([0.0, 3.0, 1.0])
_PIXELS = literal([[[0.0, 1.0], [2.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]])


def _alignments(name: str) -> list[Sample]:
    # PyTorch's kernel has no second gradient: training mode leaves it out.
    lengths, counts = literal([3.0, 4.0, 2.0]), literal([2.0, 1.0, 1.0])
    items = [
        sample(name, normal(5, 2, 4), literal([[1.0, 2.0], [3.0, 0.0]])),
        sample(name, normal(5, 2, 4), literal([[1.0, 1.0], [3.0, 2.0]])),
        sample(name, normal(6, 2, 4), literal([[0.0, 1.0], [2.0, -1.0]]), blank_label="last"),
        sample(name, normal(5, 3, 3), literal([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]])),
        sample(name, normal(4, 2, 3), literal([[1, 2], [2, 0]], "int32")),
        sample(name, normal(4, 3, 4, scale=20), literal([[1.0, 2.0], [2.0, 2.0], [3.0, 0.0]])),
        sample(name, normal(4, 3, 3), _READ, lengths, use_data_lengths=True),
        sample(name, normal(4, 3, 3), _READ, lengths, counts, use_data_lengths=True, use_label_lengths=True),
        sample(name, normal(4, 3, 3), _READ, label_lengths=counts, use_label_lengths=True),
        sample(name, normal(4, 3, 3), _READ, counts, use_label_lengths=True),
    ]
    return [
        *(item.towards(0).trained().near(1e-4, 1e-5) for item in items),
        # 1.9.1 has uninitialised memory for the gradient of what cannot be aligned.
        plain(name, normal(2, 1, 3), literal([[1.0, 1.0]])),
    ]


_READ = literal([[1.0, 2.0], [2.0, 0.0], [1.0, 0.0]])

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
    kinked("SVMOutput", normal(3, 4, dtype="float64"), literal([0.0, 3.0, 5.0], "float64")).towards(0),
    kinked("SVMOutput", normal(2, 2, 3), literal([[0.0, 1.7], [2.0, 0.0]]), margin=0.3).towards(0),
    kinked("SVMOutput", literal([[1.0, 0.0, 1.0, -1.0]]), literal([0.0])).towards(0),
    kinked("SVMOutput", literal([[1.0, 0.0, 1.0, -1.0]]), literal([0.0]), use_linear=True).towards(0),
    plain("IdentityAttachKLSparseReg", uniform(0, 1, 4, 3), uniform(0.1, 0.5, 3)).added(lambda x, average: x),
    plain(
        "IdentityAttachKLSparseReg", uniform(0, 1, 4, 3), uniform(0.1, 0.5, 3), penalty=0.1, momentum=0.5
    ).added(lambda x, average: x),
    plain(
        "IdentityAttachKLSparseReg", uniform(0, 1, 2, 2, 3), uniform(0.1, 0.5, 3), sparseness_target=0.3
    ).added(lambda x, average: x),
    *(item for name in ("CTCLoss", "ctc_loss") for item in _alignments(name)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "SoftmaxOutput", normal(3, 4), literal([0.0, 1.0])),
    error("MXNetError", "SoftmaxOutput", normal(3, 4), _LABELS, normalization="mean"),
    error("MXNetError", "LinearRegressionOutput", normal(4, 3), normal(4, 2)),
    error("MXNetError", "softmax_cross_entropy", normal(3, 4), literal([0.0, 1.0])),
    error("MXNetError", "SVMOutput", normal(3, 4), literal([0.0, 1.0])),
    error("MXNetError", "SVMOutput", normal(3, 4), literal([0, 1, 2], "int32")),
    error("MXNetError", "SVMOutput", normal(4), literal([0.0])),
    error("MXNetError", "IdentityAttachKLSparseReg", uniform(0, 1, 4, 3)),
    error("MXNetError", "IdentityAttachKLSparseReg", uniform(0, 1, 4, 3), uniform(0, 1, 4)).because(
        "MXNet has no way to hand the second array over"
    ),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 2.0]])),
    error("MXNetError", "CTCLoss", normal(4, 3), literal([[1.0, 2.0], [2.0, 0.0]])),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([1.0, 2.0])),
    error("MXNetError", "CTCLoss", normal(1, 1, 3), literal([[1.0, 2.0]])),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 2.0], [2.0, 0.0]]), blank_label="middle"),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 2.0], [2.0, 0.0]]), use_data_lengths=True),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 2.0], [2.0, 0.0]]), literal([3.0, 4.0])),
    error(
        "MXNetError",
        "CTCLoss",
        normal(4, 2, 3),
        literal([[1.0, 2.0], [2.0, 0.0]]),
        literal([3.0]),
        use_data_lengths=True,
    ),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 2.0], [2.0, -1.0]])).because(
        "MXNet reads beside the array where a label is no class"
    ),
    error("MXNetError", "CTCLoss", normal(4, 2, 3), literal([[1.0, 3.0], [2.0, 0.0]])).because(
        "MXNet reads beside the array where a label is no class"
    ),
    error(
        "MXNetError", "CTCLoss", normal(4, 1, 3), literal([[1.0, 2.0]]), literal([5.0]), use_data_lengths=True
    ).because("MXNet reads beside the array where a length is too large"),
]
