"""The core computes and does no I/O."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[1] / "src" / "ticketcore"
MODULES = sorted(CORE.rglob("*.py"))

#: attrs, and the parts of the standard library that do no I/O.  A new name belongs here only if it asks nothing of the world.
ALLOWED = {
    "__future__",
    "abc",
    "attrs",
    "base64",
    "collections",
    "contextlib",
    "datetime",
    "email",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "ipaddress",
    "json",
    "re",
    "ticketcore",
    "typing",
    "unicodedata",
}

#: The package loads its names and its version when they are first used.
LAZY = {CORE / "__init__.py": {"importlib"}}

#: Attributes of ``datetime`` and ``date`` that read the clock, and builtins that reach the world.
CLOCK_READERS = {"now", "today", "utcnow"}
WORLDLY = {"__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "ticketcore" if node.level else (node.module or "").partition(".")[0]


def reached(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="datetime" | "date" as kind), attr=attribute):
                yield from [f"{kind}.{attribute}"] if attribute in CLOCK_READERS else []
            case ast.Call(func=ast.Name(id=name)) if name in WORLDLY:
                yield name
            case _:
                pass


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_the_core_imports_only_what_it_may(path: Path) -> None:
    """attrs, itself, and the parts of the standard library that do no I/O."""
    assert set(imported(ast.parse(path.read_text()))) <= ALLOWED | LAZY.get(path, set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_the_core_reads_no_clock_and_no_file(path: Path) -> None:
    """``now`` is an argument or asked of a port, and nothing is read or printed."""
    assert list(reached(ast.parse(path.read_text()))) == []


def test_importing_the_core_imports_no_test_tools() -> None:
    """Selling needs neither pytest nor Hypothesis."""
    names = [".".join(path.relative_to(CORE.parent).with_suffix("").parts) for path in MODULES]
    program = f"import sys, ticketcore_memory, {', '.join(names)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "ticketcore.application.box_office" in loaded
    assert [name for name in loaded if name.startswith(("ticketcore_testing", "pytest", "_pytest", "hypothesis"))] == []


def printed_by(program: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_core_reads_no_version() -> None:
    """The version is read from the installed package when it is asked for."""
    program = "import sys, ticketcore.public; print('importlib.metadata' in sys.modules, ticketcore.__version__)"
    assert printed_by(program) == ["False", importlib.metadata.version("ticketcore")]


def test_importing_the_core_loads_no_name() -> None:
    """Each name is loaded at its first use, and listed without it; what is no name is an ``AttributeError``."""
    loaded = "[name for name in sys.modules if name.startswith('attr') or name.startswith('ticketcore.')]"
    program = f"import sys, ticketcore; print({loaded}, hasattr(ticketcore, 'Nothing'), 'BoxOffice' in dir(ticketcore))"
    assert printed_by(program) == ["[]", "False", "True"]


def test_the_use_cases_import_no_library_of_mail() -> None:
    """``email`` takes a tenth of the time of all, and a process that mails nothing does without it."""
    assert printed_by("import sys, ticketcore.public; print('email' in sys.modules)") == ["False"]


def test_the_guard_sees_what_it_guards_against() -> None:
    """An import, a look at the clock and an open file are noticed wherever they stand."""
    worldly = ast.parse("def f():\n    import os.path\n    from time import time\n    return datetime.now(), open('x')")

    assert set(imported(worldly)) == {"os", "time"}
    assert set(reached(worldly)) == {"datetime.now", "open"}
    assert len(MODULES) > 20
