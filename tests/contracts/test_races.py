"""The kit's races run without deadlocks, and each catches an adapter that checks first and writes later."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.contracts.ledgers import sql_ledgers
from tests.servers.postgres import connect
from tests.wrong.late_ledgers import (
    AdmitsLate,
    ChangesLate,
    ExpiresBlindly,
    ReservesLate,
    WritesLate,
    with_events,
    with_orders,
    with_tickets,
)
from ticketcore.ports import Ledger
from ticketcore_testing.contracts.races import LedgerRacesContract
from ticketcore_testing.contracts.races.base import Ledgers

Race = Callable[[LedgerRacesContract, Ledgers], None]

RACES: list[Race] = [
    LedgerRacesContract.test_the_last_ticket_is_sold_once,
    LedgerRacesContract.test_a_customer_gets_no_more_than_the_limit,
    LedgerRacesContract.test_a_customer_who_reserves_and_cancels_keeps_to_the_limit,
    LedgerRacesContract.test_mixed_orders_fill_the_house_and_no_more,
    LedgerRacesContract.test_a_changing_capacity_never_oversells,
    LedgerRacesContract.test_an_order_is_paid_by_one_attempt,
    LedgerRacesContract.test_an_order_has_one_set_of_tickets,
    LedgerRacesContract.test_one_revision_is_written_once,
    LedgerRacesContract.test_payment_and_expiry_meet_at_the_deadline,
    LedgerRacesContract.test_a_ticket_is_admitted_once,
    LedgerRacesContract.test_a_ticket_is_admitted_or_refunded,
    LedgerRacesContract.test_a_busy_evening_ends_in_order,
]


def deadlocks_at(url: str) -> int:
    """Return the number of deadlocks of a Postgres database, whose sessions must have ended because they count late."""
    with connect(url) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.01)
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_no_race_deadlocks(postgres_url: str, race: Race) -> None:
    """Locks are taken in one order, so Postgres finds no deadlock, which would cost a second each time."""
    before = deadlocks_at(postgres_url)
    with sql_ledgers(postgres_url) as open_one:
        race(LedgerRacesContract(), [open_one(), open_one()])
    assert deadlocks_at(postgres_url) == before


@pytest.mark.parametrize(
    ("race", "late"),
    [
        (LedgerRacesContract.test_the_last_ticket_is_sold_once, lambda: with_orders(ReservesLate)),
        (LedgerRacesContract.test_mixed_orders_fill_the_house_and_no_more, lambda: with_orders(ReservesLate)),
        (LedgerRacesContract.test_an_order_is_paid_by_one_attempt, lambda: with_orders(WritesLate)),
        (LedgerRacesContract.test_an_order_has_one_set_of_tickets, lambda: with_orders(WritesLate)),
        (LedgerRacesContract.test_one_revision_is_written_once, lambda: with_orders(WritesLate)),
        (LedgerRacesContract.test_payment_and_expiry_meet_at_the_deadline, lambda: with_orders(WritesLate)),
        (LedgerRacesContract.test_payment_and_expiry_meet_at_the_deadline, lambda: with_orders(ExpiresBlindly)),
        (LedgerRacesContract.test_a_changing_capacity_never_oversells, lambda: with_events(ChangesLate)),
        (LedgerRacesContract.test_a_ticket_is_admitted_once, lambda: with_tickets(AdmitsLate)),
        (LedgerRacesContract.test_a_ticket_is_admitted_or_refunded, lambda: with_tickets(AdmitsLate)),
    ],
)
def test_an_adapter_that_checks_first_and_writes_later_is_caught(race: Race, late: Callable[[], Ledger]) -> None:
    """A place is sold twice, a ticket admitted twice, or an order is two things at once.

    Even a broken adapter may be lucky, but not ten times.
    """

    def run_often() -> None:
        for _ in range(10):
            race(LedgerRacesContract(), [late()])

    with pytest.raises(AssertionError):
        run_often()
