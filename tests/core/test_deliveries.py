"""A mail has a schedule of its own: growing intervals for three days, then it is given up."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.core.examples import NOW, ORDER_ID, RECORDS, statuses_but
from ticketcore.domain import deliveries, ids, journal, resending
from ticketcore.domain.decisions import Decision
from ticketcore.domain.deliveries import LEASE, MAX_AGE, Delivery, DeliveryKind, DeliveryStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import OrderNotPaid

ASKED = deliveries.asked(ORDER_ID, DeliveryKind.TICKETS, 3, NOW)


def tried(delivery: Delivery) -> Delivery:
    """Return a delivery after one more try, which ended at once and failed for now."""
    assert delivery.due_at is not None
    return delivery.claimed(delivery.due_at).postponed(delivery.due_at)


def test_a_new_mail_is_due_at_once() -> None:
    """It has not been tried, and is not due before its moment."""
    assert (ASKED.tries, ASKED.status) == (0, DeliveryStatus.PENDING)
    assert ASKED.is_due(NOW)
    assert not ASKED.is_due(NOW - timedelta(milliseconds=1))


def test_the_intervals_between_tries_grow() -> None:
    """A minute, five, a quarter of an hour, one hour, two, then four hours each."""
    minutes: list[float] = []
    mail = ASKED
    for _ in range(8):
        after = tried(mail)
        assert after.due_at is not None
        assert mail.due_at is not None
        minutes.append((after.due_at - mail.due_at) / timedelta(minutes=1))
        mail = after

    assert minutes == [1, 5, 15, 60, 120, 240, 240, 240]


def test_the_last_try_is_after_three_days() -> None:
    """Then the mail is undelivered, and never due again."""
    mail, tries, last = ASKED, 0, ASKED.due_at
    while mail.status is DeliveryStatus.PENDING:
        last = mail.due_at
        mail, tries = tried(mail), tries + 1

    assert last == NOW + MAX_AGE
    assert (mail.status, mail.due_at) == (DeliveryStatus.UNDELIVERED, None)
    assert 20 <= tries <= 25
    assert not mail.is_due(NOW + 10 * MAX_AGE)


def test_a_claim_is_a_try_with_a_lease() -> None:
    """The try is counted when it begins, and another may begin when the lease has ended."""
    claimed = ASKED.claimed(NOW)

    assert claimed == attrs.evolve(ASKED, tries=1, due_at=NOW + LEASE)
    assert claimed.claimed(NOW + LEASE).tries == 2


def test_what_has_ended_is_not_due() -> None:
    """Neither a delivered mail nor one that was given up."""
    claimed = ASKED.claimed(NOW)

    assert (claimed.delivered().status, claimed.delivered().due_at) == (DeliveryStatus.DELIVERED, None)
    assert (claimed.given_up().status, claimed.given_up().due_at) == (DeliveryStatus.UNDELIVERED, None)


def test_every_try_of_a_mail_has_one_key_and_a_mail_asked_for_again_another() -> None:
    """Mail programs show one message for each asking; the key does not give the order's id away."""
    again = deliveries.asked(ORDER_ID, DeliveryKind.TICKETS, 4, NOW)

    assert tried(ASKED).key == ASKED.key
    assert again.key != ASKED.key
    assert again.key.startswith(ids.digest(ORDER_ID))
    assert ORDER_ID not in ASKED.key
    assert ORDER_ID not in repr(ASKED)


@pytest.mark.parametrize("before", DeliveryStatus)
def test_a_paid_order_is_mailed_again(before: DeliveryStatus) -> None:
    """Whatever became of the mail before; nothing else of the order changes."""
    record = RECORDS[OrderStatus.PAID]
    record = attrs.evolve(record, order=attrs.evolve(record.order, delivery=before))
    mail = deliveries.asked(record.order.id, DeliveryKind.TICKETS, record.revision, NOW)

    assert resending.resend(record, NOW) == Decision(
        attrs.evolve(record.order, delivery=DeliveryStatus.PENDING),
        record.attempt,
        deliveries=(mail,),
        entries=(journal.mail_asked(mail, NOW),),
    )


@pytest.mark.parametrize("status", statuses_but(OrderStatus.PAID))
def test_no_other_order_is_mailed_again(status: OrderStatus) -> None:
    """It has no tickets that count."""
    assert resending.resend(RECORDS[status], NOW) == OrderNotPaid(status.value)
