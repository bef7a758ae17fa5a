"""Events: what may be created, changed and sold, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import DOORS, DRAFT, EVENT, EVENT_ID, MILLISECOND, NOW, PRICE
from ticketcore.domain import events, timestamps
from ticketcore.domain.events import NO_LIMIT, Event, EventChange, EventDraft, EventFilter, EventStatus
from ticketcore.domain.money import Money
from ticketcore.domain.refusals import CapacityInUse, Fault, InvalidRequest, SalesClosed, SalesNotOpen, StaleVersion
from ticketcore.domain.texts import Text
from ticketcore_testing.strategies import names

#: Values that each field refuses, and the beginning of the message.
BAD_VALUES: list[tuple[str, Any, str]] = [
    ("name", "", "must be a text"),
    ("name", " \t\u3000", "must be a text"),
    ("name", 7, "must be a text"),
    ("name", "x" * 201, "must be at most 200 characters"),
    ("name", "Jazz\nNight", "must not hold"),
    ("name", "Jazz\rNight", "must not hold"),
    ("name", "Jazz\0Night", "must not hold"),
    ("name", "Jazz\x85Night", "must not hold"),
    ("name", "Jazz\N{LINE SEPARATOR}Night", "must not hold"),
    ("name", "Jazz\N{PARAGRAPH SEPARATOR}Night", "must not hold"),
    ("name", "Jazz\ud800Night", "must not hold"),
    ("location", "", "must be a text"),
    ("location", "x" * 201, "must be at most 200 characters"),
    ("location", "Blue\nHall", "must not hold"),
    ("date", datetime(2027, 6, 5), "must be a time with an offset"),
    ("date", "2027-06-05T20:30:00Z", "must be a time with an offset"),
    ("date", datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-3))), "must be"),  # the year 10000 in UTC
    ("date", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3))), "must be"),
    ("capacity", 0, "must be a whole number from 1 to 1000000"),
    ("capacity", -1, "must be a whole number"),
    ("capacity", 1_000_001, "must be a whole number"),
    ("capacity", True, "must be a whole number"),
    ("capacity", 10.0, "must be a whole number"),
    ("capacity", "10", "must be a whole number"),
    ("max_per_order", 0, "must be a whole number from 1 to 1000"),
    ("max_per_order", 1001, "must be a whole number"),
    ("max_per_order", True, "must be a whole number"),
    ("description", "x" * 5001, "must be at most 5000 characters"),
    ("description", 7, "must be a string"),
    ("description", "a\0b", "must not hold control characters"),
    ("timezone", "", "must be a time zone"),
    ("timezone", "../UTC", "must be a time zone"),
    ("timezone", "UTC\n", "must be a time zone"),
    ("timezone", 7, "must be a time zone"),
    ("price", "45", "must be a decimal string"),
    ("price", "-45.00", "must be a decimal string"),
    ("price", "", "must be a decimal string"),
    ("currency", "brl", "must be an ISO 4217 currency code"),
    ("currency", "", "must be an ISO 4217 currency code"),
]

GOOD_VALUES: list[tuple[str, Any]] = [
    ("name", "x"),
    ("name", "x" * 200),
    ("name", "Ângela & Zoë: «Noite» 🎷"),
    ("location", "x" * 200),
    ("description", ""),
    ("description", "x" * 5000),
    ("timezone", "America/Argentina/Buenos_Aires"),
    ("timezone", "Etc/GMT+12"),
    ("capacity", 1),
    ("capacity", 1_000_000),
    ("max_per_order", 1),
    ("max_per_order", 1000),
    ("date", NOW + MILLISECOND),
    *(("status", status) for status in EventStatus),
]


def created(draft: EventDraft) -> Event:
    event = events.create(EVENT_ID, draft, NOW)
    assert isinstance(event, Event)
    return event


def changed(event: Event, *, has_orders: bool = False, revision: int | None = None, **fields: Any) -> object:
    return events.change(event, EventChange(**fields), NOW, has_orders=has_orders, revision=revision)


def test_a_new_event_is_all_free() -> None:
    """A draft without faults becomes an event of version 0 with every place available."""
    assert created(DRAFT) == EVENT
    assert EVENT.available == EVENT.capacity
    assert (EVENT.version, EVENT.revision) == (0, 1)


def test_a_draft_needs_no_more_than_it_must() -> None:
    """The currency is the real, the event is on sale, and ten may be bought at once, unless it says otherwise."""
    event = created(EventDraft("Jazz Night", DOORS, "Blue Hall", 100, "45.00"))

    assert (event.price, event.status, event.max_per_order) == (PRICE, EventStatus.ON_SALE, 10)
    assert (event.description, event.timezone) == ("", "UTC")


def test_a_draft_without_a_time_zone_is_in_the_given_one() -> None:
    """One that names a zone keeps it."""
    default, named = (
        events.create(EVENT_ID, attrs.evolve(DRAFT, timezone=zone), NOW, "Europe/London") for zone in (None, "UTC")
    )
    assert isinstance(default, Event)
    assert isinstance(named, Event)
    assert (default.timezone, named.timezone) == ("Europe/London", "UTC")


def test_an_event_can_be_free() -> None:
    """A price of nothing is a price."""
    assert created(attrs.evolve(DRAFT, price="0.00")).price.minor == 0


@pytest.mark.parametrize(("field", "value"), GOOD_VALUES)
def test_the_limits_themselves_are_allowed(field: str, value: Any) -> None:
    """What stands exactly at a limit is accepted, in a draft and in a change."""
    assert getattr(created(attrs.evolve(DRAFT, **{field: value})), field) == value
    assert getattr(changed(EVENT, **{field: value}), field) == value


@pytest.mark.parametrize(("field", "value", "message"), BAD_VALUES)
def test_a_bad_value_in_a_draft_is_a_fault(field: str, value: Any, message: str) -> None:
    """The fault names its field and says what would be right."""
    refusal = events.create(EVENT_ID, attrs.evolve(DRAFT, **{field: value}), NOW)

    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == [field]
    assert refusal.errors[0].message.startswith(message)


@pytest.mark.parametrize(("field", "value", "message"), BAD_VALUES)
def test_a_bad_value_in_a_change_is_a_fault(field: str, value: Any, message: str) -> None:
    """An event cannot be changed into what could not be created."""
    refusal = changed(EVENT, **{field: value})

    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == [field]
    assert refusal.errors[0].message.startswith(message)


def test_every_fault_is_told_at_once() -> None:
    """A request is corrected in one go, not one field at a time."""
    wrong = EventDraft("", cast("Any", "soon"), "\n", 0, "free", max_per_order=0)
    refusal = events.create(EVENT_ID, wrong, NOW)
    also = events.change(
        EVENT, EventChange("", cast("Any", "soon"), "\n", 0, "free", max_per_order=0), NOW, has_orders=True
    )

    assert isinstance(refusal, InvalidRequest)
    assert refusal == also
    assert {fault.field for fault in refusal.errors} == {
        "name",
        "date",
        "location",
        "capacity",
        "price",
        "max_per_order",
    }


@given(names, names)
def test_any_printable_name_is_kept_as_written(name: str, location: str) -> None:
    """No script and no symbol is refused or altered."""
    event = created(attrs.evolve(DRAFT, name=name, location=location))

    assert (event.name, event.location) == (name, location)


def test_dates_are_kept_in_utc_and_whole_milliseconds() -> None:
    """Whatever offset an admin writes, every store keeps and every mail shows the same time."""
    written = datetime(2027, 6, 5, 22, 30, 0, 1999, timezone(timedelta(hours=2)))
    event = changed(EVENT, date=written)

    assert isinstance(event, Event)
    for date in (created(attrs.evolve(DRAFT, date=written)).date, event.date):
        assert (date, date.tzinfo) == (timestamps.whole_milliseconds(written), UTC)


def test_a_change_of_nothing_changes_nothing() -> None:
    """``None`` leaves a field as it is, and so does the value that it has: repeating a change does no more."""
    assert changed(EVENT) == EVENT
    assert changed(EVENT, name=EVENT.name, capacity=EVENT.capacity) == EVENT


def test_the_version_follows_the_places() -> None:
    """Another capacity is a new version; the same one, or another name, is not."""
    event = attrs.evolve(EVENT, version=7)

    assert changed(event, capacity=99) == attrs.evolve(event, capacity=99, version=8, revision=2)
    assert changed(event, capacity=100) == event
    assert changed(event, name="Blues Night") == attrs.evolve(event, name="Blues Night", revision=2)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 200))
def test_a_capacity_is_never_below_what_is_taken(held: int, sold: int, capacity: int) -> None:
    """The places that are held and sold set the least capacity, and exactly that many are enough."""
    outcome = changed(attrs.evolve(EVENT, held=held, sold=sold), capacity=capacity)

    if capacity < held + sold:
        assert outcome == CapacityInUse(held + sold)
    else:
        assert isinstance(outcome, Event)
        assert outcome.available == capacity - held - sold


@pytest.mark.parametrize("has_orders", [False, True])
def test_the_price_can_change_within_its_currency(has_orders: bool) -> None:
    """Naming the currency that the event has is no change of it, whether or not there are orders."""
    dearer = attrs.evolve(EVENT, price=PRICE.times(2), revision=2)

    assert changed(EVENT, has_orders=has_orders, price="90.00") == dearer
    assert changed(EVENT, has_orders=has_orders, price="90.00", currency="BRL") == dearer
    assert changed(EVENT, has_orders=has_orders, currency="BRL") == EVENT


def test_the_currency_is_fixed_once_orders_exist() -> None:
    """Before the first order it may change, after it no more."""
    in_yen = attrs.evolve(EVENT, price=Money.parse("900", "JPY"), revision=2)

    assert changed(EVENT, price="900", currency="JPY") == in_yen
    assert changed(EVENT, has_orders=True, price="900", currency="JPY") == InvalidRequest(
        (Fault("currency", Text("is fixed once an order exists")),)
    )


def test_another_currency_needs_another_price() -> None:
    """Forty-five reais do not become forty-five yen by themselves."""
    assert changed(EVENT, currency="JPY") == InvalidRequest((Fault("price", Text("must be set again in JPY")),))


def test_a_stale_revision_is_refused_before_all_else() -> None:
    """Who has not seen the event as it is cannot change it, not even wrongly."""
    event = attrs.evolve(EVENT, revision=3, held=50)

    for seen in (2, 4):
        assert changed(event, revision=seen, name="Blues Night") == StaleVersion()
        assert changed(event, revision=seen, name="") == StaleVersion()
        assert changed(event, revision=seen, capacity=1) == StaleVersion()
    assert changed(event, revision=3, name="Blues Night") == attrs.evolve(event, name="Blues Night", revision=4)


def test_faults_are_told_before_capacity_in_use() -> None:
    """A field that is wrong by itself is reported first."""
    assert isinstance(changed(attrs.evolve(EVENT, sold=50), name="", capacity=1), InvalidRequest)


@pytest.mark.parametrize("status", EventStatus)
def test_only_an_event_on_sale_is_open(status: EventStatus) -> None:
    """A draft, a closed and a cancelled event sell nothing, and say which they are."""
    refusal = events.closed_to_buyers(attrs.evolve(EVENT, status=status), NOW)

    assert refusal == (None if status is EventStatus.ON_SALE else SalesClosed(status.value))


def test_sales_end_when_the_event_begins() -> None:
    """One millisecond before its date it is on sale, at its date it has begun."""
    assert events.closed_to_buyers(EVENT, DOORS - MILLISECOND) is None
    assert events.closed_to_buyers(EVENT, DOORS) == SalesClosed("begun")
    assert events.closed_to_buyers(EVENT, DOORS + MILLISECOND) == SalesClosed("begun")


def test_a_sale_has_a_start_and_an_end() -> None:
    """It is open in [start, end); the status comes first, and from its date on an event has begun."""
    event = attrs.evolve(EVENT, sale_starts_at=NOW, sale_ends_at=NOW + 2 * MILLISECOND)

    assert events.closed_to_buyers(event, NOW - MILLISECOND) == SalesNotOpen(NOW, EVENT.timezone)
    assert events.closed_to_buyers(event, NOW) is None
    assert events.closed_to_buyers(event, NOW + MILLISECOND) is None
    assert events.closed_to_buyers(event, NOW + 2 * MILLISECOND) == SalesClosed("ended")
    assert events.closed_to_buyers(event, DOORS) == SalesClosed("begun")
    draft = attrs.evolve(event, status=EventStatus.DRAFT)
    assert events.closed_to_buyers(draft, NOW - MILLISECOND) == SalesClosed("draft")


_BEFORE, _AFTER = DOORS - MILLISECOND, DOORS + MILLISECOND


@pytest.mark.parametrize(
    ("times", "faults"),
    [
        ({"sale_starts_at": _BEFORE, "sale_ends_at": DOORS, "doors_at": DOORS}, {}),
        ({"sale_starts_at": _BEFORE}, {}),
        ({"sale_starts_at": DOORS}, {"sale_starts_at": "must be before date"}),
        ({"sale_starts_at": _BEFORE, "sale_ends_at": _BEFORE}, {"sale_starts_at": "must be before sale_ends_at"}),
        ({"sale_ends_at": _AFTER}, {"sale_ends_at": "must not be after date"}),
        ({"doors_at": _AFTER}, {"doors_at": "must not be after date"}),
        (
            {"sale_starts_at": _AFTER, "sale_ends_at": _AFTER, "doors_at": _AFTER},
            {
                "sale_starts_at": "must be before sale_ends_at",
                "sale_ends_at": "must not be after date",
                "doors_at": "must not be after date",
            },
        ),
        ({"sale_starts_at": DOORS.replace(tzinfo=None)}, {"sale_starts_at": "must be a time with an offset"}),
    ],
)
def test_the_times_of_an_event_go_together(times: dict[str, Any], faults: dict[str, str]) -> None:
    """A sale starts before it ends, and neither its end nor the doors come after the date; every fault is named."""
    draft = attrs.evolve(DRAFT, name="", **times)
    for refusal in (events.create(EVENT_ID, draft, NOW), changed(EVENT, name="", **times)):
        assert isinstance(refusal, InvalidRequest)
        assert {fault.field: fault.message for fault in refusal.errors if fault.field != "name"} == faults
        assert len(refusal.errors) == len(faults) + 1


def test_a_change_of_times_is_checked_with_those_that_stay() -> None:
    """A date that comes before the doors is refused until the doors are changed with it, or taken away."""
    event = attrs.evolve(EVENT, doors_at=DOORS, sale_ends_at=DOORS)
    early = EventChange(date=DOORS - MILLISECOND)
    refusal = events.change(event, early, NOW, has_orders=True)
    assert isinstance(refusal, InvalidRequest)
    assert [fault.field for fault in refusal.errors] == ["sale_ends_at", "doors_at"]

    moved = attrs.evolve(early, doors_at=DOORS - MILLISECOND, sale_ends_at=NO_LIMIT)
    outcome = events.change(event, moved, NOW, has_orders=True)

    assert isinstance(outcome, Event)
    assert (outcome.sale_ends_at, outcome.doors_at) == (None, DOORS - MILLISECOND)


@pytest.mark.parametrize(("early", "is_past"), [(MILLISECOND, False), (0 * MILLISECOND, True), (-MILLISECOND, True)])
def test_a_date_in_the_past_has_to_be_meant(early: timedelta, is_past: bool) -> None:
    """From its date on an event cannot be created with it or moved to it, unless ``allow_past`` says so."""
    date = NOW + early
    for allow in (False, True):
        outcomes = [
            events.create(EVENT_ID, attrs.evolve(DRAFT, date=date, allow_past=allow), NOW),
            changed(EVENT, date=date, allow_past=allow),
        ]
        fault = Fault("date", Text("is in the past; with allow_past it is accepted"))
        for outcome in outcomes:
            assert outcome == InvalidRequest((fault,)) if is_past and not allow else isinstance(outcome, Event)


def test_an_event_that_has_begun_can_be_changed() -> None:
    """Its date is no fault if it stays, whether or not a change repeats it."""
    begun = attrs.evolve(EVENT, date=NOW)
    assert isinstance(changed(begun, status=EventStatus.CLOSED), Event)
    assert isinstance(changed(begun, status=EventStatus.CLOSED, date=NOW), Event)


def test_whether_the_past_is_meant_is_a_flag() -> None:
    """Anything else is a fault, beside those of other fields."""
    wrong: Any = "yes"
    for refusal in (
        events.create(EVENT_ID, attrs.evolve(DRAFT, name="", allow_past=wrong), NOW),
        changed(EVENT, name="", allow_past=wrong),
    ):
        assert isinstance(refusal, InvalidRequest)
        assert [fault.field for fault in refusal.errors] == ["name", "allow_past"]


def test_times_are_cut_to_milliseconds() -> None:
    """So are those of a sale and of doors, as every store keeps them."""
    exact = NOW.replace(microsecond=1999)
    times: dict[str, Any] = {"sale_starts_at": exact, "sale_ends_at": exact + MILLISECOND, "doors_at": exact}
    event = events.create(EVENT_ID, attrs.evolve(DRAFT, **times), NOW)

    assert isinstance(event, Event)
    cut = NOW.replace(microsecond=1000)
    assert (event.sale_starts_at, event.sale_ends_at, event.doors_at) == (cut, cut + MILLISECOND, cut)


def test_a_filter_admits_what_it_does_not_exclude() -> None:
    """It may ask for a status, for events after a moment, for both or for neither."""
    assert EventFilter().admits(EVENT)
    assert EventFilter(EventStatus.ON_SALE, DOORS - MILLISECOND).admits(EVENT)
    assert not EventFilter(EventStatus.CLOSED).admits(EVENT)
    assert not EventFilter(starts_after=DOORS).admits(EVENT)
    assert not EventFilter(EventStatus.CLOSED, DOORS - MILLISECOND).admits(EVENT)
    assert not EventFilter(EventStatus.ON_SALE, DOORS).admits(EVENT)


def test_an_event_knows_its_availability() -> None:
    """Available are the places neither held nor sold, as of the event's version."""
    availability = attrs.evolve(EVENT, held=3, sold=4, version=9).availability

    assert (availability.event_id, availability.available, availability.version) == (EVENT_ID, 93, 9)
