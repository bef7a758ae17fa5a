"""Hypothesis strategies for the public values, each valid by the rules; ``VALUES`` finds the one of a class."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from ticketcore.application.inventory_sync import LiveEvent, LivePage, Repair
from ticketcore.application.organiser import NewKey, QueueReport, Redriven, StockReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.application.worker import Failure, WorkReport
from ticketcore.domain.api_keys import ApiKey
from ticketcore.domain.availability import Audit, Availability
from ticketcore.domain.events import Event, EventChange, EventDraft, EventFilter
from ticketcore.domain.journal import Entry
from ticketcore.domain.mail import InlineImage, TicketMail
from ticketcore.domain.money import Money
from ticketcore.domain.orders import Change, Order
from ticketcore.domain.payments import Attempt, Settlement
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.refusals import Fault, Refusal
from ticketcore.domain.reservations import Reservation
from ticketcore.domain.tickets import Ticket
from ticketcore.domain.validation import Scan
from ticketcore.ports import (
    Approved,
    Declined,
    Due,
    EventPage,
    Occurrence,
    OutboxRow,
    QueueDepth,
    ReceivedMessage,
    Repeated,
    Taken,
    TicketCodeTaken,
    TooFew,
    Uncounted,
    Unknown,
)
from ticketcore_testing.strategies.events import (
    audits,
    availabilities,
    changes,
    drafts,
    event_filters,
    event_statuses,
    events,
    live_events,
    repairs,
    ticket_prices,
)
from ticketcore_testing.strategies.orders import (
    attempts,
    entries,
    order_changes,
    orders,
    orders_in,
    quantities,
    reservations,
    settlements,
    tickets,
)
from ticketcore_testing.strategies.ports import (
    deliveries,
    event_pages,
    failures,
    gateway_answers,
    inline_images,
    live_pages,
    mails,
    new_keys,
    occurrences,
    outbox_rows,
    queue_depths,
    queue_reports,
    redrivens,
    stock_reports,
    sweep_reports,
    takes,
    ticket_code_takens,
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
    moments,
    names,
    order_ids,
    prices,
    reasons,
    spans,
    ticket_codes,
    ticket_ids,
    tokens,
)
from ticketcore_testing.strategies.qr_text import api_keys, claims, key_ids, qr_texts, read_codes, scans
from ticketcore_testing.strategies.refusals import REFUSALS, faults, refusals

__all__ = [
    "REFUSALS",
    "VALUES",
    "anything",
    "api_keys",
    "attempt_ids",
    "attempts",
    "audits",
    "changes",
    "claims",
    "clock_times",
    "currencies",
    "deliveries",
    "digests",
    "drafts",
    "emails",
    "entries",
    "event_filters",
    "event_ids",
    "event_pages",
    "event_statuses",
    "events",
    "failures",
    "faults",
    "gateway_answers",
    "inline_images",
    "key_ids",
    "live_events",
    "live_pages",
    "mails",
    "moments",
    "names",
    "new_keys",
    "occurrences",
    "order_changes",
    "order_ids",
    "orders",
    "orders_in",
    "outbox_rows",
    "prices",
    "qr_texts",
    "quantities",
    "queue_depths",
    "queue_reports",
    "read_codes",
    "reasons",
    "redrivens",
    "refusals",
    "repairs",
    "reservations",
    "scans",
    "settlements",
    "spans",
    "stock_reports",
    "sweep_reports",
    "takes",
    "ticket_code_takens",
    "ticket_codes",
    "ticket_ids",
    "ticket_prices",
    "tickets",
    "tokens",
    "too_few",
    "work_failures",
    "work_reports",
]

#: The strategy of each public class of values.
VALUES: Mapping[type, st.SearchStrategy[object]] = {
    ApiKey: api_keys,
    Approved: st.just(Approved()),
    Attempt: attempts,
    Audit: audits,
    Change: order_changes,
    Claim: claims,
    Declined: st.just(Declined()),
    ReceivedMessage: deliveries,
    Due: st.just(Due()),
    Entry: entries,
    Event: events,
    EventChange: changes,
    EventDraft: drafts,
    EventFilter: event_filters,
    EventPage: event_pages,
    Failure: work_failures,
    Fault: faults,
    InlineImage: inline_images,
    LiveEvent: live_events,
    LivePage: live_pages,
    Money: prices,
    NewKey: new_keys,
    Occurrence: occurrences,
    Order: orders,
    OutboxRow: outbox_rows,
    QueueDepth: queue_depths,
    QueueReport: queue_reports,
    ReadCode: read_codes,
    Redriven: redrivens,
    Refusal: refusals,
    Repair: repairs,
    Repeated: st.just(Repeated()),
    Reservation: reservations,
    Scan: scans,
    Settlement: settlements,
    Availability: availabilities,
    StockReport: stock_reports,
    SweepReport: sweep_reports,
    Taken: st.just(Taken()),
    Ticket: tickets,
    TicketCodeTaken: ticket_code_takens,
    TicketMail: mails,
    TooFew: too_few,
    Uncounted: st.just(Uncounted()),
    Unknown: st.just(Unknown()),
    WorkReport: work_reports,
    **REFUSALS,
}
