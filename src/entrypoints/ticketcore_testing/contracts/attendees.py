"""Contract suite of lists of attendees."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from ticketcore.domain.attendees import Attendee, Cursor
from ticketcore.domain.decisions import Decision
from ticketcore.domain.events import Event
from ticketcore.domain.ids import EventId, digest
from ticketcore.domain.order_listing import place_of
from ticketcore.domain.orders import Change, Order, OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.domain.tickets import TicketStatus
from ticketcore.domain.validation import Admitted, Scan
from ticketcore.ports import Ledger
from ticketcore_testing import changes
from ticketcore_testing.ledgers import (
    LedgerContract,
    add_show,
    capture,
    deliver,
    order_in,
    order_of,
    record_of,
    refund,
    start_payment,
)
from ticketcore_testing.samples import (
    MILLISECOND,
    NOW,
    STRANGE_IDS,
    label,
    new_code,
    new_reservation,
    new_show,
    new_tickets,
)

LATER = NOW + MILLISECOND


def sold(ledger: Ledger, show: Event, quantity: int = 1, reserved_at: datetime = NOW) -> Order:
    """Return a paid order that was reserved at a time."""
    change = ledger.orders.reserve(new_reservation(show, quantity), reserved_at)
    assert isinstance(change, Change)
    start_payment(ledger, change.order)
    capture(ledger, change.order)
    return order_of(ledger, change.order.id)


def void_first(ledger: Ledger, order: Order) -> Order:
    """Make the first ticket of a paid order void, which stays paid."""
    record = record_of(ledger, order.id)
    after = attrs.evolve(record.order, places=record.order.places - 1)
    assert isinstance(ledger.orders.write(record, Decision(after, record.attempt, voids=(1,))), Change)
    return order_of(ledger, order.id)


def attendees_of(ledger: Ledger, *orders: Order) -> list[Attendee]:
    """Return the attendees of paid orders, made of what the ledger returns for each."""
    by_place = sorted(orders, key=place_of)
    return [Attendee.of_ticket(order, ticket) for order in by_place for ticket in ledger.tickets.of_order(order.id)]


def listed(ledger: Ledger, show: Event, limit: int = 100) -> list[Attendee]:
    """Read a list of a few attendees to its end."""
    found: list[Attendee] = []
    after: Cursor | None = None
    for _ in range(30):
        page = ledger.tickets.list(show.id, after, limit)
        assert len(page.items) <= limit
        found += page.items
        after = page.after
        if after is None:
            return found
        assert len(page.items) == limit
    raise AssertionError("the list does not end")


class AttendeesContract(LedgerContract):
    """Hold ``Tickets.list`` to its contract; override ``open_ledger``."""

    @pytest.fixture
    def show(self, ledger: Ledger) -> Event:
        """Return an event that the ledger has."""
        return add_show(ledger, new_show())

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    def test_attendees_are_listed_by_order_and_number(self, ledger: Ledger, show: Event, limit: int) -> None:
        """Pages of any size neither skip nor repeat, even when one ends within an order or between two of one millisecond."""
        orders = [
            sold(ledger, show, quantity, NOW + at * MILLISECOND) for quantity, at in [(3, 1), (1, 0), (2, 0), (1, 1)]
        ]
        assert listed(ledger, show, limit) == attendees_of(ledger, *orders)

    def test_an_attendee_is_a_ticket_of_a_paid_order(self, ledger: Ledger, show: Event) -> None:
        """It has the order's code, address, digest and time of payment, and neither id."""
        change = ledger.orders.reserve(new_reservation(show, 10), NOW)
        assert isinstance(change, Change)
        order, code = change.order, new_code()
        start_payment(ledger, order)
        changes.capture(ledger.orders, order.id, new_tickets(order)[::-1], code, LATER)
        assert listed(ledger, show) == [
            Attendee(each, 10, code, order.customer_email, TicketStatus.VALID, None, None, LATER, digest(order.id))
            for each in range(1, 11)
        ]

    def test_only_tickets_of_paid_orders_are_listed(self, ledger: Ledger, show: Event) -> None:
        """Neither those of a refunded order nor those of another event."""
        orders = {status: order_in(ledger, show, status) for status in OrderStatus}
        sold(ledger, add_show(ledger, new_show()))
        assert listed(ledger, show) == attendees_of(ledger, orders[OrderStatus.PAID])

    def test_a_void_ticket_of_an_order_that_stays_paid_is_listed(self, ledger: Ledger, show: Event) -> None:
        """As void, beside the others."""
        order = void_first(ledger, sold(ledger, show, 2))
        assert [each.status for each in listed(ledger, show)] == [TicketStatus.VOID, TicketStatus.VALID]
        assert listed(ledger, show) == attendees_of(ledger, order)

    def test_an_admission_is_listed(self, ledger: Ledger, show: Event) -> None:
        """With its time and its gate."""
        order = sold(ledger, show, 2)
        ticket = ledger.tickets.of_order(order.id)[1]
        assert isinstance(ledger.tickets.admit(ticket.id, Scan("North", "scan-1"), LATER), Admitted)
        found = [(each.status, each.validation_date, each.gate) for each in listed(ledger, show)]
        assert found == [(TicketStatus.VALID, None, None), (TicketStatus.USED, LATER, "North")]

    def test_a_forgotten_address_is_listed_as_it_is_stored(self, ledger: Ledger, show: Event) -> None:
        """The ticket stays in the list."""
        order = sold(ledger, show)
        deliver(ledger, NOW)
        changes.forget(ledger.orders, order.id, show.date, show.date)
        assert [each.customer_email for each in listed(ledger, show)] == [FORGOTTEN]

    def test_a_list_of_attendees_is_stable_while_orders_arrive(self, ledger: Ledger, show: Event) -> None:
        """The next page goes on where the one before ended, whatever was sold or refunded since."""
        orders = [sold(ledger, show, 2, NOW + at * MILLISECOND) for at in (1, 3, 5)]
        page = ledger.tickets.list(show.id, None, 3)
        refund(ledger, orders[1])
        late = [sold(ledger, show, 1, NOW + at * MILLISECOND) for at in (0, 4)]
        rest = ledger.tickets.list(show.id, page.after, 10)
        assert [each.order for each in page.items] == [digest(orders[each].id) for each in (0, 0, 1)]
        assert list(rest.items) == attendees_of(ledger, late[1], order_of(ledger, orders[2].id))

    @pytest.mark.parametrize(("tickets", "last"), [(0, True), (2, True), (3, True), (4, False)])
    def test_only_a_page_of_attendees_with_a_successor_has_a_cursor(
        self, ledger: Ledger, show: Event, tickets: int, last: bool
    ) -> None:
        """A full page at the end of the list has none."""
        if tickets:
            sold(ledger, show, tickets)
        page = ledger.tickets.list(show.id, None, 3)
        assert len(page.items) == min(tickets, 3)
        assert (page.after is None) is last

    def test_a_page_of_attendees_begins_after_a_cursor_of_no_ticket(self, ledger: Ledger, show: Event) -> None:
        """Any time, digest and number will do."""
        order = sold(ledger, show, 2)
        for after in ((NOW, digest(order.id), 9), (NOW, "f" * 16, 1), (NOW + MILLISECOND, "", 1)):
            assert ledger.tickets.list(show.id, after, 10).items == ()
        assert len(ledger.tickets.list(show.id, (NOW - MILLISECOND, "f" * 16, 9), 10).items) == 2

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_a_strange_event_has_no_attendees(self, ledger: Ledger, show: Event, strange: str) -> None:
        """Any text is accepted as its id."""
        sold(ledger, show)
        assert ledger.tickets.list(EventId(strange), None, 10).items == ()
