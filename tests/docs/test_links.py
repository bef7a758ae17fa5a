"""Links resolve, every page can be found, and none mentions where it was written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, ROOT, anchors, links, name_of, pages

#: Paths of a machine, numbers of issues, hosts of registries, and promises.
FORBIDDEN = re.compile(
    r"(?<![\w.…:/])/(?:home|opt|root|tmp|work|Users)/|(?<!\w)#\d+\b|pypi\.|pythonhosted|\bTODO\b|\bFIXME\b|coming soon",
    re.I,
)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Each names a file of the repository and, if it has an anchor, a heading in it."""
    for link in links(page.read_text()):
        if not link.startswith("https://"):
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.is_file(), link
            assert target.is_relative_to(ROOT), link
            assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_pages_speak_of_ticketcore_alone(page: Path) -> None:
    """No page names a path of a machine, an issue, a registry, or a promise."""
    assert FORBIDDEN.findall(page.read_text()) == []


def test_every_page_is_in_the_index() -> None:
    """A reader who begins at the index finds all of the documentation."""
    index = DOCS / "index.md"
    found = {(DOCS / link).resolve() for link in links(index.read_text())}

    assert found == {page for page in pages() if page.is_relative_to(DOCS)} - {index}
