"""The README's commands and example do what they say."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, blocks, codes, marked, rows, sections
from tests.extras.smoke import JOBS
from tests.servers.ports import free_port

README = (ROOT / "README.md").read_text()


def test_the_example_prints_what_the_readme_shows() -> None:
    """A reader who runs the example sees the output beneath it."""
    example, output = (block for block in blocks(README) if block.language in {"python", "text"})
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(compile(example.text, "README.md", "exec"), {})

    assert printed.getvalue() == output.text


def test_the_example_is_short() -> None:
    """It has ten lines at most beside its imports, and needs the memory adapters alone."""
    example = next(block for block in blocks(README) if block.language == "python")

    assert len([line for line in example.text.splitlines() if line and not line.startswith("from ")]) <= 10
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


def test_the_pages_are_served_until_they_are_interrupted(tmp_path: Path) -> None:
    """The command prints what there is to open, ends with success at Ctrl-C, and leaves nothing behind."""
    command = marked(README, "serve").split()
    assert command[0] == ".venv/bin/ticketcore"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}

    with subprocess.Popen(
        [sys.executable, "-m", "ticketcore_cli", *command[1:], "--port", str(free_port())],
        env={**bare, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(9)]
        process.send_signal(signal.SIGINT)

    assert printed[-1].startswith("Ctrl-C")
    assert process.returncode == 0
    assert [*tmp_path.iterdir()] == []


def test_the_figures_are_those_of_the_docs() -> None:
    """Each ratio stands in the page on speed, at the operation that its command measures."""
    [table] = [section.text for section in sections(README) if section.heading == "What it does on two cores"]
    speed = (ROOT / "docs/explanation/speed.md").read_text()
    first = {codes(cells[2])[0].rpartition(" ")[2]: cells[1] for cells in rows(table)}
    names = {"reserve": "an order, places free", "sold_out": "an order, sold out", "validate": "a scan"}

    assert first.keys() == {"rush", *names}
    for operation, name in names.items():
        assert f"| {name} | {first[operation].partition(' ')[0]} |" in speed


EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def brought(requirements: list[str]) -> list[str]:
    """Return the names of packages and of our own extras that requirements ask for."""
    own = [re.fullmatch(r"ticketcore\[(.+)\]", requirement) for requirement in requirements]
    extras = [name for found in own if found for name in found[1].split(",")]
    packages = [re.split(r"[\[<>=]", text)[0] for text, found in zip(requirements, own, strict=True) if not found]
    return extras + packages


def test_every_extra_is_in_the_readme() -> None:
    """The table names each extra and the packages that it brings."""
    [table] = [section for section in sections(README) if section.heading == "Install what you need"]

    described = {codes(extra)[0]: set(codes(brings)) for extra, _, brings in rows(table.text)}

    assert described == {extra: set(brought(requirements)) for extra, requirements in EXTRAS.items()}


def test_every_extra_is_tried_by_itself() -> None:
    """Each has a job that it does where nothing else is installed."""
    assert JOBS.keys() == EXTRAS.keys()
