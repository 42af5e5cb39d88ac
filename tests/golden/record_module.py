"""What modules, callbacks and monitors do with the real MXNet 1.9.1.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/module.json``. The tests run the same
`PROGRAMS` with Glueball. Data and first weights are made by NumPy alone; numbers of speed and time are blotted out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.modules import (  # noqa: E402
    SAMPLES,
    batches,
    bound,
    convolutions,
    error,
    labels,
    logged,
    numbers,
    perceptron,
    rows,
    states,
    weights,
    words,
)

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


# ---------------------------------------------------------------------- training


def fitted(mx, symbol, shape, metric="acc", **options):
    module = mx.mod.Module(symbol)
    data = batches(mx, *shape)
    first = {"data": (5, *shape[1:])}
    values = []
    with logged() as log:
        module.fit(
            data,
            eval_data=batches(mx, *shape),
            eval_metric=metric,
            arg_params=weights(mx, symbol, **first),
            aux_params=states(mx, symbol, **first),
            num_epoch=2,
            batch_end_callback=[
                mx.callback.Speedometer(5, 2),
                lambda param: values.append(
                    [param.epoch, param.nbatch, param.eval_metric.get_global_name_value()]
                ),
            ],
            **options,
        )
    scores = module.score(data, ["acc", "ce"])
    return numbers(module.get_params()), values, log, scores, numbers(module.predict(data))


@program
def fit_a_perceptron(mx):
    return fitted(mx, perceptron(mx), (SAMPLES, 5), optimizer_params={"learning_rate": 0.5})


@program
def fit_a_perceptron_with_momentum_and_decay(mx):
    options = {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.1}
    return fitted(mx, perceptron(mx), (SAMPLES, 5), ["acc", "ce"], optimizer_params=options)


@program
def fit_convolutions(mx):
    return fitted(mx, convolutions(mx), (SAMPLES, 2, 6, 6), optimizer_params={"learning_rate": 0.1})


@program
def fit_a_perceptron_with_adam(mx):
    options = {"learning_rate": 0.05, "lr_scheduler": mx.lr_scheduler.FactorScheduler(4, 0.5)}
    return fitted(mx, perceptron(mx), (SAMPLES, 5), "ce", optimizer="adam", optimizer_params=options)


@program
def fit_with_all_callbacks(mx):
    module = mx.mod.Module(perceptron(mx))
    seen = []
    with logged() as log:
        module.fit(
            batches(mx),
            batches(mx),
            eval_metric=["acc", "ce"],
            validation_metric="acc",
            arg_params=weights(mx, perceptron(mx), data=(5, 5)),
            aux_params={},
            begin_epoch=2,
            num_epoch=4,
            batch_end_callback=[
                mx.callback.Speedometer(5, 2, auto_reset=False),
                mx.callback.ProgressBar(5, 20),
                mx.callback.log_train_metric(2),
            ],
            epoch_end_callback=[
                mx.callback.do_checkpoint("net", period=2),
                mx.callback.module_checkpoint(module, "module", save_optimizer_states=True),
                lambda epoch, symbol, args, aux: seen.append([epoch, symbol.name, sorted(args), sorted(aux)]),
            ],
            eval_end_callback=[
                mx.callback.LogValidationMetricsCallback(),
                lambda param: seen.append([param.epoch, param.nbatch, param.eval_metric.get()]),
            ],
            eval_batch_end_callback=lambda param: seen.append([param.epoch, param.nbatch]),
        )
    return log, seen, sorted(os.listdir("."))


@program
def fit_twice(mx):
    module = bound(mx)
    with logged() as log:
        module.fit(batches(mx), num_epoch=1, force_init=True, arg_params=module.get_params()[0])
        module.fit(batches(mx), num_epoch=1, optimizer="adam")
    return log, numbers(module.get_params())


@program
def first_values(mx):
    found = []
    for initializer in (mx.init.Uniform(0.5), mx.init.Xavier(), mx.init.Normal(0.1)):
        mx.random.seed(7)
        np.random.seed(7)
        symbol = convolutions(mx)
        module = mx.mod.Module(symbol)
        module.bind([("data", (5, 2, 6, 6))], [("softmax_label", (5,))])
        module.init_params(initializer)
        found.append(numbers(module.get_params()))
    mx.random.seed(7)
    module.init_params(force_init=True)
    return found, numbers(module.get_params())


@program
def attributes_of_variables(mx):
    weight = mx.sym.var("w", lr_mult=3.0, wd_mult=0.5, init=mx.init.Constant(2.0))
    x = mx.sym.FullyConnected(mx.sym.var("data"), weight=weight, num_hidden=3, name="fc")
    module = mx.mod.Module(mx.sym.SoftmaxOutput(x, name="softmax"))
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    module.init_params(mx.init.Zero())
    before = numbers(module.get_params())
    module.init_optimizer(optimizer_params={"learning_rate": 0.5, "wd": 0.1})
    module.forward_backward(next(batches(mx)))
    module.update()
    return before, numbers(module.get_params()), module._optimizer.lr_mult, module._optimizer.wd_mult


# ---------------------------------------------------------------------- step by step


@program
def shapes_and_names(mx):
    module = bound(mx)
    return (
        module.data_names,
        module.label_names,
        module.output_names,
        repr(module.data_shapes),
        repr(module.label_shapes),
        module.output_shapes,
        module.symbol.name,
    )


@program
def batches_of_other_sizes(mx):
    module = bound(mx)
    found = []
    for size in (5, 2, 7, 5):
        batch = next(batches(mx, size=size))
        module.forward(batch)
        found.append([numbers(module.get_outputs()), repr(module.data_shapes), repr(module.label_shapes)])
        found.append(module.output_shapes)
    module.reshape([("data", (3, 5))], [("softmax_label", (3,))])
    return found, repr(module.data_shapes), numbers(module.get_params())


@program
def gradients_that_add_up(mx):
    module = bound(mx, inputs_need_grad=True, grad_req="add", module={"fixed_param_names": ["fc2_bias"]})
    module.init_optimizer(optimizer_params={"learning_rate": 1.0})
    batch, found = next(batches(mx)), []
    for _ in range(2):
        module.forward_backward(batch)
        gradients = module._exec_group.execs[0].grad_dict
        found.append(numbers({name: array for name, array in gradients.items() if array is not None}))
        found.append(numbers(module.get_input_grads()))
    module.update()
    return found, numbers(module.get_params()), sorted(module._updater.states), module._optimizer.idx2name


@program
def gradients_from_outside(mx):
    symbol = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    module = bound(mx, symbol, inputs_need_grad=True, module={"label_names": None})
    batch = mx.io.DataBatch([mx.nd.array(rows(5, 5))])
    module.forward(batch, is_train=True)
    first = error(module.backward)
    found = []
    for scale in (1, 2):
        module.backward([mx.nd.array(rows(5, 3)) * scale])
        found.append(numbers(module.get_input_grads()))
    return first, found


@program
def some_outputs_are_losses(mx):
    x, y = mx.sym.var("x"), mx.sym.var("y")
    loss, operator = mx.sym.make_loss(x), mx.sym.FullyConnected(x, num_hidden=1, name="fc")
    found = []
    for symbol in (
        loss,
        operator,
        mx.sym.MakeLoss(operator),
        mx.sym.Group([loss, mx.sym.BlockGrad(operator)]),
        mx.sym.Group([loss, operator]),
        loss + mx.sym.MakeLoss(operator),
        mx.sym.relu(loss) * 2,
        mx.sym.LinearRegressionOutput(operator, y, name="out"),
        mx.sym.MAERegressionOutput(operator, y, name="out"),
        mx.sym.SVMOutput(operator, y, name="out"),
        mx.sym.mean(operator),
        mx.sym.argmax(operator, axis=1),
    ):
        arguments = symbol.list_arguments()
        label_names = ["y"] if "y" in arguments else None
        module = mx.mod.Module(symbol, ["x"], label_names)
        module.bind(
            [("x", (2, 1))], label_names and [("y", (2, 1) if "SVM" not in symbol.tojson() else (2,))]
        )
        module.init_params(mx.init.One())
        shape = (2, 1) if "SVM" not in symbol.tojson() else (2,)
        module.forward(mx.io.DataBatch([mx.nd.ones((2, 1))], [mx.nd.zeros(shape)]), is_train=True)
        found.append(error(module.backward))
    return found


@program
def states_from_step_to_step(mx):
    state = mx.sym.var("state", shape=(2, 3))
    symbol = mx.sym.Group([mx.sym.var("data") + state, mx.sym.BlockGrad(state * 2 + 1)])
    module = mx.mod.Module(symbol, label_names=None, state_names=["state"])
    module.bind([("data", (2, 3))], for_training=False)
    module.init_params()
    found = [numbers(module.get_states(False))]
    module.set_states(value=3)
    for _ in range(2):
        module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))]))
        module.set_states(states=module.get_outputs(merge_multi_context=False)[1:])
        found.append(numbers(module.get_outputs()))
    return found, numbers(module.get_states(False)), module._param_names


@program
def parameters_given_and_missing(mx):
    module = bound(mx)
    args, _ = module.get_params()
    args = {name: array.copy() for name, array in args.items()}
    one = {"fc1_weight": args["fc1_weight"] * 2}
    found = [error(lambda: module.set_params(one, {}))]
    module.set_params(one, {}, allow_missing=True)
    found.append(numbers(module.get_params()))
    module.set_params({**args, "more": mx.nd.ones(1)}, {})
    found.append(numbers(module.get_params()))
    found.append(error(lambda: module.set_params({**args, "more": mx.nd.ones(1)}, {}, allow_missing=True)))
    found.append(error(lambda: module.set_params({**args, "fc1_weight": mx.nd.ones((2, 2))}, {})))
    module.init_params(mx.init.One(), one, {}, allow_missing=True, force_init=True)
    found.append(numbers(module.get_params()))
    found.append(error(lambda: module.init_params(mx.init.One(), one, {}, force_init=True)))
    return found


@program
def parts_of_batches(mx):
    contexts = [mx.cpu(0), mx.cpu(1)]
    found = []
    for loads, size in (((1, 1), 5), ((1, 3), 8), ((2, 1), 7)):
        module = bound(mx, shape=(size, 5), context=contexts, module={"work_load_list": list(loads)})
        module.forward(next(batches(mx, size=size)), is_train=True)
        found.append([[part.shape, str(part.context)] for part in module.get_outputs(False)[0]])
        found.append(numbers(module.get_outputs()))
    short = error(lambda: bound(mx, shape=(1, 5), context=contexts))
    return found, short


@program
def several_contexts(mx):
    found = []
    for store in ("local", "device", None):
        module = bound(mx, shape=(6, 5), context=[mx.cpu(0), mx.cpu(1)])
        module.init_optimizer(store, optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 0.01})
        data = batches(mx, size=6)
        metric = mx.metric.create("acc")
        for batch in data:
            module.forward_backward(batch)
            module.update()
            module.update_metric(metric, batch.label)
        found.append([numbers(module.get_params()), metric.get(), module._optimizer.idx2name])
        data.reset()
        found.append(numbers(module.predict(data)))
    return found


@program
def modules_that_share(mx):
    first = bound(mx)
    first.init_optimizer(optimizer_params={"learning_rate": 0.5})
    second = mx.mod.Module(perceptron(mx))
    second.bind([("data", (3, 5))], [("softmax_label", (3,))], shared_module=first)
    second.forward_backward(next(batches(mx, size=3)))
    second.update()
    first.forward(next(batches(mx)))
    return second.optimizer_initialized, numbers(first.get_outputs()), numbers(second.get_params())


# ---------------------------------------------------------------------- other modules


@program
def buckets(mx):
    module = mx.mod.BucketingModule(words(mx), default_bucket_key=10)
    module.bind([("data", (4, 10))], [("softmax_label", (4,))])
    symbol = words(mx)(10)[0]
    module.init_params(None, weights(mx, symbol, data=(4, 10)), {})
    module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9})
    found = []
    for key in (10, 5, 10, 3):
        desc = mx.io.DataDesc
        batch = mx.io.DataBatch(
            [mx.nd.array(np.arange(4 * key).reshape(4, key) % 7)],
            [mx.nd.array(np.arange(4) % 3)],
            bucket_key=key,
            provide_data=[desc("data", (4, key))],
            provide_label=[desc("softmax_label", (4,))],
        )
        module.prepare(batch)
        module.forward_backward(batch)
        module.update()
        found.append([repr(module.data_shapes), numbers(module.get_outputs()), numbers(module.get_params())])
    shared = [numbers(each._exec_group.execs[0].arg_dict["fc_weight"]) for each in module._buckets.values()]
    module.save_checkpoint("words", 3)
    loaded = mx.mod.BucketingModule.load("words", 3, words(mx), 10)
    loaded.bind([("data", (4, 10))], [("softmax_label", (4,))])
    files = sorted(os.listdir("."))
    return (
        found,
        list(module._buckets),
        shared,
        files,
        sorted(map(int, loaded._buckets)),
        numbers(loaded.get_params()),
    )


@program
def modules_in_a_row(mx):
    hidden = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=8, name="fc1")
    last = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc2")
    row = mx.mod.SequentialModule()
    row.add(mx.mod.Module(mx.sym.relu(hidden), label_names=None))
    row.add(mx.mod.Module(mx.sym.SoftmaxOutput(last, name="softmax")), take_labels=True, auto_wiring=True)
    data = batches(mx)
    row.bind(data.provide_data, data.provide_label)
    row.init_params(None, weights(mx, perceptron(mx), data=(5, 5)), {}, allow_missing=True)
    with logged() as log:
        row.fit(data, batches(mx), num_epoch=2, optimizer_params={"learning_rate": 0.5})
    return log, numbers(row.get_params()), row.output_shapes, row.data_names, row.output_names


@program
def a_loss_in_python(mx):
    def gradient(scores, labels):
        return mx.nd.softmax(scores) - mx.nd.one_hot(labels, 3)

    symbol = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    row = mx.mod.SequentialModule().add(mx.mod.Module(symbol, label_names=None))
    row.add(mx.mod.PythonLossModule(grad_func=gradient), take_labels=True, auto_wiring=True)
    with logged() as log:
        row.fit(
            batches(mx),
            num_epoch=2,
            arg_params=weights(mx, symbol, data=(5, 5)),
            aux_params={},
            optimizer_params={"learning_rate": 0.5},
        )
    return log, numbers(row.get_params())


@program
def feed_forward(mx):
    found = []
    with warnings.catch_warnings(), logged() as log:
        warnings.simplefilter("ignore")
        for options in ({}, {"momentum": 0.9}, {"epoch_size": 3}, {"epoch_size": 7, "begin_epoch": 1}):
            model = mx.model.FeedForward(
                perceptron(mx),
                num_epoch=2,
                learning_rate=0.5,
                numpy_batch_size=5,
                arg_params=weights(mx, perceptron(mx), data=(5, 5)),
                **options,
            )
            model.fit(batches(mx), eval_data=batches(mx), eval_metric=["acc", "ce"])
            found.append(numbers(model.arg_params))
            np.random.seed(3)
            model.fit(rows(SAMPLES, 5), labels(), batch_end_callback=mx.callback.Speedometer(5, 2))
            found.append([numbers(model.arg_params), numbers(model.predict(rows(SAMPLES, 5)))])
            outputs, data, given = model.predict(batches(mx), return_data=True)
            found.append([numbers(outputs), numbers(data), numbers(given), model.score(batches(mx))])
        model.save("feed", 2)
        loaded = mx.model.FeedForward.load("feed", 2)
        found.append([numbers(loaded.predict(rows(4, 5))), loaded.begin_epoch])
    return found, log, sorted(os.listdir("."))


# ---------------------------------------------------------------------- looking


@program
def monitored(mx):
    module = bound(mx, inputs_need_grad=True)  # without, MXNet tells what was in memory
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    monitor = mx.mon.Monitor(2, pattern=r".*output(0|2)?$|fc1_weight|fc2_bias")
    module.install_monitor(monitor)
    found = []
    for batch in batches(mx):
        monitor.tic()
        module.forward_backward(batch)
        module.update()
        told = monitor.toc()
        found.append([[step, name, round(float(text), 5)] for step, name, text in told])
    with logged() as log:
        sort = mx.mon.Monitor(
            1, lambda x: [x.max() * 0, x.min() * 0], pattern="fc.*(bias|output)$", sort=True
        )
        module.install_monitor(sort)
        sort.tic()
        module.forward(batch)
        sort.toc_print()
    return found, log


# ---------------------------------------------------------------------- files


@program
def files_of_checkpoints(mx):
    """Names and digests: what is written is the same to the byte."""
    symbol = convolutions(mx)
    module = bound(mx, symbol, (5, 2, 6, 6))
    with logged() as log:
        module.save_checkpoint("module", 3)
        mx.model.save_checkpoint("plain", 12, symbol, *module.get_params())
    module.save_params("only.params")
    return log, {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest()[:16] for name in sorted(os.listdir("."))
    }


def stepped(mx, module, data, count):
    for _ in range(count):
        module.forward_backward(data)
        module.update()
    return numbers(module.get_params())


def interrupted(mx):
    """A module after two updates, and its files."""
    module = bound(mx)
    module.init_optimizer(optimizer="adam", optimizer_params={"learning_rate": 0.1})
    stepped(mx, module, next(batches(mx)), 2)
    module.save_checkpoint("halfway", 2, save_optimizer_states=True)
    files = {
        name: base64.b64encode(Path(name).read_bytes()).decode()
        for name in ("halfway-symbol.json", "halfway-0002.params", "halfway-0002.states")
    }
    return module, files


def resumed(mx, files):
    """The parameters after two more updates of what is in the files."""
    for name, content in files.items():
        Path(name).write_bytes(base64.b64decode(content))
    module = mx.mod.Module.load("halfway", 2, load_optimizer_states=True)
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    module.init_optimizer(optimizer="adam", optimizer_params={"learning_rate": 0.1})
    return stepped(mx, module, next(batches(mx)), 2)


def run(mx, name, function=None, *args):
    """The result of a program, as JSON has it."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with mx.name.NameManager(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = (function or PROGRAMS[name])(mx, *args)
            return json.loads(json.dumps(found))
        finally:
            os.chdir(home)


def main():
    import mxnet as mx

    assert mx.__version__ == "1.9.1", mx.__version__
    lines = {}
    for name in PROGRAMS:
        print(name, flush=True)
        lines[name] = run(mx, name)
    files = run(mx, "interrupted", lambda mx: interrupted(mx)[1])
    lines["resumed"] = [files, run(mx, "resumed", resumed, files)]
    text = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in lines.items()
    )
    (ROOT / "tests" / "golden" / "module.json").write_bytes(b"{\n" + text.encode() + b"\n}\n")


if __name__ == "__main__":
    main()
