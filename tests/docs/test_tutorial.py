"""The tutorial and the guides, done step by step as a reader would do them, against a service that really runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import DOCS
from tests.docs.reader import reading


def test_the_tutorial_leads_to_an_admitted_ticket(tmp_path: Path) -> None:
    """Every command of the tutorial prints what the tutorial shows, ids and times aside."""
    with reading(tmp_path) as reader:
        done = reader.follow((DOCS / "tutorial/sell-your-first-event.md").read_text())

    assert done > 15


@pytest.mark.parametrize("page", ["```sh\necho one\n```\n\n```text\ntwo\n```\n", "```sh\nfalse\n```\n"])
def test_the_reader_notices_what_is_not_so(page: str, tmp_path: Path) -> None:
    """Another output than the one shown, or a command that fails with none shown, stops the reader."""
    with reading(tmp_path) as reader, pytest.raises(AssertionError):
        reader.follow(page)


def test_the_reader_takes_dots_for_anything_on_a_line(tmp_path: Path) -> None:
    """Ids and times are left out by three dots, which do not reach over lines."""
    with reading(tmp_path) as reader:
        reader.follow("```sh\necho one two three\n```\n\n```text\none … three\n```\n")
        with pytest.raises(AssertionError):
            reader.follow("```sh\nprintf 'one\\ntwo\\n'\n```\n\n```text\no…\n```\n")
