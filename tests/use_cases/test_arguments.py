"""With arguments of any type and content a use case returns a value or a refusal, and raises nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.use_cases.harness import BUYER, Office, office
from ticketcore import (
    BoxOffice,
    EventChange,
    EventDraft,
    EventFilter,
    EventNotFound,
    EventStatus,
    InvalidRequest,
    OfflineScan,
    OrderFilter,
    OrderNotFound,
    Organiser,
    Refusal,
    Role,
    TicketNotFound,
    TicketNumber,
    WebhookNotFound,
    accepted,
)
from ticketcore.domain.api_keys import LIBRARY, KeyRefusal
from ticketcore.domain.attempts import PaymentMethod
from ticketcore.domain.webhooks import Topic
from ticketcore_memory import VirtualClock, memory_ports
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_sql import (
    Database,
    SqlEvents,
    SqlKeys,
    SqlLeases,
    SqlOrders,
    SqlOutbox,
    SqlPaymentQueue,
    SqlTickets,
    SqlWebhooks,
)
from ticketcore_testing.strategies import anything

#: Always left out: they are code of the caller's, not data.
CODE = {"may_begin", "mapper"}
DATE = datetime(2031, 5, 1, 20, tzinfo=UTC)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | anything
json_values = st.recursive(
    scalars, lambda values: st.lists(values, max_size=3) | st.dictionaries(anything, values, max_size=3), max_leaves=5
)
#: More than a client of JSON can send: values that a program may pass by mistake.
mistakes = st.sampled_from(
    [b"bytes", 10**40, -1, "on_sale", "1.00", datetime(2031, 5, 1), datetime.max, DATE, object()]
)


def fields_of(kind: type) -> st.SearchStrategy[Any]:
    """Draw instances of ``kind`` whose fields may hold anything."""
    names = [field.name for field in attrs.fields(kind)]
    return st.fixed_dictionaries({name: garbage_or(RIGHT[name]) for name in names}).map(lambda drawn: kind(**drawn))


def garbage_or(right: object) -> st.SearchStrategy[Any]:
    """Draw the right value most often, so that garbage in one argument is not hidden by that in another."""
    return st.just(right) | st.just(right) | json_values | mistakes


#: A value for each argument and field that the office below accepts, or at least looks up.
RIGHT: dict[str, Any] = {
    "after": None,
    "allow_past": False,
    "capacity": 10,
    "change": EventChange(),
    "currency": "EUR",
    "customer_email": BUYER,
    "date": DATE,
    "description": "One evening.\nTwo acts.",
    "draft": EventDraft("Show", DATE, "Hall", 10, "45.00"),
    "gate": "north",
    "language": "pt-BR",
    "by": "office",
    "refusal": KeyRefusal.UNKNOWN,
    "session_id": "a" * 26,
    "event_ids": (),
    "event_id": "nothing",
    "holder": LIBRARY,
    "include_used": True,
    "tickets": [1],
    "method": PaymentMethod.CASH,
    "headers": {},
    "body": b"",
    "idempotency_key": "a-key-of-the-buyer",
    "limit": 10,
    "location": "Hall",
    "max_per_order": 4,
    "max_per_customer": 8,
    "name": "Show",
    "order_filter": OrderFilter(undelivered=True),
    "payment_token": "tok_approved",
    "price": "45.00",
    "quantity": 1,
    "revision": 1,
    "search": "show",
    "role": Role.GATE,
    "doors_at": DATE,
    "sale_ends_at": DATE,
    "sale_starts_at": None,
    "scan_id": None,
    "scans": [OfflineScan("QR", "a scan of one's own", DATE)],
    "starts_after": None,
    "status": EventStatus.ON_SALE,
    "text": "tck_nothing",
    "timezone": "Europe/London",
    "notify_buyers": False,
    "ticket_code": "7QXK2-M3PTV",
    "topics": [Topic.ORDER_PAID],
    "message_id": "nothing",
    "url": "https://example.com/",
    "webhook_id": "nothing",
    "undelivered": True,
    "wanted": EventFilter(),
}
VALUES = {"draft": EventDraft, "change": EventChange, "wanted": EventFilter, "order_filter": OrderFilter}


def methods() -> Iterator[tuple[type, str, list[str]]]:
    """Yield every public method with the names of its arguments."""
    for kind in (BoxOffice, Organiser):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                yield kind, name, [each for each in inspect.signature(method).parameters if each not in {"self", *CODE}]


def right_of(place: Office) -> dict[str, Any]:
    """Return ``RIGHT`` with what there is in an office."""
    order = place.sold()
    [ticket] = accepted(place.box_office.tickets_of(order))
    found = {"event_id": place.event_id, "order_id": order.id, "order_name": order.id, "order": order, "ticket": ticket}
    return RIGHT | found | {"ticket_id": ticket.id, "presented": ticket.qr_code, "key_id": "a2"}


@contextmanager
def on_sqlite(directory: Path) -> Iterator[Office]:
    """Yield an office whose ledger and queue are on SQLite, which binds fewer types than Python has."""
    database = Database.connect(f"sqlite:///{directory}/ledger.sqlite3")
    database.upgrade()
    clock = VirtualClock()
    ports = memory_ports(SimulatedPaymentGateway(), clock).replacing(
        events=SqlEvents(database),
        orders=SqlOrders(database),
        tickets=SqlTickets(database),
        outbox=SqlOutbox(database),
        keys=SqlKeys(database),
        leases=SqlLeases(database),
        webhooks=SqlWebhooks(database),
        payment_queue=SqlPaymentQueue(database),
    )
    try:
        draft = EventDraft("Show", clock.now() + timedelta(days=30), "Hall", 1000, "45.00")
        event = accepted(Organiser(ports).create_event(draft)).event
        yield Office(BoxOffice(ports), clock, event.id)
    finally:
        database.close()


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, dict[str, Any]]]:
    """Yield an office, and the right arguments for it."""
    opened: AbstractContextManager[Office]
    opened = nullcontext(office(1000)) if request.param == "memory" else on_sqlite(tmp_path_factory.mktemp("arguments"))
    with opened as place:
        yield place, right_of(place)


@pytest.mark.parametrize(
    ("kind", "name", "names"), [*methods()], ids=lambda value: getattr(value, "__name__", str(value))
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_garbage_never_raises(
    stage: tuple[Office, dict[str, Any]], kind: type, name: str, names: list[str], data: st.DataObject
) -> None:
    """Each argument may be anything, also a draft, change or filter with anything in its fields."""
    place, right = stage
    arguments = {
        each: data.draw(garbage_or(right[each]) | (fields_of(VALUES[each]) if each in VALUES else st.nothing()), each)
        for each in names
    }
    method = getattr(place.organiser if kind is Organiser else place.box_office, name)
    method(**arguments)


def faults(outcome: object) -> set[str]:
    assert isinstance(outcome, InvalidRequest), outcome
    return {fault.field for fault in outcome.errors}


def draft(**fields: Any) -> EventDraft:
    right: EventDraft = RIGHT["draft"]
    return attrs.evolve(right, **fields)


WRONG: dict[str, tuple[Callable[[Any], object], set[str]]] = {
    "a quantity as text": (lambda at: at.box_office.reserve(at.event_id, "2", BUYER), {"quantity"}),
    "a quantity of True": (lambda at: at.box_office.reserve(at.event_id, True, BUYER), {"quantity"}),
    "a broken quantity": (lambda at: at.box_office.reserve(at.event_id, 1.5, BUYER), {"quantity"}),
    "no address": (lambda at: at.box_office.reserve(at.event_id, 1, None), {"customer_email"}),
    "a key of bytes": (
        lambda at: at.box_office.reserve(at.event_id, 1, BUYER, b"a key of the buyer"),
        {"idempotency_key"},
    ),
    "all at once": (
        lambda at: at.box_office.reserve(at.event_id, 0, "", 1),
        {"quantity", "customer_email", "idempotency_key"},
    ),
    "a token of 1": (lambda at: at.box_office.pay("a", 1), {"payment_token"}),
    "a method of the gateway": (
        lambda at: at.organiser.record_payment("a", PaymentMethod.GATEWAY),
        {"method"},
    ),
    "no tickets": (lambda at: at.organiser.refund("a", tickets=[]), {"tickets"}),
    "a ticket of True": (lambda at: at.organiser.refund("a", tickets=[1, True]), {"tickets"}),
    "a notice of text": (lambda at: at.box_office.receive_notice([], "body"), {"headers", "body"}),
    "a token with a line break": (lambda at: at.box_office.pay("a", "tok\n"), {"payment_token"}),
    "a scan of bytes": (lambda at: at.box_office.validate(b"", "north"), {"qr_code"}),
    "a short scan id": (lambda at: at.box_office.validate("", "north", scan_id="x" * 15), {"scan_id"}),
    "a long scan id": (lambda at: at.box_office.validate("", "north", scan_id="x" * 65), {"scan_id"}),
    "a key's name for its holder": (lambda at: at.box_office.validate("", "north", holder="north"), {"holder"}),
    "a number of no ticket": (
        lambda at: at.box_office.validate(TicketNumber(1, 0), "north", at.event_id),  # type: ignore[arg-type]  # It is wrong.
        {"ticket_code", "number"},
    ),
    "an undo of bytes": (lambda at: at.box_office.undo(b"", holder=1), {"qr_code", "holder"}),
    "a gate without a name": (lambda at: at.box_office.validate("", " ", scan_id=""), {"gate", "scan_id"}),
    "a page without end": (lambda at: at.box_office.list_events(limit=10**9), {"limit"}),
    "a search without end": (lambda at: at.box_office.list_events(search="a" * 101), {"search"}),
    "a page number": (lambda at: at.organiser.list_events(after=2), {"after"}),
    "a naive time": (lambda at: at.box_office.list_events(starts_after=datetime(2031, 5, 1)), {"starts_after"}),
    "a filter as text": (lambda at: at.organiser.list_events("on_sale"), {"wanted"}),
    "a status of a filter as text": (lambda at: at.organiser.list_events(EventFilter("on_sale")), {"status"}),  # type: ignore[arg-type]  # It is wrong.
    "an id for a place in a listing": (lambda at: at.organiser.list_orders(after=(DATE, "a" * 26)), {"after"}),
    "a place without a number in a list of attendees": (
        lambda at: at.organiser.attendees(at.event_id, (DATE, "0" * 16)),
        {"after"},
    ),
    "an id for a place in a list of attendees": (
        lambda at: at.organiser.attendees(at.event_id, (DATE, "a" * 26, 1), 0),
        {"after", "limit"},
    ),
    "a filter of events for orders": (lambda at: at.organiser.list_orders(EventFilter()), {"order_filter"}),
    "a filter of orders with nothing right": (
        lambda at: at.organiser.list_orders(OrderFilter("", "ann", status="paid", undelivered=1)),  # type: ignore[arg-type]  # It is wrong.
        {"customer_email", "status", "undelivered"},
    ),
    "an order's id for the order": (lambda at: at.box_office.tickets_of("a"), {"order"}),
    "a ticket's id for the ticket": (lambda at: at.box_office.image_of("a"), {"ticket"}),
    "a ticket's id to draw": (lambda at: at.box_office.draw("a"), {"ticket"}),
    "a float for a price": (lambda at: at.organiser.create_event(draft(price=45.0)), {"price"}),
    "a list of currencies": (lambda at: at.organiser.create_event(draft(currency=["EUR"])), {"currency"}),
    "a date as text": (lambda at: at.organiser.create_event(draft(date="2031-05-01T20:00:00Z")), {"date"}),
    "a naive date": (lambda at: at.organiser.create_event(draft(date=datetime(2031, 5, 1))), {"date"}),
    "a status as text": (lambda at: at.organiser.create_event(draft(status="on_sale")), {"status"}),
    "a dictionary for a draft": (lambda at: at.organiser.create_event({"name": "Show"}), {"draft"}),
    "a float for a new price": (
        lambda at: at.organiser.change_event(at.event_id, EventChange(price=45.0)),  # type: ignore[arg-type]  # It is wrong.
        {"price"},
    ),
    "a dictionary for a change": (lambda at: at.organiser.change_event(at.event_id, {"price": "1.00"}), {"change"}),
    "a revision as text": (lambda at: at.organiser.change_event(at.event_id, EventChange(), "1"), {"revision"}),
    "a role as text": (lambda at: at.organiser.create_key("north", "gate"), {"role"}),
    "a webhook to a file of nothing": (
        lambda at: at.organiser.create_webhook("file:///etc/passwd", []),
        {"url", "topics"},
    ),
    "a webhook to nothing": (
        lambda at: at.organiser.create_webhook(None, ["order.paid"], by=1),
        {"url", "topics", "by"},
    ),
    "a place of no message": (lambda at: at.organiser.list_webhook_deliveries("a", (DATE, 1), 0), {"after", "limit"}),
    "a key for a form that can be guessed": (
        lambda at: at.organiser.create_key_once("short", "north", Role.GATE),
        {"idempotency_key"},
    ),
    "a key without a name": (lambda at: at.organiser.create_key(None, Role.GATE), {"name"}),
}


@pytest.mark.parametrize(("call", "fields"), WRONG.values(), ids=WRONG)
def test_a_refusal_names_the_arguments(call: Callable[[Any], object], fields: set[str]) -> None:
    """Every argument with a fault is named, and no other."""
    assert faults(call(office())) == fields


@pytest.mark.parametrize("wrong", [None, 5, "", "A", "a" * 33, "../a", "\0", "a\n", ["a"], {}])
def test_what_is_no_id_is_not_found(wrong: Any) -> None:
    """Nothing has an id of another form, so no store is asked for it."""
    place = office()
    box_office, organiser = place.box_office, place.organiser

    assert box_office.event(wrong) == EventNotFound()
    assert box_office.reserve(wrong, 1, BUYER) == EventNotFound()
    assert organiser.change_event(wrong, EventChange()) == EventNotFound()
    assert organiser.stock(wrong) == organiser.rebuild_stock(wrong) == organiser.summary(wrong) == EventNotFound()
    assert box_office.ticket(wrong) == TicketNotFound()
    assert organiser.revoke_key(wrong) is None
    assert organiser.delete_webhook(wrong) == organiser.list_webhook_deliveries(wrong) == WebhookNotFound()
    assert organiser.replay_webhook(wrong, wrong) == WebhookNotFound()
    assert organiser.authenticate(wrong) is KeyRefusal.UNKNOWN
    assert list(organiser.explain(wrong)) == []
    for outcome in (
        box_office.order(wrong),
        box_office.pay(wrong, "tok_approved"),
        box_office.cancel(wrong),
        organiser.refund(wrong),
        organiser.find_order(wrong),
    ):
        assert outcome == OrderNotFound()


def test_an_event_as_text_or_by_mistake_admits_nothing() -> None:
    """A gate whose event is not an id refuses tickets, rather than admitting those of any event."""
    place = office()
    [ticket] = accepted(place.box_office.tickets_of(place.sold()))
    wrong: Any
    for wrong in (0, False, "", [], place.event_id.upper()):
        assert isinstance(place.box_office.validate(ticket.qr_code, "north", wrong), Refusal)
