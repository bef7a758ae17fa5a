"""The laws 1 to 5, held against what the clients were answered and what the parts hold once all is quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs

from tests.acceptance import ledger_state
from tests.acceptance.chaos.sale import Ledger
from tests.acceptance.chaos.stack import Stack
from tests.acceptance.fulfilled import read_mail
from ticketcore import DeliveryStatus, Order, OrderStatus
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.ports import Ports

_END_OF_TOKEN = {
    "tok_approved": OrderStatus.PAID,
    "tok_flaky": OrderStatus.PAID,
    "tok_declined": OrderStatus.DECLINED,
}


@attrs.frozen
class Verdict:
    """What was counted, and every sentence about a law that does not hold."""

    counted: dict[str, object]
    broken: tuple[str, ...]


def judge(stack: Stack, event_id: str, told: Ledger) -> Verdict:
    """Check the laws on a stack that is quiet and has responded to every request."""
    with stack.installation.opened() as assembly:
        ports = assembly.ports
        orders = {order_id: ports.orders.get(OrderId(order_id)) for order_id in told.reserved}
        found = {order_id: order for order_id, order in orders.items() if order is not None}
        broken = [
            *told.foul,
            *(f"law 4: an order answered with 201 is gone: {order_id}" for order_id in orders.keys() - found.keys()),
            *_conservation(stack, ports, event_id),
            *_money(stack, found),
            *_ends(told, found),
            *_goods(stack, ports, found),
            *(f"law 3: a ticket was admitted {times} times" for times in told.admitted.values() if times != 1),
            *("law 5: one key made several orders" for ids in told.orders_of_key.values() if len(ids) != 1),
        ]
    return Verdict(_counted(stack, event_id, told, found), tuple(broken))


def _conservation(stack: Stack, ports: Ports, event_id: str) -> Iterator[str]:
    audit = ports.events.audit(EventId(event_id))
    assert audit is not None
    if not audit.is_conserved:
        yield f"law 1: not conserved: {audit}"
    if audit.sold != audit.capacity:
        yield f"demand exceeded the capacity, but {audit.sold} of {audit.capacity} were sold"
    counted = stack.drift(event_id)
    if counted != 0:
        yield f"law 1: the counter differs from the ledger by {counted} after a sweep"


def _money(stack: Stack, found: dict[str, Order]) -> Iterator[str]:
    charged = Counter(
        charge.order_id
        for charge in ledger_state.charges(stack.installation)
        if charge.answer == "approved" and not charge.refunded
    )
    for order_id, order in found.items():
        if charged[order_id] != (order.status is OrderStatus.PAID):
            yield f"law 2: an order that is {order.status.value} was charged {charged[order_id]} times"


def _ends(told: Ledger, found: dict[str, Order]) -> Iterator[str]:
    for order_id, order in found.items():
        if order_id in told.paying:
            expected = _END_OF_TOKEN[told.paying[order_id]]
        else:
            expected = OrderStatus.CANCELLED if order_id in told.cancelled else OrderStatus.EXPIRED
        if order.status is not expected:
            yield f"law 4: an order is {order.status.value}, and its buyer was told what makes it {expected.value}"
        if order.quantity != told.reserved[order_id]:
            yield "law 4: an order has another quantity than was answered"


def _goods(stack: Stack, ports: Ports, found: dict[str, Order]) -> Iterator[str]:
    mails = [read_mail(message.as_bytes()) for message in stack.aws.mails]
    mailed = {mail.qr_codes: mail.images for mail in mails}
    seen: set[str] = set()
    for order in found.values():
        tickets = ports.tickets.of_order(order.id)
        if len(tickets) != (order.quantity if order.status is OrderStatus.PAID else 0):
            yield f"law 2: {len(tickets)} tickets for {order.quantity} places of an order that is {order.status.value}"
        if order.status is not OrderStatus.PAID:
            continue
        codes = tuple(ticket.qr_code for ticket in tickets)
        images = tuple(ports.files.get(ticket.image_name) for ticket in tickets)
        if seen & {*codes}:
            yield "law 3: one QR code stands on two tickets"
        seen |= {*codes}
        if order.delivery is not DeliveryStatus.DELIVERED or images != tuple(map(ports.qr_images.draw, codes)):
            yield f"law 4: the mail of a paid order is {order.delivery}, or its images are missing"
        if mailed.get(codes) != images:
            yield "law 4: a paid order has no mail with just its tickets"


def _counted(stack: Stack, event_id: str, told: Ledger, found: dict[str, Order]) -> dict[str, object]:
    return {
        "answers": dict(sorted(told.answers.items())),
        "orders": dict(Counter(order.status.value for order in found.values())),
        "places sold": sum(order.quantity for order in found.values() if order.status is OrderStatus.PAID),
        "tickets admitted": len(told.admitted),
        "mails": len(stack.aws.mails),
    }
