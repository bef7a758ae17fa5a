"""The pages as a blueprint for any Flask application, and as an application of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs
from flask import Blueprint, Flask, Response, abort, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, NotFound, default_exceptions

from ticketcore import BoxOffice, Organiser
from ticketcore.application.client_limits import ClientLimits
from ticketcore_bootstrap import Assembly
from ticketcore_web import buyer, desk, gate, languages, orders, tickets
from ticketcore_web.errors import error_page
from ticketcore_web.pages import PageRoutes
from ticketcore_web.site import MOUNTED_AS, Options, Site
from ticketcore_web.static_files import static_files
from ticketcore_wire.requests import MAX_BODY
from ticketcore_wire.responses import protection

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

#: The environment's name for the path of the route that a page has, for metrics; none is an unknown address.
ROUTE = "ticketcore.route"
_NAME = "ticketcore_web"

AfterRequest = Callable[[Response], Response]
#: Images in style sheets are data; nothing comes from another origin, and nothing runs that is not a file of ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def web_blueprint(
    box_office: BoxOffice,
    organiser: Organiser,
    options: Options | None = None,
    limits: ClientLimits | None = None,
    *,
    name: str = _NAME,
) -> Blueprint:
    """Return the pages as a blueprint, to be registered in any Flask application under any ``url_prefix``.

    With ``limits`` they count together with what else counts by these, such as an API.  Headers, limits and error pages are for
    the addresses of the pages: under a prefix all that begin with it, without one those of its routes.  Blueprints of one
    application need names of their own.
    """
    chosen = options or Options()
    return _blueprint(
        Site(box_office, organiser, chosen, limits) if limits else Site(box_office, organiser, chosen), name
    )


@attrs.frozen(eq=False)
class Pages:
    """The pages as a WSGI application; ``roots`` are the first segments of their addresses, empty for ``/``."""

    _app: Flask
    roots: frozenset[str]

    def have(self, path: str) -> bool:
        """Return whether there is a page at a path, whatever the method."""
        return bool(self._app.url_map.bind("").allowed_methods(path))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[MOUNTED_AS] = _NAME
        return self._app(environ, start_response)


def create_pages(assembly: Assembly) -> Pages:
    """Return the pages over an assembly, which share the limits of its clients."""
    site = Site(assembly.box_office, assembly.organiser, Options.of(assembly.settings), assembly.limits)
    app = Flask(_NAME, static_folder=None)
    # A misspelt path is unknown; Flask would redirect it.
    app.url_map.merge_slashes = False
    app.register_blueprint(_blueprint(site, _NAME))
    _refuse_errors(app, site)
    protect = _protected(site)
    # An unknown address belongs to no blueprint.
    app.after_request(lambda response: response if request.blueprint else protect(response))
    return Pages(app, frozenset(rule.rule.split("/")[1] for rule in app.url_map.iter_rules()))


def _blueprint(site: Site, name: str) -> Blueprint:
    blueprint = Blueprint(name, __name__)
    routes = PageRoutes(blueprint, site)
    for module in (buyer, orders, tickets, desk, gate):
        module.add_pages(routes, site)
    _serve_static_files(blueprint)
    blueprint.record(_claim_prefix)
    blueprint.before_request(_begin)
    blueprint.after_request(_protected(site))
    _refuse_errors(blueprint, site)
    return blueprint


def _serve_static_files(blueprint: Blueprint) -> None:
    def static_file(digest: str, name: str) -> Response:
        found = static_files().get(name)
        if found is None or found.digest != digest:
            raise NotFound
        return found.response()

    blueprint.add_url_rule("/static/<digest>/<name>", "static_file", static_file)


def _claim_prefix(state: BlueprintSetupState) -> None:
    """Claim all addresses under a prefix, so that unknown ones are pages; without one they are the application's."""
    if (state.url_prefix or "").strip("/"):
        state.add_url_rule("/<path:address>", "unknown", lambda address: abort(404))


def _begin() -> None:
    request.max_content_length = MAX_BODY
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _protected(site: Site) -> AfterRequest:
    fields = {
        **protection(site.options.public_url),
        "Content-Security-Policy": _POLICY,
        "Permissions-Policy": "camera=()",
    }

    def protect(response: Response) -> Response:
        for field, value in fields.items():
            response.headers.setdefault(field, value)
        site.forms.keep(request, response)
        languages.keep(request, site.cookies, response)
        return response

    return protect


def _refuse_errors(scope: Flask | Blueprint, site: Site) -> None:
    def refuse(error: Exception) -> Response:
        return error_page(site, error)

    # Flask prefers an application's handler of a status to a blueprint's handler of all.
    for status in default_exceptions:
        scope.register_error_handler(status, refuse)
    scope.register_error_handler(HTTPException, refuse)
    scope.register_error_handler(Exception, refuse)
