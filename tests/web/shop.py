"""A shop of a few events in memory, its pages over real HTTP, and its forms without a browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import attrs
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from tests.entrypoints.http import BUYER, Json, Service, create_event, serve
from ticketcore_codes import Ed25519Seal, QrcodeQrImages, new_private_key, read_private_key

ORGANISER = "Theatro São Pedro"
HTML = {"Accept": "text/html"}

_OPERA: Json = {
    "name": "A Flauta Mágica",
    "date": "2027-05-01T23:00:00Z",
    "timezone": "America/Sao_Paulo",
    "location": "Theatro São Pedro, Porto Alegre",
    "capacity": 320,
    "price": "85.00",
    "description": "Ópera em dois atos de Wolfgang Amadeus Mozart.\n\nDuração de 2 h 45, com um intervalo.",
    "doors_at": "2027-05-01T22:00:00Z",
}
_HAMLET: Json = {
    "name": "Hamlet",
    "date": "2027-05-08T23:30:00Z",
    "timezone": "America/Sao_Paulo",
    "location": "Multipalco Eva Sopher",
    "capacity": 1,
    "price": "40.00",
}
_CONCERT: Json = {
    "name": "Concerto ao meio-dia",
    "date": "2027-05-12T15:00:00Z",
    "timezone": "America/Sao_Paulo",
    "location": "Foyer Nobre",
    "capacity": 60,
    "price": "0.00",
}
_GALA: Json = {
    "name": "Noite de Gala",
    "date": "2027-12-31T23:00:00Z",
    "timezone": "America/Sao_Paulo",
    "location": "Theatro São Pedro, Porto Alegre",
    "capacity": 60,
    "price": "250.00",
    "sale_starts_at": "2027-10-01T12:00:00Z",
}


@attrs.frozen
class Shop:
    """A service with an event for each state that a sale can have."""

    service: Service
    opera: Json
    sold_out: Json
    free: Json
    later: Json

    def get(self, path: str, **headers: str) -> TestResponse:
        """Return a page; header names are written with ``_`` for ``-``."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.service.client.get(path, headers=HTML | more)

    def fields_of(self, page: str) -> Json:
        """Return the hidden fields of a page's first form that changes something."""
        return _hidden(self.get(page).text)

    def post(self, page: str, path: str, /, **typed: str) -> TestResponse:
        """Send what was typed, with the hidden fields of the form on a page."""
        return self.service.client.post(path, data={**self.fields_of(page), **typed}, headers=HTML)

    def reserve(self, event: Json, quantity: int = 1, email: str = BUYER) -> str:
        """Return the address of a new order."""
        path = f"/e/{event['id']}"
        response = self.post(path, path, quantity=str(quantity), customer_email=email)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def pay(self, order: str, token: str = "tok_approved") -> None:
        """Pay an order and have the payment processed."""
        assert self.post(order, f"{order}/payment", payment_token=token).status_code == 303
        self.service.box_office.work()

    def buy(self, event: Json, quantity: int = 1) -> str:
        """Return the address of a new order that is paid."""
        order = self.reserve(event, quantity)
        self.pay(order)
        return order

    def tickets_of(self, order: str) -> list[str]:
        """Return the addresses of an order's tickets."""
        return re.findall(r'href="(/t/[a-z2-7]+)"', self.get(order).text)


def _hidden(page: str) -> Json:
    form = re.search(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert form is not None, page
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found}


def open_shop(**settings: Any) -> Shop:
    """Return a fresh shop with these settings; one of its events is sold out."""
    seal = Ed25519Seal(read_private_key(new_private_key()))
    service = serve({"organiser": ORGANISER, **settings}, seal=seal, qr_images=QrcodeQrImages())
    made = [create_event(service, **fields) for fields in (_OPERA, _HAMLET, _CONCERT, _GALA)]
    shop = Shop(service, *made)
    shop.reserve(shop.sold_out)
    return shop


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  Its name there.
        """Log nothing: a test that fails says why."""


@contextmanager
def serving(shop: Shop) -> Iterator[str]:
    """Yield the address at which browsers find the shop."""
    with serving_app(shop.service.app) as address:
        yield address


@contextmanager
def serving_app(app: Flask) -> Iterator[str]:
    """Yield the address at which browsers find an application."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
