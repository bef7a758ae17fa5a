"""Hypothesis strategies for the public values, each valid by the rules.

Importing this module registers them, so that ``st.from_type`` and ``st.builds`` find the strategy of each class of values and
of each type of id.  ``VALUES`` and ``IDS`` hold what is registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ticketcore import Holder
from ticketcore.application.box_office import PlacedOrder
from ticketcore.application.forgetting import ForgetReport, KeptAddress
from ticketcore.application.inventory_sync import LiveEvent, LivePage, Repair
from ticketcore.application.organiser import NewKey, QueueReport, Redriven, StockReport
from ticketcore.application.reports import Failure, WorkReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.attempts import Attempt
from ticketcore.domain.availability import Audit, Availability
from ticketcore.domain.decisions import Decision, OrderRecord, PlaceShift
from ticketcore.domain.deliveries import Delivery, DeliveryBacklog
from ticketcore.domain.events import Event, EventChange, EventDraft, EventFilter
from ticketcore.domain.ids import AttemptId, EventId, KeyId, OrderId, TicketCode, TicketId
from ticketcore.domain.journal import Entry
from ticketcore.domain.limits import Limit
from ticketcore.domain.mail import DrawnTicket, InlineImage, Mail, MailContent, TicketMail
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.refusals import Fault, Refusal
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.domain.retention import AddressedOrder
from ticketcore.domain.tickets import Admission, Ticket, TicketNumber, TicketRecord
from ticketcore.domain.validation import Admitted, Scan, Undo
from ticketcore.ports import (
    Accepted,
    Approved,
    Cancelled,
    Conflict,
    Declined,
    Due,
    EventPage,
    Later,
    Occurrence,
    OutboxRow,
    QueueDepth,
    ReceivedMessage,
    Refused,
    Repeated,
    Taken,
    TooFew,
    Uncounted,
    Unknown,
)
from ticketcore_testing.strategies.events import (
    audits,
    availabilities,
    event_changes,
    event_drafts,
    event_filters,
    event_statuses,
    events,
    live_events,
    repairs,
    ticket_prices,
)
from ticketcore_testing.strategies.orders import (
    admissions,
    admitted,
    attempts,
    decisions,
    delivery_backlogs,
    entries,
    mail_deliveries,
    order_changes,
    orders,
    orders_in,
    place_shifts,
    placed_orders,
    quantities,
    records,
    reservations,
    ticket_numbers,
    ticket_records,
    tickets,
)
from ticketcore_testing.strategies.ports import (
    addressed_orders,
    conflicts,
    drawn_tickets,
    event_pages,
    failures,
    forget_reports,
    gateway_answers,
    inline_images,
    kept_addresses,
    limits,
    live_pages,
    mail_contents,
    mails,
    mails_postponed,
    mails_refused,
    new_keys,
    occurrences,
    outbox_rows,
    queue_depths,
    queue_reports,
    received_messages,
    redrivens,
    stock_reports,
    sweep_reports,
    takes,
    ticket_mails,
    too_few,
    work_failures,
    work_reports,
)
from ticketcore_testing.strategies.primitives import (
    anything,
    attempt_ids,
    clock_times,
    currencies,
    digests,
    emails,
    event_ids,
    idempotency_keys,
    moments,
    names,
    order_ids,
    prices,
    reasons,
    scan_ids,
    spans,
    ticket_codes,
    ticket_ids,
    tokens,
)
from ticketcore_testing.strategies.qr_text import api_keys, claims, holders, key_ids, qr_texts, read_codes, scans, undos
from ticketcore_testing.strategies.refusals import REFUSALS, faults, refusals

__all__ = [
    "IDS",
    "REFUSALS",
    "VALUES",
    "addressed_orders",
    "admissions",
    "admitted",
    "anything",
    "api_keys",
    "attempt_ids",
    "attempts",
    "audits",
    "availabilities",
    "claims",
    "clock_times",
    "conflicts",
    "currencies",
    "decisions",
    "delivery_backlogs",
    "digests",
    "drawn_tickets",
    "emails",
    "entries",
    "event_changes",
    "event_drafts",
    "event_filters",
    "event_ids",
    "event_pages",
    "event_statuses",
    "events",
    "failures",
    "faults",
    "forget_reports",
    "gateway_answers",
    "holders",
    "idempotency_keys",
    "inline_images",
    "kept_addresses",
    "key_ids",
    "limits",
    "live_events",
    "live_pages",
    "mail_contents",
    "mail_deliveries",
    "mails",
    "mails_postponed",
    "mails_refused",
    "moments",
    "names",
    "new_keys",
    "occurrences",
    "order_changes",
    "order_ids",
    "orders",
    "orders_in",
    "outbox_rows",
    "place_shifts",
    "placed_orders",
    "prices",
    "qr_texts",
    "quantities",
    "queue_depths",
    "queue_reports",
    "read_codes",
    "reasons",
    "received_messages",
    "records",
    "redrivens",
    "refusals",
    "repairs",
    "reservations",
    "scan_ids",
    "scans",
    "spans",
    "stock_reports",
    "sweep_reports",
    "takes",
    "ticket_codes",
    "ticket_ids",
    "ticket_mails",
    "ticket_numbers",
    "ticket_prices",
    "ticket_records",
    "tickets",
    "tokens",
    "too_few",
    "undos",
    "work_failures",
    "work_reports",
]

#: The strategy of each public class of values.
VALUES: Mapping[type, st.SearchStrategy[object]] = {
    AddressedOrder: addressed_orders,
    Accepted: st.just(Accepted()),
    Admission: admissions,
    ForgetReport: forget_reports,
    KeptAddress: kept_addresses,
    ApiKey: api_keys,
    Approved: st.just(Approved()),
    Attempt: attempts,
    Audit: audits,
    Change: order_changes,
    Claim: claims,
    Cancelled: st.just(Cancelled()),
    Declined: st.just(Declined()),
    Delivery: mail_deliveries,
    DeliveryBacklog: delivery_backlogs,
    DrawnTicket: drawn_tickets,
    ReceivedMessage: received_messages,
    Due: st.just(Due()),
    Entry: entries,
    Event: events,
    EventChange: event_changes,
    EventDraft: event_drafts,
    EventFilter: event_filters,
    EventPage: event_pages,
    Failure: work_failures,
    Fault: faults,
    InlineImage: inline_images,
    Later: mails_postponed,
    Limit: limits,
    LiveEvent: live_events,
    LivePage: live_pages,
    Money: prices,
    NewKey: new_keys,
    Occurrence: occurrences,
    Order: orders,
    OutboxRow: outbox_rows,
    PlacedOrder: placed_orders,
    Admitted: admitted,
    Holder: holders,
    TicketNumber: ticket_numbers,
    TicketRecord: ticket_records,
    Undo: undos,
    QueueDepth: queue_depths,
    QueueReport: queue_reports,
    ReadCode: read_codes,
    Redriven: redrivens,
    Refusal: refusals,
    Refused: mails_refused,
    Repair: repairs,
    Repeated: st.just(Repeated()),
    ReservationRequest: reservations,
    Scan: scans,
    Decision: decisions,
    OrderRecord: records,
    PlaceShift: place_shifts,
    Availability: availabilities,
    StockReport: stock_reports,
    SweepReport: sweep_reports,
    Taken: st.just(Taken()),
    Ticket: tickets,
    Conflict: conflicts,
    Mail: mails,
    MailContent: mail_contents,
    TicketMail: ticket_mails,
    TooFew: too_few,
    Uncounted: st.just(Uncounted()),
    Unknown: st.just(Unknown()),
    WorkReport: work_reports,
    **REFUSALS,
}

#: The strategy of each ``NewType`` of the domain.
IDS: Mapping[Any, st.SearchStrategy[object]] = {
    AttemptId: attempt_ids,
    Currency: currencies,
    EventId: event_ids,
    KeyId: key_ids,
    OrderId: order_ids,
    TicketCode: ticket_codes,
    TicketId: ticket_ids,
}

for _kind, _strategy in [*VALUES.items(), *IDS.items()]:
    st.register_type_strategy(_kind, _strategy)
