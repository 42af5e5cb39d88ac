"""How time grows: with the width, the batch and the depth of a perceptron, and with the data, in memory and on disk.

These rows are curves: `tools/plot_benchmarks.py` draws them, and the tables leave them out.
"""

import numpy as np
from _products import dense_step, products
from harness import Floor, Row, files_folder

RATE = 0.05

# -------------------------------------------------------------------------------------------- one training step


def _arrays(batch, widths):
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(batch, widths[0])).astype("float32")
    weights = [
        rng.normal(0, np.sqrt(2 / before), (after, before)).astype("float32")
        for before, after in zip(widths, widths[1:])
    ]
    return X, rng.randint(0, widths[-1], batch), weights


def step_with_mxnet(shape):
    """The perceptron of a point, as the book trains it; ``shape(point)`` gives its batch and its widths."""

    def program(point):
        from mxnet import autograd, gluon, nd
        from mxnet.gluon import nn

        batch, *widths = shape(point)
        X, y, weights = _arrays(batch, widths)
        X, y = nd.array(X), nd.array(y)
        net = nn.HybridSequential()
        for width in widths[1:-1]:
            net.add(nn.Dense(width, activation="relu"))
        net.add(nn.Dense(widths[-1]))
        net.initialize()
        net(X)
        for layer, weight in zip(net, weights):
            layer.weight.set_data(nd.array(weight))
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})

        def step():
            with autograd.record():
                l = loss(net(X), y)
            l.backward()
            trainer.step(batch)
            return l.mean().asscalar()

        return step

    return program


def step_with_pytorch(shape):
    def program(point):
        import torch
        from torch import nn

        batch, *widths = shape(point)
        X, y, weights = _arrays(batch, widths)
        X, y = torch.from_numpy(X), torch.from_numpy(y)
        linear = [nn.Linear(before, after) for before, after in zip(widths, widths[1:])]
        with torch.no_grad():
            for layer, weight in zip(linear, weights):
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.zero_()
        layers = [part for layer in linear for part in (layer, nn.ReLU())]
        net = nn.Sequential(*layers[:-1])
        loss = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

        def step():
            optimizer.zero_grad()
            l = loss(net(X), y)
            l.backward()
            optimizer.step()
            return l.item()

        return step

    return program


def step_floor(shape):
    def program(point):
        batch, *widths = shape(point)
        return products(*dense_step(batch, *widths))()

    return Floor("the matrix products of the step in torch, into memory that is there beforehand", program)


def of_width(width):
    return 256, 784, width, 10


def of_batch(batch):
    return batch, 784, 256, 10


def of_depth(layers):
    return (64, 64, *[64] * layers, 10)


# ------------------------------------------------------------------------------------------------------ one epoch

PART, MOST, BATCH = 6_000, 10, 256  # so many images are 1x, a tenth of Fashion-MNIST; as much is the most


def _pixels(times):
    rng = np.random.RandomState(0)
    return rng.randint(0, 256, (times * PART, 28, 28, 1)).astype("uint8")


def _label(place):
    return place % 10


def files():
    """For each point a record file of raw images, which can be read without decoding."""
    from mxnet import recordio

    pixels = _pixels(MOST)
    for times in TIMES:
        path = str(files_folder() / f"times{times}")
        record = recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
        for place in range(times * PART):
            header = recordio.IRHeader(0, float(_label(place)), place, 0)
            record.write_idx(place, recordio.pack(header, pixels[place].tobytes()))
        record.close()


def epoch_with_mxnet(streamed):
    def program(times):
        from mxnet import autograd, gluon, init, nd, recordio
        from mxnet.gluon import data, nn

        to_tensor = data.vision.transforms.ToTensor()

        def unpacked(record):
            header, content = recordio.unpack(record)
            image = np.frombuffer(content, "uint8").reshape(1, 28, 28)
            return image.astype("float32") / 255, np.float32(header.label)

        if streamed:
            dataset = data.RecordFileDataset(str(files_folder() / f"times{times}.rec")).transform(unpacked)
        else:
            labels = np.array([_label(place) for place in range(times * PART)], "int32")
            dataset = data.ArrayDataset(nd.array(_pixels(times), dtype="uint8"), labels)
            dataset = dataset.transform_first(to_tensor)
        batches = data.DataLoader(dataset, BATCH, shuffle=True)
        net = nn.Sequential()
        net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
        net.initialize(init.Normal(sigma=0.01))
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})

        def epoch():
            seen = 0
            for X, y in batches:
                with autograd.record():
                    l = loss(net(X), y)
                l.backward()
                trainer.step(len(X))
                seen += len(X)
            nd.waitall()
            return seen

        return epoch

    return program


def epoch_with_pytorch(streamed):
    def program(times):
        import torch
        from torch import nn
        from torch.utils.data import DataLoader, Dataset

        class InMemory(Dataset):
            def __init__(self):
                self.images = torch.from_numpy(_pixels(times)).reshape(-1, 1, 28, 28)

            def __len__(self):
                return len(self.images)

            def __getitem__(self, index):
                return self.images[index].to(torch.float32).div_(255), _label(index)

        class OnDisk(Dataset):
            """The same record file, mapped: all records are of one length."""

            def __init__(self):
                content = np.memmap(files_folder() / f"times{times}.rec", mode="r")
                self.records = content.reshape(times * PART, -1)

            def __len__(self):
                return len(self.records)

            def __getitem__(self, index):
                record = self.records[index]
                image = torch.from_numpy(record[32 : 32 + 784].astype("float32")).reshape(1, 28, 28)
                return image.div_(255), int(record[12:16].view("float32")[0])

        batches = DataLoader(OnDisk() if streamed else InMemory(), BATCH, shuffle=True)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
        loss = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

        def epoch():
            seen = 0
            for X, y in batches:
                optimizer.zero_grad()
                loss(net(X), y).backward()
                optimizer.step()
                seen += len(X)
            return seen

        return epoch

    return program


def epoch_floor(times):
    """One gather and one scaling of each batch, and the two large products of its step."""
    import torch

    images = torch.from_numpy(_pixels(times)).reshape(-1, 784)
    X, weight, gradient = torch.empty(BATCH, 784), torch.rand(256, 784), torch.empty(256, 784)
    pixels, output = torch.empty(BATCH, 784, dtype=torch.uint8), torch.empty(BATCH, 256)

    def epoch():
        for indices in torch.randperm(len(images)).split(BATCH):
            n = len(indices)
            torch.index_select(images, 0, indices, out=pixels[:n])
            torch.mul(pixels[:n], 1 / 255, out=X[:n])
            torch.mm(X[:n], weight.t(), out=output[:n])
            torch.mm(output[:n].t(), X[:n], out=gradient)

    return epoch


# ------------------------------------------------------------------------------------------------------- the rows

WIDTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
BATCHES = (1, 8, 64, 256, 1024, 4096, 8192)
DEPTHS = (1, 2, 4, 8, 16, 32, 64)
TIMES = (1, 2, 5, MOST)
EPOCH_FLOOR = Floor(
    "in torch, one gather and one scaling for each batch and the two large products of its step", epoch_floor
)


def _steps(name, measures, along, points, shape):
    ours = step_with_mxnet(shape)
    return Row(
        name=f"scaling-{name}",
        measures=measures,
        unit="ms",
        programs={"glueball": ours, "pytorch": step_with_pytorch(shape), "mxnet": ours},
        floor=step_floor(shape),
        agreement=1e-3,
        rounds=5,
        along=along,
        points=points,
    )


def _epochs(name, measures, streamed, **more):
    ours = epoch_with_mxnet(streamed)
    return Row(
        name=f"scaling-data-{name}",
        measures=measures,
        unit="s",
        programs={"glueball": ours, "pytorch": epoch_with_pytorch(streamed), "mxnet": ours},
        floor=EPOCH_FLOOR,
        agreement=0,
        rounds=2,
        along=f"data, times {PART:,} images",
        points=TIMES,
        peers={"pytorch": "a Dataset of single samples and torch's DataLoader"},
        **more,
    )


ROWS = [
    _steps("width", "a step of a perceptron 784-width-10, batch 256", "hidden width", WIDTHS, of_width),
    _steps("batch", "a step of a perceptron 784-256-10", "batch", BATCHES, of_batch),
    _steps("layers", "a step of a perceptron with layers of 64, batch 64", "hidden layers", DEPTHS, of_depth),
    _epochs("memory", "an epoch of a perceptron 784-256-10, data in memory", streamed=False),
    _epochs("disk", "the same epoch, each image read from a RecordIO file", streamed=True, files=files),
]
