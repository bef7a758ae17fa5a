"""The box office's other use cases: events, gates, images."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.use_cases.harness import BUYER, HOLD, MILLISECOND, office
from ticketcore import (
    Admitted,
    ApiKey,
    BoxOffice,
    EventChange,
    EventDraft,
    EventStatus,
    Holder,
    LiveEvent,
    Order,
    Organiser,
    Role,
    TicketCode,
    TicketNumber,
    TicketStatus,
    accepted,
)
from ticketcore.application.organiser import NewKey
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId, KeyId, OrderId, TicketId, digest
from ticketcore.domain.refusals import (
    CapacityInUse,
    EventCancelled,
    EventNotFound,
    InvalidRequest,
    NothingToUndo,
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


def test_a_time_zone_that_is_not_known_is_refused() -> None:
    """At creation and at a change, by what the organiser is given to ask; without it any name of the form is right."""
    place = office()
    draft = EventDraft("Show", place.clock.now() + HOLD, "Hall", 10, "45.00", timezone="Mars/Base")
    assert accepted(place.organiser.create_event(draft)).event.timezone == "Mars/Base"

    organiser = Organiser(place.box_office.ports, "Europe/London", {"Europe/London"}.__contains__)
    for outcome in (
        organiser.create_event(draft),
        organiser.change_event(place.event_id, EventChange(timezone="Mars/Base")),
    ):
        assert isinstance(outcome, InvalidRequest)
        assert [fault.field for fault in outcome.errors] == ["timezone"]
    wrong = organiser.change_event(place.event_id, EventChange(timezone="Mars/Base", name=""))
    assert isinstance(wrong, InvalidRequest)
    assert [fault.field for fault in wrong.errors] == ["name", "timezone"]
    assert accepted(organiser.create_event(attrs.evolve(draft, timezone=None))).event.timezone == "Europe/London"


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

    used = accepted(place.box_office.validate(ticket.qr_code, "A")).ticket

    assert used.admission is not None
    assert (used.status, used.admission.gate) == (TicketStatus.USED, "A")
    assert place.box_office.validate(ticket.qr_code, "B") == TicketAlreadyUsed(place.clock.now(), "A")


def test_a_scan_with_the_same_id_is_answered_as_the_first_time() -> None:
    """A gate that lost the answer asks again and hears it, and that it is repeated; for ten minutes."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)

    first = place.box_office.validate(ticket.qr_code, "A", scan_id="x" * 16)

    assert isinstance(first, Admitted)
    place.clock.move(timedelta(minutes=10) - MILLISECOND)
    assert place.box_office.validate(ticket.qr_code, "A", scan_id="x" * 16) == attrs.evolve(first, is_repeated=True)
    assert isinstance(place.box_office.validate(ticket.qr_code, "A", scan_id="x" * 17), TicketAlreadyUsed)
    place.clock.move(MILLISECOND)
    assert isinstance(place.box_office.validate(ticket.qr_code, "A", scan_id="x" * 16), TicketAlreadyUsed)


def test_the_same_scan_id_with_another_key_is_another_scan() -> None:
    """Two keys that both count their scans from 1 let one person in, whatever they call their gate."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
    north, south = Holder("1", "north", Role.GATE), Holder("2", "south", Role.GATE)
    place.box_office.validate(ticket.qr_code, "A", None, "x" * 16, north)

    assert isinstance(place.box_office.validate(ticket.qr_code, "A", None, "x" * 16, south), TicketAlreadyUsed)


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
def test_a_ticket_is_admitted_and_undone_by_code_and_number(spell: Callable[[str], str]) -> None:
    """For a phone that is dead: the code as a person reads it out, with the ticket's number and the event."""
    place = office()
    order = place.sold(2)
    assert order.ticket_code is not None
    second = TicketNumber(TicketCode(spell(order.ticket_code)), 2)

    admitted = accepted(place.box_office.validate(second, "A", place.event_id))

    assert (admitted.ticket.number, admitted.record.of, admitted.record.event_name) == (2, 2, "Show")
    assert place.box_office.validate(attrs.evolve(second, number=3), "A", place.event_id) == TicketNotFound()
    assert accepted(place.box_office.undo(second, place.event_id)).ticket.status is TicketStatus.VALID
    assert place.box_office.undo(second, place.event_id) == NothingToUndo()


def test_a_ticket_code_needs_an_event() -> None:
    """The event is named, or the key bound to it; else the request has a fault."""
    place = office()
    order = place.sold()
    assert order.ticket_code is not None
    first = TicketNumber(order.ticket_code, 1)
    bound = Holder("1", "north", Role.GATE, frozenset({place.event_id}))

    for refusal in (place.box_office.validate(first, "A"), place.box_office.undo(first)):
        assert isinstance(refusal, InvalidRequest)
        assert [fault.field for fault in refusal.errors] == ["event_id"]
    accepted(place.box_office.validate(first, "A", holder=bound))
    accepted(place.box_office.undo(first, holder=bound))


def test_a_bound_key_admits_to_its_events_alone() -> None:
    """It admits to no other event, also if the request names that one."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
    here = Holder("1", "here", Role.GATE, frozenset({place.event_id}))
    elsewhere = Holder("2", "elsewhere", Role.GATE, frozenset({EventId("a" * 20)}))

    assert place.box_office.validate(ticket.qr_code, "A", holder=elsewhere) == WrongEvent()
    assert place.box_office.validate(ticket.qr_code, "A", place.event_id, holder=elsewhere) == WrongEvent()
    assert place.box_office.validate(ticket.qr_code, "A", EventId("a" * 20), holder=here) == WrongEvent()
    accepted(place.box_office.validate(ticket.qr_code, "A", holder=here))
    assert place.box_office.undo(ticket.qr_code, holder=elsewhere) == WrongEvent()


def test_a_cancelled_event_admits_no_one() -> None:
    """Its genuine tickets are told apart from others, and stay valid."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
    place.organiser.change_event(place.event_id, EventChange(status=EventStatus.CANCELLED))

    assert place.box_office.validate(ticket.qr_code, "A") == EventCancelled()
    assert accepted(place.box_office.ticket(ticket.id)) == ticket


def test_a_ticket_of_another_event_is_refused_and_stays_valid() -> None:
    """A gate that names its event refuses tickets of another, which stay valid."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)

    assert place.box_office.validate(ticket.qr_code, "A", EventId("other")) == WrongEvent()
    assert isinstance(place.box_office.validate(ticket.qr_code, "A", place.event_id), Admitted)


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


def test_acts_name_the_key_that_asked_for_them() -> None:
    """Events and keys in the list of acts, refunds and payments that are given up in the order's journal."""
    place = office()
    organiser, draft = place.organiser, EventDraft("Show", place.clock.now() + HOLD, "Hall", 10, "45.00")
    sold, waiting = place.sold(), place.pay(place.reserve(), "tok_down")
    event_id = accepted(organiser.create_event(draft, by="office")).event.id
    accepted(organiser.change_event(event_id, EventChange(name="Lear"), by="deputy"))
    key = accepted(organiser.create_key("north", Role.GATE, by="office")).key
    organiser.revoke_key(key.id, by="deputy")
    acts = accepted(organiser.list_acts(limit=4)).items
    assert [(act.kind.value, act.by, act.subject) for act in acts] == [
        ("key_revoked", "deputy", key.id),
        ("key_created", "office", key.id),
        ("event_changed", "deputy", event_id),
        ("event_created", "office", event_id),
    ]
    for order in (sold, waiting):
        accepted(organiser.refund(order.id, by="office"))
    stories = [" ".join(str(entry) for entry in organiser.explain(order.id)) for order in (sold, waiting)]
    assert "A refund of 45.00 BRL by the key office began" in stories[0]
    assert "The payment was given up by the key office" in stories[1]


@pytest.mark.parametrize("by", ["", " ", "x" * 101, 5, "a\nb"])
def test_an_act_by_what_can_be_no_keys_name_is_refused(by: Any) -> None:
    """It would stand in the journal; nothing is done then."""
    place = office()
    order, draft = place.sold(), EventDraft("Show", place.clock.now() + HOLD, "Hall", 10, "45.00")
    before = place.organiser.list_acts()
    for outcome in (
        place.organiser.create_event(draft, by=by),
        place.organiser.change_event(place.event_id, EventChange(name="Lear"), by=by),
        place.organiser.create_key("north", Role.GATE, by=by),
        place.organiser.revoke_key(KeyId("aaaaaaaa"), by=by),
        place.organiser.refund(order.id, by=by),
    ):
        assert isinstance(outcome, InvalidRequest)
        assert [fault.field for fault in outcome.errors] == ["by"]
    assert place.organiser.list_acts() == before


@pytest.mark.parametrize(("after", "limit"), [(None, 0), (None, 1001), (0, 5), ("1", 5), (2**63, 5), (None, None)])
def test_a_wrong_page_of_acts_is_refused(after: Any, limit: Any) -> None:
    """Neither an unbounded page nor a cursor that no page has."""
    assert isinstance(office().organiser.list_acts(after, limit), InvalidRequest)


def test_an_idempotency_key_creates_one_api_key() -> None:
    """The second call returns it without its text, and the first one's text stays valid."""
    organiser = office().organiser
    made = accepted(organiser.create_key_once("0123456789abcdef", "north", Role.GATE))
    assert isinstance(made, NewKey)
    assert organiser.create_key_once("0123456789abcdef", "south", Role.ADMIN) == made.key
    assert list(organiser.list_keys()) == [made.key]
    assert organiser.authenticate(made.text) == made.key
    assert isinstance(organiser.create_key_once("0123456789abcdeg", "north", Role.GATE), NewKey)


def test_a_key_can_be_bound_to_events() -> None:
    """It is a gate's, of events that exist, and its holder admits to these."""
    place = office()
    [ticket] = place.box_office.ports.tickets.of_order(place.sold().id)
    made = accepted(place.organiser.create_key("north", Role.GATE, [place.event_id]))
    found = place.organiser.authenticate(made.text)

    assert isinstance(found, ApiKey)
    assert found.holder.event_ids == frozenset({place.event_id})
    accepted(place.box_office.validate(ticket.qr_code, "A", holder=found.holder))
    assert place.organiser.create_key("north", Role.GATE, [EventId("a" * 20)]) == EventNotFound()
    refusal = place.organiser.create_key("office", Role.ADMIN, [place.event_id])
    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == ["event_ids"]
