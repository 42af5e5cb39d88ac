"""A network of Gluon beside the torch module that was made of it: outputs, gradients, running statistics."""

from __future__ import annotations

import numpy as np
import torch

from mxnet import autograd, nd


def flat(value):
    """Everything in nested lists and tuples."""
    return [w for each in value for w in flat(each)] if isinstance(value, (list, tuple)) else [value]


def tensors_of(arrays):
    """Copies of arrays as tensors, floating ones with gradients."""
    tensors = [torch.from_numpy(np.array(array.asnumpy())) for array in arrays]
    return [tensor.requires_grad_(tensor.is_floating_point()) for tensor in tensors]


def close(actual, expected, what, rtol=1e-5, atol=2e-6):
    """Equal within 1e-5, relative to the largest value."""
    if isinstance(actual, torch.Tensor):
        actual = actual.detach().numpy()
    expected = np.asarray(expected.asnumpy() if isinstance(expected, nd.NDArray) else expected)
    assert tuple(actual.shape) == expected.shape, what
    scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol * scale, err_msg=what)


def assert_equal(net, module, arrays, training):
    """Run both on the same inputs and differentiate both by the same heads."""
    parameters = net._collect_params_with_prefix()
    module.train(training)
    inputs, tensors = [array.copy() for array in arrays], tensors_of(arrays)
    for each in inputs:
        each.attach_grad()
    with autograd.record(train_mode=training):
        outputs = flat(net(*inputs))
    results = flat(module(*tensors))
    for place, (output, result) in enumerate(zip(outputs, results, strict=True)):
        close(result, output, f"output {place}")
    source = np.random.RandomState(7)
    heads = [source.standard_normal(output.shape).astype(output.dtype) for output in outputs]
    learnt = [place for place, result in enumerate(results) if result.requires_grad]
    if learnt:
        autograd.backward([outputs[i] for i in learnt], [nd.array(heads[i]) for i in learnt])
        module.zero_grad()
        torch.autograd.backward([results[i] for i in learnt], [torch.from_numpy(heads[i]) for i in learnt])
        for place, (each, tensor) in enumerate(zip(inputs, tensors, strict=True)):
            if tensor.grad is not None:
                close(tensor.grad, each.grad, f"gradient of input {place}")
        mine = dict(module.named_parameters(remove_duplicate=False))
        for name, parameter in parameters.items():
            if parameter.grad_req != "null":
                gradient = mine[name].grad
                found = np.zeros(parameter.shape) if gradient is None else gradient
                close(found, parameter.grad(), f"gradient of {name}")
    for name, buffer in module.named_buffers():
        close(buffer, parameters[name].data(), name)
