"""The answers to concurrent clients over real Redis and Postgres are those of some sequential order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.linearizability import admits, places
from tests.linearizability.admits import Heard, OneTicket, doors
from tests.linearizability.broken import AdmitsLate, AnswersLate, ForgetsWhoGoes, NeverRefuses, PromisesEarly
from tests.linearizability.checker import Verdict, check, parts
from tests.linearizability.places import Hold, Look, Reserve, Step, of_ledger
from tests.linearizability.recording import Kinds, clients, overlapping
from tests.linearizability.sale import CAPACITY, rush
from ticketcore_redis import RedisInventory
from ticketcore_sql import SqlOrders

_HISTORIES = 60
_PARTS = 6
#: A fault must show within so many histories.
_BUDGET = _HISTORIES // _PARTS
_OPERATIONS = 200
_ADMIT_HISTORIES = 10
_ADMIT_PARTS = 2


def verdict_on(recorded: Sequence[Step]) -> Verdict[places.Request, places.Answer]:
    return check(*places.places(CAPACITY, recorded))


def verdicts_on(recorded: Sequence[admits.Step]) -> list[Verdict[admits.Scanned, Heard]]:
    return [check(OneTicket(), part) for part in parts(recorded, lambda request: request.ticket)]


def kind_of(step: Step) -> str:
    """Return the kind of an answer, without its figures."""
    match step.request.verb, step.answer:
        case Look(at), _:
            return f"look at the {at}"
        case Reserve(), Hold():
            return "reserved"
        case Reserve(), _:
            return "sold out"
        case _, answer:
            return str(answer)


@pytest.mark.parametrize("part", range(_PARTS))
def test_places_are_reserved_and_given_back_one_after_the_other(part: int, postgres_url: str, redis_url: str) -> None:
    """All answers to reservations, cancellations, sweeps and looks fit one order, and a look without concurrency is exact."""
    seen: set[str] = set()
    with clients(postgres_url, redis_url) as office_clients:
        for seed in range(part, _HISTORIES, _PARTS):
            recorded = rush(office_clients, seed)
            verdict = verdict_on(recorded)
            assert verdict.is_linearizable, f"seed {seed}: {verdict}"
            assert len(recorded) >= _OPERATIONS
            assert overlapping(recorded) > 0, "no operations overlapped"
            seen |= {kind_of(step) for step in recorded}
    looks = {"look at the ledger", "look at the counter", "look at the event"}
    assert seen == {"reserved", "sold out", "cancelled", "expired", *looks}


@pytest.mark.parametrize("part", range(_ADMIT_PARTS))
def test_tickets_are_let_in_one_after_the_other(part: int, postgres_url: str, redis_url: str) -> None:
    """One scan is admitted, also when it is repeated, and every other is refused with its gate and time."""
    with clients(postgres_url, redis_url) as gates:
        for seed in range(part, _ADMIT_HISTORIES, _ADMIT_PARTS):
            recorded = doors(gates, seed)
            for verdict in verdicts_on(recorded):
                assert verdict.is_linearizable, f"seed {seed}: {verdict}"
            assert len(recorded) == _OPERATIONS
            assert overlapping(recorded) > 0, "no operations overlapped"
            assert {step.answer.admitted for step in recorded if step.answer} == {True, False}


@pytest.mark.parametrize("inventory", [AnswersLate, ForgetsWhoGoes])
def test_a_counter_that_shows_the_past_is_caught(
    inventory: type[RedisInventory], postgres_url: str, redis_url: str
) -> None:
    """It shows an earlier result, or the free places before an order ended."""
    with clients(postgres_url, redis_url, Kinds(inventory)) as office_clients:
        assert any(not verdict_on(rush(office_clients, seed)).is_linearizable for seed in range(_BUDGET))


def test_a_place_that_is_promised_twice_is_caught(postgres_url: str, redis_url: str) -> None:
    """With a counter that never refuses the ledger alone decides: atomically, or by an earlier read."""

    def is_linearizable(orders: type[SqlOrders]) -> bool:
        with clients(postgres_url, redis_url, Kinds(NeverRefuses, orders)) as office_clients:
            histories = (of_ledger(rush(office_clients, seed)) for seed in range(_BUDGET))
            return all(verdict_on(recorded).is_linearizable for recorded in histories)

    assert is_linearizable(SqlOrders)
    assert not is_linearizable(PromisesEarly)


def test_a_ticket_that_is_let_in_twice_is_caught(postgres_url: str, redis_url: str) -> None:
    """It is let in by gates that read first and write later."""
    with clients(postgres_url, redis_url, Kinds(tickets=AdmitsLate)) as gates:
        histories = (doors(gates, seed) for seed in range(_BUDGET))
        assert any(not verdict.is_linearizable for recorded in histories for verdict in verdicts_on(recorded))
