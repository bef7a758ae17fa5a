"""Orders on the wire: what is sent to reserve and pay, and how orders and their tickets are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from ticketcore import DeliveryStatus, Order, OrderFilter, OrderPage, OrderStatus, Problem, Ticket
from ticketcore.domain import emails, events, idempotency, ids
from ticketcore.domain.ids import EventId, TicketCode
from ticketcore.domain.order_listing import Cursor
from ticketcore.domain.texts import InvalidValue
from ticketcore_wire import pages
from ticketcore_wire.object_schemas import RequestSchema, field, member, object_schema
from ticketcore_wire.payment_schemas import PAYMENT
from ticketcore_wire.schemas import InputSchema, Schema, annotated, array, choice, nullable, text, whole_number
from ticketcore_wire.ticket_schemas import TICKET, LinkedTicket
from ticketcore_wire.values import AMOUNT, COUNT, CURRENCY, EVENT_ID, EXAMPLE_EVENT, QUERY_FLAG, SENTENCE, TEXT, TIME

_PROBLEM: Schema[Problem] = object_schema(
    "OrderProblem",
    member("code", choice(Problem), lambda problem: problem),
    member("detail", SENTENCE, lambda problem: problem.detail),
)

ORDER: Schema[Order] = object_schema(
    "Order",
    member(
        "id",
        annotated(TEXT, description="The buyer's credential: it gives access to the order."),
        lambda order: order.id,
    ),
    member("event_id", TEXT, lambda order: order.event_id),
    member("customer_email", TEXT, lambda order: order.customer_email),
    member("quantity", COUNT, lambda order: order.quantity),
    member("total_amount", AMOUNT, lambda order: order.total.amount),
    member("currency", CURRENCY, lambda order: order.total.currency),
    member("status", choice(OrderStatus), lambda order: order.status),
    member("ticket_code", annotated(nullable(TEXT), description="Null until paid."), lambda order: order.ticket_code),
    member("created_at", TIME, lambda order: order.created_at),
    member(
        "expires_at",
        annotated(nullable(TIME), description="Null once paid."),
        lambda order: None if order.ticket_code else order.expires_at,
    ),
    member(
        "problem",
        annotated(nullable(_PROBLEM), description="Why the order ended without tickets."),
        lambda order: order.problem,
    ),
    member(
        "payment",
        annotated(nullable(PAYMENT), description="Null until the buyer has confirmed one."),
        lambda order: order.payment,
    ),
    member(
        "delivery",
        annotated(
            nullable(choice(DeliveryStatus)), description="What became of the mail with the tickets; null until paid."
        ),
        lambda order: order.delivery,
    ),
)


@attrs.frozen
class OrderTickets:
    """A paid order with its tickets, whose links begin with ``public_url``."""

    order: Order
    tickets: Sequence[Ticket]
    public_url: str

    @property
    def ticket_code(self) -> TicketCode:
        """The code under which the tickets were issued."""
        assert self.order.ticket_code is not None, "a paid order has a ticket code"
        return self.order.ticket_code

    @property
    def linked_tickets(self) -> Sequence[LinkedTicket]:
        """The tickets with their links."""
        return [LinkedTicket(ticket, self.public_url) for ticket in self.tickets]


ORDER_TICKETS: Schema[OrderTickets] = object_schema(
    "OrderTickets",
    member("order_id", TEXT, lambda shown: shown.order.id),
    member("ticket_code", TEXT, lambda shown: shown.ticket_code),
    member("tickets", array(TICKET), lambda shown: shown.linked_tickets),
)


_EMAIL = text(emails.parse, maxLength=emails.MAX_LENGTH, pattern=emails.PATTERN, examples=["ann@example.com"])


@attrs.frozen
class NewOrder:
    """A buyer's request for places."""

    event_id: EventId
    quantity: int
    customer_email: str


NEW_ORDER: RequestSchema[NewOrder] = RequestSchema(
    "NewOrder",
    NewOrder,
    (
        field("event_id", EVENT_ID, lambda order: order.event_id),
        field(
            "quantity",
            whole_number(events.MAX_PER_ORDER, events.CHECKS["max_per_order"]),
            lambda order: order.quantity,
        ),
        field(
            "customer_email",
            _EMAIL,
            lambda order: order.customer_email,
        ),
    ),
    example={"event_id": EXAMPLE_EVENT, "quantity": 2, "customer_email": "ann@example.com"},
)


# Bare, or a string of RFC 8941, section 3.3.3, which has a backslash before quotes and backslashes.
_IDEMPOTENCY_KEY = (
    rf"[!#-~][ -~]{{{idempotency.MIN_LENGTH - 2},{idempotency.MAX_LENGTH - 2}}}[!-~]"
    rf'|"([ !#-\[\]-~]|\\["\\]){{{idempotency.MIN_LENGTH},{idempotency.MAX_LENGTH}}}"'
)


def _idempotency_key(value: str) -> str:
    if not re.fullmatch(_IDEMPOTENCY_KEY, value):
        raise InvalidValue(idempotency.FAULT)
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _quoted(key: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", key) + '"'


IDEMPOTENCY_KEY: InputSchema[str] = text(
    _idempotency_key,
    _quoted,
    pattern=f"^({_IDEMPOTENCY_KEY})$",
    examples=["7f9c24e8-3b12-4fef-91e0-5d1f0a2b6c3d"],
    description=(
        "A secret of the buyer's that stands for one order, as its id does: a random UUID, bare or as a quoted string "
        "(RFC 8941). Sent again with the same body, it returns the order as it now is; with another body it is refused."
    ),
)


@attrs.frozen
class NewOrderHeaders:
    """The header fields of a buyer's request for places."""

    idempotency_key: str | None = None


NEW_ORDER_HEADERS: RequestSchema[NewOrderHeaders] = RequestSchema(
    "NewOrderHeaders",
    NewOrderHeaders,
    (field("Idempotency-Key", IDEMPOTENCY_KEY, lambda headers: headers.idempotency_key),),
)


@attrs.frozen
class OrderCorrection:
    """An admin's correction of an order."""

    customer_email: str


ORDER_CORRECTION: RequestSchema[OrderCorrection] = RequestSchema(
    "OrderCorrection",
    OrderCorrection,
    (
        field(
            "customer_email",
            annotated(_EMAIL, description="The right address; the tickets of a paid order are mailed there."),
            lambda correction: correction.customer_email,
        ),
    ),
    example={"customer_email": "ann@example.com"},
)


@attrs.frozen
class Nothing:
    """A request that says nothing but its address."""


NOTHING: RequestSchema[Nothing] = RequestSchema("Nothing", Nothing)


# Pages


CURSOR: InputSchema[Cursor] = pages.cursor(ids.read_digest)

ORDER_PAGE: Schema[OrderPage] = pages.page_schema("OrderPage", ORDER, CURSOR)


@attrs.frozen
class OrderQuery:
    """Which page of which orders to list."""

    event_id: EventId | None = None
    customer_email: str | None = None
    ticket_code: TicketCode | None = None
    status: OrderStatus | None = None
    undelivered: bool = False
    limit: int = pages.DEFAULT_PAGE
    cursor: Cursor | None = None

    @property
    def order_filter(self) -> OrderFilter:
        """Which orders to list."""
        return OrderFilter(
            self.event_id, self.customer_email, self.ticket_code, self.status, undelivered=self.undelivered
        )


ORDER_QUERY: RequestSchema[OrderQuery] = RequestSchema(
    "OrderQuery",
    OrderQuery,
    (
        field("event_id", EVENT_ID, lambda query: query.event_id),
        field(
            "customer_email",
            annotated(_EMAIL, description="In whatever case it was written."),
            lambda query: query.customer_email,
        ),
        field("ticket_code", text(ids.read_ticket_code), lambda query: query.ticket_code),
        field(
            "status",
            annotated(choice(OrderStatus), description="A reservation past its deadline is expired."),
            lambda query: query.status,
        ),
        field(
            "undelivered",
            annotated(QUERY_FLAG, description="Only paid orders whose mail could not be delivered."),
            lambda query: query.undelivered,
        ),
        field("limit", pages.LIMIT, lambda query: query.limit),
        field("cursor", CURSOR, lambda query: query.cursor),
    ),
)
