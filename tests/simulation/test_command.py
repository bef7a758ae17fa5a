"""The command ``ticketcore simulate``."""

from __future__ import annotations

import json
from functools import partial

import pytest
from click.testing import CliRunner, Result

from tests.simulation.broken import BROKEN
from ticketcore_cli import simulation
from ticketcore_cli.main import main
from ticketcore_simulator import FaultKind, shrink, simulate


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


@pytest.mark.parametrize("arguments", [("--seeds", "3"), ("--seeds", "3", "--json"), ("--faults", "none")])
def test_the_same_seeds_print_the_same(arguments: tuple[str, ...]) -> None:
    """The speed, which depends on the machine, goes to standard error."""
    first, second = typed(*arguments), typed(*arguments)
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    assert "orders a second" in first.stderr
    assert "orders a second" not in first.stdout


def test_it_counts_the_injected_faults() -> None:
    """Only the requested kinds happen."""
    report = json.loads(typed("--seeds", "20", "--orders", "7", "--faults", "crash,delay", "--json").stdout)
    assert report.keys() == {"seeds", "orders", "virtual_seconds", "faults", "violations"}
    assert (report["seeds"], report["orders"], report["violations"]) == (20, 140, [])
    assert report["faults"].keys() == {FaultKind.CRASH, FaultKind.DELAY}
    assert report["virtual_seconds"] > 20 * 60


@pytest.fixture
def broken_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the command simulate a gateway that keeps refunds, as the real rules break no law."""
    broken = BROKEN["a gateway that keeps refunds"]
    monkeypatch.setattr(simulation, "simulate", partial(simulate, make_components=broken))
    monkeypatch.setattr(simulation, "shrink", partial(shrink, make_components=broken))


@pytest.mark.usefixtures("broken_law")
def test_a_broken_law_is_shown_with_its_history() -> None:
    """With its seed, its faults, its calls, the order's journal, and exit status 1."""
    result = typed("--seed", "0", "--seeds", "300")
    assert result.exit_code == 1
    assert result.stdout.startswith("seed ")
    assert "orders.write(" in result.stdout
    assert "The buyer confirmed the payment" in result.stdout
    assert "of its money is kept for tickets of" in result.stdout


@pytest.mark.usefixtures("broken_law")
def test_a_broken_law_is_shown_as_json() -> None:
    """Its seed reproduces it."""
    report = json.loads(typed("--seeds", "300", "--json").stdout)
    assert report.keys() == {"seed", "orders", "faults", "violations", "trace"}
    again = json.loads(typed("--seed", str(report["seed"]), "--json").stdout)
    assert again == report


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--faults", "rain"), "'rain' is none of refuse, lose"),
        (("--faults", "all,none"), "all or none stands alone"),
        (("--orders", "0"), "--orders"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_wrong_usage_is_an_error(arguments: tuple[str, ...], message: str) -> None:
    """With exit status 2, and nothing is simulated."""
    result = typed(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
