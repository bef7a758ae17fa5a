"""Payments over HTTP: confirmed, charged, declined, repeated, too late, and refunded."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    TICKET_KEYS,
    Json,
    Service,
    available,
    buy,
    create_event,
    faults,
    get_order,
    json_of,
    patch_event,
    post_payment,
    problem,
    refund,
    reserve,
    scan,
    tickets_of,
    work,
)
from ticketcore.domain.ids import AttemptId, OrderId
from ticketcore_simulated_payments import SimulatedPaymentGateway

HOLD = timedelta(minutes=15)


def charges(service: Service) -> list[str]:
    """Return the amounts that were charged and not refunded."""
    gateway = service.box_office.ports.payment_gateway
    assert isinstance(gateway, SimulatedPaymentGateway)
    return [money.amount for money in gateway.charged.values()]


def payment(status: str, refunded: str = "0.00", method: str = "gateway") -> Json:
    """Return how an order shows a payment that waits for nothing."""
    waits = {"action": None, "expires_at": None}
    return {"status": status, "method": method, "refunded_amount": refunded, **waits}


def test_a_confirmed_payment_is_accepted(service: Service, event: Json) -> None:
    """The order is processing; nothing is charged before a worker runs."""
    order = reserve(service, event, 2)
    assert json_of(post_payment(service, order), 202) == order | {"status": "processing", "payment": payment("pending")}
    assert get_order(service, order)["status"] == "processing"
    assert charges(service) == []


def test_a_charged_order_is_paid(service: Service, event: Json) -> None:
    """It has a code, no deadline and no problem; its places stay sold."""
    order = reserve(service, event, 2)
    post_payment(service, order)
    work(service)
    paid = get_order(service, order)
    assert paid["ticket_code"]
    changed = {"status": "paid", "expires_at": None, "ticket_code": paid["ticket_code"], "delivery": "pending"}
    assert paid == order | changed | {"payment": payment("approved")}
    assert charges(service) == ["90.00"]
    assert available(service, event) == 8


def test_ticket_codes_are_unique(service: Service, event: Json) -> None:
    """No two orders have the same code."""
    assert len({buy(service, event)["ticket_code"] for _ in range(5)}) == 5


def test_a_paid_order_shows_its_tickets(service: Service, event: Json) -> None:
    """One ticket per place, each with a text and an image of its own."""
    order = buy(service, event, 3)
    shown = json_of(service.client.get(f"/orders/{order['id']}/ticket"))
    assert set(shown) == {"order_id", "ticket_code", "tickets"}
    assert (shown["order_id"], shown["ticket_code"]) == (order["id"], order["ticket_code"])
    assert len(shown["tickets"]) == 3
    for ticket in shown["tickets"]:
        assert set(ticket) == TICKET_KEYS
        assert (ticket["order_id"], ticket["event_id"]) == (order["id"], event["id"])
        assert (ticket["status"], ticket["validation_date"]) == ("valid", None)
        assert service.client.get(ticket["qr_code_url"]).status_code == 200
    for name in ("id", "qr_code", "qr_code_url"):
        assert len({ticket[name] for ticket in shown["tickets"]}) == 3


def test_a_confirmed_payment_may_be_repeated(service: Service, event: Json) -> None:
    """Repeating returns the order as it then is and charges nothing more, with any token."""
    order = reserve(service, event)
    first = json_of(post_payment(service, order), 202)
    assert json_of(post_payment(service, order, "tok_declined"), 202) == first
    work(service)
    paid = get_order(service, order)
    assert paid["status"] == "paid"
    assert json_of(post_payment(service, order, "tok_declined"), 202) == paid
    work(service)
    assert charges(service) == ["45.00"]


@pytest.mark.parametrize("token", ["tok_declined", "tok_unknown", "TOK_APPROVED", "🎭", "x" * 200])
def test_a_declined_payment_gives_the_places_back(service: Service, event: Json, token: str) -> None:
    """Any token that is not approved is declined; asking again is refused with 402."""
    order = buy(service, event, 2, token)
    assert order["status"] == "declined"
    assert order["problem"]["code"] == "payment_declined"
    assert set(order["problem"]) == {"code", "detail"}
    assert order["ticket_code"] is None
    assert available(service, event) == 10
    problem(post_payment(service, order), "payment_declined")
    assert charges(service) == []


def test_a_flaky_payment_succeeds_at_the_third_try(service: Service, event: Json) -> None:
    """Two transient errors are tried again; the buyer is charged once."""
    order = reserve(service, event)
    post_payment(service, order, "tok_flaky")
    for status in ("processing", "processing", "paid"):
        work(service)
        assert get_order(service, order)["status"] == status
        service.clock.move(timedelta(seconds=10))
    assert charges(service) == ["45.00"]


def test_time_never_ends_a_payment(service: Service, event: Json) -> None:
    """An order whose gateway gives no answer keeps its places for as long as that takes."""
    order = reserve(service, event, 4)
    post_payment(service, order, "tok_down")
    for _ in range(10):
        work(service)
        service.box_office.sweep()
        service.clock.move(timedelta(hours=1))
    assert get_order(service, order)["status"] == "processing"
    assert available(service, event) == 6


def test_a_late_payment_is_refused(service: Service, event: Json) -> None:
    """At its deadline a reservation can no longer be paid, and nothing is charged."""
    order = reserve(service, event)
    service.clock.move(HOLD)
    found = problem(post_payment(service, order), "reservation_expired")
    assert found["expired_at"] == order["expires_at"]
    work(service)
    assert charges(service) == []


def test_a_payment_in_the_last_moment_counts(service: Service, event: Json) -> None:
    """A reservation lives until just before its deadline."""
    order = reserve(service, event)
    service.clock.move(HOLD - timedelta(milliseconds=1))
    json_of(post_payment(service, order), 202)
    service.clock.move(timedelta(days=1))
    work(service)
    assert get_order(service, order)["status"] == "paid"


def test_cancelled_and_refunded_orders_cannot_be_paid(service: Service, event: Json) -> None:
    """The refusal has the order's status."""
    cancelled = reserve(service, event)
    service.client.delete(f"/orders/{cancelled['id']}")
    assert problem(post_payment(service, cancelled), "order_not_payable")["order_status"] == "cancelled"
    refunded = buy(service, event)
    refund(service, refunded)
    assert problem(post_payment(service, refunded), "order_not_payable")["order_status"] == "refunded"


def test_a_cancelled_event_takes_no_money(service: Service, event: Json) -> None:
    """Unconfirmed orders are refused; money that is being charged is refunded."""
    early, late = reserve(service, event), reserve(service, event)
    post_payment(service, early)
    patch_event(service, event, {"status": "cancelled"})
    problem(post_payment(service, late), "sales_closed")
    work(service)
    assert get_order(service, early)["status"] == "refunded"
    assert charges(service) == []


def test_a_closed_event_still_takes_the_money_of_what_was_reserved(service: Service, event: Json) -> None:
    """Closing ends sales, not reservations."""
    order = reserve(service, event)
    patch_event(service, event, {"status": "closed"})
    json_of(post_payment(service, order), 202)
    work(service)
    assert get_order(service, order)["status"] == "paid"


@pytest.mark.parametrize("token", ["", " ", "x" * 201, "two\nlines", 7, None, [], {}])
def test_a_strange_token_is_refused(service: Service, event: Json, token: Any) -> None:
    """A token is 1 to 200 printable characters; the order stays reserved."""
    order = reserve(service, event)
    assert set(faults(post_payment(service, order, token))) == {"payment_token"}
    assert get_order(service, order) == order


def test_a_payment_needs_a_token(service: Service, event: Json) -> None:
    """An unknown field is reported, and so is a token that is missing for an order that costs something."""
    order = reserve(service, event)
    path = f"/orders/{order['id']}/payment"
    assert set(faults(service.client.post(path, json={"token": "tok_approved"}))) == {"token"}
    assert set(faults(service.client.post(path, json={}))) == {"payment_token"}
    assert set(faults(service.client.post(path))) == {"payment_token"}
    assert get_order(service, order)["status"] == "reserved"


def test_a_free_order_needs_none(service: Service) -> None:
    """It is paid without a gateway."""
    order = reserve(service, create_event(service, price="0.00"), 2)
    assert json_of(service.client.post(f"/orders/{order['id']}/payment"), 202)["status"] == "processing"
    work(service)
    assert get_order(service, order)["status"] == "paid"
    assert charges(service) == []


@pytest.mark.parametrize(("method", "total"), [("cash", "90.00"), ("complimentary", "0.00")])
def test_an_admin_can_have_an_order_paid_without_the_gateway(
    service: Service, event: Json, method: str, total: str
) -> None:
    """No one else can; the journal names the key, and a refund asks the gateway for nothing."""
    order = reserve(service, event, 2)
    path = f"/orders/{order['id']}/payment"
    problem(service.client.post(path, json={"method": method}), "unauthorized")
    problem(service.client.post(path, json={"method": method}, headers=GATE), "forbidden")
    assert set(faults(service.client.post(path, json={"method": "gateway"}, headers=ADMIN))) == {"method"}
    both = {"method": method, "payment_token": "tok_approved"}
    assert set(faults(service.client.post(path, json=both, headers=ADMIN))) == {"payment_token"}
    assert json_of(service.client.post(path, json={"method": method}, headers=ADMIN), 202)["total_amount"] == total
    work(service)
    paid = get_order(service, order)
    assert (paid["status"], paid["total_amount"], paid["payment"]) == (
        "paid",
        total,
        payment("approved", method=method),
    )
    assert charges(service) == []
    assert json_of(refund(service, order))["payment"] == payment("refunded", total, method)


def test_a_part_of_an_order_is_refunded(service: Service, event: Json) -> None:
    """The order stays paid; the place and the money of one ticket go back, once."""
    order = buy(service, event, 3)
    path = f"/orders/{order['id']}/refund"
    for wrong in (list[int](), "1", None):
        assert set(faults(service.client.post(path, json={"tickets": wrong}, headers=ADMIN))) == {"tickets"}
    for second in (0, True, "2"):
        body = {"tickets": [1, second]}
        assert set(faults(service.client.post(path, json=body, headers=ADMIN))) == {"tickets[1]"}
    problem(service.client.post(path, json={"tickets": [4]}, headers=ADMIN), "ticket_not_found")
    for _ in range(2):
        assert json_of(service.client.post(path, json={"tickets": [2]}, headers=ADMIN))["status"] == "paid"
    assert get_order(service, order)["payment"] == payment("approved", "45.00")
    assert charges(service) == ["90.00"]
    assert available(service, event) == 8
    assert [ticket["status"] for ticket in tickets_of(service, order)] == ["valid", "void", "valid"]
    assert json_of(refund(service, order))["status"] == "refunded"
    assert get_order(service, order)["payment"] == payment("refunded", "135.00")
    assert charges(service) == []
    assert available(service, event) == 10


def test_a_payment_that_waits_shows_what_to_do(service: Service, event: Json) -> None:
    """It holds its places until the buyer has paid, which a signed notice brings to the worker."""
    gateway = service.box_office.ports.payment_gateway
    assert isinstance(gateway, SimulatedPaymentGateway)
    gateway.notice_secret = b"a secret"
    order = buy(service, event, 2, "tok_pending")
    assert (order["status"], order["payment"]["status"]) == ("processing", "pending")
    assert order["payment"]["action"] == {"type": "qr_code", "text": order["payment"]["action"]["text"]}
    assert order["payment"]["expires_at"]
    assert available(service, event) == 8
    record = service.box_office.ports.orders.load(order["id"])
    assert record is not None
    assert record.attempt is not None
    attempt_id = record.attempt.id
    headers, body = gateway.notice_of(attempt_id)
    gateway.decide(attempt_id, approved=True)
    for forged in ({}, {"simulated-signature": "0" * 64}):
        refused = problem(service.client.post("/payments/notices", data=body, headers=forged), "unauthorized")
        assert "did not sign this notice" in refused["detail"]
    work(service)
    assert get_order(service, order)["status"] == "processing"
    for _ in range(2):
        assert service.client.post("/payments/notices", data=body, headers=headers).status_code == 204
    work(service)
    assert get_order(service, order) == order | {
        "status": "paid",
        "expires_at": None,
        "ticket_code": get_order(service, order)["ticket_code"],
        "delivery": "pending",
        "payment": payment("approved"),
    }
    headers, body = gateway.notice_of(AttemptId("another"))
    assert service.client.post("/payments/notices", data=body, headers=headers).status_code == 204


def test_tickets_exist_only_once_paid(service: Service, event: Json) -> None:
    """Before and without a payment the refusal has the order's status."""

    def refused(order: Json) -> str:
        response = service.client.get(f"/orders/{order['id']}/ticket")
        return str(problem(response, "order_not_paid")["order_status"])

    order = reserve(service, event)
    assert refused(order) == "reserved"
    post_payment(service, order)
    assert refused(order) == "processing"
    assert refused(buy(service, event, 1, "tok_declined")) == "declined"
    expired = reserve(service, event)
    service.clock.move(HOLD)
    assert refused(expired) == "expired"


def test_a_refund_gives_everything_back(service: Service, event: Json) -> None:
    """The money and the places are given back; repeating it changes nothing."""
    order = buy(service, event, 2)
    refunded = json_of(refund(service, order))
    assert set(refunded) == set(order)
    assert refunded["status"] == "refunded"
    assert charges(service) == []
    assert available(service, event) == 10
    assert refunded["payment"] == payment("refunded", "90.00")
    assert json_of(refund(service, order)) == refunded
    assert available(service, event) == 10
    problem(service.client.get(f"/orders/{order['id']}/ticket"), "order_not_paid")


def test_refunded_tickets_are_void(service: Service, event: Json) -> None:
    """A refunded ticket admits no one; a used one stays used, and its place stays sold."""
    order = buy(service, event, 2)
    used, unused = tickets_of(service, order)
    json_of(scan(service, used["qr_code"]))
    problem(refund(service, order), "ticket_already_used")
    path = f"/orders/{order['id']}/refund"
    assert set(faults(service.client.post(path, json={"include_used": "yes"}, headers=ADMIN))) == {"include_used"}
    json_of(service.client.post(path, json={"include_used": True}, headers=ADMIN))
    assert available(service, event) == 9
    problem(scan(service, unused["qr_code"]), "ticket_void")
    problem(scan(service, used["qr_code"]), "ticket_already_used")


@pytest.mark.parametrize("token", [None, "tok_declined"])
def test_only_a_paid_order_is_refunded(service: Service, event: Json, token: str | None) -> None:
    """The refusal has the order's status, and nothing changes."""
    order = reserve(service, event) if token is None else buy(service, event, 1, token)
    assert problem(refund(service, order), "order_not_paid")["order_status"] == order["status"]
    assert get_order(service, order) == order


def test_a_refund_gives_an_awaited_payment_up(service: Service, event: Json) -> None:
    """The order is refunded and says why, and its places are free at once."""
    order = buy(service, event, 10, "tok_down")
    assert (order["status"], available(service, event)) == ("processing", 0)
    given_up = json_of(refund(service, order))
    assert (given_up["status"], given_up["problem"]["code"]) == ("refunded", "payment_given_up")
    assert available(service, event) == 10


@pytest.mark.parametrize("body", [{}, None])
def test_a_refund_takes_an_empty_object_or_nothing(service: Service, event: Json, body: Json | None) -> None:
    """No field is required, and an unknown one is refused."""
    order = buy(service, event)
    path = f"/orders/{order['id']}/refund"
    assert set(faults(service.client.post(path, json={"amount": "1.00"}, headers=ADMIN))) == {"amount"}
    kwargs = {} if body is None else {"json": body}
    assert json_of(service.client.post(path, headers=ADMIN, **kwargs))["status"] == "refunded"


def test_only_admins_refund(service: Service, event: Json) -> None:
    """Neither a buyer nor a gate can."""
    order = buy(service, event)
    path = f"/orders/{order['id']}/refund"
    problem(service.client.post(path), "unauthorized")
    problem(service.client.post(path, headers=GATE), "forbidden")
    assert get_order(service, order) == order


def test_the_number_of_a_card_goes_nowhere(service: Service, event: Json, caplog: pytest.LogCaptureFixture) -> None:
    """It is refused as a token, and neither stored, logged nor sent back."""
    order = reserve(service, event)
    with caplog.at_level(logging.DEBUG):
        response = post_payment(service, order, "4111111111111111|12/29|123")
    assert set(faults(response)) == {"payment_token"}
    assert "4111" not in response.text + caplog.text
    assert get_order(service, order)["status"] == "reserved"
    record = service.assembly.ports.orders.load(OrderId(order["id"]))
    assert record is not None
    assert record.attempt is None
