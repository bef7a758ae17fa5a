"""``accepted`` and ``isinstance`` narrow outcomes: mypy and pyright check this module, and it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from tests.use_cases.harness import BUYER, Office, office
from ticketcore import (
    Admitted,
    EventChange,
    EventDraft,
    EventSummary,
    LiveEvent,
    LivePage,
    NewKey,
    Order,
    Refusal,
    Role,
    SoldOut,
    StockReport,
    Ticket,
    TicketRecord,
    accepted,
)
from ticketcore_testing.samples import MILLISECOND


def test_accepted_narrows_what_an_organiser_does() -> None:
    """Only the value is left of each outcome."""
    place = office()
    organiser, event_id = place.organiser, place.event_id
    draft = EventDraft("Show", place.clock.now() + MILLISECOND, "Hall", 1, "45.00")

    assert_type(accepted(organiser.create_event(draft)), LiveEvent)
    assert_type(accepted(organiser.change_event(event_id, EventChange(capacity=20))), LiveEvent)
    assert_type(accepted(organiser.list_events()), LivePage)
    assert_type(accepted(organiser.find_order(place.reserve().id)), Order)
    assert_type(accepted(organiser.refund(place.sold().id)), Order)
    assert_type(accepted(organiser.create_key("north", Role.GATE)), NewKey)
    assert_type(accepted(organiser.stock(event_id)), StockReport)
    assert_type(accepted(organiser.summary(event_id)), EventSummary)
    assert_type(accepted(organiser.rebuild_stock(event_id)), StockReport)


def test_accepted_narrows_what_a_box_office_does() -> None:
    """Only the value is left of each outcome."""
    place = office()
    box_office = place.box_office

    assert_type(accepted(box_office.event(place.event_id)), LiveEvent)
    assert_type(accepted(box_office.list_events()), LivePage)
    assert_type(accepted(box_office.cancel(place.reserve().id)), Order)
    order = accepted(box_office.reserve(place.event_id, 2, BUYER))
    assert_type(order, Order)
    assert_type(accepted(box_office.pay(order.id, "tok_approved")), Order)
    box_office.work()
    tickets = accepted(box_office.tickets_of(accepted(box_office.order(order.id))))
    assert_type(tickets, Sequence[Ticket])
    assert_type(accepted(box_office.ticket(tickets[0].id)), Ticket)
    # mypy joins two classes of values to their base: only ``isinstance`` keeps them apart.
    image = box_office.image_of(tickets[0])
    assert isinstance(image, str | bytes)
    assert_type(image, str | bytes)
    assert_type(accepted(box_office.validate(tickets[0].qr_code, "north")), Admitted)
    assert_type(accepted(box_office.undo(tickets[0].qr_code)), TicketRecord)


def test_a_refusal_is_told_apart_by_its_class() -> None:
    """Without ``accepted``, ``isinstance`` and ``match`` narrow as well."""

    def heard(place: Office, quantity: int) -> str:
        outcome = place.box_office.reserve(place.event_id, quantity, BUYER)
        match outcome:
            case Order(quantity=places):
                return f"{places} places"
            case SoldOut(available):
                assert_type(available, int)
                return f"{available} left"
            case _:
                assert isinstance(outcome, Refusal)
                return outcome.code

    place = office(5)
    assert [heard(place, quantity) for quantity in (3, 3, 0)] == ["3 places", "2 left", "invalid_request"]
