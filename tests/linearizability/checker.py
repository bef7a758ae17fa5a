"""Find an order in which the same operations, one after the other, would have had the same results.

An operation seems to happen at one instant between its call and its return (Herlihy and Wing, "Linearizability: a correctness
condition for concurrent objects", TOPLAS 12(3), 1990).  The search is that of Wing and Gong ("Testing and verifying concurrent
objects", JPDC 17, 1993) with what Lowe added ("Testing for linearizability", Concurrency and Computation 29(4), 2017): where
the same operations have led to the same state before, there is nothing new to find.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import groupby
from typing import Generic, Protocol, TypeVar

import attrs

S = TypeVar("S", bound=Hashable)
R = TypeVar("R")
A = TypeVar("A")
R_contra = TypeVar("R_contra", contravariant=True)
A_contra = TypeVar("A_contra", contravariant=True)

_TOLD = 8


@attrs.frozen
class Operation(Generic[R, A]):
    """A client's call and its result, with the times of both in any unit.

    One that never ``returned`` may take effect at any time after its call, or never; its answer is ``None``.
    """

    client: int
    called: int
    returned: int | None
    request: R
    answer: A | None

    def __str__(self) -> str:
        returned = "?" if self.returned is None else self.returned
        return f"[{self.called}..{returned}] client {self.client}: {self.request} -> {self.answer}"


class Specification(Protocol[S, R_contra, A_contra]):
    """The sequential behaviour of an object.  States are immutable."""

    __slots__ = ()

    @abstractmethod
    def initial(self) -> S:
        """Return the first state."""

    @abstractmethod
    def apply(self, state: S, request: R_contra, answer: A_contra | None) -> S | None:
        """Return the state after a request, or ``None`` if the request cannot have this answer.

        If the answer is unknown, return the state after a request that took effect.
        """

    @abstractmethod
    def only_looks(self, request: R_contra, answer: A_contra | None) -> bool:
        """Return whether a request with this answer never changes a state."""


@attrs.frozen
class Verdict(Generic[R, A]):
    """Whether the operations are linearizable; if not, ``prefix`` is the longest order found and none of ``stuck`` can follow."""

    is_linearizable: bool
    prefix: Sequence[Operation[R, A]]
    stuck: Sequence[Operation[R, A]] = ()
    state: object = None

    def __str__(self) -> str:
        if self.is_linearizable:
            return f"linearizable: {len(self.prefix)} operations"
        return "\n".join(
            [
                f"not linearizable: {len(self.prefix)} operations can be ordered, the last of them",
                *(f"    {operation}" for operation in self.prefix[-_TOLD:]),
                f"which leads to {self.state}; one of these comes next, and none can:",
                *(f"    {operation}" for operation in self.stuck),
            ]
        )


def check(specification: Specification[S, R, A], operations: Iterable[Operation[R, A]]) -> Verdict[R, A]:
    """Look for an order of the operations that the specification allows."""
    return _Search(specification, sorted(operations, key=lambda each: each.called)).run()


def parts(operations: Iterable[Operation[R, A]], of: Callable[[R], str]) -> list[list[Operation[R, A]]]:
    """Part a history by the object that each request is about: it is linearizable if and only if every part is."""

    def key(operation: Operation[R, A]) -> str:
        return of(operation.request)

    return [list(part) for _, part in groupby(sorted(operations, key=key), key)]


#: The operations that were placed, as the bits of a number, and the state they have led to.
_Node = tuple[int, S]


@attrs.frozen(eq=False)
class _Search(Generic[S, R, A]):
    """Depth first.  ``came_from`` are the nodes that were seen, each with that before it."""

    specification: Specification[S, R, A]
    operations: Sequence[Operation[R, A]]
    came_from: dict[_Node[S], _Node[S] | None] = attrs.field(factory=dict)

    def run(self) -> Verdict[R, A]:
        awaited = sum(1 << number for number, each in enumerate(self.operations) if each.returned is not None)
        node = furthest = self._looked(0, self.specification.initial())
        self.came_from[node] = None
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if not awaited & ~node[0]:
                return Verdict(is_linearizable=True, prefix=self._order(node))
            furthest = max(furthest, node, key=lambda each: each[0].bit_count())
            for after in self._onward(node):
                if after not in self.came_from:
                    self.came_from[after] = node
                    waiting.append(after)
        stuck = [self.operations[number] for number in self._next(furthest[0])]
        return Verdict(is_linearizable=False, prefix=self._order(furthest), stuck=stuck, state=furthest[1])

    def _onward(self, node: _Node[S]) -> list[_Node[S]]:
        """Return the node after each change that can come next, that of the first call last."""
        placed, state = node
        changes = [number for number in self._next(placed) if not self._only_looks(number)]
        afters = [(number, self._apply(state, number)) for number in reversed(changes)]
        return [self._looked(placed | 1 << number, after) for number, after in afters if after is not None]

    def _looked(self, placed: int, state: S) -> _Node[S]:
        """Place all operations that only read and are right in this state.

        An operation that only reads is placed as soon as its answer is right: placing it later never helps.
        """
        while True:
            looks = filter(self._only_looks, self._next(placed))
            seen = sum(1 << number for number in looks if self._apply(state, number) is not None)
            if not seen:
                return placed, state
            placed |= seen

    def _next(self, placed: int) -> list[int]:
        """Return the operations of which any may come next: those called before the first return."""
        found: list[int] = []
        first_return: float = math.inf
        first = (~placed & placed + 1).bit_length() - 1
        for number in range(first, len(self.operations)):
            if placed >> number & 1:
                continue
            each = self.operations[number]
            if each.called > first_return:
                break
            found.append(number)
            first_return = first_return if each.returned is None else min(first_return, each.returned)
        return found

    def _only_looks(self, number: int) -> bool:
        each = self.operations[number]
        return self.specification.only_looks(each.request, each.answer)

    def _apply(self, state: S, number: int) -> S | None:
        each = self.operations[number]
        return self.specification.apply(state, each.request, each.answer)

    def _order(self, node: _Node[S]) -> list[Operation[R, A]]:
        """Return the operations placed on the way to a node: each change with the reads after it."""
        order: list[Operation[R, A]] = []
        way: _Node[S] | None = node
        while way is not None:
            before = self.came_from[way]
            new = way[0] & ~(before[0] if before else 0)
            numbers = [number for number in range(new.bit_length()) if new >> number & 1]
            order[:0] = [self.operations[number] for number in sorted(numbers, key=self._only_looks)]
            way = before
        return order
