"""The benchmark runs as it is described."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.load import PROGRAM_VARIABLE, find_wrk
from benchmarks.rows import ROWS, Row

ROOT = Path(__file__).parents[1]


def test_the_smallest_benchmark_measures_every_side(tmp_path: Path) -> None:
    """One operation in one short round has figures of ours and of both yardsticks, as a table and as JSON."""
    if os.environ.get("CI"):
        pytest.skip("a benchmark would slow the other tests down")
    if find_wrk() is None:
        pytest.skip(f"no wrk: install it, or set {PROGRAM_VARIABLE} to the path of the program")
    file = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "validate", "--rounds", "1", "--seconds", "1", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("| POST /tickets/validate |") == 2
    [operation] = json.loads(file.read_text())["operations"]
    assert operation["rounds"].keys() == {"ours", "same server", "gunicorn"}
    for [only] in operation["rounds"].values():
        assert only["rate"] > 0
        assert only["p50"] <= only["p99"]
        assert only["api"] > 0
        assert only["postgres"] > 0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_operation_has_a_yardstick(row: Row) -> None:
    """Each has a module of its own name, and a line in the docs."""
    assert (ROOT / f"benchmarks/yardsticks/{row.name}.py").exists()
    assert f"\n| `{row.name}` |" in (ROOT / "docs/how-to/measure-speed.md").read_text()
