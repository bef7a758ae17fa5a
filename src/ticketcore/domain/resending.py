"""The rule of a mail that an admin has sent again."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain import deliveries, journal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind, DeliveryStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import AddressForgotten, OrderNotFound, OrderNotPaid
from ticketcore.domain.reservations import as_of
from ticketcore.domain.retention import FORGOTTEN

ResendDecisionRefusal = OrderNotPaid | AddressForgotten
ResendRefusal = OrderNotFound | ResendDecisionRefusal


def resend(record: OrderRecord, now: datetime, by: str | None = None) -> Decision | ResendDecisionRefusal:
    """Decide that a paid order's tickets are mailed again, whatever became of the mail before; it is due at once.

    ``by`` is the name of the admin's key.
    """
    if record.order.status is not OrderStatus.PAID:
        return OrderNotPaid(as_of(record.order, now).status.value)
    if record.order.customer_email == FORGOTTEN:
        return AddressForgotten()
    order = attrs.evolve(record.order, delivery=DeliveryStatus.PENDING)
    mail = deliveries.asked(order.id, DeliveryKind.TICKETS, record.revision, now)
    return Decision(order, record.attempt, deliveries=(mail,), entries=(journal.mail_asked(mail, now, by),))
