"""A network computes the same in every form: call by call, hybridized, as a bound symbol, exported, as a module of
PyTorch, and as an ONNX file; outputs, gradients and running statistics, in training and in prediction."""

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import to_module
from mxnet import autograd, gluon, nd, sym
from mxnet.gluon.model_zoo import vision
from mxnet.gluon.tracing import flattened
from tests.mxnet.gluon.test_every_layer import LAYERS, made

# name: (how to make it, shape of an input)
NETWORKS = {
    "resnet18_v1": (lambda: vision.resnet18_v1(classes=5), (2, 3, 32, 32)),
    "mobilenet0.25": (lambda: vision.mobilenet0_25(classes=5), (2, 3, 32, 32)),
    # the smallest that its last pooling takes
    "squeezenet1.1": (lambda: vision.squeezenet1_1(classes=5), (1, 3, 209, 209)),
}

# What a form does not have, and why. Whatever is not listed here must have it, and must compute the same.
PLAIN = "a plain Block has no graph of its own"
LEFT_OUT = {
    "hybridized": {"Sequential": PLAIN, "Concurrent": PLAIN, "Lambda": PLAIN, "SparseEmbedding": PLAIN},
    "bound": {
        "Concurrent": "its outputs are joined by nd",
        "SparseEmbedding": "its forward calls nd, as in 1.9.1",
    },
    "imported": {"Sequential": PLAIN, "Concurrent": PLAIN, "Lambda": PLAIN, "SparseEmbedding": PLAIN},
    "torch": {
        "Concurrent": "its outputs are joined by nd",
        "SparseEmbedding": "its forward calls nd, as in 1.9.1",
    },
    "onnx": {
        "Sequential": PLAIN,
        "Concurrent": PLAIN,
        "Lambda": PLAIN,
        "SparseEmbedding": PLAIN,
    },
}
# Forms that draw other random numbers in training: what they drop is not what the network drops.
OTHER_NUMBERS = {"torch": ("Dropout", "LSTM dropping", "squeezenet1.1")}
# The same kernels run in the same order: equal to the last bit.
EXACT = ("hybridized", "bound", "imported")
# name: (whether gradients are computed, whether it is training mode)
MODES = {"prediction": (False, False), "gradients in prediction": (True, False), "training": (True, True)}
# An ONNX file has no gradients; a bound symbol has those of training mode.
LACKING = {"onnx": ("gradients in prediction", "training"), "bound": ("gradients in prediction",)}
# A plain network warns when it is hybridized, and warnings are errors here.
REFUSALS = (AttributeError, AssertionError, TypeError, ValueError, UserWarning, mx.MXNetError)
NAMES = [*LAYERS, *NETWORKS]
FORMS = {}


def form(function):
    FORMS[function.__name__] = function
    return function


class Case:
    """A network with fixed parameters and inputs, made anew for each form."""

    def __init__(self, name, seed):
        if name in LAYERS:
            self.net, x = made(name, seed)
        else:
            make, shape = NETWORKS[name]
            self.net = make()
            mx.random.seed(seed)
            self.net.initialize(mx.init.Xavier())
            x = nd.array(np.random.RandomState(seed).standard_normal(shape))
        self.seed = seed
        self.inputs = [x]
        source = np.random.RandomState(seed + 1)
        if hasattr(self.net, "state_info"):
            self.inputs += [
                nd.array(source.standard_normal(state["shape"])) for state in self.net.state_info(x.shape[0])
            ]
        self.arrays = self.grouped(self.inputs)
        self.heads = [source.standard_normal(y.shape).astype("float32") for y in flat(self.net(*self.arrays))]
        self.parameters = self.net._collect_params_with_prefix()

    @staticmethod
    def grouped(inputs):
        """The arguments of a call: states are one list."""
        return [inputs[0], inputs[1:]] if len(inputs) > 1 else inputs

    def run(self, block, arguments, parameters, recorded, training):
        """Outputs, gradients and statistics of a block; ``parameters`` by their names in files of the network."""
        for each in self.inputs:
            each.attach_grad()
        mx.random.seed(self.seed)
        if not recorded:
            return {f"output {i}": y.asnumpy() for i, y in enumerate(flat(block(*arguments)))}
        with autograd.record(train_mode=training):
            outputs = flat(block(*arguments))
        autograd.backward(outputs, [nd.array(head) for head in self.heads])
        found = {f"output {i}": y.asnumpy() for i, y in enumerate(outputs)}
        found |= {f"gradient of input {i}": x.grad.asnumpy() for i, x in enumerate(self.inputs)}
        for name, parameter in parameters.items():
            if parameter.grad_req != "null":
                found[f"gradient of {name}"] = parameter.grad().asnumpy()
            else:
                found[f"value of {name}"] = parameter.data().asnumpy()
        return found

    def expected(self, recorded, training):
        return self.run(self.net, self.arrays, self.parameters, recorded, training)

    def symbol(self):
        """The network's graph and the names of its inputs."""
        names = [f"input{i}" for i in range(len(self.inputs))]
        outputs = flat(self.net(*self.grouped([sym.var(name) for name in names])))
        return sym.Group(outputs), names

    def exported(self, folder):
        """The names of the two files, and those of the inputs in them."""
        self.net.hybridize()
        self.net(*self.arrays)
        files = self.net.export(str(folder / "net"))
        known = {parameter.name for parameter in self.parameters.values()}
        inputs = [name for name in sym.load(files[0]).list_inputs() if name not in known]
        return *files, sorted(inputs)


def flat(outputs):
    return flattened([outputs])[0]


@form
def hybridized(case, recorded, training, folder):
    case.net.hybridize()
    assert case.net._active
    return case.run(case.net, case.arrays, case.parameters, recorded, training)


@form
def bound(case, recorded, training, folder):
    graph, names = case.symbol()
    run = graph.simple_bind(
        mx.cpu(), grad_req="write", **{name: x.shape for name, x in zip(names, case.inputs, strict=True)}
    )
    values = {parameter.name: parameter.data() for parameter in case.parameters.values()}
    values |= dict(zip(names, case.inputs, strict=True))
    for name, array in [*run.arg_dict.items(), *run.aux_dict.items()]:
        array[:] = values[name]
    mx.random.seed(case.seed)
    outputs = run.forward(is_train=training)
    found = {f"output {i}": y.asnumpy() for i, y in enumerate(outputs)}
    if recorded:
        run.backward([nd.array(head) for head in case.heads])
        found |= {f"gradient of input {i}": run.grad_dict[name].asnumpy() for i, name in enumerate(names)}
        for name, parameter in case.parameters.items():
            if parameter.name in run.aux_dict:
                found[f"value of {name}"] = run.aux_dict[parameter.name].asnumpy()
            elif parameter.name in run.grad_dict and parameter.grad_req != "null":
                found[f"gradient of {name}"] = run.grad_dict[parameter.name].asnumpy()
    return found


@form
def imported(case, recorded, training, folder):
    graph, file, names = case.exported(folder)
    block = gluon.SymbolBlock.imports(graph, names, file)
    own = {parameter.name: parameter for parameter in block.collect_params().values()}
    names = {name: own[each.name] for name, each in case.parameters.items() if each.name in own}
    return case.run(block, case.inputs, names, recorded, training)


@form
def torch_(case, recorded, training, folder):
    module = to_module(case.net, *case.arrays)
    inputs = [torch.from_numpy(x.asnumpy()).requires_grad_() for x in case.inputs]
    module.train(training)
    outputs = flat_tensors(module(*inputs))
    found = {f"output {i}": y.detach().numpy() for i, y in enumerate(outputs)}
    if recorded:
        torch.autograd.backward(outputs, [torch.from_numpy(head) for head in case.heads])
        for i, x in enumerate(inputs):
            found[f"gradient of input {i}"] = np.zeros(x.shape) if x.grad is None else x.grad.numpy()
        found |= {
            f"gradient of {name}": each.grad.numpy()
            for name, each in module.named_parameters()
            if each.requires_grad
        }
        found |= {f"value of {name}": each.numpy() for name, each in module.named_buffers()}
    return found


FORMS["torch"] = FORMS.pop("torch_")


@form
def onnx(case, recorded, training, folder):
    onnxruntime = pytest.importorskip("onnxruntime")
    graph, file, names = case.exported(folder)
    mx.onnx.export_model(graph, file, [x.shape for x in case.inputs], onnx_file_path=folder / "net.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession((folder / "net.onnx").read_bytes(), options)
    outputs = session.run(None, {name: x.asnumpy() for name, x in zip(names, case.inputs, strict=True)})
    return {f"output {i}": y for i, y in enumerate(outputs)}


def flat_tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for each in value for tensor in flat_tensors(each)]


def assert_same(found, expected, form):
    """Everything that the network computes, the form computes, too."""
    for name, wanted in expected.items():
        if name not in found and name.startswith("value of"):
            continue  # a constant that the form folded away
        assert name in found, f"{form} has no {name}, only {', '.join(found)}"
        if form in EXACT:
            np.testing.assert_array_equal(found[name], wanted, err_msg=f"{form}: {name}")
            continue
        size = max(1, np.abs(wanted).max(initial=0))
        np.testing.assert_allclose(
            found[name], wanted, rtol=1e-4, atol=1e-5 * size, err_msg=f"{form}: {name}"
        )


COMBINATIONS = [
    (name, form, mode)
    for name in NAMES
    for form in FORMS
    for mode in MODES
    if mode not in LACKING.get(form, ()) and not (mode == "training" and name in OTHER_NUMBERS.get(form, ()))
]


@pytest.mark.parametrize(("name", "form", "mode"), COMBINATIONS)
def test_it_computes_the_same_in_this_form(name, form, mode, seed, tmp_path):
    recorded, training = MODES[mode]
    if name in LEFT_OUT[form]:
        with pytest.raises(REFUSALS):
            FORMS[form](Case(name, seed), recorded, training, tmp_path)
        return
    expected = Case(name, seed).expected(recorded, training)
    assert_same(FORMS[form](Case(name, seed), recorded, training, tmp_path), expected, form)


def test_what_is_left_out_is_there():
    assert all(reason for table in LEFT_OUT.values() for reason in table.values())
    listed = {name for table in [*LEFT_OUT.values(), *OTHER_NUMBERS.values()] for name in table}
    assert listed <= set(NAMES)
    assert set(LEFT_OUT) == set(FORMS)
