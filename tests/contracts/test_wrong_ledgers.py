"""The kit accepts a right ledger and rejects every wrong one, when pytest runs it as for a third party."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from tests.contracts.wrong_ledgers import SUITES, WRONG, Adapter, Test, opener
from ticketcore.ports import Ledger
from ticketcore_testing.ledgers import LedgerContract

_SUITE = """
import pytest
from {module} import {name}


class TestLedger({name}):
    @pytest.fixture
    def open_ledger(self, opened):
        return opened
"""
_OFF = ["terminal", "cacheprovider", "faulthandler", "unraisableexception", "threadexception"]
_PLAIN = ["--capture=no", *(option for name in _OFF for option in ("-p", f"no:{name}"))]


@attrs.define(eq=False)
class Run:
    """A pytest run of one suite with a new ledger for each test; ``outcomes`` are by the test's name."""

    new_opener: Callable[[], Callable[[], Ledger]]
    outcomes: dict[str, set[str]] = attrs.field(factory=dict)

    @pytest.fixture
    def opened(self) -> Callable[[], Ledger]:
        return self.new_opener()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            name = report.location[2].partition("[")[0].rpartition(".")[2]
            self.outcomes.setdefault(f"{report.when} {report.outcome}", set()).add(name)


#: On a busy machine a race may not come to the instruction that tells a wrong adapter from a right one.
_TRIES = 3

RunSuite = Callable[[type[LedgerContract], Adapter | None, str], dict[str, set[str]]]


@pytest.fixture
def run_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSuite:
    """Return a function that runs a suite, or one test of it, over ledgers with one adapter replaced; it returns the outcomes.

    It runs in this process, without the plugins and settings of this run.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run_suite(suite: type[LedgerContract], adapter: Adapter | None, test: str) -> dict[str, set[str]]:
        # Python caches a module under its name, so each run has a name of its own.
        file = tmp_path / f"test_{suite.__name__}_{adapter.__name__ if adapter else 'right'}.py"
        file.write_text(_SUITE.format(module=suite.__module__, name=suite.__name__))
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        run = Run(lambda: opener(adapter))
        pytest.main(["--import-mode=importlib", f"--rootdir={tmp_path}", *_PLAIN, f"{file}{test}"], plugins=[run])
        sys.modules.pop(file.stem)
        return run.outcomes

    return run_suite


def suite_of(test: Test) -> type[LedgerContract]:
    """Return the class of the kit that has this test."""
    suite: type[LedgerContract] = getattr(sys.modules[test.__module__], test.__qualname__.partition(".")[0])
    return suite


@pytest.mark.parametrize("suite", SUITES)
def test_a_right_ledger_is_accepted(run_suite: RunSuite, suite: type[LedgerContract]) -> None:
    """All tests of each suite pass over the memory ledger."""
    tests = {name for name in dir(suite) if name.startswith("test_")}
    assert run_suite(suite, None, "") == {"call passed": tests}


@pytest.mark.usefixtures("_every_step")
@pytest.mark.parametrize(("wrong", "caught_by"), WRONG)
def test_a_wrong_ledger_is_rejected(run_suite: RunSuite, wrong: Adapter, caught_by: Test) -> None:
    """The test of the broken rule fails, and there is no error."""
    for _ in range(_TRIES):
        outcomes = run_suite(suite_of(caught_by), wrong, f"::TestLedger::{caught_by.__name__}")
        assert outcomes.keys() <= {"call passed", "call failed"}
        if "call failed" in outcomes:
            return
    pytest.fail("the test passes")
