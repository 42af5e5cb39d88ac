"""The same work in Keras 3, JAX, scikit-learn and tinygrad, each as its own documentation writes it.

Each function returns a program. ``data`` is the function that gives a row's arrays to everybody.
"""

import os
import random
import shutil
import sys

import numpy as np
from _fashion_mnist import read
from harness import Skip, files_folder


def _shuffled(count, batch):
    indices = list(range(count))
    random.shuffle(indices)
    return (indices[i : i + batch] for i in range(0, count, batch))


# -------------------------------------------------------------------------------------------------------------- JAX


def _jax_step(forward, loss, rate):
    """``step(weights, X, y)``, compiled: the weights after one step of gradient descent, and the loss before it."""
    import jax

    def step(weights, X, y):
        value, gradients = jax.value_and_grad(lambda weights: loss(forward(weights, X), y))(weights)
        return jax.tree.map(lambda w, g: w - rate * g, weights, gradients), value

    return jax.jit(step, donate_argnums=0)


def _jax_cross_entropy(logits, y):
    import jax

    return -jax.numpy.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


def _jax_perceptron(weights, X):
    import jax

    (W1, b1), (W2, b2) = weights
    return jax.nn.relu(X @ W1 + b1) @ W2 + b2


def _jax_lenet(weights, X):
    from jax import lax, nn

    for W, b in weights[:2]:
        X = nn.sigmoid(lax.conv(X, W, (1, 1), "VALID") + b[:, None, None])
        X = lax.reduce_window(X, -np.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    X = X.reshape(len(X), -1)
    for W, b in weights[2:4]:
        X = nn.sigmoid(X @ W + b)
    W, b = weights[4]
    return X @ W + b


def _jax_repeated(forward, weights, X, y, rate):
    import jax

    step = _jax_step(forward, _jax_cross_entropy, rate)
    state = [jax.tree.map(jax.numpy.asarray, weights)]
    X, y = jax.numpy.asarray(X), jax.numpy.asarray(y)

    def work():
        state[0], value = step(state[0], X, y)
        return float(value)

    return work


def jax_linear_epoch(data, batch, rate):
    def program():
        import jax

        features, labels, weight = data()
        step = _jax_step(
            lambda weights, X: X @ weights[0] + weights[1],
            lambda y_hat, y: ((y_hat[:, 0] - y) ** 2).mean() / 2,
            rate,
        )
        state = [[jax.numpy.asarray(weight), jax.numpy.zeros(1)]]

        def epoch():
            for j in _shuffled(len(features), batch):
                state[0], value = step(state[0], features[j], labels[j])
            return float(value)

        return epoch

    return program


def jax_perceptron_step(data, rate):
    def program():
        X, y, hidden, output = data()
        weights = [(hidden.T, np.zeros(len(hidden), "float32")), (output.T, np.zeros(10, "float32"))]
        return _jax_repeated(_jax_perceptron, weights, X, y, rate)

    return program


def jax_lenet_step(data, rate):
    def program():
        X, y = data()
        weights = [(W, np.zeros(len(W), "float32")) for W in _lenet_weights()[:2]]
        weights += [(W.T, np.zeros(len(W), "float32")) for W in _lenet_weights()[2:]]
        return _jax_repeated(_jax_lenet, weights, X, y, rate)

    return program


def jax_perceptron_epoch(batch, rate):
    def program():
        import jax

        (images, labels), (test_images, test_labels) = read("train"), read("t10k")

        def forward(weights, images):
            return _jax_perceptron(weights, images.reshape(-1, 784).astype("float32") / 255)

        step = _jax_step(forward, _jax_cross_entropy, rate)
        correct = jax.jit(lambda weights, X, y: (forward(weights, X).argmax(1) == y).sum())
        rng = np.random.RandomState(0)
        first, second = (rng.normal(0, 0.01, shape).astype("float32") for shape in ((784, 256), (256, 10)))
        state = [[(first, np.zeros(256, "float32")), (second, np.zeros(10, "float32"))]]

        def epoch():
            order = np.random.permutation(len(images))
            total = 0.0
            for i in range(0, len(order), batch):
                X, y = images[order[i : i + batch]], labels[order[i : i + batch]]
                state[0], value = step(state[0], X, y)
                total += float(value) * len(X)
            right = 0
            for i in range(0, len(test_images), batch):
                right += int(correct(state[0], test_images[i : i + batch], test_labels[i : i + batch]))
            return right / len(test_images)

        return epoch

    return program


def _lenet_weights():
    """Xavier's uniform weights, convolutions and layers as ``(outputs, inputs, ...)``."""
    rng = np.random.RandomState(0)
    shapes = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84))
    weights = []
    for shape in shapes:
        space = int(np.prod(shape[2:]))
        bound = np.sqrt(6 / ((shape[0] + shape[1]) * space))
        weights.append(rng.uniform(-bound, bound, shape).astype("float32"))
    return weights


# ------------------------------------------------------------------------------------------------------------ Keras


def _keras(backend):
    os.environ["KERAS_BACKEND"] = backend
    import keras

    return keras


def _keras_classifier(keras, layers, rate):
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def keras_linear_epoch(backend, data, batch, rate):
    def program():
        keras = _keras(backend)
        features, labels, weight = data()
        labels = labels.reshape(-1, 1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.layers[0].set_weights([weight, np.zeros(1, "float32")])
        # its loss is the squared error, not half of it
        model.compile(optimizer=keras.optimizers.SGD(rate / 2), loss="mean_squared_error")

        def epoch():
            for j in _shuffled(len(features), batch):
                model.train_on_batch(features[j], labels[j])

        return epoch

    return program


def keras_perceptron_step(backend, data, rate):
    def program():
        keras = _keras(backend)
        X, y, hidden, output = data()
        dense = [keras.layers.Dense(256, activation="relu"), keras.layers.Dense(10)]
        model = _keras_classifier(keras, [keras.Input((784,)), *dense], rate)
        for layer, weight in zip(dense, (hidden, output)):
            layer.set_weights([weight.T, np.zeros(len(weight), "float32")])
        return lambda: model.train_on_batch(X, y)

    return program


def keras_perceptron_epoch(backend, batch, rate):
    def program():
        keras = _keras(backend)
        (X, y), (test_X, test_y) = (
            (images.reshape(-1, 784).astype("float32") / 255, labels)
            for images, labels in (read("train"), read("t10k"))
        )
        normal = keras.initializers.RandomNormal(stddev=0.01)
        model = keras.Sequential(
            [
                keras.Input((784,)),
                keras.layers.Dense(256, activation="relu", kernel_initializer=normal),
                keras.layers.Dense(10, kernel_initializer=normal),
            ]
        )
        model.compile(
            optimizer=keras.optimizers.SGD(rate),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

        def epoch():
            model.fit(X, y, batch_size=batch, epochs=1, verbose=0)
            return model.evaluate(test_X, test_y, batch_size=batch, verbose=0)[1]

        return epoch

    return program


def keras_lenet_step(backend, data, rate):
    def program():
        keras = _keras(backend)
        X, y = data()
        X = X.transpose(0, 2, 3, 1).copy()  # the layout that Keras has by default
        layers = keras.layers
        model = _keras_classifier(
            keras,
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(6, 5, activation="sigmoid"),
                layers.MaxPooling2D(2, 2),
                layers.Conv2D(16, 5, activation="sigmoid"),
                layers.MaxPooling2D(2, 2),
                layers.Flatten(),
                layers.Dense(120, activation="sigmoid"),
                layers.Dense(84, activation="sigmoid"),
                layers.Dense(10),
            ],
            rate,
        )
        return lambda: model.train_on_batch(X, y)

    return program


# ----------------------------------------------------------------------------------------------------- scikit-learn


def _classifier(batch, rate):
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (256,), solver="sgd", alpha=0, batch_size=batch, learning_rate_init=rate, momentum=0, random_state=0
    )


def sklearn_perceptron_step(data, batch, rate):
    def program():
        X, y, hidden, output = data()
        classifier = _classifier(batch, rate)
        classifier.partial_fit(X, y, classes=np.arange(10))
        for place, weight in enumerate((hidden, output)):
            classifier.coefs_[place][:] = weight.T
            classifier.intercepts_[place][:] = 0

        def step():
            classifier.partial_fit(X, y)
            return classifier.loss_

        return step

    return program


def sklearn_perceptron_epoch(batch, rate):
    def program():
        (X, y), (test_X, test_y) = (
            (images.reshape(-1, 784).astype("float32") / 255, labels)
            for images, labels in (read("train"), read("t10k"))
        )
        classifier = _classifier(batch, rate)

        def epoch():
            classifier.partial_fit(X, y, classes=np.arange(10))
            return classifier.score(test_X, test_y)

        return epoch

    return program


# --------------------------------------------------------------------------------------------------------- tinygrad


def _tinygrad():
    """The library, on the processor, for which it compiles with clang: the system's, or Zig's from its package."""
    if shutil.which("clang") is None:
        clang = files_folder() / "clang"
        clang.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ziglang clang "$@"\n')
        clang.chmod(0o755)
        os.environ["PATH"] = f"{clang.parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.update(DEV="CPU", TRAINING="1")  # the optimiser of training asks for the latter
    import tinygrad

    try:
        (tinygrad.Tensor.ones(4) + 1).realize()
    except Exception as error:
        raise Skip(f"it has no compiler here: {str(error).splitlines()[0]}") from None
    return tinygrad


def _tinygrad_step(tinygrad, forward, loss, parameters, rate):
    optimizer = tinygrad.nn.optim.SGD(parameters, lr=rate)

    @tinygrad.TinyJit
    def step(X, y):
        optimizer.zero_grad()
        value = loss(forward(X), y).backward()
        return value.realize(*optimizer.schedule_step())

    return step


def _parameter(tinygrad, array):
    return tinygrad.Tensor(np.ascontiguousarray(array, "float32")).realize()


def tinygrad_linear_epoch(data, batch, rate):
    def program():
        tinygrad = _tinygrad()
        features, labels, weight = data()
        w, b = _parameter(tinygrad, weight), _parameter(tinygrad, np.zeros(1))
        step = _tinygrad_step(
            tinygrad,
            lambda X: X @ w + b,
            lambda y_hat, y: ((y_hat.squeeze(1) - y) ** 2).mean() / 2,
            [w, b],
            rate,
        )

        def epoch():
            for j in _shuffled(len(features), batch):
                value = step(tinygrad.Tensor(features[j]).realize(), tinygrad.Tensor(labels[j]).realize())
            return value.item()

        return epoch

    return program


def tinygrad_perceptron_step(data, rate):
    def program():
        tinygrad = _tinygrad()
        X, y, hidden, output = data()
        W1, W2 = (_parameter(tinygrad, weight.T) for weight in (hidden, output))
        b1, b2 = (_parameter(tinygrad, np.zeros(len(weight))) for weight in (hidden, output))
        step = _tinygrad_step(
            tinygrad,
            lambda X: (X @ W1 + b1).relu() @ W2 + b2,
            lambda logits, y: logits.sparse_categorical_crossentropy(y),
            [W1, b1, W2, b2],
            rate,
        )
        X, y = tinygrad.Tensor(X).realize(), tinygrad.Tensor(y.astype("int32")).realize()
        return lambda: step(X, y).item()

    return program


def tinygrad_lenet_step(data, rate):
    def program():
        tinygrad = _tinygrad()
        X, y = data()
        weights = [_parameter(tinygrad, weight) for weight in _lenet_weights()]
        biases = [_parameter(tinygrad, np.zeros(weight.shape[0])) for weight in weights]

        def forward(X):
            for W, b in zip(weights[:2], biases[:2]):
                X = X.conv2d(W, b).sigmoid().max_pool2d((2, 2))
            X = X.flatten(1)
            for W, b in zip(weights[2:4], biases[2:4]):
                X = X.linear(W.transpose(), b).sigmoid()
            return X.linear(weights[4].transpose(), biases[4])

        step = _tinygrad_step(
            tinygrad,
            forward,
            lambda logits, y: logits.sparse_categorical_crossentropy(y),
            [*weights, *biases],
            rate,
        )
        X, y = tinygrad.Tensor(X).realize(), tinygrad.Tensor(y.astype("int32")).realize()
        return lambda: step(X, y).item()

    return program
