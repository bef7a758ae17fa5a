"""The laws about buyers' addresses: kept where they are needed, and nowhere once they are forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from ticketcore import Order, OrderStatus
from ticketcore.domain.retention import FORGOTTEN
from ticketcore.ports import Ports
from ticketcore_memory import MemoryMailer
from ticketcore_simulator.observed import Observed


def at_rest(ports: Ports, order: Order, observed: Observed) -> Iterator[str]:
    """Yield what is wrong with the address of an order, whose event is still to come."""
    address = observed.addresses[order.id]
    if order.customer_email == address:
        if order.id in observed.forgotten:
            yield "has the address that an admin was told is forgotten"
    elif order.customer_email != FORGOTTEN:
        yield "has an address that is not its buyer's"
    elif order.status is OrderStatus.PAID or address not in observed.forgetting:
        yield f"is {order.status.value}, and its address was forgotten"
    else:
        yield from _remains(ports, order, address)


def _remains(ports: Ports, order: Order, address: str) -> Iterator[str]:
    """Yield where a forgotten address still is."""
    mailer = ports.mailer
    assert isinstance(mailer, MemoryMailer)
    if order.customer is not None:
        yield "has forgotten its address, and not what stands for its buyer"
    if address in "\n".join(map(repr, ports.orders.journal(order.id))):
        yield "has forgotten its address, and its journal has not"
    if any(mail.recipient == address for mail in mailer.sent):
        yield "has forgotten its address, and a mail has not"
