"""The gate without a browser: who is let in, what its forms and calls do, and what they refuse."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.entrypoints.http import ADMIN, ADMIN_KEY, GATE_KEY, Json, json_of, problem, scan
from tests.web.gate import GATE, GateClient, client_of, codes_of, open_doors
from tests.web.shop import HTML, Shop, open_shop
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import Role
from ticketcore.domain.limits import Limit
from ticketcore_web.static_files import static_files

COOKIE = "ticketcore-gate"
CALLS: dict[str, Any] = {"admission": {}, "undo": {}, "scans": {}, "bundle": None, "state": None}


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    open_doors(shop)
    return shop


@pytest.fixture
def gate(shop: Shop) -> GateClient:
    return client_of(shop).enter()


def new_key(shop: Shop, *events: Json, role: Role = Role.GATE) -> NewKey:
    made = shop.service.organiser.create_key("Ann", role, [event["id"] for event in events])
    assert isinstance(made, NewKey)
    return made


def admission(shop: Shop, ticket: Json, scan_id: str = "0123456789abcdef") -> Json:
    """Return the body of a scan of a ticket at North."""
    return {"qr_code": ticket["qr_code"], "event_id": shop.opera["id"], "gate": "North", "scan_id": scan_id}


def verdict_in(page: str) -> str:
    """Return the kind of verdict that a page shows."""
    found = re.search(r'<section class="verdict (\w+)"', page)
    assert found is not None, page
    return found[1]


# Sessions


def test_only_those_who_have_signed_in_do_anything(shop: Shop) -> None:
    """All others see where one signs in; forms lead there, and calls are refused."""
    stranger = client_of(shop)
    assert 'id="key-form"' in stranger.page(GATE)
    token = stranger.token
    for form in ("post", "admission", "undo"):
        response = stranger.client.post(f"/gate/{form}", data={"form_token": token}, headers=HTML)
        assert (response.status_code, response.headers["Location"]) == (303, GATE), form
    for name, body in CALLS.items():
        problem(stranger.call(name, body, token), "unauthorized")


def test_the_cookie_is_for_this_site_alone_and_holds_no_key(shop: Shop) -> None:
    """HttpOnly, SameSite=Strict, of twelve hours; the page after it has no key either."""
    key = new_key(shop)
    visitor = client_of(shop)
    response = visitor.post("/gate/sign-in", on=GATE, key=f" {key.text}\n")
    cookie = next(each for each in response.headers.getlist("Set-Cookie") if each.startswith(f"{COOKIE}="))
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"} <= {each.strip() for each in cookie.split(";")}
    assert key.text not in cookie
    assert key.text not in visitor.page(GATE)


@pytest.mark.parametrize("key", ["", "nonsense", ADMIN_KEY, "\N{SNOWMAN}", "x" * 5000])
def test_a_key_that_is_no_gates_is_refused(shop: Shop, key: str) -> None:
    """In words, with no session, and without showing again what was typed."""
    visitor = client_of(shop)
    response = visitor.post("/gate/sign-in", on=GATE, key=key)
    assert response.status_code == 403
    assert "The key is unknown or revoked, or made for something else." in response.text
    assert not key or f'value="{key}"' not in response.text
    problem(visitor.call("state"), "unauthorized")


def test_refused_keys_are_limited() -> None:
    """Twenty a minute; a right key is not limited."""
    visitor = client_of(open_shop(rate_limit=Limit(1000, timedelta(minutes=1))))
    statuses = [visitor.post("/gate/sign-in", on=GATE, key=f"wrong-{number}").status_code for number in range(22)]
    assert statuses == [403] * 20 + [429] * 2
    assert visitor.post("/gate/sign-in", on=GATE, key=GATE_KEY).status_code == 303


def test_signing_in_needs_the_forms_token(shop: Shop) -> None:
    """Another site cannot sign a browser in."""
    response = client_of(shop).client.post("/gate/sign-in", data={"key": GATE_KEY}, headers=HTML)
    assert response.status_code == 403
    assert f"{COOKIE}=" not in str(response.headers.getlist("Set-Cookie"))


def test_revoking_the_key_ends_the_session(shop: Shop) -> None:
    """Of the page and of its calls, at once."""
    key = new_key(shop)
    gate = client_of(shop).enter(key.text)
    assert json_of(gate.call("state", event_id=shop.opera["id"]))["admitted"] == 0
    shop.service.organiser.revoke_key(key.key.id)
    problem(gate.call("state", event_id=shop.opera["id"]), "unauthorized")
    assert "data-page" not in gate.page(GATE)


def test_a_session_ends_after_twelve_hours_or_by_signing_out(shop: Shop, gate: GateClient) -> None:
    """Not a moment before."""
    shop.service.clock.move(timedelta(hours=12, milliseconds=-1))
    assert "data-page" in gate.page(GATE)
    shop.service.clock.move(timedelta(milliseconds=1))
    assert "data-page" not in gate.page(GATE)
    gate.enter()
    assert gate.act("/gate/sign-out", on=GATE) == GATE
    assert "data-page" not in gate.page(GATE)


def test_a_session_of_the_desk_is_none_of_a_gate(shop: Shop) -> None:
    """And the other way round."""
    visitor = client_of(shop)
    assert visitor.sign_in().status_code == 303
    problem(visitor.call("state"), "unauthorized")
    assert client_of(shop).enter().get("/desk").status_code == 303


# The post


def test_a_key_that_is_bound_to_one_event_needs_no_choice(shop: Shop) -> None:
    """The gate has the name of its key, until another one is chosen."""
    visitor = client_of(shop)
    visitor.act("/gate/sign-in", on=GATE, key=new_key(shop, shop.opera).text)
    page = visitor.page(GATE)
    assert "A Flauta Mágica" in page
    assert "<bdi>Ann</bdi>" in page
    visitor.act("/gate/post", on=f"{GATE}?choose", event=shop.opera["id"], gate="Side door")
    assert "<bdi>Side door</bdi>" in visitor.page(GATE)


def test_the_events_of_a_key_are_offered(shop: Shop) -> None:
    """Of one that is not bound, all that are on sale or closed, until a day after they began."""
    visitor = client_of(shop)
    visitor.act("/gate/sign-in", on=GATE, key=GATE_KEY)
    offered = re.findall(r'<option value="(\w+)"', visitor.page(GATE))
    assert set(offered) == {event["id"] for event in (shop.opera, shop.sold_out, shop.free, shop.later)}
    shop.service.client.patch(f"/events/{shop.free['id']}", json={"status": "draft"}, headers=ADMIN)
    assert shop.free["id"] not in visitor.page(GATE)
    bound = client_of(shop)
    bound.act("/gate/sign-in", on=GATE, key=new_key(shop, shop.opera, shop.later).text)
    assert re.findall(r'<option value="(\w+)"', bound.page(GATE)) == [shop.opera["id"], shop.later["id"]]


def test_another_event_than_the_keys_is_refused(shop: Shop) -> None:
    """In the form, in a cookie that was altered, and in calls."""
    gate = client_of(shop).enter(new_key(shop, shop.opera, shop.later).text)
    assert gate.post("/gate/post", on=f"{GATE}?choose", event=shop.free["id"], gate="North").status_code == 409
    gate.client.set_cookie("ticketcore-gate-post", f"{shop.free['id']}.North")
    assert "data-page" not in gate.page(GATE)
    problem(gate.call("state", event_id=shop.free["id"]), "wrong_event")
    problem(gate.call("bundle", event_id=shop.free["id"]), "wrong_event")


@pytest.mark.parametrize("name", ["", "x" * 101, "North\x07"])
def test_a_gate_needs_a_name(shop: Shop, name: str) -> None:
    """Of one line, for reports."""
    visitor = client_of(shop)
    visitor.act("/gate/sign-in", on=GATE, key=GATE_KEY)
    response = visitor.post("/gate/post", on=GATE, event=shop.opera["id"], gate=name)
    assert response.status_code == 422
    assert 'id="gate-fault"' in response.text


# Without script


def test_a_ticket_is_admitted_by_its_text_or_code(shop: Shop, gate: GateClient) -> None:
    """Once; a repetition of the form shows the same, another scan is refused with the time and the gate."""
    first, second = codes_of(shop, 2)
    sent = gate.post("/gate/admission", on=GATE, qr_code=f"]Q1{first['qr_code'].lower()}\r\n")
    assert (sent.status_code, verdict_in(sent.text)) == (200, "admitted")
    again = gate.post("/gate/admission", on=GATE, qr_code=first["qr_code"])
    assert (again.status_code, verdict_in(again.text)) == (409, "refused")
    assert "This ticket was admitted at North on" in again.text
    by_hand = {"ticket_code": second["ticket_code"], "number": "2", "scan_id": "abcdefghijklmnop"}
    for _ in range(2):
        assert verdict_in(gate.post("/gate/admission", on=GATE, **by_hand).text) == "admitted"
    summary = json_of(shop.service.client.get(f"/events/{shop.opera['id']}/summary", headers=ADMIN))
    assert summary["gates"] == {"North": 2}


def test_an_admission_is_taken_back(shop: Shop, gate: GateClient) -> None:
    """By the form beside the verdict; there is nothing to take back twice."""
    [ticket] = codes_of(shop)
    gate.post("/gate/admission", on=GATE, qr_code=ticket["qr_code"])
    fields = {"qr_code": ticket["qr_code"], "form_token": gate.token}
    taken = gate.client.post("/gate/undo", data=fields, headers=HTML)
    assert verdict_in(taken.text) == "undone"
    again = gate.client.post("/gate/undo", data=fields, headers=HTML)
    assert (again.status_code, verdict_in(again.text)) == (409, "refused")
    assert verdict_in(gate.post("/gate/admission", on=GATE, qr_code=ticket["qr_code"]).text) == "admitted"


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"qr_code": "garbage"}, 422),
        ({"ticket_code": "7QXK2-M3PTV", "number": "1"}, 404),
        ({"ticket_code": "7QXK2-M3PTV", "number": "two"}, 422),
        ({"ticket_code": "", "number": ""}, 422),
        ({}, 422),
    ],
)
def test_what_is_no_ticket_is_refused_in_words(gate: GateClient, typed: dict[str, str], status: int) -> None:
    """With what to do next, and what was typed."""
    response = gate.post("/gate/admission", on=GATE, **typed)
    assert response.status_code == status
    assert 'class="verdict refused"' in response.text or 'class="alert"' in response.text
    assert all(f'value="{value}"' in response.text for value in typed.values())


# Calls


def test_calls_that_change_something_need_the_pages_token(shop: Shop, gate: GateClient) -> None:
    """Whatever other headers say; nothing is changed."""
    [ticket] = codes_of(shop)
    for token in ("", "A" * 43, "\N{SNOWMAN}".encode().decode("latin-1")):
        problem(gate.call("admission", admission(shop, ticket), token), "forbidden")
        problem(gate.call("undo", {"qr_code": ticket["qr_code"]}, token), "forbidden")
        problem(gate.call("scans", {}, token), "forbidden")
    assert json_of(scan(shop.service, ticket["qr_code"]))["result"] == "admitted"


def test_a_call_admits_once_and_refuses_in_words(shop: Shop, gate: GateClient) -> None:
    """A refusal is a verdict like another; the same scan has the same one, and no id of a ticket is told."""
    [ticket] = codes_of(shop)
    first = json_of(gate.call("admission", admission(shop, ticket)))
    assert (first["result"], first["title"], first["ticket"]["gate"]) == ("admitted", "Admitted", "North")
    assert ticket["id"] not in str(first)
    assert json_of(gate.call("admission", admission(shop, ticket)))["result"] == "admitted"
    refused = json_of(gate.call("admission", admission(shop, ticket, "another-scan-of-it")))
    assert (refused["result"], refused["code"]) == ("refused", "ticket_already_used")
    assert "This ticket was admitted at North on" in refused["detail"]
    assert refused["next"].startswith("Do not let this person in.")
    undone = json_of(gate.call("undo", {"qr_code": ticket["qr_code"]}))
    assert (undone["result"], undone["ticket"]["status"]) == ("undone", "valid")
    assert json_of(gate.call("undo", {"qr_code": ticket["qr_code"]}))["code"] == "nothing_to_undo"


def test_a_verdict_says_nothing_twice(shop: Shop, gate: GateClient) -> None:
    """Where the title says it all there is no detail, with script and without."""
    said = json_of(gate.call("admission", {"qr_code": "garbage"}))
    assert (said["title"], said["detail"]) == ("This is not a ticket of ours", "")
    page = gate.post("/gate/admission", on=GATE, qr_code="garbage").text
    assert "<h2>This is not a ticket of ours</h2>" in page
    assert "This is not a ticket of ours." not in page


def test_a_verdict_is_in_the_language_of_the_page(shop: Shop, gate: GateClient) -> None:
    """That was chosen there."""
    gate.get(f"{GATE}?language=pt-BR")
    told = json_of(gate.call("admission", {"qr_code": "garbage"}))
    assert told["next"] == "Não deixe esta pessoa entrar. Peça o e-mail com o ingresso."


def test_what_cannot_be_judged_is_a_problem(gate: GateClient) -> None:
    """Faults of a request, what is no JSON, and what is too long."""
    problem(gate.call("admission", {"qr_code": 5}), "invalid_request")
    problem(gate.call("admission", {"nonsense": "x"}), "invalid_request")
    problem(gate.call("admission", {"qr_code": "x" * 70_000}), "payload_too_large")
    headers = {"X-Form-Token": gate.token, "Content-Type": "text/plain"}
    problem(gate.client.post("/gate/calls/admission", data="{}", headers=headers), "malformed_request")
    problem(gate.call("bundle", event_id="nothing"), "event_not_found")
    problem(gate.call("state", event_id="nothing"), "event_not_found")


def test_calls_are_limited_with_other_requests() -> None:
    """A gate that is beyond the limit hears when to come again."""
    limited = open_shop(rate_limit=Limit(20, timedelta(minutes=1)))
    gate = client_of(limited).enter()
    responses = [gate.call("state", event_id=limited.opera["id"]) for _ in range(20)]
    assert responses[0].status_code == 200
    assert int(responses[-1].headers["Retry-After"]) > 0
    problem(responses[-1], "rate_limited")


def test_a_bundle_and_scans_are_those_of_the_api(shop: Shop, gate: GateClient) -> None:
    """A gate that was without network gets the same list and hands in the same scans as a program does."""
    [ticket] = codes_of(shop)
    event = shop.opera["id"]
    ours, other = (
        gate.call("bundle", event_id=event),
        shop.service.client.get(f"/gate/bundle?event_id={event}", headers=ADMIN),
    )
    assert json_of(ours) == json_of(other)
    assert [each["status"] for each in json_of(ours)["tickets"]] == ["valid"]
    scanned = {"scan_id": "scan-without-network", "qr_code": ticket["qr_code"], "scanned_at": "2026-12-31T23:59:00Z"}
    body = {"event_id": event, "gate": "North", "scans": [scanned]}
    assert json_of(scan(shop.service, ticket["qr_code"], gate="South"))["result"] == "admitted"
    for _ in range(2):
        [result] = json_of(gate.call("scans", body))["results"]
        assert (result["result"], result["double_admission"]) == ("admitted", True)
    state = json_of(gate.call("state", event_id=event))
    assert (state["admitted"], state["sold"]) == (1, 1)
    named = {"ticket_code": ticket["ticket_code"], "number": 1, "gates": ["North", "South"]}
    assert state["double_admissions"] == [named]


# Files and headers


def test_only_the_page_of_a_gate_may_use_a_camera(shop: Shop, gate: GateClient) -> None:
    """All others say that they do not."""
    assert gate.get(GATE).headers["Permissions-Policy"].startswith("camera=(self)")
    for path in ("/", f"/e/{shop.opera['id']}", "/desk/sign-in", "/gate/nothing", "/nothing"):
        assert gate.get(path).headers["Permissions-Policy"] == "camera=()", path


def test_the_policy_of_the_page_is_that_of_all(gate: GateClient) -> None:
    """No inline script or style, no WebAssembly, nothing from elsewhere."""
    policy = gate.get(GATE).headers["Content-Security-Policy"]
    assert policy == gate.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = gate.page(GATE)
    assert not re.search(r"<style|style=|\son\w+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_worker_sees_the_page_of_gates_alone(gate: GateClient) -> None:
    """It is asked for at each visit, and signing in is not needed."""
    response = gate.get("/gate/worker.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Service-Worker-Allowed"] == GATE


def loaded_by(gate: GateClient, address: str) -> set[str]:
    """Return a script's address with those that it imports when it starts."""
    found = re.findall(r'(?:from|import) ?"\.\./(\w+/[a-z0-9-]+\.js)"', gate.page(address))
    imported = (loaded_by(gate, f"/static/{each}") for each in found)
    return {address}.union(*imported)


def test_the_page_weighs_little(gate: GateClient) -> None:
    """With all scripts that it starts, uncompressed; the decoder and the signatures for browsers without are loaded when needed."""
    page = gate.page(GATE)
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    loaded = set[str]().union(*(loaded_by(gate, each) if each.endswith(".js") else {each} for each in addresses))
    assert len(loaded) > 10
    assert not [each for each in loaded if "decoder" in each or "noble" in each]
    assert len(page.encode()) + sum(len(gate.get(each).data) for each in loaded) < 100_000


def test_scripts_import_addresses_with_digests() -> None:
    """Each import leads to a file that there is, with the digest of what that file has."""
    imports = 0
    for file in static_files().values():
        for digest, name in re.findall(rb'"\.\./(\w+)/([a-z0-9-]+\.js)"', file.content):
            imports += 1
            assert static_files()[name.decode()].digest == digest.decode()
        assert b'"./' not in file.content
    assert imports > 8
