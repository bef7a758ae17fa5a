"""Gates without network: what they are given, and the merging of what they scanned by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticketcore.domain import checks, gate_lists, ids, merging, printable_text, validation
from ticketcore.domain.api_keys import Holder
from ticketcore.domain.checks import Check
from ticketcore.domain.events import Event
from ticketcore.domain.gate_lists import GateBundle, GatePlace
from ticketcore.domain.ids import EventId
from ticketcore.domain.merging import MOST_AT_ONCE, Merged, MergedScan, OfflineScan
from ticketcore.domain.refusals import EventNotFound, InvalidRequest, Refusal, TicketNotAuthentic, WrongEvent
from ticketcore.domain.summary import DoubleAdmission
from ticketcore.domain.texts import Text
from ticketcore.domain.validation import Scan
from ticketcore.ports import Act, Ports

#: Orders of one piece of a list.
_PIECE = 200
_GATE = printable_text.check(validation.MAX_NAME)
_SCAN: Mapping[str, Check] = {
    "qr_code": checks.text,
    "scan_id": printable_text.check(validation.MAX_SCAN_ID, validation.MIN_SCAN_ID),
    "scanned_at": checks.date,
}
_HOLDER = checks.instance_of(Holder)
_AFTER = checks.optional(gate_lists.place_fault)


def bundle(
    ports: Ports, event_id: EventId, after: GatePlace | None, holder: Holder
) -> GateBundle | EventNotFound | WrongEvent | InvalidRequest:
    """Return a piece of what a gate needs, behind ``after``."""
    refusal = checks.invalid(after=_AFTER(after), holder=_HOLDER(holder))
    if refusal:
        return refusal
    event = _event_for(ports, event_id, holder)
    if isinstance(event, Refusal):
        return event
    now = ports.clock.now()
    piece = ports.tickets.gate_list(event.id, after, _PIECE)
    return GateBundle(tuple(ports.seal.public_keys), piece, now)


def _event_for(ports: Ports, event_id: EventId, holder: Holder) -> Event | EventNotFound | WrongEvent:
    """Return an event, or why a gate has nothing to do with it."""
    event = ports.events.get(ids.event_id(event_id))
    if event is None:
        return EventNotFound()
    return WrongEvent() if holder.event_ids is not None and event.id not in holder.event_ids else event


def merge(
    ports: Ports, event_id: EventId, gate: str, scans: Sequence[OfflineScan], holder: Holder
) -> Sequence[MergedScan] | EventNotFound | WrongEvent | InvalidRequest:
    """Merge the scans of a gate, one by one."""
    invalid = checks.invalid(gate=_GATE(gate), scans=_scans_fault(scans), holder=_HOLDER(holder))
    refusal = invalid or _invalid(scans)
    if refusal:
        return refusal
    event = _event_for(ports, event_id, holder)
    if isinstance(event, Refusal):
        return event
    return tuple(_merge(ports, event, each, Scan(gate, each.scan_id, frozenset({event.id}), holder)) for each in scans)


def _scans_fault(scans: object) -> Text | None:
    if not isinstance(scans, list | tuple) or not all(isinstance(each, OfflineScan) for each in scans):
        return Text("must be a list of scans")
    return Text("must be at most %(most)s", most=MOST_AT_ONCE) if len(scans) > MOST_AT_ONCE else None


def _invalid(scans: Sequence[OfflineScan]) -> InvalidRequest | None:
    """Return the refusal of scans that have faults, which names the place of each in the list."""
    return checks.invalid(
        **{
            f"scans[{index}].{name}": check(getattr(scan, name))
            for index, scan in enumerate(scans)
            for name, check in _SCAN.items()
        }
    )


def _merge(ports: Ports, event: Event, offline: OfflineScan, scan: Scan) -> MergedScan:
    now = ports.clock.now()
    claim = ports.seal.open(offline.qr_code)
    if isinstance(claim, TicketNotAuthentic):
        return _refused(ports, offline, claim)
    scanned_at = merging.possible_time(offline.scanned_at, event.created_at, now)
    outcome = ports.tickets.merge(claim.ticket_id, scan, scanned_at, now)
    if not isinstance(outcome, Merged):
        return _refused(ports, offline, outcome)
    ports.observe(Act.ADMIT, outcome.refusal or "merged", outcome.record.ticket.order_id)
    return MergedScan(offline.scan_id, outcome.refusal, _gates_of(outcome), outcome.record)


def _refused(ports: Ports, offline: OfflineScan, refusal: Refusal) -> MergedScan:
    ports.observe(Act.ADMIT, refusal)
    return MergedScan(offline.scan_id, refusal)


def _gates_of(merged: Merged) -> tuple[str, ...]:
    ticket = merged.record.ticket
    if ticket.admission is None or not ticket.others:
        return ()
    return DoubleAdmission.of(merged.record.ticket_code, ticket.number, ticket.admission, ticket.others).gates
