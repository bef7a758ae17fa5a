"""Who is asking Flask: the key in the request's ``Authorization`` header."""

from __future__ import annotations

import attrs
from flask import request

from ticketcore import Organiser
from ticketcore.domain.api_keys import Role
from ticketcore_flask.options import Options
from ticketcore_wire import credentials
from ticketcore_wire.credentials import Holder


@attrs.frozen(eq=False)
class Credentials:
    """Tells a request's key apart from all others."""

    _organiser: Organiser
    _options: Options

    def require(self, *roles: Role) -> Holder:
        """Answer the holder of the request's key; raise ``RefusedRequest`` unless it has one of the roles."""
        known = credentials.Credentials(self._organiser, self._options.admin_key, self._options.gate_key)
        return known.require(request.headers.get("Authorization", ""), *roles)
