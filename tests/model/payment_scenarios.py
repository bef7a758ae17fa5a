"""The scenarios of the payment protocol, and for each rule one that shows what breaks without it."""

from __future__ import annotations

import attrs

from tests.model.payment import PaymentModel

_ONE = PaymentModel(workers=1)
_CALM = PaymentModel(faults=0)
_CONFIRMED = PaymentModel(workers=1, faults=0, pays=0, begins="processing")
_TWO_CAPTURES = PaymentModel(pays=0, refunds=0, kinds=frozenset({"slow"}), begins="processing")
_UNANSWERED = frozenset({"unanswered"})
_TWO_UNANSWERED = PaymentModel(pays=0, kinds=_UNANSWERED, begins="processing")
_PAID_TWICE = PaymentModel(workers=1, pays=2, refunds=0, kinds=_UNANSWERED)
_QUEUE = frozenset({"slow", "queue"})
_LOSS = frozenset({"loss", "die"})
_WAITING = PaymentModel(workers=1, refunds=0, faults=0, waits=True, hints=1)
_PARTS = PaymentModel(workers=1, refunds=2, faults=0, quantity=2, begins="paid")
_PARTS_UNANSWERED = attrs.evolve(_PARTS, faults=1, kinds=_UNANSWERED)

#: The protocol as it is built, as large as a test may be.
SCENARIOS = {
    "two workers, any fault once": PaymentModel(),
    "three workers, no faults": PaymentModel(workers=3, faults=0),
    "two workers, the queue delivers twice": PaymentModel(refunds=0, faults=2, kinds=_QUEUE),
    "one worker, the queue loses a message": PaymentModel(workers=1, kinds=_LOSS, reminds=True),
    "a gateway that never answers": PaymentModel(faults=1, is_down=True),
    "a gateway that waits, any fault once": attrs.evolve(_WAITING, faults=1),
    "a gateway that waits, two workers": attrs.evolve(_WAITING, workers=2),
    "refunds of parts, any fault once": attrs.evolve(_PARTS, faults=1),
    "refunds of parts, two workers": attrs.evolve(_PARTS, workers=2),
}

#: More of the same, for `python -m tests.model`.
MORE = {
    "two workers, asked twice, no faults": PaymentModel(pays=2, faults=0),
    "three workers, any fault once": PaymentModel(workers=3),
    "one worker, any faults twice": PaymentModel(workers=1, faults=2),
    "one worker, the queue loses messages": PaymentModel(workers=1, faults=2, kinds=_LOSS, reminds=True),
    "a gateway that waits, refunds, any fault once": attrs.evolve(_WAITING, refunds=1, faults=1),
    "a gateway that waits, two workers, notices": attrs.evolve(_WAITING, workers=2, hints=2),
    "three refunds of parts": attrs.evolve(_PARTS, workers=2, refunds=3),
    "a sale and refunds of parts": attrs.evolve(_PARTS, begins="processing", workers=2),
    "two workers, refunds of parts, any fault once": attrs.evolve(_PARTS, workers=2, faults=1),
}

#: And for a machine that has minutes.
BIG = {
    "two workers, any faults twice": PaymentModel(faults=2),
    "one worker, all asked twice, any fault once": PaymentModel(workers=1, pays=2, refunds=2),
    "one worker, any faults thrice": PaymentModel(workers=1, faults=3),
}

#: Each rule of the protocol, where its absence shows, and which law breaks.
WITHOUT = {
    "guarded by the revision: a confirmation and the sweeper": (_CALM, "no order goes from expired to processing"),
    "guarded by the revision: two workers": (_TWO_CAPTURES, "at most one set of tickets"),
    "guarded by the event's status: a confirmation": (_CALM, "nothing is confirmed of an event that was cancelled"),
    "guarded by the event's status: a capture": (_CONFIRMED, "nothing is sold of an event that was cancelled"),
    "a conflict loads and decides again": (_CONFIRMED, "no order is left half-way"),
    "the attempt is the gateway's key": (_ONE, "an order is charged at most once"),
    "an order has one attempt": (_PAID_TWICE, "an order is charged at most once"),
    "a confirmation leaves a row": (_ONE, "no order is left half-way"),
    "a confirmation looks at the deadline": (_ONE, "nothing is confirmed after its deadline"),
    "rows are forgotten once they are published": (_ONE, "no order is left half-way"),
    "a sweep publishes remaining rows": (_ONE, "no order is left half-way"),
    "a sweep reminds of lost messages": (
        PaymentModel(workers=1, kinds=_LOSS, reminds=True),
        "no order is left half-way",
    ),
    "a message is done after the work": (_ONE, "no order is left half-way"),
    "dead letters are put back": (PaymentModel(workers=1, faults=2), "no order is left half-way"),
    "time never ends processing": (_ONE, "no order goes from processing to expired"),
    "in doubt the gateway is asked again": (_ONE, "a charged buyer has tickets or the money"),
    "a capture looks at the order": (
        PaymentModel(refunds=0, faults=2, kinds=frozenset({"slow", "fickle"})),
        "no order goes from declined to paid",
    ),
    "a capture looks at the attempt": (PaymentModel(), "a paid order owes what is refunded"),
    "a capture looks at the event": (_ONE, "nothing is sold of an event that was cancelled"),
    "a repeated capture issues nothing": (PaymentModel(), "at most one set of tickets"),
    "mail follows the sale": (_ONE, "no mail is sent before the sale is recorded"),
    "a mail is settled behind its sending": (_ONE, "a buyer with tickets has the mail"),
    "a lease ends": (_ONE, "a buyer with tickets has the mail"),
    "a refund leaves a row": (_ONE, "a charged buyer has tickets or the money"),
    "a refund makes the tickets void": (_ONE, "tickets go with a paid order"),
    "the money's way back has a key": (_ONE, "money is returned at most once"),
    "a worker finishes cancellations": (_ONE, "no refund is left half-way"),
    "a cancelled charge is declined": (_TWO_UNANSWERED, "a charged buyer has tickets or the money"),
    "a worker finishes refunds": (_ONE, "a charged buyer has tickets or the money"),
    "a payment is polled at its deadline": (_WAITING, "no order is left half-way"),
    "a late payment is cancelled first": (_WAITING, "a charged buyer has tickets or the money"),
    "a payment at the last moment is captured": (_WAITING, "a charged buyer has tickets or the money"),
    "a notice is a hint": (_WAITING, "no tickets without a charge"),
    "one refund is requested at a time": (_PARTS, "a charged buyer has tickets or the money"),
    "a late response finishes no other refund": (_PARTS_UNANSWERED, "a charged buyer has tickets or the money"),
    "rows have numbers": (_PARTS_UNANSWERED, "a charged buyer has tickets or the money"),
}

#: What is not promised: a gateway that breaks its promise.
MORE_THAN_PROMISED = {
    "a gateway that takes money for what it declined": PaymentModel(
        refunds=0, faults=3, kinds=frozenset({"slow", "die", "fickle"})
    ),
}


def without(rule: str) -> PaymentModel:
    """Return the protocol without one of its rules; what follows a colon tells apart the scenarios of one rule."""
    return attrs.evolve(WITHOUT[rule][0], without=rule.partition(":")[0])
