"""What many clients are told at once could have been told to one after the other, over real Redis and Postgres."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.linearizability import admits, places
from tests.linearizability.admits import Heard, OneTicket, doors
from tests.linearizability.broken import AdmitsLate, AnswersLate, ForgetsWhoGoes, PromisesEarly, TurnsNobodyAway
from tests.linearizability.checker import Verdict, check, parts
from tests.linearizability.places import Hold, Look, Reserve, Step, of_ledger
from tests.linearizability.recording import Kinds, clients, overlapping
from tests.linearizability.sale import CAPACITY, rush
from ticketcore_redis import RedisInventory
from ticketcore_sql import SqlOrders

_HISTORIES = 200
_PARTS = 20
#: A fault must show within so many.
_BUDGET = _HISTORIES // _PARTS
_OPERATIONS = 200
_ADMIT_HISTORIES = 20
_ADMIT_PARTS = 4


def verdict_on(recorded: Sequence[Step]) -> Verdict[places.Request, places.Answer]:
    return check(*places.places(CAPACITY, recorded))


def verdicts_on(recorded: Sequence[admits.Step]) -> list[Verdict[admits.Scanned, Heard]]:
    return [check(OneTicket(), part) for part in parts(recorded, lambda request: request.ticket)]


def told(step: Step) -> str:
    """Answer what somebody was told, without its figures."""
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
    """Whoever reserves, cancels, sweeps or looks: all answers fit one order, and a look when all is quiet is exact."""
    seen: set[str] = set()
    with clients(postgres_url, redis_url) as everybody:
        for seed in range(part, _HISTORIES, _PARTS):
            recorded = rush(everybody, seed)
            verdict = verdict_on(recorded)
            assert verdict.is_linearizable, f"seed {seed}: {verdict}"
            assert len(recorded) >= _OPERATIONS
            assert overlapping(recorded) > 0, "nobody met anybody"
            seen |= {told(step) for step in recorded}
    looks = {"look at the ledger", "look at the counter", "look at the event"}
    assert seen == {"reserved", "sold out", "cancelled", "expired", *looks}


@pytest.mark.parametrize("part", range(_ADMIT_PARTS))
def test_tickets_are_let_in_one_after_the_other(part: int, postgres_url: str, redis_url: str) -> None:
    """One scan lets a ticket in, the same scan hears so again, and every other hears of it."""
    with clients(postgres_url, redis_url) as gates:
        for seed in range(part, _ADMIT_HISTORIES, _ADMIT_PARTS):
            recorded = doors(gates, seed)
            for verdict in verdicts_on(recorded):
                assert verdict.is_linearizable, f"seed {seed}: {verdict}"
            assert len(recorded) == _OPERATIONS
            assert overlapping(recorded) > 0, "nobody met anybody"
            assert {step.answer.admitted for step in recorded if step.answer} == {True, False}


@pytest.mark.parametrize("inventory", [AnswersLate, ForgetsWhoGoes])
def test_a_counter_that_shows_the_past_is_caught(
    inventory: type[RedisInventory], postgres_url: str, redis_url: str
) -> None:
    """Be it what was answered before, or what was free before an order ended."""
    with clients(postgres_url, redis_url, Kinds(inventory)) as everybody:
        assert any(not verdict_on(rush(everybody, seed)).is_linearizable for seed in range(_BUDGET))


def test_a_place_that_is_promised_twice_is_caught(postgres_url: str, redis_url: str) -> None:
    """With a counter that turns nobody away, the ledger alone decides: as it should, and by an earlier look."""

    def is_linearizable(orders: type[SqlOrders]) -> bool:
        with clients(postgres_url, redis_url, Kinds(TurnsNobodyAway, orders)) as everybody:
            histories = (of_ledger(rush(everybody, seed)) for seed in range(_BUDGET))
            return all(verdict_on(recorded).is_linearizable for recorded in histories)

    assert is_linearizable(SqlOrders)
    assert not is_linearizable(PromisesEarly)


def test_a_ticket_that_is_let_in_twice_is_caught(postgres_url: str, redis_url: str) -> None:
    """By gates that look first and write later."""
    with clients(postgres_url, redis_url, Kinds(tickets=AdmitsLate)) as gates:
        histories = (doors(gates, seed) for seed in range(_BUDGET))
        assert any(not verdict.is_linearizable for recorded in histories for verdict in verdicts_on(recorded))
