"""``ticketcore simulate`` as it is typed."""

from __future__ import annotations

import json
from functools import partial

import pytest
from click.testing import CliRunner, Result

from tests.simulation.broken import BROKEN
from ticketcore_cli import simulation
from ticketcore_cli.main import main
from ticketcore_simulator import Fault, shrink, simulate


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


@pytest.mark.parametrize("arguments", [("--seeds", "3"), ("--seeds", "3", "--json"), ("--faults", "none")])
def test_the_same_seeds_print_the_same(arguments: tuple[str, ...]) -> None:
    """The speed, which is the machine's, goes to standard error."""
    first, second = typed(*arguments), typed(*arguments)
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    assert "orders a second" in first.stderr
    assert "orders a second" not in first.stdout


def test_it_says_what_went_wrong_and_how_often() -> None:
    """Only the kinds that were asked for happen."""
    told = json.loads(typed("--seeds", "20", "--orders", "7", "--faults", "crash,delay", "--json").stdout)
    assert told.keys() == {"seeds", "orders", "virtual_seconds", "faults", "violations"}
    assert (told["seeds"], told["orders"], told["violations"]) == (20, 140, [])
    assert told["faults"].keys() == {Fault.CRASH, Fault.DELAY}
    assert told["virtual_seconds"] > 20 * 60


@pytest.fixture
def broken_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command simulate a queue that acknowledges first: with the rules as they are, it finds nothing."""
    broken = BROKEN["a queue that acknowledges first"]
    monkeypatch.setattr(simulation, "simulate", partial(simulate, parts_of=broken))
    monkeypatch.setattr(simulation, "shrink", partial(shrink, parts_of=broken))


@pytest.mark.usefixtures("broken_law")
def test_a_broken_law_is_told_by_its_story() -> None:
    """With its seed, its faults, its calls, what the journal says, and exit status 1."""
    result = typed("--seed", "0", "--seeds", "300")
    assert result.exit_code == 1
    assert result.stdout.startswith("seed ")
    assert "payment_queue" in result.stdout
    assert "The buyer confirmed the payment" in result.stdout
    assert "is still processing" in result.stdout.splitlines()[-2]


@pytest.mark.usefixtures("broken_law")
def test_a_broken_law_is_told_to_programs() -> None:
    """The seed repeats it."""
    told = json.loads(typed("--seeds", "300", "--json").stdout)
    assert told.keys() == {"seed", "orders", "faults", "violations", "trace"}
    again = json.loads(typed("--seed", str(told["seed"]), "--json").stdout)
    assert again == told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--faults", "rain"), "'rain' is none of refuse, lose"),
        (("--faults", "all,none"), "all or none stands alone"),
        (("--orders", "0"), "--orders"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], said: str) -> None:
    """With exit status 2, and nothing is simulated."""
    result = typed(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
