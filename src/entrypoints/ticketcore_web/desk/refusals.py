"""What an organiser does next about a refusal."""

from __future__ import annotations

from ticketcore.domain.events import EventStatus
from ticketcore.domain.refusals import Refusal, SalesClosed
from ticketcore.domain.texts import Text

_NEXT = {
    "event_not_found": Text("Choose it from the list of events."),
    "order_not_found": Text("Look for it by its address or its ticket code."),
    "invalid_request": Text("Correct what is marked and send it again."),
    "idempotency_conflict": Text("Sending it again makes another order."),
    "sold_out": Text("Raise the capacity, or sell fewer tickets."),
    "sales_closed": Text("Put the event on sale first."),
    "sales_not_open": Text("Let the sale begin earlier, if you want to sell now."),
    "customer_limit": Text("Raise the event's limit for one buyer, or use another address."),
    "capacity_in_use": Text("Choose a larger capacity."),
    "stale_version": Text("This page shows the event as it is now: repeat your change."),
    "address_forgotten": Text("Correct the address first: the tickets are mailed to the new one."),
    "order_not_paid": Text("The page shows where the order stands."),
    "order_not_payable": Text("Sell again: make another order."),
    "payment_declined": Text("Sell again: make another order."),
    "reservation_expired": Text("Sell again: make another order."),
    "ticket_already_used": Text("Tick that used tickets are refunded too, if you want that."),
    "ticket_not_found": Text("Tick tickets that this order has."),
}


#: What an organiser does next where putting the event on sale would not help, by why nothing is sold.
_NEXT_OF_CLOSED = {
    EventStatus.CANCELLED.value: Text("Sell tickets for another event."),
    "ended": Text("Let the sale end later, if you want to sell now."),
    "begun": Text("Change the event's date, if it begins later."),
}


def next_step(refusal: Refusal) -> Text:
    """Return what an organiser does next."""
    if isinstance(refusal, SalesClosed) and refusal.because in _NEXT_OF_CLOSED:
        return _NEXT_OF_CLOSED[refusal.because]
    return _NEXT.get(refusal.code, refusal.remedy)
