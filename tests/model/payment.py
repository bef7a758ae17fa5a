"""The payment protocol: the steps of buyers, admins, sweepers, workers and the queue, and the faults that may happen."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.model import payment_calls as calls
from tests.model import payment_delivery as delivery
from tests.model import payment_gateway as gateway
from tests.model import payment_ledger as ledger
from tests.model import payment_worker as worker
from tests.model.checker import Model
from tests.model.payment_laws import broken_law, broken_law_at_rest
from tests.model.payment_state import DEAD, ORPHAN, PAYMENT, READY, Call, Gateway, Message, State, Worker, canonical

Steps = Iterator[tuple[str, State]]


@attrs.frozen
class PaymentModel(Model[State]):
    """``pays`` and ``refunds`` are the numbers of calls, ``faults`` of faults; ``limit`` is how often a message is received.

    The order has ``quantity`` tickets.  If the gateway ``waits``, it may wait for its buyer, and ``hints`` is the number of
    notices, true ones or forged, and of polls before the deadline of that.
    A model ``begins`` with an order that is reserved, processing with a row in the outbox, or paid with its mail delivered.
    ``without`` names a rule to leave out.  A gateway that ``is_down`` never answers.  Only a model that ``reminds`` has the
    sweep that comes after a day of silence: it would hide what the other rules let fall.
    """

    workers: int = 2
    pays: int = 1
    refunds: int = 1
    faults: int = 1
    quantity: int = 1
    waits: bool = False
    hints: int = 0
    limit: int = 2
    kinds: frozenset[str] = frozenset({"die", "unanswered", "slow", "queue"})
    is_down: bool = False
    reminds: bool = False
    begins: str = "reserved"
    without: str = ""

    def start(self) -> State:
        state = State(
            workers=(Worker(),) * self.workers,
            pays=self.pays,
            refunds=self.refunds,
            faults=self.faults,
            waits=self.waits,
            hints=self.hints,
            quantity=self.quantity,
            held=self.quantity,
        )
        match self.begins:
            case "processing":
                return state._replace(status="processing", attempt="pending", outbox=(PAYMENT,), is_late=True)
            case "paid":
                return _paid(state)
            case _:
                return state

    def canonical(self, state: State) -> State:
        return canonical(state)

    def broken(self, state: State) -> str | None:
        return broken_law(state)

    def broken_at_rest(self, state: State) -> str | None:
        return broken_law_at_rest(state, is_down=self.is_down)

    def steps(self, state: State) -> Steps:
        if not state.is_late and state.status in {"reserved", "processing"}:
            yield "the deadline passes", state._replace(is_late=True)
        if not state.is_overdue and state.attempt == "waiting":
            yield "the deadline of the payment passes", state._replace(is_overdue=True)
        for which in range(len(state.calls)):
            for name, after in calls.proceed(self, state, which):
                yield f"call: {name}", after
        yield from self._sweep(state)
        for which in range(len(state.workers)):
            for name, after in self._work(state, which):
                yield f"worker {which}: {name}", after
        for name, after in delivery.deliver(self, state):
            yield f"delivery: {name}", after
        for number in state.held_by(ORPHAN):
            yield (
                "queue: the visibility ends",
                state.with_messages(number, Message(READY, state.queue[number].receives)),
            )

    def _work(self, state: State, which: int) -> Steps:
        step = state.workers[which].step
        if not step:
            yield from worker.receive(self, state, which, self.limit)
        elif self.is_down and step == "charge":
            yield "payment_gateway.charge: no answer", worker.give_back(state, which, self.limit)
        else:
            yield from worker.process(self, state, which)

    def _sweep(self, state: State) -> Steps:
        expired = ledger.expire_due(self, state)
        if expired != state:
            yield "sweeper: orders.expire_due", expired
        if state.outbox and not state.calls and self.without != "a sweep publishes remaining rows":
            yield "sweeper: sweeper.publish", state.with_call(Call("pending"))
        if self._is_silent(state):
            yield from self._after_silence(state)
        if state.held_by(DEAD) and not self.is_down and self.without != "dead letters are put back":
            queue = tuple(sorted(Message() if message.holder == DEAD else message for message in state.queue))
            yield "operator: payment_queue.redrive", state._replace(queue=queue)

    def _after_silence(self, state: State) -> Steps:
        polls = state.is_overdue and self.without != "a payment is polled at its deadline"
        if polls and ledger.poll(state) != state:
            yield "sweeper: orders.poll", ledger.poll(state)
        reminds = self.reminds and self.without != "a sweep reminds of lost messages"
        if reminds and ledger.remind(state) != state:
            yield "sweeper: orders.remind", ledger.remind(state)

    def _is_silent(self, state: State) -> bool:
        """Return whether time may pass without news: nothing is running, and nothing is left to work on."""
        return not (state.queue or state.outbox or state.calls or any(each.step for each in state.workers))

    def optional_steps(self, state: State) -> Steps:
        yield from self._people(state)
        yield from self._at_the_gateway(state)
        if state.faults:
            yield from self._faults(state)

    def _people(self, state: State) -> Steps:
        if state.pays:
            for name, after in calls.begin_pay(self, state):
                yield f"buyer: {name}", after
        if not any(call.step == "cancel" for call in state.calls):
            for name, after in calls.begin_cancel(self, state):
                yield f"buyer: {name}", after
        if not state.event_is_cancelled:
            yield "admin: events.change: cancelled", ledger.cancel_event(self, state)
        if state.refunds:
            for name, after in calls.begin_refund(self, state):
                yield f"admin: {name}", after

    def _at_the_gateway(self, state: State) -> Steps:
        if state.gateway.answer == "pending":
            for answer in "approved", "declined":
                yield f"buyer: {answer} at the gateway", gateway.decide(state, answer)
        if state.hints and state.attempt:
            yield from self._hints(state._replace(hints=state.hints - 1))

    def _hints(self, state: State) -> Steps:
        yield "gateway: a notice", state._replace(queue=tuple(sorted([*state.queue, Message()])))
        if ledger.poll(state) != state:
            yield "sweeper: orders.poll, before the deadline", ledger.poll(state)
        if self.without == "a notice is a hint":
            yield "gateway: a notice that is believed", calls.believed(state)

    def _faults(self, state: State) -> Steps:
        hit = state._replace(faults=state.faults - 1)
        for which, busy in enumerate(state.workers):
            if busy.step:
                for name, after in self._faults_of_worker(hit, which):
                    yield f"worker {which}: FAULT: {name}", after
        for which in range(len(state.calls)):
            for name, after in self._faults_of_call(hit, which):
                yield f"call: FAULT: {name}", after
        for name, after in self._faults_of_delivery(hit):
            yield f"delivery: FAULT: {name}", after
        yield from self._faults_of_others(hit)

    def _faults_of_others(self, hit: State) -> Steps:
        for number, message in enumerate(hit.queue):
            if "queue" in self.kinds and len(hit.queue) < 2:
                yield "queue: FAULT: a message is doubled", hit.with_messages(number, message, Message())
            if "loss" in self.kinds:
                yield "queue: FAULT: a message is lost", hit.with_messages(number)
        if "fickle" in self.kinds and hit.gateway.answer == "declined":
            yield "gateway: FAULT: it changes its mind", hit._replace(gateway=hit.gateway._replace(answer=""))

    def _faults_of_worker(self, hit: State, which: int) -> Steps:
        if "die" in self.kinds:
            yield "it dies", _dropped(hit, which, ORPHAN).with_worker(which, Worker())
        if "slow" in self.kinds and hit.held_by(which):
            yield "the visibility ends while it works", _dropped(hit, which, READY)
        if "unanswered" in self.kinds:
            yield from worker.unanswered(self, hit, which, self.limit)

    def _faults_of_delivery(self, hit: State) -> Steps:
        if not hit.lane:
            return
        if "die" in self.kinds:
            yield "it dies", hit._replace(lane="")
        if "slow" in self.kinds and hit.mail == "claimed":
            yield "the lease ends while it works", hit._replace(mail="pending")
        if "unanswered" in self.kinds:
            yield from delivery.unanswered(self, hit)

    def _faults_of_call(self, hit: State, which: int) -> Steps:
        if "die" in self.kinds:
            yield f"it dies before {hit.calls[which].step}", hit.without_call(which)
        if "unanswered" in self.kinds:
            yield from calls.unanswered(self, hit, which)


def _paid(state: State) -> State:
    return state._replace(
        status="paid",
        attempt="captured",
        held=0,
        sold=state.quantity,
        valid=state.quantity,
        sets=1,
        mail="delivered",
        mails=1,
        gateway=Gateway("approved", 1),
    )


def _dropped(state: State, which: int, holder: int) -> State:
    """Return the state in which a worker no longer holds its messages."""
    for number in state.held_by(which):
        state = state.with_messages(number, Message(holder, state.queue[number].receives))
    return state
