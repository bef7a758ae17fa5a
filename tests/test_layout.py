"""The folders, the wheel and the import rules agree on which packages exist."""

from __future__ import annotations

import ast
import configparser
import os
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[1]
RINGS = ("", "adapters", "entrypoints")
PACKAGES = {found.parent.name for ring in RINGS for found in (ROOT / "src" / ring).glob("*/__init__.py")}
#: The kit and the simulator look behind the use cases on purpose: they compare what these return with what is stored.
BEHIND_THE_USE_CASES = {"ticketcore_testing", "ticketcore_simulator"}
USE_CASES = {"box_office", "organiser"}


def reaching_through(source: str) -> list[int]:
    """Return the lines that use the ports of a box office or an organiser."""
    uses = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute) and node.attr == "ports")
    return [node.lineno for node in uses if _last_name(node.value) in USE_CASES]


def _last_name(node: ast.expr) -> str:
    """Return the last name of an expression, such as ``clock`` of ``assembly.clock`` and of ``assembly.clock()``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.removeprefix("_")
        case ast.Call(func=called):
            return _last_name(called)
        case _:
            return ""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[PurePosixPath]:
    """Return the paths that the wheel installs."""
    target = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        wheel = target / build_wheel(os.fspath(target))
    with zipfile.ZipFile(wheel) as archive:
        names = map(PurePosixPath, archive.namelist())
        return {name for name in names if not name.parts[0].endswith(".dist-info")}


def test_every_package_is_linted() -> None:
    """A new adapter cannot be left out of .importlinter."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")

    assert set(config["importlinter"]["root_packages"].split()) == PACKAGES


def test_the_wheel_installs_only_our_names(shipped: set[PurePosixPath]) -> None:
    """Nothing called adapters or entrypoints reaches site-packages."""
    assert "ticketcore" in PACKAGES
    assert {path.parts[0] for path in shipped} == PACKAGES


def test_the_wheel_holds_every_module(shipped: set[PurePosixPath]) -> None:
    """What can be imported from the source can be imported from the wheel."""
    modules = {
        PurePosixPath(module.relative_to(ROOT / "src" / ring))
        for ring in RINGS
        for package in PACKAGES
        for module in (ROOT / "src" / ring / package).rglob("*.py")
    }

    assert {path for path in shipped if path.suffix == ".py"} == modules


def test_the_wheel_holds_every_catalogue(shipped: set[PurePosixPath]) -> None:
    """A language that the source speaks is spoken after installation."""
    catalogues = {path.parts[-3] for path in (ROOT / "src").rglob("*.po")}

    assert catalogues
    assert {path.parts[-3] for path in shipped if path.suffix == ".po"} == catalogues


def test_the_wheel_holds_what_pages_are_made_of(shipped: set[PurePosixPath]) -> None:
    """Templates, style sheets and scripts, with the licence of what is not ours."""
    entrypoints = ROOT / "src/entrypoints"
    files = {
        PurePosixPath(path.relative_to(entrypoints))
        for folder in ("templates", "static")
        for path in entrypoints.glob(f"*/{folder}/*")
    }

    assert {"pico.css", "pico.LICENSE.md", "base.html", "mail.html"} <= {path.name for path in files}
    assert files <= shipped


def test_the_wheel_holds_no_leavings_of_tools(shipped: set[PurePosixPath]) -> None:
    """Caches and hidden files stay behind."""
    assert [path for path in shipped if any(part.startswith((".", "__pycache__")) for part in path.parts)] == []


def test_every_package_is_typed(shipped: set[PurePosixPath]) -> None:
    """Type checkers read our annotations, in the source and from the wheel."""
    assert {path.parent.name for path in (ROOT / "src").rglob("py.typed")} == PACKAGES
    assert {path.parts[0] for path in shipped if path.name == "py.typed"} == PACKAGES


def test_every_package_has_a_name_of_its_own() -> None:
    """All begin with our name, so that none overwrites a foreign package."""
    assert {name.partition("_")[0] for name in PACKAGES} == {"ticketcore"}


@pytest.mark.parametrize("package", sorted(path.name for path in (ROOT / "src/entrypoints").iterdir() if path.is_dir()))
def test_entrypoints_call_use_cases(package: str) -> None:
    """No entry point reaches through a box office or an organiser to its ports: what it needs is a use case."""
    modules = () if package in BEHIND_THE_USE_CASES else (ROOT / "src/entrypoints" / package).rglob("*.py")
    assert {str(module): lines for module in modules if (lines := reaching_through(module.read_text()))} == {}


def test_reaching_through_is_seen() -> None:
    """However the box office or organiser is named, and wherever it is kept."""
    seen = ("box_office.ports", "api.organiser.ports.clock", "self._box_office.ports", "assembly.box_office().ports")
    assert [reaching_through(source) for source in seen] == [[1]] * len(seen)
    assert reaching_through("assembly.ports\nbox_office.hold") == []
