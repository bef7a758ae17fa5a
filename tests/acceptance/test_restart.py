"""A service that is killed or asked to end while buyers are at it, and started again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import attrs

from tests.acceptance import ledger_state
from tests.acceptance.installation import Installation
from tests.acceptance.service import Answer, BrokenAnswer, Client, NoAnswer, Service, eventually
from tests.servers.ports import is_free
from ticketcore.domain.ids import EventId

_BUYERS = 8
_ENOUGH_PAYMENTS = 24


@attrs.define(eq=False)
class Crowd:
    """Buyers who reserve and pay without a pause until the service stops responding, and its responses."""

    client: Client
    event_id: str
    no_answer: tuple[type[Exception], ...] = (NoAnswer,)
    reserved: set[str] = attrs.field(factory=set)
    confirmed: set[str] = attrs.field(factory=set)
    others: list[Answer] = attrs.field(factory=list)
    over: threading.Event = attrs.field(factory=threading.Event)

    def buy_until_connections_fail(self) -> None:
        with suppress(*self.no_answer):
            while not self.over.is_set():
                self._buy()

    def _buy(self) -> None:
        reserved = self.client.reserve(self.event_id)
        if not self._note(reserved, 201, self.reserved):
            return
        self._note(self.client.pay(reserved.body["id"]), 202, self.confirmed)

    def _note(self, answer: Answer, expected: int, told: set[str]) -> bool:
        if answer.status == expected:
            told.add(answer.body["id"])
        else:
            self.others.append(answer)
        return answer.status == expected


@contextmanager
def buying(client: Client, event_id: str, *no_answer: type[Exception]) -> Iterator[Crowd]:
    """Yield a crowd that has bought a little and continues until the context ends or the service stops responding.

    ``no_answer`` are further failures that count as none.
    """
    crowd = Crowd(client, event_id, (NoAnswer, *no_answer))
    with ThreadPoolExecutor(_BUYERS) as threads:
        buyers = [threads.submit(crowd.buy_until_connections_fail) for _ in range(_BUYERS)]
        try:
            eventually(lambda: len(crowd.confirmed) >= _ENOUGH_PAYMENTS, "the crowd buys")
            yield crowd
        finally:
            crowd.over.set()
    for buyer in buyers:
        buyer.result()
    assert crowd.others == [], "a buyer was refused"


@contextmanager
def looking(client: Client, order_id: str) -> Iterator[None]:
    """Read an order repeatedly on one connection, until the context ends or the service stops responding."""
    over = threading.Event()

    def look() -> None:
        with suppress(NoAnswer):
            while not over.wait(0.1):
                client.order(order_id)

    with ThreadPoolExecutor(1) as thread:
        looker = thread.submit(look)
        try:
            yield
        finally:
            over.set()
    looker.result()


def assert_nothing_is_lost(installation: Installation, client: Client, crowd: Crowd) -> None:
    """All that buyers were told is so, and every order that was paid for has its ticket and one charge."""
    statuses = {order_id: client.order(order_id) for order_id in crowd.reserved}
    assert {answer.status for answer in statuses.values()} == {200}
    eventually(
        lambda: not ledger_state.orders_by_status(installation, crowd.event_id)["processing"],
        "no order is processing",
        pause=0.5,
    )
    assert {client.order(order_id).body["status"] for order_id in crowd.confirmed} == {"paid"}
    by_status = ledger_state.orders_by_status(installation, crowd.event_id)
    assert by_status.keys() <= {"reserved", "paid"}
    charged = Counter(charge.order_id for charge in ledger_state.charges(installation))
    assert set(charged.values()) == {1}
    assert charged.keys() >= crowd.confirmed
    assert len(charged) == by_status["paid"]
    audit = installation.audit(EventId(crowd.event_id))
    assert (audit.held, audit.sold) == (by_status["reserved"], by_status["paid"])


def test_what_was_answered_survives_a_kill(installation: Installation, service: Service) -> None:
    """After a kill in the middle of the crowd, the next start on the same port has all that was answered, and ends it."""
    client = service.client
    event_id = client.create_event(capacity=100_000)
    # A kill may truncate a response; what its buyer has not read completely does not count as acknowledged.
    with buying(client, event_id, BrokenAnswer) as crowd:
        service.kill()
    service.start()

    assert_nothing_is_lost(installation, client, crowd)


def test_a_service_whose_first_process_was_killed_can_be_started_again(
    installation: Installation, service: Service
) -> None:
    """A buyer who holds on to what is left of the old service does not keep the new one from the port."""
    client = service.client
    event_id = client.create_event(capacity=10)
    order_id = client.reserved(event_id)
    with looking(client, order_id):
        service.kill_first_process()
        # The others see it within a tenth of a second, and would answer until the buyer goes.
        eventually(lambda: is_free(client.port), "the port is free", 5)
        service.start()

    client.pay(order_id)
    client.order_once("paid", order_id)
    assert installation.audit(EventId(event_id)).sold == 1


def test_a_service_that_is_asked_to_end_answers_what_it_has_begun(installation: Installation, service: Service) -> None:
    """It ends with 0; every order it has made was answered, and no answer is broken or a failure."""
    client = service.client
    event_id = client.create_event(capacity=100_000)
    with buying(client, event_id) as crowd:
        assert service.terminate() == 0

    assert ledger_state.order_ids(installation) == crowd.reserved
    assert ledger_state.orders_by_status(installation, event_id)["reserved"] == len(crowd.reserved - crowd.confirmed)
    service.start()
    assert_nothing_is_lost(installation, client, crowd)
