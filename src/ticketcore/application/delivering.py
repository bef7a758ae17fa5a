"""The delivery lane: claim mails that are due, make them, send them, and record what became of each.

It shares nothing with the charge lane but the ledger: a mail or file server that hangs delays mail, never a charge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

import attrs

from ticketcore.application.lanes import work_through
from ticketcore.application.reports import Failure, WorkReport
from ticketcore.domain import journal
from ticketcore.domain.deliveries import Delivery, DeliveryKind
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.mail import DrawnTicket, Mail, OrderMail, is_wanted
from ticketcore.domain.orders import Order
from ticketcore.domain.tickets import Ticket, TicketStatus
from ticketcore.ports import Accepted, Act, Later, Ports, Refused

_PNG = "image/png"
#: Each message can wake a worker that delivers several.
_WOKEN = 100


@attrs.frozen
class _Withdrawn:
    """The mail has become pointless."""


def deliver(ports: Ports, limit: int, may_begin: Callable[[], bool]) -> WorkReport:
    """Try at most ``limit`` deliveries that are due, one after the other, while ``may_begin`` allows another.

    Raises ``Unavailable`` if the ledger cannot be reached; a delivery in hand is tried again when its lease has ended.
    """
    return WorkReport(
        *work_through(limit, may_begin, lambda: ports.deliveries.claim(ports.clock.now()), partial(_try, ports))
    )


def publish_due(ports: Ports) -> int:
    """Publish a message for each order with a delivery that is due, at most ``_WOKEN``, and return how many."""
    now = ports.clock.now()
    order_ids = ports.deliveries.due(now, _WOKEN)
    if order_ids:
        ports.payment_queue.publish(order_ids, now)
    return len(order_ids)


def _try(ports: Ports, claimed: Delivery) -> Failure | None:
    order = ports.orders.get(claimed.order_id)
    assert order is not None, "an order is never removed"
    try:
        mail = _mail(ports, claimed, order)
        outcome = _Withdrawn() if mail is None else ports.mailer.send(mail)
    except Exception as error:
        reason = str(error) if isinstance(error, Unavailable) else type(error).__name__
        _settle(ports, claimed, Later(reason))
        return Failure(order.id, error)
    _settle(ports, claimed, outcome)
    return Failure(order.id, Unavailable("mail", outcome.reason)) if isinstance(outcome, Later) else None


def _settle(ports: Ports, claimed: Delivery, outcome: Accepted | Refused | Later | _Withdrawn) -> None:
    now = ports.clock.now()
    match outcome:
        case Accepted():
            word, after, entry = "delivered", claimed.delivered(), journal.mailed(claimed, now)
        case Refused(reason):
            word, after, entry = "refused", claimed.given_up(), journal.mail_refused(claimed, now, reason)
        case Later(reason):
            after = claimed.postponed(now)
            word, entry = (
                "given_up" if after.due_at is None else "postponed",
                journal.mail_postponed(after, now, reason),
            )
        case _Withdrawn():
            ports.deliveries.withdraw(claimed)
            return
        case _:
            assert_never(outcome)
    if ports.deliveries.settle(claimed, after, entry):
        ports.observe(Act.DELIVER, word, claimed.order_id)


def _mail(ports: Ports, delivery: Delivery, order: Order) -> Mail | None:
    """Return the message of a delivery, or ``None`` if it has become pointless."""
    event = ports.events.get(order.event_id)
    assert event is not None, "an order's event is never removed"
    if not is_wanted(delivery.kind, order, event):
        return None
    issued = ports.tickets.of_order(order.id)
    good = [ticket for ticket in issued if ticket.status is not TicketStatus.VOID]
    tickets = _drawn(ports, good) if delivery.kind is DeliveryKind.TICKETS else ()
    refunded = [ticket.number for ticket in issued if ticket.is_refunded]
    new = (
        journal.newly_refunded(ports.orders.journal(order.id), refunded) if delivery.kind is DeliveryKind.REFUND else ()
    )
    mail = OrderMail(delivery.kind, delivery.key, event, order, tickets, ports.clock.now(), len(refunded), new)
    return mail.message(ports.mail_composer.compose(mail))


def _drawn(ports: Ports, tickets: Sequence[Ticket]) -> tuple[DrawnTicket, ...]:
    """Return tickets with their images, which it stores."""
    drawn = tuple(DrawnTicket(ticket, ports.qr_images.draw(ticket.qr_code)) for ticket in tickets)
    for each in drawn:
        ports.files.put(each.ticket.image_name, each.png, _PNG)
    return drawn
