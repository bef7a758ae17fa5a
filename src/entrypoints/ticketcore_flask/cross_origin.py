"""Pages of other origins that may call the routes of buyers (CORS, Fetch Standard, section 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import attrs

from ticketcore_flask.routes import Route

ANY = "*"
_NONE: Mapping[str, str] = {}
_EXPOSED = "ETag, Idempotent-Replayed, Location, Retry-After"
_SENT = "Content-Type, Idempotency-Key"
_REMEMBERED_SECONDS = "600"


@attrs.frozen
class CrossOrigin:
    """The origins whose pages are let in, ``*`` for any; none are let in with credentials such as cookies."""

    origins: Collection[str] = ()

    def fields(self, route: Route, origin: str | None, vary: str | None = None) -> Mapping[str, str]:
        """Return the header fields of a response of a route to a page of an origin; ``vary`` is what else it varies by."""
        if not self.origins or not route.operation.is_for_buyers:
            return _NONE
        return {**self._allowed(origin), "Vary": f"{vary}, Origin" if vary else "Origin"}

    def preflight_fields(self, routes: Iterable[Route], origin: str | None) -> Mapping[str, str]:
        """Return the header fields of the response to ``OPTIONS`` for a path with these routes."""
        methods = [route.method for route in routes if route.operation.is_for_buyers]
        if not self.origins or not methods:
            return _NONE
        allowed = self._allowed(origin)
        if allowed:
            allowed = {
                **allowed,
                "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
                "Access-Control-Allow-Headers": _SENT,
                "Access-Control-Max-Age": _REMEMBERED_SECONDS,
            }
        return {**allowed, "Vary": "Origin"}

    def _allowed(self, origin: str | None) -> Mapping[str, str]:
        if ANY in self.origins:
            return {"Access-Control-Allow-Origin": ANY, "Access-Control-Expose-Headers": _EXPOSED}
        if origin is None or origin not in self.origins:
            return _NONE
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
