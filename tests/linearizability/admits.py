"""Tickets at the gates: one scan is admitted, and the responses to all others name it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import attrs

from tests.linearizability.checker import Operation, Specification
from tests.linearizability.recording import Client, at_once
from ticketcore import Admitted, EventDraft, Holder, LiveEvent, Order, Organiser, Role
from ticketcore.domain import timestamps
from ticketcore.domain.refusals import TicketAlreadyUsed
from ticketcore.domain.tickets import Ticket
from ticketcore_memory import VirtualClock

TICKETS = 5
SCANS_OF_EACH = 5
_SHOW = EventDraft("Show", timestamps.parse("2099-05-01T20:00:00Z"), "Hall", TICKETS, price="45.00")
_MILLISECOND = timedelta(milliseconds=1)


@attrs.frozen
class Scanned:
    """A gate's scan of a ticket, with the clock's time at its call and at its return."""

    ticket: str
    gate: str
    scan: str
    since: int
    until: int

    def __str__(self) -> str:
        return f"{self.gate} scans {self.ticket[:6]}, {self.scan}"


@attrs.frozen
class Heard:
    """Whether the ticket was admitted, when, and at which gate."""

    admitted: bool
    at: int
    gate: str


@attrs.frozen
class Use:
    """The scan that used the ticket up."""

    gate: str
    scan: str
    at: int


Step = Operation[Scanned, Heard]


@attrs.frozen
class OneTicket(Specification[Use | str, Scanned, Heard]):
    """A ticket, valid until the first scan."""

    def initial(self) -> Use | str:
        return "valid"

    def only_looks(self, request: Scanned, answer: Heard | None) -> bool:
        return answer is not None and not answer.admitted

    def apply(self, state: Use | str, request: Scanned, answer: Heard | None) -> Use | str | None:
        if not isinstance(state, Use):
            at = answer.at if answer else request.until
            state = Use(request.gate, request.scan, at)
            is_now = request.since <= at <= request.until
        else:
            is_now = True
        same = (request.gate, request.scan) == (state.gate, state.scan)
        return state if is_now and answer in (None, Heard(same, state.at, state.gate)) else None


def doors(clients: Sequence[Client], seed: int) -> list[Step]:
    """Return the history of gates that scan the same tickets one after the other, and repeat some scans."""
    tickets = _sold(clients[0])
    steps: list[Step] = []
    at_once([partial(_work, client, tickets, random.Random(seed + client.number), steps) for client in clients])
    return steps


def _sold(client: Client) -> Sequence[Ticket]:
    office = client.office
    live = Organiser(office.ports).create_event(_SHOW)
    assert isinstance(live, LiveEvent)
    order = office.reserve(live.event.id, TICKETS, "ann@example.com")
    assert isinstance(order, Order)
    office.pay(order.id, "tok_approved")
    office.work()
    tickets = office.ports.tickets.of_order(order.id)
    assert len(tickets) == TICKETS
    return tickets


def _work(client: Client, tickets: Sequence[Ticket], chance: random.Random, steps: list[Step]) -> None:
    clock, gate = client.office.ports.clock, f"gate {client.number}"
    assert isinstance(clock, VirtualClock)
    for ticket in tickets:
        for _ in range(SCANS_OF_EACH):
            # Few scan ids, so that some are repeated.
            scan = f"the scan with id {chance.randrange(3)}"
            if client.number == 0:
                clock.move(_MILLISECOND)
            since, called = timestamps.milliseconds(clock.now()), time.perf_counter_ns()
            outcome = client.office.validate(ticket.qr_code, gate, None, scan, Holder(gate, gate, Role.GATE))
            returned, until = time.perf_counter_ns(), timestamps.milliseconds(clock.now())
            request = Scanned(ticket.id, gate, scan, since, until)
            steps.append(Step(client.number, called, returned, request, _heard(outcome)))


def _heard(outcome: object) -> Heard:
    if isinstance(outcome, TicketAlreadyUsed):
        return Heard(False, timestamps.milliseconds(outcome.validation_date), outcome.gate)
    assert isinstance(outcome, Admitted), outcome
    assert outcome.ticket.admission is not None
    return Heard(True, timestamps.milliseconds(outcome.ticket.admission.date), outcome.ticket.admission.gate)
