"""Forms that change something: each carries a token, without which it is refused (signed double submit, OWASP).

The token is the signature of a random cookie.  Another site can make a browser send the form and the cookie, but reads neither, and
cannot sign a cookie of its own choice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256

import attrs
from flask import Request, Response, g
from itsdangerous import Signer

from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_web.cookies import Cookies

FIELD = "form_token"
#: The header field that a script sends a token in; browsers let no other site set it.
HEADER = "X-Form-Token"
_COOKIE = "ticketcore-visit"
#: What ``flask.g`` calls the cookie's value during a request.
_VISIT = "ticketcore_visit"
_SALT = "ticketcore.forms"
_BYTES = 24
_KEPT_SECONDS = 7 * 24 * 3600


@attrs.frozen
class StaleForm(Refusal):
    """The form has no token of this browser's."""

    code = "stale_form"
    title = Text("This form is no longer valid")
    meaning = Text("The form was made too long ago, for another browser, or by another site. Nothing was changed.")
    remedy = Text("Check what is filled in and send it again.")

    @property
    def detail(self) -> Text:
        return self.meaning


@attrs.frozen
class Forms:
    """Makes and checks the tokens of forms with a secret that ``secret`` returns.

    The secret may be out of reach (``Unavailable``), and nothing is asked for it before the first form.
    """

    secret: Callable[[], bytes]
    cookies: Cookies

    def token(self, request: Request) -> str:
        """Return the token for the forms of a page; ``keep`` then keeps the cookie that it belongs to."""
        visit = self.cookies.get(_COOKIE, request) or g.get(_VISIT) or secrets.token_urlsafe(_BYTES)
        setattr(g, _VISIT, visit)
        return self._signer().get_signature(visit).decode()

    def check(self, request: Request) -> StaleForm | None:
        """Return the refusal of a form without its token, ``None`` if it has it."""
        return None if self.is_own(request, request.form.get(FIELD, "")) else StaleForm()

    def is_own(self, request: Request, token: str) -> bool:
        """Return whether a token is the one of the browser that has sent the request."""
        visit = self.cookies.get(_COOKIE, request) or ""
        return bool(visit) and self._signer().verify_signature(visit, token.encode(errors="replace"))

    def keep(self, request: Request, response: Response) -> None:
        """Set the cookie of the tokens that the response has, if it has any."""
        visit = g.get(_VISIT)
        if visit is not None:
            self.cookies.keep(_COOKIE, visit, _KEPT_SECONDS, request, response)

    def _signer(self) -> Signer:
        return Signer(self.secret(), _SALT, key_derivation="hmac", digest_method=sha256)
