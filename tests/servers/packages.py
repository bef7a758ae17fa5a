"""Programs that the tests take from the system (`programs.find`)."""

import os

import pytest

from tests.servers.programs import find


def program(name: str, package: str, variable: str) -> str:
    """Return the path of a program.  Without it the test is skipped with the reason; in CI it fails."""
    found = find(name, package, variable)
    if found is None:
        reason = f"no {name}: install {package}, or set {variable} to the path of the program"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
