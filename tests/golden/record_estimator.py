"""Record checkpoints that the real MXNet 1.9.1 writes during a training.

Run it with the oracle's Python: it writes ``tests/golden/files/estimator-epoch1batch6`` (``.params``, ``.states``)
and, for comparison, the weights two epochs later (``estimator-later.params``).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.gluon.estimators import Trace  # noqa: E402

import mxnet as mx  # noqa: E402

TARGET = ROOT / "tests" / "golden" / "files"


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    with tempfile.TemporaryDirectory() as folder:
        for epochs in (2, 4):
            trace = Trace(mx)
            handler = trace.module.CheckpointHandler(
                folder, model_prefix="estimator", resume_from_checkpoint=epochs == 4
            )
            trace.estimator(momentum=0.9).fit(trace.loader(), epochs=epochs, event_handlers=[handler])
        for name in ("epoch1batch6.params", "epoch1batch6.states"):
            shutil.copyfile(Path(folder, f"estimator-{name}"), TARGET / f"estimator-{name}")
        shutil.copyfile(Path(folder, "estimator-epoch3batch12.params"), TARGET / "estimator-later.params")


if __name__ == "__main__":
    main()
