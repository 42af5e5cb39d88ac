"""Times of parts of programs."""

import re
import time

import pytest

import d2lzh as d2l


@pytest.mark.parametrize(("prefix", "start"), [("work.", "work. time: "), (None, "time: "), ("", "time: ")])
def test_a_line_with_the_seconds_is_printed_at_the_end(prefix, start, capsys):
    with d2l.Benchmark(prefix):
        time.sleep(0.01)
        assert capsys.readouterr().out == ""
    printed = capsys.readouterr().out
    assert re.fullmatch(re.escape(start) + r"\d+\.\d{4} sec\n", printed)
    assert float(printed.split()[-2]) >= 0.009


def test_an_error_in_the_block_comes_through(capsys):
    with pytest.raises(KeyError), d2l.Benchmark():
        raise KeyError
