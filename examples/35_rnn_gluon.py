# %% [markdown]
# # 35. A recurrent network, concisely
#
# The model of the last chapter from Gluon's parts.

# %%
import math

import d2lzh as d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn, rnn

from _scale import pick

corpus_indices, char_to_idx, idx_to_char, vocab_size = d2l.load_data_time_machine()

# %% [markdown]
# ## The layer
#
# `rnn.RNN` takes a whole piece at once: shape (steps, batch, inputs), the steps first. It returns the states of all steps, and
# the last one once more, as the state to go on with. The output layer is not part of it.

# %%
num_hiddens = 256
rnn_layer = rnn.RNN(num_hiddens)
rnn_layer.initialize()

batch_size = 2
state = rnn_layer.begin_state(batch_size=batch_size)
print("state:", [each.shape for each in state])

# %%
num_steps = 35
X = nd.random.uniform(shape=(num_steps, batch_size, vocab_size))
Y, state_new = rnn_layer(X, state)
print(Y.shape, len(state_new), state_new[0].shape)

# %% [markdown]
# It computes what we wrote by hand, with the rectifier by default; `activation="tanh"` takes the other:

# %%
layer = rnn.RNN(4, activation="tanh", input_size=3)
layer.initialize(init.Normal(0.5))
w = {name[len(layer.prefix) + 3 :]: p.data() for name, p in layer.collect_params().items()}
X = nd.random.normal(shape=(5, 2, 3))
H = nd.zeros((2, 4))
for x in X:
    H = nd.tanh(nd.dot(x, w["i2h_weight"].T) + w["i2h_bias"] + nd.dot(H, w["h2h_weight"].T) + w["h2h_bias"])
print(sorted(w))
print("largest difference: %.0e" % (layer(X)[-1] - H).abs().max().asscalar())


# %% [markdown]
# ## The model


# %%
class RNNModel(nn.Block):
    def __init__(self, rnn_layer, vocab_size, **kwargs):
        super().__init__(**kwargs)
        self.rnn = rnn_layer
        self.vocab_size = vocab_size
        self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        # (batch, steps) to (steps, batch, vocab_size)
        X = nd.one_hot(inputs.T, self.vocab_size)
        Y, state = self.rnn(X, state)
        # all states of all examples in one go: (steps * batch, hiddens)
        output = self.dense(Y.reshape((-1, Y.shape[-1])))
        return output, state

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)


# %%
def predict_rnn_gluon(prefix, num_chars, model):
    state = model.begin_state(batch_size=1, ctx=ctx)
    output = [char_to_idx[prefix[0]]]
    for t in range(num_chars + len(prefix) - 1):
        X = nd.array([output[-1]], ctx=ctx).reshape((1, 1))
        Y, state = model(X, state)
        if t < len(prefix) - 1:
            output.append(char_to_idx[prefix[t + 1]])
        else:
            output.append(int(Y.argmax(axis=1).asscalar()))
    return "".join(idx_to_char[i] for i in output)


ctx = d2l.try_gpu()
model = RNNModel(rnn_layer, vocab_size)
model.initialize(force_reinit=True, ctx=ctx)
print(repr(predict_rnn_gluon("traveller", 10, model)))

# %% [markdown]
# ## Training
#
# Consecutive pieces, a state that goes on without its history, clipped gradients.

# %%
num_epochs, batch_size, lr, clipping_theta = pick(250, small=4), 32, 1e2, 1e-2
pred_period, pred_len, prefixes = pick(50, small=2), 50, ["traveller", "time traveller"]

loss = gloss.SoftmaxCrossEntropyLoss()
model.initialize(ctx=ctx, force_reinit=True, init=init.Normal(0.01))
trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": lr, "momentum": 0, "wd": 0})
perplexities = []
for epoch in range(num_epochs):
    l_sum, n = 0.0, 0
    state = model.begin_state(batch_size=batch_size, ctx=ctx)
    for X, Y in d2l.data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx):
        state = [s.detach() for s in state]
        with autograd.record():
            output, state = model(X, state)
            y = Y.T.reshape((-1,))
            l = loss(output, y).mean()
        l.backward()
        params = [p.data() for p in model.collect_params().values()]
        d2l.grad_clipping(params, clipping_theta, ctx)
        trainer.step(1)  # the loss is a mean already
        l_sum += l.asscalar() * y.size
        n += y.size
    perplexities.append(math.exp(l_sum / n))
    if (epoch + 1) % pred_period == 0:
        print("epoch %d, perplexity %f" % (epoch + 1, perplexities[-1]))
        for prefix in prefixes:
            print(" -", predict_rnn_gluon(prefix, pred_len, model))

# %% [markdown]
# `d2l.RNNModel` and `d2l.train_and_predict_rnn_gluon` are these two.
#
# ## Several layers, both directions
#
# The states of one layer can be the inputs of the next. And where the whole text is known, a second layer may read it from the
# end; its states are put behind those of the first.

# %%
X = nd.random.uniform(shape=(num_steps, 2, vocab_size))
for options in ({}, {"num_layers": 2}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}):
    layer = rnn.RNN(num_hiddens, **options)
    layer.initialize()
    Y, state = layer(X, layer.begin_state(batch_size=2))
    print("%-42s outputs %s, state %s" % (options, Y.shape, state[0].shape))

# %% [markdown]
# ## Exercises
#
# **Cells.** What a layer does for all steps at once, a cell does for one; `unroll` is the loop. For what happens between the
# steps, that is the place.

# %%
cell = rnn.RNNCell(num_hiddens)
cell.initialize()
outputs, state = cell.unroll(num_steps, X, layout="TNC", merge_outputs=False)
print(len(outputs), outputs[0].shape, state[0].shape)

# %% [markdown]
# **Drawing characters instead of taking the best.** With probabilities $\mathrm{softmax}(o / T)$; a small temperature $T$
# stays close to the best, a large one is wild.


# %%
def write(prefix, num_chars, temperature):
    state = model.begin_state(batch_size=1, ctx=ctx)
    output = [char_to_idx[char] for char in prefix]
    for t in range(num_chars + len(prefix) - 1):
        Y, state = model(nd.array([[output[t]]], ctx=ctx), state)
        if t + 1 == len(output):
            probability = nd.softmax(Y / temperature)
            output.append(int(nd.random.multinomial(probability).asscalar()))
    return "".join(idx_to_char[i] for i in output)


for temperature in (0.2, 1, 2):
    print("%3.1f %s" % (temperature, write("time ", 50, temperature)))
