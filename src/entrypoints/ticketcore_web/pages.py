"""How pages and forms become views: limited, guarded, and with every refusal shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import attrs
from flask import Blueprint, Response, g, request

from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore_web.errors import refusal_page
from ticketcore_web.site import Site

#: Is called with the variables of the path by their names; a refusal is shown.
View = Callable[..., Response | Refusal]


@attrs.frozen(eq=False)
class PageRoutes:
    """Adds pages to a blueprint."""

    blueprint: Blueprint
    site: Site

    def page(self, path: str) -> Callable[[View], View]:
        """Return a decorator that adds a page; what its view refuses is a page of its own."""

        def add(view: View) -> View:
            @wraps(view)
            def respond(**values: Any) -> Response:
                self.site.limit(LimitedAct.REQUEST)
                outcome = view(**values)
                return refusal_page(self.site, outcome) if isinstance(outcome, Refusal) else outcome

            self.blueprint.add_url_rule(path, view.__name__, respond, methods=["GET"])
            return view

        return add

    def form(self, path: str, shown_by: View, act: LimitedAct = LimitedAct.REQUEST) -> Callable[[View], View]:
        """Return a decorator that adds what a form is sent to, counted as an ``act`` of its client.

        A form without its token is refused.  What is refused is shown by the page with the form, ``shown_by``, which gets it
        as ``refusal`` beside the variables of the path.
        """

        def add(view: View) -> View:
            @wraps(view)
            def respond(**values: Any) -> Response:
                g.ticketcore_shown = shown_by.__name__
                self.site.limit(act)
                outcome = self.site.forms.check(request) or view(**values)
                if isinstance(outcome, Refusal):
                    outcome = shown_by(**values, refusal=outcome)
                return refusal_page(self.site, outcome) if isinstance(outcome, Refusal) else outcome

            self.blueprint.add_url_rule(path, view.__name__, respond, methods=["POST"])
            return view

        return add
