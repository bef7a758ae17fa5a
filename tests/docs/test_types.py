"""The Python of the README and the docs passes a strict type checker, as a reader's own code would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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


def complaints(directory: Path) -> list[str]:
    """Return what ``mypy --strict`` reports about the files of a directory, line by line."""
    command = [
        *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=.cache"),
        "--no-error-summary",
    ]
    done = subprocess.run([*command, "."], cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_the_examples_are_typed(tmp_path: Path) -> None:
    """Every example passes, and a mistake beside them is found: our packages are seen with their types."""
    for page in pages():
        write_examples(page, tmp_path)
    (tmp_path / "mistake.py").write_text("from ticketcore import BoxOffice\n\nBoxOffice(1)\n")

    [complaint] = complaints(tmp_path)
    assert complaint.startswith("mistake.py:3: error:")
    assert complaint.endswith("[arg-type]")
