"""What the lanes of deliveries share: they claim one that is due, try it, and go on to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Claimed = TypeVar("Claimed")
Failed = TypeVar("Failed")


def always() -> bool:
    """Return true: the default of ``may_begin``."""
    return True


def work_through(
    limit: int,
    may_begin: Callable[[], bool],
    claim: Callable[[], Claimed | None],
    attempt: Callable[[Claimed], Failed | None],
) -> tuple[int, tuple[Failed, ...]]:
    """Claim and try at most ``limit`` deliveries one after the other, while ``may_begin`` allows another.

    Return how many succeeded, and the failures of the others, which ``attempt`` returns.
    """
    done = 0
    failures: list[Failed] = []
    while done + len(failures) < limit and may_begin():
        claimed = claim()
        if claimed is None:
            break
        failure = attempt(claimed)
        failures += [failure] if failure else []
        done += failure is None
    return done, tuple(failures)
