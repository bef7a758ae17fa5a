"""Tables for people: a row of headings and aligned columns, which fit a terminal and are whole anywhere else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import click

from ticketcore.domain.texts import Text
from ticketcore_cli.context import say

_GAP = "  "
_CUT = "…"
#: A column is not shortened further than this.
_LEAST = 8


def table(headings: Sequence[Text], rows: Sequence[Sequence[str]], none: Text) -> list[str]:
    """Return the lines of a table, or ``none`` if it has no rows.

    On a terminal that is too narrow the widest columns are shortened, but for the first, which names the row for other commands.
    """
    if not rows:
        return [say(none)]
    cells = [[_rendered(cell) for cell in row] for row in (headings, *rows)]
    widths = _fitting([max(map(_width, column)) for column in zip(*cells, strict=True)])
    return [_line(row, widths) for row in cells]


def _rendered(cell: str) -> str:
    return say(cell) if isinstance(cell, Text) else cell


def _width(cell: str) -> int:
    return len(click.unstyle(cell))


def _fitting(widths: Sequence[int]) -> list[int]:
    """Return the widths of columns for the terminal, or as they are where the output is none."""
    fitting = [*widths]
    if not sys.stdout.isatty():
        return fitting
    room = shutil.get_terminal_size().columns - len(_GAP) * (len(widths) - 1)
    while sum(fitting) > room and (widest := max(fitting[1:], default=0)) > _LEAST:
        fitting[fitting.index(widest, 1)] -= 1
    return fitting


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _padded(cell: str, width: int) -> str:
    if _width(cell) > width:
        return click.unstyle(cell)[: width - len(_CUT)] + _CUT
    return cell + " " * (width - _width(cell))
