"""Cancelling an event and refunding all of it: each is confirmed on a page that says what it will do."""

from __future__ import annotations

import attrs
from flask import Response, request

from ticketcore import EventChange, EventStatus, LiveEvent, OrderFilter
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.money import Money
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text, plural_text
from ticketcore_web.desk.events import found
from ticketcore_web.desk.routes import DONE, Desk

_AT_ONCE = 1000
#: How many pages of orders are counted; of more it is said that they are more.
_MOST_PAGES = 20


@attrs.frozen
class Refundable:
    """The paid orders of an event and the money that goes back for them; ``is_more``: there are more orders than counted."""

    orders: int
    amount: Money
    is_more: bool

    @property
    def text(self) -> Text:
        """How many orders and how much money these are, in words."""
        if self.is_more:
            return Text(
                "More than %(orders)s orders are paid; %(amount)s go back for all of them.",
                orders=self.orders,
                amount=self.amount,
            )
        if not self.amount.minor:
            return plural_text(
                "%(orders)s order has tickets, and no money goes back.",
                "%(orders)s orders have tickets, and no money goes back.",
                "orders",
                orders=self.orders,
            )
        return plural_text(
            "%(orders)s order is paid; %(amount)s go back for it.",
            "%(orders)s orders are paid; %(amount)s go back for them.",
            "orders",
            orders=self.orders,
            amount=self.amount,
        )


def add_pages(desk: Desk) -> None:
    """Add the pages that confirm a cancellation and a refund of an event."""
    site, organiser = desk.site, desk.site.organiser

    @desk.page("/desk/e/<event_id>/cancellation")
    def desk_confirm_cancellation(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        return _confirmation(desk, "cancel_event.html", event_id, refusal)

    @desk.form("/desk/e/<event_id>/cancellation", shown_by=desk_confirm_cancellation)
    def desk_cancel_event(event_id: str) -> Response | Refusal:
        change = EventChange(status=EventStatus.CANCELLED, notify_buyers="notify_buyers" in request.form)
        changed = organiser.change_event(read_event_id(event_id), change, by=desk.by)
        if isinstance(changed, Refusal):
            return changed
        return site.go("desk_event", event_id=event_id, **{DONE: "cancelled"})

    @desk.page("/desk/e/<event_id>/refund")
    def desk_confirm_refund(event_id: str, refusal: Refusal | None = None) -> Response | Refusal:
        return _confirmation(desk, "refund_event.html", event_id, refusal)

    @desk.form("/desk/e/<event_id>/refund", shown_by=desk_confirm_refund)
    def desk_refund_event(event_id: str) -> Response | Refusal:
        count = organiser.refund_event(read_event_id(event_id), by=desk.by)
        if isinstance(count, Refusal):
            return count
        return site.go("desk_event", event_id=event_id, **{DONE: "refunding" if count else "nothing-to-refund"})


def _confirmation(desk: Desk, template: str, event_id: str, refusal: Refusal | None) -> Response | Refusal:
    live = found(desk, event_id)
    if isinstance(live, Refusal):
        return live
    refundable = _refundable(desk, live)
    if isinstance(refundable, Refusal):
        return refundable
    return desk.show(
        template, refusal=refusal, event=live.event, refundable=refundable, refundable_text=refundable.text
    )


def _refundable(desk: Desk, live: LiveEvent) -> Refundable | Refusal:
    organiser = desk.site.organiser
    summary = organiser.summary(live.event.id)
    if isinstance(summary, Refusal):
        return summary
    wanted, after, count = OrderFilter(event_id=live.event.id, status=OrderStatus.PAID), None, 0
    for _ in range(_MOST_PAGES):
        page = organiser.list_orders(wanted, after, _AT_ONCE)
        if isinstance(page, Refusal):
            return page
        count, after = count + len(page.items), page.after
        if after is None:
            break
    amount = Money(summary.takings.minor - summary.refunded.minor, summary.takings.currency)
    return Refundable(count, amount, after is not None)
