"""Attendees over HTTP: pages of JSON, and one CSV for spreadsheets that is sent while it is read."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.entrypoints.http import (
    ADMIN,
    BUYER,
    GATE,
    Json,
    Service,
    buy,
    create_event,
    faults,
    json_of,
    post_payment,
    problem,
    refund,
    reserve,
    scan,
    serve,
    tickets_of,
    work,
)
from ticketcore import Attendee, AttendeePage, TicketCode, TicketStatus, Unavailable
from ticketcore.domain import ids
from ticketcore.domain.attendees import Cursor
from ticketcore.domain.ids import EventId
from ticketcore.domain.retention import FORGOTTEN
from ticketcore_memory import MemoryLedger, MemoryTickets
from ticketcore_wire import attendee_csv

#: The contract's, in its order.
MEMBERS = [
    "number",
    "of",
    "ticket_code",
    "customer_email",
    "status",
    "validation_date",
    "gate",
    "paid_at",
    "order",
]
CSV = {"Accept": "text/csv"}
ATTENDEE = Attendee(
    1,
    2,
    TicketCode("7QXK2-M3PTV"),
    BUYER,
    TicketStatus.USED,
    datetime(2027, 5, 1, 22, 0, 1, 500_000, tzinfo=UTC),
    "North",
    datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
    "0" * 16,
)


@pytest.fixture
def service() -> Service:
    """Return a fresh service."""
    return serve()


@pytest.fixture
def event(service: Service) -> Json:
    """Return an event in a zone with summer time."""
    return create_event(service, timezone="Europe/London", capacity=100)


def page_of(service: Service, event: Json, query: str = "") -> Json:
    page = json_of(service.client.get(f"/events/{event['id']}/attendees{query}", headers=ADMIN))
    assert set(page) == {"items", "next_cursor"}
    return page


def spreadsheet(service: Service, event: Json) -> list[dict[str, str]]:
    """Return the lines of the CSV as a spreadsheet reads them."""
    response = service.client.get(f"/events/{event['id']}/attendees.csv", headers=ADMIN)
    assert response.status_code == 200
    return [*csv.DictReader(io.StringIO(response.text, newline=""))]


def test_attendees_have_the_members_of_the_contract(service: Service, event: Json) -> None:
    """A used ticket beside one that is not, each of the order that its digest names."""
    order = buy(service, event, 2)
    json_of(scan(service, tickets_of(service, order)[1]["qr_code"], gate="North"))
    first, second = page_of(service, event)["items"]
    assert list(first) == list(second) == MEMBERS
    paid_at = first.pop("paid_at")
    assert first == {
        "number": 1,
        "of": 2,
        "ticket_code": order["ticket_code"],
        "customer_email": BUYER,
        "status": "valid",
        "validation_date": None,
        "gate": None,
        "order": ids.digest(order["id"]),
    }
    assert paid_at.endswith("Z")
    assert (second["status"], second["gate"], second["number"]) == ("used", "North", 2)
    assert second["validation_date"].endswith("Z")


def test_no_attendee_shows_an_id_of_order_or_ticket(service: Service, event: Json) -> None:
    """These are credentials of their holders."""
    order = buy(service, event)
    [ticket] = tickets_of(service, order)
    for ending in ("", ".csv"):
        text = service.client.get(f"/events/{event['id']}/attendees{ending}", headers=ADMIN).text
        assert order["id"] not in text
        assert ticket["id"] not in text


def test_the_time_of_payment_is_that_of_the_charge(service: Service, event: Json) -> None:
    """Neither that of the reservation nor that of the confirmation."""
    order = reserve(service, event)
    service.clock.move(timedelta(minutes=1))
    post_payment(service, order)
    service.clock.move(timedelta(minutes=1))
    charged = service.clock.now()
    work(service)
    [attendee] = page_of(service, event)["items"]
    assert datetime.fromisoformat(attendee["paid_at"]) == charged


def test_pages_of_attendees_are_stable_while_orders_arrive(service: Service, event: Json) -> None:
    """Each ticket of an order that stays paid is on one page, also where a page ends within an order."""
    orders = []
    for quantity in (3, 1, 2):
        orders.append(buy(service, event, quantity))
        service.clock.move(timedelta(milliseconds=1))
    expected = [(ids.digest(order["id"]), number + 1) for order in orders for number in range(order["quantity"])]
    for limit in (1, 2, 4, 6, 7):
        found, cursor = [], ""
        while True:
            page = page_of(service, event, f"?limit={limit}{cursor}")
            assert len(page["items"]) <= limit
            found += [(each["order"], each["number"]) for each in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={quote(page['next_cursor'])}"
            reserve(service, event)
        assert found == expected


def test_only_paid_orders_have_attendees(service: Service, event: Json) -> None:
    """Neither reserved nor refunded ones."""
    reserve(service, event)
    json_of(refund(service, buy(service, event)))
    assert page_of(service, event) == {"items": [], "next_cursor": None}
    assert spreadsheet(service, event) == []


def test_attendees_are_for_admins(service: Service, event: Json) -> None:
    """For nothing else a key is good."""
    for ending in ("", ".csv"):
        address = f"/events/{event['id']}/attendees{ending}"
        problem(service.client.get(address), "unauthorized")
        problem(service.client.get(address, headers=GATE), "forbidden")
        for name in ("nothing", "No%20Id", "x" * 100):
            problem(service.client.get(f"/events/{name}/attendees{ending}", headers=ADMIN), "event_not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", f"cursor={quote('WyJ4Il0')}", "what=1"])
def test_wrong_queries_are_refused(service: Service, event: Json, query: str) -> None:
    """With the name of the field."""
    response = service.client.get(f"/events/{event['id']}/attendees?{query}", headers=ADMIN)
    assert set(faults(response)) == {query.partition("=")[0]}


def test_cursors_of_other_lists_are_refused(service: Service, event: Json) -> None:
    """A list of orders ends its pages elsewhere."""
    for _ in range(2):
        reserve(service, event)
    cursor = json_of(service.client.get("/orders?limit=1", headers=ADMIN))["next_cursor"]
    response = service.client.get(f"/events/{event['id']}/attendees?cursor={quote(cursor)}", headers=ADMIN)
    assert set(faults(response)) == {"cursor"}


# CSV


def test_the_csv_has_all_attendees_in_local_time(service: Service, event: Json) -> None:
    """However many pages there are; a spreadsheet reads what JSON says, but for the offset of times."""
    orders = [buy(service, event, 10) for _ in range(6)]
    json_of(scan(service, tickets_of(service, orders[0])[0]["qr_code"], gate="Nørth"))
    found = spreadsheet(service, event)
    listed = page_of(service, event, "?limit=100")["items"]
    assert len(found) == len(listed) == 60
    for line, item in zip(found, listed, strict=True):
        assert list(line) == MEMBERS
        for name in ("validation_date", "paid_at"):
            time, expected = line.pop(name), item.pop(name)
            assert (time == "") is (expected is None)
            assert expected is None or datetime.fromisoformat(time) == datetime.fromisoformat(expected)
        assert line == {name: "" if value is None else str(value) for name, value in item.items()}


def test_the_csv_is_what_rfc_4180_says(service: Service, event: Json) -> None:
    """Lines end with CR LF, the first is the header, and the file has a name without anything strange."""
    buy(service, event)
    response = service.client.get(f"/events/{event['id']}/attendees.csv", headers=ADMIN)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="attendees-{event["id"]}.csv"'
    assert response.data.count(b"\r\n") == response.data.count(b"\n") == 2
    assert response.data.startswith(",".join(MEMBERS).encode() + b"\r\n")


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv", True),
        ("text/csv; q=0.9, application/json; q=0.1", True),
        ("text/*", True),
        ("application/json, text/csv", False),
        ("*/*", False),
        ("", False),
        ("image/png", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
    ],
)
def test_csv_is_what_is_asked_for(service: Service, event: Json, accept: str, is_csv: bool) -> None:
    """By ``Accept``; JSON if the client wants both alike or says nothing."""
    buy(service, event)
    response = service.client.get(f"/events/{event['id']}/attendees", headers=ADMIN | {"Accept": accept})
    assert response.status_code == 200
    assert (response.mimetype == "text/csv") is is_csv
    assert response.headers["Vary"] == "Accept"
    if is_csv:
        assert response.data == service.client.get(f"/events/{event['id']}/attendees.csv", headers=ADMIN).data


def test_a_csv_is_no_page(service: Service, event: Json) -> None:
    """A limit and a cursor are refused beside it, and so is a key in the address."""
    address = f"/events/{event['id']}/attendees"
    assert set(faults(service.client.get(f"{address}?limit=1", headers=ADMIN | CSV))) == {"limit"}
    assert set(faults(service.client.get(f"{address}.csv?cursor=x", headers=ADMIN))) == {"cursor"}


@pytest.mark.parametrize("headers", [ADMIN, ADMIN | CSV])
@pytest.mark.parametrize("ending", ["", ".csv"])
def test_head_has_the_headers_alone(service: Service, event: Json, ending: str, headers: dict[str, str]) -> None:
    """Those of GET."""
    buy(service, event)
    address = f"/events/{event['id']}/attendees{ending}"
    head, got = (service.client.open(address, method=method, headers=headers) for method in ("HEAD", "GET"))
    assert (head.status_code, head.data) == (200, b"")
    assert {*head.headers} - {*got.headers} == set()
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@sum(A1)", "'@sum(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\0", "'\0"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20a", "'\uff20a"),
        ("  =1", "'  =1"),
        ("a;=1", "a;'=1"),
        ('a",=1', "a\",'=1"),
        ("a\n@b", "a\n'@b"),
        ("ann@example.com", "ann@example.com"),
        ("ann+tag-x=y@example.com", "ann+tag-x=y@example.com"),
        ("7QXK2-M3PTV", "7QXK2-M3PTV"),
        ("", ""),
    ],
)
def test_a_cell_is_never_a_formula(text: str, cell: str) -> None:
    """Neither in a spreadsheet that takes commas for separators nor in one that takes semicolons or tabs."""
    assert attendee_csv.harmless(text) == cell


@given(st.text(st.sampled_from('=+-@\uff1d\t\r\n\0;," ab'), max_size=8))
def test_no_part_of_a_cell_begins_like_a_formula(text: str) -> None:
    """Whatever separates cells."""
    written = attendee_csv.harmless(text)
    assert [part for part in _split(written) if part.lstrip(" ")[:1] in set("=+-@\uff1d\0")] == []
    assert written.replace("'", "") == text


def _split(text: str) -> Iterator[str]:
    part = ""
    for character in text:
        if character in ';,\t\r\n"':
            yield part
            part = ""
        else:
            part += character
    yield part


def test_an_address_that_is_a_formula_arrives_harmless(service: Service, event: Json) -> None:
    """JSON has it as it is."""
    address = "=cmd|'/C'!A0@example.com"
    order = reserve(service, event, email=address)
    post_payment(service, order)
    work(service)
    assert [each["customer_email"] for each in page_of(service, event)["items"]] == [address]
    assert [each["customer_email"] for each in spreadsheet(service, event)] == [f"'{address}"]


@pytest.mark.parametrize(
    ("timezone", "paid_at", "used_at"),
    [
        ("Europe/London", "2027-01-02T03:04:05.000+00:00", "2027-05-01T23:00:01.500+01:00"),
        ("America/Sao_Paulo", "2027-01-02T00:04:05.000-03:00", "2027-05-01T19:00:01.500-03:00"),
        ("Nowhere/Nothing", "2027-01-02T03:04:05.000+00:00", "2027-05-01T22:00:01.500+00:00"),
    ],
)
def test_times_have_the_offset_of_their_day(timezone: str, paid_at: str, used_at: str) -> None:
    """Summer time is that of each time; a zone that this machine does not know is UTC."""
    [line] = csv.DictReader(attendee_csv.lines([ATTENDEE], timezone))
    assert (line["paid_at"], line["validation_date"]) == (paid_at, used_at)


def test_a_forgotten_address_is_shown_as_it_is_stored(service: Service, event: Json) -> None:
    """The ticket stays."""
    buy(service, event)
    service.box_office.deliver()
    service.clock.move(datetime.fromisoformat(event["date"]) - service.clock.now() + timedelta(days=1))
    service.organiser.forget_customer(BUYER)
    assert [each["customer_email"] for each in spreadsheet(service, event)] == [FORGOTTEN]


# Many attendees


@attrs.define(eq=False)
class ManyAttendees(MemoryTickets):
    """Lists so many attendees of any event, and may then be gone."""

    count: int = 0
    is_lost_behind: int | None = None

    def list(self, event_id: EventId, after: Cursor | None, limit: int) -> AttendeePage:
        begin = 0 if after is None else int(after[1], 16)
        if self.is_lost_behind is not None and begin >= self.is_lost_behind:
            raise Unavailable("ledger", "no answer")
        end = min(begin + limit, self.count)
        items = tuple(attrs.evolve(ATTENDEE, order=f"{number:016x}") for number in range(begin, end))
        return AttendeePage(items, (ATTENDEE.paid_at, f"{end:016x}", 1) if end < self.count else None)


def service_with(count: int, **more: Any) -> tuple[Service, str]:
    """Return a service with so many attendees, and the address of their CSV."""
    service = serve(tickets=ManyAttendees(MemoryLedger(), count, **more))
    return service, f"/events/{create_event(service)['id']}/attendees.csv"


def kept_while_sent(count: int) -> int:
    """Return the most bytes that were kept at once while a CSV of so many lines was sent."""
    service, address = service_with(count)
    response = service.client.get(address, headers=ADMIN, buffered=False)
    tracemalloc.start()
    lines = sum(chunk.count(b"\n") for chunk in response.iter_encoded())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == count + 1
    return most


def test_a_long_csv_is_never_kept_as_a_whole() -> None:
    """Ten times as many lines take no more memory."""
    assert kept_while_sent(30_000) < kept_while_sent(3_000) + 100_000


def test_a_csv_that_breaks_off_ends_without_an_end() -> None:
    """The client sees that there should have been more: no whole response comes."""
    service, address = service_with(10_000, is_lost_behind=2_000)
    response = service.client.get(address, headers=ADMIN, buffered=False)
    assert response.status_code == 200
    assert "Content-Length" not in response.headers
    with pytest.raises(Unavailable):
        b"".join(response.iter_encoded())


def test_a_ledger_that_is_away_from_the_beginning_is_a_problem() -> None:
    """Before anything was sent."""
    service, address = service_with(10_000, is_lost_behind=0)
    problem(service.client.get(address, headers=ADMIN), "unavailable")
