"""The Python of the README and the docs passes a strict type checker, as a reader's own code would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import blocks, name_of, pages

_SAVED = re.compile(r"# (\w+\.py)\n")
_WITH_PYTHON = [page for page in pages() if any(block.language == "python" for block in blocks(page.read_text()))]


def write_examples(page: Path, directory: Path) -> list[str]:
    """Write each example of a page to a file, by the name that it has or by its number, and return the names."""
    names = []
    examples = [block.text for block in blocks(page.read_text()) if block.language == "python"]
    for number, text in enumerate(examples):
        saved = _SAVED.match(text)
        names.append(saved[1] if saved else f"example_{number}.py")
        (directory / names[-1]).write_text(text)
    return names


def complaints(directory: Path, names: list[str]) -> str:
    """Return what ``mypy --strict`` reports about files of the directory."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir=.mypy_cache",
        "--no-error-summary",
    ]
    return subprocess.run([*command, *names], cwd=directory, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("page", _WITH_PYTHON, ids=name_of)
def test_the_examples_are_typed(page: Path, tmp_path: Path) -> None:
    """Every example of a page passes, with the other files that the page shows beside it."""
    assert complaints(tmp_path, write_examples(page, tmp_path)) == ""


def test_a_mistake_in_an_example_is_found(tmp_path: Path) -> None:
    """An argument of another type is reported, so our packages are seen with their types."""
    (tmp_path / "example_0.py").write_text("from ticketcore import BoxOffice\n\nBoxOffice(1)\n")

    assert "[arg-type]" in complaints(tmp_path, ["example_0.py"])
