"""The checker's verdict is that of trying every order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations, permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.linearizability.checker import Operation, Specification, check, parts

Step = Operation[str, int]


@attrs.frozen
class Register(Specification[int, str, int]):
    """One number: ``read`` returns it; ``write n`` and ``add n`` change it, and ``add`` returns the sum."""

    def initial(self) -> int:
        return 0

    def apply(self, state: int, request: str, answer: int | None) -> int | None:
        verb, _, number = request.partition(" ")
        after = {"read": state, "write": int(number or 0), "add": state + int(number or 0)}[verb]
        return after if answer is None or verb == "write" or answer == after else None

    def only_looks(self, request: str, answer: int | None) -> bool:
        return request == "read"


def history(*steps: tuple[int, int | None, str, int | None]) -> list[Step]:
    """Return operations of as many clients."""
    return [Operation(client, *step) for client, step in enumerate(steps)]


LINEARIZABLE = {
    "nothing": history(),
    "one after the other": history((0, 1, "write 1", 0), (2, 3, "read", 1)),
    "a read during a write sees it": history((0, 9, "write 1", 0), (1, 2, "read", 1)),
    "a read during a write does not see it": history((0, 9, "write 1", 0), (1, 2, "read", 0)),
    "reads during a write see it from one on": history((0, 9, "write 1", 0), (1, 2, "read", 0), (3, 4, "read", 1)),
    "a return and a call at the same time": history((0, 1, "write 1", 0), (1, 2, "read", 0)),
    "two additions at once, the second first": history((0, 9, "add 1", 3), (1, 8, "add 2", 2)),
    "an unknown write took effect": history((0, None, "write 1", None), (5, 6, "read", 1)),
    "an unknown write took no effect": history((0, None, "write 1", None), (5, 6, "read", 0)),
    "an unknown write took effect late": history((0, None, "write 1", None), (5, 6, "read", 0), (7, 8, "read", 1)),
    "nothing is known": history((0, None, "write 1", None), (0, None, "add 1", None)),
}
NOT_LINEARIZABLE = {
    "a stale read": history((0, 1, "write 1", 0), (2, 3, "read", 0)),
    "a read of what was never written": history((0, 1, "write 1", 0), (0, 3, "read", 2)),
    "a write is seen and then not": history((0, 9, "write 1", 0), (1, 2, "read", 1), (3, 4, "read", 0)),
    "two readers see two writes in two orders": history(
        (0, 9, "write 1", 0), (0, 9, "write 2", 0), (1, 2, "read", 1), (3, 4, "read", 2), (5, 6, "read", 1)
    ),
    "an addition is lost": history((0, 9, "add 1", 1), (1, 8, "add 1", 1)),
    "an unknown write is seen before its call": history((0, 1, "read", 1), (2, None, "write 1", None)),
    "an unknown write is seen and then not": history((0, None, "write 1", None), (1, 2, "read", 1), (3, 4, "read", 0)),
}


@pytest.mark.parametrize("operations", LINEARIZABLE.values(), ids=LINEARIZABLE)
def test_a_linearizable_history_is_accepted(operations: list[Step]) -> None:
    """The order has every operation that returned."""
    verdict = check(Register(), operations)
    assert verdict.is_linearizable, verdict
    assert {each for each in operations if each.returned is not None} <= {*verdict.prefix}


@pytest.mark.parametrize("operations", NOT_LINEARIZABLE.values(), ids=NOT_LINEARIZABLE)
def test_a_history_that_is_not_linearizable_is_refused(operations: list[Step]) -> None:
    """No order is found, and the operations that cannot be placed are named."""
    verdict = check(Register(), operations)
    assert not verdict.is_linearizable
    assert verdict.stuck
    assert not {*verdict.prefix} & {*verdict.stuck}


def test_a_refusal_is_explained() -> None:
    """It shows the longest order, the state after it and the operations that cannot follow."""
    operations = history((0, 1, "write 1", 0), (2, 3, "add 2", 3), (4, 9, "read", 1), (5, None, "add 4", None))
    assert str(check(Register(), operations)).splitlines() == [
        "not linearizable: 3 operations can be ordered, the last of them",
        "    [0..1] client 0: write 1 -> 0",
        "    [2..3] client 1: add 2 -> 3",
        "    [5..?] client 3: add 4 -> None",
        "which leads to 7; one of these comes next, and none can:",
        "    [4..9] client 2: read -> 1",
    ]


def test_a_history_is_parted_by_its_objects() -> None:
    """Each part has the operations of one object, in their order."""
    one, two, three = history((0, 1, "write 1", 0), (2, 3, "read", 1), (4, 5, "write 2", 0))
    assert parts([one, two, three], lambda request: request.partition(" ")[0]) == [[two], [one, three]]


def test_a_long_history_is_checked_without_trying_every_order() -> None:
    """Five hundred additions in overlapping tens have more orders than could be tried."""
    operations = [Operation(n % 10, n, n + 10, "add 1", n + 1) for n in range(500)]
    assert check(Register(), operations).is_linearizable
    assert not check(Register(), [*operations, Operation(0, 600, 601, "read", 499)]).is_linearizable


requests = st.one_of(st.just("read"), st.integers(0, 2).map("write {}".format), st.integers(1, 2).map("add {}".format))


@given(st.lists(st.tuples(requests, st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=60))
def test_what_happened_one_after_the_other_is_accepted(planned: list[tuple[str, int, int, bool]]) -> None:
    """A sequential history stays linearizable with earlier calls, later returns and lost answers."""
    operations: list[Step] = []
    state = 0
    for number, (request, early, late, lost) in enumerate(planned):
        after = Register().apply(state, request, None)
        assert after is not None
        state = after
        instant = 10 * number
        returned, answer = (None, None) if lost else (instant + late, state)
        operations.append(Operation(number, instant - early, returned, request, answer))
    verdict = check(Register(), operations)
    assert verdict.is_linearizable, verdict


def is_linearizable_by_trying(operations: Sequence[Step]) -> bool:
    """Return whether an order of all that returned, with any of those that did not, is right."""
    known = [each for each in operations if each.returned is not None]
    unknown = [each for each in operations if each.returned is None]
    chosen = chain.from_iterable(combinations(unknown, size) for size in range(len(unknown) + 1))
    return any(_is_allowed(order) for some in chosen for order in permutations([*known, *some]))


def _is_allowed(order: Sequence[Step]) -> bool:
    state = 0
    for number, each in enumerate(order):
        if any(later.returned is not None and later.returned < each.called for later in order[number + 1 :]):
            return False
        after = Register().apply(state, each.request, each.answer)
        if after is None:
            return False
        state = after
    return True


@st.composite
def small_histories(draw: st.DrawFn) -> list[Step]:
    """Draw up to five operations with any times and answers."""
    steps: list[Step] = []
    for client in range(draw(st.integers(0, 5))):
        called, lasted = draw(st.integers(0, 6)), draw(st.none() | st.integers(0, 6))
        answer = None if lasted is None else draw(st.integers(0, 3))
        steps.append(Operation(client, called, None if lasted is None else called + lasted, draw(requests), answer))
    return steps


@given(small_histories())
def test_the_answer_is_that_of_trying_every_order(operations: list[Step]) -> None:
    """For every small history, linearizable or not."""
    assert check(Register(), operations).is_linearizable == is_linearizable_by_trying(operations)
