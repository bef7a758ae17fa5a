"""Sessions of people who have signed in with an API key: a signed cookie, compared with the key at every request.

The cookie holds the key's id, a random id of the session and the time at which it began, never the key.  It is signed with a secret of
the ledger and the hash of the key, so that a key that was revoked, or exchanged in the settings, ends its sessions.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import attrs
from flask import Request, Response
from itsdangerous import BadSignature, Signer

from ticketcore import Holder, Organiser
from ticketcore.application.client_limits import ClientLimits
from ticketcore.domain import ids, timestamps
from ticketcore.domain.api_keys import Role
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_web.cookies import Cookies
from ticketcore_wire.credentials import Credentials, ValidKey
from ticketcore_wire.limiting import require_key
from ticketcore_wire.problems import Forbidden, RefusedRequest, Unauthorized

#: How long a session lasts.
LASTS = timedelta(hours=12)
_SALT = "ticketcore.sessions"


@attrs.frozen
class KeyRefused(Refusal):
    """The key that was typed opens no session here."""

    code = "key_refused"
    title = Text("This key is not accepted")
    meaning = Text("The key is unknown or revoked, or made for something else.")
    remedy = Text("Check the key, or ask for another one.")

    @property
    def detail(self) -> Text:
        return self.meaning


@attrs.frozen
class Session:
    """A session that has not ended: who acts in it, and its id."""

    holder: Holder
    id: str


@attrs.frozen(eq=False)
class Sessions:
    """Begins, finds and ends the sessions of keys with one role.

    ``secret`` returns the ledger's secret, which may be out of reach (``Unavailable``).
    """

    role: Role
    organiser: Organiser
    credentials: Credentials
    limits: ClientLimits
    secret: Callable[[], bytes]
    cookies: Cookies

    def begin(self, request: Request, response: Response, key: str) -> KeyRefused | None:
        """Begin a session with the text of a key, and give its cookie to the response; return why not, if so.

        Refused keys are counted and logged.  Raises ``RefusedRequest`` for a client with too many of them.
        """
        try:
            holder = require_key(self.credentials, self.limits, request.remote_addr or "", f"Bearer {key}", self.role)
        except RefusedRequest as refused:
            if isinstance(refused.refusal, Unauthorized | Forbidden):
                return KeyRefused()
            raise
        valid = self.credentials.valid_key(holder.id)
        if valid is None:
            return KeyRefused()
        seconds = int(LASTS.total_seconds())
        self.cookies.keep(self._cookie, self._signed(valid), seconds, request, response, is_strict=True)
        return None

    def find(self, request: Request) -> Session | None:
        """Return the session of a request, ``None`` if it has none that lasts.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        cookie = self.cookies.get(self._cookie, request) or ""
        valid = self.credentials.valid_key(cookie.partition(".")[0]) if cookie else None
        if valid is None or valid.holder.role is not self.role:
            return None
        try:
            _, session_id, began = self._signer(valid).unsign(cookie).decode().split(".")
        except BadSignature:
            return None
        is_over = timestamps.from_milliseconds(int(began)) + LASTS <= self._now
        return None if is_over or self.organiser.has_ended(session_id) else Session(valid.holder, session_id)

    def has_valid_key(self, request: Request) -> bool:
        """Return whether the key of a request's session is valid, also after the session has ended, or it has no session.

        Raises ``Unavailable`` if the ledger cannot be reached.
        """
        cookie = self.cookies.get(self._cookie, request)
        return not cookie or self.credentials.valid_key(cookie.partition(".")[0]) is not None

    def end(self, request: Request, response: Response) -> None:
        """End the session of a request, if it has one, for every copy of its cookie."""
        session = self.find(request)
        if session is not None:
            self.organiser.end_session(session.id)
        self.cookies.keep(self._cookie, "", 0, request, response, is_strict=True)

    @property
    def _now(self) -> datetime:
        return self.organiser.clock.now()

    def _signed(self, valid: ValidKey) -> str:
        session_id = ids.text_of(secrets.token_bytes(ids.SECRET_BYTES))
        content = f"{valid.holder.id}.{session_id}.{timestamps.milliseconds(self._now)}"
        return self._signer(valid).sign(content).decode()

    def _signer(self, valid: ValidKey) -> Signer:
        secret = self.secret() + valid.secret_hash
        return Signer(secret, f"{_SALT}.{self.role.value}", key_derivation="hmac", digest_method=sha256)

    @property
    def _cookie(self) -> str:
        return f"ticketcore-{self.role.value}"
