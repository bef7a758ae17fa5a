"""The cookies of pages, bound to their host behind TLS and read by no script."""

from __future__ import annotations

import attrs
from flask import Request, Response


@attrs.frozen
class Cookies:
    """Reads and sets cookies; ``is_secure`` says that pages are read over TLS, whatever a request says."""

    is_secure: bool = False

    def get(self, name: str, request: Request) -> str | None:
        """Return the value of a cookie, ``None`` if the request has none."""
        return request.cookies.get(self._full_name(name, request))

    def keep(
        self, name: str, value: str, seconds: int, request: Request, response: Response, *, is_strict: bool = False
    ) -> None:
        """Have the browser keep a cookie for so many seconds, 0 to forget it.

        One that ``is_strict`` comes with no request to which another site has led.
        """
        response.set_cookie(
            self._full_name(name, request),
            value,
            max_age=seconds,
            secure=self._is_over_tls(request),
            httponly=True,
            samesite="Strict" if is_strict else "Lax",
        )

    def _full_name(self, name: str, request: Request) -> str:
        # Browsers take this prefix from the host itself and over TLS only, so that no neighbour plants a cookie.
        return f"__Host-{name}" if self._is_over_tls(request) else name

    def _is_over_tls(self, request: Request) -> bool:
        return self.is_secure or request.is_secure
