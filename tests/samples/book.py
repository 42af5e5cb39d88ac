"""What programs do with the helper package of the book: each scenario prints and returns arrays, by name.

``tests/golden/record_book.py`` records them with the book's own package and the real MXNet, and
``tests/d2lzh/test_golden.py`` replays them. So a scenario gets both packages as arguments, and takes no more from them
than both have.
"""

import random

import numpy as np


def seeded(mx, seed=0):
    mx.random.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def correlation(d2l, mx):
    X, K = mx.nd.arange(42).reshape((6, 7)), mx.nd.array([[1, -1], [0.5, 2], [0, 3]])
    return {"corr2d": d2l.corr2d(X, K)}


def batches_of_text(d2l, mx):
    corpus = [(7 * i) % 31 for i in range(150)]
    found = {}
    for name in ("data_iter_random", "data_iter_consecutive"):
        random.seed(3)
        for k, (X, Y) in enumerate(getattr(d2l, name)(corpus, 4, 6)):
            found[f"{name} {k} X"], found[f"{name} {k} Y"] = X, Y
    return found


def onehot_and_clipping(d2l, mx):
    found = {
        f"step {k}": step for k, step in enumerate(d2l.to_onehot(mx.nd.array([[0, 2, 1], [3, 3, 0]]), 5))
    }
    for theta in (0.5, 100):
        w, b = mx.nd.array([[1, -2], [3, 4]]), mx.nd.array([5])
        for param in (w, b):
            param.attach_grad()
        with mx.autograd.record():
            loss = (w * w).sum() + b * b
        loss.backward()
        d2l.grad_clipping([w, b], theta, mx.cpu())
        found[f"w, theta {theta}"], found[f"b, theta {theta}"] = w.grad, b.grad
    return found


def residual_network(d2l, mx):
    seeded(mx)
    net = d2l.resnet18(10)
    net.initialize(mx.init.Normal(0.05))
    X = mx.nd.random.uniform(shape=(2, 1, 12, 12))
    found = {"scores": net(X)}
    for name, parameter in sorted(net._collect_params_with_prefix().items()):
        print(name, parameter.shape)
    return found


def _clouds(mx):
    seeded(mx)
    X = mx.nd.random.normal(shape=(60, 5))
    y = (X[:, 0] > X[:, 1]).astype("int32")
    dataset = mx.gluon.data.ArrayDataset(X, y)
    return mx.gluon.data.DataLoader(dataset, 20, shuffle=True), mx.gluon.data.DataLoader(dataset, 30)


def one_device(d2l, mx):
    train_iter, test_iter = _clouds(mx)
    net = mx.gluon.nn.Dense(2)
    net.initialize(mx.init.Normal(0.1))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
    d2l.train_ch5(net, train_iter, test_iter, 20, trainer, mx.cpu(), 3)
    return {"weight": net.weight.data()}


def two_devices(d2l, mx):
    train_iter, test_iter = _clouds(mx)
    devices = [mx.cpu(0), mx.cpu(1)]
    net = mx.gluon.nn.Dense(2)
    net.initialize(mx.init.Normal(0.1), ctx=devices)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    d2l.train(train_iter, test_iter, net, loss, trainer, devices, 3)
    return {f"weight {each}": net.weight.data(each) for each in devices}


def every_pixel_a_class(d2l, mx):
    seeded(mx)
    X = mx.nd.random.normal(shape=(8, 3, 4, 4))
    y = X.argmax(axis=1)
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    net = mx.gluon.nn.Conv2D(3, kernel_size=1)
    net.initialize(mx.init.Normal(0.1))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 2})
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss(axis=1)
    d2l.train(batches, batches, net, loss, trainer, [mx.cpu()], 3)
    return {"accuracy": mx.nd.array([d2l.evaluate_accuracy(batches, net, mx.cpu())])}


TEXT = "she sells sea shells by the sea shore, the shells she sells are sea shells for sure. " * 6


def _corpus():
    idx_to_char = sorted(set(TEXT))
    char_to_idx = {char: k for k, char in enumerate(idx_to_char)}
    return [char_to_idx[char] for char in TEXT], idx_to_char, char_to_idx


def recurrent_from_scratch(d2l, mx):
    nd, (corpus, idx_to_char, char_to_idx), num_hiddens = mx.nd, _corpus(), 16
    vocab_size = len(idx_to_char)
    shapes = [
        *((vocab_size, num_hiddens), (num_hiddens, num_hiddens), (num_hiddens,), (num_hiddens, vocab_size)),
        (vocab_size,),
    ]

    def get_params():
        params = [nd.random.normal(scale=0.01, shape=shape) for shape in shapes]
        for param in params:
            param.attach_grad()
        return params

    def init_rnn_state(batch_size, num_hiddens, ctx):
        return (nd.zeros((batch_size, num_hiddens), ctx=ctx),)

    def rnn(inputs, state, params):
        W_xh, W_hh, b_h, W_hq, b_q = params
        (H,) = state
        outputs = []
        for X in inputs:
            H = nd.tanh(nd.dot(X, W_xh) + nd.dot(H, W_hh) + b_h)
            outputs.append(nd.dot(H, W_hq) + b_q)
        return outputs, (H,)

    for is_random_iter in (True, False):
        seeded(mx)
        d2l.train_and_predict_rnn(
            rnn, get_params, init_rnn_state, num_hiddens, vocab_size, mx.cpu(), corpus, idx_to_char, char_to_idx,
            is_random_iter, 8, 10, 5, 0.1, 4, 4, 12, ["she", "s"],
        )  # fmt: skip
    return {}


def recurrent_by_gluon(d2l, mx):
    corpus, idx_to_char, char_to_idx = _corpus()
    for layer in ("RNN", "GRU", "LSTM"):
        seeded(mx)
        model = d2l.RNNModel(getattr(mx.gluon.rnn, layer)(16), len(idx_to_char))
        d2l.train_and_predict_rnn_gluon(
            model, 16, len(idx_to_char), mx.cpu(), corpus, idx_to_char, char_to_idx,
            8, 10, 5, 0.1, 4, 4, 12, ["she", "s"],
        )  # fmt: skip
    output, state = model(mx.nd.array([[1, 2, 3]]), model.begin_state(batch_size=1, ctx=mx.cpu()))
    return {"output": output, "h": state[0], "c": state[1]}


def steps_in_the_plane(d2l, mx):
    points = d2l.train_2d(lambda x1, x2, s1, s2: (x1 - 0.2 * x1 + s1, x2 - 1.6 * x2 + s2, 0.3 * s1, s2))
    return {"points": mx.nd.array(points)}


def regression(d2l, mx):
    seeded(mx)
    features = mx.nd.random.normal(shape=(240, 4))
    labels = mx.nd.dot(features, mx.nd.array([2, -1, 0.5, 3])) + mx.nd.random.normal(scale=0.1, shape=240)

    def momentum(params, states, hyperparams):
        for p, v in zip(params, states):
            v[:] = hyperparams["momentum"] * v + hyperparams["lr"] * p.grad
            p[:] -= v

    seeded(mx)
    states = [mx.nd.zeros((4, 1)), mx.nd.zeros(1)]
    d2l.train_ch7(momentum, states, {"lr": 0.02, "momentum": 0.5}, features, labels, 10, 2)
    for name, hyperparams in (("sgd", {"learning_rate": 0.05}), ("adam", {"learning_rate": 0.1})):
        seeded(mx)
        d2l.train_gluon_ch7(name, hyperparams, features, labels)
    return {}


def colours_of_classes(d2l, mx):
    nd = mx.nd
    colormap2label = nd.zeros(256**3)
    for k, (red, green, blue) in enumerate(d2l.VOC_COLORMAP):
        colormap2label[(red * 256 + green) * 256 + blue] = k
    picture = nd.array([d2l.VOC_COLORMAP, d2l.VOC_COLORMAP[::-1]], dtype="uint8")
    print(d2l.VOC_CLASSES)
    return {"classes": d2l.voc_label_indices(picture, colormap2label), "colours": picture}


def reviews(d2l, mx):
    data = [["A truly Good film", 1]] * 5 + [["a bad, BAD film", 0]] * 6 + [["word " * 600, 1]]
    print(d2l.get_tokenized_imdb(data)[0])
    vocab = d2l.get_vocab_imdb(data)
    print(vocab.idx_to_token)
    features, labels = d2l.preprocess_imdb(data, vocab)
    print(d2l.predict_sentiment(lambda x: mx.nd.array([[0, 1]]), vocab, ["good"]))
    print(d2l.predict_sentiment(lambda x: mx.nd.array([[1, 0]]), vocab, ["bad"]))
    print(sorted(d2l.count_tokens([["a", "b"], ["a"]]).items()))
    return {"features": features[:, :8], "last": features[-1, -4:], "labels": labels}


SCENARIOS = [
    *(correlation, batches_of_text, onehot_and_clipping, residual_network, one_device, two_devices),
    *(every_pixel_a_class, recurrent_from_scratch, recurrent_by_gluon, steps_in_the_plane, regression),
    *(colours_of_classes, reviews),
]
