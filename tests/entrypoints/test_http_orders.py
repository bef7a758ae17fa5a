"""Orders over HTTP: reserved, repeated, shown, cancelled and expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    ORDER_KEYS,
    Json,
    Service,
    available,
    buy,
    create_event,
    faults,
    get_order,
    json_of,
    order_count,
    patch_event,
    post_order,
    post_payment,
    problem,
    refund,
    reserve,
    serve,
)
from ticketcore.ports import Inventory
from ticketcore_memory import MemoryInventory, NoInventory

HOLD = timedelta(minutes=15)
MOMENT = timedelta(milliseconds=1)
KEY = "4f1c24e8-3b12-4fef-91e0-5d1f0a2b6c3d"
OTHER_KEY = "another key of a buyer"


def test_a_new_order_is_reserved(service: Service, event: Json) -> None:
    """It has every field, costs price times quantity, and lives for fifteen minutes."""
    order = reserve(service, event, 3)
    assert set(order) == ORDER_KEYS
    del order["id"]
    assert order == {
        "event_id": event["id"],
        "customer_email": "ann@example.com",
        "quantity": 3,
        "total_amount": "135.00",
        "currency": "BRL",
        "status": "reserved",
        "ticket_code": None,
        "created_at": "2027-01-01T00:00:00.000Z",
        "expires_at": "2027-01-01T00:15:00.000Z",
        "problem": None,
        "payment": None,
        "delivery": None,
    }
    assert available(service, event) == 7


def test_a_reservation_lasts_as_long_as_configured() -> None:
    """The hold of the settings is that of the orders."""
    service = serve({"hold": timedelta(seconds=90)})
    order = json_of(post_order(service, create_event(service)), 201)
    assert order["expires_at"] == "2027-01-01T00:01:30.000Z"


def test_the_location_of_a_new_order_shows_it(service: Service, event: Json) -> None:
    """``Location`` leads to the order."""
    created = post_order(service, event)
    assert json_of(service.client.get(created.headers["Location"])) == json_of(created, 201)


@pytest.mark.parametrize(("price", "currency", "total"), [("0.00", "BRL", "0.00"), ("150", "JPY", "450")])
def test_totals_have_the_decimals_of_their_currency(service: Service, price: str, currency: str, total: str) -> None:
    """An order costs price times quantity in the event's currency, which may be nothing."""
    order = reserve(service, create_event(service, price=price, currency=currency), 3)
    assert (order["total_amount"], order["currency"]) == (total, currency)


def test_an_order_id_is_hard_to_guess(service: Service, event: Json) -> None:
    """No two orders share an id, and each has room for 128 bits."""
    found = {reserve(service, event)["id"] for _ in range(10)}
    assert len(found) == 10
    assert all(len(order_id) >= 26 for order_id in found)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1.5),
        ("quantity", "1"),
        ("quantity", True),
        ("quantity", None),
        ("quantity", 1001),
        ("quantity", 10**300),
        ("quantity", [1]),
        ("customer_email", ""),
        ("customer_email", "ann"),
        ("customer_email", "ann@example.com\n"),
        ("customer_email", "Ann <ann@example.com>"),
        ("customer_email", "ann@example.com,bob@example.com"),
        ("customer_email", f"ann@{'x' * 250}.com"),
        ("customer_email", 7),
        ("customer_email", None),
        ("event_id", ""),
        ("event_id", 7),
        ("event_id", None),
        ("event_id", "x" * 65),
        ("status", "paid"),
        ("id", "mine"),
    ],
)
def test_a_wrong_field_is_named(service: Service, event: Json, field: str, value: Any) -> None:
    """Each fault names its field, and no place is taken."""
    body = {"event_id": event["id"], "quantity": 1, "customer_email": BUYER} | {field: value}
    assert set(faults(service.client.post("/orders", json=body))) == {field}
    assert available(service, event) == 10
    assert order_count(service) == 0


def test_a_whole_number_may_be_written_with_a_point(service: Service, event: Json) -> None:
    """JSON has one kind of number: 2.0 is 2."""
    assert json_of(post_order(service, event, 2.0), 201)["quantity"] == 2


def test_every_fault_comes_at_once(service: Service) -> None:
    """Missing, wrong and unknown fields are reported together."""
    response = service.client.post("/orders", json={"quantity": 0, "customer_email": "ann", "color": "red"})
    assert set(faults(response)) == {"event_id", "quantity", "customer_email", "color"}


def test_faults_of_the_header_come_with_those_of_the_body(service: Service) -> None:
    """A wrong ``Idempotency-Key`` is one fault among the others."""
    headers = {"Idempotency-Key": "x" * 256}
    response = service.client.post("/orders", json={"quantity": 0}, headers=headers)
    assert set(faults(response)) == {"event_id", "quantity", "customer_email", "Idempotency-Key"}


def test_an_order_may_not_exceed_the_events_limit(service: Service) -> None:
    """``max_per_order`` places are allowed, one more is not."""
    event = create_event(service, max_per_order=2)
    assert "2" in faults(post_order(service, event, 3))["quantity"]
    reserve(service, event, 2)


def test_an_unknown_event_sells_nothing(service: Service) -> None:
    """There is nothing to reserve of an event that does not exist."""
    problem(post_order(service, {"id": "nothing"}), "event_not_found")
    problem(post_order(service, {"id": "' OR 1=1 --"}), "event_not_found")


@pytest.mark.parametrize("status", ["draft", "closed", "cancelled"])
def test_only_what_is_on_sale_is_sold(service: Service, status: str) -> None:
    """A draft, a closed and a cancelled event sell nothing."""
    event = create_event(service, status=status)
    problem(post_order(service, event), "sales_closed")
    shown = json_of(service.client.get(f"/events/{event['id']}", headers=ADMIN))
    assert shown["available"] == 10


@pytest.mark.parametrize("inventory", [MemoryInventory, NoInventory])
def test_a_sale_starts_and_ends_at_its_times(inventory: Callable[[], Inventory]) -> None:
    """Before and after, an order is refused and changes nothing; the refusal says when the sale starts."""
    service = serve(inventory=inventory())
    window = {"sale_starts_at": "2027-02-01T09:00:00-03:00", "sale_ends_at": "2027-03-01T00:00:00Z"}
    event = create_event(service, timezone="America/Sao_Paulo", **window)
    service.clock.moment = datetime(2027, 2, 1, 11, 59, 59, 999_000, tzinfo=UTC)
    refused = problem(post_order(service, event), "sales_not_open")
    assert refused["opens_at"] == "2027-02-01T12:00:00.000Z"
    assert "timezone" not in refused
    assert "Monday, 1 February 2027, 09:00, America/Sao_Paulo" in refused["detail"]
    assert available(service, event) == 10
    service.clock.moment = datetime(2027, 2, 1, 12, tzinfo=UTC)
    reserve(service, event)
    service.clock.moment = datetime(2027, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC)
    reserved = reserve(service, event)
    service.clock.moment = datetime(2027, 3, 1, tzinfo=UTC)
    assert "ended" in problem(post_order(service, event), "sales_closed")["detail"]
    json_of(post_payment(service, reserved), 202)


@pytest.mark.parametrize("inventory", [MemoryInventory, NoInventory])
def test_a_sale_that_is_put_off_or_opened_is_so_at_once(inventory: Callable[[], Inventory]) -> None:
    """A change of its times holds for the next order, with a live counter and without."""
    service = serve(inventory=inventory())
    event = create_event(service)
    reserve(service, event)
    patch_event(service, event, {"sale_starts_at": "2027-02-01T00:00:00Z"})
    problem(post_order(service, event), "sales_not_open")
    patch_event(service, event, {"sale_starts_at": None, "sale_ends_at": "2027-01-01T00:00:00Z"})
    problem(post_order(service, event), "sales_closed")
    patch_event(service, event, {"sale_ends_at": None})
    reserve(service, event)


@pytest.mark.parametrize("inventory", [MemoryInventory, NoInventory])
def test_one_address_may_not_exceed_its_limit(inventory: Callable[[], Inventory]) -> None:
    """Whatever its case and its tag; the refusal has the limit and what the buyer has, and others may buy."""
    service = serve(inventory=inventory())
    event = create_event(service, max_per_customer=3)
    first = reserve(service, event, 2, email="Ann+one@example.com")
    refused = problem(post_order(service, event, quantity=2, email="ann+two@EXAMPLE.com"), "customer_limit")
    assert (refused["max_per_customer"], refused["held"]) == (3, 2)
    reserve(service, event, 1, email="ANN@example.com")
    problem(post_order(service, event, quantity=1, email="ann@example.com"), "customer_limit")
    reserve(service, event, 3, email="anna@example.com")
    service.client.delete(f"/orders/{first['id']}")
    reserve(service, event, 2, email="ann@example.com")


def test_a_limit_is_ended_by_null(service: Service) -> None:
    """A change that leaves the limit out keeps it."""
    event = create_event(service, max_per_customer=1)
    assert patch_event(service, event, {"name": "Another"}).get_json()["max_per_customer"] == 1
    assert patch_event(service, event, {"max_per_customer": None}).get_json()["max_per_customer"] is None
    reserve(service, event, 5)
    assert patch_event(service, event, {"max_per_customer": 2}).get_json()["max_per_customer"] == 2
    problem(post_order(service, event), "customer_limit")


@pytest.mark.parametrize("inventory", [MemoryInventory, NoInventory])
def test_a_sold_out_event_says_how_many_are_left(inventory: Callable[[], Inventory]) -> None:
    """The refusal has the number of free places, with a live counter and without."""
    service = serve(inventory=inventory())
    event = create_event(service, capacity=3)
    reserve(service, event, 2)
    assert problem(post_order(service, event, 2), "sold_out")["available"] == 1
    reserve(service, event, 1)
    assert problem(post_order(service, event), "sold_out")["available"] == 0
    assert available(service, event) == 0


@pytest.mark.parametrize("order_id", ["nothing", "%00", "%ff", "x" * 5000, "aaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_an_unknown_order_is_not_found(service: Service, order_id: str) -> None:
    """Every route of orders refuses an id that no order has."""
    path = f"/orders/{order_id}"
    client = service.client
    problem(client.get(path), "order_not_found")
    problem(client.delete(path), "order_not_found")
    problem(client.get(f"{path}/ticket"), "order_not_found")
    problem(client.post(f"{path}/payment", json={"payment_token": "tok_approved"}), "order_not_found")
    problem(client.post(f"{path}/refund", headers=ADMIN), "order_not_found")


def test_the_same_key_is_the_same_order(service: Service, event: Json) -> None:
    """A repeated request returns the order that the first one made."""
    first = post_order(service, event, 2, key=KEY)
    again = post_order(service, event, 2, key=KEY)
    assert json_of(again, 201) == json_of(first, 201)
    assert again.headers["Location"] == first.headers["Location"]
    assert available(service, event) == 8


def test_the_same_key_returns_the_order_as_it_now_is(service: Service, event: Json) -> None:
    """A late retry returns the order as it now is."""
    order = json_of(post_order(service, event, key=KEY), 201)
    post_payment(service, order)
    service.box_office.work()
    assert json_of(post_order(service, event, key=KEY), 201)["status"] == "paid"


def test_the_same_key_works_although_all_is_sold(service: Service) -> None:
    """The buyer of the last places gets the same order again."""
    event = create_event(service, capacity=2)
    first = json_of(post_order(service, event, 2, key=KEY), 201)
    problem(post_order(service, event, 2, key=OTHER_KEY), "sold_out")
    assert json_of(post_order(service, event, 2, key=KEY), 201) == first


def test_the_same_key_works_although_sales_have_closed(service: Service, event: Json) -> None:
    """A retry returns the order, whatever has become of the event."""
    first = json_of(post_order(service, event, key=KEY), 201)
    patch_event(service, event, {"status": "closed"})
    assert json_of(post_order(service, event, key=KEY), 201) == first


def test_the_same_key_for_something_else_is_a_conflict(service: Service, event: Json) -> None:
    """Another quantity or event under the same key is refused and takes nothing."""
    other = create_event(service)
    reserved = json_of(post_order(service, event, 2, key=KEY), 201)
    problem(post_order(service, event, 3, key=KEY), "idempotency_conflict")
    problem(post_order(service, other, 2, key=KEY), "idempotency_conflict")
    assert get_order(service, reserved) == reserved
    assert (available(service, event), available(service, other)) == (8, 10)


def test_a_key_alone_names_its_order(service: Service, event: Json) -> None:
    """Another e-mail under the same key, also in another case, is a conflict whose response names no order."""
    json_of(post_order(service, event, email="ann@example.com", key=KEY), 201)
    for email in ("bob@example.com", "Ann@example.com"):
        conflict = problem(post_order(service, event, email=email, key=KEY), "idempotency_conflict")
        assert set(conflict) == {"type", "title", "status", "detail", "code"}
    assert available(service, event) == 9


def test_a_repetition_is_marked(service: Service, event: Json) -> None:
    """It has ``Idempotent-Replayed: true``, for an order that has ended too; first requests do not have it."""
    first = post_order(service, event, key=KEY)
    assert "Idempotent-Replayed" not in first.headers
    assert "Idempotent-Replayed" not in post_order(service, event).headers
    service.client.delete(f"/orders/{json_of(first, 201)['id']}")
    again = post_order(service, event, key=KEY)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert json_of(again, 201)["status"] == "cancelled"
    assert "Idempotent-Replayed" not in post_order(service, event, 2, key=KEY).headers


@pytest.mark.parametrize("key", [KEY, 'a "quoted" \\ key of mine'])
def test_a_quoted_key_is_the_bare_key(service: Service, event: Json, key: str) -> None:
    """A string of RFC 8941 stands for what it quotes."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    bare = json_of(post_order(service, event, key=key), 201)
    assert json_of(post_order(service, event, key=f'"{escaped}"'), 201) == bare


def test_without_a_key_every_request_is_an_order(service: Service, event: Json) -> None:
    """Without a key every request is an order of its own."""
    assert reserve(service, event)["id"] != reserve(service, event)["id"]


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 15, "x" * 256, "x" * 16 + "\x7f", '"' + "x" * 15 + '"', '"' + "\\\\" * 15 + '"']
)
def test_a_strange_key_is_refused(service: Service, event: Json, key: str) -> None:
    """A key is 16 to 255 printable characters, without the quotes around it."""
    assert set(faults(post_order(service, event, key=key))) == {"Idempotency-Key"}
    assert available(service, event) == 10


def test_a_long_key_is_allowed(service: Service, event: Json) -> None:
    """255 characters are not too many."""
    order = json_of(post_order(service, event, key="x" * 255), 201)
    assert json_of(post_order(service, event, key="x" * 255), 201) == order


def test_a_reserved_order_can_be_cancelled(service: Service, event: Json) -> None:
    """Its places come back at once; cancelling again changes nothing."""
    order = reserve(service, event, 3)
    cancelled = json_of(service.client.delete(f"/orders/{order['id']}"))
    assert cancelled == order | {"status": "cancelled"}
    assert available(service, event) == 10
    assert json_of(service.client.delete(f"/orders/{order['id']}")) == cancelled
    assert available(service, event) == 10


@pytest.mark.parametrize(
    ("token", "worked", "status"),
    [("tok_approved", False, "processing"), ("tok_approved", True, "paid"), ("tok_declined", True, "declined")],
)
def test_only_a_reserved_order_can_be_cancelled(
    service: Service, event: Json, token: str, worked: bool, status: str
) -> None:
    """The refusal has the order's status, and nothing changes."""
    order = reserve(service, event)
    post_payment(service, order, token)
    if worked:
        service.box_office.work()
    before = get_order(service, order)
    found = problem(service.client.delete(f"/orders/{order['id']}"), "order_not_cancellable")
    assert found["order_status"] == status
    assert get_order(service, order) == before


def test_tickets_are_mailed_again_once_an_admin_asks(service: Service, event: Json) -> None:
    """The order's delivery is pending until the mail is sent, and delivered again afterwards."""
    order = buy(service, event)
    service.box_office.deliver()
    assert get_order(service, order)["delivery"] == "delivered"
    asked = json_of(service.client.post(f"/orders/{order['id']}/mail", headers=ADMIN), 202)
    assert asked == get_order(service, order)
    assert asked["delivery"] == "pending"
    assert service.box_office.deliver().done == 1
    assert get_order(service, order)["delivery"] == "delivered"


def test_expired_and_refunded_orders_cannot_be_cancelled(service: Service, event: Json) -> None:
    """An ended order keeps its status."""
    bought = buy(service, event)
    refund(service, bought)
    found = problem(service.client.delete(f"/orders/{bought['id']}"), "order_not_cancellable")
    assert found["order_status"] == "refunded"
    order = reserve(service, event)
    service.clock.move(HOLD)
    found = problem(service.client.delete(f"/orders/{order['id']}"), "order_not_cancellable")
    assert found["order_status"] == "expired"


@pytest.mark.parametrize("inventory", [MemoryInventory, NoInventory])
def test_a_reservation_ends_by_itself(inventory: Callable[[], Inventory]) -> None:
    """At its deadline an order is expired and its places are free, even before a sweep."""
    service = serve(inventory=inventory())
    event = create_event(service, capacity=2)
    order = reserve(service, event, 2)
    service.clock.move(HOLD - MOMENT)
    assert get_order(service, order)["status"] == "reserved"
    assert available(service, event) == 0
    problem(post_order(service, event), "sold_out")
    service.clock.move(MOMENT)
    expired = get_order(service, order)
    assert expired["status"] == "expired"
    assert expired["problem"]["code"] == "reservation_expired"
    assert expired["problem"]["detail"]
    assert available(service, event) == 2
    assert json_of(service.client.get("/events"))["items"][0]["available"] == 2
    reserve(service, event, 2)
    assert available(service, event) == 0
    assert get_order(service, order) == expired


def test_sweeping_changes_nothing_that_could_be_seen(service: Service, event: Json) -> None:
    """An expired order looks the same before and after a sweep."""
    order = reserve(service, event, 2)
    service.clock.move(HOLD)
    before = get_order(service, order)
    service.box_office.sweep()
    assert get_order(service, order) == before
    assert available(service, event) == 10
