"""The gate: a page that reads tickets at a door, also without network, for those who have signed in with a gate key."""

from __future__ import annotations

from ticketcore.domain.api_keys import Role
from ticketcore_web.gate import door_page, gate_signing_in, json_calls
from ticketcore_web.gate.guard import GateGuard
from ticketcore_web.pages import PageRoutes
from ticketcore_web.sessions import Sessions
from ticketcore_web.site import Site


def add_pages(routes: PageRoutes, site: Site) -> None:
    """Add all pages under ``/gate``; the API has routes of its own there."""
    sessions = Sessions(
        Role.GATE, site.organiser, site.credentials, site.limits, site.box_office.page_secret, site.cookies
    )
    guard = GateGuard(routes, site, sessions)
    shown_by = door_page.add_page(guard)
    door_page.add_forms(guard, shown_by)
    gate_signing_in.add_forms(guard, shown_by)
    json_calls.add_calls(guard)
    door_page.add_worker(guard)
