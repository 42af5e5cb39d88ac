"""What it costs to get going: the import, in a process of its own."""

from harness import Floor, Row, Target, in_fresh_process


def importing(module):
    def program():
        # The child's own clock: starting Python itself is not counted.
        code = f"import time; start = time.perf_counter(); import {module}; print((time.perf_counter() - start) * 1000)"

        def measure():
            return in_fresh_process(code)

        measure()  # once untimed, so that the files are in the system's cache
        return measure

    return program


ROWS = [
    Row(
        name="import",
        measures="`import mxnet`; for PyTorch, `import torch`, which Glueball's contains",
        unit="ms",
        programs={
            "glueball": importing("mxnet"),
            "pytorch": importing("torch"),
            "mxnet": importing("mxnet"),
            "jax": importing("jax"),
            "sklearn": importing("sklearn.neural_network"),
            "tinygrad": importing("tinygrad"),
        },
        targets=(Target("pytorch", over=250),),
        floor=Floor("`import torch`, which Glueball's contains", column="pytorch"),
        reports=True,
        rounds=7,
    )
]
