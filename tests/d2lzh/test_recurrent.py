"""Character models of the helper package."""

import random
import re

import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, nd

TEXT = "abcde " * 60


def corpus():
    idx_to_char = sorted(set(TEXT))
    char_to_idx = {char: k for k, char in enumerate(idx_to_char)}
    return [char_to_idx[char] for char in TEXT], idx_to_char, char_to_idx


def perplexities(text):
    return [float(number) for number in re.findall(r"perplexity ([\d.]+|inf)", text)]


def gru_model(num_hiddens=24):
    return d2l.RNNModel(gluon.rnn.GRU(num_hiddens), len(set(TEXT)))


@pytest.mark.parametrize("layer", ["RNN", "GRU", "LSTM"])
def test_a_model_learns_a_text_that_repeats_itself(layer, capsys):
    random.seed(1)  # whether so few epochs are enough depends on where they begin
    mx.random.seed(1)
    corpus_indices, idx_to_char, char_to_idx = corpus()
    model = d2l.RNNModel(getattr(gluon.rnn, layer)(24), len(idx_to_char))
    d2l.train_and_predict_rnn_gluon(
        model, 24, len(idx_to_char), mx.cpu(), corpus_indices, idx_to_char, char_to_idx,
        80, 8, 20, 0.1, 4, 20, 10, ["ab"],
    )  # fmt: skip
    printed = capsys.readouterr().out
    first, *_, last = perplexities(printed)
    assert last < 1.2 < first + 0.5
    assert printed.splitlines()[-1] == " - abcde abcde "


def test_a_model_can_be_any_layer_with_a_state(rng):
    class Mean(gluon.nn.Block):
        def forward(self, X, state):
            return X * 0.5 + state[0], state

        def begin_state(self, batch_size, ctx):
            return [nd.zeros((batch_size, 6), ctx=ctx)]

    model = d2l.RNNModel(Mean(), 6)
    model.initialize()
    output, _ = model(nd.array([[0, 1, 5]]), model.begin_state(batch_size=1, ctx=mx.cpu()))
    assert output.shape == (3, 6)


def test_the_outputs_of_a_model_are_in_the_order_of_the_answers():
    model = gru_model()
    model.initialize(mx.init.Normal(1))
    X = nd.array([[0, 1, 2], [3, 4, 5]])
    output, _ = model(X, model.begin_state(batch_size=2))
    for row in (0, 1):
        alone, _ = model(X[row : row + 1], model.begin_state(batch_size=1))
        np.testing.assert_allclose(output[row::2].asnumpy(), alone.asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("is_random_iter", [True, False])
def test_named_and_nested_states_pass_from_batch_to_batch(is_random_iter):
    from collections import namedtuple

    State = namedtuple("State", "h others")
    W = nd.ones((6, 6))
    W.attach_grad()

    def rnn(inputs, state, params):
        assert isinstance(state, State)
        return [nd.dot(X, params[0]) for X in inputs], State(state.h, [each + 1 for each in state.others])

    d2l.train_and_predict_rnn(
        rnn, lambda: [W], lambda *_: State(nd.zeros(1), [nd.zeros(2), nd.zeros(3)]), 1, 6, mx.cpu(),
        corpus()[0], *corpus()[1:], is_random_iter, 1, 5, 0.1, 1, 2, 1, 3, ["a"],
    )  # fmt: skip


def test_clipping_keeps_the_direction_and_leaves_small_gradients_alone(rng):
    params = [nd.array(rng.normal(size=shape)) for shape in ((3, 2), (4,))]
    for param in params:
        param.attach_grad()
    with autograd.record():
        loss = sum((param * param).sum() for param in params)
    loss.backward()
    before = [param.grad.asnumpy() for param in params]
    norm = np.sqrt(sum((g**2).sum() for g in before))
    d2l.grad_clipping(params, 2 * norm, mx.cpu())
    for param, gradient in zip(params, before):
        np.testing.assert_array_equal(param.grad.asnumpy(), gradient)
    d2l.grad_clipping(params, norm / 2, mx.cpu())
    for param, gradient in zip(params, before):
        np.testing.assert_allclose(param.grad.asnumpy(), gradient / 2, rtol=1e-5)


def test_clipping_wants_gradients():
    with pytest.raises(ValueError, match=r"grad_clipping(?s:.)*1 parameters, 0 of them(?s:.)*attach_grad"):
        d2l.grad_clipping([nd.ones(2)], 1, mx.cpu())


def test_onehot_gives_one_array_for_each_step():
    steps = d2l.to_onehot(nd.array([[0, 1, 2], [2, 2, 0]]), 3)
    assert [step.shape for step in steps] == [(2, 3)] * 3
    assert [step.argmax(axis=1).asnumpy().tolist() for step in steps] == [[0, 2], [1, 2], [2, 0]]


def write(prefix, num_chars=3):
    _, idx_to_char, char_to_idx = corpus()
    model = gru_model()
    model.initialize()
    return d2l.predict_rnn_gluon(
        prefix, num_chars, model, len(idx_to_char), mx.cpu(), idx_to_char, char_to_idx
    )


@pytest.mark.parametrize(("prefix", "num_chars", "length"), [("a", 0, 1), ("a", 1, 2), ("abc", 4, 7)])
def test_a_text_is_its_prefix_and_so_many_characters(prefix, num_chars, length):
    text = write(prefix, num_chars)
    assert text.startswith(prefix)
    assert len(text) == length


def test_an_empty_prefix_is_an_error():
    with pytest.raises(ValueError, match="nothing to write on from"):
        write("")


@pytest.mark.parametrize("kind", [KeyError, ValueError])
def test_a_strange_character_is_an_error_that_shows_it(kind):
    with pytest.raises(kind, match=r"'Z' in the prefix 'abZ'(?s:.)*6 different"):
        write("abZ")


@pytest.mark.parametrize("is_random_iter", [True, False])
def test_a_text_that_is_too_short_is_an_error(is_random_iter):
    W = nd.ones((6, 6))
    W.attach_grad()
    with pytest.raises(ValueError, match="too short"):
        d2l.train_and_predict_rnn(
            None, lambda: [W], lambda *_: (), 1, 6, mx.cpu(), [1, 2, 3], list("abcdef"), {},
            is_random_iter, 1, 5, 0.1, 1, 2, 1, 3, [],
        )  # fmt: skip


def test_an_exploding_model_has_infinite_perplexity(capsys):
    def rnn(inputs, state, params):
        return [X * -1e5 * params[0].abs() for X in inputs], state

    W = nd.ones((1, 6))
    W.attach_grad()
    d2l.train_and_predict_rnn(
        rnn, lambda: [W], lambda *_: (), 1, 6, mx.cpu(), [1] * 20, list("abcdef"), {},
        False, 1, 3, 0, 1, 2, 1, 3, [],
    )  # fmt: skip
    assert perplexities(capsys.readouterr().out) == [float("inf")]
