"""The box office's other use cases: events, gates, images."""

from __future__ import annotations

import attrs
import pytest

from tests.use_cases.harness import BUYER, HOLD, MILLISECOND, office
from ticketcore import BoxOffice, EventChange, EventDraft, LiveEvent, Order, Ticket, TicketStatus, accepted
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, OrderId, TicketId, digest
from ticketcore.domain.refusals import (
    CapacityInUse,
    EventNotFound,
    InvalidRequest,
    OrderNotFound,
    OrderNotPaid,
    StaleVersion,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    TicketNotFound,
    TicketVoid,
    WrongEvent,
)
from ticketcore_memory import MemoryFiles


@attrs.define(eq=False)
class ElsewhereFiles(MemoryFiles):
    """Files that a browser fetches from their own address."""

    def url(self, name: str) -> str | None:
        return f"https://files.example/{name}" if name in self.contents else None


@attrs.define(eq=False)
class LostFiles(MemoryFiles):
    """Files that cannot be read any more."""

    def get(self, name: str) -> bytes | None:
        raise Unavailable("files", "gone")


def test_a_faulty_event_is_not_created() -> None:
    """A draft with faults is refused with all of them, and no event is created."""
    place = office()
    draft = EventDraft("", place.clock.now(), "", 0, "1")

    assert isinstance(place.organiser.create_event(draft), InvalidRequest)
    assert len(accepted(place.organiser.list_events()).items) == 1


def test_a_change_of_capacity_is_seen_at_once() -> None:
    """Live availability follows a new capacity."""
    place = office(10)
    place.reserve(4)

    changed = place.organiser.change_event(place.event_id, EventChange(capacity=6))

    assert isinstance(changed, LiveEvent)
    assert changed.available == place.available == 2
    place.check()


def test_a_capacity_is_not_in_use_by_what_is_due() -> None:
    """Places of expired reservations do not count against a new capacity, even before a sweep."""
    place = office(10)
    place.reserve(4)
    assert place.organiser.change_event(place.event_id, EventChange(capacity=3)) == CapacityInUse(4)

    place.clock.move(HOLD)
    changed = place.organiser.change_event(place.event_id, EventChange(capacity=3))

    assert isinstance(changed, LiveEvent)
    assert changed.available == 3
    place.check()


def test_a_change_of_another_admin_makes_ours_stale() -> None:
    """A change that was meant for an earlier revision is refused."""
    place = office()
    place.organiser.change_event(place.event_id, EventChange(name="First"), 1)

    assert place.organiser.change_event(place.event_id, EventChange(name="Second"), 1) == StaleVersion()


def test_what_does_not_exist_is_refused_everywhere() -> None:
    """Unknown ids get the refusal of their kind from every use case."""
    place = office()
    box_office, organiser = place.box_office, place.organiser

    assert box_office.event(EventId("none")) == EventNotFound()
    assert organiser.change_event(EventId("none"), EventChange()) == EventNotFound()
    for order in (
        box_office.order(OrderId("none")),
        organiser.find_order("none"),
        box_office.pay(OrderId("none"), "tok_approved"),
        box_office.cancel(OrderId("none")),
        organiser.refund(OrderId("none")),
    ):
        assert order == OrderNotFound()
    assert box_office.ticket(TicketId("none")) == TicketNotFound()


def test_an_order_is_found_by_its_digest() -> None:
    """The digest in logs leads to the order."""
    place = office()
    order = place.reserve()

    assert place.organiser.find_order(digest(order.id)) == order
    assert place.organiser.find_order(order.id) == order


def test_a_ticket_is_let_in_once() -> None:
    """The first gate admits; every other scan is refused with the time and gate."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)

    used = place.box_office.validate(ticket.qr_code, "A")

    assert isinstance(used, Ticket)
    assert used.admission is not None
    assert (used.status, used.admission.gate) == (TicketStatus.USED, "A")
    assert place.box_office.validate(ticket.qr_code, "B") == TicketAlreadyUsed(place.clock.now(), "A")


def test_a_scan_with_the_same_id_is_answered_as_the_first_time() -> None:
    """A gate that lost the response repeats the scan and gets the same one."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)

    first = place.box_office.validate(ticket.qr_code, "A", scan_id="s")

    assert place.box_office.validate(ticket.qr_code, "A", scan_id="s") == first
    assert isinstance(place.box_office.validate(ticket.qr_code, "A", scan_id="t"), TicketAlreadyUsed)


def test_the_same_scan_id_at_another_gate_is_another_scan() -> None:
    """Two gates that both number their scans from 1 admit one person."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
    place.box_office.validate(ticket.qr_code, "A", scan_id="1")

    assert isinstance(place.box_office.validate(ticket.qr_code, "B", scan_id="1"), TicketAlreadyUsed)


def test_a_ticket_of_another_event_is_refused_and_stays_valid() -> None:
    """A gate that names its event refuses tickets of another, which stay valid."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)

    assert place.box_office.validate(ticket.qr_code, "A", EventId("other")) == WrongEvent()
    assert isinstance(place.box_office.validate(ticket.qr_code, "A", place.event_id), Ticket)


def test_a_refunded_ticket_is_void() -> None:
    """A ticket whose money was returned is refused."""
    place = office()
    order = place.sold()
    [ticket] = place.box_office.ports.tickets.of_order(order.id)
    place.organiser.refund(order.id)

    assert place.box_office.validate(ticket.qr_code, "A") == TicketVoid()


@pytest.mark.parametrize("text", ["", "nonsense", "A" * 154, "\0", "é" * 154])
def test_what_we_did_not_seal_is_refused(text: str) -> None:
    """A text without our seal is refused as not authentic."""
    assert office().box_office.validate(text, "A") == TicketNotAuthentic()


def test_a_genuine_code_whose_ticket_is_gone_is_not_found() -> None:
    """A valid seal is not enough: the ticket has to exist in the ledger."""
    mine, other = office(), office()
    [ticket] = mine.box_office.ports.tickets.of_order(mine.sold().id)
    other = attrs.evolve(
        other,
        box_office=BoxOffice(attrs.evolve(other.box_office.ports, seal=mine.box_office.ports.seal)),
    )

    assert other.box_office.validate(ticket.qr_code, "A") == TicketNotFound()


def test_tickets_are_shown_once_paid() -> None:
    """An order that is not paid has no tickets to show."""
    place = office()

    assert place.box_office.tickets_of(place.reserve()) == OrderNotPaid("reserved")


def test_an_image_is_served_from_where_it_is() -> None:
    """The image is the stored one, or its own address, or drawn again when the files are lost."""
    images = {}
    for kind in (MemoryFiles, ElsewhereFiles, LostFiles):
        place = office(files=kind())
        [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
        images[kind] = place.box_office.image_of(ticket)

    assert images[MemoryFiles] == images[LostFiles]
    assert str(images[ElsewhereFiles]).startswith("https://files.example/qr/")


def test_an_image_that_is_not_stored_is_drawn() -> None:
    """Before its images are stored, and when they are lost, no address is given out."""
    place = office(files=ElsewhereFiles())
    order = place.reserve()
    place.box_office.pay(order.id, "tok_approved")
    place.box_office.work()

    [ticket] = place.box_office.ports.tickets.of_order(order.id)

    assert place.box_office.image_of(ticket) == place.box_office.ports.qr_images.draw(ticket.qr_code)


def test_a_reservation_in_its_last_millisecond_can_be_paid() -> None:
    """An order that is confirmed just before its deadline does not expire."""
    place = office()
    order = place.reserve()
    place.clock.move(HOLD - MILLISECOND)

    paid = place.box_office.pay(order.id, "tok_approved")
    place.clock.move(place.box_office.hold)

    assert isinstance(paid, Order)
    place.box_office.sweep()
    place.box_office.work()
    assert place.order(order).ticket_code is not None


def test_a_buyer_is_named_by_a_normal_address() -> None:
    """The domain of an address is kept in lower case."""
    place = office()

    order = place.box_office.reserve(place.event_id, 1, BUYER.replace("example.com", "EXAMPLE.com"))

    assert isinstance(order, Order)
    assert order.customer_email == BUYER
