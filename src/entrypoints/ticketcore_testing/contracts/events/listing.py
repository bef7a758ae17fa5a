"""Listings of events, by date and in pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketcore.domain.events import Event, EventChange, EventFilter, EventStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.ports import Ledger
from ticketcore_testing.ledgers import LedgerContract, add_show, event_of, order_in, reserve
from ticketcore_testing.samples import MILLISECOND, NOW, SHOWTIME, new_show

ALL = EventFilter()


def dated(ledger: Ledger, *days: int) -> list[Event]:
    """Add an event on each of these days and return them by date, then id."""
    shows = [add_show(ledger, new_show(date=SHOWTIME + timedelta(days=day))) for day in days]
    return sorted(shows, key=lambda event: (event.date, event.id))


def pages(ledger: Ledger, wanted: EventFilter, limit: int) -> list[tuple[Event, ...]]:
    """Read a listing of a few events to its end."""
    found, after = [], None
    for _ in range(20):
        page = ledger.events.list(wanted, after, limit)
        found.append(page.items)
        after = page.after
        if after is None:
            return found
        assert after == (page.items[-1].date, page.items[-1].id)
    raise AssertionError("the listing does not end")


class ListingContract(LedgerContract):
    """Hold ``Events.list`` to its contract."""

    def test_events_are_listed_by_date_then_id(self, ledger: Ledger) -> None:
        """The soonest event comes first, and of equal dates the smaller id."""
        shows = dated(ledger, 3, 1, 2, 1, 1, 3)
        page = ledger.events.list(ALL, None, 100)
        assert list(page.items) == shows
        assert page.after is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
    def test_pages_neither_skip_nor_repeat(self, ledger: Ledger, limit: int) -> None:
        """Pages of any size make up the whole list, even when a page ends between equal dates."""
        shows = dated(ledger, 2, 1, 1, 1, 1, 3, 3, 2)
        found = pages(ledger, ALL, limit)
        assert [event for page in found for event in page] == shows
        assert {len(page) for page in found[:-1]} <= {limit}

    @pytest.mark.parametrize(("events", "last"), [(0, True), (2, True), (3, True), (4, False)])
    def test_only_a_page_with_a_successor_has_a_cursor(self, ledger: Ledger, events: int, last: bool) -> None:
        """A full page at the end of the list has none."""
        dated(ledger, *range(events))
        page = ledger.events.list(ALL, None, 3)
        assert len(page.items) == min(events, 3)
        assert (page.after is None) is last

    def test_a_page_begins_after_a_cursor_of_no_event(self, ledger: Ledger) -> None:
        """The cursor is a date and an id, so an event whose date was changed leaves no gap."""
        shows = dated(ledger, 1, 2, 3)
        place = (shows[0].date, shows[0].id)
        ledger.events.change(shows[0].id, EventChange(date=SHOWTIME + timedelta(days=9)), None, NOW)
        page = ledger.events.list(ALL, place, 2)
        assert list(page.items) == shows[1:]

    def test_a_listing_has_current_places(self, ledger: Ledger) -> None:
        """Listed events are complete, with held, sold, version and revision."""
        event = add_show(ledger, new_show())
        order_in(ledger, event, OrderStatus.PAID, 2)
        reserve(ledger, event, 3)
        assert ledger.events.list(ALL, None, 1).items == (event_of(ledger, event.id),)

    @pytest.mark.parametrize("status", EventStatus)
    def test_the_filter_admits_one_status(self, ledger: Ledger, status: EventStatus) -> None:
        """With a status, only events in it are listed."""
        shows = {each: add_show(ledger, new_show(status=each)) for each in EventStatus}
        assert ledger.events.list(EventFilter(status), None, 10).items == (shows[status],)

    def test_the_filter_admits_events_that_start_later(self, ledger: Ledger) -> None:
        """``starts_after`` is exclusive: an event starts at least a millisecond later."""
        later = add_show(ledger, new_show(date=SHOWTIME + MILLISECOND))
        add_show(ledger, new_show(date=SHOWTIME))
        assert ledger.events.list(EventFilter(starts_after=SHOWTIME), None, 10).items == (later,)

    def test_filters_and_pages_go_together(self, ledger: Ledger) -> None:
        """Pages of a filtered listing neither skip nor repeat."""
        shows = dated(ledger, 1, 1, 1, 2, 3)
        for day in (0, 1, 2):
            add_show(ledger, new_show(status=EventStatus.DRAFT, date=SHOWTIME + timedelta(days=day)))
        add_show(ledger, new_show(date=SHOWTIME - timedelta(days=1)))
        found = pages(ledger, EventFilter(EventStatus.ON_SALE, starts_after=SHOWTIME), 2)
        assert [event for page in found for event in page] == shows
