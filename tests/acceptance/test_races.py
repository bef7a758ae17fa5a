"""Many buyers, admins and gates at once: nothing is sold twice and no ticket is admitted twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import insert, update

from tests.acceptance import ledger_state
from tests.acceptance.crowd import at_once, audited, repeating
from tests.acceptance.installation import Installation
from tests.acceptance.service import Answer, Client
from tests.databases import database_of
from ticketcore import Order
from ticketcore.domain import ids, reservations
from ticketcore.domain.ids import EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore_bootstrap import Assembly
from ticketcore_sql import rows
from ticketcore_sql.tables import events, orders
from ticketcore_testing.samples import CUSTOMER

WON = (201, None)
SOLD_OUT = (409, "sold_out")


def assert_one_won(outcomes: Sequence[tuple[int, str | None]]) -> None:
    """One place: one buyer has it and all others heard that it is sold out."""
    assert Counter(outcomes) == {WON: 1, SOLD_OUT: len(outcomes) - 1}, f"the last place went to {Counter(outcomes)}"


def test_the_last_place_is_sold_once(installation: Installation, client: Client) -> None:
    """Of 32 buyers in the same instant one gets the last place and the others hear that it is sold out."""
    event_id = client.create_event(capacity=1)
    with audited(installation, event_id):
        answers = at_once([partial(client.reserve, event_id)] * 32)

    assert_one_won([answer.outcome for answer in answers])
    audit = installation.audit(event_id)
    assert (audit.held, audit.available) == (1, 0)


def test_clicking_on_pay_many_times_pays_once(installation: Installation, client: Client) -> None:
    """Eight payments of one order in the same instant end in one charge and one set of tickets."""
    event_id = client.create_event(capacity=10)
    order_id = client.reserved(event_id, 3)
    answers = at_once([partial(client.pay, order_id)] * 8)

    assert [answer.status for answer in answers] == [202] * 8
    client.order_once("paid", order_id)
    tickets = client.tickets(order_id)
    assert len({ticket["id"] for ticket in tickets}) == len({ticket["qr_code"] for ticket in tickets}) == 3
    assert ledger_state.charges(installation) == [ledger_state.Charge(order_id, "approved", refunded=False)]
    assert installation.audit(event_id).sold == 3


def test_a_ticket_opens_one_gate(installation: Installation, client: Client) -> None:
    """Of sixteen gates that scan one ticket in the same instant one lets it in."""
    event_id = client.create_event(capacity=1)
    order_id = client.reserved(event_id)
    client.pay(order_id)
    client.order_once("paid", order_id)
    [ticket] = client.tickets(order_id)
    gates = [f"gate {number}" for number in range(16)]
    answers = at_once([partial(client.validate, ticket["qr_code"], gate) for gate in gates])

    assert Counter(answer.outcome for answer in answers) == {(200, None): 1, (409, "ticket_already_used"): 15}
    # Those who were refused hear which gate has let the ticket in.
    [winner] = [gate for gate, answer in zip(gates, answers, strict=True) if answer.status == 200]
    assert {answer.body["gate"] for answer in answers if answer.status == 409} == {winner}
    [used] = client.tickets(order_id)
    assert used["status"] == "used"
    assert installation.audit(event_id).sold == 1


def test_orders_of_all_sizes_fill_an_event_and_no_more(installation: Installation, client: Client) -> None:
    """Forty buyers want one to four of 25 places: what was won is sold, and no buyer was refused places that are left."""
    event_id = client.create_event(capacity=25)
    quantities = [1 + number % 4 for number in range(40)]

    def buy(quantity: int) -> Answer:
        reserved = client.reserve(event_id, quantity)
        return client.pay(reserved.body["id"]) if reserved.status == 201 else reserved

    with audited(installation, event_id):
        answers = at_once([partial(buy, quantity) for quantity in quantities])

    assert {answer.outcome for answer in answers} == {(202, None), SOLD_OUT}
    won = [answer.body for answer in answers if answer.status == 202]
    refused = [quantity for quantity, answer in zip(quantities, answers, strict=True) if answer.status == 409]
    for order in won:
        client.order_once("paid", order["id"])
        assert len(client.tickets(order["id"])) == order["quantity"]
    audit = installation.audit(event_id)
    assert audit.sold == sum(order["quantity"] for order in won) <= 25
    assert client.available(event_id) == audit.available < min(refused)
    assert len(ledger_state.charges(installation)) == len(won)


def test_a_capacity_that_changes_during_the_sale_is_never_oversold(installation: Installation, client: Client) -> None:
    """While an admin makes the event larger and smaller, it is never smaller than what was reserved."""
    event_id = client.create_event(capacity=20)
    changes: list[tuple[int, str | None]] = []
    capacities = iter([10, 40, 5, 60, 15, 80, 30, 70] * 1000)

    def resize() -> None:
        changes.append(client.change_event(event_id, capacity=next(capacities)).outcome)

    with audited(installation, event_id), repeating(resize):
        answers = at_once([partial(client.reserve, event_id)] * 60)

    assert {answer.outcome for answer in answers} <= {WON, SOLD_OUT}
    assert set(changes) <= {(200, None), (409, "capacity_in_use")}
    held = sum(answer.status == 201 for answer in answers)
    assert installation.audit(event_id).held == held

    assert client.change_event(event_id, capacity=held - 1).outcome == (409, "capacity_in_use")
    assert client.change_event(event_id, capacity=held).body["available"] == 0
    assert client.reserve(event_id).outcome == SOLD_OUT
    installation.audit(event_id)


def test_a_seller_who_looks_before_selling_is_caught(installation: Installation) -> None:
    """Buyers who read what is free and write what they have read are noticed by the same assertions."""
    event_id = installation.create_event(capacity=1)
    everybody_has_looked = threading.Barrier(8)
    with installation.opened() as assembly:
        outcomes = at_once([partial(_look_then_sell, assembly, event_id, everybody_has_looked)] * 8)

    assert outcomes == [WON] * 8
    with pytest.raises(AssertionError, match="the last place went to"):
        assert_one_won(outcomes)
    with pytest.raises(AssertionError, match="not conserved"):
        installation.audit(event_id)


def _look_then_sell(assembly: Assembly, event_id: EventId, looked: threading.Barrier) -> tuple[int, str | None]:
    """Sell a place the careless way: check in one transaction and change in another."""
    ports = assembly.ports
    now = ports.clock.now()
    event = ports.events.get(event_id)
    assert event is not None
    order_id = OrderId(ids.text_of(ports.ids.new(ids.SECRET_BYTES)))
    wanted = ReservationRequest(order_id, event_id, "ann@example.com", 1, now + assembly.box_office.hold, CUSTOMER)
    order = reservations.reserve(event, wanted, now)
    looked.wait()
    if not isinstance(order, Order):
        return SOLD_OUT
    hold = update(events).where(events.c.id == event_id).values(held=event.held + 1)
    place = insert(orders).values(**rows.new_order_values(order))
    database_of(assembly).write(lambda connection: (connection.execute(hold), connection.execute(place)))
    return WON
