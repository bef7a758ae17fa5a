"""Events are stored as given and changed by the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from ticketcore.domain.events import MAX_CAPACITY, MAX_DESCRIPTION, MAX_PRICE, NO_LIMIT, Event, EventChange, EventStatus
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import CapacityInUse, EventNotFound, Fault, InvalidRequest, StaleVersion
from ticketcore.domain.texts import Text
from ticketcore.ports import Ledger
from ticketcore_testing.ledgers import (
    LedgerContract,
    add_show,
    all_about,
    audit_of,
    event_of,
    nothing_changes,
    order_in,
    order_of,
    reserve,
)
from ticketcore_testing.samples import MILLISECOND, NOW, SHOWTIME, STRANGE_IDS, TEXTS, label, new_show

UNKNOWN = EventId("a" * 20)


def changed(ledger: Ledger, event: Event, wanted: EventChange, revision: int | None = None) -> Event:
    outcome = ledger.events.change(event.id, wanted, revision, NOW)
    assert isinstance(outcome, Event)
    return outcome


class DescribingContract(LedgerContract):
    """Hold ``Events.add``, ``get``, ``change`` and ``check`` to their contract."""

    # add, get

    def test_an_added_event_is_returned_unchanged(self, ledger: Ledger) -> None:
        """Every field of a new event is stored."""
        event = attrs.evolve(new_show(7, name="Othello", price=Money(1, Currency("JPY"))), location="Leeds")
        event = attrs.evolve(event, description="By William Shakespeare.", timezone="Europe/London")
        times: dict[str, Any] = {
            "sale_starts_at": NOW,
            "sale_ends_at": NOW + MILLISECOND,
            "doors_at": SHOWTIME - MILLISECOND,
        }
        event = attrs.evolve(event, **times)
        ledger.events.add(event)
        assert ledger.events.get(event.id) == event

    def test_adding_the_same_id_again_changes_nothing(self, ledger: Ledger) -> None:
        """A second event with the same id is ignored, even when the first one has orders."""
        event = add_show(ledger, new_show(5))
        order = reserve(ledger, event, 2)
        with nothing_changes(ledger, order):
            ledger.events.add(event)
            ledger.events.add(attrs.evolve(event, name="Another", capacity=99))

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=label)
    def test_an_unknown_event_is_none(self, ledger: Ledger, strange: str) -> None:
        """Any text is accepted as an id, and an unknown one returns ``None``."""
        add_show(ledger, new_show())
        assert ledger.events.get(EventId(strange)) is None
        assert ledger.events.audit(EventId(strange)) is None

    @pytest.mark.parametrize("text", TEXTS, ids=label)
    def test_text_is_stored_exactly(self, ledger: Ledger, text: str) -> None:
        """Quotes, scripts and emoji are stored unchanged."""
        event = add_show(ledger, attrs.evolve(new_show(name=text), location=text, description=f"{text}\n\n\t{text}\n"))
        assert event_of(ledger, event.id) == event

    def test_the_longest_description_fits(self, ledger: Ledger) -> None:
        """Every character of it, whatever it takes to store one, and the line breaks at its ends."""
        description = f"\n{'🎭' * (MAX_DESCRIPTION - 2)}\n"
        event = add_show(ledger, attrs.evolve(new_show(), description=description))
        assert event_of(ledger, event.id) == event

    def test_a_description_can_be_ended(self, ledger: Ledger) -> None:
        """An empty text is a description, and ``None`` leaves it as it is."""
        event = add_show(ledger, attrs.evolve(new_show(), description="Two acts.", timezone="Europe/London"))
        assert changed(ledger, event, EventChange(name="Lear")).description == "Two acts."
        ended = changed(ledger, event, EventChange(description=""))
        assert (ended.description, ended.timezone) == ("", "Europe/London")
        assert event_of(ledger, event.id) == ended

    @pytest.mark.parametrize("minor", [0, 1, 2**31, MAX_PRICE])
    @pytest.mark.parametrize("code", ["BRL", "JPY", "KWD", "CLF"])
    def test_a_price_is_stored_to_the_last_unit(self, ledger: Ledger, minor: int, code: str) -> None:
        """Money of any size and any number of decimals is exact."""
        event = add_show(ledger, new_show(price=Money(minor, Currency(code))))
        assert event_of(ledger, event.id).price == Money(minor, Currency(code))

    @pytest.mark.parametrize(
        "date",
        [
            datetime(1, 1, 2, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
            datetime(2027, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC),
            datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC),
            datetime(2027, 5, 1, 20, 0, 0, 7_000, tzinfo=timezone(timedelta(hours=-3))),
        ],
        ids=str,
    )
    def test_a_date_is_stored_to_the_millisecond(self, ledger: Ledger, date: datetime) -> None:
        """Dates before 1970, in the far future and with another offset are returned aware, as the same moment."""
        event = add_show(ledger, new_show(date=date))
        found = event_of(ledger, event.id).date
        assert found == date
        assert found.tzinfo is not None

    def test_the_largest_event_fits(self, ledger: Ledger) -> None:
        """An event may have as many places as the rules allow."""
        event = add_show(ledger, new_show(MAX_CAPACITY))
        assert event_of(ledger, event.id).available == MAX_CAPACITY

    # change

    def test_every_field_can_be_changed(self, ledger: Ledger) -> None:
        """The result is the event as the rule changes it, and it is stored."""
        event = add_show(ledger, new_show(10))
        wanted = EventChange("Lear", SHOWTIME + MILLISECOND, "Bath 🛁", 12, "7.001", "KWD", EventStatus.CLOSED, 3)
        wanted = attrs.evolve(wanted, description="One king.\n\tThree daughters.", timezone="Europe/London")
        times: dict[str, Any] = {
            "sale_starts_at": NOW,
            "sale_ends_at": NOW + MILLISECOND,
            "doors_at": SHOWTIME - MILLISECOND,
        }
        wanted = attrs.evolve(wanted, **times)
        outcome = changed(ledger, event, wanted)
        assert outcome == attrs.evolve(
            event,
            name="Lear",
            date=SHOWTIME + MILLISECOND,
            location="Bath 🛁",
            capacity=12,
            price=Money(7001, Currency("KWD")),
            status=EventStatus.CLOSED,
            max_per_order=3,
            description="One king.\n\tThree daughters.",
            timezone="Europe/London",
            **times,
            revision=2,
            version=1,
        )
        assert event_of(ledger, event.id) == outcome

    def test_the_times_of_a_sale_and_of_doors_can_be_ended(self, ledger: Ledger) -> None:
        """``NO_LIMIT`` takes each away, and ``None`` leaves it as it is."""
        times: dict[str, Any] = {"sale_starts_at": NOW, "sale_ends_at": SHOWTIME, "doors_at": SHOWTIME}
        event = add_show(ledger, attrs.evolve(new_show(), **times))
        assert attrs.asdict(changed(ledger, event, EventChange(name="Lear"))).items() >= times.items()
        for name in times:
            ended = changed(ledger, event, attrs.evolve(EventChange(), **dict[str, Any]({name: NO_LIMIT})))
            assert getattr(ended, name) is None
            assert event_of(ledger, event.id) == ended

    def test_times_that_do_not_go_together_change_nothing(self, ledger: Ledger) -> None:
        """Those that a change leaves count too, and every fault is named."""
        event = add_show(ledger, new_show(sale_ends_at=SHOWTIME, doors_at=SHOWTIME))
        wanted = EventChange(name="Lear", date=SHOWTIME - MILLISECOND, sale_starts_at=SHOWTIME)
        refusal = ledger.events.change(event.id, wanted, None, NOW)
        assert isinstance(refusal, InvalidRequest)
        assert [fault.field for fault in refusal.errors] == ["sale_starts_at", "sale_ends_at", "doors_at"]
        assert event_of(ledger, event.id) == event

    def test_a_date_in_the_past_has_to_be_meant(self, ledger: Ledger) -> None:
        """The time of the change decides; the date that an event has is none of its changes."""
        event = add_show(ledger, new_show())
        late = EventChange(date=SHOWTIME + MILLISECOND)
        refusal = ledger.events.change(event.id, late, None, SHOWTIME + MILLISECOND)
        assert isinstance(refusal, InvalidRequest)
        assert [fault.field for fault in refusal.errors] == ["date"]
        assert event_of(ledger, event.id) == event
        moved = ledger.events.change(event.id, late, None, SHOWTIME)
        assert moved == attrs.evolve(event, date=SHOWTIME + MILLISECOND, revision=2)
        assert ledger.events.change(event.id, late, None, SHOWTIME + MILLISECOND) == moved
        meant = attrs.evolve(late, date=NOW, allow_past=True)
        assert ledger.events.change(event.id, meant, None, SHOWTIME) == attrs.evolve(event, date=NOW, revision=3)

    def test_only_a_change_of_capacity_raises_the_version(self, ledger: Ledger) -> None:
        """The version counts changes of places, the revision changes of the description."""
        event = add_show(ledger, new_show(10))
        renamed = changed(ledger, event, EventChange(name="Lear", capacity=10))
        assert (renamed.version, renamed.revision) == (0, 2)
        smaller = changed(ledger, event, EventChange(capacity=9))
        assert (smaller.version, smaller.revision) == (1, 3)

    def test_repeating_a_change_with_its_revision_is_stale(self, ledger: Ledger) -> None:
        """A revision that is no longer current is refused and changes nothing."""
        event = add_show(ledger, new_show())
        after = changed(ledger, event, EventChange(name="Lear"), revision=1)
        assert ledger.events.change(event.id, EventChange(name="Lear"), 1, NOW) == StaleVersion()
        assert ledger.events.change(event.id, EventChange(name="Lear"), 3, NOW) == StaleVersion()
        assert event_of(ledger, event.id) == after

    def test_repeating_a_change_without_a_revision_changes_nothing(self, ledger: Ledger) -> None:
        """Without a revision a change is idempotent: the revision stays, too."""
        event = add_show(ledger, new_show())
        first = changed(ledger, event, EventChange(name="Lear"))
        assert changed(ledger, event, EventChange(name="Lear")) == first

    def test_a_change_keeps_the_places_that_are_taken(self, ledger: Ledger) -> None:
        """Only orders change held and sold places."""
        event = add_show(ledger, new_show(10))
        order_in(ledger, event, OrderStatus.PAID, 2)
        reserve(ledger, event, 3)
        outcome = changed(ledger, event, EventChange(capacity=5, name="Lear"))
        assert (outcome.capacity, outcome.held, outcome.sold, outcome.available) == (5, 3, 2, 0)
        assert audit_of(ledger, event.id).is_conserved

    def test_a_capacity_below_what_is_taken_is_refused(self, ledger: Ledger) -> None:
        """The refusal has the number of places in use, and nothing changes."""
        event = add_show(ledger, new_show(10))
        order = order_in(ledger, event, OrderStatus.PAID, 2)
        reserve(ledger, event, 3)
        with nothing_changes(ledger, order):
            assert ledger.events.change(event.id, EventChange(capacity=4, name="Lear"), None, NOW) == CapacityInUse(5)

    @pytest.mark.parametrize("status", OrderStatus)
    def test_the_currency_is_fixed_once_an_order_exists(self, ledger: Ledger, status: OrderStatus) -> None:
        """An order in any status fixes it."""
        event = add_show(ledger, new_show())
        order = order_in(ledger, event, status)
        with nothing_changes(ledger, order):
            outcome = ledger.events.change(event.id, EventChange(price="5.00", currency="EUR"), None, NOW)
        assert outcome == InvalidRequest((Fault("currency", Text("is fixed once an order exists")),))

    def test_another_events_orders_do_not_fix_the_currency(self, ledger: Ledger) -> None:
        """An event without orders may change its currency together with its price."""
        reserve(ledger, add_show(ledger, new_show()))
        event = add_show(ledger, new_show())
        assert changed(ledger, event, EventChange(price="5.00", currency="EUR")).price == Money(500, Currency("EUR"))

    def test_a_faulty_change_changes_nothing(self, ledger: Ledger) -> None:
        """All faults are returned together."""
        event = add_show(ledger, new_show())
        outcome = ledger.events.change(event.id, EventChange(name=" ", capacity=0, price="x"), None, NOW)
        assert isinstance(outcome, InvalidRequest)
        assert [fault.field for fault in outcome.errors] == ["name", "capacity", "price"]
        assert event_of(ledger, event.id) == event

    def test_a_new_price_is_for_new_orders(self, ledger: Ledger) -> None:
        """An order keeps the total that it was made with."""
        event = add_show(ledger, new_show())
        order = reserve(ledger, event, 2)
        changed(ledger, event, EventChange(price="1.00"))
        assert order_of(ledger, order.id).total == Money(9000, Currency("BRL"))
        assert reserve(ledger, event, 2).total == Money(200, Currency("BRL"))

    def test_an_unknown_event_cannot_be_changed(self, ledger: Ledger) -> None:
        """The change is refused, and no event is created."""
        assert ledger.events.change(UNKNOWN, EventChange(name="Lear"), 1, NOW) == EventNotFound()
        assert ledger.events.get(UNKNOWN) is None

    # check

    def test_a_ledger_that_can_be_reached_passes_its_check(self, ledger: Ledger) -> None:
        """``check`` returns nothing and changes nothing."""
        order = reserve(ledger, add_show(ledger, new_show()))
        with nothing_changes(ledger, order):
            ledger.events.check()

    def test_events_are_independent(self, ledger: Ledger) -> None:
        """Orders and changes of one event leave the others unchanged."""
        still = add_show(ledger, new_show())
        order = reserve(ledger, still, 2)
        before = all_about(ledger, still.id, order.id)
        busy = add_show(ledger, new_show())
        for status in OrderStatus:
            order_in(ledger, busy, status)
        changed(ledger, busy, EventChange(capacity=50))
        assert all_about(ledger, still.id, order.id) == before
