"""What somebody reads who made a common mistake: who was called, with what, why that is wrong, what to write."""

import gzip
import http.server
import threading
from functools import partial

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn


def two_layers():
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(256, in_units=784), nn.Dense(10, in_units=100))
    net.initialize()
    return net


def initialized_dense():
    net = nn.Dense(10, in_units=3)
    net.initialize()
    return net


def truncated_file(folder):
    path = folder / "net.params"
    nd.save(str(path), {"weight": nd.ones((100,))})
    path.write_bytes(path.read_bytes()[:200])
    return str(path)


def corrupt_download(folder):
    served = folder / "served"
    served.mkdir()
    (served / "data.bin").write_bytes(b"not what was promised")
    handler = partial(_Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/data.bin"
            gluon.utils.download(url, path=str(folder / "data.bin"), sha1_hash="0" * 40, retries=0)
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def corrupt_dataset(folder):
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x03\1\2"))
    from mxnet.files import read_idx

    read_idx(str(path))


# name: (what is done, the exception, words that the message has to hold)
PROGRAMS = {
    "shape mismatch in dot": (
        lambda _: nd.dot(nd.ones((2, 3)), nd.ones((2, 3))),
        MXNetError,
        ["dot: shapes (2, 3) and (2, 3) do not fit", "received:", "because:", "transpose_b=True"],
    ),
    "wrong in_units": (
        lambda _: two_layers()(nd.ones((2, 784))),
        MXNetError,
        [
            "FullyConnected (layer 'net_dense1'): weight does not fit data",
            "data (2, 256) float32 cpu(0), weight (10, 100) float32 cpu(0)",
            "data has 256 features a row, weight takes 100",
            "nn.Dense(10, in_units=256)",
        ],
    ),
    "parameter before initialisation": (
        lambda _: nn.Dense(10, in_units=3, prefix="net_")(nd.ones((2, 3))),
        RuntimeError,
        ["Parameter 'net_weight' has not been initialized", "because:", "initialize()"],
    ),
    "deferred parameter": (
        lambda _: _deferred().weight.data(),
        gluon.parameter.DeferredInitializationError,
        ["(10, 0)", "in_units"],
    ),
    "mixed dtypes": (
        lambda _: nd.ones((2,), dtype="int32") + nd.ones((2,)),
        MXNetError,
        ["arrays of different types", "expected int32, got float32", ".astype('float32')"],
    ),
    "missing file": (
        lambda folder: nd.load(str(folder / "nothing.params")),
        MXNetError,
        ["nothing.params", "there is no such file", "try:"],
    ),
    "truncated .params": (
        lambda folder: nd.load(truncated_file(folder)),
        MXNetError,
        ["net.params", "at byte", "takes 400 bytes", "cut short"],
    ),
    "corrupt download": (corrupt_download, UserWarning, ["data.bin", "received:", "because:", "try:"]),
    "corrupt data file": (corrupt_dataset, MXNetError, ["train-labels-idx1-ubyte.gz", "because:"]),
    "unknown optimiser": (
        lambda _: gluon.Trainer(initialized_dense().collect_params(), "sdg"),
        ValueError,
        ["Cannot find optimizer sdg", "'sgd'"],
    ),
    "misspelt option": (
        lambda _: gluon.Trainer(initialized_dense().collect_params(), "sgd", {"learining_rate": 0.1}),
        TypeError,
        ["unexpected option 'learining_rate'", "received: learining_rate=0.1", "learning_rate=0.1"],
    ),
    "array as a condition": (
        lambda _: 1 if nd.ones((3,)) > 0 else 2,
        ValueError,
        ["ambiguous", "received: (3,) float32 cpu(0)", ".sum() > 0"],
    ),
    "misspelt attribute": (
        lambda _: nd.sum(nd.ones((2,)), axs=0),
        MXNetError,
        ["Cannot find argument 'axs'", "its arguments are data, axis, keepdims, exclude", "axis=..."],
    ),
    "list instead of an array": (
        lambda _: nd.exp([1, 2]),
        AssertionError,
        ["exp: argument data must be an NDArray", "list [1, 2]", "nd.array"],
    ),
    "labels that do not fit": (
        lambda _: gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((2, 10)), nd.ones((3,))),
        MXNetError,
        ["pred (2, 10)", "label (3,)"],
    ),
    "something still to come": (
        lambda _: mx.rnn.LSTMCell(4),
        NotImplementedError,
        ["mxnet.rnn.LSTMCell: not in Glueball yet", "because:", "try:"],
    ),
}


def _deferred():
    net = nn.Dense(10)
    net.initialize()
    return net


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_error_says_what_is_wrong_and_what_to_do(name, tmp_path):
    program, kind, words = PROGRAMS[name]
    with pytest.raises(kind) as caught:
        program(tmp_path)
    text = str(caught.value)
    for word in words:
        assert word in text, f"\n{text}"
    for line in text.splitlines()[1:]:
        assert line.startswith(("  received: ", "  because:  ", "  try:      ", "            ")), f"\n{text}"


def test_a_failed_load_changes_no_parameter(tmp_path):
    small, large = nn.Dense(4, in_units=3), nn.Dense(10, in_units=3)
    small.initialize()
    large.initialize()
    path = str(tmp_path / "large.params")
    large.save_parameters(path)
    before = small.weight.data().asnumpy()
    with pytest.raises(AssertionError, match=r"\(4, 3\) vs saved \(10, 3\)"):
        small.load_parameters(path)
    np.testing.assert_array_equal(small.weight.data().asnumpy(), before)
