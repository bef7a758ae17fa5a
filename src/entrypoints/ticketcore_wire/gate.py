"""What a gate asks: to let in whoever holds a ticket."""

from __future__ import annotations

from typing import Any

from ticketcore import BoxOffice, Ticket
from ticketcore.domain import ids
from ticketcore.domain.ids import EventId
from ticketcore.domain.validation import AdmitRefusal
from ticketcore_wire.credentials import Holder


def admit(box_office: BoxOffice, scan: dict[str, Any], holder: Holder) -> Ticket | AdmitRefusal:
    """Let a ticket in by the values of ``SCAN``; a gate without a name has that of its key."""
    wanted_event = EventId(ids.opaque(scan["event_id"])) if "event_id" in scan else None
    return box_office.validate(scan["qr_code"], scan.get("gate", holder.name), wanted_event, scan.get("scan_id"))
