"""Each row of the security checklists names tests that exist, or says that there is none."""

from __future__ import annotations

import re

import pytest

from tests.docs.markdown import DOCS, ROOT, codes, rows, sections

PAGE = (DOCS / "explanation" / "security-checklists.md").read_text()
TABLES = [section for section in sections(PAGE) if section.heading.startswith("OWASP")]
ROWS = [cells for table in TABLES for cells in rows(table.text)]


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0].partition(",")[0])
def test_a_row_names_tests_that_exist(cells: list[str]) -> None:
    """By file, and by the test in it; a row without one begins with ``none``."""
    named = codes(cells[2])
    assert named or cells[2].startswith("none")
    for each in named:
        file, _, test = each.partition("::")
        source = (ROOT / file).read_text()
        assert not test or re.search(rf"^ *def {test}\(", source, re.MULTILINE), each


def test_the_ten_risks_are_all_there() -> None:
    """In their order."""
    risks = [cells[0].partition(",")[0] for cells in rows(TABLES[0].text)]
    assert risks == [f"API{number}" for number in range(1, 11)]


def test_every_row_begins_with_its_verdict() -> None:
    """It holds, in part or not: a reader who looks for gaps need not read the tests."""
    verdicts = {cells[1].partition(":")[0] for cells in ROWS}
    assert verdicts == {"holds", "in part", "not met"}


#: The points of OWASP ASVS 5.0 that apply to a service without sessions, uploads or tokens of others.
POINTS = [
    "1.2.1",
    "1.2.2",
    "3.3.1",
    "3.3.4",
    "2.1.3",
    "2.2.1",
    "2.2.2",
    "2.3.1",
    "2.3.2",
    "2.3.3",
    "2.3.4",
    "2.3.5",
    "2.4.1",
    "3.4.1",
    "3.4.2",
    "3.4.3",
    "3.4.6",
    "3.5.1",
    "3.5.3",
    "4.1.3",
    "4.1.4",
    "4.2.1",
    "6.1.1",
    "6.3.1",
    "6.4.1",
    "6.5.2",
    "8.2.1",
    "8.2.2",
    "8.2.3",
    "8.3.1",
    "8.3.2",
    "8.4.2",
    "9.1.1",
    "9.1.3",
    "9.2.1",
    "9.2.3",
    "9.2.4",
    "11.1.1",
    "11.2.4",
    "11.5.1",
    "11.6.1",
    "12.2.1",
    "12.3.1",
    "12.3.2",
    "13.1.4",
    "13.2.2",
    "13.3.1",
    "13.3.2",
    "13.4.2",
    "13.4.4",
    "13.4.5",
    "13.4.6",
    "14.2.1",
    "14.2.2",
    "14.2.6",
    "14.2.7",
    "14.3.2",
    "15.1.1",
    "15.1.2",
    "15.1.3",
    "15.2.2",
    "15.2.3",
    "15.3.1",
    "15.3.3",
    "15.3.4",
    "15.3.5",
    "15.4.2",
    "15.4.4",
    "16.2.1",
    "16.2.5",
    "16.3.1",
    "16.3.2",
    "16.4.1",
    "16.5.1",
    "16.5.2",
    "16.5.3",
    "16.5.4",
]


def test_every_point_that_applies_is_there_once() -> None:
    """A range names its ends."""
    named = [point for cells in rows(TABLES[1].text) for point in re.findall(r"\d+\.\d+\.\d+", cells[0])]
    assert sorted(named) == sorted(POINTS)
