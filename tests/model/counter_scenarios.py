"""The scenarios of the counter protocol, and for each rule one that shows what breaks without it."""

from __future__ import annotations

import attrs

from tests.model.counter import CounterModel

ONE = ((0, 1, 1),)
ONE_OF_EACH = ((0, 1, 1), (0, 2, 1))
TWO = ((0, 1, 1), (0, 1, 1))
ASKS_TWICE = ((0, 1, 2),)
AWAY = frozenset({"away"})
TWO_EVENTS = ((0, 1, 1), (1, 1, 1))

#: The protocol as it is built, as large as a test may be.
SCENARIOS = {
    "two buyers, one and two of two places": CounterModel(ONE_OF_EACH, strictly="due"),
    "a buyer who asks twice, and the capacity changes": CounterModel(ASKS_TWICE, changes=1),
    "a buyer who asks twice, any faults twice": CounterModel(ASKS_TWICE, capacities=(1,), faults=2),
    "a buyer, any fault once, and a sweep": CounterModel(ONE, capacities=(1,), faults=1, sweeps=1),
    "a buyer, any fault once, and a replica": CounterModel(ONE, capacities=(1,), faults=1, snapshots=1),
    "two events in one store": CounterModel(TWO_EVENTS, capacities=(1, 1), strictly="due"),
    "two buyers, and the sale ends": CounterModel(TWO, capacities=(1,), closings=1),
    "a buyer, and the sale ends and is resumed": CounterModel(ONE, capacities=(1,), closings=2),
    "two buyers, and the ledger is away twice": CounterModel(TWO, capacities=(1,), faults=2, kinds=AWAY),
    "a buyer who asks twice, the ledger is away, and a sweep": CounterModel(ASKS_TWICE, faults=1, sweeps=1, kinds=AWAY),
    "a buyer who asks twice, any fault once, and the sale ends": CounterModel(
        ASKS_TWICE, capacities=(1,), faults=1, closings=1
    ),
}

#: More of the same, for `python -m tests.model`.
MORE = {
    "two buyers, any fault once": CounterModel(ONE_OF_EACH, faults=1),
    "a buyer who asks twice, any fault once, and a sweep": CounterModel(ASKS_TWICE, faults=1, sweeps=1),
    "a buyer who asks twice, any fault once, and a replica": CounterModel(
        ASKS_TWICE, capacities=(1,), faults=1, snapshots=1
    ),
    "two events in one store, and a sweep": CounterModel(TWO_EVENTS, capacities=(1, 1), sweeps=1, strictly="due"),
    "two buyers, and the sale ends and is resumed": CounterModel(TWO, capacities=(1,), closings=2),
}

#: And for a machine that has minutes.
BIG = {
    "two buyers, one of whom asks twice at once": CounterModel(((0, 1, 2), (0, 1, 1)), capacities=(1,)),
    "three buyers of one place": CounterModel(((0, 1, 1), (0, 1, 1), (0, 1, 1)), capacities=(1,)),
    "three buyers of two places, one of whom wants both": CounterModel(((0, 1, 1), (0, 1, 1), (0, 2, 1))),
    "two buyers, any fault once, and a sweep": CounterModel(TWO, capacities=(1,), faults=1, sweeps=1),
    "two buyers, any faults twice": CounterModel(TWO, capacities=(1,), faults=2),
    "a buyer who asks twice, and the capacity changes thrice": CounterModel(ASKS_TWICE, changes=3),
    "two buyers, and the capacity changes": CounterModel(TWO, capacities=(1,), changes=1),
    "two buyers, and a replica": CounterModel(TWO, capacities=(1,), faults=1, snapshots=1, kinds=frozenset()),
    "two events in one store, keys lost once, and a sweep": CounterModel(
        TWO_EVENTS, capacities=(1, 1), faults=1, sweeps=1, kinds=frozenset({"keys"})
    ),
}

_CALM = CounterModel(TWO, capacities=(1,), strictly="due")
_THREE = CounterModel(((0, 1, 1), (0, 1, 1), (0, 1, 1)), capacities=(2,))
_FAULTY = CounterModel(ONE_OF_EACH, faults=1)
_FORGOTTEN = CounterModel(TWO, capacities=(1,), faults=1, kinds=frozenset({"die"}))
_RECONCILED = CounterModel(TWO, capacities=(2,), faults=1, changes=1, kinds=frozenset({"die"}))
_CLOSING = CounterModel(ONE, capacities=(1,), closings=2)
_THREE_ON_TWO_EVENTS = CounterModel(((0, 1, 1), (0, 1, 1), (1, 1, 1)), capacities=(1, 1), strictly="due")

#: Each rule of the protocol, where its absence shows, and which law breaks.
WITHOUT = {
    "take remembers the order": (_CALM, "a buyer who comes alone gets the free places"),
    "due forgets what it stands for": (_FORGOTTEN, "a crowd is turned away by the counter alone"),
    "each event has deadlines of its own": (_THREE_ON_TWO_EVENTS, "a buyer who comes alone gets the free places"),
    "the end of a take gives back": (_CALM, "at rest the counter is right, or there is none"),
    "older news is ignored": (_CALM, "at rest the counter is right, or there is none"),
    "a sync subtracts what is in flight": (_THREE, "at rest the counter is right, or there is none"),
    "a sync makes no counter": (_FAULTY, "at rest the counter is right, or there is none"),
    "a take that lapses gives back": (_CALM, "no buyer is turned away without a reason"),
    "a reset subtracts what is in flight": (_RECONCILED, "at rest the counter is right, or there is none"),
    "a reset sums up the flights": (_FAULTY, "one sweep makes the counter right"),
    "never shown below 0": (_CALM, "no less than 0 is shown"),
    "the ledger looks whether there are places": (_CALM, "the ledger is never oversold"),
    "a repeated order changes nothing": (
        CounterModel(((0, 1, 2),)),
        "capacity = free + held + sold, as the orders have them",
    ),
    "an expiry is synced": (_CALM, "a buyer who comes alone gets the free places"),
    "a change of capacity reconciles": (
        CounterModel(TWO, capacities=(1,), changes=1),
        "at rest the counter is right, or there is none",
    ),
    "a reconcile keeps the row locked": (_FAULTY, "no buyer is turned away without a reason"),
    "a sweep reconciles what differs": (_FAULTY, "one sweep makes the counter right"),
    "a take without an answer is given back": (
        CounterModel(TWO, capacities=(1,), faults=1, kinds=AWAY),
        "a take ends with its call",
    ),
    "a take that is not admitted subtracts nothing": (_CLOSING, "a request that cannot win changes nothing"),
    "a refusal is confirmed": (_CLOSING, "no order is refused that the ledger admits"),
    "a change of the terms reconciles": (_CLOSING, "at rest the counter knows the terms"),
    "a sweep compares the terms": (_CLOSING, "one sweep makes the counter right"),
}

#: Laws in a stronger form, which do not hold: what the counter does not promise.
MORE_THAN_PROMISED = {
    "row": _CALM,
    "sweep": CounterModel(TWO, capacities=(2,), faults=1, sweeps=1, kinds=frozenset({"lose"})),
    "healed": CounterModel(TWO, capacities=(2,), faults=2),
}

#: Likewise, but it takes fifteen steps.
FAR_OFF = {"due": CounterModel(((0, 1, 2), (0, 1, 1)), capacities=(1,))}


def without(rule: str) -> CounterModel:
    """Return the protocol without one of its rules."""
    return attrs.evolve(WITHOUT[rule][0], without=rule)


def more(law: str) -> CounterModel:
    """Return the protocol with a law in a stronger form than is promised."""
    return attrs.evolve((MORE_THAN_PROMISED | FAR_OFF)[law], strictly=law)
