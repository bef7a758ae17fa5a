"""Signing in with an admin key, and out."""

from __future__ import annotations

from flask import Response, request

from ticketcore.domain.refusals import Refusal
from ticketcore_web import errors
from ticketcore_web.desk.routes import ENDED, Desk


def add_pages(desk: Desk) -> None:
    """Add the page to sign in, and signing out."""
    site, routes, sessions = desk.site, desk.routes, desk.sessions

    @routes.page("/desk/sign-in")
    def desk_sign_in(refusal: Refusal | None = None) -> Response | Refusal:
        # What was typed is a secret, and not shown again.
        return site.show(
            "desk_sign_in.html",
            refusal=refusal,
            is_ended=ENDED in request.args,
            said=refusal and errors.said(refusal),
            next_step=refusal and errors.next_step(refusal),
        )

    @routes.form("/desk/sign-in", shown_by=desk_sign_in)
    def desk_session(**_: str) -> Response | Refusal:
        response = site.go("desk_events")
        refused = sessions.begin(request, response, request.form.get("key", "").strip())
        return refused or response

    @routes.form("/desk/sign-out", shown_by=desk_sign_in)
    def desk_sign_out() -> Response | Refusal:
        response = site.go("desk_sign_in")
        sessions.end(request, response)
        return response
