"""Strategies for orders in every status, as their transitions leave them, and what belongs to them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import attrs
from hypothesis import strategies as st

from ticketcore.application.box_office import PlacedOrder
from ticketcore.domain import deliveries, journal, payments
from ticketcore.domain.attempts import ActionType, Attempt, AttemptStatus, PaymentAction, PaymentMethod, Refund
from ticketcore.domain.attendees import Attendee, AttendeePage
from ticketcore.domain.availability import Availability
from ticketcore.domain.correcting import CustomerPlaces
from ticketcore.domain.decisions import Decision, OrderRecord, place_shift
from ticketcore.domain.deliveries import Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus
from ticketcore.domain.events import DEFAULT_TIMEZONE, MAX_PER_ORDER, EventStatus
from ticketcore.domain.journal import Entry
from ticketcore.domain.order_listing import OrderFilter, OrderPage
from ticketcore.domain.orders import Change, Order, OrderStatus, Problem
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketNumber, TicketRecord
from ticketcore.domain.validation import Admitted
from ticketcore_testing.strategies.events import availabilities, ticket_prices
from ticketcore_testing.strategies.primitives import (
    attempt_ids,
    clock_times,
    customers,
    digests,
    emails,
    event_ids,
    languages,
    names,
    order_ids,
    reasons,
    scan_ids,
    spans,
    ticket_codes,
    ticket_ids,
    timezones,
    tokens,
)
from ticketcore_testing.strategies.qr_text import qr_texts

quantities = st.integers(1, MAX_PER_ORDER)
reservations = st.builds(ReservationRequest, order_ids, event_ids, emails, quantities, clock_times, customers)


@st.composite
def _reserved(draw: st.DrawFn) -> Order:
    created_at, quantity = draw(clock_times), draw(quantities)
    return Order(
        id=draw(order_ids),
        event_id=draw(event_ids),
        customer_email=draw(emails),
        quantity=quantity,
        total=draw(ticket_prices).times(quantity),
        status=OrderStatus.RESERVED,
        created_at=created_at,
        expires_at=created_at + draw(spans),
        places=quantity,
        customer=draw(customers),
        language=draw(languages),
    )


_processing = _reserved().map(lambda order: order.to(OrderStatus.PROCESSING))
_paid = st.builds(
    lambda order, code, at, done: attrs.evolve(order.paid(code, at), delivery=done),
    _processing,
    ticket_codes,
    clock_times,
    st.sampled_from(DeliveryStatus),
)
_ORDERS: dict[OrderStatus, st.SearchStrategy[Order]] = {
    OrderStatus.RESERVED: _reserved(),
    OrderStatus.PROCESSING: _processing,
    OrderStatus.PAID: _paid,
    OrderStatus.EXPIRED: _reserved().map(
        partial(Order.to, status=OrderStatus.EXPIRED, problem=Problem.RESERVATION_EXPIRED)
    ),
    OrderStatus.CANCELLED: _reserved().map(partial(Order.to, status=OrderStatus.CANCELLED)),
    OrderStatus.DECLINED: _processing.map(
        partial(Order.to, status=OrderStatus.DECLINED, problem=Problem.PAYMENT_DECLINED)
    ),
    OrderStatus.REFUNDED: _paid.map(partial(Order.to, status=OrderStatus.REFUNDED))
    | _processing.map(partial(Order.to, status=OrderStatus.REFUNDED, problem=Problem.SALES_CLOSED)),
}


def orders_in(status: OrderStatus) -> st.SearchStrategy[Order]:
    """Return orders in one status."""
    return _ORDERS[status]


#: Filters of a listing of orders.
order_filters = st.builds(
    OrderFilter,
    st.none() | event_ids,
    st.none() | emails,
    st.none() | ticket_codes,
    st.none() | st.sampled_from(OrderStatus),
    undelivered=st.booleans(),
)

#: Orders in any status.
orders = st.sampled_from(OrderStatus).flatmap(orders_in)
order_pages = st.builds(OrderPage, st.lists(orders, max_size=5).map(tuple), st.none() | st.tuples(clock_times, digests))

references = names
payment_actions = st.builds(PaymentAction, st.sampled_from(ActionType), names)
_pending = st.builds(Attempt, attempt_ids, order_ids, tokens, orders.map(lambda order: order.total))
_waiting = st.builds(Attempt.waiting, _pending, references, st.none() | payment_actions, clock_times, clock_times)
_captured = st.builds(Attempt.to, _pending, st.just(AttemptStatus.CAPTURED), references)
_declined = st.builds(Attempt.to, _pending, st.just(AttemptStatus.DECLINED))
_cancelling = st.builds(Attempt.to, _pending | _waiting, st.just(AttemptStatus.CANCELLING))


def _owing(attempt: Attempt, parts: int, returned: int) -> Attempt:
    """Return an attempt of which a third is owed so many times, or all, and of which so many refunds are done."""
    third = attempt.amount.minor // 3
    shares = [third] * parts if third and parts else [attempt.amount.minor]
    for share in shares:
        attempt = attempt.owing(share)
    for _ in range(returned):
        attempt = attempt.after_refund() if attempt.refund else attempt
    return attempt


_refunding = st.builds(_owing, _captured | _declined | _cancelling, st.integers(0, 3), st.integers(0, 2))
#: Attempts in any status.
attempts = (
    _pending
    | _waiting
    | _captured
    | _declined
    | _cancelling
    | st.builds(Attempt.to, _cancelling, st.just(AttemptStatus.CANCELLED))
    | _refunding
)
payments_seen = attempts.map(lambda attempt: attempt.payment)
payment_refunds = st.builds(Refund, attempt_ids, orders.map(lambda order: order.total))


#: Attempts to charge a processing order.
_started = st.builds(
    lambda order, attempt, status, revision: OrderRecord(
        order, attrs.evolve(attempt, order_id=order.id, amount=order.total), status, revision, DEFAULT_TIMEZONE
    ),
    _processing,
    _pending,
    st.sampled_from(EventStatus),
    st.integers(1, 9),
)
_unpaid = st.builds(
    OrderRecord, _reserved(), st.none(), st.sampled_from(EventStatus), st.just(1), st.just(DEFAULT_TIMEZONE)
)
_gateway_decisions = st.builds(payments.capture, _started, st.just(()), ticket_codes, clock_times) | st.builds(
    payments.decline, _started, clock_times
)
#: Orders as loaded: reserved, processing, or as the gateway's decision leaves them.
records = _unpaid | _started | st.builds(OrderRecord.after, _started, _gateway_decisions)
#: Decisions, not for a particular record.
decisions: st.SearchStrategy[Decision] = (
    _gateway_decisions
    | records.map(lambda record: record.unchanged())
    | st.builds(payments.finish_refund, records, payment_refunds, clock_times)
    | st.builds(payments.wait, _started, references, st.none() | payment_actions, clock_times, clock_times)
    | st.builds(payments.give_up, records, clock_times)
)
place_shifts = st.builds(place_shift, orders, orders)
placed_orders = st.builds(PlacedOrder, orders, st.booleans())


def _change(order: Order, availability: Availability | None) -> Change:
    return Change(order, availability and attrs.evolve(availability, event_id=order.event_id))


order_changes = st.builds(_change, orders, st.none() | availabilities)

_valid_tickets = st.builds(Ticket, ticket_ids, order_ids, event_ids, quantities, qr_texts)


admissions = st.builds(Admission, clock_times, names, scan_ids, names)
taken_back = st.builds(TakenBack, clock_times, st.none() | names)
#: Tickets that are valid, used or void.
tickets = (
    _valid_tickets
    | st.builds(attrs.evolve, _valid_tickets, admission=admissions)
    | _valid_tickets.map(lambda ticket: ticket.refunded())
)


def _admission_undone(ticket: Ticket, admission: Admission, key: str, at: datetime) -> Entry:
    used = ticket.admitted_by([admission])
    return journal.admission_undone(used, used.undone(TakenBack(at)), key, at)


_asked = st.builds(deliveries.asked, order_ids, st.sampled_from(DeliveryKind), st.integers(1, 9), clock_times)


def _at_try(mail: Delivery, tries: int) -> Delivery:
    return attrs.evolve(mail, tries=tries).claimed(mail.asked_at)


_claimed = st.builds(_at_try, _asked, st.integers(0, 30))
#: Mails in any status.
mail_deliveries = (
    _asked | _claimed | _claimed.map(lambda mail: mail.delivered()) | _claimed.map(lambda mail: mail.given_up())
)
delivery_backlogs = st.builds(DeliveryBacklog, st.integers(1, 10**6), st.integers(0, 10**6), clock_times) | st.builds(
    DeliveryBacklog, st.just(0), st.integers(0, 10**6), st.none()
)

#: Journal entries of every step, as the rules write them.
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(journal.transition, orders, clock_times),
    st.builds(journal.reserved, order_ids, quantities, clock_times, clock_times),
    st.builds(journal.failed, orders, clock_times, reasons),
    st.builds(journal.mail_asked, _asked, clock_times),
    st.builds(journal.mailed, _claimed, clock_times),
    st.builds(journal.mail_refused, _claimed, clock_times, reasons),
    st.builds(journal.mail_postponed, mail_deliveries, clock_times, reasons),
    st.builds(journal.given_up, orders, clock_times),
    st.builds(journal.payment_cancelled, order_ids, clock_times),
    st.builds(journal.late_charge, orders, clock_times),
    st.builds(journal.reminded, order_ids, clock_times),
    st.builds(journal.corrected, order_ids, clock_times, st.none() | names),
    st.builds(journal.money_returned, order_ids, orders.map(lambda order: order.total), clock_times),
    st.builds(journal.payment_started, orders, st.sampled_from(PaymentMethod), clock_times, st.none() | names),
    st.builds(journal.payment_waiting, order_ids, clock_times, clock_times),
    st.builds(journal.declined, orders, clock_times, st.none() | reasons),
    st.builds(
        journal.refund_started,
        orders,
        orders.map(lambda order: order.total),
        st.lists(tickets, max_size=3),
        quantities,
        clock_times,
        st.none() | names,
    ),
    st.builds(journal.admitted, tickets, admissions, names),
    st.builds(_admission_undone, tickets, admissions, names, clock_times),
)

customer_places = st.builds(CustomerPlaces, st.integers(0, 9), st.none() | st.integers(1, 9))
ticket_numbers = st.builds(TicketNumber, ticket_codes, quantities)
ticket_records = st.builds(
    TicketRecord,
    tickets,
    quantities,
    ticket_codes,
    st.sampled_from(OrderStatus),
    names,
    st.sampled_from(EventStatus),
    st.none() | clock_times,
    timezones,
)
attendees = st.builds(Attendee.of_ticket, _paid, tickets)
attendee_pages = st.builds(
    AttendeePage, st.lists(attendees, max_size=5).map(tuple), st.none() | st.tuples(clock_times, digests, quantities)
)
admitted = st.builds(Admitted, ticket_records, st.booleans())
