"""`Monitor`: which batches and arrays it looks at, and how it says what it saw."""

import logging

import pytest

import mxnet as mx
from mxnet import nd, sym


@pytest.fixture
def run():
    symbol = sym.BatchNorm(sym.FullyConnected(sym.var("x"), num_hidden=2, name="fc"), name="bn")
    run = symbol.simple_bind(mx.cpu(), x=(3, 4))
    for name, array in run.arg_dict.items():
        array[:] = 2 if name == "x" else 1
    return run


def names(told):
    return [name for _, name, _ in told]


def test_outputs_arguments_and_states_are_told(run):
    monitor = mx.mon.Monitor(1)
    monitor.install(run)
    monitor.tic()
    run.forward()
    told = monitor.toc()
    assert names(told) == (
        "fc_output bn_output x fc_weight fc_bias bn_gamma bn_beta bn_moving_mean bn_moving_var".split()
    )
    assert told[0] == (1, "fc_output", "9.0\t")


def test_the_default_statistic_is_the_root_mean_square(run):
    monitor = mx.mon.Monitor(1, pattern="x$")
    monitor.install(run)
    monitor.tic()
    run.forward(x=nd.array([[3, 0, 0, 0], [4, 0, 0, 0], [0, 0, 0, 0]]))
    assert float(monitor.toc()[0][2]) == pytest.approx((25 / 12) ** 0.5)


def test_gradients_are_told_after_backward(run):
    monitor = mx.mon.Monitor(1, pattern=".*backward")
    monitor.install(run)
    monitor.tic()
    run.forward(is_train=True)
    run.backward([nd.ones((3, 2))])
    assert names(monitor.toc()) == [
        *(f"bn_backward_output{place}" for place in range(3)),
        *(f"fc_backward_output{place}" for place in range(3)),
    ]


def test_only_every_so_many_batches_are_looked_at(run):
    calls = []

    def statistic(array):
        calls.append(array.shape)
        return array.sum()

    monitor = mx.mon.Monitor(3, statistic, pattern="fc_output")
    monitor.install(run)
    found = []
    for _ in range(5):
        monitor.tic()
        run.forward()
        found.append([step for step, _, _ in monitor.toc()])
    assert found == [[1], [], [], [4], []]
    assert calls == [(3, 2)] * 2


def test_before_the_first_batch_there_is_nothing(run):
    monitor = mx.mon.Monitor(1)
    monitor.install(run)
    run.forward()
    assert monitor.toc() == []


def test_several_statistics_stand_in_a_row_and_arrays_are_shown_as_arrays(run):
    for statistic, text in (
        (lambda x: [x.max(), x.min()], "9.0\t9.0\t"),
        (lambda x: x[0], "[9. 9.]\t"),
        (lambda x: x.max() / 90, "0.1\t"),
    ):
        monitor = mx.mon.Monitor(1, statistic, pattern="fc_output")
        monitor.install(run)
        monitor.tic()
        run.forward()
        assert monitor.toc() == [(1, "fc_output", text)]


def test_names_can_be_sorted(run):
    monitor = mx.mon.Monitor(1, pattern="fc|x", sort=True)
    monitor.install(run)
    monitor.tic()
    run.forward()
    assert names(monitor.toc()) == ["fc_bias", "fc_output", "fc_weight", "x"]


def test_inputs_of_calls_are_told_if_asked_for(run):
    monitor = mx.mon.Monitor(1, pattern="bn_data|fc_data", monitor_all=True)
    monitor.install(run)
    monitor.tic()
    run.forward()
    assert names(monitor.toc()) == ["fc_data", "bn_data"]


def test_several_executors_are_looked_into_and_one_only_once(run):
    other = sym.relu(sym.var("y"), name="r").bind(mx.cpu(), {"y": nd.ones((1,))})
    monitor = mx.mon.Monitor(1, pattern="x$|y$|r_")
    for each in (run, other, run):
        monitor.install(each)
    monitor.tic()
    run.forward()
    other.forward()
    assert names(monitor.toc()) == ["r_output", "x", "y"]


def test_lines_of_the_log(run, caplog):
    caplog.set_level(logging.INFO)
    monitor = mx.mon.Monitor(1, pattern="fc_(output|weight)")
    monitor.install(run)
    monitor.tic()
    run.forward()
    monitor.toc_print()
    assert caplog.messages == [
        "Batch:       1 fc_output                      9.0\t",
        "Batch:       1 fc_weight                      1.0\t",
    ]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda run: mx.mon.Monitor(0), ValueError, ["a number of batches", "interval=0"]),
        (lambda run: mx.mon.Monitor("1"), ValueError, ["interval='1'"]),
        (lambda run: mx.mon.Monitor(1, pattern="["), ValueError, ["no regular expression", "pattern='['"]),
        (lambda run: mx.mon.Monitor(1, pattern=3), ValueError, ["pattern=3"]),
        (
            lambda run: mx.mon.Monitor(1).install(3),
            TypeError,
            ["takes an executor", "module.install_monitor"],
        ),
    ],
    ids=range(5),
)
def test_wrong_uses_are_explained(call, kind, words, run):
    with pytest.raises(kind) as caught:
        call(run)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "statistic", [lambda x: 3, lambda x: x.asnumpy(), lambda x: [x.max().asscalar()]], ids=range(3)
)
def test_a_statistic_that_is_no_array_is_explained(run, statistic):
    monitor = mx.mon.Monitor(1, statistic, pattern="fc_output")
    monitor.install(run)
    monitor.tic()
    run.forward()
    with pytest.raises(AssertionError, match="stat_func returns an array or a list of arrays"):
        monitor.toc()
