"""What an admin reads of an event while others go on selling: its orders and attendees page by page, and its summary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

from ticketcore import Attendee, AttendeePage, EventSummary, Order, OrderFilter, OrderPage, Organiser
from ticketcore.domain.ids import EventId, OrderId

T = TypeVar("T")

_LIMIT = 3


class Ask(Protocol):
    """Calls the organiser of any service, again until it returns, and returns its outcome."""

    @abstractmethod
    def __call__(self, what: str, call: Callable[[Organiser], T]) -> T:
        """Return the outcome."""


def wrong(ask: Ask, event_id: EventId, known: set[OrderId]) -> Iterator[str]:
    """Yield what is wrong with what an admin reads; ``known`` are orders of the event that were there before."""
    listed = [order.id for order in _orders(ask, event_id)]
    if len({*listed}) != len(listed):
        yield "a listing shows an order twice"
    if not known <= {*listed}:
        yield "a listing leaves out an order that was there before"
    attendees = [(each.order, each.number) for each in _attendees(ask, event_id)]
    if len({*attendees}) != len(attendees):
        yield "a list of attendees shows a ticket twice"
    summary = ask("summary", lambda organiser: organiser.summary(event_id))
    assert isinstance(summary, EventSummary)
    if summary.admitted > summary.event.sold or summary.refunded.minor > summary.takings.minor:
        yield f"a summary contradicts itself: {summary}"


def _orders(ask: Ask, event_id: EventId) -> Iterator[Order]:
    page = OrderPage((), None)
    while True:
        found = ask(
            "list", partial(Organiser.list_orders, order_filter=OrderFilter(event_id), after=page.after, limit=_LIMIT)
        )
        assert isinstance(found, OrderPage)
        page = found
        yield from page.items
        if page.after is None:
            return


def _attendees(ask: Ask, event_id: EventId) -> Iterator[Attendee]:
    page = AttendeePage((), None)
    while True:
        found = ask("attendees", partial(Organiser.attendees, event_id=event_id, after=page.after, limit=_LIMIT))
        assert isinstance(found, AttendeePage)
        page = found
        yield from page.items
        if page.after is None:
            return
