"""The API's description as JSON and as a page, made once for each address under which the API is mounted."""

from __future__ import annotations

from functools import lru_cache

import attrs
from flask import current_app, request

from ticketcore_flask import pages
from ticketcore_flask.api import Api
from ticketcore_flask.openapi import openapi
from ticketcore_wire.responses import json_response

_MOUNTS = 8


@attrs.frozen
class Description:
    """The description in both its forms."""

    json: str = attrs.field(repr=False)
    page: str = attrs.field(repr=False)


def description_of(api: Api) -> Description:
    """Return the description of the API as it is mounted where this request leads."""
    app = getattr(current_app, "_get_current_object")()  # noqa: B009  Werkzeug's proxy has no type for it.
    return _describe(api, app, request.blueprint, api.location("/"))


@lru_cache(maxsize=_MOUNTS)
def _describe(api: Api, *_mount: object) -> Description:
    described = openapi(api)
    return Description(json_response(described).text, pages.api_page(described))
