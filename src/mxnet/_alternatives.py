"""What to use instead of a name of MXNet 1.9.1 that is not there yet, and why it is not there.

Written by hand, read only when such a name is used (see `mxnet._surface`) and when the documentation's list
is generated. The longest path that fits decides; an entry must be true in the release that carries it.
"""

from __future__ import annotations

__all__ = ["ALTERNATIVES", "alternative"]

_TORCH = "PyTorch's own: x.to_torch() and nd.from_torch(t) pass arrays without a copy"
_SYMBOLS = "it stands on symbolic graphs, and Glueball runs programs as they are written"
_C = "it belongs to MXNet's C interface, which Glueball does not have"

# path: (reason or None, alternative or None)
ALTERNATIVES: dict[str, tuple[str | None, str | None]] = {
    "mxnet": (None, None),
    "mxnet.attribute": (_SYMBOLS, "prefix= and params= of gluon blocks"),
    "mxnet.autograd": (None, "record, backward and grad of mx.autograd"),
    "mxnet.autograd.get_symbol": (_SYMBOLS, None),
    "mxnet.base": (_C, None),
    "mxnet.callback": (None, "the same line in a training loop of your own, after trainer.step"),
    "mxnet.context.gpu_memory_info": (None, "torch.cuda.mem_get_info()"),
    "mxnet.contrib": (None, None),
    "mxnet.contrib.amp": (None, "net.cast(dtype)"),
    "mxnet.contrib.autograd": ("it is the old form of mx.autograd", "mx.autograd"),
    "mxnet.contrib.io": (None, "gluon.data.DataLoader"),
    "mxnet.contrib.ndarray": (None, _TORCH),
    "mxnet.contrib.onnx": (None, "torch.onnx.export with the same model in PyTorch"),
    "mxnet.contrib.quantization": (_SYMBOLS, "torch.ao.quantization with the same model in PyTorch"),
    "mxnet.contrib.svrg_optimization": (_SYMBOLS, "gluon.Trainer"),
    "mxnet.contrib.symbol": (_SYMBOLS, "mx.nd"),
    "mxnet.contrib.tensorboard": (None, "the SummaryWriter that PyTorch has for the package tensorboard"),
    "mxnet.contrib.text": (None, "collections.Counter for the vocabulary, nn.Embedding for the vectors"),
    "mxnet.engine": ("operators run at once, there is no engine to tune", "leave the call out"),
    "mxnet.error": (None, "mx.MXNetError"),
    "mxnet.executor": (_SYMBOLS, "calling a gluon.Block"),
    "mxnet.executor_manager": (_SYMBOLS, "gluon.Trainer"),
    "mxnet.gluon": (None, None),
    "mxnet.gluon.SymbolBlock": (_SYMBOLS, "the network as a gluon.Block, with net.load_parameters(file)"),
    "mxnet.gluon.HybridBlock.export": (_SYMBOLS, "net.save_parameters(file)"),
    "mxnet.gluon.HybridBlock.optimize_for": (_SYMBOLS, "net.hybridize()"),
    "mxnet.gluon.contrib": (None, _TORCH),
    "mxnet.gluon.contrib.data": (None, "a subclass of gluon.data.Dataset or gluon.data.Sampler"),
    "mxnet.gluon.contrib.estimator": (None, "the loop written out: record, backward, trainer.step"),
    "mxnet.gluon.data": (None, "gluon.data.ArrayDataset, or a subclass of gluon.data.Dataset"),
    "mxnet.gluon.data.vision": (None, "gluon.data.ArrayDataset over pictures read with Pillow or NumPy"),
    "mxnet.gluon.data.vision.transforms": (None, "any function of one picture: dataset.transform_first(f)"),
    "mxnet.gluon.loss": (None, "the formula in mx.nd, which autograd differentiates"),
    "mxnet.gluon.model_zoo": (None, "the same network in PyTorch, for instance torchvision.models"),
    "mxnet.gluon.nn": (None, _TORCH),
    "mxnet.gluon.rnn": (None, _TORCH),
    "mxnet.image": (None, "Pillow, and gluon.data.vision.transforms"),
    "mxnet.initializer": (None, "a subclass of init.Initializer with its own _init_weight"),
    "mxnet.io": (None, "gluon.data.DataLoader"),
    "mxnet.kvstore": (None, "gluon.Trainer, which updates the parameters by itself"),
    "mxnet.libinfo": (_C, "mx.__version__"),
    "mxnet.library": (_C, "autograd.Function, with forward and backward of your own"),
    "mxnet.log": (None, "Python's logging.getLogger"),
    "mxnet.lr_scheduler": (None, "trainer.set_learning_rate(lr) between steps"),
    "mxnet.metric": (None, "metric.Accuracy and its like, or a subclass of metric.EvalMetric"),
    "mxnet.model": (_SYMBOLS, "net.save_parameters(file) and net.load_parameters(file)"),
    "mxnet.module": (_SYMBOLS, "a gluon.Block with gluon.Trainer"),
    "mxnet.monitor": (None, "block.register_forward_hook(f)"),
    "mxnet.name": (_SYMBOLS, "prefix= of gluon blocks"),
    "mxnet.ndarray": (None, _TORCH),
    **{
        f"mxnet.ndarray.contrib.{name}": (
            "networks of 8-bit integers are outside what Glueball does",
            "torch.ao.quantization with the same model in PyTorch",
        )
        for name in (
            *("calibrate_entropy", "dequantize", "quantize", "quantize_asym", "quantize_v2", "requantize"),
            *("quantized_act", "quantized_batch_norm", "quantized_concat", "quantized_conv", "quantized_rnn"),
            *("quantized_elemwise_add", "quantized_elemwise_mul", "quantized_embedding", "quantized_flatten"),
            *("quantized_fully_connected", "quantized_pooling"),
        )
    },
    **{
        f"mxnet.ndarray.contrib.{name}": (
            "graphs as sparse arrays are outside what Glueball does",
            "the package dgl, which has a PyTorch side",
        )
        for name in (
            *("dgl_adjacency", "dgl_csr_neighbor_non_uniform_sample", "dgl_csr_neighbor_uniform_sample"),
            *("dgl_graph_compact", "dgl_subgraph", "edge_id", "getnnz"),
        )
    },
    **{
        f"mxnet.ndarray.contrib.{name}": (
            "it is a gradient that MXNet itself calls",
            "record() and backward(), which differentiate the operator",
        )
        for name in (
            *(
                "backward_gradientmultiplier",
                "backward_hawkesll",
                "backward_index_copy",
                "backward_quadratic",
            ),
        )
    },
    "mxnet.ndarray.contrib.RROIAlign": (
        "rotated regions are outside what Glueball does",
        "nd.contrib.ROIAlign",
    ),
    "mxnet.ndarray.contrib.hawkesll": (
        "the Hawkes process is outside what Glueball does",
        "the formula in mx.nd, which autograd differentiates",
    ),
    "mxnet.ndarray.image": (None, "gluon.data.vision.transforms"),
    "mxnet.ndarray.random": (None, "numpy.random, and nd.array"),
    "mxnet.ndarray.sparse": ("arrays are dense here", "the dense array of the same values, mx.nd"),
    "mxnet.notebook": (None, "matplotlib"),
    "mxnet.numpy": (None, "mx.nd, or NumPy itself on x.asnumpy()"),
    "mxnet.numpy_extension": (None, "mx.nd"),
    "mxnet.onnx": (None, "torch.onnx.export with the same model in PyTorch"),
    "mxnet.operator": (None, "autograd.Function, with forward and backward of your own"),
    "mxnet.optimizer": (None, "sgd, nag, adam, adagrad, rmsprop or adadelta"),
    "mxnet.profiler": (None, "torch.profiler, which sees every kernel"),
    "mxnet.random": (None, "mx.nd.random"),
    "mxnet.recordio": (None, "gluon.data.ArrayDataset, or a subclass of gluon.data.Dataset"),
    "mxnet.registry": (None, "a dictionary of your own"),
    "mxnet.rnn": (_SYMBOLS, _TORCH),
    "mxnet.rtc": (_C, "torch.utils.cpp_extension, or Triton"),
    "mxnet.runtime": ("there is no compiled library with build flags here", "glueball doctor"),
    "mxnet.symbol": (_SYMBOLS, "mx.nd under autograd.record(), or a gluon.HybridBlock"),
    "mxnet.test_utils": (None, "gluon.data for data sets, the rest of mx.test_utils for comparisons"),
    "mxnet.test_utils.DummyIter": (None, "itertools.repeat(batch)"),
    "mxnet.test_utils.check_consistency": (_SYMBOLS, "test_utils.check_symbolic_forward with a function"),
    "mxnet.test_utils.check_speed": (_SYMBOLS, "timeit, with nd.waitall() at the end"),
    "mxnet.test_utils.create_sparse_array": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.create_sparse_array_zd": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.rand_sparse_ndarray": ("arrays are dense here", "test_utils.rand_ndarray(shape)"),
    "mxnet.test_utils.same_symbol_structure": (_SYMBOLS, None),
    "mxnet.test_utils.shuffle_csr_column_indices": ("arrays are dense here", None),
    "mxnet.torch": ("it called the Torch of 2016", _TORCH),
    "mxnet.util": (
        "it switches between mx.nd and mx.np, and only mx.nd is there",
        "mx.nd, without the switch",
    ),
    "mxnet.visualization": (None, "net.summary(x)"),
}


def alternative(path: str) -> tuple[str | None, str | None]:
    """Return why a name is not there and what to use instead; None where there is nothing to say.

    >>> alternative("mxnet.module.Module.fit")[1]
    'a gluon.Block with gluon.Trainer'
    """
    while path not in ALTERNATIVES:
        path = path.rpartition(".")[0]
    return ALTERNATIVES[path]
