"""How values look as JSON, and the schemas (JSON Schema 2020-12) that say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ticketcore.application.inventory_sync import LiveEvent
from ticketcore.domain import timestamps
from ticketcore.domain.events import EventStatus
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.tickets import Ticket, TicketStatus

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": "string", "format": "date-time"}
_TIME_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
_AMOUNT: Json = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["45.00"]}
_CURRENCY: Json = {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["BRL"]}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


EVENT = _object(
    {
        "id": _TEXT,
        "name": _TEXT,
        "date": _TIME,
        "location": _TEXT,
        "capacity": _COUNT,
        "available": _COUNT | {"description": "Places free at this moment."},
        "price": _AMOUNT,
        "currency": _CURRENCY,
        "status": {"enum": [status.value for status in EventStatus]},
        "max_per_order": _COUNT,
        "created_at": _TIME,
    }
)

ORDER = _object(
    {
        "id": _TEXT | {"description": "The buyer's credential: whoever has it has the order."},
        "event_id": _TEXT,
        "customer_email": _TEXT,
        "quantity": _COUNT,
        "total_amount": _AMOUNT,
        "currency": _CURRENCY,
        "status": {"enum": [status.value for status in OrderStatus]},
        "ticket_code": {"type": ["string", "null"], "description": "Null until paid."},
        "created_at": _TIME,
        "expires_at": _TIME_OR_NULL | {"description": "Null once paid."},
        "problem": {
            "description": "Why the order ended without tickets.",
            "oneOf": [
                {"type": "null"},
                _object({"code": {"enum": [problem.value for problem in Problem]}, "detail": _TEXT}),
            ],
        },
    }
)

TICKET = _object(
    {
        "id": _TEXT | {"description": "The holder's credential: whoever has it has the QR code."},
        "order_id": _TEXT,
        "event_id": _TEXT,
        "qr_code": _TEXT | {"description": "The text inside the QR image."},
        "qr_code_url": {"type": "string", "format": "uri"},
        "status": {"enum": [status.value for status in TicketStatus]},
        "validation_date": _TIME_OR_NULL,
    }
)

EVENT_PAGE = _object(
    {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
        "next_cursor": {"type": ["string", "null"]},
    }
)

ORDER_TICKETS = _object(
    {
        "order_id": _TEXT,
        "ticket_code": _TEXT,
        "tickets": {"type": "array", "items": {"$ref": "#/components/schemas/Ticket"}},
    }
)

ADMISSION = _object({"result": {"const": "admitted"}, "ticket": {"$ref": "#/components/schemas/Ticket"}})


def _time_or_null(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.text_of(moment)


def event_json(live: LiveEvent) -> Json:
    event = live.event
    return {
        "id": event.id,
        "name": event.name,
        "date": timestamps.text_of(event.date),
        "location": event.location,
        "capacity": event.capacity,
        "available": live.available,
        "price": event.price.amount,
        "currency": event.price.currency,
        "status": event.status.value,
        "max_per_order": event.max_per_order,
        "created_at": timestamps.text_of(event.created_at),
    }


def order_json(order: Order) -> Json:
    return {
        "id": order.id,
        "event_id": order.event_id,
        "customer_email": order.customer_email,
        "quantity": order.quantity,
        "total_amount": order.total.amount,
        "currency": order.total.currency,
        "status": order.status.value,
        "ticket_code": order.ticket_code,
        "created_at": timestamps.text_of(order.created_at),
        "expires_at": _time_or_null(order.expires_at),
        "problem": {"code": order.problem.value, "detail": order.problem.detail} if order.problem else None,
    }


def ticket_json(ticket: Ticket, public_url: str) -> Json:
    return {
        "id": ticket.id,
        "order_id": ticket.order_id,
        "event_id": ticket.event_id,
        "qr_code": ticket.qr_code,
        "qr_code_url": f"{public_url}/tickets/{ticket.id}/qr.png",
        "status": ticket.status.value,
        "validation_date": _time_or_null(ticket.admission.date if ticket.admission else None),
    }


def order_tickets_json(order: Order, tickets: Sequence[Ticket], public_url: str) -> Json:
    return {
        "order_id": order.id,
        "ticket_code": order.ticket_code,
        "tickets": [ticket_json(ticket, public_url) for ticket in tickets],
    }


def admission_json(ticket: Ticket, public_url: str) -> Json:
    return {"result": "admitted", "ticket": ticket_json(ticket, public_url)}
