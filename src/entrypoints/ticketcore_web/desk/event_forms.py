"""The fields of an event as an organiser types them, in the event's own time and with prices as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import request

from ticketcore import EventChange, EventDraft, EventStatus, Fault
from ticketcore.domain.events import DEFAULT_CURRENCY, DEFAULT_MAX_PER_ORDER, MAX_DESCRIPTION, NO_LIMIT, Event
from ticketcore.domain.refusals import InvalidRequest, Refusal
from ticketcore.domain.texts import InvalidValue
from ticketcore_texts.local_time import from_local, in_zone
from ticketcore_web.desk import prices

Typed = Mapping[str, str]

TEXTS = ("name", "location", "description", "timezone", "currency")
NUMBERS = ("capacity", "max_per_order", "max_per_customer")
TIMES = ("date", "doors_at", "sale_starts_at", "sale_ends_at")
#: Fields that may be left empty, which ends their limit.
LIMITS = {"max_per_customer", "doors_at", "sale_starts_at", "sale_ends_at"}
FIELDS = (*TEXTS, *NUMBERS, *TIMES, "price", "status")
#: Those that a form shows first; the others are folded away.
FIRST = ("name", "date", "location", "capacity", "price")

_WHOLE = re.compile("[0-9]{1,9}")


def blank(timezone: str) -> Typed:
    """Return what the form of a new event holds."""
    given = {"timezone": timezone, "currency": DEFAULT_CURRENCY, "max_per_order": str(DEFAULT_MAX_PER_ORDER)}
    return {**dict.fromkeys(FIELDS, ""), **given, "status": EventStatus.ON_SALE.value}


def written(event: Event, language: str) -> Typed:
    """Return an event as its form holds it, for a reader of a language."""
    values = {name: getattr(event, name) for name in (*TEXTS, *NUMBERS, *TIMES) if name != "currency"}
    shown = {name: _written(value, event.timezone) for name, value in values.items()}
    return {
        **shown,
        "price": prices.written(event.price, language),
        "currency": event.price.currency,
        "status": event.status.value,
    }


def typed() -> Typed:
    """Return what the current request's form has sent."""
    return {name: request.form.get(name, "")[: 2 * MAX_DESCRIPTION] for name in FIELDS}


def draft(sent: Typed, language: str) -> EventDraft:
    """Return the draft of a new event; what could not be read is in it as it was typed."""
    values = {name: value for name, value in _read(sent, language).items() if value is not None}
    return EventDraft(**values, allow_past="allow_past" in request.form)


def change(sent: Typed, event: Event, language: str) -> EventChange:
    """Return the change of an event: the fields that were typed otherwise than its form had them."""
    before = written(event, language)
    is_moved = sent["timezone"] != before["timezone"]
    changed = {name for name in FIELDS if sent[name] != before[name] or (is_moved and name in TIMES)}
    values: dict[str, Any] = {
        name: NO_LIMIT if name in LIMITS and not sent[name] else value for name, value in _read(sent, language).items()
    }
    return EventChange(
        **{name: values[name] for name in changed},
        notify_buyers="notify_buyers" in request.form,
        allow_past="allow_past" in request.form,
    )


def with_read_faults(sent: Typed, refusal: Refusal, language: str) -> Refusal:
    """Return a refusal of a form in which what could not be read, a time or the price, has its fault in the form's words."""
    if not isinstance(refusal, InvalidRequest):
        return refusal
    unread = {fault.field: fault for fault in (*_time_faults(sent), *_price_faults(sent, language))}
    return InvalidRequest(tuple(unread.get(fault.field, fault) for fault in refusal.errors))


def _price_faults(sent: Typed, language: str) -> Iterator[Fault]:
    fault = prices.fault(sent["price"], sent["currency"].strip().upper(), language)
    if fault:
        yield Fault("price", fault)


def _time_faults(sent: Typed) -> Iterator[Fault]:
    for name in TIMES:
        text = sent[name].strip()
        if text or name not in LIMITS:
            try:
                from_local(text, sent["timezone"].strip())
            except InvalidValue as wrong:
                yield Fault(name, wrong.text)


def _read(sent: Typed, language: str) -> dict[str, Any]:
    """Return the values of the fields: ``None`` for an empty limit, and as it was typed what cannot be read."""
    values: dict[str, Any] = {name: sent[name].strip() for name in TEXTS}
    values["description"] = values["description"].replace("\r\n", "\n")
    values["currency"] = values["currency"].upper()
    values["price"] = prices.read(sent["price"], values["currency"], language) or sent["price"].strip()
    values["status"] = _status(sent["status"])
    values.update({name: _number(sent[name].strip()) for name in NUMBERS})
    values.update({name: _time(sent[name].strip(), values["timezone"]) for name in TIMES})
    return {name: None if name in LIMITS and value == "" else value for name, value in values.items()}


def _written(value: object, timezone: str) -> str:
    if not isinstance(value, datetime):
        return "" if value is None else str(value)
    local, _ = in_zone(value, timezone)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def _number(text: str) -> int | str:
    return int(text) if _WHOLE.fullmatch(text) else text


def _status(text: str) -> EventStatus | str:
    return EventStatus(text) if text in list(EventStatus) else text


def _time(text: str, timezone: str) -> datetime | str:
    try:
        return from_local(text, timezone)
    except InvalidValue:
        return text
