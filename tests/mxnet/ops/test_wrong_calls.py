"""Wrong calls across the families of operators: each error names the call, what came in, and why that is wrong."""

import pytest

from mxnet import nd
from mxnet.base import MXNetError

o = nd.ones
IMAGE = o((1, 3, 8, 8))

# the call, words of the first line, words of the reason
CALLS = {
    "weight of a convolution": (
        lambda: nd.Convolution(IMAGE, o((4, 2, 3, 3)), o((4,)), kernel=(3, 3), num_filter=4),
        "Convolution: weight does not fit data",
        "they ask for (4, 3, 3, 3), weight has (4, 2, 3, 3)",
    ),
    "layout": (
        lambda: nd.Convolution(IMAGE, o((4, 3, 3, 3)), o((4,)), kernel=(3, 3), num_filter=4, layout="NCWH"),
        "Convolution: unknown layout 'NCWH'",
        "valid are NCW, NCHW",
    ),
    "large kernel": (lambda: nd.Pooling(IMAGE, kernel=(9, 9)), "Pooling: the kernel exceeds data", "data has 8"),
    "windows of padding alone": (
        lambda: nd.Pooling(IMAGE, kernel=(2, 3), pad=(2, 0)),
        "Pooling: pad=(2, 0) does not fit kernel=(2, 3)",
        "pad is less than kernel",
    ),
    "half a class": (lambda: nd.one_hot(o((2,)), 2.5), "one_hot: depth=2.5", "a whole number"),
    "kind of pooling": (
        lambda: nd.Pooling(IMAGE, kernel=(2, 2), pool_type="mox"), "Pooling: unknown pool_type 'mox'", "max, avg"
    ),
    "packed parameters": (
        lambda: nd.RNN(o((5, 2, 3)), o((10,)), o((1, 2, 4)), state_size=4, num_layers=1, mode="gru"),
        "RNN: parameters does not fit data",
        "ask for (108,), not (10,)",
    ),
    "kind of recurrence": (
        lambda: nd.RNN(o((5, 2, 3)), o((10,)), o((1, 2, 4)), state_size=4, num_layers=1, mode="grou"),
        "RNN: unknown mode 'grou'",
        "rnn_relu, rnn_tanh, gru, lstm",
    ),
    "channels of a norm": (
        lambda: nd.BatchNorm(o((2, 3)), o((4,)), o((4,)), o((4,)), o((4,))),
        "BatchNorm: gamma does not fit data",
        "axis 1 has 3 channels, gamma has shape (4,)",
    ),
    "features of a norm": (
        lambda: nd.LayerNorm(o((2, 3)), o((4,)), o((4,))), "LayerNorm: gamma or beta does not fit", "axis 1 has 3"
    ),
    "table of an embedding": (
        lambda: nd.Embedding(o((2,)), o((4, 3)), input_dim=5, output_dim=3),
        "Embedding: weight does not fit input_dim and output_dim",
        "it has shape (4, 3), not (5, 3)",
    ),
    "labels": (lambda: nd.SoftmaxOutput(o((2, 3)), o((3,))), "SoftmaxOutput: label does not fit", "3 values where 2"),
    "product": (lambda: nd.linalg.gemm2(o((2, 3)), o((2, 3))), "shapes (2, 3) and (2, 3)", "3 elements on the left"),
    "no square": (lambda: nd.linalg.potrf(o((2, 3))), "linalg.potrf: A is not square", "last two axes are (2, 3)"),
    "not positive definite": (
        lambda: nd.linalg.potrf(nd.array([[1, 2], [2, 1]])), "A has no Cholesky factor", "not positive definite"
    ),
    "kind of result": (lambda: nd.topk(o((2, 3)), k=2, ret_typ="indexes"), "topk: ret_typ='indexes'", "value, indices"),
    "index out of bounds": (
        lambda: nd.take(o((2, 3)), nd.array([5]), mode="raise"), "contains indices out of bound", "from 0 to 1"
    ),
    "no batch": (lambda: nd.batch_dot(o((2, 3)), o((2, 3))), "batch_dot: shapes (2, 3)", "the same batch axes"),
    "no boxes": (lambda: nd.contrib.box_iou(o((2, 3)), o((2, 4))), "lhs does not hold boxes", "(..., 4)"),
    "mask": (lambda: nd.contrib.boolean_mask(o((3, 2)), o((2,))), "index does not fit data", "each of 3 slices"),
    "gradient of a weight": (
        lambda: nd.sgd_update(o((2,)), o((3,)), lr=0.1), "sgd_update: grad does not fit the weight", "grad (3,)"
    ),
    "sequences": (lambda: nd.CTCLoss(o((5, 2, 4)), o((3, 2))), "CTCLoss: label does not fit", "(batch, longest)"),
    "no image": (lambda: nd.image.to_tensor(o((2,))), "image.to_tensor: an image of 1 axes", "channels"),
    "bounds": (lambda: nd.random.uniform(1, 0, shape=3), "bad parameter", "low must be less or equal to high"),
    "order of axes": (lambda: nd.transpose(o((2, 3)), axes=(0, 0)), "is no order of 2 axes", "appears once"),
    "probability": (lambda: nd.Dropout(o((2,)), p=2), "Dropout: p=2 is no probability", "from 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_the_error_names_call_arguments_and_reason(name):
    call, what, because = CALLS[name]
    with pytest.raises(MXNetError) as caught:
        call()
    lines = str(caught.value).splitlines()
    assert what in lines[0]
    assert any(line.startswith("  received: ") for line in lines), lines
    assert because in next(line for line in lines if line.startswith("  because:  "))


def test_an_error_repeats_only_what_the_caller_said():
    with pytest.raises(MXNetError) as caught:
        nd.LayerNorm(o((2, 3)), o((4,)), o((4,)), eps=0.1)
    assert "; eps=0.1" in str(caught.value)
    with pytest.raises(MXNetError) as caught:
        nd.LayerNorm(o((2, 3)), o((4,)), o((4,)))
    assert "eps" not in str(caught.value)
