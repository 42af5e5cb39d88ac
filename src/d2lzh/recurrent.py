"""Character models with recurrent networks: training, and writing on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from mxnet import autograd, gluon, init, nd
from mxnet.base import OptionError, message
from mxnet.gluon import nn
from mxnet.gluon.utils import clip_global_norm

from .corpus import data_iter_consecutive, data_iter_random
from .training import sgd

if TYPE_CHECKING:
    from mxnet.context import Context
    from mxnet.ndarray import NDArray

    State = Any  # a tuple or list of arrays, whatever the model takes
    Step = Callable[[list[NDArray], State, Sequence[NDArray]], tuple[list[NDArray], State]]

__all__ = [
    "RNNModel",
    "grad_clipping",
    "predict_rnn",
    "predict_rnn_gluon",
    "to_onehot",
    "train_and_predict_rnn",
    "train_and_predict_rnn_gluon",
]


class RNNModel(nn.Block):
    """A model of characters: a recurrent layer, and a dense one that gives each character its score.

    Shapes: inputs ``(batch, num_steps)``, numbers of characters; output ``(num_steps * batch, vocab_size)``, all
    examples of the first step before those of the second.

    Parameters
    ----------
    rnn_layer : a layer of ``gluon.rnn``, with inputs ``(num_steps, batch, vocab_size)``.
    vocab_size : how many characters there are.

    >>> model = RNNModel(gluon.rnn.GRU(16), vocab_size=30)
    >>> model.initialize()
    >>> output, state = model(nd.zeros((2, 5)), model.begin_state(batch_size=2))
    >>> output.shape
    (10, 30)
    """

    # No HybridBlock: then the layer would have to be one, too, and readers put layers of their own here.

    def __init__(self, rnn_layer: Any, vocab_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rnn = rnn_layer
        self.vocab_size = vocab_size
        self.dense = nn.Dense(vocab_size)

    def forward(self, inputs: NDArray, state: Any) -> tuple[NDArray, Any]:
        """Return the scores and the state behind the last step."""
        X = nd.one_hot(inputs.T, self.vocab_size)
        Y, state = self.rnn(X, state)
        return self.dense(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, *args: Any, **kwargs: Any) -> Any:
        """Return the state before the first step, as the recurrent layer makes it."""
        return self.rnn.begin_state(*args, **kwargs)


def to_onehot(X: NDArray, size: int) -> list[NDArray]:
    """Return one array for each step, with a 1 at the place of each character: ``[one_hot(x) for x in X.T]``.

    Shapes: X ``(batch, num_steps)``; num_steps arrays ``(batch, size)``.

    >>> to_onehot(nd.array([[0, 2]]), 3)
    [
    [[1. 0. 0.]]
    <NDArray 1x3 @cpu(0)>,
    [[0. 0. 1.]]
    <NDArray 1x3 @cpu(0)>]
    """
    return [nd.one_hot(step, size) for step in X.T]


def grad_clipping(params: Sequence[NDArray], theta: float, ctx: Context | None = None) -> None:
    """Scale the gradients so that all of them together have a norm of at most ``theta``, in place.

    ``g <- g * min(1, theta / norm)``, ``norm`` the root of the sum of all their squares.

    Parameters
    ----------
    params : arrays with gradients.
    theta : the norm.
    ctx : not needed; gradients stay where they are.

    >>> w = nd.array([3.0, 4.0])
    >>> w.attach_grad()
    >>> with autograd.record():
    ...     loss = w * w / 2
    >>> loss.backward()
    >>> grad_clipping([w], theta=1)
    >>> w.grad
    <BLANKLINE>
    [0.6 0.8]
    <NDArray 2 @cpu(0)>
    """
    gradients = [param.grad for param in params if param.grad is not None]
    if len(gradients) < len(params):
        raise ValueError(
            message(
                "grad_clipping: a parameter has no gradient",
                received=f"{len(params)} parameters, {len(gradients)} of them with a gradient",
                hint="param.attach_grad() before the first backward()",
            )
        )
    clip_global_norm(gradients, theta, check_isfinite=False)


def predict_rnn(
    prefix: str,
    num_chars: int,
    rnn: Step,
    params: Sequence[NDArray],
    init_rnn_state: Callable[[int, int, Context], State],
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
) -> str:
    """Return ``prefix`` and ``num_chars`` more characters, each the one with the highest score.

    Parameters
    ----------
    rnn, params, init_rnn_state, num_hiddens, vocab_size, ctx : a model, as for `train_and_predict_rnn`.
    idx_to_char, char_to_idx : characters by number, and numbers by character.

    Raises
    ------
    ValueError : ``prefix`` is empty.
    KeyError : a character of it is not in ``char_to_idx``.
    """
    state = init_rnn_state(1, num_hiddens, ctx)

    def step(number: int) -> NDArray:
        nonlocal state
        outputs, state = rnn(to_onehot(nd.array([[number]], ctx=ctx), vocab_size), state, params)
        return outputs[0]

    return _write_on(prefix, num_chars, step, idx_to_char, char_to_idx)


def predict_rnn_gluon(
    prefix: str,
    num_chars: int,
    model: RNNModel,
    vocab_size: int,
    ctx: Context,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
) -> str:
    """Return ``prefix`` and ``num_chars`` more characters, each the one to which ``model`` gives the highest score.

    Parameters
    ----------
    model : an `RNNModel`, or what is called like one.
    ctx : the device of its parameters.
    idx_to_char, char_to_idx : characters by number, and numbers by character.

    Raises
    ------
    ValueError : ``prefix`` is empty.
    KeyError : a character of it is not in ``char_to_idx``.
    """
    state = model.begin_state(batch_size=1, ctx=ctx)

    def step(number: int) -> NDArray:
        nonlocal state
        output, state = model(nd.array([[number]], ctx=ctx), state)
        return output

    return _write_on(prefix, num_chars, step, idx_to_char, char_to_idx)


def train_and_predict_rnn(
    rnn: Step,
    get_params: Callable[[], Sequence[NDArray]],
    init_rnn_state: Callable[[int, int, Context], State],
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    corpus_indices: Sequence[int],
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    is_random_iter: bool,
    num_epochs: int,
    num_steps: int,
    lr: float,
    clipping_theta: float,
    batch_size: int,
    pred_period: int,
    pred_len: int,
    prefixes: Sequence[str],
) -> None:
    """Train a model of characters written by hand; print its perplexity and what it writes.

    The perplexity is ``exp(mean cross-entropy)``: among how many characters the model is as undecided as if all were
    equally likely. One that guesses blindly has ``vocab_size``.

    Parameters
    ----------
    rnn : ``rnn(inputs, state, params)`` returns outputs and state; inputs and outputs are lists of one
        ``(batch, vocab_size)`` a step.
    get_params : makes the parameters, with gradients attached.
    init_rnn_state : ``init_rnn_state(batch_size, num_hiddens, ctx)`` makes the state before the first step.
    corpus_indices, idx_to_char, char_to_idx : the text, as `load_data_jay_lyrics` returns it.
    is_random_iter : pieces in random order (`data_iter_random`), each from a fresh state; or else one behind the other
        (`data_iter_consecutive`), where only the beginning of an epoch has a fresh state.
    num_epochs : passes over the text.
    num_steps : characters of a piece; gradients go back that far.
    lr, clipping_theta : of `sgd` and `grad_clipping`.
    batch_size : pieces of a batch.
    pred_period, pred_len, prefixes : every ``pred_period`` epochs, ``pred_len`` characters behind each prefix.

    Raises
    ------
    ValueError : the text is too short for one batch.
    """
    params = get_params()
    batches = data_iter_random if is_random_iter else data_iter_consecutive
    loss = gluon.loss.SoftmaxCrossEntropyLoss()

    def step(X: NDArray, Y: NDArray, state: State) -> tuple[NDArray, State]:
        with autograd.record():
            outputs, state = rnn(to_onehot(X, vocab_size), state, params)
            # (num_steps * batch, vocab_size), and the answers in the same order
            batch_loss = loss(nd.concat(*outputs, dim=0), Y.T.reshape((-1,))).mean()
        batch_loss.backward()
        grad_clipping(params, clipping_theta, ctx)
        sgd(params, lr, 1)  # the loss is a mean already
        return batch_loss, state

    def write(prefix: str) -> str:
        return predict_rnn(
            prefix, pred_len, rnn, params, init_rnn_state, num_hiddens, vocab_size, ctx, idx_to_char, char_to_idx
        )  # fmt: skip

    _train(
        step,
        lambda: init_rnn_state(batch_size, num_hiddens, ctx),
        lambda: batches(corpus_indices, batch_size, num_steps, ctx),
        is_random_iter,
        num_epochs,
        pred_period,
        prefixes,
        write,
    )


def train_and_predict_rnn_gluon(
    model: RNNModel,
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    corpus_indices: Sequence[int],
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    num_epochs: int,
    num_steps: int,
    lr: float,
    clipping_theta: float,
    batch_size: int,
    pred_period: int,
    pred_len: int,
    prefixes: Sequence[str],
) -> None:
    """Initialise and train an `RNNModel`; print its perplexity and what it writes.

    The pieces of the text come one behind the other (`data_iter_consecutive`). Parameters start from a normal
    distribution with standard deviation 0.01, whatever the model had before.

    Parameters
    ----------
    model : an `RNNModel`.
    num_hiddens : not needed, the model knows.
    others : as for `train_and_predict_rnn`.

    Raises
    ------
    ValueError : the text is too short for one batch.
    """
    model.initialize(ctx=ctx, force_reinit=True, init=init.Normal(0.01))
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": lr, "momentum": 0, "wd": 0})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()

    def step(X: NDArray, Y: NDArray, state: State) -> tuple[NDArray, State]:
        with autograd.record():
            output, state = model(X, state)
            batch_loss = loss(output, Y.T.reshape((-1,))).mean()
        batch_loss.backward()
        grad_clipping([p.data(ctx) for p in model.collect_params().values()], clipping_theta, ctx)
        trainer.step(1)  # the loss is a mean already
        return batch_loss, state

    _train(
        step,
        lambda: model.begin_state(batch_size=batch_size, ctx=ctx),
        lambda: data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx),
        False,
        num_epochs,
        pred_period,
        prefixes,
        lambda prefix: predict_rnn_gluon(prefix, pred_len, model, vocab_size, ctx, idx_to_char, char_to_idx),
    )


def _train(
    step: Callable[[NDArray, NDArray, State], tuple[NDArray, State]],
    begin_state: Callable[[], State],
    batches: Callable[[], Any],
    fresh_state_for_each: bool,
    num_epochs: int,
    pred_period: int,
    prefixes: Sequence[str],
    write: Callable[[str], str],
) -> None:
    for epoch in range(1, num_epochs + 1):
        start = perf_counter()
        state = begin_state()
        loss_sum, count = 0.0, 0
        for X, Y in batches():
            # Gradients end at the state that came from the batch before.
            state = begin_state() if fresh_state_for_each else _detached(state)
            batch_loss, state = step(X, Y, state)
            loss_sum += batch_loss.asscalar() * Y.size
            count += Y.size
        if count == 0:
            raise ValueError(
                message(
                    "train_and_predict_rnn: the text is too short",
                    because="not even one batch can be made of it",
                    hint="a smaller batch_size or num_steps",
                )
            )
        if epoch % pred_period == 0:
            print(
                f"epoch {epoch}, perplexity {_exp(loss_sum / count):f}, time {perf_counter() - start:.2f} sec"
            )
            for prefix in prefixes:
                print(" -", write(prefix))


def _detached(state: State) -> State:
    """The same numbers without their history; states are arrays, or lists and tuples of them."""
    if isinstance(state, (list, tuple)):
        kind = type(state)
        return getattr(kind, "_make", kind)([_detached(each) for each in state])  # a named tuple has _make
    return state.detach()


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _write_on(
    prefix: str,
    num_chars: int,
    step: Callable[[int], NDArray],
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
) -> str:
    """``step(number of a character)`` returns the scores of the next one, ``(1, vocab_size)``."""
    if not prefix:
        raise ValueError(message("predict_rnn: there is nothing to write on from", received="prefix=''"))
    strange = [char for char in prefix if char not in char_to_idx]
    if strange:
        raise OptionError(
            "predict_rnn: the model does not know this character",
            received=f"{strange[0]!r} in the prefix {prefix!r}",
            because=f"it does not occur in the text, which has {len(char_to_idx)} different ones",
            hint="another prefix, or a text in which it occurs",
        )
    numbers = [char_to_idx[char] for char in prefix]
    for place in range(len(prefix) + num_chars - 1):
        scores = step(numbers[place])
        if place + 1 == len(numbers):  # before that, the prefix goes on
            numbers.append(int(scores.argmax(axis=1).asscalar()))
    return "".join(idx_to_char[number] for number in numbers)
