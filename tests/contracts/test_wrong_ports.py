"""The kit rejects every wrong adapter by the test of its fault, and accepts the right ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis.stateful import RuleBasedStateMachine

from tests.contracts.agreeing import CONTROL, Machine, agree
from tests.contracts.controls import ONE_KEY, PORTS, drawing, fresh_seal, post
from tests.wrong import ports as wrong
from ticketcore_memory import (
    HmacSeal,
    MemoryFiles,
    MemoryInventory,
    MemoryLimits,
    MemoryMailer,
    MemoryPaymentQueue,
    TextImages,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.agreement import assert_agreement
from ticketcore_testing.agreement.files import FilesAgree
from ticketcore_testing.agreement.inventory import InventoriesAgree
from ticketcore_testing.agreement.limits import LimitsAgree
from ticketcore_testing.agreement.mailer import MailersAgree
from ticketcore_testing.agreement.payment_gateway import PaymentGatewaysAgree
from ticketcore_testing.agreement.payment_queue import PaymentQueuesAgree
from ticketcore_testing.agreement.qr_images import QrImagesAgree
from ticketcore_testing.agreement.seal import SealsAgree
from ticketcore_testing.contracts.inventory.protocol import Counter

ROOT = Path(__file__).parents[2]

# Suites

#: The tests of each suite, by their outcome.
Outcomes = Mapping[str, Mapping[str, set[str]]]

SETTINGS = """
[pytest]
addopts = --import-mode=importlib --hypothesis-profile=ci
filterwarnings = error
"""


def outcomes(directory: Path) -> Outcomes:
    """Run the suites as a third party does, without our own configuration."""
    (directory / "pytest.ini").write_text(SETTINGS)
    suites, report = ROOT / "tests" / "contracts" / "wrong_suites.py", directory / "report.xml"
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", str(suites), f"--junit-xml={report}", "-q"]
    plugins = ["--tb=line", "--noconftest", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*command, *plugins], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")
        suite, test = case.attrib["classname"].rpartition(".")[2], case.attrib["name"].partition("[")[0]
        found[suite][outcome].add(test)
    return found


def test_the_suites_tell_right_from_wrong(tmp_path: Path) -> None:
    """A wrong adapter fails the test of its fault, a right one passes all tests, and there is no error."""
    found = outcomes(tmp_path)
    expected = {
        (f"Test_{port}_{name}", fault) for port, parts in PORTS.items() for name, (fault, _) in parts.wrong.items()
    }
    right = {f"Test_{port}_Right" for port in PORTS}
    assert set(found) == right | {suite for suite, _ in expected}
    assert {suite: set(found[suite]) for suite in right} == {suite: {"passed"} for suite in right}
    assert {(suite, fault) for suite, fault in expected if f"test_{fault}" not in found[suite]["failure"]} == set()
    assert [suite for suite, tests in found.items() if tests["error"]] == []


# Machines


def beside(
    machine: Callable[..., RuleBasedStateMachine], right: Callable[[], Any], other: Callable[[], Any]
) -> Machine:
    """Return the machine of a right adapter and another, new ones for each history."""
    return partial(machine, lambda: {"right": right(), "other": other()})


def beside_for_good(
    machine: Callable[..., RuleBasedStateMachine], right: Callable[[], Any], other: Callable[[], Any]
) -> Machine:
    """Return the machine of a right adapter and another, the same ones for each history."""
    parts = {"right": right(), "other": other()}
    return partial(machine, lambda: parts)


def protocol(_: Callable[[], Any], inventory: Callable[[], Any]) -> Machine:
    """Return the machine of the counter protocol."""
    return lambda: Counter(inventory())


SEAL = fresh_seal(HmacSeal)
INVENTORIES = partial(beside, InventoriesAgree)
QUEUES = partial(beside, PaymentQueuesAgree)
GATEWAYS = partial(beside_for_good, PaymentGatewaysAgree)
FILES = partial(beside, FilesAgree)
LIMITS = partial(beside, LimitsAgree)
MAILERS = partial(beside, MailersAgree)
SEALS = partial(beside, SealsAgree)
IMAGES = partial(beside, QrImagesAgree)

Over = Callable[[Callable[[], Any], Callable[[], Any]], Machine]

#: Each machine with the right adapter.
RIGHT: Mapping[str, tuple[Over, Callable[[], Any]]] = {
    "protocol": (protocol, MemoryInventory),
    "inventories": (INVENTORIES, MemoryInventory),
    "queues": (QUEUES, MemoryPaymentQueue),
    "gateways": (GATEWAYS, SimulatedPaymentGateway),
    "files": (FILES, MemoryFiles),
    "limits": (LIMITS, MemoryLimits),
    "mailers": (MAILERS, lambda: post(MemoryMailer())),
    "seals": (SEALS, SEAL),
    "images": (IMAGES, lambda: drawing(TextImages())),
}
#: The wrong adapters that each machine must find.
WRONG: Mapping[str, Mapping[str, Callable[[], Any]]] = {
    "protocol": {
        "gives nothing back": wrong.EndGivesNothingBack,
        "ignores versions": wrong.VersionsAreIgnored,
        "follow forgets flights": wrong.FollowForgetsFlights,
        "lapse keeps the places": wrong.LapseKeepsThePlaces,
        "reset forgets flights": wrong.ResetForgetsFlights,
        "shown below 0": wrong.ShownBelow0,
        "subtracts first": wrong.SubtractsFirst,
        "opens early": wrong.OpensEarly,
        "never ends": wrong.NeverEnds,
        "keeps old terms": wrong.KeepsOldTerms,
    },
    "inventories": {
        "gives nothing back": wrong.EndGivesNothingBack,
        "ignores versions": wrong.VersionsAreIgnored,
        "follow forgets flights": wrong.FollowForgetsFlights,
        "lapse keeps the places": wrong.LapseKeepsThePlaces,
        "lapses early": wrong.LapsesEarly,
        "reset forgets flights": wrong.ResetForgetsFlights,
        "forgets the flight": wrong.ForgetsTheFlight,
        "lapse forgets the reservation": wrong.LapseForgetsTheReservation,
        "takes the unknown": wrong.TakesTheUnknown,
        "due for ever": wrong.DueForEver,
        "shown below 0": wrong.ShownBelow0,
        "subtracts first": wrong.SubtractsFirst,
        "opens early": wrong.OpensEarly,
        "never ends": wrong.NeverEnds,
        "vets no request": wrong.VetsNoRequest,
        "keeps old terms": wrong.KeepsOldTerms,
        "never due": wrong.NeverDue,
        "reset keeps what was due": wrong.ResetKeepsWhatWasDue,
    },
    "queues": {
        "acknowledges first": wrong.AcknowledgesFirst,
        "retry loses": wrong.RetryLoses,
        "no dead letters": wrong.NoDeadLetters,
        "any receipt deletes": wrong.AnyReceiptDeletes,
        "extends nothing": wrong.ExtendsNothing,
        "redrive keeps counts": wrong.RedriveKeepsCounts,
        "returns early": wrong.ReturnsEarly,
    },
    "gateways": {
        "charges again": wrong.ChargesAgain,
        "answers for the order": wrong.AnswersForTheOrder,
        "forgets what it refunds": wrong.ForgetsWhatItRefunds,
        "cancels nothing": wrong.CancelsNothing,
        "cancels what it charged": wrong.CancelsWhatItCharged,
        "never waits": wrong.NeverWaits,
    },
    "files": {
        "appends": wrong.Appends,
        "never replaces": wrong.NeverReplaces,
        "addresses nothing": wrong.AddressesNothing,
        "accepts climbing names": wrong.AcceptsClimbingNames,
    },
    "limits": {
        "counts refusals": wrong.CountsRefusals,
        "counts one too many": wrong.CountsOneTooMany,
        "counts by the clock": wrong.CountsByTheClock,
        "counts everybody": wrong.CountsAllCustomers,
        "counts every act": wrong.CountsEveryAct,
        "keeps the first limit": wrong.KeepsTheFirstLimit,
    },
    "mailers": {
        "a new id per try": lambda: post(wrong.NewIdPerTry()),
        "leaves images out": lambda: post(wrong.LeavesImagesOut()),
    },
    "seals": {
        "verifies nothing": fresh_seal(wrong.VerifiesNothing),
        "cuts its signature": fresh_seal(wrong.CutsItsSignature),
        "seals at random": fresh_seal(wrong.SealsAtRandom),
    },
    "images": {
        "stamps images": lambda: drawing(wrong.StampsImages()),
        "draws anything": lambda: drawing(wrong.DrawsAnything()),
    },
}


@pytest.mark.parametrize(
    ("machine", "part"),
    [pytest.param(name, part, id=f"{name}: {what}") for name, parts in WRONG.items() for what, part in parts.items()],
)
def test_the_machines_find_a_wrong_adapter(machine: str, part: Callable[[], Any]) -> None:
    """It differs from a right one, or disagrees with its ledger."""
    over, right = RIGHT[machine]
    with pytest.raises(AssertionError):
        assert_agreement(over(right, part), CONTROL)


@pytest.mark.parametrize("machine", RIGHT)
def test_the_machines_accept_right_adapters(machine: str) -> None:
    """Two adapters of one class agree."""
    over, right = RIGHT[machine]
    agree(over(right, right), examples=10)


def test_seals_of_one_key_are_found() -> None:
    """They open each other's texts."""
    with pytest.raises(AssertionError):
        assert_agreement(SEALS(lambda: ONE_KEY, lambda: ONE_KEY), CONTROL)


def test_a_gateway_that_forgets_over_a_restart_is_found() -> None:
    """It has no charges when it is opened again."""
    right = SimulatedPaymentGateway()

    def gateways() -> Mapping[str, SimulatedPaymentGateway]:
        return {"right": right, "other": SimulatedPaymentGateway()}

    with pytest.raises(AssertionError):
        assert_agreement(partial(PaymentGatewaysAgree, gateways), CONTROL)
