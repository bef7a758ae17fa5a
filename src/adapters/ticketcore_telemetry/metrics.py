"""Prometheus metrics: what this process counts, and what a scrape of it shows."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
from prometheus_client import CollectorRegistry, Counter
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
    "ticketcore_notices": ("Notices of the payment gateway.", (Act.NOTICE,)),
    "ticketcore_deliveries": ("Mails to buyers, by what became of each try.", (Act.DELIVER,)),
    "ticketcore_webhook_tries": ("Messages to webhooks, by what became of each try.", (Act.TELL,)),
    "ticketcore_resends": ("Mails that admins asked for again.", (Act.RESEND,)),
    "ticketcore_corrections": ("Addresses of orders that admins corrected.", (Act.CORRECT,)),
    "ticketcore_refunds": ("Refunds begun, finished and refused.", (Act.REFUND,)),
    "ticketcore_admissions": ("Tickets scanned at gates.", (Act.ADMIT,)),
    "ticketcore_undone_admissions": ("Admissions taken back at gates and by admins.", (Act.UNDO,)),
    "ticketcore_refused_keys": ("API keys that were refused, by the reason.", (Act.AUTHENTICATE,)),
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
