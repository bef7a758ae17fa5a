"""The rule of an order's address that an admin corrects."""

from __future__ import annotations

import attrs
import pytest

from tests.core.examples import DEADLINE, NOW, ORDER, RECORDS, statuses_but
from ticketcore.domain import journal
from ticketcore.domain.correcting import CustomerPlaces, correct
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift, place_shift
from ticketcore.domain.deliveries import Delivery, DeliveryKind, DeliveryStatus
from ticketcore.domain.ids import CustomerDigest
from ticketcore.domain.orders import OCCUPYING, OrderStatus
from ticketcore.domain.refusals import CustomerLimit, OrderNotPayable, ReservationExpired
from ticketcore_testing.samples import MILLISECOND

BOB = "bob@example.com"
BOBS = CustomerDigest("bobs")
NO_LIMIT = CustomerPlaces(0, None)
LAST_MOMENT = DEADLINE - MILLISECOND


def corrected(record: OrderRecord, places: CustomerPlaces = NO_LIMIT) -> Decision:
    decision = correct(record, BOB, BOBS, places, LAST_MOMENT)
    assert isinstance(decision, Decision)
    return decision


@pytest.mark.parametrize("status", sorted(OCCUPYING))
def test_a_living_order_comes_to_another_address(status: OrderStatus) -> None:
    """Nothing else of it changes, and what counted for one customer counts for the other."""
    record = RECORDS[status]
    decision = corrected(record)
    delivery = DeliveryStatus.PENDING if status is OrderStatus.PAID else record.order.delivery
    assert decision.order == attrs.evolve(record.order, customer_email=BOB, customer=BOBS, delivery=delivery)
    assert (decision.attempt, decision.issued, decision.voids, decision.enqueues) == (record.attempt, (), (), False)
    assert place_shift(record.order, decision.order) == PlaceShift(0, 0, -2, 2)


def test_the_tickets_of_a_paid_order_are_mailed() -> None:
    """At once, and the journal says so after the correction, without an address."""
    record = RECORDS[OrderStatus.PAID]
    mail = Delivery(record.order.id, DeliveryKind.TICKETS, record.revision, LAST_MOMENT, LAST_MOMENT)
    decision = corrected(record)
    assert decision.deliveries == (mail,)
    asked = journal.mail_asked(mail, LAST_MOMENT)
    assert decision.entries == (journal.corrected(record.order.id, LAST_MOMENT), asked)
    assert BOB not in repr([entry.facts for entry in decision.entries])


@pytest.mark.parametrize("status", [OrderStatus.RESERVED, OrderStatus.PROCESSING])
def test_an_order_without_tickets_is_not_mailed(status: OrderStatus) -> None:
    """It is once it is paid."""
    assert corrected(RECORDS[status]).deliveries == ()


def test_the_journal_names_the_key() -> None:
    """And says the same without one."""
    sentences = [str(journal.corrected(ORDER.id, NOW, by).sentence) for by in (None, "office")]
    assert sentences == ["The buyer's address was corrected.", "The buyer's address was corrected by the key office."]


@pytest.mark.parametrize("status", sorted(OCCUPYING))
def test_the_same_address_changes_nothing(status: OrderStatus) -> None:
    """And mails nothing, even where its customer has more than a limit that was lowered since allows."""
    record = RECORDS[status]
    assert record.order.customer is not None
    places = CustomerPlaces(2, 1)
    assert correct(record, ORDER.customer_email, record.order.customer, places, NOW) == record.unchanged()


@pytest.mark.parametrize("status", statuses_but(*OCCUPYING))
def test_an_order_that_has_ended_keeps_its_address(status: OrderStatus) -> None:
    """Whatever it ended as."""
    expected = ReservationExpired(DEADLINE) if status is OrderStatus.EXPIRED else OrderNotPayable(status.value)
    assert correct(RECORDS[status], BOB, BOBS, NO_LIMIT, NOW) == expected


def test_a_reservation_past_its_deadline_has_ended() -> None:
    """From its deadline on, whether or not it was expired."""
    record = RECORDS[OrderStatus.RESERVED]
    assert correct(record, BOB, BOBS, NO_LIMIT, DEADLINE) == ReservationExpired(DEADLINE)


@pytest.mark.parametrize(
    ("held", "most", "fits"), [(0, 2, True), (1, 2, False), (3, 5, True), (4, 5, False), (9, None, True)]
)
def test_an_address_gets_no_more_than_it_may_have(held: int, most: int | None, fits: bool) -> None:
    """The order has two places; the ledger is told the limit, to check it again."""
    outcome = correct(RECORDS[OrderStatus.PAID], BOB, BOBS, CustomerPlaces(held, most), NOW)
    if fits:
        assert isinstance(outcome, Decision)
        assert outcome.most_places == most
    else:
        assert most is not None
        assert outcome == CustomerLimit(most, held)


def test_another_spelling_of_the_same_mailbox_is_within_any_limit() -> None:
    """Its customer has the order's places already."""
    record = RECORDS[OrderStatus.RESERVED]
    assert record.order.customer is not None
    decision = correct(record, "Ann@example.com", record.order.customer, CustomerPlaces(2, 2), NOW)
    assert isinstance(decision, Decision)
    assert place_shift(record.order, decision.order) == PlaceShift(0, 0)
