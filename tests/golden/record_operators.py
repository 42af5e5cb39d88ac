"""Record what the real MXNet 1.9.1 answers to the samples in ``tests/samples``.

Run it with the oracle's Python from the repository root (``make golden`` does): it rewrites
``tests/golden/operators``. Names of families as arguments record only those; ``--check`` writes nothing and
prints where a sample and MXNet disagree about raising.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples import FAMILIES, error_samples, samples  # noqa: E402
from tests.samples.run import Outcome, run  # noqa: E402
from tests.samples.store import write  # noqa: E402

import mxnet as mx  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", default=FAMILIES)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="print each call before it is made")
    arguments = parser.parse_args()
    assert mx.__version__ == "1.9.1", mx.__version__
    for family in arguments.families:
        start = time.time()
        outcomes = record(family, arguments.verbose)
        if not arguments.check:
            write(ROOT / "tests" / "golden" / "operators", family, outcomes)
        print(f"{family}: {len(outcomes)} samples in {time.time() - start:.1f} s", flush=True)


def record(family: str, verbose: bool) -> dict[str, Outcome]:
    """Make every call of a family and complain about surprises."""
    outcomes = {}
    for item in samples(family):
        if not item.recorded:
            continue
        if verbose:
            print(item.id, flush=True)
        outcome = outcomes[item.id] = run(mx, item)
        if outcome.error:
            print(f"  raises: {item.id}: {outcome.error}: {first_line(outcome)}", flush=True)
    for item in error_samples(family):
        if not item.recorded:
            continue
        if verbose:
            print(item.id, flush=True)
        outcome = outcomes[item.id] = run(mx, item)
        if outcome.error != item.error:
            print(
                f"  expected {item.error}, got {outcome.error}: {item.id} {first_line(outcome)}", flush=True
            )
    return outcomes


def first_line(outcome: Outcome) -> str:
    """The line of the error that says what is wrong."""
    lines = [line for line in str(outcome.exception).splitlines() if line.strip()]
    return next((line for line in lines if "Error:" in line or "Check" in line), lines[0] if lines else "")[
        :150
    ]


if __name__ == "__main__":
    main()
