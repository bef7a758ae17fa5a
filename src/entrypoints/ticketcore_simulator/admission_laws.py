"""Law 3, checked by each order's journal: a ticket is inside once at a time, and leaves only as it may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ticketcore import Order, OrderStatus, TicketStatus
from ticketcore.domain.api_keys import LIBRARY
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.validation import GRACE
from ticketcore.ports import Ports
from ticketcore_simulator import time_laws
from ticketcore_simulator.observed import Observed


def at_rest(ports: Ports, order: Order, observed: Observed) -> Iterator[str]:
    """Yield each ticket of an order whose admissions, as the journal has them, break the law or differ from its status."""
    inside: dict[object, list[Entry]] = {}
    admissions: Counter[object] = Counter()
    for entry in ports.orders.journal(order.id):
        number = entry.facts.get("number")
        if entry.step is Step.ADMITTED:
            if number in inside:
                yield f"let in ticket {number}, which was inside"
            admissions[number] += 1
        if entry.step in {Step.ADMITTED, Step.ADMITTED_OFFLINE}:
            inside.setdefault(number, []).append(entry)
        elif entry.step is Step.ADMISSION_UNDONE and not _may_leave(_taken(inside, entry), entry):
            yield f"took back an admission of ticket {number} that was not there, or not that key's"
    for ticket in ports.tickets.of_order(order.id):
        if (ticket.status is TicketStatus.USED) != (ticket.number in inside):
            yield f"has ticket {ticket.number} {ticket.status.value}, and its journal says otherwise"
        if ticket.status is TicketStatus.VALID and order.status is not OrderStatus.PAID:
            yield f"is {order.status.value}, and ticket {ticket.number} is valid"
        if observed.admitted[order.id, ticket.id] > admissions[ticket.number]:
            yield f"let in ticket {ticket.number} more often than its journal says"


def _taken(inside: dict[object, list[Entry]], undone: Entry) -> list[Entry]:
    """Take out of those inside what was taken back: what the key had admitted, or by an admin all of it."""
    number, keys = undone.facts["number"], {undone.facts["key"]}
    before = inside.pop(number, [])
    taken = [each for each in before if LIBRARY.name in keys or each.facts["key"] in keys]
    if left := [each for each in before if each not in taken]:
        inside[number] = left
    return taken


def _may_leave(taken: list[Entry], undone: Entry) -> bool:
    """Return whether admissions may be taken back: a key's own within ten minutes of the earliest, or any by an admin."""
    is_by_admin = undone.facts["key"] == LIBRARY.name
    return bool(taken) and (is_by_admin or undone.at < min(map(time_laws.scanned_at, taken)) + GRACE)
