"""Which orders need their buyer's address, and which do not any more."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.core.examples import NOW, RECORDS
from ticketcore.domain import deliveries, journal
from ticketcore.domain.attempts import AttemptStatus
from ticketcore.domain.decisions import OrderRecord
from ticketcore.domain.deliveries import DeliveryKind, DeliveryStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.retention import FORGOTTEN, Need, forget, need_of

COMING = NOW + timedelta(milliseconds=1)
ENDED = [OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.DECLINED, OrderStatus.REFUNDED]
NEEDS = {OrderStatus.RESERVED: Need.RESERVED, OrderStatus.PROCESSING: Need.PROCESSING}


def _settled(status: OrderStatus) -> OrderRecord:
    """Return an order whose money and mail are settled."""
    record = RECORDS[status]
    return attrs.evolve(record, order=attrs.evolve(record.order, delivery=DeliveryStatus.DELIVERED), attempt=None)


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_needs_its_address_until_it_has_ended(status: OrderStatus) -> None:
    """A paid one until its event begins; one that is open whatever its event's date."""
    record = _settled(status)
    assert need_of(record, (), COMING, NOW) == NEEDS.get(status, Need.COMING if status is OrderStatus.PAID else None)
    assert need_of(record, (), NOW, NOW) == NEEDS.get(status)


@pytest.mark.parametrize("status", [AttemptStatus.REFUNDING, AttemptStatus.CANCELLING])
def test_an_order_whose_money_is_on_the_way_back_needs_its_address(status: AttemptStatus) -> None:
    """Its buyer may have to be asked."""
    record = RECORDS[OrderStatus.REFUNDED]
    assert record.attempt is not None
    settling = attrs.evolve(record, attempt=attrs.evolve(record.attempt, status=status))
    assert need_of(settling, (), NOW, NOW) is Need.SETTLING


@pytest.mark.parametrize("kind", DeliveryKind)
@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.REFUNDED])
def test_an_order_whose_mail_is_on_the_way_needs_its_address(status: OrderStatus, kind: DeliveryKind) -> None:
    """A worker may be sending it, and would leave a mail behind; one that was sent or given up needs nothing."""
    record = attrs.evolve(RECORDS[status], attempt=None)
    mail = deliveries.asked(record.order.id, kind, 1, NOW)
    assert need_of(record, (mail,), NOW, NOW) is Need.MAILING
    assert forget(record, (mail,), NOW, NOW) == record.unchanged()
    for ended in (mail.delivered(), mail.given_up()):
        assert need_of(record, (ended,), NOW, NOW) is None


@pytest.mark.parametrize("status", ENDED)
def test_an_address_is_forgotten_once(status: OrderStatus) -> None:
    """Only it changes, and what stands for its buyer, with one entry of the journal."""
    record = _settled(status)
    decision = forget(record, (), COMING, NOW)
    assert decision.order == attrs.evolve(record.order, customer_email=FORGOTTEN, customer=None)
    assert decision.entries == (journal.forgotten(record.order.id, NOW),)
    assert forget(record.after(decision), (), COMING, NOW) == record.after(decision).unchanged()


def test_an_address_that_is_needed_stays() -> None:
    """Nothing is written."""
    for status in (OrderStatus.RESERVED, OrderStatus.PROCESSING, OrderStatus.PAID):
        assert forget(RECORDS[status], (), COMING, NOW) == RECORDS[status].unchanged()


@pytest.mark.parametrize("need", Need)
def test_every_need_has_a_sentence(need: Need) -> None:
    """It says why an address is kept."""
    assert need.reason.startswith("It")
    assert need.reason.endswith(".")
