"""The laws of scans that gates made without network: each is kept once, the earliest counts, and no merging changes that again."""

from __future__ import annotations

from collections.abc import Iterator

from ticketcore import EventStatus, Order, Ticket, TicketStatus
from ticketcore.domain.api_keys import LIBRARY
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.merging import MOST_SCANS
from ticketcore.domain.refusals import TicketAlreadyUsed
from ticketcore.ports import Ports
from ticketcore_simulator.observed import MadeScan, Observed


def at_rest(ports: Ports, order: Order, observed: Observed) -> Iterator[str]:
    """Yield what is wrong with the admissions of an order's tickets, once all scans of gates were merged."""
    event = ports.events.get(order.event_id)
    assert event is not None
    undone = [entry for entry in ports.orders.journal(order.id) if entry.step is Step.ADMISSION_UNDONE]
    for ticket in ports.tickets.of_order(order.id):
        made = observed.scanned_offline.get(ticket.id, [])
        timely = [scan for scan in made if event.doors_at is None or scan.scanned_at >= event.doors_at]
        undone_here = [entry for entry in undone if entry.facts["number"] == ticket.number]
        counting = [scan for scan in timely if not any(_is_taken_back(scan, entry) for entry in undone_here)]
        is_open = event.status is not EventStatus.CANCELLED and ticket.status is not TicketStatus.VOID
        yield from (f"ticket {ticket.number} {wrong}" for wrong in _kept(ticket, made, counting, is_open=is_open))
        yield from (f"ticket {ticket.number} {wrong}" for wrong in _told(ticket, made, observed))


def _is_taken_back(scan: MadeScan, undone: Entry) -> bool:
    """Return whether a scan is from before its gate took its admissions back, or an admin all of them."""
    return undone.facts["key"] in {scan.gate, LIBRARY.name} and scan.scanned_at <= undone.at


def _kept(ticket: Ticket, made: list[MadeScan], counting: list[MadeScan], *, is_open: bool) -> Iterator[str]:
    """Yield what is wrong with the scans that the ledger keeps; after a cancellation or a refund none is added."""
    kept = ticket.admissions
    times = {scan.scan_id: scan.scanned_at for scan in made}
    found = [scan.scan_id for scan in kept if scan.scan_id in times]
    expected = {scan.scan_id for scan in counting}
    if len({*found}) != len(found):
        yield "keeps a scan twice"
    if is_open and len(kept) < MOST_SCANS and not expected <= {*found}:
        yield "lost a scan that a gate made without network"
    if not {*found} <= expected:
        yield "keeps a scan from before the doors opened, or from before it was taken back"
    if any(scan.date != times.get(scan.scan_id, scan.date) for scan in kept):
        yield "keeps a scan with another time"
    sequence = [(scan.date, scan.key_id, scan.scan_id) for scan in kept]
    if sequence != sorted(sequence):
        yield "does not count the earliest of its scans"


def _told(ticket: Ticket, made: list[MadeScan], observed: Observed) -> Iterator[str]:
    """Yield a gate that heard something else of its scan, when it merged it last, than what the ledger keeps."""
    if ticket.admission is None:
        return
    gates = {each.gate for each in ticket.admissions} if ticket.others else set[str]()
    kept = {each.scan_id for each in ticket.admissions}
    for scan in made:
        heard = observed.merged.get(scan.scan_id)
        if heard is None:
            yield "was scanned by a gate that heard nothing of it"
        elif scan.scan_id in kept and {*heard.gates} != gates:
            yield f"was admitted by {sorted(gates)}, and a gate heard of {sorted(heard.gates)}"
        elif heard.refusal is None and scan.scan_id != ticket.admission.scan_id and scan.scan_id in kept:
            yield "was admitted by one scan, and a gate heard that another one counts"
        elif isinstance(heard.refusal, TicketAlreadyUsed) and scan.scan_id == ticket.admission.scan_id:
            yield "was admitted by a scan of which its gate heard that it does not count"
