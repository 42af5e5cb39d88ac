"""Every operator that is exported gives the same numbers in ONNX Runtime, and here again when its file is read."""

import collections

import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import mxnet as mx
from mxnet import name, nd, sym
from mxnet.onnx import get_operator_support

from .cases import CASES, RANDOM
from .runs import by_graph, by_import, by_runtime, close


def exported(case, rng, path):
    """Export a case; returns its symbol, its inputs and all of its arrays."""
    names = [f"{'weight' if each.learnt else 'x'}{place}" for place, each in enumerate(case.arrays)]
    arrays = {name: each.array(rng) for name, each in zip(names, case.arrays)}
    with name.NameManager():
        symbol = case.build(*map(sym.var, names))
    inputs = {key: value for key, value in arrays.items() if key.startswith("x")}
    params = {key: nd.array(value, dtype=value.dtype) for key, value in arrays.items() if key not in inputs}
    shapes, types = [value.shape for value in inputs.values()], [value.dtype for value in inputs.values()]
    mx.onnx.export_model(symbol, params, shapes, types, path)
    return symbol, inputs, arrays


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_call_gives_the_same_in_onnx_runtime_and_when_it_is_read_again(case, rng, tmp_path):
    path = str(tmp_path / "case.onnx")
    symbol, inputs, arrays = exported(case, rng, path)
    wanted = by_graph(symbol, arrays)
    close(by_runtime(path, inputs), wanted)
    if case.back is None:
        close(by_import(path, inputs), wanted)
    else:
        with pytest.raises(NotImplementedError, match=case.back):
            mx.contrib.onnx.import_model(path)


@pytest.mark.parametrize("case", RANDOM, ids=lambda case: case.id)
def test_what_is_drawn_has_the_same_shape_and_type_everywhere(case, rng, tmp_path):
    path = str(tmp_path / "case.onnx")
    symbol, inputs, arrays = exported(case, rng, path)
    facts = [(output.shape, output.dtype) for output in by_graph(symbol, arrays)]
    assert [(output.shape, output.dtype) for output in by_runtime(path, inputs)] == facts
    assert [(output.shape, output.dtype) for output in by_import(path, inputs)] == facts


def test_every_converter_has_a_case():
    tested = {case.kind for case in [*CASES, *RANDOM]}
    assert set(get_operator_support()) - tested == {"null"}
    assert tested <= set(get_operator_support())


def test_cases_have_names_of_their_own():
    counts = collections.Counter(case.id for case in [*CASES, *RANDOM])
    assert [name for name, count in counts.items() if count > 1] == []


def test_what_mxnet_exports_is_exported():
    """The list that `get_operator_support` of 1.9.1 returns, by the names that symbol files have now."""
    renamed = {"identity": "_copy", "sum_axis": "sum"}
    assert {renamed.get(name, name) for name in OF_MXNET.split()} - set(get_operator_support()) == set()


OF_MXNET = """
Activation BatchNorm BlockGrad Cast Concat Convolution Crop Deconvolution Dropout Embedding Flatten FullyConnected
InstanceNorm L2Normalization LRN LayerNorm LeakyReLU LogisticRegressionOutput MakeLoss Pad Pooling RNN ROIPooling
Reshape SequenceMask SequenceReverse SliceChannel SoftmaxOutput SwapAxis UpSampling _arange
_contrib_AdaptiveAvgPooling2D _contrib_BilinearResize2D _contrib_ROIAlign _contrib_arange_like _contrib_box_decode
_contrib_box_nms _contrib_div_sqrt_dim _contrib_interleaved_matmul_selfatt_qk
_contrib_interleaved_matmul_selfatt_valatt _copy _div_scalar _equal_scalar _greater_scalar _lesser_scalar
_linalg_gemm2 _maximum _maximum_scalar _minimum _minimum_scalar _minus_scalar _mul_scalar _ones _plus_scalar _power
_power_scalar _random_normal _random_uniform _random_uniform_like _rdiv_scalar _rminus_scalar _rnn_param_concat
_sample_multinomial _split_v2 _zeros abs add_n arccos arcsin arctan argmax argmin argsort batch_dot broadcast_add
broadcast_axis broadcast_div broadcast_equal broadcast_greater broadcast_greater_equal broadcast_lesser
broadcast_lesser_equal broadcast_like broadcast_logical_and broadcast_logical_or broadcast_logical_xor
broadcast_minimum broadcast_mod broadcast_mul broadcast_not_equal broadcast_power broadcast_sub broadcast_to ceil clip
cos depth_to_space dot elemwise_add elemwise_div elemwise_mul elemwise_sub exp expand_dims floor gather_nd
hard_sigmoid identity log log2 log_softmax logical_not max mean min negative norm null one_hot ones_like prod
reciprocal relu repeat reshape_like reverse shape_array sigmoid sin size_array slice slice_axis slice_like softmax
space_to_depth sqrt square squeeze stack sum sum_axis take tan tanh tile topk transpose where zeros_like
"""
