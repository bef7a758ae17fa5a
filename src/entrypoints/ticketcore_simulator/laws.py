"""The laws, checked against the responses that clients received and the components' state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from ticketcore import DeliveryKind, DeliveryStatus, Order, OrderStatus, TicketStatus
from ticketcore.domain import emails, ids, payments
from ticketcore.domain.acts import AdminActKind
from ticketcore.domain.ids import EventId
from ticketcore.domain.journal import Step
from ticketcore.domain.mail import is_wanted
from ticketcore.domain.orders import OCCUPYING, TRANSITIONS, Problem
from ticketcore.ports import Ports
from ticketcore_memory import MemoryFiles, MemoryMailer
from ticketcore_simulated_payments import tokens
from ticketcore_simulated_payments.tokens import Outcome
from ticketcore_simulator import address_laws, admission_laws, merging_laws, time_laws, webhook_laws
from ticketcore_simulator.components import SlowGateway
from ticketcore_simulator.observed import Observed

_MOST_ACTS = 10_000
_ENDED = {OrderStatus.PAID, OrderStatus.REFUNDED}
_GIVEN_UP = {Problem.SALES_CLOSED, Problem.PAYMENT_GIVEN_UP}
_STATUS_AFTER = {
    Step.RESERVED: OrderStatus.RESERVED,
    Step.PAYMENT_STARTED: OrderStatus.PROCESSING,
    Step.FREE: OrderStatus.PROCESSING,
    Step.CASH_TAKEN: OrderStatus.PROCESSING,
    Step.GIVEN_AWAY: OrderStatus.PROCESSING,
    Step.PAID: OrderStatus.PAID,
    Step.DECLINED: OrderStatus.DECLINED,
    Step.EXPIRED: OrderStatus.EXPIRED,
    Step.CANCELLED: OrderStatus.CANCELLED,
    Step.NOT_SOLD: OrderStatus.REFUNDED,
    Step.GIVEN_UP: OrderStatus.REFUNDED,
    Step.REFUND_STARTED: OrderStatus.REFUNDED,
}


def always(ports: Ports, events: list[EventId]) -> Iterator[str]:
    """Yield violations of what holds at every moment: law 1, and an act for each change of an event."""
    for event_id in events:
        audit = ports.events.audit(event_id)
        if audit is None or not audit.is_conserved:
            yield f"law 1: places are not conserved: {audit}"
    yield from _acts(ports, events)


def _acts(ports: Ports, events: list[EventId]) -> Iterator[str]:
    """Yield each event that has another number of acts than of changes."""
    found = ports.keys.acts(None, _MOST_ACTS).items
    acts = Counter(act.subject for act in found if act.kind is not AdminActKind.EVENT_REFUNDED)
    for event in filter(None, map(ports.events.get, events)):
        if acts[event.id] != event.revision:
            yield f"an event was changed {event.revision} times, and {acts[event.id]} acts are recorded"


def within_limits(ports: Ports, events: list[EventId], observed: Observed) -> Iterator[str]:
    """Yield the buyers who have more places of an event than one may have; the limits never change."""
    for event in filter(None, map(ports.events.get, events)):
        counted: Counter[str] = Counter()
        for order in _orders(ports, observed):
            if order.event_id == event.id and order.status in OCCUPYING:
                counted[emails.canonical(order.customer_email)] += order.places
        most = max(counted.values(), default=0)
        if event.max_per_customer is not None and most > event.max_per_customer:
            yield f"one buyer has {most} places, and may have {event.max_per_customer}"


def unrest(ports: Ports, events: list[EventId], observed: Observed) -> Iterator[str]:
    """Yield what is still to be done: nothing once faults have stopped and the system has run on."""
    now = ports.clock.now()
    depth = ports.payment_queue.depth(now)
    if depth.waiting or depth.in_flight or depth.dead:
        yield f"messages are left: {depth.waiting} waiting, {depth.in_flight} in flight, {depth.dead} dead"
    if ports.outbox.pending(1):
        yield "a message was never published"
    yield from webhook_laws.unrest(ports)
    if ports.events.refund_request():
        yield "an event is still to be refunded"
    if pending := ports.deliveries.backlog().pending:
        yield f"{pending} mails are still to be sent"
    for order in _orders(ports, observed):
        record = ports.orders.load(order.id)
        if order.status in {OrderStatus.RESERVED, OrderStatus.PROCESSING}:
            yield f"order {ids.digest(order.id)} is still {order.status.value}"
        elif order.status is OrderStatus.PAID and order.delivery is not DeliveryStatus.DELIVERED:
            yield f"order {ids.digest(order.id)} is paid and its mail {order.delivery}"
        elif order.status is OrderStatus.REFUNDED and order.delivery is DeliveryStatus.PENDING:
            yield f"order {ids.digest(order.id)} is refunded and its mail still pending"
        elif record is not None and payments.is_settling(record):
            yield f"the money of order {ids.digest(order.id)} is still to be returned"
        yield from (f"order {ids.digest(order.id)} {wrong}" for wrong in _news(ports, order))
    yield from counters_agree(ports, events)


def counters_agree(ports: Ports, events: list[EventId]) -> Iterator[str]:
    """Yield violations of law 1 for the inventory, which agrees if nothing is in flight and nothing was lost since a sweep."""
    for event_id, counter in ports.inventory.counters(events, ports.clock.now()).items():
        event = ports.events.get(event_id)
        if event is not None and counter.available != event.available:
            yield f"law 1: the counter says {counter.available}, the ledger {event.available}"
        if event is not None and counter.revision != event.revision:
            yield "law 1: the counter does not know the terms of sale"


def at_rest(ports: Ports, events: list[EventId], observed: Observed) -> Iterator[str]:
    """Yield violations of laws 2 to 5, once nothing is left to be done."""
    gone = [order_id for order_id in observed.quantities if ports.orders.get(order_id) is None]
    yield from (f"law 4: order {ids.digest(order_id)} was returned and is gone" for order_id in gone)
    yield from ("law 5: one key made several orders" for found in observed.orders_of_key.values() if len(found) != 1)
    yield from observed.wronged
    yield from _codes(ports, observed)
    yield from _cancelled_events(ports, observed)
    yield from webhook_laws.at_rest(ports, [*_orders(ports, observed)], events)
    for order in _orders(ports, observed):
        name = f"order {ids.digest(order.id)}"
        yield from (f"law 2: {name} {wrong}" for wrong in _money(ports, order))
        yield from (f"law 4: {name} {wrong}" for wrong in _promises(order, observed))
        yield from (f"law 5: {name} {wrong}" for wrong in _history(ports, order))
        yield from (f"law 4: {name} {wrong}" for wrong in _goods(ports, order))
        yield from (f"law 4: {name} {wrong}" for wrong in _news(ports, order))
        yield from (f"law 3: {name} {wrong}" for wrong in admission_laws.at_rest(ports, order, observed))
        yield from (f"law 3: {name} {wrong}" for wrong in merging_laws.at_rest(ports, order, observed))
        yield from (f"{name} {wrong}" for wrong in time_laws.at_rest(ports, order))
        yield from (f"{name} {wrong}" for wrong in address_laws.at_rest(ports, order, observed))


def _orders(ports: Ports, observed: Observed) -> Iterator[Order]:
    yield from filter(None, (ports.orders.get(order_id) for order_id in observed.quantities))


def _money(ports: Ports, order: Order) -> Iterator[str]:
    gateway = ports.payment_gateway
    assert isinstance(gateway, SlowGateway)
    kept = sum(money.minor for each, money in gateway.charged.items() if gateway.orders[each] == order.id)
    issued = ports.tickets.of_order(order.id)
    tickets, due = len(issued), sum(not ticket.is_refunded for ticket in issued) * order.ticket_price.minor
    if kept != due:
        yield f"is {order.status.value}, and {kept} of its money is kept for tickets of {due}"
    charges = (gateway.charges.get(each) for each, of in gateway.orders.items() if of == order.id)
    if order.status is OrderStatus.DECLINED and any(each and each.outcome is Outcome.APPROVED for each in charges):
        yield "is declined, and its payment was approved"
    if order.status in _ENDED - {OrderStatus.REFUNDED} and tickets != order.quantity:
        yield f"is paid and has {tickets} tickets for {order.quantity} places"
    if order.status not in _ENDED and tickets:
        yield f"is {order.status.value} and has {tickets} tickets"


def _history(ports: Ports, order: Order) -> Iterator[str]:
    """Yield each pair of statuses in the journal that is no transition."""
    entries = ports.orders.journal(order.id)
    statuses = [_STATUS_AFTER[entry.step] for entry in entries if entry.step in _STATUS_AFTER]
    if not statuses or statuses[-1] is not order.status:
        yield f"is {order.status.value}, and its journal says otherwise"
    for before, after in pairwise(statuses):
        if after not in TRANSITIONS[before]:
            yield f"became {after.value} after it was {before.value}"


def _promises(order: Order, observed: Observed) -> Iterator[str]:
    token = observed.paying.get(order.id)
    if order.quantity != observed.quantities[order.id]:
        yield f"has {order.quantity} places, and its buyer was told {observed.quantities[order.id]}"
    expected: set[OrderStatus]
    if order.id in observed.refunded:
        expected = {OrderStatus.REFUNDED}
    elif token == tokens.DECLINED and order.problem not in _GIVEN_UP:
        expected = {OrderStatus.DECLINED}
    elif token == tokens.PENDING:
        expected = {OrderStatus.DECLINED, OrderStatus.PAID, OrderStatus.REFUNDED}
    elif token is not None:
        expected = {OrderStatus.PAID, OrderStatus.REFUNDED}
    elif order.id in observed.cancelled:
        expected = {OrderStatus.CANCELLED}
    else:
        expected = {OrderStatus.EXPIRED}
    if order.status not in expected:
        yield f"is {order.status.value}, and its buyer was told what makes it {' or '.join(sorted(expected))}"
    is_requested = order.id in observed.refunding or order.event_id in observed.refunding_events
    is_given_up = order.problem is Problem.SALES_CLOSED
    if order.status is OrderStatus.REFUNDED and not is_requested and not is_given_up:
        yield "was refunded, without a request"


def _goods(ports: Ports, order: Order) -> Iterator[str]:
    files, mailer = ports.files, ports.mailer
    assert isinstance(files, MemoryFiles)
    assert isinstance(mailer, MemoryMailer)
    if order.status is not OrderStatus.PAID:
        return
    tickets = ports.tickets.of_order(order.id)
    drawn = {ticket.number: ports.qr_images.draw(ticket.qr_code) for ticket in tickets}
    good = {ticket.number for ticket in tickets if ticket.status is not TicketStatus.VOID}
    if any(
        files.contents.get(ticket.image_name) != drawn[ticket.number] for ticket in tickets if ticket.number in good
    ):
        yield "is paid, and its images are not those of its tickets"
    sent = [mail for mail in mailer.sent if mail.kind is DeliveryKind.TICKETS]
    mails = [mail for mail in sent if mail.key.startswith(ids.digest(order.id))]
    if not mails:
        yield "is paid, and no mail was sent"
    # A mail may have brought tickets that were refunded later.
    brought = [{image.png for image in mail.images} for mail in mails]
    if any(not {drawn[number] for number in good} <= each <= {*drawn.values()} for each in brought):
        yield "is paid, and a mail brought other tickets than count"


def _news(ports: Ports, order: Order) -> Iterator[str]:
    """Yield a paid order whose buyer was not told that the event is cancelled."""
    event = ports.events.get(order.event_id)
    assert event is not None
    told = {each.kind for each in ports.deliveries.of_order(order.id) if each.status is DeliveryStatus.DELIVERED}
    if is_wanted(DeliveryKind.CANCELLED, order, event) and DeliveryKind.CANCELLED not in told:
        yield "is paid, and its buyer was not told that the event is cancelled"


def _cancelled_events(ports: Ports, observed: Observed) -> Iterator[str]:
    """Yield the sales of an event that were recorded after an admin was told that it is cancelled."""
    for order in _orders(ports, observed):
        before = observed.paid_before_cancellation.get(order.event_id, {order.id})
        if order.status is OrderStatus.PAID and order.id not in before:
            yield f"law 2: order {ids.digest(order.id)} was paid after its event was cancelled"


def _codes(ports: Ports, observed: Observed) -> Iterator[str]:
    tickets = [ticket for order in _orders(ports, observed) for ticket in ports.tickets.of_order(order.id)]
    if len({ticket.qr_code for ticket in tickets}) != len(tickets):
        yield "law 3: one QR code stands on two tickets"
    codes = [order.ticket_code for order in _orders(ports, observed) if order.ticket_code]
    if len({*codes}) != len(codes):
        yield "law 4: one ticket code stands on two orders"
