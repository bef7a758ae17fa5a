"""Wherever a process dies or is left without an answer, the next ones bring everything to its end, by all the laws.

The function handlers are played as they are deployed.  The HTTP service and the command line are thin over the box office:
each of their requests is one call of a use case that is played here.
"""

from __future__ import annotations

import inspect
import re
from functools import partial

import pytest

from tests.crashes import acts, killing
from tests.crashes.broken import BROKEN
from tests.crashes.enumeration import enumerate_crashes, play
from tests.crashes.killing import Strike, Way
from tests.crashes.memory import on_memory
from tests.crashes.stories import STORIES
from ticketcore import BoxOffice, Organiser, Ports

#: Use cases that change nothing: whoever dies in one leaves nothing behind.
_READING = {
    BoxOffice: {"event", "list_events", "order", "tickets_of", "ticket", "image_of"},
    Organiser: {"list_events", "find_order", "explain", "list_keys", "authenticate", "queue", "stock"},
}


@pytest.mark.parametrize("name", STORIES)
def test_no_crash_breaks_a_law(name: str) -> None:
    """Before and after each call of a port, with and without its effect, whether or not the client comes back."""
    for at, run in enumerate_crashes(on_memory, name):
        assert not run.violations, "\n".join([at, *run.calls, *run.violations])


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str) -> None:
    """Each wrong rule or adapter keeps the laws while nobody dies, and breaks one at some point where somebody does."""
    broken = BROKEN[name]
    runs = enumerate_crashes(partial(on_memory, broken.part, broken.rule), broken.story)
    _, alive = next(runs)
    assert not alive.violations
    assert any(run.violations for _, run in runs)


@pytest.mark.parametrize("way", Way)
def test_a_strike_is_where_it_is_said_to_be(way: Way) -> None:
    """A dead process makes no call after its death; one that lives goes on, and tells why it has no answer."""
    told = play(on_memory, "work", None)
    charge = told.calls.index("payment_gateway.charge") + 1
    struck = play(on_memory, "work", Strike(charge, way))
    assert struck.calls[:charge] == told.calls[:charge]
    assert struck.calls[charge:] == (() if way in killing.DEADLY else ("orders.note", "payment_queue.retry"))


@pytest.mark.parametrize(("kind", "name"), [(BoxOffice, "box_office"), (Organiser, "organiser")])
def test_every_use_case_has_a_story(kind: type, name: str) -> None:
    """A use case that is added and changes anything needs a story here."""
    use_cases = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert {*re.findall(rf"{name}\.(\w+)\(", inspect.getsource(acts))} == use_cases - _READING[kind]


def test_every_port_outside_may_fail() -> None:
    """A port that is added lies either in the process or behind a door."""
    inside = {"seal", "qr_images", "clock", "ids", "observer"}
    assert {*killing.OUTSIDE, *inside} == set(inspect.get_annotations(Ports))
