"""Gates without network: what they are given, and the merging of what they scanned by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ticketcore.domain import checks, gate_lists, ids, printable_text, timestamps, validation
from ticketcore.domain.api_keys import Holder
from ticketcore.domain.gate_lists import GateBundle, GatePlace
from ticketcore.domain.ids import EventId
from ticketcore.domain.merging import MAX_AHEAD, MOST_AT_ONCE, Merged, MergedScan, OfflineScan
from ticketcore.domain.refusals import EventNotFound, Fault, InvalidRequest, Refusal, TicketNotAuthentic, WrongEvent
from ticketcore.domain.summary import DoubleAdmission
from ticketcore.domain.texts import Text
from ticketcore.domain.validation import Scan
from ticketcore.ports import Act, Ports

#: Orders of one piece of a list.
_PIECE = 200
_GATE = printable_text.check(validation.MAX_NAME)
_SCAN_ID = printable_text.check(validation.MAX_SCAN_ID, validation.MIN_SCAN_ID)
_HOLDER = checks.instance_of(Holder)
_AFTER = checks.optional(gate_lists.place_fault)


def bundle(
    ports: Ports, event_id: EventId, after: GatePlace | None, holder: Holder
) -> GateBundle | EventNotFound | WrongEvent | InvalidRequest:
    """Return a piece of what a gate needs, behind ``after``."""
    refusal = checks.invalid(after=_AFTER(after), holder=_HOLDER(holder)) or _not_for(ports, event_id, holder)
    if refusal:
        return refusal
    now = ports.clock.now()
    piece = ports.tickets.gate_list(ids.event_id(event_id), after, _PIECE)
    return GateBundle(tuple(ports.seal.public_keys), piece, now)


def _not_for(ports: Ports, event_id: EventId, holder: Holder) -> EventNotFound | WrongEvent | None:
    """Return why a gate has nothing to do with an event, if so."""
    event_id = ids.event_id(event_id)
    if ports.events.get(event_id) is None:
        return EventNotFound()
    return WrongEvent() if holder.event_ids is not None and event_id not in holder.event_ids else None


def merge(
    ports: Ports, event_id: EventId, gate: str, scans: Sequence[OfflineScan], holder: Holder
) -> Sequence[MergedScan] | EventNotFound | WrongEvent | InvalidRequest:
    """Merge the scans of a gate, one by one."""
    invalid = checks.invalid(gate=_GATE(gate), scans=_scans_fault(scans), holder=_HOLDER(holder))
    refusal = invalid or _not_for(ports, event_id, holder)
    if refusal:
        return refusal
    events = frozenset({ids.event_id(event_id)})
    return tuple(_merge(ports, each, Scan(gate, each.scan_id, events, holder)) for each in scans)


def _scans_fault(scans: object) -> Text | None:
    if not isinstance(scans, list | tuple) or not all(isinstance(each, OfflineScan) for each in scans):
        return Text("must be a list of scans")
    if len(scans) > MOST_AT_ONCE:
        return Text("must be at most %(most)s", most=MOST_AT_ONCE)
    return next(filter(None, (_SCAN_ID(each.scan_id) or checks.text(each.qr_code) for each in scans)), None)


def _merge(ports: Ports, offline: OfflineScan, scan: Scan) -> MergedScan:
    now = ports.clock.now()
    claim, fault = ports.seal.open(offline.qr_code), _time_fault(offline.scanned_at, now)
    if isinstance(claim, TicketNotAuthentic):
        return _refused(ports, offline, claim)
    if fault:
        return MergedScan(offline.scan_id, InvalidRequest((Fault("scanned_at", fault),)))
    outcome = ports.tickets.merge(claim.ticket_id, scan, timestamps.whole_milliseconds(offline.scanned_at), now)
    if not isinstance(outcome, Merged):
        return _refused(ports, offline, outcome)
    ports.observe(Act.ADMIT, outcome.refusal or "merged", outcome.record.ticket.order_id)
    return MergedScan(offline.scan_id, outcome.refusal, _gates_of(outcome), outcome.record)


def _refused(ports: Ports, offline: OfflineScan, refusal: Refusal) -> MergedScan:
    ports.observe(Act.ADMIT, refusal)
    return MergedScan(offline.scan_id, refusal)


def _time_fault(scanned_at: object, now: datetime) -> Text | None:
    fault = checks.date(scanned_at)
    if fault or not isinstance(scanned_at, datetime):
        return fault
    return Text("is in the future: the clock of the gate is wrong") if scanned_at > now + MAX_AHEAD else None


def _gates_of(merged: Merged) -> tuple[str, ...]:
    ticket = merged.record.ticket
    if ticket.admission is None or not ticket.others:
        return ()
    return DoubleAdmission.of(merged.record.ticket_code, ticket.number, ticket.admission, ticket.others).gates
