"""Prometheus metrics of HTTP: no label ever holds an id."""

from __future__ import annotations

import attrs
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from ticketcore_wire.responses import Response


@attrs.frozen
class _Series:
    """What counts and times the requests of one method, route and status."""

    requests: Counter
    seconds: Histogram


@attrs.frozen(eq=False)
class Metrics:
    """The metrics of an API's requests, and the registry that a scrape of it shows."""

    requests: Counter
    seconds: Histogram
    scraped: CollectorRegistry
    _series: dict[tuple[str, str, int], _Series] = attrs.field(init=False, factory=dict)

    @classmethod
    def fresh(cls) -> Metrics:
        """Return metrics in a registry of their own."""
        registry = CollectorRegistry()
        return cls.of(registry, registry)

    @classmethod
    def of(cls, counted: CollectorRegistry, scraped: CollectorRegistry) -> Metrics:
        """Return metrics that are registered in ``counted``; a scrape shows ``scraped``."""
        return cls(
            Counter("ticketcore_http_requests", "Requests answered.", ("method", "route", "status"), registry=counted),
            Histogram("ticketcore_http_request_seconds", "Time to answer.", ("method", "route"), registry=counted),
            scraped,
        )

    def count(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count a request, and time it unless it is not known how long it took."""
        series = self._of(method, route, status)
        series.requests.inc()
        if seconds is not None:
            series.seconds.observe(seconds)

    def _of(self, method: str, route: str, status: int) -> _Series:
        # The library would look the labels up each time; their number is bounded, as theirs is.
        found = self._series.get((method, route, status))
        if found is None:
            series = _Series(self.requests.labels(method, route, status), self.seconds.labels(method, route))
            found = self._series.setdefault((method, route, status), series)
        return found

    def text(self) -> Response:
        """Return all metrics in Prometheus' text format."""
        return Response(200, {"Content-Type": CONTENT_TYPE_LATEST}, generate_latest(self.scraped))
