"""The stub that editors read says what the operator table says."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_stub_is_current():
    tool = runpy.run_path(str(ROOT / "tools" / "make_stubs.py"))
    committed = tool["TARGET"].read_text(encoding="utf-8")
    assert tool["stub_text"]() == committed, "run tools/make_stubs.py"
