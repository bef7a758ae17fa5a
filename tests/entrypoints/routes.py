"""Every route with a right call: what it needs, what it sends, who may make it, and the headers that it brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
from werkzeug.test import TestResponse

from tests.entrypoints.http import (
    BUYER,
    CONCERT,
    Json,
    Service,
    buy,
    create_event,
    create_webhook,
    reserve,
    tickets_of,
    webhook_deliveries,
)
from ticketcore_flask.page_files import page_files

Subject = dict[str, str]


def _nothing(_service: Service) -> Subject:
    return {}


def _an_event(service: Service) -> Subject:
    return {"event_id": create_event(service)["id"]}


def _a_reserved_order(service: Service) -> Subject:
    return {"order_id": reserve(service, create_event(service))["id"]}


def _a_paid_order(service: Service) -> Subject:
    order = buy(service, create_event(service))
    [ticket] = tickets_of(service, order)
    return {"order_id": order["id"], "ticket_id": ticket["id"], "qr_code": ticket["qr_code"]}


def _a_paid_order_of_an_event(service: Service) -> Subject:
    order = buy(service, create_event(service))
    [ticket] = tickets_of(service, order)
    return {"event_id": order["event_id"], "qr_code": ticket["qr_code"]}


def _an_event_with_an_attendee(service: Service) -> Subject:
    return {"event_id": buy(service, create_event(service))["event_id"]}


def _a_webhook(service: Service) -> Subject:
    """Return a new webhook in place of all others, of which there may be a few at most."""
    for each in service.organiser.list_webhooks():
        service.organiser.delete_webhook(each.id)
    return {"webhook_id": create_webhook(service)["id"]}


def _a_told_webhook(service: Service) -> Subject:
    subject = _a_webhook(service)
    buy(service, create_event(service))
    service.box_office.collect_webhooks()
    [sent] = webhook_deliveries(service, subject["webhook_id"])
    return {**subject, "delivery_id": sent["id"]}


def _a_code(_service: Service) -> Subject:
    return {"code": "sold_out"}


def _a_page_file(_service: Service) -> Subject:
    return {"name": page_files()["try.css"].served_as}


def _for_other_roles(route: Route) -> int | str:
    return "forbidden" if route.stranger == "unauthorized" else route.stranger


@attrs.frozen
class Route:
    """A right call of a route.

    ``stranger``, ``gate``, ``admin`` and ``metrics`` are what each of them gets: a status, or the code of a refusal.  ``subject`` makes
    what has to exist before, by the names of the path's variables; ``body`` is made of that.
    """

    call: str
    stranger: int | str
    gate: int | str
    admin: int | str
    subject: Callable[[Service], Subject] = _nothing
    body: Callable[[Subject], Json] | None = None
    headers: tuple[str, ...] = ()
    metrics: int | str = attrs.Factory(_for_other_roles, takes_self=True)

    @property
    def method(self) -> str:
        """The method of the call."""
        return self.call.partition(" ")[0]

    @property
    def rule(self) -> str:
        """The path with its variables in angle brackets."""
        return self.call.partition(" ")[2].partition("?")[0]

    def send(self, service: Service, subject: Subject, headers: Any = (), body: str | None = None) -> TestResponse:
        """Return the response to the call; a ``body`` replaces the right one."""
        address = self.call.partition(" ")[2]
        for name, value in subject.items():
            address = address.replace(f"<{name}>", value)
        if body is None and self.body is not None:
            body = json.dumps(self.body(subject))
        more: Json = {} if body is None else {"data": body, "content_type": "application/json"}
        return service.client.open(address, method=self.method, headers=headers, **more)


_ADMINS = ("unauthorized", "forbidden")

ROUTES = (
    Route("POST /events", *_ADMINS, 201, body=lambda _: CONCERT, headers=("ETag", "Location")),
    Route("PATCH /events/<event_id>", *_ADMINS, 200, _an_event, body=lambda _: {"name": "Another"}, headers=("ETag",)),
    Route("GET /events?status=draft", *_ADMINS, 200),
    Route("GET /events?status=closed", *_ADMINS, 200),
    Route("GET /events?status=cancelled", *_ADMINS, 200),
    Route("GET /events?status=on_sale", 200, 200, 200),
    Route("GET /events", 200, 200, 200),
    Route("GET /events/<event_id>", 200, 200, 200, _an_event, headers=("ETag",)),
    Route("GET /events/<event_id>/summary", *_ADMINS, 200, _an_event),
    Route("GET /gate/bundle?event_id=<event_id>", "unauthorized", 200, 200, _an_event),
    Route(
        "POST /gate/scans",
        "unauthorized",
        200,
        200,
        _a_paid_order_of_an_event,
        lambda subject: {
            "event_id": subject["event_id"],
            "gate": "North",
            "scans": [
                {
                    "qr_code": subject["qr_code"],
                    "scan_id": "a scan of one's own",
                    "scanned_at": "2026-01-01T20:00:00Z",
                }
            ],
        },
    ),
    Route("POST /events/<event_id>/refund", *_ADMINS, 202, _an_event),
    Route("GET /events/<event_id>/attendees?limit=1", *_ADMINS, 200, _an_event_with_an_attendee, headers=("Vary",)),
    Route(
        "GET /events/<event_id>/attendees.csv",
        *_ADMINS,
        200,
        _an_event_with_an_attendee,
        headers=("Content-Disposition",),
    ),
    Route(
        "POST /orders",
        201,
        201,
        201,
        _an_event,
        lambda subject: {"event_id": subject["event_id"], "quantity": 1, "customer_email": BUYER},
        headers=("Location",),
    ),
    Route("GET /orders?limit=1&undelivered=false", *_ADMINS, 200),
    Route("GET /orders/<order_id>", 200, 200, 200, _a_reserved_order),
    Route("PATCH /orders/<order_id>", *_ADMINS, 200, _a_paid_order, lambda _: {"customer_email": "bob@example.com"}),
    Route("DELETE /orders/<order_id>", 200, 200, 200, _a_reserved_order),
    Route(
        "POST /orders/<order_id>/payment",
        202,
        202,
        202,
        _a_reserved_order,
        lambda _: {"payment_token": "tok_approved"},
        headers=("Retry-After",),
    ),
    Route(
        "POST /payments/notices",
        "unauthorized",
        "unauthorized",
        "unauthorized",
        body=lambda _: {},
        metrics="unauthorized",
    ),
    Route("GET /orders/<order_id>/ticket", 200, 200, 200, _a_paid_order),
    Route("POST /orders/<order_id>/mail", *_ADMINS, 202, _a_paid_order, lambda _: {}),
    Route("POST /orders/<order_id>/refund", *_ADMINS, 200, _a_paid_order, lambda _: {}),
    Route(
        "POST /tickets/validate",
        "unauthorized",
        200,
        200,
        _a_paid_order,
        lambda subject: {"qr_code": subject["qr_code"]},
    ),
    Route(
        "POST /tickets/undo",
        "unauthorized",
        # Which key has admitted it does not matter then.
        "nothing_to_undo",
        "nothing_to_undo",
        _a_paid_order,
        lambda subject: {"qr_code": subject["qr_code"]},
    ),
    Route("GET /tickets/<ticket_id>/qr.png", 200, 200, 200, _a_paid_order),
    Route("GET /webhooks", *_ADMINS, 200),
    Route("POST /webhooks", *_ADMINS, 201, body=lambda _: {"url": "https://example.com/", "events": ["order.paid"]}),
    Route("DELETE /webhooks/<webhook_id>", *_ADMINS, 204, _a_webhook),
    Route("GET /webhooks/<webhook_id>/deliveries?limit=1", *_ADMINS, 200, _a_webhook),
    Route("POST /webhooks/<webhook_id>/deliveries/<delivery_id>/replay", *_ADMINS, 202, _a_told_webhook, lambda _: {}),
    Route("GET /health/live", 200, 200, 200),
    Route("GET /health/ready", 200, 200, 200),
    Route("GET /metrics", *_ADMINS, 200, metrics=200),
    Route("GET /openapi.json", 200, 200, 200),
    Route("GET /docs", 200, 200, 200, headers=("Content-Security-Policy",)),
    Route("GET /docs/try", 200, 200, 200, headers=("Content-Security-Policy",)),
    Route("GET /docs/<name>", 200, 200, 200, _a_page_file, headers=("Cache-Control", "Vary")),
    Route(
        "GET /problems/<code>", 200, 200, 200, _a_code, headers=("Content-Language", "Content-Security-Policy", "Vary")
    ),
)


def misspelt(path: str) -> list[str]:
    """Return addresses next to a path that are none."""
    inner = [index for index, character in enumerate(path) if character == "/" and index]
    doubled = [f"{path[:index]}/{path[index:]}" for index in inner]
    dotted = [f"{path[:index]}/.{path[index:]}" for index in (0, *inner)]
    return [*doubled, *dotted, f"{path}/", f"{path}//", f"{path}/./"]
