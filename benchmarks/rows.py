"""All operations that are measured, in the order of the table."""

from __future__ import annotations

from benchmarks.http_rows import HTTP_ROWS
from benchmarks.measuring import Row

ROWS: tuple[Row, ...] = (*HTTP_ROWS,)
