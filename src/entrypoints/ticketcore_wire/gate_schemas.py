"""Gates without network on the wire: the bundle that they judge by, and the scans that they hand in."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import attrs

from ticketcore import BoxOffice, Holder, LiveEvent, MergedScan, OfflineScan, TicketStatus
from ticketcore.domain.gate_lists import GateBundle, GateTicket
from ticketcore.domain.ids import EventId
from ticketcore.domain.merging import MOST_AT_ONCE
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, Refusal, WrongEvent
from ticketcore.domain.texts import Text
from ticketcore_wire import pages
from ticketcore_wire.event_schemas import EVENT
from ticketcore_wire.object_schemas import RequestSchema, field, item_of, member, object_schema
from ticketcore_wire.pages import EventPlace
from ticketcore_wire.schemas import InputSchema, Schema, annotated, array, choice, list_of, nullable
from ticketcore_wire.ticket_schemas import GATE, QR_CODE, SCAN_ID
from ticketcore_wire.values import EVENT_ID, EXAMPLE_EVENT, FLAG, TEXT, TIME


@attrs.frozen
class ShownBundle:
    """A bundle with its event as it is shown to anyone."""

    event: LiveEvent
    bundle: GateBundle


PLACE: InputSchema[EventPlace] = pages.gate_cursor()

_TICKET: Schema[GateTicket] = object_schema(
    "GateTicket",
    member(
        "ticket",
        annotated(TEXT, description="The first 16 hexadecimal digits of the SHA-256 of the ticket's id."),
        lambda ticket: ticket.digest,
    ),
    member("status", choice(TicketStatus), lambda ticket: ticket.status),
)
BUNDLE: Schema[ShownBundle] = object_schema(
    "GateBundle",
    member("event", EVENT, lambda shown: shown.event),
    member(
        "public_keys",
        annotated(array(TEXT), description="Ed25519, base64url without padding."),
        lambda shown: tuple(map(_base64url, shown.bundle.public_keys)),
    ),
    member("tickets", array(_TICKET), lambda shown: shown.bundle.list.tickets),
    member(
        "next_cursor",
        annotated(PLACE, description="Brings what changes from here on; without tickets nothing has, for now."),
        lambda shown: EventPlace(shown.event.event.id, shown.bundle.list.after),
    ),
    member("as_of", TIME, lambda shown: shown.bundle.as_of),
)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@attrs.frozen
class BundleQuery:
    """What a gate asks for: the event, and where its list goes on."""

    event_id: EventId
    cursor: EventPlace | None = None

    def bundle(
        self, box_office: BoxOffice, holder: Holder
    ) -> ShownBundle | EventNotFound | WrongEvent | InvalidRequest:
        """Return what the holder of a key judges by; a cursor of another event is refused."""
        if self.cursor is not None and self.cursor.event_id != self.event_id:
            return InvalidRequest((Fault("cursor", Text("must be a next_cursor of this event")),))
        place = None if self.cursor is None else self.cursor.place
        bundle = box_office.gate_bundle(self.event_id, place, holder)
        event = box_office.event(self.event_id)
        if isinstance(bundle, GateBundle) and isinstance(event, LiveEvent):
            return ShownBundle(event, bundle)
        return bundle if isinstance(bundle, Refusal) else EventNotFound()


BUNDLE_QUERY: RequestSchema[BundleQuery] = RequestSchema(
    "BundleQuery",
    BundleQuery,
    (
        field("event_id", EVENT_ID, lambda query: query.event_id),
        field("cursor", PLACE, lambda query: query.cursor),
    ),
)

_SCAN: RequestSchema[OfflineScan] = RequestSchema(
    "OfflineScan",
    OfflineScan,
    (
        field("qr_code", QR_CODE, lambda scan: scan.qr_code),
        field("scan_id", SCAN_ID, lambda scan: scan.scan_id),
        field("scanned_at", TIME, lambda scan: scan.scanned_at),
    ),
)


@attrs.frozen
class OfflineScans:
    """Scans that a gate made by itself at one event; without a ``gate`` it has the name of its key."""

    event_id: EventId
    scans: Sequence[OfflineScan]
    gate: str | None = None


OFFLINE_SCANS: RequestSchema[OfflineScans] = RequestSchema(
    "OfflineScans",
    OfflineScans,
    (
        field("event_id", EVENT_ID, lambda request: request.event_id),
        field("scans", list_of(item_of(_SCAN), MOST_AT_ONCE), lambda request: request.scans),
        field("gate", GATE, lambda request: request.gate),
    ),
    example={
        "event_id": EXAMPLE_EVENT,
        "gate": "North",
        "scans": [
            {
                "scan_id": "7f9c24e8-3b12-4fef-91e0-5d1f0a2b6c3d",
                "qr_code": "the text of a QR code",
                "scanned_at": "2031-05-01T19:30:00Z",
            }
        ],
    },
)


def _result(merged: MergedScan) -> str:
    return "refused" if merged.refusal else "admitted"


_RESULT: Schema[MergedScan] = object_schema(
    "MergedScan",
    member("scan_id", TEXT, lambda merged: merged.scan_id),
    member("result", annotated(TEXT, enum=["admitted", "refused"]), _result),
    member("code", nullable(TEXT), lambda merged: merged.refusal.code if merged.refusal else None),
    member(
        "double_admission",
        annotated(FLAG, description="Whether more than one scan has admitted the ticket."),
        lambda merged: bool(merged.gates),
    ),
    member(
        "gates",
        annotated(array(TEXT), description="The gates of a double admission, the first one first."),
        lambda merged: merged.gates,
    ),
)
MERGED_SCANS: Schema[Sequence[MergedScan]] = object_schema(
    "MergedScans", member("results", array(_RESULT), lambda results: results)
)
