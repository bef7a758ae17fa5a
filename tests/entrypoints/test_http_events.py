"""Events over HTTP: created, shown and changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.entrypoints.http import (
    ADMIN,
    CONCERT,
    EVENT_KEYS,
    GATE,
    Json,
    Service,
    available,
    buy,
    create_event,
    faults,
    json_of,
    patch_event,
    post_event,
    post_order,
    problem,
    refund,
    reserve,
    scan,
    serve,
    tickets_of,
    work,
)


def test_a_new_event_has_every_field(service: Service) -> None:
    """What was sent comes back with an id, the defaults and times in UTC."""
    event = create_event(service)
    assert set(event) == EVENT_KEYS
    del event["id"]
    assert event == {
        "name": "Night of the Proms",
        "description": "",
        "date": "2027-05-01T20:00:00.000Z",
        "timezone": "UTC",
        "location": "Royal Hall",
        "capacity": 10,
        "available": 10,
        "price": "45.00",
        "currency": "BRL",
        "status": "on_sale",
        "max_per_order": 10,
        "max_per_customer": None,
        "sale_starts_at": None,
        "sale_ends_at": None,
        "doors_at": None,
        "created_at": "2027-01-01T00:00:00.000Z",
    }


def test_the_location_of_a_new_event_shows_it(service: Service) -> None:
    """``Location`` leads to the event, with the same ``ETag``."""
    created = post_event(service)
    shown = service.client.get(created.headers["Location"])
    assert json_of(shown) == json_of(created, 201)
    assert shown.headers["ETag"] == created.headers["ETag"]
    assert shown.headers["ETag"].startswith('"')


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_an_event_is_shown_to_anyone_by_its_id(service: Service, status: str) -> None:
    """An event is shown by its id in every status but that of a draft."""
    event = create_event(service, status=status)
    assert json_of(service.client.get(f"/events/{event['id']}"))["status"] == status


@pytest.mark.parametrize("event_id", ["nothing", "%00", "%ff", "..", "x" * 5000, "aaaaaaaaaaaaaaaaaaaa"])
def test_an_unknown_event_is_not_found(service: Service, event_id: str) -> None:
    """Any other id is not found."""
    problem(service.client.get(f"/events/{event_id}"), "event_not_found")
    problem(service.client.patch(f"/events/{event_id}", json={}, headers=ADMIN), "event_not_found")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2027-05-01T20:00:00Z", "2027-05-01T20:00:00.000Z"),
        ("2027-05-01t20:00:00z", "2027-05-01T20:00:00.000Z"),
        ("2027-05-01T17:00:00-03:00", "2027-05-01T20:00:00.000Z"),
        ("2027-05-02T05:45:00.123456789+09:45", "2027-05-01T20:00:00.123Z"),
    ],
)
def test_times_may_carry_any_offset(service: Service, given: str, kept: str) -> None:
    """Times come back in UTC, cut to milliseconds."""
    assert create_event(service, date=given)["date"] == kept


@pytest.mark.parametrize(
    "date",
    [
        "2027-05-01T20:00:00",
        "2027-05-01",
        "2027-05-01 20:00:00Z",
        "20270501T200000Z",
        "2027-13-01T20:00:00Z",
        "2027-02-29T20:00:00Z",
        "2027-05-01T20:00:00+24:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "tomorrow",
        "",
        1_800_000_000,
        None,
        ["2027-05-01T20:00:00Z"],
    ],
)
def test_a_time_that_is_not_rfc_3339_with_an_offset_is_refused(service: Service, date: Any) -> None:
    """A time without an offset is refused."""
    assert set(faults(post_event(service, date=date))) == {"date"}


@pytest.mark.parametrize(
    ("price", "currency"),
    [("0.00", "BRL"), ("45.00", "USD"), ("1500", "JPY"), ("0", "JPY"), ("1.250", "KWD"), ("0.0001", "CLF")],
)
def test_money_has_the_decimals_of_its_currency(service: Service, price: str, currency: str) -> None:
    """A price is read and written with exactly its currency's number of decimals."""
    event = create_event(service, price=price, currency=currency)
    assert (event["price"], event["currency"]) == (price, currency)


@pytest.mark.parametrize(
    ("price", "currency"),
    [("45", "BRL"), ("45.0", "BRL"), ("45.000", "BRL"), ("1.00", "JPY"), ("1.0", "JPY"), ("1.25", "KWD")],
)
def test_a_price_with_other_decimals_is_refused(service: Service, price: str, currency: str) -> None:
    """Nothing is rounded or padded."""
    assert set(faults(post_event(service, price=price, currency=currency))) == {"price"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("name", 7),
        ("name", None),
        ("location", ""),
        ("location", "x" * 201),
        ("location", {}),
        ("capacity", 0),
        ("capacity", -1),
        ("capacity", 1_000_001),
        ("capacity", 1.5),
        ("capacity", "10"),
        ("capacity", True),
        ("capacity", None),
        ("capacity", 10**400),
        ("price", 45),
        ("price", 45.0),
        ("price", "-1.00"),
        ("price", "1e2"),
        ("price", "45,00"),
        ("price", " 45.00"),
        ("price", "\N{ARABIC-INDIC DIGIT FOUR}.00"),
        ("price", "99999999999999999999.00"),
        ("price", None),
        ("currency", "brl"),
        ("currency", "XXX"),
        ("currency", ""),
        ("currency", []),
        ("status", "sold_out"),
        ("status", "ON_SALE"),
        ("status", None),
        ("max_per_order", 0),
        ("max_per_order", False),
        ("max_per_order", "10"),
        ("max_per_customer", 0),
        ("max_per_customer", 1_000_001),
        ("max_per_customer", True),
        ("max_per_customer", "none"),
        ("description", None),
        ("description", "x" * 5001),
        ("description", "a\0b"),
        ("description", "a\r\nb"),
        ("description", "a\u2028b"),
        ("description", "a\u202eb"),
        ("timezone", None),
        ("timezone", ""),
        ("timezone", "Nowhere/City"),
        ("timezone", "america/sao_paulo"),
        ("timezone", "America"),
        ("timezone", "../etc/passwd"),
        ("timezone", "posix/America/Sao_Paulo"),
        ("timezone", "localtime"),
        ("timezone", "-03:00"),
        ("timezone", "x" * 10_000),
        ("timezone", ["UTC"]),
        ("sale_starts_at", "2027-05-01"),
        ("sale_starts_at", "2027-05-01T20:00:00"),
        ("sale_starts_at", 1),
        ("sale_starts_at", "none"),
        ("sale_ends_at", "2027-05-01T20:00:00"),
        ("sale_ends_at", "2999-05-01T20:00:00Z"),
        ("doors_at", False),
        ("doors_at", "2999-05-01T20:00:00Z"),
        ("id", "mine"),
        ("available", 3),
        ("created_at", "2027-05-01T20:00:00Z"),
    ],
)
def test_a_wrong_field_is_named(service: Service, field: str, value: Any) -> None:
    """Each fault names its field, at creation and at a change, also beside another one; nothing is created or changed."""
    event = create_event(service)
    assert set(faults(post_event(service, **{field: value}))) == {field}
    assert set(faults(patch_event(service, event, {field: value}))) == {field}
    beside = "name" if field == "capacity" else "capacity"
    assert set(faults(post_event(service, **{field: value, beside: 0}))) == {field, beside}
    assert set(faults(patch_event(service, event, {field: value, beside: 0}))) == {field, beside}
    assert json_of(service.client.get("/events"))["items"] == [event]


@pytest.mark.parametrize(("change", "told"), [({}, 1), ({"notify_buyers": True}, 1), ({"notify_buyers": False}, 0)])
def test_buyers_hear_of_a_change_of_place(service: Service, change: Json, told: int) -> None:
    """Unless the change says that they are not to be notified, which no event shows."""
    event = create_event(service)
    order = buy(service, event)
    moved = json_of(patch_event(service, event, {"location": "The Globe", **change}))
    assert moved == event | {"location": "The Globe", "available": moved["available"]}

    assert service.box_office.sweep().announced == told
    service.box_office.deliver()
    mailed = [str(entry.sentence) for entry in service.assembly.organiser.explain(order["id"])]
    assert mailed.count("Mailed to the buyer: the event's change of date or place.") == told


@pytest.mark.parametrize("value", [None, 1, "false", []])
def test_whether_buyers_are_notified_is_a_flag(service: Service, value: Any) -> None:
    """Of a change alone: a new event has no buyers."""
    event = create_event(service)
    assert set(faults(patch_event(service, event, {"notify_buyers": value}))) == {"notify_buyers"}
    assert set(faults(post_event(service, notify_buyers=True))) == {"notify_buyers"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x"),
        ("name", "🎭" * 200),
        ("description", ""),
        ("description", "🎭" * 5000),
        ("description", "Two lines,\n\tof which one is indented.\n"),
        ("timezone", "America/Argentina/Buenos_Aires"),
        ("timezone", "Etc/GMT+12"),
        ("location", "x" * 200),
        ("capacity", 1),
        ("capacity", 1_000_000),
    ],
)
def test_the_limits_themselves_are_allowed(service: Service, field: str, value: Any) -> None:
    """A field may hold as little and as much as the contract says."""
    assert create_event(service, **{field: value})[field] == value


@pytest.mark.parametrize("field", ["name", "date", "location", "capacity", "price"])
def test_a_missing_field_is_named(service: Service, field: str) -> None:
    """A field without a default is required."""
    body = {name: value for name, value in CONCERT.items() if name != field}
    response = service.client.post("/events", json=body, headers=ADMIN)
    assert faults(response) == {field: "is required"}


def test_every_fault_of_a_new_event_comes_at_once(service: Service) -> None:
    """A request is corrected in one step."""
    body = {"name": "", "location": 7, "capacity": 0, "price": "1", "status": "x", "color": "red"}
    found = faults(service.client.post("/events", json=body, headers=ADMIN))
    assert set(found) == {"name", "date", "location", "capacity", "price", "status", "color"}


def test_every_fault_of_a_change_comes_at_once(service: Service, event: Json) -> None:
    """A wrong price is reported beside the other faults."""
    assert set(faults(patch_event(service, event, {"name": "", "price": "abc"}))) == {"name", "price"}


def test_a_wrong_currency_does_not_put_the_price_in_the_wrong(service: Service) -> None:
    """A price whose currency is unknown cannot be judged."""
    assert set(faults(post_event(service, price="1500", currency="yen"))) == {"currency"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Last Night"},
        {"date": "2028-05-01T20:00:00.000Z"},
        {"location": "Garden"},
        {"price": "50.00"},
        {"price": "5000", "currency": "JPY"},
        {"currency": "BRL"},
        {"status": "draft"},
        {"status": "closed"},
        {"status": "cancelled"},
        {"max_per_order": 3},
        {"max_per_customer": 3},
        {"sale_starts_at": "2027-04-01T09:00:00.000Z"},
        {"sale_ends_at": "2027-05-01T20:00:00.000Z"},
        {"doors_at": "2027-05-01T19:00:00.000Z"},
        {"sale_starts_at": None, "sale_ends_at": None, "doors_at": None},
        {"description": "An evening\nof two lines."},
        {"timezone": "Europe/London"},
        {"name": "Last Night", "location": "Garden"},
        {},
    ],
)
def test_any_subset_of_the_fields_can_be_changed(service: Service, event: Json, change: Json) -> None:
    """The response and the next request show the change and no other."""
    assert json_of(patch_event(service, event, change)) == event | change
    assert json_of(service.client.get(f"/events/{event['id']}", headers=ADMIN)) == event | change


def test_times_that_do_not_go_together_are_named(service: Service, event: Json) -> None:
    """Each fault names its field, together with those of other fields, at creation and at a change."""
    late = {"sale_starts_at": "2027-06-02T00:00:00Z", "sale_ends_at": "2027-06-02T00:00:00Z"}
    wrong = {**late, "doors_at": "2027-06-02T00:00:00Z", "price": "45.000"}
    for response in (post_event(service, **wrong), patch_event(service, event, wrong)):
        assert set(faults(response)) == {*wrong}
    patch_event(service, event, {"doors_at": "2027-05-01T20:00:00Z"})
    found = faults(patch_event(service, event, {"date": "2027-05-01T19:00:00Z"}))
    assert found == {"doors_at": "must not be after date"}


def test_a_date_in_the_past_has_to_be_meant(service: Service, event: Json) -> None:
    """It is refused at creation and at a change of it, unless ``allow_past`` stands beside it, which no event shows."""
    past = {"date": "2026-12-31T23:59:59.999Z"}
    for response in (post_event(service, **past), patch_event(service, event, past)):
        assert faults(response) == {"date": "is in the past; with allow_past it is accepted"}
    assert faults(post_event(service, date="2027-01-01T00:00:00Z")).keys() == {"date"}
    assert json_of(post_event(service, **past, allow_past=True), 201).keys() == EVENT_KEYS
    assert json_of(patch_event(service, event, past | {"allow_past": True})) == event | past
    assert json_of(patch_event(service, event, past | {"name": "Lear"})) == event | past | {"name": "Lear"}
    assert faults(patch_event(service, event, {"allow_past": "yes"})).keys() == {"allow_past"}


def test_time_alone_changes_nothing_of_an_event(service: Service) -> None:
    """Its response and tag stay as they are while its sale starts and ends and its doors open, and it stays listed."""
    times = {"sale_starts_at": "2027-02-01T00:00:00Z", "sale_ends_at": "2027-03-01T00:00:00Z"}
    event = create_event(service, **times, doors_at="2027-04-01T00:00:00Z")
    first = service.client.get(f"/events/{event['id']}")
    for _ in range(3):
        service.clock.move(timedelta(days=31))
        shown = service.client.get(f"/events/{event['id']}")
        assert (json_of(shown), shown.headers["ETag"]) == (json_of(first), first.headers["ETag"])
        assert [each["id"] for each in json_of(service.client.get("/events"))["items"]] == [event["id"]]


def test_capacity_moves_what_is_available(service: Service, event: Json) -> None:
    """Places are added and taken away, down to those sold and reserved."""
    buy(service, event, 2)
    reserve(service, event, 1)
    assert json_of(patch_event(service, event, {"capacity": 20}))["available"] == 17
    assert json_of(patch_event(service, event, {"capacity": 3}))["available"] == 0
    assert available(service, event) == 0


def test_a_capacity_below_what_is_taken_is_refused(service: Service, event: Json) -> None:
    """Sold and reserved places cannot be taken away."""
    buy(service, event, 2)
    reserve(service, event, 1)
    problem(patch_event(service, event, {"capacity": 2}), "capacity_in_use")
    assert available(service, event) == 7


def test_the_currency_is_fixed_once_an_order_exists(service: Service, event: Json) -> None:
    """Even a cancelled order fixes it; the price in the same currency may change."""
    order = reserve(service, event)
    json_of(service.client.delete(f"/orders/{order['id']}"))
    assert set(faults(patch_event(service, event, {"currency": "JPY", "price": "100"}))) == {"currency"}
    assert json_of(patch_event(service, event, {"currency": "BRL", "price": "1.00"}))["price"] == "1.00"


def test_a_new_currency_needs_a_new_price(service: Service, event: Json) -> None:
    """No price is carried over into another currency."""
    assert set(faults(patch_event(service, event, {"currency": "USD"}))) == {"price"}


def test_a_new_price_is_for_new_orders(service: Service, event: Json) -> None:
    """An order keeps the total that it was reserved for."""
    before = reserve(service, event, 2)
    patch_event(service, event, {"price": "1.00"})
    assert json_of(service.client.get(f"/orders/{before['id']}"))["total_amount"] == "90.00"
    assert reserve(service, event, 2)["total_amount"] == "2.00"


def test_the_largest_price_can_be_sold(service: Service) -> None:
    """A price that may be set is one that an order of several tickets can have."""
    response = post_event(service, price="9999999999999.99")
    if response.status_code == 201:
        assert post_order(service, json_of(response, 201), 2).status_code == 201
    else:
        assert set(faults(response)) == {"price"}


def test_a_change_for_the_version_that_was_seen_is_made(service: Service) -> None:
    """``If-Match`` with the current ``ETag`` changes the event and its ``ETag``."""
    created = post_event(service)
    event = json_of(created, 201)
    changed = patch_event(service, event, {"name": "Last Night"}, If_Match=created.headers["ETag"])
    assert json_of(changed)["name"] == "Last Night"
    assert changed.headers["ETag"] != created.headers["ETag"]
    assert service.client.get(f"/events/{event['id']}").headers["ETag"] == changed.headers["ETag"]


def test_a_change_for_an_older_version_is_stale(service: Service) -> None:
    """Two admins who change the same version do not overwrite each other."""
    created = post_event(service)
    event = json_of(created, 201)
    json_of(patch_event(service, event, {"name": "first"}, If_Match=created.headers["ETag"]))
    problem(patch_event(service, event, {"name": "second"}, If_Match=created.headers["ETag"]), "stale_version")
    assert json_of(service.client.get(f"/events/{event['id']}"))["name"] == "first"


@pytest.mark.parametrize("form", ['W/"{}"', '"{}-gzip"', 'W/"{}-gzip"', '"{};br"', '"{}--gzip"', '"0", W/"{}"'])
def test_a_version_that_a_proxy_has_marked_is_the_version_that_it_was(service: Service, form: str) -> None:
    """Proxies that compress make a tag weak or append to it; the current one counts, an older one is stale."""
    created = post_event(service)
    event = json_of(created, 201)
    marked = form.format(created.headers["ETag"].strip('"'))
    json_of(patch_event(service, event, {"name": "first"}, If_Match=marked))
    problem(patch_event(service, event, {"name": "second"}, If_Match=marked), "stale_version")


@pytest.mark.parametrize("tag", ['"1x"', '"x1"', '"-gzip"', '"gzip-1"', '"11"', '""', "W/", '"1 gzip"'])
def test_another_tag_is_stale(service: Service, tag: str) -> None:
    """Nothing else is taken for the current version."""
    event = json_of(post_event(service), 201)
    problem(patch_event(service, event, {"name": "other"}, If_Match=tag), "stale_version")


def test_sales_do_not_make_a_version_stale(service: Service) -> None:
    """An admin can change an event while it sells."""
    created = post_event(service)
    event = json_of(created, 201)
    buy(service, event)
    json_of(patch_event(service, event, {"name": "Last Night"}, If_Match=created.headers["ETag"]))


@pytest.mark.parametrize("if_match", ["*", '"{}"', '"99", "{}"', '"{}","x"'])
def test_if_match_admits_a_star_and_a_list(service: Service, if_match: str) -> None:
    """``*`` is any version; of a list, one has to be the current one (RFC 9110, 13.1.1)."""
    created = post_event(service)
    tag = created.headers["ETag"].strip('"')
    response = patch_event(service, json_of(created, 201), {"name": "new"}, If_Match=if_match.format(tag))
    assert json_of(response)["name"] == "new"


@pytest.mark.parametrize("if_match", ['"99"', '"98", "99"', "garbage", '"', "", ",", '"{}', "é", '"*"'])
def test_if_match_without_the_current_version_is_stale(service: Service, if_match: str) -> None:
    """Another tag, a weak one, or garbage changes nothing."""
    created = post_event(service)
    event = json_of(created, 201)
    tag = created.headers["ETag"].strip('"')
    problem(patch_event(service, event, {"name": "new"}, If_Match=if_match.format(tag)), "stale_version")
    assert json_of(service.client.get(f"/events/{event['id']}")) == event


def test_only_admins_write_events(service: Service, event: Json) -> None:
    """Without a key 401, with a gate's key 403, and nothing happens."""
    for headers, code in (({}, "unauthorized"), (GATE, "forbidden")):
        problem(service.client.post("/events", json=CONCERT, headers=headers), code)
        problem(service.client.patch(f"/events/{event['id']}", json={"name": "x"}, headers=headers), code)
    assert json_of(service.client.get("/events"))["items"] == [event]


def test_nothing_is_sold_once_an_event_has_begun(service: Service, event: Json) -> None:
    """An event begins exactly at its date."""
    service.clock.moment = service.clock.moment.replace(month=5, day=1, hour=20) - timedelta(milliseconds=1)
    reserve(service, event)
    service.clock.move(timedelta(milliseconds=1))
    problem(post_order(service, event), "sales_closed")


def test_a_draft_is_shown_to_admins_alone(service: Service) -> None:
    """Without an admin key it is not found, as in the list."""
    draft = create_event(service, status="draft")
    for headers in ({}, GATE, {"Authorization": "Bearer nothing"}):
        problem(service.client.get(f"/events/{draft['id']}", headers=headers), "event_not_found")
    assert json_of(service.client.get(f"/events/{draft['id']}", headers=ADMIN)) == draft


def test_a_summary_shows_sales_money_and_gates() -> None:
    """Over HTTP as on the ledger: a paid order, one refunded, one reserved and one ticket used."""
    service = serve()
    event = create_event(service)
    kept, returned = buy(service, event), buy(service, event)
    reserve(service, event)
    refund(service, returned)
    work(service)
    scan(service, tickets_of(service, kept)[0]["qr_code"], gate="North")
    found = json_of(service.client.get(f"/events/{event['id']}/summary", headers=ADMIN))
    assert found == {
        "event_id": event["id"],
        "capacity": 10,
        "available": 8,
        "reserved": 1,
        "sold": 1,
        "admitted": 1,
        "takings": "90.00",
        "refunded": "45.00",
        "currency": "BRL",
        "gates": {"North": 1},
        "double_admissions": [],
    }
    problem(service.client.get("/events/none/summary", headers=ADMIN), "event_not_found")


def test_a_refund_of_an_event_refunds_every_paid_order() -> None:
    """It is accepted at once, done in the background, and safe to repeat."""
    service = serve()
    event = create_event(service)
    sold = [buy(service, event) for _ in range(2)]
    reserved = reserve(service, event)
    path = f"/events/{event['id']}/refund"

    assert json_of(service.client.post(path, headers=ADMIN), 202) == {"orders": 2}
    assert service.box_office.sweep().refunds == 2
    work(service)

    shown = [json_of(service.client.get(f"/orders/{order['id']}")) for order in (*sold, reserved)]
    assert [order["status"] for order in shown] == ["refunded", "refunded", "reserved"]
    assert [order["payment"]["status"] for order in shown[:2]] == ["refunded", "refunded"]
    assert json_of(service.client.post(path, headers=ADMIN, json={}), 202) == {"orders": 0}
    problem(service.client.post("/events/none/refund", headers=ADMIN), "event_not_found")
    problem(service.client.post(path, headers=ADMIN, json={"tickets": [1]}), "invalid_request")
