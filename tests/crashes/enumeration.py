"""Play a story with a death at every call of a port, recover, and hold the laws against what is left."""

from __future__ import annotations

import enum
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import attrs

from tests.crashes.killing import DEADLY, Fate, Strike, Way
from tests.crashes.laws import Books, always, in_the_end, orders
from tests.crashes.process import Desk
from tests.crashes.stories import STORIES, Story
from ticketcore import Unavailable
from ticketcore.application.worker import WorkReport
from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY

#: More than a message needs to be worked off or given up.
_ROUNDS = 2 * MAX_RECEIVES


class Client(enum.StrEnum):
    """What a client does that got no answer."""

    LEAVES = "its client never comes back"
    REPEATS = "its client repeats the request"


@attrs.frozen
class Ended:
    """What a process did: the calls that it made, as far as anybody knows, and its answer if it gave one."""

    calls: tuple[str, ...] = ()
    answered: bool = False
    answer: object = None
    died: bool = False


class Stage(Protocol):
    """Where one story is played, once: parts that outlive any process."""

    __slots__ = ()

    @property
    @abstractmethod
    def books(self) -> Books:
        """Answer what is looked at in the end."""

    @abstractmethod
    def desk(self) -> Desk:
        """Answer a new process that lives as long as it is needed."""

    @abstractmethod
    def perform(self, name: str, strike: Strike | None) -> Ended:
        """Let a process of its own do the act of a story, and die or fail by this strike."""


Staging = Callable[[], AbstractContextManager[Stage]]


@attrs.frozen
class Run:
    """One story with one strike, or none: the calls that were made and the laws that were broken."""

    calls: tuple[str, ...]
    answered: bool
    violations: tuple[str, ...]


def act(desk: Desk, story: Story, fate: Fate) -> Ended:
    """Do the act of a story and answer what came of it; a process that dies does not come back."""
    try:
        answer = story.act(desk)
    except Unavailable:
        return Ended(tuple(fate.calls))
    return Ended(tuple(fate.calls), True, answer)


def play(staging: Staging, name: str, strike: Strike | None, client: Client = Client.LEAVES) -> Run:
    """Play a story from its beginning to the verdict."""
    story = STORIES[name]
    with staging() as stage:
        desk = stage.desk()
        story.begin(desk)
        ended = stage.perform(name, strike)
        assert ended.died == (strike is not None and strike.way in DEADLY), "it did not come to its death"
        violations = [*_heard(desk, story, ended), *always(desk.ports, desk.facts)]
        for order in orders(desk.ports, stage.books):
            if order.id in desk.facts.orders:
                desk.look_at(order)
        desk = stage.desk()
        if client is Client.REPEATS and not ended.answered:
            violations += _heard(desk, story, Ended(answered=True, answer=story.act(desk)))
        violations += _recover(desk)
        violations += in_the_end(stage.desk(), stage.books, story)
    return Run(ended.calls, ended.answered, tuple(violations))


def _heard(desk: Desk, story: Story, ended: Ended) -> Iterator[str]:
    """Keep what the client was told, which must be what it is owed."""
    if not ended.answered:
        return
    desk.facts.hear(ended.answer)
    if not isinstance(ended.answer, story.answer):
        yield f"law 5: the client was told {ended.answer}"
    yield from _bugs(ended.answer)


def _bugs(answer: object) -> Iterator[str]:
    failures = answer.failures if isinstance(answer, WorkReport) else ()
    yield from (f"a bug: {failure.error!r}" for failure in failures if not isinstance(failure.error, Unavailable))


def _recover(desk: Desk) -> Iterator[str]:
    """Do what workers and sweepers do by themselves, until nothing is left to do and every deadline is over."""
    for _ in range(_ROUNDS):
        desk.clock.move(VISIBILITY)
        yield from _serve(desk)
        if _is_quiet(desk):
            break
    desk.clock.move(desk.box_office.hold)
    yield from _serve(desk)


def _is_quiet(desk: Desk) -> bool:
    depth = desk.ports.payment_queue.depth(desk.clock.now())
    return not (depth.waiting or depth.in_flight or desk.ports.outbox.pending(1))


def _serve(desk: Desk) -> Iterator[str]:
    desk.box_office.sweep()
    report = desk.box_office.work()
    yield from _bugs(report)


def enumerate_crashes(staging: Staging, name: str, ways: Sequence[Way] = tuple(Way)) -> Iterator[tuple[str, Run]]:
    """Play a story without any strike, and then with every way to strike at every call that it made."""
    told = play(staging, name, None)
    assert told.answered, f"{name}: nobody is answered although nothing happens"
    assert len(told.calls) >= STORIES[name].calls, f"{name}: there is less to it than there was: {told.calls}"
    yield f"{name}: nothing happens", told
    for number, call in enumerate(told.calls, start=1):
        for way in ways:
            strike = Strike(number, way)
            for client in Client:
                run = play(staging, name, strike, client)
                yield f"{name}: it {way.value} {call}, call {number}; {client.value}", run
                if run.answered:
                    break
