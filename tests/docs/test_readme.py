"""The README's commands and example do what they say."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, blocks, marked

README = (ROOT / "README.md").read_text()


def test_the_example_prints_what_the_readme_shows() -> None:
    """A reader who runs the example sees the output beneath it."""
    example, output = (block for block in blocks(README) if block.language in {"python", "text"})
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(compile(example.text, "README.md", "exec"), {})

    assert printed.getvalue() == output.text


def test_the_example_is_short() -> None:
    """It fits on a screen, with the memory adapters alone."""
    example = next(block for block in blocks(README) if block.language == "python")

    assert len([line for line in example.text.splitlines() if line]) <= 12
    assert "ticketcore_sql" not in example.text


@pytest.mark.parametrize("mark", ["demo", "tests"])
def test_a_command_starts_from_nothing(mark: str) -> None:
    """Each of the two commands is one line that needs only Python and pip."""
    command = marked(README, mark)

    assert command.count("\n") == 1
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert all(part.strip().startswith(("python3 ", ".venv/bin/")) for part in command.split("&&"))


def test_what_is_checked_is_what_the_readme_says(tmp_path: Path) -> None:
    """``.ci/run`` runs the README's test command itself, not a copy of it."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/run").write_text((ROOT / ".ci/run").read_text())
    (tmp_path / "README.md").write_text(README.replace(marked(README, "tests").strip(), "echo the very same"))

    ran = subprocess.run(["bash", ".ci/run"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines() == ["echo the very same", "the very same"]


def test_the_demo_ends_with_the_conservation_line(tmp_path: Path) -> None:
    """The command's last part succeeds with nothing set, and every place is accounted for at the end."""
    command = marked(README, "demo").rpartition("&&")[2].split()
    assert command == [".venv/bin/ticketcore", "demo"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}

    ran = subprocess.run(
        [sys.executable, "-m", "ticketcore_cli", *command[1:]],
        cwd=tmp_path,
        env={**bare, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.splitlines()[-1].strip() == "capacity = available + reserved + sold:  6 = 0 + 1 + 5"
    assert ran.stderr == ""
