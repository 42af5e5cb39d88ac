# %% [markdown]
# # 43. Gluon in scikit-learn
#
# scikit-learn has an answer to most questions *around* a model: is it better than a simpler one, which settings are
# best, how sure may one be of that? Its tools take any estimator with `fit` and `predict`. `GluonClassifier` and
# `GluonRegressor` make estimators of Gluon networks.

# %%
import pickle

import d2lzh as d2l
import mxnet as mx
import numpy as np
from glueball.sklearn import GluonClassifier, GluonRegressor, mlp
from mxnet.gluon import nn
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from _scale import pick, show

# %% [markdown]
# ## The data
#
# Handwritten digits that come with scikit-learn, 8 by 8 pixels. A quarter of them is put away for the end.

# %%
digits = load_digits()
X, X_test, y, y_test = train_test_split(digits.data, digits.target, stratify=digits.target, random_state=0)
print(X.shape, X_test.shape)

# %% [markdown]
# ## Fit, predict, score
#
# Without arguments the network is a perceptron with one hidden layer of 100 units, trained by Adam. `random_state`
# decides on everything that is random: initial weights, the order of the examples, dropout.

# %%
model = make_pipeline(StandardScaler(), GluonClassifier(max_epochs=pick(50, small=10), random_state=0))
model.fit(X, y)
print("%.3f of the digits that it has not seen" % model.score(X_test, y_test))
print("the first is a %d: %s" % (y_test[0], model.predict_proba(X_test[:1]).round(3)))

# %% [markdown]
# The network itself is the attribute `module_` of the fitted estimator, with everything that Gluon can do.

# %%
print(model[-1].module_)

# %% [markdown]
# ## Is it better than a line?
#
# One split of the data is a matter of luck. Cross-validation learns several times, each time without another part of the
# data, and asks for that part. Where the difference of two models is as large as their deviations, nothing is proved.

# %%
candidates = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "perceptron": GluonClassifier(max_epochs=pick(50, small=5), random_state=0),
}
for name, candidate in candidates.items():
    scores = cross_val_score(make_pipeline(StandardScaler(), candidate), X, y, cv=pick(5, small=2))
    print("%-20s %.3f +- %.3f" % (name, scores.mean(), scores.std()))

# %% [markdown]
# ## Which settings?
#
# Arguments for a part of the estimator begin with the part's name and two underscores: `module__units` is the argument
# `units` of the function that makes the network, `optimizer__wd` is the weight decay of chapter 12. A grid search tries
# all combinations; `n_jobs=2` would do so in two processes.

# %%
grid = {
    "module__units": [(), (32,), (128,)],
    "module__dropout": [0.0, 0.5],
    "optimizer__wd": [0.0, 1e-3],
}
net = GluonClassifier(max_epochs=pick(30, small=2), lr=3e-3, random_state=0)
search = GridSearchCV(
    make_pipeline(StandardScaler(), net), {"gluonclassifier__" + k: v for k, v in grid.items()}, cv=2
)
search.fit(X, y)
for rank in (1, 2, len(search.cv_results_["params"])):
    place = np.argsort(search.cv_results_["rank_test_score"], kind="stable")[rank - 1]
    settings = {k.split("__")[-1]: v for k, v in search.cv_results_["params"][place].items()}
    print("%2d. %.3f %s" % (rank, search.cv_results_["mean_test_score"][place], settings))

# %% [markdown]
# ## A network of one's own
#
# Any block will do, or a function that makes one. It is told `n_outputs`, the number of classes, if it asks for it. Here
# it is a small convolutional network, which takes the pixels as pictures.
#
# `early_stopping` puts a part of the examples aside, stops when the loss on them no longer falls, and goes back to the
# weights with which it was lowest. `history_` has a row for each epoch.


# %%
def convolutional(n_outputs, channels=16):
    net = nn.HybridSequential()
    net.add(
        nn.HybridLambda(lambda F, x: F.reshape(x, shape=(-1, 1, 8, 8))),
        nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(2),
        nn.Conv2D(2 * channels, kernel_size=3, padding=1, activation="relu"),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Dense(n_outputs),
    )
    return net


cnn = GluonClassifier(
    convolutional,
    initializer="Xavier",
    early_stopping=True,
    max_epochs=pick(100, small=8),
    random_state=0,
)
cnn.fit(X / 16, y)
print("%.3f, weights of epoch %d of %d" % (cnn.score(X_test / 16, y_test), cnn.best_epoch_, cnn.n_iter_))

d2l.set_figsize((5, 2.8))
epochs = [row["epoch"] for row in cnn.history_]
for name, style in (("train_loss", "-"), ("valid_loss", "--")):
    d2l.plt.semilogy(epochs, [row[name] for row in cnn.history_], style, label=name.replace("_", " "))
d2l.plt.axvline(cnn.best_epoch_, color="gray", linewidth=1)
d2l.plt.xlabel("epoch")
d2l.plt.legend(frameon=False)
show("43-early-stopping")

# %% [markdown]
# What it takes for what, of the digits put away:

# %%
confused = confusion_matrix(y_test, cnn.predict(X_test / 16))
print(confused)

# %% [markdown]
# ## Callbacks
#
# A function that is called after each epoch with the estimator and the newest row. Where it returns `True`, the training
# ends. This one prints, and has seen enough when the training loss falls below 0.1:


# %%
def enough(model, row):
    if row["epoch"] % 5 == 0:
        print("epoch %2d, loss %.3f" % (row["epoch"], row["train_loss"]))
    return row["train_loss"] < 0.1


stopped = GluonClassifier(mlp, module__units=64, callbacks=enough, random_state=0).fit(X / 16, y)
print("%d epochs, %.3f" % (stopped.n_iter_, stopped.score(X_test / 16, y_test)))

# %% [markdown]
# ## More data, later
#
# `partial_fit` sees each example once and goes on from where it was, for data that do not fit into memory or are not
# there yet. All classes have to be known from the beginning.

# %%
stream = GluonClassifier(lr=0.01, random_state=0)
for day, rows in enumerate(np.array_split(np.arange(len(X)), 8), start=1):
    stream.partial_fit(X[rows] / 16, y[rows], classes=digits.target_names)
    if day in (1, 2, 4, 8):
        print("after portion %d: %.3f" % (day, stream.score(X_test / 16, y_test)))

# %% [markdown]
# ## Numbers instead of classes
#
# How a diabetes has progressed within a year, from ten measures of 442 patients. The target is about 150; a network starts
# near 0 and would be on its way for long. `TransformedTargetRegressor` brings the target to mean 0 and deviation 1, and
# predictions back.

# %%
patients, progress = load_diabetes(return_X_y=True)
net = GluonRegressor(module__units=(16,), optimizer__wd=0.1, max_epochs=pick(50, small=20), random_state=0)
models = {
    "ridge regression": RidgeCV(),
    "perceptron": TransformedTargetRegressor(net, transformer=StandardScaler()),
}
for name, candidate in models.items():
    scores = cross_val_score(make_pipeline(StandardScaler(), candidate), patients, progress, cv=5)
    print("%-17s R^2 %.2f +- %.2f" % (name, scores.mean(), scores.std()))

# %% [markdown]
# No better than a line: with so few patients and such rough measures, there is nothing more to be had. It is good to
# know that before weeks are spent on a larger network.
#
# ## Keeping it
#
# A fitted estimator is pickled with its scaler and its weights, and gives the same predictions.

# %%
loaded = pickle.loads(pickle.dumps(model))
print("the same predictions: %s" % (loaded.predict_proba(X_test) == model.predict_proba(X_test)).all())

# %% [markdown]
# ## Exercises
#
# **Does it matter that some examples are more certain than others?** Every example can have a weight. Let a third of the
# labels be wrong, and those known to be doubtful count a tenth:

# %%
rng = np.random.default_rng(0)
doubtful = rng.random(len(y)) < 1 / 3
noisy = np.where(doubtful, rng.integers(0, 10, len(y)), y)
careless = GluonClassifier(max_epochs=pick(50, small=10), random_state=0).fit(X / 16, noisy)
careful = GluonClassifier(max_epochs=pick(50, small=10), random_state=0).fit(
    X / 16, noisy, sample_weight=np.where(doubtful, 0.1, 1)
)
print("all alike %.3f" % careless.score(X_test / 16, y_test))
print("weighted  %.3f" % careful.score(X_test / 16, y_test))

# %% [markdown]
# **And on a GPU?** `device="auto"` takes one if it is there.

# %%
print(
    GluonClassifier(device="auto", max_epochs=1).fit(X / 16, y).module_[0].weight.list_ctx(),
    mx.context.num_gpus(),
)
