"""What measures the rows of ``benchmarks/rows``: workers, rounds, statistics, table.

`Row`, `Target` and the helpers below are all that a row needs; they also run under Python 3.8, which the real MXNet
may be installed with.
"""

from .row import FRAMEWORKS, Row, Skip, Target, in_fresh_process, load_rows, repeat

__all__ = ["FRAMEWORKS", "Row", "Skip", "Target", "in_fresh_process", "load_rows", "repeat"]
