"""The public names of ``ticketcore``, which its package loads when one of them is first asked for."""

from __future__ import annotations

from ticketcore.application.box_office import BoxOffice, PlacedOrder
from ticketcore.application.forgetting import ForgetReport, KeptAddress
from ticketcore.application.live_events import LiveEvent, LivePage
from ticketcore.application.organiser import NewKey, Organiser, QueueReport, Redriven, StockReport
from ticketcore.application.reconciling import Repair
from ticketcore.application.reports import Failure, WebhookFailure, WebhookReport, WorkReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.application.worker import Mapper
from ticketcore.domain.acceptance import AnyRefusal, Refused, accepted
from ticketcore.domain.acts import ActPage, AdminAct, AdminActKind
from ticketcore.domain.api_keys import ApiKey, Holder, KeyRefusal, Role
from ticketcore.domain.attempts import ActionType, Payment, PaymentAction, PaymentMethod, PaymentStatus
from ticketcore.domain.attendees import Attendee, AttendeePage
from ticketcore.domain.availability import Audit, Availability
from ticketcore.domain.correcting import CorrectRefusal, CustomerPlaces
from ticketcore.domain.deliveries import Delivery, DeliveryBacklog, DeliveryKind, DeliveryStatus
from ticketcore.domain.errors import (
    CannotSeal,
    ForeignTable,
    GatewayUnavailable,
    InvalidTransition,
    NoticeNotAuthentic,
    TicketcoreError,
    Unavailable,
)
from ticketcore.domain.events import NO_LIMIT, Event, EventChange, EventDraft, EventFilter, EventStatus, NoLimit
from ticketcore.domain.gate_lists import GateBundle, GateList, GatePlace, GateTicket
from ticketcore.domain.ids import (
    AttemptId,
    CustomerDigest,
    EventId,
    KeyId,
    MessageId,
    OrderId,
    TicketCode,
    TicketId,
    WebhookId,
)
from ticketcore.domain.journal import Entry, Step
from ticketcore.domain.merging import MergedScan, OfflineScan
from ticketcore.domain.money import Currency, CurrencyMismatch, Money
from ticketcore.domain.order_listing import OrderFilter, OrderPage
from ticketcore.domain.orders import Order, OrderStatus, Problem
from ticketcore.domain.payments import PayRefusal, RefundRefusal
from ticketcore.domain.refusals import (
    AddressForgotten,
    CapacityInUse,
    CustomerLimit,
    EventCancelled,
    EventNotFound,
    Fault,
    IdempotencyConflict,
    InvalidRequest,
    NothingToUndo,
    OrderNotCancellable,
    OrderNotFound,
    OrderNotPaid,
    OrderNotPayable,
    PaymentDeclined,
    Refusal,
    ReservationExpired,
    SalesClosed,
    SalesNotOpen,
    SoldOut,
    StaleVersion,
    TicketAlreadyUsed,
    TicketNotAuthentic,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WebhookNotFound,
    WrongEvent,
)
from ticketcore.domain.resending import ResendRefusal
from ticketcore.domain.reservations import DEFAULT_HOLD, CancelRefusal, ReserveRefusal
from ticketcore.domain.retention import Need
from ticketcore.domain.summary import DoubleAdmission, EventSummary
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore.domain.tickets import Admission, TakenBack, Ticket, TicketNumber, TicketRecord, TicketStatus
from ticketcore.domain.validation import AdmitRefusal, Admitted, UndoRefusal
from ticketcore.domain.webhooks import Topic, Webhook, WebhookAnswer, WebhookDelivery, WebhookDeliveryPage
from ticketcore.ports import Ports

__all__ = [
    "DEFAULT_HOLD",
    "NO_LIMIT",
    "ActPage",
    "ActionType",
    "AddressForgotten",
    "AdminAct",
    "AdminActKind",
    "Admission",
    "AdmitRefusal",
    "Admitted",
    "AnyRefusal",
    "ApiKey",
    "AttemptId",
    "Attendee",
    "AttendeePage",
    "Audit",
    "Availability",
    "BoxOffice",
    "CancelRefusal",
    "CannotSeal",
    "CapacityInUse",
    "CorrectRefusal",
    "Currency",
    "CurrencyMismatch",
    "CustomerDigest",
    "CustomerLimit",
    "CustomerPlaces",
    "Delivery",
    "DeliveryBacklog",
    "DeliveryKind",
    "DeliveryStatus",
    "DoubleAdmission",
    "Entry",
    "Event",
    "EventCancelled",
    "EventChange",
    "EventDraft",
    "EventFilter",
    "EventId",
    "EventNotFound",
    "EventStatus",
    "EventSummary",
    "Failure",
    "Fault",
    "ForeignTable",
    "ForgetReport",
    "GateBundle",
    "GateList",
    "GatePlace",
    "GateTicket",
    "GatewayUnavailable",
    "Holder",
    "IdempotencyConflict",
    "InvalidRequest",
    "InvalidTransition",
    "InvalidValue",
    "KeptAddress",
    "KeyId",
    "KeyRefusal",
    "LiveEvent",
    "LivePage",
    "Mapper",
    "MergedScan",
    "MessageId",
    "Money",
    "Need",
    "NewKey",
    "NoLimit",
    "NothingToUndo",
    "NoticeNotAuthentic",
    "OfflineScan",
    "Order",
    "OrderFilter",
    "OrderId",
    "OrderNotCancellable",
    "OrderNotFound",
    "OrderNotPaid",
    "OrderNotPayable",
    "OrderPage",
    "OrderStatus",
    "Organiser",
    "PayRefusal",
    "Payment",
    "PaymentAction",
    "PaymentDeclined",
    "PaymentMethod",
    "PaymentStatus",
    "PlacedOrder",
    "Ports",
    "Problem",
    "QueueReport",
    "Redriven",
    "RefundRefusal",
    "Refusal",
    "Refused",
    "Repair",
    "ResendRefusal",
    "ReservationExpired",
    "ReserveRefusal",
    "Role",
    "SalesClosed",
    "SalesNotOpen",
    "SoldOut",
    "StaleVersion",
    "Step",
    "StockReport",
    "SweepReport",
    "TakenBack",
    "Text",
    "Ticket",
    "TicketAlreadyUsed",
    "TicketCode",
    "TicketId",
    "TicketNotAuthentic",
    "TicketNotFound",
    "TicketNumber",
    "TicketRecord",
    "TicketStatus",
    "TicketVoid",
    "TicketcoreError",
    "TooEarly",
    "Topic",
    "Unavailable",
    "UndoRefusal",
    "Webhook",
    "WebhookAnswer",
    "WebhookDelivery",
    "WebhookDeliveryPage",
    "WebhookFailure",
    "WebhookId",
    "WebhookNotFound",
    "WebhookReport",
    "WorkReport",
    "WrongEvent",
    "accepted",
]
