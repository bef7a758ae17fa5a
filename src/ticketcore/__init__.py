"""ticketcore: sell tickets to an event without ever selling one twice; let each through the door once.

The rules are pure functions of values and ``now``; ``BoxOffice`` is the use cases; ``ticketcore.ports`` is what they ask of
the world.  The adapters beside this package answer the ports.
"""

from __future__ import annotations

from ticketcore.box_office import BoxOffice, LivePage
from ticketcore.counter import LiveEvent
from ticketcore.errors import GatewayUnavailable, ImpossibleMove, Rejected, TicketcoreError, Unavailable
from ticketcore.events import Event, EventChange, EventDraft, EventFilter, EventStatus
from ticketcore.money import Currency, Money
from ticketcore.orders import Fulfilment, Order, OrderStatus, Problem
from ticketcore.ports import Ports
from ticketcore.refusals import Fault, Refusal
from ticketcore.tickets import Ticket, TicketStatus

__all__ = [
    "BoxOffice",
    "Currency",
    "Event",
    "EventChange",
    "EventDraft",
    "EventFilter",
    "EventStatus",
    "Fault",
    "Fulfilment",
    "GatewayUnavailable",
    "ImpossibleMove",
    "LiveEvent",
    "LivePage",
    "Money",
    "Order",
    "OrderStatus",
    "Ports",
    "Problem",
    "Refusal",
    "Rejected",
    "Ticket",
    "TicketStatus",
    "TicketcoreError",
    "Unavailable",
]
