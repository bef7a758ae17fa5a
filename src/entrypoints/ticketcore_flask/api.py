"""The parts of an API that its routes share: options, authentication, reading requests, sending responses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Self, TypeVar
from urllib.parse import urlsplit

import attrs
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request

from ticketcore import BoxOffice, Organiser
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.api_keys import Holder, Role
from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, Limit, LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import HealthChecker, Settings, client_limits
from ticketcore_flask.cross_origin import CrossOrigin
from ticketcore_flask.metrics import Metrics
from ticketcore_flask.routes import Route
from ticketcore_texts import ENGLISH
from ticketcore_wire import requests, responses
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.limiting import check_limit, require_key
from ticketcore_wire.object_schemas import MoreFaults, RequestSchema, no_more
from ticketcore_wire.order_schemas import NOTHING
from ticketcore_wire.problems import MalformedRequest, RefusedRequest
from ticketcore_wire.requests import MAX_BODY, Content
from ticketcore_wire.responses import Response
from ticketcore_wire.schemas import Schema
from ticketcore_wire.scraping import ScrapeGuard

T = TypeVar("T")
H = TypeVar("H")

#: The environment's name for the path under which the API is mounted in an application; none is the root.
MOUNT = "ticketcore.mount"
_MAX_DRAINED = 1024 * 1024


@attrs.frozen
class Options:
    """The options of an API.

    Links begin with ``public_url``, the address of the application, or with that of the request if there is none.
    ``admin_key`` and ``gate_key`` are valid beside the stored keys.  The limits are for each client; ``None``
    ends one.  Pages of the ``allowed_origins`` may call the routes of buyers.  ``simulated_payments`` is whether no money moves, which readiness then says.  With ``public_metrics``,
    ``/metrics`` needs no key.  Refusals are in ``language`` (BCP 47) where a request asks for none that there is.
    """

    public_url: str | None = None
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    order_limit: Limit | None = DEFAULT_ORDERS
    payment_limit: Limit | None = DEFAULT_PAYMENTS
    rate_limit: Limit | None = DEFAULT_REQUESTS
    allowed_origins: Collection[str] = ()
    simulated_payments: bool = False
    public_metrics: bool = False
    language: str = ENGLISH

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the options that settings of the same names give."""
        return cls(**{option.name: getattr(settings, option.name) for option in attrs.fields(cls)})


def _credentials(api: Api) -> Credentials:
    return Credentials(api.organiser, api.options.admin_key, api.options.gate_key)


def _cross_origin(api: Api) -> CrossOrigin:
    return CrossOrigin(api.options.allowed_origins)


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
    cross_origin: CrossOrigin = attrs.field(init=False, default=attrs.Factory(_cross_origin, takes_self=True))
    _credentials: Credentials = attrs.field(init=False, default=attrs.Factory(_credentials, takes_self=True))
    _scrape_guard: ScrapeGuard = attrs.field(init=False, default=attrs.Factory(_scrape_guard, takes_self=True))

    # Requests

    def respond_to(self, route: Route, request: Request, path_values: Mapping[str, str]) -> Response:
        """Return the response of a route to a request; what is refused or fails is a problem."""
        # One byte more than is accepted: a longer body in chunks is cut there, and seen to be too long.
        request.max_content_length = MAX_BODY + 1
        try:
            if route.operation.limited_as is not None:
                self.limit(route.operation.limited_as, request)
            if request.query_string and not route.operation.reads_query:
                read_query(NOTHING, request)
            return route.respond(request, path_values)
        except Exception as error:
            # The route, not the address, which may hold an order's id.
            return self.problem_of(error, str(route), request)

    def require(self, request: Request, *roles: Role) -> Holder:
        """Return the holder of the request's key; raise ``RefusedRequest`` unless it has one of the roles."""
        return require_key(self._credentials, self.limits, *_client(request), *roles)

    def require_scraper(self, request: Request) -> None:
        """Raise ``RefusedRequest`` unless the request may see metrics."""
        self._scrape_guard.check(*_client(request))

    def has_key(self, request: Request, *roles: Role) -> bool:
        """Return whether the request has a key with one of the roles."""
        try:
            # A key of another role is not refused here.
            return self.require(request, *Role).role in roles
        except RefusedRequest:
            return False

    def limit(self, act: LimitedAct, request: Request) -> None:
        """Count an act of the request's client; raise ``RefusedRequest`` if it is beyond its limit."""
        check_limit(self.limits, act, request.remote_addr or "")

    # Links

    def public_url(self, request: Request) -> str:
        """Return the address of this API, for links."""
        environ = request.environ
        own = self.options.public_url or _root_url(*[environ.get(name, "") for name in _ADDRESS])
        return own + str(environ.get(MOUNT, ""))

    def location(self, request: Request, path: str) -> str:
        """Return the address of a path of this API, without scheme and host."""
        return urlsplit(self.public_url(request)).path + path

    # Responses

    def respond(
        self, schema: Schema[T], value: T, status: int = 200, language: str | None = None, **headers: str
    ) -> Response:
        """Return a value as its schema writes it, with texts in a ``language`` if it has any.

        Header names are written with ``_`` for ``-``.
        """
        more = {name.replace("_", "-"): content for name, content in headers.items()}
        if language is None:
            return responses.response_of(schema, value, status, more)
        return responses.response_of(schema, value, status, {**responses.in_language(language), **more}, language)

    def refuse(self, refusal: Refusal, request: Request) -> Response:
        """Return a refusal as a problem."""
        return responses.problem_response(refusal, self.public_url(request), self.language(request))

    def language(self, request: Request) -> str:
        """Return the language in which a request wants to be responded to, by default that of the options."""
        return responses.language_for(request.headers.get("Accept-Language"), self.options.language)

    def problem_of(self, error: Exception, route: str, request: Request) -> Response:
        """Return an error as a problem (``responses.refusal_of``)."""
        status = error.code if isinstance(error, HTTPException) else None
        response = self.refuse(responses.refusal_of(error, route, status), request)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response


#: The parts of an environment that say where the application is, as far as its client says it.
_ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")


@lru_cache
def _root_url(*address: str) -> str:
    request = Request(dict(zip(_ADDRESS, address, strict=True)))
    # An invalid Host gives links without one, rather than links that lead nowhere.
    return request.root_url.rstrip("/") if request.host else ""


def _client(request: Request) -> tuple[str, str]:
    return request.remote_addr or "", request.environ.get("HTTP_AUTHORIZATION", "")


def read_body(schema: RequestSchema[T], request: Request, more: MoreFaults = no_more) -> T:
    """Read the request's body (``requests.read_body``)."""
    return requests.read_body(schema, _content(request), more)


def read_body_and_headers(
    body: RequestSchema[T], header: RequestSchema[H], request: Request, more: MoreFaults = no_more
) -> tuple[T, H]:
    """Read the request's body and header fields (``requests.read_body_and_headers``)."""
    sent = {field.name: request.headers[field.name] for field in header.fields if field.name in request.headers}
    return requests.read_body_and_headers(body, _content(request), header, sent, more)


def read_query(schema: RequestSchema[T], request: Request) -> T:
    """Read the request's query (``requests.read_query``)."""
    return requests.read_query(schema, request.args.to_dict(flat=False))


def _content(request: Request) -> Content:
    environ = request.environ
    content_type, encoding = environ.get("CONTENT_TYPE", ""), environ.get("HTTP_CONTENT_ENCODING", "")
    return Content(read_raw(request), content_type, encoding, request.content_length)


def read_raw(request: Request) -> bytes:
    """Return the request's body as it came; raise ``RefusedRequest`` if it breaks off."""
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
