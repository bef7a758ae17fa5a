"""Prometheus metrics of HTTP: no label ever holds an id."""

from __future__ import annotations

import time

import attrs
from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from ticketcore_flask.unknown_paths import has_route

_NO_ROUTE = ("none", "none")


@attrs.frozen(eq=False)
class Metrics:
    """The metrics of an API's requests, and the registry that a scrape of it shows."""

    requests: Counter
    seconds: Histogram
    scraped: CollectorRegistry

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

    def observe(self, scope: Flask | Blueprint) -> None:
        """Count and time every request of an application or a blueprint."""

        def begin() -> None:
            g.ticketcore_began = time.perf_counter()

        def end(response: Response) -> Response:
            method, route = (request.method, request.url_rule.rule) if has_route() and request.url_rule else _NO_ROUTE
            self.requests.labels(method, route, response.status_code).inc()
            # An application's own hook may have answered before ``begin`` was called.
            if "ticketcore_began" in g:
                self.seconds.labels(method, route).observe(time.perf_counter() - g.ticketcore_began)
            return response

        scope.before_request(begin)
        scope.after_request(end)

    def text(self) -> Response:
        """Return all metrics in Prometheus' text format."""
        return Response(generate_latest(self.scraped), content_type=CONTENT_TYPE_LATEST)
