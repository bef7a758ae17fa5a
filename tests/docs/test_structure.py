"""The page on the structure and the import rules describe the packages that there are."""

from __future__ import annotations

import configparser
import re

import pytest

from tests.docs.markdown import DOCS, ROOT, codes, rows, sections

SECTIONS = {section.heading: section.text for section in sections((DOCS / "explanation/structure.md").read_text())}
RULES = configparser.ConfigParser()
RULES.read(ROOT / ".importlinter")


def first_cells(heading: str) -> list[str]:
    """Return what the first column of a section's table names."""
    return [codes(cells[0])[0] for cells in rows(SECTIONS[heading])]


def packages(folder: str) -> set[str]:
    """Return the packages in a folder of the repository."""
    return {found.parent.name for found in (ROOT / folder).glob("*/__init__.py")}


def rule(contract: str, key: str) -> list[str]:
    """Return the lines of an import rule."""
    return RULES[f"importlinter:contract:{contract}"][key].strip().splitlines()


def indented(heading: str) -> list[str]:
    """Return the indented lines of a section."""
    return re.findall(r"^    (.+)$", SECTIONS[heading], re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "folder", "prefix"),
    [
        ("The core", "src/ticketcore", "ticketcore."),
        ("Adapters", "src/adapters", ""),
        ("Entry points", "src/entrypoints", ""),
    ],
)
def test_every_package_is_on_the_page(heading: str, folder: str, prefix: str) -> None:
    """The table of a folder names its packages, each once."""
    assert sorted(first_cells(heading)) == sorted(prefix + name for name in packages(folder))


def test_the_folders_of_the_page_exist() -> None:
    """Each is a folder of the repository."""
    assert [name for name in first_cells("Structure") if not (ROOT / name).is_dir()] == []


def test_the_layers_are_those_of_the_import_rules() -> None:
    """The page shows them as import-linter checks them, around the core and inside it."""
    assert indented("Layers") == rule("rings", "layers")
    assert indented("The core") == rule("core-inside", "layers")


def test_the_adapters_are_one_layer() -> None:
    """The import rules know of all packages in the folder: they are one layer, and protected."""
    layers = [set(line.split(" | ")) for line in rule("rings", "layers")]
    protected = rule("one-chooser", "protected_modules") + rule("simulated-payments", "protected_modules")

    assert packages("src/adapters") in layers
    assert sorted(protected) == sorted(packages("src/adapters"))


def test_the_importers_of_adapters_are_named() -> None:
    """The page names each package that may import an adapter, and no other."""
    allowed = {*rule("one-chooser", "allowed_importers"), *rule("simulated-payments", "allowed_importers")}

    prose = re.sub(r"^    .+$", "", SECTIONS["Layers"], flags=re.MULTILINE)
    named = {name for name in codes(prose) if name in packages("src/entrypoints")}

    assert named == allowed
