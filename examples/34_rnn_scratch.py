# %% [markdown]
# # 34. A recurrent network from scratch
#
# A text is a sequence: what comes next depends on all that came before. A *recurrent* network reads one character after the
# other and keeps a state of what it has read. This one learns to continue a novel, character by character.

# %%
import math
import random

import d2lzh as d2l
from mxnet import autograd, nd
from mxnet.gluon import loss as gloss

from _scale import pick

# %% [markdown]
# ## The text
#
# The first ten thousand characters of *The Time Machine* by H. G. Wells, in small letters. Each character gets a number.
# (`d2l.load_data_jay_lyrics` returns Chinese text in the same form.)

# %%
corpus_indices, char_to_idx, idx_to_char, vocab_size = d2l.load_data_time_machine()
print(len(corpus_indices), "characters,", vocab_size, "different ones")
print(repr("".join(idx_to_char[i] for i in corpus_indices[:60])))
print(corpus_indices[:20])

# %% [markdown]
# ## Batches
#
# Training takes pieces of equal length. At each place of a piece the network has to predict the next character, so the
# answers are the same pieces, one character later.
#
# The pieces can be taken in any order:


# %%
def data_iter_random(corpus_indices, batch_size, num_steps, ctx=None):
    # the last character has no successor
    num_examples = (len(corpus_indices) - 1) // num_steps
    example_indices = list(range(num_examples))
    random.shuffle(example_indices)

    def piece(pos):
        return corpus_indices[pos : pos + num_steps]

    for i in range(0, num_examples - batch_size + 1, batch_size):
        starts = [j * num_steps for j in example_indices[i : i + batch_size]]
        X = [piece(start) for start in starts]
        Y = [piece(start + 1) for start in starts]
        yield nd.array(X, ctx), nd.array(Y, ctx)


for X, Y in data_iter_random(list(range(30)), batch_size=2, num_steps=6):
    print("X:", X.asnumpy().tolist(), "\nY:", Y.asnumpy().tolist(), "\n")

# %% [markdown]
# Or so that each row goes on in the next batch; then the state at the end of one batch fits the beginning of the next:


# %%
def data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx=None):
    corpus_indices = nd.array(corpus_indices, ctx=ctx)
    batch_len = len(corpus_indices) // batch_size
    indices = corpus_indices[0 : batch_size * batch_len].reshape((batch_size, batch_len))
    for i in range(0, batch_len - num_steps, num_steps):
        yield indices[:, i : i + num_steps], indices[:, i + 1 : i + num_steps + 1]


for X, Y in data_iter_consecutive(list(range(30)), batch_size=2, num_steps=6):
    print("X:", X.asnumpy().tolist(), "\nY:", Y.asnumpy().tolist(), "\n")

# %% [markdown]
# Both are in `d2l`.
#
# ## The model
#
# A number says nothing; 5 is not half of 10. So each character becomes a vector with a single 1, at its place.


# %%
def to_onehot(X, size):
    return [nd.one_hot(x, size) for x in X.T]


X = nd.arange(10).reshape((2, 5))
inputs = to_onehot(X, vocab_size)
print(len(inputs), "steps of shape", inputs[0].shape)

# %% [markdown]
# At each step the new state is computed from the character and the old state, and the output from the new state:
#
# $$H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h), \qquad O_t = H_t W_{hq} + b_q.$$
#
# The same weights at every step: that is why a text of any length fits.

# %%
num_inputs, num_hiddens, num_outputs = vocab_size, 256, vocab_size
ctx = d2l.try_gpu()


def get_params():
    def _one(shape):
        return nd.random.normal(scale=0.01, shape=shape, ctx=ctx)

    W_xh = _one((num_inputs, num_hiddens))
    W_hh = _one((num_hiddens, num_hiddens))
    b_h = nd.zeros(num_hiddens, ctx=ctx)
    W_hq = _one((num_hiddens, num_outputs))
    b_q = nd.zeros(num_outputs, ctx=ctx)
    params = [W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.attach_grad()
    return params


# %%
def init_rnn_state(batch_size, num_hiddens, ctx):
    return (nd.zeros(shape=(batch_size, num_hiddens), ctx=ctx),)


def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        H = nd.tanh(nd.dot(X, W_xh) + nd.dot(H, W_hh) + b_h)
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)


state = init_rnn_state(X.shape[0], num_hiddens, ctx)
inputs = to_onehot(X.as_in_context(ctx), vocab_size)
params = get_params()
outputs, state_new = rnn(inputs, state, params)
print(len(outputs), outputs[0].shape, state_new[0].shape)

# %% [markdown]
# ## Writing on
#
# First the network reads the beginning; then it reads its own prediction, again and again.


# %%
def predict_rnn(prefix, num_chars):
    state = init_rnn_state(1, num_hiddens, ctx)
    output = [char_to_idx[prefix[0]]]
    for t in range(num_chars + len(prefix) - 1):
        X = to_onehot(nd.array([output[-1]], ctx=ctx).reshape((1, 1)), vocab_size)
        (Y,), state = rnn(X, state, params)
        if t < len(prefix) - 1:
            output.append(char_to_idx[prefix[t + 1]])
        else:
            output.append(int(Y.argmax(axis=1).asscalar()))
    return "".join(idx_to_char[i] for i in output)


print(repr(predict_rnn("traveller", 10)))

# %% [markdown]
# Nothing has been learned yet, and so it writes nonsense.
#
# ## Clipping gradients
#
# A gradient that goes back through 35 steps is a product of 35 matrices, and may become huge. Whatever its length is, it is
# cut to $\theta$ at most:
#
# $$g \leftarrow \min\left(\frac{\theta}{\|g\|}, 1\right) g.$$


# %%
def grad_clipping(params, theta, ctx):
    norm = nd.array([0], ctx)
    for param in params:
        norm += (param.grad**2).sum()
    norm = norm.sqrt().asscalar()
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm


# %% [markdown]
# ## Training
#
# What is measured is the *perplexity*, $\exp$ of the mean cross-entropy: among how many characters the network is as
# undecided as if they were equally likely. 1 is perfect, the size of the vocabulary is blind guessing.
#
# The pieces come in random order, so each begins with a state of zeros.

# %%
num_epochs, num_steps, batch_size, lr, clipping_theta = pick(250, small=4), 35, 32, 1e2, 1e-2
pred_period, pred_len = pick(50, small=2), 50
prefixes = ["traveller", "time traveller"]

params = get_params()
loss = gloss.SoftmaxCrossEntropyLoss()
perplexities = []
for epoch in range(num_epochs):
    l_sum, n = 0.0, 0
    for X, Y in data_iter_random(corpus_indices, batch_size, num_steps, ctx):
        state = init_rnn_state(batch_size, num_hiddens, ctx)
        with autograd.record():
            inputs = to_onehot(X, vocab_size)
            outputs, state = rnn(inputs, state, params)
            # num_steps arrays of shape (batch_size, vocab_size) become one
            outputs = nd.concat(*outputs, dim=0)
            # (batch_size, num_steps) becomes a vector in the same order: all first characters, all second ones, ...
            y = Y.T.reshape((-1,))
            l = loss(outputs, y).mean()
        l.backward()
        grad_clipping(params, clipping_theta, ctx)
        d2l.sgd(params, lr, 1)  # the loss is a mean already
        l_sum += l.asscalar() * y.size
        n += y.size
    perplexities.append(math.exp(l_sum / n))
    if (epoch + 1) % pred_period == 0:
        print("epoch %d, perplexity %f" % (epoch + 1, perplexities[-1]))
        for prefix in prefixes:
            print(" -", predict_rnn(prefix, pred_len))

# %% [markdown]
# First it learns words, then pieces of the novel.
#
# With consecutive pieces the state goes on from batch to batch, but gradients must not: they would go back to the beginning
# of the text. `detach` cuts the state off from its history. All of this is in `d2l.train_and_predict_rnn`:

# %%
d2l.train_and_predict_rnn(
    rnn,
    get_params,
    init_rnn_state,
    num_hiddens,
    vocab_size,
    ctx,
    corpus_indices,
    idx_to_char,
    char_to_idx,
    False,  # consecutive pieces
    pick(150, small=2),
    num_steps,
    lr,
    clipping_theta,
    batch_size,
    pred_period,
    pred_len,
    prefixes,
)

# %% [markdown]
# ## Exercises
#
# **What happens without clipping?** The learning rate is 100, which only a clipped gradient survives.

# %%
no_clipping = 1e10
d2l.train_and_predict_rnn(
    rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx,
    False, 2, num_steps, lr, no_clipping, batch_size, 1, 10, prefixes[:1],
)  # fmt: skip

# %% [markdown]
# **Which characters are hard?** The loss at the places of a piece: the first ones are the hardest, since the network has not
# read anything yet. (These are the parameters of the first training.)

# %%
X, Y = next(data_iter_random(corpus_indices, 256, num_steps, ctx))
outputs, _ = rnn(to_onehot(X, vocab_size), init_rnn_state(256, num_hiddens, ctx), params)
losses = [loss(o, y).mean().asscalar() for o, y in zip(outputs, Y.T)]
print("first three characters: %.2f %.2f %.2f" % tuple(losses[:3]))
print("last three characters:  %.2f %.2f %.2f" % tuple(losses[-3:]))
