"""The lanes of a worker, charges in their threads and deliveries in one, beside the parts: each part alone, one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from benchmarks.measuring import OURS, Bed, Side
from benchmarks.stock import Stock
from benchmarks.timing import CallRow, Work, side_by_side
from ticketcore import BoxOffice
from ticketcore.application.reports import WorkReport
from ticketcore.domain import ids, journal, payments
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.ids import TicketId
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.domain.orders import Change
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.tickets import Ticket
from ticketcore.ports import Ports
from ticketcore_bootstrap import work_batch

PARTS = "its parts alone"
_EVENTS = 16
#: As many as the lane charges at once.
_BATCH = 50


def _charge(bed: Bed) -> Mapping[str, Side]:
    return _lane(bed, Stock.queued_orders, work_batch, _charge_in_parts)


def _deliver(bed: Bed) -> Mapping[str, Side]:
    return _lane(bed, Stock.undelivered_orders, BoxOffice.deliver, _deliver_in_parts)


def _lane(
    bed: Bed,
    lay_out: Callable[[Stock, list[ids.EventId], int], object],
    batch: Callable[[BoxOffice], WorkReport],
    in_parts: Callable[[Ports, int], None],
) -> Mapping[str, Side]:
    stock, box_office = bed.stock, bed.stock.assembly.box_office
    event_ids = stock.events(_EVENTS)

    def in_batches(count: int) -> None:
        done = 0
        while done < count:
            report = batch(box_office)
            assert report.done, f"not every order was done: {report.failures}"
            done += report.done

    return {
        OURS: Work(bed.stores, lambda count: lay_out(stock, event_ids, count), in_batches),
        PARTS: Work(
            bed.stores,
            lambda count: lay_out(stock, event_ids, count),
            lambda count: in_parts(box_office.ports, count),
        ),
    }


def _charge_in_parts(ports: Ports, count: int) -> None:
    messages = [
        message for _ in range(0, count, _BATCH) for message in ports.payment_queue.receive(_BATCH, ports.clock.now())
    ]
    batches = [messages[start : start + _BATCH] for start in range(0, count, _BATCH)]
    loaded = [ports.orders.load_all([message.order_id for message in batch]) for batch in batches]
    for record in (each for records in loaded for each in records.values()):
        assert record.attempt is not None
        ports.payment_gateway.charge(record.attempt)
    decided = [[(record, _captured(ports, record)) for record in records.values()] for records in loaded]
    of_events = [of_event for batch in decided for of_event in _by_event(batch)]
    changes = [change for of_event in of_events for change in ports.orders.write_all(of_event)]
    for change in changes:
        assert isinstance(change, Change), "nothing else decides about these orders"
        ports.inventory.sync(change.order.event_id, change.order.id, change.availability, keep=False)
    for batch in batches:
        ports.payment_queue.done(batch)
    assert len(changes) == count, "every order was charged"


def _by_event(decided: list[tuple[OrderRecord, Decision]]) -> list[list[tuple[OrderRecord, Decision]]]:
    by_event: dict[ids.EventId, list[tuple[OrderRecord, Decision]]] = {}
    for record, decision in decided:
        by_event.setdefault(record.order.event_id, []).append((record, decision))
    return list(by_event.values())


def _captured(ports: Ports, record: OrderRecord) -> Decision:
    order, ticket_id = record.order, TicketId(ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)))
    ticket = Ticket(ticket_id, order.id, order.event_id, 1, ports.seal.seal(Claim(order.event_id, ticket_id)))
    code = ids.ticket_code(secrets.token_bytes(ids.TICKET_CODE_BYTES))
    return payments.capture(record, [ticket], code, datetime.now(UTC))


def _deliver_in_parts(ports: Ports, count: int) -> None:
    claims = [ports.deliveries.claim(ports.clock.now()) for _ in range(count)]
    claimed = [each for each in claims if each]
    orders = [ports.orders.get(each.order_id) for each in claimed]
    known = [order for order in orders if order]
    tickets = [ports.tickets.of_order(order.id) for order in known]
    events = [ports.events.get(order.event_id) for order in known]
    drawn = [[DrawnTicket(each, ports.qr_images.draw(each.qr_code)) for each in of_order] for of_order in tickets]
    for each in (one for of_order in drawn for one in of_order):
        ports.files.put(each.ticket.image_name, each.png, "image/png")
    mails = [
        OrderMail(DeliveryKind.TICKETS, delivery.key, event, order, tuple(of_order), ports.clock.now())
        for delivery, event, order, of_order in zip(claimed, events, known, drawn, strict=True)
        if event
    ]
    messages = [mail.message(ports.mail_composer.compose(mail)) for mail in mails]
    for message in messages:
        ports.mailer.send(message)
    for delivery in claimed:
        ports.deliveries.settle(delivery, delivery.delivered(), journal.mailed(delivery, ports.clock.now()))
    assert len(messages) == count, "every order was delivered"


WORKER_ROWS = (
    CallRow("charge", "worker, charge", side_by_side(_charge)),
    CallRow("deliver", "worker, deliver", side_by_side(_deliver)),
)
