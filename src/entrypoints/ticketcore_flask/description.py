"""The API's description as JSON and as a page, made once for each address under which the API is mounted."""

from __future__ import annotations

from functools import lru_cache

import attrs

from ticketcore_flask import pages
from ticketcore_flask.openapi import openapi
from ticketcore_flask.routes import Routes
from ticketcore_wire.responses import json_response

_MOUNTS = 8


@attrs.frozen
class Description:
    """The description in both its forms."""

    json: bytes = attrs.field(repr=False)
    page: str = attrs.field(repr=False)


@lru_cache(maxsize=_MOUNTS)
def description_of(routes: Routes, location: str) -> Description:
    """Return the description of an API that is mounted at the path ``location``."""
    described = openapi(routes, location)
    return Description(json_response(described).body, pages.api_page(described))
