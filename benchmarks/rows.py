"""All operations that are measured, in the order of the table."""

from __future__ import annotations

from benchmarks.code_rows import CODE_ROWS
from benchmarks.hot_row import HOT_ROWS
from benchmarks.http_rows import HTTP_ROWS
from benchmarks.measuring import Row
from benchmarks.take_rows import TAKE_ROWS
from benchmarks.worker_rows import WORKER_ROWS

ROWS: tuple[Row, ...] = (*HTTP_ROWS, *HOT_ROWS, *WORKER_ROWS, *TAKE_ROWS, *CODE_ROWS)
