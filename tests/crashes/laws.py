"""The laws, checked against the recorded responses and the components' state."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import attrs

from tests.crashes.driver import Driver, Facts
from tests.crashes.scenarios import Scenario
from tests.crashes.use_cases import ELSEWHERE
from ticketcore import (
    AdminActKind,
    Admitted,
    DeliveryKind,
    DeliveryStatus,
    Event,
    EventFilter,
    EventStatus,
    Order,
    OrderStatus,
    Ticket,
    TicketStatus,
)
from ticketcore.domain import ids
from ticketcore.domain.attempts import Attempt, AttemptStatus, PaymentMethod
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore.domain.journal import Step
from ticketcore.domain.money import Money
from ticketcore.domain.orders import HOLDING, TRANSITIONS
from ticketcore.domain.refusals import TicketAlreadyUsed
from ticketcore.ports import Ports

_ALL = 100
#: What the status of an attempt may be, by the final status of its order.
_ATTEMPTS = {
    OrderStatus.PROCESSING: {AttemptStatus.PENDING},
    OrderStatus.PAID: {AttemptStatus.CAPTURED},
    OrderStatus.DECLINED: {AttemptStatus.DECLINED},
    OrderStatus.REFUNDED: {AttemptStatus.CANCELLED, AttemptStatus.REFUNDED},
}
_ONCE = {
    Step.RESERVED,
    Step.PAYMENT_STARTED,
    Step.PAID,
    Step.DECLINED,
    Step.NOT_SOLD,
    Step.EXPIRED,
    Step.CANCELLED,
    Step.REFUND_STARTED,
    Step.ADMISSION_UNDONE,
    Step.FORGOTTEN,
}


@attrs.frozen
class SentMail:
    """A mail in a buyer's mailbox."""

    key: str
    images: tuple[bytes, ...]


class Inspector(Protocol):
    """Reads what the ports do not show: all orders, the charges of the gateway, and the buyers' mailboxes."""

    __slots__ = ()

    @abstractmethod
    def order_ids(self) -> Sequence[OrderId]:
        """Return the ids of all orders."""

    @abstractmethod
    def kept(self) -> Mapping[AttemptId, Money]:
        """Return the money that was taken and not returned, by attempt."""

    @abstractmethod
    def sent_mails(self) -> Sequence[SentMail]:
        """Return all mails that were sent."""


def orders(ports: Ports, inspector: Inspector) -> list[Order]:
    """Return all orders."""
    return [order for order_id in inspector.order_ids() if (order := ports.orders.get(order_id))]


def _events(ports: Ports) -> tuple[Event, ...]:
    return ports.events.list(EventFilter(), None, _ALL).items


def always(ports: Ports, facts: Facts) -> Iterator[str]:
    """Yield violations of what holds at every moment: conservation, and that nothing that was returned is lost."""
    for event in _events(ports):
        audit = ports.events.audit(event.id)
        if audit is None or not audit.is_conserved:
            yield f"law 1: places are not conserved: {audit}"
    yield from _acts(ports)
    yield from _promises(ports, facts)


def _acts(ports: Ports) -> Iterator[str]:
    """Yield each event and key that has another number of acts than of changes."""
    found = ports.keys.acts(None, _ALL).items
    # Requests to refund an event change nothing of it.
    acts = Counter(act.subject for act in found if act.kind is not AdminActKind.EVENT_REFUNDED)
    changes: dict[str, int] = {event.id: event.revision for event in _events(ports)}
    changes |= {key.id: 1 + (key.revoked_at is not None) for key in ports.keys.list()}
    left = {webhook.id for webhook in ports.webhooks.list()}
    created = [act.subject for act in found if act.kind is AdminActKind.WEBHOOK_CREATED]
    changes |= {webhook_id: 1 + (webhook_id not in left) for webhook_id in {*left, *created}}
    if dict(acts) != changes:
        yield f"there are acts {dict(acts)} for changes {changes}"


def _promises(ports: Ports, facts: Facts) -> Iterator[str]:
    for seen in facts.events.values():
        event = ports.events.get(seen.id)
        if event is None or event.revision < seen.revision:
            yield f"law 4: an event is {event}, and was returned as {seen}"
        elif event.revision == seen.revision and (event.capacity, event.status) != (seen.capacity, seen.status):
            yield "law 4: an event's change was undone"
    for returned in facts.orders.values():
        order = ports.orders.get(returned.id)
        if order is None or order.quantity != returned.quantity or order.status not in _from(returned.status):
            yield f"law 4: an order was returned as {returned.status.value} and is {order and order.status.value}"
    yield from _keys(ports, facts)
    yield from _tickets(ports, facts)


def _keys(ports: Ports, facts: Facts) -> Iterator[str]:
    for returned in facts.keys.values():
        key = ports.keys.get(returned.id)
        if key is None or (returned.revoked_at is not None and key != returned):
            yield f"law 4: an API key is {key}, and was returned as {returned}"


def _tickets(ports: Ports, facts: Facts) -> Iterator[str]:
    for ticket in (*facts.seen.values(), *facts.admitted.values()):
        found = ports.tickets.get(ticket.id)
        if found is None or found.qr_code != ticket.qr_code:
            yield "law 4: a ticket that its buyer has is gone"
        elif ticket.status is TicketStatus.USED and found.admission != ticket.admission and not facts.is_undoing:
            yield "law 3: a ticket that was admitted is no longer used by that scan"


def _from(status: OrderStatus) -> set[OrderStatus]:
    """Return this status and all that an order may have after it."""
    return {status}.union(*(_from(after) for after in TRANSITIONS[status]))


def _announced(ports: Ports, found: Sequence[Order]) -> Iterator[str]:
    """Yield each paid order whose buyer was not told that the event is cancelled or takes place elsewhere."""
    for order in (order for order in found if order.status is OrderStatus.PAID):
        event = ports.events.get(order.event_id)
        assert event is not None
        is_cancelled, is_moved = event.status is EventStatus.CANCELLED, event.location == ELSEWHERE
        wanted = DeliveryKind.CANCELLED if is_cancelled else DeliveryKind.CHANGED if is_moved else None
        mails = {mail.kind for mail in ports.deliveries.of_order(order.id) if mail.status is DeliveryStatus.DELIVERED}
        if wanted and wanted not in mails:
            yield f"law 4: a buyer was not told that the event is {wanted.value}"


def in_the_end(driver: Driver, inspector: Inspector, scenario: Scenario) -> Iterator[str]:
    """Yield violations of what holds after recovery.  This scans all tickets."""
    ports = driver.ports
    found = orders(ports, inspector)
    yield from always(ports, driver.facts)
    yield from _rest(ports, driver, scenario)
    yield from _told(ports, scenario, [order for order in found if order.status is OrderStatus.PAID])
    if len(found) > scenario.max_orders:
        yield f"law 5: there are {len(found)} orders"
    yield from _announced(ports, found)
    kept = {
        attempt.id: money for order in found if (attempt := _attempt(ports, order)) and (money := _due(order, attempt))
    }
    if inspector.kept() != kept:
        yield f"law 2: money was kept {len(inspector.kept())} times for {len(kept)} paid orders, or another sum"
    sent_mails = inspector.sent_mails()
    for order in found:
        wrong = [*_order(ports, order, scenario), *_delivery(ports, order, sent_mails), *_admissions(driver, order)]
        yield from (f"order {ids.digest(order.id)}, {order.status.value}: {each}" for each in wrong)


def _told(ports: Ports, scenario: Scenario, paid: Sequence[Order]) -> Iterator[str]:
    """Yield each paid order that a webhook, which was there before, was not told of; and what tells too much."""
    for webhook in ports.webhooks.list():
        messages = ports.webhooks.deliveries(webhook.id, None, _ALL).items
        wanted = DeliveryStatus.PENDING if scenario.webhook_fails else DeliveryStatus.DELIVERED
        of_orders = Counter(message.payload.partition('"order":"')[2][:16] for message in messages)
        for order in paid:
            if of_orders[ids.digest(order.id)] != 1:
                yield f"law 4: a webhook has {of_orders[ids.digest(order.id)]} messages of an order that was paid"
        if any(message.status is not wanted for message in messages):
            yield f"law 4: messages to a webhook are {[message.status.value for message in messages]}"
        secrets = [secret for order in paid for secret in (order.id, order.customer_email)]
        if any(secret in message.payload for message in messages for secret in secrets):
            yield "a message to a webhook has an order's id or its buyer's address"


def _rest(ports: Ports, driver: Driver, scenario: Scenario) -> Iterator[str]:
    depth = ports.payment_queue.depth(driver.clock.now())
    if depth.waiting or depth.in_flight or bool(depth.dead) != scenario.dead_letter:
        yield f"messages: {depth.waiting} waiting, {depth.in_flight} in flight, {depth.dead} dead"
    if ports.outbox.pending(1):
        yield "a message was never published"
    events = _events(ports)
    counters = ports.inventory.counters([event.id for event in events], driver.clock.now())
    for event in events:
        counter = counters.get(event.id)
        if counter is None or (counter.available, counter.revision) != (event.available, event.revision):
            yield f"law 1: the counter says {counter}, the ledger {event.available} of revision {event.revision}"


def _order(ports: Ports, order: Order, scenario: Scenario) -> Iterator[str]:
    if order.status not in scenario.ends or (order.status in HOLDING and not scenario.dead_letter):
        yield "law 4: no request leads to this status"
    attempt = _attempt(ports, order)
    if (attempt.status if attempt else None) not in _ATTEMPTS.get(order.status, {None}):
        yield f"law 2: its attempt is {attempt}"
    told = Counter(entry.step for entry in ports.orders.journal(order.id))
    steps = {step: times for step, times in told.items() if step in _ONCE}
    yield from (f"law 5: the journal says {times} times {step.value}" for step, times in steps.items() if times > 1)
    refunds = [Step.REFUND_STARTED, Step.PART_REFUND_STARTED, Step.LATE_CHARGE, Step.NOT_SOLD]
    if told[Step.REFUNDED] > sum(told[step] for step in refunds):
        yield f"law 5: the journal says {told[Step.REFUNDED]} times refunded"


def _due(order: Order, attempt: Attempt) -> Money | None:
    """Return the money that is kept for an order's tickets, ``None`` if there is none or no gateway has it."""
    if order.status is not OrderStatus.PAID or attempt.method is not PaymentMethod.GATEWAY:
        return None
    return Money(attempt.amount.minor - attempt.owed, attempt.amount.currency)


def _attempt(ports: Ports, order: Order) -> Attempt | None:
    record = ports.orders.load(order.id)
    return record.attempt if record else None


def _delivery(ports: Ports, order: Order, sent_mails: Sequence[SentMail]) -> Iterator[str]:
    tickets = ports.tickets.of_order(order.id)
    has_tickets = order.status in {OrderStatus.PAID, OrderStatus.REFUNDED} and order.problem is None
    if [ticket.number for ticket in tickets] != list(range(1, order.quantity * has_tickets + 1)):
        yield f"law 2: it has {len(tickets)} tickets for {order.quantity} places"
    images = tuple(ports.qr_images.draw(ticket.qr_code) for ticket in tickets)
    key = f"{ids.digest(order.id)}-{DeliveryKind.TICKETS.value}-"
    mails = [mail.images for mail in sent_mails if mail.key.startswith(key)]
    if any(mail != images for mail in mails):
        yield "law 4: a mail has other tickets than the order"
    if order.status is not OrderStatus.PAID:
        return
    if order.delivery is not DeliveryStatus.DELIVERED or not mails:
        yield f"law 2: the mail with its tickets is {order.delivery}, and was sent {len(mails)} times"
    if tuple(ports.files.get(ticket.image_name) for ticket in tickets) != images:
        yield "law 2: its images are not those of its tickets"


def _admissions(driver: Driver, order: Order) -> Iterator[str]:
    """Scan each ticket at two gates: one admits a valid ticket, unless its event was cancelled, and none any other."""
    event = driver.ports.events.get(order.event_id)
    is_on = event is not None and event.status is not EventStatus.CANCELLED
    for ticket in driver.ports.tickets.of_order(order.id):
        scans = [driver.box_office.validate(ticket.qr_code, gate) for gate in ("east", "west")]
        admitted = [scan for scan in scans if isinstance(scan, Admitted)]
        if len(admitted) != (is_on and ticket.status is TicketStatus.VALID):
            yield f"law 3: a {ticket.status.value} ticket was admitted {len(admitted)} times"
        used = None if driver.facts.is_undoing else driver.facts.admitted.get(ticket.id)
        if used and not _is_known_again(driver, used):
            yield "law 3: the scan that was admitted returns something else when it is repeated"


def _is_known_again(driver: Driver, used: Ticket) -> bool:
    """Repeat the scan that used a ticket: it gets the ticket, or after ten minutes its time and gate."""
    admission = used.admission
    assert admission is not None
    again = driver.box_office.validate(used.qr_code, admission.gate, scan_id=admission.scan_id)
    if isinstance(again, Admitted):
        return again.is_repeated and again.ticket == used
    return again == TicketAlreadyUsed(admission.date, admission.gate)
