"""Summaries of events on the wire."""

from __future__ import annotations

from typing import Any

from ticketcore import EventSummary
from ticketcore_wire.object_schemas import member, object_schema
from ticketcore_wire.schemas import Schema, annotated, array, mapping
from ticketcore_wire.values import AMOUNT, COUNT, CURRENCY, TEXT

_DOUBLE: Schema[Any] = object_schema(
    "DoubleAdmission",
    member("ticket_code", TEXT, lambda double: double.ticket_code),
    member("number", COUNT, lambda double: double.number),
    member("gates", array(TEXT), lambda double: double.gates),
)
SUMMARY: Schema[EventSummary] = object_schema(
    "EventSummary",
    member("event_id", TEXT, lambda summary: summary.event.id),
    member("capacity", COUNT, lambda summary: summary.event.capacity),
    member("available", COUNT, lambda summary: summary.available),
    member("reserved", COUNT, lambda summary: summary.reserved),
    member("sold", COUNT, lambda summary: summary.event.sold),
    member("admitted", COUNT, lambda summary: summary.admitted),
    member("takings", annotated(AMOUNT, description="All money that came."), lambda summary: summary.takings.amount),
    member("refunded", annotated(AMOUNT, description="What of it went back."), lambda summary: summary.refunded.amount),
    member("currency", CURRENCY, lambda summary: summary.event.price.currency),
    member("gates", annotated(mapping(COUNT), description="Admissions by gate."), lambda summary: summary.gates),
    member(
        "double_admissions",
        annotated(array(_DOUBLE), description="Tickets that two gates admitted."),
        lambda summary: summary.double_admissions,
    ),
)
