# %% [markdown]
# # 37. LSTM: a memory beside the state
#
# Older than the GRU, and with one part more: beside its state, *long short-term memory* has a cell that nothing but gates can
# touch.
#
# (Hochreiter, Schmidhuber, "Long short-term memory", 1997; the forget gate: Gers, Schmidhuber, Cummins, 2000)

# %%
import d2lzh as d2l
from mxnet import autograd, init, nd
from mxnet.gluon import rnn

from _scale import pick

corpus_indices, char_to_idx, idx_to_char, vocab_size = d2l.load_data_time_machine()
corpus_indices = corpus_indices[: pick(10000, small=2400)]

# %% [markdown]
# ## The unit
#
# Three gates, $I$ for input, $F$ for forgetting, $O$ for output, and a candidate $\tilde C$, all computed in the same way:
#
# $$I_t = \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i), \quad F_t = \sigma(\dots), \quad O_t = \sigma(\dots), \quad
# \tilde C_t = \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c)$$
#
# The memory forgets a part of what it had and takes in a part of the candidate; the state shows a part of the memory:
#
# $$C_t = F_t \odot C_{t-1} + I_t \odot \tilde C_t, \qquad H_t = O_t \odot \tanh(C_t)$$
#
# ## From scratch

# %%
num_inputs, num_hiddens, num_outputs = vocab_size, 256, vocab_size
ctx = d2l.try_gpu()


def get_params():
    def _one(shape):
        return nd.random.normal(scale=0.01, shape=shape, ctx=ctx)

    def _three():
        return (
            _one((num_inputs, num_hiddens)),
            _one((num_hiddens, num_hiddens)),
            nd.zeros(num_hiddens, ctx=ctx),
        )

    W_xi, W_hi, b_i = _three()  # input gate
    W_xf, W_hf, b_f = _three()  # forget gate
    W_xo, W_ho, b_o = _three()  # output gate
    W_xc, W_hc, b_c = _three()  # candidate
    W_hq = _one((num_hiddens, num_outputs))
    b_q = nd.zeros(num_outputs, ctx=ctx)
    params = [W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, W_hq, b_q]
    for param in params:
        param.attach_grad()
    return params


# %% [markdown]
# State and memory go from step to step:


# %%
def init_lstm_state(batch_size, num_hiddens, ctx):
    return (
        nd.zeros(shape=(batch_size, num_hiddens), ctx=ctx),
        nd.zeros(shape=(batch_size, num_hiddens), ctx=ctx),
    )


def lstm(inputs, state, params):
    W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, W_hq, b_q = params
    H, C = state
    outputs = []
    for X in inputs:
        I = nd.sigmoid(nd.dot(X, W_xi) + nd.dot(H, W_hi) + b_i)
        F = nd.sigmoid(nd.dot(X, W_xf) + nd.dot(H, W_hf) + b_f)
        O = nd.sigmoid(nd.dot(X, W_xo) + nd.dot(H, W_ho) + b_o)
        C_tilda = nd.tanh(nd.dot(X, W_xc) + nd.dot(H, W_hc) + b_c)
        C = F * C + I * C_tilda
        H = O * C.tanh()
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H, C)


# %% [markdown]
# ## Training

# %%
num_epochs, num_steps, batch_size, lr, clipping_theta = pick(80, small=6), 35, 32, 1e2, 1e-2
pred_period, pred_len, prefixes = pick(40, small=3), 50, ["traveller", "time traveller"]
d2l.train_and_predict_rnn(
    lstm, get_params, init_lstm_state, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx,
    False, num_epochs, num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes,
)  # fmt: skip

# %% [markdown]
# ## Concisely
#
# Gluon's layer does the same faster, so it may learn for twice as long.

# %%
num_epochs *= pick(2, small=1)
lstm_layer = rnn.LSTM(num_hiddens)
model = d2l.RNNModel(lstm_layer, vocab_size)
d2l.train_and_predict_rnn_gluon(
    model, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx,
    num_epochs, num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes,
)  # fmt: skip

# %% [markdown]
# ## How long the memory lasts
#
# Per step, a part $F = \sigma(\dots + b_f)$ of the memory stays, so the bias of the forget gate decides how long it lasts. With
# a bias of 0 half of it is gone at each step; that is why a positive one is a good start. `init.LSTMBias` sets it.
#
# What is left of the memory behind 40 steps, with weights that are 0, and the gradient with respect to what was there at the
# beginning:

# %%
steps = 40
for bias in (0, 1, 3, 5):
    layer = rnn.LSTM(1, input_size=1, i2h_bias_initializer=init.LSTMBias(float(bias)))
    layer.initialize(init.Zero())
    h, c = nd.zeros((1, 1, 1)), nd.ones((1, 1, 1))
    c.attach_grad()
    with autograd.record():
        _, (_, memory) = layer(nd.zeros((steps, 1, 1)), [h, c])
    memory.backward()
    print("bias %d: memory %.1e, gradient %.1e" % (bias, memory.asscalar(), c.grad.asscalar()))

# %% [markdown]
# ## Exercises
#
# **How many parameters has each?** As many times the plain network as it has gates and candidates:

# %%
for layer in (rnn.RNN(256), rnn.GRU(256), rnn.LSTM(256)):
    layer.initialize()
    layer(nd.zeros((1, 1, vocab_size)))
    print("%-4s %d" % (type(layer).__name__, sum(p.data().size for p in layer.collect_params().values())))

# %% [markdown]
# **Why a tanh around the memory, when the candidate has one?** Each candidate lies between -1 and 1, but the memory adds up
# candidates: with open gates, ten steps can make it 10.

# %%
C = 0
for step in range(10):
    C = 1 * C + 1 * nd.tanh(nd.array([3]))
print("memory %.2f, state %.2f" % (C.asscalar(), C.tanh().asscalar()))
