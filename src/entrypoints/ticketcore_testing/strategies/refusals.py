"""Strategies for refusals."""

from __future__ import annotations

from hypothesis import strategies as st

from ticketcore.domain import refusals as core
from ticketcore.domain.events import CHECKS, MAX_CAPACITY, EventStatus
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import Fault, Refusal
from ticketcore.domain.texts import Text
from ticketcore_testing.strategies.primitives import clock_times, names, reasons, timezones

faults = st.builds(Fault, st.sampled_from(["", "price", "currency", *CHECKS]), reasons.map(Text))

_order_statuses = st.sampled_from([status.value for status in OrderStatus])
_places = st.integers(0, MAX_CAPACITY)

REFUSALS: dict[type[Refusal], st.SearchStrategy[Refusal]] = {
    core.InvalidRequest: st.builds(core.InvalidRequest, st.lists(faults, min_size=1, max_size=5).map(tuple)),
    core.EventNotFound: st.just(core.EventNotFound()),
    core.OrderNotFound: st.just(core.OrderNotFound()),
    core.TicketNotFound: st.just(core.TicketNotFound()),
    core.WebhookNotFound: st.just(core.WebhookNotFound()),
    core.SoldOut: st.builds(core.SoldOut, _places),
    core.CustomerLimit: st.builds(core.CustomerLimit, _places, _places),
    core.SalesClosed: st.builds(
        core.SalesClosed,
        st.sampled_from([EventStatus.DRAFT, EventStatus.CLOSED, EventStatus.CANCELLED, "ended", "begun"]),
    ),
    core.SalesNotOpen: st.builds(core.SalesNotOpen, clock_times, timezones),
    core.OrderNotPayable: st.builds(core.OrderNotPayable, _order_statuses),
    core.OrderNotPaid: st.builds(core.OrderNotPaid, _order_statuses),
    core.OrderNotCancellable: st.builds(core.OrderNotCancellable, _order_statuses),
    core.CapacityInUse: st.builds(core.CapacityInUse, _places),
    core.TicketAlreadyUsed: st.builds(core.TicketAlreadyUsed, clock_times, names),
    core.WrongEvent: st.just(core.WrongEvent()),
    core.TooEarly: st.builds(core.TooEarly, clock_times, timezones),
    core.EventCancelled: st.just(core.EventCancelled()),
    core.AddressForgotten: st.just(core.AddressForgotten()),
    core.NothingToUndo: st.just(core.NothingToUndo()),
    core.TicketVoid: st.just(core.TicketVoid()),
    core.TicketNotAuthentic: st.just(core.TicketNotAuthentic()),
    core.ReservationExpired: st.builds(core.ReservationExpired, clock_times),
    core.PaymentDeclined: st.just(core.PaymentDeclined()),
    core.StaleVersion: st.just(core.StaleVersion()),
    core.IdempotencyConflict: st.just(core.IdempotencyConflict()),
}
#: Refusals of every kind.
refusals: st.SearchStrategy[Refusal] = st.one_of(list(REFUSALS.values()))
