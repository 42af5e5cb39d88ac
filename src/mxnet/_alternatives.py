"""What to use instead of a name of MXNet 1.9.1 that is not there yet, and why it is not there.

Written by hand, read only when such a name is used (see `mxnet._surface`) and when the documentation's list
is generated. The longest path that fits decides; an entry must be true in the release that carries it.
"""

from __future__ import annotations

__all__ = ["ALTERNATIVES", "alternative"]

_TORCH = "PyTorch's own: x.to_torch() and nd.from_torch(t) pass arrays without a copy"
_INTEGERS = "networks of 8-bit integers are outside what Glueball does"
_CONTRIB = ("mxnet.ndarray.contrib", "mxnet.symbol.contrib", "mxnet.contrib.ndarray", "mxnet.contrib.symbol")
_C = "it belongs to MXNet's C interface, which Glueball does not have"

# path: (reason or None, alternative or None)
ALTERNATIVES: dict[str, tuple[str | None, str | None]] = {
    "mxnet": (None, None),
    "mxnet.autograd": (None, "record, backward and grad of mx.autograd"),
    "mxnet.autograd.get_symbol": (
        None,
        "the computation as a gluon.HybridBlock, whose graph net.export writes",
    ),
    "mxnet.base": (_C, None),
    "mxnet.context.gpu_memory_info": (None, "torch.cuda.mem_get_info()"),
    "mxnet.contrib": (None, None),
    "mxnet.contrib.quantization": (_INTEGERS, "torch.ao.quantization with the same model in PyTorch"),
    "mxnet.contrib.svrg_optimization": (None, "mod.Module, or gluon.Trainer"),
    "mxnet.gluon": (None, None),
    "mxnet.libinfo": (_C, "mx.__version__"),
    "mxnet.library": (_C, "autograd.Function, with forward and backward of your own"),
    "mxnet.ndarray": (None, _TORCH),
    **{
        f"{module}.{name}": (
            _INTEGERS,
            "torch.ao.quantization with the same model in PyTorch",
        )
        for module in _CONTRIB
        for name in (
            *("calibrate_entropy", "dequantize", "quantize", "quantize_asym", "quantize_v2", "requantize"),
            *("quantized_act", "quantized_batch_norm", "quantized_concat", "quantized_conv", "quantized_rnn"),
            *("quantized_elemwise_add", "quantized_elemwise_mul", "quantized_embedding", "quantized_flatten"),
            *("quantized_fully_connected", "quantized_pooling"),
        )
    },
    **{
        f"{module}.{name}": (
            "graphs as sparse arrays are outside what Glueball does",
            "the package dgl, which has a PyTorch side",
        )
        for module in _CONTRIB
        for name in (
            *("dgl_adjacency", "dgl_csr_neighbor_non_uniform_sample", "dgl_csr_neighbor_uniform_sample"),
            *("dgl_graph_compact", "dgl_subgraph", "edge_id", "getnnz"),
        )
    },
    **{
        f"{module}.{name}": (
            "it is a gradient that MXNet itself calls",
            "record() and backward(), which differentiate the operator",
        )
        for module in _CONTRIB
        for name in (
            *(
                "backward_gradientmultiplier",
                "backward_hawkesll",
                "backward_index_copy",
                "backward_quadratic",
            ),
        )
    },
    **{
        f"{module}.RROIAlign": (
            "rotated regions are outside what Glueball does",
            "nd.contrib.ROIAlign",
        )
        for module in _CONTRIB
    },
    **{
        f"{module}.hawkesll": (
            "the Hawkes process is outside what Glueball does",
            "the formula in mx.nd, which autograd differentiates",
        )
        for module in _CONTRIB
    },
    "mxnet.ndarray.random": (None, "numpy.random, and nd.array"),
    "mxnet.ndarray.sparse": ("arrays are dense here", "the dense array of the same values, mx.nd"),
    "mxnet.notebook": (None, "matplotlib"),
    "mxnet.numpy": (None, "mx.nd, or NumPy itself on x.asnumpy()"),
    "mxnet.numpy_extension": (None, "mx.nd"),
    "mxnet.operator": (None, "autograd.Function, with forward and backward of your own"),
    "mxnet.random": (None, "mx.nd.random"),
    "mxnet.rnn": ("it is the older form of gluon.rnn", "gluon.rnn"),
    "mxnet.rtc": (_C, "torch.utils.cpp_extension, or Triton"),
    "mxnet.test_utils": (None, "gluon.data for data sets, the rest of mx.test_utils for comparisons"),
    "mxnet.test_utils.DummyIter": (None, "itertools.repeat(batch)"),
    "mxnet.test_utils.create_sparse_array": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.create_sparse_array_zd": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.rand_sparse_ndarray": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.shuffle_csr_column_indices": ("arrays are dense here", None),
    "mxnet.symbol.sparse": ("arrays are dense here", "mx.sym"),
    "mxnet.torch": ("it called the Torch of 2016", _TORCH),
}


def alternative(path: str) -> tuple[str | None, str | None]:
    """Return why a name is not there and what to use instead; None where there is nothing to say.

    >>> alternative("mxnet.numpy.random.choice")[1]
    'mx.nd, or NumPy itself on x.asnumpy()'
    """
    while path not in ALTERNATIVES:
        path = path.rpartition(".")[0]
    return ALTERNATIVES[path]
