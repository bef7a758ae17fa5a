"""The parts of an API that its routes share: options, authentication, reading requests, sending responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import attrs
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from ticketcore import BoxOffice, Organiser
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain import ids
from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, Limit, LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import HealthChecker, Settings, client_limits
from ticketcore_flask.metrics import Metrics
from ticketcore_wire import requests, responses
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.limiting import check_limit, require_key
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.problems import MalformedRequest, RefusedRequest
from ticketcore_wire.requests import MAX_BODY, Content
from ticketcore_wire.schemas import Schema
from ticketcore_wire.scraping import ScrapeGuard

T = TypeVar("T")
H = TypeVar("H")

#: The last part of the endpoint that describes the API.
DESCRIPTION = "describe"
DESCRIPTION_PATH = "/openapi.json"
_MAX_DRAINED = 1024 * 1024
_ID_CONSTRUCTORS: Mapping[str, Callable[[str], str]] = {
    "event_id": ids.event_id,
    "order_id": ids.order_id,
    "ticket_id": ids.ticket_id,
}


@attrs.frozen
class Options:
    """The options of an API.

    Links begin with ``public_url``, the address of the application, or with that of the request if there is none.
    ``admin_key`` and ``gate_key`` are valid beside the stored keys.  The limits are for each client; ``None``
    ends one.  ``simulated_payments`` is whether no money moves, which readiness then says.  With ``public_metrics``,
    ``/metrics`` needs no key.
    """

    public_url: str | None = None
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    order_limit: Limit | None = DEFAULT_ORDERS
    payment_limit: Limit | None = DEFAULT_PAYMENTS
    rate_limit: Limit | None = DEFAULT_REQUESTS
    simulated_payments: bool = False
    public_metrics: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the options that settings of the same names give."""
        return cls(**{option.name: getattr(settings, option.name) for option in attrs.fields(cls)})


def _credentials(api: Api) -> Credentials:
    return Credentials(api.organiser, api.options.admin_key, api.options.gate_key)


def _scrape_guard(api: Api) -> ScrapeGuard:
    return ScrapeGuard(api._credentials, api.limits, api.options.public_metrics)


def _health(api: Api) -> HealthChecker:
    return HealthChecker(api.organiser.checks)


def _limits(api: Api) -> ClientLimits:
    chosen = api.options
    limits = (chosen.order_limit, chosen.payment_limit, chosen.rate_limit)
    return client_limits(*limits, api.organiser.clock)


@attrs.frozen(eq=False)
class Api:
    """One API: the use cases behind it and what its routes share."""

    box_office: BoxOffice
    organiser: Organiser
    options: Options = attrs.field(factory=Options)
    health: HealthChecker = attrs.field(default=attrs.Factory(_health, takes_self=True))
    metrics: Metrics = attrs.field(factory=Metrics.fresh)
    limits: ClientLimits = attrs.field(default=attrs.Factory(_limits, takes_self=True))
    _credentials: Credentials = attrs.field(init=False, default=attrs.Factory(_credentials, takes_self=True))
    _scrape_guard: ScrapeGuard = attrs.field(init=False, default=attrs.Factory(_scrape_guard, takes_self=True))

    # Requests

    def require(self, *roles: Role) -> Holder:
        """Return the holder of the request's key; raise ``RefusedRequest`` unless it has one of the roles."""
        return require_key(self._credentials, self.limits, *_client(), *roles)

    def require_scraper(self) -> None:
        """Raise ``RefusedRequest`` unless the request may see metrics."""
        self._scrape_guard.check(*_client())

    def has_key(self, *roles: Role) -> bool:
        """Return whether the request has a key with one of the roles."""
        try:
            # A key of another role is not refused here.
            return self.require(*Role).role in roles
        except RefusedRequest:
            return False

    def limit(self, act: LimitedAct) -> None:
        """Count an act of the request's client; raise ``RefusedRequest`` if it is beyond its limit."""
        check_limit(self.limits, act, request.remote_addr or "")

    # Links

    def public_url(self) -> str:
        """Return the address of this API, for links."""
        # An invalid Host gives links without one, rather than links that lead nowhere.
        own = self.options.public_url or (request.root_url.rstrip("/") if request.host else "")
        return own + mount_path()

    def location(self, path: str) -> str:
        """Return the address of a path of this API, without scheme and host."""
        return urlsplit(self.public_url()).path + path

    # Responses

    def respond(self, schema: Schema[T], value: T, status: int = 200, **headers: str) -> Response:
        """Return a value as its schema writes it; header names are written with ``_`` for ``-``."""
        response = flask_response(responses.response_of(schema, value, status))
        for name, content in headers.items():
            response.headers[name.replace("_", "-")] = content
        return response

    def refuse(self, refusal: Refusal) -> Response:
        """Return a refusal as a problem."""
        return flask_response(responses.problem_response(refusal, self.public_url()))


def _client() -> tuple[str, str]:
    return request.remote_addr or "", request.headers.get("Authorization", "")


def mount_path() -> str:
    """Return the path under which the API of this request is mounted, empty for the root."""
    if request.blueprint is None:
        return ""
    # Flask would search it at each request.
    paths: dict[str, str] = current_app.extensions.setdefault("ticketcore_mount_paths", {})
    if request.blueprint not in paths:
        described = next(current_app.url_map.iter_rules(f"{request.blueprint}.{DESCRIPTION}"))
        paths[request.blueprint] = described.rule.removesuffix(DESCRIPTION_PATH)
    return paths[request.blueprint]


def flask_response(response: responses.Response) -> Response:
    """Return a response of the wire as one of Flask."""
    return Response(response.text, response.status, response.headers)


def read_path_ids(_endpoint: str | None, path_values: dict[str, Any] | None) -> None:
    """Make the ids in the request's path typed ids, before its view is called with them."""
    for name, make in _ID_CONSTRUCTORS.items():
        if path_values and name in path_values:
            path_values[name] = make(path_values[name])


def read_body(schema: RequestSchema[T]) -> T:
    """Read the request's body (``requests.read_body``)."""
    return requests.read_body(schema, _content())


def read_body_and_headers(body: RequestSchema[T], header: RequestSchema[H]) -> tuple[T, H]:
    """Read the request's body and header fields (``requests.read_body_and_headers``)."""
    sent = {field.name: request.headers[field.name] for field in header.fields if field.name in request.headers}
    return requests.read_body_and_headers(body, _content(), header, sent)


def read_query(schema: RequestSchema[T]) -> T:
    """Read the request's query (``requests.read_query``)."""
    return requests.read_query(schema, request.args.to_dict(flat=False))


def _content() -> Content:
    return Content(_read_whole(), request.content_type or "", request.content_encoding or "", request.content_length)


def _read_whole() -> bytes:
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:  # Each server has its own errors for a body that breaks off or is framed wrongly.
        raise RefusedRequest(MalformedRequest(Text("The body could not be read to its end."))) from error
    if len(raw) > MAX_BODY:
        # A client that is cut off while it sends may never read the response.
        request.environ["wsgi.input"].read(_MAX_DRAINED)
    return raw
