"""A racing sale over HTTP: every request, its response, and what may be concluded from it."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import attrs

from tests.acceptance.service import Answer, BrokenAnswer, Client, NoAnswer
from tests.patience import PATIENCE_SECONDS

_THREADS = 8
_PAUSE = 0.2
_THINKING_SECONDS = 0.8
#: What a buyer does with a reservation, and how often.
_PLANS = {"tok_approved": 12, "tok_declined": 2, "tok_flaky": 2, "cancel": 2, "abandon": 2}


@attrs.define(eq=False)
class Ledger:
    """What was answered, as the clients remember it."""

    answers: Counter[str] = attrs.field(factory=Counter)
    orders_of_key: dict[str, set[str]] = attrs.field(factory=dict)
    reserved: dict[str, int] = attrs.field(factory=dict)
    paying: dict[str, str] = attrs.field(factory=dict)
    cancelled: set[str] = attrs.field(factory=set)
    admitted: Counter[str] = attrs.field(factory=Counter)
    foul: list[str] = attrs.field(factory=list)
    lock: threading.Lock = attrs.field(factory=threading.Lock)


@attrs.define(eq=False)
class Sale:
    """Buyers of one event; each repeats a call that failed until it has an answer, as a browser's user would."""

    client: Client
    event_id: str
    ledger: Ledger = attrs.field(factory=Ledger)

    def run(self, is_over: Callable[[], bool], seed: int) -> None:
        """Let one buyer come after the other, at several tills at once, until it is over."""

        def stand_in_line(till: int) -> None:
            dice = random.Random(f"{seed}/{till}")
            while not is_over():
                self._live(dice)

        with ThreadPoolExecutor(_THREADS) as tills:
            list(tills.map(stand_in_line, range(_THREADS)))

    def sell_the_rest(self) -> None:
        """Buy one place after the other until it is sold out."""
        while order_id := self._reserve(1):
            self._pay(order_id, "tok_approved")

    def _live(self, dice: random.Random) -> None:
        order_id = self._reserve(dice.randint(1, 3))
        time.sleep(dice.uniform(0, _THINKING_SECONDS))
        if order_id is None:
            return
        [plan] = dice.choices(list(_PLANS), list(_PLANS.values()))
        if plan == "cancel":
            self._cancel(order_id)
        elif plan != "abandon":
            self._pay(order_id, plan)

    def _reserve(self, quantity: int) -> str | None:
        key = uuid.uuid4().hex
        body = {"event_id": self.event_id, "quantity": quantity, "customer_email": "ann@example.com"}
        answer = self._insist("reserve", lambda: self.client.request("POST", "/orders", body, idempotency_key=key))
        if answer.status != 201:
            return None
        order_id: str = answer.body["id"]
        with self.ledger.lock:
            self.ledger.reserved[order_id] = quantity
            self.ledger.orders_of_key.setdefault(key, set()).add(order_id)
        return order_id

    def _pay(self, order_id: str, token: str) -> None:
        answer = self._insist("pay", lambda: self.client.pay(order_id, token))
        if answer.status == 202:
            with self.ledger.lock:
                self.ledger.paying[order_id] = token

    def _cancel(self, order_id: str) -> None:
        answer = self._insist("cancel", lambda: self.client.request("DELETE", f"/orders/{order_id}"))
        if answer.status == 200:
            with self.ledger.lock:
                self.ledger.cancelled.add(order_id)

    def admit(self, qr_codes: list[str]) -> None:
        """Let two gates scan every ticket, each with a scan id of its own that it repeats until it is answered."""

        def scan(number: int) -> None:
            qr_code = qr_codes[number // 2]
            scan_id = uuid.uuid4().hex
            gate = f"gate {number % 2}"
            answer = self._insist("scan", lambda: self.client.validate(qr_code, gate, scan_id))
            if answer.status == 200:
                with self.ledger.lock:
                    self.ledger.admitted[qr_code] += 1

        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(scan, range(2 * len(qr_codes))))

    def _insist(self, what: str, call: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = call()
            except (NoAnswer, BrokenAnswer) as broken:
                self._count(what, type(broken).__name__)
            else:
                self._count(what, str(answer.body.get("code", answer.status)))
                if answer.status != 503:
                    self._judge(what, answer)
                    return answer
            assert time.monotonic() < deadline, f"{what}: no answer for {PATIENCE_SECONDS} s"
            time.sleep(_PAUSE)

    def _count(self, what: str, outcome: str) -> None:
        with self.ledger.lock:
            self.ledger.answers[f"{what}: {outcome}"] += 1

    def _judge(self, what: str, answer: Answer) -> None:
        if answer.status >= 500:
            with self.ledger.lock:
                self.ledger.foul.append(f"{what} was answered {answer.status} {answer.body}")
