"""Calendar files: a buyer's event as iCalendar (RFC 5545), published as RFC 5546 has it."""

from __future__ import annotations

from datetime import UTC, datetime

from ticketcore.domain import ids
from ticketcore.domain.events import Event, EventStatus
from ticketcore.domain.orders import Order, OrderStatus

METHOD = "PUBLISH"


def calendar_file(
    event: Event,
    order: Order,
    at: datetime,
    description: str,
    url: str | None,
    organiser: tuple[str | None, str] | None,
) -> bytes:
    """Return the calendar file of an order, made at ``at``; ``organiser`` is a name, if there is one, and an address.

    Calendars know the entry again by its UID, which an order keeps; a later change has a higher SEQUENCE.  Its time is in UTC,
    which is the same moment whatever rules of summer time a calendar has.  It has no end, for an event has none (RFC 5545, 3.6.1).
    """
    from icalendar import Calendar, vCalAddress  # noqa: PLC0415  It is slow to import; only what sends mail needs it.
    from icalendar import Event as Entry  # noqa: PLC0415  Likewise.

    is_refunded = order.status is OrderStatus.REFUNDED
    entry = Entry()
    entry.add("uid", f"{ids.digest(order.id)}@ticketcore")
    entry.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", event.date.astimezone(UTC).replace(microsecond=0))
    entry.add("summary", event.name)
    entry.add("location", event.location)
    entry.add("description", description)
    entry.add("status", "CANCELLED" if is_refunded or event.status is EventStatus.CANCELLED else "CONFIRMED")
    entry.add("sequence", event.revision + is_refunded)
    if url:
        entry.add("url", url)
    if organiser:
        name, address = organiser
        person = vCalAddress(f"mailto:{address}")
        person.params.update({"CN": name} if name else {})
        entry.add("organizer", person)
    calendar = Calendar()
    calendar.add("prodid", "-//ticketcore//tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", METHOD)
    calendar.add_component(entry)
    file: bytes = calendar.to_ical()
    return file
