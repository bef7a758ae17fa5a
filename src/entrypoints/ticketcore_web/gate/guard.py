"""How forms and calls of a gate become views: for those who have signed in, each with its token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import attrs
from flask import Response, g, request

from ticketcore import Holder
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore_web import errors, forms
from ticketcore_web.pages import PageRoutes, View
from ticketcore_web.sessions import Session, Sessions
from ticketcore_web.site import Site
from ticketcore_wire import responses
from ticketcore_wire.problems import Forbidden, Unauthorized

#: The endpoint of the page.
PAGE = "gate_page"

#: Returns what is sent as JSON; a refusal is sent as a problem.
Call = Callable[[Holder], Any]


@attrs.frozen
class SessionEnded(Unauthorized):
    """The request has no session; ``is_key_valid`` says whether that is for another reason than its key."""

    is_key_valid: bool


@attrs.frozen(eq=False)
class GateGuard:
    """The pages of gates, and what they share."""

    routes: PageRoutes
    site: Site
    sessions: Sessions

    @property
    def holder(self) -> Holder:
        """The holder of the key of the one who has signed in."""
        session: Session = g.ticketcore_session
        return session.holder

    def is_signed_in(self) -> bool:
        """Return whether the request has a session, whose ``holder`` is then known."""
        g.ticketcore_session = self.sessions.find(request)
        return g.ticketcore_session is not None

    @property
    def is_key_valid(self) -> bool:
        """Whether the key of the request's session, which may have ended, is valid, or it had none."""
        return self.sessions.has_valid_key(request)

    def form(self, path: str, shown_by: View) -> Callable[[View], View]:
        """Return a decorator that adds what a form is sent to, as ``PageRoutes.form`` does, for those who have signed in."""

        def add(view: View) -> View:
            @wraps(view)
            def guarded() -> Response | Refusal:
                return view() if self.is_signed_in() else self.site.go(PAGE)

            return self.routes.form(path, shown_by)(guarded)

        return add

    def call(self, path: str, method: str = "GET") -> Callable[[Call], Call]:
        """Return a decorator that adds a call of the page's script, which is answered in JSON.

        A call that changes something needs the page's token.
        """

        def add(call: Call) -> Call:
            @wraps(call)
            def respond() -> Response:
                try:
                    outcome = self._refused(method) or call(self.holder)
                except Exception as error:
                    outcome = errors.refusal_of(error)
                return self._sent(outcome)

            self.routes.blueprint.add_url_rule(path, call.__name__, respond, methods=[method])
            return call

        return add

    def _refused(self, method: str) -> Refusal | None:
        self.site.limit(LimitedAct.REQUEST)
        if not self.is_signed_in():
            return SessionEnded(self.is_key_valid)
        token = request.headers.get(forms.HEADER, "")
        return Forbidden() if method == "POST" and not self.site.forms.is_own(request, token) else None

    def _sent(self, outcome: Any) -> Response:
        language = self.site.language
        if isinstance(outcome, Refusal):
            # The page's reader knows fields by their labels.
            root, detail = self.site.url("home").rstrip("/"), errors.said(outcome)
            made = responses.problem_response(outcome, root, language, detail=detail)
        else:
            made = responses.json_response(outcome, headers=responses.in_language(language), language=language)
        return Response(made.body, made.status, made.headers)
