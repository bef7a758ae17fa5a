"""Refusals are values that say, in stable codes and plain sentences, what may not be done."""

from __future__ import annotations

import inspect
import pickle

import attrs
import pytest

from tests.core.examples import NOW
from ticketcore.domain import refusals
from ticketcore.domain.events import EventStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text

#: The contract's codes that rules return, with the further members that it promises.
CONTRACT = {
    "invalid_request": {"errors"},
    "event_not_found": set[str](),
    "order_not_found": set[str](),
    "ticket_not_found": set[str](),
    "not_found": set[str](),
    "sold_out": {"available"},
    "sales_closed": set[str](),
    "sales_not_open": {"opens_at"},
    "customer_limit": {"max_per_customer", "held"},
    "order_not_payable": {"order_status"},
    "order_not_paid": {"order_status"},
    "order_not_cancellable": {"order_status"},
    "capacity_in_use": set[str](),
    "ticket_already_used": {"validation_date", "gate"},
    "wrong_event": set[str](),
    "too_early": {"doors_at"},
    "ticket_void": set[str](),
    "event_cancelled": set[str](),
    "nothing_to_undo": set[str](),
    "address_forgotten": set[str](),
    "ticket_not_authentic": set[str](),
    "reservation_expired": {"expired_at"},
    "payment_declined": set[str](),
    "stale_version": set[str](),
    "idempotency_conflict": set[str](),
}

FAULTS = (
    refusals.Fault("name", Text("must be a text that is not blank")),
    refusals.Fault("", Text("has a field too many")),
)

EXAMPLES: list[Refusal] = [
    refusals.InvalidRequest(FAULTS),
    refusals.EventNotFound(),
    refusals.OrderNotFound(),
    refusals.TicketNotFound(),
    refusals.WebhookNotFound(),
    refusals.SoldOut(0),
    refusals.SoldOut(3),
    refusals.CustomerLimit(4, 3),
    *(refusals.SalesClosed(because) for because in ("draft", "closed", "cancelled", "ended", "begun")),
    refusals.SalesNotOpen(NOW, "UTC"),
    *(refusals.OrderNotPayable(status.value) for status in OrderStatus),
    *(refusals.OrderNotPaid(status.value) for status in OrderStatus),
    *(refusals.OrderNotCancellable(status.value) for status in OrderStatus),
    refusals.CapacityInUse(7),
    refusals.TicketAlreadyUsed(NOW, "north"),
    refusals.WrongEvent(),
    refusals.TooEarly(NOW, "UTC"),
    refusals.TicketVoid(),
    refusals.EventCancelled(),
    refusals.AddressForgotten(),
    refusals.NothingToUndo(),
    refusals.TicketNotAuthentic(),
    refusals.ReservationExpired(NOW),
    refusals.PaymentDeclined(),
    refusals.StaleVersion(),
    refusals.IdempotencyConflict(),
]

KINDS = [
    kind
    for kind in vars(refusals).values()
    if inspect.isclass(kind) and issubclass(kind, Refusal) and kind is not Refusal
]


def test_the_codes_are_the_contracts() -> None:
    """Each refusal has one code, no two share one, and none is missing or added."""
    assert sorted(kind.code for kind in KINDS) == sorted(CONTRACT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_carries_what_the_contract_promises(kind: type[Refusal]) -> None:
    """Its fields hold the further members of the problem."""
    assert CONTRACT[kind.code] <= {field.name for field in attrs.fields(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_described_in_one_place(kind: type[Refusal]) -> None:
    """Its own class states its title, its meaning and its remedy."""
    described = vars(kind)
    assert all(isinstance(described[name], Text) for name in ("title", "meaning", "remedy"))
    assert described["meaning"].endswith(".")
    assert described["remedy"].endswith(".")


def test_every_refusal_has_an_example_here() -> None:
    """A new refusal cannot be left out of these tests."""
    assert {type(refusal) for refusal in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("refusal", EXAMPLES, ids=repr)
def test_a_refusal_speaks_to_a_person(refusal: Refusal) -> None:
    """Its title and detail are not empty, hold no leftovers of code, and the detail of a rule is a sentence."""
    assert refusal.title
    assert refusal.title[0].isupper()
    assert not set(refusal.detail) & set("{}<>")
    assert refusal.detail.endswith(".") or isinstance(refusal, refusals.InvalidRequest)
    assert refusal.detail.strip(". ")


@pytest.mark.parametrize("refusal", EXAMPLES, ids=repr)
def test_a_refusal_is_a_value(refusal: Refusal) -> None:
    """It equals its copy, and nothing of another kind."""
    assert pickle.loads(pickle.dumps(refusal)) == refusal
    assert [other for other in EXAMPLES if other == refusal] == [refusal]


def test_every_status_that_closes_sales_has_its_sentence() -> None:
    """The refusal names the reason why an event is not on sale."""
    reasons = [status.value for status in EventStatus if status is not EventStatus.ON_SALE] + ["ended", "begun"]

    assert len({refusals.SalesClosed(because).detail for because in reasons}) == len(reasons)


def test_details_tell_the_particulars() -> None:
    """Numbers, times, gates and faults stand in the sentence."""
    assert refusals.SoldOut(0).detail == "There are no places left; reserved places may become free within minutes."
    assert refusals.SoldOut(3).detail == "Only 3 places are left."
    assert refusals.CustomerLimit(4, 3).detail == "One buyer may have 4 places of this event; this one has 3."
    assert refusals.CapacityInUse(7).detail == "7 places are sold or reserved; the capacity cannot be lower."
    assert refusals.TicketAlreadyUsed(NOW, "north").detail == (
        "This ticket was admitted at north on 2027-05-01 at 12:00:00 UTC."
    )
    assert refusals.ReservationExpired(NOW).detail == (
        "The reservation expired on 2027-05-01 at 12:00:00 UTC; nothing was charged."
    )
    assert refusals.SalesNotOpen(NOW, "UTC").detail == "The sale for this event starts on 2027-05-01 at 12:00:00 UTC."
    assert refusals.TooEarly(NOW, "UTC").detail == "The doors open on 2027-05-01 at 12:00:00 UTC."
    assert refusals.InvalidRequest(FAULTS).detail == (
        "name must be a text that is not blank; the request has a field too many"
    )
    assert refusals.EventNotFound().detail == "There is no such event."


@pytest.mark.parametrize(
    "refusal", [refusals.SoldOut(1), refusals.CapacityInUse(1), refusals.CustomerLimit(1, 0)], ids=repr
)
def test_one_is_not_written_as_many(refusal: Refusal) -> None:
    """A single place is in the singular."""
    assert "1 places" not in refusal.detail
