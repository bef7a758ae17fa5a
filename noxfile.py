"""Checks, each in an environment of its own: `nox` runs all that a change must pass, `nox -l` lists the others."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
# Checks use the Pythons that are installed, also where CI is set, and report the others as skipped.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
#: Tests wait for servers half of the time.
WORKERS = str(2 * (os.cpu_count() or 1))
EXTRAS = tuple(PYPROJECT["project"]["optional-dependencies"])
#: What `core-only` tests on every Python.
CORE = ("tests/core", "tests/test_purity.py")
#: The ports and the use cases on the adapters that need no server: what another Python or older packages may break.
QUICK = (
    *("tests/use_cases", "tests/contracts"),
    *("-k", "not (postgres or redis or aws or server or wrong or races or agreement or (sqlite and atomic))"),
)
#: What draws more seeds and examples in a long run.
LONG = (
    *("tests/simulation/test_simulation.py", "tests/contracts/test_agreement.py"),
    *("tests/security/test_description.py", "tests/security/test_raw_http.py"),
)
#: For builds and Pythons beside the one that runs all tests.
FEWER_EXAMPLES = ("-p", "tests.quick_profile", "--hypothesis-profile=quick")


LOCK = Path("requirements.lock")
# uv takes the versions of the lock file, and checks each package against its hashes.
os.environ.setdefault("UV_CONSTRAINT", str(LOCK.absolute()))
# Otherwise each of the many processes that a session starts compiles all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PYPROJECT, name)


def _use_pythons_of_pyenv() -> None:
    """Let nox find the Pythons that pyenv has installed and not selected: their commands fail until they are."""
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return
    listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False).stdout.split()  # noqa: S603  pyenv itself.
    installed = [found for python in PYTHONS for found in listed if found.startswith(f"{python}.")]
    if installed:
        os.environ.setdefault("PYENV_VERSION", ":".join(installed))


def _is_installed(python: str) -> bool:
    program = shutil.which(f"python{python}")
    if program is None:
        return False
    done = subprocess.run([program, "-c", ""], capture_output=True, check=False)  # noqa: S603  A Python on the path.
    return done.returncode == 0


_use_pythons_of_pyenv()
INSTALLED = [python for python in PYTHONS if _is_installed(python)] or PYTHONS
OLDEST, NEWEST = INSTALLED[0], INSTALLED[-1]

nox.options.sessions = [
    *("lint", "types", "imports"),
    *(f"core-only-{python}" for python in PYTHONS),
    *(f"extra({name})" for name in EXTRAS if name != "all"),  # `tests` installs all of them.
    *("wheel", "site"),
    f"tests-{OLDEST}",
    *([f"quick-{NEWEST}"] if NEWEST != OLDEST else []),
]


@nox.session
def lint(session: nox.Session) -> None:
    """Check the code and its format with ruff."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy strict and with pyright."""
    session.install(".[all]", "nox", *_group("test"), *_group("bench"), *_group("types"))
    commands = (("mypy",), ("pyright", "--pythonpath", f"{session.bin}/python"))
    with ThreadPoolExecutor() as both:
        list(both.map(lambda command: session.run(*command), commands))
    session.run("pytest", "tests/docs/test_types.py", "-k", "pyright")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which package may import which, by .importlinter."""
    session.install(".[all]", *_group("imports"))
    session.run("lint-imports")


@nox.session(name="core-only", python=PYTHONS)
def core_only(session: nox.Session) -> None:
    """Test the core with attrs as its only dependency, and that it imports nothing heavier."""
    session.install(".[testing]", "pytest-timeout", "pytest-xdist")
    # The newest Python draws as many examples as a test asks for, the others fewer.
    fewer = () if session.python == NEWEST else FEWER_EXAMPLES
    session.run("python", "-m", "pytest", *fewer, "-n", WORKERS, "--noconftest", *CORE, *session.posargs)


@nox.session
@nox.parametrize("name", [nox.param(name, id=name) for name in EXTRAS])
def extra(session: nox.Session, name: str) -> None:
    """Install one extra by itself and do its job once."""
    session.install(f".[{name}]")
    session.run("python", "tests/extras/smoke.py", name)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, and run the demo and the tests of the core on it outside the checkout."""
    outside = Path(session.create_tmp()).resolve()
    shutil.rmtree(outside)
    shutil.copytree("tests/core", outside / "tests/core")
    shutil.copy("tests/quick_profile.py", outside / "tests")
    shutil.copy("pyproject.toml", outside)
    session.install("hatchling")
    session.run("hatchling", "build", "--target", "wheel", "--directory", f"{outside}/dist")
    [built] = (outside / "dist").glob("*.whl")
    session.install("--reinstall-package", "ticketcore", f"{built}[cli,testing]", "pytest-timeout", "pytest-xdist")
    session.chdir(outside)
    session.run("ticketcore", "demo")
    session.run("python", "-m", "pytest", *FEWER_EXAMPLES, "-n", WORKERS, "tests/core", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests but those of `core-only`, against real servers that they start themselves."""
    session.install(".[all]", *_group("test"), *_group("bench"))
    others = [f"--ignore={path}" for path in CORE]
    session.run("pytest", "-n", WORKERS, "--dist", "worksteal", *(session.posargs or others))


@nox.session(python=PYTHONS)
def quick(session: nox.Session) -> None:
    """Run the contract suites and the use cases on the adapters that need no server."""
    session.install(".[all]", *_group("test"))
    session.run(
        "python", "-m", "pytest", *FEWER_EXAMPLES, "-n", WORKERS, "--dist", "worksteal", *(session.posargs or QUICK)
    )


@nox.session
def lowest(session: nox.Session) -> None:
    """Run all tests with the lowest versions that pyproject.toml admits; `-- tests/core` for some of them."""
    if session.venv_backend != "uv":
        session.error("resolving the lowest versions needs uv: pip install uv")
    session.install("--resolution", "lowest-direct", ".[all]", *_group("test"), env={"UV_CONSTRAINT": ""})
    session.run("pytest", "-n", WORKERS, "--dist", "worksteal", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the service beside bare views; `-- event sold_out --seconds 3 --rounds 5` for some operations."""
    session.install("-e", ".[all]", *_group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def rush(session: nox.Session) -> None:
    """Sell an event out to far more buyers than places; `-- redis --places 1000 --buyers 20000` for a smaller one."""
    session.install("-e", ".[all]", *_group("bench"))
    session.run("python", "-m", "benchmarks.rush", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write the lock file anew; `-- --upgrade` takes the latest versions."""
    session.install("uv", env={"UV_CONSTRAINT": ""})
    options = ("--all-extras", "--group", "dev", "--universal", "--generate-hashes", "--no-annotate", "--no-header")
    command = ("uv", "pip", "compile", "pyproject.toml", *options, "--output-file", str(LOCK), *session.posargs)
    session.run(*command, env={"UV_CONSTRAINT": ""}, silent=True)


@nox.session
def sbom(session: nox.Session) -> None:
    """Write sbom.json, the bill of materials (CycloneDX) of ticketcore with all that its extras install."""
    if session.venv_backend != "uv":
        session.error("describing another environment needs uv: pip install uv")
    described = f"{session.create_tmp()}/described"
    session.run("python", "-m", "venv", "--clear", "--without-pip", described)
    session.install("--python", f"{described}/bin/python", ".[all]")
    session.install("cyclonedx-bom>=5.0", env={"UV_CONSTRAINT": ""})
    options = ("--pyproject", "pyproject.toml", "--output-format", "JSON", "--output-file", "sbom.json")
    session.run("cyclonedx-py", "environment", *options, f"{described}/bin/python")


@nox.session
def audit(session: nox.Session) -> None:
    """Look all locked packages up in the database of known vulnerabilities; it needs a network that reaches it."""
    session.install("pip-audit>=2.7", env={"UV_CONSTRAINT": ""})
    session.run(
        "pip-audit", "--strict", "--disable-pip", "--require-hashes", "--requirement", str(LOCK), *session.posargs
    )


@nox.session
def texts(session: nox.Session) -> None:
    """Bring every catalogue up to date with the messages in the code; `-- fr` begins one for French."""
    session.install("babel>=2.19")
    template, locales = f"{session.create_tmp()}/messages.pot", "src/entrypoints/ticketcore_texts/locales"
    english_only = "ticketcore_testing ticketcore_simulator"
    keywords = ("--no-default-keywords", "-k", "Text", "-k", "plural_text:1,2")
    layout = ("--no-wrap", "--no-location", "--sort-output")
    session.run("pybabel", "extract", *keywords, *layout, "--ignore-dirs", english_only, "-o", template, "src")
    catalogues = ("-i", template, "-d", locales, "-D", "ticketcore")
    for language in session.posargs:
        session.run("pybabel", "init", *catalogues, "--no-wrap", "-l", language)
    dates = ("--ignore-pot-creation-date", "--no-fuzzy-matching", "--ignore-obsolete")
    session.run("pybabel", "update", *catalogues, "--no-wrap", *dates)


@nox.session
def screenshots(session: nox.Session) -> None:
    """Write screenshots of every page, at two widths, light and dark, into a directory; `-- DIRECTORY es` for another one and in Spanish."""
    session.install(".[all]", *_group("test"))
    session.run("python", "-m", "tests.web.screenshots", *(session.posargs or ["screenshots"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples of the README and the docs as a reader would run them."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the documentation into the folder `site`, and fail at a broken link; `-- FOLDER` for another one."""
    session.install(".[all,testing]", *_group("site"))
    options = ("--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto")
    session.run("sphinx-build", *options, "-c", "docs", ".", *(session.posargs or ["site"]))


@nox.session(python="3.13")
def emulator(session: nox.Session) -> None:
    """Sell orders with deploy/template.yaml and deploy/compose.yaml, over an emulator of AWS that runs functions."""
    # Not in the group of tests: it wants one version of botocore and no other.
    session.install(".[all]", *_group("test"), "ministack>=1.5.33", "pip", env={"UV_CONSTRAINT": ""})
    session.run("pytest", "tests/emulator/sale.py", "tests/emulator/compose.py", *session.posargs)


@nox.session
def laws(session: nox.Session) -> None:
    """Run thousands of long histories of the box office, on memory, SQLite, and Postgres with Redis."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/laws/long.py", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """Draw five times as many seeds and examples as `tests` does; `-- 20` for another factor."""
    session.install(".[all]", *_group("test"))
    [factor] = session.posargs or ["5"]
    command = ("pytest", "-n", WORKERS, "--dist", "worksteal", "--timeout", "3600", *LONG)
    session.run(*command, env={"TICKETCORE_TEST_FACTOR": factor})


@nox.session
def crashes(session: nox.Session) -> None:
    """Kill a real process at every call of a port of every use case, over a real Postgres and a real Redis."""
    session.install(".[all]", *_group("test"))
    session.run("pytest", "tests/crashes/real.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests and require branch coverage of src of 95 % or more."""
    session.install("-e", ".[all]", *_group("test"))
    session.run("pytest", "-n", WORKERS, "--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95")
