"""The service itself over HTTP: health, metrics, documentation, explanations of problems, keys and rate limits."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from typing import NoReturn

import attrs
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    CONCERT,
    GATE,
    Json,
    Service,
    buy_ticket,
    create_event,
    json_of,
    post_order,
    post_payment,
    problem,
    reserve,
    scan,
    serve,
)
from ticketcore import Organiser, accepted
from ticketcore.application.recently_read import FRESH
from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import KeyId, OrderId
from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, parse
from ticketcore.domain.orders import Problem
from ticketcore_memory import (
    MemoryEvents,
    MemoryFiles,
    MemoryInventory,
    MemoryKeys,
    MemoryLedger,
    MemoryMailer,
    MemoryPaymentQueue,
)
from ticketcore_wire.problems import STATUSES

PARTS = {"ledger", "inventory", "payment_queue", "files", "mail", "signing_key"}


def _down() -> NoReturn:
    raise Unavailable("part", "no answer")


@attrs.define(eq=False)
class LostEvents(MemoryEvents):
    def check(self) -> None:
        _down()


@attrs.define(eq=False)
class KeysThatMayBeLost(MemoryKeys):
    is_lost: bool = False

    def get(self, key_id: KeyId) -> ApiKey | None:
        return _down() if self.is_lost else super().get(key_id)


@attrs.define(eq=False)
class LostInventory(MemoryInventory):
    def check(self) -> None:
        _down()


@attrs.define(eq=False)
class LostQueue(MemoryPaymentQueue):
    def check(self) -> None:
        _down()


@attrs.define(eq=False)
class LostFiles(MemoryFiles):
    def check(self) -> None:
        _down()


@attrs.define(eq=False)
class LostMailer(MemoryMailer):
    def check(self) -> None:
        _down()


def test_a_live_process_says_so() -> None:
    """Liveness does not depend on any component."""
    service = serve(events=LostEvents(MemoryLedger()))
    assert json_of(service.client.get("/health/live"))["status"] == "ok"


def test_a_service_with_all_its_parts_is_ready(service: Service) -> None:
    """Every component is named."""
    found = json_of(service.client.get("/health/ready"))
    assert found == {"status": "ready", "parts": dict.fromkeys(PARTS, "ok"), "payments": "simulated"}


@pytest.mark.parametrize(("url", "payments"), [("simulated", "simulated"), ("real://bank", None)])
def test_readiness_says_whether_payments_are_simulated(url: str, payments: str | None) -> None:
    """A service that moves no money says so, and one with a real gateway says nothing of it."""
    found = json_of(serve({"payments_url": url}).client.get("/health/ready"))
    assert found.get("payments") == payments


@pytest.mark.parametrize(
    ("part", "make"),
    [
        ("inventory", lambda: serve(inventory=LostInventory())),
        ("payment_queue", lambda: serve(payment_queue=LostQueue())),
        ("files", lambda: serve(files=LostFiles())),
        ("mail", lambda: serve(mailer=LostMailer())),
    ],
)
def test_a_service_without_a_part_is_degraded(part: str, make: Callable[[], Service]) -> None:
    """It still serves, and names the component that fails."""
    found = json_of(make().client.get("/health/ready"))
    assert found["status"] == "degraded"
    assert {name for name, state in found["parts"].items() if state != "ok"} == {part}
    assert set(found["parts"]) == PARTS


def test_a_service_without_its_ledger_is_unavailable() -> None:
    """Nothing can be decided without the ledger."""
    found = json_of(serve(events=LostEvents(MemoryLedger())).client.get("/health/ready"), 503)
    assert found["status"] == "unavailable"
    assert found["parts"]["ledger"] != "ok"


def test_metrics_count_by_route(service: Service, event: Json) -> None:
    """Requests are counted by method, route and status, in Prometheus' format."""
    reserve(service, event)
    service.client.get("/nothing/at/all")
    response = service.client.get("/metrics", headers=ADMIN)
    assert response.mimetype == "text/plain"
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    labels = [sample.labels for sample in samples if sample.name == "ticketcore_http_requests_total"]
    assert {"method": "POST", "route": "/orders", "status": "201"} in labels
    assert {"method": "none", "route": "none", "status": "404"} in labels


def test_metrics_want_a_key_of_their_role_or_an_admins(service: Service) -> None:
    """Sales figures are for no stranger and no gate."""
    problem(service.client.get("/metrics"), "unauthorized")
    problem(service.client.get("/metrics", headers=GATE), "forbidden")
    text, key = stored_key(service, Role.METRICS)
    assert service.client.get("/metrics", headers=bearer(text)).status_code == 200
    problem(service.client.post("/events", json=CONCERT, headers=bearer(text)), "forbidden")
    service.organiser.revoke_key(key.id)
    problem(service.client.get("/metrics", headers=bearer(text)), "unauthorized")
    assert operations(service)["security"] == [{"key": []}]


def test_metrics_can_be_public() -> None:
    """The setting opens them, and the description says so."""
    service = serve({"public_metrics": True})
    assert service.client.get("/metrics").status_code == 200
    assert operations(service)["security"] == []


def operations(service: Service) -> Json:
    described: Json = json_of(service.client.get("/openapi.json"))["paths"]["/metrics"]["get"]
    return described


def test_metrics_are_shown_while_the_ledger_is_away() -> None:
    """To the stored key that was admitted last, and no other, until it is refused."""
    ledger = MemoryLedger()
    keys = KeysThatMayBeLost(ledger)
    service = serve(keys=keys)
    text, key = stored_key(service, Role.METRICS)
    other, _ = stored_key(service, Role.METRICS)
    assert service.client.get("/metrics", headers=bearer(text)).status_code == 200
    keys.is_lost = True
    assert service.client.get("/metrics", headers=bearer(text)).status_code == 200
    problem(service.client.get("/metrics", headers=bearer(other)), "unavailable")
    keys.is_lost = False
    service.organiser.revoke_key(key.id)
    problem(service.client.get("/metrics", headers=bearer(text)), "unauthorized")
    keys.is_lost = True
    service.clock.move(FRESH)
    problem(service.client.get("/metrics", headers=bearer(text)), "unavailable")


def test_metrics_hold_no_ids(service: Service, event: Json) -> None:
    """Neither ids nor e-mails nor arbitrary input becomes a label."""
    ticket = buy_ticket(service, event)
    order = reserve(service, event)
    service.client.get(f"/orders/{order['id']}")
    service.client.delete(f"/orders/{order['id']}")
    service.client.get(f"/tickets/{ticket['id']}/qr.png")
    service.client.open("/events", method="STRANGE")
    service.client.get("/strange")
    text = service.client.get("/metrics", headers=ADMIN).text
    for secret in (order["id"], ticket["id"], ticket["order_id"], event["id"], BUYER):
        assert secret not in text
    assert "strange" not in text.lower()


class Assets(HTMLParser):
    """Collects the addresses that a page loads or links to, and the elements that it uses."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data", "action"}]


def assets_of(page: str) -> Assets:
    found = Assets()
    found.feed(page)
    return found


def test_the_docs_need_nothing_from_outside(service: Service) -> None:
    """The page loads no script, style, font or image, and links only to this service."""
    response = service.client.get("/docs")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    found = assets_of(response.text)
    assert found.elements.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base"})
    assert all("//" not in address for address in found.addresses)
    assert "url(" not in response.text
    assert "@import" not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    [style] = re.findall("<style>(.*?)</style>", response.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in response.headers["Content-Security-Policy"]
    assert " style=" not in response.text


def test_the_docs_name_every_route_and_lead_somewhere(service: Service) -> None:
    """Each path of the description is on the page, and no link is broken."""
    page = service.client.get("/docs").text
    for path in json_of(service.client.get("/openapi.json"))["paths"]:
        assert f"<code>{path}</code>" in page
    for address in assets_of(page).addresses:
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in page
        else:
            assert service.client.get(address).status_code == 200


def test_files_of_the_docs_are_kept_for_good(service: Service) -> None:
    """Compressed if that is accepted, under a name that has their digest; another name is unknown."""
    page = service.client.get("/docs/try")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    names = re.findall('(?:src|href)="([^"]+[.](?:js|css))"', page.text)
    assert len(names) == 5
    for name in names:
        plain = service.client.get(f"/docs/{name}")
        zipped = service.client.get(f"/docs/{name}", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(zipped.data) == plain.data
        assert "immutable" in plain.headers["Cache-Control"]
    problem(service.client.get("/docs/try.js"), "not_found")


@pytest.mark.parametrize("code", sorted({*STATUSES, *(problem.value for problem in Problem)}))
def test_every_code_is_explained_where_its_type_leads(service: Service, code: str) -> None:
    """The link in a problem's ``type`` leads to a page for people; the codes of orders have one, too."""
    response = service.client.get(f"/problems/{code}")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert code in response.text
    assert str(STATUSES.get(code, "The problem of an order")) in response.text
    assert all("//" not in address for address in assets_of(response.text).addresses)


@pytest.mark.parametrize("code", ["nothing", "Sold_Out", "%3Cscript%3E", "sold_out%00"])
def test_an_unknown_code_is_not_explained(service: Service, code: str) -> None:
    """Only codes of this service have a page."""
    problem(service.client.get(f"/problems/{code}"), "not_found")


def test_the_type_of_a_problem_can_be_followed(service: Service, event: Json) -> None:
    """The link of a refusal leads to its page."""
    post_order(service, event, 10)
    link = problem(post_order(service, event, 1), "sold_out")["type"]
    assert service.client.get(link).status_code == 200


# Keys and limits


def stored_key(service: Service, role: Role) -> tuple[str, api_keys.ApiKey]:
    """Return the text of a new stored key, and the key."""
    ports = service.box_office.ports
    key, text = api_keys.make(f"{role.value} one", role, ports.ids.new(api_keys.RANDOM_BYTES), ports.clock.now())
    ports.keys.add(key)
    return text, key


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_stored_keys_open_what_their_role_may(service: Service) -> None:
    """An admin's key creates events, a gate's does not."""
    admin, _ = stored_key(service, Role.ADMIN)
    gate, _ = stored_key(service, Role.GATE)
    json_of(service.client.post("/events", json=CONCERT, headers=bearer(admin)), 201)
    problem(service.client.post("/events", json=CONCERT, headers=bearer(gate)), "forbidden")


def test_a_revoked_key_opens_nothing(service: Service) -> None:
    """A revoked key is refused from that moment on, one that another process has revoked within a second."""
    for organiser, wait in ((service.organiser, 0), (Organiser(service.organiser.ports), 1)):
        text, key = stored_key(service, Role.ADMIN)
        json_of(service.client.post("/events", json=CONCERT, headers=bearer(text)), 201)
        organiser.revoke_key(key.id)
        service.clock.move(timedelta(seconds=wait))
        problem(service.client.post("/events", json=CONCERT, headers=bearer(text)), "unauthorized")


def test_a_stored_keys_name_is_that_of_its_gate(service: Service, event: Json) -> None:
    """A scan without a gate is recorded under the key's name."""
    text, _ = stored_key(service, Role.GATE)
    ticket = buy_ticket(service, event)
    json_of(scan(service, ticket["qr_code"], headers=bearer(text)))
    assert problem(scan(service, ticket["qr_code"]), "ticket_already_used")["gate"] == "gate one"


def strange_authorizations(service: Service) -> list[str]:
    text, key = stored_key(service, Role.ADMIN)
    return [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {text}",
        text,
        f"Bearer{text}",
        f"Bearer {text}x",
        f"Bearer {text[:-1]}",
        f"Bearer {text.upper()}",
        f"Bearer {text} {text}",
        f"Bearer tck_{key.id}_",
        f"Bearer tck_{key.id}",
        "Bearer tck__",
        "Bearer tck_é_é",
        "Bearer \xff\xfe",
        f"Bearer {'x' * 5000}",
        f"Bearer {ADMIN['Authorization']}",
        "Bearer None",
    ]


def test_anything_else_is_no_key(service: Service) -> None:
    """Any other value of ``Authorization`` is refused, with the scheme to use."""
    for authorization in strange_authorizations(service):
        response = service.client.post("/events", json=CONCERT, headers={"Authorization": authorization})
        problem(response, "unauthorized")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_written_in_any_case(service: Service) -> None:
    """``bearer`` is ``Bearer`` (RFC 9110, 11.1)."""
    headers = {"Authorization": ADMIN["Authorization"].replace("Bearer", "bEARER")}
    json_of(service.client.post("/events", json=CONCERT, headers=headers), 201)


def test_without_keys_there_is_no_admin() -> None:
    """A key that is not set is not the empty key."""
    service = serve({"admin_key": None, "gate_key": None})
    for authorization in ("Bearer ", "Bearer None", ADMIN["Authorization"], GATE["Authorization"]):
        response = service.client.post("/events", json=CONCERT, headers={"Authorization": authorization})
        problem(response, "unauthorized")


def test_every_act_over_http_names_its_key(service: Service) -> None:
    """An event that is made and changed, and a refund; by the name of the key, or of the setting that gave it."""
    text, _ = stored_key(service, Role.ADMIN)
    event = json_of(service.client.post("/events", json=CONCERT, headers=bearer(text)), 201)
    json_of(service.client.patch(f"/events/{event['id']}", json={"name": "Lear"}, headers=ADMIN))
    acts = accepted(service.organiser.list_acts(limit=2)).items
    assert [(act.kind, act.by) for act in acts] == [("event_changed", "admin"), ("event_created", "admin one")]
    order_id = OrderId(buy_ticket(service, event)["order_id"])
    json_of(service.client.post(f"/orders/{order_id}/refund", headers=bearer(text)))
    assert any("by the key admin one" in str(entry) for entry in service.organiser.explain(order_id))


def test_too_many_requests_are_refused() -> None:
    """Beyond the limit a client gets ``Retry-After``; health and other clients are not limited."""
    service = serve({"rate_limit": parse("3/minute")})
    for _ in range(3):
        json_of(service.client.get("/events"))
    refused = service.client.get("/events")
    problem(refused, "rate_limited")
    assert refused.headers["Retry-After"] == "60"
    problem(service.client.get("/health/ready"), "rate_limited")
    problem(service.client.get("/nothing"), "rate_limited")
    json_of(service.client.get("/health/live"))
    json_of(service.client.get("/events", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}))
    service.clock.move(timedelta(seconds=60))
    json_of(service.client.get("/events"))


def test_orders_and_payments_have_limits_of_their_own() -> None:
    """Thirty each a minute by default, whatever comes of them; all else goes on meanwhile."""
    service = serve({"order_limit": DEFAULT_ORDERS, "payment_limit": DEFAULT_PAYMENTS, "rate_limit": DEFAULT_REQUESTS})
    for path, refused in (("/orders", 422), ("/orders/unknown/payment", 404)):
        answers = [service.client.post(path, json={}) for _ in range(31)]
        assert [answer.status_code for answer in answers[:30]] == [refused] * 30
        problem(answers[30], "rate_limited")
    json_of(service.client.get("/events"))


def test_a_greedy_client_changes_nothing() -> None:
    """An order or a payment beyond the limit leaves the ledger and the counter as they were."""
    service = serve({"order_limit": parse("1/minute"), "payment_limit": parse("1/minute")})
    event = create_event(service)
    order = reserve(service, event)
    problem(post_payment(service, {"id": "unknown"}), "order_not_found")
    order_id, ports = OrderId(order["id"]), service.organiser.ports

    def state() -> object:
        counters = ports.inventory.counters([event["id"]], ports.clock.now())
        audit = ports.events.audit(event["id"])
        return audit, counters, ports.orders.load(order_id), ports.orders.journal(order_id), ports.outbox.pending(9)

    before = state()
    problem(post_order(service, event), "rate_limited")
    problem(post_payment(service, order), "rate_limited")
    assert state() == before


def test_one_subscriber_is_one_client() -> None:
    """He may choose the last 64 bits of his IPv6 addresses."""
    service = serve({"rate_limit": parse("2/minute")})
    answers = [
        service.client.get("/events", environ_overrides={"REMOTE_ADDR": address}).status_code
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1")
    ]
    assert answers == [200, 200, 429, 200]


def test_refused_keys_are_limited() -> None:
    """Twenty a minute; a valid key, a request without one and another client are served meanwhile."""
    service = serve({"rate_limit": DEFAULT_REQUESTS})
    wrong = {"Authorization": "Bearer tck_guessed"}
    answers = [service.client.post("/events", json=CONCERT, headers=wrong) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert answers[20].headers["Retry-After"] == "60"
    json_of(service.client.post("/events", json=CONCERT, headers=ADMIN), 201)
    problem(service.client.post("/events", json=CONCERT), "unauthorized")
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    problem(service.client.post("/events", json=CONCERT, headers=wrong, environ_overrides=elsewhere), "unauthorized")


def test_no_limit_counts_nothing() -> None:
    """``none`` ends a limit, and that of requests the one of refused keys with it."""
    service = serve(dict.fromkeys(("order_limit", "payment_limit", "rate_limit")))
    for _ in range(40):
        problem(service.client.post("/orders", json={}), "invalid_request")
        problem(service.client.post("/events", json={}, headers={"Authorization": "Bearer x"}), "unauthorized")


def test_a_refused_key_is_logged_without_the_key(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """One record says from where it came and why; a request without a key leaves none."""
    service.client.post("/events", json={})
    service.client.post("/events", json={}, headers=GATE)
    service.client.post("/events", json={}, headers={"Authorization": "Bearer a-key-that-no-one-has"})
    refused = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert refused == ["a key of 127.0.0.1 was refused: forbidden", "a key of 127.0.0.1 was refused: unknown"]
