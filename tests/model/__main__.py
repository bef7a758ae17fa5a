"""``python -m tests.model [--big]``: check all models, with all their rules and without each, and print the verdicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.model import counter_scenarios as counter
from tests.model import gate_scenarios as gate
from tests.model import payment_scenarios as payment
from tests.model.checker import Verdict, check

#: Each thousand states need a few megabytes of memory.
LIMIT = 2_000_000


def _verdicts(*, big: bool) -> Iterator[tuple[str, Verdict, bool]]:
    """Yield the name of each check, its verdict, and whether that is as expected."""
    for name, sale in (counter.SCENARIOS | counter.MORE | (counter.BIG if big else {})).items():
        verdict = check(sale, LIMIT)
        yield f"counter: {name}", verdict, verdict.broken is None
    for name, order in (payment.SCENARIOS | payment.MORE | (payment.BIG if big else {})).items():
        verdict = check(order, LIMIT, must_end=True)
        yield f"payment: {name}", verdict, verdict.broken is None
    for name, doors in (gate.SCENARIOS | gate.MORE | (gate.BIG if big else {})).items():
        verdict = check(doors, LIMIT, must_end=True)
        yield f"gate: {name}", verdict, verdict.broken is None
    for rule, (_, law) in counter.WITHOUT.items():
        verdict = check(counter.without(rule), LIMIT)
        yield f"counter without: {rule}", verdict, verdict.broken == law
    for rule, (_, law) in payment.WITHOUT.items():
        verdict = check(payment.without(rule), LIMIT, must_end=True)
        yield f"payment without: {rule}", verdict, verdict.broken == law
    for rule, (_, law) in gate.WITHOUT.items():
        verdict = check(gate.without(rule), LIMIT, must_end=True)
        yield f"gate without: {rule}", verdict, verdict.broken == law
    for law in counter.MORE_THAN_PROMISED | (counter.FAR_OFF if big else {}):
        verdict = check(counter.more(law), LIMIT)
        yield f"counter, not promised: {law}", verdict, verdict.broken is not None
    for others, order in payment.MORE_THAN_PROMISED.items():
        verdict = check(order, LIMIT)
        yield f"payment, not promised: {others}", verdict, verdict.broken is not None
    for others, doors in gate.MORE_THAN_PROMISED.items():
        verdict = check(doors, LIMIT, must_end=True)
        yield f"gate, not promised: {others}", verdict, verdict.broken is not None


def main(arguments: list[str]) -> int:
    """Print every verdict and the totals; return 1 if a verdict is not as expected."""
    states, seconds, wrong = 0, 0.0, 0
    for name, verdict, right in _verdicts(big="--big" in arguments):
        print(f"{'ok' if right else 'WRONG'}  {name}: {verdict}", flush=True)  # noqa: T201  This is a command.
        states, seconds, wrong = states + verdict.states, seconds + verdict.seconds, wrong + (not right)
    print(f"{states:,} states in {seconds:.0f} s, {states / seconds:,.0f} a second")  # noqa: T201  Likewise.
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
