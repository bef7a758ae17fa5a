"""Tickets over HTTP: their images, and the gate that admits each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    Json,
    Service,
    buy,
    buy_ticket,
    create_event,
    faults,
    get_order,
    json_of,
    patch_event,
    problem,
    refund,
    scan,
    serve,
    tickets_of,
    undo,
)
from ticketcore.domain.errors import Unavailable
from ticketcore_memory import MemoryFiles

SCAN_ID = "5d1f0a2b-6c3d-4fef"


@attrs.define(eq=False)
class FilesElsewhere(MemoryFiles):
    """Files that have an address of their own."""

    def url(self, name: str) -> str | None:
        return f"https://files.example/{name}?signature=abc"


@attrs.define(eq=False)
class LostFiles(MemoryFiles):
    """Files that cannot be reached after a file was put."""

    def get(self, name: str) -> bytes | None:
        raise Unavailable("files", "gone")

    def url(self, name: str) -> str | None:
        raise Unavailable("files", "gone")


def test_a_ticket_is_admitted(service: Service, event: Json) -> None:
    """The response has what a gate needs to know, and no credential of the buyer's."""
    order = buy(service, event, 2)
    first, _ = tickets_of(service, order)
    admission = json_of(scan(service, first["qr_code"], gate="north"))
    assert admission == {
        "result": "admitted",
        "repeated": False,
        "ticket": {
            "event_id": event["id"],
            "event_name": event["name"],
            "ticket_code": get_order(service, order)["ticket_code"],
            "number": 1,
            "of": 2,
            "status": "used",
            "validation_date": "2027-01-01T00:00:00.000Z",
            "gate": "north",
        },
    }


def test_no_response_at_a_gate_has_an_id(service: Service, event: Json) -> None:
    """Neither an admission nor a refusal nor an undo names the order or a ticket: their ids are credentials."""
    order = buy(service, event, 2)
    used, void = tickets_of(service, order)
    responses = [scan(service, used["qr_code"], gate="north") for _ in range(2)]
    responses.append(scan(service, void["qr_code"], event_id=create_event(service)["id"]))
    responses.append(undo(service, used["qr_code"]))
    responses.append(undo(service, used["qr_code"]))
    refund(service, order)
    responses.append(scan(service, void["qr_code"]))
    assert [response.status_code for response in responses] == [200, 409, 409, 200, 409, 410]
    for secret in (order["id"], used["id"], void["id"], used["qr_code"], void["qr_code"], order["customer_email"]):
        assert not any(secret in response.text for response in responses)


def test_an_admitted_ticket_shows_with_its_order(service: Service, event: Json) -> None:
    """The other tickets of the order stay valid."""
    order = buy(service, event, 2)
    first, second = tickets_of(service, order)
    admission = json_of(scan(service, first["qr_code"]))["ticket"]
    used = first | {"status": "used", "validation_date": admission["validation_date"]}
    assert tickets_of(service, order) == [used, second]


def test_a_ticket_is_admitted_once(service: Service, event: Json) -> None:
    """Every later scan, at any gate, is refused with the time and gate of the first."""
    ticket = buy_ticket(service, event)
    json_of(scan(service, ticket["qr_code"], gate="north"))
    service.clock.move(timedelta(minutes=1))
    for gate in ("south", "north"):
        found = problem(scan(service, ticket["qr_code"], gate=gate), "ticket_already_used")
        assert (found["validation_date"], found["gate"]) == ("2027-01-01T00:00:00.000Z", "north")


def test_a_gate_without_a_name_has_that_of_its_key(service: Service, event: Json) -> None:
    """The gate is the key's name unless the scan names another."""
    ticket = buy_ticket(service, event)
    json_of(scan(service, ticket["qr_code"]))
    assert problem(scan(service, ticket["qr_code"]), "ticket_already_used")["gate"] == "gate"


def test_a_repeated_scan_gets_the_same_response(service: Service, event: Json) -> None:
    """A gate can repeat a scan with its id for ten minutes; the response says that it is repeated."""
    ticket = buy_ticket(service, event)
    first = json_of(scan(service, ticket["qr_code"], scan_id="one-scan-of-this-ticket", gate="north"))
    service.clock.move(timedelta(minutes=10) - timedelta(milliseconds=1))
    again = first | {"repeated": True}
    assert json_of(scan(service, ticket["qr_code"], scan_id="one-scan-of-this-ticket", gate="north")) == again
    assert json_of(scan(service, ticket["qr_code"], scan_id="one-scan-of-this-ticket", gate="south")) == again
    problem(
        scan(service, ticket["qr_code"], scan_id="one-scan-of-this-ticket", gate="north", headers=ADMIN),
        "ticket_already_used",
    )
    problem(scan(service, ticket["qr_code"], scan_id=f"{SCAN_ID}2"), "ticket_already_used")
    problem(scan(service, ticket["qr_code"]), "ticket_already_used")
    service.clock.move(timedelta(milliseconds=1))
    problem(scan(service, ticket["qr_code"], scan_id="one-scan-of-this-ticket", gate="north"), "ticket_already_used")


def test_a_scan_id_stands_for_one_ticket(service: Service, event: Json) -> None:
    """The same scan id on another ticket admits that one once as well."""
    one, two = tickets_of(service, buy(service, event, 2))
    json_of(scan(service, one["qr_code"], scan_id="one-scan-of-this-ticket"))
    other = json_of(scan(service, two["qr_code"], scan_id="one-scan-of-this-ticket"))
    assert (other["repeated"], other["ticket"]["number"]) == (False, 2)


def test_a_ticket_is_admitted_by_code_and_number(service: Service, event: Json) -> None:
    """A phone may be dead: ticket code and number, in any case, with the event."""
    order = buy(service, event, 2)
    code = get_order(service, order)["ticket_code"]
    body = {"ticket_code": code.lower(), "number": 2, "event_id": event["id"]}
    admission = json_of(service.client.post("/tickets/validate", json=body, headers=GATE))
    assert (admission["ticket"]["number"], admission["ticket"]["ticket_code"]) == (2, code)
    for wrong in ({"number": 3}, {"ticket_code": "AAAAA-AAAAA"}, {"ticket_code": "x"}):
        response = service.client.post("/tickets/validate", json=body | wrong, headers=GATE)
        problem(response, "ticket_not_found")
    elsewhere = body | {"number": 1, "event_id": create_event(service)["id"]}
    problem(service.client.post("/tickets/validate", json=elsewhere, headers=GATE), "wrong_event")
    undone = json_of(service.client.post("/tickets/undo", json=body, headers=GATE))
    assert (undone["result"], undone["ticket"]["status"], undone["ticket"]["gate"]) == ("undone", "valid", None)


@pytest.mark.parametrize("path", ["/tickets/validate", "/tickets/undo"])
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"qr_code"}),
        ({"ticket_code": "7QXK2-M3PTV"}, {"number"}),
        ({"number": 1}, {"ticket_code"}),
        ({"qr_code": "x", "number": 1}, {"qr_code"}),
        ({"qr_code": "x", "ticket_code": "7QXK2-M3PTV", "number": 1}, {"qr_code"}),
        ({"ticket_code": "7QXK2-M3PTV", "number": 1}, {"event_id"}),
        ({"ticket_code": 1, "number": 0}, {"ticket_code", "number"}),
    ],
)
def test_a_ticket_is_presented_in_one_way(service: Service, path: str, body: Json, fields: set[str]) -> None:
    """By its QR text, or by code and number with an event."""
    assert set(faults(service.client.post(path, json=body, headers=GATE))) == fields


def test_an_admission_is_taken_back(service: Service, event: Json) -> None:
    """The ticket is valid again; a gate undoes its own within ten minutes, an admin any."""
    ticket = buy_ticket(service, event)
    problem(undo(service, ticket["qr_code"]), "nothing_to_undo")
    json_of(scan(service, ticket["qr_code"]))
    assert json_of(undo(service, ticket["qr_code"]))["ticket"]["status"] == "valid"
    json_of(scan(service, ticket["qr_code"], headers=ADMIN))
    problem(undo(service, ticket["qr_code"]), "nothing_to_undo")
    json_of(undo(service, ticket["qr_code"], headers=ADMIN))
    json_of(scan(service, ticket["qr_code"]))
    service.clock.move(timedelta(minutes=10))
    problem(undo(service, ticket["qr_code"]), "nothing_to_undo")
    json_of(undo(service, ticket["qr_code"], headers=ADMIN))
    problem(undo(service, ticket["qr_code"], headers={}), "unauthorized")
    problem(undo(service, "garbage"), "ticket_not_authentic")


def test_a_cancelled_event_admits_no_one(service: Service, event: Json) -> None:
    """A gate is told of the cancellation."""
    ticket = buy_ticket(service, event)
    patch_event(service, event, {"status": "cancelled"})
    problem(scan(service, ticket["qr_code"]), "event_cancelled")
    patch_event(service, event, {"status": "closed"})
    json_of(scan(service, ticket["qr_code"]))


def test_no_ticket_is_admitted_before_the_doors_open(service: Service, event: Json) -> None:
    """By QR code and by code and number; a scan that was admitted can be repeated even if the doors are put off."""
    order = buy(service, event, 2)
    first, second = tickets_of(service, order)
    patch_event(service, event, {"doors_at": "2027-01-01T00:00:00.001Z", "timezone": "Europe/London"})
    body = {"ticket_code": order["ticket_code"], "number": 1, "event_id": event["id"]}
    by_number = service.client.post("/tickets/validate", json=body, headers=GATE)
    for response in (scan(service, first["qr_code"]), by_number):
        refused = problem(response, "too_early")
        assert refused["doors_at"] == "2027-01-01T00:00:00.001Z"
        assert "Friday, 1 January 2027, 00:00, Europe/London" in refused["detail"]
    service.clock.move(timedelta(milliseconds=1))
    admitted = json_of(scan(service, first["qr_code"], scan_id="one-scan-of-this-ticket"))
    patch_event(service, event, {"doors_at": "2027-05-01T19:00:00Z"})
    again = json_of(scan(service, first["qr_code"], scan_id="one-scan-of-this-ticket"))
    assert again == admitted | {"repeated": True}
    problem(scan(service, first["qr_code"]), "ticket_already_used")
    problem(scan(service, second["qr_code"]), "too_early")


def test_a_void_ticket_has_no_image(service: Service, event: Json) -> None:
    """The image of a refunded ticket is not shown any more."""
    order = buy(service, event)
    [ticket] = tickets_of(service, order)
    refund(service, order)
    problem(service.client.get(f"/tickets/{ticket['id']}/qr.png"), "ticket_void")


@pytest.mark.parametrize("other", ["aaaaaaaaaaaaaaaaaaaa", "x" * 64, "' OR 1=1 --"])
def test_a_gate_may_refuse_other_events(service: Service, event: Json, other: str) -> None:
    """A ticket of another event is refused and stays valid."""
    ticket = buy_ticket(service, event)
    problem(scan(service, ticket["qr_code"], event_id=other), "wrong_event")
    problem(scan(service, ticket["qr_code"], event_id=create_event(service)["id"]), "wrong_event")
    json_of(scan(service, ticket["qr_code"], event_id=event["id"]))


@pytest.mark.parametrize("qr_code", ["", " ", "hello", "A" * 154, "é" * 154, "\0", "\ud800", "🎭" * 2000, "A" * 4096])
def test_garbage_is_not_authentic(service: Service, qr_code: str) -> None:
    """Any other text is refused as not authentic."""
    problem(scan(service, qr_code), "ticket_not_authentic")


def test_an_altered_code_is_not_authentic(service: Service, event: Json) -> None:
    """Each character counts."""
    ticket = buy_ticket(service, event)
    code = ticket["qr_code"]
    for place in range(0, len(code), 7):
        other = "A" if code[place] != "A" else "B"
        problem(scan(service, code[:place] + other + code[place + 1 :]), "ticket_not_authentic")
    json_of(scan(service, f"\ufeff]Q1{code.lower()}\r\n"))


def test_a_code_of_another_box_office_is_not_authentic(service: Service, event: Json) -> None:
    """A code that another service sealed is refused as not authentic."""
    elsewhere = serve()
    foreign = buy_ticket(elsewhere, create_event(elsewhere))
    problem(scan(service, foreign["qr_code"]), "ticket_not_authentic")


def test_an_authentic_code_of_a_lost_ticket_is_not_found(service: Service) -> None:
    """A code that is sealed here for a ticket that the ledger does not have is refused as not found."""
    elsewhere = serve(seal=service.box_office.ports.seal)
    ticket = buy_ticket(elsewhere, create_event(elsewhere))
    problem(scan(service, ticket["qr_code"]), "ticket_not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("qr_code", None),
        ("qr_code", 7),
        ("qr_code", "A" * 4097),
        ("gate", ""),
        ("gate", "x" * 101),
        ("gate", "a\nb"),
        ("gate", None),
        ("event_id", ""),
        ("event_id", 7),
        ("scan_id", ""),
        ("scan_id", "x" * 15),
        ("scan_id", "x" * 65),
        ("scan_id", ["one"]),
        ("color", "red"),
    ],
)
def test_a_wrong_field_is_named(service: Service, event: Json, field: str, value: Any) -> None:
    """Each fault names its field, and the ticket stays valid."""
    ticket = buy_ticket(service, event)
    body = {"qr_code": ticket["qr_code"]} | {field: value}
    assert set(faults(service.client.post("/tickets/validate", json=body, headers=GATE))) == {field}
    json_of(scan(service, ticket["qr_code"]))


def test_every_fault_comes_at_once(service: Service) -> None:
    """The faults of a scan are reported together."""
    body = {"gate": "", "event_id": 1, "scan_id": None, "color": "red"}
    response = service.client.post("/tickets/validate", json=body, headers=GATE)
    assert set(faults(response)) == {"qr_code", "gate", "event_id", "scan_id", "color"}


def test_gates_and_admins_validate(service: Service, event: Json) -> None:
    """Without a gate's or admin's key any code is refused."""
    one, two = tickets_of(service, buy(service, event, 2))
    problem(scan(service, one["qr_code"], headers={}), "unauthorized")
    json_of(scan(service, one["qr_code"], headers=GATE))
    json_of(scan(service, two["qr_code"], headers=ADMIN))


def test_the_image_of_a_ticket_is_a_png(service: Service, event: Json) -> None:
    """The ticket's id gives its image, which holds its text."""
    ticket = buy_ticket(service, event)
    image = service.client.get(f"/tickets/{ticket['id']}/qr.png")
    assert (image.status_code, image.mimetype) == (200, "image/png")
    assert image.data.startswith(b"\x89PNG\r\n\x1a\n")
    assert ticket["qr_code"].encode() in image.data


def test_the_image_may_be_elsewhere() -> None:
    """Files with an address of their own are redirected to."""
    service = serve(files=FilesElsewhere())
    ticket = buy_ticket(service, create_event(service))
    moved = service.client.get(f"/tickets/{ticket['id']}/qr.png")
    assert moved.status_code == 302
    assert moved.headers["Location"].startswith("https://files.example/")
    assert ticket["id"] not in moved.headers["Location"]
    assert moved.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("files", [MemoryFiles(), LostFiles()], ids=["emptied", "lost"])
def test_an_image_can_be_made_again(files: MemoryFiles) -> None:
    """The image is drawn if its file is missing or cannot be reached."""
    service = serve(files=files)
    ticket = buy_ticket(service, create_event(service))
    files.contents.clear()
    image = service.client.get(f"/tickets/{ticket['id']}/qr.png")
    assert (image.status_code, image.mimetype) == (200, "image/png")
    assert ticket["qr_code"].encode() in image.data


@pytest.mark.parametrize("ticket_id", ["nothing", "%00", "x" * 5000, "aaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_an_unknown_ticket_has_no_image(service: Service, ticket_id: str) -> None:
    """Nothing is drawn for an id that no ticket has."""
    problem(service.client.get(f"/tickets/{ticket_id}/qr.png"), "ticket_not_found")


@pytest.mark.parametrize("public_url", ["https://tickets.example", "https://example.org/box/office"])
def test_links_carry_the_public_address(public_url: str) -> None:
    """Links and problems begin with the configured address and its path, or with the request's."""
    service = serve({"public_url": public_url})
    ticket = buy_ticket(service, create_event(service))
    assert ticket["qr_code_url"] == f"{public_url}/tickets/{ticket['id']}/qr.png"
    found = problem(service.client.get("/nothing"), "not_found")
    assert found["type"] == f"{public_url}/problems/not_found"
    path = public_url.removeprefix("https://").partition("/")[2]
    created = service.client.get("/openapi.json").json
    assert created is not None
    assert created["servers"] == [{"url": f"/{path}/" if path else "/"}]


def test_links_without_a_public_address_are_the_requests_own(service: Service, event: Json) -> None:
    """Links have the host and scheme of the request."""
    order = buy(service, event)
    shown = service.client.get(f"/orders/{order['id']}/ticket", base_url="https://tickets.example:8443")
    [ticket] = json_of(shown)["tickets"]
    assert ticket["qr_code_url"] == f"https://tickets.example:8443/tickets/{ticket['id']}/qr.png"
