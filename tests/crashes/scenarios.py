"""Every use case as a scenario: its setup, the request during which a process crashes, and the possible results.

A use case with several paths has a scenario for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import UnionType

import attrs

from tests.crashes import effects, setups, use_cases
from tests.crashes.driver import Driver
from ticketcore import BoxOffice, LiveEvent, MergedScan, Order, OrderStatus, Organiser, Ticket, TicketRecord
from ticketcore.application.forgetting import ForgetReport
from ticketcore.application.organiser import NewKey, Redriven, StockReport
from ticketcore.application.reports import WebhookReport, WorkReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.refusals import (
    CustomerLimit,
    EventNotFound,
    NothingToUndo,
    OrderNotCancellable,
    ReservationExpired,
    SalesClosed,
    SoldOut,
    TicketAlreadyUsed,
    WebhookNotFound,
)
from ticketcore.domain.webhooks import Webhook, WebhookDelivery

NO_ORDER: frozenset[OrderStatus] = frozenset()
EXPIRED = frozenset({OrderStatus.EXPIRED})
CANCELLED = frozenset({OrderStatus.CANCELLED})
PROCESSING = frozenset({OrderStatus.PROCESSING})
PAID = frozenset({OrderStatus.PAID})
DECLINED = frozenset({OrderStatus.DECLINED})
REFUNDED = frozenset({OrderStatus.REFUNDED})


@attrs.frozen
class Scenario:
    """One path of a use case.

    ``min_calls`` is how many calls of ports the request makes at least.  ``returns`` is the type of its response, also when
    it is repeated.  ``effect`` yields what a response has left undone.  ``ends`` are the final statuses that orders may have.  With ``dead_letter`` the gateway never responds:
    a dead letter is left, and an order that still holds its places.  With ``webhook_fails`` the receiver of webhooks never
    accepts a message.
    """

    set_up: Callable[[Driver], object]
    request: Callable[[Driver], object]
    min_calls: int
    returns: type | UnionType
    ends: frozenset[OrderStatus] = NO_ORDER
    max_orders: int = 1
    dead_letter: bool = False
    webhook_fails: bool = False
    effect: Callable[[Driver], Iterator[str]] = effects.none


_EVENTS = {
    "create an event": Scenario(setups.nothing, use_cases.create_event, 4, LiveEvent),
    "raise the capacity": Scenario(setups.on_sale, use_cases.raise_capacity, 6, LiveEvent),
    "lower the capacity": Scenario(setups.reserved, use_cases.lower_capacity, 6, LiveEvent, EXPIRED),
    "lower the capacity to what is due": Scenario(setups.all_due, use_cases.lower_capacity, 10, LiveEvent, EXPIRED, 2),
    "end a sale": Scenario(setups.reserved, use_cases.close_event, 6, LiveEvent, EXPIRED),
    "move an event that has sold": Scenario(setups.fulfilled, use_cases.move_event, 5, LiveEvent, PAID),
    "cancel an event that has sold": Scenario(setups.moved, use_cases.cancel_event, 6, LiveEvent, PAID, 2),
    "cancel an event": Scenario(setups.reserved, use_cases.cancel_event, 6, LiveEvent, EXPIRED),
}

_RESERVE = {
    "reserve": Scenario(setups.on_sale, use_cases.reserve, 3, Order, EXPIRED, 2),
    "reserve with a key": Scenario(setups.on_sale, use_cases.reserve_with_key, 5, Order, EXPIRED),
    "reserve again with the same key": Scenario(
        setups.reserved_with_key, use_cases.reserve_with_key, 2, Order, EXPIRED
    ),
    "reserve many places": Scenario(setups.on_large_sale, use_cases.reserve_many, 5, Order, EXPIRED),
    # If the response ``Due`` is lost, the counter says "sold out" until the next sweep.
    "reserve what is due": Scenario(setups.all_due, use_cases.reserve_with_key, 9, Order | SoldOut, EXPIRED, 3),
    "reserve what a buyer may have": Scenario(setups.limited, use_cases.reserve_with_key, 5, Order, EXPIRED, 2),
    "reserve more than a buyer may have": Scenario(
        setups.limited_and_full, use_cases.reserve_with_key, 4, CustomerLimit, EXPIRED, 2
    ),
    "reserve what is due of a buyer": Scenario(
        setups.limited_and_due, use_cases.reserve_with_key, 6, Order, EXPIRED, 3
    ),
    "reserve where nothing is left": Scenario(setups.sold_out, use_cases.reserve_with_key, 2, SoldOut, EXPIRED, 2),
    "reserve for a closed event": Scenario(setups.closed, use_cases.reserve_with_key, 3, SalesClosed, max_orders=0),
    "reserve for an event whose counter does not know that it is closed": Scenario(
        setups.closed_unknown_to_the_counter, use_cases.reserve_with_key, 10, SalesClosed, max_orders=0
    ),
    "reserve for an event whose counter does not know that it is on sale": Scenario(
        setups.resumed_unknown_to_the_counter, use_cases.reserve_with_key, 8, Order, EXPIRED
    ),
    "reserve for no event": Scenario(setups.nothing, use_cases.reserve_with_key, 2, EventNotFound, max_orders=0),
    "reserve without a counter": Scenario(setups.counter_lost, use_cases.reserve_with_key, 9, Order, EXPIRED, 2),
    "reserve past a wrong counter": Scenario(
        setups.counter_too_high, use_cases.reserve_with_key, 5, SoldOut, EXPIRED, 2
    ),
}

_PAY = {
    "pay": Scenario(setups.reserved, use_cases.pay, 6, Order, EXPIRED | PAID),
    "pay with a card that is declined": Scenario(setups.reserved, use_cases.pay_declined, 6, Order, EXPIRED | DECLINED),
    "pay again": Scenario(setups.processing, use_cases.pay, 2, Order, PAID),
    "pay too late": Scenario(setups.due, use_cases.pay, 4, ReservationExpired, EXPIRED),
    "cancel": Scenario(setups.reserved, use_cases.cancel, 3, Order, CANCELLED | EXPIRED),
    "cancel too late": Scenario(setups.due, use_cases.cancel, 4, OrderNotCancellable, EXPIRED),
    "refund": Scenario(setups.fulfilled, use_cases.refund, 5, Order, PAID | REFUNDED),
    "refund with a used ticket": Scenario(
        setups.admitted, use_cases.refund_with_used_tickets, 5, Order, PAID | REFUNDED
    ),
    "refund a ticket": Scenario(setups.many_sold, use_cases.refund_a_ticket, 5, Order, PAID),
    "refund the rest": Scenario(setups.partly_refunded, use_cases.refund, 5, Order, PAID | REFUNDED),
    "refund an event": Scenario(setups.admitted, use_cases.refund_event, 1, int, PAID | REFUNDED),
    "be paid in cash": Scenario(setups.reserved, use_cases.record_cash, 6, Order, EXPIRED | PAID),
    "refund again": Scenario(setups.refunding, use_cases.refund, 3, Order, REFUNDED),
}

_GATE = {
    "merge a scan": Scenario(setups.fulfilled, use_cases.merge_scans, 2, MergedScan, PAID),
    "merge a scan of what is used": Scenario(setups.admitted, use_cases.merge_scans, 2, MergedScan, PAID),
    "validate": Scenario(setups.fulfilled, use_cases.validate, 1, Ticket, PAID),
    "validate again": Scenario(setups.admitted, use_cases.validate, 1, Ticket, PAID),
    "validate a used ticket": Scenario(setups.admitted, use_cases.validate_elsewhere, 1, TicketAlreadyUsed, PAID),
    "undo": Scenario(setups.to_be_undone, use_cases.undo, 1, TicketRecord | NothingToUndo, PAID, effect=effects.undone),
    "validate by a function": Scenario(setups.at_the_gate, use_cases.validate_by_function, 2, Ticket, PAID),
}

_WORK = {
    "work": Scenario(setups.processing, use_cases.work, 7, WorkReport, PAID),
    "work on what is declined": Scenario(setups.declining, use_cases.work, 7, WorkReport, DECLINED),
    "work at the third try": Scenario(setups.flaky, use_cases.work, 7, WorkReport, PAID),
    "work without a gateway": Scenario(
        setups.gateway_down, use_cases.work, 6, WorkReport, PROCESSING, dead_letter=True
    ),
    "work on a cancelled event": Scenario(setups.processing_cancelled, use_cases.work, 6, WorkReport, REFUNDED),
    "work on a refund": Scenario(setups.refunding, use_cases.work, 6, WorkReport, REFUNDED),
    "work on a message that comes twice": Scenario(setups.delivered_twice, use_cases.work, 7, WorkReport, PAID),
    "work on what waits for its buyer": Scenario(setups.asked_to_wait, use_cases.work, 6, WorkReport, DECLINED),
    "work on what was paid at last": Scenario(setups.paid_at_last, use_cases.work, 6, WorkReport, PAID),
    "work on what was not paid in time": Scenario(setups.overdue, use_cases.work, 6, WorkReport, DECLINED),
    "receive a notice": Scenario(setups.told_of, use_cases.receive_notice, 3, bool, PAID),
    "work on several": Scenario(setups.several, use_cases.work, 9, WorkReport, PAID | DECLINED, 2),
    "work on several, one of them settling": Scenario(
        setups.several_and_a_refund, use_cases.work, 12, WorkReport, PAID | DECLINED | REFUNDED, 3
    ),
    "deliver": Scenario(setups.sold, use_cases.deliver, 9, WorkReport, PAID),
    "deliver what was refunded": Scenario(setups.sold_and_refunded, use_cases.deliver, 4, WorkReport, REFUNDED),
    "deliver what was announced": Scenario(setups.sold_and_cancelled, use_cases.deliver, 8, WorkReport, PAID, 2),
    "wake for mail": Scenario(setups.sold, use_cases.publish_due_deliveries, 2, int, PAID),
    "correct": Scenario(setups.fulfilled, use_cases.correct, 4, Order, PAID, effect=effects.corrected),
    "correct what is reserved": Scenario(
        setups.limited, use_cases.correct, 4, Order, EXPIRED, effect=effects.corrected
    ),
    "correct to an address that has too much": Scenario(
        setups.limited_for_another, use_cases.correct, 5, CustomerLimit, EXPIRED, 2
    ),
    "mail again": Scenario(setups.fulfilled, use_cases.resend, 2, Order, PAID),
    "process": Scenario(setups.processing, use_cases.process, 4, type(None), PAID),
    "work by a function": Scenario(setups.delivered, use_cases.work_by_function, 14, dict, PAID | DECLINED, 2),
}

_SWEEP = {
    "sweep": Scenario(setups.on_sale, use_cases.sweep, 4, SweepReport),
    "sweep what is due": Scenario(setups.all_due, use_cases.sweep, 6, SweepReport, EXPIRED, 2),
    "sweep what was not published": Scenario(setups.unpublished, use_cases.sweep, 7, SweepReport, PAID),
    "sweep what the queue has lost": Scenario(setups.message_lost, use_cases.sweep, 7, SweepReport, PAID),
    "sweep what is to be polled": Scenario(setups.to_be_polled, use_cases.sweep, 7, SweepReport, PAID),
    "sweep what is to be announced": Scenario(setups.moved, use_cases.sweep, 6, SweepReport, PAID, 2),
    "sweep what is to be refunded": Scenario(
        setups.to_be_refunded, use_cases.sweep, 12, SweepReport, EXPIRED | REFUNDED, 3
    ),
    "sweep over wrong counters": Scenario(setups.counters_wrong, use_cases.sweep, 10, SweepReport, EXPIRED, 2),
    "sweep in turn": Scenario(setups.counters_wrong, use_cases.sweep_in_turn, 10, SweepReport, EXPIRED, 2),
    "sweep beside another process": Scenario(
        setups.swept_elsewhere, use_cases.sweep_in_turn, 1, SweepReport, EXPIRED, 2
    ),
    "sweep by a function": Scenario(setups.everything_wrong, use_cases.sweep_by_function, 10, dict, EXPIRED | PAID, 2),
}

_WEBHOOKS = {
    "create a webhook": Scenario(setups.nothing, use_cases.create_webhook, 3, Webhook),
    "delete a webhook": Scenario(setups.told, use_cases.delete_webhook, 2, Webhook | WebhookNotFound, PAID),
    "collect for a webhook": Scenario(setups.told_later, use_cases.collect_webhooks, 4, int, PAID),
    "send to a webhook": Scenario(setups.to_be_sent, use_cases.send_webhooks, 5, WebhookReport, PAID),
    "send to a webhook that fails": Scenario(
        setups.to_be_sent_in_vain, use_cases.send_webhooks, 5, WebhookReport, PAID, webhook_fails=True
    ),
    "send to a webhook that is gone": Scenario(setups.to_be_ended, use_cases.send_webhooks, 5, WebhookReport, PAID),
    "replay to a webhook": Scenario(setups.told, use_cases.replay_webhook, 1, WebhookDelivery, PAID),
}

_OPERATION = {
    "forget a customer": Scenario(
        setups.cancelled, use_cases.forget_customer, 5, ForgetReport, CANCELLED, effect=effects.forgotten
    ),
    "forget a customer who has mail": Scenario(
        setups.refunded, use_cases.forget_customer, 5, ForgetReport, REFUNDED, effect=effects.forgotten
    ),
    "make the secret of the pages": Scenario(setups.nothing, use_cases.page_secret, 1, bytes),
    "end a session": Scenario(setups.nothing, use_cases.end_session, 1, type(None)),
    "create a key": Scenario(setups.nothing, use_cases.create_key, 1, NewKey),
    "create a key once": Scenario(setups.nothing, use_cases.create_key_once, 2, NewKey | ApiKey),
    "revoke a key": Scenario(setups.with_key, use_cases.revoke_key, 1, ApiKey),
    "redrive": Scenario(setups.given_up, use_cases.redrive, 2, Redriven, PROCESSING, dead_letter=True),
    "rebuild a counter": Scenario(setups.counter_lost, use_cases.rebuild_stock, 5, StockReport, EXPIRED),
}

SCENARIOS: Mapping[str, Scenario] = {
    **_EVENTS,
    **_RESERVE,
    **_PAY,
    **_GATE,
    **_WORK,
    **_SWEEP,
    **_WEBHOOKS,
    **_OPERATION,
}

#: Use cases that change nothing.
READING: Mapping[type, set[str]] = {
    BoxOffice: {"event", "list_events", "order", "tickets_of", "ticket", "image_of", "draw", "gate_bundle"},
    Organiser: {
        "list_events",
        "list_orders",
        "attendees",
        "all_attendees",
        "find_order",
        "order_id",
        "explain",
        "list_keys",
        "list_acts",
        "observe_refused_key",
        "authenticate",
        "queue",
        "delivery_backlog",
        "webhook_backlog",
        "list_webhooks",
        "list_webhook_deliveries",
        "stock",
        "summary",
        "valid_key",
        "has_ended",
    },
}
