"""The Python of the README and the docs passes the type checkers, as a reader's own code would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import blocks, name_of, pages

_SAVED = re.compile(r"# (\w+\.py)\n")


def write_examples(page: Path, directory: Path) -> None:
    """Write each example of a page to a file, by the name that it has or by its page's and its number."""
    slug = re.sub(r"\W", "_", name_of(page))
    examples = [block.text for block in blocks(page.read_text()) if block.language == "python"]
    for number, text in enumerate(examples):
        saved = _SAVED.match(text)
        file = directory / (saved[1] if saved else f"{slug}_{number}.py")
        assert not file.exists(), f"two pages save {file.name}"
        file.write_text(text)


def complaints(directory: Path, *command: str) -> list[str]:
    """Return what a type checker reports about the files of a directory, line by line."""
    run = [sys.executable, "-m", *command, "."]
    done = subprocess.run(run, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Return a directory with every example, and a mistake beside them."""
    for page in pages():
        write_examples(page, tmp_path)
    (tmp_path / "mistake.py").write_text("from ticketcore import BoxOffice\n\nBoxOffice(1)\n")
    return tmp_path


def test_the_examples_are_typed(examples: Path) -> None:
    """Every example passes mypy, and the mistake is found: our packages are seen with their types."""
    strict = ("--strict", "--config-file=", "--cache-dir=.cache", "--no-error-summary")
    [complaint] = complaints(examples, "mypy", *strict)
    assert complaint.startswith("mistake.py:3: error:")
    assert complaint.endswith("[arg-type]")


def test_the_examples_pass_pyright(examples: Path) -> None:
    """Every example passes, and the mistake is found; ``nox -s types`` has pyright."""
    pytest.importorskip("pyright", reason="pyright is not installed")
    errors = [line for line in complaints(examples, "pyright", "--pythonpath", sys.executable) if "error:" in line]

    [error] = errors
    assert "mistake.py:3:" in error
