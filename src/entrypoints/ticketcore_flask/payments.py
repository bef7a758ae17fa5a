"""The route of the payment gateway's notices."""

from __future__ import annotations

import attrs
from werkzeug.wrappers import Request

from ticketcore.domain.texts import Text
from ticketcore_flask.api import Api, read_raw
from ticketcore_flask.routes import GATEWAY, Routes
from ticketcore_wire.problems import Unauthorized
from ticketcore_wire.responses import Response


@attrs.frozen
class NoticeRefused(Unauthorized):
    """A notice wants no key: its signature is not the gateway's, or too old."""

    @property
    def detail(self) -> Text:
        return Text("The payment gateway did not sign this notice, or did so too long ago.")


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/payments``."""

    @routes.add(
        "POST",
        "/payments/notices",
        "Tell of a payment that may have ended",
        {204: None},
        who=GATEWAY,
        refuses=Unauthorized,
        limited_as=None,
    )
    def receive_notice(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        is_authentic = api.box_office.receive_notice(headers, read_raw(request)) is True
        return Response(204, {}, b"") if is_authentic else api.refuse(NoticeRefused(), request)
