"""Prometheus metrics: what this process counts, and what a scrape of it shows."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from wsgiref.simple_server import WSGIServer

import attrs
from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from ticketcore.ports import Act, Observer, Occurrence
from ticketcore_telemetry.multiprocess import SHARED
from ticketcore_telemetry.outcomes import DONE, REFUSED, outcome_of

_COUNTERS = {
    "ticketcore_reservations": ("Reservations asked for.", (Act.RESERVE,)),
    "ticketcore_payments": ("Payments confirmed by buyers.", (Act.PAY,)),
    "ticketcore_cancellations": ("Cancellations asked for.", (Act.CANCEL,)),
    "ticketcore_expirations": ("Reservations that ended unpaid.", (Act.EXPIRE,)),
    "ticketcore_charges": ("Answers of the payment gateway, by what the order became.", (Act.CHARGE,)),
    "ticketcore_deliveries": ("Mails to buyers, by what became of each try.", (Act.DELIVER,)),
    "ticketcore_resends": ("Mails that admins asked for again.", (Act.RESEND,)),
    "ticketcore_refunds": ("Refunds begun, finished and refused.", (Act.REFUND,)),
    "ticketcore_admissions": ("Tickets scanned at gates.", (Act.ADMIT,)),
    "ticketcore_undone_admissions": ("Admissions taken back at gates and by admins.", (Act.UNDO,)),
    "ticketcore_messages": ("Messages of the payment queue.", (Act.PUBLISH, Act.WORK)),
}


@attrs.frozen(eq=False)
class Registries:
    """``counted`` is where this process registers its metrics; ``scraped`` shows those of all processes that it shares with."""

    counted: CollectorRegistry
    scraped: CollectorRegistry

    @classmethod
    def fresh(cls) -> Registries:
        if SHARED not in os.environ:
            registry = CollectorRegistry()
            return cls(registry, registry)
        scraped = CollectorRegistry()
        MultiProcessCollector(scraped)  # type: ignore[no-untyped-call]  # The library has no type for it.
        return cls(CollectorRegistry(), scraped)


@attrs.frozen(eq=False)
class PrometheusObserver(Observer):
    """Counts every act by its outcome."""

    _counters: Mapping[Act, Counter]

    @classmethod
    def counting_in(cls, registry: CollectorRegistry) -> PrometheusObserver:
        """Return an observer whose counters are all at 0, so that the first of each kind shows as an increase."""
        counters: dict[Act, Counter] = {}
        for name, (text, acts) in _COUNTERS.items():
            counter = Counter(name, text, ("outcome",), registry=registry)
            for act in acts:
                counters[act] = counter
                for outcome in sorted(DONE[act] | REFUSED.get(act, frozenset())):
                    counter.labels(outcome)
        return cls(counters)

    def observe(self, occurrence: Occurrence) -> None:
        self._counters[occurrence.act].labels(outcome_of(occurrence)).inc()


@attrs.frozen(eq=False)
class MetricsServer:
    """A server for scrapes over HTTP, in a thread of its own."""

    _server: WSGIServer
    _thread: threading.Thread

    @classmethod
    def start(cls, host: str, port: int, registry: CollectorRegistry) -> MetricsServer:
        """Listen; raises ``OSError`` if the address cannot be bound."""
        return cls(*start_http_server(port, host, registry))

    def stop(self) -> None:
        """Finish what is in hand and stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
