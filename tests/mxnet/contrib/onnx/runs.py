"""Running graphs here and in ONNX Runtime, and comparing what comes out."""

import numpy as np
import onnxruntime
import pytest

import mxnet as mx
from mxnet import nd


def close(found, wanted, bound=1e-5):
    """Compare lists of arrays: the same shapes and types, and elements within ``bound`` of the largest one."""
    assert len(found) == len(wanted)
    for mine, theirs in zip(found, wanted):
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype
        finite = np.abs(theirs[np.isfinite(theirs)]) if theirs.dtype.kind == "f" else np.abs(theirs)
        largest = finite.max() if finite.size else 0
        np.testing.assert_allclose(mine, theirs, rtol=bound, atol=bound * float(largest))


def by_runtime(path, inputs):
    """The outputs of a file in ONNX Runtime, for arrays by name (those that are no inputs are left out)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        if "implementation for DeformConv" not in str(error):
            raise
        pytest.skip("this release of onnxruntime has no deformable convolutions")
    names = [each.name for each in session.get_inputs()]
    assert set(names) <= set(inputs)
    return session.run(None, {name: inputs[name] for name in names})


def by_graph(symbol, arrays, states=None):
    """The outputs of a symbol for arrays by name (those that it does not take are left out)."""
    states = dict(states or {})
    given = {name: nd.array(value, dtype=value.dtype) for name, value in arrays.items()}
    wanted = symbol.list_arguments()
    states.update({name: given[name] for name in symbol.list_auxiliary_states() if name in given})
    known = {name: given[name] for name in wanted if name in given}
    missing = [name for name in wanted if name not in known]
    if missing:  # labels, of which nothing comes out
        shapes = symbol.infer_shape_partial(**{name: value.shape for name, value in known.items()})[0]
        known.update({name: nd.zeros(shapes[wanted.index(name)]) for name in missing})
    return [output.asnumpy() for output in symbol.bind(mx.cpu(), known, aux_states=states).forward()]


def by_import(path, arrays):
    """The outputs of a file that is read as a symbol."""
    symbol, parameters, states = mx.contrib.onnx.import_model(path)
    assert set(parameters) <= set(symbol.list_arguments())
    assert set(states) == set(symbol.list_auxiliary_states())
    learnt = {name: value.asnumpy() for name, value in parameters.items()}
    return by_graph(symbol, {**arrays, **learnt}, states)
