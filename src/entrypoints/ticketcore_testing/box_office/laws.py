"""The laws, checked after every step against what a box office returns and stores."""

from __future__ import annotations

from ticketcore import NO_LIMIT, DeliveryKind, LiveEvent, Order, TicketStatus, accepted
from ticketcore.domain.ids import OrderId, digest
from ticketcore_testing.box_office import model as books
from ticketcore_testing.box_office.harness import Watched
from ticketcore_testing.box_office.model import Model
from ticketcore_testing.samples import free_places

_MOST_EVENTS = 100
_PROBLEMS = {"expired": "reservation_expired", "declined": "payment_declined"}


def places_are_conserved(watched: Watched, model: Model) -> None:
    """Check law 1 in the ledger; a counter agrees with it, because nothing is in flight between steps."""
    ports = watched.box_office.ports
    counted = free_places(ports.inventory, list(model.events), model.now)
    for event_id in model.events:
        audit = ports.events.audit(event_id)
        assert audit is not None, "law 4: an event is gone"
        assert audit.is_conserved, f"law 1: {audit}"
        assert counted.get(event_id, audit.available) == audit.available, f"law 1: the counter differs from {audit}"


def events_are_live(watched: Watched, model: Model) -> None:
    """Check that every event is listed in its order, with its current free places."""
    page = accepted(watched.organiser.list_events(limit=_MOST_EVENTS))
    by_date = sorted(model.events.items(), key=lambda item: (item[1].date, item[0]))
    shown = [(live.event.id, *_shown_event(live)) for live in page.items]
    expected = [(event_id, model.free(event), *_expected_event(event)) for event_id, event in by_date]
    assert shown == expected, f"the events shown are {shown}, the model's {expected}"


def _shown_event(live: LiveEvent) -> tuple[object, ...]:
    event = live.event
    price = event.price.minor
    limits = event.max_per_order, event.max_per_customer or NO_LIMIT
    times = event.date, *(each or NO_LIMIT for each in (event.sale_starts_at, event.sale_ends_at, event.doors_at))
    return live.available, event.capacity, price, limits, event.status, times, event.revision


def _expected_event(event: books.Event) -> tuple[object, ...]:
    limits = event.max_per_order, event.max_per_customer
    times = event.date, event.sale_starts_at, event.sale_ends_at, event.doors_at
    return event.capacity, event.price, limits, event.status, times, event.revision


def orders_are_as_of_now(watched: Watched, model: Model) -> None:
    """Check that every order has its current status, whether or not it was swept, and what belongs to the status."""
    for order_id, known in model.orders.items():
        order = watched.box_office.order(order_id)
        assert isinstance(order, Order), "law 4: an order is gone"
        assert model.events.get(order.event_id) is known.event
        shown, expected = _shown_order(order), _expected_order(known)
        assert shown == expected, f"an order is shown as {shown}, the model's is {expected}"


def _shown_order(order: Order) -> tuple[object, ...]:
    has_code = order.ticket_code is not None
    shown = order.status, order.quantity, order.total.minor, order.expires_at, has_code, order.problem, order.delivery
    return *shown, order.customer_email


def _expected_order(order: books.Order) -> tuple[object, ...]:
    was_paid = bool(order.tickets)
    problems = {**_PROBLEMS, "refunded": order.problem}
    problem = None if was_paid else problems.get(order.status)
    return order.status, order.quantity, order.total, order.deadline, was_paid, problem, order.mail, order.buyer


def money_is_kept_for_tickets(watched: Watched, model: Model) -> None:
    """Check law 2: money is kept exactly for the tickets of paid orders, or until a refund that failed is repeated."""
    for order_id, order in model.orders.items():
        kept = watched.gateway.kept(order_id)
        assert kept == order.kept, f"law 2: an order is {order.status}, and {kept} is kept in place of {order.kept}"


def tickets_are_admitted_once(watched: Watched, model: Model) -> None:
    """Check law 3: every ticket is as scans and refunds left it, and no two have one QR code."""
    qr_codes: list[str] = []
    for order_id, order in model.orders.items():
        tickets = watched.box_office.ports.tickets.of_order(order_id)
        qr_codes += [ticket.qr_code for ticket in tickets]
        shown = [(ticket.number, ticket.status, ticket.admission and ticket.admission.date) for ticket in tickets]
        assert shown == [(n, ticket.status, ticket.used_at) for n, ticket in enumerate(order.tickets, 1)], "law 3"
    assert len({*qr_codes}) == len(qr_codes), "law 3: two tickets have one QR code"


def work_is_not_forgotten(watched: Watched, model: Model) -> None:
    """Check law 4: an order that needs work has a message, perhaps a dead letter, or a row in the outbox, or is polled."""
    for order_id, order in model.orders.items():
        record = watched.box_office.ports.orders.load(order_id)
        assert record is not None, "law 4: an order is gone"
        is_polled = record.attempt is not None and record.attempt.poll_at is not None
        assert is_polled == order.waits, "law 4: a payment that waits for its buyer is polled, and no other"
        if order.needs_work and not watched.queue.messages[order_id]:
            assert watched.box_office.ports.outbox.pending(1, [order_id]), "law 4: an order has no message"


def tickets_are_delivered(watched: Watched, model: Model) -> None:
    """Check that a paid order with a delivered mail has its images, and that no mail was sent before."""
    assert {status for mail, status in watched.mailer.sent if mail.kind is DeliveryKind.TICKETS} <= {"paid"}, (
        "mail before the sale"
    )
    for order_id, order in model.orders.items():
        if order.status == "paid" and order.mail == "delivered":
            _have_arrived(watched, order_id)


def _have_arrived(watched: Watched, order_id: OrderId) -> None:
    ports = watched.box_office.ports
    tickets = ports.tickets.of_order(order_id)
    drawn = {ticket.number: ports.qr_images.draw(ticket.qr_code) for ticket in tickets}
    good = [ticket for ticket in tickets if ticket.status is not TicketStatus.VOID]
    sent = [mail for mail, _ in watched.mailer.sent if mail.kind is DeliveryKind.TICKETS]
    mails = [mail for mail in sent if mail.key.startswith(digest(order_id))]
    assert all(ports.files.get(ticket.image_name) == drawn[ticket.number] for ticket in good), "an image is not stored"
    assert mails, "no mail was sent"
    brought = [{image.png for image in mail.images} for mail in mails]
    # A mail may have brought tickets that were refunded later.
    assert all({drawn[each.number] for each in good} <= pngs <= {*drawn.values()} for pngs in brought), (
        "a mail brought other tickets"
    )


#: Each holds after every step.
LAWS = (
    places_are_conserved,
    events_are_live,
    orders_are_as_of_now,
    money_is_kept_for_tickets,
    tickets_are_admitted_once,
    work_is_not_forgotten,
    tickets_are_delivered,
)
