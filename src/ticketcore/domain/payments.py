"""The rules of a payment: from ``processing`` to ``paid``, ``declined`` or ``refunded``.

Only the gateway or an admin ends ``processing``; time never does.  An order whose charge succeeded ends with exactly one of
its tickets and its money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import attrs

from ticketcore.domain import deliveries, journal
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, TicketCode
from ticketcore.domain.orders import OrderStatus, Problem
from ticketcore.domain.refusals import (
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    ReservationExpired,
    SalesClosed,
    TicketAlreadyUsed,
)
from ticketcore.domain.reservations import as_of
from ticketcore.domain.tickets import Ticket, TicketStatus

StartRefusal = OrderNotPayable | PaymentDeclined | ReservationExpired | SalesClosed
PayRefusal = OrderNotFound | StartRefusal
StartRefundRefusal = OrderNotPaid | TicketAlreadyUsed
RefundRefusal = OrderNotFound | StartRefundRefusal

#: A charge may still succeed while an attempt is in one of these.
_OPEN = frozenset({AttemptStatus.PENDING, AttemptStatus.DECLINED, AttemptStatus.CANCELLING, AttemptStatus.CANCELLED})


def start(record: OrderRecord, attempt_id: AttemptId, token: str, now: datetime) -> Decision | StartRefusal:
    """Decide a buyer's confirmation: the order is processing, with an attempt over its total and a message.

    Confirming again changes nothing: an order has one attempt.
    """
    order = as_of(record.order, now)
    match order.status:
        case OrderStatus.PROCESSING | OrderStatus.PAID:
            return record.unchanged()
        case OrderStatus.DECLINED:
            return PaymentDeclined()
        case OrderStatus.EXPIRED:
            return ReservationExpired(order.expires_at)
        case OrderStatus.CANCELLED | OrderStatus.REFUNDED:
            return OrderNotPayable(order.status.value)
        case OrderStatus.RESERVED if record.event_status is EventStatus.CANCELLED:
            return SalesClosed(record.event_status.value)
        case OrderStatus.RESERVED:
            started = order.to(OrderStatus.PROCESSING)
            attempt = Attempt(attempt_id, order.id, token, order.total)
            return Decision(started, attempt, enqueues=True, entries=(journal.transition(started, now),))
        case _:
            assert_never(order.status)


def capture(record: OrderRecord, tickets: Sequence[Ticket], code: TicketCode, now: datetime) -> Decision:
    """Decide what an approved charge leads to: the tickets and their mail, or the money's way back.

    It is idempotent.  A charge that succeeds for an order that is no longer processing, or whose event was cancelled
    meanwhile, is refunded.
    """
    order, attempt = record.order, record.attempt
    if attempt is None or attempt.status not in _OPEN:
        return record.unchanged()
    if order.status is not OrderStatus.PROCESSING or attempt.status is not AttemptStatus.PENDING:
        refunding = attempt.to(AttemptStatus.REFUNDING)
        return Decision(order, refunding, entries=(journal.late_charge(order, now),))
    if record.event_status is EventStatus.CANCELLED:
        ended = order.to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
        return Decision(ended, attempt.to(AttemptStatus.REFUNDING), entries=(journal.transition(ended, now),))
    paid = order.paid(code, now)
    captured = attempt.to(AttemptStatus.CAPTURED)
    mail = deliveries.asked(order.id, DeliveryKind.TICKETS, record.revision, now)
    return Decision(paid, captured, issued=tuple(tickets), deliveries=(mail,), entries=(journal.transition(paid, now),))


def decline(record: OrderRecord, now: datetime) -> Decision:
    """Decide what a refused charge leads to; it is idempotent."""
    order, attempt = record.order, record.attempt
    if attempt is None or attempt.status is not AttemptStatus.PENDING or order.status is not OrderStatus.PROCESSING:
        return record.unchanged()
    ended = order.to(OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED)
    return Decision(ended, attempt.to(AttemptStatus.DECLINED), entries=(journal.transition(ended, now),))


def give_up(record: OrderRecord, now: datetime, by: str | None = None) -> Decision:
    """Decide that a payment is no longer awaited: the places go back at once, and the gateway is asked to cancel the charge.

    ``by`` is the name of the admin's key that gives it up, ``None`` if its event was cancelled or no key was used.
    It is idempotent, and changes nothing of an order that is not processing.  A charge that succeeds all the same is
    refunded (``capture``).
    """
    order, attempt = record.order, record.attempt
    if attempt is None or order.status is not OrderStatus.PROCESSING:
        return record.unchanged()
    is_cancelled = record.event_status is EventStatus.CANCELLED
    ended = order.to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED if is_cancelled else Problem.PAYMENT_GIVEN_UP)
    cancelling = attempt.to(AttemptStatus.CANCELLING)
    return Decision(ended, cancelling, enqueues=True, entries=(journal.given_up(ended, now, by),))


def finish_cancellation(record: OrderRecord, now: datetime) -> Decision:
    """Decide what follows once the gateway has cancelled the charge; it is idempotent."""
    if not is_cancelling(record):
        return record.unchanged()
    assert record.attempt is not None
    cancelled = record.attempt.to(AttemptStatus.CANCELLED)
    return Decision(record.order, cancelled, entries=(journal.payment_cancelled(record.order.id, now),))


def start_refund(
    record: OrderRecord,
    tickets: Sequence[Ticket],
    now: datetime,
    *,
    include_used: bool = False,
    by: str | None = None,
) -> Decision | StartRefundRefusal:
    """Decide an admin's refund: unused tickets are void, their places and the money go back, and the buyer is mailed.

    ``tickets`` are all of a paid order's.  If one of them was used, the refund is refused, or with ``include_used`` its money
    goes back too, and its place stays sold, for there is a person on it.  The payment of an order that is processing is given
    up.  It is idempotent.  ``by`` is the name of the admin's key.
    """
    order, attempt = record.order, record.attempt
    if order.status is OrderStatus.REFUNDED:
        return record.unchanged()
    if order.status is OrderStatus.PROCESSING:
        return give_up(record, now, by)
    if order.status is not OrderStatus.PAID or attempt is None:
        return OrderNotPaid(as_of(order, now).status.value)
    used = [ticket.admission for ticket in tickets if ticket.admission]
    if used and not include_used:
        return TicketAlreadyUsed(used[0].date, used[0].gate)
    voids = tuple(ticket.number for ticket in tickets if ticket.status is TicketStatus.VALID)
    refunded = attrs.evolve(order.to(OrderStatus.REFUNDED), places=len(used))
    refunding = attempt.to(AttemptStatus.REFUNDING)
    mail = deliveries.asked(order.id, DeliveryKind.REFUND, record.revision, now)
    entries = (journal.refund_started(refunded, len(voids), now, by),)
    return Decision(refunded, refunding, voids=voids, enqueues=True, deliveries=(mail,), entries=entries)


def finish_refund(record: OrderRecord, now: datetime) -> Decision:
    """Decide what follows once the money went back; it is idempotent."""
    if not is_refunding(record):
        return record.unchanged()
    assert record.attempt is not None
    refunded = record.attempt.to(AttemptStatus.REFUNDED)
    return Decision(record.order, refunded, entries=(journal.money_returned(record.order.id, now),))


def is_settling(record: OrderRecord) -> bool:
    """Return whether the gateway still has to cancel the order's charge or to return its money."""
    return is_cancelling(record) or is_refunding(record)


def is_cancelling(record: OrderRecord) -> bool:
    """Return whether the gateway still has to be asked to cancel the order's charge."""
    return record.attempt is not None and record.attempt.status is AttemptStatus.CANCELLING


def is_refunding(record: OrderRecord) -> bool:
    """Return whether the order's money is on its way back."""
    return record.attempt is not None and record.attempt.status is AttemptStatus.REFUNDING
