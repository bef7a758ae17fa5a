"""On Postgres ids are given out in another order than they become visible: a gate's list has every admission all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.servers.postgres import connect
from ticketcore.domain import ids
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.gate_lists import GateList, GatePlace
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.validation import Admitted, Scan
from ticketcore.domain.webhook_news import Position
from ticketcore.ports import Ledger
from ticketcore_sql import Database, journal_end, sql_ledger
from ticketcore_testing.ledgers import add_show, order_in
from ticketcore_testing.samples import NOW, new_show

_ADMIT = (
    "UPDATE tickets SET status = 'used', validation_date = %s, gate = 'north', scan_id = 's', key_id = '' WHERE id = %s"
)
_NOTE = "INSERT INTO journal (order_id, at, step, facts) VALUES (%s, %s, 'admitted', '{}')"


def newest_id(database: Database) -> Position:
    """Take all that is before the newest entry for visible."""
    end = database.run(journal_end.END, {})
    assert end is not None
    return Position(end.journal, end.acts)


def read_on(ledger: Ledger, show_id: str, after: GatePlace | None) -> tuple[dict[str, TicketStatus], GatePlace]:
    """Read a list to its end, and return the statuses that it has, and where it goes on."""
    statuses: dict[str, TicketStatus] = {}
    while True:
        piece: GateList = ledger.tickets.gate_list(ids.event_id(show_id), after, 100)
        statuses |= {ticket.digest: ticket.status for ticket in piece.tickets}
        after = piece.after
        if not piece.tickets:
            return statuses, after


def read_or_wait(ledger: Ledger, show_id: str, after: GatePlace) -> tuple[dict[str, TicketStatus], GatePlace]:
    """Read on, or stay where the list is: a gate is told that the ledger is out of reach, and asks again."""
    try:
        return read_on(ledger, show_id, after)
    except Unavailable:
        return {}, after


@pytest.mark.parametrize(("settled", "is_whole"), [(journal_end.settled, True), (newest_id, False)])
def test_what_becomes_visible_late_is_listed(
    database: Database,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    settled: Callable[[Database], Position | None],
    is_whole: bool,
) -> None:
    """A reader that trusts the newest id passes over an admission that was written before it and committed after it."""
    monkeypatch.setattr(journal_end, "settled", settled)
    ledger = sql_ledger(database)
    show = add_show(ledger, new_show())
    [slow], [quick] = (ledger.tickets.of_order(order_in(ledger, show, OrderStatus.PAID).id) for _ in range(2))
    before, place = read_on(ledger, show.id, None)
    assert {*before.values()} == {TicketStatus.VALID}
    with connect(postgres_url) as elsewhere:
        elsewhere.autocommit = False
        elsewhere.execute(_ADMIT, (NOW, slow.id))
        elsewhere.execute(_NOTE, (slow.order_id, NOW + timedelta(days=1)))
        assert isinstance(ledger.tickets.admit(quick.id, Scan("south", "another"), NOW), Admitted)
        meanwhile, place = read_or_wait(ledger, show.id, place)
        elsewhere.commit()
    later, _ = read_on(ledger, show.id, place)
    used = {digest for digest, status in {**meanwhile, **later}.items() if status is TicketStatus.USED}
    assert used == ({ids.digest(slow.id), ids.digest(quick.id)} if is_whole else {ids.digest(quick.id)})
