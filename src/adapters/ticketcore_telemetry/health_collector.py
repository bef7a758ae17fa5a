"""Prometheus gauges that are read from the parts at the moment of a scrape."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

import attrs
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ticketcore.domain.errors import Unavailable
from ticketcore.domain.events import Event, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.ports import Ports, QueueDepth

#: The soonest events that a scrape looks at.
MAX_EVENTS = 1000
#: How long a scrape waits for all parts together; Prometheus itself gives up after 10 seconds unless told otherwise.
PATIENCE_SECONDS = 3.0

_PAGE = 100
_LOG = logging.getLogger("ticketcore")

T = TypeVar("T")


class PartsCollector(Collector):
    """Asks every part on each scrape.  One that does not answer in time is down for this scrape, and has no other sample."""

    def __init__(self, ports: Ports, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._ports = ports
        self._patience_seconds = patience_seconds
        self._checks = ports.checks
        self._askers = {name: _Asker(name) for name in (*self._checks, "upcoming events", "counters", "queue depth")}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        deadline = time.monotonic() + self._patience_seconds
        ports, ask = self._ports, self._askers
        checks = {part: ask[part].ask(_answered(check)) for part, check in self._checks.items()}
        events = ask["upcoming events"].ask(lambda: _upcoming(ports))
        counters = ask["counters"].ask(lambda: _compare(ports, events.result()))
        depth = ask["queue depth"].ask(lambda: ports.payment_queue.depth(ports.clock.now()))
        up = {part: float(_wait(check, deadline) is not None) for part, check in checks.items()}
        yield _gauge("ticketcore_part_up", "Whether a part can be reached.", "part", up)
        yield from self._queue(_wait(depth, deadline))
        yield _places(_wait(events, deadline))
        yield from _drift(_wait(counters, deadline))

    def _queue(self, depth: QueueDepth | None) -> Iterator[GaugeMetricFamily]:
        messages: dict[str, float] = {}
        age: dict[str, float] = {}
        if depth is not None:
            messages = {"waiting": depth.waiting, "in_flight": depth.in_flight, "dead": depth.dead}
            waited = (self._ports.clock.now() - depth.oldest).total_seconds() if depth.oldest else 0.0
            age = {"": max(0.0, waited)}
        yield _gauge("ticketcore_queue_messages", "Messages of the payment queue.", "state", messages)
        yield _gauge(
            "ticketcore_queue_oldest_message_age_seconds", "Age of the oldest message that waits, or 0.", None, age
        )


def _gauge(name: str, text: str, label: str | None, samples: Mapping[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, text, labels=[label] if label else [])
    for value, sample in samples.items():
        gauge.add_metric([value] if label else [], sample)
    return gauge


def _of_events(text: str) -> str:
    return f"{text}, over the soonest {MAX_EVENTS} upcoming events."


def _places(events: Sequence[Event] | None) -> GaugeMetricFamily:
    places: dict[str, float] = {}
    if events is not None:
        places = {
            "available": sum(event.available for event in events),
            "reserved": sum(event.held for event in events),
            "sold": sum(event.sold for event in events),
        }
    return _gauge("ticketcore_event_places", _of_events("Places by state"), "state", places)


def _drift(found: _Comparison | None) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "ticketcore_inventory_drift_places",
        _of_events("How far the live counters are from the ledger"),
        None,
        {"": found.drift} if found else {},
    )
    yield _gauge(
        "ticketcore_inventory_uncounted_events",
        _of_events("Events without a live counter"),
        None,
        {"": found.uncounted} if found else {},
    )


@attrs.frozen
class _Comparison:
    drift: int
    uncounted: int


def _upcoming(ports: Ports) -> Sequence[Event]:
    events: list[Event] = []
    wanted = EventFilter(starts_after=ports.clock.now())
    after = None
    while len(events) < MAX_EVENTS:
        page = ports.events.list(wanted, after, _PAGE)
        events += page.items
        after = page.after
        if after is None:
            break
    return events


def _compare(ports: Ports, events: Sequence[Event]) -> _Comparison | None:
    """Answer how far the counters are from the ledger, or ``None`` if there are none at all."""
    if not ports.inventory.counts:
        return None
    counted: dict[EventId, int] = {}
    for begin in range(0, len(events), _PAGE):
        page = [event.id for event in events[begin : begin + _PAGE]]
        counted |= ports.inventory.available(page, ports.clock.now())
    drift = sum(abs(counted[event.id] - event.available) for event in events if event.id in counted)
    return _Comparison(drift, len(events) - len(counted))


def _answered(check: Callable[[], None]) -> Callable[[], bool]:
    def ask() -> bool:
        check()
        return True

    return ask


@attrs.define(eq=False)
class _Asker:
    """Asks one thing in a thread of its own, never twice at a time: what hangs holds up no scrape and piles up no threads."""

    _name: str
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _asked: Future[object] | None = None

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Answer the answer to come: that of the question before, if it is still waited for."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._answer, args=(self._asked, question), daemon=True).start()
            return self._asked  # type: ignore[return-value]  # One asker always asks the same.

    def _answer(self, future: Future[object], question: Callable[[], object]) -> None:
        try:
            future.set_result(question())
        except Unavailable as failure:
            future.set_exception(failure)
        except Exception as bug:
            _LOG.exception("the metrics of %s failed", self._name)
            future.set_exception(bug)


def _wait(answer: Future[T], deadline: float) -> T | None:
    """Answer what was found by the deadline, or ``None``."""
    try:
        return answer.result(max(0.0, deadline - time.monotonic()))
    except Exception:  # The asker has told why; a scrape shows what there is.
        return None
