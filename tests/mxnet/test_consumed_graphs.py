"""What a backward consumes: the graph behind its heads, and nothing beside it."""

import gc
import weakref

import pytest

from mxnet import autograd, nd
from mxnet.base import MXNetError


def variable(*values):
    x = nd.array(values)
    x.attach_grad()
    return x


def values(array):
    return array.asnumpy().tolist()


def test_a_running_sum_is_a_constant_after_backward():
    x = variable(1.0)
    total = nd.zeros((1,))
    seen = []
    for _ in range(3):
        with autograd.record():
            total = total + x * 1
        total.backward()
        seen += values(x.grad)
    assert seen == [1.0, 1.0, 1.0]


def test_a_state_that_nobody_detached_stops_at_the_last_backward():
    w = variable(2.0)
    state = nd.ones((1,))
    for _ in range(2):
        with autograd.record():
            state = state * w
        state.backward()
    assert values(w.grad) == [2.0]


def test_what_a_head_was_not_computed_from_stays_on_the_tape():
    x = variable(1.0)
    with autograd.record():
        y, z = x * 2, x * 3
    y.backward()
    with autograd.record():
        w = z * x
    w.backward()
    assert values(x.grad) == [6.0]


def test_a_generator_learns_from_the_image_that_its_critic_learned_with():
    generator, critic = variable(2.0), variable(3.0)
    with autograd.record():
        image = generator * 5
        of_critic = critic * image.detach()
    of_critic.backward()
    assert (values(generator.grad), values(critic.grad)) == ([0.0], [10.0])
    with autograd.record():
        of_generator = critic * image
    of_generator.backward()
    assert (values(generator.grad), values(critic.grad)) == ([15.0], [10.0])


def test_what_shares_a_step_with_a_head_is_a_constant_in_the_next_record():
    x = variable(1.0)
    with autograd.record():
        shared = x * x
        y, z = shared * 2, shared * 3
    y.backward()
    with autograd.record():
        w = z * x
    w.backward()
    assert values(x.grad) == [3.0]


@pytest.mark.parametrize("retain", [False, True])
def test_a_head_that_shares_a_step_with_one_before_needs_its_graph(retain):
    x = variable(1.0)
    with autograd.record():
        shared = x + 1  # whose gradient takes no stored value
        y, z = shared * 2, shared * 3
    y.backward(retain_graph=retain)
    if retain:
        z.backward()
        assert values(x.grad) == [3.0]
    else:
        with pytest.raises(MXNetError, match="the graph is gone"):
            z.backward()
        assert values(x.grad) == [2.0]


def test_a_block_goes_on_behind_a_backward_inside_it():
    x = variable(1.0)
    with autograd.record():
        shared = x * x
        first = shared * 3
        first.backward()
        second = shared * 5 + x
        second.backward()
        third = x * 7
    third.backward()
    with autograd.record():
        fourth = third * 2 + x * 4
    fourth.backward()
    assert values(x.grad) == [4.0]


def test_an_image_made_behind_a_backward_in_the_same_block_stays_on_the_tape():
    x = variable(2.0)
    with autograd.record():
        with autograd.pause():
            pass
        (x * 3).backward()
        made = x * x
    with autograd.record():
        y = made * 2
    y.backward()
    assert values(x.grad) == [8.0]


def test_a_consumed_array_is_a_constant_in_every_call_of_the_next_record():
    x = variable(2.0)
    with autograd.record():
        shared = x * x
        y = shared * 1
    y.backward()
    with autograd.record():
        z = shared * x + shared * x
    z.backward()
    assert values(x.grad) == [8.0]


def test_a_backward_that_fails_leaves_the_gradients_as_they_were():
    class Failing(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            raise KeyError("no gradient")

    x, w = variable(1.0), variable(1.0)
    with autograd.record():
        y = Failing()(x) + w * 5
    with pytest.raises(KeyError):
        y.backward()
    with autograd.record():
        z = x * 2
    z.backward()
    assert (values(x.grad), values(w.grad)) == ([2.0], [0.0])


def test_an_unconsumed_record_is_part_of_the_next_one():
    x = variable(2.0)
    with autograd.record():
        y = x * x
    with autograd.record():
        z = y * 3
    z.backward()
    assert values(x.grad) == [12.0]


def test_a_differentiated_head_is_a_constant_in_its_own_record():
    x = variable(1.0)
    with autograd.record():
        y = x * 2
        y.backward()
        w = y * x
    w.backward()
    assert values(x.grad) == [2.0]


def test_backward_frees_the_graph():
    x = variable(1.0)
    with autograd.record():
        held = nd.ones((1000,)) * x
        y = held * held
    reference = weakref.ref(held)
    y.backward()
    del held
    gc.collect()
    assert reference() is None


def test_backward_frees_what_a_function_kept():
    class Kept(autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * 2

        def backward(self, dy):
            return dy * 2

    x, function = variable(1.0), Kept()
    reference = weakref.ref(function)
    with autograd.record():
        y = function(x) * 3
    y.backward()
    del function
    gc.collect()
    assert reference() is None
    assert values(x.grad) == [6.0]


def test_an_array_that_every_block_uses_and_none_differentiates_keeps_no_chain_of_blocks():
    x, w = variable(1.0), variable(3.0)
    with autograd.record():
        first, teacher = w * 2, w * w
    first.backward()
    heads = []
    for _ in range(5):
        with autograd.record():
            teacher * 2
            head = x * x
        heads.append(weakref.ref(head._t))
        head.backward()
        del head
    gc.collect()
    assert [each() is None for each in heads] == [True] * 4 + [False]
    with autograd.record():
        y = teacher * x
    y.backward()
    assert (values(x.grad), values(w.grad)) == ([9.0], [6.0])


def test_an_array_of_two_blocks_reaches_the_variables_of_both_when_it_is_used_later():
    x, w, v = variable(2.0), variable(3.0), variable(5.0)
    with autograd.record():
        early = w * w
    with autograd.record():
        other, late = v * 2, early * x
    other.backward()
    with autograd.record():
        y = late * v
    y.backward()
    assert (values(w.grad), values(x.grad), values(v.grad)) == ([60.0], [45.0], [18.0])
