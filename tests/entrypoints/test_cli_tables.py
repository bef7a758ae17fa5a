"""Tables of the command line: whole where programs read them, and no wider than a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from io import StringIO

import pytest

from ticketcore.domain.texts import Text
from ticketcore_cli.tables import table

HEADINGS = (Text("Event"), Text("Name"), Text("Status"))
ROWS = [("4my53xbz6utm7gs4pjzq", "A very long name of an event", "on_sale"), ("x", "Lear", "draft")]
WHOLE = [
    "Event                 Name                          Status",
    "4my53xbz6utm7gs4pjzq  A very long name of an event  on_sale",
    "x                     Lear                          draft",
]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> list[str]:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
    return table(HEADINGS, ROWS, Text("There are no events."))


def test_a_table_is_whole_where_no_terminal_is() -> None:
    """Its columns are as wide as what they hold, below a row of headings."""
    assert table(HEADINGS, ROWS, Text("There are no events.")) == WHOLE
    assert table(HEADINGS, [], Text("There are no events.")) == ["There are no events."]


def test_a_table_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The widest column is shortened, and says so; the first, which commands take, never is."""
    assert on_terminal(monkeypatch, 80) == WHOLE
    narrow = on_terminal(monkeypatch, 50)
    assert max(map(len, narrow)) == 50
    assert narrow[1] == "4my53xbz6utm7gs4pjzq  A very long name o…  on_sale"
    assert on_terminal(monkeypatch, 10)[1] == "4my53xbz6utm7gs4pjzq  A very …  on_sale"
