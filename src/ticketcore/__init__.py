"""ticketcore: sell tickets to an event without ever selling one twice; let each through the door once.

The rules are pure functions of values and ``now``; ``BoxOffice`` is the use cases; ``ticketcore.ports`` is what they ask of
the world.  The adapters beside this package implement the ports.
"""

from __future__ import annotations

from ticketcore.application.box_office import BoxOffice
from ticketcore.application.inventory_sync import LiveEvent, LivePage
from ticketcore.application.organiser import NewKey, Organiser, QueueReport, Redriven, StockReport
from ticketcore.domain.acceptance import Refused, accepted
from ticketcore.domain.errors import GatewayUnavailable, InvalidTransition, Rejected, TicketcoreError, Unavailable
from ticketcore.domain.events import Event, EventChange, EventDraft, EventFilter, EventStatus
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Delivery, Order, OrderStatus, Problem
from ticketcore.domain.refusals import Fault, Refusal
from ticketcore.domain.tickets import Admission, Ticket, TicketStatus
from ticketcore.ports import Ports

__all__ = [
    "Admission",
    "BoxOffice",
    "Currency",
    "Delivery",
    "Event",
    "EventChange",
    "EventDraft",
    "EventFilter",
    "EventStatus",
    "Fault",
    "GatewayUnavailable",
    "InvalidTransition",
    "LiveEvent",
    "LivePage",
    "Money",
    "NewKey",
    "Order",
    "OrderStatus",
    "Organiser",
    "Ports",
    "Problem",
    "QueueReport",
    "Redriven",
    "Refusal",
    "Refused",
    "Rejected",
    "StockReport",
    "Ticket",
    "TicketStatus",
    "TicketcoreError",
    "Unavailable",
    "accepted",
]
