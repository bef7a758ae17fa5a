"""``/webhooks``: created, listed, told by a real receiver, sent again, and deleted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    Json,
    Service,
    buy,
    create_event,
    create_webhook,
    faults,
    json_of,
    patch_event,
    post_order,
    problem,
    refund,
    serve,
    tickets_of,
    webhook_deliveries,
)
from tests.servers.receiver import Receiver, receiver
from ticketcore import Topic
from ticketcore.domain.ids import digest
from ticketcore.domain.webhooks import MAX_WEBHOOKS, REST
from ticketcore_bootstrap import send_webhooks
from ticketcore_local import HttpWebhookSender
from ticketcore_testing.contracts.webhook_sender import Received

DELIVERY_KEYS = {
    "id",
    "event",
    "payload",
    "status",
    "created_at",
    "tries",
    "tried_at",
    "answer",
    "failure",
    "next_try_at",
}


@pytest.fixture
def running() -> Iterator[Receiver]:
    """Yield a receiver on this machine."""
    with receiver() as started:
        yield started


@pytest.fixture
def telling() -> Service:
    """Return a service that may send to this machine."""
    return serve(webhook_sender=HttpWebhookSender(allow_private=True))


def tell(service: Service) -> None:
    """Do what the lane of webhooks does."""
    service.box_office.collect_webhooks()
    while (report := send_webhooks(service.box_office)).done or report.failures:
        pass


def verified(request: Received, secret: str) -> Json:
    """Return what a genuine message says, as a receiver verifies it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{wanted}"
    assert request.headers["content-type"] == "application/json"
    found: Json = json.loads(request.body)
    return found


def test_a_webhook_is_created_and_its_secret_is_shown_once(service: Service) -> None:
    """The list has it without; its act names the key."""
    created = create_webhook(service, "https://example.com/hook", "event.sold_out", "order.paid", "order.paid")
    assert created.pop("secret").startswith("whsec_")
    assert created["events"] == ["order.paid", "event.sold_out"]
    listed = json_of(service.client.get("/webhooks", headers=ADMIN))
    assert listed == {"items": [created]}
    [act] = service.organiser.list_acts().items  # type: ignore[union-attr]  # It is a page.
    assert (act.kind.value, act.by, act.name) == ("webhook_created", "admin", "https://example.com")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"url", "events"}),
        ({"url": "ftp://example.com/", "events": []}, {"url", "events"}),
        ({"url": "https://user:pass@example.com/", "events": ["order.paid", "order.lost"]}, {"url", "events"}),
        ({"url": 7, "events": "order.paid", "secret": "x"}, {"url", "events", "secret"}),
        ({"url": "https://example.com/", "events": [7]}, {"events"}),
    ],
)
def test_every_fault_of_a_webhook_is_named(service: Service, body: Json, wrong: set[str]) -> None:
    """At once."""
    assert faults(service.client.post("/webhooks", json=body, headers=ADMIN)).keys() == wrong


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "2130706433"])
def test_a_webhook_into_a_private_network_is_refused(host: str) -> None:
    """Unless a setting allows it."""
    body = {"url": f"https://{host}/", "events": ["order.paid"]}
    strict, lax = (serve(webhook_sender=HttpWebhookSender(allow)) for allow in (False, True))
    found = faults(strict.client.post("/webhooks", json=body, headers=ADMIN))
    assert found == {"url": "leads into a private network"}
    beside = faults(strict.client.post("/webhooks", json=body | {"events": []}, headers=ADMIN))
    assert beside.keys() == {"url", "events"}
    json_of(lax.client.post("/webhooks", json=body, headers=ADMIN), 201)


def test_there_are_not_many_webhooks(service: Service) -> None:
    """A deleted one makes room."""
    made = [create_webhook(service) for _ in range(MAX_WEBHOOKS)]
    body = {"url": "https://example.com/", "events": ["order.paid"]}
    assert faults(service.client.post("/webhooks", json=body, headers=ADMIN)).keys() == {"url"}
    assert service.client.delete(f"/webhooks/{made[0]['id']}", headers=ADMIN).status_code == 204
    create_webhook(service)


def test_a_receiver_hears_of_everything_that_it_asked_for(telling: Service, running: Receiver) -> None:
    """Signed, by digest and ticket code, and never with an id that is a credential or an address."""
    webhook = create_webhook(telling, f"{running.url}/hook", *(topic.value for topic in Topic))
    event = create_event(telling, capacity=1)
    order = buy(telling, event)
    [ticket] = tickets_of(telling, order)
    refund(telling, order)
    tell(telling)
    patch_event(telling, event, {"location": "Bath"})
    patch_event(telling, event, {"status": "cancelled"})
    tell(telling)
    told = [verified(request, webhook["secret"]) for request in running.received]
    assert [each["type"] for each in told] == ["order.paid", "order.refunded", "event.changed", "event.cancelled"]
    assert told[0]["data"]["order"] == digest(order["id"])
    assert told[0]["data"]["ticket_code"] == order["ticket_code"]
    assert told[1]["data"]["refunded_amount"] == "45.00"
    assert told[2]["data"]["changed"] == ["location"]
    sent = b"".join(request.body for request in running.received).decode()
    for secret in (order["id"], ticket["id"], ticket["qr_code"], BUYER):
        assert secret not in sent


def test_a_sold_out_event_is_told_of_once(telling: Service, running: Receiver) -> None:
    """While it lasts; a place that is only reserved is not sold, and after a refund it may sell out again."""
    create_webhook(telling, running.url, "event.sold_out")
    event = create_event(telling, capacity=2)
    order = buy(telling, event)
    post_order(telling, event)
    tell(telling)
    assert running.received == []
    telling.clock.move(timedelta(hours=1))
    last = buy(telling, event)
    for _ in range(3):
        tell(telling)
    assert len(running.received) == 1
    for each in (order, last):
        refund(telling, each)
    tell(telling)
    buy(telling, event, 2)
    tell(telling)
    assert len(running.received) == 2


def test_a_webhook_hears_nothing_of_what_was_before_it(telling: Service, running: Receiver) -> None:
    """Of what comes after it, it hears."""
    event = create_event(telling)
    buy(telling, event)
    create_webhook(telling, running.url)
    order = buy(telling, event)
    tell(telling)
    [request] = running.received
    assert json.loads(request.body)["data"]["order"] == digest(order["id"])


def test_what_was_sent_is_listed_and_sent_again(telling: Service, running: Receiver) -> None:
    """A replay has the same id, and a signature of its own time."""
    webhook = create_webhook(telling, running.url)
    buy(telling, create_event(telling))
    tell(telling)
    [sent] = webhook_deliveries(telling, webhook["id"])
    assert sent.keys() == DELIVERY_KEYS
    assert (sent["event"], sent["status"], sent["answer"], sent["tries"]) == ("order.paid", "delivered", 204, 1)
    assert sent["payload"] == json.loads(running.received[0].body)
    telling.clock.move(timedelta(days=1))
    again = json_of(
        telling.client.post(f"/webhooks/{webhook['id']}/deliveries/{sent['id']}/replay", headers=ADMIN), 202
    )
    assert (again["id"], again["status"], again["tries"]) == (sent["id"], "pending", 0)
    tell(telling)
    first, second = running.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == sent["id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    verified(second, webhook["secret"])


def test_a_failing_receiver_is_tried_again(telling: Service, running: Receiver) -> None:
    """Until it accepts; the answers are listed, and no URL is logged."""
    webhook = create_webhook(telling, f"{running.url}/a-secret-path")
    running.status = 503
    buy(telling, create_event(telling))
    tell(telling)
    [failed] = webhook_deliveries(telling, webhook["id"])
    assert (failed["status"], failed["answer"], failed["failure"]) == ("pending", 503, None)
    assert failed["next_try_at"] is not None
    running.status = 200
    telling.clock.move(timedelta(minutes=1))
    tell(telling)
    [accepted] = webhook_deliveries(telling, webhook["id"])
    assert (accepted["status"], accepted["tries"], accepted["answer"]) == ("delivered", 2, 200)


def test_logs_show_no_url_of_a_webhook(telling: Service, running: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """A path may hold a secret: the webhook and the message are named by their ids."""
    webhook = create_webhook(telling, f"{running.url}/a-secret-path")
    running.status = 500
    buy(telling, create_event(telling))
    with caplog.at_level(logging.INFO, "ticketcore"):
        tell(telling)
    assert f"webhook {webhook['id']}, message " in caplog.text
    assert "status 500" in caplog.text
    assert "a-secret-path" not in caplog.text
    assert webhook["secret"] not in caplog.text


def test_one_receiver_that_fails_does_not_keep_another_waiting(telling: Service, running: Receiver) -> None:
    """It rests after a failure, however many messages it has."""
    running.status = 500
    failing = create_webhook(telling, running.url)
    with receiver() as another:
        create_webhook(telling, another.url)
        event = create_event(telling)
        for _ in range(5):
            buy(telling, event)
        tell(telling)
        assert len(another.received) == 5
        assert len(running.received) == 1
        telling.clock.move(REST)
        tell(telling)
    assert len(running.received) == 2
    assert len(webhook_deliveries(telling, failing["id"])) == 5


def test_a_receiver_that_is_gone_ends_its_webhook(telling: Service, running: Receiver) -> None:
    """It is deleted, and an act says so."""
    webhook = create_webhook(telling, running.answering(410))
    buy(telling, create_event(telling))
    tell(telling)
    assert json_of(telling.client.get("/webhooks", headers=ADMIN)) == {"items": []}
    problem(telling.client.get(f"/webhooks/{webhook['id']}/deliveries", headers=ADMIN), "not_found")
    page = telling.organiser.list_acts(limit=1)
    assert [act.kind.value for act in page.items] == ["webhook_ended"]  # type: ignore[union-attr]  # It is a page.


def test_pages_of_deliveries_neither_skip_nor_repeat(telling: Service, running: Receiver) -> None:
    """Whatever comes between two pages."""
    webhook = create_webhook(telling, running.url)
    event = create_event(telling)
    for _ in range(3):
        buy(telling, event)
        telling.clock.move(timedelta(seconds=1))
        tell(telling)
    whole = webhook_deliveries(telling, webhook["id"])
    address, found = f"/webhooks/{webhook['id']}/deliveries?limit=1", list[Json]()
    cursor: str | None = ""
    while cursor is not None:
        page = json_of(telling.client.get(address + (f"&cursor={cursor}" if cursor else ""), headers=ADMIN))
        found += page["items"]
        cursor = page["next_cursor"]
        buy(telling, event)
        telling.clock.move(timedelta(seconds=1))
        tell(telling)
    assert found == whole


def test_what_is_not_there_is_not_found(service: Service) -> None:
    """Neither webhooks nor messages to them."""
    webhook = create_webhook(service)
    for response in (
        service.client.delete("/webhooks/nothing", headers=ADMIN),
        service.client.get("/webhooks/nothing/deliveries", headers=ADMIN),
        service.client.post(f"/webhooks/{webhook['id']}/deliveries/nothing/replay", headers=ADMIN),
        service.client.post("/webhooks/nothing/deliveries/nothing/replay", headers=ADMIN),
    ):
        problem(response, "not_found")
