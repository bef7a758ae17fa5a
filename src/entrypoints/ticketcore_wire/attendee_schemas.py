"""Attendees on the wire."""

from __future__ import annotations

import attrs

from ticketcore import Attendee, AttendeePage, TicketStatus
from ticketcore.domain import ids
from ticketcore.domain.attendees import Cursor
from ticketcore_wire import pages
from ticketcore_wire.object_schemas import RequestSchema, field, member, object_schema
from ticketcore_wire.schemas import InputSchema, Schema, annotated, choice, nullable
from ticketcore_wire.values import COUNT, TEXT, TIME

ATTENDEE: Schema[Attendee] = object_schema(
    "Attendee",
    member("number", annotated(COUNT, description="Which one of its order's tickets."), lambda each: each.number),
    member("of", annotated(COUNT, description="How many tickets its order has."), lambda each: each.of),
    member("ticket_code", TEXT, lambda each: each.ticket_code),
    member("customer_email", TEXT, lambda each: each.customer_email),
    member(
        "status",
        annotated(choice(TicketStatus), description="A void ticket is one of several of which some were refunded."),
        lambda each: each.status,
    ),
    member("validation_date", nullable(TIME), lambda each: each.validation_date),
    member("gate", nullable(TEXT), lambda each: each.gate),
    member("paid_at", TIME, lambda each: each.paid_at),
    member("order", annotated(TEXT, description="The digest of the order's id."), lambda each: each.order),
)

CURSOR: InputSchema[Cursor] = pages.ticket_cursor(ids.read_digest)

ATTENDEE_PAGE: Schema[AttendeePage] = pages.page_schema("AttendeePage", ATTENDEE, CURSOR)


@attrs.frozen
class AttendeeQuery:
    """Which page of an event's attendees to list."""

    limit: int = pages.DEFAULT_PAGE
    cursor: Cursor | None = None


ATTENDEE_QUERY: RequestSchema[AttendeeQuery] = RequestSchema(
    "AttendeeQuery",
    AttendeeQuery,
    (
        field("limit", pages.LIMIT, lambda query: query.limit),
        field("cursor", CURSOR, lambda query: query.cursor),
    ),
)
