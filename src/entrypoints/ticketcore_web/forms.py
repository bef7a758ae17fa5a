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

FIELD = "form_token"
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

    The secret may be out of reach (``Unavailable``), and nothing is asked for it before the first form.  ``is_secure`` says that
    pages are read over TLS, whatever a request says.
    """

    secret: Callable[[], bytes]
    is_secure: bool = False

    def token(self, request: Request) -> str:
        """Return the token for the forms of a page; ``keep`` then keeps the cookie that it belongs to."""
        visit = request.cookies.get(self._cookie(request)) or g.get("ticketcore_visit") or secrets.token_urlsafe(_BYTES)
        g.ticketcore_visit = visit
        return self._signer().get_signature(visit).decode()

    def check(self, request: Request) -> StaleForm | None:
        """Return the refusal of a form without its token, ``None`` if it has it."""
        visit, token = request.cookies.get(self._cookie(request)), request.form.get(FIELD, "")
        is_ours = bool(visit) and self._signer().verify_signature(visit or "", token.encode(errors="replace"))
        return None if is_ours else StaleForm()

    def keep(self, request: Request, response: Response) -> None:
        """Set the cookie of the tokens that the response has, if it has any."""
        visit = g.get("ticketcore_visit")
        if visit is not None:
            response.set_cookie(
                self._cookie(request),
                visit,
                max_age=_KEPT_SECONDS,
                secure=self.is_secure or request.is_secure,
                httponly=True,
                samesite="Lax",
            )

    def _signer(self) -> Signer:
        return Signer(self.secret(), _SALT, key_derivation="hmac", digest_method=sha256)

    def _cookie(self, request: Request) -> str:
        # Browsers take this prefix from the host itself and over TLS only, so that no neighbour plants a cookie.
        return "__Host-ticketcore-visit" if self.is_secure or request.is_secure else "ticketcore-visit"
