"""What all pages share: the use cases, options, limits, links, forms and how a page is rendered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
from flask import Response, g, request, url_for

from ticketcore import BoxOffice, Order, Organiser, Ticket
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain.limits import DEFAULT_ORDERS, DEFAULT_PAYMENTS, DEFAULT_REQUESTS, Limit, LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Settings, client_limits
from ticketcore_texts import ENGLISH, render
from ticketcore_web import languages, rendering
from ticketcore_web.cookies import Cookies
from ticketcore_web.forms import FIELD, Forms, StaleForm
from ticketcore_web.phrases import PHRASES
from ticketcore_web.sessions import KeyRefused
from ticketcore_web.static_files import static_files
from ticketcore_wire.credentials import Credentials
from ticketcore_wire.limiting import check_limit
from ticketcore_wire.problems import STATUSES

HTML = "text/html; charset=utf-8"
#: The endpoint of the page that lists events.
HOME = "home"
_OK, _FORBIDDEN = 200, 403


@attrs.frozen
class PaymentChoice:
    """One way to pay that a buyer is offered: the payment token that the gateway gets, and its name."""

    token: str
    name: Text


#: The outcomes that the simulated gateway knows.
SIMULATED = (
    PaymentChoice("tok_approved", Text("The payment is approved")),
    PaymentChoice("tok_pending", Text("The payment waits for you, as with Pix")),
    PaymentChoice("tok_declined", Text("The payment is declined")),
    PaymentChoice("tok_flaky", Text("The gateway fails twice, then approves")),
    PaymentChoice("tok_down", Text("The gateway does not respond")),
)
#: For a gateway that asks the buyer itself, by a redirect or a QR code.
AT_GATEWAY = (PaymentChoice("page", Text("Pay")),)


def _payment_choices(options: Options) -> Collection[PaymentChoice]:
    return SIMULATED if options.simulated_payments else AT_GATEWAY


@attrs.frozen
class Options:
    """The options of pages.

    Links begin with ``public_url``, the address of the application, or with that of the request if there is none.
    With ``mails_have_links`` mails lead to the pages of their orders.  ``organiser`` is who sells.  ``admin_key`` and ``gate_key`` are valid beside the stored keys.  The limits are for each client; ``None`` ends one.  ``simulated_payments`` is whether no money
    moves, which every page then says.  A page is in ``language`` (BCP 47) where its reader wants none that there is.
    """

    public_url: str | None = None
    organiser: str | None = None
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    order_limit: Limit | None = DEFAULT_ORDERS
    payment_limit: Limit | None = DEFAULT_PAYMENTS
    rate_limit: Limit | None = DEFAULT_REQUESTS
    simulated_payments: bool = False
    mails_have_links: bool = False
    language: str = ENGLISH
    payment_choices: Collection[PaymentChoice] = attrs.field(
        default=attrs.Factory(_payment_choices, takes_self=True), kw_only=True
    )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the options that settings of the same names give."""
        names = {option.name for option in attrs.fields(cls)} - {"payment_choices"}
        return cls(**{name: getattr(settings, name) for name in names})


def _limits(site: Site) -> ClientLimits:
    chosen = site.options
    limits = (chosen.order_limit, chosen.payment_limit, chosen.rate_limit)
    return client_limits(*limits, site.organiser.clock)


def _cookies(site: Site) -> Cookies:
    return Cookies((site.options.public_url or "").startswith("https:"))


def _forms(site: Site) -> Forms:
    return Forms(site.box_office.page_secret, site.cookies)


def _credentials(site: Site) -> Credentials:
    return Credentials(site.organiser, site.options.admin_key, site.options.gate_key)


@attrs.frozen(eq=False)
class Site:
    """The pages of one box office, and what they share."""

    box_office: BoxOffice
    organiser: Organiser
    options: Options = attrs.field(factory=Options)
    limits: ClientLimits = attrs.field(default=attrs.Factory(_limits, takes_self=True))
    cookies: Cookies = attrs.field(init=False, default=attrs.Factory(_cookies, takes_self=True))
    forms: Forms = attrs.field(init=False, default=attrs.Factory(_forms, takes_self=True))
    credentials: Credentials = attrs.field(init=False, default=attrs.Factory(_credentials, takes_self=True))

    # Requests

    @property
    def now(self) -> datetime:
        """The time by the clock of the use cases."""
        return self.organiser.clock.now()

    @property
    def language(self) -> str:
        """The language of the response to the current request."""
        return languages.language_of(request, self.cookies, self.options.language)

    def limit(self, act: LimitedAct) -> None:
        """Count an act of the request's client; raise ``RefusedRequest`` if it is beyond its limit."""
        check_limit(self.limits, act, request.remote_addr or "")

    # Links

    def path(self, endpoint: str, **values: Any) -> str:
        """Return the address of a page, without scheme and host, under whatever path pages are mounted."""
        within = url_for(f"{request.blueprint or self._mounted_as}.{endpoint}", **values)
        return self._outside + within.removeprefix(request.script_root)

    def url(self, endpoint: str, **values: Any) -> str:
        """Return the whole address of a page."""
        root = urlsplit(self.options.public_url or request.root_url)
        return f"{root.scheme}://{root.netloc}{self.path(endpoint, **values)}"

    def static(self, name: str) -> str:
        """Return the address of a static file."""
        return self.path("static_file", digest=static_files()[name].digest, name=name)

    @property
    def _outside(self) -> str:
        public = self.options.public_url
        return request.script_root if public is None else urlsplit(public).path.rstrip("/")

    @property
    def _mounted_as(self) -> str:
        # An address that is unknown belongs to no blueprint, though a page says so.
        name: str = request.environ.get(MOUNTED_AS, "")
        return name

    # Responses

    def numbered(self, ticket: Ticket, order: Order) -> Text:
        """Return which of its order's tickets a ticket is."""
        return Text("Ticket %(number)s of %(quantity)s", number=ticket.number, quantity=order.quantity)

    def text(self, text: Text) -> str:
        """Return a text in the language of the response."""
        return render(text, self.language)

    def show(self, template: str, refusal: Refusal | None = None, **values: Any) -> Response:
        """Return a page; with a ``refusal``, which the page shows, the status is that of its problem."""
        language = self.language
        content = rendering.page(
            template,
            language,
            site=self,
            refusal=refusal,
            form_token=lambda: self.forms.token(request),
            form_field=FIELD,
            t=_Phrases(language),
            languages=languages.language_names(),
            language_parameter=languages.PARAMETER,
            here=self._here,
            **values,
        )
        response = Response(content, status_of(refusal) if refusal else _OK, content_type=HTML)
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    def go(self, endpoint: str, **values: Any) -> Response:
        """Return a redirect to a page, to be read with GET (RFC 9110, 15.4.4)."""
        return Response(status=303, headers={"Location": self.path(endpoint, **values)})

    @property
    def _here(self) -> str:
        """The address of the page that the request is about; of what a form has sent, the page with the form."""
        shown: str | None = g.get("ticketcore_shown")
        own = request.endpoint or ""
        if shown is not None or request.method == "POST":
            return self.path(shown or HOME, **(request.view_args or {}))
        return self.path(own.rpartition(".")[2] if request.blueprint else HOME, **(request.view_args or {}))


#: The environment's name for the name of the blueprint, for addresses that belong to none.
MOUNTED_AS = "ticketcore.pages"


@attrs.frozen
class _Phrases:
    """The phrases of all pages in a language, each as an attribute."""

    _tag: str

    def __getattr__(self, name: str) -> str:
        return render(PHRASES[name], self._tag)


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    return _FORBIDDEN if isinstance(refusal, StaleForm | KeyRefused) else STATUSES[refusal.code]
