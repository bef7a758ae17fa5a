"""What is checked, each in a fresh environment: `nox` runs all that a change must pass, `nox -l` lists the rest."""

from __future__ import annotations

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "imports", "core-only", "tests"]
nox.options.reuse_venv = "yes"

PYPROJECT = nox.project.load_toml("pyproject.toml")


def _group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PYPROJECT, name)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, against real servers that they start themselves."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(name="core-only")
def core_only(session: nox.Session) -> None:
    """The rules and the memory adapters with attrs alone, and nothing heavier on import."""
    session.install(".[testing]", "pytest-timeout")
    session.run("pytest", "--noconftest", "tests/core", "tests/test_purity.py", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """All tests with the lowest versions that pyproject.toml admits."""
    if session.venv_backend != "uv":
        session.error("resolving the lowest versions needs uv: pip install uv")
    session.install("--resolution", "lowest-direct", ".[all]", *_group("test"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, over code and its form."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy strict and pyright."""
    session.install(".[all]", "nox", *_group("test"), *_group("types"))
    session.run("mypy")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")


@nox.session
def imports(session: nox.Session) -> None:
    """The rings of the house: who may import whom."""
    session.install(".[all]", *_group("imports"))
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The examples of the README and the docs, run as a reader would run them."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session(python="3.13")
def emulator(session: nox.Session) -> None:
    """Orders sold by deploy/template.yaml and by deploy/compose.yaml, over an emulator of AWS that runs functions."""
    # Not in the group of tests: it wants one version of botocore and no other.
    session.install(".[all]", *_group("test"), "ministack>=1.5.33", "pip")
    session.run("pytest", "tests/emulator/sale.py", "tests/emulator/compose.py", *session.posargs)


@nox.session
def laws(session: nox.Session) -> None:
    """Thousands of long histories of the box office, on memory, SQLite, and Postgres with Redis."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/laws/long.py", *session.posargs)


@nox.session
def crashes(session: nox.Session) -> None:
    """A real process killed at every call of a port of every use case, over a real Postgres and a real Redis."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/crashes/real.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests, with branch coverage of src at 95 % or more."""
    session.install("-e", ".[all]", *_group("test"))
    session.run("pytest", "-n", "auto", "--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95")


@nox.session
def demo(session: nox.Session) -> None:
    """The main job, as the README starts it."""
    session.install(".[cli]")
    session.run("ticketcore", "demo")
