"""What is checked of the payment protocol: how much of it at a time, and each rule once left out."""

from __future__ import annotations

import attrs

from tests.model.payment import PaymentModel

_ONE = PaymentModel(workers=1)
_QUEUE = frozenset({"slow", "queue"})
_LOSS = frozenset({"loss", "die"})

#: The protocol as it is built, as large as a test may be.
SCENARIOS = {
    "two workers, and nothing befalls them": PaymentModel(pays=2, budget=0),
    "two workers, and anything once": PaymentModel(),
    "one worker, and anything twice": PaymentModel(workers=1, budget=2),
    "two workers, and the queue delivers twice as it likes": PaymentModel(refunds=0, budget=2, befalls=_QUEUE),
    "one worker, and the queue loses messages": PaymentModel(workers=1, budget=2, befalls=_LOSS, reminds=True),
    "a gateway that never answers": PaymentModel(budget=1, down=True),
}

#: More of the same, for a machine that has minutes.
BIG = {
    "two workers, and anything twice": PaymentModel(budget=2),
    "one worker, all asked twice, and anything once": PaymentModel(workers=1, pays=2, refunds=2),
    "one worker, and anything thrice": PaymentModel(workers=1, budget=3),
    "three workers, and anything once": PaymentModel(workers=3),
}

#: Each rule of the protocol, where its absence shows, and which law breaks.
WITHOUT = {
    "the attempt is the gateway's key": (_ONE, "an order is charged at most once"),
    "an order has one attempt": (PaymentModel(workers=1, pays=2), "an order is charged at most once"),
    "a confirmation leaves a row": (_ONE, "no order is left half-way"),
    "a confirmation looks at the deadline": (_ONE, "nothing is confirmed after its deadline"),
    "rows are forgotten once they are published": (_ONE, "no order is left half-way"),
    "a sweep publishes what stayed": (_ONE, "no order is left half-way"),
    "a sweep reminds of what was lost": (
        PaymentModel(workers=1, befalls=_LOSS, reminds=True),
        "no order is left half-way",
    ),
    "a message is done after the work": (_ONE, "no order is left half-way"),
    "dead letters are put back": (PaymentModel(workers=1, budget=2), "no order is left half-way"),
    "time never ends processing": (_ONE, "no order goes from processing to expired"),
    "in doubt the gateway is asked again": (_ONE, "who was charged has tickets or the money"),
    "a capture looks at the order": (
        PaymentModel(budget=2, befalls=frozenset({"slow", "fickle"})),
        "no order goes from declined to paid",
    ),
    "a capture looks at the attempt": (PaymentModel(), "never tickets and money"),
    "a capture looks at the event": (_ONE, "nothing is sold of an event that was cancelled"),
    "a repeated capture issues nothing": (PaymentModel(), "at most one set of tickets"),
    "mail follows the sale": (_ONE, "no mail is sent before the sale is recorded"),
    "the cursor moves behind the mail": (_ONE, "who has tickets was told"),
    "a refund leaves a row": (_ONE, "who was charged has tickets or the money"),
    "a refund makes the tickets void": (_ONE, "tickets go with a paid order"),
    "the money's way back has a key": (_ONE, "money is returned at most once"),
    "a worker finishes refunds": (_ONE, "who was charged has tickets or the money"),
}

#: What is not promised: a gateway that breaks its promise.
MORE_THAN_PROMISED = {
    "a gateway that takes money for what it declined": PaymentModel(
        budget=3, befalls=frozenset({"slow", "die", "fickle"})
    ),
}


def without(rule: str) -> PaymentModel:
    """Answer the protocol without one of its rules."""
    return attrs.evolve(WITHOUT[rule][0], without=rule)
