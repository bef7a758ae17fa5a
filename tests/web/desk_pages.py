"""The pages of the desk in all their states, for screenshots and for what looks at every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.entrypoints.http import ADMIN, json_of, scan
from tests.web.shop import Shop


def furnish(shop: Shop) -> tuple[str, str, str]:
    """Sell over some hours and admit at two gates; return the addresses of a paid order, one that hangs, and a reserved one."""
    paid = shop.buy(shop.opera, 3)
    for quantity in (1, 4, 2, 6, 3):
        shop.service.clock.move(timedelta(hours=2))
        shop.buy(shop.opera, quantity)
    hanging = shop.reserve(shop.opera)
    shop.post(hanging, f"{hanging}/payment", payment_token="tok_pending")
    shop.service.box_office.work()
    reserved = shop.reserve(shop.opera, 2)
    _admit(shop, paid)
    return paid, hanging, reserved


def _admit(shop: Shop, order: str) -> None:
    event = json_of(shop.service.client.patch(f"/events/{shop.opera['id']}", json={"doors_at": None}, headers=ADMIN))
    path = f"/orders/{order.removeprefix('/o/')}/ticket"
    for ticket, gate in zip(
        json_of(shop.service.client.get(path))["tickets"], ("North", "North", "South"), strict=True
    ):
        json_of(scan(shop.service, ticket["qr_code"], gate=gate, event_id=event["id"]))


def pages_of(shop: Shop) -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page that is read at the desk."""
    from tests.web.desk import page_of  # noqa: PLC0415

    paid, hanging, reserved = map(page_of, furnish(shop))
    event = f"/desk/e/{shop.opera['id']}"
    yield "desk-events", "/desk"
    yield "desk-new-event", "/desk/new-event"
    yield "desk-event", event
    yield "desk-event-done", f"{event}?done=changed"
    yield "desk-change-event", f"{event}/change"
    yield "desk-cancellation", f"{event}/cancellation"
    yield "desk-refund", f"{event}/refund"
    yield "desk-sale", f"{event}/sale"
    yield "desk-orders", "/desk/orders"
    yield "desk-order-paid", paid
    yield "desk-order-hanging", hanging
    yield "desk-order-reserved", reserved
    yield "desk-tickets", f"{paid}/tickets"
    yield "desk-keys", "/desk/keys"
    yield "desk-operation", "/desk/operation"
    yield "desk-unknown-order", "/desk/o/nothing"
