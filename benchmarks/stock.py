"""What is there before a round: events made by the service's own use case, orders and tickets loaded by COPY."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import psycopg
import redis
from psycopg import sql

from benchmarks.growth import grow
from benchmarks.servers import Stores
from tests.servers.postgres import connect
from ticketcore import EventDraft, LiveEvent, LivePage, accepted
from ticketcore.application import reconciling
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.timestamps import whole_milliseconds
from ticketcore_bootstrap import Assembly, assemble, read_settings
from ticketcore_wire.event_schemas import EVENT

_ORDERS = (
    *("id", "digest", "event_id", "customer_email", "customer", "quantity", "places", "total_amount", "currency"),
    *("status", "ticket_code", "created_at", "expires_at", "revision"),
)
_TICKETS = ("id", "order_id", "event_id", "number", "qr_code", "status")
_ATTEMPTS = ("id", "order_id", "token", "amount", "currency", "status")
_DELIVERIES = ("order_id", "kind", "number", "asked_at", "due_at", "tries", "status")
_CUSTOMERS = ("event_id", "customer", "places")
# The sweeper of the service would publish what a yardstick writes into ours.
_YARDSTICK_OUTBOX = """
CREATE TABLE IF NOT EXISTS yardstick_outbox (LIKE outbox INCLUDING ALL, FOREIGN KEY (order_id) REFERENCES orders)
"""
_PRICE, _CURRENCY = 4500, "BRL"
_MANY = 1_000_000
#: As many as all sides of one operation use.
_GROWN_EVENTS = 128


@attrs.frozen
class Stock:
    """Events, orders and tickets in the stores of a benchmark."""

    assembly: Assembly
    _connection: psycopg.Connection[Any]
    _redis: redis.Redis
    _grown: list[EventId]

    def grow(self, orders: int, quiet_events: int) -> list[EventId]:
        """Return events that have sold so many orders together, beside others on sale that have no buyers."""
        event_ids = self.events(_GROWN_EVENTS)
        grow(self._connection, self.assembly.ports, event_ids, orders, quiet_events)
        return event_ids

    def events(self, count: int, capacity: int = _MANY) -> list[EventId]:
        """Return events on sale of which no other side knows, which the yardstick of ``GET /events/{id}`` finds in Redis, too.

        They are those that have sold orders before, as long as there are any.
        """
        if capacity == _MANY and len(self._grown) >= count:
            return [self._shown(accepted(self.assembly.box_office.event(self._grown.pop()))) for _ in range(count)]
        return [self._event(f"Event {number}", capacity) for number in range(count)]

    def _event(self, name: str, capacity: int) -> EventId:
        date = datetime.now(UTC) + timedelta(days=100)
        draft = EventDraft(name, date, "The hall at the end of the street", capacity, "45.00", _CURRENCY)
        return self._shown(accepted(self.assembly.organiser.create_event(draft)))

    def _shown(self, live: LiveEvent) -> EventId:
        self._redis.hset(
            f"yardstick:{live.event.id}",
            mapping={"details": json.dumps(EVENT.encode(live)), "available": live.available},
        )
        return live.event.id

    def page(self, size: int = 50) -> None:
        """Make sure that there is a page of events, and that the yardstick of ``GET /events`` finds it in Redis, too."""
        self.events(size)
        listed = self.assembly.box_office.list_events(limit=size)
        assert isinstance(listed, LivePage)
        self._redis.hset("yardstick:page", "details", json.dumps([EVENT.encode(live) for live in listed.items]))
        for live in listed.items:
            self._redis.hset("yardstick:page", live.event.id, str(live.available))

    def sold_out_event(self) -> EventId:
        """Return a new event without a free place."""
        [event_id] = self.events(1, 10)
        self._connection.execute("UPDATE events SET sold = capacity, version = version + 1 WHERE id = %s", (event_id,))
        reconciling.reconcile(self.assembly.ports, event_id)
        return event_id

    def gate_key(self) -> str:
        """Return the text of a new key of a gate."""
        return accepted(self.assembly.organiser.create_key("gate", Role.GATE)).text

    def reserved_orders(self, event_ids: Sequence[EventId], count: int) -> list[str]:
        """Return the ids of new reservations of one place each, which last for a day."""
        return [order["id"] for order in self._orders(event_ids, count, "reserved")]

    def tickets(self, event_ids: Sequence[EventId], count: int) -> list[str]:
        """Return the QR texts of new valid tickets, one of each order."""
        orders = self._orders(event_ids, count, "paid")
        tickets = [self._ticket(order) for order in orders]
        self._copy("tickets", _TICKETS, tickets)
        return [ticket["qr_code"] for ticket in tickets]

    def queued_orders(self, event_ids: Sequence[EventId], count: int) -> None:
        """Confirm the payments of new reservations, each of which has a message in the payment queue."""
        order_ids = self.processing_orders(event_ids, count)
        self.assembly.ports.payment_queue.publish(order_ids, self.assembly.ports.clock.now())

    def processing_orders(self, event_ids: Sequence[EventId], count: int) -> list[OrderId]:
        """Return the ids of new orders whose payment is confirmed, and of which no queue knows."""
        orders = self._orders(event_ids, count, "processing")
        self._copy("payment_attempts", _ATTEMPTS, [{**order, **_attempt(order)} for order in orders])
        return [order["id"] for order in orders]

    def undelivered_orders(self, event_ids: Sequence[EventId], count: int) -> None:
        """Sell tickets whose mail is due."""
        orders = self._orders(event_ids, count, "paid")
        self._copy("tickets", _TICKETS, [self._ticket(order) for order in orders])
        self._copy("deliveries", _DELIVERIES, [_delivery(order) for order in orders])

    def _orders(self, event_ids: Sequence[EventId], count: int, status: str) -> list[dict[str, Any]]:
        orders = [_order(event_ids[number % len(event_ids)], status) for number in range(count)]
        self._copy("customers", _CUSTOMERS, orders)
        self._copy("orders", _ORDERS, orders)
        held = status != "paid"
        places_of = Counter(order["event_id"] for order in orders)
        self._connection.cursor().executemany(
            "UPDATE events SET held = held + %s, sold = sold + %s, version = version + 1 WHERE id = %s",
            [(places * held, places * (not held), event_id) for event_id, places in places_of.items()],
        )
        # Orders that were sold would have left right counters: repairing them is no part of what is measured.
        for event_id in places_of:
            reconciling.reconcile(self.assembly.ports, event_id)
        return orders

    def _ticket(self, order: dict[str, Any]) -> dict[str, Any]:
        ticket_id = TicketId(ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)))
        qr_code = self.assembly.ports.seal.seal(Claim(order["event_id"], ticket_id))
        of_order = {"order_id": order["id"], "event_id": order["event_id"]}
        return {"id": ticket_id, **of_order, "number": 1, "qr_code": qr_code, "status": "valid"}

    def _copy(self, table: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        named = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        with self._connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(*named)) as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
        self._connection.execute(sql.SQL("ANALYZE {}").format(named[0]))


@contextmanager
def stocked(stores: Stores, grown: Sequence[EventId] = ()) -> Iterator[Stock]:
    """Yield the stock of these stores, whose schema is put in place; ``grown`` are events of ``Stock.grow``."""
    with (
        assemble(read_settings(stores.environment)) as assembly,
        connect(stores.database_url) as connection,
        redis.Redis.from_url(stores.redis_url) as client,
    ):
        assembly.prepare()
        connection.execute(_YARDSTICK_OUTBOX)
        yield Stock(assembly, connection, client, [*grown])


def _order(event_id: EventId, status: str) -> dict[str, Any]:
    order_id, now = ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)), whole_milliseconds(datetime.now(UTC))
    return {
        "id": order_id,
        "digest": ids.digest(order_id),
        "event_id": event_id,
        "customer_email": f"{secrets.token_hex(8)}@example.com",
        "customer": ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)),
        "quantity": 1,
        "places": 1,
        "total_amount": _PRICE,
        "currency": _CURRENCY,
        "status": status,
        "ticket_code": ids.ticket_code(secrets.token_bytes(ids.TICKET_CODE_BYTES)) if status == "paid" else None,
        "created_at": now,
        "expires_at": now + timedelta(days=1),
        "revision": 1,
    }


def _attempt(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)),
        "order_id": order["id"],
        "token": "tok_approved",
        "amount": order["total_amount"],
        "status": "pending",
    }


def _delivery(order: dict[str, Any]) -> dict[str, Any]:
    times = {"asked_at": order["created_at"], "due_at": order["created_at"]}
    return {"order_id": order["id"], "kind": "tickets", "number": 1, **times, "tries": 0, "status": "pending"}
