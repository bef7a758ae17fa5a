"""Corrections of an order's address over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    GATE,
    ORDER_KEYS,
    Json,
    Service,
    buy,
    create_event,
    faults,
    get_order,
    json_of,
    patch_event,
    post_order,
    post_payment,
    problem,
    refund,
    reserve,
    serve,
    work,
)
from ticketcore import Step
from ticketcore.domain import ids
from ticketcore_memory import MemoryMailer

BOB = "bob@example.com"
KEY = "a secret of the buyer"


@pytest.fixture
def service() -> Service:
    """Return a fresh service."""
    return serve()


@pytest.fixture
def event(service: Service) -> Json:
    """Return an event."""
    return create_event(service)


def correct(service: Service, name: str, email: Any = BOB, headers: dict[str, str] = ADMIN) -> TestResponse:
    return service.client.patch(f"/orders/{name}", json={"customer_email": email}, headers=headers)


def mailed(service: Service) -> list[str]:
    """Send what is due, and return the recipients of all mails."""
    service.box_office.deliver()
    mailer = service.box_office.ports.mailer
    assert isinstance(mailer, MemoryMailer)
    return [mail.recipient for mail in mailer.sent]


def test_a_reserved_order_comes_to_the_right_address(service: Service, event: Json) -> None:
    """Nothing else of it changes, and its tickets are mailed there once it is paid."""
    order = reserve(service, event)
    corrected = json_of(correct(service, order["id"]))
    assert set(corrected) == ORDER_KEYS
    assert corrected == order | {"customer_email": BOB} == get_order(service, order)
    post_payment(service, order)
    work(service)
    assert mailed(service) == [BOB]


def test_the_tickets_of_a_paid_order_are_mailed_to_the_right_address(service: Service, event: Json) -> None:
    """The same tickets, once."""
    order = buy(service, event)
    assert mailed(service) == [BUYER]
    corrected = json_of(correct(service, order["id"]))
    assert (corrected["customer_email"], corrected["delivery"]) == (BOB, "pending")
    assert mailed(service) == [BUYER, BOB]
    assert get_order(service, order)["delivery"] == "delivered"


def test_an_order_is_corrected_by_any_of_its_names(service: Service, event: Json) -> None:
    """Id, digest and ticket code."""
    order = buy(service, event)
    names = (order["id"], ids.digest(order["id"]), order["ticket_code"], order["ticket_code"].lower())
    for number, name in enumerate(names):
        assert json_of(correct(service, name, f"buyer{number}@example.com"))["id"] == order["id"]
    for name in ("nothing", "0" * 16, "00000-00000"):
        problem(correct(service, name), "order_not_found")


def test_the_same_address_again_mails_nothing(service: Service, event: Json) -> None:
    """Whatever the case of its domain."""
    order = buy(service, event)
    mailed(service)
    for email in (BUYER, "ann@EXAMPLE.com"):
        assert json_of(correct(service, order["id"], email))["delivery"] == "delivered"
    correct(service, order["id"])
    assert json_of(correct(service, order["id"]))["customer_email"] == BOB
    assert mailed(service) == [BUYER, BOB]


def test_a_correction_is_journalled_without_addresses(service: Service, event: Json) -> None:
    """With the name of the key."""
    order = buy(service, event)
    correct(service, order["id"])
    entries = service.organiser.explain(order["id"])
    assert [entry.step for entry in entries][-2:] == [Step.CORRECTED, Step.MAIL_ASKED]
    assert "by the key" in str(entries[-2])
    assert "@" not in "".join(map(str, entries))


def test_an_order_that_has_ended_is_not_corrected(service: Service, event: Json) -> None:
    """It says how it ended."""
    cancelled, refunded, declined = reserve(service, event), buy(service, event), buy(service, event, 1, "tok_declined")
    service.client.delete(f"/orders/{cancelled['id']}")
    refund(service, refunded)
    for order, status in ((cancelled, "cancelled"), (refunded, "refunded"), (declined, "declined")):
        assert problem(correct(service, order["id"]), "order_not_payable")["order_status"] == status
    late = reserve(service, event)
    service.clock.move(service.box_office.hold)
    problem(correct(service, late["id"]), "reservation_expired")
    assert get_order(service, late)["customer_email"] == BUYER


def test_the_limit_of_an_address_moves_with_the_order(service: Service) -> None:
    """What came to one address is free for the one before."""
    event = create_event(service, max_per_customer=2)
    order = reserve(service, event, 2)
    problem(post_order(service, event, 1), "customer_limit")
    json_of(correct(service, order["id"]))
    refused = problem(post_order(service, event, 1, "Bob+tag@example.com"), "customer_limit")
    assert (refused["held"], refused["max_per_customer"]) == (2, 2)
    other = reserve(service, event, 1)
    refused = problem(correct(service, other["id"]), "customer_limit")
    assert (refused["held"], refused["max_per_customer"]) == (2, 2)
    assert get_order(service, other)["customer_email"] == BUYER


def test_places_that_are_overdue_do_not_stand_in_the_way(service: Service) -> None:
    """A reservation of the right address that has passed its deadline, and that no sweep has seen yet, counts no more."""
    event = create_event(service, max_per_customer=1)
    reserve(service, event, 1, BOB)
    service.clock.move(service.box_office.hold)
    order = reserve(service, event)
    assert json_of(correct(service, order["id"]))["customer_email"] == BOB


def test_a_limit_that_was_lowered_keeps_no_spelling_from_being_corrected(service: Service) -> None:
    """The mailbox has the order already."""
    event = create_event(service)
    order = reserve(service, event, 3)
    patch_event(service, event, {"max_per_customer": 1})
    assert json_of(correct(service, order["id"], "Ann+x@example.com"))["customer_email"] == "Ann+x@example.com"


def test_a_repetition_has_to_name_the_right_address(service: Service, event: Json) -> None:
    """An idempotency key stands for the order as it is: with the address before it is another request."""
    order = json_of(post_order(service, event, key=KEY), 201)
    correct(service, order["id"])
    problem(post_order(service, event, key=KEY), "idempotency_conflict")
    repeated = post_order(service, event, email=BOB, key=KEY)
    assert json_of(repeated, 201)["id"] == order["id"]
    assert repeated.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("email", ["ann", "", None, 7, "a@b", " bob@example.com"])
def test_a_wrong_address_is_refused(service: Service, event: Json, email: Any) -> None:
    """By the rules of a new order, and nothing changes."""
    order = reserve(service, event)
    assert set(faults(correct(service, order["id"], email))) == {"customer_email"}
    assert get_order(service, order) == order


def test_a_correction_says_what_it_corrects(service: Service, event: Json) -> None:
    """The address alone can be, and has to be named."""
    address = f"/orders/{reserve(service, event)['id']}"
    for body, names in (({}, {"customer_email"}), ({"customer_email": BOB, "quantity": 2}, {"quantity"})):
        assert set(faults(service.client.patch(address, json=body, headers=ADMIN))) == names


def test_corrections_are_for_admins(service: Service, event: Json) -> None:
    """The buyer himself would move his tickets to another."""
    order = reserve(service, event)
    problem(correct(service, order["id"], headers={}), "unauthorized")
    problem(correct(service, order["id"], headers=GATE), "forbidden")
