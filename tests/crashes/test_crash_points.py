"""After a crash or a lost response at any call of a port, recovery restores all laws.

The Lambda handlers run as they are deployed.  The HTTP service and the command line are thin: each of their requests is
one call of a use case that runs here.
"""

from __future__ import annotations

import inspect
import re
from functools import partial

import pytest

from tests.crashes import fault_injection, use_cases
from tests.crashes.broken import BROKEN
from tests.crashes.enumeration import enumerate_crashes, run_scenario
from tests.crashes.fault_injection import FaultKind, Injection
from tests.crashes.memory import memory_environment
from tests.crashes.scenarios import READING, SCENARIOS
from ticketcore import BoxOffice, Organiser, Ports
from ticketcore.application import inventory_sync
from ticketcore.ports import Ledger


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_crash_breaks_a_law(name: str) -> None:
    """Before and after each call of a port, with and without its effect, whether or not the client repeats the request."""
    for at, run in enumerate_crashes(memory_environment, name):
        assert not run.violations, "\n".join([at, *run.calls, *run.violations])


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str) -> None:
    """Each broken rule or component keeps the laws without a fault and breaks one with some fault."""
    broken = BROKEN[name]
    runs = enumerate_crashes(partial(memory_environment, broken.component, broken.rule), broken.scenario)
    _, faultless = next(runs)
    assert not faultless.violations
    assert any(run.violations for _, run in runs)


def test_a_take_that_is_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that leaves its take to lapse when the ledger does not respond breaks a law."""
    monkeypatch.setattr(inventory_sync, "end_take", lambda *_: None)
    runs = enumerate_crashes(memory_environment, "reserve")
    assert any("not given back" in violation for _, run in runs for violation in run.violations)


@pytest.mark.parametrize(("name", "syncs"), [("work", 1), ("work on a refund", 0)])
def test_only_a_new_status_is_synced(name: str, syncs: int) -> None:
    """A sale is a new status of its order; the end of a refund changes no places and ends no take."""
    calls = run_scenario(memory_environment, name, None).calls
    written = calls.count("orders.write") + calls.count("orders.write_all")
    assert (written, calls.count("inventory.sync")) == (1, syncs)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_injected_at_its_call(kind: FaultKind) -> None:
    """A crashed process makes no further call; another one continues and handles the failure."""
    faultless = run_scenario(memory_environment, "work", None)
    charge = faultless.calls.index("payment_gateway.charge") + 1
    faulty = run_scenario(memory_environment, "work", Injection(charge, kind))
    assert faulty.calls[:charge] == faultless.calls[:charge]
    assert faulty.calls[charge:] == (() if kind in fault_injection.CRASHES else ("orders.note", "payment_queue.retry"))


@pytest.mark.parametrize(("kind", "name"), [(BoxOffice, "box_office"), (Organiser, "organiser")])
def test_every_use_case_has_a_scenario(kind: type, name: str) -> None:
    """A new use case that changes anything needs a scenario."""
    methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert {*re.findall(rf"{name}\.(\w+)\(", inspect.getsource(use_cases))} == methods - READING[kind]


def test_every_port_can_fail_or_only_computes() -> None:
    """A new port is listed as one or the other."""
    computing = {"mail_composer", "seal", "qr_images", "clock", "ids", "observer"}
    ports = {*inspect.get_annotations(Ports), *inspect.get_annotations(Ledger)} - {"ledger"}
    assert {*fault_injection.OUTSIDE, *computing} == ports
