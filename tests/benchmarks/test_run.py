"""The benchmark runner on rows that cost nothing; no time is looked at."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"

ROWS = """\
from harness import Floor, Row, Skip, Target, files_folder, in_fresh_process, peak_memory, repeat

def answering(number):
    return lambda: lambda: number

def refusing():
    raise Skip("it is Sunday")

def failing():
    raise ValueError("no such luck")

def files():
    with open(files_folder() / "number", "a") as stream:
        stream.write("7")

def reading():
    return lambda: float((files_folder() / "number").read_text())

def at(factor):
    def program(point):
        if point > 2:
            raise Skip("too large")
        return lambda: factor * point
    return program

def multiplying(count):
    def program():
        import torch
        a = torch.ones(50, 50)
        def work():
            for _ in range(count):
                torch.mm(a, a)
        return work
    return program

class Total:
    def asnumpy(self):
        return self

    def sum(self):
        return 5.0

ROWS = [
    Row(
        "agreeing", "counting", "µs", {"glueball": answering(2.0), "pytorch": answering(2.0001)},
        agreement=1e-3, targets=(Target("pytorch", at_most=1e9),), peers={"pytorch": "a count"},
    ),
    Row("differing", "miscounting", "µs", {"glueball": answering(2), "pytorch": answering(3)}, agreement=1e-3),
    Row(
        "reporting", "reporting", "MiB",
        {"glueball": answering(30), "pytorch": lambda: lambda: in_fresh_process("print(10.0)")},
        reports=True, targets=(Target("pytorch", over=19.5), Target("floor", at_most=6)),
        floor=Floor("five counted by hand", answering(5)),
    ),
    Row(
        "faster", "reporting less", "s", {"glueball": answering(1), "pytorch": answering(8)},
        reports=True, targets=(Target("pytorch", faster=8),), floor=Floor("eight", column="pytorch"),
    ),
    Row(
        "missing", "multiplying", "µs",
        {"glueball": multiplying(3), "pytorch": multiplying(2)},
        targets=(Target("pytorch", at_most=1e-9),), floor=Floor("one", answering(1)),
    ),
    Row("refusing", "resting", "µs", {"glueball": answering(1), "pytorch": refusing}),
    Row("failing", "failing", "µs", {"glueball": failing}),
    Row("homeless", "needing data", "s", {"glueball": answering(1)}, needs="fashion-mnist"),
    Row("chatting", "printing", "µs", {"glueball": lambda: repeat("print('hello')", {}, 2)}, per=2),
    Row("reading", "reading", "µs", {"glueball": reading, "pytorch": answering(7)}, agreement=0, files=files),
    Row("rereading", "reading", "µs", {"glueball": reading, "pytorch": answering(7)}, agreement=0, files=files),
    Row("adding", "adding up", "µs", {"glueball": lambda: Total, "pytorch": answering(5)}, agreement=0),
    Row("busy", "competing", "µs", {"glueball": answering(1)}, busy=1),
    Row("elsewhere", "travelling", "µs", {"glueball": answering(1), "jax": answering(1), "tinygrad": failing}),
    Row(
        "growing", "growing", "µs", {"glueball": at(1), "pytorch": at(1)},
        agreement=0, along="size", points=(1, 2, 3), floor=Floor("nothing", at(1)),
    ),
    Row("parting", "parting", "µs", {"glueball": at(1), "pytorch": at(2)}, agreement=0, along="size", points=(1,)),
]
"""


@pytest.fixture
def run(tmp_path):
    """Run rows by name; returns the exit status, what was printed, and the results by the rows' names."""
    rows, output = tmp_path / "rows", tmp_path / "results"
    rows.mkdir()
    (rows / "trivial.py").write_text(ROWS, encoding="utf-8")

    def bench(*names, arguments=("--quick", "--repeats", "2", "--against", "pytorch"), **environment):
        command = [sys.executable, str(RUN), "--rows", str(rows), "--output", str(output), *arguments]
        done = subprocess.run(
            [*command, "--only", *names],
            capture_output=True,
            encoding="utf-8",
            env=dict(os.environ, MXNET_HOME=str(tmp_path), PYTHONIOENCODING="utf-8", **environment),
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
    assert [target["met"] for target in row["targets"]] == [True]
    assert "| counting |" in done.stdout
    assert re.search(r"at most 1e\+09 × PyTorch \([\d.,]+\): met", done.stdout)
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
    assert [target["met"] for target in rows["reporting"]["targets"]] == [False, True]
    assert [target["met"] for target in rows["faster"]["targets"]] == [True]


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


def test_a_floor_is_measured_beside_the_others_or_is_a_column_of_theirs(run):
    done, rows = run("reporting", "faster")
    assert rows["reporting"]["values"]["floor"] == [5, 5]
    assert rows["reporting"]["beside"]["floor"]["ratio"]["median"] == 6
    assert "at most 6 × the floor (6.00): met" in done.stdout
    assert "Floor of `reporting`: five counted by hand." in done.stdout
    assert "floor" not in rows["faster"]["values"]
    assert "| 8.00 s | 8.00 s | 0.12 (" in done.stdout, "PyTorch's cell stands in the floor's column as well"


def test_a_missed_target_is_explained_by_the_kernels_that_ran(run):
    done, rows = run("missing", "agreeing")
    assert done.returncode == 0, done.stderr
    assert "profiles" not in rows["agreeing"]
    profiles = rows["missing"]["profiles"]
    assert profiles.keys() == {"glueball", "pytorch"}  # the floor that is not torch's has none
    assert [profiles[name]["kernels"]["mm"]["calls"] for name in profiles] == [3, 2]
    assert all(found["kernels"]["mm"]["seconds"] > 0 for found in profiles.values())
    after = done.stdout.partition("## Where the time of missed targets goes")[2]
    assert re.search(r"\| `mm` \| 3 × [\d.]+ µs \| 2 × [\d.]+ µs \|", after)
    assert re.search(r"\| all \| [\d.,]+ µs \| [\d.,]+ µs \|", after)


def test_results_say_what_each_process_held_and_how_many_threads_it_had(run):
    _, rows = run("agreeing")
    assert rows["agreeing"]["threads"].keys() == rows["agreeing"]["memory"].keys() == {"glueball", "pytorch"}
    if sys.platform != "win32":
        assert all(1 < held < 4000 for held in rows["agreeing"]["memory"].values())


def test_files_are_written_once_for_all_rows_that_read_them(run):
    done, rows = run("reading", "rereading")
    assert done.returncode == 0, done.stderr
    assert rows["rereading"]["answers"] == {"glueball": 7, "pytorch": 7}, "twice written it would be 77"


def test_an_answer_may_be_an_array_of_which_the_sum_counts(run):
    done, rows = run("adding")
    assert done.returncode == 0, done.stderr
    assert rows["adding"]["answers"] == {"glueball": 5, "pytorch": 5}


def test_another_process_is_busy_while_the_row_is_measured_and_ends_with_it(run):
    psutil = pytest.importorskip("psutil")
    done, rows = run("busy")
    assert done.returncode == 0, done.stderr
    assert len(rows["busy"]["values"]["glueball"]) == 2
    left = [p for p in psutil.process_iter(["cmdline"]) if "getppid() == parent" in str(p.info["cmdline"])]
    assert not [p for p in left if p.ppid() in (0, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="environments lie differently there")
def test_what_other_frameworks_cannot_do_is_noted_and_fails_nothing(run, tmp_path):
    (tmp_path / "peers" / "bin").mkdir(parents=True)
    (tmp_path / "peers" / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    arguments = ("--quick", "--repeats", "2", "--against", "jax", "tinygrad")
    done, rows = run("elsewhere", arguments=arguments, GLUEBALL_PEERS=str(tmp_path / "peers"))
    assert done.returncode == 0, done.stderr
    assert rows["elsewhere"]["values"].keys() == {"glueball", "jax"}
    assert rows["elsewhere"]["without"] == {"tinygrad": "ValueError: no such luck"}
    assert "## The same work elsewhere" in done.stdout
    assert "| row | what | Glueball | JAX, jitted |" in done.stdout
    done, rows = run("elsewhere", arguments=arguments, GLUEBALL_PEERS=str(tmp_path / "nowhere"))
    assert done.returncode == 0, done.stderr
    assert "`make peers` makes it" in done.stdout


def test_a_curve_is_measured_at_each_of_its_points(run):
    done, rows = run("growing")
    assert done.returncode == 0, done.stderr
    points = rows["growing"]["points"]
    assert [point["at"] for point in points] == [1, 2, 3]
    assert [point.get("answers", {}).get("pytorch") for point in points] == [1, 2, None]
    assert points[1]["values"].keys() == {"glueball", "pytorch", "floor"}
    assert points[2]["without"]["glueball"] == "too large"
    assert "| growing | size | 2 |" in done.stdout


def test_programs_that_differ_at_a_point_fail_the_run(run):
    done, rows = run("parting")
    assert done.returncode == 1
    assert rows["parting"]["disagreement"] == "at 1: glueball 1, pytorch 2"


def test_an_unknown_row_is_an_error_that_lists_the_rows(run):
    done, rows = run("speed")
    assert done.returncode != 0
    assert "no row is called speed; there are: agreeing, differing" in done.stderr
    assert rows is None


def test_the_rows_of_the_table_have_programs_names_and_floors_of_their_own():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from harness import FLOOR, FRAMEWORKS, load_rows\n"
        "rows = load_rows(sys.argv[1] + '/rows')\n"
        "assert len({row.name for row in rows}) == len(rows) > 60\n"
        "assert all({'glueball'} < row.programs.keys() <= FRAMEWORKS.keys() - {FLOOR} for row in rows)\n"
        "assert all(row.floor for row in rows if row.unit != '%')\n"
        "assert all((row.floor.program is None) != (row.floor.column is None) for row in rows if row.floor)\n"
        "assert all(t.against in {*row.programs, FLOOR} for row in rows for t in row.targets)\n"
        "assert all(row.peers.keys() <= row.programs.keys() for row in rows)\n"
        "taken = {'torch', 'mxnet', 'jax', 'keras', 'sklearn', 'tinygrad'} & sys.modules.keys()\n"
        "assert not taken, 'rows import frameworks in their programs alone'\n"
    )
    subprocess.run([sys.executable, "-c", code, str(RUN.parent)], check=True)
