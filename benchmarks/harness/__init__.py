"""What measures the rows of ``benchmarks/rows``: workers, rounds, statistics, table.

`Row`, `Floor`, `Target` and the helpers below are all that a row needs; they also run under Python 3.8, which the real
MXNet may be installed with.
"""

from .programs import files_folder, in_fresh_process, memory_of, peak_memory, repeat, time_of
from .row import ELSEWHERE, FLOOR, FRAMEWORKS, Floor, Row, Skip, Target, load_rows

__all__ = [
    "ELSEWHERE",
    "FLOOR",
    "FRAMEWORKS",
    "Floor",
    "Row",
    "Skip",
    "Target",
    "files_folder",
    "in_fresh_process",
    "load_rows",
    "memory_of",
    "peak_memory",
    "repeat",
    "time_of",
]
