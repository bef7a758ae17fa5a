"""Gates without network over HTTP."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.entrypoints.http import ADMIN, GATE, Json, Service, buy, create_event, json_of, problem, scan, tickets_of
from ticketcore.domain import qr_text

_AT = "2026-01-01T20:00:00Z"
_ID = "a scan of the north gate"


@pytest.fixture
def event(service: Service) -> Json:
    """Return an event on sale."""
    return create_event(service)


def bundle(service: Service, event: Json, cursor: str | None = None) -> Json:
    query = {"event_id": event["id"]} | ({"cursor": cursor} if cursor else {})
    return json_of(service.client.get("/gate/bundle", query_string=query, headers=GATE))


def merge(
    service: Service, event: Json, *scans: Json, gate: str = "North", headers: dict[str, str] = GATE
) -> list[Json]:
    asked = {"event_id": event["id"], "gate": gate, "scans": [*scans]}
    results: list[Json] = json_of(service.client.post("/gate/scans", json=asked, headers=headers))["results"]
    return results


def made(ticket: Json, scan_id: str = _ID, at: str = _AT) -> Json:
    return {"qr_code": ticket["qr_code"], "scan_id": scan_id, "scanned_at": at}


def test_a_bundle_is_all_that_a_gate_needs(service: Service, event: Json) -> None:
    """The event, keys that verify its QR texts, and each ticket by the digest of the id that the text vouches for."""
    [ticket] = tickets_of(service, buy(service, event))
    found = bundle(service, event)
    assert (found["event"]["id"], {*found}) == (
        event["id"],
        {"event", "public_keys", "tickets", "next_cursor", "as_of"},
    )
    digest = hashlib.sha256(ticket["id"].encode()).hexdigest()[:16]
    assert {"ticket": digest, "status": "valid"} in found["tickets"]
    code = qr_text.read(ticket["qr_code"])
    assert isinstance(code, qr_text.ReadCode)
    for key in found["public_keys"]:
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "="))
        public.verify(code.signature, code.signed)
    assert ticket["id"] not in str(found)


def test_a_cursor_brings_what_changed(service: Service, event: Json) -> None:
    """It is never null; without changes there are no tickets."""
    [ticket] = tickets_of(service, buy(service, event))
    first = bundle(service, event)
    while (more := bundle(service, event, first["next_cursor"]))["tickets"]:
        first = more
    scan(service, ticket["qr_code"], gate="North")
    [changed] = bundle(service, event, more["next_cursor"])["tickets"]
    assert changed["status"] == "used"
    for wrong in ("x", "AAAA", first["next_cursor"] + "A", "[1]"):
        query = {"event_id": event["id"], "cursor": wrong}
        problem(service.client.get("/gate/bundle", query_string=query, headers=GATE), "invalid_request")


def test_a_cursor_of_another_event_is_refused(service: Service, event: Json) -> None:
    """It may have come further, and the list would lack what this event has."""
    other = create_event(service)
    buy(service, event)
    query = {"event_id": event["id"], "cursor": bundle(service, other)["next_cursor"]}
    refused = problem(service.client.get("/gate/bundle", query_string=query, headers=GATE), "invalid_request")
    assert [fault["field"] for fault in refused["errors"]] == ["cursor"]


def test_scans_are_merged(service: Service, event: Json) -> None:
    """The earliest counts; what two gates admitted is said to both and in the summary."""
    order = buy(service, event)
    [ticket] = tickets_of(service, order)
    late = made(ticket, "a scan of the south gate", "2026-01-01T20:05:00Z")
    alone = {"scan_id": late["scan_id"], "result": "admitted", "code": None, "double_admission": False, "gates": []}
    assert merge(service, event, late, gate="South") == [alone]
    [first] = merge(service, event, made(ticket))
    assert (first["result"], first["double_admission"], first["gates"]) == ("admitted", True, ["North", "South"])
    [again] = merge(service, event, late, gate="South")
    assert (again["result"], again["code"], again["double_admission"]) == ("refused", "ticket_already_used", True)
    summary = json_of(service.client.get(f"/events/{event['id']}/summary", headers=ADMIN))
    code = json_of(service.client.get(f"/orders/{order['id']}"))["ticket_code"]
    assert summary["double_admissions"] == [{"ticket_code": code, "number": 1, "gates": ["North", "South"]}]
    assert (summary["admitted"], summary["gates"]) == (1, {"North": 1})


def test_each_scan_has_a_result(service: Service, event: Json) -> None:
    """One that is forged and one of another event leave the others alone; a gate whose clock is ahead is heard."""
    [ticket, last] = tickets_of(service, buy(service, event, 2))
    [other] = tickets_of(service, buy(service, create_event(service)))
    forged = {"qr_code": "nothing", "scan_id": "a scan that is forged", "scanned_at": _AT}
    future = made(ticket, "a scan of the future", "2099-01-01T20:00:00Z")
    results = merge(service, event, forged, made(other, "a scan of elsewhere"), future, made(last))
    codes = [result["code"] for result in results]
    assert codes == ["ticket_not_authentic", "wrong_event", None, None]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"scans": []}, ["scans"]),
        ({"scans": [made({"qr_code": "x"})] * 101}, ["scans"]),
        ({"scans": ["x"]}, ["scans[0]"]),
        ({"scans": [{"qr_code": "x", "scan_id": _ID}]}, ["scans[0].scanned_at"]),
        ({"scans": [made({"qr_code": "x"}), {**made({"qr_code": "x"}), "scan_id": "short"}]}, ["scans[1].scan_id"]),
        (
            {"scans": [{**made({"qr_code": "x"}), "scanned_at": "2026-01-01T20:00:00", "scan_id": "short"}] * 2},
            [f"scans[{index}].{name}" for index in range(2) for name in ("scan_id", "scanned_at")],
        ),
        ({"scans": [{**made({"qr_code": "x"}), "more": 1}]}, ["scans[0].more"]),
        ({"gate": ""}, ["gate"]),
        ({"gate": 1}, ["gate"]),
        ({"more": 1}, ["more"]),
    ],
    ids=str,
)
def test_what_is_no_list_of_scans_is_refused(service: Service, event: Json, change: Json, fields: list[str]) -> None:
    """The response names each field, of a scan with its place in the list."""
    asked = {"event_id": event["id"], "scans": [made({"qr_code": "x"})], **change}
    refused = problem(service.client.post("/gate/scans", json=asked, headers=GATE), "invalid_request")
    assert [fault["field"] for fault in refused["errors"]] == fields


def test_only_gates_and_admins_hand_in_scans(service: Service, event: Json) -> None:
    """A key that is bound to another event gets neither."""
    for headers, code in (({}, "unauthorized"), ({"Authorization": "Bearer nothing"}, "unauthorized")):
        problem(service.client.get(f"/gate/bundle?event_id={event['id']}", headers=headers), code)
    problem(service.client.get("/gate/bundle?event_id=nothing", headers=GATE), "event_not_found")
    problem(service.client.get("/gate/bundle", headers=GATE), "invalid_request")
