"""The tables and the figures that are made of results, on results made up here."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before
    return module


def spread(median):
    return {"median": median, "low": median * 0.9, "high": median * 1.1}


def row(name, **medians):
    ratios = {peer: spread(medians["glueball"] / m) for peer, m in medians.items() if peer != "glueball"}
    return {
        "name": name,
        "measures": f"what {name} does",
        "unit": "ms",
        "spread": {who: spread(median) for who, median in medians.items()},
        "beside": {peer: {"ratio": ratio, "difference": spread(1.0)} for peer, ratio in ratios.items()},
        "targets": [{"against": "pytorch", "at_most": 2, "faster": None, "over": None, "met": True}],
    }


@pytest.fixture
def results():
    points = [
        {
            "at": at,
            "spread": {who: spread(at) for who in ("glueball", "floor")},
            "memory": {"glueball": 100 + at},
        }
        for at in (1, 2, 10)
    ]
    curve = {
        "name": "scaling-data-disk",
        "measures": "an epoch",
        "unit": "s",
        "along": "data",
        "points": points,
    }
    return {
        "date": "2026-01-02 03:04 UTC",
        "commit": "abc",
        "quick": False,
        "machine": {"processor": "P", "cores": 2, "system": "S", "load": [0.1, 0.2]},
        "frameworks": dict.fromkeys(("glueball", "pytorch", "mxnet")),
        "rows": [
            row("import", glueball=2.0, pytorch=1.0, mxnet=4.0),
            row("call-add", glueball=1.0, pytorch=2.0),
            row("call-dot", glueball=1.0, pytorch=4.0),
            row("loader", glueball=1.0, mxnet=50.0),
            curve,
        ],
    }


def test_the_short_table_has_the_rows_that_matter_most(results, tmp_path, monkeypatch):
    import json

    tables = tool("readme_tables")
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    monkeypatch.setattr(tables, "HEADLINES", ("import", "call-add", "not-measured"))
    assert tables.readme_table() is None
    assert tables.table() is None
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert tables.readme_table().splitlines() == [
        "| what | Glueball | PyTorch | MXNet 1.9.1 | target |",
        "| --- | ---: | ---: | ---: | --- |",
        "| what import does | 2.00 ms | 1.00 ms | 4.00 ms | at most 2 × PyTorch (2.00): met |",
        "| what call-add does | 1.00 ms | 2.00 ms |  | at most 2 × PyTorch (0.50): met |",
        "",
        "2026-01-02 03:04 UTC, commit abc, P, 2 cores, S; load average 0.1 before the run, 0.2 at its end.",
    ]


def test_the_rows_of_the_short_table_exist():
    names = tool("readme_tables").HEADLINES
    rows = subprocess.run(
        [
            sys.executable,
            "-c",
            "from harness import load_rows; print(*[r.name for r in load_rows('rows')])",
        ],
        cwd=ROOT / "benchmarks",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert set(names) <= set(rows.stdout.split())


def test_the_page_gets_all_tables_below_its_own_headings(tmp_path, monkeypatch):
    tables = tool("readme_tables")
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    (tmp_path / "table.md").write_text(
        "# Benchmarks\n\nWhen.\n\n| a |\n\n## Notes\n\n- b\n", encoding="utf-8"
    )
    monkeypatch.setattr(tables, "PAGE", tmp_path / "performance.md")
    assert tables.table() == "When.\n\n| a |\n\n### Notes\n\n- b"
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "scaling.svg").touch()
    before, after = tables.table().split("\n\nWhen.")
    assert before.endswith("](figures/scaling.svg)"), "of the figures those that were drawn"
    assert after == "\n\n| a |\n\n### Notes\n\n- b"


def test_figures_show_how_many_times_as_long_others_take(results):
    plots = tool("plot_benchmarks")
    assert plots.ratios(results) == {
        "From process to model": [("import", {"pytorch": 0.5, "mxnet": 2.0})],
        "Calls of operators": [("median of 2", {"pytorch": 3.0})],
        "Loaders": [("loader", {"mxnet": 50.0})],
    }


def test_figures_are_drawn_of_whatever_rows_there_are(results, tmp_path, monkeypatch, capsys):
    import json

    pytest.importorskip("matplotlib")
    plots = tool("plot_benchmarks")
    monkeypatch.setattr(plots, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["plot_benchmarks.py", str(tmp_path / "results.json")])
    monkeypatch.setattr(plots, "FIGURES", tmp_path / "docs" / "figures")
    with pytest.raises(SystemExit, match="run make bench"):
        plots.main()
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    plots.main()
    assert "benchmarks.svg" in capsys.readouterr().out
    for name, text in (("benchmarks", "median of 2"), ("scaling", "an epoch")):
        assert text in (tmp_path / "docs" / "figures" / f"{name}.svg").read_text(encoding="utf-8")
