"""Every use case as a story: how it began, the request during which a process dies, and what may come of it.

A use case that can go different ways has a story for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import UnionType

import attrs

from tests.crashes import acts, beginnings
from tests.crashes.process import Desk
from ticketcore import LiveEvent, Order, OrderStatus, Ticket
from ticketcore.application.organiser import NewKey, Redriven, StockReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.application.worker import WorkReport
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.refusals import (
    EventNotFound,
    OrderNotCancellable,
    ReservationExpired,
    SalesClosed,
    SoldOut,
    TicketAlreadyUsed,
)

NO_ORDER: frozenset[OrderStatus] = frozenset()
EXPIRED = frozenset({OrderStatus.EXPIRED})
CANCELLED = frozenset({OrderStatus.CANCELLED})
PROCESSING = frozenset({OrderStatus.PROCESSING})
PAID = frozenset({OrderStatus.PAID})
DECLINED = frozenset({OrderStatus.DECLINED})
REFUNDED = frozenset({OrderStatus.REFUNDED})


@attrs.frozen
class Story:
    """``calls`` is how many calls of ports the act makes at least; ``answer`` is what the client hears, also when it repeats.

    ``ends`` are the statuses that orders may come to in the end.  With ``dead_letter`` the gateway never answers: what is
    left is a message that was given up, and an order that still holds its places.
    """

    begin: Callable[[Desk], object]
    act: Callable[[Desk], object]
    calls: int
    answer: type | UnionType
    ends: frozenset[OrderStatus] = NO_ORDER
    most_orders: int = 1
    dead_letter: bool = False


_EVENTS = {
    "create an event": Story(beginnings.nothing, acts.create_event, 4, LiveEvent),
    "raise the capacity": Story(beginnings.on_sale, acts.raise_capacity, 6, LiveEvent),
    "lower the capacity": Story(beginnings.reserved, acts.lower_capacity, 6, LiveEvent, EXPIRED),
    "lower the capacity to what is due": Story(beginnings.all_due, acts.lower_capacity, 10, LiveEvent, EXPIRED, 2),
    "cancel an event": Story(beginnings.reserved, acts.cancel_event, 6, LiveEvent, EXPIRED),
}

_RESERVE = {
    "reserve": Story(beginnings.on_sale, acts.reserve, 3, Order, EXPIRED, 2),
    "reserve with a key": Story(beginnings.on_sale, acts.reserve_with_key, 5, Order, EXPIRED),
    "reserve again with the same key": Story(beginnings.reserved_with_key, acts.reserve_with_key, 2, Order, EXPIRED),
    "reserve many places": Story(beginnings.on_large_sale, acts.reserve_many, 5, Order, EXPIRED),
    # A due answer that nobody heard is not repeated: the counter says "sold out" until the next sweep.
    "reserve what is due": Story(beginnings.all_due, acts.reserve_with_key, 9, Order | SoldOut, EXPIRED, 3),
    "reserve where nothing is left": Story(beginnings.sold_out, acts.reserve_with_key, 2, SoldOut, EXPIRED, 2),
    "reserve for a closed event": Story(beginnings.closed, acts.reserve_with_key, 6, SalesClosed, most_orders=0),
    "reserve for no event": Story(beginnings.nothing, acts.reserve_with_key, 8, EventNotFound, most_orders=0),
    "reserve without a counter": Story(beginnings.counter_lost, acts.reserve_with_key, 9, Order, EXPIRED, 2),
    "reserve past a wrong counter": Story(beginnings.counter_too_high, acts.reserve_with_key, 5, SoldOut, EXPIRED, 2),
}

_PAY = {
    "pay": Story(beginnings.reserved, acts.pay, 6, Order, EXPIRED | PAID),
    "pay with a card that is declined": Story(beginnings.reserved, acts.pay_declined, 6, Order, EXPIRED | DECLINED),
    "pay again": Story(beginnings.processing, acts.pay, 2, Order, PAID),
    "pay too late": Story(beginnings.due, acts.pay, 4, ReservationExpired, EXPIRED),
    "cancel": Story(beginnings.reserved, acts.cancel, 3, Order, CANCELLED | EXPIRED),
    "cancel too late": Story(beginnings.due, acts.cancel, 4, OrderNotCancellable, EXPIRED),
    "refund": Story(beginnings.fulfilled, acts.refund, 5, Order, PAID | REFUNDED),
    "refund with a used ticket": Story(beginnings.admitted, acts.refund, 5, Order, PAID | REFUNDED),
    "refund again": Story(beginnings.refunding, acts.refund, 3, Order, REFUNDED),
}

_GATE = {
    "validate": Story(beginnings.fulfilled, acts.validate, 1, Ticket, PAID),
    "validate again": Story(beginnings.admitted, acts.validate, 1, Ticket, PAID),
    "validate a used ticket": Story(beginnings.admitted, acts.validate_elsewhere, 1, TicketAlreadyUsed, PAID),
    "validate by a function": Story(beginnings.at_the_gate, acts.validate_by_function, 2, Ticket, PAID),
}

_WORK = {
    "work": Story(beginnings.processing, acts.work, 13, WorkReport, PAID),
    "work on what is declined": Story(beginnings.declining, acts.work, 7, WorkReport, DECLINED),
    "work at the third try": Story(beginnings.flaky, acts.work, 13, WorkReport, PAID),
    "work without a gateway": Story(beginnings.gateway_down, acts.work, 6, WorkReport, PROCESSING, dead_letter=True),
    "work on a cancelled event": Story(beginnings.processing_cancelled, acts.work, 9, WorkReport, REFUNDED),
    "work on a refund": Story(beginnings.refunding, acts.work, 6, WorkReport, REFUNDED),
    "work on a message that comes twice": Story(beginnings.delivered_twice, acts.work, 15, WorkReport, PAID),
    "work on several": Story(beginnings.several, acts.work, 18, WorkReport, PAID | DECLINED, 2),
    "process": Story(beginnings.processing, acts.process, 10, type(None), PAID),
    "work by a function": Story(beginnings.delivered, acts.work_by_function, 14, dict, PAID | DECLINED, 2),
}

_SWEEP = {
    "sweep": Story(beginnings.on_sale, acts.sweep, 4, SweepReport),
    "sweep what is due": Story(beginnings.all_due, acts.sweep, 6, SweepReport, EXPIRED, 2),
    "sweep what was not published": Story(beginnings.unpublished, acts.sweep, 7, SweepReport, PAID),
    "sweep what the queue has lost": Story(beginnings.message_lost, acts.sweep, 7, SweepReport, PAID),
    "sweep over wrong counters": Story(beginnings.counters_wrong, acts.sweep, 10, SweepReport, EXPIRED, 2),
    "sweep by a function": Story(beginnings.everything_wrong, acts.sweep_by_function, 10, dict, EXPIRED | PAID, 2),
}

_OPERATION = {
    "create a key": Story(beginnings.nothing, acts.create_key, 1, NewKey),
    "revoke a key": Story(beginnings.with_key, acts.revoke_key, 1, ApiKey),
    "redrive": Story(beginnings.given_up, acts.redrive, 2, Redriven, PROCESSING, dead_letter=True),
    "rebuild a counter": Story(beginnings.counter_lost, acts.rebuild_stock, 5, StockReport, EXPIRED),
}

STORIES: Mapping[str, Story] = {**_EVENTS, **_RESERVE, **_PAY, **_GATE, **_WORK, **_SWEEP, **_OPERATION}
