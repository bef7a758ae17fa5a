"""Orders listed and found by admins over HTTP: filters, pages, and the names of an order."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import quote

import attrs
import pytest

from tests.entrypoints.http import (
    ADMIN,
    GATE,
    ORDER_KEYS,
    Json,
    Service,
    buy,
    create_event,
    faults,
    get_order,
    json_of,
    post_payment,
    problem,
    reserve,
    tickets_of,
)
from ticketcore.domain import ids, journal
from ticketcore.domain.deliveries import DeliveryStatus
from ticketcore.domain.orders import OrderStatus

HOLD = timedelta(minutes=15)


def page_of(service: Service, query: str = "") -> Json:
    page = json_of(service.client.get(f"/orders{query}", headers=ADMIN))
    assert set(page) == {"items", "next_cursor"}
    return page


def listed(service: Service, query: str = "") -> list[str]:
    return [order["id"] for order in page_of(service, query)["items"]]


def pages(service: Service, query: str) -> list[list[str]]:
    """Return the ids of every page of a query that has a limit."""
    found, cursor = [], ""
    while True:
        page = page_of(service, f"?{query}{cursor}")
        found.append([order["id"] for order in page["items"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={quote(page['next_cursor'])}"


def placed(service: Service, event: Json, count: int) -> list[str]:
    """Reserve one place a millisecond and return the ids, newest first."""
    made = []
    for _ in range(count):
        made.append(reserve(service, event)["id"])
        service.clock.move(timedelta(milliseconds=1))
    return made[::-1]


def lose_mail(service: Service, order: Json) -> None:
    """Let the mail of an order be refused for good."""
    deliveries = service.assembly.ports.deliveries
    while (mail := deliveries.claim(service.clock.now())) and mail.order_id != order["id"]:
        deliveries.settle(mail, mail.delivered(), journal.mailed(mail, service.clock.now()))
    assert mail is not None
    lost = attrs.evolve(mail, status=DeliveryStatus.UNDELIVERED, due_at=None)
    deliveries.settle(mail, lost, journal.mail_refused(mail, service.clock.now(), "no such mailbox"))


def test_there_may_be_no_orders(service: Service) -> None:
    """An empty list is one page."""
    assert page_of(service) == {"items": [], "next_cursor": None}


def test_orders_come_newest_first_and_whole(service: Service, event: Json) -> None:
    """Each as its buyer sees it."""
    made = placed(service, event, 3)
    page = page_of(service)
    assert page["items"] == [get_order(service, {"id": order_id}) for order_id in made]
    assert all(set(order) == ORDER_KEYS for order in page["items"])


def test_orders_are_for_admins(service: Service, event: Json) -> None:
    """A stranger and a gate are refused, whatever they ask for."""
    order = reserve(service, event)
    for query in ("", "?limit=1", f"?customer_email={order['customer_email']}", "?limit=0"):
        problem(service.client.get(f"/orders{query}"), "unauthorized")
        problem(service.client.get(f"/orders{query}", headers=GATE), "forbidden")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("more", ["", "&status=reserved", "&customer_email=ann@example.com"])
def test_pages_hold_every_order_once(service: Service, event: Json, limit: int, more: str) -> None:
    """Following the cursors skips and repeats nothing, though several orders are of the same moment."""
    made = [reserve(service, event)["id"] for _ in range(4)] + placed(service, event, 3)
    found = pages(service, f"limit={limit}{more}&event_id={event['id']}")
    assert sorted(order_id for page in found for order_id in page) == sorted(made)
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]


def test_fifty_orders_are_a_page(service: Service) -> None:
    """The default page holds 50, the largest 100."""
    event = create_event(service, capacity=101)
    placed(service, event, 101)
    assert len(listed(service)) == 50
    assert len(listed(service, "?limit=100")) == 100


def test_an_order_that_arrives_between_pages_does_not_disturb(service: Service, event: Json) -> None:
    """The second page goes on where the first ended."""
    made = placed(service, event, 4)
    first = page_of(service, "?limit=2")
    placed(service, event, 3)
    second = page_of(service, f"?limit=2&cursor={quote(first['next_cursor'])}")
    assert [order["id"] for order in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


def test_orders_of_an_event_are_found(service: Service, event: Json) -> None:
    """An event that does not exist has none."""
    order, other = reserve(service, event), create_event(service)
    reserve(service, other)
    assert listed(service, f"?event_id={event['id']}") == [order["id"]]
    assert listed(service, "?event_id=nothing") == listed(service, "?event_id=No%20Id") == []


def test_orders_of_an_address_are_found_whatever_its_case(service: Service, event: Json) -> None:
    """As the buyer wrote it and as the admin does."""
    order = reserve(service, event, email="Ann.Example@example.com")
    reserve(service, event, email="ann.exampl@example.com")
    for written in ("ann.example@example.com", "ANN.EXAMPLE@EXAMPLE.COM"):
        assert listed(service, f"?customer_email={written}") == [order["id"]]


def test_an_order_is_found_by_its_ticket_code(service: Service, event: Json) -> None:
    """As it is read out: in any case, with or without its hyphen; what is no code finds nothing."""
    order = buy(service, event)
    reserve(service, event)
    code = order["ticket_code"]
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        assert listed(service, f"?ticket_code={quote(typed)}") == [order["id"]]
    assert listed(service, "?ticket_code=00000-00000") == listed(service, "?ticket_code=") == []


def test_a_due_reservation_is_listed_as_expired(service: Service, event: Json) -> None:
    """The filter agrees with what is shown, before any sweep."""
    order = reserve(service, event)
    assert listed(service, "?status=reserved") == [order["id"]]
    service.clock.move(HOLD)
    [shown] = page_of(service, "?status=expired")["items"]
    assert shown == get_order(service, order)
    assert (shown["status"], shown["problem"]["code"]) == ("expired", "reservation_expired")
    assert listed(service, "?status=reserved") == []


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_can_be_asked_for(service: Service, event: Json, status: OrderStatus) -> None:
    """Only orders of that status are shown."""
    buy(service, event)
    buy(service, event, token="tok_declined")
    service.client.delete(f"/orders/{reserve(service, event)['id']}")
    post_payment(service, reserve(service, event))
    shown = page_of(service, f"?status={status}")["items"]
    assert {order["status"] for order in shown} <= {status}
    if status not in {OrderStatus.EXPIRED, OrderStatus.RESERVED, OrderStatus.REFUNDED}:
        assert len(shown) == 1


def test_paid_orders_without_their_mail_are_found(service: Service, event: Json) -> None:
    """``undelivered=true`` shows those whose mail was refused or given up; ``false`` shows all orders."""
    lost, _ = buy(service, event), buy(service, event)
    lose_mail(service, lost)
    assert [order["delivery"] for order in page_of(service, "?undelivered=true")["items"]] == ["undelivered"]
    assert listed(service, "?undelivered=true") == [lost["id"]]
    assert len(listed(service, "?undelivered=false")) == 2


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        ("cursor=x", {"cursor"}),
        ("cursor=", {"cursor"}),
        ("status=open", {"status"}),
        ("undelivered=1", {"undelivered"}),
        ("customer_email=ann", {"customer_email"}),
        ("event_id=", {"event_id"}),
        (f"event_id={'x' * 65}", {"event_id"}),
        ("limit=1&limit=2", {"limit"}),
        ("q=ann", {"q"}),
        ("limit=x&status=x&undelivered=x&customer_email=x", {"limit", "status", "undelivered", "customer_email"}),
    ],
)
def test_a_wrong_query_is_refused(service: Service, query: str, fields: set[str]) -> None:
    """Every fault is named at once."""
    assert set(faults(service.client.get(f"/orders?{query}", headers=ADMIN))) == fields


def test_a_cursor_of_events_is_none_of_orders(service: Service, event: Json) -> None:
    """Each listing knows its own."""
    create_event(service)
    cursor = json_of(service.client.get("/events?limit=1"))["next_cursor"]
    assert set(faults(service.client.get(f"/orders?cursor={quote(cursor)}", headers=ADMIN))) == {"cursor"}


def test_a_cursor_shows_no_id(service: Service, event: Json) -> None:
    """It stands in addresses, which proxies log."""
    placed(service, event, 2)
    page = page_of(service, "?limit=1")
    raw = base64.urlsafe_b64decode(page["next_cursor"] + "==").decode()
    order_id = page["items"][0]["id"]
    assert ids.digest(order_id) in raw
    assert order_id not in raw


# The names of an order


def names_of(order: Json) -> list[str]:
    """Return the names of an order beside its id."""
    code = order["ticket_code"]
    digest = ids.digest(order["id"])
    return [digest, digest.upper(), code, code.lower(), code.replace("-", "")]


def test_an_admin_names_an_order_by_its_digest_or_ticket_code(service: Service, event: Json) -> None:
    """Wherever an order is named."""
    order = buy(service, event)
    tickets = tickets_of(service, order)
    for name in names_of(order):
        address = f"/orders/{name}"
        assert json_of(service.client.get(address, headers=ADMIN)) == order
        assert json_of(service.client.get(f"{address}/ticket", headers=ADMIN))["tickets"] == tickets
        assert json_of(service.client.post(f"{address}/mail", headers=ADMIN), 202)["id"] == order["id"]
        problem(service.client.delete(address, headers=ADMIN), "order_not_cancellable")
        assert post_payment(service, {"id": name}).status_code == 404
    for name in names_of(order):
        assert json_of(service.client.post(f"/orders/{name}/refund", headers=ADMIN))["status"] == "refunded"


def test_a_reservation_has_a_digest(service: Service, event: Json) -> None:
    """An admin pays and cancels it by that, too."""
    order, other = reserve(service, event), reserve(service, event)
    digest = ids.digest(order["id"])
    assert json_of(service.client.delete(f"/orders/{digest}", headers=ADMIN))["status"] == "cancelled"
    body = {"payment_token": "tok_approved"}
    paying = service.client.post(f"/orders/{ids.digest(other['id'])}/payment", json=body, headers=ADMIN)
    assert json_of(paying, 202)["id"] == other["id"]


@pytest.mark.parametrize("headers", [{}, GATE, {"Authorization": "Bearer tck_wrong"}])
def test_others_name_an_order_by_its_id_alone(service: Service, event: Json, headers: dict[str, str]) -> None:
    """Digests are in logs and ticket codes on paper: to all but admins they are the names of nothing."""
    order = buy(service, event)
    for name in names_of(order):
        problem(service.client.get(f"/orders/{name}", headers=headers), "order_not_found")
        problem(service.client.get(f"/orders/{name}/ticket", headers=headers), "order_not_found")
        problem(service.client.delete(f"/orders/{name}", headers=headers), "order_not_found")
    assert json_of(service.client.get(f"/orders/{order['id']}", headers=headers)) == order


def test_an_unknown_parameter_is_refused_everywhere(service: Service, event: Json) -> None:
    """On a single thing as on a list, and whatever the method."""
    order = buy(service, event)
    for address in (
        f"/events/{event['id']}",
        f"/orders/{order['id']}",
        f"/orders/{order['id']}/ticket",
        "/health/live",
    ):
        assert service.client.get(address).status_code == 200
        assert set(faults(service.client.get(f"{address}?limti=1"))) == {"limti"}
    path = f"/orders/{order['id']}/refund"
    assert set(faults(service.client.post(f"{path}?tickets=1", headers=ADMIN))) == {"tickets"}
    assert json_of(service.client.get(f"/orders/{order['id']}"))["status"] == "paid"


@pytest.mark.parametrize("name", ["nothing", "0" * 16, "00000-00000", "x" * 5000, "%C3%A9", "%00"])
def test_a_name_of_no_order_is_not_found(service: Service, name: str) -> None:
    """Whatever it looks like."""
    problem(service.client.get(f"/orders/{name}", headers=ADMIN), "order_not_found")
    problem(service.client.post(f"/orders/{name}/refund", headers=ADMIN), "order_not_found")
