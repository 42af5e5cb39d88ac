"""Record what the scenarios of symbols in ``tests/samples/symbols`` return with the real MXNet 1.9.1.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/symbols``.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.run import Outcome  # noqa: E402
from tests.samples.store import write  # noqa: E402
from tests.samples.symbols import FAMILIES, scenarios  # noqa: E402

import mxnet as mx  # noqa: E402


def main() -> None:
    assert mx.__version__ == "1.9.1", mx.__version__
    for family in sys.argv[1:] or FAMILIES:
        start = time.time()
        outcomes = {}
        for scenario in scenarios(family):
            assert scenario.id not in outcomes, f"two scenarios are called {scenario.id}"
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    result = scenario.run(mx)
            except Exception as exception:
                print(f"  {scenario.id}: {type(exception).__name__}: {str(exception)[:300]}", flush=True)
                continue
            outcomes[scenario.id] = (
                Outcome(text=result) if isinstance(result, str) else Outcome(outputs=list(result))
            )
        write(ROOT / "tests" / "golden" / "symbols", family, outcomes)
        print(f"{family}: {len(outcomes)} scenarios in {time.time() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
