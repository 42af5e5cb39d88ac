"""Everything that Glueball promises so far is there, real, and takes the original's parameters."""

import importlib
import inspect
from pathlib import Path

import pytest

from mxnet import _surface, nd


def read_signatures():
    """The original's parameter names by path."""
    text = (Path(__file__).parent / "golden" / "signatures.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {path: parameters.split() for parameters, paths in rows for path in paths.split()}


SIGNATURES = read_signatures()

PROMISED = {
    "mxnet": "nd autograd gluon init initializer lr_scheduler metric optimizer random context Context MXNetError "
    "cpu gpu cpu_pinned current_context num_gpus",
    "mxnet.context": "Context cpu gpu cpu_pinned current_context num_gpus gpu_memory_info",
    "mxnet.nd": "array zeros ones full arange eye empty linspace zeros_like ones_like from_numpy from_dlpack "
    "from_torch to_dlpack_for_read to_dlpack_for_write save load load_frombuffer waitall "
    "add subtract multiply divide true_divide modulo power maximum minimum equal not_equal greater greater_equal "
    "lesser lesser_equal logical_and logical_or logical_xor logical_not "
    "broadcast_add broadcast_plus broadcast_sub broadcast_minus broadcast_mul broadcast_div broadcast_mod "
    "broadcast_power broadcast_maximum broadcast_minimum broadcast_hypot broadcast_equal broadcast_not_equal "
    "broadcast_greater broadcast_greater_equal broadcast_lesser broadcast_lesser_equal broadcast_logical_and "
    "broadcast_logical_or broadcast_logical_xor elemwise_add elemwise_sub elemwise_mul elemwise_div "
    "dot batch_dot abs sign round rint ceil floor trunc fix square sqrt rsqrt cbrt rcbrt exp log log10 log2 log1p "
    "expm1 reciprocal negative sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees "
    "radians erf erfinv gamma gammaln relu sigmoid softsign hard_sigmoid "
    "sum mean prod nansum nanprod max min norm argmax argmin argmax_channel topk sort argsort clip where concat "
    "Concat concatenate stack split SliceChannel split_v2 transpose expand_dims flatten Flatten squeeze swapaxes "
    "SwapAxis repeat tile take pick one_hot gather_nd scatter_nd slice slice_axis slice_like reshape Reshape "
    "reshape_like broadcast_to broadcast_like broadcast_axis broadcast_axes flip reverse pad Pad diag moveaxis "
    "softmax log_softmax softmin Dropout FullyConnected Activation LeakyReLU BatchNorm LayerNorm Embedding "
    "BlockGrad stop_gradient cast Cast identity add_n ElementWiseSum smooth_l1 SoftmaxOutput "
    "softmax_cross_entropy LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput NDArray",
    "mxnet.nd.random": "uniform normal randn poisson exponential gamma negative_binomial "
    "generalized_negative_binomial multinomial shuffle randint bernoulli",
    "mxnet.random": "seed uniform normal randn poisson exponential gamma negative_binomial multinomial shuffle randint",
    "mxnet.autograd": "record pause train_mode predict_mode is_recording is_training set_recording set_training "
    "mark_variables backward grad Function",
    "mxnet.gluon": "Block HybridBlock Parameter ParameterDict Constant Trainer DeferredInitializationError nn loss "
    "data utils init",
    "mxnet.gluon.nn": "Sequential HybridSequential Dense Dropout Flatten Activation LeakyReLU PReLU ELU SELU GELU "
    "Swish Lambda HybridLambda BatchNorm LayerNorm Embedding Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose "
    "Conv3DTranspose MaxPool1D MaxPool2D MaxPool3D AvgPool1D AvgPool2D AvgPool3D GlobalMaxPool1D GlobalMaxPool2D "
    "GlobalMaxPool3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D ReflectionPad2D BatchNormReLU InstanceNorm "
    "GroupNorm",
    "mxnet.gluon.contrib.nn": "Concurrent HybridConcurrent Identity PixelShuffle1D PixelShuffle2D PixelShuffle3D "
    "SparseEmbedding SyncBatchNorm",
    "mxnet.gluon.contrib.cnn": "DeformableConvolution ModulatedDeformableConvolution",
    "mxnet.gluon.loss": "Loss L2Loss L1Loss SoftmaxCrossEntropyLoss SoftmaxCELoss SigmoidBinaryCrossEntropyLoss "
    "SigmoidBCELoss LogisticLoss HuberLoss HingeLoss KLDivLoss",
    "mxnet.init": "Initializer Zero One Constant Uniform Normal Orthogonal Xavier MSRAPrelu Bilinear Mixed InitDesc",
    "mxnet.optimizer": "Optimizer SGD NAG Adam AdaGrad RMSProp AdaDelta create register get_updater Updater",
    "mxnet.metric": "EvalMetric Accuracy TopKAccuracy Loss MSE CompositeEvalMetric create",
    "mxnet.lr_scheduler": "LRScheduler FactorScheduler MultiFactorScheduler PolyScheduler CosineScheduler",
    "mxnet.gluon.utils": "split_and_load split_data clip_global_norm download check_sha1",
    "mxnet.gluon.data": "Dataset SimpleDataset ArrayDataset Sampler SequentialSampler RandomSampler BatchSampler "
    "DataLoader",
    "mxnet.gluon.data.vision": "MNIST FashionMNIST transforms",
    "mxnet.gluon.data.vision.transforms": "Compose Cast ToTensor Normalize Resize CenterCrop RandomFlipLeftRight "
    "RandomFlipTopBottom",
    "d2lzh": "plt use_svg_display set_figsize data_iter linreg squared_loss sgd get_fashion_mnist_labels "
    "show_fashion_mnist load_data_fashion_mnist evaluate_accuracy train_ch3 semilogy try_gpu try_all_gpus "
    "mkdir_if_not_exist show_images",
    "gluonbook": "plt data_iter linreg squared_loss sgd load_data_fashion_mnist evaluate_accuracy train_ch3",
    "glueball.plot": "draw_network",
}
MEMBERS = {
    nd.NDArray: "asnumpy asscalar astype copy copyto as_in_context __array__ __dlpack__ to_torch attach_grad detach "
    "backward grad wait_to_read shape dtype size ndim context ctx stype T reshape transpose broadcast_to "
    "abs exp log sqrt square sum mean prod max min norm argmax argmin topk sort argsort clip split expand_dims "
    "flatten repeat tile take pick one_hot slice slice_axis slice_like softmax log_softmax relu sigmoid tanh "
    "squeeze swapaxes flip round sign zeros_like ones_like __getitem__ __setitem__ __iter__ __len__ __bool__",
    (
        "mxnet.gluon",
        "Block",
    ): "collect_params params name prefix name_scope initialize apply cast summary hybridize "
    "save_parameters load_parameters register_child register_forward_hook register_forward_pre_hook forward",
    (
        "mxnet.gluon",
        "Parameter",
    ): "data grad list_data list_grad list_ctx initialize set_data zero_grad reset_ctx "
    "cast shape dtype grad_req lr_mult wd_mult",
    (
        "mxnet.gluon",
        "ParameterDict",
    ): "get get_constant initialize setattr zero_grad reset_ctx save load update items keys values",
    (
        "mxnet.gluon",
        "Trainer",
    ): "step allreduce_grads update learning_rate set_learning_rate save_states load_states",
    ("mxnet.gluon.data", "Dataset"): "transform transform_first filter shard take",
}
NAMES = [(module, name) for module, names in PROMISED.items() for name in names.split()]


def promised(module, name):
    if (module, name) == ("mxnet.gluon", "utils"):
        return importlib.import_module("mxnet.gluon.utils")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", PROMISED)
def test_every_promised_name_is_real(module):
    absent = [name for name in PROMISED[module].split() if _surface.is_absent(promised(module, name))]
    assert absent == []


@pytest.mark.parametrize("module", PROMISED)
def test_every_promised_callable_takes_the_original_parameters(module):
    lacking = {}
    checked = 0
    for name in PROMISED[module].split():
        wanted = SIGNATURES.get(f"{_surface.canonical(module)}.{name}", [])
        thing = promised(module, name)
        if not wanted or not callable(thing):
            continue
        checked += 1
        have = inspect.signature(thing).parameters
        missing = [p for p in wanted if not p.startswith("*") and p not in have and p != "self"]
        if missing:
            lacking[name] = missing
    assert lacking == {}
    assert checked or module in ("mxnet", "d2lzh", "gluonbook", "glueball.plot")


@pytest.mark.parametrize("owner", MEMBERS, ids=str)
def test_every_promised_member_is_real(owner):
    cls = promised(*owner) if isinstance(owner, tuple) else owner
    instance = nd.ones((1,)) if cls is nd.NDArray else None
    absent = []
    for name in MEMBERS[owner].split():
        if name in ("lr_mult", "wd_mult"):  # set on instances
            continue
        found = (
            getattr(cls, name) if instance is None else getattr(instance, name, None) or getattr(cls, name)
        )
        if _surface.is_absent(found):
            absent.append(name)
    assert absent == []


@pytest.mark.parametrize("owner", MEMBERS, ids=str)
def test_every_promised_member_takes_the_original_parameters(owner):
    cls = promised(*owner) if isinstance(owner, tuple) else owner
    path = ".".join(owner) if isinstance(owner, tuple) else "mxnet.nd.NDArray"
    lacking = {}
    checked = 0
    for name in MEMBERS[owner].split():
        wanted = SIGNATURES.get(f"{_surface.canonical(path.rpartition('.')[0])}.{cls.__name__}.{name}", [])
        wanted = [p for p in wanted if not p.startswith("*") and p != "self"]
        if not wanted:
            continue
        checked += 1
        missing = [p for p in wanted if p not in inspect.signature(getattr(cls, name)).parameters]
        if missing:
            lacking[name] = missing
    assert lacking == {}
    assert checked
