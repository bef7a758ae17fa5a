"""The payment protocol: the moves of buyer, admin, sweeper, queue and workers, and what may befall them."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.model import payment_ledger as ledger
from tests.model.checker import Model
from tests.model.payment_laws import broken_end, broken_law
from tests.model.payment_state import DEAD, ORPHAN, READY, Call, Message, State, canonical
from tests.model.payment_worker import give_back, receive, unanswered, work

Moves = Iterator[tuple[str, State]]


@attrs.frozen
class PaymentModel(Model[State]):
    """``pays`` and ``refunds`` are how often they are asked for; ``limit`` is how often a message is delivered.

    ``without`` names a rule to leave out.  A gateway that is ``down`` never answers.  Only one that ``reminds`` has the sweep
    that comes after a day of silence: it would catch what falls through every other rule, and they owe more than that.
    """

    workers: int = 2
    pays: int = 1
    refunds: int = 1
    budget: int = 1
    limit: int = 2
    befalls: frozenset[str] = frozenset({"die", "unanswered", "slow", "queue"})
    down: bool = False
    reminds: bool = False
    without: str = ""

    def start(self) -> State:
        return State(workers=("",) * self.workers, pays=self.pays, refunds=self.refunds, faults=self.budget)

    def canonical(self, state: State) -> State:
        return canonical(state)

    def broken(self, state: State) -> str | None:
        return broken_law(state)

    def broken_end(self, state: State) -> str | None:
        return broken_end(state, down=self.down)

    def moves(self, state: State) -> Moves:
        if not state.late and state.status in {"reserved", "processing"}:
            yield "the deadline passes", state._replace(late=True)
        for number, call in enumerate(state.calls):
            rest = state._replace(calls=(*state.calls[:number], *state.calls[number + 1 :]))
            for told, after in self._call(rest, call):
                yield f"box office: {told}", after
        yield from self._sweep(state)
        for which, step in enumerate(state.workers):
            if self.down and step == "charge":
                steps = iter([("payment_gateway.charge: no answer", give_back(state, which, self.limit))])
            else:
                steps = work(self, state, which) if step else receive(self, state, which, self.limit)
            for told, after in steps:
                yield f"worker {which}: {told}", after
        for number in state.held_by(ORPHAN):
            yield "queue: the visibility ends", state.messages(number, Message(READY, state.queue[number].receives))

    def _people(self, state: State) -> Moves:
        if state.pays:
            after = ledger.start_payment(self, state)._replace(pays=state.pays - 1)
            confirmed = after.status in {"processing", "paid"}
            yield f"buyer: orders.start_payment: {after.status}", _calling(after, "pending") if confirmed else after
        if state.status == "reserved" and not state.late:
            yield "buyer: orders.cancel", ledger.cancel(state)
        if not state.cancelled and state.status in {"reserved", "processing"}:
            yield "admin: events.change: cancelled", state._replace(cancelled=True)
        if state.refunds and state.status in {"paid", "refunded"}:
            after = ledger.start_refund(self, state)._replace(refunds=state.refunds - 1)
            yield "admin: orders.start_refund", _calling(after, "return money")

    def _call(self, state: State, call: Call) -> Moves:
        """One step of a call of the box office, or of the sweeper's ``publish``."""
        match call.step:
            case "pending":
                rows = state.outbox or (("unrecorded",) if self.without == "a confirmation leaves a row" else ())
                onward = "sent" if self.without == "rows are forgotten once they are published" else "publish"
                yield f"outbox.pending: {len(rows)} rows", _calling(state, onward, rows) if rows else state
            case "publish":
                yield "payment_queue.publish", _published(state, call, "sent" if self._forgets_last else "")
            case "sent":
                after = state._replace(outbox=tuple(row for row in state.outbox if row not in call.rows))
                yield "outbox.sent", after if self._forgets_last else _calling(after, "publish", call.rows)
            case "return money" if state.attempt == "refunding":
                yield "orders.attempt: refunding", _calling(state, "refund")
            case "return money":
                yield f"orders.attempt: {state.attempt}", state
            case "refund":
                yield "payment_gateway.refund", _calling(ledger.refund(self, state), "finish refund")
            case "finish refund":
                yield "orders.finish_refund", ledger.finish_refund(state)

    @property
    def _forgets_last(self) -> bool:
        return self.without != "rows are forgotten once they are published"

    def _sweep(self, state: State) -> Moves:
        if ledger.expire_due(self, state) != state:
            yield "sweeper: orders.expire_due", ledger.expire_due(self, state)
        if state.outbox and not state.calls and self.without != "a sweep publishes what stayed":
            yield "sweeper: sweeping.publish", _calling(state, "pending")
        if self._is_silent(state) and ledger.remind(state) != state:
            yield "sweeper: orders.remind", ledger.remind(state)
        if state.held_by(DEAD) and not self.down and self.without != "dead letters are put back":
            queue = tuple(sorted(Message() if message.holder == DEAD else message for message in state.queue))
            yield "operator: payment_queue.redrive", state._replace(queue=queue)

    def _is_silent(self, state: State) -> bool:
        """Whether a day may go by without news: nobody works, and there is nothing to work on."""
        is_idle = not (state.queue or state.outbox or state.calls or any(state.workers))
        return self.reminds and is_idle and self.without != "a sweep reminds of what was lost"

    def others(self, state: State) -> Moves:
        yield from self._people(state)
        if state.faults:
            yield from self._faults(state)

    def _faults(self, state: State) -> Moves:
        hit = state._replace(faults=state.faults - 1)
        for which, step in enumerate(state.workers):
            if step:
                for told, after in self._befalls_worker(hit, which):
                    yield f"worker {which}: FAULT: {told}", after
        for number, call in enumerate(state.calls):
            rest = hit._replace(calls=(*hit.calls[:number], *hit.calls[number + 1 :]))
            for told, after in self._befalls_call(rest, call):
                yield f"box office: FAULT: {told}", after
        for number, message in enumerate(state.queue):
            if "queue" in self.befalls and len(state.queue) < 2:
                yield "queue: FAULT: a message is doubled", hit.messages(number, message, Message())
            if "loss" in self.befalls:
                yield "queue: FAULT: a message is lost", hit.messages(number)
        if "fickle" in self.befalls and state.gateway.answer == "declined":
            yield "gateway: FAULT: it changes its mind", hit._replace(gateway=state.gateway._replace(answer=""))

    def _befalls_worker(self, hit: State, which: int) -> Moves:
        if "die" in self.befalls:
            yield "it dies", _orphaned(hit, which, ORPHAN).worker(which, "")
        if "slow" in self.befalls and hit.held_by(which):
            yield "the visibility ends while it works", _orphaned(hit, which, READY)
        if "unanswered" in self.befalls:
            yield from unanswered(self, hit, which, self.limit)

    def _befalls_call(self, hit: State, call: Call) -> Moves:
        if "die" in self.befalls:
            yield f"it dies before it can {call.step}", hit
        if "unanswered" in self.befalls and call.step == "publish":
            yield "payment_queue.publish is done, the answer lost", _published(hit, call, "")
        if "unanswered" in self.befalls and call.step == "refund":
            yield "payment_gateway.refund is not reached", _calling(hit, "pending")
            yield "payment_gateway.refund is done, the answer lost", _calling(ledger.refund(self, hit), "pending")


def _calling(state: State, step: str, rows: tuple[str, ...] = ()) -> State:
    return state._replace(calls=tuple(sorted([*state.calls, Call(step, rows)])))


def _published(state: State, call: Call, onward: str) -> State:
    after = state._replace(queue=tuple(sorted([*state.queue, *[Message()] * len(call.rows)])))
    return _calling(after, onward, call.rows) if onward else after


def _orphaned(state: State, which: int, holder: int) -> State:
    for number in state.held_by(which):
        state = state.messages(number, Message(holder, state.queue[number].receives))
    return state
