"""The worker's use case: charge an order that is processing, then bring its buyer the tickets.

Every step is recorded before the next begins, so a run that follows a crash goes on from where the ledger says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore.application import inventory_sync
from ticketcore.domain import ids, journal, mail
from ticketcore.domain.errors import Rejected, Unavailable
from ticketcore.domain.ids import OrderId, TicketId
from ticketcore.domain.orders import Change, Delivery, Order, OrderStatus
from ticketcore.domain.payments import Attempt, AttemptStatus
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Act, Approved, Declined, Ports, ReceivedMessage, TicketCodeTaken
from ticketcore.ports.payment_queue import VISIBILITY

FIRST_RETRY = timedelta(seconds=0.5)
_PNG = "image/png"


@attrs.frozen
class Failure:
    """One order that could not be worked on; its message went back to the queue."""

    order_id: OrderId = attrs.field(repr=False)
    error: Exception


@attrs.frozen
class WorkReport:
    """What one call of ``work`` did."""

    done: int
    failures: tuple[Failure, ...]


def go_on() -> None:
    """Leave nothing to the next run."""


def process(ports: Ports, order_id: OrderId, checkpoint: Callable[[], None] = go_on) -> None:
    """Do the work that the order needs now; repeating it, at once or after a crash, changes nothing more.

    ``checkpoint`` is called between any two steps; it may raise ``Unavailable`` to leave the rest to the next run.
    Raises ``Unavailable`` if a part cannot be reached: the message is to be delivered again.
    """
    order = ports.orders.get(order_id)
    if order is None:
        return
    try:
        checkpoint()
        if order.status is OrderStatus.PROCESSING:
            order = _charge(ports, order)
        if order.status is OrderStatus.PAID:
            _fulfil(ports, order, checkpoint)
        return_money(ports, order)
    except Unavailable as failure:
        ports.orders.note(journal.failed(order, ports.clock.now(), str(failure)))
        raise


def _charge(ports: Ports, order: Order) -> Order:
    attempt = ports.orders.attempt(order.id)
    assert attempt is not None, "an order comes into processing together with its attempt"
    match ports.payment_gateway.charge(attempt):
        case Approved():
            change = _capture(ports, order, attempt)
        case Declined():
            change = ports.orders.decline(attempt.id, ports.clock.now())
    ports.observe(Act.CHARGE, change.order.status.value, order.id)
    inventory_sync.sync(ports, change)
    return change.order


def _capture(ports: Ports, order: Order, attempt: Attempt) -> Change:
    tickets = [_new_ticket(ports, order, number) for number in range(1, order.quantity + 1)]
    while True:
        code = ids.ticket_code(ports.ids.new(ids.TICKET_CODE_BYTES))
        outcome = ports.orders.capture(attempt.id, tickets, code, ports.clock.now())
        if not isinstance(outcome, TicketCodeTaken):
            return outcome


def _new_ticket(ports: Ports, order: Order, number: int) -> Ticket:
    ticket_id = TicketId(ids.text_of(ports.ids.new(ids.SECRET_BYTES)))
    return Ticket(ticket_id, order.id, order.event_id, number, ports.seal.seal(Claim(order.event_id, ticket_id)))


def _fulfil(ports: Ports, order: Order, checkpoint: Callable[[], None]) -> None:
    if order.delivery is Delivery.DELIVERED:
        return
    drawn = [(ticket, ports.qr_images.draw(ticket.qr_code)) for ticket in ports.tickets.of_order(order.id)]
    if order.delivery is Delivery.ISSUED:
        for ticket, png in drawn:
            checkpoint()
            ports.files.put(ticket.image_name, png, _PNG)
        order = ports.orders.advance(order.id, Delivery.STORED, ports.clock.now()) or order
        ports.observe(Act.DELIVER, "stored", order.id)
    if order.delivery is Delivery.STORED:
        checkpoint()
        _notify(ports, order, drawn)
        ports.orders.advance(order.id, Delivery.DELIVERED, ports.clock.now())
        ports.observe(Act.DELIVER, "delivered", order.id)


def _notify(ports: Ports, order: Order, drawn: Sequence[tuple[Ticket, bytes]]) -> None:
    event = ports.events.get(order.event_id)
    assert event is not None, "an order's event is never removed"
    now = ports.clock.now()
    try:
        ports.mailer.send(mail.compose(event, order, drawn, now))
    except Rejected as refused:
        ports.orders.note(journal.mail_refused(order, now, refused.reason))
        ports.observe(Act.DELIVER, "mail_refused", order.id)


def return_money(ports: Ports, order: Order) -> None:
    """Finish a refund that has begun, if one has; raise ``Unavailable`` if the gateway gives no answer."""
    attempt = ports.orders.attempt(order.id)
    if attempt is not None and attempt.status is AttemptStatus.REFUNDING:
        ports.payment_gateway.refund(attempt)
        ports.orders.finish_refund(attempt.id, ports.clock.now())
        ports.observe(Act.REFUND, "refunded", order.id)


def work(ports: Ports, limit: int) -> WorkReport:
    """Receive at most ``limit`` messages and work them off; one that fails harms no other.

    Raises ``Unavailable`` if the ledger or the queue cannot be reached: nothing is received then, for a message that comes
    back too often becomes a dead letter.
    """
    ports.events.check()
    hand = _Hand(ports, list(ports.payment_queue.receive(limit, ports.clock.now())), ports.clock.now())
    failures: list[Failure] = []
    done = 0
    while hand.deliveries:
        failure = _work_off(hand)
        failures += [failure] if failure else []
        done += failure is None
    return WorkReport(done, tuple(failures))


@attrs.define(eq=False)
class _Hand:
    """The deliveries that a worker still has to work off, and when they were last hidden from other workers."""

    ports: Ports
    deliveries: list[ReceivedMessage]
    hidden_at: datetime

    def keep(self) -> None:
        """Hide all of them anew before their visibility ends, however long the work takes."""
        now = self.ports.clock.now()
        if now - self.hidden_at < VISIBILITY / 3:
            return
        self.hidden_at = now
        try:
            for delivery in self.deliveries:
                self.ports.payment_queue.extend(delivery, now)
        except Unavailable:
            return  # Somebody else may work on them too, which is harmless.


def _work_off(hand: _Hand) -> Failure | None:
    """Work off the first delivery and let go of it."""
    delivery = hand.deliveries[0]
    try:
        process(hand.ports, delivery.order_id, hand.keep)
    except Exception as error:
        _give_back(hand.ports, delivery)
        hand.ports.observe(Act.WORK, "given_back", delivery.order_id)
        return Failure(delivery.order_id, error)
    else:
        hand.ports.payment_queue.done(delivery)
        hand.ports.observe(Act.WORK, "done", delivery.order_id)
        return None
    finally:
        del hand.deliveries[0]


def _give_back(ports: Ports, delivery: ReceivedMessage) -> None:
    try:
        ports.payment_queue.retry(delivery, FIRST_RETRY * 2 ** (delivery.receives - 1), ports.clock.now())
    except Unavailable:
        return  # The message comes back by itself when its visibility ends.
