"""Texts that people type stay on one line and within their length."""

from __future__ import annotations

import pytest
from hypothesis import given

from ticketcore.domain import printable_text
from ticketcore_testing.strategies import anything, descriptions, names

CHECK = printable_text.check(200)
CHECK_LINES = printable_text.check_lines(1000)


@given(names)
def test_any_printable_text_is_right(text: str) -> None:
    """No script and no symbol is refused."""
    assert CHECK(text) is None


@pytest.mark.parametrize("most", [1, 200])
def test_the_length_itself_is_allowed(most: int) -> None:
    """As many characters as may be are accepted, and one more is refused with their number."""
    assert printable_text.check(most)("x" * most) is None
    assert printable_text.check(most)("x" * (most + 1)) == f"must be at most {most} characters"


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}", None, 7, b"bytes"])
def test_blank_is_no_text(blank: object) -> None:
    """Empty texts, spaces of any kind and values that are not texts are refused."""
    assert CHECK(blank) == "must be a text that is not blank"


@pytest.mark.parametrize(
    "stray", ["\0", "\n", "\r", "\x1b", "\x7f", "\x85", "\N{LINE SEPARATOR}", "\N{PARAGRAPH SEPARATOR}", "\ud800"]
)
def test_control_characters_are_refused_wherever_they_stand(stray: str) -> None:
    """Each breaks a store, a log or a mail."""
    for text in (f"{stray}text", f"te{stray}xt", f"text{stray}"):
        assert CHECK(text) == "must not hold control characters or line breaks"


@pytest.mark.parametrize("invisible", ["\N{ZERO WIDTH SPACE}", "\N{WORD JOINER} \N{SOFT HYPHEN}"])
def test_a_text_shows_something(invisible: str) -> None:
    """A text of invisible characters alone is as good as blank; among visible ones they are allowed."""
    assert CHECK(invisible) == "must be a text that is not blank"
    assert CHECK(f"a{invisible}b") is None


@pytest.mark.parametrize("override", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_text_reads_as_another(override: str) -> None:
    """Characters that turn the direction of reading are refused."""
    assert CHECK(f"gate {override}A") == "must not hold control characters or line breaks"


@pytest.mark.parametrize("code", range(128))
def test_ascii_is_judged_as_all_other_text(code: int) -> None:
    """A short cut for ASCII refuses the control characters and no others: a character beyond it has the text looked at in full."""
    assert CHECK(f"a{chr(code)}b") == CHECK(f"a{chr(code)}é")


@given(anything)
def test_what_is_right_stays_on_one_line(text: str) -> None:
    """Asking never raises, and a text without fault has one line and can be encoded."""
    if CHECK(text) is None:
        assert text.splitlines() == [text]
        assert text.encode()


@given(descriptions)
def test_a_text_may_have_lines(text: str) -> None:
    """Line breaks and tabs are right wherever they stand, and so is no text at all."""
    assert CHECK_LINES(text) is None


@pytest.mark.parametrize("stray", ["\0", "\r", "\x1b", "\x85", "\N{LINE SEPARATOR}", "\ud800", "\u202e"])
def test_lines_hold_no_other_control_characters(stray: str) -> None:
    """What breaks a line breaks many."""
    assert CHECK_LINES(f"a\n{stray}b") == "must not hold control characters except line breaks (LF) and tabs"
