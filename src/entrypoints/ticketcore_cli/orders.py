"""``ticketcore orders``."""

from __future__ import annotations

import click

from ticketcore import Order, Refusal
from ticketcore.domain import ids, journal, timestamps
from ticketcore.domain.ids import OrderId
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, reading_ledger, refuse, say, show, with_box_office
from ticketcore_wire.order_schemas import NEW_ORDER, NEW_ORDER_HEADERS, ORDER, PAYMENT


@click.group()
@as_json
def orders() -> None:
    """Create, show, pay, cancel, refund, resend and explain orders."""


def _lines(order: Order) -> list[Text]:
    lines = [
        Text(
            "%(id)s  %(quantity)s x event %(event_id)s  %(total)s  %(status)s",
            id=order.id,
            quantity=order.quantity,
            event_id=order.event_id,
            total=order.total,
            status=order.status.value,
        )
    ]
    if order.status is OrderStatus.RESERVED:
        lines.append(Text("To be paid before %(deadline)s", deadline=order.expires_at))
    if order.ticket_code:
        lines.append(Text("Ticket code %(code)s", code=order.ticket_code))
    if order.delivery:
        lines.append(Text("Mail %(status)s", status=order.delivery.word))
    if order.problem:
        lines.append(order.problem.detail)
    return lines


def _show(outcome: Order | Refusal) -> None:
    if isinstance(outcome, Refusal):
        refuse(outcome)
    show(ORDER.encode(outcome), *_lines(outcome))


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
    _show(assembly.box_office.reserve(wanted.event_id, wanted.quantity, wanted.customer_email, headers.idempotency_key))


@orders.command("show")
@click.argument("order_id", type=ids.order_id)
@reading_ledger
def show_order(assembly: Assembly, order_id: OrderId) -> None:
    """Show an order."""
    _show(assembly.box_office.order(order_id))


@orders.command()
@click.argument("order_id", type=ids.order_id)
@click.option("--token", required=True, help="A payment token, such as tok_approved.")
@with_box_office
def pay(assembly: Assembly, order_id: OrderId, token: str) -> None:
    """Confirm the payment; the worker charges it."""
    _show(assembly.box_office.pay(order_id, PAYMENT.decode({"payment_token": token}).payment_token))


@orders.command()
@click.argument("order_id", type=ids.order_id)
@with_box_office
def cancel(assembly: Assembly, order_id: OrderId) -> None:
    """Cancel a reservation."""
    _show(assembly.box_office.cancel(order_id))


@orders.command()
@click.argument("order_id", type=ids.order_id)
@click.option("--include-used", is_flag=True, help="Refund used tickets too; their places stay sold.")
@with_box_office
def refund(assembly: Assembly, order_id: OrderId, include_used: bool) -> None:
    """Refund a paid order, or give up the payment of one that is processing."""
    _show(assembly.organiser.refund(order_id, include_used=include_used))


@orders.command()
@click.argument("order_id", type=ids.order_id)
@with_box_office
def resend(assembly: Assembly, order_id: OrderId) -> None:
    """Mail the tickets of a paid order again."""
    _show(assembly.organiser.resend(order_id))


@orders.command()
@click.argument("id_or_digest")
@reading_ledger
def explain(assembly: Assembly, id_or_digest: str) -> None:
    """Explain an order step by step, by its id or by the digest in logs."""
    order = assembly.organiser.find_order(id_or_digest)
    if not isinstance(order, Order):
        refuse(order)
    entries = assembly.organiser.explain(order.id)
    outlook = journal.outlook(order)
    story = {
        "order": ORDER.encode(order),
        "entries": [
            {"at": timestamps.text_of(entry.at), "step": entry.step.value, "text": entry.sentence} for entry in entries
        ],
        "outlook": outlook,
    }
    lines = [f"  {timestamps.text_of(entry.at)}  {say(entry.sentence)}" for entry in entries]
    show(story, Text("Order %(digest)s", digest=ids.digest(order.id)), *lines, f"  {say(outlook)}")
