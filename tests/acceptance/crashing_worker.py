"""A process that does one thing to an order and dies at a named point of it.

It kills itself with a signal that cannot be handled, so that nothing of it runs any more, as after a power cut.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import attrs

from ticketcore import BoxOffice, Organiser
from ticketcore.domain.decisions import Decision, OrderRecord
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.ids import OrderId
from ticketcore.domain.mail import DrawnTicket, OrderMail
from ticketcore.ports import Ports
from ticketcore_bootstrap import assemble, read_settings


def _work(box_office: BoxOffice, _order_id: OrderId) -> None:
    box_office.work()


def _deliver(box_office: BoxOffice, _order_id: OrderId) -> None:
    box_office.work()
    box_office.deliver()


def _pay(box_office: BoxOffice, order_id: OrderId) -> None:
    box_office.pay(order_id, "tok_approved")


def _refund(box_office: BoxOffice, order_id: OrderId) -> None:
    Organiser(box_office.ports).refund(order_id)


@attrs.frozen
class Point:
    """A moment: before or after the ``nth`` call of a port's method, while ``act`` is done."""

    act: Callable[[BoxOffice, OrderId], None]
    moment: Literal["before", "after"]
    port: str
    method: str
    nth: int = 1


#: While the buyer confirms the payment.
PAYING = {
    "paying: before the message is published": Point(_pay, "before", "payment_queue", "publish"),
    "paying: before the outbox row is forgotten": Point(_pay, "before", "outbox", "sent"),
}
#: While the worker works the order off.
WORKING = {
    "after the charge": Point(_work, "after", "payment_gateway", "charge"),
    "before the sale is recorded": Point(_work, "before", "orders", "write_all"),
    "after the sale is recorded": Point(_work, "after", "orders", "write_all"),
    "before the message is done": Point(_work, "before", "payment_queue", "done"),
}
#: While the delivery lane mails the order's tickets.
DELIVERING = {
    "after the mail is claimed": Point(_deliver, "after", "deliveries", "claim"),
    "after the first image": Point(_deliver, "after", "files", "put"),
    "after all images": Point(_deliver, "after", "files", "put", nth=3),
    "before the mail": Point(_deliver, "before", "mailer", "send"),
    "after the mail": Point(_deliver, "after", "mailer", "send"),
    "after the outcome is recorded": Point(_deliver, "after", "deliveries", "settle"),
}
#: While an admin refunds the order.
REFUNDING = {
    "refunding: before the gateway returns the money": Point(_refund, "before", "payment_gateway", "refund"),
    "refunding: after the gateway returned the money": Point(_refund, "after", "payment_gateway", "refund"),
}
_POINTS = PAYING | WORKING | DELIVERING | REFUNDING

#: A worker that does what none may do: it mails the tickets, dies, and has not recorded the sale.
CARELESS = "careless: mailed before the sale is recorded"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A port before which death waits: it passes on every call but the chosen one."""

    def __init__(self, port: object, point: Point) -> None:
        self._port = port
        self._point = point
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return partial(self._call, method) if name == self._point.method else method

    def _call(self, method: Callable[..., object], *arguments: object, **options: object) -> object:
        self._calls += 1
        if self._calls < self._point.nth:
            return method(*arguments, **options)
        if self._point.moment == "after":
            method(*arguments, **options)
        die()
        raise AssertionError("the process is dead")


def _deadly(ports: Ports, point: Point) -> Ports:
    return ports.replacing(**{point.port: Deadly(getattr(ports, point.port), point)})


@attrs.frozen
class MailsFirst:
    """Orders whose sales are announced to the buyer before they are recorded, and then are not."""

    _ports: Ports

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ports.orders, name)

    def write_all(self, decided: Sequence[tuple[OrderRecord, Decision]]) -> None:
        """Mail tickets that were not recorded, and die."""
        [(record, decision)] = decided
        event = self._ports.events.get(record.order.event_id)
        assert event is not None
        drawn = tuple(DrawnTicket(ticket, self._ports.qr_images.draw(ticket.qr_code)) for ticket in decision.issued)
        [asked] = decision.deliveries
        early = OrderMail(DeliveryKind.TICKETS, asked.key, event, record.order, drawn, self._ports.clock.now())
        self._ports.mailer.send(early.message(self._ports.mail_composer.compose(early)))
        die()


def _careless(ports: Ports) -> Ports:
    return ports.replacing(orders=MailsFirst(ports))


def work_until_death(settings: Mapping[str, str], name: str, order_id: str) -> None:
    """Assemble the box office that the settings describe, and do what the point is in until it kills this process."""
    assembly = assemble(read_settings(settings))
    ports = assembly.ports
    act = _work if name == CARELESS else _POINTS[name].act
    deadly = _careless(ports) if name == CARELESS else _deadly(ports, _POINTS[name])
    act(BoxOffice(deadly, assembly.box_office.hold), OrderId(order_id))
