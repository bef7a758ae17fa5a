"""The rule of an order's address that an admin corrects."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain import deliveries, journal
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind, DeliveryStatus
from ticketcore.domain.ids import CustomerDigest
from ticketcore.domain.orders import OCCUPYING, OrderStatus
from ticketcore.domain.refusals import CustomerLimit, OrderNotFound, OrderNotPayable, ReservationExpired
from ticketcore.domain.reservations import as_of

CorrectDecisionRefusal = ReservationExpired | OrderNotPayable | CustomerLimit
CorrectRefusal = OrderNotFound | CorrectDecisionRefusal


@attrs.frozen
class CustomerPlaces:
    """How many places of an event a customer has, and how many at most he may; ``None`` is no limit."""

    held: int
    most: int | None


def correct(
    record: OrderRecord,
    customer_email: str,
    customer: CustomerDigest,
    places: CustomerPlaces,
    now: datetime,
    by: str | None = None,
) -> Decision | CorrectDecisionRefusal:
    """Decide that an order is another address's; the tickets of a paid one are mailed there, due at once.

    Only an order that has not ended can be corrected.  ``customer`` stands for the address and has these ``places``, without
    the order's unless it is his already: an address beyond the event's limit is refused.  The order's own address changes
    nothing.  ``by`` is the name of the admin's key.
    """
    order = as_of(record.order, now)
    if order.status is OrderStatus.EXPIRED:
        return ReservationExpired(order.expires_at, record.timezone)
    if order.status not in OCCUPYING:
        return OrderNotPayable(order.status.value)
    if order.customer_email == customer_email:
        return record.unchanged()
    if order.customer != customer and places.most is not None and places.held + order.places > places.most:
        return CustomerLimit(places.most, places.held)
    is_paid = order.status is OrderStatus.PAID
    mails = (deliveries.asked(order.id, DeliveryKind.TICKETS, record.revision, now),) if is_paid else ()
    return Decision(
        attrs.evolve(
            order,
            customer_email=customer_email,
            customer=customer,
            delivery=DeliveryStatus.PENDING if is_paid else order.delivery,
        ),
        record.attempt,
        deliveries=mails,
        entries=(journal.corrected(order.id, now, by), *(journal.mail_asked(mail, now) for mail in mails)),
        most_places=places.most,
    )
