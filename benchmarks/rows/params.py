"""A parameter file of 500 MB: written and read by each framework in its own way, from and into arrays."""

import numpy as np
from harness import Floor, Row, Target, files_folder

ARRAYS, ROWS_OF_EACH, COLUMNS = 50, 2500, 1000  # 50 arrays of 10 MB


def arrays():
    rng = np.random.RandomState(0)
    return {f"layer{place}.weight": _numbers(rng) for place in range(ARRAYS)}


def _numbers(rng):
    return rng.uniform(size=(ROWS_OF_EACH, COLUMNS)).astype("float32")


def save_with_mxnet():
    from mxnet import nd

    path = str(files_folder() / "mxnet.params")
    parameters = {name: nd.array(array) for name, array in arrays().items()}
    nd.waitall()
    return lambda: nd.save(path, parameters)


def load_with_mxnet():
    from mxnet import nd

    path = str(files_folder() / "read.params")
    first = f"layer{ARRAYS - 1}.weight"

    def load():
        parameters = nd.load(path)
        return parameters[first][0].sum()

    return load


def save_with_pytorch():
    import torch

    path = files_folder() / "torch.pt"
    parameters = {name: torch.from_numpy(array) for name, array in arrays().items()}
    return lambda: torch.save(parameters, path)


def load_with_pytorch():
    import torch

    path = files_folder() / "torch-read.pt"
    torch.save({name: torch.from_numpy(array) for name, array in arrays().items()}, path)
    first = f"layer{ARRAYS - 1}.weight"
    return lambda: torch.load(path)[first][0].sum()


def write_bytes():
    path = files_folder() / "bytes"
    content = [array.tobytes() for array in arrays().values()]

    def write():
        with open(path, "wb") as stream:
            for part in content:
                stream.write(part)

    return write


def read_bytes():
    path = files_folder() / "read.params"

    def read():
        with open(path, "rb") as stream:
            return len(stream.read()) and None

    return read


def files():
    """The file that is read."""
    from mxnet import nd

    nd.save(str(files_folder() / "read.params"), {name: nd.array(array) for name, array in arrays().items()})


ROWS = [
    Row(
        name="params-save",
        measures="`.params` of 500 MB, 50 arrays: `nd.save`; for PyTorch, `torch.save`",
        unit="ms",
        programs={"glueball": save_with_mxnet, "pytorch": save_with_pytorch, "mxnet": save_with_mxnet},
        targets=(Target("floor", at_most=1.5),),
        floor=Floor("the same bytes written to a file with plain `write`", write_bytes),
        rounds=5,
    ),
    Row(
        name="params-load",
        measures="the same file: `nd.load`; for PyTorch, `torch.load`",
        unit="ms",
        programs={"glueball": load_with_mxnet, "pytorch": load_with_pytorch, "mxnet": load_with_mxnet},
        targets=(Target("floor", at_most=1.5),),
        floor=Floor("the same file read with plain `read`", read_bytes),
        agreement=1e-5,
        rounds=5,
        files=files,
    ),
]
