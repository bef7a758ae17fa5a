"""A package that is not installed is named in one line with the command that installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ticketcore_bootstrap.extras import MissingExtra, requires


def typed_without(package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what ``ticketcore`` printed in a process in which the package cannot be imported."""
    program = f"import sys; sys.modules[{package!r}] = None; from ticketcore_cli import run; run()"
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [("greenlet", ["simulate", "--seeds", "3"], "simulation"), ("click", ["events", "list"], "cli")],
)
def test_a_command_without_its_package_says_what_to_install(package: str, arguments: list[str], extra: str) -> None:
    """One line on standard error names the package and the command; the exit status is 2."""
    done = typed_without(package, *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"the package {package} is not installed: pip install 'ticketcore[{extra}]'\n"


@pytest.mark.parametrize(
    ("package", "variable", "value", "extra"),
    [
        ("psycopg", "DATABASE_URL", "postgresql://h/db", "postgres"),
        ("redis", "INVENTORY_URL", "redis://h", "redis"),
        ("boto3", "QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/payments", "aws"),
        ("boto3", "FILES_URL", "s3://tickets", "aws"),
        ("boto3", "MAIL_URL", "ses://tickets@example.org", "aws"),
    ],
)
def test_a_setting_without_its_package_says_what_to_install(
    package: str, variable: str, value: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the setting that needs it too."""
    monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path))
    monkeypatch.setenv(f"TICKETCORE_{variable}", value)
    done = typed_without(package, "sweep")

    assert done.returncode == 2
    assert done.stdout == ""
    needs = f"TICKETCORE_{variable} needs the package {package}, which is not installed"
    assert done.stderr == f"{needs}: pip install 'ticketcore[{extra}]'\n"


def test_every_command_is_listed_without_its_package() -> None:
    """``ticketcore --help`` is the same with and without greenlet."""
    done = typed_without("greenlet", "--help")

    assert done.returncode == 0
    assert "  simulate " in done.stdout


def test_a_missing_package_is_reported_by_its_extra() -> None:
    """A submodule is reported by its package, and the import error is the cause."""
    with pytest.raises(MissingExtra) as raised, requires("redis"):
        import absent.inner  # type: ignore[import-not-found]  # noqa: F401, PLC0415  It is the one that is missing.

    assert str(raised.value) == "the package absent is not installed: pip install 'ticketcore[redis]'"
    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


def test_a_missing_module_of_ours_is_not_taken_for_an_extra() -> None:
    """An import error within ticketcore is a bug and stays visible."""
    with pytest.raises(ModuleNotFoundError, match="ticketcore_absent"), requires("redis"):
        import ticketcore_absent  # type: ignore[import-not-found]  # noqa: F401, PLC0415  It is the one that is missing.
