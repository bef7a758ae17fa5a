"""Strategies for arguments and results of ports, and for reports of use cases."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from ticketcore.application.forgetting import ForgetReport, KeptAddress
from ticketcore.application.live_events import LivePage
from ticketcore.application.organiser import NewKey, QueueReport, Redriven, StockReport
from ticketcore.application.reports import Failure, WorkReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.domain.acts import ActPage
from ticketcore.domain.announcements import Announcement
from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.errors import GatewayUnavailable, TicketcoreError, Unavailable
from ticketcore.domain.event_refunds import EventRefund
from ticketcore.domain.gate_lists import GateBundle, GateList, GatePlace, GateTicket
from ticketcore.domain.ledger_faults import FaultKind, LedgerFault, StoredOrder
from ticketcore.domain.limits import Limit
from ticketcore.domain.mail import DrawnTicket, InlineImage, Mail, MailContent, OrderMail
from ticketcore.domain.merging import Merged, MergedScan, OfflineScan
from ticketcore.domain.orders import OrderStatus
from ticketcore.domain.refusals import TicketVoid
from ticketcore.domain.retention import AddressedOrder, Need
from ticketcore.domain.summary import DoubleAdmission
from ticketcore.domain.texts import Text
from ticketcore.domain.tickets import TicketStatus
from ticketcore.ports import (
    Act,
    Approved,
    Conflict,
    Counter,
    Declined,
    Due,
    EventPage,
    Later,
    Limited,
    NotAdmitted,
    Occurrence,
    OutboxRow,
    Pending,
    QueueDepth,
    ReceivedMessage,
    Refused,
    Repeated,
    Take,
    Taken,
    TooFew,
    Uncounted,
    Unknown,
)
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_testing.strategies.events import audits, events, live_events, repairs
from ticketcore_testing.strategies.orders import (
    orders_in,
    payment_actions,
    records,
    references,
    ticket_records,
    tickets,
)
from ticketcore_testing.strategies.primitives import (
    clock_times,
    digests,
    emails,
    event_ids,
    names,
    order_ids,
    reasons,
    scan_ids,
    spans,
    ticket_codes,
)
from ticketcore_testing.strategies.qr_text import admin_acts, api_keys, qr_texts
from ticketcore_testing.strategies.refusals import refusals

_counts = st.integers(0, 10**6)
_after = st.none() | st.tuples(clock_times, event_ids)

# Ports

event_pages = st.builds(EventPage, st.lists(events, max_size=5).map(tuple), _after)
too_few = st.builds(TooFew, _counts, _counts)
counters = st.builds(Counter, _counts, st.booleans(), st.integers(1, 1000), clock_times)
_words: list[Take] = [Taken(), Repeated(), Due(), Unknown(), Uncounted(), NotAdmitted(), Limited()]
takes = st.sampled_from(_words) | too_few
gateway_answers: st.SearchStrategy[Approved | Declined | Pending] = (
    st.builds(Approved, references)
    | st.builds(Declined, reasons)
    | st.builds(Pending, references, st.none() | payment_actions, clock_times)
)
received_messages = st.builds(ReceivedMessage, names, order_ids, st.integers(1, MAX_RECEIVES))
queue_depths = st.builds(QueueDepth, st.integers(1, 10**6), _counts, _counts, st.none() | clock_times) | st.builds(
    QueueDepth, st.just(0), _counts, _counts, st.none()
)
outbox_rows = st.builds(OutboxRow, st.integers(1, 2**31), order_ids)
conflicts = st.builds(Conflict)
announcements = st.builds(
    Announcement, event_ids, st.sampled_from(DeliveryKind), st.integers(1, 9), st.tuples(clock_times, digests)
)
event_refunds = st.builds(
    EventRefund, event_ids, clock_times, st.none() | names, st.none() | st.tuples(clock_times, digests)
)
gate_places = st.builds(GatePlace, st.integers(0, 2**63 - 1), st.none() | st.tuples(clock_times, digests))
gate_tickets = st.builds(GateTicket, digests, st.sampled_from(TicketStatus))
gate_lists = st.builds(GateList, st.lists(gate_tickets, max_size=5).map(tuple), gate_places)
gate_bundles = st.builds(
    GateBundle, st.lists(st.binary(min_size=32, max_size=32), max_size=2).map(tuple), gate_lists, clock_times
)
offline_scans = st.builds(OfflineScan, qr_texts, scan_ids, clock_times)
merged = st.builds(Merged, ticket_records, st.none() | st.just(TicketVoid()))
merged_scans = st.builds(MergedScan, scan_ids, st.none() | refusals, st.lists(names, max_size=3).map(tuple))
double_admissions = st.builds(
    DoubleAdmission, ticket_codes, st.integers(1, 9), st.lists(names, min_size=2, max_size=3).map(tuple)
)
addressed_orders = st.builds(AddressedOrder, order_ids, clock_times)
stored_orders = st.builds(StoredOrder, records, st.lists(tickets, max_size=3).map(tuple), st.booleans())
ledger_faults = st.builds(
    LedgerFault,
    st.sampled_from(FaultKind),
    st.just(Text("it is paid and has no ticket code")),
    st.none() | event_ids,
    st.none() | digests,
)
kept_addresses = st.builds(KeptAddress, digests, st.sampled_from(Need))
forget_reports = st.builds(ForgetReport, _counts, _counts, st.lists(kept_addresses, max_size=3).map(tuple))
limits = st.builds(Limit, st.integers(1, 10), st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds)))
mails_refused = st.builds(Refused, reasons)
mails_postponed = st.builds(Later, reasons)
#: Occurrences of any act, with a word or a refusal's code.
occurrences = st.builds(
    Occurrence,
    st.sampled_from(Act),
    st.sampled_from(["done", "reserved", "paid"]) | refusals.map(lambda refusal: refusal.code) | names,
    st.none() | order_ids,
)

# Mail

inline_images = st.builds(
    InlineImage,
    st.integers(1, 1000).map("ticket-{}.png".format),
    st.binary(max_size=200).map(b"\x89PNG\r\n\x1a\n".__add__),
)
_lines = st.lists(names | st.just(""), max_size=10).map("\n".join)
#: Messages to a buyer, of any text and with any images; no two images of one have the same name.
mails = st.builds(
    Mail,
    kind=st.sampled_from(DeliveryKind),
    key=digests,
    date=clock_times,
    recipient=emails,
    subject=names,
    text=_lines.map("{}\n".format),
    html=_lines.map("<p>{}</p>\n".format),
    images=st.lists(inline_images, max_size=4, unique_by=lambda image: image.name).map(tuple),
)

mail_contents = st.builds(MailContent, names, _lines.map("{}\n".format), _lines.map("<p>{}</p>\n".format))
drawn_tickets = st.builds(DrawnTicket, tickets, inline_images.map(lambda image: image.png))
_drawn = st.lists(drawn_tickets, max_size=4, unique_by=lambda drawn: drawn.ticket.number).map(tuple)
_with_tickets = st.tuples(st.just(DeliveryKind.TICKETS), _drawn)
_without_tickets = st.tuples(st.sampled_from(sorted({*DeliveryKind} - {DeliveryKind.TICKETS})), st.just(()))
order_mails = st.builds(
    lambda brings, key, event, order, date: OrderMail(brings[0], key, event, order, brings[1], date),
    _with_tickets | _without_tickets,
    digests,
    events,
    orders_in(OrderStatus.PAID),
    clock_times,
)

# Reports

failures: st.SearchStrategy[TicketcoreError] = st.builds(Unavailable, names, reasons) | st.builds(
    GatewayUnavailable, reasons
)
work_failures = st.builds(Failure, order_ids, failures)
work_reports = st.builds(WorkReport, _counts, st.lists(work_failures, max_size=5).map(tuple))
sweep_reports = st.builds(
    SweepReport, _counts, _counts, st.lists(repairs, max_size=5).map(tuple), _counts, announced=_counts, refunds=_counts
)
live_pages = st.builds(LivePage, st.lists(live_events, max_size=5).map(tuple), _after)
act_pages = st.builds(ActPage, st.lists(admin_acts, max_size=5).map(tuple), st.none() | st.integers(1, 2**63 - 1))
new_keys = st.builds(NewKey, api_keys, names)
queue_reports = st.builds(QueueReport, _counts, _counts, _counts, spans)
redrivens = st.builds(Redriven, _counts, _counts)
stock_reports = st.builds(StockReport, audits, _counts) | st.builds(StockReport, audits, st.none(), st.none() | reasons)
