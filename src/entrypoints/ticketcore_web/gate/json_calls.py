"""The calls of the page's script: what the API does for a gate's key, for the session of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from ticketcore import Holder
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.merging import MergedScan
from ticketcore.domain.refusals import InvalidRequest, Refusal, WrongEvent
from ticketcore_web.gate.guard import GateGuard
from ticketcore_web.gate.verdicts import Verdict
from ticketcore_wire import requests
from ticketcore_wire.gate_schemas import BUNDLE, BUNDLE_QUERY, MERGED_SCANS, OFFLINE_SCANS
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.requests import Content
from ticketcore_wire.ticket_schemas import SCAN, UNDO


def add_calls(guard: GateGuard) -> None:
    """Add the calls under ``/gate/calls``."""
    box_office = guard.site.box_office

    @guard.call("/gate/calls/admission", "POST")
    def gate_admission(holder: Holder) -> Any:
        return _told(_read(SCAN).admit(box_office, holder))

    @guard.call("/gate/calls/undo", "POST")
    def gate_undo(holder: Holder) -> Any:
        return _told(_read(UNDO).undo(box_office, holder))

    @guard.call("/gate/calls/scans", "POST")
    def gate_scans(holder: Holder) -> Any:
        asked = _read(OFFLINE_SCANS)
        merged = box_office.merge_scans(asked.event_id, asked.gate or holder.name, asked.scans, holder)
        return merged if isinstance(merged, Refusal) else _merged(merged)

    @guard.call("/gate/calls/bundle")
    def gate_bundle(holder: Holder) -> Any:
        query = requests.read_query(BUNDLE_QUERY, request.args.to_dict(flat=False))
        bundle = query.bundle(box_office, holder)
        return bundle if isinstance(bundle, Refusal) else BUNDLE.encode(bundle)

    @guard.call("/gate/calls/state")
    def gate_state(holder: Holder) -> Any:
        return _state(guard, request.args.get("event_id", ""), holder)


def _read(schema: RequestSchema[Any]) -> Any:
    headers = request.headers
    raw = request.get_data(cache=False)
    return requests.read_body(
        schema, Content(raw, headers.get("Content-Type", ""), headers.get("Content-Encoding", ""))
    )


def _told(outcome: Any) -> Any:
    """Return a verdict: a refusal is one, while a request that cannot be judged is a problem."""
    return outcome if isinstance(outcome, InvalidRequest) else Verdict.on(outcome).as_json


def _merged(scans: Sequence[MergedScan]) -> Any:
    """Return what became of scans as the API does, each with its ticket as a door names it."""
    results = [
        {**result, "ticket": scan.record and {"code": scan.record.ticket_code, "number": scan.record.ticket.number}}
        for scan, result in zip(scans, MERGED_SCANS.encode(scans)["results"], strict=True)
    ]
    return {"results": results}


def _state(guard: GateGuard, event_id: str, holder: Holder) -> Any:
    """Return how many an event's gates have admitted, and the tickets that several of them have."""
    wanted = read_event_id(event_id)
    if holder.event_ids is not None and wanted not in holder.event_ids:
        return WrongEvent()
    summary = guard.site.organiser.summary(wanted)
    if isinstance(summary, Refusal):
        return summary
    doubles = [
        {"ticket_code": each.ticket_code, "number": each.number, "gates": [*each.gates]}
        for each in summary.double_admissions
    ]
    return {"admitted": summary.admitted, "sold": summary.event.sold, "double_admissions": doubles}
