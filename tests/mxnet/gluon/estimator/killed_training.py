"""A training that somebody kills: ``python -m tests.mxnet.gluon.estimator.killed_training FOLDER RESULT KIND EPOCHS``.

Everything in it is random: initial weights, the order of the data, their changes (NumPy's and Python's streams),
dropout. It goes on from the checkpoint in FOLDER and writes into RESULT what it has come to. After each batch it says
``batch`` on a line of its own.
"""

import hashlib
import json
import random
import sys
import warnings

import numpy as np
import torch

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib.estimator import (
    BatchEnd,
    CheckpointHandler,
    EarlyStoppingHandler,
    Estimator,
    GradientClippingHandler,
    GradientUpdateHandler,
)


class Seen(BatchEnd):
    """A digest of all batches so far."""

    state_names = ("digest",)
    digest = ""

    def batch_end(self, estimator, *args, **kwargs):
        content = self.digest.encode() + b"".join(each.asnumpy().tobytes() for each in kwargs["batch"])
        self.digest = hashlib.sha256(content).hexdigest()
        print("batch", flush=True)


class EverySecond(GradientUpdateHandler):
    """Updates with the gradients of two batches, which add up."""

    state_names = ("batches", "samples")
    batches = samples = 0

    def batch_end(self, estimator, *args, **kwargs):
        self.batches += 1
        self.samples += len(kwargs["loss"][0])
        if self.batches % 2 == 0:
            estimator.trainer.step(self.samples)
            estimator.net.collect_params().zero_grad()
            self.samples = 0


class Shaken(gluon.data.Dataset):
    """Samples that change whenever they are looked at."""

    def __init__(self, count):
        source = np.random.RandomState(5)
        self.x = source.standard_normal((count, 8)).astype("float32")
        self.y = (self.x[:, 0] * self.x[:, 1] > 0).astype("float32")

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        shift = np.random.uniform(-0.1, 0.1) + random.gauss(0, 0.1)
        return nd.array(self.x[index] + np.float32(shift)), self.y[index]


def train(folder, kind, epochs):
    mx.random.seed(7)
    np.random.seed(7)
    random.seed(7)
    torch.manual_seed(7)
    net = nn.HybridSequential()
    net.add(nn.Dense(16, activation="relu"), nn.BatchNorm(), nn.Dropout(0.3), nn.Dense(2))
    net.initialize(init.Xavier())
    if kind == "hybridized":
        net.hybridize()
    schedule = mx.lr_scheduler.FactorScheduler(7, 0.9, base_lr=0.05)
    options = {"learning_rate": 0.05, "lr_scheduler": schedule, "wd": 1e-3}
    trainer = gluon.Trainer(net.collect_params(), "adam", options)
    train_data = gluon.data.DataLoader(Shaken(70), batch_size=8, shuffle=True, last_batch="rollover")
    val_data = gluon.data.DataLoader(Shaken(30), batch_size=10)
    estimator = Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer=trainer)
    monitor = estimator.val_metrics[1]
    handlers = [
        Seen(),
        CheckpointHandler(
            folder,
            monitor=monitor,
            save_best=True,
            batch_period=2,
            max_checkpoints=3,
            resume_from_checkpoint=True,
        ),
        EarlyStoppingHandler(monitor, patience=4, restore_best_weights=True),
        GradientClippingHandler(max_norm=5.0),
    ]
    if kind == "accumulated":
        net.collect_params().setattr("grad_req", "add")
        handlers.append(EverySecond())
    length = {"batches": 8 * epochs} if kind == "batches" else {"epochs": epochs}
    estimator.fit(train_data, val_data, event_handlers=handlers, **length)
    return estimator, handlers


def outcome(estimator, handlers):
    """What has to be the same, to the last bit."""
    weights = hashlib.sha256()
    for parameter in estimator.net.collect_params().values():
        weights.update(parameter.data().asnumpy().tobytes())
    states = hashlib.sha256()
    for updater in estimator.trainer._updaters:
        for _, state in sorted(updater.states.items()):
            for array in state:
                states.update(array.asnumpy().tobytes())
    with autograd.pause():
        draws = [
            nd.random.uniform().asscalar().item(),
            np.random.rand(),
            random.random(),
            torch.rand(1).item(),
        ]
    return {
        "weights": weights.hexdigest(),
        "optimiser": states.hexdigest(),
        "updates": estimator.trainer.optimizer.num_update,
        "learning rate": estimator.trainer.learning_rate,
        "batches": handlers[0].digest,
        "draws": draws,
        "metrics": [metric.get()[1] for metric in estimator.train_metrics + estimator.val_metrics],
        "best": [handlers[1].best, handlers[2].best, handlers[2].wait, handlers[2].current_epoch],
        "checkpoints": handlers[1].saved_checkpoints,
    }


if __name__ == "__main__":
    warnings.simplefilter("error")
    folder, result, kind, epochs = sys.argv[1:]
    content = outcome(*train(folder, kind, int(epochs)))
    with open(result, "w") as stream:
        json.dump(content, stream)
