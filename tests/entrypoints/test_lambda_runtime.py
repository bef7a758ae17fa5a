"""Every handler in a container of its own, run by AWS's own runtime client on the events that AWS sends."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.http import ADMIN_KEY, CONCERT, GATE_KEY
from tests.entrypoints.lambdas import BUYER, failures, order_of, paying, reserved, ticket_of
from tests.entrypoints.server import wait_until
from tests.servers.runtime_api import running
from ticketcore import DeliveryStatus, NewKey, OrderStatus, Role
from ticketcore.domain import ids
from ticketcore.domain.qr_text import Claim
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_codes import Ed25519Seal, new_private_key, public_key_of, read_private_key
from ticketcore_lambda.payments import MARGIN_MILLISECONDS
from ticketcore_testing.aws import SCHEDULE, Json, http_event, message_of, sqs_event, sqs_record

_CLAIM = Claim(ids.event_id(ids.text_of(bytes(12))), ids.ticket_id(ids.text_of(bytes(16))))
SECONDS = 20 + MARGIN_MILLISECONDS / 1000


@pytest.fixture
def assembly(data: Path) -> Iterator[Assembly]:
    """Yield the box office whose ledger the functions share."""
    found = assemble(read_settings({"TICKETCORE_DATA": str(data)}))
    yield found
    found.close()


@pytest.fixture
def variables(data: Path) -> dict[str, str]:
    """Return the functions' environment."""
    return {"TICKETCORE_DATA": str(data), "TICKETCORE_ADMIN_KEY": ADMIN_KEY, "TICKETCORE_GATE_KEY": GATE_KEY}


def json_of(response: Json, status: int = 200) -> Json:
    assert response["statusCode"] == status, response
    value: Json = json.loads(response["body"])
    return value


def test_orders_are_worked_off(assembly: Assembly, variables: dict[str, str]) -> None:
    """Each order is paid once, even if delivered twice; only an unreadable message is retried; no secret is logged."""
    orders = [paying(assembly, 2), paying(assembly), paying(assembly, token="tok_down")]
    first, second, down = map(message_of, orders)
    poison = sqs_record(f"{BUYER} ordered {orders[0].id}")
    with running("ticketcore_lambda.process_payments", **variables) as function:
        assert function.invoke(sqs_event(first, poison, second, first, down), SECONDS) == failures(poison, down)
        assert function.invoke(sqs_event(second, first), SECONDS) == failures()
        error = function.fail(SCHEDULE)
        assert (error["errorType"], "expected an event of SQS" in error["errorMessage"]) == ("ValueError", True)
        logged = function.text()
    for order in orders[:2]:
        now = order_of(assembly, order)
        assert (now.status, now.delivery) == (OrderStatus.PAID, DeliveryStatus.DELIVERED)
    assert order_of(assembly, orders[2]).status is OrderStatus.PROCESSING
    assert len(list((assembly.settings.data / "mail").glob("*.eml"))) == 2
    assert f"order {ids.digest(orders[2].id)}: payment gateway is unavailable" in logged
    assert f"message {poison['messageId']} names no order" in logged
    for secret in (BUYER, *(order.id for order in orders)):
        assert secret not in logged


@pytest.mark.parametrize("seconds", [-1, MARGIN_MILLISECONDS / 1000 - 1], ids=["expired", "within the margin"])
def test_a_deadline_that_is_near_leaves_all_messages(
    assembly: Assembly, variables: dict[str, str], seconds: float
) -> None:
    """The function returns before Lambda ends it, and the next invocation does the work."""
    orders = [paying(assembly) for _ in range(2)]
    batch = [message_of(order) for order in orders]
    with running("ticketcore_lambda.process_payments", **variables) as function:
        assert function.invoke(sqs_event(*batch), seconds) == failures(*batch)
        assert [order_of(assembly, order) for order in orders] == orders
        assert function.invoke(sqs_event(*batch), SECONDS) == failures()
    assert {order_of(assembly, order).status for order in orders} == {OrderStatus.PAID}


def test_what_is_due_expires_on_schedule(data: Path, variables: dict[str, str]) -> None:
    """The places of an unpaid reservation are given back."""
    assembly = assemble(read_settings({"TICKETCORE_DATA": str(data), "TICKETCORE_HOLD_SECONDS": "1"}))
    order = reserved(assembly, 4)
    with running("ticketcore_lambda.expire_reservations", **variables) as function:
        wait_until(lambda: order_of(assembly, order).status is OrderStatus.EXPIRED)
        assert function.invoke(SCHEDULE) == {
            "expired": 4,
            "published": 0,
            "woken": 0,
            "repaired": [],
            "forgotten": 0,
            "announced": 0,
            "refunds": 0,
        }
        assert function.invoke(SCHEDULE) == {
            "expired": 0,
            "published": 0,
            "woken": 0,
            "repaired": [],
            "forgotten": 0,
            "announced": 0,
            "refunds": 0,
        }
    assembly.close()


def test_a_gate_validates(assembly: Assembly, variables: dict[str, str]) -> None:
    """A ticket is admitted once, and only with the key."""
    body = {"qr_code": ticket_of(assembly).qr_code, "gate": "north"}
    gate = f"Bearer {GATE_KEY}"
    with running("ticketcore_lambda.validate_ticket", **variables) as function:

        def validate(authorization: str = gate) -> Json:
            event = http_event("POST", "/tickets/validate", body, authorization=authorization)
            answer: Json = function.invoke(event)
            return answer

        json_of(validate(""), 401)
        assert json_of(validate())["result"] == "admitted"
        assert json_of(validate(), 409)["gate"] == "north"
        assert function.fail({})["errorType"] == "ValueError"


def test_a_gate_validates_with_public_keys_alone(assembly: Assembly, data: Path, tmp_path: Path) -> None:
    """Its environment has neither a signing key nor a key of any role, and it creates none."""
    body = {"qr_code": ticket_of(assembly).qr_code}
    forged = {"qr_code": Ed25519Seal(read_private_key(new_private_key())).seal(_CLAIM)}
    created = assembly.organiser.create_key("north", Role.GATE)
    assert isinstance(created, NewKey)
    public = public_key_of(read_private_key((data / "signing-key").read_text()))
    variables = {
        "TICKETCORE_DATA": str(tmp_path / "none"),
        "TICKETCORE_DATABASE_URL": f"sqlite:///{data}/ticketcore.db",
        "TICKETCORE_TRUSTED_KEYS": public,
    }
    with running("ticketcore_lambda.validate_ticket", **variables) as function:

        def validate(sent: Json) -> Json:
            event = http_event("POST", "/tickets/validate", sent, authorization=f"Bearer {created.text}")
            answer: Json = function.invoke(event)
            return answer

        assert json_of(validate(body))["result"] == "admitted"
        assert json_of(validate(body), 409)["code"] == "ticket_already_used"
        assert json_of(validate(forged), 422)["code"] == "ticket_not_authentic"
    assert not (tmp_path / "none").exists()


def test_the_service_sells(assembly: Assembly, variables: dict[str, str]) -> None:
    """An event is created, an order is paid, and its QR image arrives unchanged."""
    admin = f"Bearer {ADMIN_KEY}"
    with running("ticketcore_lambda.api", **variables) as function:

        def ask(method: str, path: str, body: Json | None = None, status: int = 200) -> Json:
            return json_of(function.invoke(http_event(method, path, body, authorization=admin)), status)

        event = ask("POST", "/events", CONCERT | {"date": "2099-05-01T20:00:00Z", "name": "Noite é 🎭"}, 201)
        assert event["name"] == "Noite é 🎭"
        order = ask("POST", "/orders", {"event_id": event["id"], "quantity": 1, "customer_email": BUYER}, 201)
        ask("POST", f"/orders/{order['id']}/payment", {"payment_token": "tok_approved"}, 202)
        assembly.box_office.work()
        [ticket] = ask("GET", f"/orders/{order['id']}/ticket")["tickets"]
        image = function.invoke(http_event("GET", f"/tickets/{ticket['id']}/qr.png"))
        assert base64.b64decode(image["body"]).startswith(b"\x89PNG\r\n\x1a\n")
        assert order["id"] not in function.text()


@pytest.mark.parametrize("name", ["api", "expire_reservations", "process_payments", "validate_ticket"])
def test_a_wrong_setting_stops_the_start(variables: dict[str, str], name: str) -> None:
    """One line names the variable, what it holds and what it should hold; nothing is invoked."""
    with running(f"ticketcore_lambda.{name}", **variables | {"TICKETCORE_HOLD_SECONDS": "soon"}) as function:
        error = function.init_error()
    assert error["errorType"] == "SettingError"
    assert error["errorMessage"].startswith('TICKETCORE_HOLD_SECONDS holds "soon"; it should hold ')
    assert "\n" not in error["errorMessage"]


def test_a_handler_that_is_none_stops_the_start(variables: dict[str, str]) -> None:
    """AWS's own client reports a misspelt name."""
    with running("ticketcore_lambda.process_payment", **variables) as function:
        assert function.init_error()["errorType"] == "Runtime.HandlerNotFound"
