"""Pages for buyers, holders of tickets, gates and organisers: a blueprint for any Flask application, and an application of their own."""

from __future__ import annotations

from ticketcore_web.application import ROUTE, Pages, create_pages, web_blueprint
from ticketcore_web.site import Options, PaymentChoice

__all__ = ["ROUTE", "Options", "Pages", "PaymentChoice", "create_pages", "web_blueprint"]
