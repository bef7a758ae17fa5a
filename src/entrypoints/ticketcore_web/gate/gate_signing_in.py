"""Signing in with a gate key, choosing what the gate admits to, and signing out."""

from __future__ import annotations

from flask import Response, request

from ticketcore.domain.refusals import Refusal
from ticketcore_web.gate import gate_posts
from ticketcore_web.gate.guard import PAGE, GateGuard
from ticketcore_web.pages import View


def add_forms(guard: GateGuard, shown_by: View) -> None:
    """Add what the forms of a session are sent to."""
    site, routes, sessions = guard.site, guard.routes, guard.sessions

    @routes.form("/gate/sign-in", shown_by)
    def gate_session() -> Response | Refusal:
        response = site.go(PAGE)
        return sessions.begin(request, response, request.form.get("key", "").strip()) or response

    @routes.form("/gate/sign-out", shown_by)
    def gate_sign_out() -> Response | Refusal:
        response = site.go(PAGE)
        sessions.end(request, response)
        gate_posts.forget(guard, response)
        return response

    @guard.form("/gate/post", shown_by)
    def gate_choose() -> Response | Refusal:
        chosen = gate_posts.chosen(guard, request.form.get("event", ""), request.form.get("gate", "").strip())
        if isinstance(chosen, Refusal):
            return chosen
        response = site.go(PAGE)
        gate_posts.keep(guard, chosen, response)
        return response
