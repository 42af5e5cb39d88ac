"""The benchmark runner on rows that cost nothing; no time is looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"

ROWS = """\
from harness import Row, Skip, Target, in_fresh_process, repeat

def answering(number):
    return lambda: lambda: number

def refusing():
    raise Skip("it is Sunday")

def failing():
    raise ValueError("no such luck")

ROWS = [
    Row(
        "agreeing", "counting", "µs", {"glueball": answering(2.0), "pytorch": answering(2.0001)},
        agreement=1e-3, target=Target("pytorch", at_most=1e9), peers={"pytorch": "a count"},
    ),
    Row("differing", "miscounting", "µs", {"glueball": answering(2), "pytorch": answering(3)}, agreement=1e-3),
    Row(
        "reporting", "reporting", "MiB",
        {"glueball": answering(30), "pytorch": lambda: lambda: in_fresh_process("print(10.0)")},
        reports=True, target=Target("pytorch", over=19.5),
    ),
    Row(
        "faster", "reporting less", "s", {"glueball": answering(1), "pytorch": answering(8)},
        reports=True, target=Target("pytorch", faster=8),
    ),
    Row("refusing", "resting", "µs", {"glueball": answering(1), "pytorch": refusing}),
    Row("failing", "failing", "µs", {"glueball": failing}),
    Row("homeless", "needing data", "s", {"glueball": answering(1)}, needs="fashion-mnist"),
    Row("chatting", "printing", "µs", {"glueball": lambda: repeat("print('hello')", {}, 2)}, per=2),
]
"""


@pytest.fixture
def run(tmp_path):
    """Run rows by name; returns the exit status, what was printed, and the results by the rows' names."""
    rows, output = tmp_path / "rows", tmp_path / "results"
    rows.mkdir()
    (rows / "trivial.py").write_text(ROWS, encoding="utf-8")

    def bench(*names, arguments=("--quick", "--repeats", "2", "--against", "pytorch")):
        command = [sys.executable, str(RUN), "--rows", str(rows), "--output", str(output), *arguments]
        done = subprocess.run(
            [*command, "--only", *names],
            capture_output=True,
            encoding="utf-8",
            env=dict(os.environ, MXNET_HOME=str(tmp_path), PYTHONIOENCODING="utf-8"),
        )
        results = None
        if (output / "results.json").exists():
            results = json.loads((output / "results.json").read_text(encoding="utf-8"))
            assert (output / "table.md").read_text(encoding="utf-8").strip() == done.stdout.strip()
        return done, results and {row["name"]: row for row in results["rows"]}

    return bench


def test_rows_are_measured_in_turns_and_put_into_the_table(run):
    done, rows = run("agreeing")
    assert done.returncode == 0, done.stderr
    row = rows["agreeing"]
    assert {name: len(values) for name, values in row["values"].items()} == {"glueball": 2, "pytorch": 2}
    assert row["answers"] == {"glueball": 2.0, "pytorch": 2.0001}
    assert row["target"]["met"]
    assert "| counting |" in done.stdout
    assert "at most 1e+09 × PyTorch: met" in done.stdout
    assert "`agreeing`, PyTorch: a count." in done.stdout
    assert "MXNet 1.9.1: left out, not asked for" in done.stdout


def test_programs_that_do_different_work_fail_the_run(run):
    done, rows = run("differing")
    assert done.returncode == 1
    assert rows["differing"]["disagreement"] == "glueball 2, pytorch 3"


def test_work_may_report_its_own_measurement(run):
    done, rows = run("reporting", "faster")
    assert done.returncode == 0, done.stderr
    assert rows["reporting"]["spread"]["glueball"]["median"] == 30
    beside = rows["reporting"]["beside"]["pytorch"]
    assert (beside["ratio"]["median"], beside["difference"]["median"]) == (3, 20)
    assert not rows["reporting"]["target"]["met"]
    assert rows["faster"]["target"]["met"]


def test_what_cannot_run_is_left_out_with_its_reason(run):
    done, rows = run("refusing", "homeless", arguments=("--repeats", "1"))
    assert done.returncode == 0, done.stderr
    assert rows["refusing"]["without"] == {"pytorch": "it is Sunday"}
    assert list(rows["refusing"]["values"]) == ["glueball"]
    assert rows["homeless"]["skipped"] == "Fashion-MNIST is not in MXNET_HOME"
    assert "`homeless` was skipped" in done.stdout


def test_a_failing_program_is_named_and_fails_the_run(run):
    done, rows = run("failing", "chatting")
    assert done.returncode == 1
    assert rows["failing"]["skipped"] == "failing, glueball: ValueError: no such luck"
    assert "Traceback" in done.stderr
    assert len(rows["chatting"]["values"]["glueball"]) == 2, (
        "the other rows run, whatever their programs print"
    )


def test_an_unknown_row_is_an_error_that_lists_the_rows(run):
    done, rows = run("speed")
    assert done.returncode != 0
    assert "no row is called speed; there are: agreeing, differing" in done.stderr
    assert rows is None


def test_the_rows_of_the_table_have_programs_and_names_of_their_own():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from harness import FRAMEWORKS, load_rows\n"
        "rows = load_rows(sys.argv[1] + '/rows')\n"
        "assert len({row.name for row in rows}) == len(rows) > 5\n"
        "assert all({'glueball'} < row.programs.keys() <= FRAMEWORKS.keys() for row in rows)\n"
        "assert not {'torch', 'mxnet'} & sys.modules.keys(), 'rows import frameworks in their programs alone'\n"
    )
    subprocess.run([sys.executable, "-c", code, str(RUN.parent)], check=True)
