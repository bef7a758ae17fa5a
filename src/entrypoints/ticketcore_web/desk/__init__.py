"""The desk: pages on which organisers, who have signed in with an admin key, make events, mend orders and watch the service."""

from __future__ import annotations

from ticketcore.domain.api_keys import Role
from ticketcore_web.desk import door_sales, event_endings, events, keys, operation, order_pages, signing_in
from ticketcore_web.desk.routes import Desk
from ticketcore_web.pages import PageRoutes
from ticketcore_web.sessions import Sessions
from ticketcore_web.site import Site


def add_pages(routes: PageRoutes, site: Site) -> None:
    """Add all pages under ``/desk``."""
    sessions = Sessions(
        Role.ADMIN, site.organiser, site.credentials, site.limits, site.box_office.page_secret, site.cookies
    )
    desk = Desk(routes, site, sessions)
    for module in (signing_in, events, event_endings, order_pages, door_sales, keys, operation):
        module.add_pages(desk)
