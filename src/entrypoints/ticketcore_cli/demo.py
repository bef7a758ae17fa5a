"""``ticketcore demo``: the whole story on a throw-away box office, in a few seconds."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, Refusal, Ticket
from ticketcore.refusals import OrderNotPaid
from ticketcore_bootstrap import qr_code_for_terminal, read_settings
from ticketcore_cli.session import failing_in_one_line, opened

T = TypeVar("T")

_BUYER = "ann@example.com"
_HOLD_SECONDS = "2"


def _say(text: str) -> None:
    click.echo(f"\n{click.style(text, bold=True)}")


def _tell(text: str) -> None:
    click.echo(f"  {text}")


def _given(outcome: object, kind: type[T]) -> T:
    assert isinstance(outcome, kind), outcome
    return outcome


def _refused(outcome: object) -> None:
    assert isinstance(outcome, Refusal), outcome
    _tell(f"{click.style('refused', fg='red')} {outcome.code}: {outcome.detail}")


@click.command()
def demo() -> None:
    """Tell the whole story on a throw-away box office: sold, declined, expired, sold out, admitted once."""
    kept = Path(tempfile.mkdtemp(prefix="ticketcore-demo-"))
    with tempfile.TemporaryDirectory() as data, failing_in_one_line():
        settings = read_settings({"TICKETCORE_HOLD_SECONDS": _HOLD_SECONDS}, Path(data))
        with opened(settings) as assembly:
            _story(assembly.box_office, kept)


def _story(box_office: BoxOffice, kept: Path) -> None:
    event = _create_event(box_office)
    order = _sell(box_office, event)
    ticket = _show_ticket(box_office, order, kept)
    _decline(box_office, event)
    _expire(box_office, event)
    _sell_out(box_office, event)
    _admit(box_office, ticket)
    _explain(box_office, order)
    _conserve(box_office, event)


def _create_event(box_office: BoxOffice) -> LiveEvent:
    _say("An admin creates an event")
    draft = EventDraft("Night of the Proms", datetime(2031, 5, 1, 20, tzinfo=UTC), "Royal Hall", 6, "45.00", "EUR")
    live = _given(box_office.create_event(draft), LiveEvent)
    _tell(f"{live.event.name}, {live.event.location}, {live.event.capacity} places at {live.event.price}")
    return live


def _available(box_office: BoxOffice, event: LiveEvent) -> int:
    return _given(box_office.event(event.event.id), LiveEvent).available


def _reserve(box_office: BoxOffice, event: LiveEvent, quantity: int) -> Order:
    order = _given(box_office.reserve(event.event.id, quantity, _BUYER), Order)
    _tell(f"reserved {quantity}; {_available(box_office, event)} of {event.event.capacity} places left at once")
    return order


def _pay(box_office: BoxOffice, order: Order, token: str) -> Order:
    _tell(f"paid with {token}; the order is {_given(box_office.pay(order.id, token), Order).status.value}")
    box_office.work()
    order = _given(box_office.order(order.id), Order)
    _tell(f"the worker has charged it; the order is {order.status.value}")
    return order


def _sell(box_office: BoxOffice, event: LiveEvent) -> Order:
    _say("A buyer takes two tickets")
    return _pay(box_office, _reserve(box_office, event, 2), "tok_approved")


def _show_ticket(box_office: BoxOffice, order: Order, kept: Path) -> Ticket:
    _say(f"The buyer has the tickets by mail, under the code {order.ticket_code}")
    tickets = box_office.tickets_of(order)
    assert not isinstance(tickets, OrderNotPaid)
    for ticket in tickets:
        image = box_office.image_of(ticket)
        assert isinstance(image, bytes)
        path = kept / f"ticket-{ticket.number}.png"
        path.write_bytes(image)
        _tell(f"QR image of ticket {ticket.number}: {path}")
    click.echo(qr_code_for_terminal(tickets[0].qr_code))
    return tickets[0]


def _decline(box_office: BoxOffice, event: LiveEvent) -> None:
    _say("A payment is declined: the places come back")
    _pay(box_office, _reserve(box_office, event, 1), "tok_declined")
    _tell(f"{_available(box_office, event)} places left")


def _expire(box_office: BoxOffice, event: LiveEvent) -> None:
    _say("A reservation is not paid in time: the places come back by themselves")
    order = _reserve(box_office, event, 3)
    time.sleep(float(_HOLD_SECONDS))
    _refused(box_office.pay(order.id, "tok_approved"))
    _tell(f"{_available(box_office, event)} places left")


def _sell_out(box_office: BoxOffice, event: LiveEvent) -> None:
    _say("The last places go; whoever comes later hears so")
    _pay(box_office, _reserve(box_office, event, 3), "tok_approved")
    _reserve(box_office, event, 1)
    _refused(box_office.reserve(event.event.id, 1, _BUYER))


def _admit(box_office: BoxOffice, ticket: Ticket) -> None:
    _say("At the door one ticket lets one person in, once")
    used = _given(box_office.validate(ticket.qr_code, "gate A"), Ticket)
    _tell(f"{click.style('admitted', fg='green')} at {used.gate}")
    for gate in ("gate B", "gate A"):
        _refused(box_office.validate(ticket.qr_code, gate))


def _explain(box_office: BoxOffice, order: Order) -> None:
    _say("The journal tells the first order's life")
    for entry in box_office.explain(order.id):
        _tell(str(entry))


def _conserve(box_office: BoxOffice, event: LiveEvent) -> None:
    _say("No place was lost or sold twice")
    audit = box_office.ports.events.audit(event.event.id)
    assert audit is not None
    assert audit.is_conserved
    _tell(
        f"capacity = available + reserved + sold:  {audit.capacity} = {audit.available} + {audit.held} + {audit.sold}"
    )
