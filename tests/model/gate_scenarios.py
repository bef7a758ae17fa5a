"""The scenarios of gates without network, and for each rule one that shows what breaks without it."""

from __future__ import annotations

import attrs

from tests.model.gate import GateModel
from tests.model.gate_laws import BACK, KNOWN, ONCE, SINGLE, SORTED

_ALONE = GateModel(devices=1, scans=2, undos=1)
_TWO = GateModel(faults=2, ticks=0)
_UNDONE = GateModel(undos=1, faults=1, ticks=0)

#: The protocol as it is built, as large as a test may be.
SCENARIOS = {
    "one gate, two scans, one taken back": _ALONE,
    "two gates": _TWO,
    "two gates, one clock behind": attrs.evolve(_TWO, faults=1, ticks=1, behind=1),
}

#: More of the same, for `python -m tests.model`.
MORE = {
    "two gates, time passes": attrs.evolve(_TWO, ticks=1),
    "two gates, scans taken back": _UNDONE,
    "two gates, two scans each": GateModel(scans=2, faults=1),
}

#: And for a machine that has minutes.
BIG = {
    "three gates": GateModel(devices=3, faults=1, ticks=0),
    "two gates, time passes, scans taken back": attrs.evolve(_UNDONE, ticks=1),
    "two gates, scans taken back, two faults": attrs.evolve(_UNDONE, faults=2),
}

#: Each rule of the protocol, where its absence shows, and which law breaks.
WITHOUT = {
    "the earliest scan counts": (attrs.evolve(_TWO, ticks=1), SORTED),
    "a scan counts once": (_TWO, SINGLE),
    "a gate knows what it has let in": (_ALONE, ONCE),
    "a gate refuses what it knows to be used": (_ALONE, ONCE),
    "what a list says while a gate asks is not looked at": (attrs.evolve(_TWO, faults=1), BACK),
    "a scan has one id, asked or not": (attrs.evolve(_TWO, devices=1), BACK),
    "what may be known is taken back at the service": (attrs.evolve(_ALONE, scans=1), BACK),
    "a scan is kept until the service has it": (attrs.evolve(_TWO, devices=1), KNOWN),
    "a list ends only what is older": (_ALONE, ONCE),
}

#: What is not promised: a request that a gate has given up comes after the next ones.
MORE_THAN_PROMISED = {
    "late requests": attrs.evolve(_ALONE, kinds=frozenset({"late"})),
}


def without(rule: str) -> GateModel:
    """Return the protocol without one of its rules."""
    return attrs.evolve(WITHOUT[rule][0], without=rule)
