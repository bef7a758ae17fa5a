"""Prometheus metrics of HTTP: no label ever holds an id."""

from __future__ import annotations

import time

import attrs
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest


@attrs.frozen(eq=False)
class Metrics:
    """What an application counts of its requests, and all that a scrape of it shows."""

    requests: Counter
    seconds: Histogram
    scraped: CollectorRegistry

    @classmethod
    def fresh(cls) -> Metrics:
        registry = CollectorRegistry()
        return cls.of(registry, registry)

    @classmethod
    def of(cls, counted: CollectorRegistry, scraped: CollectorRegistry) -> Metrics:
        """Answer metrics that are registered in ``counted``; what is in ``scraped`` is shown."""
        return cls(
            Counter("ticketcore_http_requests", "Requests answered.", ("method", "route", "status"), registry=counted),
            Histogram("ticketcore_http_request_seconds", "Time to answer.", ("method", "route"), registry=counted),
            scraped,
        )

    def observe(self, app: Flask) -> None:
        """Count and time every request of the application."""

        def begin() -> None:
            g.began = time.perf_counter()

        def end(response: Response) -> Response:
            route = request.url_rule.rule if request.url_rule else "none"
            method = request.method if request.url_rule else "none"
            self.requests.labels(method, route, response.status_code).inc()
            self.seconds.labels(method, route).observe(time.perf_counter() - g.began)
            return response

        app.before_request(begin)
        app.after_request(end)

    def text(self) -> Response:
        """Answer all metrics in Prometheus' text format."""
        return Response(generate_latest(self.scraped), content_type=CONTENT_TYPE_LATEST)
