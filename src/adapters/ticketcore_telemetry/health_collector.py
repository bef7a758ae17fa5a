"""Prometheus gauges that are read from the components when they are scraped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import attrs
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ticketcore.domain.deliveries import DeliveryBacklog
from ticketcore.domain.events import Event, EventFilter
from ticketcore.domain.ids import EventId
from ticketcore.ports import Counter, Ports, QueueDepth
from ticketcore_telemetry.health import Call, HealthChecker, Probe

#: The soonest events that a scrape reads.
MAX_EVENTS = 1000
#: How long a scrape waits for each figure.  Prometheus gives up after 10 seconds by default.
TIMEOUT_SECONDS = 3.0

_PAGE = 100

T = TypeVar("T")


class HealthCollector(Collector):
    """Gauges of the components' health and of the figures that they keep.

    A component that does not answer in time is down, and its figures have no sample.
    """

    def __init__(self, ports: Ports, health: HealthChecker, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._ports = ports
        self._health = health
        self._timeout_seconds = timeout_seconds
        self._events = Probe("upcoming events", lambda: _upcoming(ports))
        self._counters = Probe("counters", lambda: _compare(ports, self._events.call().future.result()))
        self._depth = Probe("queue depth", lambda: ports.payment_queue.depth(ports.clock.now()))
        self._mails = Probe("deliveries", ports.deliveries.backlog)
        self._webhooks = Probe("webhooks", ports.webhooks.backlog)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        events, counters, depth = self._events.call(), self._counters.call(), self._depth.call()
        mail_call, webhook_call = self._mails.call(), self._webhooks.call()
        up = {name: float(reason is None) for name, reason in self._health.failures().items()}
        yield _gauge("ticketcore_part_up", "Whether a part can be reached.", "part", up)
        yield from self._queue(self._figure(depth))
        mails, messages = self._figure(mail_call), self._figure(webhook_call)
        yield from self._backlog("ticketcore_mails", "Mails to buyers that were not delivered.", "mail", mails)
        yield from self._backlog(
            "ticketcore_webhook_messages",
            "Messages to webhooks that were not accepted.",
            "message to a webhook",
            messages,
        )
        yield _places(self._figure(events))
        yield from _drift(self._figure(counters))

    def _figure(self, call: Call[T]) -> T | None:
        try:
            return call.result(self._timeout_seconds)
        except Exception:  # The probe has logged what is unexpected.
            return None

    def _queue(self, depth: QueueDepth | None) -> Iterator[GaugeMetricFamily]:
        messages: dict[str, float] = {}
        age: dict[str, float] = {}
        if depth is not None:
            messages = {"waiting": depth.waiting, "in_flight": depth.in_flight, "dead": depth.dead}
            age = {"": self._age(depth.oldest)}
        yield _gauge("ticketcore_queue_messages", "Messages of the payment queue.", "state", messages)
        yield _gauge(
            "ticketcore_queue_oldest_message_age_seconds", "Age of the oldest message that waits, or 0.", None, age
        )

    def _backlog(self, name: str, text: str, item: str, backlog: DeliveryBacklog | None) -> Iterator[GaugeMetricFamily]:
        states: dict[str, float] = {}
        age: dict[str, float] = {}
        if backlog is not None:
            states = {"pending": backlog.pending, "undelivered": backlog.undelivered}
            age = {"": self._age(backlog.oldest)}
        yield _gauge(name, text, "state", states)
        yield _gauge(f"{name}_oldest_pending_age_seconds", f"Age of the oldest pending {item}, or 0.", None, age)

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self._ports.clock.now() - since).total_seconds()) if since else 0.0


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
    """Return how far the counters are from the ledger, or ``None`` if this ledger has no counters."""
    if not ports.inventory.counts:
        return None
    counters: dict[EventId, Counter] = {}
    for begin in range(0, len(events), _PAGE):
        page = [event.id for event in events[begin : begin + _PAGE]]
        counters |= ports.inventory.counters(page, ports.clock.now())
    drift = sum(abs(counters[event.id].available - event.available) for event in events if event.id in counters)
    return _Comparison(drift, len(events) - len(counters))
