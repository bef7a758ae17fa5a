"""The rules of a payment: from ``processing`` to ``paid``, ``declined`` or ``refunded``.

Only the gateway, the deadline of a payment that waits for its buyer, or an admin ends ``processing``.  An order whose charge
succeeded ends with exactly one of its tickets and its money, for each of its tickets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import assert_never

import attrs

from ticketcore.domain import deliveries, journal
from ticketcore.domain.attempts import Attempt, AttemptStatus, PaymentAction, PaymentMethod, Refund
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.events import EventStatus
from ticketcore.domain.ids import AttemptId, TicketCode
from ticketcore.domain.journal import Entry
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.refusals import (
    Fault,
    InvalidRequest,
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    ReservationExpired,
    SalesClosed,
    TicketAlreadyUsed,
    TicketNotFound,
)
from ticketcore.domain.reservations import as_of
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import Ticket, TicketStatus

StartRefusal = OrderNotPayable | PaymentDeclined | ReservationExpired | SalesClosed | InvalidRequest
PayRefusal = OrderNotFound | StartRefusal
StartRefundRefusal = OrderNotPaid | TicketAlreadyUsed | TicketNotFound
RefundRefusal = OrderNotFound | StartRefundRefusal

#: A charge may still succeed while an attempt is in one of these.
_OPEN = frozenset({AttemptStatus.PENDING, AttemptStatus.DECLINED, AttemptStatus.CANCELLING, AttemptStatus.CANCELLED})


def start(
    record: OrderRecord,
    attempt_id: AttemptId,
    token: str | None,
    now: datetime,
    *,
    method: PaymentMethod = PaymentMethod.GATEWAY,
    by: str | None = None,
) -> Decision | StartRefusal:
    """Decide that an order is to be paid: it is processing, with an attempt over its total and a message.

    A gateway needs a ``token``; an order of 0.00 needs none, and no gateway.  What an admin gives for nothing costs nothing.
    ``by`` is the name of the admin's key where the ``method`` is not the buyer's.  Confirming again changes nothing: an order
    has one attempt; an admin's other method is refused, so that no money is taken twice.
    """
    order = as_of(record.order, now)
    match order.status:
        case OrderStatus.PROCESSING | OrderStatus.PAID:
            return OrderNotPayable(order.status.value) if _is_paid_otherwise(record, method) else record.unchanged()
        case OrderStatus.DECLINED:
            return PaymentDeclined()
        case OrderStatus.EXPIRED:
            return ReservationExpired(order.expires_at, record.timezone)
        case OrderStatus.CANCELLED | OrderStatus.REFUNDED:
            return OrderNotPayable(order.status.value)
        case OrderStatus.RESERVED if record.event_status is EventStatus.CANCELLED:
            return SalesClosed(record.event_status.value)
        case OrderStatus.RESERVED:
            return _start(order, Attempt(attempt_id, order.id, token, order.total, method=method), now, by)
        case _:
            assert_never(order.status)


def _is_paid_otherwise(record: OrderRecord, method: PaymentMethod) -> bool:
    """Return whether money that an admin has taken would go unrecorded, for the order is paid in another way."""
    return method is not PaymentMethod.GATEWAY and record.attempt is not None and record.attempt.method is not method


def _start(order: Order, attempt: Attempt, now: datetime, by: str | None) -> Decision | InvalidRequest:
    if attempt.method is PaymentMethod.COMPLIMENTARY:
        nothing = Money(0, order.total.currency)
        order, attempt = attrs.evolve(order, total=nothing), attrs.evolve(attempt, amount=nothing)
    if attempt.method is PaymentMethod.GATEWAY and not order.total.minor:
        attempt = attrs.evolve(attempt, method=PaymentMethod.FREE, token=None)
    if attempt.method is PaymentMethod.GATEWAY and attempt.token is None:
        return InvalidRequest((Fault("payment_token", Text("is required")),))
    started = order.to(OrderStatus.PROCESSING)
    return _decide(started, attempt, journal.payment_started(started, attempt.method, now, by), enqueues=True)


def _decide(order: Order, attempt: Attempt, entry: Entry, *, enqueues: bool = False) -> Decision:
    paid = attrs.evolve(order, payment=attempt.payment)
    return Decision(paid, attempt, enqueues=enqueues, entries=(entry,))


def wait(record: OrderRecord, reference: str, action: PaymentAction | None, until: datetime, now: datetime) -> Decision:
    """Decide that the gateway waits for the buyer; asked again, it may say something else of the payment it has begun."""
    order, attempt = record.order, record.attempt
    if attempt is None or attempt.status is not AttemptStatus.PENDING or order.status is not OrderStatus.PROCESSING:
        return record.unchanged()
    waiting = attempt.waiting(reference, action, until, now)
    decision = _decide(order, waiting, journal.payment_waiting(order.id, until, now))
    return attrs.evolve(decision, entries=()) if attempt.is_waiting else decision


def is_overdue(record: OrderRecord, now: datetime) -> bool:
    """Return whether the gateway has waited for the buyer until the deadline."""
    attempt = record.attempt
    return attempt is not None and attempt.expires_at is not None and attempt.expires_at <= now


def capture(
    record: OrderRecord, tickets: Sequence[Ticket], code: TicketCode, now: datetime, reference: str | None = None
) -> Decision:
    """Decide what an approved charge leads to: the tickets and their mail, or the money's way back.

    It is idempotent.  A charge that succeeds for an order that is no longer processing, or whose event was cancelled
    meanwhile, is refunded.  ``reference`` is the gateway's name of the charge.
    """
    order, attempt = record.order, record.attempt
    if attempt is None or attempt.status not in _OPEN:
        return record.unchanged()
    charged = attrs.evolve(attempt, reference=reference or attempt.reference)
    if order.status is not OrderStatus.PROCESSING or attempt.status is not AttemptStatus.PENDING:
        return _decide(order, _owing(charged, charged.amount.minor), journal.late_charge(order, now))
    if record.event_status is EventStatus.CANCELLED:
        ended = order.to(OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)
        return _decide(ended, _owing(charged, charged.amount.minor), journal.transition(ended, now))
    paid = order.paid(code, now)
    mail = deliveries.asked(order.id, DeliveryKind.TICKETS, record.revision, now)
    decision = _decide(paid, charged.to(AttemptStatus.CAPTURED), journal.transition(paid, now))
    return attrs.evolve(decision, issued=tuple(tickets), deliveries=(mail,))


def _owing(attempt: Attempt, minor: int) -> Attempt:
    """Return an attempt with so much money on its way back; what no gateway took is returned by hand."""
    owing = attempt.owing(minor)
    return owing if owing.refund is None or attempt.method is PaymentMethod.GATEWAY else owing.after_refund()


def decline(record: OrderRecord, now: datetime, reason: str | None = None) -> Decision:
    """Decide what a refused charge leads to; it is idempotent.  ``reason`` is the gateway's."""
    order, attempt = record.order, record.attempt
    if attempt is None or attempt.status is not AttemptStatus.PENDING or order.status is not OrderStatus.PROCESSING:
        return record.unchanged()
    ended = order.to(OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED)
    return _decide(ended, attempt.to(AttemptStatus.DECLINED), journal.declined(ended, now, reason))


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
    return _decide(ended, attempt.to(AttemptStatus.CANCELLING), journal.given_up(ended, now, by), enqueues=True)


def finish_cancellation(record: OrderRecord, now: datetime) -> Decision:
    """Decide what follows once the gateway has cancelled the charge; it is idempotent."""
    if not is_cancelling(record):
        return record.unchanged()
    assert record.attempt is not None
    cancelled = record.attempt.to(AttemptStatus.CANCELLED)
    return _decide(record.order, cancelled, journal.payment_cancelled(record.order.id, now))


def start_refund(
    record: OrderRecord,
    tickets: Sequence[Ticket],
    now: datetime,
    *,
    numbers: Collection[int] | None = None,
    include_used: bool = False,
    by: str | None = None,
) -> Decision | StartRefundRefusal:
    """Decide an admin's refund: unused tickets are void, their places and the money go back, and the buyer is mailed.

    ``tickets`` are all of a paid order's, ``numbers`` those that are refunded: all by default.  If one of them was used, the
    refund is refused, or with ``include_used`` its money goes back too, and its place stays sold, for there is a person on
    it.  An order all of whose tickets are refunded is refunded.  The payment of an order that is processing is given up.
    It is idempotent.  ``by`` is the name of the admin's key.
    """
    order, attempt = record.order, record.attempt
    if order.status is OrderStatus.REFUNDED:
        return record.unchanged()
    if order.status is OrderStatus.PROCESSING and numbers is None:
        return give_up(record, now, by)
    if order.status is not OrderStatus.PAID or attempt is None:
        return OrderNotPaid(as_of(order, now).status.value)
    if numbers is not None and not {ticket.number for ticket in tickets}.issuperset(numbers):
        return TicketNotFound()
    wanted = [ticket for ticket in tickets if not ticket.is_refunded and (numbers is None or ticket.number in numbers)]
    used = [ticket.admission for ticket in wanted if ticket.admission]
    if used and not include_used:
        return TicketAlreadyUsed(used[0].date, used[0].gate, record.timezone)
    return _start_refund(record, attempt, tickets, wanted, now, by) if wanted else _refund_nothing(record, tickets)


def _refund_nothing(record: OrderRecord, tickets: Sequence[Ticket]) -> Decision:
    """Decide to write nothing; a paid order all of whose tickets are refunded was overtaken, and its write is a conflict."""
    is_overtaken = bool(tickets) and all(ticket.is_refunded for ticket in tickets)
    return attrs.evolve(record.unchanged(), enqueues=is_overtaken)


def _start_refund(
    record: OrderRecord,
    attempt: Attempt,
    tickets: Sequence[Ticket],
    wanted: Sequence[Ticket],
    now: datetime,
    by: str | None,
) -> Decision:
    """Decide the refund of the tickets ``wanted``, of all those of a paid order."""
    order = record.order
    voids = tuple(ticket.number for ticket in wanted if ticket.status is TicketStatus.VALID)
    is_whole = sum(ticket.is_refunded for ticket in tickets) + len(wanted) == order.quantity
    refunded = order.to(OrderStatus.REFUNDED) if is_whole else order
    amount = Money(order.ticket_price.minor * len(wanted), order.total.currency)
    owing = _owing(attempt, amount.minor) if amount.minor or is_whole else attempt
    entry = journal.refund_started(order, amount, [] if is_whole else wanted, len(voids), now, by)
    after = attrs.evolve(refunded, places=order.places - len(voids))
    decision = _decide(after, owing, entry, enqueues=owing.refund is not None)
    refunds_used = tuple(ticket.number for ticket in wanted if ticket.admission)
    mail = deliveries.asked(order.id, DeliveryKind.REFUND, record.revision, now)
    return attrs.evolve(decision, voids=voids, refunds_used=refunds_used, deliveries=(mail,))


def finish_refund(record: OrderRecord, refund: Refund, now: datetime) -> Decision:
    """Decide what follows once the gateway has returned ``refund``; it is idempotent, also while the next one is requested."""
    attempt = record.attempt
    if attempt is None or attempt.refund != refund:
        return record.unchanged()
    return _decide(record.order, attempt.after_refund(), journal.money_returned(record.order.id, refund.amount, now))


def is_settling(record: OrderRecord) -> bool:
    """Return whether the gateway still has to cancel the order's charge or to return its money."""
    return is_cancelling(record) or is_refunding(record)


def is_cancelling(record: OrderRecord) -> bool:
    """Return whether the gateway still has to be asked to cancel the order's charge."""
    return record.attempt is not None and record.attempt.status is AttemptStatus.CANCELLING


def is_refunding(record: OrderRecord) -> bool:
    """Return whether money of the order's is on its way back."""
    return record.attempt is not None and record.attempt.status is AttemptStatus.REFUNDING
