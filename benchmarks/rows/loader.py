"""Passes of the loader: an array in memory, transforms, folders of images, record files; here and in two workers."""

import struct

import numpy as np
from _fashion_mnist import official_files, read, torch_batches, torch_samples
from harness import Floor, Row, Target, files_folder

BATCH, IMAGES, SIZE = 256, 512, 128  # so many JPEGs of that height and width

# ------------------------------------------------------------------------------------------- an array in memory


def _mxnet_pass(loader):
    def one_pass():
        seen = 0
        for X, _ in loader:
            X.wait_to_read()
            seen += len(X)
        return seen

    return one_pass


def _torch_pass(loader):
    def one_pass():
        seen = 0
        for X, _ in loader:
            seen += len(X)
        return seen

    return one_pass


def with_mxnet(workers=0):
    from mxnet.gluon.data import DataLoader
    from mxnet.gluon.data.vision import FashionMNIST, transforms

    train = FashionMNIST(train=True).transform_first(transforms.ToTensor())
    return _mxnet_pass(DataLoader(train, BATCH, shuffle=True, num_workers=workers))


def with_pytorch(workers=0):
    from torch.utils.data import DataLoader

    return _torch_pass(DataLoader(torch_samples("train"), BATCH, shuffle=True, num_workers=workers))


def with_pytorch_by_the_batch():
    return _torch_pass(torch_batches("train", BATCH, shuffle=True))


def gather_and_scale():
    """Each batch: one gather and one scaling, into memory that is there beforehand."""
    import torch

    images = torch.from_numpy(read("train")[0]).reshape(-1, 784)
    pixels, X = torch.empty(BATCH, 784, dtype=torch.uint8), torch.empty(BATCH, 784)

    def one_pass():
        for indices in torch.randperm(len(images)).split(BATCH):
            n = len(indices)
            torch.index_select(images, 0, indices, out=pixels[:n])
            torch.mul(pixels[:n], 1 / 255, out=X[:n])

    return one_pass


# ------------------------------------------------------------------------------------- a transform of the user's own


def _centred(image):
    """A function on one image as a user writes it: not known to work on batches."""
    return image.astype("float32").reshape((1, 28, 28)) / 127.5 - 1


def transform_with_mxnet(workers):
    def program():
        from mxnet.gluon.data import DataLoader
        from mxnet.gluon.data.vision import FashionMNIST

        test = FashionMNIST(train=False).transform_first(_centred)
        return _mxnet_pass(DataLoader(test, BATCH, num_workers=workers))

    return program


def transform_with_pytorch(workers):
    def program():
        import torch
        from torch.utils.data import DataLoader, Dataset

        class FashionMNIST(Dataset):
            def __init__(self):
                images, labels = read("t10k")
                self.images, self.labels = torch.from_numpy(images), labels.tolist()

            def __len__(self):
                return len(self.images)

            def __getitem__(self, index):
                image = self.images[index]
                return image.to(torch.float32).reshape(1, 28, 28) / 127.5 - 1, self.labels[index]

        return _torch_pass(DataLoader(FashionMNIST(), BATCH, num_workers=workers))

    return program


def transform_by_hand():
    """The function once for each image, in NumPy, and one stack a batch."""
    images, _ = read("t10k")

    def one_pass():
        for i in range(0, len(images), BATCH):
            np.stack([_centred(image) for image in images[i : i + BATCH]])

    return one_pass


# ----------------------------------------------------------------------------------------------------- Resize to 96


def resize_with_mxnet(workers):
    def program():
        from mxnet.gluon.data import DataLoader
        from mxnet.gluon.data.vision import FashionMNIST, transforms

        steps = transforms.Compose([transforms.Resize(96), transforms.ToTensor()])
        test = FashionMNIST(train=False).transform_first(steps)
        return _mxnet_pass(DataLoader(test, BATCH, num_workers=workers))

    return program


def resize_with_pytorch(workers):
    def program():
        import torch
        from torch.nn.functional import interpolate
        from torch.utils.data import DataLoader, Dataset

        class FashionMNIST(Dataset):
            def __init__(self):
                images, labels = read("t10k")
                self.images, self.labels = torch.from_numpy(images), labels.tolist()

            def __len__(self):
                return len(self.images)

            def __getitem__(self, index):
                image = self.images[index][None, None].to(torch.float32)
                return interpolate(image, size=96, mode="bilinear")[0].div_(255), self.labels[index]

        return _torch_pass(DataLoader(FashionMNIST(), BATCH, num_workers=workers))

    return program


def resize_by_hand():
    """OpenCV's function once for each image, straight into its place in the batch, and one scaling a batch."""
    import cv2

    images, _ = read("t10k")
    pixels, X = np.empty((BATCH, 96, 96), "uint8"), np.empty((BATCH, 96, 96), "float32")

    def one_pass():
        for i in range(0, len(images), BATCH):
            for place, image in enumerate(images[i : i + BATCH]):
                cv2.resize(image, (96, 96), dst=pixels[place], interpolation=cv2.INTER_LINEAR)
            np.multiply(pixels, np.float32(1 / 255), out=X)

    return one_pass


# ------------------------------------------------------------------------------------- folders and record files


def files():
    """JPEGs, smooth and noisy like photographs, in ten folders, and the same in a record file."""
    import cv2

    from mxnet import recordio

    folder = files_folder()
    rng = np.random.RandomState(0)
    record = recordio.MXIndexedRecordIO(str(folder / "images.idx"), str(folder / "images.rec"), "w")
    for place in range(IMAGES):
        coarse = rng.randint(0, 256, (8, 8, 3)).astype("uint8")
        image = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        image = cv2.add(image, rng.randint(0, 20, image.shape).astype("uint8"))
        content = cv2.imencode(".jpg", image)[1].tobytes()
        path = folder / "images" / f"class{place % 10}" / f"{place:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        record.write_idx(place, recordio.pack(recordio.IRHeader(0, float(place % 10), place, 0), content))
    record.close()


def images_with_mxnet(kind, workers):
    def program():
        from mxnet.gluon.data import DataLoader
        from mxnet.gluon.data.vision import ImageFolderDataset, ImageRecordDataset, transforms

        if kind == "folder":
            images = ImageFolderDataset(str(files_folder() / "images"))
        else:
            images = ImageRecordDataset(str(files_folder() / "images.rec"))
        images = images.transform_first(transforms.ToTensor())
        return _mxnet_pass(DataLoader(images, 64, shuffle=True, num_workers=workers))

    return program


def images_with_pytorch(kind, workers):
    """OpenCV decodes, as nothing in torch does."""

    def program():
        import cv2
        import torch
        from torch.utils.data import DataLoader, Dataset

        cv2.setNumThreads(0)

        class Images(Dataset):
            def __init__(self):
                self.read, self.items = _reader(kind)

            def __len__(self):
                return len(self.items)

            def __getitem__(self, index):
                content, label = self.read(self.items[index])
                image = cv2.cvtColor(cv2.imdecode(content, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
                return torch.from_numpy(image).permute(2, 0, 1).to(torch.float32).div_(255), label

        return _torch_pass(DataLoader(Images(), 64, shuffle=True, num_workers=workers))

    return program


def _reader(kind):
    """A function that gives an item's bytes and label, and the items."""
    if kind == "folder":
        paths = sorted((files_folder() / "images").glob("*/*.jpg"))
        return lambda path: (np.fromfile(path, "uint8"), int(path.parent.name[5:])), paths
    content = np.memmap(files_folder() / "images.rec", mode="r")
    lines = (files_folder() / "images.idx").read_text().splitlines()

    def record(position):
        length = struct.unpack_from("<I", content, position + 4)[0] & ((1 << 29) - 1)
        label = struct.unpack_from("<f", content, position + 12)[0]
        return content[position + 32 : position + 8 + length], int(label)

    return record, [int(line.split()[1]) for line in lines]


def images_by_hand(kind):
    """Each file or record read and decoded, and nothing else."""

    def program():
        import cv2

        read_one, items = _reader(kind)

        def one_pass():
            for item in items:
                cv2.imdecode(read_one(item)[0], cv2.IMREAD_COLOR)

        return one_pass

    return program


# --------------------------------------------------------------------------------------------------------- the rows

SAMPLES = "a Dataset of single samples and torch's DataLoader"
GATHER = Floor(
    "in torch, one gather and one scaling for each batch, into memory that is there beforehand",
    gather_and_scale,
)


def _rows(name, measures, programs, floor, **more):
    """One row without workers, one with two."""
    with_two = ("-workers", "the same with `num_workers=2`", 2)
    return [
        Row(
            name=name + suffix,
            measures=text,
            unit="ms",
            programs=programs(workers),
            floor=floor,
            agreement=0,
            rounds=5,
            peers={"pytorch": SAMPLES},
            **more,
        )
        for suffix, text, workers in (("", measures, 0), with_two)
    ]


ROWS = [
    Row(
        name="loader",
        measures="Fashion-MNIST, one pass of `DataLoader(..., 256, shuffle=True)` with `ToTensor`",
        unit="ms",
        programs={"glueball": with_mxnet, "pytorch": with_pytorch, "mxnet": official_files(with_mxnet)},
        targets=(Target("mxnet", faster=40), Target("pytorch", faster=7)),
        floor=GATHER,
        agreement=0,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": SAMPLES},
    ),
    Row(
        name="loader-by-the-batch",
        measures="the same pass, PyTorch gathering whole batches by hand",
        unit="ms",
        programs={"glueball": with_mxnet, "pytorch": with_pytorch_by_the_batch},
        floor=GATHER,
        agreement=0,
        needs="fashion-mnist",
        peers={"pytorch": "one tensor, `images[indices]`, no loader"},
    ),
    Row(
        name="loader-workers",
        measures="the same pass with `num_workers=2`",
        unit="ms",
        programs={
            "glueball": lambda: with_mxnet(2),
            "pytorch": lambda: with_pytorch(2),
            "mxnet": official_files(lambda: with_mxnet(2)),
        },
        floor=GATHER,
        agreement=0,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": SAMPLES},
    ),
    *_rows(
        "loader-transform",
        "10,000 test images, one pass through a Python function of the user's own for each",
        lambda workers: {
            "glueball": transform_with_mxnet(workers),
            "pytorch": transform_with_pytorch(workers),
            "mxnet": official_files(transform_with_mxnet(workers)),
        },
        Floor("the function on each image in NumPy, and one stack for each batch", transform_by_hand),
        needs="fashion-mnist",
    ),
    *_rows(
        "loader-resize",
        "10,000 test images, one pass with `Resize(96)` and `ToTensor`",
        lambda workers: {
            "glueball": resize_with_mxnet(workers),
            "pytorch": resize_with_pytorch(workers),
            "mxnet": official_files(resize_with_mxnet(workers)),
        },
        Floor(
            "OpenCV's `resize` of each image into its place, and one scaling for each batch", resize_by_hand
        ),
        needs="fashion-mnist",
    ),
    *_rows(
        "loader-folder",
        f"{IMAGES} JPEGs of {SIZE}x{SIZE} in folders, one pass of `ImageFolderDataset` with `ToTensor`",
        lambda workers: {
            "glueball": images_with_mxnet("folder", workers),
            "pytorch": images_with_pytorch("folder", workers),
            "mxnet": images_with_mxnet("folder", workers),
        },
        Floor("each file read and decoded by OpenCV, in one process", images_by_hand("folder")),
        files=files,
    ),
    *_rows(
        "loader-records",
        "the same images in a RecordIO file, one pass of `ImageRecordDataset` with `ToTensor`",
        lambda workers: {
            "glueball": images_with_mxnet("records", workers),
            "pytorch": images_with_pytorch("records", workers),
            "mxnet": images_with_mxnet("records", workers),
        },
        Floor("each record read and decoded by OpenCV, in one process", images_by_hand("records")),
        files=files,
    ),
]
