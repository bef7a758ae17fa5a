"""The list in CONTRIBUTING for a new route names the files that every route is in, and no route is in others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, codes, sections
from tests.entrypoints.http import serve

[LIST] = [
    section.text for section in sections((ROOT / "CONTRIBUTING.md").read_text()) if section.heading == "Add a route"
]
STEPS = re.findall(r"^\d+\. (.*?)(?=^\d+\. |\Z)", LIST, re.MULTILINE | re.DOTALL)
#: Where a file on the list may begin.
FOLDERS = ("", "src/entrypoints/")
#: Where a route has to be written; tests may call any route.
PLACES = ("src", "docs/reference", "tests/entrypoints/routes.py")
#: Paths without a variable could stand for something else.
RULES = sorted({rule.rule for rule in serve().app.url_map.iter_rules() if "<" in rule.rule})


def listed() -> list[str]:
    """Return the files of the list, in which ``<kind>`` stands for any name."""
    named = [name for step in STEPS for name in codes(step) if re.fullmatch(r"[\w./<>]+\.(py|md)", name)]
    return [re.sub(r"<\w+>", "*", name) for name in named]


def files_of(pattern: str) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from ROOT.glob(folder + pattern)


def is_listed(file: str) -> bool:
    return any(fnmatch(file, folder + name) for folder in FOLDERS for name in listed())


def written_in(rule: str) -> set[str]:
    """Return the files that hold a route's path as it is registered, or as the documentation spells it."""
    spelled = re.compile(re.escape(rule).replace("<", "[<{]").replace(">", "[>}]") + r"(?![/\w<{])")
    found = (
        path for place in PLACES for path in ROOT.glob(place if place.endswith(".py") else f"{place}/**/*.[pm][yd]")
    )
    return {path.relative_to(ROOT).as_posix() for path in found if spelled.search(path.read_text())}


def test_the_list_has_at_most_six_files() -> None:
    """Each step names one file, and there are no more than six."""
    assert len(STEPS) == len(listed())
    assert len(listed()) <= 6
    assert [name for name in listed() if not any(files_of(name))] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_route_is_written_in_files_of_the_list_only(rule: str) -> None:
    """The view, the table of calls and the reference have its path, and no file beside the list's does."""
    found = written_in(rule)

    assert {name for name in found if not is_listed(name)} == set()
    assert {"tests/entrypoints/routes.py", "docs/reference/http.md"} <= found
    assert [name for name in found if fnmatch(name, "src/entrypoints/ticketcore_flask/*.py")] != []


def test_every_kind_of_route_has_its_files() -> None:
    """Each module of views has a test of its own."""
    views = {
        path.stem
        for path in (ROOT / "src/entrypoints/ticketcore_flask").glob("*.py")
        if "@routes.add(" in path.read_text()
    }

    assert views == {"attendees", "events", "gates", "orders", "payments", "tickets", "webhooks", "service"}
    assert [kind for kind in views if not (ROOT / f"tests/entrypoints/test_http_{kind}.py").exists()] == []


def test_other_files_and_longer_paths_are_told_apart() -> None:
    """A file beside the list is noticed, and a path is not found in a longer one."""
    assert is_listed("src/entrypoints/ticketcore_flask/orders.py")
    assert not is_listed("src/ticketcore/domain/orders.py")
    assert "docs/reference/http.md" in written_in("/orders/<order_id>/payment")
    assert "docs/reference/http.md" not in written_in("/orders/<order_id>/pay")
