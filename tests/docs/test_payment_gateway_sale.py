"""The package of the guide, built and installed, takes the money of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import gateway_page
from tests.entrypoints.processes import ADMIN_KEY, Process, serving
from tests.entrypoints.server import Json, create_event, pay, reserve, status_of, wait_until
from tests.servers.acme import API_KEY, NOTICE_SECRET, PIX, Acme
from ticketcore import AttemptId
from ticketcore_simulated_payments import tokens


@pytest.fixture
def service(stand_in: Acme, tmp_path: Path) -> Iterator[Process]:
    """Yield a service that finds the installed package by its entry point, and is told by the stand-in."""
    site = gateway_page.install(tmp_path)
    variables = {
        "DATA": str(tmp_path / "data"),
        "ADMIN_KEY": ADMIN_KEY,
        "PAYMENTS_URL": gateway_page.url(stand_in, tmp_path),
    }
    with serving(variables, first=f"import sys; sys.path.insert(0, {str(site)!r})") as running:
        stand_in.notices_url = f"http://127.0.0.1:{running.port}/payments/notices"
        yield running
        assert running.end() == 0
        for secret in (API_KEY, NOTICE_SECRET):
            assert secret not in "".join([*running.lines, *running.errors])


def order_of(service: Process, order: Json) -> Json:
    return service.ask("GET", f"/orders/{order['id']}")


def latest_attempt(stand_in: Acme) -> AttemptId:
    *_, intent = stand_in.intents.values()
    return AttemptId(intent["metadata"]["attempt"])


def kept(stand_in: Acme) -> list[str]:
    return [money.amount for money in stand_in.books.values()]


def waits(service: Process, order: Json, token: str) -> Json:
    """Pay with a token, and return the order's payment once it says what the buyer has to do."""
    pay(service, order, token)
    seen: list[Json] = []

    def is_shown() -> bool:
        seen.append(order_of(service, order)["payment"])
        return seen[-1]["action"] is not None

    wait_until(is_shown)
    return seen[-1]


def test_a_card_is_charged_and_partly_refunded(service: Process, stand_in: Acme) -> None:
    """The order is paid at once; the money of one ticket of three goes back, then that of the others."""
    order = reserve(service, create_event(service, ADMIN_KEY, 10), 3)
    pay(service, order, tokens.APPROVED)
    wait_until(lambda: status_of(service, order) == "paid")
    assert kept(stand_in) == ["135.00"]

    service.ask("POST", f"/orders/{order['id']}/refund", {"tickets": [2]}, ADMIN_KEY)
    wait_until(lambda: order_of(service, order)["payment"]["status"] == "approved")
    assert (status_of(service, order), kept(stand_in)) == ("paid", ["90.00"])

    service.ask("POST", f"/orders/{order['id']}/refund", {}, ADMIN_KEY)
    wait_until(lambda: order_of(service, order)["payment"]["status"] == "refunded")
    assert kept(stand_in) == []


def test_a_declined_card_ends_the_order(service: Process, stand_in: Acme) -> None:
    """The order says so, and no money is taken."""
    order = reserve(service, create_event(service, ADMIN_KEY, 10))
    pay(service, order, tokens.DECLINED)
    wait_until(lambda: status_of(service, order) == "declined")
    assert order_of(service, order)["problem"]["code"] == "payment_declined"
    assert kept(stand_in) == []


def test_a_challenge_is_completed_and_told_by_a_notice(service: Process, stand_in: Acme) -> None:
    """The buyer is sent to the bank; the notice, long before the next poll, leads to the tickets; a forged one is refused."""
    order = reserve(service, create_event(service, ADMIN_KEY, 10))
    action = waits(service, order, tokens.PENDING)["action"]
    assert action == {
        "type": "redirect",
        "url": "https://bank.example/challenge?back=https://tickets.example/thanks",
    }
    assert service.request("POST", "/payments/notices", {"type": "payment_intent.succeeded"})[0] == 401

    stand_in.decide(latest_attempt(stand_in), approved=True)
    assert stand_in.told == [204]
    wait_until(lambda: status_of(service, order) == "paid")
    assert kept(stand_in) == ["45.00"]


def test_a_pix_that_is_not_paid_is_cancelled_at_its_deadline(service: Process, stand_in: Acme) -> None:
    """The place is free again, and the QR text can no longer be paid."""
    event = create_event(service, ADMIN_KEY, 1)
    order = reserve(service, event)
    stand_in.pix_seconds = 8
    payment = waits(service, order, PIX)
    assert payment["action"] == {"type": "qr_code", "text": "00020126BR.GOV.BCB.PIX pi_1"}
    assert payment["expires_at"] is not None

    wait_until(lambda: status_of(service, order) == "declined")
    attempt_id = latest_attempt(stand_in)
    assert stand_in.status_of(attempt_id) == "canceled"
    stand_in.decide(attempt_id, approved=True)
    assert stand_in.books == {}
    assert reserve(service, event)["status"] == "reserved"
