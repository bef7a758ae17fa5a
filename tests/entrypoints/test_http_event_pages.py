"""Lists of events over HTTP: visibility, order and pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from tests.entrypoints.http import (
    ADMIN,
    EVENT_KEYS,
    GATE,
    Json,
    Service,
    create_event,
    faults,
    json_of,
    problem,
    reserve,
)


def listed(service: Service, query: str = "", headers: dict[str, str] | None = None) -> list[Json]:
    page = json_of(service.client.get(f"/events{query}", headers=headers))
    assert set(page) == {"items", "next_cursor"}
    items: list[Json] = page["items"]
    return items


def names(service: Service, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    return [event["name"] for event in listed(service, query, headers)]


def pages(service: Service, query: str, headers: dict[str, str] | None = None) -> Iterator[list[Json]]:
    """Yield every page of a query that has a limit."""
    cursor = ""
    while True:
        page = json_of(service.client.get(f"/events?{query}{cursor}", headers=headers))
        yield page["items"]
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={quote(page['next_cursor'])}"


def test_there_may_be_no_events(service: Service) -> None:
    """An empty list is one page."""
    assert json_of(service.client.get("/events")) == {"items": [], "next_cursor": None}


def test_events_on_sale_come_soonest_first(service: Service) -> None:
    """Without a query, only what is on sale and has not begun is listed."""
    for name, month in (("later", 9), ("soon", 2), ("middle", 5)):
        create_event(service, name=name, date=f"2027-0{month}-01T20:00:00Z")
    create_event(service, name="draft", status="draft")
    create_event(service, name="closed", status="closed")
    create_event(service, name="cancelled", status="cancelled")
    create_event(service, name="begun", date="2027-01-01T00:00:00Z", allow_past=True)
    assert names(service) == ["soon", "middle", "later"]
    service.clock.moment = datetime(2027, 2, 1, 20, tzinfo=UTC)
    assert names(service) == ["middle", "later"]


def test_listed_events_are_whole_and_live(service: Service) -> None:
    """An item has every field of an event, and its free places at this moment."""
    event = create_event(service)
    reserve(service, event, 4)
    [item] = listed(service)
    assert set(item) == EVENT_KEYS
    assert item["available"] == 6


def test_events_after_a_time_can_be_listed(service: Service) -> None:
    """``starts_after`` excludes the time itself and takes any offset, though an unescaped plus arrives as a space."""
    for day in (1, 2, 3):
        create_event(service, name=str(day), date=f"2027-05-0{day}T20:00:00Z")
    assert names(service, "?starts_after=2027-05-01T19:59:59.999Z") == ["1", "2", "3"]
    assert names(service, "?starts_after=2027-05-01T20:00:00Z") == ["2", "3"]
    assert names(service, f"?starts_after={quote('2027-05-01T22:00:00+02:00')}") == ["2", "3"]
    assert names(service, "?starts_after=2027-05-01T22:00:00+02:00") == ["2", "3"]
    assert names(service, "?starts_after=2027-05-01T18:00:00-02:00") == ["2", "3"]
    assert names(service, "?starts_after=2020-01-01T00:00:00Z&status=on_sale") == ["1", "2", "3"]


@pytest.mark.parametrize("status", ["draft", "closed", "cancelled"])
def test_other_statuses_are_for_admins(service: Service, status: str) -> None:
    """A list of what is not on sale needs an admin's key."""
    create_event(service, name="on sale")
    create_event(service, name="hidden", status=status)
    assert names(service, f"?status={status}", ADMIN) == ["hidden"]
    problem(service.client.get(f"/events?status={status}"), "unauthorized")
    problem(service.client.get(f"/events?status={status}", headers=GATE), "forbidden")
    assert names(service, "?status=on_sale") == ["on sale"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("status", ["on_sale", "draft"])
def test_pages_hold_every_event_once(service: Service, limit: int, status: str) -> None:
    """Following the cursors skips and repeats nothing, though several events begin at the same time."""
    dates = ["2027-05-01T20:00:00Z"] * 5 + ["2027-06-01T20:00:00.001Z"] * 4
    made = [create_event(service, date=date, status=status) for date in dates]
    found = list(pages(service, f"limit={limit}&status={status}", ADMIN))
    assert [event for page in found for event in page] == sorted(made, key=lambda event: (event["date"], event["id"]))
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]


def test_fifty_events_are_a_page(service: Service) -> None:
    """The default page holds 50, the largest 100."""
    for _ in range(101):
        create_event(service)
    assert len(listed(service)) == 50
    assert len(listed(service, "?limit=100")) == 100


def test_an_event_created_between_pages_does_not_disturb(service: Service) -> None:
    """Events created before the cursor are not seen, and no other is lost."""
    made = [create_event(service, date=f"2027-05-0{day}T20:00:00Z") for day in range(1, 5)]
    walk = pages(service, "limit=2")
    first = next(walk)
    create_event(service, name="new", date="2027-04-01T20:00:00Z")
    assert first + [event for page in walk for event in page] == made


def _cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "W10",
        "%00",
        "%ff",
        "🎭",
        "=" * 8,
        "x" * 5000,
        _cursor([]),
        _cursor("ab"),
        _cursor(None),
        _cursor(7),
        _cursor({"a": 1, "b": 2}),
        _cursor(["2027-05-01T20:00:00.000Z", 7]),
        _cursor(["2027-05-01T20:00:00.000Z", "a", "b"]),
        _cursor(["2027-05-01T20:00:00", "aaaa"]),
        _cursor(["0001-01-01T00:00:00+23:00", "aaaa"]),
        _cursor(["2027-05-01T20:00:00Z", "aaaa"]),
        _cursor([["2027-05-01T20:00:00.000Z"], "aaaa"]),
        base64.urlsafe_b64encode(b"[" * 100).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_only_a_cursor_of_ours_is_read(service: Service, cursor: str) -> None:
    """A cursor that this service did not write is refused as such."""
    assert set(faults(service.client.get("/events", query_string=f"cursor={quote(cursor, safe='%')}"))) == {"cursor"}


def test_a_cursor_with_something_added_is_refused(service: Service) -> None:
    """A cursor has one spelling."""
    create_event(service)
    create_event(service)
    cursor = json_of(service.client.get("/events?limit=1"))["next_cursor"]
    for other in (f"{cursor}=", f"{cursor} ", cursor[:-1], f"{cursor}A", cursor.swapcase()):
        assert set(faults(service.client.get("/events", query_string={"cursor": other}))) == {"cursor"}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        ("limit=-1", {"limit"}),
        ("limit=1.0", {"limit"}),
        ("limit=", {"limit"}),
        ("limit=%D9%A1", {"limit"}),
        ("limit=1&limit=2", {"limit"}),
        (f"limit={'9' * 5000}", {"limit"}),
        ("status=sold", {"status"}),
        ("status=", {"status"}),
        ("starts_after=2027-05-01T20:00:00", {"starts_after"}),
        ("starts_after=2027-05-01T20:00:00 02:00Z", {"starts_after"}),
        ("starts_after=2027-05-01 20:00:00", {"starts_after"}),
        ("starts_after=2027-05-01T20:00:00++02:00", {"starts_after"}),
        ("color=red", {"color"}),
        ("Limit=1", {"Limit"}),
        ("limit=x&status=y&starts_after=z&cursor=%20&a=b", {"limit", "status", "starts_after", "cursor", "a"}),
    ],
)
def test_a_wrong_query_names_every_fault(service: Service, query: str, fields: set[str]) -> None:
    """Unknown, repeated and wrong parameters are refused, all at once; a bare plus in a query is a space."""
    assert set(faults(service.client.get("/events", query_string=query))) == fields
