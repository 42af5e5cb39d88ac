# %% [markdown]
# # 36. GRU: a state with gates
#
# The plain network of the last two chapters computes its whole state anew at each step, so what was read long ago fades, and
# so does its gradient. A *gated recurrent unit* decides for each number of its state whether to keep it.
#
# (Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
# arXiv:1406.1078)

# %%
import d2lzh as d2l
from mxnet import autograd, nd
from mxnet.gluon import rnn

from _scale import pick, show

corpus_indices, char_to_idx, idx_to_char, vocab_size = d2l.load_data_time_machine()
corpus_indices = corpus_indices[: pick(10000, small=2400)]

# %% [markdown]
# ## The unit
#
# Two gates, numbers from 0 to 1, are computed from the character and the old state: the *reset gate* $R$ and the *update
# gate* $Z$.
#
# $$R_t = \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r), \qquad Z_t = \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z)$$
#
# The reset gate says how much of the old state a candidate for the new one may see:
#
# $$\tilde H_t = \tanh(X_t W_{xh} + (R_t \odot H_{t-1}) W_{hh} + b_h)$$
#
# The update gate says how much of the old state stays. Where it is 1, nothing changes, over as many steps as it likes:
#
# $$H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t$$
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

    W_xz, W_hz, b_z = _three()  # update gate
    W_xr, W_hr, b_r = _three()  # reset gate
    W_xh, W_hh, b_h = _three()  # candidate
    W_hq = _one((num_hiddens, num_outputs))
    b_q = nd.zeros(num_outputs, ctx=ctx)
    params = [W_xz, W_hz, b_z, W_xr, W_hr, b_r, W_xh, W_hh, b_h, W_hq, b_q]
    for param in params:
        param.attach_grad()
    return params


def init_gru_state(batch_size, num_hiddens, ctx):
    return (nd.zeros(shape=(batch_size, num_hiddens), ctx=ctx),)


def gru(inputs, state, params):
    W_xz, W_hz, b_z, W_xr, W_hr, b_r, W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        Z = nd.sigmoid(nd.dot(X, W_xz) + nd.dot(H, W_hz) + b_z)
        R = nd.sigmoid(nd.dot(X, W_xr) + nd.dot(H, W_hr) + b_r)
        H_tilda = nd.tanh(nd.dot(X, W_xh) + nd.dot(R * H, W_hh) + b_h)
        H = Z * H + (1 - Z) * H_tilda
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)


# %% [markdown]
# ## Training
#
# With consecutive pieces:

# %%
num_epochs, num_steps, batch_size, lr, clipping_theta = pick(80, small=6), 35, 32, 1e2, 1e-2
pred_period, pred_len, prefixes = pick(40, small=3), 50, ["traveller", "time traveller"]
d2l.train_and_predict_rnn(
    gru, get_params, init_gru_state, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx,
    False, num_epochs, num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes,
)  # fmt: skip

# %% [markdown]
# ## Concisely
#
# Gluon's layer does the same faster, so it may learn for twice as long.

# %%
num_epochs *= pick(2, small=1)
gru_layer = rnn.GRU(num_hiddens)
model = d2l.RNNModel(gru_layer, vocab_size)
d2l.train_and_predict_rnn_gluon(
    model, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx,
    num_epochs, num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes,
)  # fmt: skip

# %% [markdown]
# ## How far back gradients reach
#
# The state behind forty steps, differentiated by the input of each: what the plain network read thirty steps ago no longer
# makes a difference. The unit keeps what its gate tells it to keep; here its bias is 3, so that it keeps most.

# %%
steps, units = 40, 32
X = nd.random.normal(shape=(steps, 1, 8))
X.attach_grad()
d2l.set_figsize((5, 3))
for name, layer in (("plain", rnn.RNN(units, activation="tanh")), ("GRU", rnn.GRU(units))):
    layer.initialize()
    layer(X)
    if name == "GRU":  # reset, update and candidate stand behind each other in the bias
        bias = nd.zeros(3 * units)
        bias[units : 2 * units] = 3
        layer.l0_i2h_bias.set_data(bias)
    with autograd.record():
        last = (layer(X)[-1] ** 2).sum()
    last.backward()
    norms = [each.norm().asscalar() for each in X.grad]
    print("%-5s gradient of the first input / of the last: %.0e" % (name, norms[0] / norms[-1]))
    d2l.plt.semilogy(range(steps - 1, -1, -1), [norm / norms[-1] for norm in norms], label=name)
d2l.plt.xlabel("steps ago")
d2l.plt.ylabel("gradient, relative to the last step")
d2l.plt.legend()
show("36-gradients")

# %% [markdown]
# ## Exercises
#
# **Is our unit the same as Gluon's?** Almost: Gluon's resets behind the matrix product, not before it,
# $\tilde H_t = \tanh(X_t W_{xh} + R_t \odot (H_{t-1} W_{hh} + b_{hh}) + b_h)$, which computes all products of a step at once.
# With a reset gate that is always open, there is no difference:

# %%
cell = rnn.GRUCell(units, input_size=8)
cell.initialize()
cell.i2h_bias.set_data(nd.concat(nd.ones(units) * 1e3, nd.zeros(2 * units), dim=0))  # an open reset gate
i2h, h2h = cell.i2h_weight.data().T, cell.h2h_weight.data().T
(x,), h = X[:1], nd.random.normal(shape=(1, units))
Z = nd.sigmoid(nd.dot(x, i2h[:, units : 2 * units]) + nd.dot(h, h2h[:, units : 2 * units]))
H_tilda = nd.tanh(nd.dot(x, i2h[:, 2 * units :]) + nd.dot(h, h2h[:, 2 * units :]))
ours = Z * h + (1 - Z) * H_tilda
print("largest difference: %.0e" % (cell(x, [h])[0] - ours).abs().max().asscalar())
