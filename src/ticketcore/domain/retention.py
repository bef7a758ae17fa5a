"""Which orders need their buyer's address no longer, and what stands in its place."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketcore.domain import journal, payments
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import Delivery, DeliveryStatus
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.texts import Text

#: Stands where an address was; no mail can reach it (RFC 2606).
FORGOTTEN = "forgotten@example.invalid"


@attrs.frozen
class AddressedOrder:
    """An order that has a buyer's address, and when its event begins."""

    order_id: OrderId
    event_date: datetime


class Need(enum.StrEnum):
    """Why an order still needs its buyer's address."""

    RESERVED = "reserved"
    PROCESSING = "processing"
    SETTLING = "settling"
    COMING = "coming"
    MAILING = "mailing"

    @property
    def reason(self) -> Text:
        """The need as a sentence."""
        return _REASONS[self]


_REASONS = {
    Need.RESERVED: Text("It is reserved and can still be paid."),
    Need.PROCESSING: Text("Its payment is in progress."),
    Need.SETTLING: Text("Its money is on the way back."),
    Need.COMING: Text("Its event is still to come."),
    Need.MAILING: Text("Its mail is on the way."),
}


def need_of(record: OrderRecord, mails: Iterable[Delivery], event_date: datetime, now: datetime) -> Need | None:
    """Return why an order with these mails still needs its buyer's address, or ``None`` if it does not."""
    match record.order.status:
        case OrderStatus.RESERVED:
            return Need.RESERVED
        case OrderStatus.PROCESSING:
            return Need.PROCESSING
        case _ if payments.is_settling(record):
            return Need.SETTLING
        case OrderStatus.PAID if now < event_date:
            return Need.COMING
        case _ if any(mail.status is DeliveryStatus.PENDING for mail in mails):
            return Need.MAILING
        case _:
            return None


def forget(record: OrderRecord, mails: Iterable[Delivery], event_date: datetime, now: datetime) -> Decision:
    """Decide that an order with these mails forgets its buyer's address, unless it still needs it; it is idempotent."""
    order = record.order
    if order.customer_email == FORGOTTEN or need_of(record, mails, event_date, now):
        return record.unchanged()
    forgotten = attrs.evolve(order, customer_email=FORGOTTEN, customer=None)
    return Decision(forgotten, record.attempt, entries=(journal.forgotten(order.id, now),))
