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
