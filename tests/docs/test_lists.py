"""Lists in the docs are true: what CONTRIBUTING names exists, and the glossary has each word once."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from tests.docs.markdown import ROOT, codes, rows, sections

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = {section.heading: section.text for section in sections(CONTRIBUTING)}
LISTS = {heading: text for heading, text in SECTIONS.items() if heading.startswith(("Add ", "Change "))}
#: Where a path may begin: at the root of the repository, or where imports begin.
ROOTS = [ROOT / folder for folder in ("", "src", "src/adapters", "src/entrypoints")]
SOURCES = "\n".join(found.read_text() for folder in ("src", "tests") for found in (ROOT / folder).rglob("*.py"))
FILE = re.compile(r"[\w./<>-]*\.(?:py|md|toml|importlinter|typed)")
PATH = re.compile(r"[\w.<>-]+(?:/[\w.<>-]+)+")
NAME = re.compile(r"[A-Z]\w+")
MODULE = re.compile(r"ticketcore[\w.]*")


def exists(name: str) -> bool:
    """Return whether a file or folder of that path exists; a name in ``<…>`` stands for any."""
    pattern = re.sub(r"<\w+>", "*", name)
    inside = () if "/" in name else (ROOT / "src").rglob(pattern)
    return any(True for root in ROOTS for _ in root.glob(pattern)) or any(True for _ in inside)


def is_defined(name: str) -> bool:
    """Return whether our code defines a class or constant of that name."""
    return re.search(rf"^(?:class {name}\b|{name}\b.*=)", SOURCES, re.MULTILINE) is not None


@pytest.mark.parametrize("heading", LISTS)
def test_what_a_list_names_exists(heading: str) -> None:
    """Each path, package, class and constant that a list of steps names is there."""
    named = set(codes(LISTS[heading]))
    paths = {name for name in named if FILE.fullmatch(name) or PATH.fullmatch(name)} - {"/openapi.json"}
    modules = {name for name in named - paths if MODULE.fullmatch(name)}
    names = {name for name in named - paths if NAME.fullmatch(name)}

    assert paths | modules | names
    assert [name for name in paths if not exists(name)] == []
    assert [name for name in modules if find_spec(name) is None] == []
    assert [name for name in names if not is_defined(name)] == []


def test_what_does_not_exist_is_noticed() -> None:
    """Missing paths and classes are distinguished from those that exist."""
    assert exists("tests/contracts/test_<port>.py")
    assert exists("settings.py")
    assert not exists("tests/absent/test_<port>.py")
    assert not exists("absent.py")
    assert is_defined("BoxOffice")
    assert not is_defined("AbsentOffice")


def test_the_sessions_are_those_of_nox() -> None:
    """The table names the sessions that ``nox`` runs by default."""
    described = {name for cells in rows(SECTIONS["Set up"]) for name in codes(cells[0])}
    [default] = re.findall(r"^nox\.options\.sessions = \[(.*?)^\]", (ROOT / "noxfile.py").read_text(), re.M | re.S)

    assert described == set(
        re.findall(r'"([a-z-]+?)(?:-\{python\}|-\{OLDEST\}|-\{NEWEST\}|\(\{name\}\))?"', default)
    ) - {"all"}


def test_the_glossary_has_each_word_once() -> None:
    """Its words stand in alphabetical order, and each has one meaning."""
    [table] = [section.text for section in sections((ROOT / "docs/glossary.md").read_text())]
    words = [word for word, _ in rows(table)]

    assert words == sorted(set(words), key=str.lower)
