"""The tape: what is recorded, what backward leaves where, and what is refused."""

import gc
import threading
import weakref

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import MXNetError


def variable(*values, grad_req="write"):
    x = nd.array(values)
    x.attach_grad(grad_req)
    return x


def values(array):
    return array.asnumpy().tolist()


# ------------------------------------------------------------------ modes


def test_record_sets_both_flags_and_restores_them():
    before = autograd.is_recording(), autograd.is_training()
    with autograd.record():
        inside = autograd.is_recording(), autograd.is_training()
        with autograd.pause():
            paused = autograd.is_recording(), autograd.is_training()
        with autograd.predict_mode():
            predicting = autograd.is_recording(), autograd.is_training()
    with autograd.record(train_mode=False):
        without_training = autograd.is_recording(), autograd.is_training()
    with autograd.train_mode():
        training_only = autograd.is_recording(), autograd.is_training()
    assert before == (False, False) == (autograd.is_recording(), autograd.is_training())
    assert inside == (True, True)
    assert paused == (False, False)
    assert predicting == (True, False)
    assert without_training == (True, False)
    assert training_only == (False, True)


def test_flags_are_restored_after_an_exception():
    with pytest.raises(KeyError), autograd.record():
        raise KeyError
    assert not autograd.is_recording()
    assert not autograd.is_training()


def test_set_recording_and_set_training_return_the_former_value():
    assert autograd.set_recording(True) is False
    assert autograd.set_training(True) is False
    assert autograd.set_recording(False) is True
    assert autograd.set_training(False) is True


def test_another_thread_does_not_record():
    seen = []
    with autograd.record():
        thread = threading.Thread(
            target=lambda: seen.append((autograd.is_recording(), autograd.is_training()))
        )
        thread.start()
        thread.join()
    assert seen == [(False, False)]


# ------------------------------------------------------------------ backward


def test_gradient_of_a_sum_of_squares():
    x = variable(1.0, 2.0, 3.0)
    with autograd.record():
        y = 2 * (x**2)
    y.backward()
    assert values(x.grad) == [4.0, 8.0, 12.0]


def test_head_gradients_weigh_the_heads():
    x = variable(1.0, 1.0)
    with autograd.record():
        y = x * 2
    y.backward(nd.array([10, 1]))
    assert values(x.grad) == [20.0, 2.0]


def test_a_head_gradient_of_another_shape_is_refused():
    x = variable(1.0, 1.0)
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError, match=r"head \(2,\) float32 cpu\(0\), gradient \(3,\)"):
        y.backward(nd.ones((3,)))


def test_gradients_follow_python_control_flow():
    def doubled_until_long(a):
        b = a * 2
        while b.norm().asscalar() < 1000:
            b = b * 2
        return b if b.sum().asscalar() > 0 else 100 * b

    a = variable(0.37)
    with autograd.record():
        c = doubled_until_long(a)
    c.backward()
    assert a.grad == c / a


def test_write_replaces_and_add_adds():
    written, added = variable(1.0), variable(1.0, grad_req="add")
    for _ in range(3):
        with autograd.record():
            y = written * 3 + added * 3
        y.backward()
    assert values(written.grad) == [3.0]
    assert values(added.grad) == [9.0]


def test_null_gets_no_gradient():
    x, frozen = variable(1.0), variable(2.0, grad_req="null")
    with autograd.record():
        y = x * frozen
    y.backward()
    assert values(frozen.grad) == [0.0]
    assert values(x.grad) == [2.0]


def test_a_variable_that_was_not_used_keeps_its_gradient():
    x, w = variable(1.0), variable(1.0)
    with autograd.record():
        y = x * w
    y.backward()
    with autograd.record():
        y = x * 5
    y.backward()
    assert values(w.grad) == [1.0]
    assert values(x.grad) == [5.0]


def test_several_heads_add_up_in_one_backward():
    x = variable(1.0, 1.0)
    with autograd.record():
        y, z = x * 2, x * 3
    autograd.backward([y, z])
    assert values(x.grad) == [5.0, 5.0]


def test_heads_of_one_record_are_differentiated_one_after_the_other():
    x = variable(1.0)
    with autograd.record():
        y, z = x * 2, x * 3
    y.backward()
    assert values(x.grad) == [2.0]
    z.backward()
    assert values(x.grad) == [3.0]


def test_backward_of_a_variable_itself_gives_ones():
    x = variable(4.0, 5.0)
    x.backward()
    assert values(x.grad) == [1.0, 1.0]


@pytest.mark.parametrize("prepare", ["nothing recorded", "nothing attached", "differentiated already"])
def test_backward_without_a_graph_says_so(prepare):
    x = nd.ones((2,))
    if prepare != "nothing attached":
        x.attach_grad()
    if prepare == "nothing recorded":
        y = x * x
    else:
        with autograd.record():
            y = x * 3
    if prepare == "differentiated already":
        y.backward()
    with pytest.raises(MXNetError, match="not in a computational graph"):
        y.backward()


def test_retain_graph_allows_a_second_backward():
    x = variable(3.0, grad_req="add")
    with autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert values(x.grad) == [12.0]


def test_gradient_buffers_are_one_object_for_good():
    x = variable(1.0)
    buffer = x.grad
    for factor in (2, 3):
        with autograd.record():
            y = x * factor
        y.backward()
        assert x.grad is buffer
        assert values(buffer) == [float(factor)]


def test_a_view_of_the_gradient_sees_the_next_one():
    x = variable(1.0, 2.0)
    view = x.grad[0:1]
    with autograd.record():
        y = x * 7
    y.backward()
    assert values(view) == [7.0]


def test_marked_gradients_may_be_views_of_one_buffer():
    flat = nd.zeros((4,))
    a, b = nd.ones((2,)), nd.ones((2,))
    autograd.mark_variables([a, b], [flat[0:2], flat[2:4]])
    with autograd.record():
        y = a * 2 + b * 5
    y.backward()
    assert values(flat) == [2.0, 2.0, 5.0, 5.0]


def test_mark_variables_checks_before_it_changes_anything():
    a, b = nd.ones((2,)), nd.ones((2,))
    with pytest.raises(ValueError, match="has the shape of its variable"):
        autograd.mark_variables([a, b], [nd.zeros((2,)), nd.zeros((3,))])
    assert a.grad is None
    with pytest.raises(ValueError, match="'write', 'add' and 'null'"):
        a.attach_grad("wirte")
    assert a.grad is None


def test_attach_grad_on_a_result_cuts_it_off():
    x = variable(1.0)
    with autograd.record():
        y = x * 2
        y.attach_grad()
        z = y * 3
    z.backward()
    assert values(x.grad) == [0.0]
    assert values(y.grad) == [3.0]


def test_detach_and_blockgrad_stop_the_gradient():
    for stop in (lambda y: y.detach(), nd.BlockGrad, nd.stop_gradient):
        x = variable(1.0, 1.0)
        with autograd.record():
            z = stop(x * 2) * x
        z.backward()
        assert values(x.grad) == [2.0, 2.0]


def test_copies_between_contexts_stay_on_the_tape():
    x = variable(1.0)
    with autograd.record():
        y = x.copyto(mx.cpu(1)).as_in_context(mx.cpu(2)).copy() * 2
    assert y.context == mx.cpu(2)
    y.backward()
    assert values(x.grad) == [2.0]


def test_indexing_and_reshaping_stay_on_the_tape():
    x = variable(0.0, 1.0, 2.0, 3.0)
    with autograd.record():
        y = x[1:].sum() + x.reshape((2, 2))[1][0] * 10 + x[[0, 0]].sum() * 100
    y.backward()
    assert values(x.grad) == [200.0, 1.0, 11.0, 1.0]


def test_a_variable_is_not_kept_alive_by_its_gradient():
    x = variable(1.0)
    with autograd.record():
        y = x * 2
    y.backward()
    reference = weakref.ref(x)
    del x, y
    gc.collect()
    assert reference() is None


# ------------------------------------------------------------------ writing in place


@pytest.mark.parametrize("held", ["variable", "result"])
@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.__iadd__(1),
        lambda x: x.__imul__(nd.ones((2,))),
        lambda x: x.__setitem__(0, 5),
        lambda x: x.__setitem__(slice(None), nd.zeros((2,))),
        lambda x: nd.ones((2,)).copyto(x),
        lambda x: nd.exp(nd.ones((2,)), out=x),
    ],
)
def test_writing_into_a_taped_array_is_refused_and_changes_nothing(held, write):
    x = variable(1.0, 2.0)
    with autograd.record():
        target = x if held == "variable" else x * 1
        with pytest.raises(MXNetError, match="cannot write in place into an array that is on the tape"):
            write(target)
    assert values(target) == [1.0, 2.0]


def test_backward_uses_the_value_written_after_recording():
    x = variable(1.0)
    with autograd.record():
        y = x * x
    x[:] = 3
    y.backward()
    assert values(x.grad) == [6.0]


def test_overwriting_a_stored_constant_inside_record_is_an_error_of_backward():
    x, c = variable(1.0), nd.ones((1,))
    with autograd.record():
        y = x * c
        c[:] = 5
    with pytest.raises(MXNetError, match="written in place after the tape had stored it"):
        y.backward()


def test_a_taped_value_takes_the_array_it_is_written_into_along():
    x = variable(1.0, 2.0)
    whole, part = nd.zeros((2,)), nd.zeros((3,))
    with autograd.record():
        whole[:] = x * 2
        part[1:] = x * 3
        y = whole.sum() + part.sum() * 10
    y.backward()
    assert values(x.grad) == [32.0, 32.0]
    assert values(part) == [0.0, 3.0, 6.0]


def test_in_place_outside_record_leaves_the_variable_attached():
    x = variable(1.0, 1.0)
    x += 1
    assert values(x) == [2.0, 2.0]
    assert values(x.grad) == [0.0, 0.0]


# ------------------------------------------------------------------ grad, higher orders


def test_grad_returns_gradients_and_leaves_buffers_alone():
    x = variable(2.0)
    with autograd.record():
        y = x**3
    (gradient,) = autograd.grad(y, [x])
    assert values(gradient) == [12.0]
    assert values(x.grad) == [0.0]


def test_grad_by_what_the_heads_do_not_depend_on_is_zero():
    x, w = variable(2.0), variable(3.0)
    with autograd.record():
        y = x * 2
        w * 2
    assert [values(g) for g in autograd.grad(y, [x, w])] == [[2.0], [0.0]]


def test_gradients_of_gradients():
    x = variable(2.0)
    with autograd.record():
        (first,) = autograd.grad(x**4, x, create_graph=True)
        (second,) = autograd.grad(first, x, create_graph=True)
    second.backward()
    assert (values(first), values(second), values(x.grad)) == ([32.0], [48.0], [48.0])


def test_a_gradient_taken_outside_record_can_be_differentiated():
    x = variable(3.0)
    with autograd.record():
        y = x**3
    (first,) = autograd.grad(y, x, create_graph=True)
    first.backward()
    assert values(x.grad) == [18.0]


def test_grad_by_an_array_off_the_tape_is_an_error():
    x = variable(1.0)
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError, match="variable 1 is not on the tape"):
        autograd.grad(y, [x, nd.ones((1,))])


# ------------------------------------------------------------------ beside torch


def test_torch_modes_and_graphs_are_left_alone():
    t = torch.ones(2, requires_grad=True)
    with autograd.record():
        loss = (t * 2).sum()
        assert torch.is_grad_enabled()
    assert torch.is_grad_enabled()
    loss.backward()
    assert t.grad.tolist() == [2.0, 2.0]


def test_recording_works_inside_no_grad():
    x = variable(1.0)
    with torch.no_grad(), autograd.record():
        y = x * 2 + nd.exp(x * 0)
        assert not torch.is_grad_enabled()
    y.backward()
    assert values(x.grad) == [2.0]


def written_over(x):
    y = nd.zeros((2, 3))
    y[::-1] = x
    return y


def added_to(x):
    y = nd.ones((2, 3))
    y += x
    return y


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda x: x[0], [[1.0] * 3, [0.0] * 3]),
        (lambda x: x[0:1], [[1.0] * 3, [0.0] * 3]),
        (lambda x: x[:, 1], [[0.0, 1.0, 0.0]] * 2),
        (lambda x: x.reshape((6,)), [[1.0] * 3] * 2),
        (lambda x: x.reshape((0, -1)), [[1.0] * 3] * 2),
        (lambda x: x.expand_dims(0, inplace=True), [[1.0] * 3] * 2),
        (lambda x: x.copy(), [[1.0] * 3] * 2),
        (lambda x: x.as_in_context(mx.cpu(1)), [[1.0] * 3] * 2),
        (lambda x: x.copyto(nd.zeros((2, 3))), [[1.0] * 3] * 2),
        (lambda x: nd.array(x, dtype="float64"), [[1.0] * 3] * 2),
        (lambda x: nd.array([x, x]), [[2.0] * 3] * 2),
        (written_over, [[1.0] * 3] * 2),
        (added_to, [[1.0] * 3] * 2),
    ],
)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad])
def test_views_copies_and_writes_stay_on_the_tape_in_any_mode_of_torch(step, expected, mode):
    x = nd.ones((2, 3))
    x.attach_grad()
    with mode():
        with autograd.record():
            y = step(x) * 1
        y.backward()
    assert values(x.grad) == expected


@pytest.mark.parametrize(
    "call", [lambda x, number: x * number, lambda x, number: number / x, lambda x, number: x.mean()]
)
def test_what_a_number_becomes_in_inference_mode_serves_training_too(call, rng):
    number, shape = float(rng.random()), (int(rng.integers(2, 1000)),)
    with torch.inference_mode():
        call(nd.ones(shape), number)
    x = nd.ones(shape)
    x.attach_grad()
    with autograd.record():
        y = call(x, number).sum()
    y.backward()
    assert np.isfinite(x.grad.asnumpy()).all()


def test_results_outside_record_have_no_graph():
    x = variable(1.0)
    with autograd.record():
        y = x * 2
    for result in (x + 1, y + 1, nd.exp(y), y[0], y.reshape((1, 1)), y.copy(), y.astype("float64")):
        assert not result._t.requires_grad
        assert result._tape is None


@pytest.mark.parametrize("depth", [10_000])
def test_a_deep_tape_works(depth):
    x = variable(1.0)
    with autograd.record():
        y = x
        for _ in range(depth):
            y = y + 1
    y.backward()
    assert values(x.grad) == [1.0]


def test_a_diamond_of_forty_levels_works():
    x = variable(1.0)
    with autograd.record():
        y = x
        for _ in range(40):
            y = y * 0.5 + y * 0.5
    y.backward()
    assert np.isclose(x.grad.asscalar(), 1.0)


def test_get_symbol_says_that_it_is_not_there():
    with pytest.raises(NotImplementedError, match="not in Glueball yet"):
        autograd.get_symbol(nd.ones((1,)))
