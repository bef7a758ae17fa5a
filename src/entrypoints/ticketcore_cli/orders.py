"""``ticketcore orders``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from ticketcore import Event, EventStatus, Order, OrderFilter, Refusal, accepted
from ticketcore.domain import ids, journal, timestamps
from ticketcore.domain.attempts import ActionType, Payment, PaymentAction
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.texts import LocalTime, Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import amount, as_json, brief, exact, reading_ledger, refuse, say, show, with_box_office
from ticketcore_cli.paging import read_cursor, show_page
from ticketcore_cli.tables import table
from ticketcore_wire.order_schemas import CURSOR, NEW_ORDER, NEW_ORDER_HEADERS, ORDER, ORDER_CORRECTION, ORDER_PAGE
from ticketcore_wire.pages import MAX_PAGE
from ticketcore_wire.payment_schemas import PAYMENT_REQUEST, REFUND_REQUEST

_STATUSES = click.Choice([status.value for status in OrderStatus])


@click.group(short_help="Sell, list, correct and refund orders.")
@as_json
def orders() -> None:
    """Create, list, show, pay, cancel, correct, refund, resend and explain orders, named by id, digest or ticket code."""


def _event_of(assembly: Assembly, order: Order) -> Event:
    return accepted(assembly.box_office.event(order.event_id)).event


def _lines(order: Order, event: Event) -> list[Text]:
    lines = [
        Text(
            "%(id)s  %(quantity)s x %(event)s (%(event_id)s)  %(total)s  %(status)s",
            id=order.id,
            quantity=order.quantity,
            event=event.name,
            event_id=event.id,
            total=order.total,
            status=order.status.value,
        ),
        Text("%(date)s  %(place)s", date=LocalTime(event.date, event.timezone), place=event.location),
        Text("Buyer %(email)s", email=order.customer_email),
    ]
    if order.status is OrderStatus.RESERVED:
        lines.append(
            Text("Cannot be paid: its event was cancelled")
            if event.status is EventStatus.CANCELLED
            else Text("To be paid before %(deadline)s", deadline=order.expires_at)
        )
    if order.ticket_code:
        lines.append(Text("Ticket code %(code)s", code=order.ticket_code))
    if order.payment:
        lines += _payment(order.payment)
    if order.delivery:
        lines.append(Text("Mail %(status)s", status=order.delivery.word))
    if order.problem:
        lines.append(order.problem.detail)
    return [line.in_zone(event.timezone) for line in lines]


def _payment(payment: Payment) -> Iterator[Text]:
    yield Text("Payment %(status)s, %(method)s", status=payment.status.word, method=payment.method.word)
    if payment.refunded.minor:
        yield Text("Refunded %(amount)s", amount=payment.refunded)
    if payment.action:
        yield _action(payment, payment.action)


def _action(payment: Payment, action: PaymentAction) -> Text:
    until = payment.expires_at or ""
    match action.type:
        case ActionType.REDIRECT:
            return Text("The buyer has to pay at %(url)s before %(until)s", url=action.value, until=until)
        case ActionType.QR_CODE:
            return Text(
                "The buyer has to pay with the QR code %(text)s before %(until)s", text=action.value, until=until
            )


def show_order_or_refuse(assembly: Assembly, outcome: Order | Refusal) -> None:
    """Print an order, or a refusal, and then exit with 1."""
    if isinstance(outcome, Refusal):
        refuse(outcome)
    show(ORDER.encode(outcome), *_lines(outcome, _event_of(assembly, outcome)))


def _row(order: Order, event: Event) -> Sequence[str]:
    date = brief(event.date, event.timezone)
    more = order.customer_email, event.name, date
    return ids.digest(order.id), order.status.value, str(order.quantity), amount(order.total), *more


@orders.command()
@click.option("--event", "event_id", required=True, help="The event's id.")
@click.option("--quantity", type=int, required=True)
@click.option("--email", "customer_email", required=True)
@click.option("--idempotency-key", help="A secret such as a random UUID: the same key is the same order.")
@with_box_office
def create(assembly: Assembly, event_id: str, quantity: int, customer_email: str, idempotency_key: str | None) -> None:
    """Reserve places."""
    wanted = NEW_ORDER.decode({"event_id": event_id, "quantity": quantity, "customer_email": customer_email})
    headers = NEW_ORDER_HEADERS.decode({} if idempotency_key is None else {"Idempotency-Key": idempotency_key})
    show_order_or_refuse(
        assembly,
        assembly.box_office.reserve(wanted.event_id, wanted.quantity, wanted.customer_email, headers.idempotency_key),
    )


@orders.command("list")
@click.option("--event", "event_id", type=ids.event_id, help="Only orders of this event.")
@click.option("--email", "customer_email", help="Only orders of this address, in whatever case.")
@click.option("--ticket-code", type=ids.read_ticket_code, help="Only the order with this ticket code.")
@click.option("--status", type=_STATUSES, help="Only orders of this status.")
@click.option("--undelivered", is_flag=True, help="Only paid orders whose mail could not be delivered.")
@click.option("--limit", type=click.IntRange(1, MAX_PAGE), default=MAX_PAGE, show_default=True)
@click.option("--cursor", help="Where the page before this one ended.")
@reading_ledger
def list_orders(assembly: Assembly, cursor: str | None, limit: int, status: str | None, **fields: Any) -> None:
    """List orders, newest first."""
    wanted = OrderFilter(status=OrderStatus(status) if status else None, **fields)
    page = accepted(assembly.organiser.list_orders(wanted, read_cursor(CURSOR, cursor), limit))
    headings = (
        *(Text("Order"), Text("Status"), Text("Tickets"), Text("Total")),
        *(Text("E-mail address"), Text("Event"), Text("Date")),
    )
    events = {order.event_id: _event_of(assembly, order) for order in page.items}
    rows = [_row(order, events[order.event_id]) for order in page.items]
    show_page(ORDER_PAGE.encode(page), *table(headings, rows, Text("There are no orders.")))


@orders.command("show")
@click.argument("order")
@reading_ledger
def show_order(assembly: Assembly, order: str) -> None:
    """Show an order."""
    show_order_or_refuse(assembly, assembly.organiser.find_order(order))


@orders.command()
@click.argument("order")
@click.option("--token", help="A payment token, such as tok_approved; an order of 0.00 needs none.")
@click.option("--method", help='"cash", paid outside this service, or "complimentary", which makes the total 0.')
@with_box_office
def pay(assembly: Assembly, order: str, token: str | None, method: str | None) -> None:
    """Confirm the payment; the worker charges it."""
    given = {"payment_token": token, "method": method}
    wanted = PAYMENT_REQUEST.decode({name: value for name, value in given.items() if value is not None})
    if wanted.method is None:
        outcome = assembly.box_office.pay(assembly.organiser.order_id(order), wanted.payment_token)
    else:
        outcome = assembly.organiser.record_payment(order, wanted.method)
    show_order_or_refuse(assembly, outcome)


@orders.command()
@click.argument("order")
@with_box_office
def cancel(assembly: Assembly, order: str) -> None:
    """Cancel a reservation."""
    show_order_or_refuse(assembly, assembly.box_office.cancel(assembly.organiser.order_id(order)))


@orders.command(short_help="Refund an order or some of its tickets.")
@click.argument("order")
@click.option("--ticket", "tickets", type=int, multiple=True, help="The number of a ticket to refund; all by default.")
@click.option("--include-used", is_flag=True, help="Refund used tickets too; their places stay sold.")
@with_box_office
def refund(assembly: Assembly, order: str, tickets: tuple[int, ...], include_used: bool) -> None:
    """Refund a paid order or some of its tickets, or give up the payment of one that is processing."""
    given = {"tickets": list(tickets)} if tickets else {}
    wanted = REFUND_REQUEST.decode({**given, "include_used": include_used})
    show_order_or_refuse(
        assembly, assembly.organiser.refund(order, tickets=wanted.tickets, include_used=wanted.include_used)
    )


@orders.command(short_help="Correct the address of an order.")
@click.argument("order")
@click.option("--email", "customer_email", required=True, help="The right address.")
@with_box_office
def correct(assembly: Assembly, order: str, customer_email: str) -> None:
    """Correct the address of an order; the tickets of a paid one are mailed there."""
    correction = ORDER_CORRECTION.decode({"customer_email": customer_email})
    show_order_or_refuse(assembly, assembly.organiser.correct(order, correction.customer_email))


@orders.command()
@click.argument("order")
@with_box_office
def resend(assembly: Assembly, order: str) -> None:
    """Mail the tickets of a paid order again."""
    show_order_or_refuse(assembly, assembly.organiser.resend(order))


@orders.command()
@click.argument("order")
@reading_ledger
def explain(assembly: Assembly, order: str) -> None:
    """Explain an order step by step."""
    found = accepted(assembly.organiser.find_order(order))
    entries = assembly.organiser.explain(found.id)
    event = _event_of(assembly, found)
    outlook, timezone = journal.outlook(found, is_event_cancelled=event.status is EventStatus.CANCELLED), event.timezone
    story = {
        "order": ORDER.encode(found),
        "entries": [
            {"at": timestamps.text_of(entry.at), "step": entry.step.value, "text": entry.sentence} for entry in entries
        ],
        "outlook": outlook,
    }
    lines = [f"  {exact(entry.at, timezone)}  {say(entry.sentence.in_zone(timezone))}" for entry in entries]
    heading = Text("Order %(digest)s, times of %(timezone)s", digest=ids.digest(found.id), timezone=timezone)
    show(story, heading, *lines, f"  {say(outlook.in_zone(timezone))}")
