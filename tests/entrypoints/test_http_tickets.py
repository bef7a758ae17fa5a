"""Tickets over HTTP: their images, and the gate that admits each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    TICKET_KEYS,
    Json,
    Service,
    buy,
    buy_ticket,
    create_event,
    faults,
    json_of,
    problem,
    scan,
    serve,
    tickets_of,
)
from ticketcore.domain.errors import Unavailable
from ticketcore_memory import MemoryFiles


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
    """The response has the ticket as it now is."""
    ticket = buy_ticket(service, event)
    admission = json_of(scan(service, ticket["qr_code"]))
    assert set(admission) == {"result", "ticket"}
    assert admission["result"] == "admitted"
    assert set(admission["ticket"]) == TICKET_KEYS
    assert admission["ticket"] == ticket | {"status": "used", "validation_date": "2027-01-01T00:00:00.000Z"}


def test_an_admitted_ticket_shows_with_its_order(service: Service, event: Json) -> None:
    """The other tickets of the order stay valid."""
    order = buy(service, event, 2)
    first, second = tickets_of(service, order)
    used = json_of(scan(service, first["qr_code"]))["ticket"]
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
    """A gate can repeat a scan with its id when the response was lost, also later; at another gate it is another scan."""
    ticket = buy_ticket(service, event)
    first = json_of(scan(service, ticket["qr_code"], scan_id="one", gate="north"))
    service.clock.move(timedelta(minutes=1))
    assert json_of(scan(service, ticket["qr_code"], scan_id="one", gate="north")) == first
    problem(scan(service, ticket["qr_code"], scan_id="one", gate="south"), "ticket_already_used")
    problem(scan(service, ticket["qr_code"], scan_id="two"), "ticket_already_used")
    problem(scan(service, ticket["qr_code"]), "ticket_already_used")


def test_a_scan_id_stands_for_one_ticket(service: Service, event: Json) -> None:
    """The same scan id on another ticket admits that one once as well."""
    one, two = tickets_of(service, buy(service, event, 2))
    json_of(scan(service, one["qr_code"], scan_id="same"))
    assert json_of(scan(service, two["qr_code"], scan_id="same"))["ticket"]["id"] == two["id"]


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
    problem(scan(service, code.lower()), "ticket_not_authentic")
    json_of(scan(service, f" {code}\r\n"))


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
