"""Record what ``tests/samples/amp.py`` returns with the real MXNet 1.9.1, each type in a process of its own.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/amp.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    found = {}
    for target in ("float16", "bfloat16"):
        made = subprocess.run(
            [sys.executable, __file__, target], capture_output=True, text=True, check=True
        ).stdout
        found[target] = json.loads(made.splitlines()[-1])
    text = written(found, depth=3)
    (ROOT / "tests" / "golden" / "amp.json").write_text(text + "\n")
    print(f"amp: {len(text)} bytes")


def written(value: object, depth: int) -> str:
    """JSON with a line for each entry down to a depth."""
    if not isinstance(value, dict) or not depth:
        return json.dumps(value, separators=(",", ":"))
    lines = [f"{json.dumps(key)}:{written(each, depth - 1)}" for key, each in sorted(value.items())]
    return "{\n" + ",\n".join(lines) + "\n}"


def record(target: str) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.samples import amp as samples

    import mxnet as mx
    import mxnet.contrib.amp  # 1.9.1 has it when it is asked for only

    assert mx.__version__ == "1.9.1", mx.__version__
    warnings.simplefilter("ignore")
    found = {"converted": samples.converted(mx, target), "lists": samples.lists(mx, target)}
    mx.contrib.amp.init(target)
    found["composed"] = samples.composed(mx)
    if target == "bfloat16":  # on a CPU, arrays of float16 are not cast to float32
        found["own_gradients"] = samples.own_gradients(mx)
        found["scaling"] = samples.scaling(mx)
        found["layers"] = samples.layers(mx)
        found["types"] = samples.types(mx)
    print("\n" + json.dumps(found), flush=True)
    os._exit(
        0
    )  # past the errors of kernels that the CPU does not have: the types were asked for, not the values


if __name__ == "__main__":
    record(sys.argv[1]) if len(sys.argv) > 1 else main()
