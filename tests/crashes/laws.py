"""The laws, held against what people were told and what the parts hold."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

import attrs

from tests.crashes.process import Desk, Facts
from tests.crashes.stories import Story
from ticketcore import Delivery, Event, EventFilter, Order, OrderStatus, Ticket, TicketStatus
from ticketcore.domain import ids
from ticketcore.domain.attempts import Attempt, AttemptStatus
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.orders import HOLDING, TRANSITIONS
from ticketcore.ports import Ports

_ALL = 100
#: What becomes of an attempt, by its order's end.
_ATTEMPTS = {
    OrderStatus.PROCESSING: AttemptStatus.PENDING,
    OrderStatus.PAID: AttemptStatus.CAPTURED,
    OrderStatus.DECLINED: AttemptStatus.DECLINED,
    OrderStatus.REFUNDED: AttemptStatus.REFUNDED,
}
_ONCE = {
    Step.RESERVED,
    Step.PAYMENT_STARTED,
    Step.PAID,
    Step.STORED,
    Step.DELIVERED,
    Step.DECLINED,
    Step.NOT_SOLD,
    Step.EXPIRED,
    Step.CANCELLED,
    Step.REFUND_STARTED,
    Step.REFUNDED,
}


@attrs.frozen
class Letter:
    """A mail as it lies in a buyer's box."""

    key: str
    images: tuple[bytes, ...]


class Books(Protocol):
    """What the ports do not tell: the ledger's list of orders, the gateway's own books, the buyers' boxes."""

    __slots__ = ()

    @abstractmethod
    def order_ids(self) -> Sequence[OrderId]:
        """Answer every order that there is."""

    @abstractmethod
    def kept(self) -> set[AttemptId]:
        """Answer the attempts whose money was taken and not returned."""

    @abstractmethod
    def letters(self) -> Sequence[Letter]:
        """Answer every mail that was sent."""


def orders(ports: Ports, books: Books) -> list[Order]:
    """Answer every order that there is."""
    return [order for order_id in books.order_ids() if (order := ports.orders.get(order_id))]


def _events(ports: Ports) -> tuple[Event, ...]:
    return ports.events.list(EventFilter(), None, _ALL).items


def always(ports: Ports, facts: Facts) -> Iterator[str]:
    """What holds at every moment, also while a process lies dead: law 1, and that what was answered is there."""
    for event in _events(ports):
        audit = ports.events.audit(event.id)
        if audit is None or not audit.is_conserved:
            yield f"law 1: places are not conserved: {audit}"
    yield from _answered(ports, facts)


def _answered(ports: Ports, facts: Facts) -> Iterator[str]:
    for told in facts.events.values():
        event = ports.events.get(told.id)
        if event is None or event.revision < told.revision:
            yield f"law 4: an event is {event}, and its admin was told {told}"
        elif event.revision == told.revision and (event.capacity, event.status) != (told.capacity, told.status):
            yield "law 4: an event's change was undone"
    for answered in facts.orders.values():
        order = ports.orders.get(answered.id)
        if order is None or order.quantity != answered.quantity or order.status not in _from(answered.status):
            yield f"law 4: an order was answered as {answered.status.value} and is {order and order.status.value}"
    yield from _answered_keys(ports, facts)
    yield from _answered_tickets(ports, facts)


def _answered_keys(ports: Ports, facts: Facts) -> Iterator[str]:
    for told_key in facts.keys.values():
        key = ports.keys.get(told_key.id)
        if key is None or (told_key.revoked_at is not None and key != told_key):
            yield f"law 4: an API key is {key}, and its admin was told {told_key}"


def _answered_tickets(ports: Ports, facts: Facts) -> Iterator[str]:
    for ticket in (*facts.seen.values(), *facts.admitted.values()):
        found = ports.tickets.get(ticket.id)
        if found is None or found.qr_code != ticket.qr_code:
            yield "law 4: a ticket that somebody has seen is gone"
        elif ticket.status is TicketStatus.USED and found != ticket:
            yield "law 3: a ticket that was let in is no longer used by that scan"


def _from(status: OrderStatus) -> set[OrderStatus]:
    """Answer all that an order in this status may be later."""
    return {status}.union(*(_from(after) for after in TRANSITIONS[status]))


def in_the_end(desk: Desk, books: Books, story: Story) -> Iterator[str]:
    """What holds once recovery has done its work; the last of it is to let everybody in."""
    ports = desk.ports
    found = orders(ports, books)
    yield from always(ports, desk.facts)
    yield from _rest(ports, desk, story)
    if len(found) > story.most_orders:
        yield f"law 5: there are {len(found)} orders"
    paid = (_attempt(ports, order) for order in found if order.status is OrderStatus.PAID)
    kept = {attempt.id for attempt in paid if attempt}
    if books.kept() != kept:
        yield f"law 2: money was kept {len(books.kept())} times for {len(kept)} paid orders"
    letters = books.letters()
    for order in found:
        wrong = [*_order(ports, order, story), *_goods(ports, order, letters), *_admissions(desk, order)]
        yield from (f"order {ids.digest(order.id)}, {order.status.value}: {each}" for each in wrong)


def _rest(ports: Ports, desk: Desk, story: Story) -> Iterator[str]:
    depth = ports.payment_queue.depth(desk.clock.now())
    if depth.waiting or depth.in_flight or bool(depth.dead) != story.dead_letter:
        yield f"messages: {depth.waiting} waiting, {depth.in_flight} in flight, {depth.dead} dead"
    if ports.outbox.pending(1):
        yield "a message was never published"
    events = _events(ports)
    counted = ports.inventory.available([event.id for event in events], desk.clock.now())
    for event in events:
        if counted.get(event.id) != event.available:
            yield f"law 1: the counter says {counted.get(event.id)}, the ledger {event.available}"


def _order(ports: Ports, order: Order, story: Story) -> Iterator[str]:
    if order.status not in story.ends or (order.status in HOLDING and not story.dead_letter):
        yield "law 4: nobody did what leads there"
    attempt = _attempt(ports, order)
    if (attempt.status if attempt else None) is not _ATTEMPTS.get(order.status):
        yield f"law 2: its attempt is {attempt}"
    steps = Counter(entry.step for entry in ports.orders.journal(order.id) if entry.step in _ONCE)
    yield from (f"law 5: the journal says {times} times {step.value}" for step, times in steps.items() if times > 1)


def _attempt(ports: Ports, order: Order) -> Attempt | None:
    record = ports.orders.load(order.id)
    return record.attempt if record else None


def _goods(ports: Ports, order: Order, letters: Sequence[Letter]) -> Iterator[str]:
    tickets = ports.tickets.of_order(order.id)
    has_tickets = order.status in {OrderStatus.PAID, OrderStatus.REFUNDED} and order.problem is None
    if [ticket.number for ticket in tickets] != list(range(1, order.quantity * has_tickets + 1)):
        yield f"law 2: it has {len(tickets)} tickets for {order.quantity} places"
    images = tuple(ports.qr_images.draw(ticket.qr_code) for ticket in tickets)
    mails = [letter.images for letter in letters if letter.key == ids.digest(order.id)]
    if any(mail != images for mail in mails):
        yield "law 4: a mail brought tickets that do not count"
    if order.status is not OrderStatus.PAID:
        return
    if order.delivery is not Delivery.DELIVERED or not mails:
        yield f"law 2: its tickets are only {order.delivery.value}, in {len(mails)} mails"
    if tuple(ports.files.get(ticket.image_name) for ticket in tickets) != images:
        yield "law 2: its images are not those of its tickets"


def _admissions(desk: Desk, order: Order) -> Iterator[str]:
    """Let each ticket in at two gates: one succeeds if the ticket is valid, and none else."""
    for ticket in desk.ports.tickets.of_order(order.id):
        scans = [desk.box_office.validate(ticket.qr_code, gate, scan_id="last") for gate in ("east", "west")]
        admitted = [scan for scan in scans if isinstance(scan, Ticket)]
        if len(admitted) != (ticket.status is TicketStatus.VALID):
            yield f"law 3: a {ticket.status.value} ticket was let in {len(admitted)} times"
        told = desk.facts.admitted.get(ticket.id)
        if told and told != _scanned_again(desk, told):
            yield "law 3: the scan that was let in is not answered as the first time"


def _scanned_again(desk: Desk, used: Ticket) -> object:
    """Return what the scan that used a ticket gets when it is repeated."""
    assert used.admission is not None
    return desk.box_office.validate(used.qr_code, used.admission.gate, scan_id=used.admission.scan_id)
